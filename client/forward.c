#include "client/forward.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/listener.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "client/target.h"
#include "client/ws.h"

enum {
    CHUNK = 32 << 10,
    UP_MAX = 1 << 20,
    DOWN_MAX = 512 << 10,
    EARLY_MAX = 256 << 10,
    CONNECTIONS_MAX = 1000,
    BACKLOG = 256,
    FRESH_MS = 500, // a Pod that is being deleted serves for its grace period: by then new connections go elsewhere
    RETRY_MS = 500,
    PATIENCE_MS = 20000,
    LINGER_MS = 1000,
    ASK_MS = 500,
    SILENT_MS = 30000
};
enum { CH_DATA, CH_ERROR, CHANNELS };

// One connection. It waits for a Pod, then for its WebSocket, and is read from only when that is open.
struct conn {
    struct conn *prev, *next;
    struct forward *f;
    struct loop_io *io;
    struct loop_timer *timer; // to try again; to end after the local side has ended
    struct ws *ws;
    struct buf early; // what was sent before an answer came: sent again to another Pod
    struct buf out; // for the local side
    size_t out_at;
    char *pod; // that it is for
    struct err err;
    int64_t since;
    int fd, events;
    bool was_ready; // the Pod, when it was connected to
    bool waiting, open, answered, early_lost, local_ended, remote_ended, paused;
    bool asking, asked; // on a second WebSocket, which sends nothing, for the reason of an end that gave none
    struct err ended;   // that end
    bool headed[CHANNELS]; // the port number, which comes first on each channel, has come
};

struct forward {
    struct client *client;
    struct loop *loop;
    struct gvr gvr;
    char *ns, *name, *port;
    void (*changed)(void *arg);
    void *arg;
    struct forward_info info;
    char *pod;
    bool running, ready; // the Pod, when it was found
    bool named; // it was named itself: there is no other
    int64_t found_at; // loop clock; 0: look before the next connection
    struct target *target;
    int fds[2];
    struct loop_io *ios[2];
    struct conn *conns;
};

static void look(struct forward *f);
static void connect_to(struct conn *c);

// ---- what went wrong

static void note_err(struct forward *f, const struct err *err)
{
    f->info.err = *err;
    f->info.err_at = time_now();
    f->info.over = false;
    if (err->code == 403)
        err_hint(&f->info.err, "a forward needs the verbs get and create on pods/portforward");
}

// ---- one connection

static void conn_free(struct conn *c)
{
    struct forward *f = c->f;
    DL_DELETE(f->conns, c);
    f->info.open--;
    ws_free(c->ws);
    loop_io_free(c->io);
    loop_timer_free(c->timer);
    close(c->fd);
    buf_release(&c->early);
    buf_release(&c->out);
    free(c->pod);
    free(c);
    f->changed(f->arg);
}

static void watch_fd(struct conn *c)
{
    bool read = c->open && !c->asking && !c->local_ended && !c->remote_ended && ws_queued(c->ws) < UP_MAX;
    bool write = c->out.n > c->out_at;
    int events = (read ? LOOP_READ : 0) | (write ? LOOP_WRITE : 0);
    if (events != c->events)
        loop_io_set(c->io, events);
    c->events = events;
}

// The local side gets a reset, not an end that looks like an empty answer.
static void give_up(struct conn *c, const struct err *err)
{
    struct linger hard = { 1, 0 };
    note_err(c->f, err);
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    conn_free(c);
}

// true: the connection is over and c is gone.
static bool finished(struct conn *c)
{
    if (!c->remote_ended || c->out.n > c->out_at)
        return false;
    if (err_is(&c->err)) // also in the midst of an answer: half of it must not look like all
        give_up(c, &c->err);
    else
        conn_free(c);
    return true;
}

