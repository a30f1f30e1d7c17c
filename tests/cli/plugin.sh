#!/bin/sh
# Credential plugins that ask the person: the terminal is theirs for that time, then kview's again.
set -u
# shellcheck source=demo.inc
. "$(dirname "$0")/demo.inc"
# shellcheck source=screen.inc
. "$(dirname "$0")/screen.inc"
begin_demo --fixed-time 1700000000 --frozen
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
# What plugins print and how they fail: GKE's and Rancher's shape, one that warns on stderr with colours and a cursor move.
cat >"$dir/noisy" <<EOF
#!/bin/sh
printf '\\033[31mWARNING: cached token expired\\033[0m\\n\\033[5;5HWould you like to update? [Y/n]: ' >&2
[ "\$NOISE" = out ] && echo 'Updates are available for some components.'
[ "\$NOISE" = fail ] && { echo 'ERROR: (auth.login) session expired, run: cloud login' >&2; exit 1; }
echo x >>$dir/calls
printf '{"apiVersion":"%s","kind":"ExecCredential","status":{"token":"$token","expirationTimestamp":"%s"}}' \
	"\${VER:-client.authentication.k8s.io/v1}" "\${EXP:-2999-01-01T00:00:00Z}"
EOF
chmod +x "$dir/noisy"
with_exec() { # STANZA: the demo cluster's kubeconfig with this plugin
	sed "s#token: *\"*$token\"*#exec: {apiVersion: client.authentication.k8s.io/v1, $1}#" "$dir/demo" >"$dir/kc"
}
once() { # NAME STATUS WORDS STANZA
	with_exec "$4"
	: >"$dir/calls"
	"$bin" --kubeconfig "$dir/kc" --once pods -n shop >"$dir/out" 2>&1 </dev/null
	got=$?
	if [ $got = "$2" ] && grep -qF -- "$3" "$dir/out" && ! grep -q "$(printf '\033')" "$dir/out"; then
		echo "ok plugin: $1"
	else
		echo "FAILED plugin: $1: status $got (want $2), said: $(cat "$dir/out")"
		rc=1
	fi
}
noisy="command: $dir/noisy, interactiveMode: Never"
once noisy 0 Running "$noisy"
if grep -q WARNING "$dir/out"; then echo "FAILED plugin: noisy: its stderr is there"; rc=1; fi
once stdout 1 'but "Updates are available for some components."' "$noisy, env: [{name: NOISE, value: out}]"
once fails 1 'ERROR: (auth.login) session expired, run: cloud login' "$noisy, env: [{name: NOISE, value: fail}]"
once past 0 Running "$noisy, env: [{name: EXP, value: '2020-01-01T00:00:00Z'}]"
if [ "$(wc -l <"$dir/calls")" = 1 ]; then echo "ok plugin: past: one run"; else echo "FAILED plugin: past: $(wc -l <"$dir/calls") runs"; rc=1; fi
once version 1 'answered with apiVersion "client.authentication.k8s.io/v1beta1", the kubeconfig says "client.authentication.k8s.io/v1"' \
	"$noisy, env: [{name: VER, value: client.authentication.k8s.io/v1beta1}]"
once nomode 1 'exec needs interactiveMode with apiVersion v1' "command: $dir/noisy"
once always 1 'standard input is none' "command: $dir/noisy, interactiveMode: Always"
once missing 1 '  cloud components install auth-plugin' \
	'command: cloud-auth-plugin, interactiveMode: Never, installHint: "Install it:\\n  cloud components install auth-plugin"'
"$bin" --kubeconfig "$dir/kc" --check >"$dir/out" 2>&1 </dev/null
if grep -qF '→ Install it:' "$dir/out" && grep -q '^  *cloud components install auth-plugin' "$dir/out"; then
	echo "ok plugin: --check keeps the lines of a hint"
else
	echo "FAILED plugin: --check: $(cat "$dir/out")"
	rc=1
fi
# a user that is not used may be wrong
sed 's#^users:#&\n- {name: nomode, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: x}}}#' "$dir/demo" >"$dir/kc"
if "$bin" --kubeconfig "$dir/kc" --once pods -n shop >"$dir/out" 2>&1; then echo "ok plugin: nomode elsewhere"; else
	echo "FAILED plugin: nomode elsewhere: $(cat "$dir/out")"
	rc=1
fi
exit $rc
