#include "demo/db.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

enum { HISTORY = 4096, PEEKED = 512 };

struct node { // by UID: the object and what it owns
    UT_hash_handle hh;
    struct rev *rev;
    rev_list children;
    char uid[];
};

struct shelf { // one resource type
    rev_list revs;
    struct db_event *ring;
    uint64_t first, next; // sequence numbers kept: [first, next)
    int64_t floor;        // version of the newest event forgotten
};

struct listener {
    db_listen_fn *fn;
    void *arg;
};

struct db {
    int64_t rv, floor;
    ARR(struct shelf *) shelves; // lists handed out stay valid when types are added
    ARR(struct listener) listeners;
    struct node *nodes;
    struct rev *peeked[PEEKED];
    size_t peek_at;
};

struct rev *rev_ref(struct rev *r)
{
    if (r)
        r->refs++;
    return r;
}

void rev_unref(struct rev *r)
{
    if (!r || --r->refs > 0)
        return;
    json_decref(r->tree);
    free(r);
}

json_t *rev_tree(const struct rev *r)
{
    return r ? json_loadb(r->text, r->len, 0, NULL) : NULL;
}

static void forget_tree(struct db *db, size_t at)
{
    struct rev *r = db->peeked[at];
    if (!r)
        return;
    json_decref(r->tree);
    r->tree = NULL;
    db->peeked[at] = NULL;
    rev_unref(r);
}

const json_t *db_peek(struct db *db, struct rev *r)
{
    if (!r || r->tree)
        return r ? r->tree : NULL;
    forget_tree(db, db->peek_at);
    r->tree = rev_tree(r);
    db->peeked[db->peek_at] = rev_ref(r);
    db->peek_at = (db->peek_at + 1) % PEEKED;
    return r->tree;
}

void db_trim(struct db *db)
{
    for (size_t i = 0; i < PEEKED; i++)
        forget_tree(db, i);
}

struct db *db_new(int64_t first_rv)
{
    struct db *db = xcalloc(1, sizeof(*db));
    db->rv = db->floor = first_rv;
    return db;
}

static void shelf_forget(struct shelf *s, uint64_t until)
{
    for (; s->first < until; s->first++) {
        struct db_event *e = &s->ring[s->first % HISTORY];
        s->floor = e->rv;
        rev_unref(e->now);
        rev_unref(e->prev);
    }
}

void db_free(struct db *db)
{
    if (!db)
        return;
    db_trim(db);
    for (size_t i = 0; i < db->shelves.n; i++) {
        struct shelf *s = db->shelves.v[i];
        shelf_forget(s, s->next);
        for (size_t j = 0; j < s->revs.n; j++)
            rev_unref(s->revs.v[j]);
        arr_release(&s->revs);
        free(s->ring);
        free(s);
    }
    struct node *n, *tmp;
    HASH_ITER (hh, db->nodes, n, tmp) {
        HASH_DEL(db->nodes, n);
        arr_release(&n->children);
        free(n);
    }
    arr_release(&db->shelves);
    arr_release(&db->listeners);
    free(db);
}

int64_t db_rv(const struct db *db)
{
    return db->rv;
}

static struct shelf *shelf_of(struct db *db, const struct rtype *rt)
{
    while (db->shelves.n <= (size_t)rt->index) {
        struct shelf *s = xcalloc(1, sizeof(*s));
        s->floor = db->floor;
        arr_push(&db->shelves, s);
    }
    return db->shelves.v[rt->index];
}

static struct node *node_of(struct db *db, const char *uid, bool make)
{
    struct node *n;
    HASH_FIND_STR(db->nodes, uid, n);
    if (!n && make) {
        size_t len = strlen(uid);
        n = xcalloc(1, sizeof(*n) + len + 1);
        memcpy(n->uid, uid, len + 1);
        HASH_ADD_KEYPTR(hh, db->nodes, n->uid, len, n);
    }
    return n;
}

static void node_drop_if_empty(struct db *db, struct node *n)
{
    if (n->rev || n->children.n)
        return;
    HASH_DEL(db->nodes, n);
    arr_release(&n->children);
    free(n);
}

