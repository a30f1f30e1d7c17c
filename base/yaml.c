#include "base/yaml.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "base/str.h"

enum { MAX_DEPTH = 100, MAX_NODES = 2000000 };

struct load {
    yaml_document_t doc;
    const char *name;
    struct err *err;
    long nodes;
    json_t *where;
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

static json_t *fail(struct load *l, const yaml_node_t *node, const char *what)
{
    err_set(l->err, "%s:%zu:%zu: %s", l->name, node->start_mark.line + 1,
        node->start_mark.column + 1, what);
    return NULL;
}

static void note_where(struct load *l, const char *path, const yaml_node_t *node)
{
    char at[48];
    if (!l->where)
        return;
    snprintf(at, sizeof(at), "%zu:%zu", node->start_mark.line + 1, node->start_mark.column + 1);
    json_object_set_new(l->where, path, json_string(at));
}

static json_t *convert(struct load *l, yaml_node_t *node, int depth, const char *path);

static json_t *convert_scalar(struct load *l, const yaml_node_t *node)
{
    const char *s = (const char *)node->data.scalar.value;
    if (strlen(s) != node->data.scalar.length)
        return fail(l, node, "a string holds a NUL byte");
    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return yaml_plain_scalar(s);
    json_t *v = json_string(s);
    return v ? v : fail(l, node, "a string is not valid UTF-8");
}

static json_t *convert_sequence(struct load *l, yaml_node_t *node, int depth, const char *path)
{
    json_t *out = json_array();
    int i = 0;
    for (yaml_node_item_t *it = node->data.sequence.items.start; it < node->data.sequence.items.top; it++) {
        char *sub = xasprintf("%s/%d", path, i++);
        yaml_node_t *item = yaml_document_get_node(&l->doc, *it);
        note_where(l, sub, item);
        json_t *v = convert(l, item, depth + 1, sub);
        free(sub);
        if (!v) {
            json_decref(out);
            return NULL;
        }
        json_array_append_new(out, v);
    }
    return out;
}

static json_t *convert_mapping(struct load *l, yaml_node_t *node, int depth, const char *path)
{
    json_t *out = json_object();
    yaml_node_pair_t *p = node->data.mapping.pairs.start;
    for (; p < node->data.mapping.pairs.top; p++) {
        yaml_node_t *key = yaml_document_get_node(&l->doc, p->key);
        const char *name = (const char *)key->data.scalar.value;
        json_t *v = NULL;
        if (key->type != YAML_SCALAR_NODE)
            fail(l, key, "a key must be a string");
        else if (json_object_get(out, name))
            fail(l, key, "the key is there twice");
        else {
            char *sub = xasprintf("%s/%s", path, name);
            note_where(l, sub, key);
            v = convert(l, yaml_document_get_node(&l->doc, p->value), depth + 1, sub);
            free(sub);
        }
        if (!v || json_object_set_new(out, name, v) != 0) {
            if (v)
                fail(l, key, "the key is not valid UTF-8");
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

static json_t *convert(struct load *l, yaml_node_t *node, int depth, const char *path)
{
    if (depth > MAX_DEPTH)
        return fail(l, node, "nested too deeply");
    if (++l->nodes > MAX_NODES)
        return fail(l, node, "too many values (aliases of aliases?)");
    switch (node->type) {
    case YAML_SCALAR_NODE:
        return convert_scalar(l, node);
    case YAML_SEQUENCE_NODE:
        return convert_sequence(l, node, depth, path);
    case YAML_MAPPING_NODE:
        return convert_mapping(l, node, depth, path);
    case YAML_NO_NODE:
        break;
    }
    return json_null();
}

static void parser_error(const yaml_parser_t *p, const char *name, struct err *err)
{
    const yaml_mark_t *m = p->problem_mark.line || p->problem_mark.column ? &p->problem_mark
                                                                           : &p->context_mark;
    err_set(err, "%s:%zu:%zu: %s%s%s", name, m->line + 1, m->column + 1, str_or(p->problem, "bad YAML"),
        p->context ? " " : "", str_or(p->context, ""));
}

// NULL at the end of the stream (err untouched) or on error.
static json_t *load_one(
    yaml_parser_t *parser, const char *name, json_t *where, bool *end, struct err *err)
{
    struct load l = { .name = name, .err = err, .where = where };
    *end = false;
    if (!yaml_parser_load(parser, &l.doc)) {
        parser_error(parser, name, err);
        return NULL;
    }
    yaml_node_t *root = yaml_document_get_root_node(&l.doc);
    json_t *v = NULL;
    if (root)
        v = convert(&l, root, 0, "");
    else
        *end = true;
    yaml_document_delete(&l.doc);
    return v;
}

json_t *yaml_load_where(
    const char *text, size_t n, const char *name, json_t **where, struct err *err)
{
    yaml_parser_t parser;
    bool end;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
    if (where)
        *where = json_object();
    json_t *v = load_one(&parser, name, where ? *where : NULL, &end, err);
    yaml_parser_delete(&parser);
    return !v && end ? json_null() : v;
}

json_t *yaml_load(const char *text, size_t n, const char *name, struct err *err)
{
    return yaml_load_where(text, n, name, NULL, err);
}

json_t *yaml_load_all(const char *text, size_t n, const char *name, struct err *err)
{
    yaml_parser_t parser;
    bool end = false;
    json_t *all = json_array();
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
    for (;;) {
        json_t *v = load_one(&parser, name, NULL, &end, err);
        if (!v)
            break;
        json_array_append_new(all, v);
    }
    yaml_parser_delete(&parser);
    if (end)
        return all;
    json_decref(all);
    return NULL;
}
