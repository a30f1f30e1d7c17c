// Naming a resource of the API: group, version, plural; and where in it one looks (scope).
#ifndef CLIENT_GVR_H
#define CLIENT_GVR_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct gvr {
    const char *group; // "" for the core group
    const char *version;
    const char *resource; // plural, "pods"
    bool namespaced;
};

// Every path of the API is built here, each segment escaped once; `make lint` looks for others.
// "/api/v1/namespaces/shop/pods/web" or "/apis/apps/v1/deployments"; ns NULL or "": all namespaces
// (or cluster scope), name NULL: the collection. Appends; the client adds its path prefix itself.
void gvr_path(struct buf *out, const struct gvr *gvr, const char *ns, const char *name);
void gvr_path_add(struct buf *out, const char *segment); // "/log", a subresource
// Appends a term to a field selector, "metadata.name=web" (fields.EscapeValue in apimachinery). It still is to be escaped
// for a URL.
void gvr_field(struct buf *out, const char *field, const char *value);
// "v1", "apps/v1": the apiVersion of its objects.
enum { GVR_VERSION_MAX = 320 };
const char *gvr_version(const struct gvr *gvr, char out[GVR_VERSION_MAX]);
// The words for a server that has no such resource.
void gvr_unserved(const struct gvr *gvr, struct err *err);
bool gvr_eq(const struct gvr *a, const struct gvr *b);

#endif
