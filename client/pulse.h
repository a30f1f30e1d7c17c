// Whether the server still answers: where nothing was heard of it for a few seconds it is asked for something tiny on
// the connection of its watches, and where that is not answered, on a new one as well.
//
// A process that hangs, a link that swallows, a machine that slept: TCP says nothing of these for minutes, and a watch
// in which nothing happens looks the same. libcurl's own upkeep (HTTP/2 PING) tells nobody whether there was an answer,
// and does not reach connections of a multi.
#ifndef CLIENT_PULSE_H
#define CLIENT_PULSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "client/http.h"

enum pulse_news {
    PULSE_LOST,    // no answer: err says why
    PULSE_BACK,    // what is open goes on
    PULSE_NEW_WAY, // the server answers, but not on the connections there are: to be made anew
};
typedef void pulse_fn(void *arg, enum pulse_news news, const struct err *err);

struct pulse;
struct pulse *pulse_new(struct loop *loop, struct http *http, pulse_fn *fn, void *arg);
void pulse_free(struct pulse *p);
void pulse_start(struct pulse *p); // there was an answer just now; what runs already goes on
void pulse_stop(struct pulse *p);  // somebody else knows that the server is away, and asks for it
void pulse_attend(struct pulse *p); // somebody looks at it: told every second or so. Else it is asked rarely
void pulse_now(struct pulse *p);    // the machine slept: asked at once, both ways
void pulse_elsewhere(struct pulse *p); // there was an answer on another connection
int64_t pulse_heard_ms(const struct pulse *p); // loop clock: the last sign of life

#endif
