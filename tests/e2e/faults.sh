# shellcheck shell=bash disable=SC2154
# The server killed and started, one that hangs, history compacted, a new certificate. What leaves the server alone: links.
if [ "$own" = 1 ]; then
	namespace "$ns-faults"
	counted tests/e2e/faults.py "$bin" "$KUBECTL" "$ns-faults" "$cluster" "$audit" outage hang way compact rotated
else
	skip "faults: the API server of a cluster that is not ours is not stopped"
fi
