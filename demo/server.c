#include "demo/server.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "base/arr.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/hostile.h"
#include "base/timeutil.h"

enum { MAX_BODY = 3 << 20, GZIP_ABOVE = 128 << 10 };

struct port {
    struct server *server;
    struct MHD_Daemon *daemon;
    struct loop_io *io;
    int number;
};

struct server {
    struct loop *loop;
    struct loop_timer *timer;
    char *key, *cert;
    ARR(struct port *) ports;
    ARR(int) fds; // open connections
    server_fn *fn;
    fault_fn *fault;
    void *arg;
    int gone_fd; // epoll: suspended streams whose peer may go away
    struct loop_io *gone_io;
    int64_t hang_until; // monotonic ms
    ARR(struct req *) delayed; // suspended by a fault
    ARR(struct upgraded *) upgraded;
    bool closing;
};

struct header {
    char *name, *value;
};

struct req {
    struct server *server;
    struct MHD_Connection *conn;
    struct port *port;
    struct buf body;
    bool too_big, arrived;
    struct fault_plan faults;
    ARR(struct header) headers;
    struct loop_timer *delay;
    struct stream *stream;
    bool upgrade_over;
};

struct upgraded {
    struct server *server;
    struct req *req;
    struct loop_io *io;
    const struct upgraded_ops *ops;
    void *arg;
    bool unsent, broken;
};

struct stream {
    struct server *server;
    struct req *req;
    const struct stream_ops *ops;
    void *arg;
    struct loop_timer *pace;
    int64_t sent, started;
    bool suspended, dead;
};

static void server_run(struct server *s)
{
    int64_t next = -1;
    for (size_t i = 0; i < s->ports.n; i++) {
        struct MHD_Daemon *d = s->ports.v[i]->daemon;
        MHD_UNSIGNED_LONG_LONG ms;
        MHD_run(d);
        if (MHD_get_timeout(d, &ms) == MHD_YES && (next < 0 || (int64_t)ms < next))
            next = (int64_t)ms;
    }
    if (next >= 0)
        loop_timer_start(s->timer, next, 0);
    else
        loop_timer_stop(s->timer);
}

static void on_timer(void *arg)
{
    server_run(arg);
}

static void on_port(void *arg, int events)
{
    (void)events;
    struct port *p = arg;
    server_run(p->server);
}

