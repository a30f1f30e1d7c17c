#include "logs/set.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/logs.h"
#include "client/target.h"
#include "client/watch.h"
#include "logs/events.h"

enum {
    WINDOW_MS = 150,   // a quiet stream is waited for so long before younger lines of others are shown
    CONNECT_MS = 1500, // one that is being opened
    LATE_MS = 600,     // and no line waits longer for others that are live too:
    LIVE_S = 30,
    QUEUE_MAX = 2 << 20,
    GRACE_MS = 3000,   // after the end of a stream the Pod's status is waited for
    RETRY_MS = 1000,
    RETRY_MAX_MS = 15000,
    MAX_STRANGERS = 4,
    MAX_SOURCES = 256,
    EVENTS_MS = 3000,  // so long lines wait for the events that came before them
};

// ---- Pods as rows: one a container

enum field { F_POD, F_RESTARTS, F_STATE, F_CID, F_WHY, F_EXIT, F_ENDED, F_LAST_CID, F_LAST_WHY, F_LAST_EXIT,
    F_LAST_ENDED, F_COUNT };
enum { STATE_NONE, STATE_WAITING, STATE_RUNNING, STATE_TERMINATED };

#define STATUS_PATHS(at) at "[].name", at "[].restartCount", at "[].containerID", at "[].state", at "[].lastState"
static const char *const paths[] = { "spec.containers[].name", "spec.initContainers[].name",
    "spec.ephemeralContainers[].name", STATUS_PATHS("status.containerStatuses"),
    STATUS_PATHS("status.initContainerStatuses"), STATUS_PATHS("status.ephemeralContainerStatuses"), NULL };

static void put_status(struct row_builder *b, const json_t *cs)
{
    const json_t *term = json_at(cs, "state", "terminated", NULL);
    const json_t *last = json_at(cs, "lastState", "terminated", NULL);
    bool running = json_at(cs, "state", "running", NULL) != NULL;
    const char *cid = json_str(cs, "containerID", NULL);
    rb_num(b, F_RESTARTS, json_i64(cs, "restartCount", NULL));
    rb_num(b, F_STATE, running ? STATE_RUNNING : term ? STATE_TERMINATED : cs ? STATE_WAITING : STATE_NONE);
    rb_str(b, F_CID, running ? cid : term ? str_or(json_str(term, "containerID", NULL), cid) : "");
    rb_str(b, F_WHY, json_str(term ? term : json_at(cs, "state", "waiting", NULL), "reason", NULL));
    rb_num(b, F_EXIT, json_i64(term, "exitCode", NULL));
    rb_num(b, F_ENDED, json_time(term, "finishedAt", NULL));
    rb_str(b, F_LAST_CID, json_str(last, "containerID", NULL));
    rb_str(b, F_LAST_WHY, json_str(last, "reason", NULL));
    rb_num(b, F_LAST_EXIT, json_i64(last, "exitCode", NULL));
    rb_num(b, F_LAST_ENDED, json_time(last, "finishedAt", NULL));
}

static void decode(const json_t *pod, struct row_builder *b)
{
    static const char *const lists[][2] = { { "initContainers", "initContainerStatuses" },
        { "containers", "containerStatuses" }, { "ephemeralContainers", "ephemeralContainerStatuses" } };
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        size_t i, n;
        json_t *c, *cs;
        json_array_foreach(json_at(pod, "spec", lists[k][0], NULL), i, c)
        {
            const char *name = json_str(c, "name", NULL);
            const json_t *status = NULL;
            json_array_foreach(json_at(pod, "status", lists[k][1], NULL), n, cs)
            {
                if (str_eq(json_str(cs, "name", NULL), name))
                    status = cs;
            }
            rb_begin(b, pod, F_COUNT);
            rb_str(b, F_POD, json_str(pod, "metadata", "name", NULL));
            rb_sub_id(b, name);
            rb_set_name(b, name);
            put_status(b, status);
            rb_emit(b);
        }
    }
}

static const struct decoder decoder = { .paths = paths, .decode = decode };

// ---- what is kept

struct waiting_line {
    int64_t stamp, arrived_ms;
    uint32_t n;
    uint16_t flags, source;
};

