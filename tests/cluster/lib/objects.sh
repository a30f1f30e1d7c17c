# shellcheck shell=bash disable=SC2154
# tests/cluster/objects: an object of every kind, and a Pod in each state.

objects() {
    need_running
    # Revision 1 of the Deployment, only when there is none.
    if ! kctl get deployment web -n shop >/dev/null 2>&1; then
        objects_apply 's/web:1\.4\.2/web:1.4.1/; s/web 1\.4\.2/web 1.4.1/'
        if alive kubelet; then kctl rollout status deployment/web -n shop --timeout 60s >/dev/null; fi
    fi
    objects_apply ''
    objects_by_hand
    if ! alive kubelet; then
        say "objects are there; without a kubelet their Pods stay Pending"
        return 0
    fi
    objects_wait 240
}

# What a controller of a cloud, a person or a deletion would do.
objects_by_hand() {
    local now pod
    now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    status_of service web-lb '{"loadBalancer":{"ingress":[{"ip":"192.0.2.30"},{"hostname":"lb.example.com"}]}}'
    status_of ingress web '{"loadBalancer":{"ingress":[{"ip":"192.0.2.31"}]}}'
    status_of order.shop.kview.test order-1001 "{\"paid\":true,\"packed\":3,\"shipped\":\"$now\"}"
    status_of order.shop.kview.test order-1002 '{"paid":false}'
    status_of cronjob hourly "{\"lastScheduleTime\":\"$now\",\"lastSuccessfulTime\":\"$now\"}"
    status_of gateway.gateway.networking.k8s.io front \
        '{"addresses":[{"type":"IPAddress","value":"192.0.2.32"}],"conditions":[{"type":"Programmed","status":"True"}]}'
    kctl patch volumeattachment csi-5b1f0e --subresource=status -p '{"status":{"attached":true}}' >/dev/null
    kctl certificate approve alice >/dev/null
    kctl get job nightly-by-hand -n shop >/dev/null 2>&1 ||
        kctl create job nightly-by-hand -n shop --from=cronjob/nightly >/dev/null
    # A Pod that never ran would be gone at once.
    for pod in terminating terminating-slow; do
        if [ -n "$(kctl get pod "$pod" -n shop -o 'jsonpath={.metadata.deletionTimestamp}')" ]; then continue; fi
        if alive kubelet; then wait_for 60 kubelet "Pod $pod has started" pod_started "$pod"; fi
        kctl delete pod "$pod" -n shop --wait=false >/dev/null
    done
    if ! kctl get namespace old-shop >/dev/null 2>&1; then
        kctl apply -f "$here/objects/once/old-shop.yaml" >/dev/null
        kctl delete namespace old-shop --wait=false >/dev/null
    fi
    if ! kctl get pv released >/dev/null 2>&1; then
        kctl apply -f "$here/objects/once/released.yaml" >/dev/null
        wait_for 30 - "the volume is bound" phase_is pv/released Bound
        kctl delete pvc released -n shop --wait=false >/dev/null
    fi
}

pod_started() { [ "$(kctl get pod "$1" -n shop -o 'jsonpath={.status.phase}')" != Pending ]; }
phase_is() { [ "$(kctl get "$1" -o 'jsonpath={.status.phase}')" = "$2" ]; }

# status_of KIND NAME STATUS
status_of() { kctl patch "$1" "$2" -n shop --subresource=status --type=merge -p "{\"status\":$3}" >/dev/null; }

# objects_apply SED-SCRIPT: each kind before the objects that need it, in the order of the files' names.
objects_apply() {
    local file crt key csr
    if [ ! -f "$PKI/shop.crt" ]; then cert shop /CN=shop.example.com DNS:shop.example.com; fi
    if [ ! -f "$PKI/alice.csr" ]; then
        openssl_quiet req -new -key "$PKI/shop.key" -subj "/O=shop:developers/CN=alice" -out "$PKI/alice.csr"
    fi
    crt=$(base64 -w 0 <"$PKI/shop.crt") key=$(base64 -w 0 <"$PKI/shop.key") csr=$(base64 -w 0 <"$PKI/alice.csr")
    for file in "$here"/objects/*.yaml "$here/objects/${KUBERNETES%.*}"/*.yaml; do
        [ -f "$file" ] || continue
        sed -e "s|@CSR@|$csr|; s|@CRT@|$crt|; s|@KEY@|$key|" -e "$1" "$file" |
            kctl apply --server-side=false -f - >>"$DIR/objects.log" 2>&1 ||
            { tail -n 5 "$DIR/objects.log" >&2; die "could not apply $file"; }
        case $file in
        *crds.yaml) kctl wait --for=condition=Established --timeout=30s crd --all >/dev/null ;;
        esac
    done
}

objects_wait() {
    local limit=$((SECONDS + $1)) missing
    while :; do
        missing=$(objects_missing)
        [ -n "$missing" ] || break
        if ((SECONDS >= limit)); then
            die "these Pods are not in their state after $1 s:"$'\n'"$missing"
        fi
        sleep 1
    done
    say "every Pod of $here/objects is in its state"
}

# The lines of states.txt for which no Pod, or a Pod in another state, is found.
objects_missing() {
    kctl get pods -A --no-headers 2>/dev/null | awk '
        NR == FNR { if ($0 !~ /^#/) { space[++n] = $1; pod[n] = $2; want[n] = $3; least[n] = $4 + 0 } next }
        { for (i = 1; i <= n; i++)
            if ($1 == space[i] && (pod[i] ~ /-$/ ? index($2, pod[i]) == 1 : $2 == pod[i])) {
                seen[i]++
                if ($4 !~ "^" want[i] "$") print $1, $2, $4, "instead of", want[i]
                else if ($5 + 0 < least[i]) print $1, $2, "was restarted", $5, "times, not yet", least[i]
            } }
        END { for (i = 1; i <= n; i++) if (!seen[i]) print space[i], pod[i], "is missing" }' \
        "$here/objects/states.txt" -
}
