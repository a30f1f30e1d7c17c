// The rows a list shows: those of one or several stores that pass the filter, sorted, merged
// incrementally: a frame costs what changed, not what is there. No screen, no client state.
#ifndef LIST_MODEL_H
#define LIST_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arr.h"
#include "client/store.h"
#include "kinds/kind.h"

struct list_item {
    struct entry *e;
    uint16_t src; // index of its source
    bool is_num;
    bool own_text; // key_text was allocated here
    double key_num;
    const char *key_text;
};
struct list_source {
    struct store *store;
    struct store_sub sub;
    const struct kind *kind;
};
// Decides what is shown; all of it may change between merges (then call list_model_rebuild).
struct list_rules {
    void *arg;
    bool (*pass)(void *arg, const struct list_source *src, const struct row *row); // NULL: all
    // Sort key of a row; false: sort by name.
    bool (*key)(void *arg, const struct list_source *src, const struct row *row, struct list_item *out);
    // A row that passed, whenever it came or changed. NULL: nobody asks.
    void (*shown)(void *arg, const struct list_source *src, const struct row *row);
    bool desc;
};
struct list_model {
    ARR(struct list_item) items;
    ARR(struct list_source *) sources;
    struct list_rules rules;
    size_t total; // living rows before the filter
    bool stale;   // everything must be rebuilt at the next merge
};

void list_model_init(struct list_model *m, const struct list_rules *rules);
void list_model_release(struct list_model *m);
// notify is called when the store changes (set a flag). The kind is for the rules.
void list_model_add(struct list_model *m, struct store *store, const struct kind *kind,
    void (*notify)(void *arg), void *arg);
void list_model_drop_sources(struct list_model *m); // unsubscribes and empties
// Takes in what changed; true when the items may differ from before.
bool list_model_merge(struct list_model *m);
// Index of the row with this uid; hint is where it was. -1: not shown.
long list_model_find(const struct list_model *m, const char *uid, size_t hint);

#endif
