// The lines of many streams as one, in the order of their stamps: a small window in which a line waits for older ones
// of streams that are quiet. Within one stream nothing changes places, whatever its clock does, and a line in parts is
// not broken by others. Knows neither loop nor server: it is given bytes and times.
#ifndef LOGS_MERGE_H
#define LOGS_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arr.h"
#include "base/buf.h"

struct merge_line {
    int64_t stamp; // Unix nanoseconds
    unsigned source, flags;
    const char *text;
    size_t n;
};
typedef void merge_fn(void *arg, const struct merge_line *line);

// One stream; times are milliseconds of a monotonic clock.
struct merge_queue {
    struct buf bytes; // the lines that wait, one after the other
    size_t at;        // read up to
    bool open;        // more may come
    bool exact;       // it ends by itself, and is waited for until it does
    bool held;        // its stream is not read, as enough waits: as soon as nothing does it is read on
    int64_t opened_ms, heard_ms; // when it was opened, 0: data has come; the last data
    int64_t last_stamp;          // given to it
    size_t place; // in the heap, + 1; 0: nothing waits
};
struct merge {
    merge_fn *fn;
    void *arg;
    ARR(struct merge_queue *) queues;
    ARR(struct merge_queue *) heap; // those with lines, the oldest head first
    struct merge_queue *within;     // a line of it was given in part
    uint64_t turns;
    bool direct; // there is one stream alone: its lines need not wait
};
void merge_init(struct merge *m, merge_fn *fn, void *arg);
void merge_release(struct merge *m);
void merge_add(struct merge *m, struct merge_queue *q);
void merge_queue_release(struct merge_queue *q);
void merge_put(struct merge *m, struct merge_queue *q, const struct merge_line *line, int64_t now_ms);
size_t merge_waiting(const struct merge_queue *q); // bytes
void merge_flush(struct merge *m); // gives all that waits
// Gives what is due, until fn has set *full (NULL: never). Returns when to come again: 0 nothing waits, else a time.
int64_t merge_run(struct merge *m, int64_t now_ms, int64_t now_unix, const bool *full);

#endif
