#include "views/doc.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "views/app.h"
#include "views/command.h"
#include "views/describe.h"
#include "views/explain.h"
#include "views/kinds/kinds.h"
#include "views/objwatch.h"
#include "views/pager.h"
#include "views/rowlink.h"
#include "views/yaml.h"

enum doc_type { DOC_DESCRIBE, DOC_YAML, DOC_HELP, DOC_KINDS };

struct doc {
    struct pager p;
    enum doc_type type;
    // the object shown (describe, yaml)
    struct gvr gvr;
    char *ns, *name, *api_kind;
    struct objwatch *watch;
    json_t *object, *before, *events;
    struct err err, events_err;
    uint64_t events_call;
    struct loop_timer *events_timer;
    bool loaded, managed, reveal, diffing;
};

enum { EVENTS_MS = 10000 };

static void rebuild(struct doc *d);

// ---- content

static json_t *last_applied(const json_t *object)
{
    const char *text = json_str(object, "metadata", "annotations",
        "kubectl.kubernetes.io/last-applied-configuration", NULL);
    return *text ? json_loads(text, 0, NULL) : NULL;
}

static void build_diff(struct doc *d, struct text *out, const struct yaml_opts *o)
{
    json_t *applied = last_applied(d->object);
    const json_t *other = d->before ? d->before : applied;
    if (!other) {
        text_span(text_add(out, "Nothing to compare with: the object was not applied by kubectl, and has not "
                                "changed while it was shown."), 0, 200, ROLE_DIM);
    } else {
        struct text a, b;
        text_init(&a);
        text_init(&b);
        yaml_text(other, o, &a);
        yaml_text(d->object, o, &b);
        text_span(text_add(out, d->before ? "# the state before -> now" : "# last applied -> now"), 0, 40,
            ROLE_COMMENT);
        yaml_diff(&a, &b, out);
        text_release(&a);
        text_release(&b);
    }
    json_decref(applied);
}

static void build_object(struct doc *d, struct text *out)
{
    struct yaml_opts yo = { .managed_fields = d->managed, .reveal = d->reveal };
    struct describe_opts dopt = { .reveal = d->reveal, .now = time_now() };
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
        if (d->before) {
            struct text old;
            text_init(&old);
            yaml_text(d->before, &yo, &old);
            yaml_mark_changes(out, &old);
            text_release(&old);
        }
    } else {
        describe_object(d->object, &dopt, out);
        describe_events(d->events, err_is(&d->events_err) ? &d->events_err : NULL, dopt.now, out);
    }
}

static void help_line(struct doc *d, struct text *out, const struct command *c, const char *mode)
{
    char keys[64];
    keymap_keys_of(d->p.v.app->keys, mode, c->name, keys, sizeof(keys));
    char *line = xasprintf("  %-12s %-20s %s", keys, c->name, c->help);
    struct text_line *l = text_add(out, line);
    text_span(l, 2, strlen(keys), ROLE_ACCENT);
    text_span(l, 15, strlen(c->name), ROLE_KEY);
    free(line);
}

