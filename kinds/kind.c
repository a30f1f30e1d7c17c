#include "kinds/kind.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "kinds/common.h"
#include "kinds/registry.h"

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

// As kubectl's table printer: the first line only, and a mark that there is more.
static void put_line(const char *s, struct buf *out)
{
    size_t n = strcspn(s, "\n\r\f");
    buf_add(out, s, n);
    if (s[n])
        buf_puts(out, "...");
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
        put_line(f ? f->s : "", out);
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

// Statuses sort by how bad they are, the worst first, then by their first letters; the hash keeps equal
// texts together. 3 + 36 + 13 bits: exact in a double.
static double status_key(const struct row *row, const char *s, int64_t now)
{
    static const double order[] = { [SEV_BAD] = 0, [SEV_WARN] = 1, [SEV_INFO] = 2, [SEV_OK] = 3,
        [SEV_DIM] = 4 };
    double v = order[row_severity(row, now)];
    unsigned hash = 0;
    for (const char *p = s; *p; p++)
        hash = (hash * 31 + (unsigned char)*p) % 8191;
    for (size_t i = 0; i < 6; i++) {
        v = v * 64 + (*s ? (*s & 0x3f) : 0);
        s += *s != '\0';
    }
    return v * 8192 + hash;
}

double column_key(const struct column *col, const struct row *row, const struct cell_env *env,
    bool *is_number)
{
    double v = 0;
    *is_number = column_number(col, row, env, &v);
    if (*is_number || !col->status || col->format != FMT_TEXT || col->field >= row->nfields)
        return v;
    *is_number = true;
    return status_key(row, row->f[col->field].s, env->now);
}

style_t column_style(const struct column *col, const struct row *row, const struct cell_env *env)
{
    static const style_t by_severity[] = { [SEV_OK] = ROLE_TEXT, [SEV_DIM] = ROLE_DIM,
        [SEV_INFO] = ROLE_INFO, [SEV_WARN] = ROLE_WARN, [SEV_BAD] = ROLE_BAD };
    if (col->style)
        return col->style(row, env);
    enum severity sev = row_severity(row, env->now);
    if (sev == SEV_DIM)
        return ROLE_DIM;
    if (col->status)
        return sev == SEV_OK ? ROLE_OK : by_severity[sev];
    if (col->format == FMT_NAME)
        return by_severity[sev];
    return ROLE_TEXT;
}

struct requirement {
    const char *key;
    char *text;
};

static int by_key(const void *a, const void *b)
{
    const struct requirement *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    return c ? c : strcmp(x->text, y->text);
}

// labels.Requirement.String(): values of sets are sorted there.
static char *expression_text(const json_t *e)
{
    struct buf b = BUF_INIT;
    const char *op = json_str(e, "operator", NULL), *key = json_str(e, "key", NULL);
    ARR(const char *) values = { 0 };
    size_t i;
    json_t *v;
    buf_printf(&b, "%s%s", str_eq(op, "DoesNotExist") ? "!" : "", key);
    json_array_foreach(json_object_get(e, "values"), i, v)
    {
        if (json_is_string(v))
            arr_push(&values, json_string_value(v));
    }
    if (str_eq(op, "In") || str_eq(op, "NotIn")) {
        if (values.n)
            qsort(values.v, values.n, sizeof(*values.v), cmp_str);
        buf_printf(&b, " %s (", str_eq(op, "In") ? "in" : "notin");
        for (i = 0; i < values.n; i++)
            buf_printf(&b, "%s%s", i ? "," : "", values.v[i]);
        buf_putc(&b, ')');
    }
    arr_release(&values);
    return buf_take(&b);
}

// metav1.FormatLabelSelector: all requirements sorted by key.
static void put_selector(const json_t *sel, struct buf *b)
{
    ARR(struct requirement) req = { 0 };
    const char *key;
    json_t *v;
    size_t i;
    json_object_foreach(json_object_get(sel, "matchLabels"), key, v)
    {
        struct requirement r = { key, xasprintf("%s=%s", key, str_or(json_string_value(v), "")) };
        arr_push(&req, r);
    }
    json_array_foreach(json_object_get(sel, "matchExpressions"), i, v)
    {
        struct requirement r = { json_str(v, "key", NULL), expression_text(v) };
        arr_push(&req, r);
    }
    if (req.n)
        qsort(req.v, req.n, sizeof(*req.v), by_key);
    for (i = 0; i < req.n; i++) {
        list_add(b, req.v[i].text);
        free(req.v[i].text);
    }
    arr_release(&req);
}

void kind_selector(const json_t *sel, char *out, size_t n)
{
    struct buf b = BUF_INIT;
    put_selector(sel, &b);
    snprintf(out, n, "%s", str_or(b.s, "<none>"));
    buf_release(&b);
}

void kind_link_selected(struct row_builder *b, const char *ns, const json_t *selector)
{
    struct buf text = BUF_INIT;
    put_selector(selector, &text);
    rb_link(b, LINK_SELECTED, ns, str_or(text.s, "*"));
    buf_release(&text);
}
