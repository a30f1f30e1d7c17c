#!/bin/sh
# Layering, forbidden includes, sizes, and a build with -Werror by gcc (and clang where it is there).
set -u
rc=0
complain() {
	echo "lint: $*"
	rc=1
}
scripts/layers.sh || rc=1
# One header of each library in as few files as possible
only() { # PATTERN FILES...
	pattern=$1
	shift
	bad=$(grep -rlE "#include <$pattern" --include='*.[ch]' base client ui keymaps kinds list logs acts views app main.c |
		while IFS= read -r f; do
			for ok in "$@"; do [ "$f" = "$ok" ] && continue 2; done
			echo "$f"
		done)
	[ -z "$bad" ] || complain "<$pattern> is included by $bad"
}
only 'curl/' client/http.c client/http_error.c client/ws.c
only 'curses|ncurses' ui/screen.c
only 'vterm' ui/term.c
only 'yaml\.h' base/yaml.c
only 'yajl/' client/prune.c
only 'uv\.h' base/loop.c
# Writes leave through client/verbs.c alone, past its gate; reviews, and the token of an OpenID issuer, are none
written() { # PATTERN FILES...
	pattern=$1
	shift
	bad=$(grep -rnE "$pattern" --include='*.[ch]' base client ui keymaps kinds list logs acts views app main.c |
		while IFS= read -r hit; do
			for ok in "$@"; do [ "${hit%%:*}" = "$ok" ] && continue 2; done
			echo "$hit"
		done)
	[ -z "$bad" ] || complain "a write that does not go by its one way (client/verbs.c to a server, base/say.c to a terminal):
$bad"
}
written '"(POST|PUT|PATCH|DELETE)"' client/verbs.c client/client.c client/oidc.c
written '(\.|->)write = ' client/verbs.c app/app.c main.c
written '\<http_send\(' client/http.c client/http.h client/client.c client/oidc.c client/ws.c
# Words to the terminal that kview was started on pass base/say.c (usage texts are kview's own, check.c and k9s.c clean theirs)
written '(fprintf|vfprintf|fputs|fwrite)\(.*\<std(out|err)\>' base/say.c base/mem.c app/k9s.c app/once.c main.c
# Paths of the API are built by client/gvr.c alone, which escapes each segment (client.c: discovery's groups; openapi.c: a
# key of the server's index)
bad=$(git ls-files '*.c' '*.h' | grep -vE '^(demo|tests)/|^client/(gvr|client|openapi)\.[ch]$' |
	xargs grep -nE '"/?apis?/[^"]*(%|/")|"[^"]*/namespaces/[^"]*(%|/")|"/(pods|services|nodes)/|buf_printf\(&?path, "/%|metadata\.name(=|%3D)"?[^"]*["%]|(nodeName|involvedObject\.[a-z]+)=%' |
	grep -v ':[[:space:]]*//')
[ -z "$bad" ] || complain "a path or a field selector that is not built by gvr_path, gvr_field:
$bad"
# The map
if map=$(scripts/map.sh 2>&1); then
	[ "$map" = "$(cat doc/map.md)" ] || complain "doc/map.md is stale: make doc"
else
	complain "$(scripts/map.sh 2>&1 >/dev/null)"
fi
[ "$(scripts/behaviours.sh)" = "$(cat tests/README.md)" ] || complain "tests/README.md is stale: make doc"
# A mutation whose line is not there (once) breaks nothing
while IFS= read -r line; do
	case $line in
	*.c | *.h) file=$line ;;
	"- "*) [ "$(grep -cF -- "${line#- }" "$file")" = 1 ] || complain "tests/mutation: not once in $file: ${line#- }" ;;
	esac
done <tests/mutation/mutations.txt
# Sizes
for f in $(git ls-files '*.c' '*.h'); do
	n=$(wc -l <"$f")
	[ "$n" -le 1000 ] || complain "$f has $n lines (1000 is the limit)"
done
git ls-files '*.c' | xargs awk 'FNR==1{s=0} /^\{/{s=FNR} /^\}/{if(s && FNR-s>100) print FILENAME":"s": a function of "FNR-s" lines"; s=0}' |
	grep . && complain "functions over 100 lines"
grep -rnE '[[:space:]]+$' --include='*.[ch]' --include='*.sh' base client ui keymaps kinds list logs acts views app demo tests scripts main.c &&
	complain "blanks at the end of a line"
# Warnings are errors, by both compilers
# (.ci/run has nothing built yet and lets make e2e go on with these objects: LINT_B)
make -s -j2 B="${LINT_B:-build/lint}" WERROR=1 CC=gcc objects rooms || complain "gcc -Werror"
if command -v clang >/dev/null; then
	make -s -j2 B=build/lint-clang WERROR=1 CC=clang CFLAGS=-O1 objects ||
		complain "clang -Werror"
fi
[ $rc = 0 ] && echo "1 passed, 0 failed" || echo "0 passed, 1 failed"
exit $rc
