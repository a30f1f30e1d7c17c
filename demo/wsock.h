// A WebSocket of a client, as the server has it: whole binary messages both ways, and what waits to be sent, so that
// whoever writes can stop when the client does not read.
#ifndef DEMO_WSOCK_H
#define DEMO_WSOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "demo/server.h"

struct wsock;
struct wsock_ops {
    void (*open)(void *arg);
    void (*message)(void *arg, const uint8_t *data, size_t n);
    void (*drained)(void *arg); // nothing waits to be sent any more
    void (*closed)(void *arg);  // by either side; the owner frees it, then or later
};

bool wsock_asked(struct req *rq); // it wants to be one
// The first protocol offered that is known (a list ended by NULL); NULL: none.
const char *wsock_protocol(struct req *rq, const char *const *known);
// Answers the request. closed may be all that is ever told.
struct wsock *wsock_accept(
    struct req *rq, struct loop *loop, const char *protocol, const struct wsock_ops *ops, void *arg);
void wsock_free(struct wsock *w); // at once; NULL is accepted

void wsock_send(struct wsock *w, int channel, const void *data, size_t n); // one message, its first byte the channel
size_t wsock_queued(const struct wsock *w);
void wsock_pause(struct wsock *w, bool paused); // reading
void wsock_close(struct wsock *w);              // when all is sent

#endif
