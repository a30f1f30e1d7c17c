# shellcheck shell=bash disable=SC2154
# The API server away for 30 s and logs that are rotated: what is missing is named, all else is there once, in order.
if [ "$own" = 1 ] && [ -n "$node" ]; then
	namespace "$ns-long"
	counted /usr/bin/python3 tests/e2e/logs_long.py "$bin" "$KUBECTL" "$ns-long" "$cluster"
else
	skip "logs_long: needs an API server that may be stopped and a node"
fi
