# shellcheck shell=bash
# The full-screen program: changes made by kubectl appear at once, with the cursor on its object, without a blink.
namespace "$ns-live"
cordoned=
[ "$own" = 0 ] || cordoned=$node # nobody else's node is cordoned
counted tests/e2e/live.py "$bin" "$KUBECTL" "$ns-live" ${cordoned:+"$cordoned"}
