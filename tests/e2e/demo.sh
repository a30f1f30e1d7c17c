# shellcheck shell=bash disable=SC2154
# kubectl itself against the demo cluster; the real one is not asked.
demo=$state/demo.kubeconfig
"${bin%/*}/kview-democluster" --kubeconfig "$demo" --scenario healthy --seed 1 >"$state/demo.log" 2>&1 &
trap 'kill %1' EXIT
if wait_for 10 kubectl --kubeconfig "$demo" get --raw /readyz; then
	# shellcheck source=tests/compare/kubectl.sh disable=SC1091
	. tests/compare/kubectl.sh
else
	bad "the demo cluster does not start" "$state/demo.log"
fi
