#include "client/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/answer.h"
#include "client/http_error.h"
#include "client/proto.h"

enum {
    BACKOFF_FIRST_MS = 800, // reflector.go: 0.8 s, doubled, at most 30 s, up to twice as long by jitter
    BACKOFF_MAX_MS = 30000,
    BACKOFF_LOST_MS = 4000,
    BACKOFF_MOVED_MS = 1600,
    NO_END_MARK_MS = 10000, // servers that accept sendInitialEvents and never mark the end (KEP-3157)
    SILENCE_MS = 190000,    // bookmarks come about once a minute
    NO_ANSWER_MS = 15000,   // to a watch; a list may take longer
    NO_LIST_MS = 30000,
    FIRST_PAGE = 250,
    NEXT_PAGE = 10000,
    MAX_TOKEN = 64 << 10, // both are part of a URL, of which servers read a megabyte; those of a proxy for many clusters name each
    PAGE_TIMEOUT_MS = 90000,
    PAGE_MAX_BYTES = 1 << 30, // of which a page keeps what the kind wants, object by object
    MAX_IDLE_PAGES = 4,
    POLL_MS = 15000,
    DENIED_RETRY_MS = 2000,
    GONE_RETRY_MS = 30000,
    CHECK_MS = 2000,
    CHECK_LIVE_MS = 10000, // a watch in which nothing happens; whether the server is there is the pulse's business
    WORKED_MS = 10000, // a watch open for so long was no failure, however it ended
    AT_ONCE_MS = 1000,
    THIN_BYTES = 64 << 10,
    THIN_BYTES_PER_MS = 1500,
    THIN_MS = 200, // each costs a thin link what it carries meanwhile
};

static void feed_open(struct feed *f);

static int64_t now_ms(const struct feed *f)
{
    return loop_now_ms(client_loop(f->env->client));
}

static void tell(struct feed *f)
{
    f->changed(f->arg);
}

// ---- objects

static void on_row(void *arg, struct row *row)
{
    struct feed *f = arg;
    if (f->deleting) {
        store_remove(f->store, row->uid);
        row_free(row);
        return;
    }
    store_apply(f->store, row);
}

// The answer under way is not what was asked for: it ends here.
static bool refuse(struct feed *f, const struct err *err)
{
    f->err = *err;
    f->refused = true;
    return false;
}

static bool set_version(struct feed *f, const char *rv)
{
    struct err err;
    size_t n = strlen(rv);
    if (n > MAX_TOKEN) {
        err_set(&err, "the server's resourceVersion has %zu characters", n);
        return refuse(f, &err);
    }
    if (n) {
        free(f->rv);
        f->rv = xstrdup(rv);
    }
    return true;
}

static bool table_row(struct feed *f, const json_t *row)
{
    struct err err;
    const json_t *cells = json_object_get(row, "cells");
    if (!json_is_array(cells)) {
        err_set(&err, "a row of the server's Table has no cells");
        return refuse(f, &err);
    }
    size_t n = json_array_size(cells);
    if (n > ROW_MAX_FIELDS)
        n = ROW_MAX_FIELDS;
    rb_begin(&f->rows, json_object_get(row, "object"), n);
    for (size_t i = 0; i < n; i++) {
        const json_t *cell = json_array_get(cells, i);
        char tmp[32];
        if (json_is_object(cell) || json_is_array(cell)) {
            char *text = json_dumps(cell, JSON_COMPACT);
            rb_str(&f->rows, (unsigned)i, text);
            free(text);
        } else if (json_is_null(cell)) {
            rb_str(&f->rows, (unsigned)i, "");
        } else {
            rb_str(&f->rows, (unsigned)i, json_scalar(cell, tmp));
        }
    }
    rb_emit(&f->rows);
    return true;
}

static bool apply_object(struct feed *f, const json_t *obj, bool deleted)
{
    bool ok = true;
    f->deleting = deleted;
    if (f->key.decoder->table)
        ok = table_row(f, obj);
    else
        f->key.decoder->decode(obj, &f->rows);
    f->deleting = false;
    return ok;
}

static const char *known_kind(const struct feed *f)
{
    const struct discovery *d = client_discovery(f->env->client);
    for (size_t i = 0; d && i < d->resources.n; i++)
        if (gvr_eq(&d->resources.v[i]->gvr, &f->key.gvr))
            return d->resources.v[i]->kind;
    return NULL;
}

