#include "demo/protobuf.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "demo/messages.h"

enum { MAX_DEPTH = 40 };
enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct span {
    const unsigned char *p, *end;
};
struct value { // one field as it lies on the wire
    uint64_t number, n;
    enum wire wire;
    struct span bytes;
};
static bool read_varint(struct span *s, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; s->p < s->end && shift < 64; shift += 7) {
        unsigned char c = *s->p++;
        *out |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80))
            return true;
    }
    return false;
}

static bool read_value(struct span *s, struct value *v)
{
    uint64_t key, n = 0;
    if (!read_varint(s, &key))
        return false;
    v->number = key >> 3;
    v->wire = (enum wire)(key & 7);
    v->n = 0;
    v->bytes = (struct span) { s->p, s->p };
    if (v->wire == WIRE_VARINT)
        return read_varint(s, &v->n);
    if (v->wire == WIRE_BYTES && !read_varint(s, &n))
        return false;
    if (v->wire == WIRE_64 || v->wire == WIRE_32)
        n = v->wire == WIRE_64 ? 8 : 4;
    else if (v->wire != WIRE_BYTES)
        return false;
    if (n > (uint64_t)(s->end - s->p))
        return false;
    v->bytes = (struct span) { s->p, s->p + n };
    s->p += n;
    return true;
}

static bool find_field(const char *lines, uint64_t number, struct message_field *f)
{
    while (message_next(&lines, f)) {
        if (f->number == number)
            return true;
    }
    return false;
}

static json_t *text_of(struct span s)
{
    return json_stringn((const char *)s.p, (size_t)(s.end - s.p));
}

static json_t *base64_of(struct span s)
{
    struct buf b = BUF_INIT;
    b64_encode((const char *)s.p, (size_t)(s.end - s.p), &b);
    json_t *v = json_string(b.s ? b.s : "");
    buf_release(&b);
    return v;
}

// meta.v1.Time: {seconds = 1}; a zero time is an empty message.
static json_t *time_of(struct span s)
{
    struct value v;
    char text[32];
    while (s.p < s.end && read_value(&s, &v)) {
        if (v.number == 1 && v.wire == WIRE_VARINT) {
            time_format_rfc3339((int64_t)v.n, text);
            return json_string(text);
        }
    }
    return NULL;
}

// resource.Quantity: {string = 1}; runtime.RawExtension and FieldsV1: {raw = 1}, which is JSON.
static json_t *first_of(struct span s, bool raw)
{
    struct value v;
    while (s.p < s.end && read_value(&s, &v)) {
        if (v.number == 1 && v.wire == WIRE_BYTES)
            return raw ? json_loadb(
                             (const char *)v.bytes.p, (size_t)(v.bytes.end - v.bytes.p), 0, NULL)
                       : text_of(v.bytes);
    }
    return NULL;
}

// intstr.IntOrString: {type = 1, intVal = 2, strVal = 3}.
static json_t *int_or_string(struct span s)
{
    struct value v;
    int64_t type = 0, n = 0;
    struct span text = { 0 };
    while (s.p < s.end && read_value(&s, &v)) {
        if (v.number == 1)
            type = (int64_t)v.n;
        else if (v.number == 2)
            n = (int64_t)v.n;
        else if (v.number == 3)
            text = v.bytes;
    }
    return type ? text_of(text) : json_integer(n);
}

static json_t *decode(struct span s, const char *message, int depth);

// NULL: nothing that JSON would have. `keep`: zeroes too.
static json_t *convert(const struct value *v, const char *type, bool keep, int depth)
{
    bool pointer = *type >= 'A' && *type <= 'Z' && !type[1];
    char plain = (char)(type[1] ? 0 : tolower((unsigned char)*type));
    bool text = v->wire == WIRE_BYTES;
    keep = keep || pointer;
    if (plain && (plain == 's' || plain == 'y') == text && v->wire != WIRE_64) {
        if (text && v->bytes.p == v->bytes.end && !keep)
            return NULL;
        if (text)
            return plain == 's' ? text_of(v->bytes) : base64_of(v->bytes);
        if (!v->n && !keep)
            return NULL;
        return plain == 'b' ? json_boolean(v->n) : json_integer((json_int_t)v->n);
    }
    if (!text || plain)
        return NULL;
    if (str_eq(type, "time"))
        return time_of(v->bytes);
    if (str_eq(type, "quantity") || str_eq(type, "raw"))
        return first_of(v->bytes, str_eq(type, "raw"));
    if (str_eq(type, "intorstring"))
        return int_or_string(v->bytes);
    return decode(v->bytes, type, depth + 1);
}

