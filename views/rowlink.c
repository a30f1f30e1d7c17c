#include "views/rowlink.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "views/app.h"
#include "views/explain.h"

static const char *kind_word(const struct selection *sel, struct buf *out)
{
    // a generic kind is named in full: two groups may have a resource of the same name
    buf_puts(out, sel->gvr.resource);
    if (kind_for_gvr(sel->gvr.group, sel->gvr.resource) == NULL && *sel->gvr.group)
        buf_printf(out, ".%s.%s", sel->gvr.version, sel->gvr.group);
    return out->s;
}

static bool open_doc(struct view *v, const struct selection *sel, const char *what, struct err *err)
{
    struct buf text = BUF_INIT, kind = BUF_INIT;
    kind_word(sel, &kind);
    buf_printf(&text, "%s %s %s%s%s", what, kind.s, sel->ns, *sel->ns ? "/" : "", sel->name);
    app_open(v->app, text.s, err);
    buf_release(&text);
    buf_release(&kind);
    return true;
}

static bool do_describe(struct view *v, const struct selection *sel, struct err *err)
{
    return open_doc(v, sel, "describe", err);
}

static bool do_yaml(struct view *v, const struct selection *sel, struct err *err)
{
    return open_doc(v, sel, "yaml", err);
}

static bool do_tree(struct view *v, const struct selection *sel, struct err *err)
{
    return open_doc(v, sel, "tree", err);
}

static bool do_owner(struct view *v, const struct selection *sel, struct err *err)
{
    const char *p = sel->row ? sel->row->owners : "";
    if (!*p)
        return err_set(err, "%s %s has no owner", sel->api_kind, sel->name);
    const char *api = p, *kind = api + strlen(api) + 1, *name = kind + strlen(kind) + 1;
    const struct kind *k = ctx_kind_by_api(v->ctx, api, kind);
    if (!k)
        return err_set(err, "its owner is %s %s, of a kind this server does not list", kind, name);
    struct buf text = BUF_INIT;
    buf_puts(&text, k->gvr.resource);
    if (k->decoder.table && *k->gvr.group)
        buf_printf(&text, ".%s.%s", k->gvr.version, k->gvr.group);
    if (k->gvr.namespaced)
        buf_printf(&text, " -n %s", sel->ns);
    buf_printf(&text, " --name %s", name);
    app_open(v->app, text.s, err);
    buf_release(&text);
    return true;
}

static bool do_used_by(struct view *v, const struct selection *sel, struct err *err)
{
    struct buf text = BUF_INIT;
    buf_puts(&text, "users-of");
    if (*sel->ns)
        buf_printf(&text, " -n %s", sel->ns);
    else
        buf_puts(&text, " -A");
    buf_printf(&text, " --uses %s/%s/%s", sel->gvr.resource, sel->ns, sel->name);
    app_open(v->app, text.s, err);
    buf_release(&text);
    return true;
}

static bool do_events(struct view *v, const struct selection *sel, struct err *err)
{
    struct buf text = BUF_INIT;
    buf_puts(&text, "events");
    if (*sel->ns)
        buf_printf(&text, " -n %s", sel->ns);
    else
        buf_puts(&text, " -A");
    buf_printf(&text, " --field-selector involvedObject.name=%s,involvedObject.kind=%s", sel->name,
        sel->api_kind);
    app_open(v->app, text.s, err);
    buf_release(&text);
    return true;
}

static bool do_explain(struct view *v, const struct selection *sel, struct err *err)
{
    struct buf text = BUF_INIT;
    explain_spec(&sel->gvr, "", &text);
    app_open(v->app, text.s, err);
    buf_release(&text);
    return true;
}

static const struct {
    const char *name;
    bool (*fn)(struct view *v, const struct selection *sel, struct err *err);
} links[] = {
    { "describe", do_describe },
    { "yaml", do_yaml },
    { "tree", do_tree },
    { "owner", do_owner },
    { "used-by", do_used_by },
    { "events-of", do_events },
    { "explain", do_explain },
};

bool rowlink_open(struct view *v, const struct call *call, struct err *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        if (!str_eq(links[i].name, call->name))
            continue;
        struct selection sel;
        if (!v->ops->selection || !v->ops->selection(v, &sel))
            err_set(err, "nothing is selected");
        else
            links[i].fn(v, &sel, err);
        return true;
    }
    return false;
}
