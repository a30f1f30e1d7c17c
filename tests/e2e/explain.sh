# shellcheck shell=bash
# `kview --once explain` against `kubectl explain` on the cluster of KUBECONFIG: the texts are the same, for
# every resource of the server, for each field of some, and for fields behind lists, maps and references.
same_fields() { # WHAT
	kubectl explain "$1" >"$state/k" 2>"$state/ke"
	kview --once explain "$1" >"$state/v" 2>"$state/ve"
	if [ -s "$state/k" ] && diff "$state/k" "$state/v" >"$state/diff"; then
		ok "explain $1"
	else
		bad "explain $1" "$state/diff" "$state/ke" "$state/ve"
	fi
}
# Of two resources with one name, kubectl takes the first; names in full are kview's alone. Those of other cases come and go.
for r in $(kubectl api-resources --no-headers -o name | grep -vE 'kview\.test|fluxcd\.io|argoproj\.io' | sed 's/\..*//' | sort -u); do
	same_fields "$r"
done
fields() { kview --once explain "$1" | sed -n 's/^  \([A-Za-z$][^\t]*\)\t<.*/\1/p'; }
for parent in pods.spec.containers deployments.spec customresourcedefinitions.spec.versions; do
	for f in $(fields $parent); do
		same_fields "$parent.$f"
	done
done
for p in deploy.spec.template.spec.containers.livenessProbe.httpGet.port configmaps.data pods.metadata.labels \
	services.spec.ports.targetPort pods.spec.containers.resources.limits \
	crd.spec.versions.schema.openAPIV3Schema.properties.not.enum \
	networkpolicies.spec.egress.to.podSelector.matchExpressions.operator; do
	same_fields "$p"
done
says "explain: no such field" 'field "nosuch" does not exist' kview --once explain pods.spec.nosuch
says "explain: no such kind" 'did you mean' kview --once explain pots.spec
