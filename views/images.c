#include "views/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "client/watch.h"
#include "kinds/kinds.h"
#include "list/ctx.h"
#include "ui/tree.h"
#include "views/host.h"
#include "views/rowlink.h"

enum { REBUILD_MS = 250 };

struct use { // one container
    struct image_ref image;
    const struct row *row;
};
struct images {
    struct view v;
    struct tree tree;
    struct watch *watch;
    struct store_sub sub;
    struct loop_timer *timer;
    char *ns; // NULL: all
    bool stale;
    char sel_ns[256], sel_name[256];
};

// https://github.com/distribution/reference: the first part is a host when it has a dot, a colon, or is
// localhost; Docker Hub and its `library` are what is not written.
void image_parse(const char *image, struct image_ref *out)
{
    const char *slash = strchr(image, '/'), *rest = image;
    size_t host = slash ? (size_t)(slash - image) : 0;
    snprintf(out->registry, sizeof(out->registry), "docker.io");
    if (slash && (memchr(image, '.', host) || memchr(image, ':', host) || str_starts(image, "localhost/"))) {
        snprintf(out->registry, sizeof(out->registry), "%.*s", (int)(host < 255 ? host : 255), image);
        rest = slash + 1;
    }
    const char *at = strchr(rest, '@'), *colon = NULL;
    for (const char *p = rest; *p && p != at; p++)
        colon = *p == ':' ? p : *p == '/' ? NULL : colon;
    size_t n = colon ? (size_t)(colon - rest) : at ? (size_t)(at - rest) : strlen(rest);
    bool library = str_eq(out->registry, "docker.io") && !memchr(rest, '/', n);
    snprintf(out->repository, sizeof(out->repository), "%s%.*s", library ? "library/" : "",
        (int)(n < 500 ? n : 500), rest);
    out->implied_tag = !colon && !at;
    snprintf(out->tag, sizeof(out->tag), "%s", colon ? colon + 1 : at ? at + 1 : "latest");
}

static const struct column *container_column(const char *name)
{
    for (const struct column *c = kind_containers.columns; c->name; c++)
        if (str_eq(c->name, name))
            return c;
    return NULL;
}

static const char *text_of(const struct row *row, const char *column)
{
    const struct column *c = container_column(column);
    return c ? row->f[c->field].s : "";
}

// The reasons the kubelet gives when an image does not arrive (pkg/kubelet/images/types.go).
static bool pull_fails(const struct row *row)
{
    static const char *const reasons[] = { "ImagePullBackOff", "ErrImagePull", "InvalidImageName",
        "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed" };
    const char *state = text_of(row, "STATE");
    for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
        if (str_eq(reasons[i], state))
            return true;
    return false;
}

static int compare_uses(const void *pa, const void *pb)
{
    const struct use *a = pa, *b = pb;
    int d = strcmp(a->image.registry, b->image.registry);
    d = d ? d : strcmp(a->image.repository, b->image.repository);
    d = d ? d : strcmp(a->image.tag, b->image.tag);
    d = d ? d : strcmp(a->row->ns, b->row->ns);
    return d ? d : strcmp(a->row->uid, b->row->uid);
}

// How many leading parts of the path are the same: 0 none … 3 registry, repository and tag.
static int common(const struct use *a, const struct use *b)
{
    if (strcmp(a->image.registry, b->image.registry) != 0)
        return 0;
    if (strcmp(a->image.repository, b->image.repository) != 0)
        return 1;
    return strcmp(a->image.tag, b->image.tag) ? 2 : 3;
}

