#include "demo/selector.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static int cmp_str(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int cmp_req(const void *a, const void *b)
{
    return strcmp(((const struct requirement *)a)->key, ((const struct requirement *)b)->key);
}

static void sort_values(struct requirement *r)
{
    if (r->values.n > 1)
        qsort(r->values.v, r->values.n, sizeof(*r->values.v), cmp_str);
}

// Insertion keeps requirements of one key in their order, which qsort would not promise.
static void add_req(struct selector *s, struct requirement r, bool sorted)
{
    sort_values(&r);
    size_t at = s->reqs.n;
    while (sorted && at > 0 && cmp_req(&s->reqs.v[at - 1], &r) > 0)
        at--;
    arr_insert(&s->reqs, at, r);
}

static void req_release(struct requirement *r)
{
    free(r->key);
    for (size_t i = 0; i < r->values.n; i++)
        free(r->values.v[i]);
    arr_release(&r->values);
}

void selector_release(struct selector *s)
{
    for (size_t i = 0; i < s->reqs.n; i++)
        req_release(&s->reqs.v[i]);
    arr_release(&s->reqs);
    s->nothing = false;
}

struct lexer {
    const char *p, *start;
};

static void skip_space(struct lexer *l)
{
    while (isspace((unsigned char)*l->p))
        l->p++;
}

static char *word(struct lexer *l)
{
    skip_space(l);
    size_t n = strcspn(l->p, "=!(),<> \t\r\n");
    char *w = xstrndup(l->p, n);
    l->p += n;
    skip_space(l);
    return w;
}

static bool take(struct lexer *l, const char *token)
{
    size_t n = strlen(token);
    if (strncmp(l->p, token, n) != 0)
        return false;
    l->p += n;
    return true;
}

#define NAME_RULE                                                                                  \
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "   \
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "   \
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define VALUE_RULE                                                                                 \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "     \
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  " \
    "or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

static bool name_chars(const char *s, const char *extra)
{
    size_t n = strlen(s);
    bool ok = n > 0 && isalnum((unsigned char)s[0]) && isalnum((unsigned char)s[n - 1]);
    for (size_t i = 0; ok && i < n; i++)
        ok = isalnum((unsigned char)s[i]) || strchr(extra, s[i]);
    return ok;
}

const char *label_value_problem(const char *value)
{
    return *value && (strlen(value) > 63 || !name_chars(value, "-_.")) ? VALUE_RULE : NULL;
}

const char *label_key_problem(const char *key)
{
    return strlen(key) > 317 || !name_chars(key, "-_./") ? NAME_RULE : NULL;
}

static bool check_values(const struct requirement *r, struct err *err)
{
    for (size_t i = 0; i < r->values.n; i++) {
        const char *why = label_value_problem(r->values.v[i]);
        if (why)
            return err_set(err,
                "unable to parse requirement: values[%zu][%s]: Invalid value: \"%s\": %s", i, r->key,
                r->values.v[i], why);
    }
    return true;
}

static bool parse_set(struct lexer *l, struct requirement *r, struct err *err)
{
    skip_space(l);
    if (!take(l, "("))
        return err_set(err, "unable to parse requirement: found '%s' expected: '('", l->p);
    for (;;) {
        if (!*l->p)
            return err_set(err,
                "unable to parse requirement: found '', expected: ',', ')' or identifier");
        arr_push(&r->values, word(l));
        if (take(l, ")"))
            return true;
        if (*l->p && !take(l, ","))
            return err_set(
                err, "unable to parse requirement: found '%s', expected: ',', or ')'", l->p);
    }
}

