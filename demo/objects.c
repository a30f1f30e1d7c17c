// What the API server does to every object: names, UIDs, generations, preconditions, finalizers,
// graceful deletion (apiserver/pkg/registry/generic/registry/store.go).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "demo/cluster.h"
#include "demo/status.h"

static bool dns_name(const char *s, bool dots)
{
    size_t n = strlen(s);
    if (n == 0 || n > 253)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool edge = i == 0 || i + 1 == n;
        bool alnum = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9');
        if (!alnum && (edge || !(s[i] == '-' || (dots && s[i] == '.'))))
            return false;
    }
    return true;
}

static json_t *check_name(const struct rtype *rt, const char *name)
{
    if (!*name)
        return status_invalid(rt, name, "FieldValueRequired", "metadata.name",
            "Required value: name or generateName is required");
    // Names of RBAC objects and APIServices ("v1.") may hold what a path segment may.
    bool segment = str_starts(rt->group, "rbac.") || str_eq(rt->plural, "apiservices");
    if (segment && !strpbrk(name, "/%"))
        return NULL;
    if (dns_name(name, true))
        return NULL;
    char detail[600];
    snprintf(detail, sizeof(detail),
        "Invalid value: \"%s\": a lowercase RFC 1123 subdomain must consist of lower case "
        "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
        "character (e.g. 'example.com', regex used for validation is "
        "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        name);
    return status_invalid(rt, name, "FieldValueInvalid", "metadata.name", detail);
}

static json_t *check_namespace(struct cluster *cl, const struct rtype *rt, const char *ns,
    const char *name)
{
    const struct rtype *namespaces = cl_type(cl, "", "namespaces");
    const struct rev *r = db_get(cl->db, namespaces, "", ns);
    if (!r)
        return status_not_found(namespaces, ns);
    if (!(r->flags & REV_TERMINATING))
        return NULL;
    char res[256], why[400];
    status_resource(rt, res, sizeof(res));
    snprintf(why, sizeof(why),
        "unable to create new content in namespace %s because it is being terminated", ns);
    json_t *s = status_new(403, "Forbidden", "%s \"%s\" is forbidden: %s", res, name, why);
    status_details(s, rt, name);
    status_cause(s, "NamespaceTerminating", "metadata.namespace", why);
    return s;
}

static json_t *meta_of(json_t *tree)
{
    json_t *meta = json_object_get(tree, "metadata");
    if (!json_is_object(meta)) {
        meta = json_object();
        json_object_set_new(tree, "metadata", meta);
    }
    return meta;
}

static void set_name(struct cluster *cl, json_t *meta)
{
    const char *base = json_str(meta, "generateName", NULL);
    char name[300], suffix[8];
    if (*json_str(meta, "name", NULL) || !*base)
        return;
    sim_suffix(cl->sim, 5, suffix);
    snprintf(name, sizeof(name), "%.58s%s", base, suffix);
    json_object_set_new(meta, "name", json_string(name));
}

static void set_identity(struct cluster *cl, const struct rtype *rt, json_t *tree, const char *ns)
{
    json_t *meta = meta_of(tree);
    char text[160];
    rtype_api_version(rt, text);
    json_object_set_new(tree, "kind", json_string(rt->kind));
    json_object_set_new(tree, "apiVersion", json_string(text));
    if (rtype_ns(rt))
        json_object_set_new(meta, "namespace", json_string(ns));
    else
        json_object_del(meta, "namespace");
    sim_uid(cl->sim, text);
    json_object_set_new(meta, "uid", json_string(text));
    sim_stamp(cl->sim, text);
    json_object_set_new(meta, "creationTimestamp", json_string(text));
    json_object_del(meta, "deletionTimestamp");
    if (rt->flags & R_GENERATION)
        json_object_set_new(meta, "generation", json_integer(1));
    else
        json_object_del(meta, "generation");
    json_object_del(meta, "resourceVersion");
    json_object_del(meta, "selfLink");
}

json_t *obj_create(struct cluster *cl, const struct rtype *rt, const char *ns, json_t *tree,
    const struct write_opts *o)
{
    json_t *meta = meta_of(tree), *s = NULL;
    const char *given = json_str(meta, "namespace", NULL);
    if (rtype_ns(rt) && *given && !str_eq(given, ns))
        return status_bad_request("the namespace of the provided object does not match the "
                                  "namespace sent on the request");
    if (*json_str(meta, "resourceVersion", NULL) && !o->internal)
        return status_bad_request("resourceVersion should not be set on objects to be created");
    set_name(cl, meta);
    const char *name = json_str(meta, "name", NULL);
    if ((s = check_name(rt, name)) != NULL)
        return s;
    if (rtype_ns(rt) && (s = check_namespace(cl, rt, ns, name)) != NULL)
        return s;
    if (db_get(cl->db, rt, ns, name))
        return status_exists(rt, name);
    set_identity(cl, rt, tree, ns);
    if ((rt->flags & R_STATUS) && !o->internal)
        json_object_del(tree, "status");
    defaults_apply(cl, rt, tree);
    if ((s = defaults_validate(rt, tree)) != NULL || o->dry_run)
        return s;
    db_put(cl->db, rt, tree);
    return NULL;
}

static void keep_meta(json_t *meta, const json_t *old, const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_t *v = json_object_get(old, keys[i]);
        if (v)
            json_object_set(meta, keys[i], v);
        else
            json_object_del(meta, keys[i]);
    }
}

