// Describe: Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs, autoscalers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "views/describe/kinds.h"
#include "views/describe/pod.h"

static void head(struct dw *w, const json_t *doc)
{
    dw_labels(w, "Labels", json_at(doc, "metadata", "labels", NULL));
    dw_annotations(w, "Annotations", json_at(doc, "metadata", "annotations", NULL));
}

static void created(struct dw *w, const json_t *doc)
{
    char tmp[64];
    dw(w, 0, "CreationTimestamp:\t%s\n",
        dw_time(json_at(doc, "metadata", "creationTimestamp", NULL), tmp));
}

static int num(const json_t *doc, const char *part, const char *key)
{
    return (int)json_i64(doc, part, key, NULL);
}

static bool controlled_by(const json_t *object, const char *uid)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_at(object, "metadata", "ownerReferences", NULL), i, o)
    {
        if (json_bool(o, "controller", NULL) && str_eq(json_str(o, "uid", NULL), uid))
            return true;
    }
    return false;
}

static void pods_status(struct dw *w, const json_t *doc)
{
    static const char *const phases[] = { "Running", "Pending", "Succeeded", "Failed" };
    int n[4] = { 0 };
    const char *why;
    const json_t *pods = dw_need(w, NEED_PODS, &why);
    size_t i;
    json_t *p;
    if (!pods) {
        dw(w, 0,
            str_eq(why, "…") ? "Pods Status:\t%s\n" : "Pods Status:\terror in fetching pods: %s\n",
            why);
        return;
    }
    json_array_foreach(json_object_get(pods, "items"), i, p)
    {
        if (!controlled_by(p, json_str(doc, "metadata", "uid", NULL)))
            continue;
        for (size_t k = 0; k < ARRAY_SIZE(phases); k++)
            n[k] += str_eq(json_str(p, "status", "phase", NULL), phases[k]);
    }
    dw(w, 0, "Pods Status:\t%d Running / %d Waiting / %d Succeeded / %d Failed\n", n[0], n[1], n[2],
        n[3]);
}

// ---- Deployment

static json_t *without_hash(const json_t *tmpl)
{
    json_t *copy = json_deep_copy(tmpl);
    json_t *labels = json_at(copy, "metadata", "labels", NULL);
    json_object_del(labels, "pod-template-hash");
    if (labels && !json_object_size(labels))
        json_object_del(json_object_get(copy, "metadata"), "labels");
    return copy;
}

static int by_creation(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    int c = strcmp(json_str(x, "metadata", "creationTimestamp", NULL),
        json_str(y, "metadata", "creationTimestamp", NULL));
    return c ? c
             : strcmp(json_str(x, "metadata", "name", NULL), json_str(y, "metadata", "name", NULL));
}

static void add_rs(struct buf *b, const json_t *rs)
{
    buf_printf(b, "%s%s (%d/%d replicas created)", b->n ? ", " : "",
        json_str(rs, "metadata", "name", NULL), num(rs, "status", "replicas"),
        num(rs, "spec", "replicas"));
}

static void replicasets(struct dw *w, const json_t *doc)
{
    const char *why;
    const json_t *list = dw_need(w, NEED_REPLICASETS, &why);
    if (!list) {
        dw(w, 0, "OldReplicaSets:\t%s\nNewReplicaSet:\t%s\n", why, why);
        return;
    }
    const json_t *items = json_object_get(list, "items"), *fresh = NULL;
    struct buf old = BUF_INIT, now = BUF_INIT;
    size_t n = 0;
    json_t **rs = xcalloc(json_array_size(items) + 1, sizeof(*rs));
    for (size_t i = 0; i < json_array_size(items); i++)
        if (controlled_by(json_array_get(items, i), json_str(doc, "metadata", "uid", NULL)))
            rs[n++] = json_array_get(items, i);
    qsort(rs, n, sizeof(*rs), by_creation);
    json_t *want = without_hash(json_at(doc, "spec", "template", NULL));
    for (size_t i = 0; i < n && !fresh; i++) {
        json_t *have = without_hash(json_at(rs[i], "spec", "template", NULL));
        if (json_equal(want, have))
            fresh = rs[i];
        json_decref(have);
    }
    json_decref(want);
    for (size_t i = 0; i < n; i++)
        add_rs(rs[i] == fresh ? &now : &old, rs[i]);
    if (n)
        dw(w, 0, "OldReplicaSets:\t%s\nNewReplicaSet:\t%s\n", str_or(old.s, "<none>"),
            str_or(now.s, "<none>"));
    free(rs);
    buf_release(&old);
    buf_release(&now);
}

