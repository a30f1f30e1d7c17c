# shellcheck shell=bash
scale() { die todo; }
