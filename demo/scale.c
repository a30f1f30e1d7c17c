#include "demo/scale.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "demo/selector.h"
#include "demo/status.h"

json_t *scale_of(const json_t *tree)
{
    static const char *const kept[] = { "name", "namespace", "uid", "resourceVersion",
        "creationTimestamp" };
    json_t *meta = json_object(), *status;
    for (size_t i = 0; i < 5; i++) {
        json_t *v = json_at(tree, "metadata", kept[i], NULL);
        if (v)
            json_object_set(meta, kept[i], v);
    }
    status = json_pack("{s:I}", "replicas", (json_int_t)json_i64(tree, "status", "replicas", NULL));
    struct selector s;
    struct buf b = BUF_INIT;
    selector_from_json(&s, json_at(tree, "spec", "selector", NULL));
    selector_print(&s, &b);
    selector_release(&s);
    if (b.n)
        json_object_set_new(status, "selector", json_string(b.s));
    buf_release(&b);
    json_int_t n = json_i64(tree, "spec", "replicas", NULL);
    json_t *spec = n ? json_pack("{s:I}", "replicas", n) : json_object(); // omitempty
    return json_pack("{s:s,s:s,s:o,s:o,s:o}", "kind", "Scale", "apiVersion", "autoscaling/v1",
        "metadata", meta, "spec", spec, "status", status);
}

// The budget that covers the Pod and has no disruption left; *many when more than one covers it.
static json_t *blocking_budget(
    struct cluster *cl, const struct rev *pod, struct rev **budget, int *covering)
{
    size_t from, to;
    const rev_list *l =
        db_list(cl->db, cl_type(cl, "policy", "poddisruptionbudgets"), pod->ns, &from, &to);
    json_t *found = NULL;
    *covering = 0;
    for (size_t i = from; i < to; i++) {
        json_t *pdb = rev_tree(l->v[i]);
        struct selector s;
        selector_from_json(&s, json_at(pdb, "spec", "selector", NULL));
        bool hit = selector_match(&s, pod->labels);
        selector_release(&s);
        if (hit && (*covering)++ == 0) {
            found = pdb;
            *budget = l->v[i];
        } else {
            json_decref(pdb);
        }
    }
    return found;
}

static json_t *budget_says_no(const json_t *pdb)
{
    char why[400];
    snprintf(why, sizeof(why),
        "The disruption budget %s needs %lld healthy pods and has %lld currently",
        json_str(pdb, "metadata", "name", NULL),
        (long long)json_i64(pdb, "status", "desiredHealthy", NULL),
        (long long)json_i64(pdb, "status", "currentHealthy", NULL));
    json_t *s = status_new(429, "TooManyRequests",
        "Cannot evict pod as it would violate the pod's disruption budget.");
    status_cause(s, "DisruptionBudget", "", why);
    return s;
}

// At once, as the eviction handler does, so that parallel evictions do not overrun the budget.
static void spend_disruption(struct cluster *cl, struct rev *budget, json_t *pdb)
{
    json_t *status = json_object_get(pdb, "status");
    json_object_set_new(status, "disruptionsAllowed",
        json_integer(json_i64(status, "disruptionsAllowed", NULL) - 1));
    cl_update(cl, budget, pdb);
}

json_t *evict_pod(
    struct cluster *cl, const char *ns, const char *name, const json_t *eviction, bool dry_run)
{
    const struct rtype *pods = cl_type(cl, "", "pods");
    struct rev *pod = db_get(cl->db, pods, ns, name), *budget = NULL;
    dry_run = dry_run || json_array_size(json_at(eviction, "deleteOptions", "dryRun", NULL));
    if (!str_eq(name, json_str(eviction, "metadata", "name", NULL)))
        return status_bad_request("name in URL does not match name in Eviction object");
    if (!pod)
        return status_not_found(pods, name);
    int covering = 0;
    json_t *pdb = pod->flags & (REV_DONE | REV_TERMINATING)
                      ? NULL
                      : blocking_budget(cl, pod, &budget, &covering);
    json_t *s = NULL, *out = NULL;
    if (covering > 1)
        s = status_new(500, "InternalError",
            "Internal error occurred: This pod has more than one "
            "PodDisruptionBudget, which the eviction subresource "
            "does not support.");
    else if (pdb && json_i64(pdb, "status", "disruptionsAllowed", NULL) <= 0)
        s = budget_says_no(pdb);
    if (!s && pdb && !dry_run)
        spend_disruption(cl, budget, pdb);
    json_decref(pdb);
    if (!s)
        s = obj_delete(cl, pod, json_object_get(eviction, "deleteOptions"),
            &(struct write_opts) { .dry_run = dry_run }, &out);
    json_decref(out);
    return s;
}
