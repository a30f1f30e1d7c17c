// Deployment, ReplicaSet, StatefulSet, DaemonSet: kubectl's columns (printers.go printDeployment …), the
// revision and images, and what holds a rollout up in words.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "views/kinds/kinds.h"
#include "views/kinds/podspec.h"

enum field { F_READY, F_DESIRED, F_UPDATED, F_AVAILABLE, F_CURRENT, F_CONTAINERS, F_IMAGES, F_SELECTOR,
    F_REVISION, F_NODESEL, F_COUNT };

#define TEMPLATE_PATHS                                                                             \
    "spec.replicas", "spec.selector", "spec.paused", "spec.serviceName",                           \
        "spec.template.spec.containers[].name", "spec.template.spec.containers[].image",           \
        "spec.template.spec.containers[].env[].valueFrom.configMapKeyRef.name",                    \
        "spec.template.spec.containers[].env[].valueFrom.secretKeyRef.name",                       \
        "spec.template.spec.containers[].envFrom", "spec.template.spec.volumes[].configMap.name",  \
        "spec.template.spec.volumes[].secret.secretName",                                          \
        "spec.template.spec.volumes[].persistentVolumeClaim.claimName",                            \
        "spec.template.spec.volumes[].projected.sources", "spec.template.spec.imagePullSecrets",   \
        "spec.template.spec.serviceAccountName", "spec.template.spec.nodeSelector"

static const char *const paths[] = { TEMPLATE_PATHS,
    "metadata.annotations.[deployment.kubernetes.io/revision]", "metadata.generation", "status.replicas",
    "status.readyReplicas", "status.updatedReplicas", "status.availableReplicas",
    "status.unavailableReplicas", "status.currentRevision", "status.updateRevision",
    "status.desiredNumberScheduled", "status.currentNumberScheduled", "status.numberReady",
    "status.updatedNumberScheduled", "status.numberAvailable", "status.conditions[].type",
    "status.conditions[].status", "status.conditions[].reason", "status.conditions[].message", NULL };

static const json_t *condition(const json_t *obj, const char *type)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_at(obj, "status", "conditions", NULL), i, c)
    {
        if (str_eq(json_str(c, "type", NULL), type))
            return c;
    }
    return NULL;
}

static int64_t desired(const json_t *obj)
{
    const json_t *n = json_at(obj, "spec", "replicas", NULL);
    return n ? json_integer_value(n) : 1;
}

static void common(struct row_builder *b, const json_t *obj)
{
    struct buf names = BUF_INIT, images = BUF_INIT;
    char sel[1024];
    const json_t *spec = json_at(obj, "spec", "template", "spec", NULL);
    rb_begin(b, obj, F_COUNT);
    podspec_containers(spec, &names, &images);
    kind_selector(json_at(obj, "spec", "selector", NULL), sel, sizeof(sel));
    rb_str(b, F_CONTAINERS, names.s);
    rb_str(b, F_IMAGES, images.s);
    rb_str(b, F_SELECTOR, sel);
    rb_str(b, F_REVISION, json_str(obj, "metadata", "annotations", "deployment.kubernetes.io/revision", NULL));
    rb_str(b, F_NODESEL, "");
    podspec_links(b, spec);
    buf_release(&names);
    buf_release(&images);
}

static void judge(struct row_builder *b, const json_t *obj, int64_t want, int64_t ready, const char *what)
{
    const json_t *progress = condition(obj, "Progressing"), *fail = condition(obj, "ReplicaFailure");
    if (str_eq(json_str(progress, "reason", NULL), "ProgressDeadlineExceeded")) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "rollout stuck: %s", json_str(progress, "message", NULL));
    }
    if (str_eq(json_str(fail, "status", NULL), "True")) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "%s: %s", json_str(fail, "reason", NULL), json_str(fail, "message", NULL));
    }
    if (want == 0 && ready == 0) {
        rb_severity(b, SEV_DIM);
    } else if (ready < want) {
        rb_severity(b, ready == 0 ? SEV_BAD : SEV_WARN);
        rb_insight(b, "%lld of %lld %s are ready", (long long)ready, (long long)want, what);
    }
    if (json_bool(obj, "spec", "paused", NULL))
        rb_insight(b, "paused: changes of the template are not rolled out");
}

