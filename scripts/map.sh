#!/bin/sh
# map.sh: doc/map.md on stdout: doc/map.head.md, then a table a room with the first sentence of each file's comment. A file
# without one is named on stderr, and the status is 1.
set -u
first() { # FILE: the first sentence of the comment at its top
	awk '!/^\/\// {exit} {sub(/^\/\/ ?/, ""); t = t (t == "" ? "" : " ") $0}
		END {n = match(t, /[.](\ |$)/); print n ? substr(t, 1, n) : t}' "$1" | sed 's/|/\\|/g'
}
rc=0
cat doc/map.head.md
for room in app views acts logs list kinds ui client keymaps base demo tests/harness; do
	printf '\n## %s/\n\n| file | |\n|---|---|\n' "$room"
	for f in $(git ls-files "$room/*.c" "$room/*.h"); do
		[ "${f%.c}" = "$f" ] || [ ! -f "${f%.c}.h" ] || continue # what has a header is told by it
		text=$(first "$f")
		[ -n "$text" ] || { echo "$f has no sentence at its top that says what it is" >&2; rc=1; }
		printf '| %s | %s |\n' "${f#"$room"/}" "$text"
	done
done
exit $rc
