# shellcheck shell=bash disable=SC2154
# The demo server tells the truth: the same requests to it and to this cluster.
demo=$state/demo.kubeconfig
"${bin%/*}/kview-democluster" --kubeconfig "$demo" --scenario healthy --seed 1 >"$state/demo.log" 2>&1 &
demo_pid=$!
trap 'kill $demo_pid' EXIT
minor() { kubectl --kubeconfig "$1" get --raw /version | sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p'; }
kubectl config view --raw --minify --flatten >"$state/real.kubeconfig"
if ! wait_for 10 kubectl --kubeconfig "$demo" get --raw /readyz; then
	bad "the demo cluster does not start" "$state/demo.log"
elif [ "$(minor "$demo")" != "$(minor "$state/real.kubeconfig")" ]; then
	skip "the comparison: the demo server speaks as 1.$(minor "$demo")"
else
	# the demo server has streaming lists, and an API server in front of an etcd 3.4 has none
	[ "${KVIEW_ETCD:-}" != debian ] || export COMPARE_WITHOUT="streaming-list watch-tables"
	OWN=$own counted python3 tests/compare/compare.py "$state/real.kubeconfig" "$demo"
fi
