# shellcheck shell=bash disable=SC2154
# Many nodes and Pods without containers: kwok keeps their status as a kubelet would.

SCALE_REPLICAS=100 # of each Deployment

scale() {
    local nodes=${1:-60} pods=${2:-10000} fresh=0
    [[ $nodes =~ ^[0-9]+$ && $pods =~ ^[0-9]+$ ]] || die "usage: cluster.sh scale NODES PODS"
    build_kwok
    if ! control_alive; then
        # No node of the machine's own beside the simulated ones, unless it is there already.
        # shellcheck disable=SC2034 # `up` reads it
        if ! alive kubelet; then NODE_WANTED=0; fi
        if ! running; then fresh=1; fi
        up
        if [ $fresh = 1 ]; then clean_if_failed; fi
    fi
    # A lease is renewed after a quarter of its time, well within the 50 s after which a node is taken for lost
    # and its Pods are marked not ready, which no stage of kwok ever takes back.
    start kwok "$CACHE/kwok" --kubeconfig "$ADMIN" --config "$CACHE/kwok-stages.yaml" \
        --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake --node-lease-duration-seconds 80
    scale_nodes "$nodes" | kctl apply -f - >/dev/null
    kctl create namespace scale --dry-run=client -o yaml | kctl apply -f - >/dev/null
    scale_remove node "" "$nodes"
    scale_remove deployment "-n scale" $(((pods + SCALE_REPLICAS - 1) / SCALE_REPLICAS))
    scale_deployments "$pods" | kctl apply -f - >/dev/null
    scale_wait "$pods"
    trap - EXIT INT TERM HUP
}

scale_nodes() {
    local i
    for ((i = 1; i <= $1; i++)); do
        cat <<YAML
apiVersion: v1
kind: Node
metadata:
  name: kwok-$i
  annotations: {kwok.x-k8s.io/node: fake}
  labels:
    kubernetes.io/hostname: kwok-$i
    kubernetes.io/os: linux
    kview.test/scale: "$i"
    kview.test/pool: pool-$((i % 3))
    topology.kubernetes.io/zone: zone-$((i % 3))
    node.kubernetes.io/instance-type: n2-standard-16
spec:
  taints: [{key: kview.test/kwok, value: "true", effect: NoSchedule}]
status:
  allocatable: {cpu: "128", memory: 1Ti, pods: "1000"}
  capacity: {cpu: "128", memory: 1Ti, pods: "1000"}
---
YAML
    done
}

# scale_deployments PODS: Pods of a usual size, about 5 KB of JSON each. They run on simulated nodes only.
scale_deployments() {
    local i replicas left=$1
    for ((i = 1; left > 0; i++)); do
        replicas=$((left < SCALE_REPLICAS ? left : SCALE_REPLICAS))
        left=$((left - replicas))
        cat <<YAML
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-$i
  namespace: scale
  labels: {app: web-$i, kview.test/scale: "$i"}
spec:
  replicas: $replicas
  selector: {matchLabels: {app: web-$i}}
  template:
    metadata: {labels: {app: web-$i, tier: web}}
    spec:
      tolerations: [{key: kview.test/kwok, operator: Exists}]
      nodeSelector: {kubernetes.io/os: linux}
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{matchExpressions: [{key: kview.test/scale, operator: Exists}]}]
      containers:
      - name: app
        image: registry.example/shop/web:1.4.2
        env: [{name: LOG_LEVEL, value: info}]
        ports: [{name: http, containerPort: 8080}]
        resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 64Mi}}
        livenessProbe: {httpGet: {path: /healthz, port: http}}
        readinessProbe: {httpGet: {path: /ready, port: http}}
---
YAML
    done
}

# scale_remove KIND FLAGS COUNT: what is more than COUNT, by the number in the label.
scale_remove() {
    local flags=()
    read -ra flags <<<"$2"
    kctl get "$1" "${flags[@]}" -l kview.test/scale -o 'jsonpath={range .items[*]}{.metadata.labels.kview\.test/scale} {.metadata.name}{"\n"}{end}' |
        awk -v most="$3" '$1 > most {print $2}' | xargs -r "$CACHE/kubectl" --kubeconfig "$ADMIN" delete "$1" "${flags[@]}" >/dev/null
}

scale_wait() {
    local ready=0 before=-1 limit=$((SECONDS + 60))
    while ((ready != $1)); do
        ready=$(kctl get deployments -n scale -o 'jsonpath={range .items[*]}{.status.readyReplicas}{"\n"}{end}' |
            awk '{n += $1} END {print n + 0}')
        # Slow is well; only standing still is a fault.
        if ((ready != before)); then limit=$((SECONDS + 60)); fi
        before=$ready
        if ((SECONDS > limit)); then die "$ready of $1 Pods are ready, and no more for a minute; see $DIR/kwok.log"; fi
        sleep 1
    done
    say "$1 Pods are ready; KUBECONFIG=$ADMIN"
}
