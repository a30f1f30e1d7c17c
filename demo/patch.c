#include "demo/patch.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/status.h"

void patch_merge(json_t *target, const json_t *patch)
{
    const char *key;
    json_t *v;
    json_object_foreach ((json_t *)patch, key, v) {
        json_t *have = json_object_get(target, key);
        if (json_is_null(v)) {
            json_object_del(target, key);
        } else if (json_is_object(v)) {
            if (!json_is_object(have)) {
                have = json_object();
                json_object_set_new(target, key, have);
            }
            patch_merge(have, v);
        } else {
            json_object_set_new(target, key, json_deep_copy(v));
        }
    }
}

// patchMergeKey of the API types' lists, by field name ("ports" differs between Service and container).
static const char *merge_key(const struct rtype *rt, const char *field)
{
    static const char *const keys[][2] = { { "containers", "name" }, { "initContainers", "name" },
        { "ephemeralContainers", "name" }, { "volumes", "name" }, { "env", "name" },
        { "volumeMounts", "mountPath" }, { "volumeDevices", "devicePath" },
        { "imagePullSecrets", "name" }, { "hostAliases", "ip" }, { "conditions", "type" },
        { "ownerReferences", "uid" }, { "topologySpreadConstraints", "topologyKey" },
        { "webhooks", "name" }, { "addresses", "type" }, { "resourceClaims", "name" },
        { "secrets", "name" }, { "readinessGates", NULL } };
    if (str_eq(field, "ports"))
        return str_eq(rt->kind, "Service") ? "port" : "containerPort";
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (str_eq(keys[i][0], field))
            return keys[i][1];
    }
    return NULL;
}

static bool merges_primitives(const char *field)
{
    return str_eq(field, "finalizers") || str_eq(field, "podCIDRs");
}

static void strategic(const struct rtype *rt, json_t *target, const json_t *patch);

static size_t find_item(const json_t *list, const char *key, const json_t *like)
{
    size_t i;
    json_t *v;
    json_array_foreach ((json_t *)list, i, v) {
        if (json_equal(json_object_get(v, key), json_object_get(like, key)))
            return i;
    }
    return json_array_size(list);
}

// What is new comes before what was there, in the patch's order (strategicpatch/patch.go, mergeSortedSlice).
static void strategic_item(
    const struct rtype *rt, json_t *list, const char *key, json_t *item, size_t *fresh_at)
{
    size_t at = find_item(list, key, item);
    bool have = at < json_array_size(list);
    const char *directive = json_str(item, "$patch", NULL);
    if (str_eq(directive, "delete")) {
        if (have)
            json_array_remove(list, at);
        return;
    }
    if (!have) {
        json_t *fresh = json_object();
        strategic(rt, fresh, item);
        json_array_insert_new(list, (*fresh_at)++, fresh);
        return;
    }
    if (str_eq(directive, "replace"))
        json_object_clear(json_array_get(list, at));
    strategic(rt, json_array_get(list, at), item);
}

// $setElementOrder: what it names comes in its order, the rest keeps its place after.
static void reorder(json_t *list, const char *key, const json_t *order)
{
    json_t *out = json_array(), *v;
    size_t i;
    json_array_foreach ((json_t *)order, i, v) {
        size_t at = key ? find_item(list, key, v) : json_array_size(list);
        for (size_t j = 0; !key && j < json_array_size(list); j++) {
            if (json_equal(json_array_get(list, j), v))
                at = j;
        }
        if (at < json_array_size(list)) {
            json_array_append(out, json_array_get(list, at));
            json_array_remove(list, at);
        }
    }
    json_array_extend(out, list);
    json_array_clear(list);
    json_array_extend(list, out);
    json_decref(out);
}

static void strategic_list(const struct rtype *rt, json_t *target, const char *field, json_t *patch)
{
    const char *key = merge_key(rt, field);
    json_t *list = json_object_get(target, field), *v;
    size_t i, fresh_at = 0;
    bool replace = false;
    json_array_foreach (patch, i, v)
        replace = replace || (str_eq(json_str(v, "$patch", NULL), "replace") &&
                                 !json_object_get(v, key ? key : "$patch"));
    if ((!key && !merges_primitives(field)) || !json_is_array(list) || replace) {
        list = json_array();
        json_object_set_new(target, field, list);
    }
    json_array_foreach (patch, i, v) {
        if (key && json_is_object(v)) {
            if (json_object_get(v, key) || !json_object_get(v, "$patch"))
                strategic_item(rt, list, key, v, &fresh_at);
            continue;
        }
        bool have = false;
        size_t j;
        json_t *e;
        json_array_foreach (list, j, e)
            have = have || (merges_primitives(field) && json_equal(e, v));
        if (!have && merges_primitives(field))
            json_array_insert_new(list, fresh_at++, json_deep_copy(v));
        else if (!have)
            json_array_append_new(list, json_deep_copy(v));
    }
}

