// The defaults that the API server writes into objects (pkg/apis/*/v1/defaults.go), as far as a client
// can see them: Pods, workloads, Services. demo/defaults_kinds.c has the other kinds.
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/cluster.h"
#include "demo/defaults.h"
#include "demo/quantity.h"

void defaults_set(json_t *obj, const struct dflt *d, size_t n)
{
    for (size_t i = 0; i < n && json_is_object(obj); i++) {
        if (!json_object_get(obj, d[i].key))
            json_object_set_new(obj, d[i].key, json_loads(d[i].value, JSON_DECODE_ANY, NULL));
    }
}

static json_t *sub(json_t *obj, const char *key)
{
    json_t *v = json_object_get(obj, key);
    if (!v && json_is_object(obj)) {
        v = json_object();
        json_object_set_new(obj, key, v);
    }
    return v;
}

static void default_probe(json_t *probe)
{
    static const struct dflt d[] = { { "timeoutSeconds", "1" }, { "periodSeconds", "10" },
        { "successThreshold", "1" }, { "failureThreshold", "3" } };
    defaults_set(probe, d, ARRAY_SIZE(d));
    json_t *http = json_object_get(probe, "httpGet");
    static const struct dflt h[] = { { "path", "\"/\"" }, { "scheme", "\"HTTP\"" } };
    defaults_set(http, h, ARRAY_SIZE(h));
}

static const char *pull_policy(const char *image)
{
    const char *slash = strrchr(image, '/'), *tag = strchr(slash ? slash : image, ':');
    bool latest = !strchr(image, '@') && (!tag || str_eq(tag, ":latest"));
    return latest ? "Always" : "IfNotPresent";
}

// What a limit implies: requests are at least as large unless given.
static void default_requests(json_t *resources)
{
    json_t *limits = json_object_get(resources, "limits"), *v;
    const char *key;
    if (!limits)
        return;
    json_t *requests = sub(resources, "requests");
    json_object_foreach (limits, key, v) {
        if (!json_object_get(requests, key))
            json_object_set(requests, key, v);
    }
}

static void default_container(json_t *c)
{
    static const struct dflt d[] = { { "resources", "{}" },
        { "terminationMessagePath", "\"/dev/termination-log\"" },
        { "terminationMessagePolicy", "\"File\"" } };
    static const char *const probes[] = { "livenessProbe", "readinessProbe", "startupProbe" };
    defaults_set(c, d, ARRAY_SIZE(d));
    quantity_tidy(json_at(c, "resources", "limits", NULL));
    quantity_tidy(json_at(c, "resources", "requests", NULL));
    default_requests(json_object_get(c, "resources"));
    if (!json_object_get(c, "imagePullPolicy"))
        json_object_set_new(
            c, "imagePullPolicy", json_string(pull_policy(json_str(c, "image", NULL))));
    for (size_t i = 0; i < 3; i++)
        default_probe(json_object_get(c, probes[i]));
    static const struct dflt port[] = { { "protocol", "\"TCP\"" } };
    static const struct dflt ref[] = { { "apiVersion", "\"v1\"" } };
    size_t i;
    json_t *p;
    json_array_foreach (json_object_get(c, "ports"), i, p)
        defaults_set(p, port, 1);
    json_array_foreach (json_object_get(c, "env"), i, p)
        defaults_set(json_at(p, "valueFrom", "fieldRef", NULL), ref, 1);
}

static void default_volumes(json_t *spec)
{
    static const char *const kinds[] = { "configMap", "secret", "downwardAPI", "projected" };
    static const struct dflt mode[] = { { "defaultMode", "420" } };
    size_t i;
    json_t *v;
    json_array_foreach (json_object_get(spec, "volumes"), i, v) {
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
            defaults_set(json_object_get(v, kinds[k]), mode, 1);
    }
}