static bool on_kind(void *arg, enum prune_part part, const char *api, const char *kind)
{
    struct feed *f = arg;
    struct err err;
    bool object = part == PART_ITEM || part == PART_OBJECT;
    if (object && strcmp(kind, f->kind) == 0 && strcmp(api, f->api) == 0) // as the one before
        return true;
    struct answer_want want = { &f->key.gvr, known_kind(f), f->key.decoder->table };
    if (!answer_check(&want, part, api, kind, &err))
        return refuse(f, &err);
    if (object) {
        snprintf(f->kind, sizeof(f->kind), "%s", kind);
        snprintf(f->api, sizeof(f->api), "%s", api);
    }
    return true;
}

static void end_of_list(struct feed *f)
{
    store_end_list(f->store, f->epoch, f->key.ns);
    f->synced = true;
    f->relists++;
    f->forbidden = f->failed = false;
    err_clear(&f->err);
}

static bool on_bookmark(struct feed *f, const json_t *obj)
{
    const json_t *meta = json_object_get(obj, "metadata");
    const char *rv = json_str(meta, "resourceVersion", NULL);
    bool end = str_eq(json_str(meta, "annotations", "k8s.io/initial-events-end", NULL), "true");
    if (!set_version(f, rv))
        return false;
    f->moved |= f->phase == FEED_WATCH;
    if (end && f->phase == FEED_STREAM_LIST) {
        f->phase = FEED_WATCH;
        f->live = true;
        end_of_list(f);
        tell(f);
    }
    return true;
}

static bool on_error_event(struct feed *f, const json_t *status)
{
    f->status_code = http_error_from_document(&f->err, status);
    return false; // on_done goes on
}

static bool on_object(void *arg, const char *type, json_t *obj)
{
    struct feed *f = arg;
    if (strcmp(type, "BOOKMARK") == 0)
        return on_bookmark(f, obj);
    if (strcmp(type, "ERROR") == 0)
        return on_error_event(f, obj);
    bool deleted = strcmp(type, "DELETED") == 0;
    if (!apply_object(f, obj, deleted))
        return false;
    f->events_here++;
    f->events++;
    if (f->phase == FEED_WATCH) {
        f->moved = true;
        const json_t *meta = f->key.decoder->table ? json_at(obj, "object", "metadata", NULL)
                                                   : json_object_get(obj, "metadata");
        const char *rv = json_str(meta, "resourceVersion", NULL);
        return set_version(f, rv);
    } else {
        f->loaded++;
    }
    return true;
}

static bool on_list_meta(void *arg, const char *rv, const char *cont, long remaining)
{
    struct feed *f = arg;
    struct err err;
    if (!set_version(f, rv))
        return false;
    if (strlen(cont) > MAX_TOKEN) {
        err_set(&err, "the server's continue token has %zu characters", strlen(cont));
        return refuse(f, &err);
    }
    free(f->next_cont); // counts when the whole page has come: the token stands before the items
    f->next_cont = *cont ? xstrdup(cont) : NULL;
    if (remaining >= 0)
        f->total = f->loaded + remaining + (f->page_limit > 0 ? f->page_limit : 0);
    return true;
}

static void on_columns(void *arg, json_t *columns)
{
    struct feed *f = arg;
    f->columns(f->arg, columns);
}

// ---- what comes after the end of a request

static void close_stream(struct feed *f)
{
    client_stream_close(f->stream);
    f->stream = NULL;
    prune_free(f->prune);
    f->prune = NULL;
}

static void wait_then(struct feed *f, enum feed_phase next, int64_t ms)
{
    f->phase = FEED_WAIT;
    f->resume = next;
    f->retry_at_ms = now_ms(f) + ms;
    loop_timer_start(f->retry, ms, 0);
    tell(f);
}

static enum feed_phase list_phase(const struct feed *f)
{
    const char *force = getenv("KVIEW_LIST");
    if (force && *force)
        return strcmp(force, "pages") == 0 ? FEED_PAGES : FEED_STREAM_LIST;
    return f->env->no_streaming || f->env->thin ? FEED_PAGES : FEED_STREAM_LIST;
}

static void go(struct feed *f, enum feed_phase phase)
{
    f->phase = phase;
    feed_open(f);
}

