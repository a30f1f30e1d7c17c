// Which columns a list shows, and in what order: the kind's own choice, the configuration's (`columns:`), or
// what the user chose here, remembered per context and kind. A layout is text: "NAME,STATUS,label:app".
#ifndef LIST_COLUMNS_H
#define LIST_COLUMNS_H

#include <stdbool.h>

#include "base/key.h"
#include "ui/canvas.h"
#include "views/list.h"

// Makes l->cols and the table's from the kind, the layout and what is known now (metrics); the filter is
// compiled anew, for it refers to columns by number.
void columns_release(struct list *l); // empties l->cols
void columns_apply(struct list *l);
// The kind's column behind the i-th of the list; beyond those shown come all of the kind's, for filters.
const struct column *columns_of(const struct list *l, size_t i, const struct kind *kind);
size_t columns_known(const struct list *l); // shown and not shown
const char *columns_name(const struct list *l, size_t i); // of those
void columns_set_layout(
    struct list *l, const char *layout); // NULL: the usual ones; applied and remembered
int columns_find(const struct list *l, const char *name); // case ignored; those shown first; -1: none
// A name that a layout may hold for this kind; else the nearest in `near` ("" none).
bool columns_valid(const struct kind *kind, const char *name, char *near, size_t n);

// The chooser: every column there is, with the list changing behind it.
struct column_choice {
    char *name;
    bool shown;
};
struct chooser {
    uint64_t view; // of the list, by id
    ARR(struct column_choice) items;
    size_t selected, top;
};
void chooser_open(struct chooser *ch, struct list *l);
void chooser_close(struct chooser *ch);
bool chooser_key(struct chooser *ch, struct list *l, struct key k); // false: it is closed
void chooser_paint(struct chooser *ch, struct canvas *c, struct rect screen);

#endif