void defaults_pod_spec(json_t *spec, const char *restart)
{
    const struct dflt d[] = { { "restartPolicy", restart },
        { "terminationGracePeriodSeconds", "30" }, { "dnsPolicy", "\"ClusterFirst\"" },
        { "securityContext", "{}" }, { "schedulerName", "\"default-scheduler\"" } };
    static const char *const lists[] = { "containers", "initContainers", "ephemeralContainers" };
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
        size_t i;
        json_t *c;
        json_array_foreach (json_object_get(spec, lists[l]), i, c)
            default_container(c);
    }
    default_volumes(spec);
    defaults_set(spec, d, ARRAY_SIZE(d));
    const char *sa = json_str(spec, "serviceAccountName", NULL);
    if (*sa && !json_object_get(spec, "serviceAccount"))
        json_object_set_new(spec, "serviceAccount", json_string(sa));
}

static void default_template(json_t *spec, const char *restart)
{
    json_t *template = json_object_get(spec, "template");
    if (!json_is_object(template))
        return;
    json_t *meta = sub(template, "metadata");
    if (!json_object_get(meta, "creationTimestamp"))
        json_object_del(meta, "creationTimestamp");
    defaults_pod_spec(sub(template, "spec"), restart);
}

// qosClass: pkg/apis/core/v1/helper/qos.
const char *defaults_qos(const json_t *spec)
{
    bool any = false, guaranteed = true;
    size_t i, k;
    json_t *c;
    static const char *const what[] = { "cpu", "memory" };
    json_array_foreach (json_object_get(spec, "containers"), i, c) {
        for (k = 0; k < 2; k++) {
            const char *lim = json_str(c, "resources", "limits", what[k], NULL);
            const char *req = json_str(c, "resources", "requests", what[k], NULL);
            any = any || *lim || *req;
            guaranteed = guaranteed && *lim && str_eq(lim, req);
        }
    }
    return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
}

// The ServiceAccount and tolerations admission plugins.
static void admit_pod(struct cluster *cl, json_t *pod)
{
    static const struct dflt d[] = { { "serviceAccountName", "\"default\"" },
        { "serviceAccount", "\"default\"" }, { "priority", "0" },
        { "preemptionPolicy", "\"PreemptLowerPriority\"" }, { "enableServiceLinks", "true" } };
    json_t *spec = sub(pod, "spec");
    const json_t *class = json_object_get(spec, "priorityClassName");
    if (class && !json_object_get(spec, "priority")) {
        const struct rtype *rt = cl_type(cl, "scheduling.k8s.io", "priorityclasses");
        json_t *pc = rev_tree(db_get(cl->db, rt, "", json_string_value(class)));
        json_object_set_new(spec, "priority", json_integer(json_i64(pc, "value", NULL)));
        json_decref(pc);
    }
    if (!json_object_get(spec, "serviceAccountName") && json_object_get(spec, "serviceAccount"))
        json_object_set(spec, "serviceAccountName", json_object_get(spec, "serviceAccount"));
    defaults_set(spec, d, ARRAY_SIZE(d));
    json_t *tol = json_object_get(spec, "tolerations");
    if (!tol) {
        tol = json_array();
        json_object_set_new(spec, "tolerations", tol);
    }
    static const char *const keys[] = { "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable" };
    for (size_t k = 0; k < 2; k++) {
        bool have = false;
        size_t i;
        json_t *t;
        json_array_foreach (tol, i, t) {
            const char *key = json_str(t, "key", NULL);
            have = have || str_eq(key, keys[k]) || !*key;
        }
        if (!have)
            json_array_append_new(
                tol, json_pack("{s:s,s:s,s:s,s:i}", "key", keys[k], "operator", "Exists", "effect",
                         "NoExecute", "tolerationSeconds", 300));
    }
}

