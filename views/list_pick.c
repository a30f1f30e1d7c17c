// The pickers of a list: sort column, field to copy.
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "list/columns.h"
#include "list/text.h"
#include "views/host.h"
#include "views/list.h"

static void sort_picked(struct host *host, const struct choice *choice)
{
    struct view *v = host_focus(host);
    struct err err = { 0 };
    struct call call = { "sort-by", choice->text };
    if (v && v->ops->command(v, &call, &err) && err_is(&err))
        host_flash_err(host, &err);
}

static void copy_picked(struct host *host, const struct choice *choice)
{
    const char *text = str_or(choice->note, "");
    host_copy(host, text, strlen(text));
    host_flash(host, ROLE_OK, "copied: %.200s", text);
}

static bool is_shown(const struct list *l, const char *name)
{
    for (size_t i = 0; i < l->cols.n; i++)
        if (str_eq(l->cols.v[i].name, name))
            return true;
    return false;
}

static void add_identity(struct choices *all, const struct row *row)
{
    if (*row->ns)
        choices_add(all, "namespace", row->ns);
    choices_add(all, "uid", row->uid);
    for (const char *p = row->labels; *p;) {
        const char *value = p + strlen(p) + 1;
        char *name = xasprintf("label %s", p);
        choices_add(all, name, value);
        free(name);
        p = value + strlen(value) + 1;
    }
}

void list_pick(struct list_view *w, const char *command)
{
    struct list *l = &w->l;
    struct choices all = { 0 };
    struct cell_env env = list_env(l);
    bool copy = str_eq(command, "copy");
    const struct list_item *it =
        w->table.cursor < l->model.items.n ? &l->model.items.v[w->table.cursor] : NULL;
    for (size_t i = 0; i < (copy ? columns_known(l) : l->cols.n); i++) {
        struct buf cell = BUF_INIT;
        if (it)
            list_cell_text(l, l->model.sources.v[it->src]->kind, it->e->row, i, &env, &cell);
        if (i < l->cols.n || (cell.n && !is_shown(l, columns_name(l, i)))) // a copy of any field
            choices_add(&all, columns_name(l, i), copy || cell.n ? cell.s : NULL);
        buf_release(&cell);
    }
    if (copy && it)
        add_identity(&all, it->e->row);
    if (copy && it && *it->e->row->insight)
        choices_add(&all, "insight", it->e->row->insight);
    host_pick(w->v.host, copy ? "Copy a field" : "Sort by", &all, copy ? copy_picked : sort_picked);
}
