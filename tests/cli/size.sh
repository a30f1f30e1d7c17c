#!/bin/sh
# A terminal that says it has 65535 rows and columns: kview draws what it can, and no more than it can hold.
set -u
# shellcheck source=demo.inc
. "$(dirname "$0")/demo.inc"
# shellcheck source=screen.inc
. "$(dirname "$0")/screen.inc"
begin_demo --fixed-time 1700000000 --frozen
screen "65535x65535" "stty rows 65535 cols 65535; sh -c 'echo \$\$ >$dir/pid; exec $bin --kubeconfig $dir/demo pods -n shop'"
says 'Running'
peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(cat "$dir/pid")/status")
if [ "${peak:-0}" -gt 0 ] && [ "$peak" -lt 600000 ]; then # a sanitizer doubles what is held
	echo "ok $name: held in bounds"
else
	echo "FAILED $name: ${peak:-no} kB at its peak"
	rc=1
fi
leave
exit $rc
