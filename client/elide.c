#include "client/elide.h"

#include <string.h>

// Quotes inside a string are escaped: in JSON, this is a key, unless a backslash stands before it.
static const char needle[] = "\"managedFields\":[";
enum { NEEDLE = sizeof(needle) - 1 };
_Static_assert((int)ELIDE_TAIL == (int)NEEDLE, "all of the needle but its end, and the byte before it");

// How many of these bytes are inside; *e says whether that is the end of it.
static size_t inside(struct elide *e, const char *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = data[i];
        if (e->escape)
            e->escape = false;
        else if (e->string && c == '\\')
            e->escape = true;
        else if (c == '"')
            e->string = !e->string;
        else if (!e->string && (c == '[' || c == '{'))
            e->depth++;
        else if (!e->string && (c == ']' || c == '}') && --e->depth == 0)
            return i; // the bracket itself is parsed again
    }
    return n;
}

static void remember(struct elide *e, const char *data, size_t n)
{
    if (n < ELIDE_TAIL) {
        size_t keep = e->tail_n < ELIDE_TAIL - n ? e->tail_n : ELIDE_TAIL - n;
        memmove(e->tail, e->tail + e->tail_n - keep, keep);
        memcpy(e->tail + keep, data, n);
        e->tail_n = keep + n;
    } else {
        memcpy(e->tail, data + n - ELIDE_TAIL, ELIDE_TAIL);
        e->tail_n = ELIDE_TAIL;
    }
}

// Behind the first needle in text, at or after `from` (of n bytes, one at least); NULL: there is none.
static const char *behind(const char *text, size_t n, size_t from)
{
    for (const char *p = text + from; (p = memmem(p, (size_t)(text + n - p), needle, NEEDLE)); p++)
        if (p == text || p[-1] != '\\')
            return p + NEEDLE;
    return NULL;
}

// How many bytes of data are outside: up to and with the bracket that opens, or all.
static size_t outside(struct elide *e, const char *data, size_t n)
{
    char seam[2 * ELIDE_TAIL];
    size_t head = n < ELIDE_TAIL ? n : ELIDE_TAIL;
    memcpy(seam, e->tail, e->tail_n);
    memcpy(seam + e->tail_n, data, head);
    // Those that end in the tail were seen; those that begin with these bytes are known by the one before
    const char *end = behind(seam, e->tail_n + head, e->tail_n < NEEDLE ? 0 : e->tail_n - NEEDLE + 1);
    size_t at = end ? (size_t)(end - seam) - e->tail_n : 0;
    if (!end && (end = behind(data, n, 1)))
        at = (size_t)(end - data);
    if (!end) {
        remember(e, data, n);
        return n;
    }
    e->depth = 1;
    e->tail_n = 0;
    return at;
}

bool elide_next(struct elide *e, const char **data, size_t *n, const char **piece, size_t *piece_n)
{
    if (e->depth) {
        size_t skipped = inside(e, *data, *n);
        *data += skipped;
        *n -= skipped;
    }
    if (!*n)
        return false;
    *piece = *data;
    *piece_n = outside(e, *data, *n);
    *data += *piece_n;
    *n -= *piece_n;
    return true;
}
