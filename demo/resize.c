#include "demo/resize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "demo/ctl.h"
#include "demo/defaults.h"
#include "demo/metrics.h"
#include "demo/status.h"

static const char *const lists[] = { "containers", "initContainers" };
static const char *const sides[] = { "requests", "limits" };
static const char *const mutable[] = { "cpu", "memory" };

// ---- the API server

static json_t *forbidden(const struct rtype *rt, const json_t *pod, const char *field, const char *why)
{
    char detail[200];
    snprintf(detail, sizeof(detail), "Forbidden: %s", why);
    return status_invalid(rt, json_str(pod, "metadata", "name", NULL), "FieldValueForbidden", field, detail);
}

static bool same_names(const json_t *a, const json_t *b)
{
    bool same = json_array_size(a) == json_array_size(b);
    for (size_t i = 0; same && i < json_array_size(a); i++)
        same = str_eq(json_str(json_array_get(a, i), "name", NULL), json_str(json_array_get(b, i), "name", NULL));
    return same;
}

json_t *resize_confine(const struct rtype *rt, json_t *tree, const json_t *was)
{
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        char field[40];
        snprintf(field, sizeof(field), "spec.%s", lists[k]);
        if (!same_names(json_at(tree, "spec", lists[k], NULL), json_at(was, "spec", lists[k], NULL)))
            return forbidden(rt, was, field, "containers may not be added or removed on resize");
    }
    json_t *now = json_deep_copy(was), *ctr;
    size_t i;
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        json_array_foreach (json_at(now, "spec", lists[k], NULL), i, ctr) {
            const json_t *want = json_array_get(json_at(tree, "spec", lists[k], NULL), i);
            json_t *resources = json_deep_copy(json_object_get(want, "resources"));
            json_object_set_new(ctr, "resources", resources ? resources : json_object());
        }
    }
    json_object_clear(tree);
    json_object_update(tree, now);
    json_decref(now);
    return NULL;
}

static bool is_sidecar(const json_t *ctr)
{
    return str_eq(json_str(ctr, "restartPolicy", NULL), "Always");
}

// An amount that was there and is not any more.
static bool removed(const json_t *was, const json_t *now, const char *side)
{
    for (size_t i = 0; i < ARRAY_SIZE(mutable); i++)
        if (*json_str(was, "resources", side, mutable[i], NULL) && !*json_str(now, "resources", side, mutable[i], NULL))
            return true;
    return false;
}

static json_t *without_mutable(const json_t *ctr, const char *side)
{
    json_t *v = json_copy(json_at(ctr, "resources", side, NULL));
    for (size_t i = 0; i < ARRAY_SIZE(mutable); i++)
        json_object_del(v, mutable[i]);
    return v ? v : json_object();
}

static json_t *add(json_t *s, const struct rtype *rt, const json_t *pod, const char *type, const char *field, const char *detail)
{
    return s ? status_invalid_add(s, type, field, detail)
             : status_invalid(rt, json_str(pod, "metadata", "name", NULL), type, field, detail);
}

static json_t *check_amounts(const struct rtype *rt, const json_t *pod, const json_t *ctr, const char *field, json_t *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(mutable); i++) {
        const char *r = json_str(ctr, "resources", "requests", mutable[i], NULL), *l = json_str(ctr, "resources", "limits", mutable[i], NULL);
        bool over = i ? quantity_bytes(r) > quantity_bytes(l) : quantity_milli(r) > quantity_milli(l);
        char detail[200], of[100];
        if (!*l || !over)
            continue;
        snprintf(of, sizeof(of), "%s.resources.requests", field);
        snprintf(detail, sizeof(detail), "Invalid value: \"%.40s\": must be less than or equal to %s limit of %.40s", r, mutable[i], l);
        s = add(s, rt, pod, "FieldValueInvalid", of, detail);
    }
    return s;
}

// Of one container; s: what is wrong already.
static json_t *check_container(const struct rtype *rt, const json_t *pod, const json_t *was, const json_t *ctr, const char *field, json_t *s)
{
    s = check_amounts(rt, pod, ctr, field, s);
    for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
        char of[100], detail[80];
        if (!removed(was, ctr, sides[i]))
            continue;
        snprintf(of, sizeof(of), "%s.resources.%s", field, sides[i]);
        snprintf(detail, sizeof(detail), "Forbidden: resource %s cannot be removed", sides[i]);
        s = add(s, rt, pod, "FieldValueForbidden", of, detail);
    }
    return s;
}

static bool others_changed(const json_t *was, const json_t *ctr)
{
    bool changed = false;
    for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
        json_t *a = without_mutable(was, sides[i]), *b = without_mutable(ctr, sides[i]);
        changed |= !json_equal(a, b);
        json_decref(a);
        json_decref(b);
    }
    return changed;
}

json_t *resize_validate(const struct rtype *rt, const json_t *tree, const json_t *was)
{
    json_t *s = NULL, *ctr;
    const char *spec_fault = NULL;
    size_t i;
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        json_array_foreach (json_at(tree, "spec", lists[k], NULL), i, ctr) {
            const json_t *before = json_array_get(json_at(was, "spec", lists[k], NULL), i);
            char field[60];
            snprintf(field, sizeof(field), "spec.%s[%zu]", lists[k], i);
            if (json_equal(json_object_get(before, "resources"), json_object_get(ctr, "resources")))
                continue;
            if (k == 1 && !is_sidecar(ctr))
                spec_fault = "resources for non-sidecar init containers are immutable";
            else if (others_changed(before, ctr))
                spec_fault = "only cpu and memory resources are mutable";
            else
                s = check_container(rt, tree, before, ctr, field, s);
        }
    }
    if (spec_fault && !s)
        return forbidden(rt, tree, "spec", spec_fault);
    const char *qos = json_str(was, "status", "qosClass", NULL);
    if (!s && *qos && !str_eq(qos, defaults_qos(json_object_get(tree, "spec")))) {
        char detail[200];
        snprintf(detail, sizeof(detail), "Invalid value: \"%s\": Pod QOS Class may not change as a result of resizing", qos);
        s = add(s, rt, tree, "FieldValueInvalid", "spec", detail);
    }
    return s;
}

