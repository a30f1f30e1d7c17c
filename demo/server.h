// HTTPS for the demo clusters: libmicrohttpd driven by the event loop, whole replies and endless
// streams, and the faults that tests switch on. microhttpd.h is included by demo/server.c only.
#ifndef DEMO_SERVER_H
#define DEMO_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/loop.h"

struct server;
struct req;

struct req_info {
    const char *method, *url; // url as sent, percent-decoded, without the query
    int port;                 // which of the listening ports
    const struct buf *body;
};
// Answers a request: exactly one of req_reply, req_stream and req_upgrade must be called before it returns.
typedef void server_fn(void *arg, struct req *rq, const struct req_info *info);
// What must go wrong with this request; called when it has arrived, before server_fn.
struct fault_plan {
    int64_t delay_ms;
    int status, retry_after; // answered instead of the request
    bool gone, error_event, no_streaming, no_aggregated; // left to the API
    int hostile;             // of demo/hostile.h, 0: the texts are what they are
    bool silent, reset;      // no byte of the body ever; reset: end by RST (else EOF)
    int64_t cut_after;       // bytes of the body, -1: none
    int64_t bytes_per_s;     // 0: unlimited
    int64_t length_lie;      // added to Content-Length
};
typedef void fault_fn(void *arg, struct req *rq, const struct req_info *info, struct fault_plan *p);

struct server *server_new(struct loop *loop, const char *key_pem, const char *cert_pem);
void server_free(struct server *s);
void server_handle(struct server *s, server_fn *fn, fault_fn *fault, void *arg);
// Listens on 127.0.0.1 and returns the port (0 asks for a free one), -1 on failure.
int server_listen(struct server *s, int port, struct err *err);
void server_close_all(struct server *s);                  // every connection, at once
void server_hang(struct server *s, int64_t ms);           // answers nothing for so long
struct loop *server_loop(struct server *s);

const char *req_query(struct req *rq, const char *key);   // NULL when absent
size_t req_query_all(struct req *rq, const char *key, const char **out, size_t max); // each value of a repeated key
const char *req_header(struct req *rq, const char *name); // NULL when absent
const struct fault_plan *req_faults(const struct req *rq);
void req_reply_header(struct req *rq, const char *name, const char *value); // before the reply
// Takes the body; compressed as the API server does when the client allows it.
void req_reply(struct req *rq, int code, const char *content_type, struct buf *body);

// An endless body. pull: bytes written (0: nothing yet, wait for stream_wake; -1: end). free is called
// when the connection is gone.
struct stream_ops {
    long (*pull)(void *arg, char *out, size_t max);
    void (*free)(void *arg);
};
struct stream;
struct stream *req_stream(struct req *rq, int code, const char *content_type,
    const struct stream_ops *ops, void *arg);
void stream_wake(struct stream *st);

// The connection becomes another protocol's after an answer of 101 (its headers by req_reply_header before). ready: it
// can be read from or written to, as watched for; gone: the server ends, and the owner calls upgraded_end.
struct upgraded;
struct upgraded_ops {
    void (*ready)(void *arg);
    void (*gone)(void *arg);
};
struct upgraded *req_upgrade(struct req *rq, const struct upgraded_ops *ops, void *arg);
void upgraded_watch(struct upgraded *u, int events); // LOOP_READ|LOOP_WRITE
// Bytes; 0: not now; -1: it is over. Reading goes on until 0, TLS may hold more than the socket shows.
long upgraded_recv(struct upgraded *u, void *data, size_t n);
long upgraded_send(struct upgraded *u, const void *data, size_t n); // after 0 again the same
void upgraded_end(struct upgraded *u);

#endif
