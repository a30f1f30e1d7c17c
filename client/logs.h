// The log of one container instance as a stream of lines with the server's timestamps (protocol.md 4 of the
// Kubernetes API: GET pods/NAME/log). It has a connection of its own, so that not reading it holds the server back.
// A mark remembers where it got to: another stream of the same instance goes on there, no line doubled or missed.
#ifndef CLIENT_LOGS_H
#define CLIENT_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arr.h"
#include "base/err.h"
#include "client/client.h"

// sinceTime has a resolution of one second: the lines seen of the last second are kept to know them again.
struct logs_mark {
    int64_t sec; // 0: nothing was read yet
    ARR(uint64_t) seen;
};
void logs_mark_clear(struct logs_mark *m);

struct logs_opts {
    const char *ns, *pod, *container;
    bool previous, follow;
    int64_t tail;  // lines, -1: all
    int64_t since; // Unix seconds, 0: from the start
    struct logs_mark *mark; // kept up to date; where it is set, it is where to go on, and tail and since are ignored
    bool trust; // go on even where the first line is not one that the mark knows (the log was rotated)
};
struct logs_end {
    bool clean;    // the server ended it: the instance has exited, or the server cuts long streams
    bool stranger; // the mark knows none of its lines: it is another instance, or a rotated log; nothing was given
    struct err err;
};
struct logs_handlers {
    // stamp: Unix nanoseconds, 0: the server's own words between the lines. part: the line goes on in the next one.
    void (*on_line)(void *arg, int64_t stamp, const char *text, size_t n, bool part);
    void (*on_end)(void *arg, const struct logs_end *end); // once, unless freed before
};

struct logs;
struct logs *logs_open(struct client *c, const struct logs_opts *o, const struct logs_handlers *h, void *arg);
void logs_pause(struct logs *l, bool paused);
void logs_free(struct logs *l); // also inside on_end; NULL is accepted

#endif
