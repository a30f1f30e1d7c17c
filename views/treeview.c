#include "views/treeview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/watch.h"
#include "ui/tree.h"
#include "views/app.h"
#include "views/kinds/kinds.h"
#include "views/rowlink.h"

enum { MAX_DEPTH = 8, MAX_NODES = 20000 };

// What can own or be owned inside a namespace, in the order shown.
static const struct kind *const tree_kinds[] = { &kind_deployments, &kind_statefulsets, &kind_daemonsets,
    &kind_cronjobs, &kind_jobs, &kind_replicasets, &kind_pods, &kind_services };

struct tree_feed {
    const struct kind *kind;
    struct watch *watch;
    struct store_sub sub;
};
struct treeview {
    struct view v;
    struct tree tree;
    struct tree_feed feeds[ARRAY_SIZE(tree_kinds)];
    const struct kind *root_kind;
    char *ns, *name; // name NULL: every object of the kind
    bool shown, stale, folded;
};

static void on_rows(void *arg)
{
    struct treeview *t = arg;
    t->stale = true;
    view_dirty(&t->v);
}

static void treeview_show(struct view *v, bool shown)
{
    struct treeview *t = (struct treeview *)v;
    if (t->shown == shown)
        return;
    t->shown = shown;
    for (size_t i = 0; i < ARRAY_SIZE(tree_kinds); i++) {
        struct tree_feed *f = &t->feeds[i];
        if (shown) {
            struct watch_key key = { .gvr = tree_kinds[i]->gvr, .ns = t->ns,
                .decoder = &tree_kinds[i]->decoder };
            f->kind = tree_kinds[i];
            f->watch = watch_get(client_watches(v->ctx->client), &key);
            f->sub.notify = on_rows;
            f->sub.arg = t;
            store_subscribe(watch_store(f->watch), &f->sub);
        } else {
            store_unsubscribe(watch_store(f->watch), &f->sub);
            watch_put(f->watch);
        }
    }
    t->stale = true;
}

static style_t severity_style(const struct row *row)
{
    static const style_t by[] = { [SEV_OK] = ROLE_TEXT, [SEV_DIM] = ROLE_DIM, [SEV_INFO] = ROLE_INFO,
        [SEV_WARN] = ROLE_WARN, [SEV_BAD] = ROLE_BAD };
    return by[row->severity];
}

static void note_of(struct treeview *t, const struct kind *kind, const struct row *row, struct buf *out)
{
    static const char *const wanted[] = { "READY", "STATUS", "COMPLETIONS", "RESTARTS" };
    struct cell_env env = { time_now(), t->v.ctx->metrics };
    for (size_t w = 0; w < ARRAY_SIZE(wanted); w++)
        for (const struct column *c = kind->columns; c->name; c++)
            if (str_eq(c->name, wanted[w])) {
                if (out->n)
                    buf_puts(out, "  ");
                column_text(c, row, &env, out);
                break;
            }
}

static void add_links(struct treeview *t, const struct row *row, int depth)
{
    for (const char *p = row->links; *p;) {
        const char *plural = p, *ns = p + strlen(p) + 1, *name = ns + strlen(ns) + 1;
        char *id = xasprintf("%s>%s/%s/%s", row->uid, plural, ns, name);
        char *label = xasprintf("%s %s", plural, name);
        struct tree_node *n = tree_add(&t->tree, depth, id, label);
        n->style = ROLE_DIM;
        free(id);
        free(label);
        p = name + strlen(name) + 1;
    }
}

static bool owned_by(const struct row *row, const char *uid)
{
    for (const char *p = row->owners; *p;) {
        for (int i = 0; i < 3; i++)
            p += strlen(p) + 1;
        if (str_eq(p, uid))
            return true;
        p += strlen(p) + 1;
    }
    return false;
}

static void add_object(struct treeview *t, const struct kind *kind, const struct row *row, int depth)
{
    struct buf note = BUF_INIT;
    if (depth > MAX_DEPTH || t->tree.nodes.n > MAX_NODES)
        return;
    char *id = xasprintf("%s %s/%s", kind->gvr.resource, row->ns, row->name);
    char *label = xasprintf("%s %s", kind->api_kind, row->name);
    note_of(t, kind, row, &note);
    struct tree_node *n = tree_add(&t->tree, depth, id, label);
    n->style = severity_style(row);
    n->note = buf_take(&note);
    free(id);
    free(label);
    for (size_t i = 0; i < ARRAY_SIZE(tree_kinds); i++)
        for (struct entry *e = watch_store(t->feeds[i].watch)->head; e; e = e->next)
            if (!e->dead && owned_by(e->row, row->uid))
                add_object(t, t->feeds[i].kind, e->row, depth + 1);
    if (kind == &kind_pods)
        add_links(t, row, depth + 1);
}

