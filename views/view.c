#include "views/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "views/app.h"

void view_init(struct view *v, const struct view_ops *ops, struct ctx *ctx, const char *spec,
    const char *title)
{
    memset(v, 0, sizeof(*v));
    v->ops = ops;
    v->ctx = ctx;
    v->spec = xstrdup(spec);
    v->title = xstrdup(title);
}

void view_release(struct view *v)
{
    free(v->spec);
    free(v->title);
    free(v->ns);
    free(v->filter_text);
}

void view_dirty(struct view *v)
{
    if (v->app)
        app_dirty(v->app);
}
