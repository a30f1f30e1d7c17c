#!/bin/sh
# tests/e2e/run.sh gives a case that fails a second try: cases made up, on no cluster.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
rc=0
echo 'ok fine' >"$dir/good.sh"
cat >"$dir/flaky.sh" <<'END'
ok before
if mkdir "$TMPDIR/been"; then bad "watch resumes" /dev/null; else rmdir "$TMPDIR/been" && ok "watch resumes"; fi
END
printf 'ok before\nbad "always: wrong"\n' >"$dir/broken.sh"
echo 'exit 3' >"$dir/ends.sh"
echo 'if mkdir "$TMPDIR/here"; then bad one; else skip "all: no reason"; fi' >"$dir/skips.sh"
: >"$dir/silent.sh"
expect() { # NAME STATUS CASES LINE...
	name=$1 status=$2 cases=$3
	shift 3
	out=$(KUBECONFIG=/dev/null KUBECTL=true KVIEW_E2E_CASES=$dir CASES=$cases tests/e2e/run.sh 2>&1)
	got=$?
	for line in "$@"; do
		printf '%s\n' "$out" | grep -qxF -- "$line" || { echo "FAILED e2e $name: no line '$line' in: $out"; rc=1; return; }
	done
	if [ $got = "$status" ]; then echo "ok e2e $name"; else echo "FAILED e2e $name: status $got: $out"; rc=1; fi
}
expect passes 0 good "1 passed, 0 failed"
printf "%s\n" "$out" | grep -qE "^# good: 1 passed, 0 failed, [0-9]+ s\$" || { echo "FAILED e2e passes: no line of the case in: $out"; rc=1; }
expect flaky 0 "good flaky" 'flaky: flaky: "watch resumes" failed once, passed the second time' "3 passed, 0 failed"
expect twice 1 "broken good" "# failed, the first time: always: wrong" "FAILED always: wrong" "2 passed, 1 failed"
expect status 1 ends "FAILED ends ended with status 3" "0 passed, 1 failed"
expect skips 1 skips "FAILED skips skips the second time what it did not the first time" "0 passed, 1 failed"
expect silent 1 silent "FAILED silent says nothing" "0 passed, 1 failed"
expect lanes 1 "good|flaky,good|broken" 'flaky: flaky: "watch resumes" failed once, passed the second time' \
	"FAILED always: wrong" "5 passed, 1 failed"
expect unknown 1 nosuch "FAILED there is no case nosuch" "0 passed, 1 failed"
exit $rc
