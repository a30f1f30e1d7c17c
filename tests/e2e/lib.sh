# shellcheck shell=bash
# What the cases of tests/e2e share. run.sh sources this, then each case in a subshell of its own, so a case may
# change what it likes, and its end ends nothing else. A case has:
#   $bin $ns $state   kview; the run's namespace, filled from objects.yaml; a folder for its files
#   $own              1: the cluster is this run's alone: its server may be stopped, its node cordoned
#   $node             a Ready node that is no simulated one, or nothing
#   kubectl, kview    as cluster-admin; kview with a limit of time
#   $KUBECTL          kubectl's words, for other programs
# and tells with ok, bad, skip (or check, says, same_table, counted) what became of each of its claims.

ok() { echo "ok $*" >>"$state/results"; }
skip() { echo "skipped $*" | tee -a "$state/results"; } # NAME: REASON
# bad NAME [FILE...]: with the beginning of the files
bad() {
	echo "FAILED $1" | tee -a "$state/results"
	shift
	[ $# = 0 ] || head -qn 60 "$@"
}
count() { grep -c "^$1 " "$state/results"; }

# shellcheck disable=SC2086 # KUBECTL may be several words
kubectl() { command $KUBECTL "$@"; }
kview() { timeout 30 "$bin" "$@"; }

# wait_for SECONDS COMMAND...
wait_for() {
	local end=$((SECONDS + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# check NAME COMMAND...: the command succeeds
check() {
	local name=$1
	shift
	if "$@" >"$state/out" 2>&1; then ok "$name"; else bad "$name" "$state/out"; fi
}

# says NAME PATTERN COMMAND...: what it prints, to either stream, has a line of the pattern
says() {
	local name=$1 pattern=$2
	shift 2
	"$@" >"$state/out" 2>&1
	if grep -qE -- "$pattern" "$state/out"; then ok "$name"; else bad "$name: no '$pattern' in" "$state/out"; fi
}

# Ages may differ by the unit that passed between the two commands: they are compared as one word.
normal() { sed -E 's/[[:space:]]+$//; s/([0-9]+(y|d|h|m|s))+( ago)?/AGE/g; s/ +/ /g' "$1" | sort; }

# same_table NAME KUBECTL-ARGS -- KVIEW-ARGS: `kubectl get` and `kview --once` (or $printer) print the same
same_table() {
	local name=$1 k=() try
	shift
	while [ "$1" != -- ]; do
		k+=("$1")
		shift
	done
	shift
	for try in 1 2 3; do # something may change between the two commands
		kubectl get "${k[@]}" >"$state/k" 2>"$state/ke"
		${printer:-kview --once} "$@" >"$state/v" 2>"$state/ve"
		if diff <(normal "$state/k") <(normal "$state/v") >"$state/diff"; then
			ok "$name"
			return
		fi
	done
	bad "$name (tried $try times)" "$state/diff" "$state/ve"
}

# counted COMMAND...: a program that prints a line "ok ..." or "FAILED ..." a case, and "# ..." for a figure
counted() {
	timeout 900 "$@" >"$state/cases" 2>&1 || echo "FAILED $1 ended with status $?" >>"$state/cases"
	grep -E '^(ok|FAILED) ' "$state/cases" >>"$state/results"
	grep -v '^ok ' "$state/cases"
	return 0
}

# namespace NAME: made now, able to hold Pods, and gone at the end of the run
namespace() {
	kubectl create namespace "$1" >/dev/null && echo "$1" >>"$namespaces"
	wait_for 30 kubectl get serviceaccount default -n "$1"
}

# Finalizers of our own would keep a namespace for ever.
namespaces_gone() {
	local n p
	[ -f "$namespaces" ] || return 0
	while read -r n; do
		kubectl delete namespace "$n" --wait=false --ignore-not-found
		for p in $(kubectl get pods -n "$n" -o 'jsonpath={range .items[?(@.metadata.finalizers)]}{.metadata.name}{"\n"}{end}'); do
			kubectl patch pod "$p" -n "$n" --type=merge -p '{"metadata":{"finalizers":null}}'
		done
	done <"$namespaces" >/dev/null
	while read -r n; do
		kubectl wait --for=delete "namespace/$n" --timeout=90s >/dev/null 2>&1 || bad "namespace $n does not end"
	done <"$namespaces"
}
