// Garbage collection by owner, finalizers of deletion, namespaces that end, Events that grow old, and
// resource types that come and go with their CustomResourceDefinitions.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/ctl.h"

static bool drop_finalizer(json_t *tree, const char *name)
{
    json_t *list = json_at(tree, "metadata", "finalizers", NULL), *v;
    size_t i;
    json_array_foreach (list, i, v) {
        if (str_eq(json_string_value(v), name)) {
            json_array_remove(list, i);
            return true;
        }
    }
    return false;
}

static rev_list hold_children(struct cluster *cl, const char *uid)
{
    const rev_list *kids = db_children(cl->db, uid);
    rev_list held = { 0 };
    for (size_t i = 0; i < kids->n; i++)
        arr_push(&held, rev_ref(kids->v[i]));
    return held;
}

static void let_go(rev_list *held)
{
    for (size_t i = 0; i < held->n; i++)
        rev_unref(held->v[i]);
    arr_release(held);
}

static bool current(struct cluster *cl, const struct rev *r)
{
    return db_by_uid(cl->db, r->uid) == r;
}

// The owner is gone: so are its dependents.
static void gc_orphans(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    if (db_by_uid(cl->db, uid))
        return;
    rev_list held = hold_children(cl, uid);
    for (size_t i = 0; i < held.n; i++) {
        if (current(cl, held.v[i]) && !(held.v[i]->flags & REV_TERMINATING))
            cl_delete(cl, held.v[i]);
    }
    let_go(&held);
}

static void remove_owner(struct cluster *cl, const struct rev *r, const char *owner)
{
    json_t *tree = rev_tree(r), *refs = json_at(tree, "metadata", "ownerReferences", NULL);
    for (size_t i = json_array_size(refs); i-- > 0;) {
        if (str_eq(json_str(json_array_get(refs, i), "uid", NULL), owner))
            json_array_remove(refs, i);
    }
    if (!json_array_size(refs))
        json_object_del(json_object_get(tree, "metadata"), "ownerReferences");
    cl_update(cl, r, tree);
    json_decref(tree);
}

// Foreground: dependents first, then the owner. Orphan: dependents are set free.
static void gc_finalize(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r = db_by_uid(cl->db, uid);
    if (!r || !(r->flags & REV_TERMINATING))
        return;
    rev_list held = hold_children(cl, uid);
    json_t *tree = rev_tree(r);
    bool orphan = drop_finalizer(tree, "orphan"), done = orphan;
    if (orphan) {
        for (size_t i = 0; i < held.n; i++)
            remove_owner(cl, held.v[i], uid);
    } else if (held.n == 0) {
        done = drop_finalizer(tree, "foregroundDeletion");
    } else if (strstr(r->text, "\"foregroundDeletion\"")) {
        for (size_t i = 0; i < held.n; i++) {
            if (current(cl, held.v[i]) && !(held.v[i]->flags & REV_TERMINATING))
                cl_delete(cl, held.v[i]);
        }
    }
    if (done)
        cl_update(cl, r, tree);
    json_decref(tree);
    let_go(&held);
}

void ctl_gc_event(struct cluster *cl, const struct db_event *ev)
{
    const struct rev *r = ev->now;
    if (ev->type == DB_DELETED) {
        if (db_children(cl->db, r->uid)->n)
            sim_once(cl->sim, 60, gc_orphans, cl, r->uid);
        if (*r->owner)
            sim_once(cl->sim, 30, gc_finalize, cl, r->owner);
    } else if ((r->flags & REV_TERMINATING)
        && (strstr(r->text, "\"foregroundDeletion\"") || strstr(r->text, "\"orphan\""))) {
        sim_once(cl->sim, 30, gc_finalize, cl, r->uid);
    }
}

// Deletes everything in a namespace; true when nothing is left.
static bool empty_namespace(struct cluster *cl, const char *ns)
{
    bool empty = true;
    for (size_t k = 0; k < cl->kinds->v.n; k++) {
        const struct rtype *rt = cl->kinds->v.v[k];
        if (!rtype_ns(rt) || (rt->flags & (R_VIRTUAL | R_REVIEW)) || !*rt->plural)
            continue;
        size_t from, to;
        const rev_list *l = db_list(cl->db, rt, ns, &from, &to);
        rev_list held = { 0 };
        for (size_t i = from; i < to; i++)
            arr_push(&held, rev_ref(l->v[i]));
        empty = empty && !held.n;
        for (size_t i = 0; i < held.n; i++) {
            if (current(cl, held.v[i]) && !(held.v[i]->flags & REV_TERMINATING))
                cl_delete(cl, held.v[i]);
        }
        let_go(&held);
    }
    return empty;
}

