#!/bin/sh
# Which room may include which, and no circle inside views/. Run by make lint; tests/cli/layers.sh tries each wrong include.
set -u
rc=0
complain() {
	echo "lint: $*"
	rc=1
}
# May include: main -> app -> views -> acts -> {logs, list} -> kinds -> {ui, client, keymaps} -> base, demo -> base. An
# archive a room proves the same when a program is linked (Makefile).
check_layer() { # FOLDER ALLOWED...
	dir=$1
	shift
	bad=$(grep -rnE '^#include "[a-z]+/' --include='*.[ch]' "$dir" | while IFS= read -r hit; do
		inc=$(printf '%s' "$hit" | sed 's/.*#include "\([a-z]*\)\/.*/\1/')
		for ok in "$dir" "$@"; do [ "$inc" = "$ok" ] && continue 2; done
		echo "$hit"
	done)
	[ -z "$bad" ] || complain "$dir may not include this:
$bad"
}
check_layer base
check_layer client base
check_layer ui base
check_layer keymaps base
check_layer demo base
check_layer kinds base client ui
check_layer list base client ui kinds
check_layer logs base client ui kinds
check_layer acts base client ui kinds list logs
check_layer views base client ui kinds list logs acts
check_layer app base client ui keymaps kinds list logs acts views
check_layer tests/headless base client kinds list
# No circle: between rooms the layers see to it, inside views the includes of its modules must have an order.
if loop=$(grep -rE '^#include "views/' --include='*.[ch]' views |
	sed -E 's/^([a-z_/]*)\.[ch]:#include "([a-z_/]*)\.h"/\1 \2/' | tsort 2>&1 >/dev/null) && [ -z "$loop" ]; then :; else
	complain "views/ has a circle: $(printf '%s' "$loop" | sed 's/^tsort: //' | tr '\n' ' ')"
fi
exit $rc
