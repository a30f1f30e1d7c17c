#include "demo/wsock.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <wslay/wslay.h>

#include "base/mem.h"
#include "base/str.h"

enum { MAX_MESSAGE = 32 << 20, GOODBYE_MS = 1000 };

struct wsock {
    struct loop *loop;
    struct upgraded *upgraded; // NULL: not yet, or over
    struct loop_io *io;
    struct loop_timer *later; // a turn; after the closing frame: no longer
    wslay_event_context_ptr frames;
    const struct wsock_ops *ops;
    void *arg;
    struct buf early;
    size_t early_at;
    int fd;
    bool paused, closing, over, in_callback, dead;
};

// ---- ends

static void release(struct wsock *w)
{
    loop_io_free(w->io);
    loop_timer_free(w->later);
    if (w->frames)
        wslay_event_context_free(w->frames);
    if (w->upgraded)
        upgraded_end(w->upgraded);
    buf_release(&w->early);
    free(w);
}

void wsock_free(struct wsock *w)
{
    if (!w)
        return;
    w->dead = true;
    if (!w->in_callback)
        release(w);
}

static void over(struct wsock *w)
{
    if (w->over)
        return;
    w->over = true;
    loop_io_free(w->io);
    w->io = NULL;
    loop_timer_stop(w->later);
    bool outer = w->in_callback;
    w->in_callback = true;
    w->ops->closed(w->arg);
    w->in_callback = outer;
    if (w->dead && !outer)
        release(w);
}

// ---- bytes

static ssize_t recv_cb(wslay_event_context_ptr ctx, uint8_t *data, size_t n, int flags, void *arg)
{
    struct wsock *w = arg;
    (void)flags;
    if (w->early_at < w->early.n) {
        n = n < w->early.n - w->early_at ? n : w->early.n - w->early_at;
        memcpy(data, w->early.s + w->early_at, n);
        w->early_at += n;
        return (ssize_t)n;
    }
    ssize_t got = w->dead || w->paused ? -1 : recv(w->fd, data, n, MSG_DONTWAIT);
    if (got > 0)
        return got;
    bool wait = w->dead || w->paused || (got < 0 && (errno == EAGAIN || errno == EINTR));
    wslay_event_set_error(ctx, wait ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t send_cb(wslay_event_context_ptr ctx, const uint8_t *data, size_t n, int flags, void *arg)
{
    struct wsock *w = arg;
    (void)flags;
    ssize_t sent = send(w->fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0)
        return sent;
    wslay_event_set_error(
        ctx, errno == EAGAIN || errno == EINTR ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static void message_cb(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
    struct wsock *w = arg;
    (void)ctx;
    if (!wslay_is_ctrl_frame(m->opcode) && !w->dead && !w->closing)
        w->ops->message(w->arg, m->msg, m->msg_length);
}

// ---- turns

static void set_interest(struct wsock *w)
{
    int events = (w->paused ? 0 : LOOP_READ) | (wslay_event_want_write(w->frames) ? LOOP_WRITE : 0);
    if (w->io)
        loop_io_set(w->io, events);
}

static void turn(struct wsock *w)
{
    size_t before = wsock_queued(w);
    w->in_callback = true;
    int rc = wslay_event_recv(w->frames);
    if (!w->dead && rc == 0)
        rc = wslay_event_send(w->frames);
    if (!w->dead && rc == 0 && before && !wsock_queued(w) && !w->closing)
        w->ops->drained(w->arg);
    bool ended = wslay_event_get_close_received(w->frames) && !wslay_event_want_write(w->frames);
    if (!w->dead && (rc != 0 || ended))
        over(w);
    w->in_callback = false;
    if (w->dead)
        release(w);
    else
        set_interest(w);
}

static void on_io(void *arg, int events)
{
    (void)events;
    turn(arg);
}

static void on_later(void *arg)
{
    struct wsock *w = arg;
    if (w->closing && !wsock_queued(w) && wslay_event_get_close_sent(w->frames)) {
        over(w); // no answer to the closing frame
        return;
    }
    if (w->closing)
        loop_timer_start(w->later, GOODBYE_MS, 0);
    turn(w);
}

static void soon(struct wsock *w)
{
    if (w->frames && !w->over)
        loop_timer_start(w->later, 0, 0);
}

// ---- the upgrade

static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; p && *p; p += strcspn(p, ","), p += *p == ',') {
        p += strspn(p, " \t");
        size_t len = strcspn(p, ", \t");
        if (len == n && strncasecmp(p, word, n) == 0)
            return true;
    }
    return false;
}

bool wsock_asked(struct req *rq)
{
    return has_word(req_header(rq, "Connection"), "upgrade") && has_word(req_header(rq, "Upgrade"), "websocket") &&
           req_header(rq, "Sec-WebSocket-Key");
}

const char *wsock_protocol(struct req *rq, const char *const *known)
{
    const char *offered = req_header(rq, "Sec-WebSocket-Protocol");
    for (size_t i = 0; known[i]; i++)
        if (has_word(offered, known[i]))
            return known[i];
    return NULL;
}

static void accept_key(const char *key, char out[32])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, 1.3
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    char *text = xasprintf("%s%s", key, guid);
    EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)out, digest, (int)n);
    free(text);
}

