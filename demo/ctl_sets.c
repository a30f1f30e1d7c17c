// StatefulSets and DaemonSets with their ControllerRevisions (pkg/controller/statefulset, .../daemon).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/ctl.h"

#define HASH_LABEL "controller-revision-hash"

static void put_count(json_t *status, const char *key, int64_t n)
{
    json_object_set_new(status, key, json_integer(n));
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

static void store_status(struct cluster *cl, const char *uid, const json_t *tree)
{
    struct rev *r = db_by_uid(cl->db, uid);
    json_t *now = rev_tree(r);
    if (!now)
        return;
    json_object_set(now, "status", json_object_get(tree, "status"));
    cl_update(cl, r, now);
    json_decref(now);
}

// The ControllerRevision of the current template; made, or numbered anew after a rollback.
static void revision_name(struct cluster *cl, const json_t *set, char name[300], char hash[16])
{
    const char *uid = json_str(set, "metadata", "uid", NULL);
    const struct rtype *rt = cl_type(cl, "apps", "controllerrevisions");
    const char *ns = json_str(set, "metadata", "namespace", NULL);
    ctl_template_hash(json_at(set, "spec", "template", NULL), hash);
    snprintf(name, 300, "%.250s-%s", json_str(set, "metadata", "name", NULL), hash);
    const rev_list *kids = db_children(cl->db, uid);
    int64_t newest = 0;
    for (size_t i = 0; i < kids->n; i++) {
        if (!ctl_is(kids->v[i], "apps", "controllerrevisions"))
            continue;
        int64_t n = json_i64(db_peek(cl->db, kids->v[i]), "revision", NULL);
        newest = n > newest ? n : newest;
    }
    struct rev *old = db_get(cl->db, rt, ns, name);
    json_t *cr = rev_tree(old);
    if (cr && json_i64(cr, "revision", NULL) < newest) {
        json_object_set_new(cr, "revision", json_integer(newest + 1));
        cl_update(cl, old, cr);
    }
    json_decref(cr);
    if (old)
        return;
    json_t *template = json_deep_copy(json_at(set, "spec", "template", NULL));
    json_object_set_new(template, "$patch", json_string("replace"));
    json_t *labels = json_deep_copy(json_at(set, "spec", "template", "metadata", "labels", NULL));
    json_object_set_new(labels, HASH_LABEL, json_string(hash));
    json_t *fresh = json_pack("{s:{s:s,s:o,s:o},s:{s:{s:o}},s:I}", "metadata", "name", name,
        "labels", labels, "ownerReferences", ctl_owner_ref(set), "data", "spec", "template",
        template, "revision", (json_int_t)newest + 1);
    json_decref(obj_create(cl, rt, ns, fresh, &(struct write_opts) { .internal = true }));
    json_decref(fresh);
}

static void sts_sync(void *arg, const char *uid);

struct sts {
    struct cluster *cl;
    json_t *set;
    const char *uid, *ns, *name;
    char revision[300], hash[16];
    int64_t want, have, ready, updated;
};

static void make_claims(struct sts *s, const char *pod, json_t *template)
{
    json_t *volumes = json_object_get(json_object_get(template, "spec"), "volumes"), *t;
    size_t i;
    if (!volumes) {
        volumes = json_array();
        json_object_set_new(json_object_get(template, "spec"), "volumes", volumes);
    }
    json_array_foreach (json_at(s->set, "spec", "volumeClaimTemplates", NULL), i, t) {
        char claim[600];
        const char *volume = json_str(t, "metadata", "name", NULL);
        snprintf(claim, sizeof(claim), "%s-%s", volume, pod);
        json_array_append_new(volumes,
            json_pack("{s:s,s:{s:s}}", "name", volume, "persistentVolumeClaim", "claimName", claim));
        const struct rtype *rt = cl_type(s->cl, "", "persistentvolumeclaims");
        if (db_get(s->cl->db, rt, s->ns, claim))
            continue;
        json_t *pvc = json_pack("{s:{s:s,s:O,s:[s]},s:O}", "metadata", "name", claim, "labels",
            json_at(s->set, "spec", "selector", "matchLabels", NULL), "finalizers",
            "kubernetes.io/pvc-protection", "spec", json_object_get(t, "spec"));
        json_t *own = json_deep_copy(pvc);
        json_decref(obj_create(s->cl, rt, s->ns, own, &(struct write_opts) { .internal = true }));
        cl_event(s->cl, s->set, "", false, "statefulset-controller", "", "SuccessfulCreate",
            "create Claim %s Pod %s in StatefulSet %s success", claim, pod, s->name);
        json_decref(own);
        json_decref(pvc);
    }
}

static void sts_create(struct sts *s, int64_t ordinal)
{
    char pod[300], made[300], index[24];
    snprintf(pod, sizeof(pod), "%.200s-%lld", s->name, (long long)ordinal);
    snprintf(index, sizeof(index), "%lld", (long long)ordinal);
    json_t *template = json_deep_copy(json_at(s->set, "spec", "template", NULL));
    json_t *spec = ctl_child(template, "spec");
    json_object_set_new(spec, "hostname", json_string(pod));
    json_object_set_new(
        spec, "subdomain", json_string(json_str(s->set, "spec", "serviceName", NULL)));
    make_claims(s, pod, template);
    json_t *failed = ctl_make_pod(s->cl, s->set, template, pod,
        json_pack("{s:s,s:s,s:s}", HASH_LABEL, s->revision, "statefulset.kubernetes.io/pod-name",
            pod, "apps.kubernetes.io/pod-index", index),
        made);
    json_decref(template);
    if (failed)
        cl_event(s->cl, s->set, "", true, "statefulset-controller", "", "FailedCreate",
            "create Pod %s in StatefulSet %s failed error: %s", pod, s->name,
            json_str(failed, "message", NULL));
    else
        cl_event(s->cl, s->set, "", false, "statefulset-controller", "", "SuccessfulCreate",
            "create Pod %s in StatefulSet %s successful", pod, s->name);
    if (failed)
        sim_once(s->cl->sim, 15000, sts_sync, s->cl, s->uid);
    json_decref(failed);
}

static struct rev *sts_pod(struct sts *s, int64_t ordinal)
{
    char pod[300];
    snprintf(pod, sizeof(pod), "%.200s-%lld", s->name, (long long)ordinal);
    return db_get(s->cl->db, cl_type(s->cl, "", "pods"), s->ns, pod);
}

static void sts_delete(struct sts *s, struct rev *pod)
{
    cl_event(s->cl, s->set, "", false, "statefulset-controller", "", "SuccessfulDelete",
        "delete Pod %s in StatefulSet %s successful", pod->name, s->name);
    cl_delete(s->cl, pod);
}

// One step at a time: in order up, in reverse order down, then the update from the highest ordinal.
static void sts_step(struct sts *s)
{
    bool parallel
        = str_eq(json_str(s->set, "spec", "podManagementPolicy", NULL), "Parallel");
    for (int64_t i = 0; i < s->want; i++) {
        struct rev *pod = sts_pod(s, i);
        if (!pod)
            sts_create(s, i);
        else if (pod->flags & REV_DONE)
            sts_delete(s, pod);
        else if (pod->flags & REV_READY && !(pod->flags & REV_TERMINATING))
            continue;
        if (!parallel)
            return;
    }
    for (int64_t i = s->have + s->want; i >= s->want; i--) {
        struct rev *pod = sts_pod(s, i);
        if (!pod)
            continue;
        if (!(pod->flags & REV_TERMINATING))
            sts_delete(s, pod);
        return;
    }
    const json_t *strategy = json_at(s->set, "spec", "updateStrategy", NULL);
    int64_t partition = json_i64(strategy, "rollingUpdate", "partition", NULL);
    if (str_eq(json_str(strategy, "type", NULL), "OnDelete"))
        return;
    for (int64_t i = s->want - 1; i >= partition; i--) {
        struct rev *pod = sts_pod(s, i);
        if (!pod || !(pod->flags & REV_READY) || (pod->flags & REV_TERMINATING))
            return;
        if (!str_eq(label_of(pod, HASH_LABEL), s->revision)) {
            sts_delete(s, pod);
            return;
        }
    }
}

static void sts_status(struct sts *s)
{
    json_t *status = ctl_status(s->set);
    json_object_set(status, "observedGeneration", json_at(s->set, "metadata", "generation", NULL));
    put_count(status, "replicas", s->have);
    put_count(status, "readyReplicas", s->ready);
    put_count(status, "availableReplicas", s->ready);
    put_count(status, "updatedReplicas", s->updated);
    json_object_set_new(status, "updateRevision", json_string(s->revision));
    bool done = s->updated == s->have && s->have == s->want && s->ready == s->want;
    if (done || !*json_str(status, "currentRevision", NULL))
        json_object_set_new(status, "currentRevision", json_string(s->revision));
    bool same = str_eq(json_str(status, "currentRevision", NULL), s->revision);
    put_count(status, "currentReplicas", same ? s->have : s->have - s->updated);
    put_count(status, "collisionCount", 0);
}

static void sts_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *set = ctl_load(cl, uid, "statefulsets", &r);
    if (!set || (r->flags & REV_TERMINATING)) {
        json_decref(set);
        return;
    }
    struct sts s = { .cl = cl, .set = set, .uid = uid,
        .ns = json_str(set, "metadata", "namespace", NULL),
        .name = json_str(set, "metadata", "name", NULL),
        .want = json_i64(set, "spec", "replicas", NULL) };
    revision_name(cl, set, s.revision, s.hash);
    const rev_list *kids = db_children(cl->db, uid);
    for (size_t i = 0; i < kids->n; i++) {
        if (!ctl_is(kids->v[i], "", "pods"))
            continue;
        s.have++;
        s.ready += (kids->v[i]->flags & REV_READY) && !(kids->v[i]->flags & REV_TERMINATING);
        s.updated += str_eq(label_of(kids->v[i], HASH_LABEL), s.revision);
    }
    sts_status(&s);
    sts_step(&s);
    store_status(cl, uid, set);
    json_decref(set);
}

