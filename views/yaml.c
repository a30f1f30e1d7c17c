#include "views/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/yaml.h"

struct emit {
    const struct yaml_opts *opts;
    struct text *out;
    bool secret, in_data; // inside data/stringData of a Secret
    int depth;
};

enum { DIFF_MAX = 4000, SIMPLE_KEY_MAX = 128 };

// 2026-1-2, with or without a time: what go-yaml takes for a timestamp.
static bool is_time(const char *s)
{
    int y, mo, d, h, mi, sec, at = 0, n = 0;
    if (strspn(s, "0123456789") != 4 || sscanf(s, "%4d-%2d-%2d%n", &y, &mo, &d, &at) != 3 || !at)
        return false;
    if (mo < 1 || mo > 12 || d < 1 || d > 31 || !s[at])
        return !s[at] && mo >= 1 && mo <= 12 && d >= 1 && d <= 31;
    return strchr("Tt ", s[at]) && sscanf(s + at + 1, "%2d:%2d:%2d%n", &h, &mi, &sec, &n) == 3 && n &&
           strspn(s + at + 1 + n, "0123456789.:+-Zz") == strlen(s + at + 1 + n);
}

// 12:30, a number to the base of sixty in YAML 1.1.
static bool is_base60(const char *s)
{
    s += *s == '-' || *s == '+';
    size_t n = *s == '_' ? 0 : strspn(s, "0123456789_");
    if (!n || s[n] != ':')
        return false;
    for (s += n; *s == ':'; s += n) {
        n = 1 + strspn(s + 1, "0123456789");
        if (n < 2 || n > 3 || (n == 3 && s[1] > '5'))
            return false;
    }
    s += *s == '.' ? 1 + strspn(s + 1, "0123456789_") : 0;
    return !*s;
}

// Not a number of JSON's, but one of YAML's.
static bool is_inf_or_nan(const char *s)
{
    static const char *const signless[] = { ".nan", ".NaN", ".NAN" }, *const either[] = { ".inf", ".Inf", ".INF" };
    const char *after_sign = s + (*s == '-' || *s == '+');
    for (size_t i = 0; i < ARRAY_SIZE(either); i++)
        if (str_eq(signless[i], s) || str_eq(either[i], after_sign))
            return true;
    return false;
}

// A plain scalar that would be read as a number, a bool, null or a time: go-yaml puts it in double quotes.
static bool reads_as_other(const char *s)
{
    json_t *v = yaml_plain_scalar(s);
    bool other = !json_is_string(v);
    json_decref(v);
    return other || is_time(s) || is_base60(s) || is_inf_or_nan(s);
}

// One that YAML's own signs would break: single quotes.
static bool needs_quotes(const char *s)
{
    if (!*s || strchr("-?:,[]{}#&*!|>'\"%@` \t", *s)) {
        // "-x", "?x" and ":x" are plain when no blank follows
        bool lone = *s && strchr("-?:", *s) && s[1] && s[1] != ' ';
        if (!lone)
            return true;
    }
    size_t n = strlen(s);
    if (str_starts(s, "---") || str_starts(s, "...")) // the marks between documents
        return true;
    if (s[n - 1] == ' ' || s[n - 1] == ':' || strstr(s, ": ") || strstr(s, " #"))
        return true;
    return false;
}

// What libyaml's emitter (and go-yaml's) prints as it is: no controls, line separators, byte order marks and nothing beyond
// the basic plane. Nor, here, what reorders or hides text: it is escaped as well, so that what is read is what is there.
static bool printable(uint32_t cp)
{
    return (utf8_is_harmless(cp) || cp == 0xfffd) && cp < 0x10000 && cp != 0xfffe && cp != 0xffff;
}

static bool needs_double(const char *s)
{
    uint32_t cp;
    for (size_t n = strlen(s), i = 0; i < n;) {
        i += utf8_decode(s + i, n - i, &cp);
        if (!printable(cp))
            return true;
    }
    return false;
}

static void put_double(struct buf *b, const char *s)
{
    static const char from[] = "\n\t\r\"\\\a\b\v\f\x1b", to[] = "ntr\"\\abvfe";
    uint32_t cp;
    buf_putc(b, '"');
    for (size_t n = strlen(s), i = 0; i < n;) {
        size_t len = utf8_decode(s + i, n - i, &cp);
        const char *p = cp < 0x80 ? strchr(from, (int)cp) : NULL;
        if (p)
            buf_printf(b, "\\%c", to[p - from]);
        else if (cp == 0x85 || cp == 0x2028 || cp == 0x2029)
            buf_puts(b, cp == 0x85 ? "\\N" : cp == 0x2028 ? "\\L" : "\\P");
        else if (printable(cp))
            buf_add(b, s + i, len);
        else
            buf_printf(b, cp < 0x100 ? "\\x%02X" : cp < 0x10000 ? "\\u%04X" : "\\U%08X", cp);
        i += len;
    }
    buf_putc(b, '"');
}

