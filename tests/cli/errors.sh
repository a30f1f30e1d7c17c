#!/bin/sh
# Each wrong input has its own clear message: exit status and words.
set -u
bin=${KVIEW_BIN:-build/kview}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export HOME=$dir XDG_CONFIG_HOME=$dir/config XDG_STATE_HOME=$dir/state
unset KUBECONFIG KUBERNETES_SERVICE_HOST
rc=0
expect() { # NAME STATUS WORDS COMMAND...
	name=$1 status=$2 words=$3
	shift 3
	out=$("$@" 2>&1 </dev/null)
	got=$?
	if [ $got = "$status" ] && printf '%s' "$out" | grep -qF -- "$words"; then
		echo "ok $name"
	else
		echo "FAILED $name: status $got (want $status), said: $out"
		rc=1
	fi
}
config() { printf '%s\n' "$1" >"$dir/kc"; }
expect version 0 "kview " "$bin" --version
expect help 0 "usage: kview" "$bin" --help
expect unknown-option 2 "usage: kview" "$bin" --nonsense
expect bad-format 2 "-o wants text" "$bin" --once -o xml pods
expect both-modes 2 "exclude each other" "$bin" --readonly --write
expect no-kubeconfig 1 "no cluster is configured" "$bin" --once pods
expect missing-file 1 "No such file" "$bin" --kubeconfig "$dir/none" --once pods
printf 'clusters:\n- name: a\n  cluster: {server: [}\n' >"$dir/kc"
expect broken-yaml 1 "$dir/kc:3:" "$bin" --kubeconfig "$dir/kc" --once pods
base='{apiVersion: v1, kind: Config, clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}], users: [{name: u, user: {token: t}}], contexts: [{name: prod-eu, context: {cluster: c, user: u}}]'
config "$base}"
expect no-current 1 "no context is current" "$bin" --kubeconfig "$dir/kc" --once pods
expect unknown-context 1 'did you mean "prod-eu"' "$bin" --kubeconfig "$dir/kc" --context prod-ue --once pods
config "$base, current-context: prod-eu}"
expect refused 1 "connection refused" "$bin" --kubeconfig "$dir/kc" --once pods
expect refused-check 1 "FAIL server" "$bin" --kubeconfig "$dir/kc" --check
expect bad-spec 2 "unknown option --frob" "$bin" --kubeconfig "$dir/kc" --once pods --frob
config "$(printf '%s' "$base" | sed 's/127.0.0.1:1/no-such-host.invalid:1/'), current-context: prod-eu}"
expect unknown-host 1 "is not known to DNS" "$bin" --kubeconfig "$dir/kc" --once pods
config "$(printf '%s' "$base" | sed 's/token: t/exec: {apiVersion: client.authentication.k8s.io\/v1beta1, command: no-such-plugin, installHint: "get it from the wall"}/'), current-context: prod-eu}"
expect no-plugin 1 "no-such-plugin is not found in PATH" "$bin" --kubeconfig "$dir/kc" --once pods
expect install-hint 1 "get it from the wall" "$bin" --kubeconfig "$dir/kc" --once pods
config "$(printf '%s' "$base" | sed 's/token: t/auth-provider: {name: gcp}/'), current-context: prod-eu}"
expect removed-provider 1 "gke-gcloud-auth-plugin" "$bin" --kubeconfig "$dir/kc" --once pods
config "$(printf '%s' "$base" | sed 's/token: t/client-certificate-data: YQ==/'), current-context: prod-eu}"
expect cert-without-key 1 "needs its key" "$bin" --kubeconfig "$dir/kc" --once pods
printf 'clusters:\n- name: 433e40\n  cluster: {server: "https://127.0.0.1:1"}\nusers: [{name: u, user: {}}]\ncontexts: [{name: s, context: {cluster: "433e40", user: u}}]\ncurrent-context: s\n' >"$dir/kc"
expect number-as-name 1 "$dir/kc:2:3: YAML takes this name for the number 4.33e+42: quote it" "$bin" --kubeconfig "$dir/kc" --once pods
iconv -f UTF-8 -t UTF-16 "$dir/kc" >"$dir/kc16"
expect number-in-utf16 1 "$dir/kc16:2:3: YAML takes this name" "$bin" --kubeconfig "$dir/kc16" --once pods
# On a terminal: `script` gives one. Keys go in through a pipe; each wait is for words on the screen.
on_tty() { script -qec "$1" /dev/null; } # the output and exit status of a command on a terminal
config "$base, current-context: prod-eu}"
export TERM=no-such-term
expect unknown-term 1 "TERM=no-such-term is not known on this machine" on_tty "$bin --kubeconfig $dir/kc"
export TERM=dumb
expect dumb-term 1 "TERM=dumb cannot show a full screen" on_tty "$bin --kubeconfig $dir/kc"
export TERM=xterm
expect small-term 1 "the terminal is too small: 19x3" on_tty "stty rows 3 cols 19; $bin --kubeconfig $dir/kc"
expect unknown-theme 1 'there is no theme "pale"' on_tty "stty rows 24 cols 80; $bin --kubeconfig $dir/kc --theme pale"
# shellcheck source=screen.inc
. "$(dirname "$0")/screen.inc"
# Only what differs from the screen before is sent: the message line is emptied before the next one.
clear_line() {
	keys "/none$1"
	says "matches /none$1"
	keys '\025\r'
}
mkdir -p "$dir/config/kview"
printf 'mouse: true\nthem: light\n' >"$dir/config/kview/config.yaml"
screen unknown-key "$bin --kubeconfig $dir/kc"
says 'config.yaml:2:1: unknown key "them": did you mean "theme"?'
leave
rm "$dir/config/kview/config.yaml"
printf 'bind list d descrieb\n' >"$dir/config/kview/keys"
screen unknown-bound-command "$bin --kubeconfig $dir/kc"
says 'kview/keys:1:13: unknown command "descrieb": did you mean "describe"?'
leave
expect check-names-it 1 'kview/keys:1:13: unknown command "descrieb"' "$bin" --kubeconfig "$dir/kc" --check
rm "$dir/config/kview/keys"
screen in-the-program "$bin --demo -A"
says 'etcd-control-plane-0' # the rows are there
keys ':frobnicate\r'
says 'no resource or command named "frobnicate"'
clear_line 0
keys ':depoyments\r'
says 'did you mean deployments'
keys '/age<<'
says 'a number, an age (10m) or a quantity (1Gi) must follow < and > (at character 4)'
keys '\025web[' # C-u
says 'missing terminating ] for character class'
keys '\025\r:explain nosuch.spec\r'
says 'no resource or command named "nosuch"'
clear_line 1
keys ':theme pale\r'
says 'there is no theme "pale"'
clear_line 2
keys ':sort-by NOSUCH\r'
says 'there is no column NOSUCH here'
leave
exit $rc
