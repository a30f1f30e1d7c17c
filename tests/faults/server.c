#include "tests/faults/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/str.h"

enum { PAGE = 2 };
#define LIST_HEAD "{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\","

struct conn {
    struct server *server;
    struct space *space;
    struct loop_io *io;
    int fd;
    struct buf in, out;
    struct fault fault;
    long sent, body; // bytes; of the body what was made
    long from; // later events only
    bool stream, ended, mute, answered;
    struct conn *prev, *next;
};
struct server {
    struct loop *loop;
    struct loop_io *io;
    int fd, port;
    struct conn *conns;
    ARR(struct space *) spaces;
    ARR(struct saying *) sayings;
    int open, most;
};

// ---- connections

static void conn_free(struct conn *c, bool reset)
{
    struct linger none = { .l_onoff = 1 };
    if (reset)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    loop_io_free(c->io);
    close(c->fd);
    buf_release(&c->in);
    buf_release(&c->out);
    DL_DELETE(c->server->conns, c);
    c->server->open--;
    free(c);
}

static void conn_write(struct conn *c)
{
    bool cuts = c->fault.deed == DEED_CUT || c->fault.deed == DEED_RESET;
    size_t n = c->out.n;
    if (cuts && c->sent + (long)n > c->fault.n)
        n = (size_t)(c->fault.n - c->sent);
    ssize_t w = n ? send(c->fd, c->out.s, n, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (w < 0 && errno != EAGAIN) {
        conn_free(c, false);
        return;
    }
    if (w > 0) {
        c->sent += w;
        buf_consume(&c->out, (size_t)w);
    }
    if (cuts && c->sent >= c->fault.n)
        conn_free(c, c->fault.deed == DEED_RESET);
    else if (c->ended && !c->out.n)
        conn_free(c, false);
    else
        loop_io_set(c->io, LOOP_READ | (c->out.n ? LOOP_WRITE : 0));
}

static void chunk(struct conn *c, const char *text, size_t n)
{
    if (n)
        buf_printf(&c->out, "%zx\r\n%.*s\r\n", n, (int)n, text);
    c->body += (long)n;
}

static void end_stream(struct conn *c)
{
    buf_puts(&c->out, "0\r\n\r\n");
    c->ended = true;
}

// A piece of a stream, or what the deed leaves of it.
static void put(struct conn *c, const struct buf *text)
{
    long left = c->fault.n - c->body;
    bool here = (long)text->n >= left;
    if (c->mute || c->ended)
        return;
    if (c->fault.deed == DEED_HALF && here) {
        chunk(c, text->s, (size_t)left);
        end_stream(c);
    } else if (c->fault.deed == DEED_JUNK && here) {
        chunk(c, text->s, (size_t)left);
        chunk(c, c->fault.text, strlen(c->fault.text));
        c->fault.deed = DEED_NONE;
        chunk(c, text->s + left, text->n - (size_t)left);
    } else {
        chunk(c, text->s, text->n);
    }
}

static void reply(struct conn *c, int status, const char *header, const char *body)
{
    char date[80], line[120] = "";
    long n = (long)strlen(body) + (c->fault.deed == DEED_LENGTH ? c->fault.n : 0);
    const char *at = header ? strchr(header, '@') : NULL;
    if (at) {
        time_t then = time(NULL) + strtol(at + 1, NULL, 10);
        struct tm tm;
        strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &tm));
        snprintf(line, sizeof(line), "%.*s%s\r\n", (int)(at - header), header, date);
    } else if (header) {
        snprintf(line, sizeof(line), "%s\r\n", header);
    }
    buf_printf(&c->out,
        "HTTP/1.1 %d Made Up\r\nContent-Type: application/json\r\nConnection: "
        "close\r\nContent-Length: %ld\r\n%s\r\n%s",
        status, n, line, body);
    c->ended = true;
}

static void reply_status(struct conn *c, int code, const char *reason, const char *message)
{
    char *body = xasprintf("{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":%d,\"reason\":\"%"
                           "s\",\"message\":\"%s\"}",
        code, reason, message);
    reply(c, code, NULL, body);
    free(body);
}

