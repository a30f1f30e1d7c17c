// One container of a set of logs, over all its instances: which one is read, what comes after its end, what a broken or
// silent stream means, and what may be missing.
#include "logs/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "logs/pods.h"

enum {
    QUEUES_MAX = 64 << 20, // of all sources
    QUEUE_MAX = 2 << 20,
    QUEUE_MIN = 128 << 10,
    GRACE_MS = 3000, // after the end of a stream the Pod's status is waited for
    RETRY_MS = 1000,
    RETRY_MAX_MS = 15000,
    MAX_STRANGERS = 4,
    MAX_OPEN = 100,
    TURN_OPEN = 10, // of these for those in turn
    TURN_MS = 3000,
    SILENCE_MS = 30000, // then twice as long each time, up to:
    SILENCE_MAX_MS = 300000,
    PROBE_EVERY_MS = 1000, // over all
    DOUBT_MS = 2000,       // so long a stream may take to give what a probe found
    ENDS_TRIES = 8,
};

static int64_t now_ms(const struct source *s)
{
    return loop_now_ms(s->set->loop);
}

// ---- lines on their way

static size_t queue_max(const struct logset *set)
{
    size_t max = QUEUES_MAX / (set->sources.n + 1);
    return max > QUEUE_MAX ? QUEUE_MAX : max < QUEUE_MIN ? QUEUE_MIN : max;
}

// The merge waits for what may still have older lines.
static void sync_queue(struct source *s)
{
    s->queue.exact = s->set->opts.ends;
    s->queue.held = s->paused && s->stream;
    s->queue.open = (s->stream || (s->broken && s->set->opts.ends)) && !s->complete && !s->refused;
}

void source_put(struct source *s, unsigned of, int64_t stamp, unsigned flags, const char *text, size_t n)
{
    struct logset *set = s->set;
    set->merge.direct = set->sources.n == 1 && set->scopes.n == 1 && !set->events && !set->paused;
    merge_put(&set->merge, &s->queue, &(struct merge_line) { stamp, of, flags, text, n }, now_ms(s));
    if (!s->paused && s->stream && merge_waiting(&s->queue) > queue_max(set)) {
        s->paused = true;
        sync_queue(s);
        logs_pause(s->stream, true);
    }
    if (s->queue.place && !set->paused)
        logset_wake_at(set, now_ms(s));
}

static void put(struct source *s, int64_t stamp, unsigned flags, const char *text, size_t n)
{
    source_put(s, s->id, stamp, flags, text, n);
}

void source_drained(struct source *s, int64_t now)
{
    if (!s->paused || !s->stream || merge_waiting(&s->queue) > queue_max(s->set) / 4)
        return;
    s->paused = false;
    s->queue.heard_ms = now;
    sync_queue(s);
    logs_pause(s->stream, false); // more may come in this very call
}

static int64_t note_stamp(const struct source *s)
{
    return s->last_stamp ? s->last_stamp : time_now_ms() * 1000000;
}

void source_note(struct source *s, unsigned flags, const char *fmt, ...)
{
    char text[sizeof(s->last_note)];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (!(flags & LOG_BAR) && str_eq(text, s->last_note)) // once, however often it is tried
        return;
    snprintf(s->last_note, sizeof(s->last_note), "%s", text);
    put(s, note_stamp(s), flags, text, strlen(text));
}

static void nano_time(int64_t stamp, char out[40])
{
    char second[32];
    time_format_rfc3339(stamp / NS_PER_S, second);
    snprintf(out, 40, "%.19s.%09dZ", second, (int)(stamp % NS_PER_S));
}

// The lines after the last one held are not kept any more: said with its bounds, and counted.
static void tell_gap(struct source *s, int64_t to)
{
    struct logset *set = s->set;
    char from_text[40], to_text[40];
    set->gaps++;
    set->gap_from = s->last_stamp;
    set->gap_to = to;
    snprintf(set->gap_why, sizeof(set->gap_why), "%.60s: %.50s/%.40s", s->gap, s->pod, s->container);
    nano_time(s->last_stamp, from_text);
    nano_time(to, to_text);
    source_note(s, LOG_NOTE | LOG_BAD, "%s/%s: lines are missing between %s and %s: %s", s->pod, s->container, from_text,
        to_text, s->gap);
    s->gap = NULL;
}

