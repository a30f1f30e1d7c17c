#include "views/list.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "list/columns.h"
#include "list/ctx.h"
#include "list/missing.h"
#include "list/text.h"
#include "views/explain.h"
#include "views/host.h"
#include "views/rowlink.h"

struct set_mark {
    char *uid;
    UT_hash_handle hh;
};

static const struct view_ops list_ops;

struct list_view *list_of(struct view *v)
{
    return v && v->ops == &list_ops ? (struct list_view *)v : NULL;
}

static void list_show(struct view *v, bool shown)
{
    struct list_view *w = (struct list_view *)v;
    if (w->shown == shown)
        return;
    w->shown = shown;
    if (!shown) {
        list_close(&w->l);
        return;
    }
    list_open(&w->l);
}

// ---- sort and columns are remembered per context and kind

static char *memory_key(const struct list_view *w)
{
    return xasprintf("%s/%s", w->v.ctx->target.context->name, w->l.kind ? w->l.kind->name : w->l.spec.view);
}

static void remember_sort(const struct list_view *w)
{
    char *key = memory_key(w);
    char *value = xasprintf("%s%s", w->l.sort_desc ? "-" : "", str_or(w->l.sort_name, "NAME"));
    state_set(w->v.host->state, "sort", key, value);
    free(key);
    free(value);
}

static char *configured(const struct list_view *w, const char *section)
{
    return w->l.kind ? w->v.host->ops->setting(w->v.host, section, w->l.kind->name) : NULL;
}

// What was chosen here, else what the configuration says, else what is usual.
static void recall(struct list_view *w)
{
    char *key = memory_key(w), *sorted = configured(w, "sort"), *layout = configured(w, "columns");
    const char *kept = state_get(w->v.host->state, "sort", key);
    const char *sort = kept ? kept : sorted ? sorted : list_usual_sort(&w->l);
    list_set_layout(&w->l, str_or(state_get(w->v.host->state, "columns", key), layout));
    list_set_sort(&w->l, sort + (*sort == '-'), *sort == '-');
    free(key);
    free(sorted);
    free(layout);
}

void list_choose_layout(struct list_view *w, const char *layout)
{
    char *key = memory_key(w), *own = configured(w, "columns");
    list_set_layout(&w->l, layout ? layout : own);
    state_set(w->v.host->state, "columns", key, layout);
    columns_apply(&w->l);
    free(key);
    free(own);
}

// ---- cursor and marks: bound to UIDs

static void remember_cursor(struct list_view *w)
{
    free(w->cursor_uid);
    w->cursor_uid = w->table.cursor < w->l.model.items.n
                        ? xstrdup(w->l.model.items.v[w->table.cursor].e->row->uid)
                        : NULL;
}

static void merge(struct list_view *w)
{
    size_t offset = w->table.cursor - w->table.top;
    bool was_complete = w->complete;
    struct view_status st;
    list_status(&w->l, &st);
    w->complete |= st.fresh != FRESH_LOADING;
    if (!list_merge(&w->l))
        return;
    long at = list_model_find(&w->l.model, w->cursor_uid, w->table.cursor);
    if (!w->moved && !was_complete)
        at = -1; // until all is there, the last rows included, nobody has chosen the row that came first
    if (at >= 0) { // the object stays under the cursor, and at its place on the screen
        w->table.cursor = (size_t)at;
        w->table.top = (size_t)at >= offset ? (size_t)at - offset : 0;
    } else {
        table_goto(&w->table, w->table.cursor, w->l.model.items.n);
        if (w->l.model.items.n)
            remember_cursor(w);
    }
}

static struct set_mark *find_mark(const struct list_view *w, const char *uid)
{
    struct set_mark *m;
    HASH_FIND_STR(w->marks, uid, m);
    return m;
}

