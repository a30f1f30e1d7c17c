#include "views/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "list/ctx.h"
#include "ui/table.h"
#include "views/host.h"

void view_init(struct view *v, const struct view_ops *ops, struct ctx *ctx, const char *spec,
    const char *title)
{
    memset(v, 0, sizeof(*v));
    v->ops = ops;
    v->ctx = ctx;
    v->spec = xstrdup(spec);
    v->title = xstrdup(title);
}

void view_table(struct view *v, struct table *t, const struct table_source *src, struct canvas *c, struct rect r,
    bool focused)
{
    t->compact = v->host->compact;
    t->more_key = v->host->more_key;
    table_paint(t, src, c, r, focused);
}

bool selection_named(const struct selection *sel, struct err *err)
{
    if (sel->name && *sel->name)
        return true;
    err_set(err, "this row has no name: the server sent no metadata.name");
    return err_hint(err, "without one nothing of it can be asked for");
}

bool view_selection(struct view *v, struct selection *out, struct err *err)
{
    if (!v || !v->ops->selection || !v->ops->selection(v, out))
        return err_set(err, "nothing is selected");
    return selection_named(out, err);
}

void view_over(struct view *v)
{
    void (*over)(struct host *host, uint64_t view) = v->over;
    v->over = NULL;
    if (over)
        over(v->host, v->id);
}

void view_release(struct view *v)
{
    view_over(v);
    free(v->spec);
    free(v->title);
    free(v->ns);
    free(v->filter_text);
    free(v->home_ns);
}

void view_dirty(struct view *v)
{
    if (v->host)
        host_dirty(v->host);
}

const char *view_one_ns(struct host *host, const struct ctx *cx)
{
    const struct view *v = host_focus(host);
    if (v && v->ctx == cx && v->ns && *v->ns && !strchr(v->ns, ','))
        return v->ns;
    return *cx->ns && !strchr(cx->ns, ',') ? cx->ns : str_or(cx->target.ns, "default");
}
