# shellcheck shell=bash disable=SC2154
# Every command there is, in a context that is read-only: none may send a write.
if [ -z "$node" ]; then
	skip "readonly: no node that runs containers"
else
	namespace "$ns-ro"
	counted tests/e2e/actions.py "$bin" "$KUBECTL" "$ns-ro" - "$state"
	if [ -n "${audit:-}" ] && [ -f "$audit" ]; then
		# The walk of read-only commands goes by this name (actions.py)
		grep -F '"impersonatedUser":{"username":"kview-readonly"' "$audit" >"$state/walk"
		check "readonly: the audit log has the walk" [ "$(wc -l <"$state/walk")" -gt 200 ]
		check "readonly: the audit log has no write of it" [ "$(grep -E '"verb":"(create|update|patch|delete|deletecollection)"' \
			"$state/walk" | grep -cvE '"resource":"self[a-z]+reviews"')" = 0 ]
	fi
fi
