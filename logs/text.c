#include "logs/text.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ui/style.h"

enum { SHOWN_MAX = 64 << 10, LEVEL_WITHIN = 160, STATUS_WITHIN = 2048, MAX_PARAMS = 16, TAB = 8 };

void logtext_init(struct logtext *t)
{
    memset(t, 0, sizeof(*t));
    buf_init(&t->text);
}

void logtext_release(struct logtext *t)
{
    buf_release(&t->text);
    arr_release(&t->inks);
}

// ---- colours

struct sgr {
    unsigned fg, bg, attrs;
};

static unsigned nearest(int r, int g, int b) // in the 6x6x6 cube of the palette
{
    int v[3] = { r, g, b };
    for (int i = 0; i < 3; i++)
        v[i] = (v[i] < 0 ? 0 : v[i] > 255 ? 255 : v[i]) * 5 / 255;
    return (unsigned)(16 + 36 * v[0] + 6 * v[1] + v[2]);
}

static size_t extended(const int *p, size_t n, unsigned *colour)
{
    if (n >= 3 && p[1] == 5) {
        *colour = (unsigned)p[2] & 0xff;
        return 2;
    }
    if (n >= 5 && p[1] == 2) {
        *colour = nearest(p[2], p[3], p[4]);
        return 4;
    }
    return n;
}

static void apply(struct sgr *s, const int *p, size_t n)
{
    static const unsigned on[] = {
        [1] = INK_BOLD, [3] = INK_ITALIC, [4] = INK_UNDERLINE, [7] = INK_REVERSE
    };
    for (size_t i = 0; i < n; i++) {
        int v = p[i];
        if (v == 0)
            *s = (struct sgr) { INK_DEFAULT, INK_DEFAULT, 0 };
        else if (v < (int)ARRAY_SIZE(on))
            s->attrs |= on[v];
        else if (v == 22)
            s->attrs &= ~(unsigned)INK_BOLD;
        else if (v > 22 && v - 20 < (int)ARRAY_SIZE(on))
            s->attrs &= ~on[v - 20];
        else if ((v >= 30 && v <= 37) || (v >= 90 && v <= 97))
            s->fg = (unsigned)(v < 90 ? v - 30 : v - 82);
        else if ((v >= 40 && v <= 47) || (v >= 100 && v <= 107))
            s->bg = (unsigned)(v < 100 ? v - 40 : v - 92);
        else if (v == 39 || v == 49)
            *(v == 39 ? &s->fg : &s->bg) = INK_DEFAULT;
        else if (v == 38 || v == 48)
            i += extended(p + i, n - i, v == 38 ? &s->fg : &s->bg);
    }
}

static uint32_t ink_of(const struct sgr *s)
{
    if (s->fg == INK_DEFAULT && s->bg == INK_DEFAULT && !s->attrs)
        return 0;
    return INK_OWN | s->fg | s->bg << INK_BG_SHIFT | s->attrs;
}