void describe_deployment(struct dw *w, const json_t *doc)
{
    char sel[1024], a[32], b[32];
    const json_t *ru = json_at(doc, "spec", "strategy", "rollingUpdate", NULL);
    dw_name(w, doc, true);
    created(w, doc);
    head(w, doc);
    dw(w, 0, "Selector:\t%s\n", dw_selector_raw(json_at(doc, "spec", "selector", NULL), sel));
    dw(w, 0, "Replicas:\t%d desired | %d updated | %d total | %d available | %d unavailable\n",
        num(doc, "spec", "replicas"), num(doc, "status", "updatedReplicas"),
        num(doc, "status", "replicas"), num(doc, "status", "availableReplicas"),
        num(doc, "status", "unavailableReplicas"));
    dw(w, 0, "StrategyType:\t%s\n", json_str(doc, "spec", "strategy", "type", NULL));
    dw(w, 0, "MinReadySeconds:\t%d\n", num(doc, "spec", "minReadySeconds"));
    if (ru)
        dw(w, 0, "RollingUpdateStrategy:\t%s max unavailable, %s max surge\n",
            dw_intstr(json_object_get(ru, "maxUnavailable"), a),
            dw_intstr(json_object_get(ru, "maxSurge"), b));
    describe_template(w, json_at(doc, "spec", "template", NULL));
    dw_conditions(w, doc);
    replicasets(w, doc);
}

void describe_replicaset(struct dw *w, const json_t *doc)
{
    char sel[1024];
    dw_name(w, doc, true);
    dw(w, 0, "Selector:\t%s\n", dw_selector(json_at(doc, "spec", "selector", NULL), sel));
    head(w, doc);
    dw_controller(w, doc);
    dw(w, 0, "Replicas:\t%d current / %d desired\n", num(doc, "status", "replicas"),
        num(doc, "spec", "replicas"));
    pods_status(w, doc);
    describe_template(w, json_at(doc, "spec", "template", NULL));
    dw_conditions(w, doc);
}

void describe_rc(struct dw *w, const json_t *doc)
{
    struct buf tmp = BUF_INIT;
    dw_name(w, doc, true);
    dw(w, 0, "Selector:\t%s\n", dw_map(json_at(doc, "spec", "selector", NULL), &tmp));
    head(w, doc);
    dw(w, 0, "Replicas:\t%d current / %d desired\n", num(doc, "status", "replicas"),
        num(doc, "spec", "replicas"));
    pods_status(w, doc);
    describe_template(w, json_at(doc, "spec", "template", NULL));
    dw_conditions(w, doc);
    buf_release(&tmp);
}

// ---- StatefulSet, DaemonSet

static void claim_templates(struct dw *w, const json_t *list)
{
    size_t i;
    json_t *c;
    struct buf tmp = BUF_INIT;
    dw(w, 0, "Volume Claims:%s\n", json_array_size(list) ? "" : "\t<none>");
    json_array_foreach((json_t *)list, i, c)
    {
        char size[32];
        const json_t *storage = json_at(c, "spec", "resources", "requests", "storage", NULL);
        dw(w, 1, "Name:\t%s\n", json_str(c, "metadata", "name", NULL));
        dw(w, 1, "StorageClass:\t%s\n", describe_class(c));
        dw_labels(w, "  Labels", json_at(c, "metadata", "labels", NULL));
        dw_labels(w, "  Annotations", json_at(c, "metadata", "annotations", NULL));
        dw(w, 1, "Capacity:\t%s\n", storage ? json_scalar(storage, size) : "<default>");
        dw(w, 1, "Access Modes:\t%s\n", dw_brackets(json_at(c, "spec", "accessModes", NULL), &tmp));
    }
    buf_release(&tmp);
}

void describe_statefulset(struct dw *w, const json_t *doc)
{
    char sel[1024], tmp[32];
    const json_t *update = json_at(doc, "spec", "updateStrategy", NULL);
    const json_t *ru = json_object_get(update, "rollingUpdate");
    dw_name(w, doc, true);
    created(w, doc);
    dw(w, 0, "Selector:\t%s\n", dw_selector_raw(json_at(doc, "spec", "selector", NULL), sel));
    head(w, doc);
    dw(w, 0, "Replicas:\t%d desired | %d total\n", num(doc, "spec", "replicas"),
        num(doc, "status", "replicas"));
    dw(w, 0, "Update Strategy:\t%s\n", json_str(update, "type", NULL));
    if (json_object_get(ru, "partition")) {
        dw(w, 1, "Partition:\t%d\n", (int)json_i64(ru, "partition", NULL));
        if (json_object_get(ru, "maxUnavailable"))
            dw(w, 1, "MaxUnavailable:\t%s\n",
                dw_intstr(json_object_get(ru, "maxUnavailable"), tmp));
    }
    pods_status(w, doc);
    describe_template(w, json_at(doc, "spec", "template", NULL));
    claim_templates(w, json_at(doc, "spec", "volumeClaimTemplates", NULL));
}

