#include "client/prune.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "client/elide.h"
#include "client/http_error.h"
#include "client/proto.h"
#include "client/prune_node.h"

enum { MAX_DEPTH = 128, MAX_OBJECT = 16 << 20, MAX_TREE = 64 << 20, NODE_BYTES = 160, MAX_NUMBER = 1024 };

static struct node *node_new(const char *key, size_t n)
{
    struct node *node = xcalloc(1, sizeof(*node));
    node->key = key ? xstrndup(key, n) : NULL;
    node->key_len = key ? n : 0;
    return node;
}

static void node_free(struct node *node)
{
    if (!node)
        return;
    for (size_t i = 0; i < node->children.n; i++)
        node_free(node->children.v[i]);
    arr_release(&node->children);
    free(node->key);
    free(node);
}

struct node *node_child(const struct node *node, const char *key, size_t n)
{
    for (size_t i = 0; i < node->children.n; i++) {
        struct node *c = node->children.v[i];
        if (key ? c->key && c->key_len == n && memcmp(c->key, key, n) == 0 : !c->key)
            return c;
    }
    return NULL;
}

static struct node *node_need(struct node *node, const char *key, size_t n)
{
    struct node *c = node_child(node, key, n);
    if (!c) {
        c = node_new(key, n);
        arr_push(&node->children, c);
    }
    return c;
}

// "spec.containers[].image", "metadata.annotations.[example.com/key]"
static struct node *node_add_path(struct node *node, const char *path)
{
    while (*path) {
        if (strncmp(path, "[]", 2) == 0) {
            node = node_need(node, NULL, 0);
            path += 2;
        } else if (*path == '[') {
            const char *end = strchr(path, ']');
            BUG_ON(!end);
            node = node_need(node, path + 1, (size_t)(end - path) - 1);
            path = end + 1;
        } else {
            size_t n = strcspn(path, ".[");
            node = node_need(node, path, n);
            path += n;
        }
        if (*path == '.')
            path++;
    }
    node->all = true;
    return node;
}

// What rb_begin reads of every object, and what a bookmark says.
static const char *const always[] = { "metadata.uid", "metadata.name", "metadata.namespace",
    "metadata.resourceVersion", "metadata.creationTimestamp", "metadata.deletionTimestamp",
    "metadata.labels", "metadata.ownerReferences[].apiVersion", "metadata.ownerReferences[].kind",
    "metadata.ownerReferences[].name", "metadata.ownerReferences[].uid",
    "metadata.ownerReferences[].controller", "metadata.annotations.[k8s.io/initial-events-end]" };

static void add_always(struct node *object)
{
    for (size_t i = 0; i < ARRAY_SIZE(always); i++)
        node_add_path(object, always[i]);
}

static void add_kind(struct node *object)
{
    node_need(object, "kind", 4)->role = NODE_KIND;
    node_need(object, "apiVersion", 10)->role = NODE_KIND;
}

struct prune_paths *prune_paths_new(const char *const *paths)
{
    struct prune_paths *p = xcalloc(1, sizeof(*p));
    p->root = node_new(NULL, 0);
    p->root->role = NODE_EMIT;
    add_kind(p->root);
    add_always(p->root);
    for (; paths && *paths; paths++)
        node_add_path(p->root, *paths);
    return p;
}

void prune_paths_free(struct prune_paths *p)
{
    if (p)
        node_free(p->root);
    free(p);
}

struct frame {
    const struct node *node; // of the container; never NULL (what is skipped has no frame)
    json_t *value;           // the container, NULL where only its inside is wanted
    const struct node *next; // of the key just read, or NULL: skip its value
    char *key;               // for insertion into value
    size_t key_cap, key_len;
    bool array;
};

struct prune {
    const struct prune_paths *paths;
    struct proto *proto; // what came is protobuf
    yajl_handle yajl;
    struct prune_handlers h;
    void *arg;
    bool watch, table, stopped;
    json_t *said;               // kind and apiVersion of a list; or a Status, where no list and no event came
    char kind[256], api[256];   // of the object under way
    bool listed, known, object; // its items began; its kind was found right; this event had an object
    struct err why;             // it is not what was asked for
    struct node *root;       // own: the envelope around the objects
    struct node *status;     // own: an ERROR's object, whole
    struct frame stack[MAX_DEPTH];
    int depth, skip; // skip: depth inside an unwanted container
    size_t object_bytes, tree_bytes; // of the object under way: its text, its tree
    char type[16];
    bool too_deep, too_large;
    // A token that goes on in the next bytes. YAJL begins it anew with each piece, so that a string is held back until its
    // end is there.
    size_t at; // of these bytes: where the last token that was told ended
    bool token, string, escape;
    size_t pending; // bytes of it, where it is no string
    struct buf held;
    bool begun, page; // page: it begins as HTML does
    struct elide elide;
};

