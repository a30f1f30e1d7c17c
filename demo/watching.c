// Watches: the initial state if asked for, then the history of events as it grows, bookmarks, and the
// end when the time is over (apiserver/pkg/storage/cacher).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "demo/hostile.h"
#include "demo/api.h"
#include "demo/match.h"
#include "demo/status.h"

enum { BOOKMARK_MS = 60000, BOOKMARK_BEFORE_END_MS = 2000 };

struct watching {
    int hostile; // demo/hostile.h
    struct cluster *cl;
    const struct rtype *rt;
    char ns[300];
    enum form form;
    enum include include;
    struct selector labels, fields;
    rev_list initial; // not sent yet: [at, n)
    size_t at;
    bool end_mark, bookmarks, want_bookmark, columns_sent, ended;
    json_t *error; // sent, then the end
    uint64_t seq;
    int64_t rv; // of the last event sent or skipped
    int64_t from; // where it began: a bookmark must be newer (processInterval in cache_watcher.go)
    struct buf out;
    size_t out_at;
    struct stream *stream;
    struct loop_timer *bookmark_timer, *end_timer;
};

static const char *const type_names[] = {
    [DB_ADDED] = "ADDED", [DB_MODIFIED] = "MODIFIED", [DB_DELETED] = "DELETED"
};

static void put_rev(struct watching *w, const char *type, const struct rev *r)
{
    struct buf *b = &w->out;
    buf_printf(b, "{\"type\":\"%s\",\"object\":", type);
    if (w->form == FORM_TABLE) {
        char meta[64];
        snprintf(meta, sizeof(meta), "{\"resourceVersion\":\"%lld\"}", (long long)r->rv);
        struct table_opts o = { w->include, !w->columns_sent, sim_now(w->cl->sim) };
        table_begin(b, w->rt, meta, !w->columns_sent);
        table_rev(b, r, &o, true);
        buf_puts(b, "]}");
        w->columns_sent = true;
    } else if (w->form == FORM_PARTIAL) {
        partial_rev(b, r);
    } else {
        buf_add(b, r->text, r->len);
    }
    buf_puts(b, "}\n");
}

// It no longer matches: what it was while it did, with the version of the change (cacher.go).
static void put_left(struct watching *w, const struct db_event *e)
{
    struct rev r = *e->prev;
    json_t *tree = rev_tree(&r);
    char rv[24];
    snprintf(rv, sizeof(rv), "%lld", (long long)e->rv);
    json_object_set_new(json_object_get(tree, "metadata"), "resourceVersion", json_string(rv));
    char *text = json_dumps(tree, JSON_COMPACT);
    r.text = text;
    r.len = strlen(text);
    r.rv = e->rv;
    put_rev(w, type_names[DB_DELETED], &r);
    free(text);
    json_decref(tree);
}

static void put_bookmark(struct watching *w, bool end_of_initial)
{
    struct buf *b = &w->out, meta = BUF_INIT;
    char av[160];
    rtype_api_version(w->rt, av);
    buf_printf(&meta, "{\"resourceVersion\":\"%lld\"%s}", (long long)w->rv,
        end_of_initial ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "");
    buf_puts(b, "{\"type\":\"BOOKMARK\",\"object\":");
    if (w->form == FORM_TABLE) {
        char rv[64];
        snprintf(rv, sizeof(rv), "{\"resourceVersion\":\"%lld\"}", (long long)w->rv);
        table_begin(b, w->rt, rv, !w->columns_sent);
        w->columns_sent = true;
        struct buf text = BUF_INIT; // an object that has nothing but a version
        buf_printf(&text, "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":%s}", w->rt->kind,
            av, meta.s);
        struct table_opts o = { w->include, false, sim_now(w->cl->sim) };
        if (w->include == INCLUDE_NONE && end_of_initial)
            o.include = INCLUDE_METADATA;
        json_t *empty = json_loadb(text.s, text.n, 0, NULL);
        table_row(b, w->rt, empty, text.s, &o);
        table_end(b);
        b->n--; // its newline
        buf_putc(b, '}');
        json_decref(empty);
        buf_release(&text);
        buf_release(&meta);
        buf_putc(b, '\n');
        return;
    } else if (w->form == FORM_PARTIAL) {
        buf_printf(b,
            "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\","
            "\"metadata\":%s}",
            meta.s);
    } else {
        buf_printf(
            b, "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":%s}", w->rt->kind, av, meta.s);
    }
    buf_puts(b, "}\n");
    buf_release(&meta);
}

static bool in_scope(const struct watching *w, const struct rev *r)
{
    return r && (!*w->ns || str_eq(r->ns, w->ns)) && match_rev(r, &w->labels, &w->fields);
}

