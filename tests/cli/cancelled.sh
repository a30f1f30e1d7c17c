#!/bin/sh
# Everything there is to ask is asked of a server that does not answer, answers a byte now and then or breaks off, and is let
# go again; then kview is left with all of it under way. It ends at once and in order, and loses nothing: the end is the
# sanitizer's leak check.
set -u
# shellcheck source=demo.inc
. "$(dirname "$0")/demo.inc"
# shellcheck source=screen.inc
. "$(dirname "$0")/screen.inc"
for kind in 'latency&v=600000' 'slow&v=20' 'cut&v=300' 'reset&v=100'; do
	rm -f "$dir/demo"
	begin_demo
	pod=$("$bin" --kubeconfig "$dir/demo" --once -o csv pods -n shop | sed 1d | cut -d, -f1 | grep -m 1 '^web')
	screen "left with ${kind%%&*}" "$bin --kubeconfig $dir/demo pods -n shop"
	says v1.35.4
	timeout 2 "$bin" --kubeconfig "$dir/demo" --once get "/kview-admin/fault?kind=$kind" >"$dir/out" 2>&1 # it has it itself
	timeout 2 "$bin" --kubeconfig "$dir/demo" --once pods >"$dir/out" 2>&1 && { echo "FAILED no fault $kind" && rc=1; }
	for view in "describe pod $pod" "yaml pod $pod" "logs pod $pod" "logs deploy/web" "tree deploy/web" "explain pods.spec" "find web" \
		"get /apis" "rollback deploy/web" health images pools "workloads -A" "events -A" "all -n shop" "http GET svc/web:80/" \
		"shell pod $pod" "forward pod $pod 0:80" "pods @staging" "secrets -n payments" "scale deploy/web 5" "used-by configmap api-config"; do
		keys ":$view\\r"
		keys '\033'
		keys ':tab-new\r'
	done
	for view in "describe pod $pod" "logs deploy/web" "yaml pod $pod" "nodes" "explain pods"; do
		keys ":tab-new $view\\r"
	done
	start=$(date +%s)
	leave
	took=$(($(date +%s) - start))
	[ $took -le 20 ] || { echo "FAILED $name takes $took s" && rc=1; }
	grep -a 'LeakSanitizer\|AddressSanitizer' "$dir/screen" && { echo "FAILED $name loses memory" && rc=1; }
	echo "ok $name"
	kill $server
done
exit $rc
