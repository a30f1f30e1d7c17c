#include "list/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "list/text.h"

enum { ON_SCREEN = COL_SCREEN | COL_SCREEN_WIDE };

static const char label_prefix[] = COLUMNS_LABEL;
const char *const columns_merged[] = { "NAME", "READY", "STATUS", "RESTARTS", "CPU", "MEM", "AGE", NULL };

// ---- what there is

static const struct column *named(const struct column *c, const char *name)
{
    for (; c && c->name; c++)
        if (str_eq(c->name, name))
            return c;
    return NULL;
}

const struct column *columns_of(const struct list *l, size_t i, const struct kind *kind)
{
    if (i >= l->cols.n) // not shown: by its number in the kind
        return l->composite ? NULL : &kind->columns[i - l->cols.n];
    const struct list_column *lc = &l->cols.v[i];
    if (lc->type == LC_KIND_COLUMN)
        return lc->col;
    const struct column *merged = lc->type == LC_BY_NAME ? named(kind->merged, lc->name) : NULL;
    return merged || lc->type != LC_BY_NAME ? merged : named(kind->columns, lc->name);
}

size_t columns_known(const struct list *l)
{
    size_t n = 0;
    while (!l->composite && l->kind->columns[n].name)
        n++;
    return l->cols.n + n;
}

const char *columns_name(const struct list *l, size_t i)
{
    return i < l->cols.n ? l->cols.v[i].name : l->kind->columns[i - l->cols.n].name;
}

int columns_find(const struct list *l, const char *name)
{
    for (size_t i = 0; i < columns_known(l); i++)
        if (str_ieq(columns_name(l, i), name))
            return (int)i;
    return -1;
}

static const struct column *kind_column(const struct kind *kind, const char *name)
{
    for (const struct column *c = kind->columns; c->name; c++)
        if (c->flags & ON_SCREEN && str_ieq(c->name, name))
            return c;
    return NULL;
}

bool columns_valid(const struct kind *kind, const char *name, char *near, size_t n)
{
    struct str_near like = { name, 3, NULL };
    *near = '\0';
    if (kind_column(kind, name) || str_starts(name, label_prefix) || str_ieq(name, "NAMESPACE"))
        return true;
    for (const struct column *c = kind->columns; c->name; c++)
        if (c->flags & ON_SCREEN)
            str_near(&like, c->name);
    snprintf(near, n, "%s", str_or(like.name, ""));
    return false;
}

// ---- what is shown

static void add(
    struct list *l, enum list_column_type type, const char *name, const struct column *col)
{
    struct list_column lc = { .type = type, .name = name, .col = col };
    for (size_t i = 0; i < l->cols.n; i++)
        if (str_eq(l->cols.v[i].name, name))
            return;
    arr_push(&l->cols, lc);
}

// As kubectl -L heads it: "app.kubernetes.io/name" is NAME; here with the whole key in mind for the cell.
static void add_label(struct list *l, const char *key)
{
    const char *slash = strrchr(key, '/');
    struct list_column lc = { .type = LC_LABEL, .name = xstrdup(slash ? slash + 1 : key) };
    for (char *p = (char *)lc.name; *p; p++)
        *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
    lc.label = xstrdup(key);
    arr_push(&l->cols, lc);
}

static bool shown_now(const struct list *l, const struct column *c)
{
    return l->metrics || !(c->flags & COL_METRICS);
}

static void add_named(struct list *l, const char *name)
{
    const struct column *c = l->composite ? NULL : kind_column(l->kind, name);
    if (str_starts(name, label_prefix))
        add_label(l, name + strlen(label_prefix));
    else if (c && shown_now(l, c))
        add(l, LC_KIND_COLUMN, c->name, c);
    for (size_t i = 0; l->composite && i < ARRAY_SIZE(columns_merged) - 1; i++)
        if (str_ieq(columns_merged[i], name))
            add(l, LC_BY_NAME, columns_merged[i], NULL);
}

static void add_usual(struct list *l)
{
    unsigned want = l->kubectl_columns ? COL_KUBECTL | (l->wide ? COL_KUBECTL_WIDE : 0)
                                       : COL_SCREEN | (l->wide ? COL_SCREEN_WIDE : 0);
    if (l->composite) {
        for (size_t i = 0; i < ARRAY_SIZE(columns_merged) - 1; i++)
            if (l->metrics || (!str_eq(columns_merged[i], "CPU") && !str_eq(columns_merged[i], "MEM")))
                add(l, LC_BY_NAME, columns_merged[i], NULL);
        return;
    }
    int minor = client_minor(l->ctx->client);
    for (const struct column *c = l->kind->columns; c->name; c++)
        if (c->flags & want && shown_now(l, c) && (!l->kubectl_columns || minor >= c->since))
            add(l, LC_KIND_COLUMN, c->name, c);
}

static void add_layout(struct list *l, const char *layout)
{
    char *copy = xstrdup(layout), *save = NULL;
    for (char *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save))
        add_named(l, str_trim(p));
    free(copy);
    if (l->wide)
        add_usual(l); // and the rest
}

void columns_release(struct list *l)
{
    for (size_t i = 0; i < l->cols.n; i++)
        if (l->cols.v[i].type == LC_LABEL) {
            free((char *)l->cols.v[i].name);
            free(l->cols.v[i].label);
        }
    l->cols.n = 0;
}

void columns_apply(struct list *l)
{
    struct err err;
    columns_release(l);
    if (l->many_ns && (l->composite || l->kind->gvr.namespaced))
        add(l, LC_NAMESPACE, "NAMESPACE", NULL);
    if (l->composite)
        add(l, LC_KIND, "KIND", NULL);
    if (l->layout && !l->kubectl_columns)
        add_layout(l, l->layout);
    else
        add_usual(l);
    l->sort_col = l->sort_name ? columns_find(l, l->sort_name) : -1;
    if (l->filter_text)
        list_set_filter(l, l->filter_text, &err);
    l->model.stale = true;
    if (l->listener.columns)
        l->listener.columns(l->listener.arg);
}
