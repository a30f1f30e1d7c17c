// One stream of objects into a store: the list-then-watch state machine for one namespace or all of them
// (client-go tools/cache/reflector.go). A watch has one feed, or one a namespace where all are forbidden.
#ifndef CLIENT_FEED_H
#define CLIENT_FEED_H

#include <stdbool.h>

#include "base/arr.h"
#include "client/client.h"
#include "client/prune.h"
#include "client/watch.h"

enum feed_phase {
    FEED_STREAM_LIST, // watch with sendInitialEvents
    FEED_PAGES,       // list in pages
    FEED_WATCH,
    FEED_WAIT, // until the retry timer
};
struct feed_env { // what the feeds of one client share
    struct client *client;
    bool no_streaming; // the server refuses sendInitialEvents
    bool no_proto;     // what it sent as protobuf could not be read: JSON from now on
    bool thin;         // a slow link: compressed pages beat the streaming list
    int64_t lost_ms;   // loop clock: the server does not answer, was last heard of then, and may come back; 0: it does
    struct err lost;   // in words
};
struct feed {
    struct feed_env *env;
    struct watch_key key; // borrowed from the watch; ns is the feed's own
    struct store *store;
    struct prune_paths *paths; // borrowed
    void (*changed)(void *arg);
    void (*columns)(void *arg, json_t *columns);
    void *arg;

    enum feed_phase phase, resume; // resume: what follows FEED_WAIT
    struct client_stream *stream;
    struct prune *prune;
    struct row_builder rows;
    struct loop_timer *retry, *silence;
    char *rv;               // the version that is known; NULL: none
    char kind[256], api[256]; // of what was found to be right last
    char *cont, *next_cont; // continue tokens: of the page under way, of the one after it
    ARR(uint64_t) tokens;   // hashes of those of this list
    size_t listed;          // what of the list the store had after the last page
    int idle_pages;         // pages in a row without anything new
    uint32_t epoch;
    long loaded, total, page_limit;
    int64_t opened_ms, head_ms, last_ms, heard_ms, backoff_ms, retry_at_ms; // heard_ms: the last sign of life
    bool proto; // what comes is protobuf
    uint64_t bytes, events_here, events, relists;
    int status_code; // of an in-stream ERROR
    int denied;      // answers 403 to a watch in a row
    int silences;    // watches in a row that brought nothing at all
    bool synced;     // one list was complete
    bool live;       // the watch is open
    bool moved;      // it has brought something
    bool answered;   // the request under way was
    bool hurried;    // a request followed another at once; the next one waits
    bool refused;    // err says what is wrong with the answer under way
    bool forbidden, failed, polling, initial_end, deleting;
    struct err err;
};

void feed_start(struct feed *f); // fields above the blank line are set
void feed_stop(struct feed *f);  // frees what it holds, not f
void feed_restart(struct feed *f); // relist now
void feed_wake(struct feed *f);    // the network changed: reconnect now, keep what is known
// The server does not answer (env says since when): nothing is given up. It answers again: what is open goes on, or,
// where `dead`, is opened anew on another connection; what waits for its turn has it.
void feed_lost(struct feed *f);
void feed_found(struct feed *f, bool dead);

#endif
