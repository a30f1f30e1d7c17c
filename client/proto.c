#include "client/proto.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/timeutil.h"
#include "client/prune_node.h"

enum proto_form {
    PROTO_STRING,
    PROTO_BOOL,
    PROTO_INT,
    PROTO_TIME,          // metav1.Time: seconds, nanos
    PROTO_QUANTITY,      // resource.Quantity: its text
    PROTO_INT_OR_STRING, // intstr.IntOrString: which, the number, the text
    PROTO_MESSAGE,
    PROTO_INLINE, // a message whose fields are those of the one it is in
    PROTO_MAP_STRING,
    PROTO_MAP_QUANTITY,
};
enum { PROTO_REPEATED = 1, PROTO_OMIT_ZERO = 2 }; // flags; omitempty of a Go field that is no pointer
struct proto_field {
    const char *name; // in JSON; NULL: the end
    int number;
    enum proto_form form;
    int flags;
    const struct proto_field *message;
};
#include "client/proto_fields.def"

static bool is_map(const struct proto_field *f)
{
    return f->form == PROTO_MAP_STRING || f->form == PROTO_MAP_QUANTITY;
}

enum { MAX_OBJECT = 16 << 20, MAX_TREE = 64 << 20, NODE_BYTES = 160, MAX_HEAD = 64 << 10, MAX_KEY = 1024 };
enum wire { WIRE_INT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };
enum got { GOT_BROKEN, GOT_MORE, GOT_ALL }; // more: of its bytes are to come

const char proto_type[] = "application/vnd.kubernetes.protobuf";
const struct proto_field *const proto_pod = f_Pod;

static const char magic[4] = { 'k', '8', 's', 0 }; // before what says its own type: runtime.Unknown
static const struct node all_of_it = { .all = true };

// ---- the wire format (protobuf.dev/programming-guides/encoding)

struct bytes {
    const unsigned char *p;
    size_t n;
};
struct item {
    uint64_t number;
    enum wire wire;
    uint64_t value;     // of an integer
    struct bytes bytes; // else
};

static enum got take_varint(struct bytes *from, uint64_t *v)
{
    *v = 0;
    for (size_t i = 0; i < from->n && i < 10; i++) {
        *v |= (uint64_t)(from->p[i] & 0x7f) << (7 * i);
        if (!(from->p[i] & 0x80)) {
            from->p += i + 1;
            from->n -= i + 1;
            return GOT_ALL;
        }
    }
    return from->n < 10 ? GOT_MORE : GOT_BROKEN;
}

// The number of the next field and, where it is bytes, how many (in value); from moves on to what follows.
static enum got take_key(struct bytes *from, struct item *it)
{
    uint64_t key;
    enum got got = take_varint(from, &key);
    it->number = key >> 3;
    it->wire = (enum wire)(key & 7);
    it->value = it->wire == WIRE_64 ? 8 : 4;
    if (got == GOT_ALL && (it->wire == WIRE_INT || it->wire == WIRE_BYTES))
        got = take_varint(from, &it->value);
    else if (got == GOT_ALL && it->wire != WIRE_64 && it->wire != WIRE_32)
        got = GOT_BROKEN;
    return got;
}

static enum got take_item(struct bytes *from, struct item *it)
{
    struct bytes rest = *from;
    enum got got = take_key(&rest, it);
    if (got == GOT_ALL && it->wire != WIRE_INT) {
        if (it->value > rest.n)
            return GOT_MORE;
        it->bytes = (struct bytes) { rest.p, it->value };
        rest.p += it->value;
        rest.n -= it->value;
    }
    if (got == GOT_ALL)
        *from = rest;
    return got;
}

// The next field of a message that is whole. false: that was the last one, or *ok becomes false.
static bool next_item(struct bytes *from, struct item *it, bool *ok)
{
    if (!from->n)
        return false;
    *ok = take_item(from, it) == GOT_ALL;
    return *ok;
}

// ---- values

struct tree {
    size_t bytes; // that it will take
};

