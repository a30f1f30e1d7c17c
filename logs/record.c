#include "logs/record.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/str.h"

enum { DEPTH_MAX = 6, PAIRS_MIN = 2, FIELD_MAX = 4096 };

static const char *const message_names[] = { "msg", "message", "log", "event", "text" };
static const char *const time_names[] = { "time", "ts", "timestamp", "@timestamp", "datetime", "asctime" };
static const char *const level_names[] = { "level", "severity", "lvl", "levelname", "log.level" };

static bool one_of(const char *const *names, size_t count, const char *name, size_t n)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == n && strncasecmp(names[i], name, n) == 0)
            return true;
    return false;
}

// What the head of the record says already, or the view beside it.
static bool is_head(const char *name, size_t n)
{
    return one_of(time_names, ARRAY_SIZE(time_names), name, n) || one_of(level_names, ARRAY_SIZE(level_names), name, n);
}

static void put_level(enum log_level level, const char *word, struct buf *out)
{
    char upper[12];
    const char *name = level ? logtext_level_name(level) : word;
    size_t i = 0;
    for (; name[i] && i + 1 < sizeof(upper); i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    upper[i] = '\0';
    buf_printf(out, "%-5s ", upper);
}

static void put_field(struct buf *fields, const char *name, size_t name_n, const char *value, size_t n)
{
    bool quote = n == 0 || memchr(value, ' ', n) || memchr(value, '=', n);
    n = n < FIELD_MAX ? n : FIELD_MAX;
    buf_puts(fields, "  \033[38;5;245m"); // names stand back behind values
    buf_add(fields, name, name_n);
    buf_puts(fields, "=\033[0m");
    if (quote)
        buf_putc(fields, '"');
    buf_add(fields, value, n);
    if (quote)
        buf_putc(fields, '"');
}

static void finish(struct buf *out, const char *message, size_t n, struct buf *fields)
{
    buf_add(out, message, n);
    buf_add(out, fields->s, fields->n);
    buf_release(fields);
}

// ---- JSON

static void put_json_fields(const json_t *object, const json_t *message, struct buf *path, int depth, struct buf *fields)
{
    const char *key;
    json_t *value;
    size_t before = path->n;
    char tmp[32];
    json_object_foreach((json_t *)object, key, value)
    {
        if (value == message || (depth == 0 && is_head(key, strlen(key))))
            continue;
        buf_printf(path, "%s%s", before ? "." : "", key);
        if (json_is_object(value) && depth < DEPTH_MAX) {
            put_json_fields(value, message, path, depth + 1, fields);
        } else if (json_is_array(value) || json_is_object(value)) {
            char *text = json_dumps(value, JSON_COMPACT);
            put_field(fields, path->s, path->n, str_or(text, ""), strlen(str_or(text, "")));
            free(text);
        } else {
            const char *text = json_scalar(value, tmp);
            put_field(fields, path->s, path->n, text, strlen(text));
        }
        buf_truncate(path, before);
    }
}

static bool put_json(const char *s, size_t n, enum log_level level, struct buf *out)
{
    json_t *doc = json_loadb(s, n, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL);
    const json_t *message = NULL, *word = NULL;
    struct buf path = BUF_INIT, fields = BUF_INIT;
    if (!json_is_object(doc)) {
        json_decref(doc);
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(message_names) && !json_is_string(message); i++)
        message = json_object_get(doc, message_names[i]);
    message = json_is_string(message) ? message : NULL;
    for (size_t i = 0; i < ARRAY_SIZE(level_names) && !json_is_string(word); i++)
        word = json_object_get(doc, level_names[i]);
    put_json_fields(doc, message, &path, 0, &fields);
    put_level(level, str_or(json_string_value(word), ""), out);
    const char *text = message ? json_string_value(message) : "";
    finish(out, text, strlen(text), &fields);
    buf_release(&path);
    json_decref(doc);
    return true;
}

// ---- logfmt

// All the pairs from `from` on but those of the head; of a message only the first. How many pairs there were.
static size_t put_pairs(const char *s, size_t n, size_t from, struct buf *message, struct buf *fields)
{
    const char *name;
    size_t at = from, name_n, count = 0;
    struct buf value = BUF_INIT;
    while (logtext_logfmt(s, n, &at, &name, &name_n, &value)) {
        count++;
        if (message && !message->n && one_of(message_names, ARRAY_SIZE(message_names), name, name_n))
            buf_add(message, value.s, value.n);
        else if (!is_head(name, name_n))
            put_field(fields, name, name_n, value.s, value.n);
        buf_clear(&value);
    }
    buf_release(&value);
    return count;
}

static bool put_logfmt(const char *s, size_t n, enum log_level level, struct buf *out)
{
    struct buf message = BUF_INIT, fields = BUF_INIT;
    size_t first = 0;
    while (first < n && (isalnum((unsigned char)s[first]) || strchr("_.-@", s[first])))
        first++;
    bool is = first && first < n && s[first] == '=' && put_pairs(s, n, 0, &message, &fields) >= PAIRS_MIN;
    if (is) {
        put_level(level, "", out);
        buf_add(out, message.s, message.n);
        buf_add(out, fields.s, fields.n);
    }
    buf_release(&message);
    buf_release(&fields);
    return is;
}

// ---- klog: E1124 01:02:03.123456    1234 file.go:12] "msg" k="v"

static bool put_klog(const char *s, size_t n, enum log_level level, struct buf *out)
{
    const char *end = memchr(s, ']', n < 128 ? n : 128);
    struct buf fields = BUF_INIT;
    if (n < 22 || !strchr("IWEF", s[0]) || !isdigit((unsigned char)s[1]) || s[5] != ' ' || s[8] != ':' || !end)
        return false;
    const char *file = end;
    while (file > s && file[-1] != ' ')
        file--;
    size_t from = (size_t)(end - s) + 1, to;
    while (from < n && s[from] == ' ')
        from++;
    to = n;
    if (from < n && s[from] == '"') { // structured: the message in quotes, then pairs
        for (to = ++from; to < n && s[to] != '"'; to++)
            to += s[to] == '\\' && to + 1 < n;
        if (to < n)
            put_pairs(s, n, to + 1, NULL, &fields);
    }
    put_field(&fields, "at", 2, file, (size_t)(end - file));
    put_level(level, "", out);
    finish(out, s + from, to - from, &fields);
    return true;
}

bool logrecord_put(const char *s, size_t n, enum log_level level, struct buf *out)
{
    while (n && isspace((unsigned char)*s)) {
        s++;
        n--;
    }
    if (!n)
        return false;
    if (*s == '{')
        return put_json(s, n, level, out);
    return put_klog(s, n, level, out) || put_logfmt(s, n, level, out);
}
