#include "list/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "client/watch.h"
#include "kinds/kinds.h"
#include "list/columns.h"
#include "list/missing.h"
#include "list/users.h"

void list_cell_text(struct list *l, const struct kind *kind, const struct row *row, size_t col,
    const struct cell_env *env, struct buf *out)
{
    enum list_column_type type = col < l->cols.n ? l->cols.v[col].type : LC_KIND_COLUMN;
    if (type == LC_NAMESPACE) {
        buf_puts(out, row->ns);
    } else if (type == LC_KIND) {
        buf_puts(out, kind->api_kind);
    } else if (type == LC_LABEL) {
        buf_puts(out, str_or(row_label(row, l->cols.v[col].label), ""));
    } else {
        const struct column *c = columns_of(l, col, kind);
        if (c)
            column_text(c, row, env, out);
    }
}

// ---- several kinds as one list

static const struct kind *const workload_kinds[] = { &kind_deployments, &kind_statefulsets,
    &kind_daemonsets, &kind_cronjobs, &kind_jobs, &kind_replicasets, &kind_pods, NULL };
static const struct kind *const all_kinds[] = { &kind_deployments, &kind_statefulsets, &kind_daemonsets,
    &kind_cronjobs, &kind_jobs, &kind_replicasets, &kind_pods, &kind_services, &kind_ingresses,
    NULL };

static const struct {
    const char *names[4];
    const struct kind *const *kinds;
} composites[] = { { { "workloads", "wk", "workload" }, workload_kinds }, { { "all" }, all_kinds } };

const struct kind *const *list_composite(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(composites); i++)
        for (size_t k = 0; k < 4 && composites[i].names[k]; k++)
            if (str_ieq(composites[i].names[k], name))
                return composites[i].kinds;
    return str_eq(name, "everything") ? kind_all() : NULL;
}

// ---- freshness: the worst of the list's watches, in words

static void count_text(long n, char out[24])
{
    if (n >= 10000)
        snprintf(out, 24, "%ldk", n / 1000);
    else
        snprintf(out, 24, "%ld", n);
}

static void stale_text(const struct list *l, const struct watch_status *st, struct view_status *out)
{
    int64_t now = loop_now_ms(client_loop(l->ctx->client));
    char age[HUMAN_DURATION_MAX], retry[32] = "";
    human_duration((now - st->since_ms) / 1000, age);
    if (st->retry_at_ms > now)
        snprintf(retry, sizeof(retry), ", retry in %llds", (long long)((st->retry_at_ms - now + 999) / 1000));
    out->fresh = FRESH_STALE;
    snprintf(out->text, sizeof(out->text), "stale %s: %.150s%s", age, st->err.msg, retry);
}

// In several namespaces a kind counts once.
static bool is_forbidden(const struct list *l, size_t i)
{
    if (!l->composite || watch_status(l->feeds.v[i]->watch)->state != WATCH_FORBIDDEN)
        return false;
    for (size_t k = 0; k < i; k++)
        if (l->feeds.v[k]->kind == l->feeds.v[i]->kind)
            return false;
    return true;
}

const struct watch_status *list_worst(const struct list *l, struct feeds_sum *sum)
{
    static const int rank[] = { [WATCH_LIVE] = 0, [WATCH_LOADING] = 2, [WATCH_STALE] = 4,
        [WATCH_FAILED] = 3, [WATCH_FORBIDDEN] = 1 };
    const struct watch_status *bad = NULL, *spared = NULL;
    *sum = (struct feeds_sum) { 0 };
    for (size_t i = 0; i < l->feeds.n; i++) {
        const struct watch_status *st = watch_status(l->feeds.v[i]->watch);
        sum->loaded += (long)watch_store(l->feeds.v[i]->watch)->count;
        sum->total += st->total > 0 ? st->total : 0;
        // one kind that is not served or not ours to read does not spoil a merged list
        bool minor = l->composite && (st->state == WATCH_FAILED || st->state == WATCH_FORBIDDEN);
        sum->forbidden += is_forbidden(l, i);
        if (minor)
            spared = spared ? spared : st;
        else if (!bad || rank[st->state] > rank[bad->state])
            bad = st;
    }
    return bad ? bad : spared;
}

