#!/usr/bin/env bash
# kview against a real Kubernetes: the cluster of tests/cluster, or any KUBECONFIG given (in namespaces of the
# run's own). A case that fails runs a second time. CASES="tables life" runs some of tests/e2e/*.sh only. Ends with a
# line of counts; what a cluster of its own leaves behind on the machine is a failure.
set -u
cd "$(dirname "$0")/../.." || exit 1
bin=${KVIEW_BIN:-$PWD/build/kview}
# One after another, but those of a word: its lanes, divided by |, run at once, as they wait most of their time and each
# keeps to its namespaces. What lists all of the cluster or measures time is alone. The faults come last: controllers
# that lost their server back off for up to a minute.
all="objects|names,lying,h2,life,contexts|logs_once,logs_broken|many,rights live tables
actions,readonly|acts2,logs,slow|describe,copies|rollback,quarantine|shell,forward,evidence|links,explain,edit
compare logs_long|demo,logs_many faults"
ns=kview-e2e-$$
own=0
before= # what CASES need as well
cluster=tests/cluster/cluster.sh
cases=${KVIEW_E2E_CASES:-tests/e2e} # another folder: for the test of this program

# Every program of the run inherits the mark, and keeps its temporary files in one folder.
export KVIEW_E2E=$$-$RANDOM
TMPDIR=$(mktemp -d)
export TMPDIR
state=$TMPDIR/state
mkdir "$state"
export XDG_STATE_HOME=$state XDG_CONFIG_HOME=$state/config
: >"$state/results"
namespaces=$state/namespaces
pids=() # the lanes under way
proxy=
# shellcheck source=lib.sh
. tests/e2e/lib.sh
# shellcheck source=leftovers.sh
. tests/e2e/leftovers.sh

finish() {
	trap - EXIT
	local p
	for p in $proxy "${pids[@]}"; do kill -- "-$p" 2>/dev/null; done
	kubectl delete -f tests/e2e/objects.yaml -n "$ns" --ignore-not-found --wait=false >/dev/null 2>&1
	if [ $own = 1 ]; then $cluster down; else namespaces_gone; fi
	if [ $own = 1 ] && ! running_before; then check "nothing is left behind" leftovers; fi
	exit_status=$(count FAILED)
	cat "$state/flaky" 2>/dev/null
	[ "$(count skipped)" = 0 ] || echo "$(count skipped) skipped"
	echo "$(count ok) passed, $(count FAILED) failed"
	rm -rf "$TMPDIR"
	[ "$exit_status" = 0 ] && exit 0
	exit 1
}

# try NAME FOLDER: the case once, with its files and results in the folder; what it says, with FAILED for the second time only
try() {
	mkdir -p "$2" && : >"$2/results"
	# shellcheck disable=SC1090
	(state=$2 && . "$cases/$1.sh")
	local rc=$? state=$2
	[ $rc = 0 ] || bad "$1 ended with status $rc"
	[ -s "$2/results" ] || bad "$1 says nothing"
}
outcome() { awk '{n[$1]++} END {printf "%d passed, %d failed", n["ok"], n["FAILED"]}' "$1/results"; }

# A case in which something fails runs once more, in a namespace of its own: it has failed when something fails again,
# or is skipped then.
case_run() { # NAME
	local name=$1 start=$SECONDS first=$state/$1.1 second=$state/$1.2
	try "$name" "$first" 2>&1 | sed -u 's/^FAILED /# failed, the first time: /'
	if ! grep -q '^FAILED ' "$first/results"; then
		cat "$first/results" >>"$state/results"
		echo "# $name: $(outcome "$first"), $((SECONDS - start)) s"
		return
	fi
	echo "# $name: $(outcome "$first"), $((SECONDS - start)) s: once more"
	start=$SECONDS
	(
		ns=$ns-${name:0:3}${name: -1}2 # short: screens show it
		namespace "$ns"
		kubectl apply -n "$ns" -f tests/e2e/objects.yaml >/dev/null
		try "$name" "$second"
	) 2>&1
	if [ "$(grep -c '^skipped ' "$second/results")" -gt "$(grep -c '^skipped ' "$first/results")" ]; then
		echo "FAILED $name skips the second time what it did not the first time" | tee -a "$second/results"
	fi
	cat "$second/results" >>"$state/results"
	echo "# $name, the second time: $(outcome "$second"), $((SECONDS - start)) s"
	grep -q '^FAILED ' "$second/results" ||
		sed -n "s/^FAILED \(.*\)/flaky: $name: \"\1\" failed once, passed the second time/p" "$first/results" | cut -c 1-200 >>"$state/flaky"
}

lane_run() { # NAME[,NAME...]
	local c
	for c in ${1//,/ }; do
		if [ -f "$cases/$c.sh" ]; then case_run "$c"; else bad "there is no case $c"; fi
	done
	return 0
}

if [ -z "${KUBECONFIG:-}" ]; then
	own=1
	before=objects
	export KVIEW_CLUSTER_PORT=${KVIEW_CLUSTER_PORT:-26443} # beside a cluster that somebody works with
	if ! $cluster prepare; then
		echo "0 passed, 1 failed"
		exit 1
	fi
	before_up
	# Who asked for what, without the bodies
	audit=$state/audit.log
	export KVIEW_LOG_MAX=${KVIEW_LOG_MAX:-1Mi} # so that logs are rotated
	printf 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n  omitStages: [RequestReceived]\n' >"$state/audit.yaml"
	export KVIEW_APISERVER_FLAGS="${KVIEW_APISERVER_FLAGS:-} --audit-policy-file $state/audit.yaml --audit-log-path $audit --audit-log-maxsize 2000"
	trap finish EXIT
	trap 'exit 130' INT TERM HUP
	# A machine whose kernel gives no containers still has the control plane: then without running Pods
	$cluster up || KVIEW_CLUSTER_NODE=0 $cluster up || { bad "no cluster"; exit; }
	KUBECONFIG=$($cluster kubeconfig)
	KUBECTL=$($cluster binaries)/kubectl
	export KUBECONFIG KUBECTL
else
	export KUBECTL=${KUBECTL:-kubectl}
	command -v "${KUBECTL%% *}" >/dev/null ||
		{ echo "kubectl is missing; KUBECTL=... names another"; echo "0 passed, 1 failed"; exit 1; }
	trap finish EXIT
	trap 'exit 130' INT TERM HUP
fi
echo "# $(kubectl version 2>/dev/null | tail -n 1), $bin, namespace $ns"
# What programs look at again and again (kube.py)
export KVIEW_E2E_PROXY=$state/proxy
set -m
$KUBECTL proxy --port=0 >"$KVIEW_E2E_PROXY" 2>&1 &
proxy=$!
set +m
node=$(kubectl get nodes --no-headers -l '!kview.test/scale' | awk '$2 == "Ready" {print $1; exit}')
namespace "$ns"
kubectl apply -n "$ns" -f tests/e2e/objects.yaml >/dev/null || { bad "tests/e2e/objects.yaml"; exit; }
for group in ${CASES:+$before} ${CASES:-$all}; do
	lanes=${group//|/ }
	[ "$lanes" != "$group" ] || { lane_run "$group" && continue; }
	set -m # each in a process group, which finish can end
	for lane in $lanes; do
		lane_run "$lane" >"$state/lane.$lane" 2>&1 &
		pids+=($!)
	done
	set +m
	wait "${pids[@]}"
	pids=()
	for lane in $lanes; do cat "$state/lane.$lane"; done
done