static bool write_out(struct conn *c)
{
    while (c->out_at < c->out.n) {
        ssize_t n =
            send(c->fd, c->out.s + c->out_at, c->out.n - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (n < 0)
            return false;
        c->out_at += (size_t)n;
    }
    buf_clear(&c->out);
    c->out_at = 0;
    if (c->paused && !c->remote_ended)
        ws_pause(c->ws, false);
    c->paused = false;
    return true;
}

static void send_up(struct conn *c, const void *data, size_t n)
{
    uint8_t message[CHUNK + 1] = { CH_DATA };
    memcpy(message + 1, data, n);
    ws_send(c->ws, message, n + 1);
}

// The local side has said all. The protocol has no half-close, and an end would cut what is still to come: so the
// connection goes on until the Pod is silent.
static void linger(struct conn *c)
{
    loop_timer_start(c->timer, c->answered ? LINGER_MS : SILENT_MS, 0);
}

static void read_local(struct conn *c)
{
    uint8_t data[CHUNK];
    ssize_t n = recv(c->fd, data, sizeof(data), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        conn_free(c);
        return;
    }
    if (n == 0) {
        c->local_ended = true;
        linger(c);
    } else {
        send_up(c, data, (size_t)n);
        c->f->info.up += (uint64_t)n;
        if (!c->answered && c->early.n + (size_t)n <= EARLY_MAX)
            buf_add(&c->early, data, (size_t)n);
        else if (!c->answered)
            c->early_lost = true;
        c->f->changed(c->f->arg);
    }
    watch_fd(c);
}

static void on_io(void *arg, int events)
{
    struct conn *c = arg;
    if ((events & LOOP_WRITE) && !write_out(c)) {
        conn_free(c);
        return;
    }
    if (finished(c))
        return;
    if ((events & LOOP_READ) && (c->events & LOOP_READ))
        read_local(c);
    else
        watch_fd(c);
}

static void on_open(void *arg, const char *protocol)
{
    struct conn *c = arg;
    (void)protocol;
    c->open = true;
    if (c->asking) {
        loop_timer_start(c->timer, ASK_MS, 0);
        return;
    }
    for (size_t at = 0; at < c->early.n; at += CHUNK)
        send_up(c, c->early.s + at, c->early.n - at < CHUNK ? c->early.n - at : CHUNK);
    watch_fd(c);
}

static void take_data(struct conn *c, const uint8_t *data, size_t n)
{
    if (!n)
        return;
    c->answered = c->f->info.over = true;
    buf_release(&c->early);
    c->f->info.down += n;
    buf_add(&c->out, data, n);
    if (!write_out(c)) {
        conn_free(c);
        return;
    }
    if (c->out.n - c->out_at > DOWN_MAX && !c->paused) {
        c->paused = true;
        ws_pause(c->ws, true);
    }
    if (c->local_ended)
        linger(c);
    watch_fd(c);
    c->f->changed(c->f->arg);
}

static void on_message(void *arg, const uint8_t *data, size_t n)
{
    struct conn *c = arg;
    if (n < 1 || data[0] >= CHANNELS)
        return;
    int channel = data[0];
    size_t skip = c->headed[channel] ? 1 : 3;
    c->headed[channel] = true;
    if (n <= skip)
        return;
    if (channel == CH_DATA && c->asking)
        return;
    if (channel == CH_DATA) {
        take_data(c, data + skip, n - skip);
        return;
    }
    struct buf clean = BUF_INIT;
    utf8_sanitise(&clean, (const char *)data + skip, n - skip);
    if (strstr(clean.s,
            "connection refused")) // of several hundred characters, the only ones that matter
        err_set(&c->err, "nothing listens on port %d in %s (connection refused)", c->f->info.remote,
            c->pod);
    else
        err_set(&c->err, "%.400s", clean.s);
    buf_release(&clean);
    note_err(c->f, &c->err);
}

static void on_drain(void *arg)
{
    watch_fd(arg);
}

// Nothing came from the Pod yet: another may answer, when this one is gone or there is a better one.
static bool can_try_again(const struct conn *c)
{
    return !c->answered && !c->early_lost && !c->f->named &&
           time_mono_ms() - c->since < PATIENCE_MS;
}

// When the Pod's end closes while data is on its way there, the API server drops what it has for this side, and with
// it the reason (the proxy of k8s.io/apimachinery/pkg/util/proxy ends both ways as soon as one does). A WebSocket that
// sends nothing hears it. What was sent is not sent again: the Pod may have acted on it.
static bool ask_why(struct conn *c, const struct err *err)
{
    if (!err || !c->open || c->answered || c->asked || err_is(&c->err))
        return false;
    c->ended = *err;
    c->asked = c->asking = true;
    c->open = false;
    watch_fd(c);
    connect_to(c);
    return true;
}

static void ended(struct conn *c)
{
    struct forward *f = c->f;
    c->open = c->asking = false;
    if (err_is(&c->err) && c->err.code != 403 && can_try_again(c)) {
        c->waiting = true;
        watch_fd(c);
        f->found_at = 0;
        look(f);
        return;
    }
    c->remote_ended = true;
    if (err_is(&c->err))
        note_err(f, &c->err);
    if (!finished(c)) {
        watch_fd(c);
        loop_timer_start(
            c->timer, SILENT_MS, 0); // a local side that does not read does not keep it for ever
    }
}

static void on_closed(void *arg, const struct err *err)
{
    struct conn *c = arg;
    if (ask_why(c, err))
        return;
    if (!err_is(&c->err) && c->asking)
        c->err = c->ended;
    else if (err && !err_is(&c->err))
        c->err = *err;
    ended(c);
}

static void on_timer(void *arg)
{
    struct conn *c = arg;
    if (c->waiting) {
        look(c->f);
    } else if (c->asking) {
        c->err = c->ended;
        ws_free(c->ws);
        c->ws = NULL;
        ended(c);
    } else {
        conn_free(c);
    }
}

static void connect_to(struct conn *c)
{
    static const struct ws_handlers handlers = { on_open, on_message, on_drain, on_closed };
    struct forward *f = c->f;
    struct buf path = BUF_INIT;
    gvr_path(&path, &(struct gvr) { "", "v1", "pods", true }, f->ns, f->pod);
    buf_printf(&path, "/portforward?ports=%d", f->info.remote);
    free(c->pod);
    c->pod = xstrdup(f->pod);
    c->was_ready = f->ready;
    c->waiting = false;
    c->headed[CH_DATA] = c->headed[CH_ERROR] = false;
    err_clear(&c->err);
    loop_timer_stop(c->timer);
    ws_free(c->ws);
    c->ws = ws_open(f->client, path.s, "v4.channel.k8s.io", &handlers, c);
    buf_release(&path);
}

// ---- the Pod

// A port as it was found in a list of ports; what it is written in first wins, but TCP before others.
struct port {
    int number;           // 0: none such
    const char *protocol; // of the document, "" for TCP
};

static void take_port(struct port *out, const json_t *p, int number)
{
    const char *protocol = json_str(p, "protocol", NULL);
    bool tcp = !*protocol || str_eq(protocol, "TCP");
    if (number && (!out->number || (tcp && *out->protocol)))
        *out = (struct port) { number, tcp ? "" : protocol };
}

// By name or by number. A number that no container declares may be listened on all the same.
static struct port container_port(const json_t *pod, const char *port)
{
    static const char *const lists[] = { "containers", "initContainers" }; // of these the sidecars
    struct port found = { 0, "" };
    char *end;
    long n = strtol(port, &end, 10);
    int wanted = *end || end == port ? -1 : n > 0 && n <= 65535 ? (int)n : 0;
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        size_t i, j;
        json_t *c, *p;
        json_array_foreach (json_at(pod, "spec", lists[k], NULL), i, c) {
            json_array_foreach (json_object_get(c, "ports"), j, p) {
                int number = (int)json_i64(p, "containerPort", NULL);
                if (wanted < 0 ? str_eq(json_str(p, "name", NULL), port) : number == wanted)
                    take_port(&found, p, number);
            }
        }
    }
    if (!found.number && wanted > 0)
        found.number = wanted;
    return found;
}

