#!/bin/sh
# Credential plugins that ask the person: the terminal is theirs for that time, then kview's again.
set -u
bin=${KVIEW_BIN:-build/kview}
demo=${KVIEW_DEMO:-build/kview-democluster}
dir=$(mktemp -d)
export HOME=$dir XDG_CONFIG_HOME=$dir/config XDG_STATE_HOME=$dir/state TERM=xterm
unset KUBECONFIG KUBERNETES_SERVICE_HOST
rc=0
# shellcheck source=screen.inc
. "$(dirname "$0")/screen.inc"
"$demo" --kubeconfig "$dir/demo" --fixed-time 1700000000 --frozen &
server=$!
trap 'kill $server; rm -rf "$dir"' EXIT
i=0
while [ ! -s "$dir/demo" ] && [ $i -lt 200 ]; do
	i=$((i + 1))
	sleep 0.1
done
cat >"$dir/plugin" <<EOF
#!/bin/sh
echo "\$KUBERNETES_EXEC_INFO" >>$dir/info
[ -t 0 ] || { echo "no terminal to ask on" >&2; exit 2; }
printf 'PIN, please: ' >&2
read -r pin
[ "\$pin" = 1234 ] || { echo "wrong" >&2; exit 3; }
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"TOKEN"}}'
EOF
chmod +x "$dir/plugin"
token=$(grep -o 'token: *[^ ,}]*' "$dir/demo" | head -n 1 | sed 's/token: *//; s/"//g')
sed -i "s/TOKEN/$token/" "$dir/plugin"
with_mode() { # MODE: the demo cluster's kubeconfig with the plugin instead of its token
	sed "s#token: *\"*$token\"*#exec: {apiVersion: client.authentication.k8s.io/v1, command: $dir/plugin, interactiveMode: $1}#" \
		"$dir/demo" >"$dir/kc"
}
for mode in Always IfAvailable; do
	with_mode $mode
	: >"$dir/info"
	screen "plugin-$mode" "$bin --kubeconfig $dir/kc pods -n shop"
	if [ $mode = IfAvailable ]; then # detached first; then it is offered the screen
		says 'no terminal to ask on'
		says ':refresh runs it on this screen'
		keys '\022'
	fi
	says 'has the terminal (Ctrl-C ends it)'
	says 'PIN, please:'
	keys '0000\r'
	says 'failed with exit code 3'
	keys '\022' # C-r asks again
	n=0
	while [ "$(grep -ac 'PIN, please:' "$dir/screen")" -lt 2 ] && [ $n -lt 100 ]; do
		n=$((n + 1))
		sleep 0.1
	done
	keys '1234\r'
	says 'Running'
	leave
	runs=$(grep -c '"interactive":true' "$dir/info")
	if [ "$runs" = 2 ]; then echo "ok plugin-$mode asks twice, when told to"; else echo "FAILED plugin-$mode asked $runs times"; rc=1; fi
done
with_mode Never
screen plugin-Never "$bin --kubeconfig $dir/kc pods -n shop"
says 'no terminal to ask on'
leave
exit $rc
