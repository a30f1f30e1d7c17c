#include "demo/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/status.h"

// A set of fields is a tree like FieldsV1: "f:NAME", "k:{...}", "v:..." lead to children, and "." says
// that the node itself is in the set. FieldsV1 writes a leaf as {}, here it is {".":{}}.

static const char *list_keys(const struct rtype *rt, const char *field)
{
    static const char *const keys[][2] = { { "containers", "name" }, { "initContainers", "name" },
        { "ephemeralContainers", "name" }, { "volumes", "name" }, { "env", "name" },
        { "imagePullSecrets", "name" }, { "secrets", "name" }, { "volumeMounts", "mountPath" },
        { "volumeDevices", "devicePath" }, { "hostAliases", "ip" }, { "conditions", "type" },
        { "ownerReferences", "uid" }, { "webhooks", "name" }, { "resourceClaims", "name" },
        { "topologySpreadConstraints", "topologyKey,whenUnsatisfiable" } };
    if (rt->flags & R_CUSTOM)
        return str_eq(field, "ownerReferences") ? "uid" : NULL;
    if (str_eq(field, "ports"))
        return str_eq(rt->kind, "Service") ? "port,protocol" : "containerPort,protocol";
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (str_eq(keys[i][0], field))
            return keys[i][1];
    }
    return NULL;
}

static bool among(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (str_eq(*names, name))
            return true;
    }
    return false;
}

static bool atomic_map(const char *field)
{
    static const char *const names[] = { "selector", "nodeSelector", "fieldRef", "secretKeyRef",
        "configMapKeyRef", "resourceFieldRef", "involvedObject", "namespaceSelector", "podSelector",
        "labelSelector", "roleRef", "scaleTargetRef", NULL };
    return among(field, names);
}

// Structs that are marshalled also when empty: comparing with nothing does not add them.
static bool always_there(const struct rtype *rt, const char *field)
{
    if (rt->flags & R_CUSTOM)
        return str_eq(field, "metadata");
    static const char *const names[] = { "metadata", "spec", "status", "strategy", "template",
        "jobTemplate", "updateStrategy", "containers", "source", "involvedObject", NULL };
    return among(field, names);
}

static bool granular(const struct rtype *rt, const char *field, const json_t *v)
{
    if (json_is_object(v))
        return json_object_size(v) && !atomic_map(field);
    return json_is_array(v) && (list_keys(rt, field) || str_eq(field, "finalizers"));
}

