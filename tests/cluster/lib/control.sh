# shellcheck shell=bash
# Certificates, etcd, API server, controller manager, scheduler. Ports: PORT the API server, +1 etcd,
# +2 its peer, +3 controller manager, +4 scheduler, +5 kubelet, +6 its health, +7 metrics-server.

openssl_quiet() { openssl "$@" 2>>"$DIR/openssl.log" || die "openssl failed; see $DIR/openssl.log"; }

# cert NAME SUBJECT [SAN]: a key and a certificate of the cluster's CA.
cert() {
    [ -f "$PKI/$1.crt" ] && return 0
    openssl_quiet req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -keyout "$PKI/$1.key" -subj "$2" -out "$PKI/$1.csr"
    printf 'keyUsage=digitalSignature\nextendedKeyUsage=clientAuth,serverAuth\n%s\n' \
        "${3:+subjectAltName=$3}" >"$PKI/$1.ext"
    openssl_quiet x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -days 30 \
        -extfile "$PKI/$1.ext" -out "$PKI/$1.crt.new"
    mv "$PKI/$1.crt.new" "$PKI/$1.crt"
    rm -f "$PKI/$1.csr" "$PKI/$1.ext"
}

serving_cert() { cert apiserver /CN=kube-apiserver "IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes"; }

