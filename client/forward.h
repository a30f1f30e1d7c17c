// A port of this machine that leads to a port of a Pod: a listener on the loopback, and one WebSocket for each
// connection accepted (subprotocol v4.channel.k8s.io, which carries one connection a port). What was named (a
// Pod, a workload, a Service) is resolved anew when its Pod is gone, so that the next connection goes to another.
// https://kubernetes.io/docs/reference/kubectl/generated/kubectl_port-forward/
#ifndef CLIENT_FORWARD_H
#define CLIENT_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "client/gvr.h"

struct forward;
struct forward_opts { // all copied
    const struct gvr *gvr;
    const char *ns, *name;
    const char *port; // a number, or a name that the Service's or the container's ports have
    int local; // 0: any free one
};
struct forward_info {
    int local, remote; // remote 0: not known yet
    bool v6; // [::1] listens too
    const char *pod; // the one in use; "" until the first is found
    bool unready;    // it is not ready: a Service would send nothing to it
    size_t open, total; // connections
    uint64_t up, down; // bytes to and from the Pod
    struct err err; // the last thing that went wrong; code 0 and no text: nothing did
    int64_t err_at; // seconds since the epoch
    bool over; // a connection went well since
    bool refused; // what was asked for cannot be forwarded (err says why): it does not listen
};

// Listens at once and looks for the Pod. changed is told of every change of the info, often. err: the port is
// taken or not allowed; its hint says what to do.
struct forward *forward_new(struct client *c, const struct forward_opts *opts,
    void (*changed)(void *arg), void *arg, struct err *err);
const struct forward_info *forward_info(const struct forward *f);
void forward_free(struct forward *f); // ends its connections; NULL is accepted

#endif
