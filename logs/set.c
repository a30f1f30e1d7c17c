#include "logs/set.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/target.h"
#include "logs/pods.h"
#include "logs/source.h"

enum {
    MAX_SOURCES = 1000,
    EVENTS_MS = 3000, // so long lines wait for the events that came before them
    TICK_MS = 10000,  // looked after at least so often
    SLEEP_MS = 5000,  // the machine slept for longer
};

static void changed(struct logset *set)
{
    if (set->h.on_change)
        set->h.on_change(set->arg);
}

void logset_wake_at(struct logset *set, int64_t when)
{
    int64_t now = loop_now_ms(set->loop);
    if (loop_timer_active(set->timer) && set->timer_at <= when)
        return;
    set->timer_at = when;
    loop_timer_start(set->timer, when > now ? when - now : 0, 0);
}

static void give(void *arg, const struct merge_line *line)
{
    struct logset *set = arg;
    set->h.on_line(
        set->arg, &(struct logset_line) { line->stamp, line->source, line->flags, line->text, line->n });
}

static bool finding(const struct logset *set)
{
    bool any = set->scopes.n == 0;
    for (size_t i = 0; i < set->scopes.n; i++)
        any |= !set->scopes.v[i]->live && !err_is(&set->scopes.v[i]->err);
    return any;
}

static void merge(struct logset *set)
{
    int64_t now = loop_now_ms(set->loop);
    if (set->opts.ends && finding(set)) // their first lines may be older
        return;
    if (set->paused)
        return;
    if (set->hold_ms > now) {
        logset_wake_at(set, set->hold_ms);
        return;
    }
    set->hold_ms = 0;
    int64_t next = merge_run(&set->merge, now, time_now(), &set->paused);
    if (next && !set->paused)
        logset_wake_at(set, next);
    for (size_t i = 0; i < set->sources.n; i++)
        source_drained(set->sources.v[i], now);
}

const struct row *logset_row(const struct source *s)
{
    for (size_t i = 0; i < s->set->scopes.n; i++) {
        struct scope *sc = s->set->scopes.v[i];
        struct entry *e = sc->watch ? store_find(watch_store(sc->watch), s->key) : NULL;
        if (e && !e->dead)
            return e->row;
    }
    return NULL;
}

// ---- Pods that come and go

static struct source *find_source(struct logset *set, const char *key)
{
    for (size_t i = 0; i < set->sources.n; i++)
        if (str_eq(set->sources.v[i]->key, key))
            return set->sources.v[i];
    return NULL;
}

static bool cron_owns(const char *cron, const struct row *row)
{
    // the Job of a CronJob is named NAME-MINUTES; owners: apiVersion, Kind, name
    const char *p = row->owners, *kind = p + strlen(p) + 1;
    if (!*p || !str_eq(kind, "Job"))
        return false;
    const char *name = kind + strlen(kind) + 1;
    size_t n = strlen(cron);
    if (strncmp(name, cron, n) != 0 || name[n] != '-' || !name[n + 1])
        return false;
    return name[n + 1 + strspn(name + n + 1, "0123456789")] == '\0';
}

static void add_source(struct scope *sc, const struct row *row)
{
    struct logset *set = sc->set;
    if (set->sources.n >= MAX_SOURCES) {
        if (!set->too_many)
            source_note(set->sources.v[0], LOG_NOTE | LOG_BAD, "more than %d containers: the others are not followed",
                MAX_SOURCES);
        set->too_many = true;
        return;
    }
    struct source *s = source_new(set, (unsigned)set->sources.n);
    s->key = xstrdup(row->uid);
    s->ns = xstrdup(row->ns);
    s->pod = xstrdup(row->f[F_POD].s);
    s->container = xstrdup(row->name);
    s->fresh = sc->live;
    arr_push(&set->sources, s);
    for (size_t i = 0; i < set->scopes.n && set->events;
         i++) // some of its Pod may have come before it
        if (set->scopes.v[i]->events)
            logevents_again(set->scopes.v[i]->events);
    if (s->fresh)
        source_note(s, LOG_NOTE, "%s/%s joins", s->pod, s->container);
    source_advance(s);
}