// A Service's port leads to its targetPort, by number or by the name that the Pod gives one; of a headless one, which
// nothing translates, to the same number (kubectl: LookupContainerPortNumberByServicePort).
static struct port service_port(const json_t *service, const json_t *pod, const char *port)
{
    struct port found = { 0, "" };
    bool headless = str_eq(json_str(service, "spec", "clusterIP", NULL), "None");
    size_t i;
    json_t *p;
    json_array_foreach (json_at(service, "spec", "ports", NULL), i, p) {
        char number[16];
        int to = (int)json_i64(p, "port", NULL);
        snprintf(number, sizeof(number), "%d", to);
        if (!str_eq(number, port) && !str_eq(json_str(p, "name", NULL), port))
            continue;
        const json_t *target = json_object_get(p, "targetPort");
        if (!headless && json_is_string(target))
            to = container_port(pod, json_string_value(target)).number;
        else if (!headless && json_integer_value(target) > 0)
            to = (int)json_integer_value(target);
        take_port(&found, p, to);
    }
    return found;
}

static bool is_ready(const json_t *pod)
{
    size_t i;
    json_t *c;
    json_array_foreach (json_at(pod, "status", "conditions", NULL), i, c) {
        if (str_eq(json_str(c, "type", NULL), "Ready"))
            return str_eq(json_str(c, "status", NULL), "True");
    }
    return false;
}

