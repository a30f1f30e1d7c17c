#include "client/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/feed.h"
#include "client/http.h"
#include "client/prune.h"

enum { WARM_MS = 300000, MAX_WARM = 20, MAX_FALLBACK = 64, REAP_MS = 15000, TRIM_BYTES = 4 << 20, TRIM_MS = 60000 };

struct watch {
    struct watch_set *set;
    struct watch_key key; // strings owned
    struct store store;
    struct prune_paths *paths;
    ARR(struct feed *) feeds;
    struct watch_status status;
    char fallback[256];
    struct err refused; // of all namespaces, before the fall-back
    json_t *columns;
    struct watch_listener *listeners;
    int refs;
    int64_t idle_since;
    bool fell_back; // the list of all namespaces is forbidden: one feed a namespace
    uint64_t ns_call;
    struct watch *prev, *next;
};
struct watch_set {
    struct client *client;
    struct feed_env env;
    struct watch *watches;
    struct loop_timer *reaper;
    ARR(char *) hints; // namespaces
    uint64_t trimmed_at; // bytes that had come from the server then
    int64_t trimmed_ms;
};

static void on_feed_change(void *arg);

static void on_feed_columns(void *arg, json_t *columns)
{
    struct watch *w = arg;
    if (w->columns && json_equal(w->columns, columns))
        return;
    json_decref(w->columns);
    w->columns = json_incref(columns);
}

static void add_feed(struct watch *w, const char *ns)
{
    struct feed *f = xcalloc(1, sizeof(*f));
    f->env = &w->set->env;
    f->key = w->key;
    f->key.ns = ns ? xstrdup(ns) : NULL;
    f->store = &w->store;
    f->paths = w->paths;
    f->changed = on_feed_change;
    f->columns = on_feed_columns;
    f->arg = w;
    arr_push(&w->feeds, f);
    feed_start(f);
}

static void drop_feeds(struct watch *w)
{
    for (size_t i = 0; i < w->feeds.n; i++) {
        feed_stop(w->feeds.v[i]);
        free((char *)w->feeds.v[i]->key.ns);
        free(w->feeds.v[i]);
    }
    w->feeds.n = 0;
}

// ---- the namespaces that can be read, where all together are forbidden

static bool has_feed(const struct watch *w, const char *ns)
{
    for (size_t i = 0; i < w->feeds.n; i++)
        if (str_eq(w->feeds.v[i]->key.ns, ns))
            return true;
    return false;
}

static void try_namespace(struct watch *w, const char *ns)
{
    if (*ns && !has_feed(w, ns) && w->feeds.n < MAX_FALLBACK)
        add_feed(w, ns);
}

void watch_add_hint(struct watch_set *ws, const char *ns)
{
    for (size_t i = 0; i < ws->hints.n; i++)
        if (str_eq(ws->hints.v[i], ns))
            return;
    if (!*ns || ws->hints.n == MAX_FALLBACK)
        return;
    arr_push(&ws->hints, xstrdup(ns));
    for (struct watch *w = ws->watches; w; w = w->next)
        if (w->fell_back)
            try_namespace(w, ns);
}

static void on_namespaces(void *arg, json_t *doc, const struct http_result *res)
{
    struct watch *w = arg;
    w->ns_call = 0;
    size_t i;
    json_t *ns;
    json_array_foreach(json_object_get(res->ok ? doc : NULL, "items"), i, ns)
    {
        try_namespace(w, json_str(ns, "metadata", "name", NULL));
    }
    on_feed_change(w);
}

static void fall_back(struct watch *w)
{
    w->fell_back = true;
    w->refused = w->feeds.v[0]->err;
    drop_feeds(w);
    store_end_list(&w->store, store_begin_list(&w->store), NULL); // rows that nobody would keep right any more
    try_namespace(w, client_info(w->set->client)->ns);
    for (size_t i = 0; i < w->set->hints.n; i++)
        try_namespace(w, w->set->hints.v[i]);
    w->ns_call = client_get(w->set->client, "/api/v1/namespaces?limit=500", on_namespaces, w);
}

// ---- status: the worst of the feeds, but for namespaces that are simply not ours to read

static void note_fallback(struct watch *w)
{
    struct buf names = BUF_INIT;
    for (size_t i = 0; i < w->feeds.n; i++)
        if (!w->feeds.v[i]->forbidden)
            buf_printf(&names, "%s%s", names.n ? "," : "", w->feeds.v[i]->key.ns);
    snprintf(w->fallback, sizeof(w->fallback), "%s", names.s);
    buf_release(&names);
}