struct source {
    struct logset *set;
    unsigned id;
    char *key, *ns, *pod, *container; // key: the row's uid
    char *cid;           // of the instance read now or last, NULL: none yet
    int64_t restarts;    // when it was begun
    bool complete;       // it was read to its end
    bool previous;       // it is read as the previous one
    bool opened_dead;    // it had ended when the stream was opened
    bool barred;         // its end was told
    bool ranged;         // the next instance was there at the start: the range holds for it too
    bool gone, noted_gone, refused; // the Pod is; no right
    bool fresh;          // came after the start: from its first line on
    bool broken;         // a note said that the stream was lost
    bool gap;            // lines may be missing before the next one
    int strangers;
    struct logs *stream;
    struct logs_mark mark;
    int64_t last_stamp;
    int64_t verified; // Unix nanoseconds: all up to there was read
    int64_t retry_ms, delay_ms; // loop clock, 0: not planned; the next delay
    int64_t heard_ms, opened_ms; // the last data; when the stream was opened, 0: data has come
    struct buf queue;            // struct waiting_line and its bytes, one after the other
    size_t at;                   // read up to
    bool paused;
    char last_note[300], waiting[120];
};

struct scope {
    struct logset *set;
    char *pod, *cron; // named ones
    char *ns, *what;
    struct target *target;
    struct watch *watch;
    struct watch_listener listener;
    struct store_sub sub;
    struct logevents *events;
    struct err err;
    bool subscribed, live, told_missing;
};

struct logset {
    struct client *client;
    struct loop *loop;
    char *container;
    bool previous;
    int64_t tail, since;
    struct logset_handlers h;
    void *arg;
    ARR(struct source *) sources;
    ARR(struct scope *) scopes;
    struct source *events; // no stream: where events wait for their turn, NULL: none are asked for
    int64_t hold_ms;       // loop clock: until then lines wait for the events that are there
    struct loop_timer *timer; // merging, retries
    int64_t timer_at;
    size_t pending;  // sources with lines that wait
    bool too_many;
    struct err err;
    unsigned gaps;
    int64_t gap_from, gap_to;
    char gap_why[160];
};

static void advance(struct source *s);

static void changed(struct logset *set)
{
    if (set->h.on_change)
        set->h.on_change(set->arg);
}

static void wake_at(struct logset *set, int64_t when)
{
    int64_t now = loop_now_ms(set->loop);
    if (loop_timer_active(set->timer) && set->timer_at <= when)
        return;
    set->timer_at = when;
    loop_timer_start(set->timer, when > now ? when - now : 0, 0);
}

// ---- merging

static bool head_of(const struct source *s, struct waiting_line *out)
{
    if (s->at == s->queue.n)
        return false;
    memcpy(out, s->queue.s + s->at, sizeof(*out)); // it is not aligned
    return true;
}

static void give(
    struct logset *set, unsigned source, int64_t stamp, unsigned flags, const char *text, size_t n)
{
    struct logset_line line = { stamp, source, flags, text, n };
    set->h.on_line(set->arg, &line);
}

static void pop(struct source *s)
{
    struct waiting_line w;
    if (!head_of(s, &w))
        return;
    give(s->set, w.source, w.stamp, w.flags, s->queue.s + s->at + sizeof(w), w.n);
    s->at += sizeof(w) + w.n;
    if (s->at == s->queue.n) {
        buf_clear(&s->queue);
        s->at = 0;
        s->set->pending--;
    } else if (s->at > QUEUE_MAX / 4 && s->at > s->queue.n / 2) {
        buf_consume(&s->queue, s->at);
        s->at = 0;
    }
}

// Until when a stream without waiting lines may still have older ones than the others. It must be waited for while
// it is being opened or gives what was written long ago; else only as long as no line of another gets late.
static int64_t quiet_at(const struct source *s, bool *must)
{
    *must = s->opened_ms || s->last_stamp < (time_now() - LIVE_S) * 1000000000;
    if (!s->stream || s->paused)
        return 0;
    return s->opened_ms ? s->opened_ms + CONNECT_MS : s->heard_ms + WINDOW_MS;
}

// The oldest line, unless a stream that may have an older one is still to be waited for, until *until.
static struct source *oldest(struct logset *set, int64_t now, int64_t *until)
{
    struct source *best = NULL;
    struct waiting_line w, least = { 0 };
    int64_t waits[2] = { 0, 0 };
    for (size_t i = 0; i < set->sources.n + (set->events != NULL); i++) {
        struct source *s = i < set->sources.n ? set->sources.v[i] : set->events;
        bool must;
        if (head_of(s, &w)) {
            if (!best || w.stamp < least.stamp) {
                best = s;
                least = w;
            }
            continue;
        }
        int64_t at = quiet_at(s, &must);
        if (at > waits[must])
            waits[must] = at;
    }
    int64_t late = least.arrived_ms + LATE_MS;
    *until = waits[0] < late ? waits[0] : late;
    if (waits[1] > *until)
        *until = waits[1];
    if (!waits[0] && !waits[1])
        *until = now;
    return best;
}

