#include "views/list.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "views/app.h"
#include "views/columns.h"
#include "views/explain.h"
#include "views/list_text.h"
#include "views/rowlink.h"

struct set_mark {
    char *uid;
    UT_hash_handle hh;
};

static const struct view_ops list_ops;

struct list *list_of(struct view *v)
{
    return v && v->ops == &list_ops ? (struct list *)v : NULL;
}

struct cell_env list_env(const struct list *l)
{
    return (struct cell_env) { .now = time_now(), .metrics = l->v.ctx->metrics, .wide = l->wide,
        .joins = join_set_table(l->v.ctx->joins) };
}

static const char *filter_column_name(void *arg, size_t i)
{
    return columns_name(arg, i);
}

// ---- rules of the model

struct row_ref {
    struct list *l;
    const struct kind *kind;
    const struct row *row;
    struct cell_env env;
};

static void ref_text(void *arg, size_t col, struct buf *out)
{
    const struct row_ref *r = arg;
    list_cell_text(r->l, r->kind, r->row, col, &r->env, out);
}

static bool ref_number(void *arg, size_t col, double *out)
{
    const struct row_ref *r = arg;
    const struct column *c = columns_of(r->l, col, r->kind);
    return c && column_number(c, r->row, &r->env, out);
}

static const char *ref_label(void *arg, const char *key)
{
    const struct row_ref *r = arg;
    return row_label(r->row, key);
}

static bool owned_by(const struct row *row, const char *uid)
{
    for (const char *p = row->owners; *p;) {
        const char *field[4];
        for (int i = 0; i < 4; i++) {
            field[i] = p;
            p += strlen(p) + 1;
        }
        if (str_eq(field[3], uid))
            return true;
    }
    return false;
}

// target: "secrets/shop/tls"
static bool uses(const struct row *row, const char *target)
{
    for (const char *p = row->links; *p;) {
        const char *plural = p, *ns = p + strlen(p) + 1, *name = ns + strlen(ns) + 1;
        size_t n = strlen(plural), m = strlen(ns);
        if (strncmp(target, plural, n) == 0 && target[n] == '/' && strncmp(target + n + 1, ns, m) == 0 &&
            target[n + 1 + m] == '/' && str_eq(target + n + m + 2, name))
            return true;
        p = name + strlen(name) + 1;
    }
    return false;
}

static bool pass(void *arg, const struct list_source *src, const struct row *row)
{
    struct list *l = arg;
    struct row_ref ref = { l, src->kind, row, list_env(l) };
    struct filter_row fr = { &ref, ref_text, ref_number, ref_label };
    if (l->errors_only && row->severity < SEV_WARN)
        return false;
    if (l->spec.owner_uid && !owned_by(row, l->spec.owner_uid))
        return false;
    if (l->spec.uses && !uses(row, l->spec.uses))
        return false;
    if (l->labels && !filter_match(l->labels, &fr))
        return false;
    return !l->filter || filter_match(l->filter, &fr);
}

static bool sort_key(void *arg, const struct list_source *src, const struct row *row, struct list_item *out)
{
    struct list *l = arg;
    if (l->table.sort_col < 0)
        return false;
    size_t i = (size_t)l->table.sort_col;
    const struct column *c = columns_of(l, i, src->kind);
    struct cell_env env = list_env(l);
    if (c)
        out->key_num = column_key(c, row, &env, &out->is_num);
    if (out->is_num)
        return true;
    if (c && !c->text && c->format == FMT_TEXT && c->field < row->nfields) {
        out->key_text = row->f[c->field].s;
        return true;
    }
    buf_clear(&l->scratch);
    list_cell_text(l, src->kind, row, i, &env, &l->scratch);
    out->key_text = xstrdup(l->scratch.s);
    out->own_text = true;
    return true;
}

// ---- watches

static void on_rows(void *arg)
{
    struct list *l = arg;
    view_dirty(&l->v);
}

static void on_watch_status(void *arg)
{
    struct list_feed *f = arg;
    struct list *l = f->list;
    const json_t *defs = watch_columns(f->watch);
    if (defs && !l->composite && ctx_kind_columns(f->kind, defs)) {
        columns_apply(l);
    }
    view_dirty(&l->v);
}

