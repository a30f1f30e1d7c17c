// The defaults of the kinds that need no more than a table (pkg/apis/*/v1/defaults.go and the strategies).
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/defaults.h"
#include "demo/quantity.h"

// Where ("" is the object, "[]" each item of a list) and the members set when they are not there.
struct rule {
    const char *kind, *path, *members;
};
static const struct rule rules[] = {
    { "ReplicaSet", "", "{\"status\":{\"replicas\":0}}" },
    { "ReplicationController", "", "{\"status\":{\"replicas\":0}}" },
    { "ReplicationController", "spec", "{\"replicas\":1}" },
    { "StatefulSet", "", "{\"status\":{\"replicas\":0,\"availableReplicas\":0}}" },
    { "StatefulSet", "spec",
        "{\"persistentVolumeClaimRetentionPolicy\":{\"whenDeleted\":\"Retain\","
        "\"whenScaled\":\"Retain\"}}" },
    { "StatefulSet", "spec.volumeClaimTemplates[]",
        "{\"apiVersion\":\"v1\",\"kind\":\"PersistentVolumeClaim\",\"status\":{\"phase\":"
        "\"Pending\"}}" },
    { "StatefulSet", "spec.volumeClaimTemplates[].spec", "{\"volumeMode\":\"Filesystem\"}" },
    { "DaemonSet", "",
        "{\"status\":{\"currentNumberScheduled\":0,\"numberMisscheduled\":0,"
        "\"desiredNumberScheduled\":0,\"numberReady\":0}}" },
    { "Job", "", "{\"status\":{}}" },
    { "PersistentVolumeClaim", "", "{\"status\":{\"phase\":\"Pending\"}}" },
    { "PersistentVolumeClaim", "spec", "{\"volumeMode\":\"Filesystem\"}" },
    { "PersistentVolume", "", "{\"status\":{\"phase\":\"Pending\"}}" },
    { "PersistentVolume", "spec",
        "{\"volumeMode\":\"Filesystem\",\"persistentVolumeReclaimPolicy\":\"Retain\"}" },
    { "PersistentVolume", "spec.hostPath", "{\"type\":\"\"}" },
    { "ResourceQuota", "", "{\"status\":{}}" },
    { "Endpoints", "subsets[].ports[]", "{\"protocol\":\"TCP\"}" },
    { "EndpointSlice", "ports[]", "{\"protocol\":\"TCP\"}" },
    { "Ingress", "", "{\"status\":{\"loadBalancer\":{}}}" },
    { "NetworkPolicy", "spec.ingress[].ports[]", "{\"protocol\":\"TCP\"}" },
    { "NetworkPolicy", "spec.egress[].ports[]", "{\"protocol\":\"TCP\"}" },
    { "PodDisruptionBudget", "",
        "{\"status\":{\"disruptionsAllowed\":0,\"currentHealthy\":0,\"desiredHealthy\":0,"
        "\"expectedPods\":0}}" },
    { "HorizontalPodAutoscaler", "spec", "{\"minReplicas\":1}" },
    { "HorizontalPodAutoscaler", "",
        "{\"status\":{\"desiredReplicas\":0,\"currentMetrics\":null}}" },
    { "RoleBinding", "roleRef", "{\"apiGroup\":\"rbac.authorization.k8s.io\"}" },
    { "ClusterRoleBinding", "roleRef", "{\"apiGroup\":\"rbac.authorization.k8s.io\"}" },
    { "StorageClass", "", "{\"reclaimPolicy\":\"Delete\",\"volumeBindingMode\":\"Immediate\"}" },
    { "PriorityClass", "", "{\"preemptionPolicy\":\"PreemptLowerPriority\"}" },
    { "ValidatingWebhookConfiguration", "webhooks[]",
        "{\"failurePolicy\":\"Fail\",\"matchPolicy\":\"Equivalent\",\"namespaceSelector\":{},"
        "\"objectSelector\":{},\"timeoutSeconds\":10}" },
    { "ValidatingWebhookConfiguration", "webhooks[].rules[]", "{\"scope\":\"*\"}" },
    { "MutatingWebhookConfiguration", "webhooks[]",
        "{\"failurePolicy\":\"Fail\",\"matchPolicy\":\"Equivalent\",\"namespaceSelector\":{},"
        "\"objectSelector\":{},\"timeoutSeconds\":10,\"reinvocationPolicy\":\"Never\"}" },
    { "MutatingWebhookConfiguration", "webhooks[].rules[]", "{\"scope\":\"*\"}" },
    // fields of newer Events that are written also when empty
    { "Event", "", "{\"eventTime\":null,\"reportingComponent\":\"\",\"reportingInstance\":\"\"}" },
};

// The maps of quantities of a kind.
static const char *const quantities[][2] = {
    { "PersistentVolumeClaim", "spec.resources.requests" },
    { "PersistentVolumeClaim", "spec.resources.limits" },
    { "StatefulSet", "spec.volumeClaimTemplates[].spec.resources.requests" },
    { "PersistentVolume", "spec.capacity" },
    { "ResourceQuota", "spec.hard" },
    { "LimitRange", "spec.limits[].max" },
    { "LimitRange", "spec.limits[].min" },
    { "LimitRange", "spec.limits[].default" },
    { "LimitRange", "spec.limits[].defaultRequest" },
    { "Node", "status.capacity" },
    { "Node", "status.allocatable" },
};

static void set_members(json_t *obj, const void *arg)
{
    const char *key;
    json_t *v, *members = json_loads(arg, 0, NULL);
    json_object_foreach (members, key, v) {
        if (json_is_object(obj) && !json_object_get(obj, key))
            json_object_set(obj, key, v);
    }
    json_decref(members);
}

static void tidy(json_t *map, const void *arg)
{
    (void)arg;
    quantity_tidy(map);
}

