# shellcheck shell=bash disable=SC2154
# A Pod out of its Services and back: which Pod answers is counted through the API server's proxy of the Service.
if [ -z "$node" ]; then
	skip "quarantine: no node that runs containers"
else
	namespace "$ns-quar"
	counted tests/e2e/quarantine.py "$bin" "$KUBECTL" "$ns-quar" - "$state"
fi
