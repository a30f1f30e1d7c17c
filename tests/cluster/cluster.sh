#!/usr/bin/env bash
# A real one-node Kubernetes on loopback for the tests: etcd, API server, controller manager and scheduler
# built from the published Go modules, containerd and kubelet as the node. Everything lives in one folder
# and leaves nothing behind.  usage: cluster.sh up|down|status|kubectl ARGS|stop-apiserver|start-apiserver|objects
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
DIR=${KVIEW_CLUSTER_DIR:-$root/build/cluster}
CACHE=${KVIEW_CLUSTER_CACHE:-$root/build/cluster-bin}
PORT=${KVIEW_CLUSTER_PORT:-16443}
ETCD=${KVIEW_ETCD:-embedded} # debian: 3.4, without RequestWatchProgress, so no streaming lists
NODE=kview-node
mkdir -p "$DIR" "$CACHE"
DIR=$(cd "$DIR" && pwd)
BIN=$CACHE/control-plane
PKI=$DIR/pki
export KUBECONFIG_ADMIN=$DIR/admin.kubeconfig

say() { printf 'cluster: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

need_packages() {
	local missing=() p
	for p in "$@"; do dpkg -s "$p" >/dev/null 2>&1 || missing+=("$p"); done
	[ ${#missing[@]} = 0 ] && return
	[ "$(id -u)" = 0 ] || die "missing packages: ${missing[*]} (install them, or run as root)"
	say "installing ${missing[*]}"
	apt-get -o DPkg::Lock::Timeout=300 install -y -qq "${missing[@]}" >/dev/null ||
		die "apt-get could not install ${missing[*]}"
}

build() {
	[ -x "$BIN" ] && return
	command -v go >/dev/null || die "Go is not installed: the control plane is built from Go modules"
	say "building the control plane (5 minutes the first time)"
	local v=1.35.4
	(cd "$here/control-plane" && CGO_ENABLED=0 go build -trimpath -o "$BIN.tmp" -ldflags "-s -w \
		-X k8s.io/component-base/version.gitVersion=v$v \
		-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=35" .)
	mv "$BIN.tmp" "$BIN"
}

# cert NAME SUBJECT [SAN]: a key and a certificate of the cluster's CA
cert() {
	[ -f "$PKI/$1.crt" ] && return
	openssl req -new -newkey rsa:2048 -nodes -keyout "$PKI/$1.key" -subj "$2" -out "$PKI/$1.csr" 2>/dev/null
	openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -days 30 \
		-out "$PKI/$1.crt" -extfile <(printf 'keyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=clientAuth,serverAuth\n%s' \
		"${3:+subjectAltName=$3}") 2>/dev/null
}

kubeconfig() { # FILE CERTNAME
	cat >"$1" <<-YAML
	apiVersion: v1
	kind: Config
	clusters: [{name: kview-test, cluster: {server: "https://127.0.0.1:$PORT", certificate-authority-data: $(base64 -w0 <"$PKI/ca.crt")}}]
	users: [{name: $2, user: {client-certificate-data: $(base64 -w0 <"$PKI/$2.crt"), client-key-data: $(base64 -w0 <"$PKI/$2.key")}}]
	contexts: [{name: kview-test, context: {cluster: kview-test, user: $2}}]
	current-context: kview-test
	YAML
	chmod 600 "$1"
}

pki() {
	mkdir -p "$PKI"
	[ -f "$PKI/ca.crt" ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout "$PKI/ca.key" -out "$PKI/ca.crt" \
		-days 30 -subj /CN=kview-test-ca 2>/dev/null
	[ -f "$PKI/sa.key" ] || { openssl genrsa -out "$PKI/sa.key" 2048 2>/dev/null; openssl rsa -in "$PKI/sa.key" -pubout -out "$PKI/sa.pub" 2>/dev/null; }
	cert apiserver /CN=kube-apiserver "IP:127.0.0.1,IP:10.96.0.1,DNS:localhost"
	cert admin /O=system:masters/CN=admin
	cert controllers /CN=system:kube-controller-manager
	cert scheduler /CN=system:kube-scheduler
	cert kubelet "/O=system:nodes/CN=system:node:$NODE" "DNS:$NODE,IP:127.0.0.1"
	cert front-proxy /CN=front-proxy
	kubeconfig "$KUBECONFIG_ADMIN" admin
	kubeconfig "$DIR/controllers.kubeconfig" controllers
	kubeconfig "$DIR/scheduler.kubeconfig" scheduler
	kubeconfig "$DIR/kubelet.kubeconfig" kubelet
}

alive() { [ -f "$DIR/$1.pid" ] && kill -0 "$(cat "$DIR/$1.pid")" 2>/dev/null; }

start() { # NAME COMMAND...
	local name=$1
	shift
	alive "$name" && return
	setsid "$@" >"$DIR/$name.log" 2>&1 </dev/null &
	echo $! >"$DIR/$name.pid"
}

stop() { # NAME
	alive "$1" || { rm -f "$DIR/$1.pid"; return 0; }
	local pid
	pid=$(cat "$DIR/$1.pid")
	kill "$pid" 2>/dev/null || true
	for _ in $(seq 150); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
	kill -9 "$pid" 2>/dev/null || true
	rm -f "$DIR/$1.pid"
}

wait_for() { # SECONDS WHAT COMMAND...
	local n=$(($1 * 5)) what=$2
	shift 2
	for _ in $(seq "$n"); do "$@" >/dev/null 2>&1 && return; sleep 0.2; done
	die "$what did not come up; see $DIR/*.log"
}

kctl() { "$BIN" kubectl --kubeconfig "$KUBECONFIG_ADMIN" "$@"; }

start_etcd() {
	local peer=$((PORT + 2)) client=$((PORT + 1)) etcd=("$BIN" etcd)
	if [ "$ETCD" = debian ]; then need_packages etcd-server; etcd=(/usr/bin/etcd); fi
	ETCD_UNSUPPORTED_ARCH=amd64 start etcd "${etcd[@]}" --data-dir "$DIR/etcd" --listen-client-urls "http://127.0.0.1:$client" \
		--advertise-client-urls "http://127.0.0.1:$client" --listen-peer-urls "http://127.0.0.1:$peer" \
		--initial-advertise-peer-urls "http://127.0.0.1:$peer" --initial-cluster "default=http://127.0.0.1:$peer" \
		--unsafe-no-fsync --quota-backend-bytes 8589934592
}

start_apiserver() {
	start apiserver "$BIN" kube-apiserver --etcd-servers "http://127.0.0.1:$((PORT + 1))" --bind-address 127.0.0.1 \
		--secure-port "$PORT" --advertise-address 127.0.0.1 --tls-cert-file "$PKI/apiserver.crt" \
		--tls-private-key-file "$PKI/apiserver.key" --client-ca-file "$PKI/ca.crt" --service-cluster-ip-range 10.96.0.0/16 \
		--service-account-issuer https://kubernetes.default.svc --service-account-key-file "$PKI/sa.pub" \
		--service-account-signing-key-file "$PKI/sa.key" --authorization-mode Node,RBAC \
		--enable-admission-plugins NodeRestriction --allow-privileged --endpoint-reconciler-type none \
		--kubelet-client-certificate "$PKI/admin.crt" --kubelet-client-key "$PKI/admin.key" \
		--kubelet-preferred-address-types Hostname --max-requests-inflight 4000 \
		--requestheader-client-ca-file "$PKI/ca.crt" --requestheader-allowed-names front-proxy \
		--requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
		--requestheader-extra-headers-prefix X-Remote-Extra- \
		--proxy-client-cert-file "$PKI/front-proxy.crt" --proxy-client-key-file "$PKI/front-proxy.key" \
		${KVIEW_APISERVER_FLAGS:-}
}

start_controllers() {
	start controllers "$BIN" kube-controller-manager --kubeconfig "$DIR/controllers.kubeconfig" --leader-elect=false \
		--bind-address 127.0.0.1 --secure-port $((PORT + 3)) --service-account-private-key-file "$PKI/sa.key" \
		--root-ca-file "$PKI/ca.crt" --use-service-account-credentials --cluster-signing-cert-file "$PKI/ca.crt" \
		--cluster-signing-key-file "$PKI/ca.key" --kube-api-qps 500 --kube-api-burst 1000 --concurrent-replicaset-syncs 50
	start scheduler "$BIN" kube-scheduler --kubeconfig "$DIR/scheduler.kubeconfig" --leader-elect=false \
		--bind-address 127.0.0.1 --secure-port $((PORT + 4)) --kube-api-qps 500 --kube-api-burst 1000
}

# shellcheck source=tests/cluster/lib/node.sh
[ -f "$here/lib/node.sh" ] && . "$here/lib/node.sh"

up() {
	need_packages openssl
	build
	pki
	trap 'say "start failed, cleaning up"; down' ERR
	start_etcd
	start_apiserver
	wait_for 60 "the API server" kctl get --raw /readyz
	start_controllers
	if [ "${KVIEW_CLUSTER_NODE:-1}" = 1 ]; then node_up; fi
	trap - ERR
	say "up: KUBECONFIG=$KUBECONFIG_ADMIN"
}

down() {
	if declare -F node_down >/dev/null; then node_down; fi
	for p in kwok scheduler controllers apiserver etcd; do stop "$p"; done
	rm -rf "$DIR"
}

# NODES PODS: kwok's simulated nodes and Pods on the control plane
scale() {
	local nodes=$1 pods=$2 i per=100
	[ -x "$CACHE/kwok" ] || (cd "$here/kwok" && say "building kwok" && CGO_ENABLED=0 go build -trimpath -o "$CACHE/kwok" sigs.k8s.io/kwok/cmd/kwok)
	KVIEW_CLUSTER_NODE=0 up
	stages "$DIR/stages.yaml"
	start kwok "$CACHE/kwok" --kubeconfig "$KUBECONFIG_ADMIN" --config "$DIR/stages.yaml" --manage-all-nodes=true \
		--node-lease-duration-seconds 200
	for i in $(seq "$nodes"); do
		printf 'apiVersion: v1\nkind: Node\nmetadata: {name: kwok-%s, labels: {type: kwok, kubernetes.io/hostname: kwok-%s}}\nstatus: {allocatable: {cpu: 128, memory: 1Ti, pods: 1000}, capacity: {cpu: 128, memory: 1Ti, pods: 1000}}\n---\n' "$i" "$i"
	done | kctl apply -f - >/dev/null
	kctl create namespace scale >/dev/null 2>&1 || true
	for i in $(seq $((pods / per))); do
		printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web-%s, namespace: scale, labels: {app: web-%s}}\nspec:\n  replicas: %s\n  selector: {matchLabels: {app: web-%s}}\n  template:\n    metadata: {labels: {app: web-%s, tier: web}}\n    spec:\n      containers:\n      - {name: app, image: registry.example/shop/web:1.2.3, resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 64Mi}}, env: [{name: A, value: b}], ports: [{containerPort: 8080}], livenessProbe: {httpGet: {path: /healthz, port: 8080}}, readinessProbe: {httpGet: {path: /ready, port: 8080}}}\n---\n' "$i" "$i" "$per" "$i" "$i"
	done | kctl apply -f - >/dev/null
	say "waiting for $pods Pods"
	for _ in $(seq 600); do
		i=$(kctl get deploy -n scale -o jsonpath='{range .items[*]}{.status.readyReplicas}{"\n"}{end}' | awk '{s+=$1} END {print s+0}')
		[ "$i" -ge "$pods" ] && break
		sleep 1
	done
	say "$i of $pods Pods are ready"
}

stages() {
	local mod
	mod=$(cd "$here/kwok" && go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)
	for f in "$mod"/kustomize/stage/{node/fast,node/heartbeat-with-lease,pod/fast}/*.yaml; do
		case $f in *kustomization*) continue ;; esac
		cat "$f"; echo; echo ---
	done >"$1"
}

sa() { # NAME NAMESPACES...: a kubeconfig that may read Pods there and nothing else
	local name=$1 ns
	shift
	kctl create serviceaccount "$name" -n default >/dev/null 2>&1 || true
	for ns in "$@"; do
		kctl create namespace "$ns" >/dev/null 2>&1 || true
		kctl create role kview-pods -n "$ns" --verb=get,list,watch --resource=pods >/dev/null 2>&1 || true
		kctl create rolebinding "kview-$name" -n "$ns" --role=kview-pods --serviceaccount="default:$name" >/dev/null 2>&1 || true
	done
	cat <<-YAML
	apiVersion: v1
	kind: Config
	clusters: [{name: kview-test, cluster: {server: "https://127.0.0.1:$PORT", certificate-authority-data: $(base64 -w0 <"$PKI/ca.crt")}}]
	users: [{name: $name, user: {token: $(kctl create token "$name" -n default --duration 24h)}}]
	contexts: [{name: $name, context: {cluster: kview-test, user: $name, namespace: ${1:-default}}}]
	current-context: $name
	YAML
}

status() {
	local p any=0
	for p in etcd apiserver controllers scheduler containerd kubelet kwok; do
		if alive "$p"; then echo "$p: running ($(cat "$DIR/$p.pid"))"; any=1; fi
	done
	[ $any = 1 ] || { echo "not running"; return 1; }
}

cmd=${1:-}
[ $# -gt 0 ] && shift
case $cmd in
up) up ;;
down) down ;;
status) status ;;
scale) scale "${1:-60}" "${2:-10000}" ;;
kubectl) kctl "$@" ;;
kubeconfig) echo "$KUBECONFIG_ADMIN" ;;
stop-apiserver) stop apiserver ;;
start-apiserver) start_apiserver; wait_for 60 "the API server" kctl get --raw /readyz ;;
rotate-cert) rm -f "$PKI"/apiserver.*; pki; stop apiserver; start_apiserver; wait_for 60 "the API server" kctl get --raw /readyz ;;
sa) sa "$@" ;;
objects) objects ;;
*) die "usage: cluster.sh up|down|status|scale NODES PODS|kubectl ARGS|kubeconfig|stop-apiserver|start-apiserver|rotate-cert|sa NAME NS...|objects" ;;
esac
