// portforward of Pods over the legacy WebSocket (k8s.io/cri-streaming/pkg/streaming/portforward/websocket.go): two
// channels a port, data and error, each of which begins with the port's number; behind each port a demo/responder.h.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/api.h"
#include "demo/containers.h"
#include "demo/responder.h"
#include "demo/status.h"
#include "demo/wsock.h"

enum { PORTS_MAX = 32, CHUNK = 32 << 10, OUT_MAX = 256 << 10, IN_MAX = 256 << 10 };

struct session {
    struct cluster *cl;
    struct wsock *ws;
    struct loop_timer *timer; // the Pod is gone
    char *uid, *id;           // id: of its containers' network, as the runtime names it
    size_t n;
    bool zero; // was asked for
    struct {
        int port;
        bool open;
        struct responder *to;
    } ports[PORTS_MAX];
};

// As long as the client takes it.
static void pump(struct session *s)
{
    static char data[CHUNK];
    bool over = true, full = false;
    for (size_t i = 0; i < s->n; i++) {
        size_t n;
        while (s->ports[i].to && wsock_queued(s->ws) < OUT_MAX &&
               (n = responder_pull(s->ports[i].to, data, sizeof(data))))
            wsock_send(s->ws, (int)(2 * i), data, n);
        over = over && (!s->ports[i].to || responder_over(s->ports[i].to));
        full = full || (s->ports[i].to && responder_waiting(s->ports[i].to) > IN_MAX);
    }
    if (over)
        wsock_close(s->ws);
    else
        wsock_pause(s->ws, full);
}

static void put_port(struct session *s, size_t channel, int port)
{
    uint8_t number[2] = { (uint8_t)(port & 0xff), (uint8_t)(port >> 8) };
    wsock_send(s->ws, (int)channel, number, sizeof(number));
}

static void refuse(struct session *s, size_t i)
{
    char *why = xasprintf(
        "error forwarding port %d to pod %.64s, uid : failed to execute portforward in network namespace "
        "\"/var/run/netns/cni-%.8s\": failed to connect to localhost:%d inside namespace \"%.64s\", IPv4: dial tcp4 "
        "127.0.0.1:%d: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found ",
        s->ports[i].port, s->id, s->id, s->ports[i].port, s->id, s->ports[i].port);
    wsock_send(s->ws, (int)(2 * i + 1), why, strlen(why));
    free(why);
}

static void on_open(void *arg)
{
    struct session *s = arg;
    for (size_t i = 0; i < s->n; i++) {
        put_port(s, 2 * i, s->ports[i].port);
        put_port(s, 2 * i + 1, s->ports[i].port);
        if (!s->ports[i].open)
            refuse(s, i);
    }
    pump(s);
}

static void on_message(void *arg, const uint8_t *data, size_t n)
{
    struct session *s = arg;
    if (n < 2 || data[0] % 2 || data[0] / 2 >= s->n || !s->ports[data[0] / 2].to)
        return;
    responder_feed(s->ports[data[0] / 2].to, data + 1, n - 1);
    pump(s);
}

static void on_drained(void *arg)
{
    pump(arg);
}

static void on_gone(void *arg)
{
    struct session *s = arg;
    wsock_close(s->ws);
}

static void on_event(void *arg, const struct db_event *ev)
{
    struct session *s = arg;
    if (str_eq(ev->now->uid, s->uid) && (ev->type == DB_DELETED || (ev->now->flags & REV_DONE)))
        loop_timer_start(s->timer, 0, 0);
}

static void on_closed(void *arg)
{
    struct session *s = arg;
    db_unlisten(s->cl->db, on_event, s);
    for (size_t i = 0; i < s->n; i++)
        responder_free(s->ports[i].to);
    wsock_free(s->ws);
    loop_timer_free(s->timer);
    free(s->uid);
    free(s->id);
    free(s);
}

// ---- the request

// What is wrong with it, or NULL. What is no number the API server says (a query that it cannot read), the rest the kubelet.
static json_t *read_ports(struct call *c, const json_t *pod, struct session *s)
{
    const char *words[PORTS_MAX];
    size_t n = req_query_all(c->rq, "ports", words, PORTS_MAX);
    for (size_t i = 0; i < n; i++) {
        int64_t port;
        bool number = *words[i] && !words[i][strspn(words[i], "0123456789")];
        if (!number || !str_to_i64(words[i], &port) || port > 65535)
            return status_bad_request("cannot convert to []int32: strconv.ParseUint: parsing \"%s\": %s", words[i],
                number ? "value out of range" : "invalid syntax");
        s->zero |= port == 0;
        s->ports[s->n].port = (int)port;
        s->ports[s->n].open = container_port_open(pod, port);
        if (s->ports[s->n].open)
            s->ports[s->n].to = responder_new(c->name, (int)port);
        s->n++;
    }
    return NULL;
}

static json_t *pod_error(struct call *c, const json_t *pod, struct rev *r)
{
    if (!r)
        return status_not_found(c->rt, c->name);
    if (!*json_str(pod, "spec", "nodeName", NULL))
        return status_bad_request("pod %s does not have a host assigned", c->name);
    if (!str_eq(json_str(pod, "status", "phase", NULL), "Running"))
        return status_new(500, "InternalError", "error upgrading connection: pod not found (\"%s_%s\")", c->name, c->ns);
    return NULL;
}

void portforward_serve(struct call *c)
{
    static const char *const protocols[] = { "v4.channel.k8s.io", "portforward.k8s.io", NULL };
    static const struct wsock_ops ops = { on_open, on_message, on_drained, on_closed };
    struct rev *r = db_get(c->cl->db, c->rt, c->ns, c->name);
    const json_t *pod = r ? db_peek(c->cl->db, r) : NULL;
    struct session *s = xcalloc(1, sizeof(*s));
    json_t *error = read_ports(c, pod, s);
    s->cl = c->cl;
    error = error ? error : pod_error(c, pod, r);
    const char *protocol = sub_upgrade(c, protocols, error);
    const char *wrong = !s->n ? "query parameter \"port\" is required" : s->zero ? "port \"0\" must be > 0" : NULL;
    if (!protocol || wrong) {
        if (protocol)
            reply_text(c->rq, 400, wrong);
        on_closed(s);
        return;
    }
    const char *id = json_str(json_array_get(json_at(pod, "status", "containerStatuses", NULL), 0), "containerID", NULL);
    s->uid = xstrdup(r->uid);
    s->id = xstrdup(id + (str_starts(id, "containerd://") ? 13 : 0));
    s->timer = loop_timer_new(c->cl->loop, on_gone, s);
    db_listen(c->cl->db, on_event, s);
    s->ws = wsock_accept(c->rq, c->cl->loop, protocol, &ops, s);
}
