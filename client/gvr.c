#include "client/gvr.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

void gvr_path_add(struct buf *out, const char *segment)
{
    buf_putc(out, '/');
    str_path_escape(out, segment);
}

void gvr_path(struct buf *out, const struct gvr *gvr, const char *ns, const char *name)
{
    gvr_path_add(out, *gvr->group ? "apis" : "api");
    if (*gvr->group)
        gvr_path_add(out, gvr->group);
    gvr_path_add(out, gvr->version);
    if (gvr->namespaced && ns && *ns) {
        gvr_path_add(out, "namespaces");
        gvr_path_add(out, ns);
    }
    gvr_path_add(out, gvr->resource);
    if (name)
        gvr_path_add(out, name);
}

void gvr_field(struct buf *out, const char *field, const char *value)
{
    buf_printf(out, "%s%s=", out->n ? "," : "", field);
    for (; *value; value++) {
        if (strchr("\\,=", *value))
            buf_putc(out, '\\');
        buf_putc(out, *value);
    }
}

const char *gvr_version(const struct gvr *gvr, char out[GVR_VERSION_MAX])
{
    snprintf(out, GVR_VERSION_MAX, "%s%s%s", gvr->group, *gvr->group ? "/" : "", gvr->version);
    return out;
}

void gvr_unserved(const struct gvr *gvr, struct err *err)
{
    char version[GVR_VERSION_MAX];
    err_set(err, "this server does not have %s (%s)", gvr->resource, gvr_version(gvr, version));
}

bool gvr_eq(const struct gvr *a, const struct gvr *b)
{
    return strcmp(a->group, b->group) == 0 && strcmp(a->version, b->version) == 0 &&
           strcmp(a->resource, b->resource) == 0;
}