// ---- the kubelet

static json_t *amounts(const json_t *pod)
{
    json_t *all = json_array(), *ctr;
    size_t i;
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        json_array_foreach (json_at(pod, "spec", lists[k], NULL), i, ctr)
            json_array_append_new(all, json_deep_copy(json_object_get(ctr, "resources")));
    }
    return all;
}

bool resize_wanted(const json_t *now, const json_t *before)
{
    json_t *a = amounts(now), *b = amounts(before);
    bool wanted = json_array_size(a) == json_array_size(b) && !json_equal(a, b);
    json_decref(a);
    json_decref(b);
    return wanted;
}

static void end_condition(json_t *pod, const char *type)
{
    json_t *all = json_at(pod, "status", "conditions", NULL);
    for (size_t i = json_array_size(all); i-- > 0;)
        if (str_eq(json_str(json_array_get(all, i), "type", NULL), type))
            json_array_remove(all, i);
}

// What the node could give if it ran nothing else: pkg/kubelet/allocation.
static bool infeasible(const json_t *pod, const json_t *node, char out[200])
{
    int64_t want[2] = { 0, 0 };
    size_t i;
    json_t *ctr;
    json_array_foreach (json_at(pod, "spec", "containers", NULL), i, ctr) {
        want[0] += quantity_milli(json_str(ctr, "resources", "requests", "cpu", NULL));
        want[1] += quantity_bytes(json_str(ctr, "resources", "requests", "memory", NULL));
    }
    const json_t *can = json_at(node, "status", "allocatable", NULL);
    int64_t have[2] = { quantity_milli(json_str(can, "cpu", NULL)), quantity_bytes(json_str(can, "memory", NULL)) };
    for (i = 0; i < 2; i++) {
        if (want[i] <= have[i])
            continue;
        snprintf(out, 200, "Node didn't have enough capacity: %s, requested: %lld, capacity: %lld", mutable[i], (long long)want[i],
            (long long)have[i]);
        return true;
    }
    return false;
}

static void tell(struct cluster *cl, const json_t *pod, bool warning, const char *reason, const char *what, const char *error)
{
    cl_event(cl, pod, "", warning, "kubelet", json_str(pod, "spec", "nodeName", NULL), reason, "Pod resize %s: {\"generation\":%lld%s%s%s}",
        what, (long long)json_i64(pod, "metadata", "generation", NULL), *error ? ",\"error\":\"" : "", error, *error ? "\"" : "");
}

static bool restarts(const json_t *ctr, const json_t *had)
{
    size_t i;
    json_t *p;
    json_array_foreach (json_object_get(ctr, "resizePolicy"), i, p) {
        const char *what = json_str(p, "resourceName", NULL);
        bool changed = false;
        for (size_t k = 0; k < ARRAY_SIZE(sides); k++)
            changed |= !str_eq(json_str(ctr, "resources", sides[k], what, NULL),
                json_str(had, "resources", sides[k], what, NULL));
        if (changed && str_eq(json_str(p, "restartPolicy", NULL), "RestartContainer"))
            return true;
    }
    return false;
}

json_t *resize_restarts(const json_t *now, const json_t *before)
{
    json_t *names = json_array(), *ctr;
    size_t i;
    json_array_foreach (json_at(now, "spec", "containers", NULL), i, ctr) {
        if (restarts(ctr, json_array_get(json_at(before, "spec", "containers", NULL), i)))
            json_array_append(names, json_object_get(ctr, "name"));
    }
    return names;
}

void resize_actuate(struct cluster *cl, json_t *pod, const json_t *node)
{
    static const char *const fields[] = { "containerStatuses", "initContainerStatuses" };
    char why[200];
    json_t *status = ctl_status(pod), *generation = json_at(pod, "metadata", "generation", NULL);
    json_t *ctr;
    size_t i;
    if (infeasible(pod, node, why)) {
        ctl_condition(cl, pod, RESIZE_PENDING, "True", "Infeasible", why);
        json_object_set(ctl_find_condition(pod, RESIZE_PENDING), "observedGeneration", generation);
        tell(cl, pod, true, "ResizeInfeasible", "Infeasible", why);
        return;
    }
    end_condition(pod, RESIZE_PENDING);
    json_object_set(status, "observedGeneration", generation);
    tell(cl, pod, false, "ResizeStarted", "started", "");
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        json_array_foreach (json_at(pod, "spec", lists[k], NULL), i, ctr) {
            json_t *cs = json_array_get(json_object_get(status, fields[k]), i);
            json_t *resources = json_object_get(ctr, "resources");
            json_t *requests = json_object_get(resources, "requests");
            if (!cs)
                continue;
            json_object_set_new(cs, "resources", json_deep_copy(resources));
            if (requests)
                json_object_set_new(cs, "allocatedResources", json_deep_copy(requests));
        }
    }
    tell(cl, pod, false, "ResizeCompleted", "completed", "");
}
