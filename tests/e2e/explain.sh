#!/usr/bin/env bash
# `kview --once explain` against `kubectl explain` on the cluster of KUBECONFIG: the texts are the same, for
# every resource of the server, for each field of some, and for fields behind lists, maps and references.
# Ends with a line of counts.
set -u
cd "$(dirname "$0")/../.." || exit 1
bin=${KVIEW_BIN:-build/kview}
[ -n "${KUBECONFIG:-}" ] || { echo "explain.sh wants a KUBECONFIG"; exit 2; }
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
export XDG_STATE_HOME=$state XDG_CONFIG_HOME=$state/config
kubectl=${KUBECTL:-kubectl} # may be several words
passed=0
failed=0
same() { # WHAT
	$kubectl explain "$1" >"$state/k" 2>"$state/ke"
	timeout 30 "$bin" --once explain "$1" >"$state/v" 2>"$state/ve"
	if [ -s "$state/k" ] && cmp -s "$state/k" "$state/v"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED explain $1"
		diff "$state/k" "$state/v" | head -n 8
		cat "$state/ke" "$state/ve"
	fi
}
refused() { # WHAT WORDS
	if timeout 30 "$bin" --once explain "$1" >"$state/v" 2>"$state/ve"; then
		failed=$((failed + 1)) && echo "FAILED explain $1 succeeded"
	elif grep -qF -- "$2" "$state/ve"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1)) && echo "FAILED explain $1 said:" && cat "$state/ve"
	fi
}
# Of two resources with one name, kubectl takes the first; names in full are kview's alone
for r in $($kubectl api-resources --no-headers -o name | sed 's/\..*//' | sort -u); do
	same "$r"
done
fields() { "$bin" --once explain "$1" | sed -n 's/^  \([A-Za-z$][^\t]*\)\t<.*/\1/p'; }
for parent in pods.spec pods.spec.containers pods.status deployments.spec customresourcedefinitions.spec.versions; do
	for f in $(fields $parent); do
		same "$parent.$f"
	done
done
for p in deploy.spec.template.spec.containers.livenessProbe.httpGet.port configmaps.data pods.metadata.labels \
	services.spec.ports.targetPort pods.spec.containers.resources.limits \
	crd.spec.versions.schema.openAPIV3Schema.properties.not.enum \
	networkpolicies.spec.egress.to.podSelector.matchExpressions.operator; do
	same "$p"
done
refused pods.spec.nosuch 'field "nosuch" does not exist'
refused pots.spec 'did you mean'
echo "$passed passed, $failed failed"
[ $failed = 0 ]
