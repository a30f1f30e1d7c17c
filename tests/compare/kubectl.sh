# shellcheck shell=bash disable=SC2154,SC2086
# kubectl itself against the demo cluster: what people type, each with what it must say or change.
# Sourced by tests/e2e/demo.sh: $demo is the demo cluster's kubeconfig; check, says, ok, bad are tests/e2e/lib.sh's.
k() { timeout 60 $KUBECTL --kubeconfig "$demo" "$@"; }
# is NAME EXPECTED COMMAND...: it prints just that
is() {
	local name=$1 want=$2 got
	shift 2
	got=$("$@" 2>&1)
	if [ "$got" = "$want" ]; then ok "$name"; else
		printf 'wanted %s\ngot %s\n' "$want" "$got" >"$state/out"
		bad "$name" "$state/out"
	fi
}
refused() { # NAME PATTERN COMMAND...: it fails and says why
	local name=$1 pattern=$2
	shift 2
	if ! "$@" >"$state/out" 2>&1 && grep -qE -- "$pattern" "$state/out"; then ok "$name"; else bad "$name" "$state/out"; fi
}
field() { k get "$1" -n "$n" -o "jsonpath=$2"; }
manifest() { # IMAGE [REPLICAS]
	cat >"$state/web.yaml" <<-YAML
		apiVersion: apps/v1
		kind: Deployment
		metadata: {name: web, labels: {app: web}}
		spec:
		  replicas: ${2:-2}
		  selector: {matchLabels: {app: web}}
		  template:
		    metadata: {labels: {app: web}}
		    spec:
		      terminationGracePeriodSeconds: 1
		      containers:
		      - {name: main, image: "$1", ports: [{containerPort: 80}]}
	YAML
}
n=kubectl

# --- reading
says "kubectl version" 'Server Version: v1\.' k version
says "kubectl cluster-info" 'control plane.* is running at' k cluster-info
says "kubectl api-resources" '^deployments +deploy +apps/v1 +true +Deployment' k api-resources
says "kubectl api-resources -o wide" '^pods .*create,delete,deletecollection,get,list,patch,update,watch' k api-resources -o wide
says "kubectl api-versions" '^apps/v1$' k api-versions
says "kubectl explain" 'FIELDS?:' k explain deployment
says "kubectl explain a field" 'replicas' k explain deployment.spec.replicas
says "kubectl explain --recursive" 'containers' k explain pod.spec --recursive
says "kubectl get pods" '^NAME +READY +STATUS +RESTARTS +AGE' k get pods -n shop
says "kubectl get pods -A" '^NAMESPACE +NAME +READY' k get pods -A
says "kubectl get pods -o wide" 'NOMINATED NODE +READINESS GATES' k get pods -n shop -o wide
says "kubectl get nodes -o wide" 'INTERNAL-IP .*CONTAINER-RUNTIME' k get nodes -o wide
says "kubectl get all" '^deployment.apps/' k get all -n shop
says "kubectl get -l" 'Running' k get pods -n shop -l app=api
says "kubectl get -l of nothing" 'No resources found' k get pods -n shop -l app=nothing
says "kubectl get --field-selector" 'Running' k get pods -A --field-selector status.phase=Running
says "kubectl get --sort-by" 'AGE' k get pods -n shop --sort-by .metadata.name
says "kubectl get -o name" '^pod/' k get pods -n shop -o name
says "kubectl get -o yaml" '^apiVersion: v1' k get pods -n shop -o yaml
says "kubectl get -o custom-columns" '^IMAGE' k get pods -n shop -o custom-columns=IMAGE:.spec.containers[0].image
says "kubectl get --show-labels" 'LABELS' k get pods -n shop --show-labels
says "kubectl get --chunk-size" '^NAME' k get pods -n shop --chunk-size 2
says "kubectl get --raw" '"major":"1"' k get --raw /version
refused "kubectl get of what is not there" 'NotFound.*pods "nothing" not found' k get pod nothing -n shop
refused "kubectl get of an unknown kind" "doesn't have a resource type" k get frobnicators
for kind in pods deployments replicasets statefulsets daemonsets jobs cronjobs services ingresses configmaps secrets \
	persistentvolumeclaims horizontalpodautoscalers serviceaccounts events; do
	says "kubectl describe $kind" '^Name:|No resources found' k describe "$kind" -n shop
