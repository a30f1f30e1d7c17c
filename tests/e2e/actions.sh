# shellcheck shell=bash disable=SC2154
# What kview changes against what kubectl changes, on twins: the same objects in two namespaces. Races, conflicts,
# refusals and lost answers.
if [ -z "$node" ]; then
	skip "actions: no node that runs containers"
else
	namespace "$ns-act"
	namespace "$ns-twin"
	counted tests/e2e/actions.py "$bin" "$KUBECTL" "$ns-act" "$ns-twin" "$state"
fi