// NULL: it is no UTF-8.
static json_t *text(struct tree *t, struct bytes s)
{
    struct buf whole = BUF_INIT;
    t->bytes += NODE_BYTES + s.n;
    const char *clean = s.n ? json_without_nul(&whole, (const char *)s.p, &s.n) : ""; // what is not sent is empty
    json_t *v = json_stringn(clean, s.n);
    buf_release(&whole);
    return v;
}

// Of a small message: its fields 1 to 3, as integers and as bytes.
struct small {
    uint64_t number[4];
    struct bytes bytes[4];
};
static bool small(struct bytes from, struct small *out)
{
    struct item it;
    bool ok = true;
    memset(out, 0, sizeof(*out));
    while (next_item(&from, &it, &ok))
        if (it.number < 4 && it.wire == WIRE_INT)
            out->number[it.number] = it.value;
        else if (it.number < 4 && it.wire == WIRE_BYTES)
            out->bytes[it.number] = it.bytes;
    return ok;
}

static json_t *time_value(struct tree *t, const struct small *s)
{
    char out[32];
    int64_t sec = (int64_t)s->number[1];
    if (sec < -62135596800 || sec > 253402300799) // the years 1 to 9999
        return NULL;
    time_format_rfc3339(sec, out);
    t->bytes += NODE_BYTES;
    return json_string(out);
}

static bool message(struct tree *t, const struct proto_field *fields, const struct node *node, struct bytes from, json_t *into);

static json_t *message_value(struct tree *t, const struct proto_field *f, const struct node *node, struct bytes from)
{
    json_t *v = json_object();
    t->bytes += 2 * NODE_BYTES;
    if (message(t, f->message, node, from, v))
        return v;
    json_decref(v);
    return NULL;
}

// NULL: it is broken.
static json_t *value(struct tree *t, const struct proto_field *f, const struct node *node, const struct item *it)
{
    struct small s;
    bool number = f->form == PROTO_BOOL || f->form == PROTO_INT;
    if (it->wire != (number ? WIRE_INT : WIRE_BYTES))
        return NULL;
    if (number) {
        t->bytes += NODE_BYTES;
        return f->form == PROTO_BOOL ? json_boolean(it->value != 0) : json_integer((json_int_t)it->value);
    }
    if (f->form == PROTO_STRING || f->form == PROTO_MAP_STRING)
        return text(t, it->bytes);
    if (f->form == PROTO_MESSAGE)
        return message_value(t, f, node, it->bytes);
    if (!small(it->bytes, &s))
        return NULL;
    if (f->form == PROTO_TIME)
        return it->bytes.n ? time_value(t, &s) : json_null();
    if (f->form == PROTO_INT_OR_STRING)
        return s.number[1] ? text(t, s.bytes[3]) : json_integer((json_int_t)s.number[2]);
    return text(t, s.bytes[1]); // a quantity
}

static json_t *container(struct tree *t, json_t *into, const char *name, bool array)
{
    json_t *v = json_object_get(into, name);
    if (!v) {
        v = array ? json_array() : json_object();
        t->bytes += 2 * NODE_BYTES;
        json_object_set_new_nocheck(into, name, v);
    }
    return v;
}

static bool map_entry(struct tree *t, const struct proto_field *f, const struct node *node, const struct item *it, json_t *into)
{
    struct small entry;
    char key[MAX_KEY];
    if (it->wire != WIRE_BYTES || !small(it->bytes, &entry))
        return false;
    struct bytes k = entry.bytes[1];
    const struct node *want = node->all ? node : node_child(node, (const char *)k.p, k.n);
    json_t *all = container(t, into, f->name, false);
    if (!want || !k.n || k.n >= sizeof(key) || memchr(k.p, '\0', k.n)) // the server's own limit is 316
        return true;
    memcpy(key, k.p, k.n);
    key[k.n] = '\0';
    struct item v = { .wire = WIRE_BYTES, .bytes = entry.bytes[2] };
    return json_object_set_new(all, key, value(t, f, want, &v)) == 0;
}

static bool element(struct tree *t, const struct proto_field *f, const struct node *node, const struct item *it, json_t *into)
{
    const struct node *want = node->all ? node : node_child(node, NULL, 0);
    json_t *all = container(t, into, f->name, true);
    return !want || json_array_append_new(all, value(t, f, want, it)) == 0;
}

