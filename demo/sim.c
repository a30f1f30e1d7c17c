#include "demo/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/arr.h"
#include "base/mem.h"
#include "base/timeutil.h"

struct timer {
    int64_t due;
    uint64_t seq;
    sim_fn *fn;
    void *arg;
    char *key;
    struct once *once;
};

struct once {
    UT_hash_handle hh;
    size_t idlen;
    char id[]; // fn, arg, key
};

struct sim {
    int64_t now, frozen;
    uint64_t rng[2], seq;
    ARR(struct timer) heap;
    struct once *pending;
};

// splitmix64: spreads a small seed over the generator's state.
static uint64_t mix(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

struct sim *sim_new(uint64_t seed, int64_t start_ms)
{
    struct sim *s = xcalloc(1, sizeof(*s));
    s->now = start_ms;
    s->rng[0] = mix(&seed);
    s->rng[1] = mix(&seed);
    return s;
}

void sim_free(struct sim *s)
{
    if (!s)
        return;
    struct once *o, *tmp;
    HASH_ITER (hh, s->pending, o, tmp) {
        HASH_DEL(s->pending, o);
        free(o);
    }
    for (size_t i = 0; i < s->heap.n; i++)
        free(s->heap.v[i].key);
    arr_release(&s->heap);
    free(s);
}

int64_t sim_now_ms(const struct sim *s)
{
    return s->now;
}

int64_t sim_now(const struct sim *s)
{
    int64_t sec = s->now / 1000;
    return s->frozen && sec > s->frozen ? s->frozen : sec;
}

void sim_freeze(struct sim *s, int64_t sec)
{
    s->frozen = sec;
}

void sim_stamp(const struct sim *s, char out[32])
{
    time_format_rfc3339(sim_now(s), out);
}

void sim_stamp_micro(const struct sim *s, char out[40])
{
    char sec[32];
    sim_stamp(s, sec);
    int64_t ms = s->frozen && s->now / 1000 >= s->frozen ? 0 : s->now % 1000;
    snprintf(out, 40, "%.19s.%03d000Z", sec, (int)ms);
}

static bool before(const struct timer *a, const struct timer *b)
{
    return a->due != b->due ? a->due < b->due : a->seq < b->seq;
}

static void heap_push(struct sim *s, struct timer t)
{
    arr_push(&s->heap, t);
    size_t i = s->heap.n - 1;
    while (i > 0 && before(&t, &s->heap.v[(i - 1) / 2])) {
        s->heap.v[i] = s->heap.v[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    s->heap.v[i] = t;
}

static struct timer heap_pop(struct sim *s)
{
    struct timer top = s->heap.v[0], last = s->heap.v[--s->heap.n];
    size_t i = 0, child;
    while ((child = 2 * i + 1) < s->heap.n) {
        if (child + 1 < s->heap.n && before(&s->heap.v[child + 1], &s->heap.v[child]))
            child++;
        if (!before(&s->heap.v[child], &last))
            break;
        s->heap.v[i] = s->heap.v[child];
        i = child;
    }
    if (s->heap.n)
        s->heap.v[i] = last;
    return top;
}

void sim_after(struct sim *s, int64_t ms, sim_fn *fn, void *arg, const char *key)
{
    heap_push(s, (struct timer) { s->now + (ms > 0 ? ms : 0), s->seq++, fn, arg,
                     xstrdup_null(key), NULL });
}

void sim_once(struct sim *s, int64_t ms, sim_fn *fn, void *arg, const char *key)
{
    size_t klen = strlen(key), idlen = sizeof(fn) + sizeof(arg) + klen;
    struct once *o = xcalloc(1, sizeof(*o) + idlen), *found;
    o->idlen = idlen;
    memcpy(o->id, &fn, sizeof(fn));
    memcpy(o->id + sizeof(fn), &arg, sizeof(arg));
    memcpy(o->id + sizeof(fn) + sizeof(arg), key, klen);
    HASH_FIND(hh, s->pending, o->id, idlen, found);
    if (found) {
        free(o);
        return;
    }
    HASH_ADD_KEYPTR(hh, s->pending, o->id, idlen, o);
    heap_push(s,
        (struct timer) { s->now + (ms > 0 ? ms : 0), s->seq++, fn, arg, xstrdup(key), o });
}

void sim_run_until(struct sim *s, int64_t t_ms)
{
    while (s->heap.n && s->heap.v[0].due <= t_ms) {
        struct timer t = heap_pop(s);
        if (t.due > s->now)
            s->now = t.due;
        if (t.once) {
            HASH_DEL(s->pending, t.once);
            free(t.once);
        }
        t.fn(t.arg, t.key ? t.key : "");
        free(t.key);
    }
    if (t_ms > s->now)
        s->now = t_ms;
}

int64_t sim_next_due(const struct sim *s)
{
    return s->heap.n ? s->heap.v[0].due : -1;
}

// xoroshiro128+ (public domain, Blackman and Vigna).
uint64_t sim_rand(struct sim *s)
{
    uint64_t a = s->rng[0], b = s->rng[1], sum = a + b;
    b ^= a;
    s->rng[0] = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
    s->rng[1] = (b << 37) | (b >> 27);
    return sum;
}

int64_t sim_range(struct sim *s, int64_t lo, int64_t hi)
{
    return lo + (int64_t)((sim_rand(s) >> 11) % (uint64_t)(hi - lo + 1));
}

void sim_uid(struct sim *s, char out[40])
{
    uint64_t a = sim_rand(s), b = sim_rand(s);
    snprintf(out, 40, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
        (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
        0x8000u | ((unsigned)(b >> 48) & 0x3fff), (unsigned long long)(b & 0xffffffffffffull));
}

void sim_suffix(struct sim *s, int n, char *out)
{
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    for (int i = 0; i < n; i++)
        out[i] = alphabet[sim_range(s, 0, (int64_t)sizeof(alphabet) - 2)];
    out[n] = '\0';
}
