#include "base/timeutil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t clock_ms(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t time_mono_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t time_boot_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

// KVIEW_NOW (Unix seconds) stops the clock, so that a screen can be compared byte for byte; with a sign it
// moves the clock, so that objects just made can be seen old.
int64_t time_now_ms(void)
{
    const char *given = getenv("KVIEW_NOW");
    if (!given || !*given)
        return clock_ms(CLOCK_REALTIME);
    int64_t ms = strtoll(given, NULL, 10) * 1000;
    return *given == '+' || *given == '-' ? clock_ms(CLOCK_REALTIME) + ms : ms;
}

bool time_stands_still(void)
{
    const char *fixed = getenv("KVIEW_NOW");
    return fixed && *fixed;
}

int64_t time_now(void)
{
    return time_now_ms() / 1000;
}

// Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-compatible low-level date
// algorithms"): timegm without the C library's locks and environment.
static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static bool digits(const char *s, int n, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        *out = *out * 10 + (s[i] - '0');
    }
    return true;
}

static const char *parse_fraction(const char *s, int32_t *nsec)
{
    int32_t scale = 100000000;
    *nsec = 0;
    if (*s != '.')
        return s;
    for (s++; *s >= '0' && *s <= '9'; s++, scale /= 10)
        *nsec += scale * (*s - '0');
    return s;
}

static bool parse_zone(const char *s, int *offset)
{
    int h, m;
    *offset = 0;
    if ((*s == 'Z' || *s == 'z') && !s[1])
        return true;
    if ((*s != '+' && *s != '-') || !digits(s + 1, 2, &h) || s[3] != ':' || !digits(s + 4, 2, &m) || s[6])
        return false;
    *offset = (h * 60 + m) * 60 * (*s == '-' ? -1 : 1);
    return true;
}

bool time_parse_rfc3339(const char *s, int64_t *sec, int32_t *nsec)
{
    int y, mo, d, h, mi, se, offset;
    int32_t frac;
    if (!s || strlen(s) < 20 || !digits(s, 4, &y) || s[4] != '-' || !digits(s + 5, 2, &mo) ||
        s[7] != '-' || !digits(s + 8, 2, &d) || (s[10] != 'T' && s[10] != 't') ||
        !digits(s + 11, 2, &h) || s[13] != ':' || !digits(s + 14, 2, &mi) || s[16] != ':' ||
        !digits(s + 17, 2, &se))
        return false;
    if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 24 || mi > 59 || se > 60)
        return false;
    if (!parse_zone(parse_fraction(s + 19, &frac), &offset))
        return false;
    *sec = days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60 + se - offset;
    if (nsec)
        *nsec = frac;
    return true;
}

void time_format_rfc3339(int64_t sec, char out[32])
{
    time_t t = (time_t)sec;
    struct tm tm;
    gmtime_r(&t, &tm);
    snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", (tm.tm_year + 1900) % 10000, tm.tm_mon + 1, tm.tm_mday,
        tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void two_units(char *out, int64_t a, char ua, int64_t b, char ub)
{
    if (b)
        snprintf(out, HUMAN_DURATION_MAX, "%lld%c%lld%c", (long long)a, ua, (long long)b, ub);
    else
        snprintf(out, HUMAN_DURATION_MAX, "%lld%c", (long long)a, ua);
}

void human_duration(int64_t s, char out[HUMAN_DURATION_MAX])
{
    int64_t m = s / 60, h = s / 3600, days = h / 24;
    if (s < -1)
        snprintf(out, HUMAN_DURATION_MAX, "<invalid>");
    else if (s < 120)
        two_units(out, s < 0 ? 0 : s, 's', 0, 0);
    else if (m < 10)
        two_units(out, m, 'm', s % 60, 's');
    else if (m < 180)
        two_units(out, m, 'm', 0, 0);
    else if (h < 8)
        two_units(out, h, 'h', m % 60, 'm');
    else if (h < 48)
        two_units(out, h, 'h', 0, 0);
    else if (h < 192)
        two_units(out, days, 'd', h % 24, 'h');
    else if (h < 24 * 365 * 2)
        two_units(out, days, 'd', 0, 0);
    else if (h < 24 * 365 * 8)
        two_units(out, days / 365, 'y', days % 365, 'd');
    else
        two_units(out, days / 365, 'y', 0, 0);
}

void human_age(int64_t now, int64_t then, char out[HUMAN_DURATION_MAX])
{
    if (then)
        human_duration(now - then, out);
    else
        snprintf(out, HUMAN_DURATION_MAX, "<unknown>");
}

bool duration_parse(const char *s, int64_t *sec)
{
    static const struct {
        char unit;
        int64_t secs;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 },
        { 'y', 31536000 } };
    double total = 0;
    bool any = false;
    while (*s) {
        size_t n = strspn(s, "0123456789."); // strtod alone would take "nan", "inf" and "0x1f"
        char *end;
        double v = strtod(s, &end);
        if (!n || end != s + n)
            return false;
        int64_t mult = *end ? 0 : 1;
        for (size_t i = 0; *end && i < sizeof(units) / sizeof(*units); i++)
            if (units[i].unit == *end)
                mult = units[i].secs;
        if (!mult || (!*end && any))
            return false;
        total += v * (double)mult;
        any = true;
        s = *end ? end + 1 : end;
    }
    if (!any || total > 1e12) // 30 000 years
        return false;
    *sec = (int64_t)total;
    return true;
}
