#include "views/doc.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "kinds/kinds.h"
#include "list/ctx.h"
#include "views/describe.h"
#include "views/explain.h"
#include "views/host.h"
#include "views/noise.h"
#include "views/objwatch.h"
#include "views/pager.h"
#include "views/related.h"
#include "views/rowlink.h"
#include "views/yaml.h"

enum doc_type { DOC_DESCRIBE, DOC_YAML, DOC_KINDS };

struct doc {
    struct pager p;
    enum doc_type type;
    // the object shown (describe, yaml)
    struct gvr gvr;
    char *ns, *name, *api_kind;
    struct objwatch *watch;
    json_t *object;
    json_t *opened, *before; // what it was when the view was opened, and before its last change; noise apart
    enum { DIFF_NONE, DIFF_OPENED, DIFF_BEFORE, DIFF_APPLIED, DIFF_ENDS } diffing;
    struct err err;
    struct related *related;
    struct loop_timer *related_timer;
    bool loaded, managed, reveal;
    bool only_error; // nothing but an error is shown, wrapped
};

enum { RELATED_MS = 10000 };

static void rebuild(struct doc *d);

// ---- content

static json_t *last_applied(const json_t *object)
{
    const char *text = json_str(object, "metadata", "annotations",
        "kubectl.kubernetes.io/last-applied-configuration", NULL);
    return *text ? json_loads(text, 0, NULL) : NULL;
}

// The other state of a comparison; NULL: there is none, or it is what another comparison shows. The caller releases it.
static json_t *other_state(const struct doc *d, int which)
{
    if (which == DIFF_APPLIED)
        return last_applied(d->object);
    json_t *other = which == DIFF_OPENED ? d->opened : d->before;
    bool same = other == d->object || (which == DIFF_BEFORE && other == d->opened);
    return other && !same ? noise_level(other, d->object) : NULL;
}

static bool comparable(const struct doc *d, int which)
{
    json_t *other = d->object && which != DIFF_NONE ? other_state(d, which) : NULL;
    json_decref(other);
    return other != NULL;
}

static void diff_title(struct doc *d, struct text *out)
{
    static const char *const names[] = { [DIFF_OPENED] = "what it was when opened", [DIFF_BEFORE] = "before the last change",
        [DIFF_APPLIED] = "last applied by kubectl" };
    struct buf b = BUF_INIT;
    int n = 0, at = 0;
    for (int i = DIFF_OPENED; i < DIFF_ENDS; i++) {
        n += comparable(d, i);
        at = i == (int)d->diffing ? n : at;
    }
    buf_printf(&b, "# %s -> now", names[d->diffing]);
    if (n > 1)
        buf_printf(&b, ", %d of %d; again: the next", at, n);
    text_span(text_add(out, b.s), 0, b.n, ROLE_COMMENT);
    buf_release(&b);
}

static void build_diff(struct doc *d, struct text *out, const struct yaml_opts *o)
{
    json_t *other = other_state(d, d->diffing);
    if (!other) {
        text_span(text_add(out, "Nothing to compare with: the object was not applied by kubectl, and has not "
                                "changed while it was shown."), 0, 200, ROLE_DIM);
        return;
    }
    struct text a, b;
    text_init(&a);
    text_init(&b);
    yaml_text(other, o, &a);
    yaml_text(d->object, o, &b);
    diff_title(d, out);
    yaml_diff(&a, &b, out);
    text_release(&a);
    text_release(&b);
    json_decref(other);
}

// The next state to compare with: when opened, before the last change, what was applied, none. Where there is
// nothing of all this, that is said.
static bool next_diff(struct doc *d)
{
    int next = d->diffing + 1;
    while (next < DIFF_ENDS && !comparable(d, next))
        next++;
    d->diffing = next < DIFF_ENDS ? next : d->diffing == DIFF_NONE ? DIFF_OPENED : DIFF_NONE;
    rebuild(d);
    return true;
}

// The object is doc now. A heartbeat is no change.
static void take_state(struct doc *d, json_t *doc)
{
    json_t *level = d->object ? noise_level(d->object, doc) : NULL;
    if (!d->opened) {
        d->opened = json_incref(doc);
    } else if (level && !json_equal(level, doc)) {
        json_decref(d->before);
        d->before = json_incref(d->object);
    } else if (d->opened == d->object) {
        json_decref(d->opened);
        d->opened = json_incref(doc);
    }
    json_decref(level);
    json_decref(d->object);
    d->object = json_incref(doc);
}

