// What demo/defaults.c and demo/defaults_kinds.c share: filling in what an object does not have.
#ifndef DEMO_DEFAULTS_H
#define DEMO_DEFAULTS_H

#include <jansson.h>

#include "demo/cluster.h"

struct dflt {
    const char *key, *value; // value is JSON
};
void defaults_set(json_t *obj, const struct dflt *d, size_t n);
void defaults_pod_spec(json_t *spec, const char *restart); // restart is JSON
const char *defaults_qos(const json_t *spec); // "Burstable"
void defaults_labels(json_t *obj); // those of its template, if it has none
void defaults_kind(struct cluster *cl, const struct rtype *rt, json_t *tree);

#endif
