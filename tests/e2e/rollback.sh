# shellcheck shell=bash disable=SC2154
# The rollback centre against kubectl rollout undo, on twins; a StatefulSet that no rollback heals; what refuses it.
if [ -z "$node" ]; then
	skip "rollback: no node that runs containers"
else
	namespace "$ns-roll"
	namespace "$ns-rtwin"
	counted tests/e2e/rollback.py "$bin" "$KUBECTL" "$ns-roll" "$ns-rtwin" "$state"
fi