static void build_help(struct doc *d, struct text *out)
{
    static const struct {
        const char *mode, *title;
    } parts[] = { { "global", "Everywhere" }, { "list", "In lists" }, { "text", "In texts" },
        { "tree", "In trees" } };
    size_t n;
    const struct command *all = command_all(&n);
    for (size_t p = 0; p < ARRAY_SIZE(parts); p++) {
        pager_heading(out, parts[p].title);
        for (size_t i = 0; i < d->p.v.app->keys->binds.n; i++) {
            const struct keymap_bind *b = &d->p.v.app->keys->binds.v[i];
            if (!str_eq(b->mode, parts[p].mode))
                continue;
            char keys[64] = "", name[64];
            for (size_t k = 0; k < b->nkeys; k++) {
                char one[32];
                key_format(b->keys[k], one, sizeof(one));
                snprintf(keys + strlen(keys), sizeof(keys) - strlen(keys), "%s%s", k ? " " : "", one);
            }
            snprintf(name, sizeof(name), "%.*s", (int)strcspn(b->command, " "), b->command);
            const struct command *c = command_find(name);
            char *line = xasprintf("  %-12s %-20s %s", keys, b->command, c ? c->help : "");
            struct text_line *l = text_add(out, line);
            text_span(l, 2, strlen(keys), ROLE_ACCENT);
            text_span(l, 15, strlen(b->command), ROLE_KEY);
            free(line);
        }
    }
    pager_heading(out, "Commands without a key (type them after :)");
    for (size_t i = 0; i < n; i++) {
        char keys[64] = "";
        for (size_t p = 0; p < ARRAY_SIZE(parts) && !*keys; p++)
            keymap_keys_of(d->p.v.app->keys, parts[p].mode, all[i].name, keys, sizeof(keys));
        if (!*keys)
            help_line(d, out, &all[i], "global");
    }
    static const char *const filters[] = { "  web 5..            words: regular expressions, all must match",
        "  !web               rows without it", "  \"a b\"              exactly this text",
        "  status!=Running    a column; also = =~ !~", "  restarts>5 age<10m cpu>=100m mem>1Gi",
        "  -l app=web,tier!=x  label selector", "  -f wbx             fuzzy",
        "  (a or b) not c     or, and, not, parentheses" };
    pager_heading(out, "Filters (after /)");
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
        text_add(out, filters[i]);
    static const char *const views[] = { "  pods               of the current namespace",
        "  pods shop,pay      of several namespaces; -A of all", "  deploy -l app=web  by label",
        "  po @staging        in another context", "  po /crash          with a filter",
        "  workloads, all     several kinds as one list", "  yaml deploy web    one object" };
    pager_heading(out, "Views (after :)");
    for (size_t i = 0; i < ARRAY_SIZE(views); i++)
        text_add(out, views[i]);
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
        char gv[160];
        snprintf(gv, sizeof(gv), "%s%s%s", r->gvr.group, *r->gvr.group ? "/" : "", r->gvr.version);
        char *line = xasprintf("%-38s %-10s %-34s %-6s %s", r->gvr.resource,
            r->short_names.n ? r->short_names.v[0] : "", gv, r->gvr.namespaced ? "true" : "false", r->kind);
        struct text_line *l = text_add(out, line);
        text_span(l, 0, strlen(r->gvr.resource), ROLE_KEY);
        l->link = xstrdup(r->gvr.resource);
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
    if (d->type == DOC_HELP)
        build_help(d, &fresh);
    else if (d->type == DOC_KINDS)
        build_kinds(d, &fresh);
    else
        build_object(d, &fresh);
    pager_replace(&d->p, &fresh);
}

// ---- the object and its events

static void on_object(void *arg, json_t *doc, const struct err *err)
{
    struct doc *d = arg;
    err_clear(&d->err);
    if (err)
        d->err = *err;
    if (doc && d->object && !json_equal(doc, d->object)) {
        json_decref(d->before);
        d->before = d->object;
        d->object = NULL;
    }
    if (doc) {
        json_decref(d->object);
        d->object = json_incref(doc);
    }
    d->loaded = true;
    rebuild(d);
}

static void on_events(void *arg, json_t *doc, const struct http_result *res)
{
    struct doc *d = arg;
    d->events_call = 0;
    err_clear(&d->events_err);
    if (res->ok) {
        json_decref(d->events);
        d->events = json_incref(doc);
    } else {
        d->events_err = res->err;
    }
    if (d->object)
        rebuild(d);
}

static void ask_events(void *arg)
{
    struct doc *d = arg;
    struct buf path = BUF_INIT;
    if (d->events_call)
        return;
    static const struct gvr events = { "", "v1", "events", true };
    gvr_path(&path, &events, d->ns, NULL);
    buf_puts(&path, "?limit=500&fieldSelector=involvedObject.name%3D");
    str_url_escape(&path, d->name);
    buf_puts(&path, "%2CinvolvedObject.kind%3D");
    str_url_escape(&path, d->api_kind);
    d->events_call = client_get(d->p.v.ctx->client, path.s, on_events, d);
    buf_release(&path);
}

static void doc_show(struct view *v, bool shown)
{
    struct doc *d = (struct doc *)v;
    if (d->type == DOC_HELP || d->type == DOC_KINDS) {
        if (shown)
            rebuild(d);
        return;
    }
    if (shown && !d->watch) {
        d->watch = objwatch_new(v->ctx->client, &d->gvr, d->ns, d->name, on_object, d);
        if (d->type == DOC_DESCRIBE) {
            ask_events(d);
            loop_timer_start(d->events_timer, EVENTS_MS, EVENTS_MS);
        }
        rebuild(d);
    } else if (!shown) {
        objwatch_free(d->watch);
        d->watch = NULL;
        loop_timer_stop(d->events_timer);
        client_cancel(v->ctx->client, d->events_call);
        d->events_call = 0;
    }
}

