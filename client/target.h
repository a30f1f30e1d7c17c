// From what a person names (a Pod, a workload, a Service) to one Pod to talk to: the object is read, its
// selector followed, and of its Pods a ready one is taken before a running one before any, the newest first.
#ifndef CLIENT_TARGET_H
#define CLIENT_TARGET_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "client/client.h"
#include "client/gvr.h"

struct target;
// Exactly once, unless freed before. pod and object (the Pod itself, or what selects it) are borrowed; NULL and
// err: not found, no right, no Pod. target_free is still due.
typedef void target_fn(void *arg, const json_t *pod, const json_t *object, const struct err *err);

struct target *target_find(struct client *c, const struct gvr *gvr, const char *ns, const char *name,
    target_fn *fn, void *arg);
// The object alone, as both pod and object.
struct target *target_object(struct client *c, const struct gvr *gvr, const char *ns, const char *name,
    target_fn *fn, void *arg);
void target_free(struct target *t); // also inside the callback; NULL is accepted

// The Pods that an object selects, as a labelSelector; false: it selects none.
bool target_selector(const json_t *object, struct buf *out);

#endif
