// What the files of a set of logs share: set.c finds the containers, source.c reads one of them over all its instances,
// merge.c puts their lines in order. Private to them.
#ifndef LOGS_SOURCE_H
#define LOGS_SOURCE_H

#include "base/arr.h"
#include "base/buf.h"
#include "base/loop.h"
#include "client/logs.h"
#include "client/watch.h"
#include "logs/events.h"
#include "logs/merge.h"
#include "logs/set.h"

#define NS_PER_S INT64_C(1000000000)

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
    const char *gap;     // lines may be missing before the next one: why, NULL: none are
    bool in_part;        // the last line given goes on
    bool in_turn;        // there are too many: it is read by requests that end
    int strangers, tries;
    struct logs *stream, *last; // the one before, for the line that it did not end
    struct logs_mark mark;
    int64_t last_stamp;
    int64_t verified; // Unix nanoseconds: all up to there was read
    int64_t retry_ms, delay_ms; // loop clock, 0: not planned; the next delay
    struct merge_queue queue;
    bool paused;
    // silence: a request that ends asks whether there is more
    struct logs *probe;
    int64_t silent_ms, silence_ms; // loop clock: since when, and how long until it is asked
    int64_t opened_unix, asked_unix_ns, doubt_ms, doubt_heard_ms;
    // why the instance was killed, of the Pod's events
    uint64_t why_call;
    bool why_asked;
    char why[200];
    char last_note[300], waiting[120];
    struct buf said; // the kubelet's last words
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
    struct logset_opts opts; // but for the container
    struct logset_handlers h;
    void *arg;
    ARR(struct source *) sources;
    ARR(struct scope *) scopes;
    struct source *events; // no stream: where events wait for their turn, NULL: none are asked for
    int64_t hold_ms;       // loop clock: until then lines wait for the events and Pods that are there
    struct merge merge;
    struct loop_timer *timer; // merging, retries
    int64_t timer_at;
    int64_t probed_ms, boot_ms; // loop clock: the last probe; by time_boot_ms, to know a sleep
    unsigned ways;              // struct client_info's, when the streams were last doubted
    size_t open;                // streams
    bool too_many, told_turns, paused, changed;
    struct err err;
    unsigned gaps;
    int64_t gap_from, gap_to;
    char gap_why[160];
};

// set.c
void logset_wake_at(struct logset *set, int64_t when);
const struct row *logset_row(const struct source *s);

// source.c
struct source *source_new(struct logset *set, unsigned id);
void source_free(struct source *s);
void source_put(struct source *s, unsigned of, int64_t stamp, unsigned flags, const char *text, size_t n);
void source_note(struct source *s, unsigned flags, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
// The one place that decides what to do next with a source.
void source_advance(struct source *s);
int64_t source_tick(struct source *s, int64_t now); // what is due; when to come again, 0: for nothing
void source_drained(struct source *s, int64_t now); // lines of it went: it may be read on
bool source_unread(const struct source *s);         // there is more of the range asked for
void source_doubt(struct source *s);                // its stream may be dead: it is probed next

#endif