static void put_single(struct buf *b, const char *s)
{
    buf_putc(b, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            buf_putc(b, '\'');
        buf_putc(b, *s);
    }
    buf_putc(b, '\'');
}

static style_t put_scalar(struct buf *b, const json_t *v)
{
    char tmp[32];
    if (json_is_string(v)) {
        const char *s = json_string_value(v);
        if (needs_double(s) || reads_as_other(s))
            put_double(b, s);
        else if (needs_quotes(s))
            put_single(b, s);
        else
            buf_puts(b, s);
        return ROLE_STRING;
    }
    if (json_is_null(v)) {
        buf_puts(b, "null");
        return ROLE_DIM;
    }
    buf_puts(b, json_scalar(v, tmp));
    return json_is_boolean(v) ? ROLE_ACCENT : ROLE_NUMBER;
}

static struct text_line *add_line(struct emit *e, const struct buf *line, int indent, size_t key_at,
    size_t key_len, style_t value_style)
{
    struct text_line *l = text_add(e->out, line->s);
    l->indent = (uint16_t)indent;
    text_span(l, key_at, key_len, ROLE_KEY);
    size_t at = key_at + key_len;
    if (line->n > at)
        text_span(l, at, line->n - at, value_style);
    return l;
}

static void emit_value(struct emit *e, struct buf *head, int indent, int level, size_t key_at,
    size_t key_len, const json_t *v);

// A block scalar: text of several lines, as ConfigMaps hold.
static bool emit_block(struct emit *e, struct buf *head, int indent, int level, size_t key_at,
    size_t key_len, const char *s)
{
    size_t n = strlen(s);
    if (!strchr(s, '\n'))
        return false;
    uint32_t cp;
    for (size_t i = 0; i < n;) {
        i += utf8_decode(s + i, n - i, &cp);
        if (!printable(cp) && cp != '\n' && cp != '\t')
            return false;
    }
    if (strstr(s, " \n") || strstr(s, "\t\n"))
        return false;
    buf_puts(head, strchr(" \t\n", s[0]) ? " |2" : " |"); // readers guess the depth by the first line, not by a tab
    buf_puts(head, s[n - 1] != '\n' ? "-" : n == 1 || s[n - 2] == '\n' ? "+" : "");
    add_line(e, head, indent, key_at, key_len, ROLE_COMMENT);
    const char *p = s;
    while (*p) {
        size_t len = strcspn(p, "\n");
        struct buf line = BUF_INIT;
        if (len)
            buf_printf(&line, "%*s%.*s", level + 2, "", (int)len, p);
        struct text_line *l = text_add(e->out, line.s);
        l->indent = (uint16_t)(level + 2);
        text_span(l, 0, line.n, ROLE_STRING);
        buf_release(&line);
        p += len + (p[len] == '\n');
    }
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static int64_t number_at(const char *s, size_t *end, bool more)
{
    int64_t v = more; // digits before that are the same in both, and not all of them 0
    for (; is_digit(s[*end]); (*end)++)
        v = v > INT64_MAX / 16 ? v : v * 10 + (s[*end] - '0');
    return v;
}

// go-yaml's keyList.Less (sorter.go): numbers by value, signs before letters.
static int key_cmp(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] && a[i] == b[i])
        i++;
    if (!a[i] || !b[i])
        return (a[i] != 0) - (b[i] != 0);
    bool la = is_letter(a[i]), lb = is_letter(b[i]), digits = i && is_digit(a[i - 1]);
    if (la && lb)
        return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
    if (la || lb)
        return (digits ? la : lb) ? -1 : 1;
    bool more = false;
    for (size_t k = i; (a[i] == '0' || b[i] == '0') && k-- > 0 && is_digit(a[k]);)
        more |= a[k] != '0';
    size_t ai = i, bi = i;
    int64_t an = number_at(a, &ai, more), bn = number_at(b, &bi, more);
    if (an != bn)
        return an < bn ? -1 : 1;
    if (ai != bi)
        return ai < bi ? -1 : 1;
    return a[i] < b[i] ? -1 : 1;
}