// The escape sequence at s (an ESC): its bytes. Colours are taken, all others mean nothing in a log.
static size_t take_escape(struct sgr *sgr, const char *s, size_t n)
{
    int params[MAX_PARAMS] = { 0 };
    size_t k = 0, i = 2;
    if (n < 2)
        return n;
    if (s[1] == ']' || s[1] == 'P' || s[1] == 'X' || s[1] == '^' ||
        s[1] == '_') { // strings, to BEL or ST
        while (i < n && s[i] != '\a' && !(s[i] == '\033' && i + 1 < n && s[i + 1] == '\\'))
            i++;
        return i >= n ? n : s[i] == '\a' ? i + 1 : i + 2;
    }
    if (s[1] != '[')
        return s[1] >= ' ' && s[1] < 0x7f ? 2 : 1;
    for (; i < n && (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x40; i++) {
        if (isdigit((unsigned char)s[i]) && params[k] < 10000)
            params[k] = params[k] * 10 + s[i] - '0';
        else if ((s[i] == ';' || s[i] == ':') && k + 1 < MAX_PARAMS)
            k++;
    }
    if (i < n && s[i] == 'm' && (s[2] == 'm' || s[2] < '<'))
        apply(sgr, params, k + 1);
    return i < n ? i + 1 : n;
}

static void put_clean(struct logtext *t, const char *s, size_t n, size_t *col)
{
    size_t before = t->text.n;
    utf8_sanitise(&t->text, s, n);
    *col += (size_t)utf8_width(t->text.s + before);
}

void logtext_set(struct logtext *t, const char *s, size_t n)
{
    struct sgr sgr = { INK_DEFAULT, INK_DEFAULT, 0 };
    size_t from = 0, col = 0, i = 0;
    buf_clear(&t->text);
    t->inks.n = 0;
    if (n && s[n - 1] == '\r')
        n--;
    const char *last = memrchr(s, '\r', n); // a line that was written over, as progress is: what it said last
    if (last) {
        n -= (size_t)(last + 1 - s);
        s = last + 1;
    }
    n = n < SHOWN_MAX ? n : SHOWN_MAX;
    if (utf8_is_plain(s, n)) {
        buf_add(&t->text, s, n);
        return;
    }
    while (i < n) {
        if (s[i] != '\033' && s[i] != '\t') {
            i++;
            continue;
        }
        put_clean(t, s + from, i - from, &col);
        if (s[i] == '\t') {
            do
                buf_putc(&t->text, ' ');
            while (++col % TAB);
            i++;
        } else {
            uint32_t was = ink_of(&sgr);
            i += take_escape(&sgr, s + i, n - i);
            if (ink_of(&sgr) != was)
                arr_push(&t->inks, ((struct ink_from) { (uint32_t)t->text.n, ink_of(&sgr) }));
        }
        from = i;
    }
    put_clean(t, s + from, n - from, &col);
}

// ---- levels

static const struct {
    const char *word;
    enum log_level level;
} words[] = {
    { "error", LEVEL_ERROR },
    { "warn", LEVEL_WARN },
    { "warning", LEVEL_WARN },
    { "info", LEVEL_INFO },
    { "debug", LEVEL_DEBUG },
    { "fatal", LEVEL_FATAL },
    { "panic", LEVEL_FATAL },
    { "critical", LEVEL_FATAL },
    { "trace", LEVEL_TRACE },
    { "err", LEVEL_ERROR },
    { "notice", LEVEL_INFO },
    { "severe", LEVEL_ERROR },
    { "crit", LEVEL_FATAL },
    { "alert", LEVEL_FATAL },
    { "emerg", LEVEL_FATAL },
    { "information", LEVEL_INFO },
    { "dbg", LEVEL_DEBUG },
    { "wrn", LEVEL_WARN },
    { "inf", LEVEL_INFO },
};

enum log_level logtext_level_named(const char *word, size_t n)
{
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strlen(words[i].word) == n && strncasecmp(words[i].word, word, n) == 0)
            return words[i].level;
    return LEVEL_NONE;
}

const char *logtext_level_name(enum log_level level)
{
    static const char *const names[] = { "", "trace", "debug", "info", "warn", "error", "fatal" };
    return names[level];
}

// level=error, "level":"error", severity: a name that says so, then what separates, then the word.
static enum log_level level_field(const char *s, size_t n)
{
    static const char *const names[] = { "level", "severity", "lvl" };
    for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
        size_t len = strlen(names[k]);
        const char *p = memmem(s, n, names[k], len);
        if (!p || (p > s && isalnum((unsigned char)p[-1])))
            continue;
        size_t i = (size_t)(p - s) + len, from;
        while (i < n && strchr("\"=: ", s[i]) && s[i])
            i++;
        for (from = i; i < n && isalpha((unsigned char)s[i]); i++)
            ;
        enum log_level level = logtext_level_named(s + from, i - from);
        if (level)
            return level;
    }
    return LEVEL_NONE;
}

// Access logs (Common Log Format, https://httpd.apache.org/docs/current/logs.html#common): … "GET / HTTP/1.1" 503 …
static enum log_level level_of_status(const char *s, size_t n)
{
    const char *p = memmem(s, n < STATUS_WITHIN ? n : STATUS_WITHIN, " HTTP/", 6), *end = s + n;
    while (p && p < end && *p != '"')
        p++;
    if (!p || end - p < 5 || p[1] != ' ' || !isdigit((unsigned char)p[3]) || !isdigit((unsigned char)p[4]))
        return LEVEL_NONE;
    return p[2] == '5'                  ? LEVEL_ERROR
           : p[2] == '4'                ? LEVEL_WARN
           : p[2] >= '1' && p[2] <= '3' ? LEVEL_INFO
                                        : LEVEL_NONE;
}

