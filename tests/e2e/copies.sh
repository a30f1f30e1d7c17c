# shellcheck shell=bash disable=SC2154
# Files copied from containers and into them, debug containers and shells on nodes, in the full-screen program.
if [ -z "$node" ]; then
	skip "copies: no node that runs containers"
else
	namespace "$ns-copy"
	counted tests/e2e/copies.py "$bin" "$KUBECTL" "$ns-copy" "$state" "$node"
fi
