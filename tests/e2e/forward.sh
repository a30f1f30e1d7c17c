# shellcheck shell=bash disable=SC2154
# Ports of this machine that lead to real Pods.
if [ -z "$node" ]; then
	skip "forward: no node that runs containers"
else
	namespace "$ns-forward"
	counted tests/e2e/forward.py "$bin" "$KUBECTL" "$ns-forward"
fi