static bool parse_operator(struct lexer *l, struct requirement *r, struct err *err)
{
    static const struct {
        const char *text;
        enum selector_op op;
    } ops[] = { { "==", SEL_EQ }, { "=", SEL_EQ }, { "!=", SEL_NE }, { ">", SEL_GT },
        { "<", SEL_LT } };
    for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
        if (!take(l, ops[i].text))
            continue;
        r->op = ops[i].op;
        arr_push(&r->values, word(l));
        int64_t number;
        if (!*r->values.v[0] && *l->p && *l->p != ',')
            return err_set(
                err, "unable to parse requirement: found '%c', expected: identifier", *l->p);
        if ((r->op == SEL_GT || r->op == SEL_LT) && !str_to_i64(r->values.v[0], &number))
            return err_set(err,
                "unable to parse requirement: values[0]: Invalid value: \"%s\": for 'Gt', 'Lt' "
                "operators, the value must be an integer",
                r->values.v[0]);
        return true;
    }
    if (!*l->p || *l->p == ',') {
        r->op = SEL_EXISTS;
        return true;
    }
    char *op = word(l);
    bool in = str_eq(op, "in"), notin = str_eq(op, "notin");
    if (!in && !notin) {
        err_set(err,
            "unable to parse requirement: found '%s', expected: in, notin, =, ==, !=, gt, lt", op);
        free(op);
        return false;
    }
    free(op);
    r->op = in ? SEL_IN : SEL_NOTIN;
    return parse_set(l, r, err);
}

static bool valid_key(const struct lexer *l, const char *key, bool first, struct err *err)
{
    if (!*key)
        return first ? err_set(err, "found '%c', expected: !, identifier, or 'end of string'", *l->p)
                     : err_set(err, "found '%.1s', expected: identifier after ','", l->p);
    const char *why = label_key_problem(key);
    return !why
        || err_set(err, "unable to parse requirement: <nil>: Invalid value: \"%s\": %s", key, why);
}

bool selector_parse_labels(struct selector *s, const char *text, struct err *err)
{
    struct lexer l = { text, text };
    memset(s, 0, sizeof(*s));
    skip_space(&l);
    while (*l.p) {
        struct requirement r = { 0 };
        bool absent = take(&l, "!");
        r.key = word(&l);
        bool ok = valid_key(&l, r.key, s->reqs.n == 0, err);
        if (ok && absent)
            r.op = SEL_ABSENT;
        else if (ok)
            ok = parse_operator(&l, &r, err) && check_values(&r, err);
        if (ok)
            add_req(s, r, true);
        else
            req_release(&r);
        skip_space(&l);
        if (ok && *l.p && !take(&l, ","))
            ok = err_set(err, "found '%c', expected: ',' or 'end of string'", *l.p);
        if (!ok) {
            selector_release(s);
            return false;
        }
        skip_space(&l);
    }
    return true;
}

// Terms of a field selector: k=v, k==v, k!=v; \ escapes ',', '=' and itself.
bool selector_parse_fields(struct selector *s, const char *text, struct err *err)
{
    memset(s, 0, sizeof(*s));
    for (const char *p = text; *p;) {
        struct buf part[2] = { BUF_INIT, BUF_INIT };
        int at = 0;
        enum selector_op op = SEL_EXISTS;
        for (; *p && *p != ','; p++) {
            if (*p == '\\' && p[1]) {
                buf_putc(&part[at], *++p);
            } else if (at == 0 && *p == '!' && p[1] == '=') {
                op = SEL_NE;
                at = 1;
                p++;
            } else if (at == 0 && *p == '=') {
                op = SEL_EQ;
                at = 1;
                p += p[1] == '=';
            } else {
                buf_putc(&part[at], *p);
            }
        }
        p += *p == ',';
        if (op == SEL_EXISTS && part[0].n) {
            err_set(err, "invalid selector: '%s'; can't understand '%s'", text, part[0].s);
            buf_release(&part[0]);
            selector_release(s);
            return false;
        }
        if (op != SEL_EXISTS) {
            struct requirement r = { .key = buf_take(&part[0]), .op = op };
            arr_push(&r.values, buf_take(&part[1]));
            add_req(s, r, false);
        }
        buf_release(&part[0]);
        buf_release(&part[1]);
    }
    return true;
}

