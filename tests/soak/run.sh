#!/usr/bin/env bash
# run.sh [OPTIONS of soak.py]: ends with a line of counts.
set -u
out=$(mktemp)
trap 'rm -f "$out"' EXIT
"$(dirname "$0")/soak.py" "$@" 2>&1 | tee "$out"
rc=${PIPESTATUS[0]}
[ "$rc" = 0 ] || echo "FAILED soak.py ended with status $rc" | tee -a "$out"
failed=$(grep -c '^FAILED ' "$out")
echo "$(grep -c '^ok ' "$out") passed, $failed failed"
[ "$failed" = 0 ]
