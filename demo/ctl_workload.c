// The ReplicaSet and Deployment controllers (pkg/controller/replicaset, pkg/controller/deployment).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/ctl.h"

#define REVISION "deployment.kubernetes.io/revision"

enum { BURST = 50 }; // Pods made or deleted in one turn

static bool active(const struct rev *pod)
{
    return ctl_is(pod, "", "pods") && !(pod->flags & (REV_DONE | REV_TERMINATING));
}

// Whom to delete first: not scheduled, then not ready, then the youngest.
static int worse(const void *a, const void *b)
{
    const struct rev *x = *(struct rev *const *)a, *y = *(struct rev *const *)b;
    int node = (*x->fields != '\0') - (*y->fields != '\0');
    int ready = (int)(x->flags & REV_READY) - (int)(y->flags & REV_READY);
    if (node)
        return node;
    if (ready)
        return ready;
    return x->created != y->created ? (x->created > y->created ? -1 : 1) : strcmp(x->key, y->key);
}

static void rs_sync(void *arg, const char *uid);

static void rs_create(struct cluster *cl, json_t *rs, int64_t n, const char *uid)
{
    char name[300];
    for (int64_t i = 0; i < n && i < BURST; i++) {
        json_t *s = ctl_make_pod(cl, rs, json_at(rs, "spec", "template", NULL), NULL, NULL, name);
        if (s) {
            cl_event(cl, rs, "", true, "replicaset-controller", "", "FailedCreate",
                "Error creating: %s", json_str(s, "message", NULL));
            ctl_condition(
                cl, rs, "ReplicaFailure", "True", "FailedCreate", json_str(s, "message", NULL));
            json_decref(s);
            sim_once(cl->sim, 15000, rs_sync, cl, uid);
            return;
        }
        cl_event(cl, rs, "", false, "replicaset-controller", "", "SuccessfulCreate",
            "Created pod: %s", name);
    }
    if (n > BURST)
        ctl_enqueue(cl, rs_sync, uid);
}

static void rs_remove(struct cluster *cl, json_t *rs, struct rev **pods, size_t count, int64_t n)
{
    qsort(pods, count, sizeof(*pods), worse);
    for (int64_t i = 0; i < n && i < (int64_t)count; i++) {
        struct rev *r = rev_ref(pods[i]);
        cl_event(cl, rs, "", false, "replicaset-controller", "", "SuccessfulDelete",
            "Deleted pod: %s", r->name);
        cl_delete(cl, r);
        rev_unref(r);
    }
}

static void put_count(json_t *status, const char *key, int64_t n)
{
    if (n)
        json_object_set_new(status, key, json_integer(n));
    else
        json_object_del(status, key);
}

// Reads again, because creating Pods may have changed what is stored.
static void store_status(struct cluster *cl, const char *uid, json_t *tree)
{
    struct rev *r = db_by_uid(cl->db, uid);
    if (!r)
        return;
    json_t *now = rev_tree(r);
    json_object_set(now, "status", json_object_get(tree, "status"));
    cl_update(cl, r, now);
    json_decref(now);
}

static void rs_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *rs = ctl_load(cl, uid, "replicasets", &r);
    if (!rs || (r->flags & REV_TERMINATING)) {
        json_decref(rs);
        return;
    }
    rev_list live = { 0 };
    const rev_list *kids = db_children(cl->db, uid);
    int64_t ready = 0, want = json_i64(rs, "spec", "replicas", NULL);
    for (size_t i = 0; i < kids->n; i++) {
        if (!active(kids->v[i]))
            continue;
        arr_push(&live, kids->v[i]);
        ready += (kids->v[i]->flags & REV_READY) != 0;
    }
    int64_t have = (int64_t)live.n;
    json_t *status = ctl_status(rs);
    json_object_set_new(status, "replicas", json_integer(have));
    put_count(status, "fullyLabeledReplicas", have);
    put_count(status, "readyReplicas", ready);
    put_count(status, "availableReplicas", ready);
    json_object_set(status, "observedGeneration", json_at(rs, "metadata", "generation", NULL));
    if (have < want)
        rs_create(cl, rs, want - have, uid);
    else if (have > want)
        rs_remove(cl, rs, live.v, live.n, have - want);
    store_status(cl, uid, rs);
    arr_release(&live);
    json_decref(rs);
}

void ctl_replicaset_event(struct cluster *cl, const struct db_event *ev)
{
    const struct rev *r = ev->now;
    if (ctl_is(r, "apps", "replicasets") && ev->type != DB_DELETED)
        ctl_enqueue(cl, rs_sync, r->uid);
    else if (ctl_is(r, "", "pods") && ctl_pod_counts(ev)) {
        ctl_enqueue(cl, rs_sync, r->owner);
        ctl_enqueue(cl, rs_sync, ev->prev ? ev->prev->owner : "");
    }
}

