#include "kinds/cron.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"

enum { DAY = 86400, HORIZON_DAYS = 5 * 366 };

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct",
    "nov", "dec", NULL };
static const char *const days[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL };

struct bounds {
    int min, max;
    const char *const *names; // of min, min+1 …; NULL: none
};
static const struct bounds minute = { 0, 59, NULL }, hour = { 0, 23, NULL }, dom = { 1, 31, NULL },
                           month = { 1, 12, months }, dow = { 0, 6, days };

static bool parse_value(const char *s, size_t n, const struct bounds *b, int *out)
{
    char word[8];
    int64_t v;
    if (!n || n >= sizeof(word))
        return false;
    memcpy(word, s, n);
    word[n] = '\0';
    for (int i = 0; b->names && b->names[i]; i++)
        if (str_ieq(b->names[i], word)) {
            *out = b->min + i;
            return true;
        }
    if (strspn(word, "0123456789") != n || !str_to_i64(word, &v))
        return false;
    *out = (int)v;
    return true;
}

// "*", "5", "1-5", "*/15", "10-50/5", "3/10" (from 3 on)
static bool parse_range(const char *s, size_t n, const struct bounds *b, uint64_t *set, bool *any)
{
    const char *slash = memchr(s, '/', n), *dash = memchr(s, '-', n);
    size_t head = slash ? (size_t)(slash - s) : n;
    int from = b->min, to = b->max, step = 1;
    if (head == 1 && (*s == '*' || *s == '?')) {
        *any |= !slash;
    } else if (dash && dash < s + head) {
        if (!parse_value(s, (size_t)(dash - s), b, &from) ||
            !parse_value(dash + 1, (size_t)(s + head - dash - 1), b, &to))
            return false;
    } else {
        if (!parse_value(s, head, b, &from))
            return false;
        to = slash ? b->max : from;
    }
    if (slash && (!parse_value(slash + 1, n - head - 1, &(struct bounds) { 0, 0, NULL }, &step) || step < 1))
        return false;
    if (from < b->min || to > b->max || from > to)
        return false;
    for (int v = from; v <= to; v += step)
        *set |= UINT64_C(1) << v;
    return true;
}

static bool parse_field(const char *s, size_t n, const struct bounds *b, uint64_t *set, bool *any)
{
    *set = 0;
    *any = false;
    while (n) {
        const char *comma = memchr(s, ',', n);
        size_t one = comma ? (size_t)(comma - s) : n;
        if (!parse_range(s, one, b, set, any))
            return false;
        n -= comma ? one + 1 : n;
        s += one + 1;
    }
    return *set != 0;
}

static bool parse_fields(const char *s, struct cron *c)
{
    const struct bounds *bounds[] = { &minute, &hour, &dom, &month, &dow };
    uint64_t *sets[] = { &c->minute, &c->hour, &c->dom, &c->month, &c->dow };
    for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
        bool any;
        s += strspn(s, " \t");
        size_t n = strcspn(s, " \t");
        if (!parse_field(s, n, bounds[i], sets[i], &any))
            return false;
        if (i == 2)
            c->dom_any = any;
        if (i == 4)
            c->dow_any = any;
        s += n;
    }
    return s[strspn(s, " \t")] == '\0';
}

bool cron_parse(const char *s, struct cron *out)
{
    static const struct {
        const char *name, *fields;
    } named[] = { { "@yearly", "0 0 1 1 *" }, { "@annually", "0 0 1 1 *" }, { "@monthly", "0 0 1 * *" },
        { "@weekly", "0 0 * * 0" }, { "@daily", "0 0 * * *" }, { "@midnight", "0 0 * * *" },
        { "@hourly", "0 * * * *" } };
    memset(out, 0, sizeof(*out));
    if (str_starts(s, "@every "))
        return duration_parse(s + 7, &out->every) && out->every > 0;
    for (size_t i = 0; i < ARRAY_SIZE(named); i++)
        if (str_eq(s, named[i].name))
            return parse_fields(named[i].fields, out);
    return parse_fields(s, out);
}

static bool has(uint64_t set, int v)
{
    return set >> v & 1;
}

// Both days must fit where one of them is "*", either of them where both are given.
static bool day_fits(const struct cron *c, const struct tm *tm)
{
    bool a = has(c->dom, tm->tm_mday), b = has(c->dow, tm->tm_wday);
    if (!has(c->month, tm->tm_mon + 1))
        return false;
    return c->dom_any || c->dow_any ? a && b : a || b;
}

int64_t cron_next(const struct cron *c, int64_t after, int64_t from)
{
    if (c->every)
        return after < from ? from + c->every : from + ((after - from) / c->every + 1) * c->every;
    int64_t t = after / 60 * 60 + 60;
    for (int64_t day = t / DAY, end = day + HORIZON_DAYS; day < end; day++) {
        time_t midnight = (time_t)(day * DAY);
        struct tm tm;
        if (!gmtime_r(&midnight, &tm) || !day_fits(c, &tm))
            continue;
        for (int m = day * DAY < t ? (int)(t - day * DAY) / 60 : 0; m < 1440; m++)
            if (has(c->hour, m / 60) && has(c->minute, m % 60))
                return day * DAY + m * 60;
    }
    return 0;
}