static void unlink_rev(struct db *db, struct rev *r)
{
    struct node *n = node_of(db, r->uid, false);
    if (n) {
        n->rev = NULL;
        node_drop_if_empty(db, n);
    }
    if (!*r->owner || (n = node_of(db, r->owner, false)) == NULL)
        return;
    for (size_t i = 0; i < n->children.n; i++) {
        if (n->children.v[i] == r) {
            arr_remove(&n->children, i);
            break;
        }
    }
    node_drop_if_empty(db, n);
}

// Replaces `old` in place where the owner is the same, so that an update does not move children about.
static void link_rev(struct db *db, struct rev *old, struct rev *r)
{
    if (old && str_eq(old->uid, r->uid) && str_eq(old->owner, r->owner)) {
        node_of(db, r->uid, true)->rev = r;
        struct node *n = *r->owner ? node_of(db, r->owner, false) : NULL;
        for (size_t i = 0; n && i < n->children.n; i++) {
            if (n->children.v[i] == old)
                n->children.v[i] = r;
        }
        return;
    }
    if (old)
        unlink_rev(db, old);
    node_of(db, r->uid, true)->rev = r;
    if (*r->owner) {
        struct node *n = node_of(db, r->owner, true);
        arr_push(&n->children, r);
    }
}

static const json_t *dotted(const json_t *v, const char *path, size_t n)
{
    while (v && n) {
        const char *dot = memchr(path, '.', n);
        size_t part = dot ? (size_t)(dot - path) : n;
        char key[128];
        if (part >= sizeof(key))
            return NULL;
        memcpy(key, path, part);
        key[part] = '\0';
        v = json_object_get(v, key);
        path += part + (dot != NULL);
        n -= part + (dot != NULL);
    }
    return v;
}

static void pack_fields(struct buf *b, const char *fields, const json_t *tree)
{
    char tmp[32];
    for (const char *f = fields; f && *f;) {
        size_t n = strcspn(f, ",");
        const json_t *v = dotted(tree, f, n);
        const char *s = json_scalar(v, tmp);
        buf_add(b, s, strlen(s) + 1);
        f += n + (f[n] == ',');
    }
}

static unsigned flags_of(const json_t *tree)
{
    unsigned flags = 0;
    if (json_at(tree, "metadata", "deletionTimestamp", NULL))
        flags |= REV_TERMINATING;
    const char *phase = json_str(tree, "status", "phase", NULL);
    if (str_eq(phase, "Succeeded") || str_eq(phase, "Failed"))
        flags |= REV_DONE;
    size_t i;
    json_t *c;
    json_array_foreach (json_at(tree, "status", "conditions", NULL), i, c) {
        if (str_eq(json_str(c, "type", NULL), "Ready") && str_eq(json_str(c, "status", NULL), "True"))
            flags |= REV_READY;
    }
    return flags;
}

static const char *owner_of(const json_t *tree)
{
    const json_t *refs = json_at(tree, "metadata", "ownerReferences", NULL);
    size_t i;
    json_t *ref;
    json_array_foreach (refs, i, ref) {
        if (json_bool(ref, "controller", NULL))
            return json_str(ref, "uid", NULL);
    }
    return json_str(json_array_get(refs, 0), "uid", NULL);
}

// The order in which the API server's structs are marshalled.
static json_t *in_order(json_t *from, const char *const *first, size_t n)
{
    json_t *to = json_object(), *v;
    const char *key;
    for (size_t i = 0; i < n; i++) {
        if ((v = json_object_get(from, first[i])) != NULL)
            json_object_set(to, first[i], v);
    }
    json_object_foreach (from, key, v) {
        if (!json_object_get(to, key))
            json_object_set(to, key, v);
    }
    return to;
}