static void put_entry(json_t *obj, const struct message_field *f, struct span s, int depth)
{
    struct value v;
    json_t *map = json_object_get(obj, f->name), *key = NULL, *item = NULL;
    if (!map) {
        map = json_object();
        json_object_set_new(obj, f->name, map);
    }
    while (s.p < s.end && read_value(&s, &v)) {
        json_t **to = v.number == 1 ? &key : &item;
        json_decref(*to);
        *to = v.number == 1 ? text_of(v.bytes) : convert(&v, f->type, true, depth);
    }
    if (key && item)
        json_object_set(map, json_string_value(key), item);
    json_decref(key);
    json_decref(item);
}

static void put_field(json_t *obj, const struct message_field *f, const struct value *v, int depth)
{
    if (f->map) {
        if (v->wire == WIRE_BYTES)
            put_entry(obj, f, v->bytes, depth);
        return;
    }
    json_t *item = convert(v, f->type, f->list, depth);
    if (!item)
        return;
    if (f->inlined) {
        json_object_update(obj, item);
    } else if (f->list) {
        json_t *list = json_object_get(obj, f->name);
        if (!list) {
            list = json_array();
            json_object_set_new(obj, f->name, list);
        }
        json_array_append(list, item);
    } else {
        json_object_set(obj, f->name, item);
    }
    json_decref(item);
}

static json_t *decode(struct span s, const char *message, int depth)
{
    const char *lines = message_find(message);
    json_t *obj = lines && depth < MAX_DEPTH ? json_object() : NULL;
    struct value v;
    struct message_field f;
    while (obj && s.p < s.end) {
        if (!read_value(&s, &v)) {
            json_decref(obj);
            return NULL;
        }
        if (find_field(lines, v.number, &f))
            put_field(obj, &f, &v, depth);
    }
    return obj;
}

bool protobuf_is(const char *bytes, size_t n)
{
    return n >= 4 && memcmp(bytes, "k8s", 4) == 0;
}

// runtime.Unknown: {typeMeta = 1: {apiVersion = 1, kind = 2}, raw = 2}.
static bool envelope(struct span s, char version[100], char kind[80], struct span *raw)
{
    struct value v, t;
    *version = *kind = '\0';
    while (s.p < s.end) {
        if (!read_value(&s, &v))
            return false;
        if (v.number == 2 && v.wire == WIRE_BYTES)
            *raw = v.bytes;
        if (v.number != 1 || v.wire != WIRE_BYTES)
            continue;
        while (v.bytes.p < v.bytes.end && read_value(&v.bytes, &t)) {
            int n = (int)(t.bytes.end - t.bytes.p);
            if (t.wire == WIRE_BYTES && t.number == 1)
                snprintf(version, 100, "%.*s", n < 99 ? n : 99, (const char *)t.bytes.p);
            else if (t.wire == WIRE_BYTES && t.number == 2)
                snprintf(kind, 80, "%.*s", n < 79 ? n : 79, (const char *)t.bytes.p);
        }
    }
    return *version && *kind;
}

json_t *protobuf_decode(const char *bytes, size_t n, struct err *err)
{
    struct span s = { (const unsigned char *)bytes + 4, (const unsigned char *)bytes + n };
    struct span raw = { s.end, s.end };
    char version[100], kind[80], message[200];
    if (!protobuf_is(bytes, n) || !envelope(s, version, kind, &raw)) {
        err_set(err, "no protobuf object");
        return NULL;
    }
    message_name(version, kind, message, sizeof(message));
    json_t *obj = decode(raw, message, 0);
    if (!obj) {
        err_set(err, "protobuf: damaged, or %s is not known", message);
        return NULL;
    }
    json_object_set_new(obj, "apiVersion", json_string(version));
    json_object_set_new(obj, "kind", json_string(kind));
    return obj;
}
