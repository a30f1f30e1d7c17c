#include "views/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/watch.h"
#include "kinds/family.h"
#include "kinds/kinds.h"
#include "list/ctx.h"
#include "ui/tree.h"
#include "views/host.h"
#include "views/rowlink.h"

enum { MAX_DEPTH = 8, MAX_NODES = 20000, REBUILD_MS = 250 };

struct tree_feed {
    struct watch *watch;
    struct store_sub sub;
    struct watch_listener listener;
};
struct object { // a living row, and one of its owners ("" when it has none)
    const struct kind *kind;
    const struct row *row;
    const char *owner;
};
struct treeview {
    struct view v;
    struct tree tree;
    struct tree_feed feeds[FAMILY_SIZE];
    ARR(struct object) by_owner, by_name; // of one rebuild
    const struct kind *root_kind;
    char *ns, *name; // name NULL: every object of the kind
    struct loop_timer *timer;
    bool shown, stale;
    char sel_kind[128], sel_ns[256], sel_name[256];
};

static void on_rows(void *arg)
{
    struct treeview *t = arg;
    t->stale = true;
    // an index of 10 000 Pods takes milliseconds: not for every event
    if (!loop_timer_active(t->timer))
        loop_timer_start(t->timer, t->tree.nodes.n > 1000 ? REBUILD_MS : 0, 0);
}

static void on_timer(void *arg)
{
    view_dirty(&((struct treeview *)arg)->v);
}

static void on_state(void *arg)
{
    view_dirty(&((struct treeview *)arg)->v);
}

static void treeview_show(struct view *v, bool shown)
{
    struct treeview *t = (struct treeview *)v;
    if (t->shown == shown)
        return;
    t->shown = shown;
    for (size_t i = 0; i < FAMILY_SIZE; i++) {
        struct tree_feed *f = &t->feeds[i];
        if (shown && ctx_serves(v->ctx, kind_family[i])) {
            struct watch_key key = { .gvr = kind_family[i]->gvr, .ns = t->ns,
                .decoder = &kind_family[i]->decoder };
            f->watch = watch_get(client_watches(v->ctx->client), &key);
            f->sub = (struct store_sub) { .notify = on_rows, .arg = t };
            f->listener = (struct watch_listener) { .fn = on_state, .arg = t };
            store_subscribe(watch_store(f->watch), &f->sub);
            watch_listen(f->watch, &f->listener);
        } else if (f->watch) {
            store_unsubscribe(watch_store(f->watch), &f->sub);
            watch_unlisten(f->watch, &f->listener);
            watch_put(f->watch);
            f->watch = NULL;
        }
    }
    t->stale = true;
}

static style_t severity_style(const struct row *row)
{
    static const style_t by[] = { [SEV_OK] = ROLE_TEXT, [SEV_DIM] = ROLE_DIM, [SEV_INFO] = ROLE_INFO,
        [SEV_WARN] = ROLE_WARN, [SEV_BAD] = ROLE_BAD };
    return by[row_severity(row, time_now())];
}

static void note_of(struct treeview *t, const struct kind *kind, const struct row *row, struct buf *out)
{
    static const char *const wanted[] = { "READY", "STATE", "STATUS", "COMPLETIONS", "RESTARTS", "TYPE",
        "HOSTS", "HOSTNAMES", "IMAGE" };
    struct cell_env env = { time_now(), t->v.ctx->metrics, false };
    struct buf cell = BUF_INIT;
    for (size_t w = kind == &kind_containers ? 1 : 0; w < ARRAY_SIZE(wanted); w++) // its state says more
        for (const struct column *c = kind->columns; c->name; c++) {
            if (!str_eq(c->name, wanted[w]))
                continue;
            bool restarts = str_eq(c->name, "RESTARTS");
            buf_clear(&cell);
            column_text(c, row, &env, &cell);
            if (cell.n && !(restarts && str_eq(cell.s, "0")))
                buf_printf(out, "%s%s%s", out->n ? "  " : "", restarts ? "restarts " : "", cell.s);
            break;
        }
    buf_release(&cell);
}

