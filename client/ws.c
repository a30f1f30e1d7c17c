#include "client/ws.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wslay/wslay.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "client/auth.h"
#include "client/http_error.h"

enum {
    MAX_HEAD = 64 << 10,
    MAX_MESSAGE = 32 << 20, // the server's own limit
    TURN_BYTES = 256 << 10, // read in one turn of the loop, so that keys are served between
    PING_MS = 10000,        // kubectl: 5 s; keeps address translators and load balancers from forgetting
    DEAD_MS = 61000,        // kubectl gives up after as long
    UPGRADE_MS = 30000,
    CLOSE_MS = 3000,
};
enum ws_state { WS_AUTH, WS_CONNECT, WS_UPGRADE, WS_OPEN, WS_DONE };

struct ws {
    struct client *client;
    struct http_req *req;
    struct loop_io *io;
    struct loop_timer *timer, *later;
    wslay_event_context_ptr frames;
    struct ws_handlers h;
    void *arg;
    char *path, *protocols, accept[32];
    struct buf head_out, in; // the upgrade's request; its answer, then bytes that came with it
    struct buf held;         // what the socket did not take yet
    size_t in_at;
    enum ws_state state;
    uint64_t generation;
    int64_t heard_ms;
    size_t turn;
    struct err err;
    bool retried, paused, more, closing, in_callback, dead, broken;
};

static void pump(struct ws *ws);
static void on_credentials(void *arg, const struct err *err);

// ---- ends

static void release(struct ws *ws)
{
    auth_forget(client_auth(ws->client), ws);
    loop_io_free(ws->io);
    loop_timer_free(ws->timer);
    loop_timer_free(ws->later);
    http_cancel(ws->req);
    if (ws->frames)
        wslay_event_context_free(ws->frames);
    buf_wipe(&ws->head_out);
    buf_release(&ws->in);
    buf_release(&ws->held);
    free(ws->path);
    free(ws->protocols);
    free(ws);
}

void ws_free(struct ws *ws)
{
    if (!ws)
        return;
    ws->dead = true;
    ws->state = WS_DONE;
    if (!ws->in_callback)
        release(ws);
}

// Tells the end. The owner frees, then or later.
static void end(struct ws *ws, const struct err *err)
{
    if (ws->state == WS_DONE)
        return;
    ws->state = WS_DONE;
    loop_timer_stop(ws->timer);
    loop_timer_stop(ws->later);
    loop_io_free(ws->io);
    ws->io = NULL;
    bool outer = ws->in_callback;
    ws->in_callback = true;
    ws->h.on_closed(ws->arg, err);
    ws->in_callback = outer;
    if (ws->dead && !outer)
        release(ws);
}

static void fail(struct ws *ws)
{
    struct err err = ws->err;
    end(ws, &err);
}

// ---- bytes

