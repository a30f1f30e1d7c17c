#include "demo/typed.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/messages.h"

struct check {
    json_t *unknown;
    struct err *err;
};

static bool check_object(
    struct check *c, json_t *obj, const char *message, const char *path, const char *dotted);

static const char *last_word(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

// "v1.Container" of "core.v1.Container", "string" of s.
static const char *go_type(const char *type, char out[90])
{
    static const char *const words[][2] = { { "s", "string" }, { "i", "int32" }, { "l", "int64" },
        { "b", "bool" }, { "y", "[]uint8" }, { "d", "float64" }, { "time", "v1.Time" },
        { "quantity", "resource.Quantity" }, { "intorstring", "intstr.IntOrString" } };
    char plain[2] = { (char)(*type | 0x20), '\0' };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (str_eq(words[i][0], type[1] ? type : plain))
            return words[i][1];
    }
    const char *dot = strchr(type, '.');
    snprintf(out, 90, "%s", dot ? dot + 1 : type);
    return out;
}

static void value_type(const json_t *v, char out[60])
{
    const char *word = json_is_object(v)    ? "object"
                       : json_is_array(v)   ? "array"
                       : json_is_string(v)  ? "string"
                       : json_is_boolean(v) ? "bool"
                                            : "number";
    if (json_is_real(v))
        snprintf(out, 60, "number %g", json_real_value(v));
    else
        snprintf(out, 60, "%s", word);
}

static bool wrong(struct check *c, const json_t *v, const char *owner, const char *dotted,
    const char *prefix, const char *type)
{
    char have[60], go[90];
    value_type(v, have);
    err_set(c->err, "json: cannot unmarshal %s into Go struct field %s.%s of type %s%s", have,
        last_word(owner), dotted, prefix, go_type(type, go));
    return false;
}

static bool check_base64(struct check *c, const json_t *v)
{
    const char *s = json_string_value(v);
    struct buf b = BUF_INIT;
    bool ok = b64_decode(s, strlen(s), &b);
    buf_release(&b);
    if (!ok)
        err_set(c->err, "illegal base64 data at input byte %zu",
            strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"));
    return ok;
}

static bool plain_fits(const json_t *v, const char *type)
{
    switch (type[1] ? *type : *type | 0x20) {
    case 's':
    case 'y':
    case 't': // time
        return json_is_string(v);
    case 'i':
        return type[1] ? json_is_string(v) || json_is_integer(v) : json_is_integer(v);
    case 'l':
        return json_is_integer(v);
    case 'q':
    case 'd':
        return json_is_number(v) || (*type == 'q' && json_is_string(v));
    case 'b':
        return json_is_boolean(v);
    default:
        return true;
    }
}

static bool check_value(struct check *c, json_t *v, const char *owner, const char *type,
    const char *path, const char *dotted)
{
    if (json_is_null(v) || str_eq(type, "raw"))
        return true;
    if (strchr(type, '.')) {
        if (!json_is_object(v))
            return wrong(c, v, owner, dotted, "", type);
        return check_object(c, v, type, path, dotted);
    }
    if (!plain_fits(v, type))
        return wrong(c, v, owner, dotted, "", type);
    return *type != 'y' || check_base64(c, v);
}

static bool check_items(struct check *c, json_t *v, const struct message_field *f,
    const char *owner, const char *path, const char *dotted)
{
    struct buf at = BUF_INIT;
    bool ok = true;
    size_t i;
    json_t *item;
    const char *key;
    void *tmp;
    json_array_foreach (v, i, item) {
        buf_clear(&at);
        buf_printf(&at, "%s[%zu]", path, i);
        ok = ok && check_value(c, item, owner, f->type, at.s, dotted);
    }
    json_object_foreach_safe (v, tmp, key, item) {
        buf_clear(&at);
        buf_printf(&at, "%s.%s", path, key);
        ok = ok && check_value(c, item, owner, f->type, at.s, dotted);
    }
    buf_release(&at);
    return ok;
}

static bool check_field(struct check *c, json_t *v, const struct message_field *f,
    const char *owner, const char *path, const char *dotted)
{
    if (json_is_null(v))
        return true;
    if (f->list && !json_is_array(v))
        return wrong(c, v, owner, dotted, "[]", f->type);
    if (f->map && !json_is_object(v))
        return wrong(c, v, owner, dotted, "map[string]", f->type);
    if (f->list || f->map)
        return check_items(c, v, f, owner, path, dotted);
    return check_value(c, v, owner, f->type, path, dotted);
}

// Also in the messages that are inline. `owner` becomes the one that has it.
static bool find_named(
    const char *message, const char *name, struct message_field *f, char owner[80])
{
    const char *at = message_find(message);
    struct message_field inner;
    while (message_next(&at, f)) {
        if (f->inlined && find_named(f->type, name, &inner, owner)) {
            *f = inner;
            return true;
        }
        if (!f->inlined && str_eq(f->name, name)) {
            snprintf(owner, 80, "%s", message);
            return true;
        }
    }
    return false;
}

// What the data leaves out, because only the server writes it.
static bool of_the_server(const char *key, const char *path)
{
    return str_eq(key, "managedFields") ||
           (!*path && (str_eq(key, "status") || str_eq(key, "apiVersion") || str_eq(key, "kind")));
}

static bool check_object(
    struct check *c, json_t *obj, const char *message, const char *path, const char *dotted)
{
    struct message_field f;
    char owner[80];
    const char *key;
    json_t *v;
    void *tmp;
    bool ok = true;
    json_object_foreach_safe (obj, tmp, key, v) {
        struct buf at = BUF_INIT, field = BUF_INIT;
        buf_printf(&at, "%s%s%s", path, *path ? "." : "", key);
        buf_printf(&field, "%s%s%s", dotted, *dotted ? "." : "", key);
        if (find_named(message, key, &f, owner)) {
            ok = ok && check_field(c, v, &f, owner, at.s, field.s);
        } else if (!of_the_server(key, path)) {
            json_array_append_new(c->unknown, json_string(at.s));
            json_object_del(obj, key);
        }
        buf_release(&at);
        buf_release(&field);
    }
    return ok;
}

bool typed_check(const struct rtype *rt, json_t *doc, json_t *unknown, struct err *err)
{
    struct check c = { unknown, err };
    char av[160], name[200];
    rtype_api_version(rt, av);
    message_name(av, rt->kind, name, sizeof(name));
    if (rt->flags & R_CUSTOM) {
        schema_prune(rt, doc, unknown);
        return true;
    }
    return !message_find(name) || check_object(&c, doc, name, "", "");
}