static void add_feed(struct list *l, const struct kind *kind, const char *ns)
{
    struct watch_set *ws = client_watches(l->v.ctx->client);
    struct list_feed *f = xcalloc(1, sizeof(*f));
    struct watch_key key = { .gvr = kind->gvr, .ns = ns, .labels = l->spec.labels, .decoder = &kind->decoder };
    struct buf fields = BUF_INIT;
    f->list = l;
    f->kind = kind;
    f->ns = xstrdup_null(ns);
    if (l->spec.name && !l->composite)
        gvr_field(&fields, "metadata.name", l->spec.name);
    if (l->spec.fields)
        buf_printf(&fields, "%s%s", fields.n ? "," : "", l->spec.fields);
    key.fields = fields.s;
    struct watch *warm = !fields.n && key.labels ? watch_peek(ws, &key) : NULL;
    if (warm) {
        key.labels = NULL;
        f->local_labels = true;
    }
    f->watch = watch_get(ws, &key);
    buf_release(&fields);
    f->listener.fn = on_watch_status;
    f->listener.arg = f;
    watch_listen(f->watch, &f->listener);
    arr_push(&l->feeds, f);
    list_model_add(&l->model, watch_store(f->watch), kind, on_rows, l);
    if (str_eq(kind->gvr.resource, "pods"))
        metrics_want_pods(l->v.ctx->metrics, true, ns);
    if (str_eq(kind->gvr.resource, "nodes"))
        metrics_want_nodes(l->v.ctx->metrics, true);
}

static void add_kind_feeds(struct list *l, const struct kind *kind)
{
    const char *ns = str_or(l->v.ns, "");
    if (!kind->gvr.namespaced || !*ns) {
        add_feed(l, kind, NULL);
        return;
    }
    char *copy = xstrdup(ns), *save = NULL;
    for (char *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save))
        add_feed(l, kind, p);
    free(copy);
}

static void compile_labels(struct list *l)
{
    bool local = false;
    for (size_t i = 0; i < l->feeds.n; i++)
        local |= l->feeds.v[i]->local_labels;
    filter_free(l->labels);
    l->labels = NULL;
    if (!local)
        return;
    struct filter_columns none = { l, 0, 0, filter_column_name };
    struct err err;
    char *text = xasprintf("-l %s", l->spec.labels);
    l->labels = filter_new(text, &none, &err);
    free(text);
}

static void open_feeds(struct list *l)
{
    for (size_t i = 0; l->composite && l->composite[i]; i++)
        if (!l->composite[i]->object_per_rows && !str_eq(l->composite[i]->name, "events") &&
            ctx_serves(l->v.ctx, l->composite[i]))
            add_kind_feeds(l, l->composite[i]);
    if (!l->composite && l->kind) {
        add_kind_feeds(l, l->kind);
        if (!l->kubectl_columns)
            join_acquire(l->v.ctx->joins, l->kind, str_or(l->v.ns, ""));
    }
    compile_labels(l);
    for (size_t i = 0; i < l->feeds.n; i++)
        on_watch_status(l->feeds.v[i]);
}

static void close_feeds(struct list *l)
{
    list_model_drop_sources(&l->model);
    if (l->feeds.n && !l->composite && !l->kubectl_columns)
        join_release(l->v.ctx->joins, l->kind);
    for (size_t i = 0; i < l->feeds.n; i++) {
        struct list_feed *f = l->feeds.v[i];
        watch_unlisten(f->watch, &f->listener);
        watch_put(f->watch);
        free(f->ns);
        free(f);
    }
    l->feeds.n = 0;
}

static void list_show(struct view *v, bool shown)
{
    struct list *l = (struct list *)v;
    if (l->shown == shown)
        return;
    l->shown = shown;
    if (!shown) {
        close_feeds(l);
        return;
    }
    open_feeds(l);
}

// ---- cursor and marks: bound to UIDs

