#include "views/pools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/watch.h"
#include "kinds/common.h"
#include "kinds/kind.h"
#include "kinds/kinds.h"
#include "kinds/node.h"
#include "list/ctx.h"
#include "ui/table.h"
#include "views/host.h"

enum { MAX_SHORT = 3 };

// Its own words: a row goes as soon as its object changes, and keys are pressed between two frames.
struct group {
    char *name;
    size_t nodes, ready, spot, cordoned;
    int64_t pods, max_pods; // running, and what fits
    int64_t cpu, cpu_asked, cpu_used; // millicores
    int64_t mem, mem_asked, mem_used; // bytes
    bool known, used; // requests, usage
    struct more_list zones, types, versions;
    char *verdict; // the autoscaler's last event: its reason; NULL: none
    int64_t verdict_at;
};
struct source { // a watch held while shown
    struct watch *watch;
    struct store_sub sub;
};
struct pools {
    struct view v;
    struct table table;
    ARR(struct group) groups;
    struct source nodes, events;
    const struct grouping *by;
    char *cursor; // name of the group under the cursor
    char note[512];
    bool shown, stale;
};

static const struct grouping {
    const char *word, *title, *column; // column: of the node list, for the way to the nodes
    enum node_field field;
} groupings[] = {
    { "pool", "POOL", "pool", N_POOL },
    { "zone", "ZONE", "zone", N_ZONE },
    { "type", "TYPE", "type", N_TYPE },
    { "version", "VERSION", "version", N_VERSION },
};

// ---- adding up

static struct group *group_of(struct pools *p, const char *name)
{
    for (size_t i = 0; i < p->groups.n; i++)
        if (str_eq(p->groups.v[i].name, name))
            return &p->groups.v[i];
    struct group g = { .name = xstrdup(name) };
    struct more_list *lists[] = { &g.zones, &g.types, &g.versions };
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        buf_init(&lists[i]->text);
        lists[i]->max = MAX_SHORT;
    }
    arr_push(&p->groups, g);
    return &p->groups.v[p->groups.n - 1];
}

static void group_release(struct group *g)
{
    buf_release(&g->zones.text);
    buf_release(&g->types.text);
    buf_release(&g->versions.text);
    free(g->name);
    free(g->verdict);
}

static void clear_groups(struct pools *p)
{
    for (size_t i = 0; i < p->groups.n; i++)
        group_release(&p->groups.v[i]);
    p->groups.n = 0;
}

// Each value once, in the order met.
static void add_value(struct more_list *l, const char *s)
{
    size_t n = strlen(s);
    for (const char *p = l->text.s; n && (p = strstr(p, s)); p++)
        if ((p == l->text.s || p[-1] == ',') && (!p[n] || p[n] == ','))
            return;
    if (n)
        more_add(l, s);
}

static void add_node(struct pools *p, const struct row *row)
{
    struct group *g = group_of(p, row->f[p->by->field].s);
    struct joins const *j = join_set_table(p->v.ctx->joins);
    struct pod_sum sum;
    struct usage use;
    g->nodes++;
    g->ready += str_starts(row->f[N_STATUS].s, "Ready");
    g->cordoned += strstr(row->f[N_STATUS].s, "SchedulingDisabled") != NULL;
    g->spot += str_eq(row->f[N_CAP].s, "spot");
    g->cpu = num_add(g->cpu, row->f[N_CPU].n > 0 ? row->f[N_CPU].n : 0);
    g->mem = num_add(g->mem, row->f[N_MEM].n > 0 ? row->f[N_MEM].n : 0);
    g->max_pods = num_add(g->max_pods, row->f[N_PODS].n > 0 ? row->f[N_PODS].n : 0);
    if (j->pods_on_node && j->pods_on_node(j->arg, row->name, &sum)) {
        g->known = true;
        g->pods += sum.pods;
        g->cpu_asked = num_add(g->cpu_asked, sum.cpu_milli);
        g->mem_asked = num_add(g->mem_asked, sum.mem_bytes);
    }
    if (metrics_node(p->v.ctx->metrics, row->name, &use)) {
        g->used = true;
        g->cpu_used = num_add(g->cpu_used, use.cpu_milli);
        g->mem_used = num_add(g->mem_used, use.mem_bytes);
    }
    add_value(&g->zones, row->f[N_ZONE].s);
    add_value(&g->types, row->f[N_TYPE].s);
    add_value(&g->versions, row->f[N_VERSION].s);
}

