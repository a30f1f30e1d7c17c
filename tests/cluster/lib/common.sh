# shellcheck shell=bash
# Settings, messages, packages, and processes with their pid files. A pid file holds the pid and the start
# time of /proc/PID/stat (field 22), so that a pid that was given away again is never signalled.
# shellcheck disable=SC2034 # the settings are used in the other files

PROCESSES=(etcd apiserver controllers scheduler containerd kubelet kwok metrics)

say() { printf 'cluster: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}

load_settings() {
    DIR=$(realpath -m "${KVIEW_CLUSTER_DIR:-$root/build/cluster}")
    CACHE=$(realpath -m "${KVIEW_CLUSTER_CACHE:-$root/build/cluster-bin}")${KVIEW_KUBERNETES:+/$KVIEW_KUBERNETES}
    PORT=${KVIEW_CLUSTER_PORT:-16443}
    ETCD=${KVIEW_ETCD:-embedded}
    NODE_WANTED=${KVIEW_CLUSTER_NODE:-1}
    METRICS_WANTED=${KVIEW_METRICS:-0}
    case $ETCD in
    embedded | debian) ;;
    *) die "KVIEW_ETCD is '$ETCD'; it can be embedded or debian" ;;
    esac
    # A running cluster keeps its own port and etcd, whatever the environment says by now.
    if [ -f "$DIR/settings" ]; then
        # shellcheck disable=SC1091
        . "$DIR/settings"
        [ "$PORT" = "${KVIEW_CLUSTER_PORT:-$PORT}" ] || say "this cluster runs at port $PORT"
        [ "$ETCD" = "${KVIEW_ETCD:-$ETCD}" ] || say "this cluster runs with KVIEW_ETCD=$ETCD"
    fi
    # Names with the port in them keep clusters apart that run side by side.
    NODE=kview-$PORT
    BRIDGE=kview$PORT
    CGROUP=kview-$PORT
    BIN=$CACHE/control-plane
    PKI=$DIR/pki
    ADMIN=$DIR/admin.kubeconfig
}

save_settings() {
    mkdir -p "$DIR"
    printf 'PORT=%s\nETCD=%s\n' "$PORT" "$ETCD" >"$DIR/settings"
}

# One command at a time changes a cluster.
lock() {
    mkdir -p "$CACHE"
    exec 9>"$CACHE/lock.$PORT"
    flock -w 900 9 || die "another cluster.sh works on the cluster of port $PORT"
}

need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return 0
    command -v apt-get >/dev/null ||
        die "these packages (by Debian's names) are missing: ${missing[*]}"
    [ "$(id -u)" = 0 ] || die "missing packages: run as root: apt-get install ${missing[*]}"
    say "installing ${missing[*]}"
    apt_get "${missing[@]}" || { apt-get update -qq >/dev/null && apt_get "${missing[@]}"; } ||
        die "apt-get could not install ${missing[*]}"
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends \
        "$@" >/dev/null
}

# Nothing for a process that is gone, or dead and not yet waited for (where PID 1 is slow at that).
# A killed process of many threads is a zombie while they still hold its sockets: it lives until they are gone.
start_time() {
    local tasks=(/proc/"$1"/task/*)
    sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | awk -v tasks="${#tasks[@]}" '$1 != "Z" || tasks > 1 {print $20}'
}

pid_of() { cut -d ' ' -f 1 "$DIR/$1.pid"; }

alive() {
    local pid when
    [ -f "$DIR/$1.pid" ] || return 1
    read -r pid when <"$DIR/$1.pid"
    [ -n "$when" ] && [ "$(start_time "$pid")" = "$when" ]
}

running() {
    local name
    for name in "${PROCESSES[@]}"; do
        if alive "$name"; then return 0; fi
    done
    return 1
}

need_running() {
    if ! running; then die "no cluster in $DIR; start one: tests/cluster/cluster.sh up"; fi
}

# start NAME COMMAND...: in a session of its own, so that it outlives the caller and its terminal.
start() {
    local name=$1
    shift
    if alive "$name"; then return 0; fi
    setsid "$@" >>"$DIR/$name.log" 2>&1 </dev/null 9>&- &
    echo "$! $(start_time $!)" >"$DIR/$name.pid"
    disown # or bash tells of its end
}

# stop NAME [SIGNAL [SECONDS]]: the signal, and KILL after that time.
stop() {
    if alive "$1"; then
        kill -s "${2:-TERM}" "$(pid_of "$1")" 2>/dev/null || true
        gone "$1" "${3:-20}" || kill -s KILL "$(pid_of "$1")" 2>/dev/null || true
        gone "$1" 5 || say "$1 (pid $(pid_of "$1")) does not end"
    fi
    rm -f "$DIR/$1.pid"
}

# gone NAME SECONDS
gone() {
    local i
    for ((i = 0; i < $2 * 20; i++)); do
        if ! alive "$1"; then return 0; fi
        sleep 0.05
    done
    return 1
}

# wait_for SECONDS PROCESS WHAT COMMAND...: ends at once when the process (or "-") has ended.
wait_for() {
    local limit=$((SECONDS + $1)) process=$2 what=$3
    shift 3
    while ((SECONDS < limit)); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        if [ "$process" != - ] && ! alive "$process"; then
            tail -n 15 "$DIR/$process.log" >&2
            die "$what: $process ended; above, the end of its log"
        fi
        sleep 0.2
    done
    if [ "$process" != - ]; then tail -n 15 "$DIR/$process.log" >&2; fi
    die "$what: not so within the limit"
}

kctl() { "$CACHE/kubectl" --kubeconfig "$ADMIN" "$@"; }
