// CPU and memory of Pods, containers and nodes from metrics.k8s.io, polled every 15 s while somebody
// looks (there is no watch). Absent or down: says so once, costs nothing.
#ifndef CLIENT_METRICS_H
#define CLIENT_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "client/client.h"

struct metrics;
struct usage {
    int64_t cpu_milli, mem_bytes;
};

struct metrics *metrics_new(struct client *c, void (*changed)(void *arg), void *arg);
void metrics_free(struct metrics *m);
// Somebody looks at Pods (ns NULL: all) / nodes: polls while wanted; call again to change.
void metrics_want_pods(struct metrics *m, bool want, const char *ns);
void metrics_want_nodes(struct metrics *m, bool want);
bool metrics_pod(const struct metrics *m, const char *ns, const char *name, struct usage *out);
bool metrics_container(const struct metrics *m, const char *ns, const char *pod, const char *container,
    struct usage *out);
bool metrics_node(const struct metrics *m, const char *name, struct usage *out);
bool metrics_pending(const struct metrics *m); // wanted, and not answered yet
bool metrics_available(const struct metrics *m); // an answer has come

#endif