static const char *event_text(const struct row *e, const char *column)
{
    for (const struct column *c = kind_events.columns; c->name; c++)
        if (str_eq(c->name, column))
            return e->f[c->field].s;
    return "";
}

static int64_t event_time(const struct row *e)
{
    return e->f[kind_events.columns[0].field].n; // LAST SEEN
}

// Events name a node (ScaleDown) or, in words, the group that grows (TriggeredScaleUp).
static void add_event(struct pools *p, const struct row *e, const struct row **last)
{
    const char *object = event_text(e, "OBJECT"), *message = event_text(e, "MESSAGE");
    if (!*last || event_time(e) > event_time(*last))
        *last = e;
    for (size_t i = 0; i < p->groups.n; i++) {
        struct group *g = &p->groups.v[i];
        bool about = *g->name && strstr(message, g->name);
        for (struct entry *n = watch_store(p->nodes.watch)->head; n && !about; n = n->next)
            about = !n->dead && str_starts(object, "node/") && str_eq(object + 5, n->row->name) &&
                    str_eq(n->row->f[p->by->field].s, g->name);
        if (!about || (g->verdict && event_time(e) <= g->verdict_at))
            continue;
        free(g->verdict);
        g->verdict = xstrdup(event_text(e, "REASON"));
        g->verdict_at = event_time(e);
    }
}

static int by_group_name(const void *a, const void *b)
{
    return str_natural_cmp(((const struct group *)a)->name, ((const struct group *)b)->name);
}

static void drop_unmatched(struct pools *p)
{
    const char *text = p->v.filter_text;
    for (size_t i = p->groups.n; text && i-- > 0;) {
        struct group *g = &p->groups.v[i];
        if (str_icontains(g->name, text) || str_icontains(g->zones.text.s, text) ||
            str_icontains(g->types.text.s, text) || str_icontains(g->versions.text.s, text))
            continue;
        group_release(g);
        arr_remove(&p->groups, i);
    }
}

static void rebuild(struct pools *p)
{
    struct store *nodes = watch_store(p->nodes.watch), *events = watch_store(p->events.watch);
    const struct row *last = NULL;
    clear_groups(p);
    store_reap(nodes);
    store_reap(events);
    p->nodes.sub.seen = nodes->gen;
    p->events.sub.seen = events->gen;
    for (struct entry *e = nodes->head; e; e = e->next)
        if (!e->dead)
            add_node(p, e->row);
    for (struct entry *e = events->head; e; e = e->next)
        if (!e->dead)
            add_event(p, e->row, &last);
    if (p->groups.n)
        qsort(p->groups.v, p->groups.n, sizeof(*p->groups.v), by_group_name);
    drop_unmatched(p);
    p->note[0] = '\0';
    if (last) {
        char age[HUMAN_DURATION_MAX];
        human_age(time_now(), event_time(last), age);
        snprintf(p->note, sizeof(p->note), "autoscaler, %s ago: %s: %.300s", age,
            event_text(last, "REASON"), event_text(last, "MESSAGE"));
    }
    for (size_t i = 0; p->cursor && i < p->groups.n; i++)
        if (str_eq(p->groups.v[i].name, p->cursor))
            p->table.cursor = i;
}

// ---- cells

static void put_share(struct buf *out, int64_t part, int64_t whole)
{
    if (whole > 0)
        buf_printf(out, "%lld%%", (long long)num_of((double)part * 100 / (double)whole + 0.5));
}