static void namespace_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *ns = ctl_load(cl, uid, "namespaces", &r);
    if (ns && (r->flags & REV_TERMINATING)) {
        char name[300];
        snprintf(name, sizeof(name), "%s", r->name);
        bool kubernetes = json_array_size(json_at(ns, "spec", "finalizers", NULL)) > 0;
        if (!empty_namespace(cl, name) && kubernetes)
            sim_once(cl->sim, 700, namespace_sync, cl, uid);
        else if (!json_array_size(json_at(ns, "metadata", "finalizers", NULL)))
            db_delete(cl->db, r->rt, name);
    }
    json_decref(ns);
}

// What a namespace is born with.
static void namespace_born(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *ns = ctl_load(cl, uid, "namespaces", &r);
    if (!ns)
        return;
    char name[300];
    snprintf(name, sizeof(name), "%s", r->name);
    json_t *sa = json_pack("{s:{s:s}}", "metadata", "name", "default");
    json_t *cm = json_pack("{s:{s:s,s:{s:s}},s:{s:s}}", "metadata", "name", "kube-root-ca.crt",
        "annotations", "kubernetes.io/description",
        "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
        "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "
        "guaranteed across distributions of Kubernetes clusters.",
        "data", "ca.crt", "-----BEGIN CERTIFICATE-----\n(the demo's own)\n-----END CERTIFICATE-----\n");
    struct write_opts o = { .internal = true };
    json_decref(obj_create(cl, cl_type(cl, "", "serviceaccounts"), name, sa, &o));
    json_decref(obj_create(cl, cl_type(cl, "", "configmaps"), name, cm, &o));
    json_decref(sa);
    json_decref(cm);
    json_decref(ns);
}

void ctl_namespace_event(struct cluster *cl, const struct db_event *ev)
{
    if (!ctl_is(ev->now, "", "namespaces") || ev->type == DB_DELETED)
        return;
    if (ev->type == DB_ADDED)
        ctl_enqueue(cl, namespace_born, ev->now->uid);
    if (ev->now->flags & REV_TERMINATING)
        sim_once(cl->sim, 200, namespace_sync, cl, ev->now->uid);
}

static void crd_accept(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *crd = ctl_load(cl, uid, "customresourcedefinitions", &r);
    if (!crd)
        return;
    json_t *spec = json_object_get(crd, "spec"), *status = ctl_status(crd);
    json_object_set(status, "acceptedNames", json_object_get(spec, "names"));
    json_object_set_new(status, "storedVersions",
        json_pack("[s]",
            json_str(json_array_get(json_object_get(spec, "versions"), 0), "name", NULL)));
    ctl_condition(cl, crd, "NamesAccepted", "True", "NoConflicts", "no conflicts found");
    ctl_condition(cl, crd, "Established", "True", "InitialNamesAccepted",
        "the initial names have been accepted");
    cl_update(cl, r, crd);
    json_decref(crd);
}

void ctl_crd_event(struct cluster *cl, const struct db_event *ev)
{
    if (!ctl_is(ev->now, "apiextensions.k8s.io", "customresourcedefinitions"))
        return;
    json_t *crd = rev_tree(ev->now);
    if (ev->type == DB_DELETED)
        kinds_remove_crd(cl->kinds, crd);
    else
        kinds_add_crd(cl->kinds, crd);
    json_decref(crd);
    if (ev->type == DB_ADDED)
        ctl_enqueue(cl, crd_accept, ev->now->uid);
}

enum { EVENT_TTL = 3600 };

static void expire_events(void *arg, const char *key)
{
    struct cluster *cl = arg;
    const struct rtype *rt = cl_type(cl, "", "events");
    size_t from, to;
    const rev_list *l = db_list(cl->db, rt, "", &from, &to);
    ARR(char *) old = { 0 };
    for (size_t i = from; i < to; i++) {
        json_t *e = rev_tree(l->v[i]);
        if (sim_now(cl->sim) - json_time(e, "lastTimestamp", NULL) > EVENT_TTL)
            arr_push(&old, xstrdup(l->v[i]->key));
        json_decref(e);
    }
    for (size_t i = 0; i < old.n; i++) {
        db_delete(cl->db, rt, old.v[i]);
        free(old.v[i]);
    }
    arr_release(&old);
    sim_once(cl->sim, 60000, expire_events, cl, key);
}

void ctl_event_ttl_live(struct cluster *cl)
{
    sim_once(cl->sim, 0, expire_events, cl, "events");
}