static void delete_primitives(json_t *list, const json_t *gone)
{
    size_t i, j;
    json_t *v;
    json_array_foreach ((json_t *)gone, i, v) {
        for (j = json_array_size(list); j-- > 0;) {
            if (json_equal(json_array_get(list, j), v))
                json_array_remove(list, j);
        }
    }
}

static void retain_keys(json_t *target, const json_t *keep)
{
    const char *key;
    json_t *v;
    void *tmp;
    json_object_foreach_safe (target, tmp, key, v) {
        bool kept = false;
        size_t i;
        json_t *k;
        json_array_foreach ((json_t *)keep, i, k)
            kept = kept || str_eq(json_string_value(k), key);
        if (!kept)
            json_object_del(target, key);
    }
}

static bool is_directive(const char *key)
{
    return key[0] == '$';
}

static void strategic(const struct rtype *rt, json_t *target, const json_t *patch)
{
    const char *key;
    json_t *v;
    if (str_eq(json_str(patch, "$patch", NULL), "replace"))
        json_object_clear(target);
    if (json_object_get(patch, "$retainKeys"))
        retain_keys(target, json_object_get(patch, "$retainKeys"));
    json_object_foreach ((json_t *)patch, key, v) {
        json_t *have = json_object_get(target, key);
        if (is_directive(key))
            continue;
        if (json_is_null(v)) {
            json_object_del(target, key);
        } else if (json_is_object(v) && str_eq(json_str(v, "$patch", NULL), "delete")) {
            json_object_del(target, key);
        } else if (json_is_object(v)) {
            if (!json_is_object(have)) {
                have = json_object();
                json_object_set_new(target, key, have);
            }
            strategic(rt, have, v);
        } else if (json_is_array(v)) {
            strategic_list(rt, target, key, v);
        } else {
            json_object_set_new(target, key, json_deep_copy(v));
        }
    }
    json_object_foreach ((json_t *)patch, key, v) {
        if (str_starts(key, "$deleteFromPrimitiveList/"))
            delete_primitives(json_object_get(target, strchr(key, '/') + 1), v);
        if (str_starts(key, "$setElementOrder/") && json_object_get(target, strchr(key, '/') + 1))
            reorder(json_object_get(target, strchr(key, '/') + 1),
                merge_key(rt, strchr(key, '/') + 1), v);
    }
}

static const json_t *same_item(const json_t *list, const char *merge, const json_t *item)
{
    size_t i;
    json_t *v;
    json_array_foreach ((json_t *)list, i, v) {
        if (json_equal(json_object_get(v, merge), json_object_get(item, merge)))
            return v;
    }
    return NULL;
}

// The first item of a patch that lacks its list's merge key. What the object has not at all is taken as it comes.
static const json_t *keyless(
    const struct rtype *rt, const json_t *target, const json_t *patch, const char **missing)
{
    const char *key;
    json_t *v, *item;
    size_t i;
    json_object_foreach ((json_t *)patch, key, v) {
        const json_t *was = json_object_get(target, key);
        const char *merge = json_is_array(v) && was ? merge_key(rt, key) : NULL;
        const json_t *found = json_is_object(v) && was ? keyless(rt, was, v, missing) : NULL;
        json_array_foreach (v, i, item) {
            if (found || !merge || !json_is_object(item))
                break;
            if (!json_object_get(item, merge) && !json_object_get(item, "$patch")) {
                *missing = merge;
                return item;
            }
            found = keyless(rt, same_item(was, merge, item), item, missing);
        }
        if (found)
            return found;
    }
    return NULL;
}

static json_t *strategic_checked(const struct rtype *rt, json_t *target, const json_t *patch)
{
    const char *merge = "", *key, *sep = "";
    const json_t *item = keyless(rt, target, patch, &merge);
    json_t *v;
    char tmp[32];
    if (!item) {
        strategic(rt, target, patch);
        return NULL;
    }
    struct buf b = BUF_INIT;
    json_object_foreach ((json_t *)item, key, v) {
        buf_printf(&b, "%s%s:%s", sep, key, json_scalar(v, tmp));
        sep = " ";
    }
    json_t *s = status_plain(
        500, "map: map[%s] does not contain declared merge key: %s", b.s ? b.s : "", merge);
    buf_release(&b);
    return s;
}