static bool field(struct tree *t, const struct proto_field *f, const struct node *node, const struct item *it, json_t *into)
{
    if (f->form == PROTO_INLINE)
        return it->wire == WIRE_BYTES && message(t, f->message, node, it->bytes, into);
    const struct node *want = node->all ? node : node_child(node, f->name, strlen(f->name));
    if (!want)
        return true;
    if (is_map(f))
        return map_entry(t, f, want, it, into);
    if (f->flags & PROTO_REPEATED)
        return element(t, f, want, it, into);
    if ((f->flags & PROTO_OMIT_ZERO) && (it->wire == WIRE_INT ? it->value == 0 : it->bytes.n == 0))
        return true;
    return json_object_set_new_nocheck(into, f->name, value(t, f, want, it)) == 0;
}

// What the node wants of it; false: it is broken, or its tree is too large. The fields come in the order of their numbers.
static bool message(struct tree *t, const struct proto_field *fields, const struct node *node, struct bytes from, json_t *into)
{
    struct item it;
    const struct proto_field *f = fields;
    bool ok = true;
    while (ok && next_item(&from, &it, &ok)) {
        if (f->name && (uint64_t)f->number > it.number)
            f = fields;
        while (f->name && (uint64_t)f->number < it.number)
            f++;
        if (f->name && (uint64_t)f->number == it.number)
            ok = field(t, f, node, &it, into);
        else if (!f->name)
            f = fields;
        ok = ok && t->bytes < MAX_TREE;
    }
    return ok;
}

// The caller frees it; NULL: it is broken.
static json_t *tree_of(const struct proto_field *fields, const struct node *node, struct bytes from)
{
    struct tree t = { 0 };
    json_t *v = json_object();
    if (message(&t, fields, node, from, v))
        return v;
    json_decref(v);
    return NULL;
}

static void copy_word(char *out, size_t size, struct bytes s)
{
    size_t n = s.n < size ? s.n : size - 1;
    memcpy(out, s.n ? (const char *)s.p : "", n);
    out[n] = '\0';
}

static const struct proto_field *field_named(const struct proto_field *f, const char *name, size_t n)
{
    for (; f->name; f++) {
        if (strlen(f->name) == n && memcmp(f->name, name, n) == 0 && f->form != PROTO_INLINE)
            return f;
        const struct proto_field *within = f->form == PROTO_INLINE ? field_named(f->message, name, n) : NULL;
        if (within)
            return within;
    }
    return NULL;
}

bool proto_knows(const struct proto_field *message, const char *path)
{
    for (;;) {
        size_t n = strcspn(path, ".[");
        const struct proto_field *f = message ? field_named(message, path, n) : NULL;
        if (!f)
            return false;
        path += n;
        if (strncmp(path, "[]", 2) == 0) {
            if (!(f->flags & PROTO_REPEATED))
                return false;
            path += 2;
        } else if (*path && (f->flags & PROTO_REPEATED)) {
            return false;
        }
        if (!*path || path[1] == '[') // a key of a map
            return !*path || is_map(f);
        message = f->message;
        path++;
    }
}

// ---- a document that says what it is

struct unknown {
    char api[256], kind[256];
    struct bytes raw;
};

static bool type_meta(struct unknown *u, struct bytes from)
{
    struct small s;
    if (!small(from, &s))
        return false;
    copy_word(u->api, sizeof(u->api), s.bytes[1]);
    copy_word(u->kind, sizeof(u->kind), s.bytes[2]);
    return true;
}

static bool unknown(struct unknown *u, struct bytes from)
{
    struct small s;
    u->api[0] = u->kind[0] = '\0';
    if (from.n < sizeof(magic) || memcmp(from.p, magic, sizeof(magic)) != 0)
        return false;
    from.p += sizeof(magic);
    from.n -= sizeof(magic);
    if (!small(from, &s) || !type_meta(u, s.bytes[1]))
        return false;
    u->raw = s.bytes[2];
    return true;
}