// The envelope's node for its objects borrows the children of the compiled paths.
static void borrow(struct node *to, const struct node *from)
{
    to->role = NODE_EMIT;
    for (size_t i = 0; i < from->children.n; i++)
        arr_push(&to->children, from->children.v[i]);
}

static struct node *table_envelope(struct node *at)
{
    node_add_path(at, "metadata.resourceVersion");
    node_need(at, "columnDefinitions", 17)->role = NODE_COLUMNS;
    node_child(at, "columnDefinitions", 17)->all = true;
    struct node *row = node_need(node_need(at, "rows", 4), NULL, 0);
    row->role = NODE_EMIT;
    node_add_path(row, "cells");
    add_always(node_need(row, "object", 6));
    return row;
}

static struct node *envelope(const struct prune_paths *paths, bool watch, bool table)
{
    static const char *const said[] = { "kind", "apiVersion", "status", "message", "reason", "code" };
    struct node *root = node_new(NULL, 0);
    for (size_t i = 0; i < ARRAY_SIZE(said); i++)
        node_need(root, said[i], strlen(said[i]))->role = NODE_SAID;
    if (watch) {
        node_add_path(root, "type")->role = NODE_TYPE;
        struct node *object = node_need(root, "object", 6);
        if (table) {
            table_envelope(object);
            add_kind(object);
        } else {
            borrow(object, paths->root);
        }
        return root;
    }
    static const char *const meta[] = { "metadata.resourceVersion", "metadata.continue",
        "metadata.remainingItemCount" };
    if (table)
        table_envelope(root);
    for (size_t i = 0; i < ARRAY_SIZE(meta); i++)
        node_add_path(root, meta[i]);
    node_child(root, "metadata", 8)->role = NODE_LIST_META;
    if (!table)
        borrow(node_need(node_need(root, "items", 5), NULL, 0), paths->root);
    return root;
}

static const struct node *status_node(struct prune *p)
{
    if (!p->status) {
        p->status = node_new(NULL, 0);
        p->status->all = true;
        p->status->role = NODE_EMIT;
    }
    return p->status;
}

static void mark(struct prune *p)
{
    p->at = yajl_get_bytes_consumed(p->yajl);
}

// The node that governs the value about to come; NULL: skip it.
static const struct node *next_node(struct prune *p)
{
    if (p->depth == 0)
        return p->root;
    struct frame *f = &p->stack[p->depth - 1];
    if (f->array)
        return f->node->all ? f->node : node_child(f->node, NULL, 0);
    return f->next;
}

static void attach(struct prune *p, json_t *value)
{
    p->tree_bytes += NODE_BYTES + (json_is_object(value) ? NODE_BYTES : json_string_length(value)) +
                     p->stack[p->depth - 1].key_len;
    struct frame *f = &p->stack[p->depth - 1];
    if (f->array)
        json_array_append_new(f->value, value);
    else
        json_object_set_new_nocheck(f->value, f->key, value);
}