static void set_mark(struct list_view *w, const char *uid, bool on)
{
    struct set_mark *m = find_mark(w, uid);
    if (on && !m) {
        m = xcalloc(1, sizeof(*m));
        m->uid = xstrdup(uid);
        HASH_ADD_KEYPTR(hh, w->marks, m->uid, strlen(m->uid), m);
    } else if (!on && m) {
        HASH_DEL(w->marks, m);
        free(m->uid);
        free(m);
    }
}

static void clear_marks(struct list_view *w)
{
    while (w->marks)
        set_mark(w, w->marks->uid, false);
}

static const struct row *current_row(const struct list_view *w)
{
    return w->table.cursor < w->l.model.items.n ? w->l.model.items.v[w->table.cursor].e->row : NULL;
}

// ---- painting

// A name mistyped must not become the namespace to begin with, nor a favourite.
static void forget_namespace(struct list_view *w, const char *ns)
{
    struct state *st = w->v.host->state;
    const char *context = w->v.ctx->target.context->name;
    if (str_eq(state_get(st, "namespace", context), ns))
        state_set(st, "namespace", context, NULL);
    for (int i = 1; i <= 9; i++) {
        char slot[16];
        snprintf(slot, sizeof(slot), "%d", i);
        if (str_eq(state_get(st, "favourites", slot), ns))
            state_set(st, "favourites", slot, NULL);
    }
    host_flash(w->v.host, ROLE_WARN, "there is no namespace %s in %s", ns, context);
}

static void on_changed(void *arg)
{
    struct list_view *w = arg;
    const char *missing = list_missing_namespace(&w->l);
    if (missing && !w->told_missing)
        forget_namespace(w, missing);
    w->told_missing = missing != NULL;
    view_dirty(&w->v);
}

static void show_sort(struct list_view *w)
{
    w->table.sort_col = w->l.sort_col;
    w->table.sort_desc = w->l.sort_desc;
}

// How wide its cells are, as it comes: the columns are as wide as the widest of all rows, seen or not.
static void on_row(void *arg, const struct kind *kind, const struct row *row)
{
    struct list_view *w = arg;
    struct cell_env env = list_env(&w->l);
    for (size_t i = 0; i < w->table.ncols; i++) {
        buf_clear(&w->scratch);
        list_cell_text(&w->l, kind, row, i, &env, &w->scratch);
        table_measure(&w->table, i, w->scratch.s);
    }
}

// Columns that stay longer than their place among the others would let them, of every kind.
static int usual_rank(const char *name)
{
    static const char *const stay[] = { "NAMESPACE", "KIND", "READY", "AGE", NULL };
    for (int i = 0; stay[i]; i++)
        if (str_eq(stay[i], name))
            return i + 1;
    return 0;
}

static void on_columns(void *arg)
{
    struct list_view *w = arg;
    struct list *l = &w->l;
    struct table_col *tc = xcalloc(l->cols.n + 1, sizeof(*tc));
    for (size_t i = 0; i < l->cols.n; i++) {
        const struct column *c = l->cols.v[i].col;
        tc[i].name = l->cols.v[i].name;
        tc[i].key = str_eq(tc[i].name, "NAME") || (c && c->format == FMT_NAME);
        tc[i].state = str_eq(tc[i].name, "STATUS");
        tc[i].right =
            c ? c->flags & COL_RIGHT : str_eq(tc[i].name, "CPU") || str_eq(tc[i].name, "MEM");
        tc[i].max = c ? c->max : 0;
        tc[i].rank = c && c->rank ? c->rank : c && c->status ? 1 : usual_rank(tc[i].name);
    }
    table_set_cols(&w->table, tc, l->cols.n);
    show_sort(w);
    free(tc);
}

static size_t src_count(void *arg)
{
    const struct list_view *w = arg;
    return w->l.model.items.n;
}

static style_t src_cell(void *arg, size_t row, size_t col, struct buf *out)
{
    struct list_view *w = arg;
    const struct kind *kind = list_kind_at(&w->l, row);
    const struct row *r = w->l.model.items.v[row].e->row;
    struct cell_env env = list_env(&w->l);
    list_cell_text(&w->l, kind, r, col, &env, out);
    const struct column *c = columns_of(&w->l, col, kind);
    return c ? column_style(c, r, &env) : row_severity(r, env.now) == SEV_DIM ? ROLE_DIM : ROLE_TEXT;
}

