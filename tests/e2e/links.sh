# shellcheck shell=bash disable=SC2154
# Connections that are cut in mid-event or carry nothing, credentials that run out.
if [ "$own" = 1 ]; then
	namespace "$ns-links"
	counted tests/e2e/faults.py "$bin" "$KUBECTL" "$ns-links" "$cluster" "$audit" cuts silence expired
else
	skip "links: the audit log of a cluster that is not ours is not read"
fi
