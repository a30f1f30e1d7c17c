#!/bin/sh
# A fatal signal takes the terminal back before it ends kview, and ends it as that signal does.
set -u
# shellcheck source=demo.inc
. "$(dirname "$0")/demo.inc"
# A sanitizer would report a SEGV and exit: here the signal itself is looked at
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0"
ulimit -c 0
# shellcheck source=screen.inc
. "$(dirname "$0")/screen.inc"
begin_demo --fixed-time 1700000000 --frozen
is() { # WHAT COMMAND...
	what=$1
	shift
	if "$@"; then echo "ok $name: $what"; else
		echo "FAILED $name: $what"
		rc=1
	fi
}
wrote() { grep -aqF -- "$(printf "$1")" "$dir/screen"; }
run() { # SIGNAL STATUS
	rm -f "$dir/pid" "$dir/status" "$dir/before" "$dir/after"
	screen "$1" "stty -g >$dir/before; sh -c 'echo \$\$ >$dir/pid; exec env --default-signal=QUIT,INT $bin --kubeconfig $dir/demo pods -n shop'; echo \$? >$dir/status; stty -g >$dir/after"
	says 'Running'
	is 'has the mouse and the other screen until then' wrote '\033[?1049h'
	kill -s "$1" "$(cat "$dir/pid")"
	i=0
	while [ ! -s "$dir/after" ] && [ $i -lt 100 ]; do
		i=$((i + 1))
		sleep 0.1
	done
	exec 3>&-
	[ -s "$dir/after" ] || kill -s KILL "$(cat "$dir/pid")" # it did not end
	wait $pid
	is "ends with $2, not $(cat "$dir/status")" [ "$(cat "$dir/status")" = "$2" ]
	is 'leaves the other screen' wrote '\033[?1049l'
	is 'shows the cursor' wrote '\033[?25h'
	is 'turns the mouse off' wrote '1000l'
	is 'turns bracketed paste off' wrote '\033[?2004l'
	is 'sets the modes back' cmp -s "$dir/before" "$dir/after"
}
for sig in QUIT:3 ILL:4 TRAP:5 ABRT:6 BUS:7 FPE:8 USR1:10 SEGV:11 USR2:12 ALRM:14 XCPU:24 XFSZ:25 SYS:31; do
	name=$(echo "$sig" | cut -d: -f1)
	run "$name" $((128 + $(echo "$sig" | cut -d: -f2)))
done
run TERM 0
run HUP 0
exit $rc
