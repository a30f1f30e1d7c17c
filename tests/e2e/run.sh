#!/usr/bin/env bash
# kview against a real Kubernetes: the cluster of tests/cluster, or any KUBECONFIG given (in namespaces of the
# run's own). CASES="tables life" runs some of tests/e2e/*.sh only. Ends with a line of counts; what a cluster
# of its own leaves behind on the machine is a failure.
set -u
cd "$(dirname "$0")/../.." || exit 1
bin=${KVIEW_BIN:-$PWD/build/kview}
# The faults come last: controllers that lost their server back off for up to a minute
all="tables describe names explain live life actions shell logs forward copies contexts rights compare faults"
ns=kview-e2e-$$
own=0
cluster=tests/cluster/cluster.sh

# Every program of the run inherits the mark, and keeps its temporary files in one folder.
export KVIEW_E2E=$$-$RANDOM
TMPDIR=$(mktemp -d)
export TMPDIR
state=$TMPDIR/state
mkdir "$state"
export XDG_STATE_HOME=$state XDG_CONFIG_HOME=$state/config
: >"$state/results"
# shellcheck source=lib.sh
. tests/e2e/lib.sh
# shellcheck source=leftovers.sh
. tests/e2e/leftovers.sh

finish() {
	trap - EXIT
	kubectl delete -f tests/e2e/objects.yaml -n "$ns" --ignore-not-found --wait=false >/dev/null 2>&1
	if [ $own = 1 ]; then $cluster down; else namespaces_gone; fi
	if [ $own = 1 ] && ! running_before; then check "nothing is left behind" leftovers; fi
	exit_status=$(count FAILED)
	[ "$(count skipped)" = 0 ] || echo "$(count skipped) skipped"
	echo "$(count ok) passed, $(count FAILED) failed"
	rm -rf "$TMPDIR"
	[ "$exit_status" = 0 ] && exit 0
	exit 1
}

case_run() {
	local start=$SECONDS before
	before=$(wc -l <"$state/results")
	# shellcheck disable=SC1090
	(. "tests/e2e/$1.sh") || bad "$1 ended with status $?"
	tail -n +$((before + 1)) "$state/results" | awk -v name="$1" -v s=$((SECONDS - start)) \
		'{n[$1]++} END {printf "# %s: %d passed, %d failed, %d s\n", name, n["ok"], n["FAILED"], s}'
}

if [ -z "${KUBECONFIG:-}" ]; then
	own=1
	export KVIEW_CLUSTER_PORT=${KVIEW_CLUSTER_PORT:-26443} # beside a cluster that somebody works with
	if ! $cluster prepare; then
		echo "0 passed, 1 failed"
		exit 1
	fi
	before_up
	# Who asked for what, without the bodies
	audit=$state/audit.log
	printf 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n  omitStages: [RequestReceived]\n' >"$state/audit.yaml"
	export KVIEW_APISERVER_FLAGS="${KVIEW_APISERVER_FLAGS:-} --audit-policy-file $state/audit.yaml --audit-log-path $audit --audit-log-maxsize 2000"
	trap finish EXIT
	trap 'exit 130' INT TERM HUP
	# A machine whose kernel gives no containers still has the control plane: then without running Pods
	$cluster up || KVIEW_CLUSTER_NODE=0 $cluster up || { bad "no cluster"; exit; }
	KUBECONFIG=$($cluster kubeconfig)
	export KUBECONFIG KUBECTL="$PWD/$cluster kubectl"
else
	export KUBECTL=${KUBECTL:-kubectl}
	command -v "${KUBECTL%% *}" >/dev/null ||
		{ echo "kubectl is missing; KUBECTL=... names another"; echo "0 passed, 1 failed"; exit 1; }
	trap finish EXIT
	trap 'exit 130' INT TERM HUP
fi
echo "# $(kubectl version 2>/dev/null | tail -n 1), $bin, namespace $ns"
node=$(kubectl get nodes --no-headers -l '!kview.test/scale' | awk '$2 == "Ready" {print $1; exit}')
if [ $own = 1 ] && [ -n "$node" ]; then check "tests/cluster/objects" $cluster objects; fi
namespace "$ns"
kubectl apply -n "$ns" -f tests/e2e/objects.yaml >/dev/null || { bad "tests/e2e/objects.yaml"; exit; }
for c in ${CASES:-$all}; do
	if [ -f "tests/e2e/$c.sh" ]; then case_run "$c"; else bad "there is no case $c"; fi
done
