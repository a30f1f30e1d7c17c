// The events of Pods whose logs are read (core/v1 Events, https://kubernetes.io/docs/reference/kubernetes-api/
// cluster-resources/event-v1/), each told once and again when it was counted again, oldest first.
#ifndef LOGS_EVENTS_H
#define LOGS_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"

struct logevent {
    const char *ns, *pod, *text; // "BackOff (x12): Back-off restarting failed container"
    int64_t stamp; // Unix nanoseconds, of its last occurrence
    bool warning;
};
struct logevents;

// ns "": all namespaces; pod NULL: all Pods of it. wake: there may be something to take; only plan it.
struct logevents *logevents_new(
    struct client *c, const char *ns, const char *pod, void (*wake)(void *arg), void *arg);
void logevents_free(struct logevents *e);
// fn false: not wanted now; it is offered again after logevents_again.
void logevents_take(
    struct logevents *e, bool (*fn)(void *arg, const struct logevent *ev), void *arg);
void logevents_again(struct logevents *e);
bool logevents_ready(const struct logevents *e,
    struct err *err); // all that is there was offered, or err says why not

#endif
