// Every write to the API server passes here: one gate, which refuses where a context is read-only, before anything
// is sent, and writes down who asked for what, where. client_call refuses what would change something and did not
// come this way. What comes of a write is told as of any request; the store changes when the server's watch says so.
#ifndef CLIENT_VERBS_H
#define CLIENT_VERBS_H

#include <stdbool.h>

#include "base/err.h"
#include "client/client.h"
#include "client/gvr.h"

struct write_gate {
    bool readonly;
    const char *context;
    const char *how; // what would open it, "`:unlock` …"; NULL: a new start with --write
};
// For what writes by another way than a request of its own (a process inside a container). what: "a copy into a
// container".
bool verbs_allowed(const struct write_gate *gate, const char *what, struct err *err);

struct verbs_object {
    struct gvr gvr;
    const char *ns, *name, *subresource; // subresource NULL: the object itself; name NULL: one is made
};
enum write_type { WRITE_CREATE, WRITE_REPLACE, WRITE_MERGE, WRITE_STRATEGIC, WRITE_JSON_PATCH, WRITE_DELETE };
struct write {
    const char *what; // "scaling", for the log and the refusal
    enum write_type type;
    struct verbs_object object;
    const json_t *body; // borrowed
    bool dry_run;       // the server says what would come of it, and does nothing
    bool strict;        // a field that its kind does not have is refused, not left out
};
// Ids are for client_cancel; 0: refused, err says why, and no callback follows.
uint64_t verbs_send(struct client *c, const struct write_gate *gate, const struct write *w, client_json_fn *fn,
    void *arg, struct err *err);

// The same in short. Bodies are borrowed.
uint64_t verbs_create(struct client *c, const struct write_gate *gate, const struct gvr *gvr, const char *ns,
    const json_t *body, client_json_fn *fn, void *arg, struct err *err);
uint64_t verbs_patch_strategic(struct client *c, const struct write_gate *gate, const struct verbs_object *o,
    const json_t *body, client_json_fn *fn, void *arg, struct err *err);
// uid: it must still be that object, NULL: whichever has the name. grace: seconds, -1: as its spec says.
uint64_t verbs_delete(struct client *c, const struct write_gate *gate, const struct verbs_object *o, const char *uid,
    int grace, client_json_fn *fn, void *arg, struct err *err);

#endif
