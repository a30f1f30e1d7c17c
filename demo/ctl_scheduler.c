// kube-scheduler: node selectors, affinity to nodes, taints and requests; the message of a Pod that fits
// nowhere is worded as the real one words it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/ctl.h"
#include "demo/metrics.h"
#include "demo/selector.h"

struct sched_node {
    UT_hash_handle hh;
    int64_t milli, bytes, pods;
    char name[];
};
struct sched_pod {
    UT_hash_handle hh;
    struct sched_node *node;
    int64_t milli, bytes;
    char uid[];
};

static struct sched_node *node_of(struct cluster *cl, const char *name)
{
    struct sched_node *n;
    HASH_FIND_STR(cl->control->nodes, name, n);
    if (!n) {
        size_t len = strlen(name) + 1;
        n = xcalloc(1, sizeof(*n) + len);
        memcpy(n->name, name, len);
        HASH_ADD_KEYPTR(hh, cl->control->nodes, n->name, len - 1, n);
    }
    return n;
}

void ctl_scheduler_release(struct cluster *cl)
{
    struct sched_node *n, *ntmp;
    struct sched_pod *p, *ptmp;
    HASH_ITER (hh, cl->control->pods, p, ptmp) {
        HASH_DEL(cl->control->pods, p);
        free(p);
    }
    HASH_ITER (hh, cl->control->nodes, n, ntmp) {
        HASH_DEL(cl->control->nodes, n);
        free(n);
    }
}

static void forget_pod(struct cluster *cl, const char *uid)
{
    struct sched_pod *p;
    HASH_FIND_STR(cl->control->pods, uid, p);
    if (!p)
        return;
    p->node->milli -= p->milli;
    p->node->bytes -= p->bytes;
    p->node->pods--;
    HASH_DEL(cl->control->pods, p);
    free(p);
}

static void requests_of(const json_t *pod, int64_t *milli, int64_t *bytes)
{
    size_t i;
    json_t *c;
    *milli = *bytes = 0;
    json_array_foreach (json_at(pod, "spec", "containers", NULL), i, c) {
        *milli += quantity_milli(json_str(c, "resources", "requests", "cpu", NULL));
        *bytes += quantity_bytes(json_str(c, "resources", "requests", "memory", NULL));
    }
}

static void remember_pod(struct cluster *cl, const char *uid, const char *node, const json_t *pod)
{
    struct sched_pod *p;
    HASH_FIND_STR(cl->control->pods, uid, p);
    if (p)
        return;
    size_t len = strlen(uid) + 1;
    p = xcalloc(1, sizeof(*p) + len);
    memcpy(p->uid, uid, len);
    requests_of(pod, &p->milli, &p->bytes);
    p->node = node_of(cl, node);
    p->node->milli += p->milli;
    p->node->bytes += p->bytes;
    p->node->pods++;
    HASH_ADD_KEYPTR(hh, cl->control->pods, p->uid, len - 1, p);
}

bool ctl_tolerates(const json_t *pod, const json_t *taint)
{
    const char *effect = json_str(taint, "effect", NULL), *key = json_str(taint, "key", NULL);
    size_t i;
    json_t *t;
    if (str_eq(effect, "PreferNoSchedule"))
        return true;
    json_array_foreach (json_at(pod, "spec", "tolerations", NULL), i, t) {
        const char *tkey = json_str(t, "key", NULL), *teffect = json_str(t, "effect", NULL);
        bool any = str_eq(json_str(t, "operator", NULL), "Exists");
        if (*teffect && !str_eq(teffect, effect))
            continue;
        if ((!*tkey && any) || (str_eq(tkey, key)
                && (any || str_eq(json_str(t, "value", NULL), json_str(taint, "value", NULL)))))
            return true;
    }
    return false;
}

static const json_t *untolerated(const json_t *pod, const json_t *node)
{
    size_t i;
    json_t *t;
    json_array_foreach (json_at(node, "spec", "taints", NULL), i, t) {
        if (!ctl_tolerates(pod, t))
            return t;
    }
    return NULL;
}

static bool term_matches(const json_t *term, const json_t *node)
{
    size_t i;
    json_t *f;
    struct selector s;
    json_array_foreach (json_object_get(term, "matchFields"), i, f) {
        const char *name = json_str(node, "metadata", "name", NULL);
        if (!str_eq(json_string_value(json_array_get(json_object_get(f, "values"), 0)), name))
            return false;
    }
    selector_from_json(&s, term);
    bool ok = selector_match_json(&s, json_at(node, "metadata", "labels", NULL));
    selector_release(&s);
    return ok;
}