static void remember_cursor(struct list *l)
{
    free(l->cursor_uid);
    l->cursor_uid = l->table.cursor < l->model.items.n
                        ? xstrdup(l->model.items.v[l->table.cursor].e->row->uid)
                        : NULL;
}

void list_merge(struct list *l)
{
    size_t offset = l->table.cursor - l->table.top;
    bool was_complete = l->complete;
    struct view_status st = { .fresh = FRESH_NONE };
    if (l->v.app)
        list_status(&l->v, &st);
    l->complete |= st.fresh != FRESH_LOADING;
    if (l->complete && !was_complete)
        table_reset_widths(&l->table); // what a part of the rows took is not to stay
    if (!list_model_merge(&l->model))
        return;
    long at = list_model_find(&l->model, l->cursor_uid, l->table.cursor);
    if (!l->moved && !was_complete)
        at = -1; // until all is there, the last rows included, nobody has chosen the row that came first
    if (at >= 0) { // the object stays under the cursor, and at its place on the screen
        l->table.cursor = (size_t)at;
        l->table.top = (size_t)at >= offset ? (size_t)at - offset : 0;
    } else {
        table_goto(&l->table, l->table.cursor, l->model.items.n);
        if (l->model.items.n)
            remember_cursor(l);
    }
}

static struct set_mark *find_mark(const struct list *l, const char *uid)
{
    struct set_mark *m;
    HASH_FIND_STR(l->marks, uid, m);
    return m;
}

static void set_mark(struct list *l, const char *uid, bool on)
{
    struct set_mark *m = find_mark(l, uid);
    if (on && !m) {
        m = xcalloc(1, sizeof(*m));
        m->uid = xstrdup(uid);
        HASH_ADD_KEYPTR(hh, l->marks, m->uid, strlen(m->uid), m);
    } else if (!on && m) {
        HASH_DEL(l->marks, m);
        free(m->uid);
        free(m);
    }
}

static void clear_marks(struct list *l)
{
    while (l->marks)
        set_mark(l, l->marks->uid, false);
}

static const struct row *current_row(const struct list *l)
{
    return l->table.cursor < l->model.items.n ? l->model.items.v[l->table.cursor].e->row : NULL;
}

static const struct kind *kind_of_item(const struct list *l, size_t i)
{
    return l->model.sources.v[l->model.items.v[i].src]->kind;
}

// ---- painting

static size_t src_count(void *arg)
{
    const struct list *l = arg;
    return l->model.items.n;
}

static style_t src_cell(void *arg, size_t row, size_t col, struct buf *out)
{
    struct list *l = arg;
    const struct kind *kind = kind_of_item(l, row);
    const struct row *r = l->model.items.v[row].e->row;
    struct cell_env env = list_env(l);
    list_cell_text(l, kind, r, col, &env, out);
    const struct column *c = columns_of(l, col, kind);
    return c ? column_style(c, r, &env) : r->severity == SEV_DIM ? ROLE_DIM : ROLE_TEXT;
}

static bool src_marked(void *arg, size_t row)
{
    const struct list *l = arg;
    return l->marks && find_mark(l, l->model.items.v[row].e->row->uid);
}

static void list_paint(struct view *v, struct canvas *c, struct rect r, bool focused)
{
    struct list *l = (struct list *)v;
    if (l->metrics != metrics_available(v->ctx->metrics)) {
        l->metrics = !l->metrics;
        columns_apply(l);
    }
    list_merge(l);
    l->table.compact = v->app->compact;
    struct table_source src = { l, src_count, src_cell, src_marked };
    table_paint(&l->table, &src, c, r, focused);
    if (l->model.items.n == 0)
        list_paint_empty(l, c, r);
}

// ---- commands

static void set_sort(struct list *l, const char *name, bool desc)
{
    char *copy = xstrdup(name);
    free(l->sort_name);
    l->sort_name = copy;
    l->sort_desc = desc;
    l->table.sort_col = columns_find(l, copy);
    l->table.sort_desc = desc;
    l->model.rules.desc = desc;
    l->model.stale = true;
    list_remember_view(l);
}