static void each_at(
    json_t *v, const char *path, void (*fn)(json_t *v, const void *arg), const void *arg)
{
    char name[64];
    size_t n = strcspn(path, ".["), i;
    json_t *item;
    if (!*path || n >= sizeof(name)) {
        fn(v, arg);
        return;
    }
    memcpy(name, path, n);
    name[n] = '\0';
    json_t *next = json_object_get(v, name);
    bool list = str_starts(path + n, "[]");
    path += n + (list ? 2 : 0);
    path += *path == '.';
    if (!next)
        return;
    if (!list) {
        each_at(next, path, fn, arg);
        return;
    }
    json_array_foreach (next, i, item)
        each_at(item, path, fn, arg);
}

void defaults_labels(json_t *obj)
{
    json_t *meta = json_object_get(obj, "metadata");
    json_t *labels = json_at(obj, "spec", "template", "metadata", "labels", NULL);
    if (labels && !json_object_size(json_object_get(meta, "labels")))
        json_object_set_new(meta, "labels", json_deep_copy(labels));
}

static void fill(json_t *map, const json_t *from)
{
    const char *key;
    json_t *v;
    json_object_foreach ((json_t *)from, key, v) {
        if (!json_object_get(map, key))
            json_object_set(map, key, v);
    }
}

// SetDefaults_LimitRangeItem.
static void limit_range(struct cluster *cl, json_t *obj)
{
    (void)cl;
    size_t i;
    json_t *item;
    json_array_foreach (json_at(obj, "spec", "limits", NULL), i, item) {
        static const struct dflt d[] = { { "default", "{}" }, { "defaultRequest", "{}" } };
        if (!str_eq(json_str(item, "type", NULL), "Container"))
            continue;
        defaults_set(item, d, ARRAY_SIZE(d));
        fill(json_object_get(item, "default"), json_object_get(item, "max"));
        fill(json_object_get(item, "defaultRequest"), json_object_get(item, "default"));
        fill(json_object_get(item, "defaultRequest"), json_object_get(item, "min"));
        for (size_t k = 0; k < ARRAY_SIZE(d); k++) {
            if (!json_object_size(json_object_get(item, d[k].key)))
                json_object_del(item, d[k].key);
        }
    }
}

static void network_policy(struct cluster *cl, json_t *obj)
{
    (void)cl;
    json_t *spec = json_object_get(obj, "spec");
    const struct dflt d[] = { { "policyTypes",
        json_object_get(spec, "egress") ? "[\"Ingress\",\"Egress\"]" : "[\"Ingress\"]" } };
    defaults_set(spec, d, 1);
}

static void binding(struct cluster *cl, json_t *obj)
{
    (void)cl;
    static const struct dflt d[] = { { "apiGroup", "\"rbac.authorization.k8s.io\"" } };
    size_t i;
    json_t *s;
    json_array_foreach (json_object_get(obj, "subjects"), i, s) {
        if (!str_eq(json_str(s, "kind", NULL), "ServiceAccount"))
            defaults_set(s, d, 1);
    }
}

static void replication_controller(struct cluster *cl, json_t *obj)
{
    (void)cl;
    json_t *spec = json_object_get(obj, "spec"), *template = json_object_get(spec, "template");
    json_t *labels = json_at(template, "metadata", "labels", NULL);
    if (labels && !json_object_size(json_object_get(spec, "selector")))
        json_object_set_new(spec, "selector", json_deep_copy(labels));
    defaults_labels(obj);
    defaults_pod_spec(json_object_get(template, "spec"), "\"Always\"");
}

static void pod_template(struct cluster *cl, json_t *obj)
{
    (void)cl;
    defaults_pod_spec(json_at(obj, "template", "spec", NULL), "\"Always\"");
}

// Storage in use is not to go: a claim and a volume are held until their controller says otherwise.
static void hold(json_t *obj, const char *finalizer)
{
    json_t *meta = json_object_get(obj, "metadata");
    if (json_object_get(meta, "resourceVersion") || json_object_get(meta, "finalizers"))
        return; // not new
    json_object_set_new(meta, "finalizers", json_pack("[s]", finalizer));
}

static void claim(struct cluster *cl, json_t *obj)
{
    (void)cl;
    hold(obj, "kubernetes.io/pvc-protection");
}

static void volume(struct cluster *cl, json_t *obj)
{
    char now[32];
    json_t *status = json_object_get(obj, "status");
    hold(obj, "kubernetes.io/pv-protection");
    sim_stamp(cl->sim, now);
    if (!json_object_get(status, "lastPhaseTransitionTime"))
        json_object_set_new(status, "lastPhaseTransitionTime", json_string(now));
}

static const struct {
    const char *kind;
    void (*fn)(struct cluster *cl, json_t *obj);
} more[] = { { "LimitRange", limit_range }, { "NetworkPolicy", network_policy },
    { "RoleBinding", binding }, { "ClusterRoleBinding", binding },
    { "ReplicationController", replication_controller }, { "PodTemplate", pod_template },
    { "PersistentVolumeClaim", claim }, { "PersistentVolume", volume } };

void defaults_kind(struct cluster *cl, const struct rtype *rt, json_t *tree)
{
    if (str_eq(rt->kind, "Pod"))
        return; // the most frequent one has none of these
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (str_eq(rules[i].kind, rt->kind))
            each_at(tree, rules[i].path, set_members, rules[i].members);
    }
    for (size_t i = 0; i < ARRAY_SIZE(quantities); i++) {
        if (str_eq(quantities[i][0], rt->kind))
            each_at(tree, quantities[i][1], tidy, NULL);
    }
    for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
        if (str_eq(more[i].kind, rt->kind))
            more[i].fn(cl, tree);
    }
}
