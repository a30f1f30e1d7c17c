// The resize subresource of Pods: what a write to it may change, and what it must not (pkg/registry/core/pod/strategy.go
// podResizeStrategy, pkg/apis/core/validation ValidatePodResize), and what a kubelet makes of it.
#ifndef DEMO_RESIZE_H
#define DEMO_RESIZE_H

#include <jansson.h>
#include <stdbool.h>

#include "demo/cluster.h"

// `tree` becomes `was` with the resources that `tree` gave its containers. NULL, or a Status of what is refused.
json_t *resize_confine(const struct rtype *rt, json_t *tree, const json_t *was);
// After defaults: whether `was` may become `tree`. NULL: yes.
json_t *resize_validate(const struct rtype *rt, const json_t *tree, const json_t *was);
// The kubelet's part.
#define RESIZE_PENDING "PodResizePending"
bool resize_wanted(const json_t *now, const json_t *before);
json_t *resize_restarts(const json_t *now, const json_t *before); // names of containers that start anew for it
void resize_actuate(struct cluster *cl, json_t *pod, const json_t *node); // into its status, with Events

#endif