// ---- who belongs to whom

static size_t kind_rank(const struct kind *kind)
{
    size_t i = 0;
    while (i < FAMILY_SIZE && kind_family[i] != kind)
        i++;
    return i;
}

static int compare_names(const void *pa, const void *pb)
{
    const struct object *a = pa, *b = pb;
    size_t ra = kind_rank(a->kind), rb = kind_rank(b->kind);
    int d = ra != rb ? (ra < rb ? -1 : 1) : strcmp(a->row->ns, b->row->ns);
    return d ? d : strcmp(a->row->name, b->row->name);
}

static int compare_owners(const void *pa, const void *pb)
{
    const struct object *a = pa, *b = pb;
    int d = strcmp(a->owner, b->owner);
    return d ? d : compare_names(pa, pb);
}

static void index_row(struct treeview *t, const struct kind *kind, const struct row *row)
{
    struct object o = { kind, row, "" };
    arr_push(&t->by_name, o);
    const char *slash = kind == &kind_containers ? strchr(row->uid, '/') : NULL;
    if (slash) {
        o.owner = row->uid; // compared up to the slash by owner_key
        arr_push(&t->by_owner, o);
        return;
    }
    for (const char *p = row->owners; *p;) {
        for (int i = 0; i < 3; i++)
            p += strlen(p) + 1;
        o.owner = p;
        arr_push(&t->by_owner, o);
        p += strlen(p) + 1;
    }
}

static void index_all(struct treeview *t)
{
    t->by_name.n = t->by_owner.n = 0;
    for (size_t i = 0; i < FAMILY_SIZE; i++) {
        if (!t->feeds[i].watch)
            continue;
        struct store *s = watch_store(t->feeds[i].watch);
        t->feeds[i].sub.seen = s->gen;
        store_reap(s);
        for (struct entry *e = s->head; e; e = e->next)
            if (!e->dead)
                index_row(t, kind_family[i], e->row);
    }
    if (t->by_name.n)
        qsort(t->by_name.v, t->by_name.n, sizeof(*t->by_name.v), compare_names);
    if (t->by_owner.n)
        qsort(t->by_owner.v, t->by_owner.n, sizeof(*t->by_owner.v), compare_owners);
}

// An owner's UID, or the Pod's before the slash of a container's.
static int owner_cmp(const char *owner, const char *uid)
{
    size_t n = strlen(uid);
    int d = strncmp(owner, uid, n);
    return d || owner[n] == '/' ? d : (int)(unsigned char)owner[n];
}

static const struct object *find_named(struct treeview *t, const char *plural, const char *ns, const char *name)
{
    for (size_t i = 0; i < FAMILY_SIZE - 1; i++) { // no links lead to containers
        if (!str_eq(kind_family[i]->gvr.resource, plural))
            continue;
        struct row row = { .ns = ns, .name = name };
        struct object key = { kind_family[i], &row, "" };
        return t->by_name.n
                   ? bsearch(&key, t->by_name.v, t->by_name.n, sizeof(*t->by_name.v), compare_names)
                   : NULL;
    }
    return NULL;
}

// ---- nodes; an id is the path from the root, so that one object may stand in several places

static void add_object(struct treeview *t, const struct object *o, int depth, const char *parent);