static void deploy_sync(void *arg, const char *uid);

struct rollout {
    struct cluster *cl;
    json_t *d; // the Deployment
    const char *uid;
    char hash[16];
    rev_list old; // ReplicaSets of other templates
    struct rev *current; // of this template, or NULL
    int64_t want, surge, unavailable, total, ready, updated, updated_ready, revision;
};

static int64_t replicas_of(struct rollout *ro, struct rev *rs, const char *part, const char *field)
{
    return json_i64(db_peek(ro->cl->db, rs), part, field, NULL);
}

static int64_t revision_of(struct rollout *ro, struct rev *rs)
{
    return strtol(ctl_annotation(db_peek(ro->cl->db, rs), REVISION), NULL, 10);
}

static const char *label_of(const struct rev *r, const char *key)
{
    for (const char *l = r->labels; *l;) {
        const char *v = l + strlen(l) + 1;
        if (str_eq(l, key))
            return v;
        l = v + strlen(v) + 1;
    }
    return "";
}

static void survey(struct rollout *ro)
{
    const rev_list *kids = db_children(ro->cl->db, ro->uid);
    for (size_t i = 0; i < kids->n; i++) {
        struct rev *rs = kids->v[i];
        if (!ctl_is(rs, "apps", "replicasets") || (rs->flags & REV_TERMINATING))
            continue;
        int64_t n = replicas_of(ro, rs, "status", "replicas");
        int64_t ready = replicas_of(ro, rs, "status", "readyReplicas"), rev = revision_of(ro, rs);
        ro->total += n;
        ro->ready += ready;
        ro->revision = rev > ro->revision ? rev : ro->revision;
        if (str_eq(label_of(rs, "pod-template-hash"), ro->hash)) {
            ro->current = rs;
            ro->updated = n;
            ro->updated_ready = ready;
        } else {
            arr_push(&ro->old, rs);
        }
    }
}

static void set_revision(struct rollout *ro, int64_t n)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)n);
    if (!str_eq(ctl_annotation(ro->d, REVISION), text)) {
        struct rev *r = db_by_uid(ro->cl->db, ro->uid);
        json_t *now = rev_tree(r);
        ctl_annotate(now, REVISION, text);
        cl_update(ro->cl, r, now);
        json_decref(now);
    }
    ctl_annotate(ro->d, REVISION, text);
}

static json_t *new_rs_tree(struct rollout *ro)
{
    json_t *d = ro->d, *spec = json_object_get(d, "spec");
    json_t *template = json_deep_copy(json_object_get(spec, "template"));
    json_t *labels = ctl_child(ctl_child(template, "metadata"), "labels");
    json_t *selector = json_deep_copy(json_object_get(spec, "selector"));
    char name[300], number[24];
    json_object_set_new(labels, "pod-template-hash", json_string(ro->hash));
    json_object_set_new(
        ctl_child(selector, "matchLabels"), "pod-template-hash", json_string(ro->hash));
    snprintf(name, sizeof(name), "%.200s-%s", json_str(d, "metadata", "name", NULL), ro->hash);
    json_t *annotations = json_object();
    const json_t *cause = json_at(d, "metadata", "annotations", "kubernetes.io/change-cause", NULL);
    snprintf(number, sizeof(number), "%lld", (long long)ro->want);
    json_object_set_new(
        annotations, "deployment.kubernetes.io/desired-replicas", json_string(number));
    snprintf(number, sizeof(number), "%lld", (long long)(ro->want + ro->surge));
    json_object_set_new(annotations, "deployment.kubernetes.io/max-replicas", json_string(number));
    snprintf(number, sizeof(number), "%lld", (long long)ro->revision + 1);
    json_object_set_new(annotations, REVISION, json_string(number));
    if (cause)
        json_object_set(annotations, "kubernetes.io/change-cause", (json_t *)cause);
    return json_pack("{s:{s:s,s:O,s:o,s:o},s:{s:i,s:o,s:o}}", "metadata", "name", name, "labels",
        labels, "annotations", annotations, "ownerReferences", ctl_owner_ref(d), "spec", "replicas",
        0, "selector", selector, "template", template);
}

static void scale_rs(struct rollout *ro, struct rev *rs, int64_t to)
{
    json_t *tree = rev_tree(rs);
    int64_t from = json_i64(tree, "spec", "replicas", NULL);
    if (from != to) {
        json_object_set_new(ctl_child(tree, "spec"), "replicas", json_integer(to));
        cl_event(ro->cl, ro->d, "", false, "deployment-controller", "", "ScalingReplicaSet",
            "Scaled %s replica set %s from %lld to %lld", to > from ? "up" : "down", rs->name,
            (long long)from, (long long)to);
        cl_update(ro->cl, rs, tree);
    }
    json_decref(tree);
}