static int by_key(const void *a, const void *b)
{
    return key_cmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **sorted_keys(const json_t *obj, size_t *n)
{
    const char **keys = xcalloc(json_object_size(obj) + 1, sizeof(*keys));
    const char *key;
    json_t *v;
    *n = 0;
    json_object_foreach((json_t *)obj, key, v)
    {
        keys[(*n)++] = key;
    }
    qsort(keys, *n, sizeof(*keys), by_key);
    return keys;
}

static bool hidden(const struct emit *e, const char *key)
{
    return e->depth == 2 && !e->opts->managed_fields && str_eq(key, "managedFields");
}

// Of a Secret: the values, and the copy of them that `kubectl apply` leaves.
static bool holds_secret(const char *key, int depth)
{
    return depth == 1 ? str_eq(key, "data") || str_eq(key, "stringData")
                      : str_eq(key, "kubectl.kubernetes.io/last-applied-configuration");
}

static void emit_map(struct emit *e, struct buf *head, int level, const json_t *obj);
static void emit_array(struct emit *e, struct buf *head, int level, const json_t *arr);

// What stands after "-" or ":" of a line of its own.
static void emit_item(struct emit *e, struct buf *line, int indent, int level, const json_t *v)
{
    if (json_object_size(v)) {
        buf_putc(line, ' ');
        emit_map(e, line, level + 2, v);
    } else if (json_array_size(v)) {
        buf_putc(line, ' ');
        emit_array(e, line, level + 2, v);
    } else {
        emit_value(e, line, indent, level, line->n, 0, v);
    }
}

// A key of more than 128 bytes is said in full first ("? key", then ": value"), as go-yaml does; readers take at
// most 1024 for one without the sign (YAML 1.2, 7.4.2).
static void emit_long_key(struct emit *e, struct buf *line, int indent, int level, size_t key_at, const json_t *v)
{
    struct buf value = BUF_INIT;
    add_line(e, line, indent, key_at, line->n - key_at, ROLE_KEY);
    buf_printf(&value, "%*s:", level, "");
    emit_item(e, &value, level, level, v);
    buf_release(&value);
}

// head: "- " of the array, or ": " of the long key, whose first key stands on the same line; NULL: none.
static void emit_map(struct emit *e, struct buf *head, int level, const json_t *obj)
{
    size_t n;
    const char **keys = sorted_keys(obj, &n);
    e->depth++;
    for (size_t i = 0; i < n; i++) {
        if (hidden(e, keys[i]))
            continue;
        struct buf line = BUF_INIT;
        int indent = level;
        if (head && head->n) {
            indent = (int)strspn(head->s, " ");
            buf_add(&line, head->s, head->n);
            buf_clear(head);
        } else {
            buf_printf(&line, "%*s", level, "");
        }
        size_t at = line.n;
        bool long_key = strlen(keys[i]) > SIMPLE_KEY_MAX;
        json_t *k = json_string(keys[i]);
        buf_puts(&line, long_key ? "? " : "");
        put_scalar(&line, k);
        json_decref(k);
        buf_puts(&line, long_key ? "" : ":");
        bool data = e->secret && holds_secret(keys[i], e->depth);
        e->in_data |= data;
        if (long_key)
            emit_long_key(e, &line, indent, level, at, json_object_get(obj, keys[i]));
        else
            emit_value(e, &line, indent, level, at, line.n - at, json_object_get(obj, keys[i]));
        e->in_data &= !data;
        buf_release(&line);
    }
    e->depth--;
    free(keys);
}

// head: "- " or ": " of what is around it, whose first dash stands on the same line; NULL: none.
static void emit_array(struct emit *e, struct buf *head, int level, const json_t *arr)
{
    size_t i;
    json_t *v;
    e->depth++;
    json_array_foreach((json_t *)arr, i, v)
    {
        struct buf line = BUF_INIT;
        int indent = level;
        if (head && head->n) {
            indent = (int)strspn(head->s, " ");
            buf_add(&line, head->s, head->n);
            buf_clear(head);
            buf_putc(&line, '-');
        } else {
            buf_printf(&line, "%*s-", level, "");
        }
        emit_item(e, &line, indent, level, v);
        buf_release(&line);
    }
    e->depth--;
}

static void emit_secret(struct emit *e, struct buf *line, int indent, int level, size_t key_at,
    size_t key_len, const char *b64)
{
    struct buf plain = BUF_INIT;
    bool ok = b64_decode(b64, strlen(b64), &plain);
    if (!e->opts->reveal) {
        buf_printf(line, " •••••••• # %zu bytes, r shows it", ok ? plain.n : strlen(b64));
        add_line(e, line, indent, key_at, key_len, ROLE_DIM);
    } else {
        bool text = ok && strlen(plain.s) == plain.n;
        json_t *v = json_string(text ? plain.s : b64);
        emit_value(&(struct emit) { .opts = e->opts, .out = e->out, .depth = e->depth }, line, indent, level,
            key_at, key_len, v ? v : json_null());
        json_decref(v);
    }
    buf_wipe(&plain);
}

static void emit_value(struct emit *e, struct buf *line, int indent, int level, size_t key_at,
    size_t key_len, const json_t *v)
{
    if (json_is_object(v) && json_object_size(v)) {
        add_line(e, line, indent, key_at, key_len, ROLE_TEXT);
        emit_map(e, NULL, level + 2, v);
    } else if (json_is_array(v) && json_array_size(v)) {
        add_line(e, line, indent, key_at, key_len, ROLE_TEXT);
        emit_array(e, NULL, level, v); // go-yaml keeps the dash at the key's column
    } else if (e->in_data && json_is_string(v)) {
        emit_secret(e, line, indent, level, key_at, key_len, json_string_value(v));
    } else if (json_is_string(v) &&
               emit_block(e, line, indent, level, key_at, key_len, json_string_value(v))) {
        return;
    } else {
        buf_putc(line, ' ');
        style_t st = ROLE_DIM;
        if (json_is_object(v))
            buf_puts(line, "{}");
        else if (json_is_array(v))
            buf_puts(line, "[]");
        else
            st = put_scalar(line, v);
        add_line(e, line, indent, key_at, key_len, st);
    }
}

void yaml_text(const json_t *doc, const struct yaml_opts *opts, struct text *out)
{
    struct emit e = { .opts = opts, .out = out };
    e.secret = !opts->as_is && str_eq(json_str(doc, "kind", NULL), "Secret");
    if (json_is_object(doc))
        emit_map(&e, NULL, 0, doc);
    else if (json_is_array(doc))
        emit_array(&e, NULL, 0, doc);
}

// ---- differences: Myers' greedy algorithm on lines would need the whole trace; common head and tail are
// cut first, the rest by a longest common subsequence of bounded size.

struct lcs {
    size_t n, m;
    uint16_t *t;
};

static bool same(const struct text *a, size_t i, const struct text *b, size_t j)
{
    return strcmp(a->lines.v[i].s, b->lines.v[j].s) == 0;
}

static void lcs_make(struct lcs *l, const struct text *a, size_t a0, size_t n, const struct text *b,
    size_t b0, size_t m)
{
    l->n = n;
    l->m = m;
    l->t = xcalloc((n + 1) * (m + 1), sizeof(*l->t));
    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > 0;) {
            uint16_t down = l->t[(i + 1) * (m + 1) + j], right = l->t[i * (m + 1) + j + 1];
            l->t[i * (m + 1) + j] = same(a, a0 + i, b, b0 + j)
                                        ? (uint16_t)(l->t[(i + 1) * (m + 1) + j + 1] + 1)
                                        : down > right ? down : right;
        }
}