// The kubelet's own words inside an answer have no stamp: they keep their place, each once however often it is asked.
static void kubelet_says(struct source *s, const char *text, size_t n)
{
    if (s->said.n == n && memcmp(s->said.s, text, n) == 0)
        return;
    buf_clear(&s->said);
    buf_add(&s->said, text, n);
    struct buf words = BUF_INIT;
    buf_puts(&words, "the kubelet says: ");
    buf_add(&words, text, n < 4096 ? n : 4096);
    put(s, note_stamp(s), LOG_NOTE, words.s, words.n);
    buf_release(&words);
}

static void forget_last(struct source *s)
{
    logs_free(s->last);
    s->last = NULL;
}

static void on_line(void *arg, int64_t stamp, const char *text, size_t n, bool part)
{
    struct source *s = arg;
    int64_t now = now_ms(s);
    s->queue.heard_ms = s->silent_ms = now;
    s->queue.opened_ms = 0;
    s->silence_ms = SILENCE_MS;
    s->delay_ms = 0;
    s->strangers = s->tries = 0;
    if (!stamp) {
        kubelet_says(s, text, n);
        return;
    }
    if (s->gap && s->stream && !s->in_part) {
        if (!s->last_stamp || (logs_met(s->stream) && s->broken))
            s->gap = NULL;
        else
            tell_gap(s, stamp);
        s->broken = false;
    }
    if (s->broken && !s->in_part) {
        s->broken = false;
        source_note(s, LOG_NOTE, "%s/%s: goes on where it was lost", s->pod, s->container);
    }
    s->in_part = part;
    put(s, stamp, part ? LOG_PART : 0, text, n);
    s->last_stamp = s->queue.last_stamp = stamp;
    if (stamp > s->verified)
        s->verified = stamp;
}

// What there was of its last line is given: nothing goes on from there.
static void end_line(struct source *s)
{
    if (s->last)
        logs_rest(s->last);
    forget_last(s);
    if (s->in_part)
        put(s, s->last_stamp, 0, "", 0);
    s->in_part = false;
}

// ---- one stream

static void retry_in(struct source *s, int64_t ms)
{
    s->retry_ms = now_ms(s) + ms;
    logset_wake_at(s->set, s->retry_ms);
}

static void refuse(struct source *s, const struct err *err)
{
    s->refused = true;
    s->set->err = *err;
    source_note(s, LOG_NOTE | LOG_BAD, "%s/%s: %s%s%s", s->pod, s->container, err->msg, *err->hint ? " — " : "",
        err->hint);
}

static void failed(struct source *s, const struct logs_end *end)
{
    const struct err *err = &end->err;
    s->delay_ms = s->delay_ms ? s->delay_ms * 2 : RETRY_MS;
    if (s->delay_ms > RETRY_MAX_MS)
        s->delay_ms = RETRY_MAX_MS;
    s->tries++;
    if (end->stranger) {
        s->strangers++;
        s->delay_ms = RETRY_MS; // the server is well: only the Pod's status may be a moment behind
    } else if (err->code == 403) {
        refuse(s, err);
        return;
    } else if (err->code == 400 && s->previous) { // its log was removed
        source_note(s, LOG_NOTE | LOG_BAD, "%s/%s: no output of the instance before is kept (%s)", s->pod, s->container,
            err->msg);
        s->gap = s->fresh && s->last_stamp ? "the log of an instance was not kept" : NULL;
        s->complete = true;
        return;
    } else if (s->set->opts.ends && (err->code == 400 || err->code == 404 || s->tries > ENDS_TRIES)) {
        refuse(s, err);
        return;
    } else if (err->code == 400) { // waiting to start: asked each second, as kubectl does
        snprintf(s->waiting, sizeof(s->waiting), "%.110s", err->msg);
        source_note(s, LOG_NOTE, "%s; asked again each second", err->msg);
        s->delay_ms = RETRY_MS;
    } else if (err->code == 404) {
        s->delay_ms = GRACE_MS; // the watch says whether the Pod is gone
    } else {
        source_note(s, LOG_NOTE | LOG_BAD, "%s/%s: the stream was lost: %s; opened again", s->pod, s->container,
            err->msg);
        s->broken = true;
    }
    retry_in(s, s->delay_ms);
}