void describe_daemonset(struct dw *w, const json_t *doc)
{
    static const char *const counts[][2] = { { "desiredNumberScheduled",
                                                 "Desired Number of Nodes Scheduled" },
        { "currentNumberScheduled", "Current Number of Nodes Scheduled" },
        { "updatedNumberScheduled", "Number of Nodes Scheduled with Up-to-date Pods" },
        { "numberAvailable", "Number of Nodes Scheduled with Available Pods" },
        { "numberMisscheduled", "Number of Nodes Misscheduled" } };
    char sel[1024];
    struct buf tmp = BUF_INIT;
    dw_name(w, doc, true);
    dw(w, 0, "Selector:\t%s\n", dw_selector_raw(json_at(doc, "spec", "selector", NULL), sel));
    dw(w, 0, "Node-Selector:\t%s\n",
        dw_map(json_at(doc, "spec", "template", "spec", "nodeSelector", NULL), &tmp));
    head(w, doc);
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
        dw(w, 0, "%s: %d\n", counts[i][1], num(doc, "status", counts[i][0]));
    pods_status(w, doc);
    describe_template(w, json_at(doc, "spec", "template", NULL));
    buf_release(&tmp);
}

// ---- Job, CronJob

// A field as it is, or the words for none ("" with absent NULL: no line)
static void field(struct dw *w, const json_t *spec, const char *key, const char *label,
    const char *unit, const char *absent)
{
    char tmp[32];
    const json_t *v = json_object_get(spec, key);
    if (v)
        dw(w, 0, "%s:\t%s%s\n", label, json_scalar(v, tmp), unit);
    else if (absent)
        dw(w, 0, "%s:\t%s\n", label, absent);
}

static void indexes(struct dw *w, const char *all)
{
    size_t at = 50, n;
    all = str_or(all, "<none>");
    n = strlen(all);
    while (at < n && all[at] != ',')
        at++;
    dw(w, 0, "Completed Indexes:\t%.*s%s\n", (int)(at < n ? at + 1 : n), all, at < n ? "..." : "");
}

static void job_times(struct dw *w, const json_t *st)
{
    const json_t *from = json_object_get(st, "startTime"),
                 *to = json_object_get(st, "completionTime");
    char tmp[64];
    if (from)
        dw(w, 0, "Start Time:\t%s\n", dw_time(from, tmp));
    if (to)
        dw(w, 0, "Completed At:\t%s\n", dw_time(to, tmp));
    if (from && to) {
        human_duration(json_time(to, NULL) - json_time(from, NULL), tmp);
        dw(w, 0, "Duration:\t%s\n", tmp);
    }
}

void describe_job(struct dw *w, const json_t *doc)
{
    char sel[1024];
    const json_t *spec = json_object_get(doc, "spec"), *st = json_object_get(doc, "status");
    dw_name(w, doc, true);
    dw(w, 0, "Selector:\t%s\n", dw_selector_raw(json_object_get(spec, "selector"), sel));
    head(w, doc);
    dw_controller(w, doc);
    field(w, spec, "parallelism", "Parallelism", "", NULL);
    field(w, spec, "completions", "Completions", "", "<unset>");
    field(w, spec, "completionMode", "Completion Mode", "", NULL);
    field(w, spec, "suspend", "Suspend", "", NULL);
    field(w, spec, "backoffLimit", "Backoff Limit", "", NULL);
    field(w, spec, "ttlSecondsAfterFinished", "TTL Seconds After Finished", "", NULL);
    job_times(w, st);
    field(w, spec, "activeDeadlineSeconds", "Active Deadline Seconds", "s", NULL);
    dw(w, 0, "Pods Statuses:\t%d Active", num(doc, "status", "active"));
    if (json_object_get(st, "ready"))
        dw(w, 0, " (%d Ready)", num(doc, "status", "ready"));
    dw(w, 0, " / %d Succeeded / %d Failed\n", num(doc, "status", "succeeded"),
        num(doc, "status", "failed"));
    if (str_eq(json_str(spec, "completionMode", NULL), "Indexed"))
        indexes(w, json_str(st, "completedIndexes", NULL));
    describe_template(w, json_object_get(spec, "template"));
}