static bool cmd_sort_by(struct list *l, const char *name, struct err *err)
{
    int i = columns_find(l, name);
    if (i < 0)
        return err_set(err, "there is no column %s here", name);
    set_sort(l, columns_name(l, (size_t)i), l->table.sort_col == i && !l->sort_desc);
    return true;
}

static bool cmd_sort_step(struct list *l, int delta)
{
    long n = (long)l->cols.n;
    if (n)
        set_sort(l, l->cols.v[(l->table.sort_col + delta + n) % n].name, false);
    return true;
}

// A filter that is none leaves the rows as they are; err says why.
void list_set_filter(struct list *l, const char *text, struct err *err)
{
    struct filter_columns cols = { l, columns_known(l), l->cols.n, filter_column_name };
    struct filter *f = *text ? filter_new(text, &cols, err) : NULL;
    if (*text && !f)
        return;
    char *copy = *text ? xstrdup(text) : NULL;
    filter_free(l->filter);
    l->filter = f;
    free(l->v.filter_text);
    l->v.filter_text = copy;
    table_reset_widths(&l->table); // other rows: not as wide as what half a word typed had let through
    l->model.stale = true;
}

static bool cmd_filter(struct list *l, const char *text, struct err *err)
{
    list_set_filter(l, text, err);
    return true;
}

static bool cmd_mark(struct list *l)
{
    const struct row *r = current_row(l);
    if (!r)
        return true;
    set_mark(l, r->uid, !find_mark(l, r->uid));
    l->mark_anchor = l->table.cursor;
    table_move(&l->table, 1, l->model.items.n);
    return true;
}

static bool cmd_mark_range(struct list *l)
{
    size_t a = l->mark_anchor, b = l->table.cursor;
    for (size_t i = a < b ? a : b; i <= (a > b ? a : b) && i < l->model.items.n; i++)
        set_mark(l, l->model.items.v[i].e->row->uid, true);
    return true;
}

static bool cmd_mark_all(struct list *l)
{
    for (size_t i = 0; i < l->model.items.n; i++)
        set_mark(l, l->model.items.v[i].e->row->uid, true);
    return true;
}

static struct selection selection_at(const struct list *l, size_t i)
{
    const struct row *r = l->model.items.v[i].e->row;
    const struct kind *k = kind_of_item(l, i);
    return (struct selection) { .kind = k, .gvr = k->gvr, .api_kind = k->api_kind, .ns = r->ns,
        .name = k->object_per_rows && l->spec.name ? l->spec.name : r->name, .uid = r->uid, .row = r };
}

static bool cmd_open(struct list *l, struct err *err)
{
    const struct row *r = current_row(l);
    struct drill d = { 0 };
    if (!r)
        return true;
    const struct kind *kind = kind_of_item(l, l->table.cursor);
    struct selection sel = selection_at(l, l->table.cursor);
    if (!selection_named(&sel, err))
        return true;
    if (!kind->enter || !kind->enter(r, &d)) {
        struct call call = { "describe", "" };
        return rowlink_open(&l->v, &call, err);
    }
    struct spec s = { .view = d.view, .ns = d.ns, .labels = *d.labels ? d.labels : NULL,
        .fields = *d.fields ? d.fields : NULL, .name = *d.name ? d.name : NULL,
        .owner_uid = *d.owner_uid ? d.owner_uid : NULL };
    struct buf text = BUF_INIT;
    spec_text(&s, &text);
    bool ok = app_open(l->v.app, text.s, err);
    buf_release(&text);
    return ok || true;
}

static bool move_command(struct list *l, const char *name)
{
    long page = l->table.page > 1 ? l->table.page - 1 : 1;
    static const struct {
        const char *name;
        int rows, pages, cols;
    } moves[] = { { "up", -1, 0, 0 }, { "down", 1, 0, 0 }, { "page-up", 0, -1, 0 },
        { "page-down", 0, 1, 0 }, { "left", 0, 0, -1 }, { "right", 0, 0, 1 } };
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (str_eq(moves[i].name, name)) {
            table_move(&l->table, moves[i].rows + moves[i].pages * page, l->model.items.n);
            table_scroll_cols(&l->table, moves[i].cols);
            return true;
        }
    if (str_eq(name, "top") || str_eq(name, "bottom")) {
        table_goto(&l->table, name[0] == 't' ? 0 : SIZE_MAX, l->model.items.n);
        return true;
    }
    return false;
}

