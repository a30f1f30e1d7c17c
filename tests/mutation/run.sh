#!/bin/sh
# run.sh [NAME...]: breaks kview on purpose, one line at a time (mutations.txt), and expects a test to fail each
# time. Works on a copy of the committed tree under build/mutation. Prints what caught each mutation and ends
# with a line of counts; a mutation that nothing catches, or whose line is gone, is a failure.
set -u
list=$PWD/tests/mutation/mutations.txt
tree=$PWD/build/mutation/tree
mkdir -p "$tree"
git archive HEAD | tar -xm -C "$tree" || exit 1
cd "$tree" || exit 1
export ASAN_OPTIONS=detect_leaks=1 MAKEFLAGS=

build() {
	{ scripts/deps.sh true && make -j2 --no-print-directory SAN=1 tests-built; } >"$tree/../build.log" 2>&1
}

# The unit tests that name the mutated file's header, alone: most mutations are caught there, without building the rest.
nearest() { # FILE
	near=$(grep -l "\"${1%.c}.h\"" tests/unit/test_*.c | sed 's|tests/unit/\(.*\)\.c|build/san/unit/\1|')
	[ "$near" ] || return 1
	# shellcheck disable=SC2086 # several names
	make -j2 --no-print-directory SAN=1 $near >"$tree/../build.log" 2>&1 || return 1
	for t in $near; do
		out=$(timeout 300 "$t" 2>&1) && continue
		inside=$(printf '%s\n' "$out" | sed -n 's/^\[  FAILED  \] \([a-z].*\)/\1/p' | head -n 1)
		echo "${t##*/}${inside:+: $inside}"
		return 0
	done
	return 1
}

# The quick tests until one fails; its name (and that of the test inside) is printed.
first_failure() {
	for t in build/san/unit/test_* build/san/fuzz-replay build/san/fuzz-replay-frame build/san/kview-faults; do
		case $t in *.d) continue ;; esac
		out=$(timeout 300 "$t" 2>&1) && continue
		inside=$(printf '%s\n' "$out" | sed -n 's/^\[  FAILED  \] \([a-z].*\)/\1/p' | head -n 1)
		echo "${t##*/}${inside:+: $inside}"
		return 0
	done
	for t in tests/cli/*.sh; do
		out=$(KVIEW_BIN=build/san/kview KVIEW_DEMO=build/san/kview-democluster timeout 300 "$t" 2>&1) && continue
		echo "$t: $(printf '%s\n' "$out" | grep -v '^ok ' | head -n 1)"
		return 0
	done
	return 1
}

# The one line of FILE that holds OLD, with NEW in its place; fails when there is none or more than one.
mutate() {
	OLD=$2 NEW=$3 awk '
		BEGIN { old = ENVIRON["OLD"]; new = ENVIRON["NEW"] }
		(i = index($0, old)) { $0 = substr($0, 1, i - 1) new substr($0, i + length(old)); n++ }
		{ print }
		END { exit n != 1 }' "$1" >"$tree/../mutated" && cp "$tree/../mutated" "$1"
}

passed=0
failed=0
result() { # ok|FAILED NAME WHAT
	[ "$1" = ok ] && passed=$((passed + 1)) || failed=$((failed + 1))
	printf '%-6s %-44s %s\n' "$1" "$2" "$3"
}

one() { # NAME FILE OLD NEW
	cp "$2" "$tree/../original"
	if ! mutate "$2" "$3" "$4"; then
		result FAILED "$1" "its line is not (once) in $2"
	elif caught=$(nearest "$2"); then
		result ok "$1" "$caught"
	elif ! build; then
		result FAILED "$1" "does not compile: $tree/../build.log"
	elif caught=$(first_failure); then
		result ok "$1" "$caught"
	else
		result FAILED "$1" "no test fails"
	fi
	cp "$tree/../original" "$2"
}

build || {
	tail "$tree/../build.log"
	exit 1
}
if why=$(first_failure); then
	echo "the tests fail without any mutation: $why"
	exit 1
fi
name=
while IFS= read -r line; do
	case $line in
	'# '*) name=${line#'# '} ;;
	'- '*) old=${line#'- '} ;;
	'+ '*)
		case " $* " in *" $name "* | '  ') one "$name" "$file" "$old" "${line#'+ '}" ;; esac
		;;
	'') ;;
	*) file=$line ;;
	esac
done <"$list"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