bool list_is_marked(const struct list_view *w, size_t row)
{
    return w->marks && find_mark(w, w->l.model.items.v[row].e->row->uid);
}

static bool src_marked(void *arg, size_t row)
{
    return list_is_marked(arg, row);
}

static void list_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct list_view *w = (struct list_view *)v;
    if (w->l.metrics != metrics_available(v->ctx->metrics)) {
        w->l.metrics = !w->l.metrics;
        columns_apply(&w->l);
    }
    merge(w);
    struct table_source src = { w, src_count, src_cell, src_marked };
    view_table(v, &w->table, &src, c, r, focused);
    if (w->l.model.items.n == 0)
        list_paint_empty(w, c, r);
}

// ---- commands

static void set_sort(struct list_view *w, const char *name, bool desc)
{
    list_set_sort(&w->l, name, desc);
    show_sort(w);
    remember_sort(w);
}

// "-CPU": the greatest first; again: the other way round.
static bool cmd_sort_by(struct list_view *w, const char *name, struct err *err)
{
    bool greatest = *name == '-';
    name += greatest;
    int i = columns_find(&w->l, name);
    if (i < 0)
        return err_set(err, "there is no column %s here", name);
    set_sort(w, columns_name(&w->l, (size_t)i), w->table.sort_col == i ? !w->l.sort_desc : greatest);
    return true;
}

static bool cmd_sort_step(struct list_view *w, int delta)
{
    long n = (long)w->l.cols.n;
    if (n)
        set_sort(w, w->l.cols.v[(w->table.sort_col + delta + n) % n].name, false);
    return true;
}

static void set_filter(struct list_view *w, const char *text, struct err *err)
{
    if (!list_set_filter(&w->l, text, err))
        return;
    free(w->v.filter_text);
    w->v.filter_text = xstrdup_null(w->l.filter_text);
    table_reset_widths(&w->table); // other rows: not as wide as what half a word typed had let through
}

static bool cmd_filter(struct list_view *w, const char *text, struct err *err)
{
    set_filter(w, text, err);
    return true;
}

static bool cmd_mark(struct list_view *w)
{
    const struct row *r = current_row(w);
    if (!r)
        return true;
    set_mark(w, r->uid, !find_mark(w, r->uid));
    w->mark_anchor = w->table.cursor;
    table_move(&w->table, 1, w->l.model.items.n);
    return true;
}

static bool cmd_mark_range(struct list_view *w)
{
    size_t a = w->mark_anchor, b = w->table.cursor;
    for (size_t i = a < b ? a : b; i <= (a > b ? a : b) && i < w->l.model.items.n; i++)
        set_mark(w, w->l.model.items.v[i].e->row->uid, true);
    return true;
}

static bool cmd_mark_all(struct list_view *w)
{
    for (size_t i = 0; i < w->l.model.items.n; i++)
        set_mark(w, w->l.model.items.v[i].e->row->uid, true);
    return true;
}

static struct selection selection_at(const struct list_view *w, size_t i)
{
    const struct row *r = w->l.model.items.v[i].e->row;
    const struct kind *k = list_kind_at(&w->l, i);
    return (struct selection) { .kind = k, .gvr = k->gvr, .api_kind = k->api_kind, .ns = r->ns,
        .name = k->object_per_rows && w->l.spec.name ? w->l.spec.name : r->name, .uid = r->uid, .row = r };
}

