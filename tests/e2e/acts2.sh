# shellcheck shell=bash disable=SC2154
# More of what kview changes against what kubectl changes: containers' settings, taints, Jobs, certificate requests,
# autoscalers, claims, finalizers, what Flux and Argo CD are told.
namespace "$ns-more"
namespace "$ns-more2"
counted tests/e2e/acts2.py "$bin" "$KUBECTL" "$ns-more" "$ns-more2" "$state"