static void decode_deployment(const json_t *obj, struct row_builder *b)
{
    int64_t want = desired(obj), ready = json_i64(obj, "status", "readyReplicas", NULL);
    common(b, obj);
    rb_num(b, F_READY, ready);
    rb_num(b, F_DESIRED, want);
    rb_num(b, F_UPDATED, json_i64(obj, "status", "updatedReplicas", NULL));
    rb_num(b, F_AVAILABLE, json_i64(obj, "status", "availableReplicas", NULL));
    judge(b, obj, want, ready, "replicas");
    rb_emit(b);
}

static void decode_replicaset(const json_t *obj, struct row_builder *b)
{
    int64_t want = desired(obj), ready = json_i64(obj, "status", "readyReplicas", NULL);
    common(b, obj);
    rb_num(b, F_READY, ready);
    rb_num(b, F_DESIRED, want);
    rb_num(b, F_CURRENT, json_i64(obj, "status", "replicas", NULL));
    judge(b, obj, want, ready, "Pods");
    rb_emit(b);
}

static void decode_statefulset(const json_t *obj, struct row_builder *b)
{
    int64_t want = desired(obj), ready = json_i64(obj, "status", "readyReplicas", NULL);
    const char *cur = json_str(obj, "status", "currentRevision", NULL);
    const char *upd = json_str(obj, "status", "updateRevision", NULL);
    common(b, obj);
    rb_num(b, F_READY, ready);
    rb_num(b, F_DESIRED, want);
    rb_str(b, F_REVISION, strrchr(upd, '-') ? strrchr(upd, '-') + 1 : upd);
    if (*cur && *upd && !str_eq(cur, upd) && ready < want)
        rb_insight(b, "updating from %s to %s: %lld of %lld are ready", cur, upd, (long long)ready,
            (long long)want);
    judge(b, obj, want, ready, "Pods");
    rb_emit(b);
}

static void decode_daemonset(const json_t *obj, struct row_builder *b)
{
    struct buf sel = BUF_INIT;
    const char *key;
    json_t *v;
    int64_t want = json_i64(obj, "status", "desiredNumberScheduled", NULL);
    int64_t ready = json_i64(obj, "status", "numberReady", NULL);
    common(b, obj);
    rb_num(b, F_DESIRED, want);
    rb_num(b, F_CURRENT, json_i64(obj, "status", "currentNumberScheduled", NULL));
    rb_num(b, F_READY, ready);
    rb_num(b, F_UPDATED, json_i64(obj, "status", "updatedNumberScheduled", NULL));
    rb_num(b, F_AVAILABLE, json_i64(obj, "status", "numberAvailable", NULL));
    json_object_foreach(json_at(obj, "spec", "template", "spec", "nodeSelector", NULL), key, v)
    {
        buf_printf(&sel, "%s%s=%s", sel.n ? "," : "", key, json_string_value(v) ? json_string_value(v) : "");
    }
    rb_str(b, F_NODESEL, sel.n ? sel.s : "<none>");
    buf_release(&sel);
    judge(b, obj, want, ready, "nodes");
    rb_emit(b);
}

static bool enter_pods(const struct row *row, struct drill *out)
{
    snprintf(out->view, sizeof(out->view), "pods");
    snprintf(out->ns, sizeof(out->ns), "%s", row->ns);
    snprintf(out->labels, sizeof(out->labels), "%s", row->f[F_SELECTOR].s);
    return true;
}

static bool enter_owned(const struct row *row, struct drill *out)
{
    enter_pods(row, out);
    snprintf(out->owner_uid, sizeof(out->owner_uid), "%s", row->uid);
    return true;
}

