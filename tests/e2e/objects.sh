# shellcheck shell=bash disable=SC2154
# tests/cluster/objects in their states: a Pod in each state on a real kubelet, for the cases that list them.
if [ "$own" = 1 ] && [ -n "$node" ]; then
	check "tests/cluster/objects" "$cluster" objects
else
	skip "objects: needs a node of a cluster of our own"
fi
