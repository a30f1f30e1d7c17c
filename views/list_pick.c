// The pickers of a list (sort column, field to copy) and what it remembers from one visit to the next.
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "views/app.h"
#include "views/list_text.h"
#include "views/state.h"

static void sort_picked(struct app *app, const struct choice *choice)
{
    struct view *v = app_view(app);
    struct err err = { 0 };
    struct call call = { "sort-by", choice->text };
    if (v && v->ops->command(v, &call, &err) && err_is(&err))
        app_flash_err(app, &err);
}

static void copy_picked(struct app *app, const struct choice *choice)
{
    const char *text = str_or(choice->note, "");
    screen_copy(app->screen, text, strlen(text));
    app_flash(app, ROLE_OK, "copied: %.200s", text);
}

static void columns_picked(struct app *app, const struct choice *choice)
{
    (void)choice;
    app_run_line(app, "wide");
}

void list_pick(struct list *l, const char *command)
{
    struct choices all = { 0 };
    struct cell_env env = list_env(l);
    bool copy = str_eq(command, "copy");
    const struct list_item *it =
        l->table.cursor < l->model.items.n ? &l->model.items.v[l->table.cursor] : NULL;
    for (size_t i = 0; i < l->cols.n; i++) {
        struct buf cell = BUF_INIT;
        if (it)
            list_cell_text(l, l->model.sources.v[it->src]->kind, it->e->row, i, &env, &cell);
        choices_add(&all, l->cols.v[i].name, copy || cell.n ? cell.s : NULL);
        buf_release(&cell);
    }
    if (copy && it && *it->e->row->insight)
        choices_add(&all, "insight", it->e->row->insight);
    if (str_eq(command, "columns-pick")) {
        choices_release(&all);
        choices_add(&all, l->wide ? "usual columns" : "wide columns", "w does the same");
        app_pick(l->v.app, "Columns", &all, columns_picked);
        return;
    }
    app_pick(l->v.app, copy ? "Copy a field" : "Sort by", &all, copy ? copy_picked : sort_picked);
}

static char *memory_key(const struct list *l)
{
    return xasprintf("%s/%s", l->v.ctx->target.context->name, l->kind ? l->kind->name : l->spec.view);
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

void list_recall_view(struct list *l)
{
    const char *sort = l->kind ? l->kind->sort : NULL;
    if (l->v.app && l->v.app->state) {
        char *key = memory_key(l);
        const char *kept = state_get(l->v.app->state, "sort", key);
        sort = kept ? kept : sort;
        free(key);
    }
    sort = str_or(sort, l->many_ns && (l->composite || l->kind->gvr.namespaced) ? "NAMESPACE" : "NAME");
    l->sort_desc = *sort == '-';
    free(l->sort_name);
    l->sort_name = xstrdup(sort + (*sort == '-'));
}
