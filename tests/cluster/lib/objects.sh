# shellcheck shell=bash
objects() { die todo; }
