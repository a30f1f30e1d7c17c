# shellcheck shell=bash disable=SC2154
# The binaries, built once from Go modules into $CACHE.

case ${KVIEW_KUBERNETES:-1.35} in # as in control-plane/go.mod, next.mod
1.35) KUBERNETES=1.35.4 MODULES=go.mod ;;
1.37) KUBERNETES=1.37.2 MODULES=next.mod ;;
*) die "KVIEW_KUBERNETES is 1.35 or 1.37" ;;
esac

need_go() {
    command -v go >/dev/null ||
        die "Go is missing: the cluster's programs are built from Go modules (apt-get install golang, or go.dev/dl)"
}

# go_build NAME FOLDER LDFLAGS PACKAGE [MODULES]: is up to date while the folder's files are no newer.
go_build() {
    local out=$CACHE/$1 folder=$here/$2
    if [ -x "$out" ] && [ -z "$(find "$folder" -newer "$out" -type f)" ]; then return 0; fi
    need_go
    mkdir -p "$CACHE"
    say "building $1 (minutes the first time, seconds from Go's cache)"
    (cd "$folder" && CGO_ENABLED=0 go build ${5:+-modfile=$5} -trimpath -buildvcs=false -ldflags "-s -w $3" -o "$out.$$" "$4") ||
        die "building $1 failed; modules come from GOPROXY=$(go env GOPROXY), Go is $(go env GOVERSION)"
    mv "$out.$$" "$out"
}

build_control_plane() {
    local version=k8s.io/component-base/version flags
    # Without these flags the server's /version says v0.0.0.
    flags="-X $version.gitVersion=v$KUBERNETES -X $version.gitMajor=1 -X $version.gitMinor=$(cut -d . -f 2 <<<$KUBERNETES)"
    go_build control-plane control-plane "$flags" . $MODULES
    go_build kubectl control-plane "$flags" ./kubectl $MODULES
}

# kwok, and from the same module the stages that a simulated node and Pod go through.
build_kwok() {
    local out=$CACHE/kwok-stages.yaml module file
    go_build kwok kwok "" sigs.k8s.io/kwok/cmd/kwok
    if [ "$out" -nt "$CACHE/kwok" ]; then return 0; fi
    module=$(cd "$here/kwok" && go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)
    for file in "$module"/kustomize/stage/{node/fast,node/heartbeat-with-lease,pod/fast}/{node,pod}-*.yaml; do
        if [ -f "$file" ]; then
            echo ---
            cat "$file"
        fi
    done >"$out.$$"
    [ -s "$out.$$" ] || die "kwok's stages are not in ${module:-the module cache}"
    mv "$out.$$" "$out"
}

build_metrics() { go_build metrics-server metrics "" sigs.k8s.io/metrics-server/cmd/metrics-server; }

# An image without a registry: Debian's static busybox in a docker archive, under the names that the
# manifests use. The pause image is the same with another command.
build_image() {
    local out=$CACHE/images.tar work applet diff names
    if [ -f "$out" ] && [ "$out" -nt "$here/lib/build.sh" ]; then return 0; fi
    mkdir -p "$CACHE"
    work=$(mktemp -d)
    mkdir -p "$work"/root/{bin,etc,tmp,root,www}
    chmod 1777 "$work/root/tmp"
    cp "$(command -v busybox)" "$work/root/bin/busybox"
    for applet in $(busybox --list); do
        [ "$applet" = busybox ] || ln -sf busybox "$work/root/bin/$applet"
    done
    echo 'root:x:0:0:root:/root:/bin/sh' >"$work/root/etc/passwd"
    echo 'root:x:0:' >"$work/root/etc/group"
    echo 'kview test shop' >"$work/root/www/index.html"
    tar -C "$work/root" --owner=0 --group=0 --numeric-owner -cf "$work/layer.tar" .
    diff=$(sha256sum "$work/layer.tar" | cut -d ' ' -f 1)
    image_config "$diff" '["sh"]' >"$work/web.json"
    image_config "$diff" '["sh","-c","trap exit TERM INT; while :; do sleep 3600 & wait; done"]' >"$work/pause.json"
    names='"docker.io/library/busybox:1.35","registry.example/shop/web:1.4.1","registry.example/shop/web:1.4.2"'
    printf '[{"Config":"%s","RepoTags":[%s],"Layers":["layer.tar"]},{"Config":"%s","RepoTags":[%s],"Layers":["layer.tar"]}]' \
        web.json "$names" pause.json '"registry.example/kview/pause:1"' >"$work/manifest.json"
    tar -C "$work" -cf "$out.new" manifest.json web.json pause.json layer.tar
    mv "$out.new" "$out"
    rm -rf "$work"
}

# image_config DIGEST COMMAND
image_config() {
    printf '{"architecture":"%s","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":%s},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
        "$(dpkg --print-architecture)" "$2" "$1"
}
