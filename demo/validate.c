// The validations that a person meets (pkg/apis/*/validation): labels, workloads, Pods.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/cluster.h"
#include "demo/selector.h"
#include "demo/status.h"

static json_t *validate_containers(
    const struct rtype *rt, const json_t *spec, const char *name, const char *path)
{
    size_t i;
    json_t *c;
    char field[160];
    const json_t *list = json_object_get(spec, "containers");
    if (!json_array_size(list)) {
        snprintf(field, sizeof(field), "%s.containers", path);
        return status_invalid(rt, name, "FieldValueRequired", field, "Required value");
    }
    json_array_foreach ((json_t *)list, i, c) {
        const char *missing = !*json_str(c, "name", NULL)    ? "name"
                              : !*json_str(c, "image", NULL) ? "image"
                                                             : NULL;
        snprintf(field, sizeof(field), "%s.containers[%zu].%s", path, i, missing ? missing : "");
        if (missing)
            return status_invalid(rt, name, "FieldValueRequired", field, "Required value");
    }
    return NULL;
}

static json_t *labels_mismatch(const struct rtype *rt, const char *name, const json_t *labels)
{
    char detail[400], *text = labels ? json_dumps(labels, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    snprintf(detail, sizeof(detail),
        "Invalid value: %.300s: `selector` does not match template `labels`", text ? text : "null");
    free(text);
    return status_invalid(rt, name, "FieldValueInvalid", "spec.template.metadata.labels", detail);
}

static json_t *no_selector(
    const struct rtype *rt, const char *name, const json_t *spec, const json_t *labels)
{
    json_t *s = status_invalid(rt, name, "FieldValueRequired", "spec.selector", "Required value");
    if (!labels)
        status_invalid_add(s, "FieldValueInvalid", "spec.template.metadata.labels",
            "Invalid value: null: `selector` does not match template `labels`");
    if (!json_array_size(json_at(spec, "template", "spec", "containers", NULL)))
        status_invalid_add(
            s, "FieldValueRequired", "spec.template.spec.containers", "Required value");
    return s;
}

static json_t *validate_restart(const struct rtype *rt, const json_t *spec, const char *name)
{
    const char *policy = json_str(spec, "restartPolicy", NULL);
    char detail[200];
    if (str_eq(policy, "Always") || str_eq(policy, "OnFailure") || str_eq(policy, "Never"))
        return NULL;
    snprintf(detail, sizeof(detail),
        "Unsupported value: \"%.60s\": supported values: \"Always\", \"OnFailure\", \"Never\"",
        policy);
    return status_invalid(rt, name, "FieldValueNotSupported", "spec.restartPolicy", detail);
}

static json_t *validate_workload(const struct rtype *rt, const json_t *tree, const char *name)
{
    const json_t *spec = json_object_get(tree, "spec");
    const json_t *labels = json_at(spec, "template", "metadata", "labels", NULL);
    const json_t *match = json_at(spec, "selector", "matchLabels", NULL);
    if (!json_object_size(json_object_get(spec, "selector")))
        return no_selector(rt, name, spec, labels);
    const char *key;
    json_t *v;
    json_object_foreach ((json_t *)match, key, v) {
        if (!str_eq(json_string_value(json_object_get(labels, key)), json_string_value(v)))
            return labels_mismatch(rt, name, labels);
    }
    const json_t *n = json_object_get(spec, "replicas");
    if (n && json_integer_value(n) < 0) {
        char detail[120];
        snprintf(detail, sizeof(detail), "Invalid value: %lld: must be greater than or equal to 0",
            (long long)json_integer_value(n));
        return status_invalid(rt, name, "FieldValueInvalid", "spec.replicas", detail);
    }
    return validate_containers(
        rt, json_at(spec, "template", "spec", NULL), name, "spec.template.spec");
}

static json_t *validate_labels(const struct rtype *rt, const json_t *tree, const char *name)
{
    const char *key;
    json_t *v;
    json_object_foreach (json_at(tree, "metadata", "labels", NULL), key, v) {
        const char *value = json_string_value(v) ? json_string_value(v) : "";
        const char *why = label_key_problem(key), *bad = why ? key : value;
        char detail[800];
        if (!why)
            why = label_value_problem(value);
        if (!why)
            continue;
        snprintf(detail, sizeof(detail), "Invalid value: \"%.320s\": %s", bad, why);
        return status_invalid(rt, name, "FieldValueInvalid", "metadata.labels", detail);
    }
    return NULL;
}

json_t *defaults_validate(const struct rtype *rt, const json_t *tree)
{
    const char *name = json_str(tree, "metadata", "name", NULL);
    json_t *bad = validate_labels(rt, tree, name);
    if (bad)
        return bad;
    if (str_eq(rt->group, "apps") && !str_eq(rt->plural, "controllerrevisions"))
        return validate_workload(rt, tree, name);
    if (!str_eq(rt->plural, "pods") || *rt->group)
        return NULL;
    json_t *s = validate_containers(rt, json_object_get(tree, "spec"), name, "spec");
    s = s ? s : ephemeral_validate(rt, tree);
    return s ? s : validate_restart(rt, json_object_get(tree, "spec"), name);
}