static void on_begin(void *arg, struct upgraded *u, int fd, const void *early, size_t n)
{
    static const struct wslay_event_callbacks cb = { .recv_callback = recv_cb, .send_callback = send_cb,
        .on_msg_recv_callback = message_cb };
    struct wsock *w = arg;
    w->upgraded = u;
    w->fd = fd;
    buf_add(&w->early, early, n);
    BUG_ON(wslay_event_context_server_init(&w->frames, &cb, w) != 0);
    wslay_event_config_set_max_recv_msg_length(w->frames, MAX_MESSAGE);
    w->io = loop_io_new(w->loop, fd, on_io, w);
    w->ops->open(w->arg);
    soon(w);
}

static void on_gone(void *arg)
{
    over(arg);
}

struct wsock *wsock_accept(
    struct req *rq, struct loop *loop, const char *protocol, const struct wsock_ops *ops, void *arg)
{
    static const struct upgraded_ops upgrade = { on_begin, on_gone };
    struct wsock *w = xcalloc(1, sizeof(*w));
    char accept[32];
    w->loop = loop;
    w->ops = ops;
    w->arg = arg;
    w->fd = -1;
    buf_init(&w->early);
    w->later = loop_timer_new(loop, on_later, w);
    accept_key(req_header(rq, "Sec-WebSocket-Key"), accept);
    req_reply_header(rq, "Upgrade", "websocket");
    req_reply_header(rq, "Sec-WebSocket-Accept", accept);
    req_reply_header(rq, "Sec-WebSocket-Protocol", protocol);
    req_upgrade(rq, &upgrade, w);
    return w;
}

void wsock_send(struct wsock *w, int channel, const void *data, size_t n)
{
    if (!w->frames || w->over || w->closing)
        return;
    uint8_t *message = xmalloc(n + 1);
    message[0] = (uint8_t)channel;
    if (n)
        memcpy(message + 1, data, n);
    struct wslay_event_msg m = { .opcode = WSLAY_BINARY_FRAME, .msg = message, .msg_length = n + 1 };
    wslay_event_queue_msg(w->frames, &m);
    free(message);
    soon(w);
}

size_t wsock_queued(const struct wsock *w)
{
    return w->frames ? wslay_event_get_queued_msg_length(w->frames) : 0;
}

void wsock_pause(struct wsock *w, bool paused)
{
    if (w->paused == paused || w->over)
        return;
    w->paused = paused;
    soon(w);
}

void wsock_close(struct wsock *w)
{
    if (!w->frames || w->over || w->closing)
        return;
    wslay_event_queue_close(w->frames, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
    w->closing = true;
    w->paused = false;
    soon(w);
}