json_t *proto_status(const char *data, size_t n)
{
    struct unknown u;
    if (!unknown(&u, (struct bytes) { (const unsigned char *)data, n }) || strcmp(u.kind, "Status") != 0)
        return NULL;
    return tree_of(f_Status, &all_of_it, u.raw);
}

// ---- streams

struct proto {
    const struct node *node; // of an object
    const struct proto_field *message;
    struct prune_handlers h;
    void *arg;
    bool watch, begun;
    bool items;     // of a list: inside it, where `left` bytes are to come
    bool complete;  // of a list: all of it came
    uint64_t left;
    struct unknown list; // what it says it is
    struct buf held;     // the beginning of what is not whole yet
    struct err err;
};

static bool broken(struct proto *p, const char *what)
{
    return err_set(&p->err, "broken protobuf: %s", what);
}

static enum got too_large(struct proto *p)
{
    err_set(&p->err, "one object of the answer is larger than %d MiB", MAX_OBJECT >> 20);
    return GOT_BROKEN;
}

static bool hand_out(struct proto *p, const char *type, const struct proto_field *fields, const struct node *node, struct bytes from)
{
    json_t *object = tree_of(fields, node, from);
    if (!object)
        return broken(p, "an object cannot be read, or its tree would be too large");
    bool ok = p->h.on_object(p->arg, type, object);
    json_decref(object);
    return ok;
}

static bool tell_kind(struct proto *p, enum prune_part part, const struct unknown *u)
{
    return !p->h.on_kind || p->h.on_kind(p->arg, part, u->api, u->kind);
}

// metav1.WatchEvent: type, object (RawExtension: raw), where raw says what it is.
static bool event(struct proto *p, struct bytes from)
{
    static const char *const types[] = { "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR" };
    struct small ev, object;
    struct unknown u;
    char type[16];
    if (!small(from, &ev) || !small(ev.bytes[2], &object) || !unknown(&u, object.bytes[1]))
        return broken(p, "an event of the watch cannot be read");
    copy_word(type, sizeof(type), ev.bytes[1]);
    size_t known = 0;
    while (known < ARRAY_SIZE(types) && strcmp(types[known], type) != 0)
        known++;
    if (known == ARRAY_SIZE(types))
        return err_set(&p->err, "an event of the server's watch is of an unknown type");
    if (strcmp(type, "ERROR") == 0)
        return hand_out(p, type, f_Status, &all_of_it, u.raw);
    return tell_kind(p, strcmp(type, "BOOKMARK") == 0 ? PART_BOOKMARK : PART_OBJECT, &u) &&
           hand_out(p, type, p->message, p->node, u.raw);
}

// Frames of a length in four bytes, the highest first.
static enum got take_frame(struct proto *p, struct bytes *from)
{
    if (from->n < 4)
        return GOT_MORE;
    uint64_t n = (uint64_t)from->p[0] << 24 | (uint64_t)from->p[1] << 16 | (uint64_t)from->p[2] << 8 | from->p[3];
    if (n > MAX_OBJECT)
        return too_large(p);
    if (from->n - 4 < n)
        return GOT_MORE;
    struct bytes frame = { from->p + 4, n };
    from->p += 4 + n;
    from->n -= 4 + n;
    return event(p, frame) ? GOT_ALL : GOT_BROKEN;
}

static bool list_meta(struct proto *p, struct bytes from)
{
    json_t *meta = tree_of(f_ListMeta, &all_of_it, from);
    json_t *left = json_object_get(meta, "remainingItemCount");
    bool ok = meta ? !p->h.on_list_meta || p->h.on_list_meta(p->arg, json_str(meta, "resourceVersion", NULL),
                                                json_str(meta, "continue", NULL), json_is_integer(left) ? (long)json_integer_value(left) : -1)
                   : broken(p, "what the list says of itself cannot be read");
    json_decref(meta);
    return ok;
}

