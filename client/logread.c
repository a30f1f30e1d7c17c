#include "client/logread.h"

#include <string.h>

#include "base/timeutil.h"

#define NS_PER_S INT64_C(1000000000)
enum { MAX_LINE = 1 << 20, STAMP_MAX = 40, SECOND_LEN = 19, KEY_BYTES = 48 };

void logs_mark_clear(struct logs_mark *m)
{
    arr_release(&m->seen);
    *m = (struct logs_mark) { 0 };
}

void logs_mark_copy(struct logs_mark *to, const struct logs_mark *from)
{
    logs_mark_clear(to);
    *to = *from;
    memset(&to->seen, 0, sizeof(to->seen));
    for (size_t i = 0; i < from->seen.n; i++)
        arr_push(&to->seen, from->seen.v[i]);
}

// ---- stamps: "2026-11-24T01:26:43.123456789Z text"

static int64_t parse_stamp(struct logread *r, const char *s, size_t n, size_t *used)
{
    const char *space = memchr(s, ' ', n < STAMP_MAX ? n : STAMP_MAX);
    char tmp[STAMP_MAX + 1];
    int32_t nsec = 0;
    if (!space && n < STAMP_MAX)
        space = s + n; // an empty line may come without the blank
    if (!space || space - s < SECOND_LEN + 1)
        return 0;
    size_t len = (size_t)(space - s);
    *used = len + (len < n);
    bool utc = s[len - 1] == 'Z' && s[SECOND_LEN] == '.' && len <= SECOND_LEN + 11;
    if (utc && r->sec && memcmp(s, r->second, SECOND_LEN) == 0) { // most are of the second before
        int32_t unit = 100000000;
        for (size_t i = SECOND_LEN + 1; i < len - 1; i++, unit /= 10) {
            if (s[i] < '0' || s[i] > '9')
                return 0;
            nsec += (s[i] - '0') * unit;
        }
        return r->sec * NS_PER_S + nsec;
    }
    memcpy(tmp, s, len);
    tmp[len] = '\0';
    int64_t sec;
    if (!time_parse_rfc3339(tmp, &sec, &nsec) || sec <= 0 || sec > INT64_MAX / NS_PER_S - 1)
        return 0;
    if (utc) {
        memcpy(r->second, s, SECOND_LEN);
        r->sec = sec;
    }
    return sec * NS_PER_S + nsec;
}

// ---- what was read before

static uint64_t key_of(int64_t stamp, const char *text, size_t n)
{
    uint32_t h = 2166136261u; // FNV-1a, of the beginning: a line in parts has the same
    for (size_t i = 0; i < n && i < KEY_BYTES; i++)
        h = (h ^ (unsigned char)text[i]) * 16777619u;
    return (uint64_t)(stamp % NS_PER_S) << 32 | h;
}

// Lines come again in their order: what was seen is looked for from the last hit on.
static bool seen_before(struct logread *r, uint64_t key)
{
    for (size_t i = r->next; i < r->known; i++)
        if (r->mark->seen.v[i] == key) {
            r->next = i + 1;
            return true;
        }
    return false;
}

enum verdict { IS_NEW, IS_KNOWN, IS_LAST, IS_OLDER };

// A line of an answer that goes on from the mark. What comes before the lines held was not asked for (a range that
// began within the second), or is what a clock that stepped back let the server give again; else it is a stranger.
static enum verdict judge(struct logread *r, int64_t sec, uint64_t key)
{
    if (!r->resumed || r->caught_up)
        return IS_NEW;
    if (sec == r->resumed && seen_before(r, key)) {
        r->met = true;
        r->caught_up = r->next == r->known;
        return r->caught_up ? IS_LAST : IS_KNOWN;
    }
    bool within = r->mark->cut && sec == r->resumed;
    bool again = !r->met && (sec < r->resumed || (r->mark->top > r->resumed && sec <= r->mark->top));
    if ((within || again) && !r->opts.trust) {
        r->older = true;
        return IS_OLDER;
    }
    r->caught_up = true;
    if (!r->met && !r->opts.trust)
        r->state = LOGREAD_STRANGER;
    return IS_NEW;
}