static enum watch_state feed_state(const struct feed *f)
{
    if (f->failed)
        return WATCH_FAILED;
    if (f->forbidden)
        return WATCH_FORBIDDEN;
    if ((f->phase == FEED_WAIT && !f->polling) || f->env->lost_ms)
        return WATCH_STALE;
    if (!f->synced)
        return err_is(&f->err) ? WATCH_STALE : WATCH_LOADING;
    return err_is(&f->err) && !f->polling ? WATCH_STALE : WATCH_LIVE;
}

static void collect_status(struct watch *w)
{
    static const int rank[] = { [WATCH_LIVE] = 1, [WATCH_LOADING] = 2, [WATCH_STALE] = 3,
        [WATCH_FAILED] = 4, [WATCH_FORBIDDEN] = 0 };
    struct watch_status st = { .state = WATCH_FORBIDDEN, .total = -1, .fallback_ns = "" };
    for (size_t i = 0; i < w->feeds.n; i++) {
        const struct feed *f = w->feeds.v[i];
        enum watch_state s = feed_state(f);
        st.relists += f->relists;
        st.events += f->events;
        st.loaded += f->loaded;
        if (f->total > 0)
            st.total = f->total + (st.total > 0 ? st.total : 0);
        st.polled |= f->polling;
        if (f->heard_ms > st.since_ms)
            st.since_ms = f->heard_ms;
        if (i == 0 || rank[s] > rank[st.state]) {
            st.state = s;
            st.retry_at_ms = f->retry_at_ms;
            st.err = s == WATCH_STALE && !err_is(&f->err) ? f->env->lost : f->err;
        }
    }
    if (w->fell_back) {
        note_fallback(w);
        st.fallback_ns = w->fallback;
        if (st.state == WATCH_FORBIDDEN) {
            st.state = w->ns_call ? WATCH_LOADING : WATCH_FORBIDDEN;
            st.err = w->refused;
        } else if (st.state == WATCH_LIVE) {
            st.err = w->refused;
        }
    }
    w->status = st;
}

static void on_feed_change(void *arg)
{
    struct watch *w = arg;
    if (!w->fell_back && !w->key.ns && w->key.gvr.namespaced && w->feeds.n == 1 &&
        w->feeds.v[0]->forbidden) {
        loop_timer_start(w->set->reaper, 0, 0); // not inside the feed's own callback
        return;
    }
    collect_status(w);
    if (w->key.ns && w->status.state == WATCH_LIVE)
        watch_add_hint(w->set, w->key.ns);
    for (struct watch_listener *l = w->listeners, *next; l; l = next) {
        next = l->next;
        l->fn(l->arg);
    }
}

// ---- the set

static void watch_free(struct watch *w)
{
    BUG_ON(w->listeners);
    client_cancel(w->set->client, w->ns_call);
    drop_feeds(w);
    arr_release(&w->feeds);
    store_release(&w->store);
    prune_paths_free(w->paths);
    json_decref(w->columns);
    if (w->prev)
        w->prev->next = w->next;
    else
        w->set->watches = w->next;
    if (w->next)
        w->next->prev = w->prev;
    free((char *)w->key.ns);
    free((char *)w->key.labels);
    free((char *)w->key.fields);
    free((char *)w->key.gvr.group);
    free((char *)w->key.gvr.version);
    free((char *)w->key.gvr.resource);
    free(w);
}

static int64_t warm_ms(void)
{
    const char *ms = getenv("KVIEW_WATCH_WARM_MS"); // for tests
    return ms && *ms ? strtoll(ms, NULL, 10) : WARM_MS;
}

static void on_reap(void *arg)
{
    struct watch_set *ws = arg;
    int64_t now = loop_now_ms(client_loop(ws->client)), warm_for = warm_ms();
    int warm = 0;
    bool freed = false;
    for (struct watch *w = ws->watches, *next; w; w = next) {
        next = w->next;
        bool all_forbidden = !w->fell_back && !w->key.ns && w->key.gvr.namespaced && w->feeds.n == 1 &&
                             w->feeds.v[0]->forbidden;
        if (all_forbidden)
            fall_back(w);
        if (w->refs == 0 && (now - w->idle_since > warm_for || ++warm > MAX_WARM)) {
            watch_free(w);
            freed = true;
        }
    }
    // Rows of what is still shown lie between those that went or were replaced: without this the peak would stay. So
    // does what closed connections held, a quarter of a megabyte each, and nobody tells of those.
    uint64_t came = http_bytes_in(client_http(ws->client));
    if (freed || came - ws->trimmed_at > TRIM_BYTES ||
        (came != ws->trimmed_at && now - ws->trimmed_ms >= TRIM_MS)) {
        mem_trim();
        ws->trimmed_at = came;
        ws->trimmed_ms = now;
    }
    loop_timer_start(ws->reaper, REAP_MS, REAP_MS);
}

