#include "base/yaml.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

// What the tree of a stream may take, with its aliases written out, as jansson lays it out: values of two bytes of text cost
// most, and only aliases more. libyaml's own time grows with the square of the depth, which is bounded while it parses.
enum { MAX_DEPTH = 100, MAX_TREE = 96 << 20, LEAST_TREE = 4 << 20, TREE_PER_BYTE = 256 };
enum { VALUE_COST = 64, ARRAY_COST = 128, OBJECT_COST = 224, MEMBER_COST = 112 };

struct load {
    yaml_parser_t parser;
    const char *name;
    struct err *err;
    size_t cost, max_cost;
    json_t *where, *anchors; // anchors: of this document, what each stands for
    struct buf path;         // of the value that is read, when `where` is wanted
};

static bool is_one_of(const char *s, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(s, *list) == 0)
            return true;
    return false;
}

// Digits of strconv.ParseInt(s, 0, 64): 12, 0x1f, 0b11, 0o17 and 017. NULL: none of them, or out of range.
static json_t *integer(const char *s)
{
    const char *p = s + (*s == '-' || *s == '+'), *digits = p;
    int base = 10;
    if (p[0] == '0' && p[1]) {
        char sign = (char)(p[1] | 0x20);
        base = sign == 'x' ? 16 : sign == 'b' ? 2 : 8;
        digits = p + 1 + (sign == 'x' || sign == 'b' || sign == 'o');
    }
    static const char all[] = "0123456789abcdefABCDEF";
    if (!*digits || strspn(digits, all) != strlen(digits))
        return NULL;
    char *number = xasprintf("%s%s", *s == '-' ? "-" : "", digits), *end;
    errno = 0;
    long long v = strtoll(number, &end, base);
    bool ok = !*end && !errno;
    free(number);
    return ok ? json_integer(v) : NULL;
}

// go-yaml's yamlStyleFloat; a float out of range is a string (strconv.ParseFloat fails).
static json_t *real(const char *s)
{
    const char *p = s + (*s == '-' || *s == '+');
    size_t whole = strspn(p, "0123456789"), part = 0;
    p += whole;
    if (*p == '.') {
        part = strspn(p + 1, "0123456789");
        p += 1 + part;
    }
    if (!whole && !part)
        return NULL;
    if (*p == 'e' || *p == 'E') {
        p += 1 + (p[1] == '-' || p[1] == '+');
        size_t exponent = strspn(p, "0123456789");
        if (!exponent)
            return NULL;
        p += exponent;
    }
    double v = *p ? HUGE_VAL : strtod(s, NULL);
    return isfinite(v) ? json_real(v) : NULL;
}

// What looks like a number to go-yaml v2 (resolve.go); NULL: not one.
static json_t *number(const char *s)
{
    if (!strchr("+-.0123456789", *s) || !*s)
        return NULL;
    char *plain = xmalloc(strlen(s) + 1), *w = plain;
    for (const char *p = s; *p; p++)
        if (*p != '_' || *s == '.') // 1_000 is a number in YAML 1.1
            *w++ = *p;
    *w = '\0';
    json_t *v = *s == '.' ? NULL : integer(plain);
    v = v ? v : real(plain);
    free(plain);
    return v;
}

json_t *yaml_plain_scalar(const char *s)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
    static const char *const trues[] = { "true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on",
        "On", "ON", NULL };
    static const char *const falses[] = { "false", "False", "FALSE", "n", "N", "no", "No", "NO", "off",
        "Off", "OFF", NULL };
    if (is_one_of(s, nulls))
        return json_null();
    if (is_one_of(s, trues))
        return json_true();
    if (is_one_of(s, falses))
        return json_false();
    json_t *n = number(s);
    if (n)
        return n;
    json_t *str = json_string(s);
    return str ? str : json_string("");
}

static json_t *fail(struct load *l, yaml_mark_t at, const char *what)
{
    err_set(l->err, "%s:%zu:%zu: %s", l->name, at.line + 1, at.column + 1, what);
    return NULL;
}

static bool charge(struct load *l, yaml_mark_t at, size_t bytes)
{
    l->cost += bytes;
    return l->cost <= l->max_cost || fail(l, at, "too many values (aliases of aliases?)");
}

// Goes down to a member, and notes where it stands. The length of the path to come back to.
static size_t enter(struct load *l, yaml_mark_t at, const char *member)
{
    char where[48];
    size_t before = l->path.n;
    if (!l->where)
        return before;
    buf_printf(&l->path, "/%s", member);
    snprintf(where, sizeof(where), "%zu:%zu", at.line + 1, at.column + 1);
    json_object_set_new(l->where, l->path.s, json_string(where));
    l->cost += MEMBER_COST + VALUE_COST + l->path.n;
    return before;
}

static void leave(struct load *l, size_t before)
{
    if (l->where)
        buf_truncate(&l->path, before);
}

static void enter_item(struct load *l, yaml_mark_t at, size_t i, size_t *before)
{
    char number[24];
    snprintf(number, sizeof(number), "%zu", i);
    *before = enter(l, at, number);
}

// ---- what an alias stands for, once more

