// Runs of credential plugins. Whoever wants the same command with the same arguments and environment shares one run and its
// answer; of many at once the first goes alone (it may open a window to log in), then at most four run, each with its own
// time-out. Knows nothing of what a plugin prints; answers are credentials and wiped.
#ifndef CLIENT_PLUGIN_H
#define CLIENT_PLUGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"

struct plugins;
struct plugin_ask;

struct plugin_want {
    struct loop *loop;
    char *const *argv, *const *env; // env: beside what kview has itself; both end with NULL and are copied
    bool on_tty;                    // it has the terminal; else it is detached from it
    uint64_t have;                  // the serial of the answer that is of no use any more; 0: none was there
};
struct plugin_end {
    int status;
    const struct buf *out, *err_out; // borrowed for the call
    const struct err *why;           // it did not start, did not end, printed too much; NULL: status says it
    uint64_t serial;                 // of the answer, when it ended with 0
};
typedef void plugin_fn(void *arg, const struct plugin_end *end);

struct plugins *plugins_new(void);
struct plugins *plugins_ref(struct plugins *p);
void plugins_unref(struct plugins *p); // NULL is accepted
// What the last run of the same printed, when it is newer than w->have; NULL: it must run. Borrowed.
const struct buf *plugins_answer(const struct plugins *p, const struct plugin_want *w, uint64_t *serial);
// fn is called once, from the loop, unless the asking is freed before.
struct plugin_ask *plugins_run(struct plugins *p, const struct plugin_want *w, plugin_fn *fn, void *arg);
void plugin_ask_free(struct plugin_ask *q); // a run that nobody waits for is ended; NULL is accepted

#endif
