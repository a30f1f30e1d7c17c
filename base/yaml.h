// YAML (and JSON) text to a jansson tree, as kubectl's sigs.k8s.io/yaml reads it: plain scalars become
// null, bool or numbers, quoted ones stay strings. yaml.h of libyaml is included by base/yaml.c only.
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

// A new reference, or NULL with err = "NAME:line:column: reason". An empty document is JSON null.
// Refused: more than 100 levels, a tree that would take more than 96 MB with its aliases written out (no "billion
// laughs"), and duplicate keys.
json_t *yaml_load(const char *text, size_t n, const char *name, struct err *err);
// All documents of a stream as a JSON array.
json_t *yaml_load_all(const char *text, size_t n, const char *name, struct err *err);
// The same as yaml_load, and `where` becomes an object of JSON pointer -> "line:column" (new reference).
json_t *yaml_load_where(
    const char *text, size_t n, const char *name, json_t **where, struct err *err);
// What a plain scalar is in YAML 1.1 as go-yaml v2 resolves it: a new reference.
json_t *yaml_plain_scalar(const char *s);

#endif