void selector_from_map(struct selector *s, const json_t *map)
{
    memset(s, 0, sizeof(*s));
    const char *key;
    json_t *v;
    json_object_foreach ((json_t *)map, key, v) {
        struct requirement r = { .key = xstrdup(key), .op = SEL_EQ };
        arr_push(&r.values, xstrdup(json_string_value(v) ? json_string_value(v) : ""));
        add_req(s, r, true);
    }
}

void selector_from_json(struct selector *s, const json_t *label_selector)
{
    selector_from_map(s, json_object_get(label_selector, "matchLabels"));
    s->nothing = !json_is_object(label_selector);
    static const char *const names[] = { [SEL_IN] = "In", [SEL_NOTIN] = "NotIn",
        [SEL_EXISTS] = "Exists", [SEL_ABSENT] = "DoesNotExist" };
    size_t i, j;
    json_t *e, *v;
    json_array_foreach (json_object_get(label_selector, "matchExpressions"), i, e) {
        const char *op = json_string_value(json_object_get(e, "operator"));
        const char *key = json_string_value(json_object_get(e, "key"));
        struct requirement r = { .key = xstrdup(key ? key : ""), .op = SEL_EXISTS };
        for (size_t k = SEL_IN; k <= SEL_ABSENT; k++) {
            if (str_eq(op, names[k]))
                r.op = (enum selector_op)k;
        }
        json_array_foreach (json_object_get(e, "values"), j, v)
            arr_push(&r.values, xstrdup(json_string_value(v) ? json_string_value(v) : ""));
        add_req(s, r, true);
    }
}

bool requirement_match(const struct requirement *r, const char *value)
{
    bool in = false;
    for (size_t i = 0; value && i < r->values.n; i++)
        in = in || strcmp(r->values.v[i], value) == 0;
    int64_t a, b;
    switch (r->op) {
    case SEL_EQ:
    case SEL_IN:
        return in;
    case SEL_NE:
    case SEL_NOTIN:
        return !in;
    case SEL_EXISTS:
        return value != NULL;
    case SEL_ABSENT:
        return value == NULL;
    case SEL_GT:
    case SEL_LT:
        if (!value || !str_to_i64(value, &a) || !str_to_i64(r->values.v[0], &b))
            return false;
        return r->op == SEL_GT ? a > b : a < b;
    }
    return false;
}

static const char *packed_get(const char *packed, const char *key)
{
    while (*packed) {
        const char *value = packed + strlen(packed) + 1;
        if (strcmp(packed, key) == 0)
            return value;
        packed = value + strlen(value) + 1;
    }
    return NULL;
}

bool selector_match(const struct selector *s, const char *packed)
{
    for (size_t i = 0; i < s->reqs.n; i++) {
        if (!requirement_match(&s->reqs.v[i], packed_get(packed, s->reqs.v[i].key)))
            return false;
    }
    return !s->nothing;
}

bool selector_match_json(const struct selector *s, const json_t *labels)
{
    for (size_t i = 0; i < s->reqs.n; i++) {
        const json_t *v = json_object_get(labels, s->reqs.v[i].key);
        if (!requirement_match(&s->reqs.v[i], json_string_value(v)))
            return false;
    }
    return !s->nothing;
}

static void print_values(const struct requirement *r, struct buf *out)
{
    for (size_t i = 0; i < r->values.n; i++)
        buf_printf(out, "%s%s", i ? "," : "", r->values.v[i]);
}

void selector_print(const struct selector *s, struct buf *out)
{
    static const char *const text[] = { [SEL_EQ] = "=", [SEL_NE] = "!=", [SEL_IN] = " in (",
        [SEL_NOTIN] = " notin (", [SEL_EXISTS] = "", [SEL_ABSENT] = "", [SEL_GT] = ">",
        [SEL_LT] = "<" };
    for (size_t i = 0; i < s->reqs.n; i++) {
        const struct requirement *r = &s->reqs.v[i];
        bool set = r->op == SEL_IN || r->op == SEL_NOTIN;
        buf_printf(out, "%s%s%s%s", i ? "," : "", r->op == SEL_ABSENT ? "!" : "", r->key,
            text[r->op]);
        print_values(r, out);
        buf_puts(out, set ? ")" : "");
    }
}