static void admit_token_volume(struct cluster *cl, json_t *pod)
{
    json_t *spec = json_object_get(pod, "spec"), *volumes = json_object_get(spec, "volumes");
    if (json_is_false(json_object_get(spec, "automountServiceAccountToken")))
        return;
    if (!volumes) {
        volumes = json_array();
        json_object_set_new(spec, "volumes", volumes);
    }
    size_t i, j;
    json_t *v, *m;
    json_array_foreach (volumes, i, v) {
        if (str_starts(json_str(v, "name", NULL), "kube-api-access-"))
            return;
    }
    char suffix[8], name[40];
    sim_suffix(cl->sim, 5, suffix);
    snprintf(name, sizeof(name), "kube-api-access-%s", suffix);
    json_array_append_new(volumes,
        json_pack("{s:s,s:{s:[{s:{s:i,s:s}},{s:{s:s,s:[{s:s,s:s}]}},{s:{s:[{s:s,s:{s:s,s:s}}]}}],"
                  "s:i}}",
            "name", name, "projected", "sources", "serviceAccountToken", "expirationSeconds", 3607,
            "path", "token", "configMap", "name", "kube-root-ca.crt", "items", "key", "ca.crt",
            "path", "ca.crt", "downwardAPI", "items", "path", "namespace", "fieldRef", "apiVersion",
            "v1", "fieldPath", "metadata.namespace", "defaultMode", 420));
    static const char *const lists[] = { "containers", "initContainers" };
    for (size_t l = 0; l < 2; l++) {
        json_array_foreach (json_object_get(spec, lists[l]), i, v) {
            json_t *mounts = json_object_get(v, "volumeMounts");
            if (!mounts) {
                mounts = json_array();
                json_object_set_new(v, "volumeMounts", mounts);
            }
            bool have = false;
            json_array_foreach (mounts, j, m)
                have = have || str_starts(json_str(m, "mountPath", NULL),
                                   "/var/run/secrets/kubernetes.io/serviceaccount");
            if (!have)
                json_array_append_new(
                    mounts, json_pack("{s:s,s:b,s:s}", "name", name, "readOnly", 1, "mountPath",
                                "/var/run/secrets/kubernetes.io/serviceaccount"));
        }
    }
}

static void default_pod(struct cluster *cl, json_t *pod)
{
    defaults_pod_spec(sub(pod, "spec"), "\"Always\"");
    json_t *ip = json_at(pod, "status", "podIP", NULL);
    if (ip && !json_at(pod, "status", "podIPs", NULL))
        json_object_set_new(
            json_object_get(pod, "status"), "podIPs", json_pack("[{s:O}]", "ip", ip));
    static const struct dflt times[] = { { "lastProbeTime", "null" },
        { "lastTransitionTime", "null" } };
    size_t i;
    json_t *condition;
    json_array_foreach (json_at(pod, "status", "conditions", NULL), i, condition)
        defaults_set(condition, times, ARRAY_SIZE(times));
    if (json_object_get(pod, "status"))
        return;
    admit_pod(cl, pod);
    admit_token_volume(cl, pod);
    json_object_set_new(pod, "status",
        json_pack(
            "{s:s,s:s}", "phase", "Pending", "qosClass", defaults_qos(json_object_get(pod, "spec"))));
}

static void default_deployment(struct cluster *cl, json_t *obj)
{
    (void)cl;
    static const struct dflt d[] = { { "replicas", "1" }, { "revisionHistoryLimit", "10" },
        { "progressDeadlineSeconds", "600" },
        { "strategy", "{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxUnavailable\":\"25%\","
                      "\"maxSurge\":\"25%\"}}" } };
    json_t *spec = sub(obj, "spec");
    defaults_set(spec, d, ARRAY_SIZE(d));
    json_t *strategy = json_object_get(spec, "strategy");
    static const struct dflt type[] = { { "type", "\"RollingUpdate\"" } };
    static const struct dflt ru[] = { { "maxUnavailable", "\"25%\"" }, { "maxSurge", "\"25%\"" } };
    defaults_set(strategy, type, 1);
    if (str_eq(json_str(strategy, "type", NULL), "RollingUpdate"))
        defaults_set(sub(strategy, "rollingUpdate"), ru, 2);
    default_template(spec, "\"Always\"");
    static const struct dflt status[] = { { "status", "{}" } };
    defaults_set(obj, status, 1);
}

static void default_statefulset(struct cluster *cl, json_t *obj)
{
    (void)cl;
    static const struct dflt d[] = { { "replicas", "1" }, { "revisionHistoryLimit", "10" },
        { "podManagementPolicy", "\"OrderedReady\"" },
        { "updateStrategy", "{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"partition\":0}}" } };
    defaults_set(sub(obj, "spec"), d, ARRAY_SIZE(d));
    default_template(json_object_get(obj, "spec"), "\"Always\"");
}

