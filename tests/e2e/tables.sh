# shellcheck shell=bash
# Every kind's table equals kubectl's in the same moment; selectors, short names, custom resources, filters.
wait_for 30 kubectl get rs -n "$ns" -l app=web -o name
# Every kind that kview has of its own and this server has: a new one needs no line here.
native() { sed -n 's/^KIND(\(.*\))$/\1/p' kinds/kinds.def | sort; }
served() { kubectl api-resources --no-headers -o name --verbs=list --namespaced="$1" | sed 's/\..*//' | sort -u; }
kinds=$(comm -12 <(native) <(served true))
cluster_kinds=$(comm -12 <(native) <(served false))
echo "# tables: $(native | wc -l) native kinds, of which this server has $(echo $kinds $cluster_kinds | wc -w)"
for k in $kinds; do
	same_table "$k" "$k" -n "$ns" -- -o text "$k" -n "$ns"
	same_table "$k wide" "$k" -n "$ns" -o wide -- -o wide "$k" -n "$ns"
	if [ "$own" = 1 ] && [ -n "$node" ]; then # Pods in every state, on a real kubelet
		same_table "$k in shop" "$k" -n shop -o wide -- -o wide "$k" -n shop
	fi
	same_table "$k everywhere" "$k" -A -- -o text "$k" -A
done
for k in $cluster_kinds; do
	same_table "$k" "$k" -- -o text "$k"
	same_table "$k wide" "$k" -o wide -- -o wide "$k"
done
wait_for 20 kubectl get crontabs.example.kview.test -n "$ns"
same_table "custom resource" crontabs.example.kview.test -n "$ns" -- -o text crontabs.example.kview.test -n "$ns"
same_table "custom resource by short name" ct -n "$ns" -- -o text ct -n "$ns"
same_table "short names" po -n "$ns" -- -o text po -n "$ns"
for s in app=web 'app in (web,db)' 'app!=web' '!app' 'app notin (web)'; do
	same_table "label selector $s" pods -n "$ns" -l "$s" -- -o text pods -n "$ns" -l "$s"
done
# The list engine without the rest of kview
headless() { timeout 30 build/rel/kview-headless "$@"; }
printer=headless same_table "kview-headless pods -A" pods -A -- pods -A
# JSON has every row
n=$(kubectl get pods -n "$ns" -o name | wc -l)
m=$(kview --once -o json pods -n "$ns" | grep -c '"uid"')
[ "$n" = "$m" ] && ok json || bad "json: $m rows, kubectl has $n"
says filter web kview --once pods -n "$ns" '/name=~^web age<1d'
# Both ways to list
for mode in stream pages; do
	KVIEW_LIST=$mode same_table "list by $mode" pods -A -- -o text pods -A
done
check "--check says all is well" kview --check
