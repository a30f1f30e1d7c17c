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
#include "demo/fields.h"
#include "demo/resize.h"
#include "demo/status.h"
#include "demo/typed.h"

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

static json_t *check_namespace(
    struct cluster *cl, const struct rtype *rt, const char *ns, const char *name)
{
    const struct rtype *namespaces = cl_type(cl, "", "namespaces");
    const struct rev *r = db_get(cl->db, namespaces, "", ns);
    if (!r)
        return status_not_found(namespaces, ns);
    if (!(r->flags & REV_TERMINATING))
        return NULL;
    char res[256], why[400];
    status_resource(rt, res, sizeof(res));
    json_t *s = status_new(403, "Forbidden",
        "%s \"%s\" is forbidden: unable to create new content in namespace %s because it is being "
        "terminated",
        res, name, ns);
    status_details(s, rt, name);
    snprintf(why, sizeof(why), "namespace %.255s is being terminated", ns);
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

// Maps and lists that marshal with omitempty: an empty one is not there.
static void drop_empty(json_t *tree)
{
    static const char *const meta_keys[] = { "labels", "annotations", "finalizers",
        "ownerReferences" };
    static const char *const keys[] = { "data", "binaryData", "stringData" };
    json_t *meta = meta_of(tree), *v;
    for (size_t i = 0; i < ARRAY_SIZE(meta_keys); i++) {
        v = json_object_get(meta, meta_keys[i]);
        if (v && !json_object_size(v) && !json_array_size(v))
            json_object_del(meta, meta_keys[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        v = json_object_get(tree, keys[i]);
        if (v && !json_object_size(v))
            json_object_del(tree, keys[i]);
    }
}

// What admission and allocation fill in belongs to nobody: an object that has just that, to compare with.
static json_t *unowned(const json_t *given, const json_t *tree)
{
    static const char *const spec_keys[] = { "priority", "preemptionPolicy", "serviceAccount",
        "serviceAccountName", "tolerations", "clusterIP", "clusterIPs", "ipFamilies",
        "ipFamilyPolicy", "finalizers" };
    static const char *const keys[] = { "eventTime", "reportingComponent", "reportingInstance" };
    json_t *out = json_object(), *spec = json_object(), *v;
    for (size_t i = 0; i < ARRAY_SIZE(spec_keys); i++) {
        v = json_at(tree, "spec", spec_keys[i], NULL);
        if (v && !json_at(given, "spec", spec_keys[i], NULL))
            json_object_set(spec, spec_keys[i], v);
    }
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        v = json_object_get(tree, keys[i]);
        if (v && !json_object_get(given, keys[i]))
            json_object_set(out, keys[i], v);
    }
    if (json_object_size(spec))
        json_object_set(out, "spec", spec);
    json_decref(spec);
    return out;
}

static void note_fields(struct cluster *cl, const struct rtype *rt, json_t *tree, const json_t *was,
    const struct write_opts *o)
{
    char now[32];
    if (o->internal || o->applied || !o->manager)
        return;
    sim_stamp(cl->sim, now);
    struct writer w = { o->manager, o->sub ? o->sub : "", now };
    fields_update(rt, tree, was, &w);
}

static json_t *validate(const struct rtype *rt, const json_t *tree, const struct write_opts *o)
{
    json_t *s = defaults_validate(rt, tree);
    if (s || o->internal || !(rt->flags & R_CUSTOM))
        return s;
    return schema_validate(rt, tree, json_str(tree, "metadata", "name", NULL));
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
        return status_plain(500, "resourceVersion should not be set on objects to be created");
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
    drop_empty(tree);
    json_t *sent = o->internal ? NULL : json_deep_copy(tree);
    defaults_apply(cl, rt, tree);
    if ((s = validate(rt, tree, o)) != NULL) {
        json_decref(sent);
        return s;
    }
    json_t *own = unowned(sent, tree);
    json_decref(sent);
    note_fields(cl, rt, tree, own, o);
    json_decref(own);
    if (o->dry_run)
        return NULL;
    db_put(cl->db, rt, tree);
    return NULL;
}

static void keep_meta(json_t *meta, const json_t *old, const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_t *v = json_object_get(old, keys[i]);
        if (v)
            json_object_set_new(meta, keys[i], json_deep_copy(v));
        else
            json_object_del(meta, keys[i]);
    }
}

static json_t *check_preconditions(
    const struct rtype *rt, const json_t *meta, const struct rev *old)
{
    const char *rv = json_str(meta, "resourceVersion", NULL), *uid = json_str(meta, "uid", NULL);
    char have[24], why[500];
    snprintf(have, sizeof(have), "%lld", (long long)old->rv);
    if (*uid && !str_eq(uid, old->uid)) {
        snprintf(why, sizeof(why),
            "StorageError: invalid object, Code: 4, Key: /registry/%.60s/%.120s, ResourceVersion: "
            "0, "
            "AdditionalErrorMsg: Precondition failed: UID in precondition: %.50s, UID in object "
            "meta: %s",
            rt->plural, old->key, uid, old->uid);
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
    if (str_eq(sub, "status") && str_eq(rt->plural, "pods")) { // metadata too: pod/strategy.go
        static const char *const spec[] = { "spec" };
        keep_meta(tree, was, spec, 1);
    } else if (str_eq(sub, "status") || str_eq(sub, "approval")) {
        json_t *status = json_incref(json_object_get(tree, "status"));
        json_object_clear(tree);
        json_t *copy = json_deep_copy(was);
        json_object_update(tree, copy);
        json_decref(copy);
        if (status)
            json_object_set_new(tree, "status", status);
    } else if (str_eq(sub, "ephemeralcontainers")) {
        json_t *added = json_incref(json_at(tree, "spec", "ephemeralContainers", NULL)), *copy = json_deep_copy(was);
        json_object_clear(tree);
        json_object_update(tree, copy);
        json_decref(copy);
        json_object_del(json_object_get(tree, "spec"), "ephemeralContainers");
        if (added)
            json_object_set_new(json_object_get(tree, "spec"), "ephemeralContainers", added);
    } else if ((rt->flags & R_STATUS) && !*sub) {
        keep_meta(tree, was, kept, 1);
    }
    keep_meta(meta_of(tree), json_object_get(was, "metadata"), meta_kept, ARRAY_SIZE(meta_kept));
    static const char *const type[] = { "kind", "apiVersion" };
    keep_meta(tree, was, type, 2);
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

static bool has_string(const json_t *list, const char *text)
{
    size_t i;
    json_t *v;
    json_array_foreach ((json_t *)list, i, v) {
        if (str_eq(json_string_value(v), text))
            return true;
    }
    return false;
}

// A workload's selector stays what it was; `s` is what else is wrong. Takes and answers it.
static json_t *same_selector(
    const struct rtype *rt, const json_t *tree, const json_t *was, const char *name, json_t *s)
{
    const json_t *a = json_at(was, "spec", "selector", NULL);
    const json_t *b = json_at(tree, "spec", "selector", NULL);
    if (!str_eq(rt->group, "apps") || !b || json_equal((json_t *)a, (json_t *)b))
        return s;
    char detail[400], *text = json_dumps(b, JSON_COMPACT | JSON_SORT_KEYS);
    snprintf(detail, sizeof(detail), "Invalid value: %.300s: field is immutable", text);
    free(text);
    if (s)
        return status_invalid_add(s, "FieldValueInvalid", "spec.selector", detail);
    return status_invalid(rt, name, "FieldValueInvalid", "spec.selector", detail);
}

// What is being deleted gets no new finalizers.
static json_t *check_dying(
    const struct rtype *rt, const json_t *tree, const json_t *was, const struct rev *old)
{
    size_t i;
    json_t *v;
    char detail[300];
    if (!(old->flags & REV_TERMINATING))
        return NULL;
    json_array_foreach (json_at(tree, "metadata", "finalizers", NULL), i, v) {
        if (has_string(json_at(was, "metadata", "finalizers", NULL), json_string_value(v)))
            continue;
        snprintf(detail, sizeof(detail),
            "Forbidden: no new finalizers can be added if the object is being deleted, found new "
            "finalizers []string{\"%.100s\"}",
            json_string_value(v));
        json_t *s =
            status_invalid(rt, old->name, "FieldValueForbidden", "metadata.finalizers", detail);
        status_cause(s, "FieldValueForbidden", "metadata.finalizers", detail); // found twice
        return s;
    }
    return NULL;
}

json_t *obj_update(struct cluster *cl, const struct rtype *rt, struct rev *old, json_t *tree,
    const struct write_opts *o)
{
    json_t *s = NULL;
    if (!o->internal && (s = check_preconditions(rt, json_object_get(tree, "metadata"), old)))
        return s;
    const json_t *was = db_peek(cl->db, old);
    if (!o->internal) {
        if ((s = check_dying(rt, tree, was, old)) != NULL)
            return s;
        bool resize = str_eq(o->sub, "resize");
        if (resize && (s = resize_confine(rt, tree, was)) != NULL)
            return s;
        confine(rt, tree, was, o->sub ? o->sub : "");
        drop_empty(tree);
        defaults_apply(cl, rt, tree);
        s = same_selector(rt, tree, was, old->name, validate(rt, tree, o));
        if (!s && str_eq(rt->plural, "pods") && !*rt->group)
            s = ephemeral_unchanged(rt, tree, was);
        if (!s && resize)
            s = resize_validate(rt, tree, was);
        else if (!s && !(o->sub && *o->sub))
            s = immutable_changed(rt, tree, was);
        if (!s)
            note_fields(cl, rt, tree, was, o);
    }
    maybe_bump(rt, tree, was);
    bool same = json_equal(tree, (json_t *)was);
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
    if (!has_string(list, name))
        json_array_append_new(list, json_string(name));
}

static void mark_deleted(struct cluster *cl, json_t *tree, int64_t grace)
{
    json_t *meta = meta_of(tree);
    char stamp[32];
    time_format_rfc3339(sim_now(cl->sim) + grace, stamp);
    json_object_set_new(meta, "deletionTimestamp", json_string(stamp));
    if (!str_eq(json_str(tree, "kind", NULL), "Namespace"))
        json_object_set_new(meta, "deletionGracePeriodSeconds", json_integer(grace));
    json_t *gen = json_object_get(meta, "generation");
    if (gen)
        json_integer_set(gen, json_integer_value(gen) + 1);
    if (str_eq(json_str(tree, "kind", NULL), "Namespace"))
        json_object_set_new(tree, "status", json_pack("{s:s}", "phase", "Terminating"));
}

// rest/delete.go; its messages name the kind, not the resource.
static json_t *delete_preconditions(const struct rev *old, const json_t *options)
{
    const json_t *pre = json_object_get(options, "preconditions");
    const char *uid = json_str(pre, "uid", NULL), *rv = json_str(pre, "resourceVersion", NULL);
    char have[24], why[300] = "";
    snprintf(have, sizeof(have), "%lld", (long long)old->rv);
    if (*uid && !str_eq(uid, old->uid))
        snprintf(why, sizeof(why),
            "the UID in the precondition (%.50s) does not match the UID in record (%s). The object "
            "might have been deleted and then recreated",
            uid, old->uid);
    else if (*rv && !str_eq(rv, have))
        snprintf(why, sizeof(why),
            "the ResourceVersion in the precondition (%.30s) does not match the ResourceVersion in "
            "record (%s). The object might have been modified",
            rv, have);
    if (!*why)
        return NULL;
    json_t *s = status_new(409, "Conflict", "Operation cannot be fulfilled on %s%s%s \"%s\": %s",
        old->rt->kind, *old->rt->group ? "." : "", old->rt->group, old->name, why);
    status_details(s, old->rt, old->name);
    json_object_set_new(json_object_get(s, "details"), "kind", json_string(old->rt->kind));
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
    bool lives = grace > 0 || json_array_size(json_object_get(meta, "finalizers")) ||
                 str_eq(rt->plural, "namespaces");
    if (lives) {
        if (!(old->flags & REV_TERMINATING) ||
            grace < json_i64(meta, "deletionGracePeriodSeconds", NULL))
            mark_deleted(cl, tree, grace);
        if (!o->dry_run)
            db_put(cl->db, rt, tree);
        *out = tree;
        return NULL;
    }
    if (str_eq(rt->plural, "pods") && !*rt->group) { // graceful kinds: the object as it ended
        if (!(old->flags & REV_TERMINATING))
            mark_deleted(cl, tree, grace);
        *out = tree;
    } else {
        *out = status_success(rt, old->name, old->uid);
        json_decref(tree);
    }
    if (!o->dry_run) {
        char key[600];
        snprintf(key, sizeof(key), "%s", old->key);
        db_delete(cl->db, rt, key);
    }
    return NULL;
}