void ctl_statefulset_event(struct cluster *cl, const struct db_event *ev)
{
    const struct rev *r = ev->now;
    if (ctl_is(r, "apps", "statefulsets") && ev->type != DB_DELETED)
        ctl_enqueue(cl, sts_sync, r->uid);
    else if (ctl_is(r, "", "pods") && ctl_pod_counts(ev)) {
        ctl_enqueue(cl, sts_sync, r->owner);
        ctl_enqueue(cl, sts_sync, ev->prev ? ev->prev->owner : "");
    }
}

struct ds {
    struct cluster *cl;
    json_t *set;
    const char *uid;
    char revision[300], hash[16];
    int64_t desired, current, ready, updated, unavailable_max;
};

static bool selects_node(const json_t *set, const json_t *node)
{
    const char *key;
    json_t *v, *t;
    json_object_foreach (json_at(set, "spec", "template", "spec", "nodeSelector", NULL), key, v) {
        if (!json_equal(json_at(node, "metadata", "labels", key, NULL), v))
            return false;
    }
    size_t i, j;
    json_array_foreach (json_at(node, "spec", "taints", NULL), i, t) {
        const char *taint = json_str(t, "key", NULL);
        bool ok = str_starts(taint, "node.kubernetes.io/")
            || str_eq(json_str(t, "effect", NULL), "PreferNoSchedule");
        json_array_foreach (json_at(set, "spec", "template", "spec", "tolerations", NULL), j, v) {
            const char *tk = json_str(v, "key", NULL);
            ok = ok || !*tk || str_eq(tk, taint);
        }
        if (!ok)
            return false;
    }
    return true;
}

