#include "base/json.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"

// What jansson allocates for each, on 64 bits, rounded up; words have their length on top.
enum { MAX_DEPTH = 128, OBJECT_BYTES = 256, ARRAY_BYTES = 144, WORD_BYTES = 96, OTHER_BYTES = 48 };

// ---- memory

enum { CLASS = 16, CLASSES = 12, KEPT = 512 }; // of a class of sizes, blocks of up to 24, 40 ... 200 bytes

static _Thread_local struct kept {
    struct kept_block {
        struct kept_block *next;
    } * first;
    int n;
} kept[CLASSES];

// malloc's own blocks have a size 8 above a multiple of 16
static size_t class_of(size_t n)
{
    return n > CLASS + 8 ? (n - 8 + CLASS - 1) / CLASS - 1 : 0;
}

static void *node_alloc(size_t n)
{
    size_t c = class_of(n);
    if (c >= CLASSES)
        return malloc(n);
    struct kept_block *b = kept[c].first;
    if (!b)
        return malloc((c + 1) * CLASS + 8);
    kept[c].first = b->next;
    kept[c].n--;
    return b;
}

static void node_free(void *p)
{
    size_t n = p ? malloc_usable_size(p) : 0;
    size_t c = n >= CLASS + 8 ? (n - 8) / CLASS - 1 : CLASSES;
    if (c >= CLASSES || kept[c].n == KEPT) {
        free(p);
        return;
    }
    struct kept_block *b = p;
    b->next = kept[c].first;
    kept[c].first = b;
    kept[c].n++;
}

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

void json_setup(void)
{
    if (!SANITIZED)
        json_set_alloc_funcs(node_alloc, node_free);
}

// ---- documents

static const char *end_of_word(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\' && p + 1 < end;
    return p;
}

static bool is_small(const char *text, size_t n, size_t max_tree, struct err *err)
{
    size_t tree = 0;
    int depth = 0;
    bool inside = false; // a number, true, false, null
    for (const char *p = text, *end = text + n; p < end && tree <= max_tree; p++) {
        bool other = false;
        switch (*p) {
        case '{':
        case '[':
            tree += *p == '{' ? OBJECT_BYTES : ARRAY_BYTES;
            if (++depth > MAX_DEPTH)
                return err_set(err, "it is nested deeper than %d levels", MAX_DEPTH);
            break;
        case '}':
        case ']':
            depth--;
            break;
        case '"': {
            const char *last = end_of_word(p, end);
            tree += WORD_BYTES + (size_t)(last - p);
            p = last;
            break;
        }
        default:
            other = !strchr(",: \t\r\n", *p);
            tree += other && !inside ? OTHER_BYTES : 0;
        }
        inside = other;
    }
    return tree <= max_tree || err_set(err, "it would take more than %zu MB of memory", max_tree >> 20);
}

// JSON has a character that a string of C has not. It stands as U+2400 in the tree, which is an escape of the same length:
// a text that ended there would look like the whole of it.
static char *without_nul(const char *text, size_t n)
{
    if (!memmem(text, n, "\\u0000", 6))
        return NULL;
    char *copy = xmalloc(n);
    memcpy(copy, text, n);
    for (char *p = copy, *end = copy + n; (p = memchr(p, '\\', (size_t)(end - p))) && end - p >= 6; p += 2)
        if (memcmp(p + 1, "u0000", 5) == 0)
            p[2] = '2', p[3] = '4';
    return copy;
}

json_t *json_parse(const char *text, size_t n, size_t max_tree, struct err *err)
{
    json_error_t why;
    json_t *doc = NULL;
    if (!is_small(text, n, max_tree, err))
        return NULL;
    char *copy = without_nul(text, n);
    if (!(doc = json_loadb(copy ? copy : text, n, JSON_DECODE_ANY, &why)))
        err_set(err, "%s", why.text);
    if (copy)
        mem_wipe(copy, n);
    free(copy);
    return doc;
}

