#include "client/exec.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "client/gvr.h"
#include "client/ws.h"

enum { CH_STDIN, CH_STDOUT, CH_STDERR, CH_STATUS, CH_RESIZE, CH_CLOSE = 255 };
enum { MAX_CHUNK = 32 << 10, MAX_STATUS = 64 << 10 };

struct exec {
    struct ws *ws;
    struct exec_handlers h;
    void *arg;
    int rows, cols;
    bool open, v5, tty, in, have_status;
    struct exec_end end;
};

static void build_path(struct buf *path, const struct exec_opts *o)
{
    gvr_path(path, &(struct gvr) { "", "v1", "pods", true }, o->ns, o->pod);
    buf_puts(path, o->command ? "/exec?stdout=true" : "/attach?stdout=true");
    if (*o->container) {
        buf_puts(path, "&container=");
        str_url_escape(path, o->container);
    }
    if (o->in)
        buf_puts(path, "&stdin=true");
    buf_puts(path, o->tty ? "&tty=true" : "&stderr=true");
    for (size_t i = 0; o->command && o->command[i]; i++) {
        buf_puts(path, "&command=");
        str_url_escape(path, o->command[i]);
    }
}

static void send_on(struct exec *x, int channel, const void *data, size_t n)
{
    uint8_t message[MAX_CHUNK + 1];
    const uint8_t *p = data;
    do {
        size_t part = n < MAX_CHUNK ? n : MAX_CHUNK;
        message[0] = (uint8_t)channel;
        if (part)
            memcpy(message + 1, p, part);
        ws_send(x->ws, message, part + 1);
        p += part;
        n -= part;
    } while (n);
}

static void send_size(struct exec *x)
{
    char json[64];
    int n = snprintf(json, sizeof(json), "{\"Width\":%d,\"Height\":%d}", x->cols, x->rows);
    if (x->tty && x->open && x->rows > 0)
        send_on(x, CH_RESIZE, json, (size_t)n);
}

static void on_open(void *arg, const char *protocol)
{
    struct exec *x = arg;
    x->open = true;
    x->v5 = str_starts(protocol, "v5.");
    send_size(x);
    x->h.on_open(x->arg);
}

// {"status":"Success"}, or Failure with the exit code as a cause, or why it could not be started.
static void take_status(struct exec *x, const uint8_t *data, size_t n)
{
    if (x->have_status || !n) // an empty message only opens the channel
        return;
    json_t *doc = json_loadb((const char *)data, n < MAX_STATUS ? n : MAX_STATUS, 0, NULL), *cause;
    size_t i;
    x->have_status = true;
    x->end.exit_code = str_eq(json_str(doc, "status", NULL), "Success") ? 0 : -1;
    json_array_foreach(json_at(doc, "details", "causes", NULL), i, cause)
    {
        if (str_eq(json_str(cause, "reason", NULL), "ExitCode"))
            x->end.exit_code = atoi(json_str(cause, "message", NULL)) & 0xff;
    }
    if (x->end.exit_code < 0) {
        struct buf clean = BUF_INIT;
        const char *message = doc ? json_str(doc, "message", NULL) : "";
        utf8_sanitise(&clean, message, strlen(message));
        err_set(&x->end.err, "%s", clean.n ? clean.s : "the server gave no reason");
        buf_release(&clean);
    }
    x->end.started = x->end.exit_code >= 0;
    json_decref(doc);
}

static void on_message(void *arg, const uint8_t *data, size_t n)
{
    struct exec *x = arg;
    if (n < 1)
        return;
    if (data[0] == CH_STATUS)
        take_status(x, data + 1, n - 1);
    else if (n > 1 && (data[0] == CH_STDOUT || data[0] == CH_STDERR))
        x->h.on_output(x->arg, data[0], data + 1, n - 1);
}

static void on_drain(void *arg)
{
    struct exec *x = arg;
    if (x->h.on_drain)
        x->h.on_drain(x->arg);
}

static void on_closed(void *arg, const struct err *err)
{
    struct exec *x = arg;
    if (!x->have_status) {
        x->end.exit_code = -1;
        x->end.started = x->open;
        if (err)
            x->end.err = *err;
        else
            err_set(&x->end.err, "the connection was closed before the exit status came");
        // 1.35 asks for create as well as get when a WebSocket is opened (KEP-4006's successor)
        if (x->end.err.code == 403)
            err_hint(&x->end.err, "a shell needs the verbs get and create on pods/exec (attach: pods/attach)");
    }
    x->h.on_end(x->arg, &x->end);
}

struct exec *exec_start(struct client *c, const struct exec_opts *o, const struct exec_handlers *h, void *arg)
{
    static const struct ws_handlers handlers = { on_open, on_message, on_drain, on_closed };
    struct exec *x = xcalloc(1, sizeof(*x));
    struct buf path = BUF_INIT;
    x->h = *h;
    x->arg = arg;
    x->tty = o->tty;
    x->in = o->in;
    x->rows = o->rows;
    x->cols = o->cols;
    build_path(&path, o);
    x->ws = ws_open(c, path.s, "v5.channel.k8s.io, v4.channel.k8s.io", &handlers, x);
    buf_release(&path);
    return x;
}

void exec_write(struct exec *x, const void *data, size_t n)
{
    if (x->open && n)
        send_on(x, CH_STDIN, data, n);
}

size_t exec_queued(const struct exec *x)
{
    return ws_queued(x->ws);
}

void exec_resize(struct exec *x, int rows, int cols)
{
    if (rows == x->rows && cols == x->cols)
        return;
    x->rows = rows;
    x->cols = cols;
    send_size(x);
}

bool exec_close_stdin(struct exec *x)
{
    static const uint8_t eof[] = { CH_CLOSE, CH_STDIN };
    if (!x->v5)
        return false;
    ws_send(x->ws, eof, sizeof(eof));
    return true;
}

void exec_pause(struct exec *x, bool paused)
{
    ws_pause(x->ws, paused);
}

void exec_free(struct exec *x)
{
    if (!x)
        return;
    ws_free(x->ws);
    free(x);
}