static void cell_name(const struct group *g, struct buf *out)
{
    buf_puts(out, str_or(g->name, "<none>"));
}

static void cell_ready(const struct group *g, struct buf *out)
{
    buf_printf(out, "%zu/%zu", g->ready, g->nodes);
    if (g->cordoned)
        buf_printf(out, " %zu cordoned", g->cordoned);
}

static void cell_spot(const struct group *g, struct buf *out)
{
    if (g->spot)
        put_share(out, (int64_t)g->spot, (int64_t)g->nodes);
}

static void cell_pods(const struct group *g, struct buf *out)
{
    if (g->known)
        buf_printf(out, "%lld", (long long)g->pods);
    buf_printf(out, "/%lld", (long long)g->max_pods);
}

static void cell_cpu(const struct group *g, struct buf *out)
{
    cpu_cell(out, g->cpu, 0);
}

static void cell_cpu_asked(const struct group *g, struct buf *out)
{
    if (g->known)
        put_share(out, g->cpu_asked, g->cpu);
}

static void cell_cpu_used(const struct group *g, struct buf *out)
{
    if (g->used)
        put_share(out, g->cpu_used, g->cpu);
}

static void cell_mem(const struct group *g, struct buf *out)
{
    mem_cell(out, g->mem, 0);
}

static void cell_mem_asked(const struct group *g, struct buf *out)
{
    if (g->known)
        put_share(out, g->mem_asked, g->mem);
}

static void cell_mem_used(const struct group *g, struct buf *out)
{
    if (g->used)
        put_share(out, g->mem_used, g->mem);
}

static void cell_versions(const struct group *g, struct buf *out)
{
    buf_puts(out, g->versions.text.s);
}

static void cell_types(const struct group *g, struct buf *out)
{
    buf_puts(out, g->types.text.s);
}

static void cell_zones(const struct group *g, struct buf *out)
{
    buf_puts(out, g->zones.text.s);
}

static void cell_verdict(const struct group *g, struct buf *out)
{
    char age[HUMAN_DURATION_MAX];
    if (!g->verdict)
        return;
    human_age(time_now(), g->verdict_at, age);
    buf_printf(out, "%s %s", g->verdict, age);
}

static const struct {
    struct table_col col;
    void (*text)(const struct group *g, struct buf *out);
} columns[] = {
    { { "", 0, 0, false, true }, cell_name },
    { { "READY", 0, 0, false, false }, cell_ready },
    { { "SPOT", 0, 0, true, false }, cell_spot },
    { { "PODS", 0, 0, true, false }, cell_pods },
    { { "CPU", 0, 0, true, false }, cell_cpu },
    { { "%ASKED", 0, 0, true, false }, cell_cpu_asked },
    { { "%USED", 0, 0, true, false }, cell_cpu_used },
    { { "MEM", 0, 0, true, false }, cell_mem },
    { { "%ASKED", 0, 0, true, false }, cell_mem_asked },
    { { "%USED", 0, 0, true, false }, cell_mem_used },
    { { "VERSIONS", 0, 40, false, false }, cell_versions },
    { { "TYPES", 0, 40, false, false }, cell_types },
    { { "ZONES", 0, 40, false, false }, cell_zones },
    { { "AUTOSCALER", 0, 0, false, false }, cell_verdict },
};

static size_t src_count(void *arg)
{
    return ((struct pools *)arg)->groups.n;
}

static style_t src_cell(void *arg, size_t row, size_t col, struct buf *out)
{
    struct pools *p = arg;
    const struct group *g = &p->groups.v[row];
    columns[col].text(g, out);
    bool skew = columns[col].text == cell_versions && strchr(out->s, ',');
    if (columns[col].text == cell_ready && g->ready < g->nodes)
        return ROLE_BAD;
    return skew || (columns[col].text == cell_ready && g->cordoned) ? ROLE_WARN : ROLE_TEXT;
}