static void add_links(struct treeview *t, const struct row *row, int depth, const char *id)
{
    for (const char *p = row->links; *p;) {
        const char *plural = p, *ns = p + strlen(p) + 1, *name = ns + strlen(ns) + 1;
        p = name + strlen(name) + 1;
        if (str_eq(plural, "configmaps") && str_eq(name, "kube-root-ca.crt"))
            continue; // projected into every Pod
        const struct object *o = find_named(t, plural, ns, name);
        char *at = xasprintf("%s %s/%s\n", plural, ns, name);
        if (strstr(id, at)) { // a slice names its Service, a route its parent
            free(at);
            continue;
        }
        free(at);
        if (o) {
            add_object(t, o, depth, id);
            continue;
        }
        char *leaf = xasprintf("%s%s %s/%s\n", id, plural, ns, name);
        const struct kind *kind = kind_find(plural);
        char *label = xasprintf("%s %s", kind ? kind->api_kind : plural, name);
        tree_add(&t->tree, depth, leaf, label)->style = ROLE_DIM;
        free(leaf);
        free(label);
    }
}

static void add_owned(struct treeview *t, const char *uid, int depth, const char *id)
{
    size_t lo = 0, hi = t->by_owner.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (owner_cmp(t->by_owner.v[mid].owner, uid) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < t->by_owner.n && owner_cmp(t->by_owner.v[lo].owner, uid) == 0; lo++)
        add_object(t, &t->by_owner.v[lo], depth, id);
}

static bool shows_links(const struct kind *kind)
{
    return kind == &kind_pods || kind == &kind_endpointslices || kind == &kind_ingresses
           || kind == &kind_httproutes || kind == &kind_grpcroutes;
}

static void add_object(struct treeview *t, const struct object *o, int depth, const char *parent)
{
    struct buf note = BUF_INIT;
    const struct row *row = o->row;
    if (depth > MAX_DEPTH || t->tree.nodes.n > MAX_NODES)
        return;
    char *id = o->kind == &kind_containers
                   ? xasprintf("%scontainers %s/%s\n", parent, row->ns, row->name)
                   : xasprintf("%s%s %s/%s\n", parent, o->kind->gvr.resource, row->ns, row->name);
    char *label = xasprintf("%s %s", o->kind == &kind_containers ? "container" : o->kind->api_kind, row->name);
    note_of(t, o->kind, row, &note);
    struct tree_node *n = tree_add(&t->tree, depth, id, label);
    n->style = severity_style(row);
    n->note = buf_take(&note);
    if (o->kind != &kind_containers) {
        add_owned(t, row->uid, depth + 1, id);
        if (shows_links(o->kind))
            add_links(t, row, depth + 1, id);
    }
    free(id);
    free(label);
}

static void rebuild(struct treeview *t)
{
    t->stale = false;
    index_all(t);
    tree_begin(&t->tree);
    for (size_t i = 0; i < t->by_name.n; i++) {
        const struct object *o = &t->by_name.v[i];
        if (o->kind == t->root_kind && (!t->name || str_eq(o->row->name, t->name)))
            add_object(t, o, 0, "");
    }
    tree_end(&t->tree);
}

static void treeview_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct treeview *t = (struct treeview *)v;
    if (t->stale)
        rebuild(t);
    tree_paint(&t->tree, c, r, focused);
    if (!t->tree.nodes.n) {
        struct view_status s = { 0 };
        v->ops->status(v, &s);
        canvas_put(c, r.y + 2, r.x + 2, r.w - 4, ROLE_DIM,
            s.fresh == FRESH_LOADING ? "◐ loading …" : "nothing here");
    }
}

static void treeview_save(struct view *v, const char *format, struct buf *out)
{
    (void)format;
    tree_plain(&((struct treeview *)v)->tree, out);
}

