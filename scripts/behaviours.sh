#!/bin/sh
# behaviours.sh: tests/README.md on stdout: tests/README.head.md, then every behaviour of servers, plugins, files and terminals
# that a test plays, by the name it has there, a table a means, with their count.
set -u
n=0
section() { # TITLE FILE NAMES: a line each
	count=$(printf '%s\n' "$3" | grep -c .)
	n=$((n + count))
	printf '\n## %s: %s\n\n`%s`\n\n' "$1" "$count" "$2"
	printf '%s\n' "$3" | sed 's/^/- /; s/|/\\|/g; s/</\&lt;/g'
}
# The sentence above each test function of these files, or its name
told() { # FILES
	for f in "$@"; do
		awk '/^\/\//{sub(/^\/\/ ?/, ""); if ($0 !~ /^----/) t = t (t ? " " : "") $0; next}
			/^static void test_[a-z_0-9]*\(void \*\*/{name = $3; sub(/\(.*/, "", name); sub(/^test_/, "", name); gsub(/_/, " ", name)
				i = match(t, /[.:](\ |$)/); print name (t ? ": " (i ? substr(t, 1, i - 1) : t) : ""); t = ""; next}
			{t = ""}' "$f"
	done
}
# The keys of the dictionary that a function of Python gives back
keys() { # FUNCTION FILE
	awk -v f="def $1(" 'index($0, f) == 1{on = 1; next} /^[a-zA-Z]/{on = 0} on' "$2" | sed -nE 's/^        "([^"]+)": \(.*/\1/p'
}
cat tests/README.head.md
section "A server that breaks off, forgets or refuses, while its objects change" tests/faults/main.c \
	"$(sed -n '/^static const struct scenario scenarios/,/^};/p' tests/faults/main.c | sed -nE 's/^    \{ "([^"]+)".*/\1/p')"
section "Answers that are too much" tests/faults/balloons.c \
	"$(grep -oE '(verdict|one_object|balloon|large)\("[^"]+"' tests/faults/balloons.c | sed 's/.*("//; s/"$//' | sort -u)"
section "A server with kview on the screen before it" tests/e2e/lying.py \
	"$(keys lies tests/e2e/lying.py)"
section "A server whose HTTP/2 goes wrong, with kview on the screen before it" tests/e2e/h2.py \
	"$(keys scenarios tests/e2e/h2.py)"
section "Lies between kview and a real server (make soak LIES=1)" tests/soak/liar.py \
	"$(sed -n '/^LIES = \[/,/^\]/p' tests/soak/liar.py | grep -oE '(says|Lie|ends|bookmark)\("[^"]+"' | sed 's/.*("//; s/"$//')"
section "Answers, errors and files that are not what they should be" "tests/unit/" \
	"$(told tests/unit/test_answer.c tests/unit/test_proto.c tests/unit/test_errors.c tests/unit/test_stream.c tests/unit/test_json.c \
		tests/unit/test_files.c tests/unit/test_kubefiles.c tests/unit/test_credentials.c tests/unit/test_openapi.c tests/unit/test_term.c \
		tests/unit/test_tar.c tests/unit/test_fatal.c)"
section "The command line, plugins, signals, and all ways out" "tests/cli/" \
	"$(for f in tests/cli/*.sh; do awk -v f="${f##*/}" 'NR > 1 && !/^#/{exit} NR > 1{sub(/^# ?/, ""); t = t (t ? " " : "") $0}
		END{i = match(t, /[.](\ |$)/); print f ": " (i ? substr(t, 1, i - 1) : t)}' "$f"; done)"
section "Bytes of strangers, by a fuzzer (make fuzz)" tests/fuzz/ \
	"$(sed -nE 's/^    \{ "([a-z]+)", fuzz_.*/\1/p' tests/fuzz/table.c tests/fuzz/frame/*.c | sort -u)"
printf '\nIn all: %s.\n' "$n"
