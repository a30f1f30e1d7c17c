// What `/` takes: words as regular expressions over the visible columns, `!` inverse, `-l` label selector,
// `-f` fuzzy, field terms (status!=Running restarts>5 age<10m node=~pool-a), joined by spaces, `or`, `not`
// and parentheses. Compiled once; knows nothing of Kubernetes: cells come through callbacks.
#ifndef LIST_FILTER_H
#define LIST_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct filter;
struct filter_columns {
    void *arg;
    size_t n;     // a field term may name any of them
    size_t shown; // words look at the first of them only
    const char *(*name)(void *arg, size_t col);
};
struct filter_row {
    void *arg;
    void (*text)(void *arg, size_t col, struct buf *out);
    // Counts, seconds (ages), bytes (memory), millicores (CPU). False: the cell is text.
    bool (*number)(void *arg, size_t col, double *out);
    const char *(*label)(void *arg, const char *key); // NULL: the row has no such label
};

// NULL with err (position and reason) when the text is not a filter; "" compiles to a filter that passes all.
struct filter *filter_new(const char *text, const struct filter_columns *cols, struct err *err);
void filter_free(struct filter *f);
// "statsu" of statsu!=Running, which is taken as text because there is no such column; NULL: all are there.
const char *filter_no_column(const struct filter *f);
bool filter_match(const struct filter *f, const struct filter_row *row);

#endif
