// What an update may change of a spec: of Pods and StatefulSets a few fields, of a Job not its template
// (pkg/apis/core/validation, apps/validation, batch/validation: Validate…Update).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "demo/cluster.h"
#include "demo/status.h"

static void take(json_t *to, const json_t *from, const char *key)
{
    json_t *v = json_object_get(from, key);
    if (v)
        json_object_set(to, key, v);
    else
        json_object_del(to, key);
}

// The images of containers that are still the same ones.
static void take_images(json_t *to, const json_t *from, const char *list)
{
    size_t i;
    json_t *c;
    json_array_foreach (json_object_get(to, list), i, c) {
        const json_t *now = json_array_get(json_object_get(from, list), i);
        if (str_eq(json_str(now, "name", NULL), json_str(c, "name", NULL)))
            take(c, now, "image");
    }
}

static json_t *refuse(const struct rtype *rt, const json_t *was, const char *detail)
{
    return status_invalid(rt, json_str(was, "metadata", "name", NULL), "FieldValueForbidden", "spec", detail);
}

// was's spec with what may be another one taken from now must be now's. ephemeral_unchanged says its own of ephemeral ones.
static json_t *pod_unchanged(const struct rtype *rt, const json_t *now, const json_t *was)
{
    static const char *const own[] = { "activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds",
        "ephemeralContainers" };
    json_t *spec = json_deep_copy(json_object_get(was, "spec"));
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        take(spec, json_object_get(now, "spec"), own[i]);
    take_images(spec, json_object_get(now, "spec"), "containers");
    take_images(spec, json_object_get(now, "spec"), "initContainers");
    bool same = json_equal(spec, json_object_get(now, "spec"));
    json_decref(spec);
    return same ? NULL : refuse(rt, was, "Forbidden: pod updates may not change fields other than "
            "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` "
            "(only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it "
            "was previously negative)\n");
}

static json_t *statefulset_unchanged(const struct rtype *rt, const json_t *now, const json_t *was)
{
    static const char *const own[] = { "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy", "minReadySeconds" };
    json_t *spec = json_deep_copy(json_object_get(was, "spec"));
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        take(spec, json_object_get(now, "spec"), own[i]);
    bool same = json_equal(spec, json_object_get(now, "spec"));
    json_decref(spec);
    return same ? NULL : refuse(rt, was, "Forbidden: updates to statefulset spec for fields other than 'replicas', "
            "'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
            "'minReadySeconds' are forbidden");
}

json_t *immutable_changed(const struct rtype *rt, const json_t *now, const json_t *was)
{
    if (str_eq(rt->plural, "pods") && !*rt->group)
        return pod_unchanged(rt, now, was);
    if (str_eq(rt->plural, "statefulsets") && str_eq(rt->group, "apps"))
        return statefulset_unchanged(rt, now, was);
    if (!str_eq(rt->plural, "jobs") || !str_eq(rt->group, "batch") ||
        json_equal(json_at(now, "spec", "template", NULL), json_at(was, "spec", "template", NULL)))
        return NULL;
    char detail[400], *text = json_dumps(json_at(now, "spec", "template", NULL), JSON_COMPACT | JSON_SORT_KEYS);
    snprintf(detail, sizeof(detail), "Invalid value: %.300s: field is immutable", text ? text : "null");
    free(text);
    return status_invalid(rt, json_str(was, "metadata", "name", NULL), "FieldValueInvalid", "spec.template", detail);
}