static void merge(struct logset *set)
{
    int64_t now = loop_now_ms(set->loop), until = 0;
    struct source *s;
    if (set->hold_ms > now) {
        wake_at(set, set->hold_ms);
        return;
    }
    while (set->pending && (s = oldest(set, now, &until))) {
        if (until > now) {
            wake_at(set, until);
            break;
        }
        pop(s);
    }
    for (size_t i = 0; i < set->sources.n; i++) {
        s = set->sources.v[i];
        if (s->paused && s->stream && s->queue.n - s->at < QUEUE_MAX / 4) {
            s->paused = false;
            s->heard_ms = now;
            logs_pause(s->stream, false); // more may come in this very call
        }
    }
}

static bool alone(const struct source *s)
{
    return !s->set->pending && s->set->sources.n == 1 && !s->set->events;
}

static void put_of(
    struct source *s, unsigned source, int64_t stamp, unsigned flags, const char *text, size_t n)
{
    struct logset *set = s->set;
    struct waiting_line w = { stamp, loop_now_ms(set->loop), (uint32_t)n, (uint16_t)flags,
        (uint16_t)source };
    if (alone(s)) {
        give(set, s->id, stamp, flags, text, n);
        return;
    }
    set->pending += s->at == s->queue.n;
    buf_add(&s->queue, &w, sizeof(w));
    buf_add(&s->queue, text, n);
    if (!s->paused && s->stream && s->queue.n - s->at > QUEUE_MAX) {
        s->paused = true;
        logs_pause(s->stream, true);
    }
    wake_at(set, w.arrived_ms);
}

static void put(struct source *s, int64_t stamp, unsigned flags, const char *text, size_t n)
{
    put_of(s, s->id, stamp, flags, text, n);
}

__attribute__((format(printf, 3, 4))) static void note(struct source *s, unsigned flags, const char *fmt, ...)
{
    char text[sizeof(s->last_note)];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (!(flags & LOG_BAR) && str_eq(text, s->last_note)) // once, however often it is tried
        return;
    snprintf(s->last_note, sizeof(s->last_note), "%s", text);
    put(s, s->last_stamp ? s->last_stamp : time_now_ms() * 1000000, flags, text, strlen(text));
}

// ---- one stream

static void nano_time(int64_t stamp, char out[40])
{
    char second[32];
    time_format_rfc3339(stamp / 1000000000, second);
    snprintf(out, 40, "%.19s.%09dZ", second, (int)(stamp % 1000000000));
}

// The lines after the last one held are not kept any more: said with its bounds, and counted.
static void tell_gap(struct source *s, int64_t to)
{
    struct logset *set = s->set;
    char from_text[40], to_text[40];
    s->gap = false;
    set->gaps++;
    set->gap_from = s->last_stamp;
    set->gap_to = to;
    snprintf(set->gap_why, sizeof(set->gap_why), "%.80s/%.60s: its log was rotated", s->pod, s->container);
    nano_time(s->last_stamp, from_text);
    nano_time(to, to_text);
    note(s, LOG_NOTE | LOG_BAD, "%s/%s: lines are missing between %s and %s: its log was rotated meanwhile", s->pod,
        s->container, from_text, to_text);
}

static void on_line(void *arg, int64_t stamp, const char *text, size_t n, bool part)
{
    struct source *s = arg;
    s->heard_ms = loop_now_ms(s->set->loop);
    s->opened_ms = 0;
    s->delay_ms = 0;
    s->strangers = 0;
    if (s->gap && stamp) {
        s->broken = false;
        tell_gap(s, stamp);
    }
    if (s->broken && stamp) {
        s->broken = false;
        note(s, LOG_NOTE, "%s/%s: goes on where it was lost", s->pod, s->container);
    }
    if (!stamp)
        note(s, LOG_NOTE, "the kubelet says: %.*s", (int)(n < 200 ? n : 200), text);
    else
        put(s, stamp, part ? LOG_PART : 0, text, n);
    if (stamp > s->last_stamp)
        s->last_stamp = stamp;
    if (stamp > s->verified)
        s->verified = stamp;
}