static void mark_changes(struct doc *d, struct text *out, const struct yaml_opts *o)
{
    json_t *opened = other_state(d, DIFF_OPENED);
    struct text old;
    if (!opened)
        return;
    text_init(&old);
    yaml_text(opened, o, &old);
    yaml_mark_changes(out, &old);
    text_release(&old);
    json_decref(opened);
}

static void build_object(struct doc *d, struct text *out)
{
    struct yaml_opts yo = { .managed_fields = d->managed, .reveal = d->reveal };
    struct describe_opts dopt = { .reveal = d->reveal, .now = time_now() };
    dopt.answers = d->related ? related_answers(d->related) : NULL;
    if (!d->object) {
        const char *text = err_is(&d->err) ? d->err.msg : "◐ loading …";
        text_span(text_add(out, text), 0, strlen(text), err_is(&d->err) ? ROLE_BAD : ROLE_INFO);
        return;
    }
    if (err_is(&d->err)) {
        text_span(text_add(out, d->err.msg), 0, strlen(d->err.msg), ROLE_BAD);
        text_add(out, "");
    }
    if (d->type == DOC_YAML && d->diffing) {
        build_diff(d, out, &yo);
    } else if (d->type == DOC_YAML) {
        yaml_text(d->object, &yo, out);
        mark_changes(d, out, &yo);
    } else {
        describe_object(d->object, &dopt, out);
    }
}

static void build_kinds(struct doc *d, struct text *out)
{
    const struct discovery *disc = client_discovery(d->p.v.ctx->client);
    char head[200];
    snprintf(head, sizeof(head), "%-38s %-10s %-34s %-6s %s", "NAME", "SHORT", "GROUP/VERSION", "NS", "KIND");
    text_span(text_add(out, head), 0, strlen(head), ROLE_HEADER);
    for (size_t i = 0; disc && i < disc->resources.n; i++) {
        const struct api_resource *r = disc->resources.v[i];
        if (!r->preferred || !api_resource_can(r, "list"))
            continue;
        char gv[GVR_VERSION_MAX];
        char *line = xasprintf("%-38s %-10s %-34s %-6s %s", r->gvr.resource,
            r->short_names.n ? r->short_names.v[0] : "", gvr_version(&r->gvr, gv), r->gvr.namespaced ? "true" : "false", r->kind);
        struct text_line *l = text_add(out, line);
        text_span(l, 0, strlen(r->gvr.resource), ROLE_KEY);
        bool native = !*r->gvr.group || kind_for_gvr(r->gvr.group, r->gvr.resource);
        struct buf link = BUF_INIT;
        char *full = xasprintf("%s.%s", r->gvr.resource, r->gvr.group); // one may be called like a view
        spec_put_word(&link, native ? r->gvr.resource : full);
        free(full);
        l->link = buf_take(&link);
        free(line);
    }
    for (size_t i = 0; disc && i < disc->stale.n; i++) {
        char *line = xasprintf("%s: its API server does not answer", disc->stale.v[i]);
        text_span(text_add(out, line), 0, strlen(line), ROLE_WARN);
        free(line);
    }
    if (!disc)
        text_add(out, "◐ loading …");
}

static void rebuild(struct doc *d)
{
    struct text fresh;
    text_init(&fresh);
    if (d->type == DOC_KINDS)
        build_kinds(d, &fresh);
    else
        build_object(d, &fresh);
    bool only_error = d->type != DOC_KINDS && !d->object && err_is(&d->err);
    if (only_error != d->only_error)
        d->p.text.wrap = d->only_error = only_error;
    pager_replace(&d->p, &fresh);
}

// ---- the object and its events

static void on_object(void *arg, json_t *doc, const struct err *err)
{
    struct doc *d = arg;
    err_clear(&d->err);
    if (err)
        d->err = *err;
    // At first, when it is another object of the same name, and when what is wanted of it has changed
    bool fresh = doc && (!d->object || !str_eq(json_str(doc, "metadata", "uid", NULL),
        json_str(d->object, "metadata", "uid", NULL)) || json_i64(doc, "metadata", "generation", NULL) !=
        json_i64(d->object, "metadata", "generation", NULL));
    if (doc)
        take_state(d, doc);
    d->loaded = true;
    rebuild(d);
    if (fresh && d->related)
        related_ask(d->related, d->object);
}