// A selected watch sees objects come and go as they start and stop to match.
static void put_event(struct watching *w, const struct db_event *e)
{
    bool was = e->type != DB_ADDED && in_scope(w, e->prev);
    bool is = e->type != DB_DELETED && in_scope(w, e->now);
    w->rv = e->rv;
    if (was && is)
        put_rev(w, type_names[DB_MODIFIED], e->now);
    else if (is)
        put_rev(w, type_names[DB_ADDED], e->now);
    else if (was && e->type == DB_DELETED)
        put_rev(w, type_names[DB_DELETED], e->now);
    else if (was)
        put_left(w, e);
}

static void put_error(struct watching *w, json_t *status)
{
    char *s = json_dumps(status, JSON_COMPACT);
    buf_printf(&w->out, "{\"type\":\"ERROR\",\"object\":%s}\n", s);
    free(s);
    w->ended = true;
}

// Renders what comes next. False: nothing for now.
static bool produce(struct watching *w)
{
    struct db_event e;
    if (w->ended)
        return false;
    if (w->error) {
        put_error(w, w->error);
        return true;
    }
    if (w->at < w->initial.n) {
        put_rev(w, "ADDED", w->initial.v[w->at]);
        rev_unref(w->initial.v[w->at++]);
        return true;
    }
    if (w->end_mark) {
        w->end_mark = false;
        arr_release(&w->initial);
        w->at = 0;
        put_bookmark(w, true);
        return true;
    }
    switch (db_event_at(w->cl->db, w->rt, w->seq, &e)) {
    case 1:
        w->seq++;
        put_event(w, &e);
        return true;
    case 0: // etcd tells its progress every few seconds (kubeadm's setting)
        w->rv = db_rv(w->cl->db);
        break;
    default:
        w->error = status_gone(w->rv, db_rv(w->cl->db));
        return true;
    }
    if (!w->want_bookmark)
        return false;
    w->want_bookmark = false;
    if (w->rv <= w->from)
        return false;
    put_bookmark(w, false);
    return true;
}

static bool produce_line(struct watching *w)
{
    size_t at = w->out.n;
    struct buf line = BUF_INIT;
    if (!produce(w))
        return false;
    if (w->hostile) {
        buf_add(&line, w->out.s + at, w->out.n - at);
        hostile_rewrite(&line, (enum hostile)w->hostile);
        buf_truncate(&w->out, at);
        buf_add(&w->out, line.s, line.n);
        buf_release(&line);
    }
    return true;
}

static long watching_pull(void *arg, char *out, size_t max)
{
    struct watching *w = arg;
    while (w->out.n - w->out_at < max && produce_line(w))
        ;
    size_t n = w->out.n - w->out_at < max ? w->out.n - w->out_at : max;
    memcpy(out, w->out.s + w->out_at, n);
    w->out_at += n;
    if (w->out_at == w->out.n) {
        buf_clear(&w->out);
        w->out_at = 0;
    }
    return n ? (long)n : w->ended ? -1 : 0;
}

static void on_event(void *arg, const struct db_event *ev)
{
    struct watching *w = arg;
    if (ev->now->rt == w->rt && w->stream)
        stream_wake(w->stream);
}

static void watching_free(void *arg)
{
    struct watching *w = arg;
    db_unlisten(w->cl->db, on_event, w);
    for (; w->at < w->initial.n; w->at++)
        rev_unref(w->initial.v[w->at]);
    arr_release(&w->initial);
    selector_release(&w->labels);
    selector_release(&w->fields);
    json_decref(w->error);
    buf_release(&w->out);
    loop_timer_free(w->bookmark_timer);
    loop_timer_free(w->end_timer);
    free(w);
}

static void on_bookmark(void *arg)
{
    struct watching *w = arg;
    w->want_bookmark = true;
    stream_wake(w->stream);
}

static void on_end(void *arg)
{
    struct watching *w = arg;
    w->ended = true;
    stream_wake(w->stream);
}

static json_t *no_streaming(const char *field, const char *why)
{
    return status_options("ListOptions", "FieldValueForbidden", field, "Forbidden: %s", why);
}