static void retry_in(struct source *s, int64_t ms)
{
    s->retry_ms = loop_now_ms(s->set->loop) + ms;
    wake_at(s->set, s->retry_ms);
}

static void failed(struct source *s, const struct logs_end *end)
{
    const struct err *err = &end->err;
    s->delay_ms = s->delay_ms ? s->delay_ms * 2 : RETRY_MS;
    if (s->delay_ms > RETRY_MAX_MS)
        s->delay_ms = RETRY_MAX_MS;
    if (end->stranger) {
        s->strangers++;
    } else if (err->code == 403) {
        s->refused = true;
        note(s, LOG_NOTE | LOG_BAD, "%s/%s: %s — %s", s->pod, s->container, err->msg, err->hint);
        s->set->err = *err;
        return;
    } else if (err->code == 400 && s->previous) { // its log was removed
        note(s, LOG_NOTE | LOG_BAD, "%s/%s: no output of the instance before is kept (%s)", s->pod, s->container,
            err->msg);
        s->complete = true;
        return;
    } else if (err->code == 400) { // waiting to start: asked each second, as kubectl does
        snprintf(s->waiting, sizeof(s->waiting), "%.110s", err->msg);
        note(s, LOG_NOTE, "%s; asked again each second", err->msg);
        s->delay_ms = RETRY_MS;
    } else if (err->code == 404) {
        s->delay_ms = GRACE_MS; // the watch says whether the Pod is gone
    } else {
        note(s, LOG_NOTE | LOG_BAD, "%s/%s: the stream was lost: %s; opened again", s->pod, s->container, err->msg);
        s->broken = true;
    }
    retry_in(s, s->delay_ms);
}

static void on_end(void *arg, const struct logs_end *end)
{
    struct source *s = arg;
    logs_free(s->stream);
    s->stream = NULL;
    s->paused = false;
    s->retry_ms = 0;
    if (end->clean && (s->opened_dead || s->previous))
        s->complete = true;
    if (end->clean)
        s->delay_ms = 0;
    if (end->clean && !s->complete)
        retry_in(s, GRACE_MS); // the status tells why, or the stream was only cut
    if (!end->clean)
        failed(s, end);
    advance(s);
    if (s->set->pending)
        wake_at(s->set, 0);
    changed(s->set);
}

static void open_stream(struct source *s, const struct row *row, bool previous)
{
    static const struct logs_handlers handlers = { on_line, on_end };
    struct logset *set = s->set;
    bool ranged = !s->fresh && !s->mark.sec;
    struct logs_opts o = { .ns = s->ns, .pod = s->pod, .container = s->container, .previous = previous,
        .follow = !previous, .tail = ranged ? set->tail : -1, .since = ranged ? set->since : 0, .mark = &s->mark,
        .trust = s->strangers >= MAX_STRANGERS };
    s->gap = o.trust;
    s->previous = previous;
    s->opened_dead = previous || row->f[F_STATE].n != STATE_RUNNING;
    s->opened_ms = loop_now_ms(set->loop);
    s->retry_ms = 0;
    s->waiting[0] = '\0';
    s->stream = logs_open(set->client, &o, &handlers, s);
}

// ---- instances

static void begin(struct source *s, const struct row *row, const char *cid, bool previous)
{
    free(s->cid);
    s->cid = xstrdup(cid);
    s->complete = s->barred = false;
    s->strangers = 0;
    s->restarts = row->f[F_RESTARTS].n - previous;
    logs_mark_clear(&s->mark);
    open_stream(s, row, previous);
}

static void bar(struct source *s, const struct row *row, bool last)
{
    const char *why = row->f[last ? F_LAST_WHY : F_WHY].s;
    int64_t at = row->f[last ? F_LAST_ENDED : F_ENDED].n;
    char when[32] = "";
    if (at)
        time_format_rfc3339(at, when);
    note(s, LOG_BAR | (row->f[last ? F_LAST_EXIT : F_EXIT].n ? LOG_BAD : 0), "%s/%s ended: %s, exit status %d%s%s",
        s->pod, s->container, str_or(why, "no reason given"), (int)row->f[last ? F_LAST_EXIT : F_EXIT].n,
        at ? ", at " : "", when);
}