static bool is_meant(const struct logset *set, const struct row *row)
{
    if (set->container)
        return str_eq(set->container, row->name);
    return !set->opts.by_default || row->f[F_DEFAULT].n != DEFAULT_OTHER;
}

static void take_changes(struct scope *sc)
{
    struct store *st = watch_store(sc->watch);
    for (struct entry *e = st->head; e; e = e->next) {
        struct source *s = e->gen > sc->sub.seen ? find_source(sc->set, e->row->uid) : NULL;
        if (e->gen <= sc->sub.seen)
            continue;
        if (sc->cron && !cron_owns(sc->cron, e->row))
            continue;
        if (s)
            source_advance(s);
        else if (!e->dead && is_meant(sc->set, e->row))
            add_source(sc, e->row);
    }
    sc->sub.seen = st->gen;
}

// The watch has all there is, and nothing of it is meant.
static void explain_nothing(struct scope *sc)
{
    struct buf names = BUF_INIT;
    for (struct entry *e = watch_store(sc->watch)->head; e && names.n < 300; e = e->next)
        if (!e->dead && !strstr(names.s, e->row->name))
            buf_printf(&names, "%s%s", names.n ? ", " : "", e->row->name);
    if (names.n && sc->set->container)
        err_set(&sc->err, "%s has no container %s: it has %s", sc->what, sc->set->container, names.s);
    else if (sc->pod)
        err_set(&sc->err, "there is no Pod %s in %s", sc->pod, sc->ns);
    else
        err_set(&sc->err, "%s has no Pods now; they are followed when they come", sc->what);
    buf_release(&names);
}

static void on_watch(void *arg)
{
    struct scope *sc = arg;
    const struct watch_status *st = watch_status(sc->watch);
    err_clear(&sc->err);
    if (st->state == WATCH_FORBIDDEN || st->state == WATCH_FAILED || (st->state == WATCH_STALE && !sc->live))
        sc->err = st->err;
    take_changes(sc);
    if (st->state == WATCH_LIVE) {
        if (!sc->live) // what came before all were known waits
            logset_wake_at(sc->set, 0);
        sc->live = true;
        if (!sc->set->sources.n)
            explain_nothing(sc);
    }
    changed(sc->set);
}

static void on_notify(void *arg)
{
    struct scope *sc = arg;
    logset_wake_at(sc->set, 0); // changes are merged outside of the store's own call
}

// ---- events of the same Pods

static bool on_event(void *arg, const struct logevent *ev)
{
    struct logset *set = arg;
    for (size_t i = 0; i < set->sources.n; i++) {
        const struct source *s = set->sources.v[i];
        if (!str_eq(s->pod, ev->pod) || !str_eq(s->ns, ev->ns))
            continue;
        char *text = xasprintf("event of %s: %s", s->pod, ev->text);
        source_put(set->events, s->id, ev->stamp, LOG_NOTE | LOG_EVENT | (ev->warning ? LOG_BAD : 0),
            text, strlen(text));
        free(text);
        return true;
    }
    return false;
}

static void take_events(struct logset *set)
{
    struct err err;
    bool ready = set->scopes.n > 0;
    for (size_t i = 0; i < set->scopes.n; i++) {
        struct scope *sc = set->scopes.v[i];
        if (!sc->events || !sc->live) {
            ready = ready && err_is(&sc->err);
            continue;
        }
        logevents_take(sc->events, on_event, set);
        err_clear(&err);
        ready = logevents_ready(sc->events, &err) && ready;
        if (err_is(&err) && set->sources.n)
            source_note(set->sources.v[0], LOG_NOTE | LOG_BAD, "events cannot be read: %s", err.msg);
    }
    if (ready)
        set->hold_ms = 0;
}