// A registry, repository or tag with all its uses u[0..n).
static void add_group(struct images *g, const struct use *u, size_t n, int depth)
{
    const char *const parts[] = { u->image.registry, u->image.repository, u->image.tag };
    char id[1000] = "";
    size_t failing = 0;
    for (size_t i = 0; i < n; i++)
        failing += pull_fails(u[i].row);
    for (int i = 0; i <= depth; i++)
        snprintf(id + strlen(id), sizeof(id) - strlen(id), "%s\n", parts[i]);
    struct tree_node *node = tree_add(&g->tree, depth, id, parts[depth]);
    struct buf note = BUF_INIT;
    buf_printf(&note, "%zu container%s", n, n == 1 ? "" : "s");
    if (failing)
        buf_printf(&note, "  %zu cannot pull", failing);
    if (depth == 2 && u->image.implied_tag)
        buf_puts(&note, "  no tag written: latest");
    node->note = buf_take(&note);
    node->style = failing ? ROLE_BAD : depth == 2 && str_eq(u->image.tag, "latest") ? ROLE_WARN : ROLE_TEXT;
    node->starts_closed = depth == 2;
}

static void add_use(struct images *g, const struct use *u)
{
    const struct row *row = u->row;
    char *id = xasprintf("%s\n%s/%s\n%s", row->uid, row->ns, text_of(row, "POD"), row->name);
    char *label = xasprintf("%s/%s %s", row->ns, text_of(row, "POD"), row->name);
    struct tree_node *node = tree_add(&g->tree, 3, id, label);
    node->note = xstrdup(text_of(row, "STATE"));
    node->style = pull_fails(row) ? ROLE_BAD : ROLE_DIM;
    free(id);
    free(label);
}

static void add_all(struct images *g, const struct use *u, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int same = i ? common(&u[i - 1], &u[i]) : 0;
        for (int depth = same; depth < 3; depth++) {
            size_t end = i + 1;
            while (end < n && common(&u[i], &u[end]) > depth)
                end++;
            add_group(g, u + i, end - i, depth);
        }
        add_use(g, &u[i]);
    }
}

static void rebuild(struct images *g)
{
    struct store *s = watch_store(g->watch);
    struct use *uses = s->count ? xcalloc(s->count, sizeof(*uses)) : NULL;
    size_t n = 0;
    g->stale = false;
    g->sub.seen = s->gen;
    store_reap(s);
    for (struct entry *e = s->head; e && n < s->count; e = e->next) {
        if (e->dead)
            continue;
        image_parse(text_of(e->row, "IMAGE"), &uses[n].image);
        uses[n++].row = e->row;
    }
    if (n)
        qsort(uses, n, sizeof(*uses), compare_uses);
    tree_begin(&g->tree);
    add_all(g, uses, n);
    tree_end(&g->tree);
    free(uses);
}

static void on_rows(void *arg)
{
    struct images *g = arg;
    g->stale = true;
    if (!loop_timer_active(g->timer))
        loop_timer_start(g->timer, g->tree.nodes.n ? REBUILD_MS : 0, 0);
}

static void on_timer(void *arg)
{
    view_dirty(&((struct images *)arg)->v);
}

static void images_show(struct view *v, bool shown)
{
    struct images *g = (struct images *)v;
    if (shown == (g->watch != NULL))
        return;
    if (shown) {
        struct watch_key key = { .gvr = kind_containers.gvr, .ns = g->ns,
            .decoder = &kind_containers.decoder };
        g->watch = watch_get(client_watches(v->ctx->client), &key);
        g->sub = (struct store_sub) { .notify = on_rows, .arg = g };
        store_subscribe(watch_store(g->watch), &g->sub);
        g->stale = true;
    } else {
        store_unsubscribe(watch_store(g->watch), &g->sub);
        watch_put(g->watch);
        g->watch = NULL;
    }
}

static void images_status(struct view *v, struct view_status *out)
{
    struct images *g = (struct images *)v;
    static const struct {
        enum freshness fresh;
        const char *text;
    } by[] = {
        [WATCH_LOADING] = { FRESH_LOADING, "loading" },
        [WATCH_LIVE] = { FRESH_LIVE, "live" },
        [WATCH_STALE] = { FRESH_STALE, "stale" },
        [WATCH_FORBIDDEN] = { FRESH_FORBIDDEN, "" },
        [WATCH_FAILED] = { FRESH_FAILED, "" },
    };
    if (!g->watch)
        return;
    const struct watch_status *s = watch_status(g->watch);
    out->fresh = by[s->state].fresh;
    snprintf(out->text, sizeof(out->text), "%s", *by[s->state].text ? by[s->state].text : s->err.msg);
}

