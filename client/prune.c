#include "client/prune.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { MAX_DEPTH = 128, MAX_OBJECT = 16 << 20, MAX_TREE = 64 << 20, NODE_BYTES = 160 };

// What to do with the value found at a place of the document.
enum node_role {
    NODE_KEEP,    // becomes part of the tree when it is wanted
    NODE_EMIT,    // the root of one object: handed out at its end
    NODE_COLUMNS, // columnDefinitions of a Table
    NODE_LIST_META,
    NODE_TYPE, // the type of a watch event
};
struct node {
    char *key; // NULL for the elements of an array
    size_t key_len;
    enum node_role role;
    bool all; // the whole subtree
    ARR(struct node *) children;
};
struct prune_paths {
    struct node *root;
};

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

static struct node *node_child(const struct node *node, const char *key, size_t n)
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

struct prune_paths *prune_paths_new(const char *const *paths)
{
    struct prune_paths *p = xcalloc(1, sizeof(*p));
    p->root = node_new(NULL, 0);
    p->root->role = NODE_EMIT;
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
    yajl_handle yajl;
    struct prune_handlers h;
    void *arg;
    bool watch, table, stopped;
    struct node *root;       // own: the envelope around the objects
    struct node *status;     // own: an ERROR's object, whole
    struct frame stack[MAX_DEPTH];
    int depth, skip; // skip: depth inside an unwanted container
    size_t object_bytes, tree_bytes; // of the object under way: its text, its tree
    char type[16];
    bool too_deep, too_large;
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
    struct node *root = node_new(NULL, 0);
    if (watch) {
        node_add_path(root, "type")->role = NODE_TYPE;
        struct node *object = node_need(root, "object", 6);
        if (table)
            table_envelope(object);
        else
            borrow(object, paths->root);
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
    if (p->skip) {
        if (++p->skip > MAX_DEPTH)
            p->too_deep = true;
        return !p->too_deep;
    }
    const struct node *node = next_node(p);
    if (!node || (node->role == NODE_TYPE)) {
        p->skip = 1;
        return 1;
    }
    if (p->depth == MAX_DEPTH) {
        p->too_deep = true;
        return 0;
    }
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
        if (p->h.on_list_meta)
            p->h.on_list_meta(p->arg, rv ? rv : "", cont ? cont : "",
                json_is_integer(left) ? (long)json_integer_value(left) : -1);
        return true;
    }
    p->object_bytes = p->tree_bytes = 0;
    if (p->table && strcmp(p->type, "BOOKMARK") == 0)
        return emit_bookmark(p, f->value);
    return p->h.on_object(p->arg, p->type, f->value);
}

static int close_container(struct prune *p)
{
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
    if (p->depth == 0) { // one watch event is over
        p->type[0] = '\0';
        p->object_bytes = p->tree_bytes = 0;
    }
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
    if (p->skip || p->depth == 0)
        return 1;
    struct frame *f = &p->stack[p->depth - 1];
    f->next = f->node->all ? f->node : node_child(f->node, (const char *)key, n);
    if (p->watch && p->depth == 1 && f->next && strcmp(p->type, "ERROR") == 0 && n == 6)
        f->next = status_node(p); // an ERROR carries a Status, wanted whole
    if (!f->next || !f->value)
        return 1;
    if (f->key_cap < n + 1) {
        f->key_cap = n + 32;
        f->key = xrealloc(f->key, f->key_cap);
    }
    memcpy(f->key, key, n);
    f->key[n] = '\0';
    f->key_len = n;
    return 1;
}

// The frame that wants the scalar now read; NULL: nobody.
static struct frame *wanted(struct prune *p)
{
    if (p->skip || p->depth == 0)
        return NULL;
    struct frame *f = &p->stack[p->depth - 1];
    return f->value && next_node(p) ? f : NULL;
}

static int on_string(void *ctx, const unsigned char *s, size_t n)
{
    struct prune *p = ctx;
    if (p->skip || p->depth == 0)
        return 1;
    struct frame *f = &p->stack[p->depth - 1];
    if (f->next && f->next->role == NODE_TYPE && p->depth == 1) {
        size_t len = n < sizeof(p->type) ? n : sizeof(p->type) - 1;
        memcpy(p->type, s, len);
        p->type[len] = '\0';
    } else if (wanted(p)) {
        attach(p, json_stringn_nocheck((const char *)s, n));
    }
    return fits(p);
}

static int on_number(void *ctx, const char *s, size_t n)
{
    struct prune *p = ctx;
    if (!wanted(p))
        return 1;
    char tmp[64];
    size_t len = n < sizeof(tmp) ? n : sizeof(tmp) - 1;
    memcpy(tmp, s, len);
    tmp[len] = '\0';
    if (strcspn(tmp, ".eE") == len)
        attach(p, json_integer(strtoll(tmp, NULL, 10)));
    else
        attach(p, json_real(strtod(tmp, NULL)));
    return fits(p);
}

static int on_bool(void *ctx, int v)
{
    struct prune *p = ctx;
    if (wanted(p))
        attach(p, json_boolean(v));
    return fits(p);
}

static int on_null(void *ctx)
{
    struct prune *p = ctx;
    if (wanted(p))
        attach(p, json_null());
    return fits(p);
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
    p->h = *handlers;
    p->arg = arg;
    p->watch = mode == PRUNE_WATCH;
    p->table = table;
    p->root = envelope(paths, p->watch, table);
    p->yajl = yajl_alloc(&callbacks, NULL, p);
    BUG_ON(!p->yajl);
    if (p->watch)
        yajl_config(p->yajl, yajl_allow_multiple_values, 1);
    return p;
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
    for (int i = 0; i < p->depth; i++)
        if (p->stack[i].value && (i == 0 || !p->stack[i - 1].value))
            json_decref(p->stack[i].value);
    for (int i = 0; i < MAX_DEPTH; i++)
        free(p->stack[i].key);
    yajl_free(p->yajl);
    free_envelope(p);
    free(p);
}

static bool parse_error(struct prune *p, const char *data, size_t n, struct err *err)
{
    if (p->too_deep)
        return err_set(err, "the answer is nested deeper than %d levels", MAX_DEPTH);
    if (p->too_large)
        return err_set(err, "one object of the answer would take more than %d MiB of memory", MAX_TREE >> 20);
    if (p->stopped)
        return err_set(err, "stopped");
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

bool prune_feed(struct prune *p, const char *data, size_t n, struct err *err)
{
    p->object_bytes += n;
    if (p->object_bytes > MAX_OBJECT + n)
        return err_set(err, "one object of the answer is larger than %d MiB", MAX_OBJECT >> 20);
    if (yajl_parse(p->yajl, (const unsigned char *)data, n) != yajl_status_ok)
        return parse_error(p, data, n, err);
    return true;
}

bool prune_finish(struct prune *p, struct err *err)
{
    if (p->watch)
        return true;
    if (yajl_complete_parse(p->yajl) != yajl_status_ok)
        return parse_error(p, "", 0, err);
    return true;
}
