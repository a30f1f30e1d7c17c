#include "logs/hist.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
enum { ALL, WARNINGS, ERRORS, COUNTS };

static void add_to(uint32_t *slot, const uint32_t *other)
{
    for (int k = 0; k < COUNTS; k++)
        slot[k] = other[k] > UINT32_MAX - slot[k] ? UINT32_MAX : slot[k] + other[k];
}

// Pairs become one, so that twice the time fits. up: what is there moves to the end, for older lines.
static void widen(struct loghist *h, bool up)
{
    int at = up ? LOGHIST_SLOTS / 2 : 0;
    uint32_t old[LOGHIST_SLOTS][COUNTS];
    memcpy(old, h->slots, sizeof(old));
    memset(h->slots, 0, sizeof(h->slots));
    for (int i = 0; i < LOGHIST_SLOTS; i++)
        add_to(h->slots[at + i / 2], old[i]);
    if (up)
        h->from -= h->width * LOGHIST_SLOTS;
    h->width *= 2;
}

void loghist_add(struct loghist *h, int64_t stamp, enum log_level level)
{
    if (!h->width) {
        h->width = NS_PER_S;
        h->from = stamp - stamp % NS_PER_S;
    }
    while (stamp < h->from && h->width < INT64_MAX / (4 * LOGHIST_SLOTS) &&
           h->from > h->width * LOGHIST_SLOTS)
        widen(h, true);
    while ((stamp - h->from) / h->width >= LOGHIST_SLOTS)
        widen(h, false);
    uint32_t one[COUNTS] = { 1, level == LEVEL_WARN, level >= LEVEL_ERROR };
    add_to(h->slots[stamp < h->from ? 0 : (stamp - h->from) / h->width], one);
}

static void put_time(struct canvas *c, int y, int x, int w, int64_t stamp, bool utc, bool right)
{
    time_t sec = (time_t)(stamp / NS_PER_S);
    struct tm tm;
    char text[32];
    strftime(
        text, sizeof(text), "%m-%d %H:%M:%S", utc ? gmtime_r(&sec, &tm) : localtime_r(&sec, &tm));
    if (right)
        canvas_put_right(c, y, x, w, ROLE_DIM, text);
    else
        canvas_put(c, y, x, w, ROLE_DIM, text);
}

// The slots that column x of w shows, of those from first to last.
static void column(const struct loghist *h, int first, int last, int x, int w, uint32_t *out)
{
    int n = last - first + 1, from = first + (int)((int64_t)x * n / w),
        to = first + (int)((int64_t)(x + 1) * n / w);
    memset(out, 0, COUNTS * sizeof(*out));
    for (int i = from; i < to || i == from; i++)
        add_to(out, h->slots[i]);
}

static int bar(uint32_t count, uint32_t most, int rows)
{
    int n = (int)((uint64_t)count * (uint64_t)rows / most);
    return count && !n ? 1 : n; // a single error among thousands of lines is seen
}

static void used(const struct loghist *h, int *first, int *last)
{
    *first = 0;
    *last = LOGHIST_SLOTS - 1;
    while (*last > 0 && !h->slots[*last][ALL])
        --*last;
    while (*first < *last && !h->slots[*first][ALL])
        ++*first;
}

int64_t loghist_time_at(const struct loghist *h, int x, int w)
{
    int first, last;
    used(h, &first, &last);
    x = x < 0 ? 0 : x;
    return h->from + h->width * (first + (w > 0 ? (int64_t)x * (last - first + 1) / w : 0));
}

void loghist_paint(const struct loghist *h, struct canvas *c, struct rect r, bool utc)
{
    int first, last, rows = r.h - 1;
    uint32_t most = 1, v[COUNTS];
    char label[48];
    canvas_fill(c, r, ROLE_TEXT, NULL);
    used(h, &first, &last);
    if (!h->width || rows < 1 || r.w < 1)
        return;
    for (int x = 0; x < r.w; x++) {
        column(h, first, last, x, r.w, v);
        most = v[ALL] > most ? v[ALL] : most;
    }
    for (int x = 0; x < r.w; x++) {
        column(h, first, last, x, r.w, v);
        int errors = bar(v[ERRORS], most, rows), warnings = errors + bar(v[WARNINGS], most, rows);
        int all = bar(v[ALL], most, rows);
        for (int k = 0; k < rows && k < (all > warnings ? all : warnings); k++)
            canvas_put(c, r.y + rows - 1 - k, r.x + x, 1,
                k < errors     ? ROLE_BAD
                : k < warnings ? ROLE_WARN
                               : ROLE_DIM,
                "█");
    }
    put_time(c, r.y + rows, r.x, r.w, h->from + first * h->width, utc, false);
    put_time(c, r.y + rows, r.x, r.w, h->from + (last + 1) * h->width, utc, true);
    snprintf(label, sizeof(label), "highest: %u lines", most);
    canvas_put(c, r.y + rows, r.x + r.w / 2 - 10, 30, ROLE_DIM, label);
}
