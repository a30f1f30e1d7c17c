#include "logs/lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"

enum { BLOCK_BYTES = 256 << 10, CACHED = 4 };

struct record { // in front of the bytes of a line
    int64_t stamp;
    uint32_t n;
    uint16_t source;
    uint8_t flags, level;
};
struct block {
    size_t first;       // number of its first line
    uint32_t lines, nbytes;
    struct buf bytes;   // empty when spilled
    ARR(uint32_t) at;   // of each line in bytes; when spilled found anew
    uint64_t file_at;
    bool spilled;
};
struct cached {
    size_t block; // index + 1, 0: free
    struct block copy;
    uint64_t used;
};
struct loglines {
    ARR(struct block) blocks;
    size_t gone;  // blocks that were dropped, from the front
    size_t warm;  // the first block that is in memory
    size_t end;
    size_t memory, cap;
    uint64_t file_size, file_cap, clock;
    int fd; // -1: not open
    struct cached cache[CACHED];
};

struct loglines *loglines_new(size_t memory, uint64_t spill)
{
    struct loglines *l = xcalloc(1, sizeof(*l));
    l->cap = memory > 2 * BLOCK_BYTES ? memory : 2 * BLOCK_BYTES;
    l->file_cap = spill;
    l->fd = -1;
    return l;
}

static void block_release(struct block *b)
{
    buf_release(&b->bytes);
    arr_release(&b->at);
}

void loglines_free(struct loglines *l)
{
    if (!l)
        return;
    for (size_t i = l->gone; i < l->blocks.n; i++)
        block_release(&l->blocks.v[i]);
    for (size_t i = 0; i < CACHED; i++)
        block_release(&l->cache[i].copy);
    arr_release(&l->blocks);
    if (l->fd >= 0)
        close(l->fd);
    free(l);
}

static size_t block_memory(const struct block *b)
{
    return b->bytes.cap + b->at.cap * sizeof(*b->at.v);
}

// ---- the file

static bool open_spill(struct loglines *l)
{
    const char *dir = getenv("TMPDIR");
    char path[4096];
    if (l->fd >= 0)
        return true;
    // /var/tmp: /tmp is often memory
    const char *dirs[] = { dir && *dir ? dir : "/var/tmp", "/tmp" };
    for (size_t i = 0; i < ARRAY_SIZE(dirs) && l->fd < 0; i++) {
        snprintf(path, sizeof(path), "%s/kview-log-XXXXXX", dirs[i]);
        l->fd = mkostemp(path, O_CLOEXEC); // 0600
        if (l->fd >= 0)
            unlink(path);
    }
    return l->fd >= 0;
}

static bool write_all(int fd, const char *data, size_t n, uint64_t at)
{
    while (n) {
        ssize_t w = pwrite(fd, data, n, (off_t)at);
        if (w <= 0)
            return false;
        data += w;
        at += (uint64_t)w;
        n -= (size_t)w;
    }
    return true;
}

static bool spill(struct loglines *l, struct block *b)
{
    if (l->file_size + b->nbytes > l->file_cap || !open_spill(l) ||
        !write_all(l->fd, b->bytes.s, b->nbytes, l->file_size))
        return false;
    b->file_at = l->file_size;
    b->spilled = true;
    l->file_size += b->nbytes;
    return true;
}

// The oldest block in memory makes room; where the file takes no more, all older lines go with it.
static void make_room(struct loglines *l)
{
    while (l->memory > l->cap && l->warm + 1 < l->blocks.n) {
        struct block *b = &l->blocks.v[l->warm];
        l->memory -= block_memory(b);
        if (!spill(l, b)) {
            for (size_t i = l->gone; i <= l->warm; i++)
                block_release(&l->blocks.v[i]);
            l->gone = l->warm + 1;
            l->file_size = 0; // what it held is gone too: it begins anew
        } else {
            block_release(b);
        }
        l->warm++;
    }
}

// ---- lines