static void close_stream(struct source *s)
{
    if (!s->stream)
        return;
    forget_last(s);
    s->last = s->stream;
    s->stream = NULL;
    s->set->open--;
    s->paused = false;
}

static void on_end(void *arg, const struct logs_end *end)
{
    struct source *s = arg;
    bool whole = s->opened_dead || s->previous || s->set->opts.ends;
    close_stream(s);
    s->retry_ms = 0;
    s->doubt_ms = 0;
    if (end->clean) {
        s->delay_ms = 0;
        s->tries = 0;
        s->complete = whole;
    }
    if (s->complete)
        end_line(s);
    if (end->clean && s->in_turn && !s->complete) {
        if (s->asked_unix_ns > s->verified)
            s->verified = s->asked_unix_ns;
        retry_in(s, TURN_MS);
    } else if (end->clean && !s->complete) {
        retry_in(s, GRACE_MS); // the status tells why, or the stream was only cut
    }
    if (!end->clean)
        failed(s, end);
    sync_queue(s);
    source_advance(s);
    logset_wake_at(s->set, 0);
}

// At most so many at once; those beyond are read by requests that end, one after the other.
static bool takes_slot(struct source *s, bool follow)
{
    struct logset *set = s->set;
    if (follow && !s->in_turn && set->open >= MAX_OPEN - TURN_OPEN) {
        s->in_turn = true;
        if (!set->told_turns)
            source_note(s, LOG_NOTE | LOG_BAD,
                "%d streams are open: %s/%s and those after it are asked in turn, every few seconds", (int)set->open,
                s->pod, s->container);
        set->told_turns = true;
    }
    if (set->open < MAX_OPEN)
        return true;
    retry_in(s, RETRY_MS / 4);
    return false;
}

static void open_stream(struct source *s, const struct row *row, bool previous)
{
    static const struct logs_handlers handlers = { on_line, on_end };
    struct logset *set = s->set;
    bool ranged = !s->fresh && !s->mark.sec, dead = previous || row->f[F_STATE].n != STATE_RUNNING;
    s->previous = previous;
    if (!takes_slot(s, !previous && !set->opts.ends && !dead))
        return;
    struct logs_opts o = { .ns = s->ns, .pod = s->pod, .container = s->container, .previous = previous,
        .follow = !previous && !set->opts.ends && !s->in_turn, .tail = ranged ? set->opts.tail : -1,
        .since = ranged ? set->opts.since : 0, .mark = &s->mark, .trust = s->strangers >= MAX_STRANGERS };
    if (o.trust) {
        s->gap = "its log was rotated meanwhile";
        s->broken = true;
    }
    s->opened_dead = dead;
    s->queue.opened_ms = s->silent_ms = now_ms(s);
    s->silence_ms = SILENCE_MS;
    s->opened_unix = time_now();
    s->asked_unix_ns = time_now_ms() * 1000000;
    s->retry_ms = 0;
    s->waiting[0] = '\0';
    set->open++;
    s->stream = logs_open(set->client, &o, &handlers, s);
    sync_queue(s);
}

// ---- silence

static void ignore_line(void *arg, int64_t stamp, const char *text, size_t n, bool part)
{
    (void)arg;
    (void)stamp;
    (void)text;
    (void)n;
    (void)part;
}