static bool treeview_selection(struct view *v, struct selection *out)
{
    struct treeview *t = (struct treeview *)v;
    const struct tree_node *n = tree_current(&t->tree);
    if (!n)
        return false;
    const char *id = n->id, *last = id;
    for (const char *p = id; (p = strchr(p, '\n')) && p[1]; p++) {
        if (str_starts(p + 1, "containers ")) // describe and YAML are those of its Pod
            break;
        last = p + 1;
    }
    size_t kind = strcspn(last, " "), ns = strcspn(last + kind, "/"), name = strcspn(last + kind + ns, "\n");
    snprintf(t->sel_kind, sizeof(t->sel_kind), "%.*s", (int)kind, last);
    snprintf(t->sel_ns, sizeof(t->sel_ns), "%.*s", ns ? (int)ns - 1 : 0, last + kind + 1);
    snprintf(t->sel_name, sizeof(t->sel_name), "%.*s", name ? (int)name - 1 : 0, last + kind + ns + 1);
    const struct kind *k = kind_find(t->sel_kind);
    if (!k)
        return false;
    *out = (struct selection) { .kind = k, .gvr = k->gvr, .api_kind = k->api_kind, .ns = t->sel_ns,
        .name = t->sel_name, .uid = "" };
    return true;
}

static bool treeview_command(struct view *v, const struct call *call, struct err *err)
{
    struct treeview *t = (struct treeview *)v;
    struct call describe = { "describe", "" };
    if (tree_command(&t->tree, call->name))
        return true;
    return rowlink_open(v, str_eq(call->name, "open") ? &describe : call, err);
}

static void treeview_status(struct view *v, struct view_status *out)
{
    struct treeview *t = (struct treeview *)v;
    out->fresh = FRESH_LIVE;
    snprintf(out->text, sizeof(out->text), "live");
    for (size_t i = 0; i < FAMILY_SIZE; i++) {
        if (!t->feeds[i].watch)
            continue;
        enum watch_state s = watch_status(t->feeds[i].watch)->state;
        if (s == WATCH_STALE || (s == WATCH_LOADING && out->fresh == FRESH_LIVE)) {
            out->fresh = s == WATCH_LOADING ? FRESH_LOADING : FRESH_STALE;
            snprintf(out->text, sizeof(out->text), s == WATCH_LOADING ? "loading" : "stale");
        }
    }
}

// What is missing from the picture because it may not be read.
static void treeview_insight(struct view *v, struct buf *out, style_t *style)
{
    struct treeview *t = (struct treeview *)v;
    for (size_t i = 0; i + 1 < FAMILY_SIZE; i++)
        if (t->feeds[i].watch && ctx_serves(v->ctx, kind_family[i]) &&
            watch_status(t->feeds[i].watch)->state == WATCH_FORBIDDEN)
            buf_printf(out, "%s%s", out->n ? ", " : "no right to list ", kind_family[i]->name);
    *style = ROLE_WARN;
}

static void treeview_free(struct view *v)
{
    struct treeview *t = (struct treeview *)v;
    treeview_show(v, false);
    loop_timer_free(t->timer);
    tree_release(&t->tree);
    arr_release(&t->by_owner);
    arr_release(&t->by_name);
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
    .save = treeview_save,
    .insight = treeview_insight,
    .show = treeview_show,
    .keys = tree_keys,
};

struct view *treeview_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    const char *kind = s->words.n ? s->words.v[0] : "deployments";
    char *ns = NULL, *name = NULL;
    const struct kind *k = kind_find(kind);
    if (!kind_has_family(k)) {
        err_set(err, "a tree begins at a workload, a Pod, a Service, an Ingress or a route, not at %s", kind);
        return NULL;
    }
    if (s->words.n > 1 && !spec_object(s, true, &ns, &name, err))
        return NULL;
    struct treeview *t = xcalloc(1, sizeof(*t));
    struct buf text = BUF_INIT;
    char *title = xasprintf("Tree %s", name ? name : k->name);
    spec_text(s, &text);
    view_init(&t->v, &treeview_ops, cx, text.s, title);
    free(title);
    buf_release(&text);
    t->v.host = host;
    t->root_kind = k;
    t->ns = ns ? ns : xstrdup(s->ns ? s->ns : cx->ns);
    t->name = name;
    t->timer = loop_timer_new(host->loop, on_timer, t);
    tree_init(&t->tree);
    return &t->v;
}
