// Deployment, ReplicaSet, ReplicationController, StatefulSet, DaemonSet, ControllerRevision: kubectl's
// columns (printers.go printDeployment …), the revision and images, and what holds a rollout up in words.
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"
#include "kinds/podspec.h"

enum field { F_READY, F_DESIRED, F_UPDATED, F_AVAILABLE, F_CURRENT, F_CONTAINERS, F_IMAGES, F_SELECTOR,
    F_REVISION, F_NODESEL, F_STRATEGY, F_STATE, F_COUNT };

#define REVISION "deployment.kubernetes.io/revision"
#define TEMPLATE_PATHS                                                                             \
    "spec.selector", PODSPEC_IMAGE_PATHS("spec.template.spec"), PODSPEC_LINK_PATHS("spec.template.spec")
#define CONDITION_PATHS                                                                            \
    "status.conditions[].type", "status.conditions[].status", "status.conditions[].reason",        \
        "status.conditions[].message"

static const char *const deployment_paths[] = { TEMPLATE_PATHS, CONDITION_PATHS, "spec.replicas",
    "spec.paused", "spec.strategy.type", "metadata.annotations.[" REVISION "]", "metadata.generation",
    "status.observedGeneration", "status.readyReplicas", "status.updatedReplicas",
    "status.availableReplicas", "status.replicas", NULL };
static const char *const replicaset_paths[] = { TEMPLATE_PATHS, CONDITION_PATHS, "spec.replicas",
    "metadata.annotations.[" REVISION "]", "status.readyReplicas", "status.replicas", NULL };
static const char *const rc_paths[] = { TEMPLATE_PATHS, CONDITION_PATHS, "spec.replicas",
    "status.readyReplicas", "status.replicas", NULL };
static const char *const statefulset_paths[] = { TEMPLATE_PATHS, "spec.replicas", "spec.serviceName",
    "spec.updateStrategy.type", "status.readyReplicas", "status.updatedReplicas",
    "status.currentRevision", "status.updateRevision", NULL };
static const char *const daemonset_paths[] = { TEMPLATE_PATHS, "spec.template.spec.nodeSelector",
    "spec.updateStrategy.type", "status.desiredNumberScheduled", "status.currentNumberScheduled",
    "status.numberReady", "status.updatedNumberScheduled", "status.numberAvailable",
    "status.numberMisscheduled", NULL };

static void common(struct row_builder *b, const json_t *obj)
{
    struct buf names = BUF_INIT, images = BUF_INIT;
    char sel[2048];
    const json_t *spec = json_at(obj, "spec", "template", "spec", NULL);
    rb_begin(b, obj, F_COUNT);
    podspec_containers(spec, &names, &images);
    kind_selector(json_at(obj, "spec", "selector", NULL), sel, sizeof(sel));
    rb_take(b, F_CONTAINERS, &names);
    rb_take(b, F_IMAGES, &images);
    rb_str(b, F_SELECTOR, sel);
    rb_str(b, F_REVISION, json_str(obj, "metadata", "annotations", REVISION, NULL));
    rb_str(b, F_NODESEL, "");
    rb_str(b, F_STRATEGY, "");
    rb_num(b, F_DESIRED, json_i64(obj, "spec", "replicas", NULL));
    rb_num(b, F_READY, json_i64(obj, "status", "readyReplicas", NULL));
    rb_num(b, F_CURRENT, json_i64(obj, "status", "replicas", NULL));
    podspec_links(b, obj_ns(obj), spec);
}

// One word for lists of several kinds; the first said is kept, as with insights.
static void state(struct row_builder *b, const char *word)
{
    if (!b->f[F_STATE].is_text)
        rb_str(b, F_STATE, word);
}