static json_t *copy(struct load *l, yaml_mark_t at, const json_t *v, int depth);

static json_t *copy_array(struct load *l, yaml_mark_t at, const json_t *v, int depth)
{
    json_t *out = json_array();
    for (size_t i = 0, before; i < json_array_size(v); i++) {
        enter_item(l, at, i, &before);
        json_t *item = copy(l, at, json_array_get(v, i), depth + 1);
        leave(l, before);
        if (!item) {
            json_decref(out);
            return NULL;
        }
        json_array_append_new(out, item);
    }
    return out;
}

static json_t *copy_object(struct load *l, yaml_mark_t at, const json_t *v, int depth)
{
    json_t *out = json_object(), *m;
    const char *key;
    json_object_foreach((json_t *)v, key, m)
    {
        size_t before = enter(l, at, key);
        json_t *item = charge(l, at, MEMBER_COST + strlen(key)) ? copy(l, at, m, depth + 1) : NULL;
        leave(l, before);
        if (!item) {
            json_decref(out);
            return NULL;
        }
        json_object_set_new(out, key, item);
    }
    return out;
}

static json_t *copy(struct load *l, yaml_mark_t at, const json_t *v, int depth)
{
    if (depth > MAX_DEPTH)
        return fail(l, at, "nested too deeply");
    if (!charge(l, at, json_is_array(v)    ? ARRAY_COST
                       : json_is_object(v) ? OBJECT_COST
                                           : VALUE_COST + json_string_length(v)))
        return NULL;
    return json_is_array(v)    ? copy_array(l, at, v, depth)
           : json_is_object(v) ? copy_object(l, at, v, depth)
                               : json_copy((json_t *)v);
}

static const json_t *anchored(struct load *l, const yaml_event_t *e)
{
    const json_t *v = json_object_get(l->anchors, (const char *)e->data.alias.anchor);
    return v ? v : fail(l, e->start_mark, "the alias names no anchor that stands before it");
}

static bool keep_anchor(struct load *l, yaml_mark_t at, const yaml_char_t *anchor, json_t *v)
{
    if (!anchor || !v)
        return v != NULL;
    json_object_set(l->anchors, (const char *)anchor, v);
    return charge(l, at, MEMBER_COST + strlen((const char *)anchor));
}

// ---- events to values

static void parser_error(struct load *l)
{
    const yaml_parser_t *p = &l->parser;
    const yaml_mark_t *m = p->problem_mark.line || p->problem_mark.column ? &p->problem_mark
                                                                           : &p->context_mark;
    err_set(l->err, "%s:%zu:%zu: %s%s%s", l->name, m->line + 1, m->column + 1, str_or(p->problem, "bad YAML"),
        p->context ? " " : "", str_or(p->context, ""));
}

static bool next(struct load *l, yaml_event_t *e)
{
    if (yaml_parser_parse(&l->parser, e))
        return true;
    parser_error(l);
    return false;
}

static json_t *convert(struct load *l, const yaml_event_t *e, int depth);

static const char *scalar_text(struct load *l, const yaml_event_t *e)
{
    const char *s = (const char *)e->data.scalar.value;
    if (strlen(s) == e->data.scalar.length)
        return s;
    fail(l, e->start_mark, "a string holds a NUL byte");
    return NULL;
}

static json_t *convert_scalar(struct load *l, const yaml_event_t *e)
{
    const char *s = scalar_text(l, e);
    if (!s || !charge(l, e->start_mark, VALUE_COST + e->data.scalar.length))
        return NULL;
    if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return yaml_plain_scalar(s);
    json_t *v = json_string(s);
    return v ? v : fail(l, e->start_mark, "a string is not valid UTF-8");
}

static json_t *convert_sequence(struct load *l, int depth)
{
    json_t *out = json_array();
    yaml_event_t e;
    for (size_t i = 0, before; next(l, &e); i++) {
        json_t *v = NULL;
        bool end = e.type == YAML_SEQUENCE_END_EVENT;
        if (!end) {
            enter_item(l, e.start_mark, i, &before);
            v = convert(l, &e, depth + 1);
            leave(l, before);
        }
        yaml_event_delete(&e);
        if (end)
            return out;
        if (!v)
            break;
        json_array_append_new(out, v);
    }
    json_decref(out);
    return NULL;
}

// The text of a key, an alias's as its value is written; NULL: it is no key.
static const char *key_text(struct load *l, const yaml_event_t *key, char tmp[32])
{
    const json_t *v = key->type == YAML_ALIAS_EVENT ? anchored(l, key) : NULL;
    if (key->type == YAML_ALIAS_EVENT && !v)
        return NULL;
    if (v ? json_is_array(v) || json_is_object(v) : key->type != YAML_SCALAR_EVENT) {
        fail(l, key->start_mark, "a key must be a string");
        return NULL;
    }
    if (v)
        return json_scalar(v, tmp);
    if (key->data.scalar.anchor) {
        json_t *own = convert_scalar(l, key);
        bool kept = keep_anchor(l, key->start_mark, key->data.scalar.anchor, own);
        json_decref(own);
        if (!kept)
            return NULL;
    }
    return scalar_text(l, key);
}

