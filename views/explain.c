#include "views/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "client/openapi.h"
#include "list/ctx.h"
#include "ui/tree.h"
#include "views/host.h"

enum { MAX_FIELDS = 1000, MAX_HITS = 1000, MAX_VISITS = 50000, MAX_LEVELS = 16, NOTE_MAX = 1000 };

// What is explained, as typed and as found on the server.
struct subject {
    char *what; // "pods.spec.containers"
    char *group, *version, *resource, *api_kind; // NULL: not known yet
    char *path; // "spec.containers"
};
struct explain {
    struct view v;
    struct tree tree;
    struct subject s;
    json_t *doc; // NULL: not there yet
    const json_t *kind, *root; // in doc: of the kind, of the path
    uint64_t call;
    bool asked;
    struct err err;
};

static void subject_release(struct subject *s)
{
    char **own[] = { &s->what, &s->group, &s->version, &s->resource, &s->api_kind, &s->path };
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        free(*own[i]);
    memset(s, 0, sizeof(*s));
}

static struct gvr subject_gvr(const struct subject *s)
{
    return (struct gvr) { s->group, s->version, s->resource, true };
}

static bool subject_is(
    struct subject *s, const struct gvr *gvr, const char *api_kind, const char *path)
{
    s->group = xstrdup(gvr->group);
    s->version = xstrdup(gvr->version);
    s->resource = xstrdup(gvr->resource);
    s->api_kind = xstrdup(api_kind);
    s->path = xstrdup(path);
    return true;
}

// The longest beginning that names a resource is the kind, the rest the path: a group has dots as well.
// False without err: the server's list of resources is not there yet.
static bool subject_find(struct subject *s, struct ctx *cx, struct err *err)
{
    const struct discovery *d = client_discovery(cx->client);
    const struct client_info *in = client_info(cx->client);
    const struct kind *native = kind_find(s->what);
    if (native)
        return subject_is(s, &native->gvr, native->api_kind, "");
    if (!d && in->state == CLIENT_DOWN && in->err)
        *err = *in->err;
    if (!d)
        return false;
    char *word = xstrdup(s->what);
    bool found = false, unknown_yet;
    for (;;) {
        const struct api_resource *res = discovery_find(d, word);
        const char *rest = s->what + strlen(word);
        char *dot = strrchr(word, '.');
        if (res)
            found = subject_is(s, &res->gvr, res->kind, rest + (*rest == '.'));
        else if (!dot && (native = kind_find(word))) // "containers", a view over Pods
            found = subject_is(s, &native->gvr, native->api_kind, rest + (*rest == '.'));
        if (found || !dot)
            break;
        *dot = '\0';
    }
    if (!found)
        ctx_kind(cx, word, &unknown_yet, err); // says so, and names the nearest
    free(word);
    return found;
}

// ---- content: the fields below the path; those opened show theirs

static void note_of(const struct explain *e, const struct openapi_field *f, struct buf *out)
{
    openapi_type(e->doc, f->schema, out);
    if (f->required)
        buf_puts(out, "  required");
    const json_t *def = json_object_get(f->schema, "default"),
                 *list = openapi_enum(e->doc, f->schema);
    if (def &&
        !(json_is_object(def) && !json_object_size(def))) { // `{}` is that of nearly every object
        buf_puts(out, "  = ");
        openapi_value(def, out);
    }
    size_t i = 0;
    for (; i < json_array_size(list) && out->n < NOTE_MAX; i++) {
        buf_puts(out, i ? " | " : "  ");
        openapi_value(json_array_get(list, i), out);
    }
    if (i < json_array_size(list))
        buf_printf(out, " | … %zu more", json_array_size(list) - i);
    if (out->n > 2 * NOTE_MAX)
        buf_truncate(out, utf8_fit(out->s, out->n, 2 * NOTE_MAX));
}