static json_t *check_options(struct call *c, bool streaming)
{
    const char *match = req_query(c->rq, "resourceVersionMatch");
    if (streaming && req_faults(c->rq)->no_streaming)
        return no_streaming("sendInitialEvents", "sendInitialEvents is forbidden for watch unless "
                                                 "the WatchList feature gate is enabled");
    if (streaming && !str_eq(match, "NotOlderThan"))
        return no_streaming("resourceVersionMatch",
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    if (!streaming && match && *match)
        return no_streaming("resourceVersionMatch",
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    return NULL;
}

static void snapshot(struct watching *w)
{
    size_t from, to;
    const rev_list *l = db_list(w->cl->db, w->rt, w->ns, &from, &to);
    for (size_t i = from; i < to; i++) {
        if (match_rev(l->v[i], &w->labels, &w->fields))
            arr_push(&w->initial, rev_ref(l->v[i]));
    }
}

static json_t *start_point(struct call *c, struct watching *w, bool streaming)
{
    const char *rv = req_query(c->rq, "resourceVersion");
    int64_t from = 0;
    if (rv && *rv && !str_to_i64(rv, &from))
        return status_plain(500,
            "resourceVersion: Invalid value: \"%s\": strconv.ParseUint: "
            "parsing \"%s\": invalid syntax",
            rv, rv);
    w->rv = db_rv(w->cl->db);
    BUG_ON(!db_seq_after(w->cl->db, w->rt, w->rv, &w->seq));
    w->end_mark = streaming && w->bookmarks;
    if (streaming || from == 0) {
        snapshot(w);
    } else if (req_faults(c->rq)->gone || !db_seq_after(w->cl->db, w->rt, from, &w->seq)) {
        w->error = status_gone(from, w->rv);
    } else {
        w->rv = from;
    }
    w->from = w->rv;
    if (req_faults(c->rq)->error_event && !w->error)
        w->error = status_new(500, "InternalError",
            "Internal error occurred: etcd event received "
            "with PrevKv=nil");
    return NULL;
}

static json_t *parse_selectors(struct call *c, struct watching *w)
{
    struct err err = { 0 };
    const char *l = req_query(c->rq, "labelSelector"), *f = req_query(c->rq, "fieldSelector");
    if (!selector_parse_labels(&w->labels, l ? l : "", &err) ||
        !selector_parse_fields(&w->fields, f ? f : "", &err))
        return status_bad_request("%s", err.msg);
    json_t *s = match_check_fields(c->rt, &w->fields);
    if (!s && *c->name) { // GET .../NAME?watch=1
        struct requirement r = { .key = xstrdup("metadata.name"), .op = SEL_EQ };
        arr_push(&r.values, xstrdup(c->name));
        arr_push(&w->fields.reqs, r);
    }
    return s;
}

static void start_timers(struct call *c, struct watching *w)
{
    struct loop *loop = w->cl->loop;
    const char *timeout = req_query(c->rq, "timeoutSeconds");
    int64_t sec = 0;
    if (!timeout || !str_to_i64(timeout, &sec) || sec <= 0)
        sec = 1800 + (int64_t)(time_mono_ms() % 1800);
    w->end_timer = loop_timer_new(loop, on_end, w);
    loop_timer_start(w->end_timer, sec * 1000, 0);
    if (!w->bookmarks)
        return;
    // Every minute, and shortly before the end (nextBookmarkTime in cacher/cache_watcher.go).
    int64_t last = sec * 1000 - BOOKMARK_BEFORE_END_MS;
    w->bookmark_timer = loop_timer_new(loop, on_bookmark, w);
    loop_timer_start(
        w->bookmark_timer, last > 0 && last < BOOKMARK_MS ? last : BOOKMARK_MS, BOOKMARK_MS);
}

void verb_watch(struct call *c)
{
    static const struct stream_ops ops = { watching_pull, watching_free };
    bool streaming = str_eq(req_query(c->rq, "sendInitialEvents"), "true") ||
                     str_eq(req_query(c->rq, "sendInitialEvents"), "1");
    const char *bm = req_query(c->rq, "allowWatchBookmarks");
    json_t *s = check_options(c, streaming);
    if (s) {
        reply_status(c->rq, s);
        return;
    }
    struct watching *w = xcalloc(1, sizeof(*w));
    w->cl = c->cl;
    w->rt = c->rt;
    snprintf(w->ns, sizeof(w->ns), "%s", c->ns);
    w->form = c->form == FORM_PARTIAL_LIST ? FORM_JSON : c->form;
    w->include = c->include;
    w->bookmarks = str_eq(bm, "true") || str_eq(bm, "1");
    w->hostile = req_faults(c->rq)->hostile;
    buf_init(&w->out);
    s = parse_selectors(c, w);
    if (!s)
        s = start_point(c, w, streaming);
    if (s) {
        watching_free(w);
        reply_status(c->rq, s);
        return;
    }
    w->stream = req_stream(c->rq, 200, "application/json", &ops, w);
    start_timers(c, w);
    db_listen(c->cl->db, on_event, w);
}
