// Many Pods at once for tests of size: written as text from one pattern, without the controllers' work.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/ctl.h"

enum { PODS_PER_DEPLOYMENT = 100, PODS_PER_NODE = 100 };

static void put(struct cluster *cl, const char *group, const char *plural, const char *ns,
    json_t *tree)
{
    json_decref(obj_create(
        cl, cl_type(cl, group, plural), ns, tree, &(struct write_opts) { .internal = true }));
}

static void make_node(struct cluster *cl, int64_t i)
{
    char name[64];
    snprintf(name, sizeof(name), "scale-%04lld", (long long)i);
    json_t *node = json_pack("{s:{s:s,s:{s:s,s:s,s:s}},s:{s:[{s:s,s:s,s:s}]}}", "metadata", "name",
        name, "labels", "cloud.google.com/gke-nodepool", "scale", "node.kubernetes.io/instance-type",
        "n2-standard-8", "topology.kubernetes.io/zone", "europe-west1-b", "spec", "taints", "key",
        "scale", "value", "true", "effect", "NoSchedule");
    put(cl, "", "nodes", "", node);
    json_decref(node);
}

static json_t *template_of(const char *app)
{
    return json_pack("{s:{s:{s:s,s:s}},s:{s:[{s:s,s:s,s:[{s:i,s:s}],s:{s:{s:s,s:s},s:{s:s}},"
                     "s:{s:{s:s,s:i}},s:[{s:s,s:s},{s:s,s:s}]}]}}",
        "metadata", "labels", "app", app, "app.kubernetes.io/part-of", "scale", "spec", "containers",
        "name", "app", "image", "ghcr.io/acme/scale:1.4.2", "ports", "containerPort", 8080, "name",
        "http", "resources", "requests", "cpu", "50m", "memory", "64Mi", "limits", "memory", "128Mi",
        "readinessProbe", "httpGet", "path", "/healthz", "port", 8080, "env", "name", "LOG_LEVEL",
        "value", "info", "name", "REGION", "value", "europe-west1");
}

// A Deployment whose ReplicaSet the usual controller makes; both start paused at no replicas so that
// the Pods are made here.
static json_t *make_deployment(struct cluster *cl, const char *app, int64_t replicas)
{
    json_t *d = json_pack("{s:{s:s},s:{s:I,s:{s:{s:s}},s:o}}", "metadata", "name", app, "spec",
        "replicas", (json_int_t)replicas, "selector", "matchLabels", "app", app, "template",
        template_of(app));
    put(cl, "apps", "deployments", "scale", d);
    json_t *rs = json_pack("{s:{s:o,s:s,s:{s:s,s:s},s:{s:s}},s:{s:I,s:{s:{s:s}},s:o}}", "metadata",
        "ownerReferences", ctl_owner_ref(d), "name", app, "labels", "app", app, "pod-template-hash",
        "", "annotations", "deployment.kubernetes.io/revision", "1", "spec", "replicas",
        (json_int_t)replicas, "selector", "matchLabels", "app", app, "template", template_of(app));
    char hash[16], name[100];
    ctl_template_hash(json_at(d, "spec", "template", NULL), hash);
    snprintf(name, sizeof(name), "%s-%s", app, hash);
    json_t *meta = json_object_get(rs, "metadata");
    json_object_set_new(meta, "name", json_string(name));
    json_object_set_new(
        json_object_get(meta, "labels"), "pod-template-hash", json_string(hash));
    json_object_set_new(json_at(rs, "spec", "selector", "matchLabels", NULL), "pod-template-hash",
        json_string(hash));
    json_object_set_new(json_at(rs, "spec", "template", "metadata", "labels", NULL),
        "pod-template-hash", json_string(hash));
    put(cl, "apps", "replicasets", "scale", rs);
    json_decref(d);
    return rs;
}

