// The cluster's objects, as etcd and the API server's watch cache hold them: each revision of an object
// is its JSON text plus what selectors and controllers need, shared by reference count between the
// current state and the bounded history of events that watches read from. No API semantics here.
#ifndef DEMO_DB_H
#define DEMO_DB_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arr.h"
#include "demo/kinds.h"

enum { REV_READY = 1, REV_TERMINATING = 2, REV_DONE = 4 };
enum db_event_type { DB_ADDED, DB_MODIFIED, DB_DELETED };

struct rev {
    unsigned refs, flags;
    int64_t rv, created; // created: Unix s
    const struct rtype *rt;
    const char *key;    // "ns/name" or "name": the order of lists
    const char *ns, *name, *uid, *owner; // owner: UID of the controller (or first) owner, ""
    const char *labels; // packed "key\0value\0...\0"
    const char *fields; // packed values in the order of rt->fields
    const char *text;
    size_t len, skip;   // text + skip: after kind and apiVersion, for the items of a list
    json_t *tree;       // db_peek's
};
struct db_event {
    int64_t rv;
    enum db_event_type type;
    struct rev *now, *prev; // DELETED: now is the last state with the deletion's version
};
typedef ARR(struct rev *) rev_list;

struct db;
typedef void db_listen_fn(void *arg, const struct db_event *ev);

struct db *db_new(int64_t first_rv);
void db_free(struct db *db);
int64_t db_rv(const struct db *db);
struct rev *rev_ref(struct rev *r);
void rev_unref(struct rev *r);
json_t *rev_tree(const struct rev *r); // a new tree
// The same, borrowed and not to be changed: kept among the last used until db_trim. NULL for NULL.
const json_t *db_peek(struct db *db, struct rev *r);
void db_trim(struct db *db);

// Stores `tree` (its metadata.resourceVersion is set here) and tells the listeners. Borrowed result.
struct rev *db_put(struct db *db, const struct rtype *rt, json_t *tree);
void db_delete(struct db *db, const struct rtype *rt, const char *key);
struct rev *db_get(struct db *db, const struct rtype *rt, const char *ns, const char *name);
struct rev *db_by_uid(struct db *db, const char *uid);
// The current objects in key order; [*from, *to) are those of `ns` ("" = all).
const rev_list *db_list(struct db *db, const struct rtype *rt, const char *ns, size_t *from,
    size_t *to);
// Those of `ns` as they were at version `rv`, to which the history must reach (db_seq_after). The caller
// releases the list; its revisions are borrowed until the next change.
void db_list_at(struct db *db, const struct rtype *rt, const char *ns, int64_t rv, rev_list *out);
size_t db_lower_bound(struct db *db, const struct rtype *rt, const char *key);
// Those whose owner is `uid`; valid until the next change.
const rev_list *db_children(struct db *db, const char *uid);

void db_listen(struct db *db, db_listen_fn *fn, void *arg);
void db_unlisten(struct db *db, db_listen_fn *fn, void *arg);
// History: events of a type are numbered without gaps. seq of the first event after `rv`; false when the
// history does not reach back that far (410 Expired).
bool db_seq_after(struct db *db, const struct rtype *rt, int64_t rv, uint64_t *seq);
// 1: *ev is event seq; 0: it has not happened yet; -1: it is no longer kept.
int db_event_at(struct db *db, const struct rtype *rt, uint64_t seq, struct db_event *ev);
void db_compact(struct db *db); // forgets all history

#endif
