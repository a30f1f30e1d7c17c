#!/bin/sh
# run-tests.sh OBJDIR: every unit test and fuzz corpus, then the checks of the command line. Ends with a line of counts.
set -u
dir=$1
passed=0
failed=0
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
for t in "$dir"/unit/test_* "$dir/kview-faults" "$dir/fuzz-replay"; do
	case $t in *.d) continue ;; esac
	[ -x "$t" ] || continue
	out=$(timeout 120 "$t" 2>&1)
	rc=$?
	ok=$(printf '%s\n' "$out" | grep -c '^\[       OK \]')
	bad=$(printf '%s\n' "$out" | grep -c '^\[  FAILED  \] [a-z]' | head -n 1)
	passed=$((passed + ok))
	if [ $rc != 0 ]; then
		[ "$bad" -gt 0 ] || bad=1
		failed=$((failed + bad))
		echo "== $t"
		printf '%s\n' "$out" | tail -n 60
	fi
done
for t in tests/cli/*.sh; do
	[ -x "$t" ] || continue
	if out=$(KVIEW_BIN=$dir/kview KVIEW_DEMO=$dir/kview-democluster timeout 300 "$t" 2>&1); then
		:
	else
		failed=$((failed + 1))
	fi
	printf '%s\n' "$out" | grep -v '^ok ' || true
	passed=$((passed + $(printf '%s\n' "$out" | grep -c '^ok ')))
done
out=$(timeout 300 "$dir/kview-pty" --kview "$dir/kview" --demo "$dir/kview-democluster" tests/screens/*.txt 2>&1)
rc=$?
printf '%s\n' "$out" | grep -av '^ok \|^[0-9]* passed' || true
bad=$(printf '%s\n' "$out" | grep -ac '^FAILED ')
[ $rc = 0 ] || [ "$bad" -gt 0 ] || bad=1
passed=$((passed + $(printf '%s\n' "$out" | grep -ac '^ok ')))
failed=$((failed + bad))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