static bool node_wanted(const json_t *pod, const json_t *node)
{
    struct selector s;
    selector_from_map(&s, json_at(pod, "spec", "nodeSelector", NULL));
    bool ok = selector_match_json(&s, json_at(node, "metadata", "labels", NULL));
    selector_release(&s);
    const json_t *terms = json_at(pod, "spec", "affinity", "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms", NULL);
    if (!ok || !json_array_size(terms))
        return ok;
    size_t i;
    json_t *t;
    json_array_foreach ((json_t *)terms, i, t) {
        if (term_matches(t, node))
            return true;
    }
    return false;
}

// Why a node will not do, as counted in the message of FailedScheduling; "" when it will.
static void unfit_reason(struct cluster *cl, const json_t *pod, const json_t *node, char out[300])
{
    int64_t milli, bytes;
    const struct sched_node *have = node_of(cl, json_str(node, "metadata", "name", NULL));
    const json_t *can = json_at(node, "status", "allocatable", NULL);
    const json_t *taint = untolerated(pod, node);
    requests_of(pod, &milli, &bytes);
    out[0] = '\0';
    if (json_bool(node, "spec", "unschedulable", NULL))
        snprintf(out, 300, "node(s) were unschedulable");
    else if (taint && *json_str(taint, "value", NULL))
        snprintf(out, 300, "node(s) had untolerated taint {%s: %s}", json_str(taint, "key", NULL),
            json_str(taint, "value", NULL));
    else if (taint)
        snprintf(out, 300, "node(s) had untolerated taint(s)");
    else if (!node_wanted(pod, node))
        snprintf(out, 300, "node(s) didn't match Pod's node affinity/selector");
    else if (have->pods >= strtol(json_str(can, "pods", NULL), NULL, 10))
        snprintf(out, 300, "Too many pods");
    else if (have->milli + milli > quantity_milli(json_str(can, "cpu", NULL)))
        snprintf(out, 300, "Insufficient cpu");
    else if (have->bytes + bytes > quantity_bytes(json_str(can, "memory", NULL)))
        snprintf(out, 300, "Insufficient memory");
}

// Lower is better: spread the Pods of one owner, then fill evenly.
static double badness(struct cluster *cl, const struct rev *pod, const json_t *node)
{
    const char *name = json_str(node, "metadata", "name", NULL);
    const rev_list *siblings = db_children(cl->db, *pod->owner ? pod->owner : "-");
    double score = 0;
    for (size_t i = 0; i < siblings->n && i < 200; i++)
        score += str_eq(siblings->v[i]->fields, name) ? 10 : 0;
    const struct sched_node *have = node_of(cl, name);
    int64_t can = quantity_milli(json_str(node, "status", "allocatable", "cpu", NULL));
    return score + (double)have->milli / (double)(can ? can : 1) + (double)have->pods / 110.0;
}

static void no_node(struct cluster *cl, struct rev *r, json_t *pod, json_t *reasons,
    size_t nodes)
{
    struct buf why = BUF_INIT;
    const char *reason;
    json_t *n;
    buf_printf(&why, "0/%zu nodes are available: ", nodes);
    bool first = true;
    json_object_foreach (reasons, reason, n) {
        buf_printf(&why, "%s%lld %s", first ? "" : ", ", (long long)json_integer_value(n), reason);
        first = false;
    }
    buf_printf(&why,
        ". preemption: 0/%zu nodes are available: %zu Preemption is not helpful for scheduling.",
        nodes, nodes);
    if (ctl_condition(cl, pod, "PodScheduled", "False", "Unschedulable", why.s)) {
        cl_event(cl, pod, "", true, "default-scheduler", "", "FailedScheduling", "%s", why.s);
        cl_update(cl, r, pod);
    }
    buf_release(&why);
}

static void bind_pod(struct cluster *cl, struct rev *r, json_t *pod, const char *node)
{
    json_object_set_new(ctl_child(pod, "spec"), "nodeName", json_string(node));
    ctl_condition(cl, pod, "PodScheduled", "True", "", "");
    remember_pod(cl, r->uid, node, pod);
    cl_event(cl, pod, "", false, "default-scheduler", "", "Scheduled",
        "Successfully assigned %s/%s to %s", r->ns, r->name, node);
    cl_update(cl, r, pod);
}