void list_status(const struct list *l, struct view_status *out)
{
    struct feeds_sum sum;
    const struct watch_status *st = list_worst(l, &sum);
    struct err lost = { 0 };
    char a[24], b[24];
    out->fresh = FRESH_NONE;
    out->text[0] = '\0';
    if (!st)
        return;
    switch (st->state) {
    case WATCH_LOADING:
        out->fresh = FRESH_LOADING;
        count_text(sum.loaded, a);
        count_text(sum.total, b);
        if (sum.total > sum.loaded)
            snprintf(out->text, sizeof(out->text), "loading %s/%s", a, b);
        else
            snprintf(out->text, sizeof(out->text), sum.loaded ? "loading %s" : "loading", a);
        break;
    case WATCH_STALE:
        stale_text(l, st, out);
        break;
    case WATCH_FORBIDDEN:
        out->fresh = FRESH_FORBIDDEN;
        snprintf(out->text, sizeof(out->text), "forbidden");
        break;
    case WATCH_FAILED:
        out->fresh = FRESH_FAILED;
        snprintf(out->text, sizeof(out->text), "%.200s", st->err.msg);
        break;
    case WATCH_LIVE:
        if (l->users && !users_ready(l->users, &lost)) {
            out->fresh = FRESH_LOADING;
            snprintf(out->text, sizeof(out->text), "loading");
            break;
        }
        out->fresh = err_is(&lost) ? FRESH_FAILED : FRESH_LIVE;
        if (err_is(&lost)) {
            snprintf(out->text, sizeof(out->text), "%.200s", lost.msg);
            break;
        }
        if (*st->fallback_ns)
            snprintf(out->text, sizeof(out->text), "live in %.120s only", st->fallback_ns);
        else if (sum.forbidden)
            snprintf(out->text, sizeof(out->text), "live, %zu kind%s forbidden", sum.forbidden,
                sum.forbidden == 1 ? "" : "s");
        else
            snprintf(out->text, sizeof(out->text), st->polled ? "asked again every 15s" : "live");
        break;
    }
}

void list_forbidden(const struct list *l, struct buf *out)
{
    for (size_t i = 0; i < l->feeds.n; i++)
        if (is_forbidden(l, i))
            buf_printf(out, "%s%s", out->n ? ", " : "", l->feeds.v[i]->kind->name);
}

// ---- as text, CSV, JSON

bool list_loaded(struct list *l, struct err *err)
{
    bool all = l->feeds.n > 0;
    for (size_t i = 0; i < l->feeds.n; i++) {
        const struct watch_status *st = watch_status(l->feeds.v[i]->watch);
        if (st->state == WATCH_STALE ||
            ((st->state == WATCH_FORBIDDEN || st->state == WATCH_FAILED) && !l->composite)) {
            *err = st->err;
            return true;
        }
        all &= st->state != WATCH_LOADING;
    }
    all &= !l->users || users_ready(l->users, err);
    return all && !list_looks_for_namespaces(l);
}

static void print_text(struct list *l, struct buf *out)
{
    size_t n = l->cols.n, rows = l->model.items.n;
    int *width = xcalloc(n + 1, sizeof(int));
    struct buf cell = BUF_INIT, clean = BUF_INIT;
    struct cell_env env = list_env(l);
    for (int pass = 0; pass < 2; pass++) // widths first, then the lines
        for (size_t r = 0; r <= rows; r++) {
            for (size_t c = 0; c < n; c++) {
                buf_clear(&cell);
                buf_clear(&clean);
                if (r == 0)
                    buf_puts(&cell, l->cols.v[c].name);
                else
                    list_cell_text(l, l->model.sources.v[l->model.items.v[r - 1].src]->kind,
                        l->model.items.v[r - 1].e->row, c, &env, &cell);
                utf8_sanitise(&clean, cell.s, cell.n);
                int w = utf8_width(clean.s);
                if (pass == 0 && w > width[c])
                    width[c] = w;
                if (pass == 0)
                    continue;
                buf_add(out, clean.s, clean.n);
                if (c + 1 < n)
                    buf_printf(out, "%*s", width[c] - w + 3, "");
            }
            if (pass == 1)
                buf_putc(out, '\n');
        }
    free(width);
    buf_release(&cell);
    buf_release(&clean);
}