static bool toggle_wide(struct list *l)
{
    l->wide = !l->wide;
    columns_apply(l);
    return true;
}

static bool cmd_refresh(struct list *l)
{
    client_retry(l->v.ctx->client);
    for (size_t i = 0; i < l->feeds.n; i++)
        watch_restart(l->feeds.v[i]->watch);
    return true;
}

// Of the list's kind, also where it has no row.
static bool cmd_explain(struct list *l, struct err *err)
{
    struct buf text = BUF_INIT;
    const struct kind *kind = l->kind ? l->kind : kind_of_item(l, l->table.cursor);
    explain_spec(&kind->gvr, "", &text);
    app_open(l->v.app, text.s, err);
    buf_release(&text);
    return true;
}

static bool view_command(struct list *l, const struct call *call, struct err *err, bool *handled)
{
    *handled = true;
    if (str_eq(call->name, "open"))
        return cmd_open(l, err);
    if (str_eq(call->name, "filter"))
        return cmd_filter(l, call->args, err);
    if (str_eq(call->name, "sort-by"))
        return cmd_sort_by(l, call->args, err);
    if (str_eq(call->name, "sort-next"))
        return cmd_sort_step(l, 1);
    if (str_eq(call->name, "sort-prev"))
        return cmd_sort_step(l, -1);
    if (str_eq(call->name, "sort-invert")) {
        set_sort(l, str_or(l->sort_name, "NAME"), !l->sort_desc);
        return true;
    }
    if (str_eq(call->name, "wide"))
        return toggle_wide(l);
    if (str_eq(call->name, "errors-only")) {
        l->errors_only = !l->errors_only;
        l->model.stale = true;
        return true;
    }
    if (str_eq(call->name, "refresh"))
        return cmd_refresh(l);
    if (str_eq(call->name, "explain") && (l->kind || current_row(l)))
        return cmd_explain(l, err);
    if (str_eq(call->name, "columns-pick")) {
        app_choose_columns(l->v.app, l);
        return true;
    }
    if (str_eq(call->name, "sort-pick") || str_eq(call->name, "copy")) {
        list_pick(l, call->name);
        return true;
    }
    *handled = false;
    return false;
}

static bool mark_command(struct list *l, const char *name)
{
    if (str_eq(name, "mark"))
        return cmd_mark(l);
    if (str_eq(name, "mark-range"))
        return cmd_mark_range(l);
    if (str_eq(name, "mark-all"))
        return cmd_mark_all(l);
    if (!str_eq(name, "unmark-all"))
        return false;
    clear_marks(l);
    return true;
}

static bool list_command(struct view *v, const struct call *call, struct err *err)
{
    struct list *l = (struct list *)v;
    bool handled;
    list_merge(l); // what the key was meant for is what is on the screen
    if (view_command(l, call, err, &handled) || handled)
        return true;
    if (rowlink_open(v, call, err))
        return true;
    if (!move_command(l, call->name) && !mark_command(l, call->name))
        return false;
    l->moved = true;
    remember_cursor(l);
    return true;
}

static bool list_selection(struct view *v, struct selection *out)
{
    struct list *l = (struct list *)v;
    if (!current_row(l))
        return false;
    *out = selection_at(l, l->table.cursor);
    return true;
}

size_t list_targets(struct list *l, struct selection *out, size_t max)
{
    size_t n = 0;
    list_merge(l); // what the key was meant for is what is on the screen
    for (size_t i = 0; l->marks && i < l->model.items.n; i++) {
        if (!find_mark(l, l->model.items.v[i].e->row->uid))
            continue;
        if (n < max)
            out[n] = selection_at(l, i);
        n++;
    }
    if (n || !current_row(l))
        return n;
    if (max)
        out[0] = selection_at(l, l->table.cursor);
    return 1;
}

