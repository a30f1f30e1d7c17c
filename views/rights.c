#include "views/rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/client.h"
#include "list/ctx.h"
#include "views/host.h"
#include "views/pager.h"

struct rights {
    struct pager p;
    uint64_t call;
    json_t *status; // of the review; NULL: none came yet
    struct err err;
};

static void line(struct text *t, style_t style, const char *s)
{
    text_span(text_add(t, s), 0, strlen(s), style);
}

static void put_strings(struct buf *out, const json_t *list)
{
    size_t i;
    json_t *s;
    json_array_foreach ((json_t *)list, i, s)
        buf_printf(out, "%s%s", i ? ", " : "", str_or(json_string_value(s), ""));
}

// "deployments.apps, pods": each resource in each group, as kubectl joins them.
static void put_resources(struct buf *out, const json_t *rule)
{
    size_t i, k;
    json_t *resource, *group;
    json_array_foreach (json_object_get(rule, "resources"), i, resource)
        json_array_foreach (json_object_get(rule, "apiGroups"), k, group) {
            const char *g = str_or(json_string_value(group), "");
            buf_printf(out, "%s%s%s%s", i || k ? ", " : "", str_or(json_string_value(resource), ""), *g ? "." : "", g);
        }
}

static void put_rule(struct text *t, const json_t *rule)
{
    struct buf what = BUF_INIT, verbs = BUF_INIT, names = BUF_INIT;
    put_resources(&what, rule);
    put_strings(&what, json_object_get(rule, "nonResourceURLs"));
    put_strings(&verbs, json_object_get(rule, "verbs"));
    put_strings(&names, json_object_get(rule, "resourceNames"));
    if (names.n)
        buf_printf(&what, "  only %s", names.s);
    text_field(t, 1, 32, verbs.s ? verbs.s : "", "%s", what.s ? what.s : "");
    buf_release(&what);
    buf_release(&verbs);
    buf_release(&names);
}

static void put_rules(struct text *t, const char *title, const json_t *rules)
{
    size_t i;
    json_t *rule;
    pager_heading(t, title);
    json_array_foreach ((json_t *)rules, i, rule)
        put_rule(t, rule);
    if (!json_array_size(rules))
        line(t, ROLE_DIM, " none");
}

static void rebuild(struct rights *r)
{
    struct text t;
    text_init(&t);
    const char *reason = json_str(r->status, "evaluationError", NULL);
    if (err_is(&r->err))
        line(&t, ROLE_BAD, r->err.msg);
    else if (!r->status)
        line(&t, ROLE_INFO, "◐ asking what you may do …");
    if (json_bool(r->status, "incomplete", NULL)) {
        char *more = xasprintf("There may be more: the server cannot list them all%s%s", *reason ? ": " : "", reason);
        line(&t, ROLE_WARN, more);
        free(more);
    }
    if (r->status) {
        put_rules(&t, "Resources", json_object_get(r->status, "resourceRules"));
        put_rules(&t, "URLs that are no resources", json_object_get(r->status, "nonResourceRules"));
    }
    pager_replace(&r->p, &t);
}

static void on_rules(void *arg, json_t *doc, const struct http_result *res)
{
    struct rights *r = arg;
    r->call = 0;
    if (res->ok) {
        json_decref(r->status);
        r->status = json_incref(json_object_get(doc, "status"));
    } else
        r->err = res->err;
    rebuild(r);
}

static void ask(struct rights *r)
{
    client_cancel(r->p.v.ctx->client, r->call);
    err_clear(&r->err);
    r->call = client_rules(r->p.v.ctx->client, r->p.v.ns, on_rules, r);
    rebuild(r);
}

static void rights_show(struct view *v, bool shown)
{
    struct rights *r = (struct rights *)v;
    if (shown && !r->status && !r->call)
        ask(r);
}

static bool rights_command(struct view *v, const struct call *call, struct err *err)
{
    struct rights *r = (struct rights *)v;
    if (str_eq(call->name, "refresh")) {
        ask(r);
        return true;
    }
    return pager_command(&r->p, call, err);
}

static void rights_status(struct view *v, struct view_status *out)
{
    const struct rights *r = (struct rights *)v;
    static const char *const words[] = { [FRESH_LOADING] = "loading", [FRESH_FORBIDDEN] = "forbidden",
        [FRESH_FAILED] = "failed", [FRESH_NONE] = "" };
    out->fresh = r->call ? FRESH_LOADING : !err_is(&r->err) ? FRESH_NONE : r->err.code == 403 ? FRESH_FORBIDDEN : FRESH_FAILED;
    snprintf(out->text, sizeof(out->text), "%s", words[out->fresh]);
}

static void rights_free(struct view *v)
{
    struct rights *r = (struct rights *)v;
    client_cancel(v->ctx->client, r->call);
    pager_release(&r->p);
    json_decref(r->status);
    view_release(v);
    free(r);
}

static const char *const keys[] = { "back", "filter-prompt", "search-next", "wrap", "refresh", "copy", "save", "help",
    NULL };

static const struct view_ops ops = {
    .mode = "text",
    .free = rights_free,
    .paint = pager_paint,
    .command = rights_command,
    .applies = pager_applies,
    .status = rights_status,
    .insight = pager_insight,
    .show = rights_show,
    .mouse = pager_mouse,
    .save = pager_save,
    .keys = keys,
};

struct view *rights_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    const struct view *focus = host_focus(host);
    bool all = s->ns ? !*s->ns : focus && focus->ctx == cx && str_eq(focus->ns, "");
    const char *ns = all ? "default" : s->ns ? s->ns : view_one_ns(host, cx);
    if (strchr(ns, ',')) {
        err_set(err, "rights are those in one namespace: rights -n shop");
        return NULL;
    }
    struct rights *r = xcalloc(1, sizeof(*r));
    struct buf text = BUF_INIT;
    spec_text(s, &text);
    char *own = xstrdup(ns);
    view_init(&r->p.v, &ops, cx, text.s, "Rights");
    buf_release(&text);
    pager_init(&r->p, host);
    r->p.v.ns = own;
    return &r->p.v;
}