static void not_started(struct source *s, const struct row *row)
{
    const char *why = row->f[F_STATE].n == STATE_NONE ? "the Pod was not started yet" : row->f[F_WHY].s;
    snprintf(s->waiting, sizeof(s->waiting), "%.60s/%.30s: %.24s", s->pod, s->container, str_or(why, "waiting"));
    if (!s->cid)
        note(s, LOG_NOTE, "%s/%s waits to start: %s", s->pod, s->container, str_or(why, "no reason given"));
}

// The first instance to read: the one before the current where there is one, so that a crash is seen with its end.
static void first(struct source *s, const struct row *row)
{
    const char *cid = row->f[F_CID].s, *last = row->f[F_LAST_CID].s;
    if (*last && str_eq(last, cid))
        last = "";
    if (*last && (!s->set->since || row->f[F_LAST_ENDED].n >= s->set->since)) {
        s->ranged = *cid != '\0';
        begin(s, row, last, true);
    } else if (s->set->previous && !*last && row->f[F_STATE].n >= STATE_RUNNING) {
        note(s, LOG_NOTE | LOG_BAD, "%s/%s has no previous instance: it did not restart", s->pod, s->container);
        s->complete = s->refused = true;
    } else if (*cid && !s->set->previous)
        begin(s, row, cid, false);
    else
        not_started(s, row);
}

// What comes after the instance that was read to its end.
static void following(struct source *s, const struct row *row)
{
    const char *cid = row->f[F_CID].s, *last = row->f[F_LAST_CID].s;
    bool is_current = str_eq(s->cid, cid), is_last = str_eq(s->cid, last);
    if (is_current || s->set->previous || (!*cid && (is_last || !*last))) {
        if (!*cid && !s->set->previous)
            not_started(s, row);
        return; // it has ended, and nothing came after it yet
    }
    s->fresh = !s->ranged;
    s->ranged = false;
    int64_t missed = row->f[F_RESTARTS].n - s->restarts - 1 - (!is_last && *last != '\0');
    if (!is_last && missed > 0)
        note(s, LOG_NOTE | LOG_BAD, "%s/%s restarted too fast: what %lld instances wrote was not kept", s->pod,
            s->container, (long long)missed);
    if (!is_last && *last)
        begin(s, row, last, true);
    else
        begin(s, row, cid, false);
}

static void go_on(struct source *s, const struct row *row)
{
    bool current = str_eq(s->cid, row->f[F_CID].s), last = str_eq(s->cid, row->f[F_LAST_CID].s);
    if (!s->complete && (current || last)) {
        open_stream(s, row, last && !current);
        return;
    }
    if (!s->complete) {
        note(s, LOG_NOTE | LOG_BAD, "%s/%s: what its instance before wrote last may be missing", s->pod,
            s->container);
        s->complete = s->barred = true;
    }
    if (!s->barred && (last || (current && row->f[F_STATE].n == STATE_TERMINATED))) {
        bar(s, row, !current);
        s->barred = true;
    }
    following(s, row);
}

static struct row *row_of(struct source *s)
{
    for (size_t i = 0; i < s->set->scopes.n; i++) {
        struct scope *sc = s->set->scopes.v[i];
        struct entry *e = sc->watch ? store_find(watch_store(sc->watch), s->key) : NULL;
        if (e && !e->dead)
            return e->row;
    }
    return NULL;
}

