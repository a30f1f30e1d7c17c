// Node pools: the nodes of a cluster added up by pool, zone, instance type or kubelet version. How many are
// there and ready, what they can give, what is asked of them, and what the cluster autoscaler said last.
#ifndef VIEWS_POOLS_H
#define VIEWS_POOLS_H

#include "list/spec.h"
#include "views/view.h"

struct view *pools_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);

#endif