void describe_cronjob(struct dw *w, const json_t *doc)
{
    char tmp[1024];
    size_t i;
    json_t *j;
    const json_t *spec = json_object_get(doc, "spec"),
                 *job = json_at(spec, "jobTemplate", "spec", NULL);
    const json_t *last = json_at(doc, "status", "lastScheduleTime", NULL);
    const json_t *active = json_at(doc, "status", "active", NULL);
    dw_name(w, doc, true);
    head(w, doc);
    dw(w, 0, "Schedule:\t%s\n", json_str(spec, "schedule", NULL));
    dw(w, 0, "Concurrency Policy:\t%s\n", json_str(spec, "concurrencyPolicy", NULL));
    dw(w, 0, "Suspend:\t%s\n", dw_Bool(json_object_get(spec, "suspend")));
    field(w, spec, "successfulJobsHistoryLimit", "Successful Job History Limit", "", "<unset>");
    field(w, spec, "failedJobsHistoryLimit", "Failed Job History Limit", "", "<unset>");
    field(w, spec, "startingDeadlineSeconds", "Starting Deadline Seconds", "s", "<unset>");
    const json_t *sel = json_object_get(job, "selector");
    dw(w, 0, "Selector:\t%s\n", sel ? dw_selector_raw(sel, tmp) : "<unset>");
    field(w, job, "parallelism", "Parallelism", "", "<unset>");
    field(w, job, "completions", "Completions", "", "<unset>");
    field(w, job, "activeDeadlineSeconds", "Active Deadline Seconds", "s", NULL);
    describe_template(w, json_object_get(job, "template"));
    dw(w, 0, "Last Schedule Time:\t%s\n", last ? dw_time(last, tmp) : "<unset>");
    dw(w, 0, "Active Jobs:\t%s", json_array_size(active) ? "" : "<none>");
    json_array_foreach((json_t *)active, i, j)
    {
        dw(w, 0, "%s%s", i ? ", " : "", json_str(j, "name", NULL));
    }
    dw(w, 0, "\n");
}

// ---- HorizontalPodAutoscaler

static const char *quantity(const json_t *v, char tmp[32])
{
    return v ? json_scalar(v, tmp) : "0";
}

// "current / target" of an average value, a value, or a utilization
static void measure(struct dw *w, const json_t *now, const json_t *target, const char *key)
{
    char a[32], b[32];
    const json_t *current = json_object_get(now, "current");
    bool known = current && (str_eq(key, "averageValue") || json_object_get(current, key));
    dw(w, 0, "\t%s / %s\n", known ? quantity(json_object_get(current, key), a) : "<unknown>",
        quantity(json_object_get(target, key), b));
}

static void utilization(struct dw *w, const json_t *now, const json_t *target)
{
    char tmp[32], text[80] = "<unknown>", goal[40] = "<auto>";
    const json_t *current = json_object_get(now, "current");
    if (json_object_get(current, "averageUtilization"))
        snprintf(text, sizeof(text), "%d%% (%s)",
            (int)json_i64(current, "averageUtilization", NULL),
            quantity(json_object_get(current, "averageValue"), tmp));
    if (json_object_get(target, "averageUtilization"))
        snprintf(goal, sizeof(goal), "%d%%", (int)json_i64(target, "averageUtilization", NULL));
    dw(w, 1, "(as a percentage of request):\t%s / %s\n", text, goal);
}

static void metric(struct dw *w, const json_t *m, const json_t *now)
{
    const char *type = json_str(m, "type", NULL);
    char key[40];
    snprintf(key, sizeof(key), "%.39s", type);
    if (*key >= 'A' && *key <= 'Z')
        *key = (char)(*key + 'a' - 'A');
    const json_t *src = json_object_get(m, key), *target = json_object_get(src, "target");
    const char *name = json_str(src, "metric", "name", NULL);
    now = json_object_get(now, key);
    bool average = json_object_get(target, "averageValue") != NULL;
    if (str_eq(type, "External")) {
        dw(w, 1, "\"%s\" (target %svalue):", name, average ? "average " : "");
        measure(w, now, target, average ? "averageValue" : "value");
    } else if (str_eq(type, "Pods")) {
        dw(w, 1, "\"%s\" on pods:", name);
        measure(w, now, target, "averageValue");
    } else if (str_eq(type, "Object")) {
        average = str_eq(json_str(target, "type", NULL), "AverageValue");
        dw(w, 1, "\"%s\" on %s/%s (target %svalue):", name,
            json_str(src, "describedObject", "kind", NULL),
            json_str(src, "describedObject", "name", NULL), average ? "average " : "");
        measure(w, now, target, average ? "averageValue" : "value");
    } else if (str_eq(type, "Resource") || str_eq(type, "ContainerResource")) {
        dw(w, 1, "resource %s ", json_str(src, "name", NULL));
        if (str_eq(type, "ContainerResource"))
            dw(w, 0, "of container \"%s\" ", json_str(src, "container", NULL));
        dw(w, 0, average ? "on pods:" : "on pods");
        if (average)
            measure(w, now, target, "averageValue");
        else
            utilization(w, now, target);
    } else {
        dw(w, 1, "<unknown metric type \"%s\">\n", type);
    }
}

