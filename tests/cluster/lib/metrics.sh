# shellcheck shell=bash
metrics_down() { stop metrics; }
metrics_up() { die todo; }