static void on_events(void *arg)
{
    struct scope *sc = arg;
    logset_wake_at(sc->set, 0);
}

// A machine that slept has streams that are dead and do not know it; so has one whose other connections were found dead.
static void look_for_sleep(struct logset *set, int64_t now)
{
    int64_t boot = time_boot_ms() - now;
    unsigned ways = client_info(set->client)->ways;
    if ((set->boot_ms && boot - set->boot_ms > SLEEP_MS) || ways != set->ways)
        for (size_t i = 0; i < set->sources.n; i++)
            source_doubt(set->sources.v[i]);
    set->boot_ms = boot;
    set->ways = ways;
}

static void on_timer(void *arg)
{
    struct logset *set = arg;
    int64_t now = loop_now_ms(set->loop), next = now + TICK_MS;
    for (size_t i = 0; i < set->scopes.n; i++) {
        struct scope *sc = set->scopes.v[i];
        if (sc->watch && sc->sub.seen != watch_store(sc->watch)->gen)
            on_watch(sc);
    }
    look_for_sleep(set, now);
    for (size_t i = 0; i < set->sources.n; i++) {
        int64_t due = source_tick(set->sources.v[i], now);
        if (due && due < next)
            next = due;
    }
    logset_wake_at(set, next);
    if (set->events)
        take_events(set);
    merge(set);
    changed(set);
}

// ---- what is followed

static struct scope *add_scope(struct logset *set, const char *ns, const char *what)
{
    struct scope *sc = xcalloc(1, sizeof(*sc));
    sc->set = set;
    sc->ns = xstrdup(ns);
    sc->what = xstrdup(what);
    sc->listener = (struct watch_listener) { .fn = on_watch, .arg = sc };
    sc->sub = (struct store_sub) { .notify = on_notify, .arg = sc };
    arr_push(&set->scopes, sc);
    return sc;
}

static void start_watch(struct scope *sc, const char *labels, const char *fields)
{
    struct watch_key key = { .gvr = { "", "v1", "pods", true }, .ns = *sc->ns ? sc->ns : NULL, .labels = labels,
        .fields = fields, .decoder = &logpods_decoder };
    sc->watch = watch_get(client_watches(sc->set->client), &key);
    watch_listen(sc->watch, &sc->listener);
    store_subscribe(watch_store(sc->watch), &sc->sub);
    if (sc->set->events)
        sc->events = logevents_new(sc->set->client, sc->ns, sc->pod, on_events, sc);
    logset_wake_at(sc->set, 0);
}

void logset_add_pod(struct logset *s, const char *ns, const char *name)
{
    struct scope *sc = add_scope(s, ns, name);
    struct buf fields = BUF_INIT;
    gvr_field(&fields, "metadata.name", name);
    sc->pod = xstrdup(name);
    start_watch(sc, NULL, fields.s);
    buf_release(&fields);
}

void logset_add_selector(struct logset *s, const char *ns, const char *labels, const char *fields)
{
    start_watch(add_scope(s, ns, labels ? labels : fields ? fields : "this namespace"), labels, fields);
}

void logset_add_cronjob(struct logset *s, const char *ns, const char *name)
{
    struct scope *sc = add_scope(s, ns, name);
    sc->cron = xstrdup(name);
    start_watch(sc, NULL, NULL);
}

static void on_object(void *arg, const json_t *pod, const json_t *object, const struct err *err)
{
    struct scope *sc = arg;
    struct buf sel = BUF_INIT;
    (void)pod;
    if (err)
        sc->err = *err;
    else if (!target_selector(object, &sel))
        err_set(&sc->err, "%s selects no Pods", sc->what);
    else
        start_watch(sc, sel.s, NULL);
    buf_release(&sel);
    changed(sc->set);
}

