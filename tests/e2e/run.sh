#!/usr/bin/env bash
# kview against a real Kubernetes: the cluster of tests/cluster, or any KUBECONFIG given. Every kind's table
# must equal kubectl's in the same moment. Ends with a line of counts.
set -u
cd "$(dirname "$0")/../.." || exit 1
bin=${KVIEW_BIN:-build/kview}
own=0
passed=0
failed=0
if [ -z "${KUBECONFIG:-}" ]; then
	own=1
	export KVIEW_CLUSTER_PORT=${KVIEW_CLUSTER_PORT:-26443} # beside a cluster that somebody works with
	trap 'tests/cluster/cluster.sh down' EXIT
	# A machine whose kernel gives no containers still has the control plane: then without running Pods
	node=1
	tests/cluster/cluster.sh up || { node=0; KVIEW_CLUSTER_NODE=0 tests/cluster/cluster.sh up || exit 1; }
	[ $node = 0 ] || tests/cluster/cluster.sh objects || node=0
	KUBECONFIG=$(tests/cluster/cluster.sh kubeconfig)
	export KUBECONFIG
	kubectl() { tests/cluster/cluster.sh kubectl "$@"; }
fi
state=$(mktemp -d)
export XDG_STATE_HOME=$state XDG_CONFIG_HOME=$state/config
ns=kview-e2e
kubectl create namespace $ns >/dev/null 2>&1
kubectl apply -n $ns -f tests/e2e/objects.yaml >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
wait_for() { # SECONDS COMMAND...
	local n=$(($1 * 5))
	shift
	for _ in $(seq "$n"); do "$@" >/dev/null 2>&1 && return 0; sleep 0.2; done
	return 1
}
ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAILED $*"; }

# Ages may differ by the unit that passed between the two commands: they are compared as one word.
normal() { sed -E 's/[[:space:]]+$//; s/([0-9]+(y|d|h|m|s))+( ago)?/AGE/g; s/ +/ /g' | sort; }
same_table() { # NAME KUBECTL-ARGS -- KVIEW-ARGS
	local name=$1 k=() v=()
	shift
	while [ "$1" != -- ]; do k+=("$1"); shift; done
	shift
	v=("$@")
	for try in 1 2 3; do # something may change between the two commands
		kubectl get "${k[@]}" >"$state/k" 2>"$state/ke"
		timeout 30 "$bin" --once "${v[@]}" >"$state/v" 2>"$state/ve"
		if diff <(normal <"$state/k") <(normal <"$state/v") >"$state/diff"; then ok; return; fi
	done
	bad "$name"
	head -n 30 "$state/diff"
	cat "$state/ve"
}
wait_for 30 kubectl get rs -n $ns -l app=web -o name
kinds="pods deployments replicasets statefulsets daemonsets jobs cronjobs services ingresses configmaps
secrets serviceaccounts persistentvolumeclaims horizontalpodautoscalers roles rolebindings endpointslices
networkpolicies poddisruptionbudgets resourcequotas limitranges leases controllerrevisions
replicationcontrollers endpoints podtemplates"
cluster_kinds="nodes namespaces persistentvolumes storageclasses clusterroles clusterrolebindings
priorityclasses customresourcedefinitions apiservices ingressclasses runtimeclasses
validatingwebhookconfigurations mutatingwebhookconfigurations certificatesigningrequests csidrivers
csinodes volumeattachments"
for k in $kinds; do
	same_table "$k" "$k" -n $ns -- -o text "$k" -n $ns
	same_table "$k wide" "$k" -n $ns -o wide -- -o wide "$k" -n $ns
	if [ $own = 1 ]; then # Pods in every state, on a real kubelet
		same_table "$k in shop" "$k" -n shop -o wide -- -o wide "$k" -n shop
	fi
	same_table "$k everywhere" "$k" -A -- -o text "$k" -A
done
for k in $cluster_kinds; do
	same_table "$k" "$k" -- -o text "$k"
	same_table "$k wide" "$k" -o wide -- -o wide "$k"
