// What a list says when it has no rows: why, and what to do.
#include "base/str.h"
#include "list/missing.h"
#include "list/text.h"
#include "views/list.h"

void list_paint_empty(struct list_view *w, struct canvas *c, struct rect r)
{
    const struct list *l = &w->l;
    struct feeds_sum sum;
    const struct watch_status *st = list_worst(l, &sum);
    const char *what = l->kind ? l->kind->title : l->spec.view;
    const char *ns = str_or(l->ns, "");
    int y = r.y + 2, x = r.x + 2, width = r.w - 4;
    if (!st || st->state == WATCH_LOADING) {
        canvas_printf(c, y, x, width, ROLE_INFO, "◐ loading %s from %s …", what, l->ctx->target.context->name);
        return;
    }
    if (st->state == WATCH_LIVE && l->spec.uses) {
        canvas_printf(c, y, x, width, ROLE_DIM, "Nothing that kview knows of uses %s.", l->spec.uses);
        return;
    }
    if (st->state == WATCH_LIVE) {
        struct err err = { 0 };
        if (list_missing_namespace(l))
            canvas_printf(c, y, x, width, ROLE_WARN, "There is no namespace %s in %s. `:ns` shows those there are.",
                list_missing_namespace(l), l->ctx->target.context->name);
        else if (list_filter_fault(l, &err))
            canvas_printf(c, y, x, width, ROLE_WARN, "/%s: %s%s%s. Esc clears the filter.", l->filter_text, err.msg,
                *err.hint ? "; " : "", err.hint);
        else if (l->filter_text)
            canvas_printf(c, y, x, width, ROLE_DIM, "None of %zu %s matches /%s%s. Esc clears the filter.",
                l->model.total, what, l->filter_text, l->errors_only ? " and has anything wrong" : "");
        else if (l->errors_only)
            canvas_printf(c, y, x, width, ROLE_OK, "None of %zu %s has anything wrong. Esc shows them all.",
                l->model.total, what);
        else if (*ns && (!l->kind || l->kind->gvr.namespaced))
            canvas_printf(c, y, x, width, ROLE_DIM, "No %s in namespace %s. 0 shows all namespaces.", what, ns);
        else
            canvas_printf(c, y, x, width, ROLE_DIM, "No %s.", what);
        return;
    }
    if (st->state == WATCH_FORBIDDEN && l->kind) {
        const struct gvr *g = &l->kind->gvr;
        canvas_printf(c, y++, x, width, ROLE_WARN, "No right to list %s%s%s%s%s.", g->resource,
            *g->group ? "." : "", g->group, !g->namespaced ? "" : *ns ? " in namespace " : " in all namespaces",
            g->namespaced ? ns : "");
        y = canvas_put_wrapped(c, y, x, width, ROLE_DIM, st->err.msg);
    } else {
        y = canvas_put_wrapped(c, y, x, width, ROLE_BAD, st->err.msg);
    }
    if (*st->err.hint)
        canvas_put_wrapped(c, y, x, width, ROLE_DIM, st->err.hint);
}
