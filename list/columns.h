// Which columns a list shows, and in what order: the kind's own choice or a layout, which is text:
// "NAME,STATUS,label:app". Columns are numbered: those shown first, then all of the kind's, for filters.
#ifndef LIST_COLUMNS_H
#define LIST_COLUMNS_H

#include <stdbool.h>

#include "list/list.h"

#define COLUMNS_LABEL "label:" // before the key of a label

extern const char *const columns_merged[]; // of a list of several kinds; ends with NULL

// Makes l->cols from the kind, the layout and what is known now (metrics); the filter is compiled anew, for it refers
// to columns by number.
void columns_apply(struct list *l);
void columns_release(struct list *l); // empties l->cols
// The kind's column behind the i-th of the list; beyond those shown come all of the kind's, for filters.
const struct column *columns_of(const struct list *l, size_t i, const struct kind *kind);
size_t columns_known(const struct list *l); // shown and not shown
const char *columns_name(const struct list *l, size_t i); // of those
int columns_find(const struct list *l, const char *name); // case ignored; those shown first; -1: none
// A name that a layout may hold for this kind; else the nearest in `near` ("" none).
bool columns_valid(const struct kind *kind, const char *name, char *near, size_t n);

#endif