static void explain_replica_failure(struct row_builder *b, const json_t *obj)
{
    struct buf s = BUF_INIT;
    if (!cond_is(obj, "ReplicaFailure", "True"))
        return;
    cond_text(cond_find(obj, "ReplicaFailure"), &s);
    state(b, "Blocked");
    rb_severity(b, SEV_BAD);
    rb_insight(b, "no Pods can be made: %s", s.s);
    buf_release(&s);
}

static void judge_count(struct row_builder *b, int64_t want, int64_t ready, const char *what)
{
    if (want == 0 && ready == 0) {
        state(b, "Scaled to 0");
        rb_severity(b, SEV_DIM);
    } else if (ready < want) {
        state(b, ready ? "Degraded" : "Unavailable");
        rb_severity(b, ready == 0 ? SEV_BAD : SEV_WARN);
        rb_insight(b, "%lld of %lld %s are ready", (long long)ready, (long long)want, what);
    }
    state(b, "Available");
}

// The Progressing condition's message says which ReplicaSet does not come up; Available's how short it is.
static void judge_deployment(struct row_builder *b, const json_t *obj, int64_t want, int64_t ready)
{
    const json_t *progress = cond_find(obj, "Progressing"), *available = cond_find(obj, "Available");
    int64_t updated = json_i64(obj, "status", "updatedReplicas", NULL);
    int64_t total = json_i64(obj, "status", "replicas", NULL);
    if (json_i64(obj, "status", "observedGeneration", NULL) < json_i64(obj, "metadata", "generation", NULL)) {
        rb_severity(b, SEV_INFO);
        if (ready >= want)
            rb_insight(b, "its last change has not been taken up by the controller yet");
    }
    explain_replica_failure(b, obj);
    if (str_eq(json_str(progress, "reason", NULL), "ProgressDeadlineExceeded")) {
        state(b, "Stuck");
        rb_severity(b, SEV_BAD);
        rb_insight(b, "rollout stuck: %s; %lld of %lld replicas are ready, %lld updated",
            json_str(progress, "message", NULL), (long long)ready, (long long)want, (long long)updated);
    }
    if (json_bool(obj, "spec", "paused", NULL)) {
        state(b, "Paused");
        rb_severity(b, SEV_INFO);
        rb_insight(b, "paused: changes of the template are not rolled out");
    }
    if (str_eq(json_str(available, "status", NULL), "False") && want) {
        state(b, ready ? "Degraded" : "Unavailable");
        rb_severity(b, ready ? SEV_WARN : SEV_BAD);
        rb_insight(b, "unavailable: %lld of %lld replicas are ready: %s", (long long)ready, (long long)want,
            str_or(json_str(progress, "message", NULL), json_str(available, "message", NULL)));
    }
    if (updated < want || total > updated) {
        state(b, "Rolling out");
        rb_severity(b, SEV_INFO);
        rb_insight(b, "rolling out: %lld of %lld replicas are updated, %lld ready, %lld old", (long long)updated,
            (long long)want, (long long)ready, (long long)(total - updated));
    }
    judge_count(b, want, ready, "replicas");
}

static void decode_deployment(const json_t *obj, struct row_builder *b)
{
    common(b, obj);
    rb_num(b, F_UPDATED, json_i64(obj, "status", "updatedReplicas", NULL));
    rb_num(b, F_AVAILABLE, json_i64(obj, "status", "availableReplicas", NULL));
    rb_str(b, F_STRATEGY, json_str(obj, "spec", "strategy", "type", NULL));
    judge_deployment(b, obj, json_i64(obj, "spec", "replicas", NULL),
        json_i64(obj, "status", "readyReplicas", NULL));
    rb_emit(b);
}

static void decode_replicaset(const json_t *obj, struct row_builder *b)
{
    common(b, obj);
    explain_replica_failure(b, obj);
    judge_count(b, json_i64(obj, "spec", "replicas", NULL), json_i64(obj, "status", "readyReplicas", NULL),
        "Pods");
    rb_emit(b);
}