static json_t *walk(const json_t *v, va_list ap)
{
    const char *key;
    while (v && (key = va_arg(ap, const char *)) != NULL)
        v = json_object_get(v, key);
    return (json_t *)v;
}

#define WALK(v, result)                                                                            \
    va_list ap;                                                                                    \
    va_start(ap, v);                                                                               \
    const json_t *result = walk(v, ap);                                                            \
    va_end(ap)

const char *json_without_nul(struct buf *whole, const char *s, size_t *n)
{
    if (!*n || !memchr(s, '\0', *n))
        return s;
    const char *end = s + *n, *nul;
    for (; (nul = memchr(s, '\0', (size_t)(end - s))); s = nul + 1) {
        buf_add(whole, s, (size_t)(nul - s));
        buf_puts(whole, "\xe2\x90\x80");
    }
    buf_add(whole, s, (size_t)(end - s));
    *n = whole->n;
    return whole->s;
}

json_t *json_at(const json_t *v, ...)
{
    WALK(v, at);
    return (json_t *)at;
}

json_t *json_named(const json_t *list, const char *name)
{
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v)
    {
        if (str_eq(json_str(v, "name", NULL), name))
            return v;
    }
    return NULL;
}

const char *json_str(const json_t *v, ...)
{
    WALK(v, at);
    const char *s = json_string_value(at);
    return s ? s : "";
}

int64_t json_i64(const json_t *v, ...)
{
    WALK(v, at);
    int64_t n = json_is_real(at) ? num_of(json_real_value(at)) : json_integer_value(at);
    return n > JSON_I64_MAX ? JSON_I64_MAX : n < -JSON_I64_MAX ? -JSON_I64_MAX : n;
}

bool json_bool(const json_t *v, ...)
{
    WALK(v, at);
    return json_is_true(at);
}

int64_t json_time(const json_t *v, ...)
{
    WALK(v, at);
    int64_t sec;
    return time_parse_rfc3339(json_string_value(at), &sec, NULL) ? sec : 0;
}

// strconv.FormatFloat(v, 'g', -1, 64): the fewest digits that read back as v, an exponent from 1e+06 on.
static void shortest_real(double v, char tmp[32])
{
    int precision = 1;
    while (precision < 17 && (snprintf(tmp, 32, "%.*e", precision - 1, v), strtod(tmp, NULL) != v))
        precision++;
    snprintf(tmp, 32, "%.*e", precision - 1, v);
    int exponent = atoi(strchr(tmp, 'e') + 1);
    if (exponent >= -4 && exponent < 6)
        snprintf(tmp, 32, "%.*f", precision - 1 > exponent ? precision - 1 - exponent : 0, v);
}

const char *json_scalar(const json_t *v, char tmp[32])
{
    if (json_is_string(v))
        return json_string_value(v);
    if (json_is_integer(v))
        snprintf(tmp, 32, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v))
        shortest_real(json_real_value(v), tmp);
    else if (json_is_boolean(v))
        snprintf(tmp, 32, "%s", json_is_true(v) ? "true" : "false");
    else
        tmp[0] = '\0';
    return tmp;
}

const char *json_unknown_key(const json_t *object, const char *const *known)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)object, key, v)
    {
        size_t i = 0;
        while (known[i] && !str_eq(known[i], key))
            i++;
        if (!known[i])
            return key;
    }
    return NULL;
}

char *json_text(const json_t *v, size_t flags)
{
    char *text = json_dumps(v, flags);
    uint32_t cp;
    for (size_t i = 0, n = text ? strlen(text) : 0; i < n;) {
        i += utf8_decode(text + i, n - i, &cp);
        if (cp == '\n' || utf8_is_harmless(cp))
            continue;
        free(text);
        return json_dumps(v, flags | JSON_ENSURE_ASCII);
    }
    return text;
}
