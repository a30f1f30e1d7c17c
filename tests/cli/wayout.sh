#!/bin/sh
# No text of a server, of an object, of a kubeconfig or of a plugin acts on a terminal, whichever way it goes out: each view
# and format of --once, explain, --check, errors, the log, saved files, copies, the title and the screen itself. The demo
# cluster ends every text in a title, a clipboard, a C1 colour, a cleared screen and turned directions (demo/hostile.c).
set -u
# shellcheck source=demo.inc
. "$(dirname "$0")/demo.inc"
# shellcheck source=screen.inc
. "$(dirname "$0")/screen.inc"
begin_demo --fixed-time 1700000000 --hostile "${HOSTILE:-1}"
# ESC and the other C0 controls but tab and the ends of lines, DEL, C1, directions, isolates and marks of them
acting='[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!$)|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]'
ways=0 bad=0
clean() { # WHAT FILE
	ways=$((ways + 1))
	hit=$(LC_ALL=C grep -aPm 1 -- "$acting" "$2") || return 0
	echo "FAILED $1 lets through: $(printf '%s' "$hit" | cat -v | head -c 300)"
	bad=$((bad + 1)) rc=1
}
holds() { # WHAT FILE: else nothing was tried
	grep -aq EVIL "$2" && return
	echo "FAILED $1 shows nothing of it: $(head -c 200 "$2")"
	bad=$((bad + 1)) rc=1
}
once() { # ARGS...
	timeout 60 "$bin" --kubeconfig "$dir/kc" --once "$@" >"$dir/out" 2>"$dir/err" </dev/null
	[ $? -lt 124 ] || { echo "FAILED --once $* did not end" && rc=1; }
	clean "--once $*" "$dir/out"
	clean "--once $*, stderr" "$dir/err"
}
# The context and the user are called so too
evil='\\e]0;EVIL\\a\\x9b31m\\u202e'
sed "s/^current-context: prod/current-context: \"prod$evil\"/; s/^- name: prod\$/- name: \"prod$evil\"/; s/cluster: prod\$/cluster: \"prod$evil\"/" \
	"$dir/demo" >"$dir/kc"
# Every kind's cells go out through one function: these have the most cells that are built of several strings
for k in pods nodes services ingresses persistentvolumeclaims horizontalpodautoscalers certificatesigningrequests rolebindings; do
	once "$k" -A
done
for format in wide json csv; do
	once -o $format pods -A
	once -o $format events -A
	once -o $format certificates.cert-manager.io -A
done
once events -n shop
holds "--once events" "$dir/out"
for v in workloads all images pools kinds ctx help health "find web" "get /version" "get /apis" "get /api/v1/namespaces/shop/pods" \
	"explain pods" "explain pods.spec.containers" "explain deployments.spec" "tree deploy/web -n shop" "rollback deploy/web -n shop" \
	"logs deploy/web -n shop --tail 5" "http GET svc/web:80/ -n shop" nosuch "pods -n nosuch" "describe pod nosuch -n shop"; do
	# shellcheck disable=SC2086 # words
	once $v
done
for k in pod:web deployment:web service:web configmap:api-config secret:db-credentials ingress:shop cronjob:db-backup node:pool-a-3x1k \
	persistentvolumeclaim: role: serviceaccount: storageclass: horizontalpodautoscaler:web; do
	kind=${k%%:*} like=${k#*:}
	name=$(timeout 60 "$bin" --kubeconfig "$dir/demo" --once -o csv "$kind" -n shop 2>/dev/null | sed 1d | cut -d, -f1 | tr -d '"' | sed 's/[^a-z0-9.-].*//' |
		grep -m 1 "^$like")
	once describe "$kind" "$name" -n shop
	once yaml "$kind" "$name" -n shop
done
holds "--once yaml" "$dir/out"
once -o json yaml deployment web -n shop
timeout 60 "$bin" --kubeconfig "$dir/kc" --check >"$dir/out" 2>"$dir/err" </dev/null
clean --check "$dir/out"
holds --check "$dir/out"
clean "--check, stderr" "$dir/err"
# A plugin's words, and a server's name
printf '#!/bin/sh\nprintf "\\033]0;EVIL\\007\\302\\2331m no\\n" >&2\nexit 3\n' >"$dir/plugin"
chmod +x "$dir/plugin"
sed 's#token: .*#exec: {apiVersion: client.authentication.k8s.io/v1, command: '"$dir"'/plugin, interactiveMode: Never}#' "$dir/kc" >"$dir/kc2"
timeout 60 "$bin" --kubeconfig "$dir/kc2" --once pods >"$dir/out" 2>&1 </dev/null
clean "a plugin's words" "$dir/out"
holds "a plugin's words" "$dir/out"
sed 's#server: .*#server: "https://127.0.0.1:1/\\e]0;EVIL\\a"#' "$dir/kc" >"$dir/kc2"
timeout 60 "$bin" --kubeconfig "$dir/kc2" --once pods >"$dir/out" 2>&1 </dev/null
clean "a server's address" "$dir/out"
timeout 60 "$bin" --kubeconfig "$dir/kc" --context "$(printf 'x\033]0;EVIL\007')" --once pods >"$dir/out" 2>&1 </dev/null
clean "a context that is not there" "$dir/out"
# The screen: what it shows, its title, what is copied and saved
screen hostile "KVIEW_DEBUG=1 $bin --kubeconfig $dir/kc pods -n shop"
says 'Running'
keys 'y'
says 'apiVersion'
keys 'Y'
says 'copied'
keys '\023' # C-s
says 'save'
keys "\\025$dir/saved\\r"
says 'saved'
keys 'q?'
leave
clean "a saved file" "$dir/saved"
LC_ALL=C grep -aoP '\x1b\]52;c;\K[A-Za-z0-9+/=]+' "$dir/screen" | tail -n 1 | base64 -d >"$dir/copied"
clean "what is copied" "$dir/copied"
holds "what is copied" "$dir/copied"
hit=$(LC_ALL=C grep -aoPm 1 '\x1b\]0;EVIL|\x1b\]52;c;RVZJTA|\xc2\x9b|\xe2\x80\xae|\xe2\x81\xa6|\x1b\](0|2);[^\x07\x1b]*\xc2\x9b' "$dir/screen") && {
	echo "FAILED the screen lets through: $(printf '%s' "$hit" | cat -v)"
	rc=1
}
# Names by which objects are asked for, columns and kinds
kill $server
rm "$dir/demo"
begin_demo --fixed-time 1700000000 --hostile 2
cp "$dir/demo" "$dir/kc"
for v in "pods -A" "events -A" "certificates.cert-manager.io -A" kinds workloads images pools "find web" nodes ns "tree deploy -n shop" "explain pods"; do
	# shellcheck disable=SC2086 # words
	once $v
done
once -o csv certificates.cert-manager.io -A
once -o json pods -A
holds "--once -o json pods" "$dir/out"
for log in "$dir"/state/kview/*.log "$dir"/state/kview/*.json*; do
	[ ! -e "$log" ] || clean "${log##*/}" "$log"
done
[ $bad != 0 ] || echo "ok $ways ways out"
exit $rc