static void on_probe_end(void *arg, const struct logs_end *end)
{
    struct source *s = arg;
    logs_free(s->probe);
    s->probe = NULL;
    if (end->more || end->stranger) { // on their way, or the stream is dead
        s->doubt_ms = now_ms(s) + DOUBT_MS;
        logset_wake_at(s->set, s->doubt_ms);
        return;
    }
    if (end->clean) { // an empty answer, too: the log was rotated, and nothing was written since
        if (s->asked_unix_ns > s->verified)
            s->verified = s->asked_unix_ns;
        s->silence_ms = s->silence_ms * 2 < SILENCE_MAX_MS ? s->silence_ms * 2 : SILENCE_MAX_MS;
        s->set->changed = true;
    }
    s->silent_ms = now_ms(s);
    logset_wake_at(s->set, s->silent_ms + s->silence_ms);
}

static void open_probe(struct source *s)
{
    static const struct logs_handlers handlers = { ignore_line, on_probe_end };
    struct logset_opts *range = &s->set->opts; // where nothing has come yet
    struct logs_opts o = { .ns = s->ns, .pod = s->pod, .container = s->container, .tail = s->mark.sec ? -1 : 1,
        .since = s->fresh ? 0 : range->tail == 0 ? s->opened_unix + 1 : range->since, .mark = &s->mark,
        .probe = true };
    s->asked_unix_ns = time_now_ms() * 1000000;
    s->doubt_heard_ms = s->queue.heard_ms;
    s->set->probed_ms = now_ms(s);
    s->probe = logs_open(s->set->client, &o, &handlers, s);
}

// A probe found lines that the stream has not given.
static void resolve_doubt(struct source *s)
{
    s->doubt_ms = 0;
    s->silent_ms = now_ms(s);
    if (s->queue.heard_ms != s->doubt_heard_ms || !s->stream)
        return;
    source_note(s, LOG_NOTE | LOG_BAD, "%s/%s: its stream had died without a word; opened again", s->pod, s->container);
    logs_free(s->stream); // what it holds of a line comes again
    s->stream = NULL;
    s->set->open--;
    s->broken = true;
    s->retry_ms = 0;
    source_advance(s);
}

void source_doubt(struct source *s)
{
    s->silent_ms = now_ms(s) - s->silence_ms;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return !a || (b && b < a) ? b : a;
}

int64_t source_tick(struct source *s, int64_t now)
{
    if (s->retry_ms && s->retry_ms <= now) {
        s->retry_ms = 0;
        source_advance(s);
    }
    if (client_info(s->set->client)->silent_since_ms) { // nor would a probe be answered, and a stream is not to blame
        s->doubt_ms = s->doubt_ms ? now + DOUBT_MS : 0;
        return s->retry_ms;
    }
    if (s->doubt_ms && s->doubt_ms <= now)
        resolve_doubt(s);
    int64_t next = sooner(s->retry_ms, s->doubt_ms);
    if (!s->stream || s->probe || s->doubt_ms || s->paused || s->opened_dead || s->set->opts.ends || s->in_turn)
        return next;
    int64_t due = s->silent_ms + s->silence_ms, free_at = s->set->probed_ms + PROBE_EVERY_MS;
    if (due <= now && free_at <= now) {
        open_probe(s);
        return next;
    }
    return sooner(next, due > free_at ? due : free_at);
}

// ---- instances

static void begin(struct source *s, const struct row *row, const char *cid, bool previous)
{
    end_line(s);
    free(s->cid);
    s->cid = xstrdup(cid);
    s->complete = s->barred = s->why_asked = false;
    s->why[0] = '\0';
    s->strangers = s->tries = 0;
    s->broken = false;
    s->restarts = row->f[F_RESTARTS].n - previous;
    logs_mark_clear(&s->mark);
    buf_clear(&s->said);
    open_stream(s, row, previous);
}

static const char *signal_name(int64_t exit)
{
    static const struct {
        int64_t exit;
        const char *name;
    } names[] = { { 129, "SIGHUP" }, { 130, "SIGINT" }, { 131, "SIGQUIT" }, { 132, "SIGILL" }, { 134, "SIGABRT" },
        { 135, "SIGBUS" }, { 136, "SIGFPE" }, { 137, "SIGKILL" }, { 139, "SIGSEGV" }, { 141, "SIGPIPE" },
        { 143, "SIGTERM" } };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].exit == exit)
            return names[i].name;
    return NULL;
}

