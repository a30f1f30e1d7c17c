# shellcheck shell=bash disable=SC2154
# Logs of real containers: through a rollout and a crash nothing is lost and nothing doubled; and what cannot be read.
if [ -z "$node" ]; then
	skip "logs: no node that runs containers"
else
	namespace "$ns-logs"
	counted /usr/bin/python3 tests/e2e/logs.py "$bin" "$KUBECTL" "$ns-logs"
fi
