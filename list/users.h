// Who uses an object: the rows that name it in their links, and of a Pod or a workload those that select its Pods by
// their labels. The kinds come from what each says that it refers to (kind.refers).
#ifndef LIST_USERS_H
#define LIST_USERS_H

#include "list/list.h"

struct users;

struct users *users_new(struct list *l); // of l->spec.uses: "secrets/shop/tls", "priorityclasses//high"
void users_free(struct users *u);
const struct kind *const *users_kinds(const struct users *u); // NULL-terminated, u's
void users_open(struct users *u); // asks for the object's labels where they matter; the list's listener hears of the answer
void users_close(struct users *u);
// False: the labels are not there yet. True with err set: they could not be read, and what selects by them is missing.
bool users_ready(const struct users *u, struct err *err);
bool users_match(const struct users *u, const struct row *row);

#endif
