# shellcheck shell=bash disable=SC2154
# Streams of a log that break anywhere, with the view on the screen. No cluster is needed.
counted /usr/bin/python3 tests/e2e/logs_broken.py "$bin"
