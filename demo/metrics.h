// What metrics-server would say of a Pod or a Node.
#ifndef DEMO_METRICS_H
#define DEMO_METRICS_H

#include "demo/cluster.h"

json_t *metrics_of(struct cluster *cl, const struct rev *r); // NULL: no metrics (yet)
// Resource quantities: CPU in millicores, memory in bytes; 0 when absent or not understood.
int64_t quantity_milli(const char *s);
int64_t quantity_bytes(const char *s);

#endif