// A ReplicationController selects by a plain map.
static void decode_rc(const json_t *obj, struct row_builder *b)
{
    struct buf sel = BUF_INIT;
    common(b, obj);
    labels_text(json_at(obj, "spec", "selector", NULL), &sel);
    rb_take(b, F_SELECTOR, &sel);
    explain_replica_failure(b, obj);
    judge_count(b, json_i64(obj, "spec", "replicas", NULL), json_i64(obj, "status", "readyReplicas", NULL),
        "Pods");
    rb_emit(b);
}

static const char *revision_hash(const char *name)
{
    const char *dash = strrchr(name, '-');
    return dash ? dash + 1 : name;
}

static void decode_statefulset(const json_t *obj, struct row_builder *b)
{
    int64_t want = json_i64(obj, "spec", "replicas", NULL);
    int64_t ready = json_i64(obj, "status", "readyReplicas", NULL);
    const char *cur = json_str(obj, "status", "currentRevision", NULL);
    const char *upd = json_str(obj, "status", "updateRevision", NULL);
    common(b, obj);
    rb_num(b, F_UPDATED, json_i64(obj, "status", "updatedReplicas", NULL));
    rb_str(b, F_STRATEGY, json_str(obj, "spec", "updateStrategy", "type", NULL));
    if (*cur && !str_eq(cur, upd)) {
        rb_fmt(b, F_REVISION, "%s→%s", revision_hash(cur), revision_hash(upd));
        state(b, "Rolling out");
        rb_severity(b, SEV_INFO);
        rb_insight(b, "updating from revision %s to %s: %lld of %lld Pods are updated, %lld ready",
            revision_hash(cur), revision_hash(upd),
            (long long)json_i64(obj, "status", "updatedReplicas", NULL), (long long)want, (long long)ready);
    } else {
        rb_str(b, F_REVISION, revision_hash(upd));
    }
    rb_link(b, "services", obj_ns(obj), json_str(obj, "spec", "serviceName", NULL));
    judge_count(b, want, ready, "Pods");
    rb_emit(b);
}

static void decode_daemonset(const json_t *obj, struct row_builder *b)
{
    struct buf sel = BUF_INIT;
    const json_t *st = json_object_get(obj, "status");
    int64_t want = json_i64(st, "desiredNumberScheduled", NULL), ready = json_i64(st, "numberReady", NULL);
    int64_t updated = json_i64(st, "updatedNumberScheduled", NULL);
    int64_t stray = json_i64(st, "numberMisscheduled", NULL);
    common(b, obj);
    rb_num(b, F_DESIRED, want);
    rb_num(b, F_CURRENT, json_i64(st, "currentNumberScheduled", NULL));
    rb_num(b, F_READY, ready);
    rb_num(b, F_UPDATED, updated);
    rb_num(b, F_AVAILABLE, json_i64(st, "numberAvailable", NULL));
    rb_str(b, F_STRATEGY, json_str(obj, "spec", "updateStrategy", "type", NULL));
    labels_text(json_at(obj, "spec", "template", "spec", "nodeSelector", NULL), &sel);
    rb_take(b, F_NODESEL, &sel);
    if (ready < want)
        rb_insight(b, "ready on %lld of %lld nodes, %lld updated", (long long)ready, (long long)want,
            (long long)updated);
    if (updated < want) {
        state(b, "Rolling out");
        rb_severity(b, SEV_INFO);
        rb_insight(b, "updated on %lld of %lld nodes", (long long)updated, (long long)want);
    }
    if (stray) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "runs on %lld node%s where it should not", (long long)stray, stray == 1 ? "" : "s");
    }
    judge_count(b, want, ready, "nodes");
    rb_emit(b);
}

static bool enter_pods(const struct row *row, struct drill *out)
{
    return drill_to(out, "pods", row->ns) && drill_labels(out, row->f[F_SELECTOR].s);
}

