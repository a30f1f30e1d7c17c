#!/bin/sh
# What was asked wrongly is said, never answered with an empty or a whole list: status 2 and words.
set -u
# shellcheck source=demo.inc
. "$(dirname "$0")/demo.inc"
begin_demo # one for all: each would be a server, and a history made anew
asked() { # WORDS STATUS SAYS
	out=$("$bin" --kubeconfig "$dir/demo" --once "$1" 2>&1 </dev/null)
	got=$?
	if [ $got = "$2" ] && printf '%s' "$out" | grep -qF -- "$3"; then
		echo "ok wrong: $1"
	else
		echo "FAILED wrong: $1: status $got (want $2), said: $out"
		rc=1
	fi
}
asked 'pods /(' 2 'something to look for is missing'
asked 'pods /restarts>>5' 2 'must follow < and >'
asked 'pods /stauts=Error' 2 'did you mean STATUS?'
asked 'pods /app=web' 2 'a label: -l app='
asked 'pods extra words' 2 '"words" is a word too many'
asked 'pods -n nosuch' 1 'there is no namespace nosuch'
asked 'pods shop,nosuch' 1 'there is no namespace nosuch'
asked 'pods /status=Running' 0 Running
asked deploy/web 0 web
asked 'describe' 2 'wants a kind and a name'
asked 'explain' 2 'wants a kind or a field'
asked 'find' 2 'a part of a name'
asked 'pulses' 2 ':workloads'
asked 'users' 2 ':rolebindings'
asked 'tree deploy nosuch -n shop' 1 'nothing here'
# every view
asked 'describe deploy/web -n shop' 0 'RollingUpdateStrategy:'
asked 'yaml deploy/web -n shop' 0 'kind: Deployment'
asked 'tree deploy/web -n shop' 0 '    Pod web-'
asked 'explain pods.spec.nodeName' 0 'FIELD: nodeName'
asked 'kinds' 0 'customresourcedefinitions'
asked 'pools' 0 'control-plane  1/1'
asked 'images' 0 'acme/shop-web'
asked 'find coredns' 0 'Deployment'
asked 'rollback deploy/web -n shop' 0 '3 now'
asked 'health' 0 'etcd ok'
asked 'get /version' 0 'gitVersion'
asked 'journal' 0 'result'
contexts=$("$bin" --demo --once contexts 2>&1) # the demo that kview starts itself
case $contexts in *'*        prod'*) echo "ok demo" ;; *) echo "FAILED demo: $contexts" && rc=1 ;; esac
asked 'contexts' 0 '*        prod'
asked 'help' 0 'set-image'
asked 'workloads -n shop' 0 'StatefulSet'
exit $rc
