# shellcheck shell=bash disable=SC2154
# Pods through their whole lives, in the table of the full-screen program and in `kubectl get -w` at once.
if [ -z "$node" ]; then
	skip "life: no node that runs containers"
else
	namespace "$ns-life"
	counted tests/e2e/life.py "$bin" "$KUBECTL" "$ns-life"
fi