// Pods of an older revision carry the same labels: only those of this controller are meant.
static bool enter_owned(const struct row *row, struct drill *out)
{
    return enter_pods(row, out) && drill_owned(out, row);
}

// ---- ControllerRevision

enum cr_field { R_CONTROLLER, R_REVISION, R_COUNT };

static const char *const cr_paths[] = { "revision", NULL };

static void decode_cr(const json_t *obj, struct row_builder *b)
{
    struct buf s = BUF_INIT;
    size_t i;
    json_t *o;
    json_array_foreach(json_at(obj, "metadata", "ownerReferences", NULL), i, o)
    {
        const char *api = json_str(o, "apiVersion", NULL), *slash = strchr(api, '/');
        if (!json_bool(o, "controller", NULL))
            continue;
        buf_printf(&s, "%s%s%.*s", json_str(o, "kind", NULL), slash ? "." : "", slash ? (int)(slash - api) : 0,
            api);
        for (size_t k = 0; k < s.n; k++)
            s.s[k] = (char)tolower((unsigned char)s.s[k]);
        buf_printf(&s, "/%s", json_str(o, "name", NULL));
        break;
    }
    rb_begin(b, obj, R_COUNT);
    rb_str(b, R_CONTROLLER, str_or(s.s, "<none>"));
    rb_num(b, R_REVISION, json_i64(obj, "revision", NULL));
    rb_emit(b);
    buf_release(&s);
}

static const struct column cr_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CONTROLLER", FMT_TEXT, R_CONTROLLER, COL_BOTH },
    { "REVISION", FMT_INT, R_REVISION, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- in lists of several kinds

static void ready_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    (void)env;
    buf_printf(out, "%lld/%lld", (long long)row->f[F_READY].n, (long long)row->f[F_DESIRED].n);
}

static double ready_key(const struct row *row, const struct cell_env *env)
{
    (void)env;
    return row->f[F_DESIRED].n ? (double)row->f[F_READY].n / (double)row->f[F_DESIRED].n : 0;
}

static const struct column merged[] = {
    { "READY", FMT_INT, F_READY, 0, .text = ready_text, .key = ready_key, .status = true },
    { "STATUS", FMT_TEXT, F_STATE, 0, .status = true },
    { 0 },
};

// Kept for a rollback alone: its Deployment has a newer one.
static bool spent(const struct row *row)
{
    return !row->f[F_DESIRED].n && !row->f[F_CURRENT].n && *row->owners;
}

// ---- tables

#define IMAGES                                                                                     \
    { "CONTAINERS", FMT_TEXT, F_CONTAINERS, COL_WIDE, .max = 40 },                                 \
        { "IMAGES", FMT_TEXT, F_IMAGES, COL_KUBECTL_WIDE | COL_SCREEN, .max = 50 }
#define SELECTOR { "SELECTOR", FMT_TEXT, F_SELECTOR, COL_WIDE }