static void default_daemonset(struct cluster *cl, json_t *obj)
{
    (void)cl;
    static const struct dflt d[] = { { "revisionHistoryLimit", "10" },
        { "updateStrategy", "{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxUnavailable\":1,"
                            "\"maxSurge\":0}}" } };
    defaults_set(sub(obj, "spec"), d, ARRAY_SIZE(d));
    default_template(json_object_get(obj, "spec"), "\"Always\"");
}

static void default_replicaset(struct cluster *cl, json_t *obj)
{
    (void)cl;
    static const struct dflt d[] = { { "replicas", "1" } };
    defaults_set(sub(obj, "spec"), d, ARRAY_SIZE(d));
    default_template(json_object_get(obj, "spec"), "\"Always\"");
}

static void default_job_spec(json_t *spec)
{
    static const struct dflt d[] = { { "parallelism", "1" }, { "backoffLimit", "6" },
        { "completionMode", "\"NonIndexed\"" }, { "suspend", "false" } };
    if (!json_object_get(spec, "parallelism") && !json_object_get(spec, "completions"))
        json_object_set_new(spec, "completions", json_integer(1));
    defaults_set(spec, d, ARRAY_SIZE(d));
    default_template(spec, "\"Always\"");
}

// A Job's Pods are found by a selector that the server makes from its UID.
static void default_job(struct cluster *cl, json_t *obj)
{
    (void)cl;
    json_t *spec = sub(obj, "spec");
    const char *uid = json_str(obj, "metadata", "uid", NULL);
    const char *name = json_str(obj, "metadata", "name", NULL);
    if (!json_object_get(spec, "selector") && *uid) {
        json_object_set_new(spec, "selector",
            json_pack("{s:{s:s}}", "matchLabels", "batch.kubernetes.io/controller-uid", uid));
        json_t *labels = sub(sub(sub(spec, "template"), "metadata"), "labels");
        json_object_set_new(labels, "batch.kubernetes.io/controller-uid", json_string(uid));
        json_object_set_new(labels, "batch.kubernetes.io/job-name", json_string(name));
        json_object_set_new(labels, "controller-uid", json_string(uid));
        json_object_set_new(labels, "job-name", json_string(name));
        defaults_labels(obj);
    }
    default_job_spec(spec);
    static const struct dflt d[] = { { "podReplacementPolicy", "\"TerminatingOrFailed\"" },
        { "manualSelector", "false" } };
    defaults_set(spec, d, ARRAY_SIZE(d));
}

static void default_cronjob(struct cluster *cl, json_t *obj)
{
    (void)cl;
    static const struct dflt d[] = { { "concurrencyPolicy", "\"Allow\"" }, { "suspend", "false" },
        { "successfulJobsHistoryLimit", "3" }, { "failedJobsHistoryLimit", "1" } };
    json_t *spec = sub(obj, "spec");
    defaults_set(spec, d, ARRAY_SIZE(d));
    json_t *job = json_object_get(json_object_get(spec, "jobTemplate"), "spec");
    default_template(job, "\"Always\"");
    static const struct dflt m[] = { { "metadata", "{}" } };
    if (json_object_get(spec, "jobTemplate"))
        defaults_set(json_object_get(spec, "jobTemplate"), m, 1);
    static const struct dflt status[] = { { "status", "{}" } };
    defaults_set(obj, status, 1);
}

static void service_ip(struct cluster *cl, json_t *spec)
{
    if (json_object_get(spec, "clusterIP") || str_eq(json_str(spec, "type", NULL), "ExternalName"))
        return;
    uint32_t n = 10 + cl->next_cluster_ip++ * 37 % 65000;
    char ip[32];
    snprintf(ip, sizeof(ip), "10.96.%u.%u", (n >> 8) & 0xff, n & 0xff);
    json_object_set_new(spec, "clusterIP", json_string(ip));
}