pki_up() {
    mkdir -p "$PKI"
    chmod 700 "$DIR" "$PKI"
    [ -f "$PKI/ca.crt" ] || openssl_quiet req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -keyout "$PKI/ca.key" -out "$PKI/ca.crt" -days 30 -subj /CN=kview-test-ca
    if [ ! -f "$PKI/sa.pub" ]; then
        openssl_quiet genrsa -out "$PKI/sa.key" 2048
        openssl_quiet rsa -in "$PKI/sa.key" -pubout -out "$PKI/sa.pub"
    fi
    serving_cert
    cert admin /O=system:masters/CN=admin
    cert controllers /CN=system:kube-controller-manager
    cert scheduler /CN=system:kube-scheduler
    cert kubelet "/O=system:nodes/CN=system:node:$NODE" "DNS:$NODE,IP:127.0.0.1"
    cert front-proxy /CN=front-proxy
    kubeconfig_of admin >"$ADMIN"
    kubeconfig_of controllers >"$DIR/controllers.kubeconfig"
    kubeconfig_of scheduler >"$DIR/scheduler.kubeconfig"
    kubeconfig_of kubelet >"$DIR/kubelet.kubeconfig"
    chmod 600 "$DIR"/*.kubeconfig
}

kubeconfig_of() {
    kubeconfig_text "$1" "client-certificate-data: $(base64 -w 0 <"$PKI/$1.crt")
    client-key-data: $(base64 -w 0 <"$PKI/$1.key")"
}

# kubeconfig_text USER CREDENTIALS [NAMESPACE]
kubeconfig_text() {
    cat <<YAML
apiVersion: v1
kind: Config
clusters:
- name: kview-test
  cluster:
    server: https://127.0.0.1:$PORT
    certificate-authority-data: $(base64 -w 0 <"$PKI/ca.crt")
users:
- name: $1
  user:
    $2
contexts:
- name: kview-test
  context:
    cluster: kview-test
    user: $1
    namespace: ${3:-default}
current-context: kview-test
YAML
}

control_alive() { alive etcd && alive apiserver && alive controllers && alive scheduler; }

free_ports() {
    local offset process=(apiserver etcd etcd controllers scheduler kubelet kubelet metrics)
    for offset in "${!process[@]}"; do
        if alive "${process[offset]}"; then continue; fi
        if (exec 3<>"/dev/tcp/127.0.0.1/$((PORT + offset))") 2>/dev/null; then
            die "port $((PORT + offset)) of 127.0.0.1 is taken; choose others with KVIEW_CLUSTER_PORT=BASE"
        fi
    done
}

control_up() {
    start_etcd
    wait_for 30 etcd "etcd's port" port_open 1
    start_apiserver
    start_controllers
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$((PORT + $1))") 2>/dev/null; }

control_down() {
    local name
    for name in scheduler controllers apiserver etcd; do stop "$name" KILL; done
}

start_etcd() {
    local client=http://127.0.0.1:$((PORT + 1)) peer=http://127.0.0.1:$((PORT + 2)) command=("$BIN" etcd)
    if [ "$ETCD" = debian ]; then command=(/usr/bin/etcd); fi
    start etcd env ETCD_UNSUPPORTED_ARCH="$(dpkg --print-architecture)" "${command[@]}" \
        --data-dir "$DIR/etcd" --logger zap \
        --listen-client-urls "$client" --advertise-client-urls "$client" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" \
        --unsafe-no-fsync --quota-backend-bytes 8589934592
}

start_apiserver() {
    local extra=()
    read -ra extra <<<"${KVIEW_APISERVER_FLAGS:-}"
    start apiserver "$BIN" kube-apiserver --etcd-servers "http://127.0.0.1:$((PORT + 1))" \
        --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$PORT" \
        --endpoint-reconciler-type none \
        --tls-cert-file "$PKI/apiserver.crt" --tls-private-key-file "$PKI/apiserver.key" \
        --client-ca-file "$PKI/ca.crt" --service-cluster-ip-range 10.96.0.0/16 \
        --service-account-issuer https://kubernetes.default.svc \
        --service-account-key-file "$PKI/sa.pub" --service-account-signing-key-file "$PKI/sa.key" \
        --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged \
        --kubelet-client-certificate "$PKI/admin.crt" --kubelet-client-key "$PKI/admin.key" \
        --kubelet-preferred-address-types InternalIP,Hostname --max-requests-inflight 4000 \
        --requestheader-client-ca-file "$PKI/ca.crt" --requestheader-allowed-names front-proxy \
        --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
        --requestheader-extra-headers-prefix X-Remote-Extra- \
        --proxy-client-cert-file "$PKI/front-proxy.crt" --proxy-client-key-file "$PKI/front-proxy.key" \
        "${extra[@]}"
    wait_for 90 apiserver "the API server's /readyz" kctl get --raw /readyz
}

# An orderly end lasts as long as anybody watches, up to a minute; a test wants it within seconds.
signal_apiserver() {
    alive apiserver || die "the API server does not run"
    kill -s "${1:?STOP or CONT}" "$(pid_of apiserver)"
}

stop_apiserver() { stop apiserver "${1:-TERM}" 3; }

start_controllers() {
    start controllers "$BIN" kube-controller-manager --kubeconfig "$DIR/controllers.kubeconfig" \
        --leader-elect=false --bind-address 127.0.0.1 --secure-port $((PORT + 3)) \
        --service-account-private-key-file "$PKI/sa.key" --root-ca-file "$PKI/ca.crt" \
        --use-service-account-credentials \
        --cluster-signing-cert-file "$PKI/ca.crt" --cluster-signing-key-file "$PKI/ca.key" \
        --kube-api-qps 500 --kube-api-burst 1000 --concurrent-replicaset-syncs 50
    start scheduler "$BIN" kube-scheduler --kubeconfig "$DIR/scheduler.kubeconfig" --leader-elect=false \
        --bind-address 127.0.0.1 --secure-port $((PORT + 4)) --kube-api-qps 500 --kube-api-burst 1000
}

rotate_cert() {
    need_running
    rm -f "$PKI/apiserver.crt" "$PKI/apiserver.key"
    serving_cert
    stop_apiserver
    start_apiserver
}

# sa NAME NAMESPACES...
sa() {
    local name=${1:-} space token
    [ $# -ge 2 ] || die "usage: cluster.sh sa NAME NAMESPACES..."
    need_running
    shift
    kctl create serviceaccount "$name" -n default --dry-run=client -o yaml | kctl apply -f - >/dev/null
    for space in "$@"; do
        {
            kctl create namespace "$space" --dry-run=client -o yaml
            echo ---
            kctl create role "$name-pods" -n "$space" --verb=get,list,watch --resource=pods --dry-run=client -o yaml
            echo ---
            kctl create rolebinding "$name-pods" -n "$space" --role="$name-pods" \
                --serviceaccount="default:$name" --dry-run=client -o yaml
        } | kctl apply -f - >/dev/null
    done
    token=$(kctl create token "$name" -n default --duration 24h)
    kubeconfig_text "$name" "token: $token" "$1"
}
