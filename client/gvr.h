// Naming a resource of the API: group, version, plural; and where in it one looks (scope).
#ifndef CLIENT_GVR_H
#define CLIENT_GVR_H

#include <stdbool.h>

#include "base/buf.h"

struct gvr {
    const char *group; // "" for the core group
    const char *version;
    const char *resource; // plural, "pods"
    bool namespaced;
};

// "/api/v1/namespaces/shop/pods/web" or "/apis/apps/v1/deployments"; ns NULL or "": all namespaces
// (or cluster scope), name NULL: the collection. Appends; the client adds its path prefix itself.
void gvr_path(struct buf *out, const struct gvr *gvr, const char *ns, const char *name);
bool gvr_eq(const struct gvr *a, const struct gvr *b);

#endif