static bool convert_named(struct load *l, json_t *into, const yaml_event_t *key, const char *name, int depth)
{
    yaml_event_t e;
    if (!charge(l, key->start_mark, MEMBER_COST + strlen(name)))
        return false;
    if (json_object_get(into, name))
        return fail(l, key->start_mark, "the key is there twice");
    if (!next(l, &e))
        return false;
    size_t before = enter(l, key->start_mark, name);
    json_t *v = convert(l, &e, depth + 1);
    leave(l, before);
    yaml_event_delete(&e);
    return v && (json_object_set_new(into, name, v) == 0 || fail(l, key->start_mark, "the key is not valid UTF-8"));
}

static bool convert_member(struct load *l, json_t *into, const yaml_event_t *key, int depth)
{
    char tmp[32];
    const char *text = key_text(l, key, tmp);
    char *name = xstrdup_null(text); // an alias's text goes when its anchor is set anew in the value
    bool ok = name && convert_named(l, into, key, name, depth);
    free(name);
    return ok;
}

static json_t *convert_mapping(struct load *l, int depth)
{
    json_t *out = json_object();
    yaml_event_t key;
    while (next(l, &key)) {
        bool end = key.type == YAML_MAPPING_END_EVENT, ok = end || convert_member(l, out, &key, depth);
        yaml_event_delete(&key);
        if (end)
            return out;
        if (!ok)
            break;
    }
    json_decref(out);
    return NULL;
}

static json_t *convert(struct load *l, const yaml_event_t *e, int depth)
{
    const yaml_char_t *anchor = NULL;
    json_t *v = NULL;
    if (depth > MAX_DEPTH)
        return fail(l, e->start_mark, "nested too deeply");
    if (e->type == YAML_ALIAS_EVENT) {
        const json_t *of = anchored(l, e);
        return of ? copy(l, e->start_mark, of, depth) : NULL;
    }
    if (e->type == YAML_SCALAR_EVENT) {
        anchor = e->data.scalar.anchor;
        v = convert_scalar(l, e);
    } else if (e->type == YAML_SEQUENCE_START_EVENT) {
        anchor = e->data.sequence_start.anchor;
        v = charge(l, e->start_mark, ARRAY_COST) ? convert_sequence(l, depth) : NULL;
    } else if (e->type == YAML_MAPPING_START_EVENT) {
        anchor = e->data.mapping_start.anchor;
        v = charge(l, e->start_mark, OBJECT_COST) ? convert_mapping(l, depth) : NULL;
    }
    if (keep_anchor(l, e->start_mark, anchor, v))
        return v;
    json_decref(v);
    return NULL;
}

static json_t *convert_document(struct load *l)
{
    yaml_event_t e;
    if (!next(l, &e))
        return NULL;
    json_t *v = convert(l, &e, 0);
    yaml_event_delete(&e);
    json_object_clear(l->anchors);
    if (v && next(l, &e)) { // its end
        yaml_event_delete(&e);
        return v;
    }
    json_decref(v);
    return NULL;
}

static void load_init(struct load *l, const char *text, size_t n, const char *name, struct err *err)
{
    *l = (struct load) { .name = name, .err = err, .anchors = json_object(), .path = BUF_INIT };
    l->max_cost = n < (MAX_TREE - LEAST_TREE) / TREE_PER_BYTE ? LEAST_TREE + n * TREE_PER_BYTE : MAX_TREE;
    yaml_parser_initialize(&l->parser);
    yaml_parser_set_input_string(&l->parser, (const unsigned char *)text, n);
}

static void load_release(struct load *l)
{
    yaml_parser_delete(&l->parser);
    json_decref(l->anchors);
    buf_release(&l->path);
}

// NULL at the end of the stream (err untouched) or on error.
static json_t *load_one(struct load *l, bool *end)
{
    yaml_event_t e;
    yaml_event_type_t type;
    *end = false;
    do {
        if (!next(l, &e))
            return NULL;
        type = e.type;
        yaml_event_delete(&e);
    } while (type == YAML_STREAM_START_EVENT);
    *end = type == YAML_STREAM_END_EVENT;
    return *end ? NULL : convert_document(l);
}

json_t *yaml_load_where(
    const char *text, size_t n, const char *name, json_t **where, struct err *err)
{
    struct load l;
    bool end;
    load_init(&l, text, n, name, err);
    if (where)
        l.where = *where = json_object();
    json_t *v = load_one(&l, &end);
    load_release(&l);
    return !v && end ? json_null() : v;
}

json_t *yaml_load(const char *text, size_t n, const char *name, struct err *err)
{
    return yaml_load_where(text, n, name, NULL, err);
}

json_t *yaml_load_all(const char *text, size_t n, const char *name, struct err *err)
{
    struct load l;
    bool end = false;
    json_t *all = json_array(), *v;
    load_init(&l, text, n, name, err);
    while ((v = load_one(&l, &end)) != NULL)
        json_array_append_new(all, v);
    load_release(&l);
    if (end)
        return all;
    json_decref(all);
    return NULL;
}