static struct tree_node *add_node(
    struct explain *e, const struct openapi_field *f, int depth, const char *id, const char *label)
{
    struct buf note = BUF_INIT;
    struct openapi_field any;
    struct tree_node *n = tree_add(&e->tree, depth, id, label);
    note_of(e, f, &note);
    n->note = buf_take(&note);
    n->style = f->required ? ROLE_TITLE : ROLE_TEXT;
    n->starts_closed = true;
    n->leaf = openapi_fields(e->doc, f->schema, &any, 1) == 0;
    return n;
}

static char *join_path(const char *a, const char *b)
{
    return xasprintf("%s%s%s", a, *a ? "." : "", b);
}

static void add_fields(struct explain *e, const json_t *schema, const char *path, int depth)
{
    struct openapi_field *f = xcalloc(MAX_FIELDS, sizeof(*f));
    size_t n = depth < MAX_LEVELS ? openapi_fields(e->doc, schema, f, MAX_FIELDS) : 0;
    for (size_t i = 0; i < n; i++) {
        char *id = join_path(path, f[i].name);
        bool leaf = add_node(e, &f[i], depth, id, f[i].name)->leaf;
        if (!leaf && tree_is_toggled(&e->tree, id))
            add_fields(e, f[i].schema, id, depth + 1);
        free(id);
    }
    free(f);
}

struct search {
    const char *text;
    int visits;
    const json_t
        *trail[MAX_LEVELS]; // types on the way down: one inside itself is not searched again
};

static void add_hits(
    struct explain *e, const json_t *schema, const char *path, int depth, struct search *s)
{
    if (depth >= MAX_LEVELS)
        return;
    struct openapi_field *f = xcalloc(MAX_FIELDS, sizeof(*f));
    size_t n = openapi_fields(e->doc, schema, f, MAX_FIELDS);
    for (size_t i = 0; i < n && e->tree.nodes.n < MAX_HITS && s->visits++ < MAX_VISITS; i++) {
        char *id = join_path(path, f[i].name);
        const char *shown = id + (*e->s.path ? strlen(e->s.path) + 1 : 0);
        bool inside = false;
        if (str_icontains(strchr(s->text, '.') ? shown : f[i].name, s->text))
            add_node(e, &f[i], 0, id, shown)->leaf = true;
        s->trail[depth] = f[0].schema; // a type is known by its first field
        for (int k = 0; k < depth; k++)
            inside |= s->trail[k] == f[0].schema;
        if (!inside)
            add_hits(e, f[i].schema, id, depth + 1, s);
        free(id);
    }
    free(f);
}

static void rebuild(struct explain *e)
{
    tree_begin(&e->tree);
    if (e->root && e->v.filter_text) {
        struct search s = { .text = e->v.filter_text };
        add_hits(e, e->root, e->s.path, 0, &s);
    } else if (e->root) {
        add_fields(e, e->root, e->s.path, 0);
    }
    tree_end(&e->tree);
    view_dirty(&e->v);
}

static bool go_up(struct explain *e);

// Goes to a path, as far as it exists; a field without fields is shown among those beside it.
static void go_to(struct explain *e, const char *path)
{
    struct buf good = BUF_INIT, text = BUF_INIT;
    char *missing;
    e->root = openapi_walk(e->doc, e->kind, path, &good, &missing);
    if (missing)
        host_flash(e->v.host, ROLE_WARN, "%s%s%s has no field %s", e->s.api_kind, good.n ? "." : "", str_or(good.s, ""),
            missing);
    free(missing);
    free(e->s.path);
    e->s.path = good.n ? buf_take(&good) : xstrdup("");
    struct gvr gvr = subject_gvr(&e->s);
    explain_spec(&gvr, e->s.path, &text);
    free(e->v.spec);
    e->v.spec = buf_take(&text);
    rebuild(e);
    if (!e->tree.nodes.n && !e->v.filter_text && *e->s.path)
        go_up(e);
}

