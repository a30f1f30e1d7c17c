#include "list/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "list/columns.h"
#include "list/missing.h"
#include "list/text.h"
#include "list/users.h"

struct cell_env list_env(const struct list *l)
{
    return (struct cell_env) { .now = time_now(), .metrics = l->ctx->metrics, .wide = l->wide, .kubectl = l->kubectl_columns,
        .minor = client_minor(l->ctx->client),
        .joins = join_set_table(l->ctx->joins) };
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

static bool pass(void *arg, const struct list_source *src, const struct row *row)
{
    struct list *l = arg;
    struct row_ref ref = { l, src->kind, row, l->env };
    struct filter_row fr = { &ref, ref_text, ref_number, ref_label };
    if (l->errors_only && row_severity(row, ref.env.now) < SEV_WARN)
        return false;
    if (l->composite && !l->users && src->kind->spent && src->kind->spent(row))
        return false;
    if (l->spec.owner_uid && !owned_by(row, l->spec.owner_uid))
        return false;
    if (l->users && !users_match(l->users, row))
        return false;
    if (l->labels && !filter_match(l->labels, &fr))
        return false;
    return !l->filter || filter_match(l->filter, &fr);
}

static bool sort_key(void *arg, const struct list_source *src, const struct row *row, struct list_item *out)
{
    struct list *l = arg;
    if (l->sort_col < 0)
        return false;
    size_t i = (size_t)l->sort_col;
    const struct column *c = columns_of(l, i, src->kind);
    if (c)
        out->key_num = column_key(c, row, &l->env, &out->is_num);
    if (out->is_num)
        return true;
    if (c && !c->text && c->format == FMT_TEXT && c->field < row->nfields) {
        out->key_text = row->f[c->field].s;
        return true;
    }
    buf_clear(&l->scratch);
    list_cell_text(l, src->kind, row, i, &l->env, &l->scratch);
    out->key_text = xstrdup(l->scratch.s);
    out->own_text = true;
    return true;
}

static void shown(void *arg, const struct list_source *src, const struct row *row)
{
    struct list *l = arg;
    if (l->listener.row)
        l->listener.row(l->listener.arg, src->kind, row);
}

// ---- watches

static void changed(struct list *l)
{
    if (l->listener.changed)
        l->listener.changed(l->listener.arg);
}

static void on_rows(void *arg)
{
    struct list *l = arg;
    changed(l);
}

static void on_watch_status(void *arg)
{
    struct list_feed *f = arg;
    struct list *l = f->list;
    const json_t *defs = watch_columns(f->watch);
    if (defs && !l->composite && ctx_kind_columns(f->kind, defs))
        columns_apply(l);
    list_look_for_namespaces(l);
    changed(l);
}

static void add_feed(struct list *l, const struct kind *kind, const char *ns)
{
    struct watch_set *ws = client_watches(l->ctx->client);
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
        metrics_want_pods(l->ctx->metrics, true, ns);
    if (str_eq(kind->gvr.resource, "nodes"))
        metrics_want_nodes(l->ctx->metrics, true);
}

static void add_kind_feeds(struct list *l, const struct kind *kind)
{
    const char *ns = str_or(l->ns, "");
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

void list_open(struct list *l)
{
    for (size_t i = 0; l->composite && l->composite[i]; i++)
        if (!l->composite[i]->object_per_rows && !str_eq(l->composite[i]->name, "events") &&
            ctx_serves(l->ctx, l->composite[i]))
            add_kind_feeds(l, l->composite[i]);
    if (!l->composite && l->kind) {
        add_kind_feeds(l, l->kind);
        join_acquire(l->ctx->joins, l->kind, l->kubectl_columns, str_or(l->ns, ""));
    }
    compile_labels(l);
    if (l->users)
        users_open(l->users);
    for (size_t i = 0; i < l->feeds.n; i++)
        on_watch_status(l->feeds.v[i]);
}

void list_close(struct list *l)
{
    list_forget_namespaces(l);
    if (l->users)
        users_close(l->users);
    list_model_drop_sources(&l->model);
    if (l->feeds.n && !l->composite)
        join_release(l->ctx->joins, l->kind, l->kubectl_columns);
    for (size_t i = 0; i < l->feeds.n; i++) {
        struct list_feed *f = l->feeds.v[i];
        watch_unlisten(f->watch, &f->listener);
        watch_put(f->watch);
        free(f->ns);
        free(f);
    }
    l->feeds.n = 0;
}

// ---- what is shown of it

// A filter that is none leaves the rows as they are; err says why.
bool list_set_filter(struct list *l, const char *text, struct err *err)
{
    struct filter_columns cols = { l, columns_known(l), l->cols.n, filter_column_name };
    struct filter *f = *text ? filter_new(text, &cols, err) : NULL;
    if (*text && !f)
        return false;
    char *copy = *text ? xstrdup(text) : NULL;
    filter_free(l->filter);
    l->filter = f;
    free(l->filter_text);
    l->filter_text = copy;
    l->model.stale = true;
    return true;
}

void list_set_sort(struct list *l, const char *name, bool desc)
{
    char *copy = xstrdup(name);
    free(l->sort_name);
    l->sort_name = copy;
    l->sort_desc = desc;
    l->sort_col = columns_find(l, copy);
    l->model.rules.desc = desc;
    l->model.stale = true;
}

void list_set_layout(struct list *l, const char *layout)
{
    char *copy = xstrdup_null(layout);
    free(l->layout);
    l->layout = copy;
}

const char *list_usual_sort(const struct list *l)
{
    return str_or(l->kind ? l->kind->sort : NULL,
        l->many_ns && (l->composite || l->kind->gvr.namespaced) ? "NAMESPACE" : "NAME");
}

bool list_merge(struct list *l)
{
    l->env = list_env(l);
    return list_model_merge(&l->model);
}

const struct kind *list_kind_at(const struct list *l, size_t i)
{
    return l->model.sources.v[l->model.items.v[i].src]->kind;
}

void list_use_kubectl_columns(struct list *l, bool wide)
{
    l->kubectl_columns = true;
    l->wide = wide;
    free(l->sort_name);
    l->sort_name = NULL;
    columns_apply(l);
}

// ---- its life

bool list_init(struct list *l, struct ctx *cx, const struct spec *spec, struct err *err)
{
    bool unknown_yet = false, users = str_eq(spec->view, "users-of");
    const struct kind *const *composite = list_composite(spec->view);
    const struct kind *kind = composite || users ? NULL : ctx_kind(cx, spec->view, &unknown_yet, err);
    if (users && !spec->uses)
        return err_set(err, "go to an object and press u: what uses it is listed");
    if (!composite && !users && !kind)
        return false;
    if (kind && kind->object_per_rows && !spec->name)
        return err_set(err, "%s are those of one object: go to it and press Enter", kind->name);
    struct buf text = BUF_INIT;
    struct err ignored;
    memset(l, 0, sizeof(*l));
    spec_text(spec, &text);
    spec_parse(&l->spec, text.s, &ignored);
    buf_release(&text);
    l->ctx = cx;
    l->kind = kind;
    l->users = users ? users_new(l) : NULL;
    l->composite = users ? users_kinds(l->users) : composite;
    l->sort_col = -1;
    if (l->composite || kind->gvr.namespaced) // it stays in its namespace when others are gone to
        l->ns = xstrdup(spec->ns ? spec->ns : cx->ns);
    l->many_ns = l->ns && (!*l->ns || strchr(l->ns, ','));
    buf_init(&l->scratch);
    list_model_init(&l->model, &(struct list_rules) { l, pass, sort_key, shown, false });
    const char *sort = list_usual_sort(l);
    list_set_sort(l, sort + (*sort == '-'), *sort == '-');
    columns_apply(l);
    return true;
}

void list_release(struct list *l)
{
    list_close(l);
    list_model_release(&l->model);
    filter_free(l->filter);
    filter_free(l->labels);
    users_free(l->users);
    spec_release(&l->spec);
    arr_release(&l->feeds);
    columns_release(l);
    arr_release(&l->cols);
    free(l->layout);
    free(l->sort_name);
    free(l->filter_text);
    free(l->ns);
    buf_release(&l->scratch);
}
