#include "views/kind.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "views/kinds/registry.h"

const struct kind *const *kind_all(void)
{
    return kinds_registry;
}

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; kinds_registry[i]; i++)
        if (str_ieq(kinds_registry[i]->name, name))
            return kinds_registry[i];
    for (size_t i = 0; kinds_registry[i]; i++) {
        const struct kind *k = kinds_registry[i];
        for (size_t a = 0; k->aliases && k->aliases[a]; a++)
            if (str_ieq(k->aliases[a], name))
                return k;
    }
    for (size_t i = 0; kinds_registry[i]; i++)
        if (!kinds_registry[i]->object_per_rows && str_ieq(kinds_registry[i]->api_kind, name))
            return kinds_registry[i];
    return NULL;
}

const struct kind *kind_for_gvr(const char *group, const char *resource)
{
    for (size_t i = 0; kinds_registry[i]; i++)
        if (!kinds_registry[i]->object_per_rows && str_eq(kinds_registry[i]->gvr.group, group) &&
            str_eq(kinds_registry[i]->gvr.resource, resource))
            return kinds_registry[i];
    return NULL;
}

static void put_time_ago(const struct column *col, int64_t t, const struct cell_env *env, struct buf *out)
{
    char age[HUMAN_DURATION_MAX];
    if (t) {
        human_age(env->now, t, age);
        buf_puts(out, age);
    } else if (col->flags & COL_NONE) {
        buf_puts(out, "<none>");
    }
}

static void put_labels(const struct row *row, struct buf *out)
{
    if (!*row->labels) {
        buf_puts(out, "<none>");
        return;
    }
    for (const char *p = row->labels; *p;) {
        const char *value = p + strlen(p) + 1;
        buf_printf(out, "%s%s=%s", p == row->labels ? "" : ",", p, value);
        p = value + strlen(value) + 1;
    }
}

void column_text(const struct column *col, const struct row *row, const struct cell_env *env,
    struct buf *out)
{
    char tmp[HUMAN_DURATION_MAX + 8];
    if (col->text) {
        col->text(row, env, out);
        return;
    }
    const union cell *f = col->field < row->nfields ? &row->f[col->field] : NULL;
    switch (col->format) {
    case FMT_NAME:
        buf_puts(out, row->name);
        return;
    case FMT_NS:
        buf_puts(out, row->ns);
        return;
    case FMT_AGE:
        human_age(env->now, row->created, tmp);
        buf_puts(out, tmp);
        return;
    case FMT_LABELS:
        put_labels(row, out);
        return;
    case FMT_TEXT:
        buf_puts(out, f ? f->s : "");
        return;
    case FMT_TIME_AGO:
        put_time_ago(col, f ? f->n : 0, env, out);
        return;
    case FMT_INT:
        buf_printf(out, "%lld", f ? (long long)f->n : 0);
        return;
    case FMT_RATIO:
        if (f)
            buf_printf(out, "%lld/%lld", (long long)f[0].n, (long long)f[1].n);
        return;
    case FMT_CPU:
        if (f && f->n >= 0)
            buf_printf(out, "%lldm", (long long)f->n);
        return;
    case FMT_MEM:
        if (f && f->n >= 0)
            buf_printf(out, "%lldMi", (long long)(f->n >> 20));
        return;
    }
}

bool column_number(const struct column *col, const struct row *row, const struct cell_env *env, double *out)
{
    if (col->key) {
        *out = col->key(row, env);
        return !isnan(*out);
    }
    if (col->text)
        return false;
    const union cell *f = col->field < row->nfields ? &row->f[col->field] : NULL;
    switch (col->format) {
    case FMT_AGE:
        *out = (double)(env->now - row->created);
        return row->created != 0;
    case FMT_TIME_AGO:
        *out = f ? (double)(env->now - f->n) : 0;
        return f && f->n;
    case FMT_INT:
    case FMT_CPU:
    case FMT_MEM:
        *out = f ? (double)f->n : 0;
        return f != NULL;
    case FMT_RATIO:
        *out = f ? (double)f[0].n - (double)f[1].n + (double)f[0].n / 1e6 : 0; // what lacks most first
        return f != NULL;
    case FMT_NAME:
    case FMT_NS:
    case FMT_LABELS:
    case FMT_TEXT:
        break;
    }
    return false;
}

double column_key(const struct column *col, const struct row *row, const struct cell_env *env,
    bool *is_number)
{
    double v = 0;
    *is_number = column_number(col, row, env, &v);
    return v;
}

style_t column_style(const struct column *col, const struct row *row, const struct cell_env *env)
{
    static const style_t by_severity[] = { [SEV_OK] = ROLE_TEXT, [SEV_DIM] = ROLE_DIM,
        [SEV_INFO] = ROLE_INFO, [SEV_WARN] = ROLE_WARN, [SEV_BAD] = ROLE_BAD };
    if (col->style)
        return col->style(row, env);
    if (row->severity == SEV_DIM)
        return ROLE_DIM;
    if (col->status)
        return row->severity == SEV_OK ? ROLE_OK : by_severity[row->severity];
    if (col->format == FMT_NAME)
        return by_severity[row->severity];
    return ROLE_TEXT;
}

// metav1.FormatLabelSelector: matchLabels sorted, then expressions.
void kind_selector(const json_t *sel, char *out, size_t n)
{
    struct buf b = BUF_INIT;
    const char *key;
    json_t *v;
    size_t i;
    void *it;
    json_t *sorted = json_object_get(sel, "matchLabels");
    // jansson keeps insertion order, and the server sends maps sorted
    for (it = json_object_iter(sorted); it; it = json_object_iter_next(sorted, it)) {
        key = json_object_iter_key(it);
        v = json_object_iter_value(it);
        buf_printf(&b, "%s%s=%s", b.n ? "," : "", key, json_string_value(v) ? json_string_value(v) : "");
    }
    json_array_foreach(json_object_get(sel, "matchExpressions"), i, v)
    {
        const char *op = json_str(v, "operator", NULL), *k = json_str(v, "key", NULL);
        const json_t *values = json_object_get(v, "values");
        buf_puts(&b, b.n ? "," : "");
        if (str_eq(op, "Exists"))
            buf_puts(&b, k);
        else if (str_eq(op, "DoesNotExist"))
            buf_printf(&b, "!%s", k);
        else {
            buf_printf(&b, "%s %s (", k, str_eq(op, "In") ? "in" : "notin");
            for (size_t j = 0; j < json_array_size(values); j++) {
                const char *one = json_string_value(json_array_get(values, j));
                buf_printf(&b, "%s%s", j ? "," : "", one ? one : "");
            }
            buf_putc(&b, ')');
        }
    }
    snprintf(out, n, "%s", b.s);
    buf_release(&b);
}