static void fail_waiting(struct forward *f, const struct err *err)
{
    struct conn *c, *next;
    note_err(f, err);
    DL_FOREACH_SAFE(f->conns, c, next)
    if (c->waiting)
        give_up(c, err);
}

// Those that wait connect to what was found, unless it is the same that has failed them just now.
static void serve_waiting(struct forward *f)
{
    struct conn *c, *next;
    DL_FOREACH_SAFE(f->conns, c, next)
    {
        bool same = c->pod && str_eq(c->pod, f->pod);
        if (!c->waiting)
            continue;
        if (f->running && (!same || (f->ready && !c->was_ready)))
            connect_to(c);
        else if (same && f->ready)
            give_up(c, &c->err); // it is well, and refuses: kubectl fails here too
        else if (can_try_again(c))
            loop_timer_start(c->timer, RETRY_MS, 0);
        else if (same)
            give_up(c, &c->err);
        else if (!f->running) {
            struct err err = { 0 };
            err_set(&err, "the Pod %s does not run", f->pod);
            give_up(c, &err);
        }
    }
}

static void stop_listening(struct forward *f)
{
    for (size_t i = 0; i < ARRAY_SIZE(f->fds); i++) {
        loop_io_free(f->ios[i]);
        f->ios[i] = NULL;
        if (f->fds[i] >= 0)
            close(f->fds[i]);
        f->fds[i] = -1;
    }
}

// No Pod that comes would change it.
static void refuse(struct forward *f)
{
    f->info.refused = true;
    stop_listening(f);
}

static void take_pod(struct forward *f, const json_t *pod, const json_t *object)
{
    struct err err = { 0 };
    bool leaving = *json_str(pod, "metadata", "deletionTimestamp", NULL);
    f->named = object == pod;
    struct port port = str_eq(json_str(object, "kind", NULL), "Service")
                           ? service_port(object, pod, f->port)
                           : container_port(pod, f->port);
    f->info.remote = *port.protocol ? 0 : port.number;
    free(f->pod);
    f->pod = xstrdup(json_str(pod, "metadata", "name", NULL));
    f->info.pod = f->pod;
    f->found_at = time_mono_ms();
    f->running =
        str_eq(json_str(pod, "status", "phase", NULL), "Running") && (f->named || !leaving);
    f->ready = is_ready(pod) && !leaving;
    f->info.unready = !f->ready;
    if (f->info.remote) {
        serve_waiting(f);
        return;
    }
    if (*port.protocol) {
        err_set(&err, "%s cannot be forwarded, only TCP: port %s of %s", port.protocol, f->port, f->name);
        err_hint(&err, "in its Pod, :debug reaches it");
    } else {
        err_set(&err, "%s has no port %s", f->name, f->port);
        err_hint(&err, "f on it offers those it has");
    }
    fail_waiting(f, &err);
    if (*port.protocol && !f->info.open)
        refuse(f);
}

static void on_found(void *arg, const json_t *pod, const json_t *object, const struct err *err)
{
    struct forward *f = arg;
    struct target *done = f->target; // object is its own
    f->target = NULL;
    if (pod)
        take_pod(f, pod, object);
    else
        fail_waiting(f, err);
    target_free(done);
    f->changed(f->arg);
}

static void look(struct forward *f)
{
    if (!f->target)
        f->target = target_find(f->client, &f->gvr, f->ns, f->name, on_found, f);
}