done
says "kubectl describe nodes" '^Allocated resources' k describe nodes
says "kubectl describe persistentvolumes" '^Name:' k describe persistentvolumes
says "kubectl events" 'LAST SEEN' k events -A
says "kubectl top nodes" 'CPU\(cores\)' k top nodes
says "kubectl top pods" 'MEMORY\(bytes\)' k top pods -n shop
says "kubectl top pods --containers" '^POD +NAME' k top pods -n shop --containers
says "kubectl auth can-i" '^yes$' k auth can-i delete pods -n shop
says "kubectl auth can-i --list" '\*\.\*' k auth can-i --list
is "kubectl auth can-i --as" no k auth can-i delete pods -n shop --as somebody
refused "kubectl --as" 'User "somebody" cannot list resource "pods"' k get pods -n shop --as somebody
says "kubectl auth whoami" 'Username' k auth whoami

# --- writing
check "kubectl create namespace" k create namespace $n
wait_for 20 k get serviceaccount default -n $n
manifest nginx:1.27
says "kubectl apply" 'deployment.apps/web created' k apply -n $n -f "$state/web.yaml"
says "kubectl apply again" 'deployment.apps/web unchanged' k apply -n $n -f "$state/web.yaml"
check "kubectl rollout status" k rollout status deployment/web -n $n --timeout 60s
check "kubectl wait --for=condition" k wait --for=condition=Available deployment/web -n $n --timeout 60s
check "kubectl wait --for=jsonpath" k wait '--for=jsonpath={.status.readyReplicas}=2' deployment/web -n $n --timeout 60s
check "kubectl diff of what is the same" k diff -n $n -f "$state/web.yaml"
manifest nginx:1.28
says "kubectl diff" '^\+.*image: nginx:1.28' k diff -n $n -f "$state/web.yaml"
says "kubectl apply --dry-run=server" 'configured \(server dry run\)' k apply -n $n -f "$state/web.yaml" --dry-run=server
is "a dry run changes nothing" nginx:1.27 field deployment/web '{.spec.template.spec.containers[0].image}'
says "kubectl apply a change" 'deployment.apps/web configured' k apply -n $n -f "$state/web.yaml"
check "kubectl rollout status of a change" k rollout status deployment/web -n $n --timeout 60s
says "kubectl rollout history" '^2 ' k rollout history deployment/web -n $n
says "kubectl rollout history --revision" 'nginx:1.27' k rollout history deployment/web -n $n --revision 1
check "kubectl rollout undo" k rollout undo deployment/web -n $n
is "undone" nginx:1.27 field deployment/web '{.spec.template.spec.containers[0].image}'
check "kubectl rollout pause" k rollout pause deployment/web -n $n
is "paused" true field deployment/web '{.spec.paused}'
check "kubectl rollout resume" k rollout resume deployment/web -n $n
check "kubectl rollout restart" k rollout restart deployment/web -n $n
check "restarted" wait_for 10 k get deployment/web -n $n -o 'jsonpath={.spec.template.metadata.annotations.kubectl\.kubernetes\.io/restartedAt}'
check "kubectl set image" k set image deployment/web main=nginx:1.29 -n $n
check "kubectl set env" k set env deployment/web A=1 -n $n
check "kubectl set resources" k set resources deployment/web --limits=cpu=200m -n $n
check "kubectl rollout status of all that" k rollout status deployment/web -n $n --timeout 90s
check "kubectl scale" k scale deployment/web --replicas 3 -n $n
is "scaled" 3 field deployment/web '{.spec.replicas}'
refused "kubectl scale --current-replicas" 'Expected replicas to be 9, was 3' k scale deployment/web --current-replicas 9 --replicas 1 -n $n
check "kubectl label" k label deployment/web tier=front -n $n
refused "kubectl label without --overwrite" 'already has a value' k label deployment/web tier=back -n $n
is "labelled" front field deployment/web '{.metadata.labels.tier}'
check "kubectl label away" k label deployment/web tier- -n $n
is "label gone" "" field deployment/web '{.metadata.labels.tier}'
check "kubectl annotate" k annotate deployment/web note=hello -n $n
is "annotated" hello field deployment/web '{.metadata.annotations.note}'
check "kubectl patch (strategic)" k patch deployment/web -n $n -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"busybox:1"}]}}}}'
is "merged by name" "side main" field deployment/web '{.spec.template.spec.containers[*].name}'
check "kubectl patch --type=merge" k patch deployment/web -n $n --type=merge -p '{"spec":{"replicas":1}}'
check "kubectl patch --type=json" k patch deployment/web -n $n --type=json \
	-p '[{"op":"remove","path":"/spec/template/spec/containers/0"}]'