static void bar(struct source *s, const struct row *row, bool last)
{
    const char *why = row->f[last ? F_LAST_WHY : F_WHY].s;
    int64_t at = row->f[last ? F_LAST_ENDED : F_ENDED].n, exit = row->f[last ? F_LAST_EXIT : F_EXIT].n;
    const char *sig = str_eq(why, "OOMKilled") ? NULL : signal_name(exit);
    char when[32] = "";
    if (at)
        time_format_rfc3339(at, when);
    source_note(s, LOG_BAR | (exit ? LOG_BAD : 0), "%s/%s ended: %s, exit status %d%s%s%s%s%s%s%s", s->pod,
        s->container, str_or(why, "no reason given"), (int)exit, sig ? " (" : "", str_or(sig, ""), sig ? ")" : "",
        *s->why ? ": " : "", s->why, at ? ", at " : "", when);
}

static void on_why(void *arg, json_t *doc, const struct http_result *res)
{
    struct source *s = arg;
    int64_t best = 0;
    size_t i;
    json_t *ev;
    char *field = xasprintf("spec.containers{%s}", s->container);
    s->why_call = 0;
    if (!res->ok)
        doc = NULL;
    json_array_foreach (json_at(doc, "items", NULL), i, ev) {
        const char *reason = json_str(ev, "reason", NULL), *text = json_str(ev, "message", NULL);
        int64_t when = json_time(ev, "lastTimestamp", NULL);
        bool ours = str_eq(json_str(ev, "involvedObject", "fieldPath", NULL), field);
        if (ours && when >= best && str_eq(reason, "Killing") && *text) {
            best = when;
            snprintf(s->why, sizeof(s->why), "%.190s", text);
        }
    }
    free(field);
    source_advance(s);
}

// Killed by a signal: the kubelet's event says which probe failed, if one did. True: its answer is waited for.
static bool asks_why(struct source *s, const struct row *row, bool last)
{
    int64_t exit = row->f[last ? F_LAST_EXIT : F_EXIT].n;
    struct buf path = BUF_INIT, fields = BUF_INIT;
    if (s->why_call)
        return true;
    if (s->why_asked || (exit != 137 && exit != 143) || s->set->opts.ends ||
        str_eq(row->f[last ? F_LAST_WHY : F_WHY].s, "OOMKilled"))
        return false;
    s->why_asked = true;
    gvr_field(&fields, "involvedObject.kind", "Pod");
    gvr_field(&fields, "involvedObject.name", s->pod);
    gvr_path(&path, &(struct gvr) { "", "v1", "events", true }, s->ns, NULL);
    buf_puts(&path, "?limit=100&fieldSelector=");
    str_url_escape(&path, fields.s);
    s->why_call = client_get(s->set->client, path.s, on_why, s);
    buf_release(&path);
    buf_release(&fields);
    return s->why_call != 0;
}

static void not_started(struct source *s, const struct row *row)
{
    const char *why = row->f[F_STATE].n == STATE_NONE ? "the Pod was not started yet" : row->f[F_WHY].s;
    snprintf(s->waiting, sizeof(s->waiting), "%.60s/%.30s: %.24s", s->pod, s->container, str_or(why, "waiting"));
    if (s->cid)
        return;
    source_note(s, LOG_NOTE, "%s/%s waits to start: %s", s->pod, s->container, str_or(why, "no reason given"));
    if (!s->set->opts.ends)
        return;
    s->complete = true;
    if (!err_is(&s->set->err))
        err_set(&s->set->err, "%s/%s waits to start: %s", s->pod, s->container, str_or(why, "no reason given"));
}

