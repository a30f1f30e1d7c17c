// A WebSocket to the API server (RFC 6455) with the credentials of its client: what exec, attach and
// port-forward run on. libcurl makes the connection, wslay the frames. Messages are binary and sent
// unfragmented: the server takes each frame for a message (protocol of golang.org/x/net/websocket).
#ifndef CLIENT_WS_H
#define CLIENT_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"

struct ws;
struct ws_handlers {
    void (*on_open)(void *arg, const char *protocol); // the subprotocol that the server chose
    void (*on_message)(void *arg, const uint8_t *data, size_t n); // borrowed
    void (*on_drain)(void *arg); // what was queued has gone out; may be NULL
    // Exactly once, unless ws_free came before; nothing follows. err NULL: closed in order. err->code is the
    // HTTP status when the upgrade was refused.
    void (*on_closed)(void *arg, const struct err *err);
};

// Callbacks come from the loop, never from inside these functions. path begins with "/"; protocols is the
// comma list offered ("v5.channel.k8s.io, v4.channel.k8s.io").
struct ws *ws_open(struct client *c, const char *path, const char *protocols,
    const struct ws_handlers *handlers, void *arg);
void ws_send(struct ws *ws, const void *data, size_t n); // copied; queued until it can go
size_t ws_queued(const struct ws *ws); // bytes not yet sent: stop feeding above some limit
void ws_pause(struct ws *ws, bool paused); // stops reading: TCP pushes back on the sender
void ws_close(struct ws *ws); // in order, after what is queued; on_closed follows
void ws_free(struct ws *ws);  // at once; safe inside a callback; NULL is accepted

#endif