static ssize_t recv_cb(
    wslay_event_context_ptr ctx, uint8_t *data, size_t n, int flags, void *arg)
{
    struct ws *ws = arg;
    (void)flags;
    if (ws->in_at < ws->in.n) {
        n = n < ws->in.n - ws->in_at ? n : ws->in.n - ws->in_at;
        memcpy(data, ws->in.s + ws->in_at, n);
        ws->in_at += n;
        return (ssize_t)n;
    }
    if (ws->dead || ws->paused || ws->turn >= TURN_BYTES) {
        ws->more = true;
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    long got = http_raw_recv(ws->req, data, n, &ws->err);
    if (got > 0) {
        ws->turn += (size_t)got;
        ws->heard_ms = loop_now_ms(client_loop(ws->client));
        return got;
    }
    ws->broken |= got < 0;
    wslay_event_set_error(ctx, got < 0 ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
    return -1;
}

static ssize_t send_cb(
    wslay_event_context_ptr ctx, const uint8_t *data, size_t n, int flags, void *arg)
{
    struct ws *ws = arg;
    (void)flags;
    // What OpenSSL could not write it wants again from the same address (SSL_write(3)); wslay masks each time
    // anew, into its stack. The bytes are the same.
    if (!ws->held.n)
        buf_add(&ws->held, data, n);
    long sent = http_raw_send(ws->req, ws->held.s, ws->held.n, &ws->err);
    if (sent)
        buf_clear(&ws->held);
    if (sent > 0)
        return sent;
    ws->broken |= sent < 0;
    wslay_event_set_error(ctx, sent < 0 ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
    return -1;
}

static int mask_cb(wslay_event_context_ptr ctx, uint8_t *out, size_t n, void *arg)
{
    (void)ctx;
    (void)arg;
    return RAND_bytes(out, (int)n) == 1 ? 0 : -1;
}

static void message_cb(
    wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
    struct ws *ws = arg;
    (void)ctx;
    if (!wslay_is_ctrl_frame(m->opcode) && !ws->dead)
        ws->h.on_message(ws->arg, m->msg, m->msg_length);
}

// ---- the upgrade

static void make_key(char key[32], char accept[32])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, 1.3
    unsigned char nonce[16], digest[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    char text[80];
    BUG_ON(RAND_bytes(nonce, sizeof(nonce)) != 1);
    EVP_EncodeBlock((unsigned char *)key, nonce, sizeof(nonce));
    snprintf(text, sizeof(text), "%s%s", key, guid);
    EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)accept, digest, (int)n);
}

static void begin_upgrade(struct ws *ws)
{
    char key[32];
    make_key(key, ws->accept);
    char *more = xasprintf("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                           "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: %s\r\n",
        key, ws->protocols);
    buf_clear(&ws->head_out);
    http_raw_head(client_http(ws->client), ws->path, more, &ws->head_out);
    free(more);
    ws->state = WS_UPGRADE;
}

// The value of a header of the answer, trimmed; false: not there.
static bool header_value(const char *head, const char *name, char *out, size_t max)
{
    size_t n = strlen(name);
    for (const char *p = head; (p = strstr(p, "\r\n")); ) {
        p += 2;
        if (*p == '\r') // what follows is no header
            return false;
        if (strncasecmp(p, name, n) != 0 || p[n] != ':')
            continue;
        p += n + 1;
        p += strspn(p, " \t");
        snprintf(out, max, "%.*s", (int)strcspn(p, "\r\n"), p);
        return true;
    }
    return false;
}

// A body in chunks, as proxies like to send them, put together in place. Returns its size.
static size_t unchunk(char *body, size_t n)
{
    size_t at = 0, out = 0;
    while (at < n) {
        char *end;
        unsigned long size = strtoul(body + at, &end, 16);
        char *data = strstr(body + at, "\r\n");
        if (end == body + at || !data || !size)
            break;
        at = (size_t)(data - body) + 2;
        size = size < n - at ? size : n - at;
        memmove(body + out, body + at, size);
        out += size;
        at += size + 2 < n - at ? size + 2 : n - at;
    }
    body[out] = '\0';
    return out;
}

// Whether something else than an API server (or a kubelet behind it) answered: it upgrades, or refuses with a Status or
// plain words. That the upgrade was asked for and did not arrive is its way of saying that it was taken out on the way.
static bool not_the_server(const struct ws *ws, int status, const char *body, size_t n)
{
    char type[80] = "";
    header_value(ws->in.s, "Content-Type", type, sizeof(type));
    if (status < 400 || status == 407 || status == 426)
        return true;
    if (n && strstr(body, "Upgrade request required"))
        return true;
    return str_starts(type, "text/html") || (n && body[strspn(body, " \t\r\n")] == '<') ||
           (!n && (status == 502 || status == 504));
}

static void blame_proxy(struct ws *ws, int status)
{
    char name[48] = ""; // an API server tells none
    struct buf clean = BUF_INIT;
    if (header_value(ws->in.s, "Server", name, sizeof(name)))
        utf8_sanitise(&clean, name, strlen(name));
    if (status == 400)
        err_set(&ws->err, "a proxy on the way to the API server takes `Upgrade: websocket` out (HTTP 400)");
    else
        err_set(&ws->err, "a proxy on the way to the API server refuses `Upgrade: websocket` (HTTP %d%s%s)", status,
            clean.n ? ", " : "", clean.n ? clean.s : "");
    err_hint(&ws->err, "it must pass that header on; else go round it (NO_PROXY, or another `server:` in the kubeconfig)");
    buf_release(&clean);
}

static void refused(struct ws *ws, int status, char *body, size_t n)
{
    if (status == 401 && !ws->retried && auth_reject(client_auth(ws->client), ws->generation)) {
        ws->retried = true;
        loop_io_free(ws->io);
        ws->io = NULL;
        http_cancel(ws->req);
        ws->req = NULL;
        buf_clear(&ws->in);
        ws->state = WS_AUTH;
        auth_ensure(client_auth(ws->client), client_http(ws->client), on_credentials, ws);
        return;
    }
    if (not_the_server(ws, status, body, n))
        blame_proxy(ws, status);
    else
        http_error_from_status(&ws->err, status, body, n);
    fail(ws);
}

// A refusal's body has a length or ends with the connection: true once all of it is there.
static bool body_complete(const struct ws *ws, const char *body)
{
    char text[32];
    size_t have = ws->in.n - (size_t)(body - ws->in.s);
    if (ws->broken)
        return true;
    if (!header_value(ws->in.s, "Content-Length", text, sizeof(text)))
        return strstr(body, "}\n") || strstr(body, "0\r\n\r\n") || strstr(body, "</html>");
    return have >= strtoul(text, NULL, 10);
}

static void opened(struct ws *ws, size_t head_len)
{
    char accept[64] = "", protocol[128] = "";
    struct wslay_event_callbacks cb = { .recv_callback = recv_cb, .send_callback = send_cb,
        .genmask_callback = mask_cb, .on_msg_recv_callback = message_cb };
    header_value(ws->in.s, "Sec-WebSocket-Accept", accept, sizeof(accept));
    header_value(ws->in.s, "Sec-WebSocket-Protocol", protocol, sizeof(protocol));
    if (strcmp(accept, ws->accept) != 0) {
        char none[] = "";
        refused(ws, 101, none, 0);
        return;
    }
    BUG_ON(wslay_event_context_client_init(&ws->frames, &cb, ws) != 0);
    wslay_event_config_set_max_recv_msg_length(ws->frames, MAX_MESSAGE);
    ws->in_at = head_len;
    ws->state = WS_OPEN;
    loop_timer_start(ws->timer, PING_MS, PING_MS);
    ws->h.on_open(ws->arg, protocol);
}

static void read_refusal(struct ws *ws, int status, char *body)
{
    char coding[32] = "";
    size_t n = ws->in.n - (size_t)(body - ws->in.s);
    header_value(ws->in.s, "Transfer-Encoding", coding, sizeof(coding));
    refused(ws, status, body, str_eq(coding, "chunked") ? unchunk(body, n) : n);
}

static void read_head(struct ws *ws)
{
    char part[4096];
    long got;
    while ((got = http_raw_recv(ws->req, part, sizeof(part), &ws->err)) > 0 && ws->in.n < MAX_HEAD) {
        buf_add(&ws->in, part, (size_t)got);
        if (strstr(ws->in.s, "\r\n\r\n"))
            break; // what follows belongs to the frames, which read it themselves
    }
    ws->broken |= got < 0;
    char *body = ws->in.n ? strstr(ws->in.s, "\r\n\r\n") : NULL;
    int status = 0;
    if (!body || sscanf(ws->in.s, "HTTP/1.%*d %d", &status) != 1) {
        if (ws->broken || ws->in.n >= MAX_HEAD)
            fail(ws);
        return;
    }
    body += 4;
    if (status == 101)
        opened(ws, (size_t)(body - ws->in.s));
    else if (status < 400 || body_complete(ws, body) || ws->in.n >= MAX_HEAD)
        read_refusal(ws, status, body);
    else
        ws->more = got > 0;
}

static bool write_head(struct ws *ws)
{
    while (ws->head_out.n) {
        long sent = http_raw_send(ws->req, ws->head_out.s, ws->head_out.n, &ws->err);
        if (sent < 0) {
            fail(ws);
            return false;
        }
        if (sent == 0)
            return false;
        memmove(ws->head_out.s, ws->head_out.s + sent, ws->head_out.n - (size_t)sent);
        buf_truncate(&ws->head_out, ws->head_out.n - (size_t)sent);
    }
    return true;
}

// ---- turns

static void frames_turn(struct ws *ws)
{
    size_t before = ws_queued(ws);
    int rc = wslay_event_recv(ws->frames);
    if (!ws->dead && rc == 0)
        rc = wslay_event_send(ws->frames);
    if (ws->dead || ws->state != WS_OPEN)
        return;
    if (wslay_event_get_close_received(ws->frames) && !wslay_event_want_write(ws->frames)) {
        end(ws, NULL);
    } else if (rc != 0 || ws->broken) {
        // the runtime often ends without a closing frame; the owner knows whether all was said
        if (!err_is(&ws->err))
            err_set(&ws->err, "the connection broke");
        fail(ws);
    } else if (before && !ws_queued(ws) && ws->h.on_drain) {
        ws->h.on_drain(ws->arg);
    }
}

static void set_interest(struct ws *ws)
{
    bool writing = ws->state == WS_UPGRADE ? ws->head_out.n > 0
                                           : ws->frames && wslay_event_want_write(ws->frames);
    if (ws->io)
        loop_io_set(ws->io, (ws->paused ? 0 : LOOP_READ) | (writing ? LOOP_WRITE : 0));
    if (ws->more && !ws->paused && ws->state != WS_DONE)
        loop_timer_start(ws->later, 0, 0); // libcurl may hold bytes that the socket no longer shows
}

static void pump(struct ws *ws)
{
    ws->in_callback = true;
    ws->turn = 0;
    ws->more = false;
    if (ws->state == WS_UPGRADE && write_head(ws) && ws->state == WS_UPGRADE)
        read_head(ws);
    if (ws->state == WS_OPEN)
        frames_turn(ws);
    ws->in_callback = false;
    if (ws->dead)
        release(ws);
    else
        set_interest(ws);
}

static void on_ready(void *arg, int events)
{
    (void)events;
    pump(arg);
}

static void on_later(void *arg)
{
    struct ws *ws = arg;
    if (ws->state == WS_UPGRADE || ws->state == WS_OPEN)
        pump(ws);
}

static void on_timer(void *arg)
{
    struct ws *ws = arg;
    int64_t silent = loop_now_ms(client_loop(ws->client)) - ws->heard_ms;
    if (ws->state == WS_OPEN && !ws->closing && (silent < DEAD_MS || ws->paused)) {
        struct wslay_event_msg ping = { .opcode = WSLAY_PING };
        wslay_event_queue_msg(ws->frames, &ping);
        pump(ws);
        return;
    }
    err_set(&ws->err, ws->closing ? "closed" : "no answer from the server any more");
    if (ws->closing)
        end(ws, NULL);
    else
        fail(ws);
}

static void on_connected(void *arg, const struct http_result *res)
{
    struct ws *ws = arg;
    if (!res->ok) {
        ws->req = NULL;
        ws->err = res->err;
        fail(ws);
        return;
    }
    ws->heard_ms = loop_now_ms(client_loop(ws->client));
    ws->io = loop_io_new(client_loop(ws->client), http_raw_fd(ws->req), on_ready, ws);
    begin_upgrade(ws);
    loop_timer_start(ws->timer, UPGRADE_MS, 0);
    pump(ws);
}

static void on_credentials(void *arg, const struct err *err)
{
    static const struct http_handlers h = { .on_done = on_connected };
    struct ws *ws = arg;
    if (err) {
        ws->err = *err;
        loop_timer_start(ws->timer, 0, 0); // told from the loop
        return;
    }
    struct http_opts o = { .method = "GET", .path = "/", .connect_only = true };
    ws->generation = auth_generation(client_auth(ws->client));
    ws->state = WS_CONNECT;
    ws->broken = false;
    ws->req = http_send(client_http(ws->client), &o, &h, ws);
}

static void on_first_timer(void *arg)
{
    struct ws *ws = arg;
    if (ws->state == WS_AUTH)
        fail(ws);
    else
        on_timer(ws);
}

struct ws *ws_open(struct client *c, const char *path, const char *protocols,
    const struct ws_handlers *handlers, void *arg)
{
    struct ws *ws = xcalloc(1, sizeof(*ws));
    ws->client = c;
    ws->h = *handlers;
    ws->arg = arg;
    ws->path = xstrdup(path);
    ws->protocols = xstrdup(protocols);
    buf_init(&ws->head_out);
    buf_init(&ws->in);
    buf_init(&ws->held);
    ws->timer = loop_timer_new(client_loop(c), on_first_timer, ws);
    ws->later = loop_timer_new(client_loop(c), on_later, ws);
    auth_ensure(client_auth(c), client_http(c), on_credentials, ws);
    return ws;
}

void ws_send(struct ws *ws, const void *data, size_t n)
{
    struct wslay_event_msg m = { .opcode = WSLAY_BINARY_FRAME, .msg = data, .msg_length = n };
    if (ws->state != WS_OPEN || ws->closing)
        return;
    wslay_event_queue_msg(ws->frames, &m);
    ws->more = true;
    loop_timer_start(ws->later, 0, 0);
}

size_t ws_queued(const struct ws *ws)
{
    return ws->frames ? wslay_event_get_queued_msg_length(ws->frames) : 0;
}

void ws_pause(struct ws *ws, bool paused)
{
    if (ws->paused == paused || ws->state == WS_DONE)
        return;
    ws->paused = paused;
    ws->heard_ms = loop_now_ms(client_loop(ws->client));
    ws->more = true;
    if (!ws->in_callback)
        set_interest(ws);
}

void ws_close(struct ws *ws)
{
    if (ws->state == WS_DONE || ws->closing)
        return;
    ws->closing = true;
    if (ws->state == WS_OPEN)
        wslay_event_queue_close(ws->frames, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
    loop_timer_start(ws->timer, ws->state == WS_OPEN ? CLOSE_MS : 0, 0);
    loop_timer_start(ws->later, 0, 0);
}