static void behavior(struct dw *w, const char *direction, const json_t *rules)
{
    size_t i;
    json_t *p;
    const json_t *policies = json_object_get(rules, "policies");
    if (!rules)
        return;
    dw(w, 1, "%s:\n", direction);
    if (json_object_get(rules, "stabilizationWindowSeconds"))
        dw(w, 2, "Stabilization Window: %d seconds\n",
            (int)json_i64(rules, "stabilizationWindowSeconds", NULL));
    if (!json_array_size(policies))
        return;
    dw(w, 2, "Select Policy: %s\n", str_or(json_str(rules, "selectPolicy", NULL), "Max"));
    dw(w, 2, "Policies:\n");
    json_array_foreach((json_t *)policies, i, p)
    {
        dw(w, 3, "- Type: %s\tValue: %d\tPeriod: %d seconds\n", json_str(p, "type", NULL),
            (int)json_i64(p, "value", NULL), (int)json_i64(p, "periodSeconds", NULL));
    }
}

void describe_hpa(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *m;
    const json_t *spec = json_object_get(doc, "spec"), *st = json_object_get(doc, "status");
    const char *kind = json_str(spec, "scaleTargetRef", "kind", NULL);
    dw_name(w, doc, true);
    head(w, doc);
    created(w, doc);
    dw(w, 0, "Reference:\t%s/%s\n", kind, json_str(spec, "scaleTargetRef", "name", NULL));
    dw(w, 0, "Metrics:\t( current / target )\n");
    json_array_foreach(json_object_get(spec, "metrics"), i, m)
    {
        metric(w, m, json_array_get(json_object_get(st, "currentMetrics"), i));
    }
    field(w, spec, "minReplicas", "Min replicas", "", "<unset>");
    dw(w, 0, "Max replicas:\t%d\n", (int)json_i64(spec, "maxReplicas", NULL));
    if (json_object_get(spec, "behavior")) {
        dw(w, 0, "Behavior:\n");
        behavior(w, "Scale Up", json_at(spec, "behavior", "scaleUp", NULL));
        behavior(w, "Scale Down", json_at(spec, "behavior", "scaleDown", NULL));
    }
    dw(w, 0, "%s pods:\t%d current / %d desired\n", kind, num(doc, "status", "currentReplicas"),
        num(doc, "status", "desiredReplicas"));
    if (json_array_size(json_object_get(st, "conditions")))
        dw(w, 0, "Conditions:\n  Type\tStatus\tReason\tMessage\n  ----\t------\t------\t-------\n");
    json_array_foreach(json_object_get(st, "conditions"), i, m)
    {
        dw(w, 1, "%s\t%s\t%s\t%s\n", json_str(m, "type", NULL), json_str(m, "status", NULL),
            json_str(m, "reason", NULL), json_str(m, "message", NULL));
    }
}

void describe_pdb(struct dw *w, const json_t *doc)
{
    static const char *const counts[][2] = { { "disruptionsAllowed", "Allowed disruptions" },
        { "currentHealthy", "Current" }, { "desiredHealthy", "Desired" },
        { "expectedPods", "Total" } };
    char tmp[1024];
    const json_t *spec = json_object_get(doc, "spec"), *sel = json_object_get(spec, "selector");
    dw_name(w, doc, true);
    if (json_object_get(spec, "minAvailable"))
        field(w, spec, "minAvailable", "Min available", "", NULL);
    else
        field(w, spec, "maxUnavailable", "Max unavailable", "", NULL);
    dw(w, 0, "Selector:\t%s\n", sel ? dw_selector(sel, tmp) : "<unset>");
    dw(w, 0, "Status:\n");
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
        dw(w, 2, "%s:\t%d\n", counts[i][1], num(doc, "status", counts[i][0]));
}