done
wait_for 20 kubectl get crontabs.example.kview.test -n $ns
same_table "custom resource" crontabs.example.kview.test -n $ns -- -o text crontabs.example.kview.test -n $ns
same_table "custom resource by short name" ct -n $ns -- -o text ct -n $ns
same_table "label selector" pods -n $ns -l app=web -- -o text pods -n $ns -l app=web
same_table "short names" po -n $ns -- -o text po -n $ns
# JSON has every row
n=$(kubectl get pods -n $ns -o name | wc -l)
m=$(timeout 30 "$bin" --once -o json pods -n $ns | grep -c '"uid"')
[ "$n" = "$m" ] && ok || bad "json: $m rows, kubectl has $n"
# The fields of every resource, as kubectl explain prints them
if [ $own = 1 ]; then export KUBECTL="tests/cluster/cluster.sh kubectl"; fi
tests/e2e/explain.sh >"$state/explain" 2>&1
read -r n _ m _ < <(tail -n 1 "$state/explain")
passed=$((passed + n))
failed=$((failed + m))
[ "$m" = 0 ] || cat "$state/explain"
# Filters
timeout 30 "$bin" --once pods -n $ns '/name=~^web age<1d' >"$state/v" 2>&1
grep -q web "$state/v" && ok || { bad "filter"; cat "$state/v"; }
# The full-screen program: changes made by kubectl appear at once, with the cursor on its object, without a blink
counted() { # COMMAND... that prints a line "ok" or "FAILED" a case
	timeout 600 "$@" >"$state/cases" 2>&1 || echo "FAILED $1 $2 ended early" >>"$state/cases"
	passed=$((passed + $(grep -c '^ok ' "$state/cases")))
	failed=$((failed + $(grep -c '^FAILED ' "$state/cases")))
	grep -v '^ok ' "$state/cases"
}
node=
[ $own = 0 ] || node=$(kubectl get nodes -o name | head -n 1)
kubectl create namespace $ns-live >/dev/null
counted tests/e2e/live.py "$bin" "${KUBECTL:-kubectl}" $ns-live ${node:+"${node#node/}"}
kubectl delete namespace $ns-live --wait=false >/dev/null
# Both ways to list
for mode in stream pages; do
	KVIEW_LIST=$mode same_table "list by $mode" pods -A -- -o text pods -A
done
# --check says all is well
timeout 60 "$bin" --check >"$state/v" 2>&1 && ok || { bad "--check"; cat "$state/v"; }
if [ $own = 1 ]; then # half the rights
	tests/cluster/cluster.sh sa limited $ns kview-other >"$state/limited"
	KUBECONFIG_SAVED=$KUBECONFIG
	wait_for 10 "$bin" --kubeconfig "$state/limited" --once pods -n $ns
	timeout 60 "$bin" --kubeconfig "$state/limited" --once -A pods >"$state/v" 2>&1
	grep -q web "$state/v" && ok || { bad "limited: pods everywhere"; cat "$state/v"; }
	timeout 60 "$bin" --kubeconfig "$state/limited" --once deployments -n $ns >"$state/v" 2>&1
	grep -q 'cannot list resource "deployments"' "$state/v" && ok || { bad "limited: deployments"; cat "$state/v"; }
	timeout 60 "$bin" --kubeconfig "$state/limited" --once nodes >"$state/v" 2>&1
	grep -q 'cannot list resource "nodes"' "$state/v" && ok || { bad "limited: nodes"; cat "$state/v"; }
	pod=$(kubectl get pods -n $ns -l app=web -o name | head -n 1)
	counted tests/e2e/rights.py "$bin" "$state/limited" $ns "${pod#pod/}"
fi
kubectl delete namespace $ns --wait=false >/dev/null 2>&1
kubectl delete -f tests/e2e/objects.yaml -n $ns --ignore-not-found --wait=false >/dev/null 2>&1
rm -rf "$state"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
