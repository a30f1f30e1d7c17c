// The rows of one watch, by UID, with a change list so that a view merges only what changed: entries
// are kept in order of their last change, `gen` goes up with each. A removed entry stays readable until
// every subscriber has seen its death.
#ifndef CLIENT_STORE_H
#define CLIENT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "base/arr.h"
#include "client/row.h"

struct entry {
    struct row *row;
    uint64_t gen;      // of its last change
    uint64_t born_gen; // of its first appearance
    uint32_t epoch;    // of the list it was last seen in
    bool dead;
    struct entry *prev, *next; // change order
    UT_hash_handle hh;         // keyed by row->uid
};
// The rows of one object that has several.
struct family {
    char *uid; // of the object
    ARR(struct entry *) rows; // living
    UT_hash_handle hh;
};
struct store_sub {
    uint64_t seen;             // generation merged by this subscriber; it updates it itself
    void (*notify)(void *arg); // something changed (called often: only set a flag)
    void *arg;
    struct store_sub *prev, *next;
};
struct store {
    struct entry *by_uid;
    struct family *families;
    struct entry *head, *tail; // change order, tail newest (dead ones included)
    uint64_t gen;
    size_t count; // living
    size_t bytes;
    uint32_t epoch;
    size_t listed;   // entries of the list under way
    uint64_t reaped; // deaths up to this generation are freed
    struct store_sub *subs;
};

void store_init(struct store *s);
void store_release(struct store *s); // no subscriber may be left
// Takes row. A row whose resourceVersion is the one held already changes nothing but the epoch.
struct entry *store_apply(struct store *s, struct row *row);
void store_remove(struct store *s, const char *uid); // also removes "uid/…" rows
// A list begins: a new epoch. At its end what it did not mention goes (of that namespace; NULL: of all).
uint32_t store_begin_list(struct store *s);
void store_end_list(struct store *s, uint32_t epoch, const char *ns);
// The list was none: what it brought goes.
void store_refuse_list(struct store *s, uint32_t epoch, const char *ns);
struct entry *store_find(const struct store *s, const char *uid);
void store_subscribe(struct store *s, struct store_sub *sub); // sub->seen = 0: gets everything as new
void store_unsubscribe(struct store *s, struct store_sub *sub);
void store_reap(struct store *s); // frees dead entries all subscribers have seen

#endif
