#include "list/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/config.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"
#include "base/utf8.h"
#include "list/text.h"

enum { MAX_LABELS = 60, LABEL_ROWS = 500, ON_SCREEN = COL_SCREEN | COL_SCREEN_WIDE };

static const char label_prefix[] = "label:";
static const char *const merged[] = { "NAME", "READY", "STATUS", "RESTARTS", "CPU", "MEM", "AGE" };

// ---- what there is

const struct column *columns_of(const struct list *l, size_t i, const struct kind *kind)
{
    if (i >= l->cols.n) // not shown: by its number in the kind
        return l->composite ? NULL : &kind->columns[i - l->cols.n];
    const struct list_column *lc = &l->cols.v[i];
    if (lc->type == LC_KIND_COLUMN)
        return lc->col;
    for (const struct column *c = kind->columns; lc->type == LC_BY_NAME && c->name; c++)
        if (str_eq(c->name, lc->name))
            return c;
    return NULL;
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
    int best = 4;
    *near = '\0';
    if (kind_column(kind, name) || str_starts(name, label_prefix) || str_ieq(name, "NAMESPACE"))
        return true;
    for (const struct column *c = kind->columns; c->name; c++) {
        int d = str_distance(name, c->name, 3);
        if (c->flags & ON_SCREEN && d < best) {
            best = d;
            snprintf(near, n, "%s", c->name);
        }
    }
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
    for (size_t i = 0; l->composite && i < ARRAY_SIZE(merged); i++)
        if (str_ieq(merged[i], name))
            add(l, LC_BY_NAME, merged[i], NULL);
}

