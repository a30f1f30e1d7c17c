# shellcheck shell=bash disable=SC2154
# A container that writes as fast as it can for a minute, followed by kview: all of it is taken in, in bounded memory,
# and keys are answered. Not one of the usual cases: CASES=flood, on a cluster with KVIEW_LOG_MAX=8Gi.
if [ -z "$node" ]; then
	skip "flood: no node that runs containers"
else
	namespace "$ns-flood"
	counted /usr/bin/python3 tests/e2e/flood.py "$bin" "$KUBECTL" "$ns-flood"
fi