// ---- objects

// In a list an object has no kind of its own.
static void put_object(struct buf *out, const struct space *sp, const struct object *o, bool listed)
{
    buf_printf(out, "{%s", listed ? "" : "\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",");
    buf_printf(out,
        "\"metadata\":{\"name\":\"%s\",\"uid\":\"%s\",\"namespace\":\"%s\",\"resourceVersion\":\"%"
        "ld\"},\"data\":{}}",
        o->name, o->uid, sp->name, o->rv);
}

static void put_event(struct conn *c, const struct event *e)
{
    struct buf b = BUF_INIT;
    buf_printf(&b, "{\"type\":\"%s\",\"object\":", e->type);
    put_object(&b, c->space, &e->object, false);
    buf_puts(&b, "}\n");
    put(c, &b);
    buf_release(&b);
}

static void put_text(struct conn *c, const char *text)
{
    struct buf b = BUF_INIT;
    buf_puts(&b, text);
    put(c, &b);
    buf_release(&b);
}

static void put_bookmark(struct conn *c, const char *more)
{
    char text[240];
    snprintf(text, sizeof(text),
        "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"%ld\"%s}}}\n",
        c->space->rv, more);
    put_text(c, text);
}

static void happened(struct space *sp, const char *type, struct object *o)
{
    o->rv = ++sp->rv;
    struct event e = { type, *o };
    arr_push(&sp->history, e);
    for (struct conn *c = sp->server->conns, *next; c; c = next) {
        next = c->next;
        if (c->space != sp || !c->stream || o->rv <= c->from)
            continue;
        put_event(c, &e);
        conn_write(c);
    }
}

static void add_object(struct space *sp, const char *name)
{
    struct object o;
    snprintf(o.uid, sizeof(o.uid), "u%ld", ++sp->made);
    snprintf(o.name, sizeof(o.name), "%s", name);
    happened(sp, "ADDED", &o);
    arr_push(&sp->objects, o);
}

void space_change(struct space *sp, unsigned dice)
{
    size_t n = sp->objects.n, i = n ? dice / 8 % n : 0;
    char name[24];
    if (!n || (dice % 8 == 0 && n < 12)) {
        snprintf(name, sizeof(name), "o%ld", sp->made);
        add_object(sp, name);
    } else if (dice % 8 < 3) { // gone for good, or another one of the same name
        struct object o = sp->objects.v[i];
        arr_remove(&sp->objects, i);
        happened(sp, "DELETED", &o);
        if (dice % 8 == 1)
            add_object(sp, o.name);
    } else {
        happened(sp, "MODIFIED", &sp->objects.v[i]);
    }
}

bool space_is(const struct space *sp, const struct store *store)
{
    if (store->count != sp->objects.n)
        return false;
    for (size_t i = 0; i < sp->objects.n; i++) {
        const struct entry *e = store_find(store, sp->objects.v[i].uid);
        if (!e || e->dead || strtol(e->row->rv, NULL, 10) != sp->objects.v[i].rv)
            return false;
    }
    return true;
}

// ---- requests

static void open_stream(struct conn *c)
{
    c->stream = true;
    buf_puts(&c->out,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    c->mute = c->fault.deed == DEED_MUTE;
}

static void answer_stream(struct conn *c)
{
    open_stream(c);
    if (c->fault.deed == DEED_ERROR) {
        char text[400];
        snprintf(text, sizeof(text),
            "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":500,\"message\":\"%s\"}}\n", c->fault.text);
        put_text(c, text);
        end_stream(c);
        return;
    }
    for (size_t i = 0; i < c->space->objects.n; i++)
        put_event(c, &(struct event) { "ADDED", c->space->objects.v[i] });
    put_bookmark(c, ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}");
    if (!c->space->list_end)
        c->space->list_end = (long)c->out.n - (long)strlen("}\n\r\n");
}

static void answer_watch(struct conn *c, long from)
{
    struct space *sp = c->space;
    c->from = from; // of the future, too: then it waits, as the API server does
    if ((from < sp->compacted || c->fault.deed == DEED_GONE) && sp->gone_in_stream) {
        open_stream(c);
        put_text(c, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":"
                    "\"Expired\","
                    "\"message\":\"too old resource version\"}}\n");
        end_stream(c);
    } else if (from < sp->compacted || c->fault.deed == DEED_GONE) {
        reply_status(c, 410, "Expired", "too old resource version");
    } else if (c->fault.deed == DEED_ONCE) {
        open_stream(c);
        sp->objects.v[0].rv = ++sp->rv;
        put_event(c, &(struct event) { "MODIFIED", sp->objects.v[0] });
        end_stream(c);
    } else {
        open_stream(c);
        for (size_t i = 0; i < sp->history.n; i++)
            if (sp->history.v[i].object.rv > from)
                put_event(c, &sp->history.v[i]);
    }
}

static void answer_page(struct conn *c, const char *cont)
{
    struct space *sp = c->space;
    long version = sp->rv, first = 0;
    struct buf b = BUF_INIT;
    if (c->fault.deed == DEED_TOKENS) {
        bool items = c->fault.n != 1 && sp->objects.n;
        buf_printf(&b, LIST_HEAD "\"metadata\":{\"resourceVersion\":\"%ld\",\"continue\":\"t%d\"},\"items\":[", sp->rv,
            c->fault.n ? sp->asked[ASK_PAGE] : 0);
        if (items)
            put_object(&b, sp, &sp->objects.v[0], true);
        buf_puts(&b, "]}");
        reply(c, 200, NULL, b.s);
        buf_release(&b);
        return;
    }
    if (cont)
        sscanf(cont, "v%ld.%ld", &version, &first);
    if (version < sp->compacted || c->fault.deed == DEED_GONE) {
        reply_status(c, 410, "Expired", "the provided continue parameter is too old");
        return;
    }
    if (!cont) {
        sp->page.n = 0;
        for (size_t i = 0; i < sp->objects.n; i++)
            arr_push(&sp->page, sp->objects.v[i]);
    }
    size_t end = (size_t)first + PAGE;
    buf_printf(
        &b, LIST_HEAD "\"metadata\":{\"resourceVersion\":\"%ld\"", version);
    if (end < sp->page.n)
        buf_printf(&b, ",\"continue\":\"v%ld.%zu\"", version, end);
    buf_puts(&b, "},\"items\":[");
    for (size_t i = (size_t)first; i < sp->page.n && i < end; i++) {
        buf_puts(&b, i > (size_t)first ? "," : "");
        put_object(&b, sp, &sp->page.v[i], true);
    }
    buf_puts(&b, "]}");
    if (c->fault.deed == DEED_HALF)
        buf_truncate(&b, b.n > (size_t)c->fault.n ? b.n - (size_t)c->fault.n : 1); // a page may be short
    reply(c, 200, NULL, b.s);
    buf_release(&b);
}

static struct fault next_fault(struct space *sp, enum ask ask)
{
    for (size_t i = 0; i < sp->faults.n; i++) {
        struct fault *f = &sp->faults.v[i];
        if (f->on != ask || f->times == 0)
            continue;
        if (f->skip > 0) {
            f->skip--;
            continue;
        }
        f->times--;
        return *f;
    }
    return (struct fault) { 0 };
}

static void note_asked(struct space *sp, enum ask ask, bool first)
{
    int64_t now = loop_now_ms(sp->server->loop);
    sp->asked[ask]++;
    sp->lists += ask == ASK_STREAM || (ask == ASK_PAGE && first);
    if (sp->asked_at && now - sp->asked_at > sp->longest)
        sp->longest = now - sp->asked_at;
    sp->asked_at = now;
}

// As the API server: 500, not 400.
static void answer_watch_from(struct conn *c, const char *rv)
{
    char *end = NULL;
    long from = rv ? strtol(rv + strlen("&resourceVersion="), &end, 10) : 0;
    if (end && *end && *end != '&' && *end != ' ')
        reply_status(c, 500, "", "resourceVersion: Invalid value: strconv.ParseUint: invalid syntax");
    else
        answer_watch(c, from);
}

static void answer_objects(struct conn *c, const char *path)
{
    const char *rv = strstr(path, "&resourceVersion="), *cont = strstr(path, "&continue=");
    enum ask ask = strstr(path, "sendInitialEvents") ? ASK_STREAM
                   : strstr(path, "watch=1")         ? ASK_WATCH
                                                     : ASK_PAGE;
    note_asked(c->space, ask, !cont);
    c->fault = next_fault(c->space, ask);
    if (c->fault.deed == DEED_DEAF)
        return;
    if (c->fault.deed == DEED_STATUS)
        reply(c, (int)c->fault.n, c->fault.header, str_or(c->fault.text, ""));
    else if (ask == ASK_STREAM)
        answer_stream(c);
    else if (ask == ASK_WATCH)
        answer_watch_from(c, rv);
    else
        answer_page(c, cont ? cont + strlen("&continue=") : NULL);
}

static bool say(struct conn *c, const char *path)
{
    struct server *s = c->server;
    for (size_t i = s->sayings.n; i-- > 0;) {
        struct saying *say = s->sayings.v[i];
        if (!str_starts(path, say->path))
            continue;
        say->asked++;
        buf_printf(&c->out,
            "HTTP/1.1 %d Made Up\r\nContent-Type: application/json\r\nConnection: close\r\n%s%sContent-Length: %zu\r\n\r\n",
            say->status, say->header ? say->header : "", say->header ? "\r\n" : "", say->n);
        buf_add(&c->out, say->body, say->n);
        c->ended = true;
        return true;
    }
    return false;
}

static void answer(struct conn *c)
{
    char path[512] = "", name[24];
    c->answered = true;
    sscanf(c->in.s, "GET %511s", path);
    if (say(c, path)) {
        ; // scripted
    } else if (str_starts(path, "/version")) {
        reply(c, 200, NULL, "{\"gitVersion\":\"v1.35.0\"}");
    } else if (sscanf(path, "/api/v1/namespaces/%23[^/]/configmaps", name) == 1) {
        c->space = server_space(c->server, name);
        answer_objects(c, path);
    } else if (str_eq(path, "/api")) {
        reply(c, 200, NULL, "{\"kind\":\"APIVersions\",\"versions\":[\"v1\",\"v2\"]}");
    } else if (str_starts(path, "/api/")) {
        return; // a discovery that does not end: the client goes away in the midst of it
    } else {
        reply_status(c, 404, "NotFound", "not here");
    }
    conn_write(c);
}

static void on_conn(void *arg, int events)
{
    struct conn *c = arg;
    char tmp[4096];
    if (events & LOOP_READ) {
        ssize_t n = recv(c->fd, tmp, sizeof(tmp), MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            conn_free(c, false);
            return;
        }
        if (n > 0)
            buf_add(&c->in, tmp, (size_t)n);
        if (!c->answered && strstr(c->in.s, "\r\n\r\n")) {
            answer(c); // may free it
            return;
        }
    }
    if (events & LOOP_WRITE)
        conn_write(c);
}

static void on_accept(void *arg, int events)
{
    struct server *s = arg;
    int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    (void)events;
    if (fd < 0)
        return;
    struct conn *c = xcalloc(1, sizeof(*c));
    c->server = s;
    c->fd = fd;
    buf_init(&c->in);
    buf_init(&c->out);
    c->io = loop_io_new(s->loop, fd, on_conn, c);
    DL_APPEND(s->conns, c);
    if (++s->open > s->most)
        s->most = s->open;
    loop_io_set(c->io, LOOP_READ);
}

void server_hang(struct server *s, bool hangs)
{
    struct conn *c;
    DL_FOREACH(s->conns, c)
    loop_io_set(c->io, hangs ? 0 : LOOP_READ | LOOP_WRITE);
    loop_io_set(s->io, hangs ? 0 : LOOP_READ);
}

// ---- what happens to all watches of a namespace

void space_bookmark(struct space *sp)
{
    struct conn *c;
    DL_FOREACH(sp->server->conns, c)
    if (c->space == sp && c->stream && c->from <= sp->rv) {
        put_bookmark(c, "");
        loop_io_set(c->io, LOOP_READ | LOOP_WRITE);
    }
}

void space_odd_bookmark(struct space *sp)
{
    struct conn *c;
    DL_FOREACH(sp->server->conns, c)
    if (c->space == sp && c->stream) {
        put_text(c, "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"1&labelSelector=x\"}}}\n");
        loop_io_set(c->io, LOOP_READ | LOOP_WRITE);
    }
}

void space_compact(struct space *sp)
{
    sp->compacted = sp->rv;
    sp->history.n = 0;
}

void space_restore(struct space *sp)
{
    space_cut(sp, true);
    sp->objects.n = sp->history.n = 0;
    sp->rv = sp->compacted = 10;
    add_object(sp, "restored");
}

void space_cut(struct space *sp, bool reset)
{
    for (struct conn *c = sp->server->conns, *next; c; c = next) {
        next = c->next;
        if (c->space == sp && c->stream)
            conn_free(c, reset);
    }
}

void space_mute(struct space *sp)
{
    struct conn *c;
    DL_FOREACH(sp->server->conns, c)
    c->mute |= c->space == sp && c->stream;
}

void space_error(struct space *sp, int code, const char *reason, const char *message)
{
    struct conn *c;
    char text[400];
    snprintf(text, sizeof(text),
        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":%d,\"reason\":\"%s\","
        "\"message\":\"%s\"}}\n",
        code, reason, message);
    DL_FOREACH(sp->server->conns, c)
    if (c->space == sp && c->stream) {
        put_text(c, text);
        end_stream(c);
        loop_io_set(c->io, LOOP_READ | LOOP_WRITE);
    }
}

// ---- the server

struct space *server_space(struct server *s, const char *name)
{
    for (size_t i = 0; i < s->spaces.n; i++)
        if (str_eq(s->spaces.v[i]->name, name))
            return s->spaces.v[i];
    struct space *sp = xcalloc(1, sizeof(*sp));
    snprintf(sp->name, sizeof(sp->name), "%s", name);
    sp->server = s;
    sp->rv = 1000;
    add_object(sp, "a");
    add_object(sp, "b");
    add_object(sp, "c");
    arr_push(&s->spaces, sp);
    return sp;
}

struct server *server_new(struct loop *loop)
{
    struct server *s = xcalloc(1, sizeof(*s));
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(at);
    s->loop = loop;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    BUG_ON(bind(s->fd, (struct sockaddr *)&at, len) != 0 || listen(s->fd, 1000) != 0);
    getsockname(s->fd, (struct sockaddr *)&at, &len);
    s->port = ntohs(at.sin_port);
    s->io = loop_io_new(loop, s->fd, on_accept, s);
    loop_io_set(s->io, LOOP_READ);
    return s;
}

struct saying *server_say(struct server *s, const char *path, int status, const char *header, const char *body, size_t n)
{
    struct saying *say = xcalloc(1, sizeof(*say));
    *say = (struct saying) { path, status, header, body, n, 0 };
    arr_push(&s->sayings, say);
    return say;
}

void server_forget(struct server *s)
{
    for (size_t i = 0; i < s->sayings.n; i++)
        free(s->sayings.v[i]);
    s->sayings.n = 0;
}

int server_most(const struct server *s)
{
    return s->most;
}

int server_port(const struct server *s)
{
    return s->port;
}

void server_free(struct server *s)
{
    while (s->conns)
        conn_free(s->conns, true);
    for (size_t i = 0; i < s->spaces.n; i++) {
        struct space *sp = s->spaces.v[i];
        arr_release(&sp->objects);
        arr_release(&sp->page);
        arr_release(&sp->history);
        arr_release(&sp->faults);
        free(sp);
    }
    arr_release(&s->spaces);
    server_forget(s);
    arr_release(&s->sayings);
    loop_io_free(s->io);
    close(s->fd);
    free(s);
}