static void finish_pod(struct cluster *cl, json_t *pod, const char *stamp)
{
    static const char *const types[] = { "PodReadyToStartContainers", "Initialized", "Ready",
        "ContainersReady", "PodScheduled" };
    json_t *conditions = json_array();
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        json_array_append_new(conditions,
            json_pack("{s:s,s:s,s:n,s:s}", "type", types[i], "status", "True", "lastProbeTime",
                "lastTransitionTime", stamp));
    json_object_set_new(pod, "status",
        json_pack("{s:s,s:o,s:s,s:s,s:[{s:s}],s:s,s:s,s:[{s:s,s:{s:{s:s}},s:{},s:b,s:i,s:s,s:s,s:s,"
                  "s:b}]}",
            "phase", "Running", "conditions", conditions, "hostIP", "10.128.4.2", "podIP",
            "10.250.0.1", "podIPs", "ip", "10.250.0.1", "startTime", stamp, "qosClass", "Burstable",
            "containerStatuses", "name", "app", "state", "running", "startedAt", stamp, "lastState",
            "ready", 1, "restartCount", 0, "image", "ghcr.io/acme/scale:1.4.2", "imageID",
            "ghcr.io/acme/scale@sha256:"
            "5f3a1c9e7d2b4860a1c3e5f7092b4d6e8fa0c2e4f6081a3c5e7f90b2d4f6a8c0",
            "containerID",
            "containerd://"
            "9b1d3f5a7c9e1b3d5f7a9c1e3b5d7f9a1c3e5b7d9f1a3c5e7b9d1f3a5c7e9b1d",
            "started", 1));
    (void)cl;
}

void control_scale_pods(struct cluster *cl, int64_t n)
{
    const struct rtype *pods = cl_type(cl, "", "pods");
    char stamp[32], app[32], text[64];
    sim_stamp(cl->sim, stamp);
    json_t *ns = json_pack("{s:{s:s}}", "metadata", "name", "scale");
    put(cl, "", "namespaces", "", ns);
    json_decref(ns);
    for (int64_t i = 0; i * PODS_PER_NODE < n; i++)
        make_node(cl, i);
    json_t *rs = NULL, *pod = NULL, *meta = NULL;
    for (int64_t i = 0; i < n; i++) {
        if (i % PODS_PER_DEPLOYMENT == 0) {
            int64_t left = n - i < PODS_PER_DEPLOYMENT ? n - i : PODS_PER_DEPLOYMENT;
            snprintf(app, sizeof(app), "load-%03lld", (long long)(i / PODS_PER_DEPLOYMENT));
            json_decref(rs);
            json_decref(pod);
            rs = make_deployment(cl, app, left);
            pod = json_deep_copy(json_at(rs, "spec", "template", NULL));
            meta = ctl_child(pod, "metadata");
            json_object_set_new(pod, "kind", json_string("Pod"));
            json_object_set_new(pod, "apiVersion", json_string("v1"));
            json_object_set_new(meta, "namespace", json_string("scale"));
            json_object_set_new(meta, "creationTimestamp", json_string(stamp));
            json_object_set_new(meta, "ownerReferences", ctl_owner_ref(rs));
            finish_pod(cl, pod, stamp);
            defaults_apply(cl, pods, pod);
        }
        char suffix[8];
        sim_suffix(cl->sim, 5, suffix);
        snprintf(text, sizeof(text), "%.40s-%s", json_str(rs, "metadata", "name", NULL), suffix);
        json_object_set_new(meta, "name", json_string(text));
        sim_uid(cl->sim, text);
        json_object_set_new(meta, "uid", json_string(text));
        snprintf(text, sizeof(text), "scale-%04lld", (long long)(i / PODS_PER_NODE));
        json_object_set_new(json_object_get(pod, "spec"), "nodeName", json_string(text));
        snprintf(text, sizeof(text), "10.250.%lld.%lld", (long long)(i / 250), (long long)(i % 250));
        json_object_set_new(json_object_get(pod, "status"), "podIP", json_string(text));
        db_put(cl->db, pods, pod);
    }
    json_decref(rs);
    json_decref(pod);
    sim_run_until(cl->sim, sim_now_ms(cl->sim) + 3000);
}
