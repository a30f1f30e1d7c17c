# shellcheck shell=bash
# describe and yaml print what kubectl prints, for every kind it has a describer for and for others.
spaces="$ns"
kubectl get namespace shop >/dev/null 2>&1 && spaces="$spaces shop"
openssl req -new -newkey rsa:2048 -nodes -keyout "$state/key" -out "$state/csr" \
	-subj "/O=kview/OU=one/CN=kview-e2e-$$/C=DE" -addext "subjectAltName=DNS:a.example,IP:192.0.2.1" 2>/dev/null
sed "s/NAME/kview-e2e-$$/; s/REQUEST/$(base64 -w0 <"$state/csr")/" tests/e2e/describe.yaml >"$state/describe.yaml"
kubectl apply -n "$ns" -f "$state/describe.yaml" >/dev/null || bad "tests/e2e/describe.yaml"
kubectl wait -n "$ns" --for=create endpointslice -l kubernetes.io/service-name=web --timeout=30s >/dev/null
# shellcheck disable=SC2086
counted /usr/bin/python3 tests/e2e/describe.py "$bin" "$KUBECTL" $spaces
# kubectl asks by UID and misses them (see describe.py)
node=$(kubectl get events -n default -o jsonpath='{range .items[?(@.source.component=="kubelet")]}{.involvedObject.name}{"\n"}{end}' | head -n 1)
if [ -n "$node" ]; then
	says "the kubelet's events of a Node are shown" 'kubelet  ' kview --once describe node "$node"
fi
kubectl delete -n "$ns" -f "$state/describe.yaml" --ignore-not-found --wait=false >/dev/null 2>&1
# What is related and may not be read is said in its place
kubectl create serviceaccount narrow -n "$ns" >/dev/null
kubectl create role narrow -n "$ns" --verb=get --resource=deployments.apps,statefulsets.apps >/dev/null
kubectl create rolebinding narrow -n "$ns" --role=narrow --serviceaccount="$ns:narrow" >/dev/null
kubectl config view --raw --minify --flatten >"$state/narrow"
token=$(kubectl create token narrow -n "$ns")
kubectl --kubeconfig="$state/narrow" config set-credentials narrow --token="$token" >/dev/null
kubectl --kubeconfig="$state/narrow" config set-context --current --user=narrow >/dev/null
says "no right to events is said" 'Events: +events is forbidden' kview --kubeconfig "$state/narrow" --once describe deploy web -n "$ns"
says "no right to ReplicaSets is said" 'NewReplicaSet: +replicasets.apps is forbidden' \
	kview --kubeconfig "$state/narrow" --once describe deploy web -n "$ns"
says "no right to Pods is said" 'Pods Status: +error in fetching pods: pods is forbidden' \
	kview --kubeconfig "$state/narrow" --once describe sts db -n "$ns"
