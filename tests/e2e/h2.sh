# shellcheck shell=bash disable=SC2154
# A server whose HTTP/2 goes wrong, with kview on the screen before it.
if command -v go >/dev/null; then
	if (cd tests/h2 && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$state/h2" .) >"$state/h2.log" 2>&1; then
		counted /usr/bin/python3 tests/e2e/h2.py "$bin" "$state/h2"
	else
		bad "tests/h2 is built" "$state/h2.log"
	fi
else
	skip "h2: Go is missing"
fi