is "patched" "1 main" field deployment/web '{.spec.replicas} {.spec.template.spec.containers[*].name}'
refused "kubectl patch of what is wrong" 'Invalid value' k patch deployment/web -n $n -p '{"spec":{"replicas":-1}}'
says "kubectl edit" 'edited' env EDITOR="sed -i s/nginx:1.29/nginx:1.30/" KUBECONFIG="$demo" timeout 60 $KUBECTL --kubeconfig "$demo" edit deployment/web -n $n
is "edited" nginx:1.30 field deployment/web '{.spec.template.spec.containers[0].image}'
check "kubectl expose" k expose deployment/web --port 80 -n $n
check "endpoints follow" wait_for 30 sh -c "$KUBECTL --kubeconfig '$demo' get endpoints web -n $n -o jsonpath='{.subsets[0].addresses[0].ip}' | grep -q ."
check "kubectl autoscale" k autoscale deployment/web --min 1 --max 3 --cpu 50 -n $n
check "kubectl create configmap" k create configmap conf --from-literal a=b -n $n
refused "kubectl create twice" '"conf" already exists' k create configmap conf -n $n
check "kubectl create secret" k create secret generic hush --from-literal a=b -n $n
is "a secret is base64" Yg== field secret/hush '{.data.a}'
check "kubectl create job" k create job once --image busybox:1 -n $n -- true
check "kubectl create cronjob" k create cronjob often --image busybox:1 --schedule '*/5 * * * *' -n $n
check "kubectl create job --from" k create job manual --from cronjob/often -n $n
check "kubectl create role and binding" sh -c "$KUBECTL --kubeconfig '$demo' create role r --verb get --resource pods -n $n &&
	$KUBECTL --kubeconfig '$demo' create rolebinding r --role r --user u -n $n"
check "kubectl create quota" k create quota q --hard pods=20 -n $n
check "kubectl create poddisruptionbudget" k create poddisruptionbudget guard --selector app=none --min-available 1 -n $n
check "kubectl run" k run one --image busybox:1 -n $n --restart Never --labels app=one
check "kubectl replace" sh -c "$KUBECTL --kubeconfig '$demo' get configmap conf -n $n -o yaml | sed 's/a: b/a: c/' |
	$KUBECTL --kubeconfig '$demo' replace -f -"
is "replaced" c field configmap/conf '{.data.a}'