typedef void diff_fn(void *arg, char op, const struct text_line *line);

static void walk_diff(const struct text *a, const struct text *b, diff_fn *fn, void *arg)
{
    size_t head = 0, na = a->lines.n, nb = b->lines.n, tail = 0;
    while (head < na && head < nb && same(a, head, b, head))
        fn(arg, ' ', &b->lines.v[head++]);
    while (tail < na - head && tail < nb - head && same(a, na - 1 - tail, b, nb - 1 - tail))
        tail++;
    size_t n = na - head - tail, m = nb - head - tail, i = 0, j = 0;
    struct lcs l = { 0 };
    bool table = n < DIFF_MAX && m < DIFF_MAX;
    if (table)
        lcs_make(&l, a, head, n, b, head, m);
    while (i < n || j < m) {
        if (table && i < n && j < m && same(a, head + i, b, head + j)) {
            fn(arg, ' ', &b->lines.v[head + j]);
            i++, j++;
        } else if (i < n && (!table || j == m || l.t[(i + 1) * (m + 1) + j] >= l.t[i * (m + 1) + j + 1])) {
            fn(arg, '-', &a->lines.v[head + i++]);
        } else {
            fn(arg, '+', &b->lines.v[head + j++]);
        }
    }
    for (size_t k = nb - tail; k < nb; k++)
        fn(arg, ' ', &b->lines.v[k]);
    free(l.t);
}

struct marker {
    struct text *now;
    size_t at;
    bool removed;
};

static void mark_line(void *arg, char op, const struct text_line *line)
{
    struct marker *m = arg;
    (void)line;
    if (op == '-') {
        m->removed = true;
        return;
    }
    m->now->lines.v[m->at++].mark = op == '+' ? (m->removed ? '~' : '+') : 0;
    m->removed = false;
}

void yaml_mark_changes(struct text *now, const struct text *before)
{
    struct marker m = { now, 0, false };
    walk_diff(before, now, mark_line, &m);
}

static void diff_line(void *arg, char op, const struct text_line *line)
{
    struct text *out = arg;
    struct buf s = BUF_INIT;
    buf_printf(&s, "%c %s", op, line->s);
    struct text_line *l = text_add(out, s.s);
    l->indent = line->indent;
    if (op != ' ')
        text_span(l, 0, s.n, op == '+' ? ROLE_ADDED : ROLE_REMOVED);
    buf_release(&s);
}

void yaml_diff(const struct text *a, const struct text *b, struct text *out)
{
    walk_diff(a, b, diff_line, out);
}
