#!/bin/sh
# deps.sh PACKAGE...: installs the Debian packages that are missing; elsewhere says their names and stops.
set -eu
if ! command -v dpkg >/dev/null 2>&1; then
	for h in curl/curl.h uv.h yajl/yajl_parse.h jansson.h yaml.h pcre2.h utf8proc.h uthash.h; do
		if ! printf '#define PCRE2_CODE_UNIT_WIDTH 8\n#include <stdio.h>\n#include <%s>\n' "$h" |
			cc -E - >/dev/null 2>&1; then
			echo "kview needs these packages (by their Debian names), please install them:" >&2
			echo "  $*" >&2
			exit 1
		fi
	done
	exit 0
fi
missing=
for p in "$@"; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
run=
if [ "$(id -u)" != 0 ]; then
	if command -v sudo >/dev/null 2>&1; then
		run=sudo
	else
		echo "these packages are missing, and installing them needs root:$missing" >&2
		exit 1
	fi
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$run apt-get -o DPkg::Lock::Timeout=300 update -qq
# shellcheck disable=SC2086
$run apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $missing >/dev/null
