// The words of a list: cells, status, the empty state, export; and what it remembers per kind.
#ifndef LIST_TEXT_H
#define LIST_TEXT_H

#include "views/list.h"

struct cell_env list_env(const struct list *l);
void list_cell_text(struct list *l, const struct kind *kind, const struct row *row, size_t col,
    const struct cell_env *env, struct buf *out);
void list_status(struct view *v, struct view_status *out);
void list_paint_empty(struct list *l, struct canvas *c, struct rect r);
const struct kind *const *list_composite(const char *name); // NULL: not a composite
void list_merge(struct list *l);
void list_use_kubectl_columns(struct list *l, bool wide);
void list_set_filter(struct list *l, const char *text, struct err *err);
void list_pick(struct list *l, const char *command); // sort-pick, copy
// Sort and columns are remembered per context and kind.
void list_remember_view(struct list *l);
void list_recall_view(struct list *l);

#endif
