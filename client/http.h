// HTTP to one API server: a libcurl multi on the loop, HTTP/2 where the server has it. One request is
// one struct http_req; callbacks come from the loop, never from inside http_send. curl.h is included by
// client/http.c (and ws.c) only.
#ifndef CLIENT_HTTP_H
#define CLIENT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/loop.h"
#include "client/kubeconfig.h"

struct http;
struct http_req;

struct http_opts {
    const char *method;       // "GET"
    const char *path;         // "/api/v1/pods?limit=500"; the path prefix of the server is added
    const char *accept;       // NULL: application/json
    const char *content_type; // of body
    const char *if_none_match;
    const void *body;
    size_t body_len;
    bool write;         // changes something on the server: only client/verbs.c sets it
    bool stream;        // long-running: no total time limit, no compression
    bool gzip;          // ask for compression (ignored where the kubeconfig disables it)
    bool one_shot_conn; // HTTP/1.1 on a connection of its own: back-pressure by pausing works; a stream may come 50 ms late
    bool fresh_conn;    // a connection of its own, in the HTTP that the server has: one that speaks only HTTP/2 answers it as well
    bool beside;        // short, but on the connection of the streams, where one carries them all: says whether that one lives
    bool any_status;    // the answer as it is: head.lines is set, and the body of an error is body too
    bool connect_only;  // the connection alone (WebSocket): after an ok on_done the http_raw_ functions apply
    size_t max_bytes;   // of the body, decompressed; 0: HTTP_MAX_BODY, none for streams
    int64_t timeout_ms; // 0: 35 s, none for streams
};
enum { HTTP_MAX_BODY = 16 << 20 }; // more than any object: etcd takes no request above 1.5 MB
struct http_head {
    int status;
    const char *content_type, *etag, *warning; // borrowed, "" when absent; warning: the last one's text
    int retry_after;                           // seconds, -1 when absent
    const char *lines; // of any_status: the status line and all headers, each ended by LF; else ""
};
struct http_result {
    int status;         // 0 when no answer came
    bool ok;            // 2xx (or 304) and the body complete
    int64_t ms;         // from sending to the end
    int64_t first_ms;   // to the first byte of the answer
    uint64_t bytes_in;  // on the wire, compressed
    struct err err;     // when not ok: the Status message of the server, or what broke (curl's words
                        // turned into ours, with a hint: refused, name, CA, expired, TLS, timeout, reset)
    int retry_after;
    const char *warning, *error_body; // borrowed for the call, NULL where no answer came: the last Warning's text, and
                                      // what came with a status that is no success
};
struct http_handlers {
    void (*on_head)(void *arg, const struct http_head *head); // may be NULL
    // Body of a 2xx answer as it arrives, decompressed; return false to abort. Bodies of errors are
    // collected by http itself (at most 64 KiB) and parsed as metav1.Status into result.err.
    bool (*on_data)(void *arg, const char *data, size_t n);
    void (*on_done)(void *arg, const struct http_result *res); // exactly once, unless cancelled
};

// What every request carries; the strings are copied. Set by client/auth.c.
struct http_auth {
    const char *authorization;      // "Bearer …", NULL: none
    const char *cert_pem, *key_pem; // client certificate, NULL: none
    const char *const *headers;     // "Impersonate-User: x", NULL-terminated, may be NULL
};

struct http *http_new(struct loop *loop, const struct kube_target *target, struct err *err);
void http_free(struct http *h); // cancels everything
void http_set_auth(struct http *h, const struct http_auth *auth);
struct http_req *http_send(struct http *h, const struct http_opts *opts,
    const struct http_handlers *handlers, void *arg);
// A GET that asks whether there is an answer: on the connection of the streams, or a new one.
struct http_req *http_probe(struct http *h, const char *path, bool fresh, int64_t timeout_ms,
    const struct http_handlers *handlers, void *arg);
void http_cancel(struct http_req *req); // no callback after; safe inside a callback
void http_pause(struct http_req *req, bool paused); // one_shot_conn only
// A connect_only request lives on after its on_done until http_cancel; its bytes are the caller's. Sent or
// read: the count, 0: would block (wait for the fd), -1: the peer is gone (err says why).
long http_raw_send(struct http_req *req, const void *data, size_t n, struct err *err);
long http_raw_recv(struct http_req *req, void *data, size_t n, struct err *err);
int http_raw_fd(struct http_req *req);
// The request line and headers of an upgrade on such a connection: host, path prefix, credentials; `more`
// are further header lines, each ended by CRLF. Holds secrets: buf_wipe it.
void http_raw_head(struct http *h, const char *path, const char *more, struct buf *out);
// Drops every connection: after suspend/resume, a rotated certificate, a black-holed network.
void http_reset_connections(struct http *h);
uint64_t http_bytes_in(const struct http *h);
// Loop clock: when something came last on the connection of the streams (or of any, logs not counted, where each
// request has its own), and on any at all.
int64_t http_heard_ms(const struct http *h);
int64_t http_any_ms(const struct http *h);
bool http_shares(const struct http *h);           // one connection carries the streams (HTTP/2)
bool http_connected(const struct http_req *req);  // the peer (or the proxy before it) has taken the connection
unsigned http_streams(const struct http *h); // long-running requests now open

#endif