static void on_related(void *arg)
{
    struct doc *d = arg;
    if (d->object)
        rebuild(d);
}

static void ask_related(void *arg)
{
    struct doc *d = arg;
    if (d->related && d->object)
        related_ask(d->related, d->object);
}

static void doc_show(struct view *v, bool shown)
{
    struct doc *d = (struct doc *)v;
    if (d->type == DOC_KINDS) {
        if (shown)
            rebuild(d);
        return;
    }
    if (shown && !d->watch) {
        d->watch = objwatch_new(v->ctx->client, &d->gvr, d->ns, d->name, on_object, d);
        if (d->type == DOC_DESCRIBE && !d->related)
            d->related = related_new(v->ctx->client, on_related, d);
        if (d->related) {
            ask_related(d);
            loop_timer_start(d->related_timer, RELATED_MS, RELATED_MS);
        }
        rebuild(d);
    } else if (!shown) {
        objwatch_free(d->watch);
        d->watch = NULL;
        loop_timer_stop(d->related_timer);
        if (d->related)
            related_stop(d->related);
    }
}

// ---- the view

static void doc_free(struct view *v)
{
    struct doc *d = (struct doc *)v;
    doc_show(v, false);
    loop_timer_free(d->related_timer);
    related_free(d->related);
    pager_release(&d->p);
    json_decref(d->object);
    json_decref(d->opened);
    json_decref(d->before);
    free(d->ns);
    free(d->name);
    free(d->api_kind);
    view_release(v);
    free(d);
}

static void doc_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct doc *d = (struct doc *)v;
    if (d->type == DOC_KINDS && d->p.text.lines.n < 3)
        rebuild(d);
    text_paint(&d->p.text, c, r, focused);
}

static void doc_status(struct view *v, struct view_status *out)
{
    struct doc *d = (struct doc *)v;
    bool object = d->type == DOC_DESCRIBE || d->type == DOC_YAML;
    out->fresh = !object ? FRESH_LIVE : !d->loaded ? FRESH_LOADING : err_is(&d->err) ? FRESH_FAILED
                 : d->watch && objwatch_live(d->watch) ? FRESH_LIVE : FRESH_STALE;
    out->pending = d->related && related_pending(d->related);
    snprintf(out->text, sizeof(out->text), "%s",
        out->fresh == FRESH_LIVE ? "live" : out->fresh == FRESH_LOADING ? "loading" : d->err.msg);
}

static bool toggle(struct doc *d, bool *flag)
{
    *flag = !*flag;
    rebuild(d);
    return true;
}

// ---- explain: the field under the cursor

// Column of a line's key, and of the dash before it (-1: none); false: the line has no key.
static bool yaml_key(const char *line, int *dash, char *key, size_t n, int *column)
{
    int at = (int)strspn(line, " ");
    *dash = -1;
    while (line[at] == '-' && line[at + 1] == ' ') {
        *dash = at;
        at += 2;
    }
    size_t len = strcspn(line + at, ": \"'");
    *column = at;
    snprintf(key, n, "%.*s", (int)len, line + at);
    return len && line[at + (int)len] == ':' && (line[at + (int)len + 1] == ' ' || !line[at + (int)len + 1]);
}

// "spec.containers.image": the keys above the cursor that are further to the left.
static char *yaml_path(const struct text *t)
{
    char *path = xstrdup("");
    int limit = INT_MAX, dash, column;
    char key[128];
    for (size_t i = t->cursor < t->lines.n ? t->cursor + 1 : 0; i-- > 0 && limit > 0;) {
        bool is_key = yaml_key(t->lines.v[i].s, &dash, key, sizeof(key), &column);
        if (is_key && column < limit) {
            char *longer = xasprintf("%s%s%s", key, *path ? "." : "", path);
            free(path);
            path = longer;
            limit = column;
        }
        if (i == t->cursor && !is_key) // an item of a list of words: its list is at the dash or before
            limit = dash >= 0 ? dash + 1 : column;
    }
    return path;
}

static bool explain_field(struct doc *d, struct err *err)
{
    struct buf text = BUF_INIT;
    char *path = yaml_path(&d->p.text);
    explain_spec(&d->gvr, path, &text);
    host_open(d->p.v.host, text.s, err);
    buf_release(&text);
    free(path);
    return true;
}

