#include "client/logs.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"

struct logs {
    struct client_stream *stream;
    struct logs_handlers h;
    void *arg;
    struct logread read;
    struct logs_mark own; // of a probe
};

static bool on_data(void *arg, const char *data, size_t n)
{
    struct logs *l = arg;
    return logread_data(&l->read, data, n);
}

static void on_done(void *arg, const struct http_result *res)
{
    struct logs *l = arg;
    l->stream = NULL;
    if (res->ok && l->read.opts.probe)
        logread_rest(&l->read);
    if (res->ok)
        logread_end(&l->read);
    struct logs_end end = { .stranger = l->read.state == LOGREAD_STRANGER, .more = l->read.state == LOGREAD_MORE };
    end.clean = res->ok && !l->read.state;
    if (!res->ok && !l->read.state)
        end.err = res->err;
    if (end.err.code == 403)
        err_hint(&end.err, "reading logs needs the verb get on pods/log");
    l->h.on_end(l->arg, &end);
}

static void build_path(struct buf *path, const struct logs_opts *o)
{
    char since[32];
    bool resumes = o->mark->sec > 0;
    gvr_path(path, &(struct gvr) { "", "v1", "pods", true }, o->ns, o->pod);
    buf_puts(path, "/log?timestamps=true&container=");
    str_url_escape(path, o->container);
    buf_puts(path, o->follow ? "&follow=true" : "");
    buf_puts(path, o->previous ? "&previous=true" : "");
    if (!resumes && o->tail >= 0)
        buf_printf(path, "&tailLines=%lld", (long long)o->tail);
    if (resumes || o->since > 0) {
        time_format_rfc3339(resumes ? o->mark->sec : o->since, since);
        buf_puts(path, "&sinceTime=");
        str_url_escape(path, since);
    }
}

struct logs *logs_open(struct client *c, const struct logs_opts *o, const struct logs_handlers *h, void *arg)
{
    static const struct http_handlers handlers = { NULL, on_data, on_done };
    struct logs *l = xcalloc(1, sizeof(*l));
    struct buf path = BUF_INIT;
    l->h = *h;
    l->arg = arg;
    if (o->probe)
        logs_mark_copy(&l->own, o->mark);
    logread_init(&l->read, o->probe ? &l->own : o->mark,
        &(struct logread_opts) { .trust = o->trust, .probe = o->probe, .tail = o->tail >= 0 }, h->on_line, arg);
    build_path(&path, o);
    struct http_opts opts = { .method = "GET", .path = path.s, .accept = "text/plain, application/json, */*",
        .stream = true, .one_shot_conn = true };
    l->stream = client_stream_open(c, &opts, &handlers, l);
    buf_release(&path);
    return l;
}

void logs_pause(struct logs *l, bool paused)
{
    if (l->stream)
        client_stream_pause(l->stream, paused);
}

bool logs_met(const struct logs *l)
{
    return l->read.met || !l->read.resumed;
}

void logs_rest(struct logs *l)
{
    logread_rest(&l->read);
}

void logs_free(struct logs *l)
{
    if (!l)
        return;
    client_stream_close(l->stream);
    logread_release(&l->read);
    logs_mark_clear(&l->own);
    free(l);
}
