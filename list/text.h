// The words of a list: cells, how fresh it is, and all of it as text, CSV or JSON.
#ifndef LIST_TEXT_H
#define LIST_TEXT_H

#include "list/fresh.h"
#include "list/list.h"

void list_cell_text(struct list *l, const struct kind *kind, const struct row *row, size_t col,
    const struct cell_env *env, struct buf *out);
const struct kind *const *list_composite(const char *name); // NULL: not a composite

struct feeds_sum {
    long loaded, total;
    size_t forbidden; // kinds of a merged list
};
// The worst of the list's watches speaks for it; NULL: it has none.
const struct watch_status *list_worst(const struct list *l, struct feeds_sum *sum);
void list_status(const struct list *l, struct view_status *out);
// Of a list of several kinds, those that one may not list: "jobs, cronjobs"; nothing when there are none.
void list_forbidden(const struct list *l, struct buf *out);
bool list_loaded(struct list *l, struct err *err); // false while it still loads
// format: "text" as kubectl prints it, "csv" (RFC 4180), "json".
void list_print(struct list *l, const char *format, struct buf *out);

#endif