static json_t *check_preconditions(const struct rtype *rt, const json_t *meta, const struct rev *old)
{
    const char *rv = json_str(meta, "resourceVersion", NULL), *uid = json_str(meta, "uid", NULL);
    char have[24], why[200];
    snprintf(have, sizeof(have), "%lld", (long long)old->rv);
    if (*uid && !str_eq(uid, old->uid)) {
        snprintf(why, sizeof(why),
            "Precondition failed: UID in precondition: %.50s, UID in object meta: %s", uid,
            old->uid);
        return status_conflict(rt, old->name, why);
    }
    if (*rv && !str_eq(rv, have))
        return status_conflict(rt, old->name,
            "the object has been modified; please apply your changes to the latest version and "
            "try again");
    return NULL;
}

// What a write to the main resource or to a subresource may change at all.
static void confine(const struct rtype *rt, json_t *tree, const json_t *was, const char *sub)
{
    static const char *const kept[] = { "status" };
    static const char *const meta_kept[] = { "name", "generateName", "namespace", "uid",
        "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
        "resourceVersion" };
    if (str_eq(sub, "status") || str_eq(sub, "approval")) {
        json_t *status = json_incref(json_object_get(tree, "status"));
        json_object_clear(tree);
        json_object_update(tree, (json_t *)was);
        json_object_set_new(tree, "metadata", json_deep_copy(json_object_get(was, "metadata")));
        if (status)
            json_object_set_new(tree, "status", status);
    } else if ((rt->flags & R_STATUS) && !*sub) {
        keep_meta(tree, was, kept, 1);
    }
    keep_meta(meta_of(tree), json_object_get(was, "metadata"), meta_kept, ARRAY_SIZE(meta_kept));
    json_object_set(tree, "kind", json_object_get(was, "kind"));
    json_object_set(tree, "apiVersion", json_object_get(was, "apiVersion"));
}

static bool content_equal(const json_t *a, const json_t *b, const char *key)
{
    const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);
    return (!x && !y) || json_equal((json_t *)x, (json_t *)y);
}

// Everything but metadata, status and, for kinds without spec, the type: what generation counts.
static bool spec_changed(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *v;
    json_object_foreach ((json_t *)a, key, v) {
        if (!str_eq(key, "metadata") && !str_eq(key, "status") && !content_equal(a, b, key))
            return true;
    }
    return !content_equal(a, b, "spec");
}

static void maybe_bump(const struct rtype *rt, json_t *tree, const json_t *was)
{
    if ((rt->flags & R_GENERATION) && spec_changed(tree, was))
        json_object_set_new(meta_of(tree), "generation",
            json_integer(json_i64(was, "metadata", "generation", NULL) + 1));
}