static int conn_fd(struct MHD_Connection *conn)
{
    return MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static void stream_resume(struct stream *st)
{
    if (!st->suspended)
        return;
    st->suspended = false;
    epoll_ctl(st->server->gone_fd, EPOLL_CTL_DEL, conn_fd(st->req->conn), NULL);
    MHD_resume_connection(st->req->conn);
    loop_timer_start(st->server->timer, 0, 0);
}

// MHD does not look at a suspended connection, so that a client which goes away would never be seen.
static void stream_suspend(struct stream *st)
{
    struct epoll_event ev = { .events = EPOLLRDHUP | EPOLLHUP | EPOLLERR, .data.ptr = st };
    st->suspended = true;
    MHD_suspend_connection(st->req->conn);
    epoll_ctl(st->server->gone_fd, EPOLL_CTL_ADD, conn_fd(st->req->conn), &ev);
}

static void on_gone(void *arg, int events)
{
    (void)events;
    struct server *s = arg;
    struct epoll_event ev[64];
    int n = epoll_wait(s->gone_fd, ev, 64, 0);
    for (int i = 0; i < n; i++) {
        struct stream *st = ev[i].data.ptr;
        st->dead = true;
        stream_resume(st);
    }
}

static void on_pace(void *arg)
{
    stream_resume(arg);
}

static void stream_wait(struct stream *st, int64_t ms)
{
    if (!st->pace)
        st->pace = loop_timer_new(st->server->loop, on_pace, st);
    loop_timer_start(st->pace, ms, 0);
    stream_suspend(st);
}

// How much may go out now under the faults; 0: the stream was suspended; -1: it must end.
static long stream_allowance(struct stream *st, size_t max)
{
    const struct fault_plan *f = &st->req->faults;
    int64_t now = time_mono_ms(), allowed = (int64_t)max;
    if (st->server->hang_until > now) {
        stream_wait(st, st->server->hang_until - now);
        return 0;
    }
    if (f->silent) {
        stream_suspend(st);
        return 0;
    }
    if (f->bytes_per_s > 0) {
        int64_t budget = (now - st->started + 50) * f->bytes_per_s / 1000 - st->sent;
        if (budget < 1) {
            stream_wait(st, 50);
            return 0;
        }
        allowed = budget < allowed ? budget : allowed;
    }
    if (f->cut_after >= 0) {
        if (st->sent >= f->cut_after)
            return -1;
        allowed = f->cut_after - st->sent < allowed ? f->cut_after - st->sent : allowed;
    }
    return (long)allowed;
}

static ssize_t stream_read(void *cls, uint64_t pos, char *out, size_t max)
{
    (void)pos;
    struct stream *st = cls;
    if (st->dead)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    long allowed = stream_allowance(st, max);
    if (allowed == 0)
        return 0;
    if (allowed < 0) {
        struct linger now = { 1, 0 }; // close() then sends RST
        if (st->req->faults.reset)
            setsockopt(conn_fd(st->req->conn), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    long n = st->ops->pull(st->arg, out, (size_t)allowed);
    if (n < 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n == 0)
        stream_suspend(st);
    st->sent += n;
    return n;
}

void stream_wake(struct stream *st)
{
    if (!st->pace || !loop_timer_active(st->pace))
        stream_resume(st);
}

static enum MHD_Result queue(struct req *rq, int code, const char *type, struct MHD_Response *r)
{
    if (type)
        MHD_add_response_header(r, "Content-Type", type);
    for (size_t i = 0; i < rq->headers.n; i++)
        MHD_add_response_header(r, rq->headers.v[i].name, rq->headers.v[i].value);
    if (!MHD_get_response_header(r, "Cache-Control"))
        MHD_add_response_header(r, "Cache-Control", "no-cache, private");
    enum MHD_Result ok = MHD_queue_response(rq->conn, (unsigned)code, r);
    MHD_destroy_response(r);
    return ok;
}

static struct stream *stream_new(struct req *rq, const struct stream_ops *ops, void *arg)
{
    struct stream *st = xcalloc(1, sizeof(*st));
    st->server = rq->server;
    st->req = rq;
    st->ops = ops;
    st->arg = arg;
    st->started = time_mono_ms();
    rq->stream = st;
    return st;
}

struct stream *req_stream(
    struct req *rq, int code, const char *content_type, const struct stream_ops *ops, void *arg)
{
    struct stream *st = stream_new(rq, ops, arg);
    queue(rq, code, content_type,
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 64 << 10, stream_read, st, NULL));
    return st;
}

static gnutls_session_t session_of(struct upgraded *u)
{
    return MHD_get_connection_info(u->req->conn, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
}

static void on_upgraded_fd(void *arg, int events)
{
    struct upgraded *u = arg;
    (void)events;
    u->ops->ready(u->arg);
}

// MHD's own upgrade passes what comes through a pair of sockets, with four bytes at a time when its memory for the
// connection is used up. A suspended connection it does not touch: socket and TLS session are ours until then.
struct upgraded *req_upgrade(struct req *rq, const struct upgraded_ops *ops, void *arg)
{
    struct upgraded *u = xcalloc(1, sizeof(*u));
    struct buf head = BUF_INIT;
    *u = (struct upgraded) { .server = rq->server, .req = rq, .ops = ops, .arg = arg };
    MHD_suspend_connection(rq->conn);
    u->io = loop_io_new(rq->server->loop, conn_fd(rq->conn), on_upgraded_fd, u);
    arr_push(&rq->server->upgraded, u);
    buf_puts(&head, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n");
    for (size_t i = 0; i < rq->headers.n; i++)
        buf_printf(&head, "%s: %s\r\n", rq->headers.v[i].name, rq->headers.v[i].value);
    buf_puts(&head, "\r\n");
    // The first bytes of an answer always have room in the socket; if not, the client sees no answer.
    u->broken = gnutls_record_send(session_of(u), head.s, head.n) != (ssize_t)head.n;
    buf_release(&head);
    return u;
}

static long tls_result(struct upgraded *u, ssize_t n)
{
    if (n > 0)
        return n;
    if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
        return 0;
    u->broken = true;
    return -1;
}

long upgraded_recv(struct upgraded *u, void *data, size_t n)
{
    return u->broken ? -1 : tls_result(u, gnutls_record_recv(session_of(u), data, n));
}

// What did not go out GnuTLS has kept, and is asked with nothing for the rest (gnutls_record_send(3)).
long upgraded_send(struct upgraded *u, const void *data, size_t n)
{
    if (u->broken)
        return -1;
    long sent = tls_result(u, gnutls_record_send(session_of(u), u->unsent ? NULL : data, u->unsent ? 0 : n));
    u->unsent = sent == 0;
    return sent;
}

void upgraded_watch(struct upgraded *u, int events)
{
    loop_io_set(u->io, events);
}

void upgraded_end(struct upgraded *u)
{
    struct server *s = u->server;
    for (size_t i = 0; i < s->upgraded.n; i++) {
        if (s->upgraded.v[i] == u)
            arr_remove(&s->upgraded, i);
    }
    loop_io_free(u->io);
    if (!u->broken)
        gnutls_bye(session_of(u), GNUTLS_SHUT_WR);
    u->req->upgrade_over = true;
    MHD_resume_connection(u->req->conn);
    loop_timer_start(s->timer, 0, 0);
    free(u);
}

struct whole {
    struct buf body;
    size_t at;
};

static long whole_pull(void *arg, char *out, size_t max)
{
    struct whole *w = arg;
    size_t n = w->body.n - w->at < max ? w->body.n - w->at : max;
    memcpy(out, w->body.s + w->at, n);
    w->at += n;
    return n ? (long)n : -1;
}

static void whole_free(void *arg)
{
    struct whole *w = arg;
    buf_release(&w->body);
    free(w);
}

static bool body_faulty(const struct fault_plan *f)
{
    return f->silent || f->cut_after >= 0 || f->bytes_per_s > 0 || f->length_lie != 0;
}

static void reply_faulty(struct req *rq, int code, const char *type, struct buf *body)
{
    static const struct stream_ops ops = { whole_pull, whole_free };
    struct whole *w = xcalloc(1, sizeof(*w));
    w->body = *body;
    buf_init(body);
    uint64_t size = (uint64_t)((int64_t)w->body.n + rq->faults.length_lie);
    if (rq->faults.length_lie && rq->faults.cut_after < 0)
        rq->faults.cut_after = (int64_t)w->body.n;
    struct stream *st = stream_new(rq, &ops, w);
    queue(rq, code, type, MHD_create_response_from_callback(size, 16 << 10, stream_read, st, NULL));
}

static bool gzip(struct buf *body)
{
    z_stream z = { 0 };
    if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t bound = deflateBound(&z, (uLong)body->n);
    char *out = xmalloc(bound);
    z.next_in = (Bytef *)body->s;
    z.avail_in = (uInt)body->n;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)bound;
    bool ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
    if (ok) {
        buf_clear(body);
        buf_add(body, out, z.total_out);
    }
    deflateEnd(&z);
    free(out);
    return ok;
}

void req_reply(struct req *rq, int code, const char *content_type, struct buf *body)
{
    const char *accept = req_header(rq, "Accept-Encoding");
    if (rq->faults.hostile && strstr(content_type, "json"))
        hostile_rewrite(body, (enum hostile)rq->faults.hostile);
    if (body->n > GZIP_ABOVE && body->n < UINT32_MAX && accept && strstr(accept, "gzip") &&
        gzip(body)) {
        req_reply_header(rq, "Content-Encoding", "gzip");
        req_reply_header(rq, "Vary", "Accept-Encoding");
    }
    if (body_faulty(&rq->faults)) {
        reply_faulty(rq, code, content_type, body);
        return;
    }
    size_t n = body->n;
    char *s = buf_take(body);
    queue(rq, code, content_type, MHD_create_response_from_buffer(n, s, MHD_RESPMEM_MUST_FREE));
}

void req_reply_header(struct req *rq, const char *name, const char *value)
{
    arr_push(&rq->headers, ((struct header) { xstrdup(name), xstrdup(value) }));
}

const char *req_query(struct req *rq, const char *key)
{
    const char *value = NULL;
    size_t n;
    if (MHD_lookup_connection_value_n(
            rq->conn, MHD_GET_ARGUMENT_KIND, key, strlen(key), &value, &n) != MHD_YES)
        return NULL;
    return value ? value : "";
}

struct values {
    const char *key, **out;
    size_t n, max;
};

static enum MHD_Result take_value(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct values *v = cls;
    (void)kind;
    if (str_eq(key, v->key) && v->n < v->max)
        v->out[v->n++] = str_or(value, "");
    return MHD_YES;
}

size_t req_query_all(struct req *rq, const char *key, const char **out, size_t max)
{
    struct values v = { key, out, 0, max };
    MHD_get_connection_values(rq->conn, MHD_GET_ARGUMENT_KIND, take_value, &v);
    return v.n;
}

const char *req_header(struct req *rq, const char *name)
{
    return MHD_lookup_connection_value(rq->conn, MHD_HEADER_KIND, name);
}

const struct fault_plan *req_faults(const struct req *rq)
{
    return &rq->faults;
}

struct loop *server_loop(struct server *s)
{
    return s->loop;
}

static void on_delay(void *arg)
{
    struct req *rq = arg;
    for (size_t i = 0; i < rq->server->delayed.n; i++) {
        if (rq->server->delayed.v[i] == rq)
            arr_remove(&rq->server->delayed, i);
    }
    MHD_resume_connection(rq->conn);
    loop_timer_start(rq->server->timer, 0, 0);
}

static bool must_wait(struct req *rq)
{
    int64_t hang = rq->server->hang_until - time_mono_ms();
    int64_t ms = rq->faults.delay_ms > hang ? rq->faults.delay_ms : hang;
    rq->faults.delay_ms = 0;
    if (ms <= 0)
        return false;
    MHD_suspend_connection(rq->conn);
    if (!rq->delay)
        rq->delay = loop_timer_new(rq->server->loop, on_delay, rq);
    loop_timer_start(rq->delay, ms, 0);
    arr_push(&rq->server->delayed, rq);
    return true;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *data, size_t *n, void **state)
{
    (void)version;
    struct port *p = cls;
    struct server *s = p->server;
    struct req *rq = *state;
    if (!rq) {
        *state = rq = xcalloc(1, sizeof(*rq));
        rq->server = s;
        rq->conn = conn;
        rq->port = p;
        rq->faults.cut_after = -1;
        buf_init(&rq->body);
        return MHD_YES;
    }
    if (*n) {
        rq->too_big = rq->too_big || rq->body.n + *n > MAX_BODY;
        if (!rq->too_big)
            buf_add(&rq->body, data, *n);
        *n = 0;
        return MHD_YES;
    }
    if (rq->upgrade_over)
        return MHD_NO; // which closes it
    struct req_info info = { method, url, p->number, &rq->body };
    if (!rq->arrived) {
        rq->arrived = true;
        s->fault(s->arg, rq, &info, &rq->faults);
    }
    if (s->closing)
        return MHD_NO;
    if (must_wait(rq))
        return MHD_YES;
    if (rq->too_big) {
        struct buf none = BUF_INIT;
        req_reply(rq, 413, "text/plain", &none);
        return MHD_YES;
    }
    s->fn(s->arg, rq, &info);
    return MHD_YES;
}

static void on_completed(
    void *cls, struct MHD_Connection *conn, void **state, enum MHD_RequestTerminationCode why)
{
    (void)cls, (void)conn, (void)why;
    struct req *rq = *state;
    if (!rq)
        return;
    if (rq->stream) {
        rq->stream->ops->free(rq->stream->arg);
        loop_timer_free(rq->stream->pace);
        free(rq->stream);
    }
    for (size_t i = 0; i < rq->headers.n; i++) {
        free(rq->headers.v[i].name);
        free(rq->headers.v[i].value);
    }
    arr_release(&rq->headers);
    loop_timer_free(rq->delay);
    buf_release(&rq->body);
    free(rq);
    *state = NULL;
}

static void on_connection(void *cls, struct MHD_Connection *conn, void **socket_context,
    enum MHD_ConnectionNotificationCode code)
{
    (void)socket_context;
    struct server *s = cls;
    int fd = conn_fd(conn);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        arr_push(&s->fds, fd);
        return;
    }
    for (size_t i = 0; i < s->fds.n; i++) {
        if (s->fds.v[i] == fd) {
            arr_remove(&s->fds, i);
            return;
        }
    }
}

struct server *server_new(struct loop *loop, const char *key_pem, const char *cert_pem)
{
    struct server *s = xcalloc(1, sizeof(*s));
    s->loop = loop;
    s->key = xstrdup(key_pem);
    s->cert = xstrdup(cert_pem);
    s->timer = loop_timer_new(loop, on_timer, s);
    s->gone_fd = epoll_create1(EPOLL_CLOEXEC);
    BUG_ON(s->gone_fd < 0);
    s->gone_io = loop_io_new(loop, s->gone_fd, on_gone, s);
    loop_io_set(s->gone_io, LOOP_READ);
    return s;
}

void server_handle(struct server *s, server_fn *fn, fault_fn *fault, void *arg)
{
    s->fn = fn;
    s->fault = fault;
    s->arg = arg;
}

int server_listen(struct server *s, int port, struct err *err)
{
    struct port *p = xcalloc(1, sizeof(*p));
    struct sockaddr_in at = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    p->server = s;
    p->daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME, (uint16_t)port,
            NULL, NULL, on_request, p, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_HTTPS_MEM_KEY, s->key,
            MHD_OPTION_HTTPS_MEM_CERT, s->cert, MHD_OPTION_CONNECTION_LIMIT, 2000u,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)160 << 10, MHD_OPTION_NOTIFY_COMPLETED,
            on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
    if (!p->daemon) {
        free(p);
        err_set(err, "cannot listen on 127.0.0.1:%d", port);
        return -1;
    }
    p->number = MHD_get_daemon_info(p->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    int fd = MHD_get_daemon_info(p->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    p->io = loop_io_new(s->loop, fd, on_port, p);
    loop_io_set(p->io, LOOP_READ);
    arr_push(&s->ports, p);
    return p->number;
}

void server_close_all(struct server *s)
{
    for (size_t i = 0; i < s->fds.n; i++)
        shutdown(s->fds.v[i], SHUT_RDWR);
}

void server_hang(struct server *s, int64_t ms)
{
    s->hang_until = time_mono_ms() + ms;
}

void server_free(struct server *s)
{
    if (!s)
        return;
    // A daemon may not be stopped while connections are suspended.
    for (size_t i = 0; i < s->ports.n; i++)
        loop_io_free(s->ports.v[i]->io);
    s->closing = true;
    while (s->upgraded.n) // each ends itself
        s->upgraded.v[s->upgraded.n - 1]->ops->gone(s->upgraded.v[s->upgraded.n - 1]->arg);
    server_close_all(s);
    on_gone(s, 0);
    while (s->delayed.n)
        on_delay(s->delayed.v[0]);
    for (int turn = 0; turn < 4; turn++) {
        for (size_t i = 0; i < s->ports.n; i++)
            MHD_run(s->ports.v[i]->daemon);
    }
    for (size_t i = 0; i < s->ports.n; i++) {
        MHD_stop_daemon(s->ports.v[i]->daemon);
        free(s->ports.v[i]);
    }
    loop_io_free(s->gone_io);
    close(s->gone_fd);
    loop_timer_free(s->timer);
    arr_release(&s->ports);
    arr_release(&s->fds);
    arr_release(&s->delayed);
    arr_release(&s->upgraded);
    free(s->key);
    free(s->cert);
    free(s);
}
