# shellcheck shell=bash disable=SC2154
# A ServiceAccount that may read Pods in two namespaces and nothing else: every view works or names the right
# that is missing.
namespace "$ns-other"
kubectl create serviceaccount limited -n "$ns" >/dev/null
for n in "$ns" "$ns-other"; do
	kubectl create role limited -n "$n" --verb=get,list,watch --resource=pods >/dev/null
	kubectl create rolebinding limited -n "$n" --role=limited --serviceaccount="$ns:limited" >/dev/null
done
kubectl config view --raw --minify --flatten >"$state/limited"
token=$(kubectl create token limited -n "$ns" --duration 1h)
kubectl --kubeconfig "$state/limited" config set-credentials limited --token "$token" >/dev/null
kubectl --kubeconfig "$state/limited" config set-context --current --user limited --namespace "$ns" >/dev/null
limited() { kview --kubeconfig "$state/limited" --once "$@"; }
wait_for 20 limited pods -n "$ns" || bad "limited: pods"
says "limited: pods everywhere fall back to what can be read" '^ *web|web-' limited -A pods
says "limited: deployments" 'cannot list resource "deployments"' limited deployments -n "$ns"
says "limited: nodes" 'cannot list resource "nodes"' limited nodes
says "limited: rights" 'get, list, watch: +pods$' limited rights -n "$ns"
listed() { awk 'NR > 1 {print $1 ~ /^\[/ ? substr($1, 2, length($1) - 2) : $1}' | grep -v '^$' | sort -u; } # of kubectl: a resource or a URL
kubectl --kubeconfig "$state/limited" auth can-i --list -n "$ns" | listed >"$state/may.kubectl"
limited rights -n "$ns" | sed -n 's/^ [^:]*: *//p' | tr -d ' ' | tr ',' '\n' | sort -u >"$state/may.kview"
check "limited: rights are those of kubectl auth can-i --list" diff "$state/may.kubectl" "$state/may.kview"
pod=$(kubectl get pods -n "$ns" -l app=web -o name | head -n 1)
counted tests/e2e/rights.py "$bin" "$state/limited" "$ns" "${pod#pod/}"