static void ds_create(struct ds *d, const char *node)
{
    char made[300];
    json_t *template = json_deep_copy(json_at(d->set, "spec", "template", NULL));
    json_t *spec = ctl_child(template, "spec");
    json_object_set_new(ctl_child(spec, "affinity"), "nodeAffinity",
        json_pack("{s:{s:[{s:[{s:s,s:s,s:[s]}]}]}}",
            "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms", "matchFields",
            "key", "metadata.name", "operator", "In", "values", node));
    json_t *tol = json_object_get(spec, "tolerations");
    if (!tol) {
        tol = json_array();
        json_object_set_new(spec, "tolerations", tol);
    }
    static const char *const keys[][2] = { { "node.kubernetes.io/not-ready", "NoExecute" },
        { "node.kubernetes.io/unreachable", "NoExecute" },
        { "node.kubernetes.io/disk-pressure", "NoSchedule" },
        { "node.kubernetes.io/memory-pressure", "NoSchedule" },
        { "node.kubernetes.io/pid-pressure", "NoSchedule" },
        { "node.kubernetes.io/unschedulable", "NoSchedule" } };
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        json_array_append_new(tol,
            json_pack("{s:s,s:s,s:s}", "key", keys[i][0], "operator", "Exists", "effect",
                keys[i][1]));
    json_t *s = ctl_make_pod(
        d->cl, d->set, template, NULL, json_pack("{s:s}", HASH_LABEL, d->hash), made);
    json_decref(template);
    cl_event(d->cl, d->set, "", s != NULL, "daemonset-controller", "",
        s ? "FailedCreate" : "SuccessfulCreate", s ? "Error creating: %s" : "Created pod: %s",
        s ? json_str(s, "message", NULL) : made);
    json_decref(s);
}

