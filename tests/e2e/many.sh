# shellcheck shell=bash disable=SC2154
# Hundreds of marked objects at once: progress, keys, Esc, failures; and a list that changes under an open question.
namespace "$ns-many"
counted tests/e2e/many.py "$bin" "$KUBECTL" "$ns-many" - "$state"