// RFC 6901: the parent of what a pointer names, and its last token (unescaped into `last`).
static json_t *pointer_parent(json_t *doc, const char *pointer, struct buf *last)
{
    json_t *at = doc;
    for (const char *p = pointer; *p == '/';) {
        p++;
        buf_clear(last);
        for (; *p && *p != '/'; p++) {
            if (*p == '~' && (p[1] == '0' || p[1] == '1'))
                buf_putc(last, *++p == '0' ? '~' : '/');
            else
                buf_putc(last, *p);
        }
        if (!*p)
            return at;
        int64_t n;
        if (json_is_array(at))
            at = str_to_i64(last->s, &n) && n >= 0 ? json_array_get(at, (size_t)n) : NULL;
        else
            at = json_object_get(at, last->s);
        if (!at)
            return NULL;
    }
    return NULL;
}

static json_t *pointer_get(json_t *doc, const char *pointer)
{
    struct buf last = BUF_INIT;
    int64_t n;
    if (!*pointer)
        return doc;
    json_t *parent = pointer_parent(doc, pointer, &last), *v = NULL;
    if (json_is_array(parent) && str_to_i64(last.s, &n) && n >= 0)
        v = json_array_get(parent, (size_t)n);
    else if (json_is_object(parent))
        v = json_object_get(parent, last.s);
    buf_release(&last);
    return v;
}

static bool pointer_remove(json_t *doc, const char *pointer)
{
    struct buf last = BUF_INIT;
    int64_t n;
    json_t *parent = pointer_parent(doc, pointer, &last);
    bool ok = false;
    if (json_is_array(parent))
        ok = str_to_i64(last.s, &n) && n >= 0 && json_array_remove(parent, (size_t)n) == 0;
    else if (json_is_object(parent))
        ok = json_object_del(parent, last.s) == 0;
    buf_release(&last);
    return ok;
}

// Takes `v`.
static bool pointer_set(json_t **doc, const char *pointer, json_t *v, bool replace)
{
    struct buf last = BUF_INIT;
    int64_t n;
    if (!*pointer) {
        json_decref(*doc);
        *doc = v;
        return true;
    }
    json_t *parent = pointer_parent(*doc, pointer, &last);
    bool ok = false;
    if (json_is_object(parent))
        ok = json_object_set(parent, last.s, v) == 0;
    else if (json_is_array(parent) && str_eq(last.s, "-") && !replace)
        ok = json_array_append(parent, v) == 0;
    else if (json_is_array(parent) && str_to_i64(last.s, &n) && n >= 0)
        ok = (replace ? json_array_set(parent, (size_t)n, v)
                      : json_array_insert(parent, (size_t)n, v)) == 0;
    json_decref(v);
    buf_release(&last);
    return ok;
}

// A member that is not there is added: the API server's library does not mind (evanphx/json-patch).
static bool replace(json_t **doc, const char *path, json_t *value)
{
    return pointer_set(doc, path, json_deep_copy(value), true);
}

static bool json_op(json_t **doc, const json_t *op)
{
    const char *kind = json_str(op, "op", NULL), *path = json_str(op, "path", NULL);
    json_t *value = json_object_get(op, "value"), *from;
    if (str_eq(kind, "test"))
        return json_equal(pointer_get(*doc, path), value);
    if (str_eq(kind, "remove"))
        return pointer_remove(*doc, path);
    if (str_eq(kind, "add"))
        return pointer_set(doc, path, json_deep_copy(value ? value : json_null()), false);
    if (str_eq(kind, "replace"))
        return replace(doc, path, value ? value : json_null());
    if (!str_eq(kind, "move") && !str_eq(kind, "copy"))
        return false;
    from = json_deep_copy(pointer_get(*doc, json_str(op, "from", NULL)));
    if (!from)
        return false;
    if (str_eq(kind, "move"))
        pointer_remove(*doc, json_str(op, "from", NULL));
    return pointer_set(doc, path, from, false);
}

static json_t *json_patch(const json_t *patch, json_t **tree)
{
    size_t i;
    json_t *op;
    if (!json_is_array(patch))
        return status_bad_request("error decoding patch: json: cannot unmarshal object into Go "
                                  "value of type []handlers.jsonPatchOp");
    if (json_array_size(patch) > 10000)
        return status_new(413, "RequestEntityTooLarge",
            "The allowed maximum operations in a JSON patch is 10000, got %zu",
            json_array_size(patch));
    json_array_foreach ((json_t *)patch, i, op) {
        if (json_op(tree, op))
            continue;
        return status_generic(
            422, "Invalid", "the server rejected our request due to an error in our request");
    }
    return NULL;
}

json_t *patch_apply(
    enum patch_kind kind, const struct rtype *rt, const json_t *patch, json_t **tree)
{
    if (kind == PATCH_JSON)
        return json_patch(patch, tree);
    if (!json_is_object(patch))
        return status_bad_request(
            "error decoding patch: json: cannot unmarshal array into Go value "
            "of type map[string]interface {}");
    if (kind == PATCH_MERGE || (rt->flags & R_CUSTOM))
        patch_merge(*tree, patch);
    else
        return strategic_checked(rt, *tree, patch);
    return NULL;
}
