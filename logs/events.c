#include "logs/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/watch.h"

#define NS_PER_S INT64_C(1000000000)

enum field { F_POD, F_WARNING, F_REASON, F_MESSAGE, F_TIMES, F_WHEN, F_FIELDS };

struct told {
    char *uid;
    int64_t count;
    UT_hash_handle hh;
};
struct logevents {
    struct watch *watch;
    struct watch_listener listener;
    struct store_sub sub;
    struct told *told;
    void (*wake)(void *arg);
    void *arg;
};

static const char *const paths[] = { "involvedObject.name", "type", "reason", "message", "count",
    "lastTimestamp", "firstTimestamp", "eventTime", "series", NULL };

static void decode(const json_t *doc, struct row_builder *b)
{
    int64_t when = json_time(doc, "series", "lastObservedTime", NULL),
            count = json_i64(doc, "series", "count", NULL);
    static const char *const times[] = { "lastTimestamp", "eventTime", "firstTimestamp" };
    for (size_t i = 0; i < ARRAY_SIZE(times) && !when; i++)
        when = json_time(doc, times[i], NULL);
    rb_begin(b, doc, F_FIELDS);
    rb_str(b, F_POD, json_str(doc, "involvedObject", "name", NULL));
    rb_num(b, F_WARNING, !str_eq(json_str(doc, "type", NULL), "Normal"));
    rb_str(b, F_REASON, json_str(doc, "reason", NULL));
    rb_str(b, F_MESSAGE, json_str(doc, "message", NULL));
    rb_num(b, F_TIMES, count ? count : json_i64(doc, "count", NULL));
    rb_num(b, F_WHEN, when);
    rb_emit(b);
}

static const struct decoder decoder = { .paths = paths, .decode = decode };

static void on_wake(void *arg)
{
    struct logevents *e = arg;
    e->wake(e->arg);
}

struct logevents *logevents_new(
    struct client *c, const char *ns, const char *pod, void (*wake)(void *arg), void *arg)
{
    struct logevents *e = xcalloc(1, sizeof(*e));
    struct buf fields = BUF_INIT;
    gvr_field(&fields, "involvedObject.kind", "Pod");
    if (pod)
        gvr_field(&fields, "involvedObject.name", pod);
    struct watch_key key = { .gvr = { "", "v1", "events", true },
        .ns = *ns ? ns : NULL,
        .fields = fields.s,
        .decoder = &decoder };
    e->wake = wake;
    e->arg = arg;
    e->listener = (struct watch_listener) { .fn = on_wake, .arg = e };
    e->sub = (struct store_sub) { .notify = on_wake, .arg = e };
    e->watch = watch_get(client_watches(c), &key);
    watch_listen(e->watch, &e->listener);
    store_subscribe(watch_store(e->watch), &e->sub);
    buf_release(&fields);
    return e;
}

static void forget(struct logevents *e, struct told *t)
{
    HASH_DEL(e->told, t);
    free(t->uid);
    free(t);
}

void logevents_free(struct logevents *e)
{
    struct told *t, *next;
    if (!e)
        return;
    HASH_ITER (hh, e->told, t, next)
        forget(e, t);
    store_unsubscribe(watch_store(e->watch), &e->sub);
    watch_unlisten(e->watch, &e->listener);
    watch_put(e->watch);
    free(e);
}

static bool is_told(struct logevents *e, const struct row *row)
{
    struct told *t;
    HASH_FIND_STR(e->told, row->uid, t);
    return t && t->count == row->f[F_TIMES].n;
}

static void remember(struct logevents *e, const struct row *row)
{
    struct told *t;
    HASH_FIND_STR(e->told, row->uid, t);
    if (!t) {
        t = xcalloc(1, sizeof(*t));
        t->uid = xstrdup(row->uid);
        HASH_ADD_KEYPTR(hh, e->told, t->uid, strlen(t->uid), t);
    }
    t->count = row->f[F_TIMES].n;
}

static int by_time(const void *a, const void *b)
{
    const struct row *const *x = a, *const *y = b;
    int64_t d = (*x)->f[F_WHEN].n - (*y)->f[F_WHEN].n;
    return d < 0 ? -1 : d > 0;
}

void logevents_take(
    struct logevents *e, bool (*fn)(void *arg, const struct logevent *ev), void *arg)
{
    struct store *st = watch_store(e->watch);
    ARR(struct row *) found = { 0 };
    for (struct entry *x = st->tail; x && x->gen > e->sub.seen; x = x->prev) {
        struct told *t;
        HASH_FIND_STR(e->told, x->row->uid, t);
        if (x->dead && t) // the server keeps events for an hour
            forget(e, t);
        else if (!x->dead && !is_told(e, x->row))
            arr_push(&found, x->row);
    }
    e->sub.seen = st->gen;
    if (found.n)
        qsort(found.v, found.n, sizeof(*found.v), by_time);
    for (size_t i = 0; i < found.n; i++) {
        const struct row *row = found.v[i];
        char times[32] = "";
        if (row->f[F_TIMES].n > 1)
            snprintf(times, sizeof(times), " (x%lld)", (long long)row->f[F_TIMES].n);
        char *text = xasprintf("%s%s: %s", row->f[F_REASON].s, times, row->f[F_MESSAGE].s);
        struct logevent ev = { row->ns, row->f[F_POD].s, text, row->f[F_WHEN].n * NS_PER_S,
            row->f[F_WARNING].n != 0 };
        if (fn(arg, &ev))
            remember(e, row);
        free(text);
    }
    arr_release(&found);
}

void logevents_again(struct logevents *e)
{
    e->sub.seen = 0;
}

bool logevents_ready(const struct logevents *e, struct err *err)
{
    const struct watch_status *st = watch_status(e->watch);
    if (st->state == WATCH_FORBIDDEN || st->state == WATCH_FAILED)
        *err = st->err;
    return st->state != WATCH_LOADING && watch_store(e->watch)->gen == e->sub.seen;
}