static void on_doc(void *arg, json_t *doc, const struct err *err)
{
    struct explain *e = arg;
    struct gvr gvr = subject_gvr(&e->s);
    e->call = 0;
    e->kind = doc ? openapi_kind(doc, &gvr, e->s.api_kind) : NULL;
    if (err)
        e->err = *err;
    else if (!e->kind)
        err_set(&e->err, "the server's OpenAPI document says nothing about %s", e->s.api_kind);
    view_dirty(&e->v);
    if (!e->kind)
        return;
    e->doc = json_incref(doc);
    char *path = xstrdup(e->s.path);
    go_to(e, path);
    free(path);
}

// Asks for the document as soon as the kind is known.
static void start(struct explain *e)
{
    if (e->asked || err_is(&e->err) || (!e->s.api_kind && !subject_find(&e->s, e->v.ctx, &e->err)))
        return;
    e->asked = true;
    struct gvr gvr = subject_gvr(&e->s);
    free(e->v.title);
    e->v.title = xasprintf("Explain %s", e->s.api_kind);
    e->call = openapi_get(e->v.ctx->openapi, &gvr, on_doc, e);
}

// ---- painting: the fields above, the one under the cursor in words below

static int put_lines(
    struct canvas *c, int y, int bottom, struct rect r, style_t style, const char *s)
{
    while (*s && y < bottom) {
        size_t n = strcspn(s, "\n");
        canvas_putn(c, y++, r.x + 2, r.w - 3, style, s, n);
        s += n + (s[n] == '\n');
    }
    return y;
}

static void paint_about(struct explain *e, struct canvas *c, struct rect r)
{
    const struct tree_node *n = tree_current(&e->tree);
    const json_t *schema = e->kind;
    const char *path = n ? n->id : e->s.path;
    struct buf about = BUF_INIT, text = BUF_INIT;
    schema = schema ? openapi_walk(e->doc, schema, path, NULL, NULL) : NULL;
    canvas_fill(c, (struct rect) { r.y, r.x, 1, r.w }, ROLE_BORDER, "─");
    canvas_printf(
        c, r.y, r.x + 2, r.w - 4, ROLE_HEADER, " %s%s%s ", e->s.api_kind, *path ? "." : "", path);
    if (schema) {
        struct openapi_field f = { path, schema, n && n->style == ROLE_TITLE };
        note_of(e, &f, &about);
        int y = put_lines(c, r.y + 1, r.y + r.h, r, ROLE_KEY, about.s);
        buf_clear(&about);
        openapi_description(e->doc, schema, &about);
        openapi_wrap(
            about.n ? about.s : "no description", (size_t)(r.w > 24 ? r.w - 4 : 20), 0, &text);
        put_lines(c, y, r.y + r.h, r, ROLE_TEXT, text.s);
    }
    buf_release(&about);
    buf_release(&text);
}

static void explain_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct explain *e = (struct explain *)v;
    start(e);
    canvas_fill(c, r, ROLE_TEXT, NULL);
    if (!e->doc) {
        canvas_put(c, r.y + 2, r.x + 2, r.w - 4, err_is(&e->err) ? ROLE_BAD : ROLE_INFO,
            err_is(&e->err) ? e->err.msg : "◐ loading …");
        canvas_put(c, r.y + 3, r.x + 2, r.w - 4, ROLE_DIM, e->err.hint);
        return;
    }
    int x = r.x + 1 +
            canvas_printf(c, r.y, r.x + 1, r.w - 2, ROLE_TITLE, "%s%s%s", e->s.api_kind,
                *e->s.path ? "." : "", e->s.path);
    canvas_printf(c, r.y, x + 2, r.w - x - 3, ROLE_DIM, "%s%s%s  %zu fields%s%s", e->s.group,
        *e->s.group ? "/" : "", e->s.version, e->tree.nodes.n, v->filter_text ? " match /" : "",
        str_or(v->filter_text, ""));
    int about = r.h / 3 > 6 ? r.h / 3 : 6, fields = (int)e->tree.nodes.n;
    if (fields < r.h - 1 - about) // what the fields do not need is for the words
        about = r.h - 1 - (fields ? fields : 1);
    struct rect top = { r.y + 1, r.x, r.h - 1 - about, r.w };
    if (top.h < 1) {
        top.h = r.h - 1;
        about = 0;
    }
    tree_paint(&e->tree, c, top, focused);
    if (!fields)
        canvas_put(c, top.y, r.x + 2, r.w - 4, ROLE_DIM,
            v->filter_text ? "no field below has such a name" : "no fields of its own");
    if (about > 1)
        paint_about(e, c, (struct rect) { top.y + top.h, r.x, about, r.w });
}