static void list_insight(struct view *v, struct buf *out, style_t *style)
{
    struct list *l = (struct list *)v;
    const struct row *r = current_row(l);
    if (r && *r->insight) {
        buf_puts(out, r->insight);
        *style = r->severity == SEV_BAD ? ROLE_BAD : r->severity == SEV_WARN ? ROLE_WARN : ROLE_INFO;
    }
}

static void list_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks)
{
    struct list *l = (struct list *)v;
    int col = -1;
    struct err err;
    if (button) {
        table_move(&l->table, button < 0 ? -3 : 3, l->model.items.n);
    } else {
        l->moved = true;
        long hit = table_hit(&l->table, r, y, x, l->model.items.n, &col);
        if (hit == -1 && col >= 0)
            cmd_sort_by(l, l->cols.v[col].name, &err);
        if (hit >= 0) {
            table_goto(&l->table, (size_t)hit, l->model.items.n);
            remember_cursor(l);
            if (clicks == 2)
                cmd_open(l, &err);
        }
    }
    remember_cursor(l);
}

static void list_free(struct view *v)
{
    struct list *l = (struct list *)v;
    list_show(v, false);
    list_model_release(&l->model);
    filter_free(l->filter);
    filter_free(l->labels);
    clear_marks(l);
    spec_release(&l->spec);
    table_release(&l->table);
    arr_release(&l->feeds);
    columns_release(l);
    arr_release(&l->cols);
    free(l->layout);
    free(l->cursor_uid);
    free(l->sort_name);
    buf_release(&l->scratch);
    view_release(v);
    free(l);
}

static void list_save(struct view *v, const char *format, struct buf *out)
{
    list_print((struct list *)v, format, out);
}

// HumanDuration shows seconds below two minutes.
static int list_next_change(struct view *v)
{
    struct list *l = (struct list *)v;
    int64_t now = time_now();
    size_t end = l->table.top + (size_t)l->table.page;
    for (size_t i = l->table.top; i < end && i < l->model.items.n; i++)
        if (now - l->model.items.v[i].e->row->created < 120)
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
    .status = list_status,
    .selection = list_selection,
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

struct view *list_new(struct app *app, struct ctx *cx, const struct spec *spec, struct err *err)
{
    const struct kind *const *composite = list_composite(spec->view);
    bool unknown_yet = false;
    const struct kind *kind = composite ? NULL : ctx_kind(cx, spec->view, &unknown_yet, err);
    if (!composite && !kind)
        return NULL;
    if (kind && kind->object_per_rows && !spec->name) {
        err_set(err, "%s are those of one object: go to it and press Enter", kind->name);
        return NULL;
    }
    struct list *l = xcalloc(1, sizeof(*l));
    struct buf text = BUF_INIT;
    char title[300];
    struct err ignored;
    spec_text(spec, &text);
    spec_parse(&l->spec, text.s, &ignored);
    l->kind = kind;
    l->composite = composite;
    title_of(l, title, sizeof(title));
    view_init(&l->v, &list_ops, cx, text.s, title);
    l->v.app = app;
    buf_release(&text);
    if (composite || kind->gvr.namespaced) // a view stays in its namespace when others are gone to
        l->v.ns = xstrdup(spec->ns ? spec->ns : cx->ns);
    buf_init(&l->scratch);
    table_init(&l->table);
    l->many_ns = l->v.ns && (!*l->v.ns || strchr(l->v.ns, ','));
    l->wide = app && app->wide;
    struct list_rules rules = { l, pass, sort_key, false };
    list_model_init(&l->model, &rules);
    list_recall_view(l);
    l->model.rules.desc = l->sort_desc;
    columns_apply(l);
    if (spec->filter && *spec->filter) {
        struct err why;
        cmd_filter(l, spec->filter, &why);
    }
    return &l->v;
}

void list_use_kubectl_columns(struct list *l, bool wide)
{
    l->kubectl_columns = true;
    l->wide = wide;
    l->table.sort_col = -1;
    free(l->sort_name);
    l->sort_name = NULL;
    columns_apply(l);
}