static void images_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct images *g = (struct images *)v;
    if (g->stale)
        rebuild(g);
    tree_paint(&g->tree, c, r, focused);
    if (!g->tree.nodes.n) {
        struct view_status s = { 0 };
        images_status(v, &s);
        canvas_put(c, r.y + 2, r.x + 2, r.w - 4, s.fresh == FRESH_FORBIDDEN ? ROLE_BAD : ROLE_DIM,
            s.fresh == FRESH_LIVE ? "no containers here" : s.text);
    }
}

static bool images_selection(struct view *v, struct selection *out)
{
    struct images *g = (struct images *)v;
    const struct tree_node *n = tree_current(&g->tree);
    if (!n || n->depth < 3)
        return false;
    const char *ns = strchr(n->id, '\n') + 1;
    size_t ns_len = strcspn(ns, "/");
    snprintf(g->sel_ns, sizeof(g->sel_ns), "%.*s", (int)ns_len, ns);
    snprintf(g->sel_name, sizeof(g->sel_name), "%.*s", (int)strcspn(ns + ns_len + 1, "\n"), ns + ns_len + 1);
    *out = (struct selection) { .kind = &kind_pods, .gvr = kind_pods.gvr, .api_kind = "Pod", .ns = g->sel_ns,
        .name = g->sel_name, .uid = "" };
    return true;
}

static bool images_command(struct view *v, const struct call *call, struct err *err)
{
    struct images *g = (struct images *)v;
    const struct tree_node *n = tree_current(&g->tree);
    struct call describe = { "describe", "" };
    if (str_eq(call->name, "open") && n && n->depth < 3) {
        tree_toggle(&g->tree);
        return true;
    }
    if (tree_command(&g->tree, call->name))
        return true;
    return rowlink_open(v, str_eq(call->name, "open") ? &describe : call, err);
}

static void images_save(struct view *v, const char *format, struct buf *out)
{
    struct images *g = (struct images *)v;
    (void)format;
    for (size_t i = 0; i < g->tree.nodes.n; i++) {
        const struct tree_node *n = &g->tree.nodes.v[i];
        buf_printf(out, "%*s%s  %s\n", n->depth * 2, "", n->label, str_or(n->note, ""));
    }
}

static void images_free(struct view *v)
{
    struct images *g = (struct images *)v;
    images_show(v, false);
    loop_timer_free(g->timer);
    tree_release(&g->tree);
    free(g->ns);
    view_release(v);
    free(g);
}

static const char *const keys[] = { "open", "fold-all", "describe", "yaml", "save", "back", "help", NULL };

static const struct view_ops ops = {
    .mode = "tree",
    .free = images_free,
    .paint = images_paint,
    .command = images_command,
    .status = images_status,
    .selection = images_selection,
    .show = images_show,
    .save = images_save,
    .keys = keys,
};

struct view *images_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    const char *ns = s->ns ? s->ns : cx->ns;
    if (strchr(ns, ',')) {
        err_set(err, "images of one namespace (images -n shop) or of all (images -A)");
        return NULL;
    }
    struct images *g = xcalloc(1, sizeof(*g));
    struct buf text = BUF_INIT;
    spec_text(s, &text);
    view_init(&g->v, &ops, cx, text.s, "Images");
    buf_release(&text);
    g->v.host = host;
    g->ns = *ns ? xstrdup(ns) : NULL;
    g->timer = loop_timer_new(host->loop, on_timer, g);
    tree_init(&g->tree);
    return &g->v;
}
