# shellcheck shell=bash disable=SC2154
# Servers that storm, balloon or send nameless objects, with kview on the screen before them.
counted tests/e2e/lying.py "$bin"