static void csv_cell(struct buf *out, const char *s)
{
    // A cell that begins with = + - @ would be a formula in a spreadsheet
    bool quote = strpbrk(s, ",\"\n\r") || strchr("=+-@", *s ? *s : 'x');
    if (!quote) {
        buf_puts(out, s);
        return;
    }
    buf_putc(out, '"');
    for (; *s; s++) {
        if (*s == '"')
            buf_putc(out, '"');
        buf_putc(out, *s);
    }
    buf_putc(out, '"');
}

static void put_csv(struct buf *out, size_t column, const char *s, size_t n)
{
    struct buf clean = BUF_INIT;
    utf8_sanitise_lines(&clean, s, n);
    buf_puts(out, column ? "," : "");
    csv_cell(out, clean.n ? clean.s : "");
    buf_release(&clean);
}

static void print_csv(struct list *l, struct buf *out)
{
    struct buf cell = BUF_INIT;
    struct cell_env env = list_env(l);
    for (size_t c = 0; c < l->cols.n; c++)
        put_csv(out, c, l->cols.v[c].name, strlen(l->cols.v[c].name));
    buf_puts(out, "\r\n"); // RFC 4180
    for (size_t r = 0; r < l->model.items.n; r++) {
        for (size_t c = 0; c < l->cols.n; c++) {
            buf_clear(&cell);
            list_cell_text(l, l->model.sources.v[l->model.items.v[r].src]->kind,
                l->model.items.v[r].e->row, c, &env, &cell);
            put_csv(out, c, cell.s, cell.n);
        }
        buf_puts(out, "\r\n");
    }
    buf_release(&cell);
}

static json_t *row_json(struct list *l, size_t r, const struct cell_env *env)
{
    const struct row *row = l->model.items.v[r].e->row;
    const struct kind *kind = l->model.sources.v[l->model.items.v[r].src]->kind;
    json_t *o = json_object();
    struct buf cell = BUF_INIT;
    json_object_set_new(o, "kind", json_string(kind->api_kind));
    if (*row->ns)
        json_object_set_new(o, "namespace", json_string(row->ns));
    json_object_set_new(o, "name", json_string(row->name));
    json_object_set_new(o, "uid", json_string(row->uid));
    for (size_t c = 0; c < l->cols.n; c++) {
        if (l->cols.v[c].type == LC_NAMESPACE || l->cols.v[c].type == LC_KIND ||
            str_eq(l->cols.v[c].name, "NAME"))
            continue;
        buf_clear(&cell);
        list_cell_text(l, kind, row, c, env, &cell);
        json_t *text = json_stringn(cell.s, cell.n);
        char *key = xstrdup(l->cols.v[c].name);
        for (char *p = key; *p; p++)
            *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p == ' ' ? '_' : *p;
        json_object_set_new(o, key, text ? text : json_string(""));
        free(key);
    }
    if (*row->insight) {
        json_t *insight = json_string(row->insight);
        json_object_set_new(o, "insight", insight ? insight : json_string(""));
    }
    buf_release(&cell);
    return o;
}

void list_print(struct list *l, const char *format, struct buf *out)
{
    list_merge(l);
    if (str_eq(format, "csv")) {
        print_csv(l, out);
    } else if (str_eq(format, "json")) {
        struct cell_env env = list_env(l);
        json_t *all = json_array();
        for (size_t r = 0; r < l->model.items.n; r++)
            json_array_append_new(all, row_json(l, r, &env));
        char *text = json_text(all, JSON_INDENT(2));
        buf_puts(out, text ? text : "[]");
        buf_putc(out, '\n');
        free(text);
        json_decref(all);
    } else {
        print_text(l, out);
    }
}
