// Status of what watches over Pods: disruption budgets, quotas and autoscalers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/ctl.h"
#include "demo/metrics.h"
#include "demo/selector.h"

static int64_t wanted_replicas(struct cluster *cl, const struct rev *pod)
{
    struct rev *owner = *pod->owner ? db_by_uid(cl->db, pod->owner) : NULL;
    const json_t *n = json_at(db_peek(cl->db, owner), "spec", "replicas", NULL);
    return n ? json_integer_value(n) : 1;
}

static void pdb_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pdb = ctl_load(cl, uid, "poddisruptionbudgets", &r);
    if (!pdb)
        return;
    struct selector s;
    selector_from_json(&s, json_at(pdb, "spec", "selector", NULL));
    size_t from, to;
    int64_t healthy = 0, expected = 0;
    ARR(const char *) owners = { 0 };
    const rev_list *l = db_list(cl->db, cl_type(cl, "", "pods"), r->ns, &from, &to);
    for (size_t i = from; i < to; i++) {
        const struct rev *p = l->v[i];
        bool seen = false;
        if (!selector_match(&s, p->labels) || (p->flags & REV_DONE))
            continue;
        healthy += (p->flags & REV_READY) && !(p->flags & REV_TERMINATING);
        for (size_t k = 0; k < owners.n; k++)
            seen = seen || str_eq(owners.v[k], p->owner);
        if (!seen) {
            arr_push(&owners, p->owner);
            expected += wanted_replicas(cl, p);
        }
    }
    arr_release(&owners);
    selector_release(&s);
    const json_t *min = json_at(pdb, "spec", "minAvailable", NULL);
    const json_t *max = json_at(pdb, "spec", "maxUnavailable", NULL);
    int64_t desired = min ? ctl_percent(min, expected, true)
                          : expected - ctl_percent(max, expected, true);
    desired = desired < 0 ? 0 : desired;
    int64_t allowed = healthy > desired && expected > 0 ? healthy - desired : 0;
    json_t *status = ctl_status(pdb);
    json_object_set_new(status, "currentHealthy", json_integer(healthy));
    json_object_set_new(status, "desiredHealthy", json_integer(desired));
    json_object_set_new(status, "disruptionsAllowed", json_integer(allowed));
    json_object_set_new(status, "expectedPods", json_integer(expected));
    json_object_set(status, "observedGeneration", json_at(pdb, "metadata", "generation", NULL));
    ctl_condition(cl, pdb, "DisruptionAllowed", allowed ? "True" : "False",
        allowed ? "SufficientPods" : "InsufficientPods", "");
    cl_update(cl, r, pdb);
    json_decref(pdb);
}

static void sum_container(const json_t *c, const char *part, int64_t *milli, int64_t *bytes)
{
    *milli += quantity_milli(json_str(c, "resources", part, "cpu", NULL));
    *bytes += quantity_bytes(json_str(c, "resources", part, "memory", NULL));
}

static void cpu_text(int64_t milli, char out[32])
{
    snprintf(out, 32, milli % 1000 ? "%lldm" : "%lld",
        (long long)(milli % 1000 ? milli : milli / 1000));
}

static void memory_text(int64_t bytes, char out[32])
{
    static const char *const units[] = { "", "Ki", "Mi", "Gi", "Ti" };
    int u = 0;
    for (; u < 4 && bytes && bytes % 1024 == 0; u++)
        bytes /= 1024;
    snprintf(out, 32, "%lld%s", (long long)bytes, units[u]);
}

static int64_t count_type(struct cluster *cl, const char *resource, const char *ns)
{
    static const char *const counted[][2] = { { "services", "" }, { "secrets", "" },
        { "configmaps", "" }, { "persistentvolumeclaims", "" },
        { "count/deployments.apps", "apps" } };
    for (size_t i = 0; i < ARRAY_SIZE(counted); i++) {
        if (!str_eq(counted[i][0], resource))
            continue;
        size_t from, to;
        db_list(cl->db, cl_type(cl, counted[i][1], i == 4 ? "deployments" : resource), ns, &from,
            &to);
        return (int64_t)(to - from);
    }
    return 0;
}

static void quota_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *quota = ctl_load(cl, uid, "resourcequotas", &r);
    if (!quota)
        return;
    int64_t sums[2][2] = { { 0 } }, pods = 0; // [requests, limits][cpu, memory]
    size_t from, to, j;
    json_t *c, *v;
    const rev_list *l = db_list(cl->db, cl_type(cl, "", "pods"), r->ns, &from, &to);
    for (size_t i = from; i < to; i++) {
        if (l->v[i]->flags & REV_DONE)
            continue;
        pods++;
        json_array_foreach (json_at(db_peek(cl->db, l->v[i]), "spec", "containers", NULL), j, c) {
            sum_container(c, "requests", &sums[0][0], &sums[0][1]);
            sum_container(c, "limits", &sums[1][0], &sums[1][1]);
        }
    }
    json_t *hard = json_at(quota, "spec", "hard", NULL), *used = json_object();
    const char *key;
    json_object_foreach (hard, key, v) {
        char text[32];
        bool limits = str_starts(key, "limits.");
        const char *what = strchr(key, '.') ? strchr(key, '.') + 1 : key;
        if (str_eq(what, "cpu"))
            cpu_text(sums[limits][0], text);
        else if (str_eq(what, "memory"))
            memory_text(sums[limits][1], text);
        else
            snprintf(text, sizeof(text), "%lld",
                (long long)(str_eq(key, "pods") ? pods : count_type(cl, key, r->ns)));
        json_object_set_new(used, key, json_string(text));
    }
    json_object_set(ctl_status(quota), "hard", hard);
    json_object_set_new(ctl_status(quota), "used", used);
    cl_update(cl, r, quota);
    json_decref(quota);
}

