// One copy of a file or a folder from a container or into it, by its tar over exec; a single file by its cat where
// there is no tar. It looks for the Pod, runs, and ends exactly once; disk work is done in the loop's pool, and each
// side waits for the slower one. Into a container all goes to a folder of another name first, and to its place
// when nothing is missing.
#ifndef CLIENT_COPY_H
#define CLIENT_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "client/gvr.h"

enum copy_state { COPY_LOOKING, COPY_RUNNING, COPY_DONE, COPY_FAILED, COPY_CANCELLED };

struct copy_opts { // strings are copied
    struct gvr gvr;       // of what was named: a Pod, or what selects some
    const char *ns, *name;
    const char *container; // NULL: the Pod's default
    const char *remote, *local;
    bool up, force;
};
struct copy_status {
    enum copy_state state;
    const char *pod, *container; // "" while unknown
    const char *where;           // it comes or came to
    uint64_t bytes, size;        // of file content; size 0: not known before the end
    uint64_t resumed;            // bytes that were there from before
    unsigned files, links, skipped, refused;
    int64_t ms, rate;            // since it runs; bytes a second
    struct err err;              // why it failed; when done: what its tar complained of
};

struct copy;
struct copy *copy_start(struct client *c, const struct copy_opts *o, void (*changed)(void *arg), void *arg);
void copy_cancel(struct copy *cp);
void copy_free(struct copy *cp); // cancels it
void copy_status(const struct copy *cp, struct copy_status *out);
bool copy_over(const struct copy *cp);
// What was refused and why, one line each, the first hundred; only when it is over.
size_t copy_note_count(const struct copy *cp);
const char *copy_note(const struct copy *cp, size_t i);

#endif
