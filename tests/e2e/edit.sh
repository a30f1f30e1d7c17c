# shellcheck shell=bash disable=SC2154
# `:edit` against kubectl edit, on twins; what is refused and goes back into the editor; others who change the same
# meanwhile; Secrets; custom resources.
namespace "$ns-edit"
namespace "$ns-edit2"
counted tests/e2e/edit.py "$bin" "$KUBECTL" "$ns-edit" "$ns-edit2" "$state"