static bool cmd_open(struct list_view *w, struct err *err)
{
    const struct row *r = current_row(w);
    struct drill d = { 0 };
    if (!r)
        return true;
    const struct kind *kind = list_kind_at(&w->l, w->table.cursor);
    struct selection sel = selection_at(w, w->table.cursor);
    if (!selection_named(&sel, err))
        return true;
    if (!kind->enter || !kind->enter(r, &d)) {
        struct call call = { "describe", "" };
        return rowlink_open(&w->v, &call, err);
    }
    struct spec s = { .view = d.view, .ns = d.ns, .labels = *d.labels ? d.labels : NULL,
        .fields = *d.fields ? d.fields : NULL, .name = *d.name ? d.name : NULL,
        .owner_uid = *d.owner_uid ? d.owner_uid : NULL };
    struct buf text = BUF_INIT;
    spec_text(&s, &text);
    bool ok = host_open(w->v.host, text.s, err);
    buf_release(&text);
    return ok || true;
}

static bool move_command(struct list_view *w, const char *name)
{
    long page = w->table.page > 1 ? w->table.page - 1 : 1;
    static const struct {
        const char *name;
        int rows, pages, cols;
    } moves[] = { { "up", -1, 0, 0 }, { "down", 1, 0, 0 }, { "page-up", 0, -1, 0 },
        { "page-down", 0, 1, 0 }, { "left", 0, 0, -1 }, { "right", 0, 0, 1 } };
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_eq(moves[i].name, name)) {
            table_move(&w->table, moves[i].rows + moves[i].pages * page, w->l.model.items.n);
            table_scroll_cols(&w->table, moves[i].cols);
            return true;
        }
    if (str_eq(name, "top") || str_eq(name, "bottom")) {
        table_goto(&w->table, name[0] == 't' ? 0 : SIZE_MAX, w->l.model.items.n);
        return true;
    }
    return false;
}

static bool toggle_wide(struct list_view *w)
{
    w->l.wide = !w->l.wide;
    columns_apply(&w->l);
    return true;
}

static bool cmd_refresh(struct list_view *w)
{
    client_retry(w->v.ctx->client);
    for (size_t i = 0; i < w->l.feeds.n; i++)
        watch_restart(w->l.feeds.v[i]->watch);
    return true;
}

// Of the list's kind, also where it has no row.
static bool cmd_explain(struct list_view *w, struct err *err)
{
    struct buf text = BUF_INIT;
    const struct kind *kind = w->l.kind ? w->l.kind : list_kind_at(&w->l, w->table.cursor);
    explain_spec(&kind->gvr, "", &text);
    host_open(w->v.host, text.s, err);
    buf_release(&text);
    return true;
}

static bool view_command(struct list_view *w, const struct call *call, struct err *err, bool *handled)
{
    *handled = true;
    if (str_eq(call->name, "open"))
        return cmd_open(w, err);
    if (str_eq(call->name, "filter"))
        return cmd_filter(w, call->args, err);
    if (str_eq(call->name, "sort-by"))
        return cmd_sort_by(w, call->args, err);
    if (str_eq(call->name, "sort-next"))
        return cmd_sort_step(w, 1);
    if (str_eq(call->name, "sort-prev"))
        return cmd_sort_step(w, -1);
    if (str_eq(call->name, "sort-invert")) {
        set_sort(w, str_or(w->l.sort_name, "NAME"), !w->l.sort_desc);
        return true;
    }
    if (str_eq(call->name, "wide"))
        return toggle_wide(w);
    if (str_eq(call->name, "errors-only")) {
        w->v.faults_only = w->l.errors_only = !w->l.errors_only;
        w->l.model.stale = true;
        return true;
    }
    if (str_eq(call->name, "refresh"))
        return cmd_refresh(w);
    if (str_eq(call->name, "explain") && (w->l.kind || current_row(w)))
        return cmd_explain(w, err);
    if (str_eq(call->name, "columns-pick")) {
        w->v.host->ops->choose_columns(w->v.host, &w->v);
        return true;
    }
    if (str_eq(call->name, "sort-pick") || str_eq(call->name, "copy")) {
        list_pick(w, call->name);
        return true;
    }
    *handled = false;
    return false;
}

