# shellcheck shell=bash disable=SC2154
# Logs piped by --once: streams that break or die, lines of 10 MB, a reader that does not read. No cluster is needed.
counted /usr/bin/python3 tests/e2e/logs_once.py "$bin"