void logset_add_object(struct logset *s, const struct gvr *gvr, const char *ns, const char *name)
{
    char *what = xasprintf("%s/%s", gvr->resource, name);
    struct scope *sc = add_scope(s, ns, what);
    free(what);
    sc->target = target_object(s->client, gvr, ns, name, on_object, sc);
}

// ---- the set

struct logset *logset_new(struct client *c, const struct logset_opts *o, const struct logset_handlers *h, void *arg)
{
    struct logset *s = xcalloc(1, sizeof(*s));
    s->client = c;
    s->loop = client_loop(c);
    s->container = xstrdup_null(o->container);
    s->opts = *o;
    s->opts.container = NULL;
    s->h = *h;
    s->arg = arg;
    s->timer = loop_timer_new(s->loop, on_timer, s);
    s->ways = client_info(c)->ways;
    merge_init(&s->merge, give, s);
    if (o->events) {
        s->events = source_new(s, 0);
        s->hold_ms = loop_now_ms(s->loop) + EVENTS_MS;
    }
    return s;
}

static void scope_free(struct scope *sc)
{
    target_free(sc->target);
    logevents_free(sc->events);
    if (sc->watch) {
        store_unsubscribe(watch_store(sc->watch), &sc->sub);
        watch_unlisten(sc->watch, &sc->listener);
        watch_put(sc->watch);
    }
    free(sc->pod);
    free(sc->cron);
    free(sc->ns);
    free(sc->what);
    free(sc);
}

void logset_free(struct logset *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->sources.n; i++)
        source_free(s->sources.v[i]);
    for (size_t i = 0; i < s->scopes.n; i++)
        scope_free(s->scopes.v[i]);
    source_free(s->events);
    loop_timer_free(s->timer);
    merge_release(&s->merge);
    arr_release(&s->sources);
    arr_release(&s->scopes);
    free(s->container);
    free(s);
}

void logset_pause(struct logset *s, bool paused)
{
    bool was = s->paused;
    s->paused = paused;
    if (was && !paused)
        logset_wake_at(s, 0);
}

void logset_flush(struct logset *s)
{
    merge_flush(&s->merge);
}

void logset_get_status(const struct logset *s, struct logset_status *out)
{
    memset(out, 0, sizeof(*out));
    out->sources = s->sources.n;
    out->backlog = s->merge.heap.n > 0;
    out->err = s->err;
    out->gaps = s->gaps;
    out->gap_from = s->gap_from;
    out->gap_to = s->gap_to;
    snprintf(out->gap_why, sizeof(out->gap_why), "%s", s->gap_why);
    bool first = true;
    for (size_t i = 0; i < s->sources.n; i++) {
        const struct source *src = s->sources.v[i];
        out->reading += src->stream != NULL;
        out->unread += source_unread(src);
        out->lost += src->broken && !src->stream && !src->complete && !src->refused && !src->gone;
        bool reads = src->cid && !src->complete && !src->refused;
        if (reads && (first || src->verified < out->complete_to))
            out->complete_to = src->verified;
        first = first && !reads;
        if (*src->waiting && !src->gone)
            snprintf(out->waiting, sizeof(out->waiting), "%s", src->waiting);
    }
    for (size_t i = 0; i < s->scopes.n; i++) {
        const struct scope *sc = s->scopes.v[i];
        if (err_is(&sc->err))
            out->err = sc->err;
        else if (!sc->live)
            out->finding = true;
    }
    int64_t silent = client_info(s->client)->silent_since_ms, since = silent ? loop_now_ms(s->loop) - silent : 0;
    if (first && s->sources.n && !out->finding) // nothing more is to come of them, as far as the server was heard
        out->complete_to = (time_now() - since / 1000) * NS_PER_S;
}

size_t logset_count(const struct logset *s)
{
    return s->sources.n;
}

void logset_source(const struct logset *s, unsigned source, struct logset_source *out)
{
    const struct source *src = s->sources.v[source];
    *out = (struct logset_source) { src->ns, src->pod, src->container, src->stream != NULL, src->gone };
}
