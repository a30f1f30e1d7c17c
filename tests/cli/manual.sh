#!/bin/sh
# The manual says all that there is: options, commands, views, configuration, environment; its pages are correct
# roff, and its examples are taken without a complaint.
set -u
bin=${KVIEW_BIN:-build/rel/kview}
pages=$(dirname "$bin")/doc
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export HOME=$dir XDG_CONFIG_HOME=$dir/config XDG_STATE_HOME=$dir/state TERM=xterm
unset KUBECONFIG KUBERNETES_SERVICE_HOST
mkdir -p "$dir/config/kview/skins"
rc=0
result() { # NAME PROBLEMS
	if [ -z "$2" ]; then
		echo "ok manual-$1"
	else
		echo "FAILED manual-$1: $2"
		rc=1
	fi
}
# Each word of a list, as bold text or inside a line of the page.
all_in() { # NAME PAGE WORD...
	name=$1 page=$2
	shift 2
	missing=
	mandoc -T ascii "$pages/$page" | sed "s/.$(printf '\b')//g" >"$dir/text"
	[ $# -gt 0 ] || missing=" nothing to look for"
	for word in "$@"; do
		grep -qE -- "(^|[ ,|])$word([][ ,=.|]|\$)" "$dir/text" || missing="$missing $word"
	done
	result "$name" "$missing"
}
for page in kview.1 kview-keys.5 kview-config.5; do
	result "roff-$page" "$(mandoc -T lint -W warning "$pages/$page" 2>&1)"
done
# shellcheck disable=SC2046
{
	options=$(sed -n '/^static const struct option options/,/^};/s/^    { "\([a-z-]*\)".*/--\1/p' main.c)
	all_in options kview.1 $options
	usage=$("$bin" --help)
	missing=
	for o in $options; do
		case "$o" in --namespace | --all-namespaces) continue ;; esac # as -n and -A
		case "$usage" in *"$o"*) ;; *) missing="$missing $o" ;; esac
	done
	result usage "$missing"
	all_in environment kview.1 $(grep -rhoE '(getenv|env_any|xdg)\("[A-Za-z_]*"(, "[A-Z_]*")?' base client ui views main.c |
		grep -oE '"[A-Z_]+"' | tr -d '"' | sort -u |
		grep -vE '^KVIEW_(IDLE_FD|NOW|DEMO_SEED|WATCH_SILENCE_MS|WATCH_WARM_MS)$') # those are for tests
	all_in views kview.1 $(sed -n '/special\[\] = {/,/^};/s/^    { "\([a-z-]*\)".*/\1/p' app/open.c)
	all_in commands kview-keys.5 $(sed -n '/commands\[\] = {/,/^};/s/^    { "\([a-z-]*\)".*/\1/p' app/command.c)
	all_in config kview-config.5 $(sed -n '/keys\[\] = {/,/^};/s/^    { "\([a-z-]*\)".*/\1/p' app/config.c)
}
# The examples, as files of the user
example() { # PAGE N: the N-th example
	awk -v want="$2" '/^\.EX/ { n++; on = n == want; next } /^\.EE/ { on = 0 } on' "doc/$1" | sed 's/\\-/-/g'
}
example kview-keys.5 1 >"$dir/config/kview/keys"
{ example kview-config.5 1; example kview-config.5 2; } >"$dir/config/kview/config.yaml"
example kview-config.5 3 >"$dir/config/kview/skins/night.yaml"
said=$("$bin" --check 2>&1)
result examples "$(printf '%s\n' "$said" | grep -F "$dir/config")"
sed -i 's/^theme: .*/theme: night/; s/^keymap: vim/keymapp: vim/' "$dir/config/kview/config.yaml"
echo "bind list F13 open" >>"$dir/config/kview/keys"
said=$("$bin" --check 2>&1)
for want in 'unknown key "keymapp"' 'not a key: F13'; do # so the above would have been seen
	result "complaint" "$(printf '%s' "$said" | grep -qF "$want" || echo "not said: $want")"
done
exit $rc