static void forget(struct feed *f)
{
    free(f->rv);
    f->rv = NULL;
    free(f->cont);
    f->cont = NULL;
}

static void relist(struct feed *f)
{
    forget(f);
    go(f, list_phase(f));
}

static void resume(struct feed *f, enum feed_phase next)
{
    if ((next == FEED_WATCH && f->rv) || next == FEED_PAGES)
        go(f, next);
    else
        relist(f);
}

// The one rule for a request that follows a failure, or one that brought nothing new: each waits longer than the one
// before, whatever the reasons are, until a watch has lasted. What is no fault (an old version, a watch that ended) may
// go on at once, but only one time: then it waits as well. A server that answers may be overloaded and is given
// time; one that cannot be reached costs nobody anything, and somebody waits for it.
static void again(struct feed *f, enum feed_phase next, bool no_fault, int retry_after, const struct err *err)
{
    bool moved = f->phase == FEED_WATCH && f->moved; // what is cut again and again but brings something is worth a try
    int64_t most = moved ? BACKOFF_MOVED_MS : f->answered ? BACKOFF_MAX_MS : BACKOFF_LOST_MS;
    bool lasted = f->phase == FEED_WATCH && f->live && now_ms(f) - f->opened_ms > WORKED_MS;
    if (lasted) {
        f->backoff_ms = 0;
        f->hurried = false;
    }
    f->live = false;
    if (no_fault && !f->hurried) {
        f->hurried = !lasted;
        resume(f, next);
        return;
    }
    f->err = *err;
    f->backoff_ms = f->backoff_ms ? f->backoff_ms * 2 : BACKOFF_FIRST_MS;
    if (f->backoff_ms > most)
        f->backoff_ms = most;
    int64_t wait = f->backoff_ms + rand() % (f->backoff_ms + 1);
    if (retry_after > 0 && wait < retry_after * 1000)
        wait = retry_after * 1000;
    wait_then(f, next, wait);
}

static bool streaming_refused(const struct err *err, int status)
{
    return status == 422 || status == 400 || strstr(err->msg, "RequestWatchProgress") ||
           strstr(err->msg, "sendInitialEvents") || strstr(err->msg, "resourceVersionMatch");
}

static void forbidden(struct feed *f, const struct err *err)
{
    f->err = *err;
    if (f->phase == FEED_WATCH && f->synced) {
        // An API server that starts knows no rights for a moment. Or list is allowed, watch is not: poll, and say so
        f->live = false;
        f->polling = f->denied++ > 0;
        wait_then(f, f->polling ? FEED_PAGES : FEED_WATCH, f->polling ? POLL_MS : DENIED_RETRY_MS);
        return;
    }
    f->forbidden = true;
    f->live = false;
    wait_then(f, FEED_PAGES, GONE_RETRY_MS * 2);
}

// The server does not take the version or the token that it gave (a watch from one that is no number is 500): it never will.
static bool held_refused(const struct feed *f, const struct err *err, int status)
{
    bool held = f->phase == FEED_WATCH ? f->rv != NULL : f->phase == FEED_PAGES && f->cont;
    return held && status >= 400 &&
           (status == 400 || status == 422 || strstr(err->msg, "resourceVersion") || strstr(err->msg, "resource version") ||
               strstr(err->msg, "continue"));
}

static void request_failed(struct feed *f, int status, const struct err *err, int retry_after)
{
    enum feed_phase phase = f->phase;
    if (phase == FEED_STREAM_LIST && streaming_refused(err, status)) {
        f->env->no_streaming = true;
        err_clear(&f->err); // the list is read in another way: nothing is wrong
        go(f, FEED_PAGES);
    } else if (status == 410 || str_eq(err->reason, "Expired") || str_eq(err->reason, "Gone")) {
        forget(f); // the version held is of no use any more
        again(f, list_phase(f), true, retry_after, err);
    } else if (held_refused(f, err, status)) {
        forget(f);
        again(f, list_phase(f), false, retry_after, err);
    } else if (status == 403 && phase == FEED_STREAM_LIST) {
        f->denied++;
        go(f, FEED_PAGES); // may list, but not watch?
    } else if (status == 403) {
        forbidden(f, err);
    } else if (status == 405 && phase == FEED_STREAM_LIST) { // metrics, componentstatuses: they list, and know no watch
        f->polling = true;
        go(f, FEED_PAGES);
    } else if (status == 404 || status == 405 || status == 406) {
        f->err = *err;
        if (status == 404)
            gvr_unserved(&f->key.gvr, &f->err);
        f->failed = phase != FEED_WATCH || !f->synced || status == 404;
        f->polling = phase == FEED_WATCH && status == 405;
        f->live = false;
        wait_then(f, f->polling ? FEED_PAGES : list_phase(f), f->polling ? POLL_MS * 2 : GONE_RETRY_MS);
    } else {
        again(f, phase, false, retry_after, err);
    }
}

