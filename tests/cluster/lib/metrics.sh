# shellcheck shell=bash disable=SC2154
# metrics-server beside the API server: a Service of type ExternalName leads the aggregator to it.

metrics_up() {
    alive kubelet || die "KVIEW_METRICS=1 needs a node: metrics-server asks the kubelet"
    build_metrics
    start metrics "$CACHE/metrics-server" --kubeconfig "$ADMIN" --authentication-kubeconfig "$ADMIN" \
        --authorization-kubeconfig "$ADMIN" --bind-address 127.0.0.1 --secure-port $((PORT + 7)) \
        --cert-dir "$DIR/metrics" --kubelet-preferred-address-types InternalIP --kubelet-insecure-tls \
        --metric-resolution 15s
    kctl apply -f - >/dev/null <<YAML
apiVersion: v1
kind: Service
metadata: {name: metrics-server, namespace: kube-system}
spec: {type: ExternalName, externalName: localhost, ports: [{port: $((PORT + 7))}]}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  group: metrics.k8s.io
  version: v1beta1
  service: {namespace: kube-system, name: metrics-server, port: $((PORT + 7))}
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
YAML
    wait_for 90 metrics "metrics of the node" kctl top node "$NODE"
}

metrics_down() { stop metrics; }
