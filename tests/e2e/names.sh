# shellcheck shell=bash
# Names of RBAC objects may hold what a path segment may: what is shown is exactly the object asked for.
kubectl apply -f - >/dev/null <<'END'
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "kview:names?x=1#frag & (team a)", labels: {kview.test/names: x}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "kview:équipe+ops", labels: {kview.test/names: x}}
rules: [{apiGroups: [""], resources: [nodes], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "kview:names", labels: {kview.test/names: x}}
rules: [{apiGroups: ["*"], resources: ["wrong-object"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "team a", labels: {kview.test/names: x}}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
END
rules() { # NAME RESOURCE
	local view out
	for view in yaml describe; do
		out=$(kview --once $view clusterrole "$1" 2>&1)
		if [[ $out == *"$1"* && $out == *"$2"* && $out != *wrong-object* ]]; then
			ok "names: $view '$1'"
		else
			bad "names: $view '$1'" /dev/stdin <<<"$out"
		fi
	done
}
rules 'kview:names?x=1#frag & (team a)' pods
rules 'kview:équipe+ops' nodes
rules 'team a' secrets
kubectl delete clusterrole -l kview.test/names=x >/dev/null