// ---- the view

static void on_change(void *arg)
{
    view_dirty(&((struct pools *)arg)->v);
}

static void hold(struct pools *p, struct source *s, const struct kind *kind, const char *fields)
{
    struct watch_key key = { .gvr = kind->gvr, .fields = fields, .decoder = &kind->decoder };
    s->watch = watch_get(client_watches(p->v.ctx->client), &key);
    s->sub = (struct store_sub) { .notify = on_change, .arg = p };
    store_subscribe(watch_store(s->watch), &s->sub);
}

static void let_go(struct source *s)
{
    store_unsubscribe(watch_store(s->watch), &s->sub);
    watch_put(s->watch);
    s->watch = NULL;
}

static void pools_show(struct view *v, bool shown)
{
    struct pools *p = (struct pools *)v;
    if (p->shown == shown)
        return;
    p->shown = shown;
    if (shown) {
        hold(p, &p->nodes, &kind_nodes, NULL);
        hold(p, &p->events, &kind_events, "source=cluster-autoscaler");
        join_acquire(v->ctx->joins, &kind_nodes, false, NULL);
        metrics_want_nodes(v->ctx->metrics, true);
    } else {
        clear_groups(p);
        let_go(&p->nodes);
        let_go(&p->events);
        join_release(v->ctx->joins, &kind_nodes, false);
    }
}

static void pools_status(struct view *v, struct view_status *out)
{
    struct pools *p = (struct pools *)v;
    static const enum freshness by[] = { [WATCH_LOADING] = FRESH_LOADING,
        [WATCH_LIVE] = FRESH_LIVE,
        [WATCH_STALE] = FRESH_STALE,
        [WATCH_FORBIDDEN] = FRESH_FORBIDDEN,
        [WATCH_FAILED] = FRESH_FAILED };
    if (!p->shown)
        return;
    const struct watch_status *s = watch_status(p->nodes.watch);
    out->fresh = by[s->state];
    out->pending = metrics_pending(v->ctx->metrics);
    snprintf(out->text, sizeof(out->text), "%s",
        s->state == WATCH_LIVE      ? "live"
        : s->state == WATCH_LOADING ? "loading"
                                    : s->err.msg);
}

static void pools_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct pools *p = (struct pools *)v;
    struct table_source src = { p, src_count, src_cell, NULL };
    if (p->shown)
        rebuild(p); // some nodes, added up in microseconds
    view_table(v, &p->table, &src, c, r, focused);
    if (!p->groups.n) {
        struct view_status s = { .fresh = FRESH_NONE };
        pools_status(v, &s);
        canvas_put(
            c, r.y + 2, r.x + 2, r.w - 4, ROLE_DIM, s.fresh == FRESH_LIVE ? "No nodes." : s.text);
    }
}

static void remember_cursor(struct pools *p)
{
    free(p->cursor);
    p->cursor = p->table.cursor < p->groups.n ? xstrdup(p->groups.v[p->table.cursor].name) : NULL;
}

static bool open_nodes(struct pools *p, struct err *err)
{
    if (p->table.cursor >= p->groups.n)
        return true;
    char *spec = xasprintf("nodes /%s=%s", p->by->column, p->groups.v[p->table.cursor].name);
    host_open(p->v.host, spec, err);
    free(spec);
    return true;
}

static bool set_filter(struct pools *p, const char *text)
{
    free(p->v.filter_text);
    p->v.filter_text = *text ? xstrdup(text) : NULL;
    view_dirty(&p->v);
    return true;
}