#define WORKLOAD_WIDE                                                                              \
    { "CONTAINERS", FMT_TEXT, F_CONTAINERS, COL_WIDE },                                            \
        { "IMAGES", FMT_TEXT, F_IMAGES, COL_KUBECTL_WIDE | COL_SCREEN, .max = 50 }

static const struct column deployment_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "READY", FMT_RATIO, F_READY, COL_BOTH, .status = true },
    { "UP-TO-DATE", FMT_INT, F_UPDATED, COL_BOTH },
    { "AVAILABLE", FMT_INT, F_AVAILABLE, COL_BOTH },
    { "REVISION", FMT_TEXT, F_REVISION, COL_SCREEN | COL_RIGHT },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    WORKLOAD_WIDE,
    { "SELECTOR", FMT_TEXT, F_SELECTOR, COL_WIDE },
    { 0 },
};
static const struct column replicaset_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "DESIRED", FMT_INT, F_DESIRED, COL_BOTH },
    { "CURRENT", FMT_INT, F_CURRENT, COL_BOTH },
    { "READY", FMT_INT, F_READY, COL_BOTH, .status = true },
    { "REVISION", FMT_TEXT, F_REVISION, COL_SCREEN | COL_RIGHT },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    WORKLOAD_WIDE,
    { "SELECTOR", FMT_TEXT, F_SELECTOR, COL_WIDE },
    { 0 },
};
static const struct column statefulset_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "READY", FMT_RATIO, F_READY, COL_BOTH, .status = true },
    { "REVISION", FMT_TEXT, F_REVISION, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    WORKLOAD_WIDE,
    { 0 },
};
static const struct column daemonset_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "DESIRED", FMT_INT, F_DESIRED, COL_BOTH },
    { "CURRENT", FMT_INT, F_CURRENT, COL_BOTH },
    { "READY", FMT_INT, F_READY, COL_BOTH, .status = true },
    { "UP-TO-DATE", FMT_INT, F_UPDATED, COL_BOTH },
    { "AVAILABLE", FMT_INT, F_AVAILABLE, COL_BOTH },
    { "NODE SELECTOR", FMT_TEXT, F_NODESEL, COL_KUBECTL | COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    WORKLOAD_WIDE,
    { "SELECTOR", FMT_TEXT, F_SELECTOR, COL_WIDE },
    { 0 },
};

const struct kind kind_deployments = {
    .name = "deployments",
    .title = "Deployments",
    .aliases = (const char *const[]) { "deploy", "deployment", "dp", NULL },
    .api_kind = "Deployment",
    .gvr = { "apps", "v1", "deployments", true },
    .decoder = { paths, decode_deployment, false },
    .columns = deployment_columns,
    .enter = enter_pods,
};
const struct kind kind_replicasets = {
    .name = "replicasets",
    .title = "ReplicaSets",
    .aliases = (const char *const[]) { "rs", "replicaset", NULL },
    .api_kind = "ReplicaSet",
    .gvr = { "apps", "v1", "replicasets", true },
    .decoder = { paths, decode_replicaset, false },
    .columns = replicaset_columns,
    .enter = enter_owned,
};
const struct kind kind_statefulsets = {
    .name = "statefulsets",
    .title = "StatefulSets",
    .aliases = (const char *const[]) { "sts", "statefulset", NULL },
    .api_kind = "StatefulSet",
    .gvr = { "apps", "v1", "statefulsets", true },
    .decoder = { paths, decode_statefulset, false },
    .columns = statefulset_columns,
    .enter = enter_owned,
};
const struct kind kind_daemonsets = {
    .name = "daemonsets",
    .title = "DaemonSets",
    .aliases = (const char *const[]) { "ds", "daemonset", NULL },
    .api_kind = "DaemonSet",
    .gvr = { "apps", "v1", "daemonsets", true },
    .decoder = { paths, decode_daemonset, false },
    .columns = daemonset_columns,
    .enter = enter_owned,
};