// Pods wait for their claims; a claim without a class never binds.
static bool claims_bound(struct cluster *cl, struct rev *r, json_t *pod)
{
    size_t i;
    json_t *v;
    const struct rtype *pvcs = cl_type(cl, "", "persistentvolumeclaims");
    json_array_foreach (json_at(pod, "spec", "volumes", NULL), i, v) {
        const char *name = json_str(v, "persistentVolumeClaim", "claimName", NULL);
        if (!*name)
            continue;
        struct rev *pvc = db_get(cl->db, pvcs, r->ns, name);
        if (pvc && strstr(pvc->text, "\"phase\":\"Bound\""))
            continue;
        char why[400];
        if (pvc)
            snprintf(why, sizeof(why),
                "0/%d nodes are available: pod has unbound immediate PersistentVolumeClaims. not "
                "found",
                8);
        else
            snprintf(why, sizeof(why), "persistentvolumeclaim \"%s\" not found", name);
        if (ctl_condition(cl, pod, "PodScheduled", "False", "Unschedulable", why)) {
            cl_event(cl, pod, "", true, "default-scheduler", "", "FailedScheduling", "%s", why);
            cl_update(cl, r, pod);
        }
        return false;
    }
    return true;
}

void ctl_schedule(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pod = ctl_load(cl, uid, "pods", &r);
    if (!pod || *json_str(pod, "spec", "nodeName", NULL) || (r->flags & REV_TERMINATING)
        || !str_eq(json_str(pod, "spec", "schedulerName", NULL), "default-scheduler")
        || !claims_bound(cl, r, pod)) {
        json_decref(pod);
        return;
    }
    size_t from, to;
    const rev_list *l = db_list(cl->db, cl_type(cl, "", "nodes"), "", &from, &to);
    json_t *reasons = json_object();
    char best[300] = "", why[300];
    double score = 0;
    for (size_t i = from; i < to; i++) {
        const json_t *node = db_peek(cl->db, l->v[i]);
        unfit_reason(cl, pod, node, why);
        double b = badness(cl, r, node);
        if (*why) {
            json_object_set_new(reasons, why,
                json_integer(json_integer_value(json_object_get(reasons, why)) + 1));
        } else if (!*best || b < score) {
            snprintf(best, sizeof(best), "%s", l->v[i]->name);
            score = b;
        }
    }
    if (*best) {
        bind_pod(cl, r, pod, best);
    } else {
        no_node(cl, r, pod, reasons, to - from);
    }
    json_decref(reasons);
    json_decref(pod);
}

// What may make room for waiting Pods: a node that came or changed, a Pod that went, a bound claim.
static void wake_pending(struct cluster *cl)
{
    size_t from, to;
    const rev_list *l = db_list(cl->db, cl_type(cl, "", "pods"), "", &from, &to);
    for (size_t i = from; i < to; i++) {
        if (!*l->v[i]->fields && !(l->v[i]->flags & (REV_DONE | REV_TERMINATING)))
            sim_once(cl->sim, 300, ctl_schedule, cl, l->v[i]->uid);
    }
}

static bool makes_room(const struct db_event *ev)
{
    const struct rev *r = ev->now;
    if (ctl_is(r, "", "nodes"))
        return ev->type != DB_DELETED;
    if (ctl_is(r, "", "persistentvolumeclaims"))
        return ev->type == DB_MODIFIED;
    return ctl_is(r, "", "pods") && !str_eq(r->ns, "scale") && *r->fields
        && (ev->type == DB_DELETED || ((r->flags & REV_DONE) && ev->prev && !(ev->prev->flags & REV_DONE)));
}

void ctl_scheduler_event(struct cluster *cl, const struct db_event *ev)
{
    const struct rev *r = ev->now;
    if (makes_room(ev))
        wake_pending(cl);
    if (!ctl_is(r, "", "pods") || str_eq(r->ns, "scale"))
        return;
    if (ev->type == DB_DELETED || (r->flags & REV_DONE)) {
        forget_pod(cl, r->uid);
    } else if (*r->fields && !ev->prev) { // created with a node: a static Pod
        json_t *pod = rev_tree(r);
        remember_pod(cl, r->uid, r->fields, pod);
        json_decref(pod);
    } else if (!*r->fields && ev->type == DB_ADDED) {
        sim_once(cl->sim, sim_range(cl->sim, 8, 40), ctl_schedule, cl, r->uid);
    }
}
