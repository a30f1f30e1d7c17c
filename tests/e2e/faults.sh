# shellcheck shell=bash disable=SC2154
# The server killed and started, connections cut in mid-event, history compacted, credentials that run out.
if [ "$own" = 1 ]; then
	namespace "$ns-faults"
	counted tests/e2e/faults.py "$bin" "$KUBECTL" "$ns-faults" "$cluster" "$audit"
else
	skip "faults: the API server of a cluster that is not ours is not stopped"
fi
