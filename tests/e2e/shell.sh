# shellcheck shell=bash disable=SC2154
# Shells in real containers: programs that own the screen, floods, pastes, ends, and what cannot be entered.
if [ -z "$node" ]; then
	skip "shell: no node that runs containers"
else
	namespace "$ns-shell"
	counted tests/e2e/shell.py "$bin" "$KUBECTL" "$ns-shell"
	# The node of a cluster of its own is this machine
	[ "$own" = 0 ] || counted tests/e2e/shell_programs.py "$bin" "$KUBECTL" "$ns-shell" "$state"
fi
