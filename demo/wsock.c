#include "demo/wsock.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wslay/wslay.h>

#include "base/mem.h"
#include "base/str.h"

enum { MAX_MESSAGE = 32 << 20, TURN_BYTES = 256 << 10, GOODBYE_MS = 1000 };

struct wsock {
    struct upgraded *upgraded;
    struct loop_timer *later; // a turn; after the closing frame: no longer
    wslay_event_context_ptr frames;
    const struct wsock_ops *ops;
    void *arg;
    size_t turn; // bytes read in this one
    bool opened, paused, more, closing, over, in_callback, dead; // closing: its frame goes when all else has gone
};

// ---- ends

static void release(struct wsock *w)
{
    loop_timer_free(w->later);
    wslay_event_context_free(w->frames);
    upgraded_end(w->upgraded);
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
    upgraded_watch(w->upgraded, 0);
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
    w->more = w->paused || w->turn >= TURN_BYTES;
    long got = w->dead || w->more ? 0 : upgraded_recv(w->upgraded, data, n);
    if (got > 0) {
        w->turn += (size_t)got;
        return got;
    }
    wslay_event_set_error(ctx, got ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
    return -1;
}

static ssize_t send_cb(wslay_event_context_ptr ctx, const uint8_t *data, size_t n, int flags, void *arg)
{
    struct wsock *w = arg;
    (void)flags;
    long sent = upgraded_send(w->upgraded, data, n);
    if (sent > 0)
        return sent;
    wslay_event_set_error(ctx, sent ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
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
    if (w->over)
        return;
    upgraded_watch(w->upgraded, (w->paused ? 0 : LOOP_READ) | (wslay_event_want_write(w->frames) ? LOOP_WRITE : 0));
    if (w->more && !w->paused)
        loop_timer_start(w->later, 0, 0); // the socket does not show what TLS holds
}

static void turn(struct wsock *w)
{
    size_t before = wsock_queued(w);
    w->in_callback = true;
    w->turn = 0;
    if (!w->opened)
        w->ops->open(w->arg);
    w->opened = true;
    int rc = wslay_event_recv(w->frames);
    if (!w->dead && rc == 0)
        rc = wslay_event_send(w->frames);
    if (!w->dead && rc == 0 && w->closing && !wsock_queued(w) && !wslay_event_get_close_sent(w->frames)) {
        wslay_event_queue_close(w->frames, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0); // it would overtake messages
        rc = wslay_event_send(w->frames);
        loop_timer_start(w->later, GOODBYE_MS, 0);
    }
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

static void on_ready(void *arg)
{
    turn(arg);
}

static void on_later(void *arg)
{
    struct wsock *w = arg;
    if (wslay_event_get_close_sent(w->frames))
        over(w); // no answer to the closing frame
    else
        turn(w);
}

static void soon(struct wsock *w)
{
    if (!w->over && !wslay_event_get_close_sent(w->frames))
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

static void on_gone(void *arg)
{
    over(arg);
}

struct wsock *wsock_accept(
    struct req *rq, struct loop *loop, const char *protocol, const struct wsock_ops *ops, void *arg)
{
    static const struct upgraded_ops upgrade = { on_ready, on_gone };
    static const struct wslay_event_callbacks cb = { .recv_callback = recv_cb, .send_callback = send_cb,
        .on_msg_recv_callback = message_cb };
    struct wsock *w = xcalloc(1, sizeof(*w));
    char accept[32];
    w->ops = ops;
    w->arg = arg;
    w->later = loop_timer_new(loop, on_later, w);
    BUG_ON(wslay_event_context_server_init(&w->frames, &cb, w) != 0);
    wslay_event_config_set_max_recv_msg_length(w->frames, MAX_MESSAGE);
    accept_key(req_header(rq, "Sec-WebSocket-Key"), accept);
    req_reply_header(rq, "Upgrade", "websocket");
    req_reply_header(rq, "Sec-WebSocket-Accept", accept);
    req_reply_header(rq, "Sec-WebSocket-Protocol", protocol);
    w->upgraded = req_upgrade(rq, &upgrade, w);
    soon(w);
    return w;
}

void wsock_send(struct wsock *w, int channel, const void *data, size_t n)
{
    if (w->over || w->closing)
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
    return wslay_event_get_queued_msg_length(w->frames);
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
    if (w->over || w->closing)
        return;
    w->closing = true;
    w->paused = false;
    soon(w);
}