// ---- commands

static bool go_up(struct explain *e)
{
    char *path = xstrdup(e->s.path), *dot = strrchr(path, '.');
    if (e->doc && *path) {
        free(e->tree.cursor_id); // the field one comes from is under the cursor
        e->tree.cursor_id = xstrdup(path);
        e->tree.shown.n = 0;
        *(dot ? dot : path) = '\0';
        go_to(e, path);
    }
    free(path);
    return true;
}

static bool go_in(struct explain *e, struct err *err)
{
    const struct tree_node *n = tree_current(&e->tree);
    if (!n)
        return true;
    if (n->leaf && !e->v.filter_text) {
        err_set(err, "%s has no fields of its own", n->label);
        return true;
    }
    char *path = xstrdup(n->id);
    free(e->v.filter_text);
    e->v.filter_text = NULL;
    e->tree.cursor = e->tree.top = 0;
    e->tree.shown.n = 0; // no place to keep
    go_to(e, path);
    free(path);
    return true;
}

static bool set_filter(struct explain *e, const char *text)
{
    free(e->v.filter_text);
    e->v.filter_text = *text ? xstrdup(text) : NULL;
    e->tree.cursor = e->tree.top = 0;
    e->tree.shown.n = 0;
    rebuild(e);
    return true;
}

static bool fold_to(struct explain *e, bool folded)
{
    const struct tree_node *n = tree_current(&e->tree);
    if (n && !n->leaf && tree_is_toggled(&e->tree, n->id) == folded) {
        tree_toggle(&e->tree);
        rebuild(e);
    } else if (folded) {
        go_up(e);
    }
    return true;
}

static bool copy_path(struct explain *e)
{
    const struct tree_node *n = tree_current(&e->tree);
    const char *path = n ? n->id : e->s.path;
    host_copy(e->v.host, path, strlen(path));
    host_flash(e->v.host, ROLE_OK, "copied: %s", path);
    return true;
}

static bool explain_command(struct view *v, const struct call *call, struct err *err)
{
    struct explain *e = (struct explain *)v;
    const char *n = call->name;
    if (str_eq(n, "open"))
        return go_in(e, err);
    if (str_eq(n, "parent"))
        return go_up(e);
    if (str_eq(n, "filter"))
        return set_filter(e, call->args);
    if (str_eq(n, "left") || str_eq(n, "right"))
        return fold_to(e, n[0] == 'l');
    if (str_eq(n, "copy"))
        return copy_path(e);
    if (str_eq(n, "fold-all"))
        tree_untoggle_all(&e->tree); // opened one in the other they would have no end
    else if (!tree_command(&e->tree, n))
        return false;
    if (str_starts(n, "fold"))
        rebuild(e);
    return true;
}

static void explain_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks)
{
    struct explain *e = (struct explain *)v;
    struct err err;
    long row = y - r.y - 1;
    (void)x;
    if (button)
        tree_move(&e->tree, button * 3);
    else if (row >= 0 && row < e->tree.page) {
        tree_move(&e->tree, (long)e->tree.top + row - (long)e->tree.cursor);
        if (clicks == 2)
            go_in(e, &err);
    }
}