enum log_level logtext_level(const char *s, size_t n)
{
    enum log_level status = level_of_status(s, n);
    n = n < LEVEL_WITHIN ? n : LEVEL_WITHIN;
    if (n > 5 && strchr("IWEF", s[0]) && isdigit((unsigned char)s[1]) &&
        isdigit((unsigned char)s[2]) && isdigit((unsigned char)s[3]) &&
        isdigit((unsigned char)s[4]) && s[5] == ' ') // klog: E1124 01:02:03
        return s[0] == 'I'   ? LEVEL_INFO
               : s[0] == 'W' ? LEVEL_WARN
               : s[0] == 'E' ? LEVEL_ERROR
                             : LEVEL_FATAL;
    enum log_level level = level_field(s, n);
    if (!level)
        level = status;
    // else a word of its own that is written as levels are: ERROR, [error], error:
    for (size_t i = 0; !level && i < n;) {
        if (!isalpha((unsigned char)s[i])) {
            i++;
            continue;
        }
        size_t from = i;
        while (i < n && isalnum((unsigned char)s[i]))
            i++;
        bool loud =
            isupper((unsigned char)s[from]) && i - from >= 3 && isupper((unsigned char)s[from + 1]);
        bool marked = (from && s[from - 1] == '[') || (i < n && s[i] == ':' && from < 40);
        if (i - from <= 11 && (loud || marked))
            level = logtext_level_named(s + from, i - from);
    }
    return level;
}

bool logtext_goes_on(const char *s, size_t n)
{
    static const char *const begins[] = { "Caused by", "Traceback", "goroutine ", "During handling of", "[signal ",
        "created by " };
    if (!n || *s == ' ' || *s == '\t' || *s == '}' || *s == ')')
        return true;
    const char *call = memchr(s, '(', n), *dot = memchr(s, '.', n);
    if (call && dot && dot < call && s[n - 1] == ')' && !memchr(s, ' ', (size_t)(call - s))) // main.(*cart).total(...)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
        if (strlen(begins[i]) <= n && strncmp(s, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

// ---- fields

static bool json_field(const char *s, size_t n, const char *name, struct buf *out)
{
    json_t *doc = json_loadb(s, n, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL);
    const json_t *at = json_object_get(doc, name);
    char part[128], tmp[32];
    if (!at && strchr(name, '.')) {
        at = doc;
        for (const char *p = name; p && *p && at;) {
            size_t len = strcspn(p, ".");
            snprintf(part, sizeof(part), "%.*s", (int)len, p);
            at = json_object_get(at, part);
            p = p[len] ? p + len + 1 : NULL;
        }
    }
    if (at && (json_is_object(at) || json_is_array(at))) {
        char *text = json_dumps(at, JSON_COMPACT);
        buf_puts(out, str_or(text, ""));
        free(text);
    } else if (at) {
        buf_puts(out, json_scalar(at, tmp));
    }
    bool found = at != NULL;
    json_decref(doc);
    return found;
}

bool logtext_logfmt(
    const char *s, size_t n, size_t *at, const char **name, size_t *name_n, struct buf *value)
{
    size_t i = *at;
    while (i < n) {
        while (i < n && s[i] == ' ')
            i++;
        size_t from = i;
        while (i < n && s[i] != '=' && s[i] != ' ')
            i++;
        if (i >= n || s[i] != '=' || i == from) {
            i += i < n;
            continue;
        }
        *name = s + from;
        *name_n = i - from;
        bool quoted = ++i < n && s[i] == '"';
        for (i += quoted; i < n && (quoted ? s[i] != '"' : s[i] != ' '); i++) {
            if (quoted && s[i] == '\\' && i + 1 < n)
                i++;
            buf_putc(value, s[i]);
        }
        *at = i + quoted;
        return true;
    }
    return false;
}

static bool logfmt_field(const char *s, size_t n, const char *wanted, struct buf *out)
{
    const char *name;
    size_t at = 0, name_n, before = out->n;
    while (logtext_logfmt(s, n, &at, &name, &name_n, out)) {
        if (strlen(wanted) == name_n && strncmp(name, wanted, name_n) == 0)
            return true;
        buf_truncate(out, before);
    }
    return false;
}

bool logtext_field(const char *s, size_t n, const char *name, struct buf *out)
{
    while (n && isspace((unsigned char)*s)) {
        s++;
        n--;
    }
    if (n && *s == '{')
        return json_field(s, n, name, out);
    return logfmt_field(s, n, name, out);
}