static void add_usual(struct list *l)
{
    unsigned want = l->kubectl_columns ? COL_KUBECTL | (l->wide ? COL_KUBECTL_WIDE : 0)
                                       : COL_SCREEN | (l->wide ? COL_SCREEN_WIDE : 0);
    if (l->composite) {
        for (size_t i = 0; i < ARRAY_SIZE(merged); i++)
            if (l->metrics || (!str_eq(merged[i], "CPU") && !str_eq(merged[i], "MEM")))
                add(l, LC_BY_NAME, merged[i], NULL);
        return;
    }
    for (const struct column *c = l->kind->columns; c->name; c++)
        if (c->flags & want && shown_now(l, c))
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

static void set_table(struct list *l)
{
    struct table_col *tc = xcalloc(l->cols.n + 1, sizeof(*tc));
    l->table.sort_col = l->sort_name ? columns_find(l, l->sort_name) : -1;
    for (size_t i = 0; i < l->cols.n; i++) {
        const struct column *c = l->cols.v[i].col;
        tc[i].name = l->cols.v[i].name;
        tc[i].key = str_eq(tc[i].name, "NAME") || (c && c->format == FMT_NAME);
        tc[i].state = str_eq(tc[i].name, "STATUS");
        tc[i].right =
            c ? c->flags & COL_RIGHT : str_eq(tc[i].name, "CPU") || str_eq(tc[i].name, "MEM");
        tc[i].max = c ? c->max : 0;
    }
    table_set_cols(&l->table, tc, l->cols.n);
    l->table.sort_desc = l->sort_desc;
    free(tc);
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
    set_table(l);
    if (l->filter)
        list_set_filter(l, l->v.filter_text, &err);
    l->model.stale = true;
}

// ---- remembered

static char *memory_key(const struct list *l)
{
    return xasprintf(
        "%s/%s", l->v.ctx->target.context->name, l->kind ? l->kind->name : l->spec.view);
}

void list_remember_view(struct list *l)
{
    if (!l->v.app || !l->v.app->state)
        return;
    char *key = memory_key(l);
    char *value = xasprintf("%s%s", l->sort_desc ? "-" : "", str_or(l->sort_name, "NAME"));
    state_set(l->v.app->state, "sort", key, value);
    free(key);
    free(value);
}

static char *configured_layout(const struct list *l)
{
    return l->v.app && l->kind ? config_columns(l->v.app->config, l->kind->name) : NULL;
}

void list_recall_view(struct list *l)
{
    const char *sort = l->kind ? l->kind->sort : NULL;
    free(l->layout);
    l->layout = configured_layout(l);
    if (l->v.app && l->v.app->state) {
        char *key = memory_key(l);
        const char *chosen = l->kind ? config_sort(l->v.app->config, l->kind->name) : NULL;
        const char *kept = state_get(l->v.app->state, "sort", key);
        const char *layout = state_get(l->v.app->state, "columns", key);
        sort = kept ? kept : chosen ? chosen : sort;
        if (layout) {
            free(l->layout);
            l->layout = xstrdup(layout);
        }
        free(key);
    }
    sort = str_or(
        sort, l->many_ns && (l->composite || l->kind->gvr.namespaced) ? "NAMESPACE" : "NAME");
    l->sort_desc = *sort == '-';
    free(l->sort_name);
    l->sort_name = xstrdup(sort + (*sort == '-'));
}

void columns_set_layout(struct list *l, const char *layout)
{
    char *copy = xstrdup_null(layout), *key = memory_key(l);
    free(l->layout);
    l->layout = copy ? copy : configured_layout(l);
    state_set(l->v.app->state, "columns", key, layout);
    columns_apply(l);
    free(key);
}

// ---- the chooser

static void offer(struct chooser *ch, const char *name, bool shown)
{
    struct column_choice c = { xstrdup(name), shown };
    for (size_t i = 0; i < ch->items.n; i++)
        if (str_ieq(ch->items.v[i].name, name)) {
            free(c.name);
            return;
        }
    arr_push(&ch->items, c);
}

static void offer_labels(struct chooser *ch, const struct list *l)
{
    size_t before = ch->items.n;
    for (size_t i = 0; i < l->model.items.n && i < LABEL_ROWS; i++)
        for (const char *p = l->model.items.v[i].e->row->labels; *p;) {
            char *name = xasprintf("%s%s", label_prefix, p);
            if (ch->items.n < before + MAX_LABELS)
                offer(ch, name, false);
            free(name);
            p += strlen(p) + 1;
            p += strlen(p) + 1;
        }
}

// Those that wait for metrics keep their place, also before the first answer has come.
static void fill(struct chooser *ch, const struct list *l)
{
    unsigned usual = l->layout ? 0 : COL_SCREEN | (l->wide ? COL_SCREEN_WIDE : 0);
    char near[64], *copy = xstrdup(l->layout ? l->layout : ""), *save = NULL;
    for (char *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
        p = str_trim(p);
        if (l->composite || columns_valid(l->kind, p, near, sizeof(near)))
            offer(ch, p, true);
    }
    free(copy);
    const struct column *first = l->composite ? NULL : l->kind->columns;
    for (const struct column *c = first; c && c->name; c++)
        if (c->flags & usual)
            offer(ch, c->name, true);
    for (const struct column *c = first; c && c->name; c++)
        if (c->flags & ON_SCREEN)
            offer(ch, c->name, false);
    for (size_t i = 0; l->composite && i < ARRAY_SIZE(merged); i++)
        offer(ch, merged[i], !l->layout);
    offer_labels(ch, l);
}

void chooser_open(struct chooser *ch, struct list *l)
{
    chooser_close(ch);
    ch->view = l->v.id;
    fill(ch, l);
}

void chooser_close(struct chooser *ch)
{
    for (size_t i = 0; i < ch->items.n; i++)
        free(ch->items.v[i].name);
    arr_release(&ch->items);
    ch->selected = ch->top = 0;
}

static void apply_choice(const struct chooser *ch, struct list *l)
{
    struct buf layout = BUF_INIT;
    for (size_t i = 0; i < ch->items.n; i++)
        if (ch->items.v[i].shown)
            buf_printf(&layout, "%s%s", layout.n ? "," : "", ch->items.v[i].name);
    l->wide = false; // the choice says it all
    columns_set_layout(l, layout.s);
    buf_release(&layout);
}

static void move_item(struct chooser *ch, int delta)
{
    size_t to = ch->selected + (size_t)delta;
    if (to >= ch->items.n) // also below zero
        return;
    struct column_choice c = ch->items.v[ch->selected];
    ch->items.v[ch->selected] = ch->items.v[to];
    ch->items.v[to] = c;
    ch->selected = to;
}

bool chooser_key(struct chooser *ch, struct list *l, struct key k)
{
    struct column_choice *at = ch->selected < ch->items.n ? &ch->items.v[ch->selected] : NULL;
    if (k.code == K_ESC || k.code == K_ENTER || k.code == 'q' || !at)
        return false;
    if ((k.code == K_UP || k.code == 'k' || k.code == K_MOUSE_WHEEL_UP) && ch->selected > 0) {
        ch->selected--;
    } else if (k.code == K_DOWN || k.code == 'j' || k.code == K_MOUSE_WHEEL_DOWN) {
        ch->selected += ch->selected + 1 < ch->items.n;
    } else if (k.code == ' ' && !str_eq(at->name, "NAME")) { // without a name a row is nothing
        at->shown = !at->shown;
        apply_choice(ch, l);
    } else if (k.code == K_LEFT || k.code == '<') {
        move_item(ch, -1);
        apply_choice(ch, l);
    } else if (k.code == K_RIGHT || k.code == '>') {
        move_item(ch, 1);
        apply_choice(ch, l);
    } else if (k.code == 'r') {
        columns_set_layout(l, NULL);
        chooser_close(ch);
        fill(ch, l);
    }
    return true;
}

void chooser_paint(struct chooser *ch, struct canvas *c, struct rect screen)
{
    int w = screen.w < 46 ? screen.w : 46, h = (int)ch->items.n + 4;
    if (h > screen.h)
        h = screen.h;
    int rows = h - 4 < 1 ? 1 : h - 4;
    struct rect r = { screen.y, screen.x + screen.w - w, h, w };
    canvas_box(c, r, ROLE_BORDER, "Columns");
    if (ch->selected < ch->top)
        ch->top = ch->selected;
    if (ch->selected >= ch->top + (size_t)rows)
        ch->top = ch->selected - (size_t)rows + 1;
    for (int i = 0; i < rows && ch->top + (size_t)i < ch->items.n; i++) {
        const struct column_choice *it = &ch->items.v[ch->top + (size_t)i];
        bool sel = ch->top + (size_t)i == ch->selected;
        style_t st = (it->shown ? ROLE_TEXT : ROLE_DIM) | (sel ? STYLE_SELECTED : 0);
        if (sel)
            canvas_put(c, r.y + 1 + i, r.x + 1, 1, ROLE_ACCENT, "▌");
        canvas_printf(
            c, r.y + 1 + i, r.x + 3, r.w - 5, st, "[%c] %s", it->shown ? 'x' : ' ', it->name);
    }
    canvas_put(c, r.y + h - 3, r.x + 2, r.w - 4, ROLE_DIM, "Space show or hide   ← → move");
    canvas_put(c, r.y + h - 2, r.x + 2, r.w - 4, ROLE_DIM, "r the usual ones     Enter done");
}
