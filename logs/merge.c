#include "logs/merge.h"

#include <string.h>

#include "logs/set.h"

enum {
    WINDOW_MS = 150,   // a quiet stream is waited for so long before younger lines of others are shown
    CONNECT_MS = 1500, // one that is being opened
    LATE_MS = 600,     // and no line waits longer for others that are live too:
    LIVE_S = 30,
    PART_MS = 15000,   // so long the rest of a line is waited for
    COMPACT = 512 << 10,
};
#define NS_PER_S INT64_C(1000000000)

struct waiting {
    int64_t stamp, arrived_ms;
    uint64_t turn;
    uint32_t n, source;
    uint16_t flags;
};

void merge_init(struct merge *m, merge_fn *fn, void *arg)
{
    memset(m, 0, sizeof(*m));
    m->fn = fn;
    m->arg = arg;
}

void merge_release(struct merge *m)
{
    arr_release(&m->queues);
    arr_release(&m->heap);
}

void merge_add(struct merge *m, struct merge_queue *q)
{
    buf_init(&q->bytes);
    arr_push(&m->queues, q);
}

void merge_queue_release(struct merge_queue *q)
{
    buf_release(&q->bytes);
}

size_t merge_waiting(const struct merge_queue *q)
{
    return q->bytes.n - q->at;
}

static struct waiting head_of(const struct merge_queue *q)
{
    struct waiting w;
    memcpy(&w, q->bytes.s + q->at, sizeof(w)); // it is not aligned
    return w;
}

// ---- the heap

static bool before(const struct merge_queue *a, const struct merge_queue *b)
{
    struct waiting x = head_of(a), y = head_of(b);
    return x.stamp != y.stamp ? x.stamp < y.stamp : x.turn < y.turn;
}

static void set_place(struct merge *m, size_t i, struct merge_queue *q)
{
    m->heap.v[i] = q;
    q->place = i + 1;
}

static void sift_up(struct merge *m, size_t i)
{
    struct merge_queue *q = m->heap.v[i];
    while (i && before(q, m->heap.v[(i - 1) / 2])) {
        set_place(m, i, m->heap.v[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    set_place(m, i, q);
}

static void sift_down(struct merge *m, size_t i)
{
    struct merge_queue *q = m->heap.v[i];
    while (true) {
        size_t child = 2 * i + 1;
        if (child >= m->heap.n)
            break;
        if (child + 1 < m->heap.n && before(m->heap.v[child + 1], m->heap.v[child]))
            child++;
        if (!before(m->heap.v[child], q))
            break;
        set_place(m, i, m->heap.v[child]);
        i = child;
    }
    set_place(m, i, q);
}

void merge_put(struct merge *m, struct merge_queue *q, const struct merge_line *line, int64_t now_ms)
{
    struct waiting w = { line->stamp, now_ms, ++m->turns, (uint32_t)line->n, line->source,
        (uint16_t)line->flags };
    if (m->direct && !q->place) { // nobody to wait for
        m->fn(m->arg, line);
        return;
    }
    buf_add(&q->bytes, &w, sizeof(w));
    buf_add(&q->bytes, line->text, line->n);
    if (q->place)
        return;
    arr_push(&m->heap, q);
    sift_up(m, m->heap.n - 1);
}

static void pop(struct merge *m, struct merge_queue *q)
{
    struct waiting w = head_of(q);
    struct merge_line line = { w.stamp, w.source, w.flags, q->bytes.s + q->at + sizeof(w), w.n };
    if (!(w.flags & (LOG_NOTE | LOG_BAR)))
        m->within = w.flags & LOG_PART ? q : NULL;
    m->fn(m->arg, &line);
    q->at += sizeof(w) + w.n;
    if (q->at < q->bytes.n) {
        if (q->at > COMPACT && q->at > q->bytes.n / 2) {
            buf_consume(&q->bytes, q->at);
            q->at = 0;
        }
        sift_down(m, q->place - 1);
        return;
    }
    buf_clear(&q->bytes);
    q->at = 0;
    size_t i = q->place - 1;
    q->place = 0;
    m->heap.n--;
    if (i < m->heap.n) {
        set_place(m, i, m->heap.v[m->heap.n]);
        sift_down(m, i);
        sift_up(m, i);
    }
}

// ---- who is waited for

struct waits {
    int64_t soft, must; // until when: as long as no line gets late; in any case. 0: for nobody
};

// Until when a stream without waiting lines may still have older ones than the others. It must be waited for while
// it is being opened or gives what was written long ago; else only as long as no line of another gets late.
static void wait_for(const struct merge_queue *q, int64_t now_ms, int64_t now_unix, struct waits *w)
{
    if (!q->open || q->place)
        return;
    int64_t at = q->exact || q->held ? now_ms + WINDOW_MS
                 : q->opened_ms ? q->opened_ms + CONNECT_MS
                                : q->heard_ms + WINDOW_MS;
    bool must = q->exact || q->held || q->opened_ms || q->last_stamp < (now_unix - LIVE_S) * NS_PER_S;
    int64_t *slot = must ? &w->must : &w->soft;
    if (at > *slot)
        *slot = at;
}

static int64_t due(const struct waits *w, const struct waiting *head)
{
    int64_t late = head->arrived_ms + LATE_MS, until = w->soft < late ? w->soft : late;
    return w->must > until ? w->must : until;
}

void merge_flush(struct merge *m)
{
    while (m->heap.n)
        pop(m, m->within && m->within->place ? m->within : m->heap.v[0]);
}

int64_t merge_run(struct merge *m, int64_t now_ms, int64_t now_unix, const bool *full)
{
    struct waits w = { 0, 0 };
    for (size_t i = 0; i < m->queues.n; i++)
        wait_for(m->queues.v[i], now_ms, now_unix, &w);
    while (m->heap.n && !(full && *full)) {
        struct merge_queue *q = m->heap.v[0];
        if (m->within && m->within->place) {
            q = m->within;
        } else if (m->within && m->within->held) {
            return now_ms + WINDOW_MS;
        } else if (m->within && m->within->open && m->within->heard_ms + PART_MS > now_ms) {
            return m->within->heard_ms + PART_MS; // its coming wakes
        } else {
            struct waiting head = head_of(q);
            int64_t until = due(&w, &head);
            if (until > now_ms)
                return until;
        }
        pop(m, q);
        wait_for(q, now_ms, now_unix, &w);
    }
    return m->heap.n ? now_ms : 0;
}
