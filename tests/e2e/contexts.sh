# shellcheck shell=bash disable=SC2154
# Two contexts of one kubeconfig: --context, and switching in the full-screen program.
namespace "$ns-two"
kubectl run only-in-two -n "$ns-two" --image=registry.invalid/none:1 >/dev/null
kubectl config view --raw --minify --flatten >"$state/two"
config() { kubectl --kubeconfig "$state/two" config "$@" >/dev/null; }
config rename-context "$(kubectl --kubeconfig "$state/two" config current-context)" one
config set-context one --namespace "$ns"
config set-context two --namespace "$ns-two" --cluster "$(kubectl config view --minify -o 'jsonpath={.clusters[0].name}')" \
	--user "$(kubectl config view --minify -o 'jsonpath={.users[0].name}')"
for c in one two; do
	for k in pods services configmaps; do
		same_table "context $c: $k" $k --kubeconfig "$state/two" --context $c -- --kubeconfig "$state/two" --context $c $k
	done
done
says "an unknown context has its own message" 'three' kview --kubeconfig "$state/two" --context three --once pods
# The two files of a KUBECONFIG list are one
printf 'apiVersion: v1\nkind: Config\ncurrent-context: two\n' >"$state/first"
KUBECONFIG=$state/first:$state/two says "a list of kubeconfigs: the first says which context" only-in-two kview --once pods
counted tests/e2e/contexts.py "$bin" "$state/two"
