#!/usr/bin/env bash
# A real Kubernetes on loopback for the tests: etcd, API server, controller manager and scheduler built from
# the published Go modules, containerd and the kubelet as its one node, or kwok's simulated nodes. All of its
# state lies in one folder; `down` leaves no process, mount, interface, cgroup or file behind.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'TEXT'
usage: cluster.sh COMMAND
  prepare               what `up` needs: packages, Go, the programs (a start without it does this first)
  up                    start what is not running; a second start takes seconds
  down                  stop it and remove all of it
  status                what is running; exit status 1 when nothing is
  scale NODES PODS      simulated nodes and Pods (kwok) on the control plane; starts one without a node
  objects               apply tests/cluster/objects and wait until each Pod is in the state it is there for
  kubectl ARGS...       kubectl as cluster-admin
  kubeconfig            print the path of the admin's kubeconfig
  binaries              print the folder of kubectl and the other programs
  sa NAME NAMESPACES... print a kubeconfig that may read Pods in these namespaces and nothing else
  stop-apiserver [KILL], start-apiserver
  signal-apiserver STOP|CONT
                        hangs: its connections stand, and nothing is answered; goes on
  rotate-cert           a new serving certificate, and a new start of the API server
settings (environment):
  KVIEW_CLUSTER_DIR     state folder (build/cluster)
  KVIEW_CLUSTER_CACHE   built binaries and the image (build/cluster-bin)
  KVIEW_CLUSTER_PORT    port of the API server; the other ports follow it (16443)
  KVIEW_CLUSTER_NODE    0: no kubelet
  KVIEW_KUBERNETES      1.35, or 1.37
  KVIEW_ETCD            embedded: 3.6, streaming lists; debian: 3.4, no progress requests, so none
  KVIEW_METRICS         1: metrics-server
  KVIEW_LOG_MAX         the kubelet's containerLogMaxSize (10Mi)
  KVIEW_APISERVER_FLAGS more flags for the API server
TEXT
}

# shellcheck source=lib/common.sh
. "$here/lib/common.sh"
# shellcheck source=lib/build.sh
. "$here/lib/build.sh"
# shellcheck source=lib/control.sh
. "$here/lib/control.sh"
# shellcheck source=lib/node.sh
. "$here/lib/node.sh"
# shellcheck source=lib/scale.sh
. "$here/lib/scale.sh"
# shellcheck source=lib/metrics.sh
. "$here/lib/metrics.sh"
# shellcheck source=lib/objects.sh
. "$here/lib/objects.sh"

prepare() {
    need_packages openssl
    if [ "$NODE_WANTED" = 1 ] && [ "$(id -u)" = 0 ]; then node_packages; fi
    if [ "$ETCD" = debian ]; then need_packages etcd-server; fi
    build_control_plane
}

up() {
    prepare
    if [ "$NODE_WANTED" = 1 ]; then node_needs; fi
    if ! control_alive; then free_ports; fi
    # From here on a failure or an interrupt takes down what was started, unless a cluster ran before.
    if ! running; then clean_if_failed; fi
    save_settings
    pki_up
    control_up
    if [ "$NODE_WANTED" = 1 ]; then node_up; fi
    if [ "$METRICS_WANTED" = 1 ]; then metrics_up; fi
    trap - EXIT INT TERM HUP
    say "up: $(kctl version 2>/dev/null | sed -n 's/^Server Version: //p'), KUBECONFIG=$ADMIN"
}

clean_if_failed() {
    trap failed_start EXIT
    trap 'exit 130' INT TERM HUP
}

failed_start() {
    trap - EXIT INT TERM HUP
    say "the start failed or was interrupted; the logs' last errors:"
    { grep -hE '^[EF][0-9]{4}|level=(error|fatal)|"level":"(error|fatal)"|[Pp]anic' "$DIR"/*.log || true; } |
        tail -n 12 >&2
    down
    exit 1
}

# Its data is thrown away, so nothing needs the seconds of an orderly end.
down() {
    metrics_down
    stop kwok KILL
    node_down
    control_down
    rm -rf "$DIR"
}

status() {
    local name any=1
    for name in "${PROCESSES[@]}"; do
        if alive "$name"; then
            printf '%-14s running, pid %s\n' "$name" "$(pid_of "$name")"
            any=0
        elif [ -e "$DIR/$name.pid" ]; then
            printf '%-14s ended; see %s\n' "$name" "$DIR/$name.log"
        fi
    done
    if [ $any != 0 ]; then
        echo "not running ($DIR)"
    fi
    return $any
}

main() {
    local verb=${1:-}
    [ $# = 0 ] || shift
    case $verb in
    "" | help | -h | --help) usage; return ;;
    esac
    load_settings
    case $verb in
    kubectl) need_running; kctl "$@" ;;
    kubeconfig) echo "$ADMIN" ;;
    binaries) echo "$CACHE" ;;
    status) status ;;
    prepare | up | down | scale | objects | sa | stop-apiserver | start-apiserver | signal-apiserver | rotate-cert)
        lock
        "${verb//-/_}" "$@"
        ;;
    *) usage >&2; die "unknown command: $verb" ;;
    esac
}

main "$@"