static bool mark_command(struct list_view *w, const char *name)
{
    if (str_eq(name, "mark"))
        return cmd_mark(w);
    if (str_eq(name, "mark-range"))
        return cmd_mark_range(w);
    if (str_eq(name, "mark-all"))
        return cmd_mark_all(w);
    if (!str_eq(name, "unmark-all"))
        return false;
    clear_marks(w);
    return true;
}

// Several rows are marked: the logs of all of them. --row: what a peek asks for, of the one under the cursor.
static bool logs_of_marked(struct list_view *w, const struct call *call, struct err *err)
{
    if (!str_starts(call->name, "logs") || str_eq(call->args, "--row"))
        return false;
    size_t n = list_targets(w, NULL, 0);
    if (n < 2)
        return false;
    struct selection *sels = xcalloc(n, sizeof(*sels));
    list_targets(w, sels, n);
    bool ok = rowlink_logs_of(&w->v, sels, n, call->name, err);
    free(sels);
    return ok;
}

static bool list_command(struct view *v, const struct call *call, struct err *err)
{
    struct list_view *w = (struct list_view *)v;
    bool handled;
    merge(w); // what the key was meant for is what is on the screen
    if (view_command(w, call, err, &handled) || handled)
        return true;
    if (logs_of_marked(w, call, err) || rowlink_open(v, call, err))
        return true;
    if (!move_command(w, call->name) && !mark_command(w, call->name))
        return false;
    w->moved = true;
    remember_cursor(w);
    return true;
}

static bool list_selection(struct view *v, struct selection *out)
{
    struct list_view *w = (struct list_view *)v;
    if (!current_row(w))
        return false;
    *out = selection_at(w, w->table.cursor);
    return true;
}

size_t list_targets(struct list_view *w, struct selection *out, size_t max)
{
    size_t n = 0;
    merge(w); // what the key was meant for is what is on the screen
    for (size_t i = 0; w->marks && i < w->l.model.items.n; i++) {
        if (!find_mark(w, w->l.model.items.v[i].e->row->uid))
            continue;
        if (n < max)
            out[n] = selection_at(w, i);
        n++;
    }
    if (n || !current_row(w))
        return n;
    if (max)
        out[0] = selection_at(w, w->table.cursor);
    return 1;
}

static void status(struct view *v, struct view_status *out)
{
    list_status(&((struct list_view *)v)->l, out);
}

static void list_insight(struct view *v, struct buf *out, style_t *style)
{
    struct list_view *w = (struct list_view *)v;
    const struct row *r = current_row(w);
    if (r && *r->insight) {
        buf_puts(out, r->insight);
        enum severity sev = row_severity(r, time_now());
        *style = sev == SEV_BAD ? ROLE_BAD : sev == SEV_WARN ? ROLE_WARN : ROLE_INFO;
        return;
    }
    struct buf missing = BUF_INIT;
    list_forbidden(&w->l, &missing);
    if (missing.n) {
        buf_printf(out, "no right to list %s", missing.s);
        *style = ROLE_WARN;
    }
    buf_release(&missing);
}

static void list_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks)
{
    struct list_view *w = (struct list_view *)v;
    int col = -1;
    struct err err;
    if (button) {
        table_move(&w->table, button < 0 ? -3 : 3, w->l.model.items.n);
    } else {
        w->moved = true;
        long hit = table_hit(&w->table, r, y, x, w->l.model.items.n, &col);
        if (hit == -1 && col >= 0)
            cmd_sort_by(w, w->l.cols.v[col].name, &err);
        if (hit >= 0) {
            table_goto(&w->table, (size_t)hit, w->l.model.items.n);
            remember_cursor(w);
            if (clicks == 2)
                cmd_open(w, &err);
        }
    }
    remember_cursor(w);
}

static void list_free(struct view *v)
{
    struct list_view *w = (struct list_view *)v;
    list_release(&w->l);
    clear_marks(w);
    table_release(&w->table);
    buf_release(&w->scratch);
    free(w->cursor_uid);
    view_release(v);
    free(w);
}

static void list_save(struct view *v, const char *format, struct buf *out)
{
    list_print(&((struct list_view *)v)->l, format, out);
}