// Has this list been given that token before? They are kept as hashes (FNV-1a): one in 2^64 is mistaken.
static bool seen_token(struct feed *f, const char *token)
{
    uint64_t h = 14695981039346656037u;
    for (const char *p = token; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211u;
    for (size_t i = 0; i < f->tokens.n; i++)
        if (f->tokens.v[i] == h)
            return true;
    arr_push(&f->tokens, h);
    return false;
}

static void next_page(struct feed *f)
{
    struct err err;
    bool idle = f->store->listed == f->listed;
    f->listed = f->store->listed;
    f->idle_pages = idle ? f->idle_pages + 1 : 0;
    if (seen_token(f, f->cont) || f->idle_pages > MAX_IDLE_PAGES) {
        err_set(&err, "the server's list has no end: %s",
            f->idle_pages > MAX_IDLE_PAGES ? "page after page brings nothing new" : "a continue token comes again");
        forget(f);
        again(f, list_phase(f), false, -1, &err);
    } else if (idle) {
        err_set(&err, "a page of the server's list brought nothing new");
        again(f, FEED_PAGES, false, -1, &err);
    } else {
        go(f, FEED_PAGES);
    }
}

static void page_done(struct feed *f)
{
    free(f->cont);
    f->cont = f->next_cont;
    f->next_cont = NULL;
    if (f->cont) {
        next_page(f);
        return;
    }
    end_of_list(f);
    tell(f);
    if (f->polling && !f->denied) // the resource knows no watch; rights may be given meanwhile
        wait_then(f, FEED_PAGES, POLL_MS);
    else
        go(f, FEED_WATCH);
}

static void stream_ended(struct feed *f)
{
    struct err err;
    bool list = f->phase == FEED_STREAM_LIST, empty = f->events_here == 0 && !f->moved;
    if (list)
        err_set(&err, "the server closed the stream before the list was complete");
    else
        err_set(&err, now_ms(f) - f->opened_ms < AT_ONCE_MS ? "the server closes watches at once" : "the server ends its watches early");
    // the usual end of a watch after some minutes: from the last version, no relist
    again(f, list ? list_phase(f) : FEED_WATCH, !list && !empty, -1, &err);
}

static void on_done(void *arg, const struct http_result *res)
{
    struct feed *f = arg;
    struct err err = res->err;
    int status = res->status;
    f->stream = NULL;
    bool ok = res->ok && (status == 200 ? !f->prune || prune_finish(f->prune, &err) : http_error_nothing(&err, status));
    int in_stream = f->status_code;
    prune_free(f->prune);
    f->prune = NULL;
    f->status_code = 0;
    if (in_stream) {
        err = f->err;
        err_clear(&f->err);
        request_failed(f, in_stream, &err, -1);
    } else if (!ok) {
        if (f->refused) {
            err = f->err; // what is wrong with the answer says more than "write error"
            if (f->phase == FEED_PAGES)
                store_refuse_list(f->store, f->epoch, f->key.ns);
        }
        request_failed(f, status >= 400 ? status : 0, &err, res->retry_after);
    } else if (f->phase == FEED_PAGES) {
        page_done(f);
    } else {
        stream_ended(f);
    }
}

static void on_head(void *arg, const struct http_head *head)
{
    struct feed *f = arg;
    f->last_ms = now_ms(f);
    f->answered = true;
    if (head->status != 200)
        return;
    f->heard_ms = f->head_ms = f->last_ms;
    f->proto = f->key.decoder->message && str_starts(head->content_type, proto_type);
    if (f->proto)
        prune_as_proto(f->prune, *f->key.decoder->message);
    if (f->phase == FEED_WATCH) {
        f->live = true;
        f->failed = f->forbidden = f->polling = false;
        f->denied = 0;
        err_clear(&f->err);
    }
    tell(f);
}

// Uncompressed streaming over a thin link: what came is kept, the rest comes as compressed pages.
static bool is_thin(struct feed *f)
{
    int64_t ms = now_ms(f) - f->head_ms;
    return f->phase == FEED_STREAM_LIST && !getenv("KVIEW_LIST") && f->bytes > THIN_BYTES && ms > THIN_MS &&
           (int64_t)f->bytes / ms < THIN_BYTES_PER_MS;
}

static bool on_data(void *arg, const char *data, size_t n)
{
    struct feed *f = arg;
    struct err err;
    f->last_ms = f->heard_ms = now_ms(f);
    f->bytes += n;
    f->silences = 0;
    if (!prune_feed(f->prune, data, n, &err)) {
        if (f->status_code || f->refused) // f->err says it already
            return false;
        f->env->no_proto |= f->proto;
        return refuse(f, &err);
    }
    if (is_thin(f)) {
        f->env->thin = true;
        loop_timer_start(f->silence, 0, 0); // closing inside the callback is not possible
    }
    return true;
}

// ---- opening

static void add_selectors(const struct feed *f, struct buf *path)
{
    if (f->key.labels) {
        buf_puts(path, "&labelSelector=");
        str_url_escape(path, f->key.labels);
    }
    if (f->key.fields) {
        buf_puts(path, "&fieldSelector=");
        str_url_escape(path, f->key.fields);
    }
}

static void list_path(struct feed *f, struct buf *path)
{
    f->page_limit = f->cont ? NEXT_PAGE : FIRST_PAGE;
    buf_printf(path, "?limit=%ld", f->page_limit);
    if (f->cont) {
        buf_puts(path, "&continue=");
        str_url_escape(path, f->cont);
    }
}

static void watch_path(const struct feed *f, struct buf *path)
{
    // 5 to 10 minutes as client-go: load balancers and rights are seen anew now and then
    buf_printf(path, "?watch=1&allowWatchBookmarks=true&timeoutSeconds=%d", 300 + rand() % 300);
    if (f->phase == FEED_STREAM_LIST)
        buf_puts(path, "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
    else if (f->rv) {
        buf_puts(path, "&resourceVersion=");
        str_url_escape(path, f->rv);
    }
}

static const char proto_accept[] = "application/vnd.kubernetes.protobuf,application/json";
static const char table_accept[] = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

static const char *accepts(const struct feed *f)
{
    const char *force = getenv("KVIEW_PROTOBUF"); // 0: for tests
    if (f->key.decoder->table)
        return table_accept;
    return f->key.decoder->message && !f->env->no_proto && (!force || *force != '0') ? proto_accept : NULL;
}

static void feed_open(struct feed *f)
{
    static const struct prune_handlers ph = { on_object, on_list_meta, on_columns, on_kind };
    static const struct http_handlers hh = { on_head, on_data, on_done };
    bool pages = f->phase == FEED_PAGES;
    struct buf path = BUF_INIT;
    close_stream(f);
    free(f->next_cont);
    f->next_cont = NULL;
    if (!(pages && f->cont) && f->phase != FEED_WATCH) {
        f->epoch = store_begin_list(f->store);
        f->loaded = 0;
        f->total = -1;
        f->tokens.n = f->listed = 0;
        f->idle_pages = 0;
    }
    gvr_path(&path, &f->key.gvr, f->key.ns, NULL);
    if (pages)
        list_path(f, &path);
    else
        watch_path(f, &path);
    add_selectors(f, &path);
    f->prune = prune_new(f->paths, pages ? PRUNE_LIST : PRUNE_WATCH, f->key.decoder->table, &ph, f);
    f->opened_ms = f->last_ms = now_ms(f);
    f->bytes = f->events_here = 0;
    f->head_ms = 0;
    f->moved = f->answered = f->refused = f->proto = false;
    f->kind[0] = f->api[0] = '\0';
    f->retry_at_ms = 0;
    loop_timer_start(f->silence, CHECK_MS, 0);
    struct http_opts o = { .method = "GET", .path = path.s, .stream = !pages, .gzip = pages,
        .accept = accepts(f), .timeout_ms = PAGE_TIMEOUT_MS,
        .max_bytes = pages ? PAGE_MAX_BYTES : 0 };
    f->stream = client_stream_open(f->env->client, &o, &hh, f);
    buf_release(&path);
    tell(f);
}

static void on_retry(void *arg)
{
    struct feed *f = arg;
    f->retry_at_ms = 0;
    resume(f, f->resume);
}

static int64_t silence_limit(void)
{
    const char *ms = getenv("KVIEW_WATCH_SILENCE_MS"); // for tests
    return ms && *ms ? strtoll(ms, NULL, 10) : SILENCE_MS;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void no_answer(struct feed *f, enum feed_phase next)
{
    struct err err;
    close_stream(f);
    err_set(&err, "no answer from the server");
    again(f, next, false, -1, &err);
}

// The way may be dead: a new connection. One that is answered, and yet brings not even a bookmark, waits for versions
// that will not come: the server was set back to a backup.
static void went_silent(struct feed *f, int64_t quiet)
{
    log_info("watch of %s: silent for %lld ms, connecting again", f->key.gvr.resource, (long long)quiet);
    http_reset_connections(client_http(f->env->client));
    f->live = false; // until there is an answer
    err_set(&f->err, "the connection went silent");
    if (++f->silences > 1)
        relist(f);
    else
        go(f, FEED_WATCH);
    tell(f);
}

static void on_silence_check(void *arg)
{
    struct feed *f = arg;
    int64_t quiet = now_ms(f) - f->last_ms, limit = silence_limit();
    bool answered = f->head_ms > 0, calm = f->phase == FEED_WATCH && f->live && limit == SILENCE_MS;
    loop_timer_start(f->silence, calm ? CHECK_LIVE_MS : CHECK_MS, 0);
    if (!f->stream || f->env->lost_ms) // a request more would wait as well
        return;
    if (f->phase == FEED_STREAM_LIST) {
        if (f->env->thin || (answered && quiet > least(NO_END_MARK_MS, limit))) {
            if (!f->env->thin)
                f->env->no_streaming = true;
            go(f, FEED_PAGES);
        } else if (!answered && quiet > least(NO_LIST_MS, limit)) {
            no_answer(f, FEED_STREAM_LIST);
        }
    } else if (f->phase == FEED_WATCH && f->live && quiet > limit) {
        went_silent(f, quiet);
    } else if (f->phase == FEED_WATCH && !f->live && quiet > least(NO_ANSWER_MS, limit)) {
        no_answer(f, FEED_WATCH);
    }
}

void feed_start(struct feed *f)
{
    struct loop *loop = client_loop(f->env->client);
    rb_init(&f->rows, on_row, f);
    f->heard_ms = now_ms(f);
    f->retry = loop_timer_new(loop, on_retry, f);
    f->silence = loop_timer_new(loop, on_silence_check, f);
    f->total = -1;
    go(f, list_phase(f));
}

void feed_stop(struct feed *f)
{
    close_stream(f);
    rb_release(&f->rows);
    loop_timer_free(f->retry);
    loop_timer_free(f->silence);
    free(f->rv);
    free(f->cont);
    free(f->next_cont);
    arr_release(&f->tokens);
}

void feed_restart(struct feed *f)
{
    loop_timer_stop(f->retry);
    f->backoff_ms = 0;
    f->hurried = false;
    relist(f);
}

void feed_wake(struct feed *f)
{
    if (f->phase == FEED_WAIT && !f->forbidden) {
        loop_timer_stop(f->retry);
        on_retry(f);
    } else if (f->phase == FEED_WATCH && now_ms(f) - f->last_ms > 15000) {
        go(f, FEED_WATCH);
    }
}

void feed_lost(struct feed *f)
{
    if (f->live && f->env->lost_ms > f->heard_ms) // up to then it would have told
        f->heard_ms = f->env->lost_ms;
    tell(f);
}

void feed_found(struct feed *f, bool dead)
{
    struct err err;
    f->last_ms = now_ms(f);
    if (f->phase == FEED_WAIT && !f->forbidden) {
        loop_timer_stop(f->retry);
        on_retry(f);
    } else if (f->stream && dead) {
        close_stream(f);
        err_set(&err, "the connection died without a word");
        again(f, f->phase, true, -1, &err);
    } else {
        tell(f);
    }
}