// The one place that decides what to do next with a source.
static void advance(struct source *s)
{
    const struct row *row = row_of(s);
    if (s->stream || s->refused)
        return;
    if (!row) {
        s->gone = true;
        s->waiting[0] = '\0';
        if (!s->noted_gone)
            note(s, LOG_NOTE, "%s/%s: the Pod is gone", s->pod, s->container);
        s->noted_gone = true;
        return;
    }
    bool waits = s->retry_ms > loop_now_ms(s->set->loop);
    bool same = s->cid && str_eq(s->cid, row->f[F_CID].s) && row->f[F_STATE].n == STATE_RUNNING;
    if (waits && (same || s->delay_ms)) // for a change of the status, or for another try
        return;
    s->retry_ms = 0;
    if (!s->cid)
        first(s, row);
    else
        go_on(s, row);
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
            note(set->sources.v[0], LOG_NOTE | LOG_BAD, "more than %d containers: the others are not followed",
                MAX_SOURCES);
        set->too_many = true;
        return;
    }
    struct source *s = xcalloc(1, sizeof(*s));
    s->set = set;
    s->id = (unsigned)set->sources.n;
    s->key = xstrdup(row->uid);
    s->ns = xstrdup(row->ns);
    s->pod = xstrdup(row->f[F_POD].s);
    s->container = xstrdup(row->name);
    s->fresh = sc->live;
    buf_init(&s->queue);
    arr_push(&set->sources, s);
    for (size_t i = 0; i < set->scopes.n && set->events;
         i++) // some of its Pod may have come before it
        if (set->scopes.v[i]->events)
            logevents_again(set->scopes.v[i]->events);
    if (s->fresh)
        note(s, LOG_NOTE, "%s/%s joins", s->pod, s->container);
    advance(s);
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
            advance(s);
        else if (!e->dead && (!sc->set->container || str_eq(sc->set->container, e->row->name)))
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
    if (st->state == WATCH_FORBIDDEN || st->state == WATCH_FAILED)
        sc->err = st->err;
    take_changes(sc);
    if (st->state == WATCH_LIVE) {
        sc->live = true;
        if (!sc->set->sources.n)
            explain_nothing(sc);
    }
    changed(sc->set);
}

static void on_notify(void *arg)
{
    struct scope *sc = arg;
    wake_at(sc->set, 0); // changes are merged outside of the store's own call
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
        put_of(set->events, s->id, ev->stamp, LOG_NOTE | LOG_EVENT | (ev->warning ? LOG_BAD : 0),
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
            note(set->sources.v[0], LOG_NOTE | LOG_BAD, "events cannot be read: %s", err.msg);
    }
    if (ready)
        set->hold_ms = 0;
}

static void on_events(void *arg)
{
    struct scope *sc = arg;
    wake_at(sc->set, 0);
}

static void on_timer(void *arg)
{
    struct logset *set = arg;
    int64_t now = loop_now_ms(set->loop), next = 0;
    for (size_t i = 0; i < set->scopes.n; i++) {
        struct scope *sc = set->scopes.v[i];
        if (sc->watch && sc->sub.seen != watch_store(sc->watch)->gen)
            on_watch(sc);
    }
    for (size_t i = 0; i < set->sources.n; i++) {
        struct source *s = set->sources.v[i];
        if (s->retry_ms && s->retry_ms <= now) {
            s->retry_ms = 0;
            advance(s);
        }
        if (s->retry_ms && (!next || s->retry_ms < next))
            next = s->retry_ms;
    }
    if (next)
        wake_at(set, next);
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
        .fields = fields, .decoder = &decoder };
    sc->watch = watch_get(client_watches(sc->set->client), &key);
    watch_listen(sc->watch, &sc->listener);
    store_subscribe(watch_store(sc->watch), &sc->sub);
    if (sc->set->events)
        sc->events = logevents_new(sc->set->client, sc->ns, sc->pod, on_events, sc);
    wake_at(sc->set, 0);
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
    s->previous = o->previous;
    s->tail = o->tail;
    s->since = o->since;
    s->h = *h;
    s->arg = arg;
    s->timer = loop_timer_new(s->loop, on_timer, s);
    if (o->events) {
        s->events = xcalloc(1, sizeof(*s->events));
        s->events->set = s;
        buf_init(&s->events->queue);
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

static void source_free(struct source *s)
{
    if (!s)
        return;
    logs_free(s->stream);
    logs_mark_clear(&s->mark);
    buf_release(&s->queue);
    free(s->key);
    free(s->ns);
    free(s->pod);
    free(s->container);
    free(s->cid);
    free(s);
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
    arr_release(&s->sources);
    arr_release(&s->scopes);
    free(s->container);
    free(s);
}

void logset_get_status(const struct logset *s, struct logset_status *out)
{
    memset(out, 0, sizeof(*out));
    out->sources = s->sources.n;
    out->backlog = s->pending > 0;
    out->err = s->err;
    out->gaps = s->gaps;
    out->gap_from = s->gap_from;
    out->gap_to = s->gap_to;
    snprintf(out->gap_why, sizeof(out->gap_why), "%s", s->gap_why);
    bool first = true;
    for (size_t i = 0; i < s->sources.n; i++) {
        const struct source *src = s->sources.v[i];
        out->reading += src->stream != NULL;
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
    if (first && s->sources.n && !out->finding) // nothing more is to come of them
        out->complete_to = time_now() * 1000000000;
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