// The node a Pod runs on or is meant for.
static const char *node_for(const struct rev *pod, const json_t *tree)
{
    if (*pod->fields)
        return pod->fields;
    json_t *terms = json_at(tree, "spec", "affinity", "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms", NULL);
    json_t *f = json_array_get(json_object_get(json_array_get(terms, 0), "matchFields"), 0);
    const char *s = json_string_value(json_array_get(json_object_get(f, "values"), 0));
    return s ? s : "";
}

// Pods by node: what is there, what is outdated (to be deleted one after the other).
static void ds_survey(struct ds *d, json_t *by_node, char outdated[64])
{
    const rev_list *kids = db_children(d->cl->db, d->uid);
    int64_t down = 0;
    for (size_t i = 0; i < kids->n; i++) {
        struct rev *pod = kids->v[i];
        if (!ctl_is(pod, "", "pods") || (pod->flags & REV_DONE))
            continue;
        const char *node = node_for(pod, db_peek(d->cl->db, pod));
        bool fresh = str_eq(label_of(pod, HASH_LABEL), d->hash);
        bool ready = (pod->flags & REV_READY) && !(pod->flags & REV_TERMINATING);
        json_object_set_new(by_node, node, json_true());
        d->current++;
        d->ready += ready;
        d->updated += fresh;
        down += !ready;
        if (!fresh && !(pod->flags & REV_TERMINATING))
            snprintf(outdated, 64, "%s", pod->uid);
    }
    if (down >= d->unavailable_max)
        outdated[0] = '\0';
}

static void ds_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *set = ctl_load(cl, uid, "daemonsets", &r);
    if (!set || (r->flags & REV_TERMINATING)) {
        json_decref(set);
        return;
    }
    struct ds d = { .cl = cl, .set = set, .uid = uid };
    char outdated[64] = "";
    json_t *by_node = json_object();
    size_t from, to;
    revision_name(cl, set, d.revision, d.hash);
    const rev_list *nodes = db_list(cl->db, cl_type(cl, "", "nodes"), "", &from, &to);
    const json_t *max = json_at(set, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable", NULL);
    d.unavailable_max = ctl_percent(max, (int64_t)(to - from), true);
    ds_survey(&d, by_node, outdated);
    for (size_t i = from; i < to; i++) {
        bool want = selects_node(set, db_peek(cl->db, nodes->v[i]));
        d.desired += want;
        if (want && !json_object_get(by_node, nodes->v[i]->name))
            ds_create(&d, nodes->v[i]->name);
    }
    struct rev *old = *outdated ? db_by_uid(cl->db, outdated) : NULL;
    if (old && !str_eq(json_str(set, "spec", "updateStrategy", "type", NULL), "OnDelete"))
        cl_delete(cl, old);
    json_t *status = ctl_status(set);
    json_object_set(status, "observedGeneration", json_at(set, "metadata", "generation", NULL));
    put_count(status, "currentNumberScheduled", d.current);
    put_count(status, "numberMisscheduled", 0);
    put_count(status, "desiredNumberScheduled", d.desired);
    put_count(status, "numberReady", d.ready);
    put_count(status, "updatedNumberScheduled", d.updated);
    put_count(status, "numberAvailable", d.ready);
    if (d.desired > d.ready)
        put_count(status, "numberUnavailable", d.desired - d.ready);
    else
        json_object_del(status, "numberUnavailable");
    store_status(cl, uid, set);
    json_decref(by_node);
    json_decref(set);
}

void ctl_daemonset_event(struct cluster *cl, const struct db_event *ev)
{
    const struct rev *r = ev->now;
    if (ctl_is(r, "apps", "daemonsets") && ev->type != DB_DELETED)
        ctl_enqueue(cl, ds_sync, r->uid);
    else if (ctl_is(r, "", "pods") && ctl_pod_counts(ev)) {
        ctl_enqueue(cl, ds_sync, r->owner);
        ctl_enqueue(cl, ds_sync, ev->prev ? ev->prev->owner : "");
    } else if (ctl_is(r, "", "nodes") && ev->type != DB_MODIFIED) {
        size_t from, to;
        const rev_list *l = db_list(cl->db, cl_type(cl, "apps", "daemonsets"), "", &from, &to);
        for (size_t i = from; i < to; i++)
            ctl_enqueue(cl, ds_sync, l->v[i]->uid);
    }
}