// It is not what was asked for: the stream stops.
__attribute__((format(printf, 2, 3))) static bool refuse(struct prune *p, const char *fmt, ...)
{
    char words[200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(words, sizeof(words), fmt, ap);
    va_end(ap);
    p->stopped = true;
    return err_set(&p->why, "%s", words);
}

// ---- what a document says it is

static bool tell_list(struct prune *p)
{
    p->known = p->h.on_kind(p->arg, PART_LIST, json_str(p->said, "apiVersion", NULL), json_str(p->said, "kind", NULL));
    return p->known;
}

// Before an object counts. A list of custom resources has its kind behind its items, as a Go map is written: there each
// item has one.
static bool tell_kind(struct prune *p)
{
    if (!p->h.on_kind || strcmp(p->type, "ERROR") == 0)
        return true;
    if (p->watch)
        return p->h.on_kind(p->arg, strcmp(p->type, "BOOKMARK") == 0 ? PART_BOOKMARK : PART_OBJECT, p->api, p->kind);
    bool early = *json_str(p->said, "kind", NULL) && *json_str(p->said, "apiVersion", NULL);
    if (!p->known && (early || p->table) && !tell_list(p))
        return false;
    return p->table || (!*p->kind && !*p->api) || p->h.on_kind(p->arg, PART_ITEM, p->api, p->kind);
}

static bool end_of_list(struct prune *p)
{
    if (strcmp(json_str(p->said, "kind", NULL), "Status") == 0)
        return p->h.on_object(p->arg, "ERROR", p->said);
    if (!p->known && !tell_list(p))
        return false;
    return p->listed || refuse(p, "the server's list has no %s", p->table ? "rows" : "items");
}

static bool end_of_event(struct prune *p)
{
    static const char *const types[] = { "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR" };
    const char *kind = json_str(p->said, "kind", NULL);
    if (!*p->type && strcmp(kind, "Status") == 0)
        return p->h.on_object(p->arg, "ERROR", p->said);
    if (!*p->type && *kind)
        return refuse(p, "the server answers a watch with a %.80s instead of events", kind);
    if (!*p->type)
        return refuse(p, "an event of the server's watch has no type");
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (strcmp(types[i], p->type) == 0)
            return p->object || refuse(p, "an event %s of the server's watch has no object", p->type);
    return refuse(p, "an event of the server's watch is of an unknown type, %s", p->type);
}

static bool end_of_document(struct prune *p)
{
    bool ok = !p->h.on_kind || (p->watch ? end_of_event(p) : end_of_list(p));
    p->type[0] = p->kind[0] = p->api[0] = '\0';
    p->object_bytes = p->tree_bytes = 0;
    p->object = false;
    json_object_clear(p->said);
    return ok;
}

// A document, or an item of a list, that is no object.
static int is_none(struct prune *p, const char *what)
{
    const struct frame *f = p->depth == 2 && !p->watch ? &p->stack[1] : NULL;
    const struct node *item = f && f->array ? node_child(f->node, NULL, 0) : NULL;
    if (!p->h.on_kind)
        return 1;
    if (item && item->role == NODE_EMIT)
        return refuse(p, "an item of the server's list is %s", what);
    if (p->depth)
        return 1;
    return refuse(p, "the server answers with %s instead of %s", what, p->watch ? "events" : "a list");
}

static void note_kind(struct prune *p, const struct node *node, const char *s, size_t n)
{
    char *to = node->key_len == 4 ? p->kind : p->api;
    n = n < sizeof(p->kind) ? n : sizeof(p->kind) - 1;
    memcpy(to, s, n);
    to[n] = '\0';
}

static int fits(struct prune *p)
{
    p->too_large = p->tree_bytes > MAX_TREE;
    return !p->too_large;
}

static bool is_root_of_tree(enum node_role role)
{
    return role == NODE_EMIT || role == NODE_COLUMNS || role == NODE_LIST_META;
}

static int open_container(struct prune *p, bool array)
{
    mark(p);
    if (p->skip) {
        if (++p->skip > MAX_DEPTH)
            p->too_deep = true;
        return !p->too_deep;
    }
    const struct node *node = next_node(p);
    if (array && !is_none(p, "an array"))
        return 0;
    bool no_object = array && p->watch && p->depth == 1;
    if (!node || no_object || node->role == NODE_TYPE || node->role == NODE_SAID || (node->role == NODE_KIND && !node->all)) {
        p->skip = 1;
        return 1;
    }
    if (p->depth == MAX_DEPTH) {
        p->too_deep = true;
        return 0;
    }
    if (p->depth == 1 && array && node->role == NODE_KEEP) // of a list's own only its items (or rows) are that
        p->listed = true;
    if (p->depth == 1 && p->watch)
        p->object = true;
    struct frame *parent = p->depth ? &p->stack[p->depth - 1] : NULL;
    struct frame *f = &p->stack[p->depth];
    // inside a tree when the parent holds one, or when a tree begins here
    bool begins = is_root_of_tree(node->role) && !(parent && parent->value);
    f->value = begins || (parent && parent->value) ? (array ? json_array() : json_object()) : NULL;
    if (f->value && parent && parent->value)
        attach(p, f->value);
    f->node = node;
    f->next = NULL;
    f->array = array;
    p->depth++;
    return fits(p);
}

static bool emit_bookmark(struct prune *p, json_t *row)
{
    json_t *object = json_object_get(row, "object");
    return p->h.on_object(p->arg, p->type, object ? object : row);
}

static bool hand_out(struct prune *p, const struct frame *f)
{
    if (f->node->role == NODE_COLUMNS) {
        if (p->h.on_columns && json_array_size(f->value))
            p->h.on_columns(p->arg, f->value);
        return true;
    }
    if (f->node->role == NODE_LIST_META) {
        json_t *left = json_object_get(f->value, "remainingItemCount");
        const char *rv = json_string_value(json_object_get(f->value, "resourceVersion"));
        const char *cont = json_string_value(json_object_get(f->value, "continue"));
        return !p->h.on_list_meta || p->h.on_list_meta(p->arg, rv ? rv : "", cont ? cont : "",
                                         json_is_integer(left) ? (long)json_integer_value(left) : -1);
    }
    p->object_bytes = p->tree_bytes = 0;
    if (!tell_kind(p))
        return false;
    if (!p->watch)
        p->kind[0] = p->api[0] = '\0';
    if (p->table && strcmp(p->type, "BOOKMARK") == 0)
        return emit_bookmark(p, f->value);
    return p->h.on_object(p->arg, p->type, f->value);
}

static int close_container(struct prune *p)
{
    mark(p);
    if (p->skip) {
        p->skip--;
        return 1;
    }
    struct frame *f = &p->stack[--p->depth];
    struct frame *parent = p->depth ? &p->stack[p->depth - 1] : NULL;
    bool ok = true;
    if (f->value && !(parent && parent->value)) {
        ok = hand_out(p, f);
        json_decref(f->value);
    }
    f->value = NULL;
    if (ok && p->depth == 0) // a list or an event is over
        ok = end_of_document(p);
    p->stopped = !ok;
    return ok;
}

static int on_start_map(void *ctx)
{
    return open_container(ctx, false);
}

static int on_start_array(void *ctx)
{
    return open_container(ctx, true);
}

static int on_end(void *ctx)
{
    return close_container(ctx);
}

static int on_key(void *ctx, const unsigned char *key, size_t n)
{
    struct prune *p = ctx;
    mark(p);
    if (p->skip || p->depth == 0)
        return 1;
    struct frame *f = &p->stack[p->depth - 1];
    f->next = f->node->all ? f->node : node_child(f->node, (const char *)key, n);
    if (p->watch && p->depth == 1 && f->next && strcmp(p->type, "ERROR") == 0 && n == 6)
        f->next = status_node(p); // an ERROR carries a Status, wanted whole
    if (p->h.on_kind && p->watch && p->depth == 1 && n == 6 && !*p->type && memcmp(key, "object", 6) == 0)
        return refuse(p, "an event of the server's watch does not begin with its type");
    if (!f->next || !f->value)
        return 1;
    struct buf whole = BUF_INIT;
    const char *s = json_without_nul(&whole, (const char *)key, &n);
    if (f->key_cap < n + 1) {
        f->key_cap = n + 32;
        f->key = xrealloc(f->key, f->key_cap);
    }
    memcpy(f->key, s, n);
    f->key[n] = '\0';
    f->key_len = n;
    buf_release(&whole);
    return 1;
}

// The frame that wants the scalar now read; NULL: nobody.
static struct frame *wanted(struct prune *p)
{
    if (p->skip || p->depth == 0)
        return NULL;
    struct frame *f = &p->stack[p->depth - 1];
    const struct node *next = f->value ? next_node(p) : NULL;
    return next && (next->role != NODE_KIND || next->all) ? f : NULL;
}

// The node of what the document says of itself, when that is what comes now.
static const struct node *said_node(const struct prune *p)
{
    const struct node *next = !p->skip && p->depth == 1 && !p->stack[0].array ? p->stack[0].next : NULL;
    return next && next->role == NODE_SAID ? next : NULL;
}

static void say(struct prune *p, const struct node *node, json_t *value)
{
    if (!p->said)
        p->said = json_object();
    json_object_set_new_nocheck(p->said, node->key, value);
}

static json_t *text(const char *s, size_t n)
{
    struct buf whole = BUF_INIT;
    s = json_without_nul(&whole, s, &n);
    json_t *v = json_stringn_nocheck(s, n);
    buf_release(&whole);
    return v;
}

static int on_string(void *ctx, const unsigned char *s, size_t n)
{
    struct prune *p = ctx;
    mark(p);
    if (p->skip || !is_none(p, "a string") || p->depth == 0)
        return p->skip || !p->stopped;
    struct frame *f = &p->stack[p->depth - 1];
    if (said_node(p)) {
        say(p, said_node(p), text((const char *)s, n));
        return 1;
    }
    if (!f->array && f->next && f->next->role == NODE_KIND)
        note_kind(p, f->next, (const char *)s, n);
    if (f->next && f->next->role == NODE_TYPE && p->depth == 1) {
        size_t len = n < sizeof(p->type) ? n : sizeof(p->type) - 1;
        memcpy(p->type, s, len);
        p->type[len] = '\0';
    } else if (wanted(p)) {
        attach(p, text((const char *)s, n));
    }
    return fits(p);
}

static const char long_number[] = "a number of the answer has more than a thousand digits";

// As Go reads it into any. What is too large for an integer is a real, and what is too large for that (which no Go server
// writes) stays the text it is. It must be something: in an array the next value would take its place.
static json_t *number(const char *s, size_t n)
{
    char tmp[MAX_NUMBER + 1];
    n = n < MAX_NUMBER ? n : MAX_NUMBER;
    memcpy(tmp, s, n);
    tmp[n] = '\0';
    errno = 0;
    long long whole = strcspn(tmp, ".eE") == n ? strtoll(tmp, NULL, 10) : 0;
    if (strcspn(tmp, ".eE") == n && errno == 0)
        return json_integer(whole);
    json_t *v = json_real(strtod(tmp, NULL));
    return v ? v : json_stringn_nocheck(s, n);
}

static int on_number(void *ctx, const char *s, size_t n)
{
    struct prune *p = ctx;
    mark(p);
    if (n > MAX_NUMBER)
        return refuse(p, "%s", long_number);
    if (said_node(p))
        say(p, said_node(p), number(s, n));
    else if (wanted(p))
        attach(p, number(s, n));
    return p->skip || (is_none(p, "a number") && fits(p));
}

static int on_bool(void *ctx, int v)
{
    struct prune *p = ctx;
    mark(p);
    if (wanted(p))
        attach(p, json_boolean(v));
    return p->skip || (is_none(p, v ? "true" : "false") && fits(p));
}

static int on_null(void *ctx)
{
    struct prune *p = ctx;
    mark(p);
    // A list without elements is null where a Go slice was never made
    if (p->depth == 1 && !p->skip && p->stack[0].next && p->stack[0].next->role == NODE_KEEP)
        p->listed = true;
    if (wanted(p))
        attach(p, json_null());
    return p->skip || (is_none(p, "null") && fits(p));
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

struct prune *prune_new(const struct prune_paths *paths, enum prune_mode mode, bool table,
    const struct prune_handlers *handlers, void *arg)
{
    struct prune *p = xcalloc(1, sizeof(*p));
    p->paths = paths;
    p->h = *handlers;
    p->arg = arg;
    p->watch = mode == PRUNE_WATCH;
    p->table = table;
    p->root = envelope(paths, p->watch, table);
    buf_init(&p->held);
    p->yajl = yajl_alloc(&callbacks, NULL, p);
    BUG_ON(!p->yajl);
    if (p->watch)
        yajl_config(p->yajl, yajl_allow_multiple_values, 1);
    return p;
}

void prune_as_proto(struct prune *p, const struct proto_field *message)
{
    p->proto = proto_new(p->paths, p->watch ? PRUNE_WATCH : PRUNE_LIST, message, &p->h, p->arg);
}

// Frees the envelope; the children that an EMIT node of a plain list or watch borrows stay.
static void free_envelope(struct prune *p)
{
    if (!p->table) {
        struct node *at = p->watch ? node_child(p->root, "object", 6)
                                   : node_child(node_child(p->root, "items", 5), NULL, 0);
        arr_release(&at->children);
    }
    node_free(p->root);
    node_free(p->status);
}

void prune_free(struct prune *p)
{
    if (!p)
        return;
    proto_free(p->proto);
    for (int i = 0; i < p->depth; i++)
        if (p->stack[i].value && (i == 0 || !p->stack[i - 1].value))
            json_decref(p->stack[i].value);
    for (int i = 0; i < MAX_DEPTH; i++)
        free(p->stack[i].key);
    yajl_free(p->yajl);
    json_decref(p->said);
    buf_wipe(&p->held);
    free_envelope(p);
    free(p);
}

static bool parse_error(struct prune *p, const char *data, size_t n, struct err *err)
{
    if (p->too_deep)
        return err_set(err, "the answer is nested deeper than %d levels", MAX_DEPTH);
    if (p->too_large)
        return err_set(err, "one object of the answer would take more than %d MiB of memory", MAX_TREE >> 20);
    if (err_is(&p->why)) {
        *err = p->why;
        return false;
    }
    if (p->stopped)
        return err_set(err, "stopped");
    if (p->page)
        return http_error_page(err);
    size_t at = yajl_get_bytes_consumed(p->yajl);
    struct buf near = BUF_INIT;
    if (at < n)
        utf8_sanitise(&near, data + at, n - at < 40 ? n - at : 40);
    unsigned char *why = yajl_get_error(p->yajl, 0, NULL, 0);
    size_t len = strcspn((char *)why, "\n");
    err_set(err, "broken JSON: %.*s near \"%s\"", (int)len, why, near.s);
    yajl_free_error(p->yajl, why);
    buf_release(&near);
    return false;
}

static bool parse(struct prune *p, const char *data, size_t n, struct err *err)
{
    if (yajl_parse(p->yajl, (const unsigned char *)data, n) == yajl_status_ok)
        return true;
    return parse_error(p, data, n, err);
}

// Where the string under way ends: behind its quote; n: it goes on.
static size_t end_of_string(struct prune *p, const char *data, size_t n)
{
    size_t i = 0;
    while (i < n) {
        char c = data[i++];
        if (p->escape)
            p->escape = false;
        else if (c == '\\')
            p->escape = true;
        else if (c == '"') {
            p->token = false;
            break;
        }
    }
    return i;
}

// What of the bytes that were just parsed is the beginning of a token. Between tokens are no more than these signs.
static void look_at_end(struct prune *p, const char *data, size_t n)
{
    size_t at = p->at;
    if (!at && p->token) { // nothing was told: it goes on
        p->pending += n;
        return;
    }
    while (at < n && strchr(" \t\r\n,:", data[at]) && data[at])
        at++;
    p->token = at < n;
    p->string = p->token && data[at] == '"';
    p->escape = false;
    p->pending = n - at;
    if (p->string)
        end_of_string(p, data + at + 1, n - at - 1);
}

static bool feed(struct prune *p, const char *data, size_t n, struct err *err)
{
    if (!n)
        return true;
    p->at = 0;
    if (!parse(p, data, n, err))
        return false;
    look_at_end(p, data, n);
    return !p->token || p->string || p->pending <= MAX_NUMBER || err_set(err, "%s", long_number);
}

// Bytes before the first value of all.
static void look_at_begin(struct prune *p, const char *data, size_t n)
{
    size_t at = 0;
    while (at < n && strchr(" \t\r\n", data[at]) && data[at])
        at++;
    p->begun = at < n;
    p->page = p->begun && data[at] == '<';
}

static bool feed_piece(struct prune *p, const char *data, size_t n, struct err *err)
{
    if (!p->token || !p->string)
        return feed(p, data, n, err);
    size_t end = end_of_string(p, data, n);
    buf_add(&p->held, data, end);
    if (p->token) // YAJL hears of it when it is whole
        return true;
    bool ok = parse(p, p->held.s, p->held.n, err);
    buf_wipe(&p->held);
    return ok && feed(p, data + end, n - end, err);
}

bool prune_feed(struct prune *p, const char *data, size_t n, struct err *err)
{
    const char *piece;
    size_t piece_n;
    if (p->proto)
        return proto_feed(p->proto, data, n, err);
    p->object_bytes += n;
    if (p->object_bytes > MAX_OBJECT + n)
        return err_set(err, "one object of the answer is larger than %d MiB", MAX_OBJECT >> 20);
    if (!p->begun)
        look_at_begin(p, data, n);
    while (elide_next(&p->elide, &data, &n, &piece, &piece_n))
        if (!feed_piece(p, piece, piece_n, err))
            return false;
    return true;
}

bool prune_finish(struct prune *p, struct err *err)
{
    if (p->proto)
        return proto_finish(p->proto, err);
    if (p->watch)
        return true;
    if (p->held.n && !parse(p, p->held.s, p->held.n, err))
        return false;
    if (!p->begun)
        return http_error_nothing(err, 200);
    if (yajl_complete_parse(p->yajl) == yajl_status_ok)
        return true;
    parse_error(p, "", 0, err);
    return !p->stopped && p->depth ? err_set(err, "the server's answer ends in the middle of the list") : false;
}
