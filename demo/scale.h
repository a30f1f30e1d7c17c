// The scale and eviction subresources.
#ifndef DEMO_SCALE_H
#define DEMO_SCALE_H

#include "demo/cluster.h"

json_t *scale_of(const json_t *tree); // autoscaling/v1 Scale, a new tree
// NULL: evicted. 429 when a PodDisruptionBudget forbids it.
json_t *evict_pod(struct cluster *cl, const char *ns, const char *name, const json_t *eviction,
    bool dry_run);

#endif