static struct block *new_block(struct loglines *l)
{
    struct block b = { .first = l->end };
    if (l->blocks.n) { // full: what it has too much goes
        struct block *old = &l->blocks.v[l->blocks.n - 1];
        l->memory -= block_memory(old);
        old->at.v = xrealloc(old->at.v, old->at.n * sizeof(*old->at.v));
        old->at.cap = old->at.n;
        l->memory += block_memory(old);
    }
    buf_init(&b.bytes);
    buf_reserve(&b.bytes, BLOCK_BYTES);
    l->memory += block_memory(&b);
    arr_push(&l->blocks, b);
    return &l->blocks.v[l->blocks.n - 1];
}

void loglines_add(struct loglines *l, const struct logline *line)
{
    struct record r = { line->stamp, line->n, line->source, line->flags, line->level };
    struct block *b = l->blocks.n > l->gone ? &l->blocks.v[l->blocks.n - 1] : NULL;
    if (!b || b->nbytes + sizeof(r) + line->n > BLOCK_BYTES) {
        b = new_block(l);
        make_room(l);
        b = &l->blocks.v[l->blocks.n - 1];
    }
    size_t before = block_memory(b);
    arr_push(&b->at, b->nbytes);
    buf_add(&b->bytes, &r, sizeof(r));
    buf_add(&b->bytes, line->text, line->n);
    b->nbytes = (uint32_t)b->bytes.n;
    b->lines++;
    l->memory += block_memory(b) - before;
    l->end++;
}

size_t loglines_first(const struct loglines *l)
{
    return l->gone < l->blocks.n ? l->blocks.v[l->gone].first : l->end;
}

size_t loglines_end(const struct loglines *l)
{
    return l->end;
}

size_t loglines_memory(const struct loglines *l)
{
    return l->memory;
}

uint64_t loglines_spilled(const struct loglines *l)
{
    return l->file_size;
}

static size_t block_of(const struct loglines *l, size_t i)
{
    size_t lo = l->gone, hi = l->blocks.n;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (l->blocks.v[mid].first <= i)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static struct block *read_back(struct loglines *l, size_t which)
{
    const struct block *b = &l->blocks.v[which];
    struct cached *slot = &l->cache[0];
    for (size_t i = 0; i < CACHED; i++) {
        if (l->cache[i].block == which + 1) {
            l->cache[i].used = ++l->clock;
            return &l->cache[i].copy;
        }
        if (l->cache[i].used < slot->used)
            slot = &l->cache[i];
    }
    struct block *copy = &slot->copy;
    slot->block = 0;
    buf_clear(&copy->bytes);
    copy->at.n = 0;
    buf_reserve(&copy->bytes, b->nbytes);
    if (pread(l->fd, copy->bytes.s, b->nbytes, (off_t)b->file_at) != (ssize_t)b->nbytes)
        return NULL;
    copy->bytes.n = b->nbytes;
    for (uint32_t at = 0, k = 0; k < b->lines && at + sizeof(struct record) <= b->nbytes; k++) {
        struct record r;
        arr_push(&copy->at, at);
        memcpy(&r, copy->bytes.s + at, sizeof(r));
        at += (uint32_t)sizeof(r) + r.n;
    }
    copy->first = b->first;
    slot->block = which + 1;
    slot->used = ++l->clock;
    return copy;
}

bool loglines_get(struct loglines *l, size_t i, struct logline *out)
{
    struct record r;
    if (i < loglines_first(l) || i >= l->end)
        return false;
    size_t which = block_of(l, i);
    struct block *b = &l->blocks.v[which];
    if (b->spilled && !(b = read_back(l, which)))
        return false;
    if (i - b->first >= b->at.n)
        return false;
    size_t at = b->at.v[i - b->first];
    memcpy(&r, b->bytes.s + at, sizeof(r));
    *out = (struct logline) { r.stamp, r.source, r.flags, r.level, r.n, b->bytes.s + at + sizeof(r) };
    return true;
}