// The numbers that it had before (deployment/util SetNewReplicaSetAnnotations).
static void keep_number(json_t *rs)
{
    char all[300];
    const char *had = ctl_annotation(rs, REVISION "-history");
    snprintf(all, sizeof(all), "%.200s%s%s", had, *had ? "," : "", ctl_annotation(rs, REVISION));
    ctl_annotate(rs, REVISION "-history", all);
}

// The ReplicaSet of the template, made or given the newest revision.
static void ensure_current(struct rollout *ro)
{
    struct cluster *cl = ro->cl;
    if (!ro->current) {
        json_t *rs = new_rs_tree(ro);
        json_t *s = obj_create(cl, cl_type(cl, "apps", "replicasets"),
            json_str(ro->d, "metadata", "namespace", NULL), rs,
            &(struct write_opts) { .internal = true });
        ro->current = db_by_uid(cl->db, json_str(rs, "metadata", "uid", NULL));
        if (!s)
            ro->revision++;
        json_decref(s);
        json_decref(rs);
    } else if (revision_of(ro, ro->current) <
               ro->revision) { // a rollback: an old template is new again
        json_t *rs = rev_tree(ro->current);
        char number[24];
        snprintf(number, sizeof(number), "%lld", (long long)++ro->revision);
        keep_number(rs);
        ctl_annotate(rs, REVISION, number);
        struct rev *r = ro->current;
        char uid[64];
        snprintf(uid, sizeof(uid), "%s", r->uid);
        cl_update(cl, r, rs);
        ro->current = db_by_uid(cl->db, uid);
        json_decref(rs);
    }
    set_revision(ro, ro->revision);
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

// A failing rollout keeps the old ReplicaSet's Pods: only what is more than needed may go.
static void scale_down_old(struct rollout *ro)
{
    int64_t can = ro->ready - (ro->want - ro->unavailable);
    for (size_t i = 0; i < ro->old.n; i++) {
        int64_t n = replicas_of(ro, ro->old.v[i], "spec", "replicas");
        int64_t ok = replicas_of(ro, ro->old.v[i], "status", "readyReplicas");
        int64_t broken = n - ok > 0 ? n - ok : 0;
        int64_t drop = min64(n, broken + (can > 0 ? min64(can, ok) : 0));
        if (drop <= 0)
            continue;
        can -= drop - min64(drop, broken);
        scale_rs(ro, ro->old.v[i], n - drop);
    }
}

static void roll(struct rollout *ro)
{
    int64_t have = ro->current ? replicas_of(ro, ro->current, "spec", "replicas") : 0, old = 0;
    bool recreate = str_eq(json_str(ro->d, "spec", "strategy", "type", NULL), "Recreate");
    for (size_t i = 0; i < ro->old.n; i++)
        old += replicas_of(ro, ro->old.v[i], "spec", "replicas");
    if (recreate && ro->total > ro->updated) {
        for (size_t i = 0; i < ro->old.n; i++)
            scale_rs(ro, ro->old.v[i], 0);
        return;
    }
    int64_t room = recreate ? ro->want : ro->want + ro->surge - old;
    int64_t to = min64(ro->want, room > have ? room : have);
    if (have > ro->want)
        to = ro->want;
    if (ro->current && to != have)
        scale_rs(ro, ro->current, to);
    else if (old > 0)
        scale_down_old(ro);
}

static void clean_history(struct rollout *ro)
{
    int64_t limit = json_i64(ro->d, "spec", "revisionHistoryLimit", NULL);
    while ((int64_t)ro->old.n > limit) {
        size_t oldest = 0;
        for (size_t i = 1; i < ro->old.n; i++) {
            if (revision_of(ro, ro->old.v[i]) < revision_of(ro, ro->old.v[oldest]))
                oldest = i;
        }
        if (replicas_of(ro, ro->old.v[oldest], "status", "replicas") > 0)
            return;
        cl_delete(ro->cl, ro->old.v[oldest]);
        arr_remove(&ro->old, oldest);
    }
}

static void deploy_conditions(struct rollout *ro)
{
    char msg[400];
    bool available = ro->ready >= ro->want - ro->unavailable;
    bool done = ro->updated == ro->want && ro->updated_ready == ro->want && ro->total == ro->want;
    ctl_condition(ro->cl, ro->d, "Available", available ? "True" : "False",
        available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
        available ? "Deployment has minimum availability."
                  : "Deployment does not have minimum availability.");
    const char *rs = ro->current ? ro->current->name : "";
    json_t *c = ctl_find_condition(ro->d, "Progressing");
    bool late = c && !done &&
                sim_now(ro->cl->sim) - json_time(c, "lastUpdateTime", NULL) >
                    json_i64(ro->d, "spec", "progressDeadlineSeconds", NULL);
    snprintf(msg, sizeof(msg), "ReplicaSet \"%s\" %s", rs,
        done   ? "has successfully progressed."
        : late ? "has timed out progressing."
               : "is progressing.");
    if (!done && c && !late && str_eq(json_str(c, "reason", NULL), "NewReplicaSetAvailable") &&
        ro->updated == ro->want)
        return; // Pods of a finished rollout come and go
    ctl_condition(ro->cl, ro->d, "Progressing", late ? "False" : "True",
        done   ? "NewReplicaSetAvailable"
        : late ? "ProgressDeadlineExceeded"
               : "ReplicaSetUpdated",
        msg);
}

// Deployment conditions carry lastUpdateTime as well: moved when anything of them changes.
static void stamp_updates(struct rollout *ro, const json_t *before, int64_t progress_before)
{
    size_t i;
    json_t *c;
    char stamp[32];
    sim_stamp(ro->cl->sim, stamp);
    json_array_foreach (json_at(ro->d, "status", "conditions", NULL), i, c) {
        bool progressing = str_eq(json_str(c, "type", NULL), "Progressing");
        bool moved = progressing && ro->updated_ready > progress_before;
        json_t *was = json_array_get(before, i);
        if (!json_object_get(c, "lastUpdateTime") || !json_equal(c, was) || moved)
            json_object_set_new(c, "lastUpdateTime", json_string(stamp));
    }
}

static void deploy_status(struct rollout *ro)
{
    json_t *status = ctl_status(ro->d);
    json_t *before = json_deep_copy(json_object_get(status, "conditions"));
    int64_t progress = json_i64(status, "updatedReady", NULL);
    json_object_set(status, "observedGeneration", json_at(ro->d, "metadata", "generation", NULL));
    put_count(status, "replicas", ro->total);
    put_count(status, "updatedReplicas", ro->updated);
    put_count(status, "readyReplicas", ro->ready);
    put_count(status, "availableReplicas", ro->ready);
    json_object_set_new(status, "terminatingReplicas", json_integer(0));
    put_count(
        status, "unavailableReplicas", (ro->total > ro->want ? ro->total : ro->want) - ro->ready);
    deploy_conditions(ro);
    stamp_updates(ro, before, progress ? progress : ro->updated_ready);
    json_decref(before);
}

static void template_hash(const json_t *d, char out[16])
{
    json_t *t = json_deep_copy(json_at(d, "spec", "template", NULL));
    json_object_del(json_at(t, "metadata", "labels", NULL), "pod-template-hash");
    ctl_template_hash(t, out);
    json_decref(t);
}

static void deploy_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *d = ctl_load(cl, uid, "deployments", &r);
    if (!d || (r->flags & REV_TERMINATING)) {
        json_decref(d);
        return;
    }
    struct rollout ro = {
        .cl = cl, .d = d, .uid = uid, .want = json_i64(d, "spec", "replicas", NULL)
    };
    const json_t *ru = json_at(d, "spec", "strategy", "rollingUpdate", NULL);
    ro.surge = ctl_percent(json_object_get(ru, "maxSurge"), ro.want, true);
    ro.unavailable = ctl_percent(json_object_get(ru, "maxUnavailable"), ro.want, false);
    if (ru && ro.surge == 0 && ro.unavailable == 0)
        ro.unavailable = 1;
    template_hash(d, ro.hash);
    survey(&ro);
    for (size_t i = 0; i < ro.old.n; i++)
        rev_ref(ro.old.v[i]);
    rev_list held = ro.old;
    size_t held_n = ro.old.n;
    struct rev **copy = xcalloc(held_n + 1, sizeof(*copy));
    if (held_n)
        memcpy(copy, held.v, held_n * sizeof(*copy));
    if (!json_bool(d, "spec", "paused", NULL)) {
        ensure_current(&ro);
        roll(&ro);
        clean_history(&ro);
    } else if (ro.current) {
        scale_rs(&ro, ro.current, ro.want);
    }
    deploy_status(&ro);
    store_status(cl, uid, d);
    for (size_t i = 0; i < held_n; i++)
        rev_unref(copy[i]);
    free(copy);
    arr_release(&ro.old);
    json_decref(d);
}

void ctl_deployment_event(struct cluster *cl, const struct db_event *ev)
{
    const struct rev *r = ev->now;
    if (ctl_is(r, "apps", "deployments") && ev->type != DB_DELETED) {
        ctl_enqueue(cl, deploy_sync, r->uid);
        sim_once(cl->sim, 601000, deploy_sync, cl, r->uid); // the progress deadline
    } else if (ctl_is(r, "apps", "replicasets") && *r->owner) {
        ctl_enqueue(cl, deploy_sync, r->owner);
    }
}