static char *dump_ordered(json_t *tree)
{
    static const char *const top[] = { "kind", "apiVersion", "metadata", "spec", "status" };
    static const char *const meta[] = { "name", "generateName", "namespace", "uid",
        "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers" };
    json_t *whole = in_order(tree, top, ARRAY_SIZE(top));
    json_object_set_new(whole, "metadata",
        in_order(json_object_get(tree, "metadata"), meta, ARRAY_SIZE(meta)));
    char *text = json_dumps(whole, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(whole);
    BUG_ON(!text);
    return text;
}

static size_t add_str(struct buf *b, const char *s)
{
    size_t at = b->n;
    buf_add(b, s, strlen(s) + 1);
    return at;
}

static struct rev *rev_new(const struct rtype *rt, json_t *tree, int64_t rv)
{
    struct buf b = BUF_INIT;
    const json_t *meta = json_object_get(tree, "metadata");
    const char *ns = rtype_ns(rt) ? json_str(meta, "namespace", NULL) : "";
    const char *name = json_str(meta, "name", NULL);
    size_t key = b.n;
    buf_printf(&b, "%s%s%s", ns, *ns ? "/" : "", name);
    buf_putc(&b, '\0');
    size_t ons = add_str(&b, ns), oname = add_str(&b, name);
    size_t ouid = add_str(&b, json_str(meta, "uid", NULL)), oowner = add_str(&b, owner_of(tree));
    size_t olabels = b.n;
    const char *k;
    json_t *v;
    json_object_foreach (json_object_get(meta, "labels"), k, v) {
        if (!*k)
            continue;
        add_str(&b, k);
        add_str(&b, json_string_value(v) ? json_string_value(v) : "");
    }
    buf_putc(&b, '\0');
    size_t ofields = b.n;
    pack_fields(&b, rt->fields, tree);
    char *text = dump_ordered(tree);
    size_t otext = b.n, len = strlen(text);
    buf_add(&b, text, len + 1);
    free(text);
    struct rev *r = xmalloc(sizeof(*r) + b.n);
    char *base = (char *)(r + 1);
    memcpy(base, b.s, b.n);
    buf_release(&b);
    *r = (struct rev) { .refs = 1, .flags = flags_of(tree), .rv = rv, .rt = rt, .key = base + key,
        .created = json_time(meta, "creationTimestamp", NULL), .ns = base + ons,
        .name = base + oname, .uid = base + ouid, .owner = base + oowner,
        .labels = base + olabels, .fields = base + ofields, .text = base + otext, .len = len };
    const char *m = strstr(r->text, "\"metadata\":");
    r->skip = m ? (size_t)(m - r->text) : 1;
    return r;
}

static size_t slot(const rev_list *l, const char *key)
{
    size_t lo = 0, hi = l->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (strcmp(l->v[mid]->key, key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

size_t db_lower_bound(struct db *db, const struct rtype *rt, const char *key)
{
    return slot(&shelf_of(db, rt)->revs, key);
}

static void emit(struct db *db, struct shelf *s, enum db_event_type type, struct rev *now,
    struct rev *prev)
{
    if (!s->ring)
        s->ring = xcalloc(HISTORY, sizeof(*s->ring));
    if (s->next - s->first == HISTORY)
        shelf_forget(s, s->first + 1);
    struct db_event e = { now->rv, type, rev_ref(now), rev_ref(prev) };
    s->ring[s->next++ % HISTORY] = e;
    for (size_t i = 0; i < db->listeners.n; i++)
        db->listeners.v[i].fn(db->listeners.v[i].arg, &e);
}

struct rev *db_put(struct db *db, const struct rtype *rt, json_t *tree)
{
    struct shelf *s = shelf_of(db, rt);
    char num[24];
    snprintf(num, sizeof(num), "%lld", (long long)++db->rv);
    json_object_set_new(json_object_get(tree, "metadata"), "resourceVersion", json_string(num));
    struct rev *r = rev_new(rt, tree, db->rv), *old = NULL;
    size_t at = db_lower_bound(db, rt, r->key);
    if (at < s->revs.n && str_eq(s->revs.v[at]->key, r->key)) {
        old = s->revs.v[at];
        s->revs.v[at] = r;
    } else {
        arr_insert(&s->revs, at, r);
    }
    link_rev(db, old, r);
    rev_ref(r);
    emit(db, s, old ? DB_MODIFIED : DB_ADDED, r, old);
    rev_unref(r);
    rev_unref(old);
    return r;
}

void db_delete(struct db *db, const struct rtype *rt, const char *key)
{
    struct shelf *s = shelf_of(db, rt);
    size_t at = db_lower_bound(db, rt, key);
    if (at >= s->revs.n || !str_eq(s->revs.v[at]->key, key))
        return;
    struct rev *old = s->revs.v[at];
    json_t *tree = rev_tree(old);
    char num[24];
    snprintf(num, sizeof(num), "%lld", (long long)++db->rv);
    json_object_set_new(json_object_get(tree, "metadata"), "resourceVersion", json_string(num));
    struct rev *last = rev_new(rt, tree, db->rv);
    json_decref(tree);
    arr_remove(&s->revs, at);
    unlink_rev(db, old);
    emit(db, s, DB_DELETED, last, old);
    rev_unref(last);
    rev_unref(old);
}

struct rev *db_get(struct db *db, const struct rtype *rt, const char *ns, const char *name)
{
    char key[600];
    bool in_ns = rtype_ns(rt) && ns && *ns;
    snprintf(key, sizeof(key), "%s%s%s", in_ns ? ns : "", in_ns ? "/" : "", name);
    const rev_list *l = &shelf_of(db, rt)->revs;
    size_t at = db_lower_bound(db, rt, key);
    return at < l->n && str_eq(l->v[at]->key, key) ? l->v[at] : NULL;
}

struct rev *db_by_uid(struct db *db, const char *uid)
{
    struct node *n = node_of(db, uid, false);
    return n ? n->rev : NULL;
}

const rev_list *db_list(struct db *db, const struct rtype *rt, const char *ns, size_t *from,
    size_t *to)
{
    const rev_list *l = &shelf_of(db, rt)->revs;
    *from = 0;
    *to = l->n;
    if (rtype_ns(rt) && ns && *ns) {
        char key[300];
        snprintf(key, sizeof(key), "%s/", ns);
        *from = db_lower_bound(db, rt, key);
        snprintf(key, sizeof(key), "%s0", ns); // '0' follows '/'
        *to = db_lower_bound(db, rt, key);
    }
    return l;
}

// Undoes the events since, the newest first.
void db_list_at(struct db *db, const struct rtype *rt, const char *ns, int64_t rv, rev_list *out)
{
    size_t from, to;
    uint64_t seq;
    struct shelf *s = shelf_of(db, rt);
    const rev_list *now = db_list(db, rt, ns, &from, &to);
    for (size_t i = from; i < to; i++)
        arr_push(out, now->v[i]);
    if (!db_seq_after(db, rt, rv, &seq))
        return;
    for (uint64_t at = s->next; at > seq; at--) {
        const struct db_event *e = &s->ring[(at - 1) % HISTORY];
        if (ns && *ns && !str_eq(e->now->ns, ns))
            continue;
        size_t i = slot(out, e->now->key);
        bool have = i < out->n && str_eq(out->v[i]->key, e->now->key);
        if (have && e->prev)
            out->v[i] = e->prev;
        else if (have)
            arr_remove(out, i);
        else if (e->prev)
            arr_insert(out, i, e->prev);
    }
}

const rev_list *db_children(struct db *db, const char *uid)
{
    static const rev_list none = { 0 };
    struct node *n = node_of(db, uid, false);
    return n ? &n->children : &none;
}

void db_listen(struct db *db, db_listen_fn *fn, void *arg)
{
    arr_push(&db->listeners, ((struct listener) { fn, arg }));
}

void db_unlisten(struct db *db, db_listen_fn *fn, void *arg)
{
    for (size_t i = 0; i < db->listeners.n; i++) {
        if (db->listeners.v[i].fn == fn && db->listeners.v[i].arg == arg) {
            arr_remove(&db->listeners, i);
            return;
        }
    }
}

bool db_seq_after(struct db *db, const struct rtype *rt, int64_t rv, uint64_t *seq)
{
    struct shelf *s = shelf_of(db, rt);
    if (rv < s->floor)
        return false;
    uint64_t lo = s->first, hi = s->next;
    while (lo < hi) {
        uint64_t mid = (lo + hi) / 2;
        if (s->ring[mid % HISTORY].rv <= rv)
            lo = mid + 1;
        else
            hi = mid;
    }
    *seq = lo;
    return true;
}

int db_event_at(struct db *db, const struct rtype *rt, uint64_t seq, struct db_event *ev)
{
    struct shelf *s = shelf_of(db, rt);
    if (seq < s->first)
        return -1;
    if (seq >= s->next)
        return 0;
    *ev = s->ring[seq % HISTORY];
    return 1;
}

void db_compact(struct db *db)
{
    for (size_t i = 0; i < db->shelves.n; i++) {
        struct shelf *s = db->shelves.v[i];
        shelf_forget(s, s->next);
        s->floor = db->rv;
    }
    db->floor = db->rv;
}