static struct rev *scale_target(struct cluster *cl, const json_t *hpa, const char *ns)
{
    const json_t *ref = json_at(hpa, "spec", "scaleTargetRef", NULL);
    struct rtype *rt = kinds_by_kind(
        cl->kinds, json_str(ref, "apiVersion", NULL), json_str(ref, "kind", NULL));
    return rt ? db_get(cl->db, rt, ns, json_str(ref, "name", NULL)) : NULL;
}

// Shows utilisation near the target and follows the target's replicas: the demo does not load itself.
static void hpa_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *hpa = ctl_load(cl, uid, "horizontalpodautoscalers", &r);
    if (!hpa)
        return;
    const json_t *target = db_peek(cl->db, scale_target(cl, hpa, r->ns));
    json_t *status = ctl_status(hpa), *current = json_array(), *m;
    int64_t n = json_i64(target, "status", "replicas", NULL);
    size_t i;
    json_array_foreach (json_at(hpa, "spec", "metrics", NULL), i, m) {
        const json_t *res = json_object_get(m, "resource");
        int64_t goal = json_i64(res, "target", "averageUtilization", NULL);
        if (res && target)
            json_array_append_new(current,
                json_pack("{s:s,s:{s:O,s:{s:I,s:s}}}", "type", "Resource", "resource", "name",
                    json_object_get(res, "name"), "current", "averageUtilization",
                    (json_int_t)(goal * 6 / 10), "averageValue", "61m"));
    }
    json_object_del(status, "desiredReplicas"); // these come after, as in the API's type
    json_object_del(status, "currentMetrics");
    json_object_set_new(status, "currentReplicas", json_integer(n));
    json_object_set_new(status, "desiredReplicas", json_integer(n));
    json_object_set_new(status, "currentMetrics", current);
    ctl_condition(cl, hpa, "AbleToScale", target ? "True" : "False",
        target ? "ReadyForNewScale" : "FailedGetScale",
        target ? "recommended size matches current size"
               : "the HPA controller was unable to get the target's current scale");
    if (target) {
        ctl_condition(cl, hpa, "ScalingActive", "True", "ValidMetricFound",
            "the HPA was able to successfully calculate a replica count from cpu resource "
            "utilization (percentage of request)");
        ctl_condition(cl, hpa, "ScalingLimited", "False", "DesiredWithinRange",
            "the desired count is within the acceptable range");
    }
    cl_update(cl, r, hpa);
    json_decref(hpa);
}

static void each_in(struct cluster *cl, const char *group, const char *plural, const char *ns,
    sim_fn *fn)
{
    size_t from, to;
    const rev_list *l = db_list(cl->db, cl_type(cl, group, plural), ns, &from, &to);
    for (size_t i = from; i < to; i++)
        sim_once(cl->sim, cl->loading ? 60000 : 500, fn, cl, l->v[i]->uid);
}

// An APIService is local, or answers when its Service has a ready Pod behind it.
static void apiservice_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *as = ctl_load(cl, uid, "apiservices", &r);
    if (!as)
        return;
    bool local = !json_is_object(json_at(as, "spec", "service", NULL));
    const char *ns = json_str(as, "spec", "service", "namespace", NULL);
    const char *name = json_str(as, "spec", "service", "name", NULL);
    struct rev *ep = local ? NULL : db_get(cl->db, cl_type(cl, "", "endpoints"), ns, name);
    bool up = local || (ep && strstr(ep->text, "\"addresses\":["));
    char why[700];
    snprintf(why, sizeof(why), "endpoints for service/%s in \"%s\" have no addresses with port name "
                               "\"https\"",
        name, ns);
    ctl_condition(cl, as, "Available", up ? "True" : "False",
        local ? "Local" : up ? "Passed" : "MissingEndpoints",
        local    ? "Local APIServices are always available"
            : up ? "all checks passed"
                 : why);
    cl_update(cl, r, as);
    json_decref(as);
}

void ctl_policy_event(struct cluster *cl, const struct db_event *ev)
{
    const struct rev *r = ev->now;
    static const struct {
        const char *group, *plural;
        sim_fn *fn;
    } own[] = { { "policy", "poddisruptionbudgets", pdb_sync }, { "", "resourcequotas", quota_sync },
        { "autoscaling", "horizontalpodautoscalers", hpa_sync },
        { "apiregistration.k8s.io", "apiservices", apiservice_sync } };
    for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
        if (ev->type != DB_DELETED && ctl_is(r, own[i].group, own[i].plural))
            sim_once(cl->sim, 400, own[i].fn, cl, r->uid);
    }
    bool moved = !ev->prev || ev->prev->flags != r->flags || ev->type == DB_DELETED;
    if (ctl_is(r, "", "pods") && moved && !str_eq(r->ns, "scale")) {
        each_in(cl, "policy", "poddisruptionbudgets", r->ns, pdb_sync);
        each_in(cl, "", "resourcequotas", r->ns, quota_sync);
    } else if (ctl_is(r, "apps", "deployments") || ctl_is(r, "apps", "statefulsets")) {
        each_in(cl, "autoscaling", "horizontalpodautoscalers", r->ns, hpa_sync);
    } else if (ctl_is(r, "", "endpoints")) {
        each_in(cl, "apiregistration.k8s.io", "apiservices", "", apiservice_sync);
    }
}