static void default_service(struct cluster *cl, json_t *obj)
{
    static const struct dflt d[] = { { "type", "\"ClusterIP\"" },
        { "sessionAffinity", "\"None\"" } };
    static const struct dflt ips[] = { { "ipFamilies", "[\"IPv4\"]" },
        { "ipFamilyPolicy", "\"SingleStack\"" }, { "internalTrafficPolicy", "\"Cluster\"" } };
    static const struct dflt external[] = { { "externalTrafficPolicy", "\"Cluster\"" },
        { "allocateLoadBalancerNodePorts", "true" } };
    static const struct dflt port[] = { { "protocol", "\"TCP\"" } };
    json_t *spec = sub(obj, "spec");
    defaults_set(spec, d, ARRAY_SIZE(d));
    const char *type = json_str(spec, "type", NULL);
    bool lb = str_eq(type, "LoadBalancer"), node = lb || str_eq(type, "NodePort");
    service_ip(cl, spec);
    const char *ip = json_str(spec, "clusterIP", NULL);
    if (*ip && !json_object_get(spec, "clusterIPs"))
        json_object_set_new(spec, "clusterIPs", json_pack("[s]", ip));
    if (*ip)
        defaults_set(spec, ips, ARRAY_SIZE(ips));
    if (node)
        defaults_set(spec, external, lb ? 2 : 1);
    size_t i;
    json_t *p;
    json_array_foreach (json_object_get(spec, "ports"), i, p) {
        defaults_set(p, port, 1);
        if (!json_object_get(p, "targetPort"))
            json_object_set(p, "targetPort", json_object_get(p, "port"));
        if (node && !json_object_get(p, "nodePort"))
            json_object_set_new(p, "nodePort", json_integer(cl->next_port++));
    }
    static const struct dflt status[] = { { "status", "{\"loadBalancer\":{}}" } };
    defaults_set(obj, status, 1);
}

static void default_namespace(struct cluster *cl, json_t *obj)
{
    (void)cl;
    static const struct dflt d[] = { { "spec", "{\"finalizers\":[\"kubernetes\"]}" },
        { "status", "{\"phase\":\"Active\"}" } };
    const char *name = json_str(obj, "metadata", "name", NULL);
    json_object_set_new(sub(json_object_get(obj, "metadata"), "labels"),
        "kubernetes.io/metadata.name", json_string(name));
    defaults_set(obj, d, 2);
    if (!json_object_size(json_object_get(obj, "spec")))
        json_object_set_new(obj, "spec", json_pack("{s:[s]}", "finalizers", "kubernetes"));
}

static void default_secret(struct cluster *cl, json_t *obj)
{
    (void)cl;
    static const struct dflt d[] = { { "type", "\"Opaque\"" } };
    json_t *plain = json_object_get(obj, "stringData"), *v;
    const char *key;
    json_object_foreach (plain, key, v) {
        struct buf b = BUF_INIT;
        b64_encode(json_string_value(v), json_string_length(v), &b);
        json_object_set_new(sub(obj, "data"), key, json_string(b.s));
        buf_release(&b);
    }
    json_object_del(obj, "stringData");
    defaults_set(obj, d, 1);
}

static const struct {
    const char *kind;
    void (*fn)(struct cluster *cl, json_t *obj);
} fillers[] = { { "Pod", default_pod }, { "Deployment", default_deployment },
    { "ReplicaSet", default_replicaset }, { "StatefulSet", default_statefulset },
    { "DaemonSet", default_daemonset }, { "Job", default_job }, { "CronJob", default_cronjob },
    { "Service", default_service }, { "Namespace", default_namespace },
    { "Secret", default_secret } };

void defaults_apply(struct cluster *cl, const struct rtype *rt, json_t *tree)
{
    for (size_t i = 0; i < ARRAY_SIZE(fillers) && !(rt->flags & R_CUSTOM); i++) {
        if (str_eq(fillers[i].kind, rt->kind))
            fillers[i].fn(cl, tree);
    }
    if (!(rt->flags & R_CUSTOM))
        defaults_kind(cl, rt, tree);
}