static bool list_extent(struct view *v, struct view_extent *out)
{
    const struct list_view *w = (struct list_view *)v;
    // of others than the watches bring
    bool picked = w->l.spec.uses || w->l.spec.owner_uid || (w->l.composite && !w->l.filter_text && !w->l.errors_only);
    *out = (struct view_extent) { .shown = w->l.model.items.n,
        .total = picked ? w->l.model.items.n : w->l.model.total, .faults = w->l.errors_only,
        .marked = HASH_COUNT(w->marks), .first = w->table.top, .page = (size_t)w->table.page };
    return w->complete && w->shown;
}

// HumanDuration shows seconds below two minutes.
static int list_next_change(struct view *v)
{
    struct list_view *w = (struct list_view *)v;
    int64_t now = time_now();
    size_t end = w->table.top + (size_t)w->table.page;
    for (size_t i = w->table.top; i < end && i < w->l.model.items.n; i++)
        if (now - w->l.model.items.v[i].e->row->created < 120)
            return 1;
    return 10;
}

static const char *const list_keys[] = { "open", "logs", "describe", "yaml", "shell", "filter-prompt", "owner",
    "used-by", "tree", "mark", "sort-pick", "wide", "errors-only", "command-prompt", "help", NULL };

static const struct view_ops list_ops = {
    .mode = "list",
    .free = list_free,
    .paint = list_paint,
    .command = list_command,
    .status = status,
    .selection = list_selection,
    .extent = list_extent,
    .insight = list_insight,
    .show = list_show,
    .mouse = list_mouse,
    .save = list_save,
    .next_change = list_next_change,
    .keys = list_keys,
};

static void title_of(const struct list *l, char *out, size_t n)
{
    static const char of[] = "involvedObject.name=";
    char name[256], several[64];
    snprintf(several, sizeof(several), "%s", l->spec.view);
    several[0] = (char)toupper((unsigned char)several[0]);
    const char *what = l->kind ? l->kind->title : several;
    if (l->spec.name)
        snprintf(out, n, "%s %s", what, l->spec.name);
    else if (l->spec.uses)
        snprintf(out, n, "Uses %s", strrchr(l->spec.uses, '/') ? strrchr(l->spec.uses, '/') + 1 : "");
    else if (l->spec.fields && str_starts(l->spec.fields, of)) {
        size_t used = 0; // up to the comma, as gvr_field escapes it
        for (const char *p = l->spec.fields + strlen(of); *p && *p != ',' && used + 1 < sizeof(name); p++) {
            p += *p == '\\' && p[1];
            name[used++] = *p;
        }
        name[used] = '\0';
        snprintf(out, n, "%s of %s", what, name);
    } else if (l->spec.owner_uid || l->spec.labels || l->spec.fields)
        snprintf(out, n, "%s (%s)", what, str_or(l->spec.labels, str_or(l->spec.fields, "owned")));
    else
        snprintf(out, n, "%s", what);
}

struct view *list_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err)
{
    struct list_view *w = xcalloc(1, sizeof(*w));
    struct buf text = BUF_INIT;
    char title[300];
    if (!list_init(&w->l, cx, spec, err)) {
        free(w);
        return NULL;
    }
    spec_text(spec, &text);
    title_of(&w->l, title, sizeof(title));
    view_init(&w->v, &list_ops, cx, text.s, title);
    buf_release(&text);
    w->v.host = host;
    w->v.ns = xstrdup_null(w->l.ns);
    table_init(&w->table);
    w->table.measured = true;
    buf_init(&w->scratch);
    w->l.wide = host->wide;
    w->l.listener = (struct list_listener) { w, on_changed, on_columns, on_row };
    recall(w);
    columns_apply(&w->l);
    if (spec->filter && *spec->filter) {
        struct err why = { 0 };
        set_filter(w, spec->filter, &why);
        if (err_is(&why)) { // all of them would look like those that match
            *err = why;
            list_free(&w->v);
            return NULL;
        }
    }
    return &w->v;
}
