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

// What may be copied of a row: every field there is, shown or not.
static void add_fields(struct list *l, const struct list_item *it, struct choices *all)
{
    struct cell_env env = list_env(l);
    for (size_t i = 0; i < columns_known(l); i++) {
        struct buf cell = BUF_INIT;
        list_cell_text(l, l->model.sources.v[it->src]->kind, it->e->row, i, &env, &cell);
        if (i < l->cols.n || (cell.n && !is_shown(l, columns_name(l, i))))
            choices_add(all, columns_name(l, i), cell.s);
        buf_release(&cell);
    }
    add_identity(all, it->e->row);
    if (*it->e->row->insight)
        choices_add(all, "insight", it->e->row->insight);
}

static void put_field(struct list *l, const struct list_item *it, const char *name, struct buf *out)
{
    struct choices all = { 0 };
    add_fields(l, it, &all);
    for (size_t i = 0; i < all.items.n; i++)
        if (str_eq(all.items.v[i].text, name)) {
            buf_puts(out, str_or(all.items.v[i].note, ""));
            break;
        }
    choices_release(&all);
}

// Of the marked rows that are shown, a line each; else of the one under the cursor, as it stood in the choice.
static void copy_picked(struct host *host, const struct choice *choice)
{
    struct list_view *w = list_of(host_focus(host));
    struct buf text = BUF_INIT;
    size_t lines = 0;
    for (size_t i = 0; w && w->marks && i < w->l.model.items.n; i++)
        if (list_is_marked(w, i)) {
            buf_puts(&text, lines++ ? "\n" : "");
            put_field(&w->l, &w->l.model.items.v[i], choice->text, &text);
        }
    if (!lines)
        buf_puts(&text, str_or(choice->note, ""));
    host_copy(host, text.s, text.n);
    if (lines)
        host_flash(host, ROLE_OK, "copied %s of %zu marked rows", choice->text, lines);
    else
        host_flash(host, ROLE_OK, "copied: %.200s", text.s);
    buf_release(&text);
}

void list_pick(struct list_view *w, const char *command)
{
    struct list *l = &w->l;
    struct choices all = { 0 };
    bool copy = str_eq(command, "copy");
    const struct list_item *it = w->table.cursor < l->model.items.n ? &l->model.items.v[w->table.cursor] : NULL;
    if (copy && it)
        add_fields(l, it, &all);
    struct cell_env env = list_env(l);
    for (size_t i = 0; !copy && i < l->cols.n; i++) {
        struct buf cell = BUF_INIT;
        if (it)
            list_cell_text(l, l->model.sources.v[it->src]->kind, it->e->row, i, &env, &cell);
        choices_add(&all, columns_name(l, i), cell.n ? cell.s : NULL);
        buf_release(&cell);
    }
    host_pick(w->v.host, copy ? "Copy a field" : "Sort by", &all, copy ? copy_picked : sort_picked);
}