static bool doc_command(struct view *v, const struct call *call, struct err *err)
{
    struct doc *d = (struct doc *)v;
    const char *n = call->name;
    if (str_eq(n, "managed-fields"))
        return toggle(d, &d->managed);
    if (str_eq(n, "reveal"))
        return toggle(d, &d->reveal);
    if (str_eq(n, "explain") && d->type == DOC_YAML && !d->diffing)
        return explain_field(d, err);
    if (str_eq(n, "diff") && d->type == DOC_YAML)
        return next_diff(d);
    if (str_eq(n, "refresh") && d->watch) {
        objwatch_refresh(d->watch);
        ask_related(d);
        return true;
    }
    return pager_command(&d->p, call, err) || rowlink_open(v, call, err);
}

static bool doc_applies(struct view *v, const char *command)
{
    const struct doc *d = (struct doc *)v;
    if (str_eq(command, "managed-fields") || str_eq(command, "diff"))
        return d->type == DOC_YAML;
    if (str_eq(command, "reveal"))
        return d->type != DOC_KINDS && str_eq(d->api_kind, "Secret");
    return pager_applies(v, command);
}

static bool doc_selection(struct view *v, struct selection *out)
{
    struct doc *d = (struct doc *)v;
    if (!d->name)
        return false;
    *out = (struct selection) { .gvr = d->gvr, .api_kind = d->api_kind, .ns = str_or(d->ns, ""),
        .name = d->name, .uid = json_str(d->object, "metadata", "uid", NULL) };
    return true;
}

static const char *const doc_keys[] = { "back", "filter-prompt", "search-next", "search-prev", "fold",
    "fold-all", "wrap", "managed-fields", "reveal", "diff", "copy", "save", "help", NULL };

static const struct view_ops doc_ops = {
    .mode = "text",
    .free = doc_free,
    .paint = doc_paint,
    .command = doc_command,
    .applies = doc_applies,
    .status = doc_status,
    .selection = doc_selection,
    .insight = pager_insight,
    .show = doc_show,
    .mouse = pager_mouse,
    .save = pager_save,
    .keys = doc_keys,
};

static struct doc *doc_new(
    struct host *host, struct ctx *cx, enum doc_type type, const struct spec *s, const char *title)
{
    struct doc *d = xcalloc(1, sizeof(*d));
    struct buf text = BUF_INIT;
    spec_text(s, &text);
    view_init(&d->p.v, &doc_ops, cx, text.s, title);
    buf_release(&text);
    pager_init(&d->p, host);
    d->type = type;
    d->related_timer = loop_timer_new(host->loop, ask_related, d);
    return d;
}

// "pods shop/web-1", "deploy web"
static struct view *object_doc(
    struct host *host, struct ctx *cx, enum doc_type type, const struct spec *s, struct err *err)
{
    struct view *v = host_focus(host);
    struct call call = { s->view, "" };
    char *ns, *name;
    bool unknown_yet;
    // What is selected. rowlink_open opens with two words, never again with none: it does not come back here
    if (!s->words.n && v && rowlink_open(v, &call, err))
        return NULL;
    const struct kind *k = s->words.n ? ctx_kind(cx, s->words.v[0], &unknown_yet, err) : NULL;
    if ((s->words.n && !k) || !spec_object(s, k && k->gvr.namespaced, &ns, &name, err))
        return NULL;
    char *title = xasprintf("%s %s", type == DOC_YAML ? "YAML" : "Describe", name);
    struct doc *d = doc_new(host, cx, type, s, title);
    free(title);
    d->gvr = k->gvr;
    d->api_kind = xstrdup(k->api_kind);
    d->name = name;
    if (k->gvr.namespaced)
        d->ns = xstrdup(ns ? ns : *cx->ns ? cx->ns : cx->target.ns);
    free(ns);
    return &d->p.v;
}

struct view *doc_describe_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    return object_doc(host, cx, DOC_DESCRIBE, s, err);
}

struct view *doc_yaml_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    return object_doc(host, cx, DOC_YAML, s, err);
}

struct view *doc_kinds_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    (void)err;
    return &doc_new(host, cx, DOC_KINDS, s, "Kinds")->p.v;
}
