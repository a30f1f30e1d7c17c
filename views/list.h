// The list view: list/list.h as a table on the screen, with a cursor and marks that stay on their objects.
#ifndef VIEWS_LIST_H
#define VIEWS_LIST_H

#include <stdbool.h>

#include "list/list.h"
#include "ui/table.h"
#include "views/view.h"

struct set_mark;

struct list_view {
    struct view v;
    struct list l;
    struct table table;
    struct buf scratch;
    char *cursor_uid;
    bool told_missing; // that its namespace is not there
    bool shown, complete; // complete: everything was there once
    bool moved;           // the cursor, by the user
    struct set_mark *marks;
    size_t mark_anchor;
};

struct view *list_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err);
struct list_view *list_of(struct view *v); // NULL: not a list
// What a command applies to: the marked rows that are shown, else the one under the cursor. Fills at most max,
// returns how many there are.
size_t list_targets(struct list_view *w, struct selection *out, size_t max);
void list_choose_layout(struct list_view *w, const char *layout); // NULL: the usual columns; remembered

// Between views/list*.c
bool list_is_marked(const struct list_view *w, size_t row);
void list_pick(struct list_view *w, const char *command); // sort-pick, copy
void list_paint_empty(struct list_view *w, struct canvas *c, struct rect r);

#endif
