// JSON that is consumed while it streams: YAJL tokens, and a small jansson tree holding only the paths a
// kind asked for. Serves list replies ({"items":[…]}), watch streams (one {"type","object"} a line), and
// Tables. The whole document never exists. yajl.h is included by prune.c only.
#ifndef CLIENT_PRUNE_H
#define CLIENT_PRUNE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct prune;
struct prune_paths;
struct proto_field;

// Compiled once a decoder; may be shared by many streams. paths as in client/row.h.
struct prune_paths *prune_paths_new(const char *const *paths);
void prune_paths_free(struct prune_paths *p);

enum prune_mode { PRUNE_LIST, PRUNE_WATCH };

enum prune_part {
    PART_LIST,
    PART_ITEM,   // of a list
    PART_OBJECT, // of a watch
    PART_BOOKMARK,
};

struct prune_handlers {
    // One object, borrowed for the call. type: "" in lists, else ADDED, MODIFIED, DELETED, BOOKMARK, ERROR
    // (an ERROR's object is the whole Status; a BOOKMARK's keeps metadata with annotations).
    // false stops the stream.
    bool (*on_object)(void *arg, const char *type, json_t *obj);
    // Once per list reply, when known: resourceVersion, continue, remainingItemCount (-1 unknown). false stops it.
    bool (*on_list_meta)(void *arg, const char *rv, const char *cont, long remaining);
    // Tables: the columnDefinitions of this connection.
    void (*on_columns)(void *arg, json_t *columns);
    // What something says it is, "" where it says nothing, before it counts: a list at the latest at its end, an item
    // only where it says anything. false stops the stream. NULL: nothing is demanded of the document; otherwise
    // a list must have items (or rows), an event of a watch a known type and, behind it, an object; and a Status that
    // came instead of either is told as an ERROR.
    bool (*on_kind)(void *arg, enum prune_part part, const char *api, const char *kind);
};

struct prune *prune_new(const struct prune_paths *paths, enum prune_mode mode, bool table,
    const struct prune_handlers *handlers, void *arg);
// What is fed is protobuf (client/proto.h): objects of that message. Before the first bytes.
void prune_as_proto(struct prune *p, const struct proto_field *message);
void prune_free(struct prune *p);
// Any split of the bytes. false: broken JSON (err says where and shows the bytes, sanitised), an object
// above 16 MiB (or with a tree above 64 MiB), nesting above 128, a document that is not what was asked for, or a handler
// said stop.
bool prune_feed(struct prune *p, const char *data, size_t n, struct err *err);
bool prune_finish(struct prune *p, struct err *err); // end of input; a partial watch line is no error

#endif