# --- server-side apply
conf() { printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {k: "%s"}\n' "$1" >"$state/conf.yaml"; }
conf 1
says "kubectl apply --server-side" 'serverside-applied' k apply --server-side --field-manager one -n $n -f "$state/conf.yaml"
conf 2
refused "a conflict names the owner" 'conflict with "one"' k apply --server-side --field-manager two -n $n -f "$state/conf.yaml"
check "kubectl apply --force-conflicts" k apply --server-side --force-conflicts --field-manager two -n $n -f "$state/conf.yaml"
is "taken over" 2 field configmap/owned '{.data.k}'
says "kubectl get --show-managed-fields" 'manager: two' k get configmap owned -n $n -o yaml --show-managed-fields
conf 3
says "kubectl diff --server-side" '^\+ *k: "?3' k diff --server-side --field-manager two -n $n -f "$state/conf.yaml"

# --- watching
k get configmaps -n $n -w >"$state/watched" 2>&1 &
watcher=$!
wait_for 10 grep -q owned "$state/watched"
k create configmap seen -n $n >/dev/null
check "kubectl get -w" wait_for 10 grep -q '^seen' "$state/watched"
kill $watcher

# --- logs, of the demo's own Pods
says "kubectl logs" 'LOG: .*checkpoint|duration' k logs db-0 -n shop --tail 20
check "kubectl logs --tail" [ "$(k logs db-0 -n shop --tail 7 | wc -l)" = 7 ]
says "kubectl logs --timestamps" '^20[0-9-]*T[0-9:]*\.[0-9]{9}Z ' k logs db-0 -n shop --tail 1 --timestamps
check "kubectl logs --since" [ "$(k logs db-0 -n shop --since 2m | wc -l)" -lt 40 ]
says "kubectl logs of a Deployment's container" '"level":"' k logs deploy/api -n shop -c api --tail 5
says "kubectl logs -f" 'LOG:' timeout 20 sh -c "$KUBECTL --kubeconfig '$demo' logs -f deploy/api -n shop -c api --tail 0 | head -n 3 | sed 's/^/LOG:/'"
refused "kubectl logs --previous" 'previous terminated container "postgres" in pod "db-0" not found' k logs db-0 -n shop --previous
refused "kubectl logs of no container" 'container nope is not valid for pod db-0' k logs db-0 -n shop -c nope
crashed=$(k get pods -n shop --context dev --no-headers | awk '$3 == "CrashLoopBackOff" {print $1; exit}')
says "kubectl logs --previous of a crash" 'panic: runtime error' k logs "$crashed" -n shop --context dev --previous

# --- deleting
says "kubectl delete" 'configmap "conf" deleted' k delete configmap conf -n $n
refused "kubectl delete of what is not there" 'NotFound' k delete configmap conf -n $n
check "kubectl delete --ignore-not-found" k delete configmap conf -n $n --ignore-not-found
says "kubectl delete --dry-run=server" 'server dry run' k delete configmap owned -n $n --dry-run=server
check "kubectl delete -l" k delete pods -l app=one -n $n --grace-period 0 --force
k create deployment orphaned --image nginx:1 -n $n >/dev/null
wait_for 20 sh -c "$KUBECTL --kubeconfig '$demo' get replicasets -n $n -l app=orphaned -o name | grep -q ."
check "kubectl delete --cascade=orphan" k delete deployment orphaned --cascade=orphan -n $n
says "its ReplicaSet stays" '^replicaset' k get replicasets -n $n -l app=orphaned -o name
check "kubectl delete --cascade=foreground" k delete replicasets -l app=orphaned --cascade=foreground -n $n --timeout 50s
says "its Pods are gone" 'No resources found' k get pods -n $n -l app=orphaned
k create configmap held -n $n >/dev/null
k patch configmap held -n $n --type=merge -p '{"metadata":{"finalizers":["example.com/held"]}}' >/dev/null
check "kubectl delete --wait=false" k delete configmap held -n $n --wait=false
check "a finalizer holds it" k get configmap held -n $n
k patch configmap held -n $n --type=merge -p '{"metadata":{"finalizers":null}}' >/dev/null
check "kubectl wait --for=delete" k wait --for=delete configmap/held -n $n --timeout 20s

# --- nodes
node_name=$(k get nodes -o name | sed -n '$s/node.//p')
check "kubectl cordon" k cordon "$node_name"
says "cordoned" 'SchedulingDisabled' k get node "$node_name"
check "kubectl drain" k drain "$node_name" --ignore-daemonsets --delete-emptydir-data --force --timeout 55s
check "kubectl uncordon" k uncordon "$node_name"
check "kubectl taint" k taint nodes "$node_name" example.com/t=1:NoSchedule
says "tainted" example.com/t k get node "$node_name" -o 'jsonpath={.spec.taints[*].key}'
check "kubectl taint away" k taint nodes "$node_name" example.com/t-
check "kubectl delete namespace" k delete namespace $n --timeout 55s
refused "the namespace is gone" 'NotFound' k get namespace $n
