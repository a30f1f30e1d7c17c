#!/bin/sh
# run.sh BINARY SECONDS [TARGET...]: libFuzzer on each target, two at a time, from the kept corpora; what is
# found anew stays under build/fuzz. Ends with a line of counts; a finding's input and report are named.
set -u
bin=$1
seconds=$2
shift 2
work=$(dirname "$bin")
here=tests/fuzz
[ $# -gt 0 ] || set -- $(ls "$here/corpus")
frame=" $(sed -n 's/^    { "\([a-z]*\)".*/\1/p' $here/frame/table.c | tr '\n' ' ') " # those of the second program
export ASAN_OPTIONS=detect_leaks=1:handle_abort=1 UBSAN_OPTIONS=print_stacktrace=1

fuzz() { # TARGET: its line of the result goes to TARGET.result
	mkdir -p "$work/corpus/$1" "$work/found/$1"
	dict=
	[ -f "$here/dict/$1.dict" ] && dict="-dict=$here/dict/$1.dict"
	program=$bin
	case $frame in *" $1 "*) program=$bin-frame ;; esac
	# shellcheck disable=SC2086
	KVIEW_FUZZ=$1 "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1500 -print_final_stats=1 $dict \
		-artifact_prefix="$work/found/$1/" "$work/corpus/$1" "$here/corpus/$1" >"$work/$1.log" 2>&1 </dev/null
	rc=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$1.log")
	cov=$(grep -o 'cov: [0-9]*' "$work/$1.log" | tail -n 1)
	if [ $rc = 0 ]; then
		echo "ok     $1: ${runs:-0} runs, ${cov:-}" >"$work/$1.result"
	else
		input=$(sed -n 's/.*Test unit written to //p' "$work/$1.log" | tail -n 1)
		echo "FAILED $1: $(grep -m1 -E 'kview: bug|SUMMARY' "$work/$1.log"), input ${input:-none}, report $work/$1.log" \
			>"$work/$1.result"
	fi
	cat "$work/$1.result"
}

passed=0
failed=0
count() {
	if grep -q ^ok "$work/$1.result"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}
while [ $# -gt 0 ]; do
	fuzz "$1" &
	other=
	if [ $# -gt 1 ]; then
		other=$2
		fuzz "$2"
	fi
	wait
	count "$1"
	[ -z "$other" ] || count "$other"
	shift
	[ $# -gt 0 ] && shift
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