// One field of the list (its metadata, an item), or of the document around it.
static enum got take_list_field(struct proto *p, struct bytes *from)
{
    struct item it;
    struct bytes rest = *from;
    bool status = strcmp(p->list.kind, "Status") == 0;
    enum got got = take_key(&rest, &it);
    if (got != GOT_ALL) {
        if (got == GOT_BROKEN)
            broken(p, "a field that is none");
        return got;
    }
    if (!p->items && it.number == 2 && it.wire == WIRE_BYTES && !status) { // the list itself: its fields as they come
        p->items = it.value > 0;
        p->complete = !p->items;
        p->left = it.value;
        *from = rest;
        return tell_kind(p, PART_LIST, &p->list) ? GOT_ALL : GOT_BROKEN;
    }
    if (it.wire != WIRE_INT && it.value > (p->items || status ? MAX_OBJECT : MAX_HEAD))
        return too_large(p);
    got = take_item(from, &it);
    if (got != GOT_ALL)
        return got;
    bool ok = true;
    if (!p->items && it.number == 1 && it.wire == WIRE_BYTES)
        ok = type_meta(&p->list, it.bytes) || broken(p, "its type cannot be read");
    else if (!p->items && it.number == 2 && it.wire == WIRE_BYTES)
        ok = hand_out(p, "ERROR", f_Status, &all_of_it, it.bytes);
    else if (p->items && it.number == 1 && it.wire == WIRE_BYTES)
        ok = list_meta(p, it.bytes);
    else if (p->items && it.number == 2 && it.wire == WIRE_BYTES)
        ok = hand_out(p, "", p->message, p->node, it.bytes);
    return ok ? GOT_ALL : GOT_BROKEN;
}

static enum got take_list(struct proto *p, struct bytes *from)
{
    if (!p->begun) {
        if (from->n < sizeof(magic))
            return GOT_MORE;
        if (memcmp(from->p, magic, sizeof(magic)) != 0) {
            broken(p, "it does not begin as the server's does");
            return GOT_BROKEN;
        }
        from->p += sizeof(magic);
        from->n -= sizeof(magic);
        p->begun = true;
        return GOT_ALL;
    }
    bool items = p->items;
    struct bytes part = *from;
    if (items && part.n > p->left) // behind the list is what is around it
        part.n = p->left;
    size_t before = part.n;
    enum got got = before ? take_list_field(p, &part) : GOT_MORE;
    size_t took = before - part.n;
    from->p += took;
    from->n -= took;
    if (items) {
        if (got == GOT_MORE && before == p->left && before) {
            broken(p, "a field reaches beyond its list");
            return GOT_BROKEN;
        }
        p->left -= took;
    }
    if (p->items && !p->left && got != GOT_BROKEN) {
        p->items = false;
        p->complete = true;
        return from->n ? GOT_ALL : GOT_MORE;
    }
    return got;
}

bool proto_feed(struct proto *p, const char *data, size_t n, struct err *err)
{
    struct bytes from = { (const unsigned char *)data, n };
    bool held = p->held.n > 0;
    enum got got = GOT_ALL;
    if (held) {
        buf_add(&p->held, data, n);
        from = (struct bytes) { (const unsigned char *)p->held.s, p->held.n };
    }
    size_t all = from.n;
    while (got == GOT_ALL && from.n)
        got = p->watch ? take_frame(p, &from) : take_list(p, &from);
    if (held)
        buf_consume(&p->held, all - from.n);
    else
        buf_add(&p->held, from.p, from.n);
    if (got != GOT_BROKEN)
        return true;
    if (!err_is(&p->err))
        err_set(&p->err, "stopped");
    *err = p->err;
    return false;
}

bool proto_finish(struct proto *p, struct err *err)
{
    if (p->watch || (p->complete && !p->held.n))
        return true;
    return err_set(err, p->begun ? "the server's answer ends in the middle of the list" : "the server's answer is empty");
}

struct proto *proto_new(const struct prune_paths *paths, enum prune_mode mode, const struct proto_field *message,
    const struct prune_handlers *handlers, void *arg)
{
    struct proto *p = xcalloc(1, sizeof(*p));
    p->node = paths->root;
    p->message = message;
    p->h = *handlers;
    p->arg = arg;
    p->watch = mode == PRUNE_WATCH;
    buf_init(&p->held);
    return p;
}

void proto_free(struct proto *p)
{
    if (!p)
        return;
    buf_wipe(&p->held);
    free(p);
}