struct watch_set *watch_set_new(struct client *c)
{
    struct watch_set *ws = xcalloc(1, sizeof(*ws));
    ws->client = c;
    ws->env.client = c;
    ws->reaper = loop_timer_new(client_loop(c), on_reap, ws);
    loop_timer_start(ws->reaper, REAP_MS, REAP_MS);
    return ws;
}

void watch_set_free(struct watch_set *ws)
{
    if (!ws)
        return;
    while (ws->watches)
        watch_free(ws->watches);
    loop_timer_free(ws->reaper);
    for (size_t i = 0; i < ws->hints.n; i++)
        free(ws->hints.v[i]);
    arr_release(&ws->hints);
    free(ws);
}

static bool key_eq_watch(const struct watch_key *a, const struct watch_key *b)
{
    return gvr_eq(&a->gvr, &b->gvr) && a->decoder == b->decoder && str_eq(a->ns, b->ns) &&
           str_eq(a->labels, b->labels) && str_eq(a->fields, b->fields);
}

static const char *dup_text(const char *s)
{
    return s && *s ? xstrdup(s) : NULL;
}

struct watch *watch_get(struct watch_set *ws, const struct watch_key *key)
{
    struct watch_key want = *key;
    want.ns = key->gvr.namespaced && key->ns && *key->ns ? key->ns : NULL;
    want.labels = key->labels && *key->labels ? key->labels : NULL;
    want.fields = key->fields && *key->fields ? key->fields : NULL;
    for (struct watch *w = ws->watches; w; w = w->next)
        if (key_eq_watch(&w->key, &want)) {
            w->refs++;
            return w;
        }
    struct watch *w = xcalloc(1, sizeof(*w));
    w->set = ws;
    w->refs = 1;
    w->key = want;
    w->key.ns = dup_text(want.ns);
    w->key.labels = dup_text(want.labels);
    w->key.fields = dup_text(want.fields);
    w->key.gvr.group = xstrdup(want.gvr.group); // a generic kind's strings die with a rediscovery
    w->key.gvr.version = xstrdup(want.gvr.version);
    w->key.gvr.resource = xstrdup(want.gvr.resource);
    w->paths = prune_paths_new(key->decoder->paths);
    w->status = (struct watch_status) { .state = WATCH_LOADING, .total = -1, .fallback_ns = "" };
    store_init(&w->store);
    w->next = ws->watches;
    if (ws->watches)
        ws->watches->prev = w;
    ws->watches = w;
    add_feed(w, w->key.ns);
    return w;
}

void watch_put(struct watch *w)
{
    if (!w)
        return;
    BUG_ON(w->refs <= 0);
    if (--w->refs == 0)
        w->idle_since = loop_now_ms(client_loop(w->set->client));
}

struct watch *watch_peek(struct watch_set *ws, const struct watch_key *key)
{
    for (struct watch *w = ws->watches; w; w = w->next)
        if (gvr_eq(&w->key.gvr, &key->gvr) && w->key.decoder == key->decoder && !w->key.labels &&
            !w->key.fields && (!w->key.ns || str_eq(w->key.ns, key->ns)) && !w->fell_back &&
            w->status.state == WATCH_LIVE)
            return w;
    return NULL;
}

struct store *watch_store(struct watch *w)
{
    return &w->store;
}

const struct watch_status *watch_status(const struct watch *w)
{
    return &w->status;
}

const json_t *watch_columns(const struct watch *w)
{
    return w->columns;
}

void watch_listen(struct watch *w, struct watch_listener *l)
{
    l->prev = NULL;
    l->next = w->listeners;
    if (w->listeners)
        w->listeners->prev = l;
    w->listeners = l;
}

void watch_unlisten(struct watch *w, struct watch_listener *l)
{
    if (l->prev)
        l->prev->next = l->next;
    else
        w->listeners = l->next;
    if (l->next)
        l->next->prev = l->prev;
}

void watch_restart(struct watch *w)
{
    for (size_t i = 0; i < w->feeds.n; i++)
        feed_restart(w->feeds.v[i]);
}

void watch_set_wake(struct watch_set *ws)
{
    for (struct watch *w = ws->watches; w; w = w->next)
        for (size_t i = 0; i < w->feeds.n; i++)
            feed_wake(w->feeds.v[i]);
}

void watch_set_lost(struct watch_set *ws, int64_t heard_ms, const struct err *err)
{
    ws->env.lost_ms = heard_ms;
    ws->env.lost = *err;
    for (struct watch *w = ws->watches; w; w = w->next)
        for (size_t i = 0; i < w->feeds.n; i++)
            feed_lost(w->feeds.v[i]);
}

void watch_set_found(struct watch_set *ws, bool dead)
{
    ws->env.lost_ms = 0;
    err_clear(&ws->env.lost);
    for (struct watch *w = ws->watches; w; w = w->next)
        for (size_t i = 0; i < w->feeds.n; i++)
            feed_found(w->feeds.v[i], dead);
}