static void explain_status(struct view *v, struct view_status *out)
{
    struct explain *e = (struct explain *)v;
    out->fresh = e->doc ? FRESH_LIVE : err_is(&e->err) ? FRESH_FAILED : FRESH_LOADING;
    snprintf(out->text, sizeof(out->text), "%s",
        e->doc            ? "live"
        : err_is(&e->err) ? e->err.msg
                          : "loading");
}

static void explain_save(struct view *v, const char *format, struct buf *out)
{
    struct explain *e = (struct explain *)v;
    struct gvr gvr = subject_gvr(&e->s);
    struct err err;
    (void)format;
    if (e->doc)
        openapi_explain(e->doc, &gvr, e->s.api_kind, e->s.path, out, &err);
}

static void explain_show(struct view *v, bool shown)
{
    struct explain *e = (struct explain *)v;
    if (shown)
        start(e);
}

static void explain_free(struct view *v)
{
    struct explain *e = (struct explain *)v;
    openapi_cancel(v->ctx->openapi, e->call);
    tree_release(&e->tree);
    json_decref(e->doc);
    subject_release(&e->s);
    view_release(v);
    free(e);
}

static const char *const explain_keys[] = { "open", "parent", "fold", "filter-prompt", "copy",
    "save", "back", "help", NULL };

static const struct view_ops explain_ops = {
    .mode = "tree",
    .free = explain_free,
    .paint = explain_paint,
    .command = explain_command,
    .status = explain_status,
    .show = explain_show,
    .mouse = explain_mouse,
    .save = explain_save,
    .keys = explain_keys,
};

struct view *explain_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    struct buf text = BUF_INIT;
    if (!s->rest) {
        struct view *v = host_focus(host);
        struct call call = { "explain", "" };
        if (!v || !v->ops->command(v, &call, err))
            err_set(err, "explain wants a kind or a field: explain pods.spec.containers");
        return NULL;
    }
    struct explain *e = xcalloc(1, sizeof(*e));
    spec_text(s, &text);
    view_init(&e->v, &explain_ops, cx, text.s, "Explain");
    buf_release(&text);
    e->v.host = host;
    e->s.what = xstrdup(s->rest);
    tree_init(&e->tree);
    if (!subject_find(&e->s, cx, err) && err_is(err)) {
        explain_free(&e->v);
        return NULL;
    }
    return &e->v;
}

void explain_spec(const struct gvr *gvr, const char *path, struct buf *out)
{
    buf_printf(out, "explain %s", gvr->resource);
    if (*gvr->group)
        buf_printf(out, ".%s.%s", gvr->version, gvr->group);
    buf_printf(out, "%s%s", *path ? "." : "", path);
}

// ---- for --once

struct explain_once {
    struct ctx *cx;
    struct subject s;
    uint64_t call;
    json_t *doc;
    struct err err;
};

struct explain_once *explain_once_new(struct ctx *cx, const char *what)
{
    struct explain_once *e = xcalloc(1, sizeof(*e));
    e->cx = cx;
    e->s.what = xstrdup(what);
    return e;
}

void explain_once_free(struct explain_once *e)
{
    if (!e)
        return;
    openapi_cancel(e->cx->openapi, e->call);
    json_decref(e->doc);
    subject_release(&e->s);
    free(e);
}

static void once_on_doc(void *arg, json_t *doc, const struct err *err)
{
    struct explain_once *e = arg;
    e->call = 0;
    e->doc = json_incref(doc);
    if (err)
        e->err = *err;
}

bool explain_once_poll(struct explain_once *e, struct buf *out, struct err *err)
{
    if (!e->s.api_kind && subject_find(&e->s, e->cx, &e->err)) {
        struct gvr gvr = subject_gvr(&e->s);
        e->call = openapi_get(e->cx->openapi, &gvr, once_on_doc, e);
    }
    if (e->doc) {
        struct gvr gvr = subject_gvr(&e->s);
        openapi_explain(e->doc, &gvr, e->s.api_kind, e->s.path, out, &e->err);
    }
    *err = e->err;
    return e->doc || err_is(&e->err);
}
