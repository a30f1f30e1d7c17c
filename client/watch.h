// Keeping a store equal to the server (protocol.md 3): streaming list or pages, then watch; bookmarks,
// 410, in-stream ERROR, EOF, 429, back-off with jitter, silence watchdog, sleep. One watch per (resource,
// scope, selectors, decoder), shared by reference count and kept warm for a while after its last user.
#ifndef CLIENT_WATCH_H
#define CLIENT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "client/gvr.h"
#include "client/row.h"
#include "client/store.h"

enum watch_state {
    WATCH_LOADING, // first list under way: rows appear already
    WATCH_LIVE,
    WATCH_STALE,     // lost; rows are kept, since says how old they are
    WATCH_FORBIDDEN, // 403: err names the right
    WATCH_FAILED,    // the resource is not there (404, 405, 406) or the answer is not understood
};
struct watch_key {
    struct gvr gvr;
    const char *ns;     // NULL: all namespaces (or cluster scope)
    const char *labels; // label selector or NULL
    const char *fields; // field selector or NULL
    const struct decoder *decoder; // static
};
struct watch_status {
    enum watch_state state;
    long loaded, total;  // while loading; total -1 when unknown
    int64_t since_ms;    // loop clock: last sign of life
    int64_t retry_at_ms; // loop clock, 0: none
    bool polled;         // live, but by lists: the resource knows no watch, or it is forbidden
    struct err err;
    // A 403 on all namespaces: the namespaces that could be read instead, comma-joined, else "".
    const char *fallback_ns;
    uint64_t relists, events; // for tests and the status line
};
struct watch;

struct watch_set *watch_set_new(struct client *c);
void watch_set_free(struct watch_set *ws);
struct watch *watch_get(struct watch_set *ws, const struct watch_key *key); // takes a reference
void watch_put(struct watch *w);
// A watch that already covers this key (same gvr and decoder, the namespace or all of them, no
// selectors) and has loaded, without taking a reference; NULL: none. For filtering locally.
struct watch *watch_peek(struct watch_set *ws, const struct watch_key *key);
struct store *watch_store(struct watch *w);
const struct watch_status *watch_status(const struct watch *w);
const json_t *watch_columns(const struct watch *w); // Table columnDefinitions, NULL until known
// Called when status changes; rows are told through store_subscribe. Several listeners: one per reference.
struct watch_listener {
    void (*fn)(void *arg);
    void *arg;
    struct watch_listener *prev, *next;
};
void watch_listen(struct watch *w, struct watch_listener *l);
void watch_unlisten(struct watch *w, struct watch_listener *l);
void watch_restart(struct watch *w);     // the user's refresh: relist now
// One more namespace worth trying where the list of all is forbidden, also by the watches that are in such ones already.
// The context's is always tried, and each in which a watch of the set was answered.
void watch_add_hint(struct watch_set *ws, const char *ns);
// The server does not answer, and was last heard of then; it answers again, its connections may be dead.
void watch_set_lost(struct watch_set *ws, int64_t heard_ms, const struct err *err);
void watch_set_found(struct watch_set *ws, bool dead);
void watch_set_wake(struct watch_set *ws); // after a sleep or a change of network: all of them now

#endif
