#!/bin/sh
# kview import k9s: what is written of a configuration of k9s, that kview takes it, the report, and that nothing of the
# person's own is written over.
set -u
bin=${KVIEW_BIN:-build/kview}
from=$(dirname "$0")/k9s
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export HOME=$dir XDG_CONFIG_HOME=$dir/config XDG_STATE_HOME=$dir/state TERM=xterm
unset KUBECONFIG KUBERNETES_SERVICE_HOST K9S_CONFIG_DIR
made=$dir/config/kview/config.d/k9s.yaml
rc=0
result() { # NAME PROBLEM
	if [ -z "$2" ]; then
		echo "ok import-$1"
	else
		echo "FAILED import-$1: $2"
		rc=1
	fi
}
has() { # NAME FILE TEXT
	result "$1" "$(grep -qF -- "$3" "$2" || echo "not there: $3")"
}
"$bin" import k9s --dry-run "$from" >"$dir/dry" 2>&1
result dry-run "$([ -e "$dir/config" ] && echo "something was written")"
has dry-run-prints "$dir/dry" '- name: "reconcile-hr"'
"$bin" import k9s "$from" >"$dir/report" 2>&1
result runs "$([ -s "$made" ] || cat "$dir/report")"
result same-as-dry "$(sed -n '/^# Made by/,/^$/p' "$dir/dry" | sed '$d' | diff - "$made")"
has shell "$made" '"flux reconcile helmrelease --context \"${CONTEXT}\" -n \"${NAMESPACE}\" \"${NAME}\" | less -K"'
has single-quotes "$made" 'contains(\"'"'"'\"${NAME}\"'"'"'\"))'
has inverse "$made" '{\"spec\":{\"suspend\":$!COL-SUSPEND}}'
has pipes "$made" '["sh", "-c", "\"$@\" | jq .status | less -K", "sh", "kubectl", "get", "$RESOURCE_NAME.$RESOURCE_GROUP", "$NAME"'
has inputs "$made" 'inputs: [{"name": "size", "label": "New size", "type": "string", "required": true}]'
has alias "$made" 'front: "deploy -n shop -l app=web"'
has columns "$made" 'pods: ["NAME", "READY", "label:app", "AGE"]'
has sort "$made" 'pods: "-AGE"'
has protected "$made" 'protected: ["*prod*", "acme[-:/]live"]'
has favourites "$made" 'favourites: ["shop", "kube-system"]'
has skin "$dir/config/kview/skins/k9s-dusk.yaml" 'text: "#ffefd5 on #101820"'
has taken "$dir/report" '  plugins/watch.yaml:1: plugin watch'
for left in 'plugins.yaml:55: plugin resize: its name is k9s-resize; in its lists r is no longer `reveal`' 'plugins.yaml:63: plugin rollback-release: kview has no list "helm"' \
	'plugins.yaml:69: plugin ps: PowerShell' 'plugins.yaml:75: plugin remote: this code does not run here' \
	'plugins.yaml:81: plugin toggled: its code has $!' 'plugins/pair.yml:7: plugin broken' 'plugins/torn.yaml:1: 3:1: ' \
	'aliases.yaml:6: alias delete: that is a command of kview' 'hotkeys.yaml:10: hotkey ctrl-m' 'jumps.yaml:1:' \
	'plugins.yaml:40: plugin raw: its pipes are one line of sh; no key: d is kview'"'"'s' 'skins/dusk.yaml:7: colour nosuchcolour'; do
	has "says ${left%%: *}" "$dir/report" "$left"
done
# All that was written is what kview itself takes
said=$("$bin" --check 2>&1)
result accepted "$(printf '%s\n' "$said" | grep -F "$dir/config")"
sed -i 's/^theme: .*/theem: x/' "$made"
said=$("$bin" --check 2>&1)
result would-be-seen "$(printf '%s' "$said" | grep -qF 'unknown key "theem"' || echo "$said")"
# What is there is not written over without a word
"$bin" import k9s "$from" >"$dir/again" 2>&1
result refuses "$([ $? = 1 ] || echo "status 0")"
has refuses-why "$dir/again" 'is there already and says something else: --replace writes over it'
"$bin" import k9s --replace "$from" >"$dir/again" 2>&1
has replaces "$made" 'theme: "k9s-dusk"'
"$bin" import k9s "$from" >"$dir/again" 2>&1
has unchanged "$dir/again" 'k9s.yaml is as it was'
# The person's own file counts
printf 'theme: light\naliases: {kp: nodes}\n' >"$dir/config/kview/config.yaml"
"$bin" import k9s --replace "$from" >"$dir/own" 2>&1
has own-theme "$dir/own" 'config.yaml:7: the skin k9s-dusk: config.yaml has its own'
has own-alias "$dir/own" 'aliases.yaml:2: alias kp: config.yaml has its own'
result own-stays "$(grep -q 'theme: light' "$dir/config/kview/config.yaml" || echo "config.yaml was changed")"
# Where it is looked for, and what is wrong with a call
mkdir -p "$dir/config/k9s" "$dir/empty"
cp "$from/aliases.yaml" "$dir/config/k9s/"
"$bin" import k9s --dry-run >"$dir/found" 2>&1
has xdg "$dir/found" 'alias kp'
K9S_CONFIG_DIR=$dir/empty "$bin" import k9s >"$dir/found" 2>&1
has k9s-config-dir "$dir/found" "$dir/empty holds no configuration of k9s"
"$bin" import k9s "$dir/nowhere" >"$dir/found" 2>&1
has no-folder "$dir/found" "there is no folder $dir/nowhere"
"$bin" import sofka >"$dir/found" 2>&1
result usage "$([ $? = 2 ] || echo "not status 2")"
exit $rc