static void rebuild(struct treeview *t)
{
    t->stale = false;
    tree_begin(&t->tree);
    for (size_t i = 0; i < ARRAY_SIZE(tree_kinds); i++) {
        struct store *s = watch_store(t->feeds[i].watch);
        t->feeds[i].sub.seen = s->gen;
        store_reap(s);
        if (t->feeds[i].kind != t->root_kind)
            continue;
        for (struct entry *e = s->head; e; e = e->next)
            if (!e->dead && (!t->name || str_eq(e->row->name, t->name)))
                add_object(t, t->root_kind, e->row, 0);
    }
    tree_end(&t->tree);
}

static void treeview_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct treeview *t = (struct treeview *)v;
    if (t->stale)
        rebuild(t);
    tree_paint(&t->tree, c, r, focused);
    if (!t->tree.nodes.n)
        canvas_put(c, r.y + 2, r.x + 2, r.w - 4, ROLE_DIM, "nothing here yet");
}

static bool treeview_selection(struct view *v, struct selection *out)
{
    static char kind[128], ns[256], name[256]; // borrowed until the next turn
    struct treeview *t = (struct treeview *)v;
    const struct tree_node *n = tree_current(&t->tree);
    const char *id = n ? n->id : "";
    const char *gt = strchr(id, '>');
    if (gt ? sscanf(gt + 1, "%127[^/]/%255[^/]/%255s", kind, ns, name) != 3
           : sscanf(id, "%127s %255[^/]/%255s", kind, ns, name) != 3)
        return false;
    const struct kind *k = kind_find(kind);
    if (!k)
        return false;
    *out = (struct selection) { .kind = k, .gvr = k->gvr, .api_kind = k->api_kind, .ns = ns, .name = name,
        .uid = "" };
    return true;
}

static bool treeview_command(struct view *v, const struct call *call, struct err *err)
{
    struct treeview *t = (struct treeview *)v;
    static const struct {
        const char *name;
        long delta;
    } moves[] = { { "up", -1 }, { "down", 1 }, { "top", -1000000 }, { "bottom", 1000000 } };
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_eq(moves[i].name, call->name)) {
            tree_move(&t->tree, moves[i].delta);
            return true;
        }
    if (str_eq(call->name, "page-up") || str_eq(call->name, "page-down"))
        tree_move(&t->tree, call->name[5] == 'u' ? -t->tree.page : t->tree.page);
    else if (str_eq(call->name, "fold"))
        tree_toggle(&t->tree);
    else if (str_eq(call->name, "fold-all"))
        tree_fold_all(&t->tree, t->folded = !t->folded);
    else if (str_eq(call->name, "open")) {
        struct call d = { "describe", "" };
        rowlink_open(v, &d, err);
    } else
        return rowlink_open(v, call, err);
    return true;
}

static void treeview_status(struct view *v, struct view_status *out)
{
    struct treeview *t = (struct treeview *)v;
    out->fresh = FRESH_LIVE;
    snprintf(out->text, sizeof(out->text), "live");
    for (size_t i = 0; t->shown && i < ARRAY_SIZE(tree_kinds); i++) {
        enum watch_state s = watch_status(t->feeds[i].watch)->state;
        if (s == WATCH_LOADING || s == WATCH_STALE) {
            out->fresh = s == WATCH_LOADING ? FRESH_LOADING : FRESH_STALE;
            snprintf(out->text, sizeof(out->text), s == WATCH_LOADING ? "loading" : "stale");
        }
    }
}

static void treeview_free(struct view *v)
{
    struct treeview *t = (struct treeview *)v;
    treeview_show(v, false);
    tree_release(&t->tree);
    free(t->ns);
    free(t->name);
    view_release(v);
    free(t);
}

static const char *const tree_keys[] = { "fold", "fold-all", "describe", "yaml", "back", "help", NULL };

static const struct view_ops treeview_ops = {
    .mode = "tree",
    .free = treeview_free,
    .paint = treeview_paint,
    .command = treeview_command,
    .status = treeview_status,
    .selection = treeview_selection,
    .show = treeview_show,
    .keys = tree_keys,
};

struct view *treeview_new(struct app *app, struct ctx *cx, const struct spec *s, struct err *err)
{
    char kind[256] = "deployments", id[600] = "", title[300];
    sscanf(str_or(s->rest, ""), "%255s %599s", kind, id);
    const struct kind *k = kind_find(kind);
    bool ok = false;
    for (size_t i = 0; i < ARRAY_SIZE(tree_kinds); i++)
        ok |= tree_kinds[i] == k;
    if (!ok) {
        err_set(err, "a tree begins at a workload, a Pod or a Service, not at %s", kind);
        return NULL;
    }
    struct treeview *t = xcalloc(1, sizeof(*t));
    struct buf text = BUF_INIT;
    char *slash = strchr(id, '/');
    spec_text(s, &text);
    snprintf(title, sizeof(title), "Tree %s", *id ? (slash ? slash + 1 : id) : k->name);
    view_init(&t->v, &treeview_ops, cx, text.s, title);
    buf_release(&text);
    t->v.app = app;
    t->root_kind = k;
    t->ns = slash ? xstrndup(id, (size_t)(slash - id)) : xstrdup(s->ns ? s->ns : cx->ns);
    t->name = *id ? xstrdup(slash ? slash + 1 : id) : NULL;
    tree_init(&t->tree);
    return &t->v;
}
