// What a list was asked for and is not there: a namespace, a column that its filter names. An empty list alone would read
// as "all is well".
#ifndef LIST_MISSING_H
#define LIST_MISSING_H

#include "list/list.h"

// Asks once for the namespace of each feed that is live and has no rows; the list's listener hears of the answer.
void list_look_for_namespaces(struct list *l);
void list_forget_namespaces(struct list *l); // at its end
bool list_looks_for_namespaces(const struct list *l);
// The first that does not exist and has no rows; NULL: none is known to be missing.
const char *list_missing_namespace(const struct list *l);
// True: a term of its filter names no column; err says which, and what may have been meant.
bool list_filter_fault(const struct list *l, struct err *err);

#endif
