#include "client/gvr.h"

#include <string.h>

void gvr_path(struct buf *out, const struct gvr *gvr, const char *ns, const char *name)
{
    if (*gvr->group)
        buf_printf(out, "/apis/%s/%s", gvr->group, gvr->version);
    else
        buf_printf(out, "/api/%s", gvr->version);
    if (gvr->namespaced && ns && *ns)
        buf_printf(out, "/namespaces/%s", ns);
    buf_printf(out, "/%s", gvr->resource);
    if (name)
        buf_printf(out, "/%s", name);
}

bool gvr_eq(const struct gvr *a, const struct gvr *b)
{
    return strcmp(a->group, b->group) == 0 && strcmp(a->version, b->version) == 0 &&
           strcmp(a->resource, b->resource) == 0;
}
