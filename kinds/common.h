// What the kinds share: conditions, lists and label maps as kubectl prints them, usage cells, and the
// ways Enter leads. Knows the API's conventions, no particular kind.
#ifndef KINDS_COMMON_H
#define KINDS_COMMON_H

#include "base/buf.h"
#include "kinds/kind.h"

// The condition of that type in status.conditions; NULL: not there.
const json_t *cond_find(const json_t *obj, const char *type);
bool cond_is(const json_t *obj, const char *type, const char *status);
// "Reason: message", or what there is of both; "" without either. Appends.
void cond_text(const json_t *cond, struct buf *out);

// Appends s, after a comma when out has something already.
void list_add(struct buf *out, const char *s);
// "a,b + 2 more..." (printers.go listWithMoreString): items beyond max are counted only.
struct more_list {
    struct buf text;
    size_t n, max;
};
void more_add(struct more_list *l, const char *s);
const char *more_text(struct more_list *l, const char *none); // `none` when empty
// "k=v,k=v" sorted by key (labels.FormatLabels), "<none>" when empty. Appends.
void labels_text(const json_t *map, struct buf *out);
// qsort of an array of strings.
int cmp_str(const void *a, const void *b);

// Sets a text field from a buffer and releases the buffer.
void rb_take(struct row_builder *b, unsigned field, struct buf *text);
// The owner reference of the object's controller (at most one is): borrowed, NULL: it has none.
const json_t *controller_of(const json_t *obj);
// Namespace of the object the row is made of, "" for cluster scope; borrowed from obj.
const char *obj_ns(const json_t *obj);

// "250m" and, when `of` is above zero, " 25%".
void cpu_cell(struct buf *out, int64_t milli, int64_t of);
void mem_cell(struct buf *out, int64_t bytes, int64_t of);

// "2026-01-02T03:04:05Z", the column CREATED AT of kinds that the server has no printer for.
void created_text(const struct row *row, const struct cell_env *env, struct buf *out);
double created_key(const struct row *row, const struct cell_env *env);

// Fills a drill; false when the text does not fit: a cut selector would show the wrong objects.
bool drill_to(struct drill *out, const char *view, const char *ns);
bool drill_labels(struct drill *out, const char *selector); // "<none>" and "" lead nowhere
bool drill_name(struct drill *out, const char *name);
bool drill_owned(struct drill *out, const struct row *row);
// The plural of a built-in kind, for references that name the kind: "Deployment" -> "deployments".
const char *plural_of(const char *api_kind); // "" when unknown

#endif
