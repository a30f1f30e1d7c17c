// The log of one container instance as a stream of lines with the server's timestamps (protocol.md 4 of the
// Kubernetes API: GET pods/NAME/log). It has a connection of its own, so that not reading it holds the server back.
// A mark remembers where it got to: another stream of the same instance goes on there, no line doubled or missed.
#ifndef CLIENT_LOGS_H
#define CLIENT_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "client/logread.h"

struct logs_opts {
    const char *ns, *pod, *container;
    bool previous, follow;
    int64_t tail;  // lines, -1: all
    int64_t since; // Unix seconds, 0: from the start
    struct logs_mark *mark; // kept up to date; where it is set, it is where to go on, and tail and since are ignored
    bool trust; // go on even where the first line is not one that the mark knows (the log was rotated)
    bool probe; // only whether there are lines that the mark does not know; it is copied
};
struct logs_end {
    bool clean;    // the server ended it: the instance has exited, or the server cuts long streams
    bool stranger; // the mark knows none of its lines: it is another instance, or a rotated log; nothing was given
    bool more;     // what a probe found
    struct err err;
};
struct logs_handlers {
    logread_fn *on_line;
    void (*on_end)(void *arg, const struct logs_end *end); // once, unless freed before
};

struct logs;
struct logs *logs_open(struct client *c, const struct logs_opts *o, const struct logs_handlers *h, void *arg);
void logs_pause(struct logs *l, bool paused);
// After its end: gives the last line, which had no newline yet. It comes again when the log is gone on with.
void logs_rest(struct logs *l);
bool logs_met(const struct logs *l); // lines of the mark came again: nothing is missing before what is given
void logs_free(struct logs *l); // also inside on_end; NULL is accepted

#endif
