#include "views/objwatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/http_error.h"

enum { RETRY_MS = 3000, SILENT_MS = 1500, LASTED_MS = 10000, MAX_LINE = 16 << 20, MAX_TREE = 64 << 20 };

struct objwatch {
    struct client *client;
    struct gvr gvr;
    char *ns, *name;
    objwatch_fn *fn;
    void *arg;
    uint64_t call;
    struct client_stream *stream;
    struct buf line;
    struct loop_timer *retry;
    bool live, gone, seen; // seen: the watch told of it
};

static void read_object(void *arg);

// What the server says instead of an event ends the watch. 410: only its time was too long ago.
static void on_error(struct objwatch *o, const char *type, const json_t *status)
{
    struct err err = { 0 };
    int code = str_eq(type, "ERROR") ? http_error_from_document(&err, status) : 500;
    if (!err_is(&err))
        err_set(&err, "%s is watched, and what came is no event", o->name);
    if (code != 410)
        o->fn(o->arg, NULL, &err);
}

static bool on_line(struct objwatch *o, const char *line, size_t n)
{
    json_t *ev = json_parse(line, n, MAX_TREE, NULL);
    const char *type = json_str(ev, "type", NULL);
    json_t *obj = json_object_get(ev, "object");
    bool ok = true;
    o->seen |= !str_eq(type, "BOOKMARK");
    if (str_eq(type, "ADDED") || str_eq(type, "MODIFIED"))
        o->fn(o->arg, obj, NULL);
    else if (str_eq(type, "DELETED")) {
        struct err err;
        o->gone = true;
        err_set(&err, "%s was deleted", o->name);
        o->fn(o->arg, NULL, &err);
    } else {
        ok = str_eq(type, "BOOKMARK");
        if (!ok)
            on_error(o, type, obj);
    }
    json_decref(ev);
    return ok;
}

static bool on_data(void *arg, const char *data, size_t n)
{
    struct objwatch *o = arg;
    size_t looked = o->line.n; // no line ends there
    buf_add(&o->line, data, n);
    if (o->line.n > MAX_LINE)
        return false;
    char *nl;
    bool ok = true;
    while (ok && (nl = memchr(o->line.s + looked, '\n', o->line.n - looked))) {
        size_t len = (size_t)(nl - o->line.s);
        ok = on_line(o, o->line.s, len);
        buf_consume(&o->line, len + 1);
        looked = 0;
    }
    return ok;
}

static void on_done(void *arg, const struct http_result *res)
{
    struct objwatch *o = arg;
    o->stream = NULL;
    o->live = false;
    log_info("watch of %s/%s ended: %d %s", o->gvr.resource, o->name, res->status, res->err.msg);
    loop_timer_start(o->retry, res->ok && res->ms > LASTED_MS ? 100 : RETRY_MS, 0);
}

// Without a resourceVersion: the object's own may be older than what the server still knows (410), and its
// present state comes as the first event (API concepts, "resourceVersion in watch").
static void watch_object(struct objwatch *o)
{
    static const struct http_handlers h = { .on_data = on_data, .on_done = on_done };
    struct buf path = BUF_INIT, field = BUF_INIT;
    gvr_path(&path, &o->gvr, o->ns, NULL);
    buf_puts(&path, "?watch=1&allowWatchBookmarks=true&timeoutSeconds=400&fieldSelector=");
    gvr_field(&field, "metadata.name", o->name);
    str_url_escape(&path, field.s);
    buf_release(&field);
    buf_clear(&o->line);
    struct http_opts opts = { .method = "GET", .path = path.s, .stream = true };
    o->stream = client_stream_open(o->client, &opts, &h, o);
    o->live = true;
    o->seen = false;
    loop_timer_start(o->retry, SILENT_MS, 0); // deleted in between, it would never be heard of
    buf_release(&path);
}

static void on_object(void *arg, json_t *doc, const struct http_result *res)
{
    struct objwatch *o = arg;
    o->call = 0;
    if (!res->ok) {
        o->fn(o->arg, NULL, &res->err);
        loop_timer_start(o->retry, RETRY_MS * 2, 0);
        return;
    }
    o->fn(o->arg, doc, NULL);
    watch_object(o);
}

// The watch is silent: is the object still there?
static void on_silence(void *arg, json_t *doc, const struct http_result *res)
{
    struct objwatch *o = arg;
    o->call = 0;
    if (!o->seen && res->ok)
        o->fn(o->arg, doc, NULL);
    else if (!o->seen && res->status == 404)
        o->fn(o->arg, NULL, &res->err);
}

static void read_object(void *arg)
{
    struct objwatch *o = arg;
    struct buf path = BUF_INIT;
    if (o->call || (o->stream && o->seen))
        return;
    gvr_path(&path, &o->gvr, o->ns, o->name);
    o->call = client_get(o->client, path.s, o->stream ? on_silence : on_object, o);
    buf_release(&path);
}

struct objwatch *objwatch_new(struct client *c, const struct gvr *gvr, const char *ns, const char *name,
    objwatch_fn *fn, void *arg)
{
    struct objwatch *o = xcalloc(1, sizeof(*o));
    o->client = c;
    o->gvr = *gvr;
    o->ns = xstrdup_null(ns);
    o->name = xstrdup(name);
    o->fn = fn;
    o->arg = arg;
    buf_init(&o->line);
    o->retry = loop_timer_new(client_loop(c), read_object, o);
    read_object(o);
    return o;
}

void objwatch_refresh(struct objwatch *o)
{
    client_stream_close(o->stream);
    o->stream = NULL;
    read_object(o);
}

bool objwatch_live(const struct objwatch *o)
{
    return o->live;
}

void objwatch_free(struct objwatch *o)
{
    if (!o)
        return;
    client_cancel(o->client, o->call);
    client_stream_close(o->stream);
    loop_timer_free(o->retry);
    buf_wipe(&o->line);
    free(o->ns);
    free(o->name);
    free(o);
}