// The first instance to read: the one before the current where there is one, so that a crash is seen with its end.
static void first(struct source *s, const struct row *row)
{
    const struct logset_opts *o = &s->set->opts;
    const char *cid = row->f[F_CID].s, *last = row->f[F_LAST_CID].s;
    if ((*last && str_eq(last, cid)) || (o->current && !o->previous && *cid))
        last = "";
    if (*last && (!o->since || row->f[F_LAST_ENDED].n >= o->since)) {
        s->ranged = *cid != '\0';
        begin(s, row, last, true);
    } else if (o->previous && !*last && row->f[F_STATE].n >= STATE_RUNNING) {
        source_note(s, LOG_NOTE | LOG_BAD, "%s/%s has no previous instance: it did not restart", s->pod, s->container);
        s->complete = s->refused = true;
        if (o->ends && !err_is(&s->set->err))
            err_set(&s->set->err, "%s/%s has no previous instance: it did not restart", s->pod, s->container);
    } else if (*cid && !o->previous)
        begin(s, row, cid, false);
    else
        not_started(s, row);
}

// What comes after the instance that was read to its end.
static void following(struct source *s, const struct row *row)
{
    const struct logset_opts *o = &s->set->opts;
    const char *cid = row->f[F_CID].s, *last = row->f[F_LAST_CID].s;
    bool is_current = str_eq(s->cid, cid), is_last = str_eq(s->cid, last);
    if (o->ends && !s->ranged)
        return;
    if (is_current || o->previous || (!*cid && (is_last || !*last))) {
        if (!*cid && !o->previous)
            not_started(s, row);
        return; // it has ended, and nothing came after it yet
    }
    s->fresh = !s->ranged;
    s->ranged = false;
    int64_t missed = row->f[F_RESTARTS].n - s->restarts - 1 - (!is_last && *last != '\0');
    if (!is_last && missed > 0) {
        source_note(s, LOG_NOTE | LOG_BAD, "%s/%s restarted too fast: what %lld instances wrote was not kept", s->pod,
            s->container, (long long)missed);
        s->gap = "it restarted too fast: the logs of instances were not kept";
    }
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
        end_line(s);
        source_note(s, LOG_NOTE | LOG_BAD, "%s/%s: what its instance before wrote last may be missing", s->pod,
            s->container);
        s->gap = "the end of an instance's log was not kept";
        s->complete = s->barred = true;
    }
    if (!s->barred && (last || (current && row->f[F_STATE].n == STATE_TERMINATED))) {
        if (asks_why(s, row, !current))
            return;
        bar(s, row, !current);
        s->barred = true;
    }
    following(s, row);
}

void source_advance(struct source *s)
{
    const struct row *row = logset_row(s);
    if (s->stream || s->refused)
        return;
    if (!row) {
        s->gone = true;
        s->waiting[0] = '\0';
        if (!s->noted_gone) {
            end_line(s);
            source_note(s, LOG_NOTE, "%s/%s: the Pod is gone", s->pod, s->container);
        }
        s->noted_gone = true;
        return;
    }
    bool waits = s->retry_ms > now_ms(s);
    bool same = s->cid && str_eq(s->cid, row->f[F_CID].s) && row->f[F_STATE].n == STATE_RUNNING;
    if (waits && (same || s->delay_ms)) // for a change of the status, or for another try
        return;
    s->retry_ms = 0;
    if (!s->cid)
        first(s, row);
    else
        go_on(s, row);
}

bool source_unread(const struct source *s)
{
    return s->stream || (!s->complete && !s->refused && !s->gone);
}

struct source *source_new(struct logset *set, unsigned id)
{
    struct source *s = xcalloc(1, sizeof(*s));
    s->set = set;
    s->id = id;
    buf_init(&s->said);
    merge_add(&set->merge, &s->queue);
    return s;
}

void source_free(struct source *s)
{
    if (!s)
        return;
    client_cancel(s->set->client, s->why_call);
    logs_free(s->stream);
    logs_free(s->probe);
    logs_free(s->last);
    logs_mark_clear(&s->mark);
    merge_queue_release(&s->queue);
    buf_release(&s->said);
    free(s->key);
    free(s->ns);
    free(s->pod);
    free(s->container);
    free(s->cid);
    free(s);
}
