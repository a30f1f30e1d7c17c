# shellcheck shell=bash disable=SC2154
# Lists, logs and shells on a link of 300 ms that loses a packet in a hundred, in a terminal of 80x24.
if [ -z "$node" ]; then
	skip "slow: no node that runs containers"
else
	namespace "$ns-slow"
	counted tests/e2e/slow.py "$bin" "$KUBECTL" "$ns-slow" "$state"
fi
