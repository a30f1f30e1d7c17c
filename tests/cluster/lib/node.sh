# shellcheck shell=bash
# The node: containerd and the kubelet, in a mount namespace of their own. Every mount of a Pod lives there and
# is gone with the last process; the folders that both programs insist on (/var/lib/kubelet/device-plugins,
# /run/containerd ...) are a tmpfs there, so that clusters do not meet in them and the machine keeps nothing.

# The kubelet and the bridge plugin set these; `down` puts back what was there.
NODE_SYSCTLS=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops
    kernel.keys.root_maxkeys kernel.keys.root_maxbytes net.ipv4.ip_forward)
NODE_FOLDERS=(/run/containerd /run/netns /var/lib/cni /var/lib/kubelet /var/log/containers)

node_packages() { need_packages containerd runc containernetworking-plugins busybox-static iproute2; }

node_needs() {
    [ "$(id -u)" = 0 ] ||
        die "a node needs root (mounts, cgroups, a bridge); without one: KVIEW_CLUSTER_NODE=0"
    node_packages
    unshare --mount true 2>/dev/null ||
        die "a node needs CAP_SYS_ADMIN (unshare --mount is refused); without one: KVIEW_CLUSTER_NODE=0"
    [ ${#DIR} -lt 70 ] || die "the path of the state folder is too long for sockets: $DIR"
}

node_up() {
    if alive kubelet && alive containerd; then return 0; fi
    # A namespace dies with its containerd: a kubelet that is left alone has to follow.
    stop kubelet
    alive containerd || node_kill_containers
    build_image
    sysctls_save
    cgroups_make
    containerd_up
    kubelet_up
    node_join
}

sysctls_save() {
    local name
    [ -f "$DIR/sysctls" ] && return 0
    for name in "${NODE_SYSCTLS[@]}"; do
        printf '%s %s\n' "${name//.//}" "$(cat "/proc/sys/${name//.//}")" >>"$DIR/sysctls"
    done
}

sysctls_restore() {
    local name value
    [ -f "$DIR/sysctls" ] || return 0
    # Another cluster's node beside this one needs them; the last one puts them back.
    if compgen -G "/sys/class/net/kview[0-9]*" >/dev/null; then return 0; fi
    while read -r name value; do
        if [ "$(cat "/proc/sys/$name")" != "$value" ]; then echo "$value" >"/proc/sys/$name" || true; fi
    done <"$DIR/sysctls"
}

# The kubelet wants its root cgroup to exist: under each controller with cgroup v1, once with v2.
cgroup_roots() {
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        echo /sys/fs/cgroup
    else
        find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -type d ! -name unified
    fi
}

cgroups_make() {
    local folder
    cgroup_roots | while read -r folder; do mkdir -p "$folder/$CGROUP"; done
}

# In every hierarchy, as runc makes its folders under "unified" as well.
cgroups_remove() {
    local folder
    for folder in "/sys/fs/cgroup/$CGROUP" /sys/fs/cgroup/*/"$CGROUP"; do
        [ -d "$folder" ] || continue
        find "$folder" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    done
}

containerd_up() {
    local folder
    for folder in "${NODE_FOLDERS[@]}"; do
        if [ ! -d "$folder" ]; then
            mkdir -p "$folder"
            echo "$folder" >>"$DIR/folders"
        fi
    done
    mkdir -p "$DIR/cni"
    cni_config >"$DIR/cni/10-kview.conflist"
    containerd_config >"$DIR/containerd.toml"
    # shellcheck disable=SC2016 # the inner shell expands
    start containerd unshare --mount --propagation private bash -c '
        for folder in "${@:2}"; do mount -t tmpfs -o mode=755 kview "$folder" || exit; done
        exec containerd -c "$1"' node "$DIR/containerd.toml" "${NODE_FOLDERS[@]}"
    wait_for 30 containerd "containerd" ctr -a "$DIR/containerd.sock" version
    ctr -a "$DIR/containerd.sock" -n k8s.io images import "$CACHE/images.tar" >>"$DIR/containerd.log" 2>&1 ||
        die "containerd did not take the image; see $DIR/containerd.log"
}

# The Pods' addresses: 10.88.x.0/24, x by the port, as bridges of several clusters share the host's routes.
cni_config() {
    cat <<JSON
{"cniVersion": "0.4.0", "name": "kview", "plugins": [
  {"type": "bridge", "bridge": "$BRIDGE", "isGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$DIR/cni-addresses",
            "ranges": [[{"subnet": "10.88.$((PORT / 10 % 256)).0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
JSON
}

containerd_config() {
    cat <<TOML
version = 2
root = "$DIR/containerd"
state = "/run/containerd/state"
disabled_plugins = ["io.containerd.internal.v1.restart", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "$DIR/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$DIR/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.example/kview/pause:1"
  # Root without CAP_SYS_RESOURCE may not lower oom_score_adj; a sandbox would die of it.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "$(snapshotter)"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$DIR/cni"
TOML
}

# overlayfs where the folder's file system can carry it (not on an overlay, as inside a container).
snapshotter() {
    local try=$DIR/try
    mkdir -p "$try"/{lower,upper,work,merged}
    if unshare --mount mount -t overlay overlay \
        -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" "$try/merged" 2>/dev/null; then
        echo overlayfs
    else
        echo native
    fi
    rm -rf "$try"
}

kubelet_config() {
    cat <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: $((PORT + 5))
healthzBindAddress: 127.0.0.1
healthzPort: $((PORT + 6))
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $PKI/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: $PKI/kubelet.crt
tlsPrivateKeyFile: $PKI/kubelet.key
containerRuntimeEndpoint: unix://$DIR/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$CGROUP
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
podLogsDir: $DIR/pod-logs
volumePluginDir: $DIR/volume-plugins
staticPodPath: ""
maxPods: 200
registerNode: true
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
containerLogMaxSize: ${KVIEW_LOG_MAX:-10Mi}
YAML
}

kubelet_up() {
    kubelet_config >"$DIR/kubelet.yaml"
    mkdir -p "$DIR"/{kubelet,pod-logs,volume-plugins}
    start kubelet nsenter --target "$(pid_of containerd)" --mount -- "$BIN" kubelet \
        --config "$DIR/kubelet.yaml" --kubeconfig "$DIR/kubelet.kubeconfig" --root-dir "$DIR/kubelet" \
        --hostname-override "$NODE" --cloud-provider external \
        --node-labels kview.test/pool=pool-a,topology.kubernetes.io/zone=zone-a
}

# The cloud provider's part, by hand: the kubelet refuses a loopback address of its own but keeps one that
# a provider has set (k8s.io/kubernetes/pkg/kubelet/nodestatus/setters.go, NodeAddress).
node_join() {
    local addresses="[{\"type\":\"InternalIP\",\"address\":\"127.0.0.1\"},{\"type\":\"Hostname\",\"address\":\"$NODE\"}]"
    wait_for 60 kubelet "the kubelet registers its node" kctl get node "$NODE"
    kctl patch node "$NODE" --subresource=status -p "{\"status\":{\"addresses\":$addresses}}" >/dev/null
    kctl taint node "$NODE" node.cloudprovider.kubernetes.io/uninitialized- >/dev/null 2>&1 || true
    wait_for 60 kubelet "the node is Ready" kctl wait --for=condition=Ready --timeout=1s "node/$NODE"
    wait_for 30 kubelet "the default ServiceAccount" kctl get serviceaccount default -n default
}

node_down() {
    local folder
    stop kubelet KILL
    stop containerd KILL
    node_kill_containers
    if ip link show "$BRIDGE" >/dev/null 2>&1; then ip link del "$BRIDGE"; fi
    cgroups_remove
    sysctls_restore
    if [ -f "$DIR/folders" ]; then
        while read -r folder; do rmdir "$folder" 2>/dev/null || true; done <"$DIR/folders"
    fi
}

# What runs in containers is in the node's cgroup; the shims are known by their containerd's address.
node_pids() {
    local root file
    cgroup_roots | while read -r root; do
        [ -d "$root/$CGROUP" ] || continue
        find "$root/$CGROUP" -name cgroup.procs -exec cat {} + 2>/dev/null || true
    done | grep -v '^0$' | sort -u
    for file in /proc/[0-9]*/cmdline; do
        case $(tr '\0' ' ' <"$file") in
        */containerd-shim*" -address $DIR/containerd.sock "*) file=${file%/cmdline}; echo "${file#/proc/}" ;;
        esac
    done 2>/dev/null
}

node_kill_containers() {
    local i pids
    for ((i = 0; i < 100; i++)); do
        mapfile -t pids < <(node_pids)
        [ ${#pids[@]} -gt 0 ] || return 0
        kill -9 "${pids[@]}" 2>/dev/null || true
        sleep 0.1
    done
    say "processes of the node would not end: ${pids[*]}"
}
