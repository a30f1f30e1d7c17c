#!/bin/sh
# kview --check: each thing that is wrong once and in words, and "All is well" only where it is.
set -u
# shellcheck source=demo.inc
. "$(dirname "$0")/demo.inc"
begin_demo
cp "$dir/demo" "$dir/kc"
checked() { # NAME STATUS ARGS...: what it prints goes to $dir/out
	name=$1 want=$2
	shift 2
	"$bin" --check "$@" >"$dir/out" 2>&1 </dev/null
	got=$?
	[ $got = "$want" ] && return
	echo "FAILED check: $name: status $got, not $want: $(cat "$dir/out")"
	rc=1
}
says() { # TIMES WORDS
	times=$(grep -cF -- "$2" "$dir/out")
	if [ "$times" = "$1" ]; then
		echo "ok check: $name: $2"
	else
		echo "FAILED check: $name: \"$2\" $times times, not $1: $(cat "$dir/out")"
		rc=1
	fi
}

checked well 0 --kubeconfig "$dir/kc"
says 1 'All is well.'
says 0 note

checked 'few rights' 0 --kubeconfig "$dir/kc" --context limited
says 1 'you may not list nodes'
says 0 'All is well'

sed 's/token: .*/token: wrong/' "$dir/kc" >"$dir/wrong"
checked 'a wrong token' 1 --kubeconfig "$dir/wrong"
says 2 FAIL # with the last line
says 1 'kview cannot work like this'

sed 's/certificate-authority-data: .*/certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==/' "$dir/kc" >"$dir/noca"
checked 'a CA that is none' 1 --kubeconfig "$dir/noca"
says 2 FAIL # with the last line
says 0 OpenSSL

sed 's#server: https://127.0.0.1:[0-9]*#server: https://127.0.0.1:1#' "$dir/kc" >"$dir/nobody"
checked 'nobody listens' 1 --kubeconfig "$dir/nobody"
says 2 FAIL # with the last line
says 1 'connection refused'

mkdir -p "$dir/config/kview"
cat >"$dir/config/kview/config.yaml" <<EOF
theme: nosuch
keymap: nosuch
prefix: Q-Q
colums: 3
columns: {pdos: [NAME], pods: [NAME, STAUTS]}
sort: {pods: AEG}
hotkeys: {F99: pods}
EOF
checked 'a wrong configuration' 0 --kubeconfig "$dir/kc"
says 1 'there is no theme "nosuch"'
says 1 'there is no keymap "nosuch"'
says 1 'the prefix "Q-Q" is no key'
says 1 'unknown key "colums": did you mean "columns"?'
says 1 'no kind "pdos": did you mean "pods"?'
says 1 'no column "STAUTS": did you mean "STATUS"?'
says 1 'no column "AEG"'
says 1 'the hotkey F99'
says 0 'All is well'
exit $rc