// The set's key of a list's item: k:{"name":"main"} or v:"text". The caller frees it.
static char *item_key(const struct rtype *rt, const char *field, const json_t *item)
{
    const char *keys = list_keys(rt, field);
    json_t *k = json_object();
    struct buf b = BUF_INIT;
    for (const char *p = keys; p && *p;) {
        char key[64];
        size_t n = strcspn(p, ",");
        snprintf(key, sizeof(key), "%.*s", (int)n, p);
        json_t *v = json_object_get(item, key);
        if (v)
            json_object_set(k, key, v);
        else if (str_eq(key, "protocol"))
            json_object_set_new(k, key, json_string("TCP"));
        p += n + (p[n] == ',');
    }
    char *text = json_dumps(keys ? k : item, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    buf_printf(&b, "%s%s", keys ? "k:" : "v:", text);
    free(text);
    json_decref(k);
    return buf_take(&b);
}

static json_t *child(json_t *set, const char *key)
{
    json_t *c = json_object_get(set, key);
    if (!c) {
        c = json_object();
        json_object_set_new(set, key, c);
    }
    return c;
}

static void insert(json_t *node)
{
    json_object_set_new(node, ".", json_object());
}

// Calls visit for each child of a granular value, with the child's key in a set.
struct visit {
    void (*fn)(struct visit *v, const char *key, const char *field, const json_t *item);
    const struct rtype *rt;
    void *arg;
};

static void each_child(struct visit *vis, const char *field, const json_t *v)
{
    const char *key;
    json_t *item;
    size_t i;
    json_object_foreach ((json_t *)v, key, item) {
        char *k = NULL;
        BUG_ON(asprintf(&k, "f:%s", key) < 0);
        vis->fn(vis, k, key, item);
        free(k);
    }
    json_array_foreach ((json_t *)v, i, item) {
        char *k = item_key(vis->rt, field, item);
        vis->fn(vis, k, "", item);
        free(k);
    }
}

static void set_of(const struct rtype *rt, json_t *node, const char *field, const json_t *v);

static void set_of_child(struct visit *vis, const char *key, const char *field, const json_t *item)
{
    json_t *c = child(vis->arg, key);
    set_of(vis->rt, c, field, item);
    if (key[0] != 'f')
        insert(c); // an item that exists, whatever of it is set
}

// Every field of an applied configuration.
static void set_of(const struct rtype *rt, json_t *node, const char *field, const json_t *v)
{
    struct visit vis = { set_of_child, rt, node };
    if (granular(rt, field, v))
        each_child(&vis, field, v);
    else
        insert(node);
}

struct item_at { // finds one child of a value by its key in a set
    const char *key;
    const json_t *found;
};

static void match_child(struct visit *vis, const char *key, const char *field, const json_t *item)
{
    struct item_at *at = vis->arg;
    (void)field;
    if (str_eq(at->key, key))
        at->found = item;
}

static const json_t *find(
    const struct rtype *rt, const char *field, const json_t *v, const char *key)
{
    struct item_at at = { key, NULL };
    struct visit vis = { match_child, rt, &at };
    if (granular(rt, field, v))
        each_child(&vis, field, v);
    return at.found;
}

struct diff { // what of `b` is new or different from `a`
    json_t *node;
    const json_t *a;
    const char *field;
};

static void changes(
    const struct rtype *rt, json_t *node, const char *field, const json_t *a, const json_t *b);

static void changed_child(struct visit *vis, const char *key, const char *field, const json_t *item)
{
    struct diff *d = vis->arg;
    json_t *c = child(d->node, key);
    changes(vis->rt, c, field, find(vis->rt, d->field, d->a, key), item);
}

static void changes(
    const struct rtype *rt, json_t *node, const char *field, const json_t *a, const json_t *b)
{
    struct diff d = { node, a, field };
    struct visit vis = { changed_child, rt, &d };
    if (a && json_equal((json_t *)a, (json_t *)b))
        return;
    bool there = always_there(rt, field);
    if (!a && there && json_is_object(b) && !json_object_size(b))
        return;
    if (!granular(rt, field, b)) {
        insert(node);
        return;
    }
    if (!a && !there)
        insert(node);
    each_child(&vis, field, b);
}

// Drops nodes that hold nothing. True when `set` itself holds nothing.
static bool tidy(json_t *set)
{
    const char *key;
    json_t *v;
    void *tmp;
    json_object_foreach_safe (set, tmp, key, v) {
        if (!str_eq(key, ".") && tidy(v))
            json_object_del(set, key);
    }
    return json_object_size(set) == 0;
}

static void unite(json_t *a, const json_t *b)
{
    const char *key;
    json_t *v;
    json_object_foreach ((json_t *)b, key, v)
        unite(child(a, key), v);
}

static void subtract(json_t *a, const json_t *b)
{
    const char *key;
    json_t *v;
    json_object_foreach ((json_t *)b, key, v) {
        if (str_eq(key, "."))
            json_object_del(a, ".");
        else if (json_object_get(a, key))
            subtract(json_object_get(a, key), v);
    }
}

static json_t *intersection(const json_t *a, const json_t *b)
{
    json_t *out = json_object(), *v;
    const char *key;
    json_object_foreach ((json_t *)a, key, v) {
        const json_t *other = json_object_get(b, key);
        if (other && str_eq(key, "."))
            insert(out);
        else if (other)
            json_object_set_new(out, key, intersection(v, other));
    }
    tidy(out);
    return out;
}

static json_t *to_v1(const json_t *set)
{
    json_t *out = json_object(), *v;
    const char *key;
    bool leaf = json_object_size(set) == 1 && json_object_get(set, ".");
    json_object_foreach ((json_t *)set, key, v) {
        if (!leaf)
            json_object_set_new(out, key, str_eq(key, ".") ? json_object() : to_v1(v));
    }
    return out;
}

static json_t *from_v1(const json_t *v1)
{
    json_t *out = json_object(), *v;
    const char *key;
    json_object_foreach ((json_t *)v1, key, v)
        json_object_set_new(out, key, str_eq(key, ".") ? json_object() : from_v1(v));
    if (!json_object_size(v1))
        insert(out);
    return out;
}

// What no manager owns, because the server sets it or another way of writing does.
static json_t *without_meta(const json_t *tree, const char *sub, const struct rtype *rt)
{
    static const char *const gone[] = { "name", "namespace", "creationTimestamp", "selfLink", "uid",
        "generation", "managedFields", "resourceVersion", "deletionTimestamp",
        "deletionGracePeriodSeconds", NULL };
    json_t *copy = json_deep_copy(tree), *meta = json_object_get(copy, "metadata");
    json_object_del(copy, "kind");
    json_object_del(copy, "apiVersion");
    for (const char *const *g = gone; *g; g++)
        json_object_del(meta, *g);
    if (str_eq(sub, "status"))
        json_object_del(copy, "spec");
    else if (rt->flags & R_STATUS)
        json_object_del(copy, "status");
    if (!json_object_size(meta))
        json_object_del(copy, "metadata");
    return copy;
}

struct owner {
    json_t *entry, *set;
    bool mine, changed;
};
typedef ARR(struct owner) owners;

static void read_owners(owners *all, const json_t *tree, const struct rtype *rt,
    const char *operation, const struct writer *w)
{
    char av[160];
    size_t i;
    json_t *e;
    bool found = false;
    rtype_api_version(rt, av);
    json_array_foreach (json_at(tree, "metadata", "managedFields", NULL), i, e) {
        bool mine = str_eq(json_str(e, "manager", NULL), w->manager) &&
                    str_eq(json_str(e, "operation", NULL), operation) &&
                    str_eq(json_str(e, "subresource", NULL), w->sub) &&
                    str_eq(json_str(e, "apiVersion", NULL), av);
        struct owner o = { json_deep_copy(e), from_v1(json_object_get(e, "fieldsV1")), mine,
            false };
        found = found || mine;
        arr_push(all, o);
    }
    if (found)
        return;
    json_t *fresh =
        json_pack("{s:s,s:s,s:s}", "manager", w->manager, "operation", operation, "apiVersion", av);
    arr_push(all, ((struct owner) { fresh, json_object(), true, true }));
}

// Apply before Update, then by time, then by name (managedfieldsmanager.go).
static int by_order(const void *a, const void *b)
{
    const json_t *x = ((const struct owner *)a)->entry, *y = ((const struct owner *)b)->entry;
    int c = strcmp(json_str(x, "operation", NULL), json_str(y, "operation", NULL));
    c = c ? c : strcmp(json_str(x, "time", NULL), json_str(y, "time", NULL));
    return c ? c : strcmp(json_str(x, "manager", NULL), json_str(y, "manager", NULL));
}

static void free_owners(owners *all)
{
    for (size_t i = 0; i < all->n; i++) {
        json_decref(all->v[i].entry);
        json_decref(all->v[i].set);
    }
    arr_release(all);
}

static void write_owners(owners *all, json_t *tree, const struct writer *w)
{
    json_t *list = json_array(), *meta = json_object_get(tree, "metadata");
    for (size_t i = 0; i < all->n; i++) {
        struct owner *o = &all->v[i];
        tidy(o->set);
        json_t *v1 = to_v1(o->set);
        if (!json_equal(v1, json_object_get(o->entry, "fieldsV1"))) {
            json_object_set_new(o->entry, "time", json_string(w->time));
            json_object_set_new(o->entry, "fieldsType", json_string("FieldsV1"));
            json_object_set(o->entry, "fieldsV1", v1);
            if (o->mine && *w->sub)
                json_object_set_new(o->entry, "subresource", json_string(w->sub));
        }
        json_decref(v1);
    }
    if (all->n > 1)
        qsort(all->v, all->n, sizeof(*all->v), by_order);
    for (size_t i = 0; i < all->n; i++) {
        if (json_object_size(all->v[i].set))
            json_array_append(list, all->v[i].entry);
    }
    json_object_del(meta, "managedFields");
    if (json_array_size(list))
        json_object_set(meta, "managedFields", list);
    json_decref(list);
}

static bool is_reset(const json_t *tree)
{
    const json_t *list = json_at(tree, "metadata", "managedFields", NULL);
    return json_array_size(list) == 1 && !json_object_size(json_array_get(list, 0));
}

void fields_update(const struct rtype *rt, json_t *tree, const json_t *was, const struct writer *w)
{
    if (is_reset(tree)) {
        json_object_del(json_object_get(tree, "metadata"), "managedFields");
        return;
    }
    owners all = { 0 };
    json_t *a = was ? without_meta(was, w->sub, rt) : json_object();
    json_t *b = without_meta(tree, w->sub, rt);
    json_t *changed = json_object(), *removed = json_object();
    changes(rt, changed, "", a, b);
    changes(rt, removed, "", b, a);
    json_object_del(changed, ".");
    json_object_del(removed, ".");
    subtract(removed, changed);
    read_owners(&all, was, rt, "Update", w);
    for (size_t i = 0; i < all.n; i++) {
        struct owner *o = &all.v[i];
        subtract(o->set, removed);
        if (o->mine)
            unite(o->set, changed);
        else
            subtract(o->set, changed);
    }
    write_owners(&all, tree, w);
    free_owners(&all);
    json_decref(changed);
    json_decref(removed);
    json_decref(a);
    json_decref(b);
}

static void merge(const struct rtype *rt, json_t *live, const json_t *config);

static void merge_list(
    const struct rtype *rt, const char *field, json_t *live, const json_t *config)
{
    size_t i;
    json_t *item;
    json_array_foreach ((json_t *)config, i, item) {
        char *key = item_key(rt, field, item);
        json_t *have = (json_t *)find(rt, field, live, key);
        free(key);
        if (!have)
            json_array_append_new(live, json_deep_copy(item));
        else if (json_is_object(have))
            merge(rt, have, item);
    }
}

static void merge(const struct rtype *rt, json_t *live, const json_t *config)
{
    const char *key;
    json_t *v;
    json_object_foreach ((json_t *)config, key, v) {
        json_t *have = json_object_get(live, key);
        bool both = have && json_typeof(have) == json_typeof(v)
            && (json_is_object(v) ? !atomic_map(key) : granular(rt, key, v));
        if (both && json_is_object(v))
            merge(rt, have, v);
        else if (both)
            merge_list(rt, key, have, v);
        else
            json_object_set_new(live, key, json_deep_copy(v));
    }
}

static size_t index_of(
    const struct rtype *rt, const char *field, const json_t *list, const char *key)
{
    const json_t *item = find(rt, field, list, key);
    size_t i;
    json_t *v;
    json_array_foreach ((json_t *)list, i, v) {
        if (v == item)
            return i;
    }
    return json_array_size(list);
}

// Removes from `v` what `gone` names and nobody keeps.
static void prune(
    const struct rtype *rt, const char *field, json_t *v, const json_t *gone, const json_t *kept)
{
    const char *key;
    json_t *g;
    json_object_foreach ((json_t *)gone, key, g) {
        const json_t *keep = json_object_get(kept, key);
        json_t *item = str_eq(key, ".") ? NULL : (json_t *)find(rt, field, v, key);
        const char *name = key[0] == 'f' ? key + 2 : "";
        if (!item)
            continue;
        bool whole = !keep && json_object_get(g, ".");
        if (!whole)
            prune(rt, name, item, g, keep);
        bool emptied = !whole && !keep && (json_is_object(item) || json_is_array(item)) &&
                       !json_object_size(item) && !json_array_size(item);
        if (!whole && !emptied)
            continue;
        if (json_is_object(v))
            json_object_del(v, key + 2);
        else
            json_array_remove(v, index_of(rt, field, v, key));
    }
}

struct conflicts {
    json_t *status;
    struct buf lines;
    int count;
    char first[600];
};

static void path_of(struct buf *path, const char *key)
{
    if (key[0] == 'f') {
        buf_printf(path, ".%s", key + 2);
        return;
    }
    json_t *k = json_loads(key + 2, JSON_DECODE_ANY, NULL), *v;
    const char *name, *sep = "";
    buf_putc(path, '[');
    if (!json_is_object(k))
        buf_printf(path, "=%s", key + 2);
    json_object_foreach (k, name, v) {
        char *text = json_dumps(v, JSON_ENCODE_ANY);
        buf_printf(path, "%s%s=%s", sep, name, text);
        sep = ",";
        free(text);
    }
    buf_putc(path, ']');
    json_decref(k);
}

static int cmp_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void each_conflict(struct conflicts *c, const json_t *set, const char *path, const char *who)
{
    ARR(const char *) keys = { 0 };
    const char *key;
    json_t *v;
    json_object_foreach ((json_t *)set, key, v) {
        if (!str_eq(key, "."))
            arr_push(&keys, key);
    }
    if (json_object_get(set, ".")) {
        char why[300];
        snprintf(why, sizeof(why), "conflict with %s", who);
        status_cause(c->status, "FieldManagerConflict", path, why);
        if (c->count++ == 0)
            snprintf(c->first, sizeof(c->first), "%s: %s", why, path);
        buf_printf(&c->lines, "\n- %s", path);
    }
    if (keys.n > 1)
        qsort(keys.v, keys.n, sizeof(*keys.v), cmp_keys);
    for (size_t i = 0; i < keys.n; i++) {
        struct buf p = BUF_INIT;
        buf_puts(&p, path);
        path_of(&p, keys.v[i]);
        each_conflict(c, json_object_get(set, keys.v[i]), p.s, who);
        buf_release(&p);
    }
    arr_release(&keys);
}

static void add_conflicts(struct conflicts *c, const struct owner *o, const json_t *both)
{
    char who[400];
    const char *sub = json_str(o->entry, "subresource", NULL);
    int n = snprintf(who, sizeof(who), "\"%.100s\"", json_str(o->entry, "manager", NULL));
    if (*sub)
        n += snprintf(who + n, sizeof(who) - (size_t)n, " with subresource \"%.60s\"", sub);
    if (str_eq(json_str(o->entry, "operation", NULL), "Update"))
        snprintf(who + n, sizeof(who) - (size_t)n, " using %.100s",
            json_str(o->entry, "apiVersion", NULL));
    buf_printf(&c->lines, "%sconflicts with %s:", c->lines.n ? "\n" : "", who);
    each_conflict(c, both, "", who);
}

// Takes what was changed away from the other owners, or says that it is theirs.
static json_t *settle(owners *all, const json_t *changed, bool force)
{
    struct conflicts c = { .status = status_new(409, "Conflict", "-"), .lines = BUF_INIT };
    for (size_t i = 0; i < all->n; i++) {
        struct owner *o = &all->v[i];
        if (o->mine)
            continue;
        json_t *both = intersection(o->set, changed);
        if (json_object_size(both) && !force)
            add_conflicts(&c, o, both);
        subtract(o->set, both);
        json_decref(both);
    }
    if (c.count == 1)
        json_object_set_new(
            c.status, "message", json_sprintf("Apply failed with 1 conflict: %s", c.first));
    else if (c.count)
        json_object_set_new(c.status, "message",
            json_sprintf("Apply failed with %d conflicts: %s", c.count, c.lines.s));
    buf_release(&c.lines);
    if (c.count)
        return c.status;
    json_decref(c.status);
    return NULL;
}

// Objects that were written before anybody kept account belong to a manager of this name.
static void claim_the_unowned(const struct rtype *rt, json_t *tree, const struct writer *w)
{
    if (!json_object_get(json_object_get(tree, "metadata"), "uid") ||
        json_at(tree, "metadata", "managedFields", NULL))
        return;
    struct writer before = { "before-first-apply", "", w->time };
    fields_update(rt, tree, NULL, &before);
}

json_t *fields_apply(
    const struct rtype *rt, json_t *tree, const json_t *config, const struct writer *w, bool force)
{
    owners all = { 0 };
    claim_the_unowned(rt, tree, w);
    json_t *was = without_meta(tree, w->sub, rt), *want = without_meta(config, w->sub, rt);
    json_t *set = json_object(), *kept = json_object(), *last = json_object();
    set_of(rt, set, "", want);
    json_object_del(set, "."); // of an empty configuration
    read_owners(&all, tree, rt, "Apply", w);
    unite(kept, set);
    for (size_t i = 0; i < all.n; i++) {
        unite(all.v[i].mine ? last : kept, all.v[i].set);
        if (all.v[i].mine) {
            json_decref(all.v[i].set);
            all.v[i].set = json_incref(set);
        }
    }
    merge(rt, tree, want);
    prune(rt, "", tree, last, kept);
    json_t *now = without_meta(tree, w->sub, rt), *changed = json_object();
    changes(rt, changed, "", was, now);
    json_t *s = settle(&all, changed, force);
    if (!s)
        write_owners(&all, tree, w);
    free_owners(&all);
    json_t *const done[] = { was, want, set, kept, last, now, changed };
    for (size_t i = 0; i < ARRAY_SIZE(done); i++)
        json_decref(done[i]);
    return s;
}