json_t *obj_update(struct cluster *cl, const struct rtype *rt, const struct rev *old, json_t *tree,
    const struct write_opts *o)
{
    json_t *s = NULL;
    if (!o->internal && (s = check_preconditions(rt, json_object_get(tree, "metadata"), old)))
        return s;
    json_t *was = rev_tree(old);
    if (!o->internal) {
        confine(rt, tree, was, o->sub ? o->sub : "");
        defaults_apply(cl, rt, tree);
        s = defaults_validate(rt, tree);
    }
    maybe_bump(rt, tree, was);
    bool same = json_equal(tree, was);
    json_decref(was);
    if (s || same || o->dry_run)
        return s;
    bool dying = (old->flags & REV_TERMINATING) != 0;
    bool free_to_go = !json_array_size(json_at(tree, "metadata", "finalizers", NULL));
    bool had = strstr(old->text, "\"finalizers\":[\"") != NULL;
    char key[600];
    snprintf(key, sizeof(key), "%s", old->key);
    db_put(cl->db, rt, tree);
    if (dying && had && free_to_go && !str_eq(rt->plural, "namespaces"))
        db_delete(cl->db, rt, key);
    return NULL;
}

static int64_t grace_of(const struct rev *old, const json_t *options, const json_t *tree)
{
    const json_t *asked = json_object_get(options, "gracePeriodSeconds");
    if (!str_eq(old->rt->plural, "pods") || *old->rt->group)
        return 0;
    bool scheduled = *json_str(tree, "spec", "nodeName", NULL);
    if (!scheduled || (old->flags & REV_DONE))
        return 0;
    if (json_is_integer(asked))
        return json_integer_value(asked);
    const json_t *spec = json_at(tree, "spec", "terminationGracePeriodSeconds", NULL);
    return json_is_integer(spec) ? json_integer_value(spec) : 30;
}

static void add_finalizer(json_t *meta, const char *name)
{
    json_t *list = json_object_get(meta, "finalizers");
    if (!list) {
        list = json_array();
        json_object_set_new(meta, "finalizers", list);
    }
    size_t i;
    json_t *v;
    json_array_foreach (list, i, v) {
        if (str_eq(json_string_value(v), name))
            return;
    }
    json_array_append_new(list, json_string(name));
}

static void mark_deleted(struct cluster *cl, json_t *tree, int64_t grace)
{
    json_t *meta = meta_of(tree);
    char stamp[32];
    time_format_rfc3339(sim_now(cl->sim) + grace, stamp);
    json_object_set_new(meta, "deletionTimestamp", json_string(stamp));
    json_object_set_new(meta, "deletionGracePeriodSeconds", json_integer(grace));
    json_t *gen = json_object_get(meta, "generation");
    if (gen)
        json_integer_set(gen, json_integer_value(gen) + 1);
    if (str_eq(json_str(tree, "kind", NULL), "Namespace"))
        json_object_set_new(tree, "status", json_pack("{s:s}", "phase", "Terminating"));
}

static json_t *delete_preconditions(const struct rev *old, const json_t *options)
{
    const json_t *pre = json_object_get(options, "preconditions");
    json_t *meta = json_object();
    if (json_object_get(pre, "uid"))
        json_object_set(meta, "uid", json_object_get(pre, "uid"));
    if (json_object_get(pre, "resourceVersion"))
        json_object_set(meta, "resourceVersion", json_object_get(pre, "resourceVersion"));
    json_t *s = check_preconditions(old->rt, meta, old);
    json_decref(meta);
    return s;
}

json_t *obj_delete(struct cluster *cl, const struct rev *old, const json_t *options,
    const struct write_opts *o, json_t **out)
{
    json_t *s = delete_preconditions(old, options);
    if (s)
        return s;
    const struct rtype *rt = old->rt;
    json_t *tree = rev_tree(old), *meta = json_object_get(tree, "metadata");
    const char *how = json_str(options, "propagationPolicy", NULL);
    int64_t grace = grace_of(old, options, tree);
    if (str_eq(how, "Foreground"))
        add_finalizer(meta, "foregroundDeletion");
    if (str_eq(how, "Orphan"))
        add_finalizer(meta, "orphan");
    bool lives = grace > 0 || json_array_size(json_object_get(meta, "finalizers"))
        || str_eq(rt->plural, "namespaces");
    if (lives) {
        if (!(old->flags & REV_TERMINATING)
            || grace < json_i64(meta, "deletionGracePeriodSeconds", NULL))
            mark_deleted(cl, tree, grace);
        if (!o->dry_run)
            db_put(cl->db, rt, tree);
        *out = tree;
        return NULL;
    }
    *out = status_success(rt, old->name, old->uid);
    json_decref(tree);
    if (!o->dry_run) {
        char key[600];
        snprintf(key, sizeof(key), "%s", old->key);
        db_delete(cl->db, rt, key);
    }
    return NULL;
}
