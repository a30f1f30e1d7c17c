#!/bin/sh
# run-tests.sh OBJDIR: every unit test, fuzz corpus, check of the command line and golden screen, twice as many at once as
# there are processors, as they wait for half of their time. What fails is named by a line "FAILED NAME"; ends with a line
# of counts.
set -u
dir=$1
export dir
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
jobs=$(nproc 2>/dev/null || echo 2)

# unit PROGRAM: a cmocka program. A test that ended the whole program is the one that began last.
unit() {
	out=$(timeout 120 "$1" 2>&1)
	rc=$?
	name=$(basename "$1")
	printf '%s\n' "$out" | sed -n "s/^\[       OK \] /ok $name: /p"
	[ $rc = 0 ] && return
	printf '%s\n' "$out" | tail -n 60 | grep -v '^\[  *OK  *\]\|^\[ RUN'
	bad=$(printf '%s\n' "$out" | sed -n 's/^\[  FAILED  \] //p' | grep -v '^[0-9]* test(s), listed' | sort -u)
	[ -n "$bad" ] || bad="$(printf '%s\n' "$out" | sed -n 's/^\[ RUN      \] //p' | tail -n 1) (status $rc)"
	printf '%s\n' "$bad" | sed "s/^/FAILED $name: /"
}

# check SCRIPT: it prints a line "ok NAME" or "FAILED NAME: WHY" a claim
check() {
	out=$(KVIEW_BIN=$dir/kview KVIEW_DEMO=$dir/kview-democluster timeout 300 "$1" 2>&1)
	rc=$?
	printf '%s\n' "$out"
	[ $rc = 0 ] || printf '%s\n' "$out" | grep -q '^FAILED ' || echo "FAILED $1: status $rc"
}

screens() {
	out=$(timeout 600 "$dir/kview-pty" -j "$jobs" --kview "$dir/kview" --demo "$dir/kview-democluster" tests/screens/*.txt 2>&1)
	rc=$?
	printf '%s\n' "$out"
	[ $rc = 0 ] || printf '%s\n' "$out" | grep -aq '^FAILED ' || echo "FAILED kview-pty: status $rc"
}

if [ "${2:-}" = --one ]; then # for xargs below: OBJDIR --one FILE RESULTS
	case $3 in
	screens) screens ;;
	tests/cli/*) check "$3" ;;
	*) unit "$3" ;;
	esac >"$4/$(basename "$3")"
	exit 0
fi
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
start=$(date +%s)
# The longest first, so that none is waited for at the end
for t in "$dir/kview-faults" $(ls -r tests/cli/*.sh) "$dir/fuzz-replay" "$dir/fuzz-replay-frame" "$dir"/unit/test_*; do
	case $t in *.d) continue ;; esac
	[ -x "$t" ] && printf '%s\n' "$t"
done | { echo screens && cat; } | xargs -P $((2 * jobs)) -I '{}' "$0" "$dir" --one '{}' "$results"
passed=$(cat "$results"/* | grep -ac '^ok ')
failed=$(cat "$results"/* | grep -ac '^FAILED ')
for f in "$results"/*; do
	grep -av '^ok \|^[0-9]* passed' "$f"
done
echo "# $(($(date +%s) - start)) s"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
