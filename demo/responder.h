// What listens on the ports that a container declares: an HTTP/1.1 server made of bytes, without a socket. It answers
// every path with a short text, and /bytes?n=N with N bytes, which are never all there at once.
#ifndef DEMO_RESPONDER_H
#define DEMO_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

// One answer, without its head: the text, then so many filling bytes.
struct answer {
    int status;
    struct buf text;
    int64_t filler;
};
// `target` is a path with its query.
void answer_make(struct answer *a, const char *pod, int port, const char *method, const char *target);
size_t answer_pull(struct answer *a, char *out, size_t max); // 0: that was all
void answer_release(struct answer *a);

struct responder;
struct responder *responder_new(const char *pod, int port);
void responder_free(struct responder *r);                            // NULL is accepted
void responder_feed(struct responder *r, const void *data, size_t n); // from the client
size_t responder_pull(struct responder *r, char *out, size_t max);   // for the client; 0: nothing now
size_t responder_waiting(const struct responder *r); // bytes fed that are not looked at yet
bool responder_over(const struct responder *r);      // it has closed: all was pulled, and no more is read

#endif
