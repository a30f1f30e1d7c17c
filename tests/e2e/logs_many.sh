# shellcheck shell=bash disable=SC2154
# The logs of 200 containers at once. No cluster is needed.
counted /usr/bin/python3 tests/e2e/logs_many.py "$bin"
