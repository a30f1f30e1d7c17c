#!/bin/sh
# scripts/layers.sh refuses a wrong include in each room, and a circle in views/; what there is passes.
set -u
root=$PWD
rc=0
say() { # NAME STATUS WANTED
	if [ "$2" = "$3" ]; then echo "ok layers: $1"; else echo "FAILED layers: $1"; rc=1; fi
}
scripts/layers.sh >/dev/null
say "this tree" $? 0
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree" || exit 1
rooms="app views acts logs list kinds ui client keymaps base demo tests/headless"
for room in $rooms; do
	mkdir -p "$room"
	echo '#include "base/buf.h"' >"$room/x.c"
done
wrong() { # ROOM INCLUDE
	echo "#include \"$2\"" >>"$1/x.c"
	"$root/scripts/layers.sh" >out
	status=$?
	grep -q "$1/x.c:2" out || status=0
	say "$1 may not include $2" $status 1
	echo '#include "base/buf.h"' >"$1/x.c"
}
for pair in base:client/gvr base:ui/text client:ui/style client:kinds/kind ui:client/gvr ui:kinds/kind keymaps:ui/style keymaps:client/gvr \
	kinds:list/list kinds:keymaps/keymap list:logs/set list:views/view list:app/app logs:list/list logs:views/view acts:views/view acts:app/app \
	acts:keymaps/keymap views:app/app views:keymaps/keymap views:demo/db app:demo/db demo:client/gvr demo:ui/text tests/headless:views/view \
	tests/headless:ui/text tests/headless:app/app; do
	wrong "${pair%:*}" "${pair#*:}.h"
done
echo '#include "views/b.h"' >views/a.c
echo '#include "views/a.h"' >views/b.h
"$root/scripts/layers.sh" >out
say "a circle in views/" $? 1
exit $rc
