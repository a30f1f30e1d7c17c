# shellcheck shell=bash disable=SC2154
# What kview changes against what kubectl changes, on twins: the same objects in two namespaces. Races, conflicts,
# refusals, lost answers, and the commands that must send nothing where the context is read-only.
if [ -z "$node" ]; then
	skip "actions: no node that runs containers"
else
	namespace "$ns-act"
	namespace "$ns-twin"
	counted tests/e2e/actions.py "$bin" "$KUBECTL" "$ns-act" "$ns-twin" "$state"
	if [ -n "${audit:-}" ] && [ -f "$audit" ]; then
		# The walk of read-only commands goes by this name (actions.py)
		grep -F '"impersonatedUser":{"username":"kview-readonly"' "$audit" >"$state/walk"
		check "actions: the audit log has the walk" [ "$(wc -l <"$state/walk")" -gt 200 ]
		check "actions: the audit log has no write of it" [ "$(grep -E '"verb":"(create|update|patch|delete|deletecollection)"' \
			"$state/walk" | grep -cvE '"resource":"self[a-z]+reviews"')" = 0 ]
	fi
fi
