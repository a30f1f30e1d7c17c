# shellcheck shell=bash disable=SC2154
# What is kept of a Pod, a Deployment and a Secret before kview ends them, and that no failure of it ends the action.
if [ -z "$node" ]; then
	skip "evidence: no node that runs containers"
else
	namespace "$ns-evid"
	counted tests/e2e/evidence.py "$bin" "$KUBECTL" "$ns-evid" - "$state"
fi