static bool pools_command(struct view *v, const struct call *call, struct err *err)
{
    struct pools *p = (struct pools *)v;
    long page = p->table.page > 1 ? p->table.page - 1 : 1;
    const struct {
        const char *name;
        long delta;
    } moves[] = { { "up", -1 }, { "down", 1 }, { "page-up", -page }, { "page-down", page },
        { "top", -1000000 }, { "bottom", 1000000 } };
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_eq(moves[i].name, call->name)) {
            table_move(&p->table, moves[i].delta, p->groups.n);
            remember_cursor(p);
            return true;
        }
    if (str_eq(call->name, "left") || str_eq(call->name, "right"))
        table_scroll_cols(&p->table, call->name[0] == 'l' ? -1 : 1);
    else if (str_eq(call->name, "open"))
        return open_nodes(p, err);
    else if (str_eq(call->name, "filter"))
        return set_filter(p, call->args);
    else
        return false;
    return true;
}

static void pools_insight(struct view *v, struct buf *out, style_t *style)
{
    struct pools *p = (struct pools *)v;
    buf_puts(out, p->note);
    if (!*p->note)
        buf_puts(out, "also by :pools zone, :pools type, :pools version");
    *style = *p->note ? ROLE_INFO : ROLE_DIM;
}

static void pools_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks)
{
    struct pools *p = (struct pools *)v;
    struct err err;
    int col;
    long hit = button ? -2 : table_hit(&p->table, r, y, x, p->groups.n, &col);
    if (button)
        table_move(&p->table, button * 3, p->groups.n);
    if (hit >= 0)
        table_goto(&p->table, (size_t)hit, p->groups.n);
    remember_cursor(p);
    if (hit >= 0 && clicks == 2)
        open_nodes(p, &err);
}

static void pools_save(struct view *v, const char *format, struct buf *out)
{
    struct pools *p = (struct pools *)v;
    bool csv = str_eq(format, "csv");
    for (size_t r = 0; r <= p->groups.n; r++)
        for (size_t c = 0; c < ARRAY_SIZE(columns); c++) {
            struct buf cell = BUF_INIT;
            if (r)
                columns[c].text(&p->groups.v[r - 1], &cell);
            else
                buf_puts(&cell, c ? columns[c].col.name : p->by->title);
            bool end = c + 1 == ARRAY_SIZE(columns), quote = csv && strchr(cell.s, ',');
            buf_printf(out, "%s%s%s%s", quote ? "\"" : "", cell.s, quote ? "\"" : "",
                end   ? "\n"
                : csv ? ","
                      : "\t");
            buf_release(&cell);
        }
}

static void pools_free(struct view *v)
{
    struct pools *p = (struct pools *)v;
    pools_show(v, false);
    table_release(&p->table);
    arr_release(&p->groups);
    free(p->cursor);
    view_release(v);
    free(p);
}

static const char *const pool_keys[] = { "open", "filter-prompt", "save", "back", "command-prompt",
    "help", NULL };

static const struct view_ops pools_ops = {
    .mode = "list",
    .free = pools_free,
    .paint = pools_paint,
    .command = pools_command,
    .status = pools_status,
    .insight = pools_insight,
    .show = pools_show,
    .mouse = pools_mouse,
    .save = pools_save,
    .keys = pool_keys,
};

struct view *pools_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    const struct grouping *by = s->rest ? NULL : &groupings[0];
    for (size_t i = 0; i < ARRAY_SIZE(groupings) && s->rest; i++)
        if (str_eq(s->rest, groupings[i].word))
            by = &groupings[i];
    if (!by) {
        err_set(err, "nodes are added up by pool, zone, type or version, not by %s", s->rest);
        return NULL;
    }
    struct pools *p = xcalloc(1, sizeof(*p));
    struct buf text = BUF_INIT;
    struct table_col cols[ARRAY_SIZE(columns)];
    spec_text(s, &text);
    view_init(&p->v, &pools_ops, cx, text.s, "Node pools");
    buf_release(&text);
    p->v.host = host;
    p->by = by;
    table_init(&p->table);
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
        cols[i] = columns[i].col;
    cols[0].name = by->title;
    table_set_cols(&p->table, cols, ARRAY_SIZE(columns));
    return &p->v;
}