static const struct column deployment_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "READY", FMT_RATIO, F_READY, COL_BOTH, .status = true },
    { "UP-TO-DATE", FMT_INT, F_UPDATED, COL_BOTH },
    { "AVAILABLE", FMT_INT, F_AVAILABLE, COL_BOTH },
    { "REVISION", FMT_TEXT, F_REVISION, COL_SCREEN | COL_RIGHT },
    { "STRATEGY", FMT_TEXT, F_STRATEGY, COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    IMAGES,
    SELECTOR,
    { 0 },
};
static const struct column replicaset_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "DESIRED", FMT_INT, F_DESIRED, COL_BOTH },
    { "CURRENT", FMT_INT, F_CURRENT, COL_BOTH },
    { "READY", FMT_INT, F_READY, COL_BOTH, .status = true },
    { "REVISION", FMT_TEXT, F_REVISION, COL_SCREEN | COL_RIGHT },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    IMAGES,
    SELECTOR,
    { 0 },
};
static const struct column rc_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "DESIRED", FMT_INT, F_DESIRED, COL_BOTH },
    { "CURRENT", FMT_INT, F_CURRENT, COL_BOTH },
    { "READY", FMT_INT, F_READY, COL_BOTH, .status = true },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    IMAGES,
    SELECTOR,
    { 0 },
};
static const struct column statefulset_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "READY", FMT_RATIO, F_READY, COL_BOTH, .status = true },
    { "UP-TO-DATE", FMT_INT, F_UPDATED, COL_SCREEN },
    { "REVISION", FMT_TEXT, F_REVISION, COL_SCREEN },
    { "STRATEGY", FMT_TEXT, F_STRATEGY, COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    IMAGES,
    { "SELECTOR", FMT_TEXT, F_SELECTOR, COL_SCREEN_WIDE },
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
    { "STRATEGY", FMT_TEXT, F_STRATEGY, COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    IMAGES,
    SELECTOR,
    { 0 },
};

const struct kind kind_deployments = {
    .name = "deployments",
    .title = "Deployments",
    .aliases = (const char *const[]) { "deploy", "deployment", "dp", NULL },
    .api_kind = "Deployment",
    .gvr = { "apps", "v1", "deployments", true },
    .decoder = { deployment_paths, decode_deployment, false },
    .columns = deployment_columns,
    .merged = merged,
    .refers = (const char *const[]) { PODSPEC_REFERS, NULL },
    .enter = enter_pods,
};
const struct kind kind_replicasets = {
    .name = "replicasets",
    .title = "ReplicaSets",
    .aliases = (const char *const[]) { "rs", "replicaset", NULL },
    .api_kind = "ReplicaSet",
    .gvr = { "apps", "v1", "replicasets", true },
    .decoder = { replicaset_paths, decode_replicaset, false },
    .columns = replicaset_columns,
    .merged = merged,
    .spent = spent,
    .enter = enter_owned,
};
const struct kind kind_replicationcontrollers = {
    .name = "replicationcontrollers",
    .title = "ReplicationControllers",
    .aliases = (const char *const[]) { "rc", "replicationcontroller", NULL },
    .api_kind = "ReplicationController",
    .gvr = { "", "v1", "replicationcontrollers", true },
    .decoder = { rc_paths, decode_rc, false },
    .columns = rc_columns,
    .merged = merged,
    .refers = (const char *const[]) { PODSPEC_REFERS, NULL },
    .enter = enter_owned,
};
const struct kind kind_statefulsets = {
    .name = "statefulsets",
    .title = "StatefulSets",
    .aliases = (const char *const[]) { "sts", "statefulset", NULL },
    .api_kind = "StatefulSet",
    .gvr = { "apps", "v1", "statefulsets", true },
    .decoder = { statefulset_paths, decode_statefulset, false },
    .columns = statefulset_columns,
    .merged = merged,
    .refers = (const char *const[]) { PODSPEC_REFERS, "services", NULL },
    .enter = enter_owned,
};
const struct kind kind_daemonsets = {
    .name = "daemonsets",
    .title = "DaemonSets",
    .aliases = (const char *const[]) { "ds", "daemonset", NULL },
    .api_kind = "DaemonSet",
    .gvr = { "apps", "v1", "daemonsets", true },
    .decoder = { daemonset_paths, decode_daemonset, false },
    .columns = daemonset_columns,
    .merged = merged,
    .refers = (const char *const[]) { PODSPEC_REFERS, NULL },
    .enter = enter_owned,
};
const struct kind kind_controllerrevisions = {
    .name = "controllerrevisions",
    .title = "ControllerRevisions",
    .aliases = (const char *const[]) { "controllerrevision", NULL },
    .api_kind = "ControllerRevision",
    .gvr = { "apps", "v1", "controllerrevisions", true },
    .decoder = { cr_paths, decode_cr, false },
    .columns = cr_columns,
};