// ---- the view

static void doc_free(struct view *v)
{
    struct doc *d = (struct doc *)v;
    doc_show(v, false);
    loop_timer_free(d->events_timer);
    pager_release(&d->p);
    json_decref(d->object);
    json_decref(d->before);
    json_decref(d->events);
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
    app_open(d->p.v.app, text.s, err);
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
        return toggle(d, &d->diffing);
    if (str_eq(n, "refresh") && d->watch) {
        objwatch_refresh(d->watch);
        return true;
    }
    return pager_command(&d->p, call, err) || rowlink_open(v, call, err);
}

static bool doc_selection(struct view *v, struct selection *out)
{
    struct doc *d = (struct doc *)v;
    if (!d->name)
        return false;
    *out = (struct selection) { .gvr = d->gvr, .api_kind = d->api_kind, .ns = str_or(d->ns, ""),
        .name = d->name, .uid = "" };
    return true;
}

static const char *const doc_keys[] = { "back", "filter-prompt", "search-next", "search-prev", "fold",
    "fold-all", "wrap", "managed-fields", "reveal", "diff", "copy", "save", "help", NULL };

static const struct view_ops doc_ops = {
    .mode = "text",
    .free = doc_free,
    .paint = doc_paint,
    .command = doc_command,
    .status = doc_status,
    .selection = doc_selection,
    .insight = pager_insight,
    .show = doc_show,
    .mouse = pager_mouse,
    .save = pager_save,
    .keys = doc_keys,
};

static struct doc *doc_new(
    struct app *app, struct ctx *cx, enum doc_type type, const struct spec *s, const char *title)
{
    struct doc *d = xcalloc(1, sizeof(*d));
    struct buf text = BUF_INIT;
    spec_text(s, &text);
    view_init(&d->p.v, &doc_ops, cx, text.s, title);
    buf_release(&text);
    pager_init(&d->p, app);
    d->type = type;
    d->events_timer = loop_timer_new(app->loop, ask_events, d);
    return d;
}

// "pods shop/web-1", "deploy web"
static struct view *object_doc(
    struct app *app, struct ctx *cx, enum doc_type type, const struct spec *s, struct err *err)
{
    char kind[256] = "", id[600] = "";
    bool unknown_yet;
    if (sscanf(str_or(s->rest, ""), "%255s %599s", kind, id) != 2) {
        struct view *v = app_view(app);
        struct call call = { s->view, "" };
        if (v && rowlink_open(v, &call, err))
            return NULL;
        err_set(err, "%s wants a kind and a name: %s deploy web", s->view, s->view);
        return NULL;
    }
    const struct kind *k = ctx_kind(cx, kind, &unknown_yet, err);
    if (!k)
        return NULL;
    char *slash = strchr(id, '/'), title[700];
    const char *name = slash ? slash + 1 : id;
    snprintf(title, sizeof(title), "%s %s", type == DOC_YAML ? "YAML" : "Describe", name);
    struct doc *d = doc_new(app, cx, type, s, title);
    d->gvr = k->gvr;
    d->api_kind = xstrdup(k->api_kind);
    d->name = xstrdup(name);
    if (k->gvr.namespaced)
        d->ns = slash ? xstrndup(id, (size_t)(slash - id))
                      : xstrdup(s->ns ? s->ns : *cx->ns ? cx->ns : cx->target.ns);
    return &d->p.v;
}

struct view *doc_describe_new(struct app *app, struct ctx *cx, const struct spec *s, struct err *err)
{
    return object_doc(app, cx, DOC_DESCRIBE, s, err);
}

struct view *doc_yaml_new(struct app *app, struct ctx *cx, const struct spec *s, struct err *err)
{
    return object_doc(app, cx, DOC_YAML, s, err);
}

struct view *doc_help_new(struct app *app, struct ctx *cx, const struct spec *s, struct err *err)
{
    (void)err;
    return &doc_new(app, cx, DOC_HELP, s, "Help")->p.v;
}

struct view *doc_kinds_new(struct app *app, struct ctx *cx, const struct spec *s, struct err *err)
{
    (void)err;
    return &doc_new(app, cx, DOC_KINDS, s, "Kinds")->p.v;
}