static void note_seen(struct logread *r, int64_t sec, uint64_t key)
{
    struct logs_mark *m = r->mark;
    if (sec != m->sec) {
        m->cut = !m->sec && r->opts.tail;
        m->sec = sec;
        m->seen.n = 0;
    }
    if (sec > m->top)
        m->top = sec;
    arr_push(&m->seen, key);
}

// ---- lines

static void give(struct logread *r, int64_t stamp, const char *text, size_t n, bool part)
{
    r->mark->partial = part ? r->mark->partial + n : 0;
    r->fn(r->arg, stamp, text, n, part);
}

static void go_on_in_part(struct logread *r, const char *s, size_t n, bool part)
{
    r->in_part = part;
    if (r->skips && n <= r->skip && part) {
        r->skip -= n;
        return;
    }
    if (r->skips && r->skip != SIZE_MAX) { // the rest of a line that was given in part
        size_t skip = r->skip < n ? r->skip : n;
        s += skip;
        n -= skip;
        r->skip = 0;
        r->skips = false;
    }
    if (!r->skips)
        give(r, r->part_stamp, s, n, part);
}

static void take_line(struct logread *r, const char *s, size_t n, bool part)
{
    size_t used = 0;
    if (r->in_part) {
        go_on_in_part(r, s, n, part);
        return;
    }
    int64_t stamp = parse_stamp(r, s, n, &used), sec = stamp / NS_PER_S;
    if (!stamp) {
        if (n && !r->opts.probe)
            r->fn(r->arg, 0, s, n, false);
        return;
    }
    uint64_t key = key_of(stamp, s + used, n - used);
    enum verdict v = judge(r, sec, key);
    if (r->state == LOGREAD_STRANGER)
        return;
    if (r->opts.probe) {
        r->in_part = r->skips = part;
        r->skip = SIZE_MAX;
        r->state = v == IS_NEW ? LOGREAD_MORE : LOGREAD_ON;
        return;
    }
    r->part_stamp = stamp;
    if (v == IS_NEW) {
        r->in_part = part;
        r->skips = false;
        if (r->mark->partial) // of the one before the end is gone
            give(r, stamp, "", 0, false);
        note_seen(r, sec, key);
        give(r, stamp, s + used, n - used, part);
        return;
    }
    r->skips = true;
    r->skip = v == IS_LAST && r->mark->partial ? r->mark->partial : SIZE_MAX;
    if (r->skip != SIZE_MAX)
        go_on_in_part(r, s + used, n - used, part);
    else
        r->in_part = part;
}

bool logread_data(struct logread *r, const char *data, size_t n)
{
    const char *end = data + n, *nl;
    while (data < end && !r->state && (nl = memchr(data, '\n', (size_t)(end - data)))) {
        if (r->rest.n) {
            buf_add(&r->rest, data, (size_t)(nl - data));
            take_line(r, r->rest.s, r->rest.n, false);
            buf_clear(&r->rest);
        } else {
            take_line(r, data, (size_t)(nl - data), false);
        }
        data = nl + 1;
    }
    if (data < end && !r->state)
        buf_add(&r->rest, data, (size_t)(end - data));
    if (r->rest.n > MAX_LINE) {
        take_line(r, r->rest.s, r->rest.n, true);
        buf_clear(&r->rest);
    }
    return r->state == LOGREAD_ON;
}

void logread_rest(struct logread *r)
{
    if ((r->rest.n || r->in_part) && !r->state)
        take_line(r, r->rest.s, r->rest.n, false);
    buf_clear(&r->rest);
}

void logread_end(struct logread *r)
{
    // Only lines that were taken for older ones, and not the ones held: those are not kept any more
    if (r->resumed && !r->met && !r->state && r->older)
        r->state = LOGREAD_STRANGER;
}

void logread_init(struct logread *r, struct logs_mark *mark, const struct logread_opts *o, logread_fn *fn, void *arg)
{
    memset(r, 0, sizeof(*r));
    r->fn = fn;
    r->arg = arg;
    r->mark = mark;
    r->opts = *o;
    r->resumed = mark->sec;
    r->known = mark->seen.n;
    buf_init(&r->rest);
}

void logread_release(struct logread *r)
{
    buf_release(&r->rest);
}