// ---- the listener

static void take_connection(struct forward *f, int fd)
{
    int one = 1;
    struct conn *c = xcalloc(1, sizeof(*c));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    c->f = f;
    c->fd = fd;
    c->since = time_mono_ms();
    buf_init(&c->early);
    buf_init(&c->out);
    c->io = loop_io_new(f->loop, fd, on_io, c);
    c->timer = loop_timer_new(f->loop, on_timer, c);
    DL_APPEND(f->conns, c);
    f->info.open++;
    f->info.total++;
    if (f->found_at && f->running && f->info.remote)
        connect_to(c);
    else
        c->waiting = true;
    if (c->waiting || time_mono_ms() - f->found_at > FRESH_MS)
        look(f);
    f->changed(f->arg);
}

static void accept_all(struct forward *f, int listener)
{
    for (int i = 0; i < BACKLOG; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        if (f->info.open >= CONNECTIONS_MAX) {
            struct err err = { 0 };
            err_set(
                &err, "more than %d connections at once: the newest was refused", CONNECTIONS_MAX);
            note_err(f, &err);
            close(fd);
            continue;
        }
        take_connection(f, fd);
    }
}

static void on_accept_v4(void *arg, int events)
{
    struct forward *f = arg;
    (void)events;
    accept_all(f, f->fds[0]);
}

static void on_accept_v6(void *arg, int events)
{
    struct forward *f = arg;
    (void)events;
    accept_all(f, f->fds[1]);
}

static int listen_at(const struct sockaddr *addr, socklen_t n)
{
    int one = 1, fd = socket(addr->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (addr->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    if (bind(fd, addr, n) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static bool listen_both(struct forward *f, int port, struct err *err)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    socklen_t n = sizeof(v4);
    f->fds[0] = listen_at((struct sockaddr *)&v4, sizeof(v4));
    if (f->fds[0] < 0) {
        char who[100] = "another program";
        int why = errno;
        if (why == EADDRINUSE)
            listener_find(port, who, sizeof(who));
        err_set(err, "port %d of this machine: %s%s", port, why == EADDRINUSE ? who : "",
            why == EADDRINUSE ? " listens there" : why == EACCES ? "only root may listen there" : strerror(why));
        err_hint(err, "another local port, or 0 for any free one");
        return false;
    }
    getsockname(f->fds[0], (struct sockaddr *)&v4, &n);
    f->info.local = ntohs(v4.sin_port);
    v6.sin6_port = v4.sin_port;
    f->fds[1] = listen_at((struct sockaddr *)&v6, sizeof(v6));
    f->info.v6 = f->fds[1] >= 0;
    return true;
}

struct forward *forward_new(struct client *c, const struct forward_opts *o,
    void (*changed)(void *arg), void *arg, struct err *err)
{
    static void (*const accepts[])(void *arg, int events) = { on_accept_v4, on_accept_v6 };
    struct forward *f = xcalloc(1, sizeof(*f));
    f->client = c;
    f->loop = client_loop(c);
    f->fds[0] = f->fds[1] = -1;
    f->changed = changed;
    f->arg = arg;
    f->info.pod = "";
    f->gvr = *o->gvr; // its strings are those of a kind, which outlives this
    f->ns = xstrdup(o->ns);
    f->name = xstrdup(o->name);
    f->port = xstrdup(o->port);
    if (!listen_both(f, o->local, err)) {
        forward_free(f);
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(f->fds); i++)
        if (f->fds[i] >= 0) {
            f->ios[i] = loop_io_new(f->loop, f->fds[i], accepts[i], f);
            loop_io_set(f->ios[i], LOOP_READ);
        }
    look(f);
    return f;
}

const struct forward_info *forward_info(const struct forward *f)
{
    return &f->info;
}

static void ignore(void *arg)
{
    (void)arg;
}

void forward_free(struct forward *f)
{
    struct conn *c, *next;
    if (!f)
        return;
    f->changed = ignore;
    DL_FOREACH_SAFE(f->conns, c, next)
    conn_free(c);
    target_free(f->target);
    stop_listening(f);
    free(f->ns);
    free(f->name);
    free(f->port);
    free(f->pod);
    free(f);
}
