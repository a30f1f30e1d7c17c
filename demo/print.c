// Workloads and nodes; demo/print_more.c has the other kinds.
#include "demo/print.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "demo/selector.h"

#define STR(...) json_str(c->obj, __VA_ARGS__, NULL)
#define INT(...) (long long)json_i64(c->obj, __VA_ARGS__, NULL)
#define AT(...) json_at(c->obj, __VA_ARGS__, NULL)

void cell_str(struct cell_ctx *c, const char *s)
{
    json_t *v = json_string(s);
    json_array_append_new(c->cells, v ? v : json_string(""));
}

void cell_int(struct cell_ctx *c, int64_t n)
{
    json_array_append_new(c->cells, json_integer(n));
}

static void cell_since(struct cell_ctx *c, int64_t then)
{
    char age[HUMAN_DURATION_MAX];
    human_age(c->now, then, age);
    cell_str(c, age);
}

void cell_age(struct cell_ctx *c)
{
    cell_since(c, json_time(c->obj, "metadata", "creationTimestamp", NULL));
}

static void cell_name(struct cell_ctx *c)
{
    cell_str(c, STR("metadata", "name"));
}

static void cell_buf(struct cell_ctx *c, struct buf *b)
{
    cell_str(c, b->s);
    buf_release(b);
}

static void cell_fmt(struct cell_ctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void cell_fmt(struct cell_ctx *c, const char *fmt, ...)
{
    char text[80];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    cell_str(c, text);
}

static void cells_containers(struct cell_ctx *c, const json_t *pod_spec)
{
    static const char *const what[] = { "name", "image" };
    for (size_t k = 0; k < 2; k++) {
        struct buf b = BUF_INIT;
        size_t i;
        json_t *ctr;
        json_array_foreach (json_object_get(pod_spec, "containers"), i, ctr)
            buf_printf(&b, "%s%s", i ? "," : "", json_str(ctr, what[k], NULL));
        cell_buf(c, &b);
    }
}

static void cell_selector(struct cell_ctx *c, const json_t *label_selector, const char *none)
{
    struct selector s;
    struct buf b = BUF_INIT;
    selector_from_json(&s, label_selector);
    selector_print(&s, &b);
    selector_release(&s);
    if (!b.n)
        buf_puts(&b, none);
    cell_buf(c, &b);
}

// labels.FormatLabels: "<none>" when empty.
static void cell_map(struct cell_ctx *c, const json_t *map)
{
    struct selector s;
    struct buf b = BUF_INIT;
    selector_from_map(&s, map);
    selector_print(&s, &b);
    selector_release(&s);
    if (!b.n)
        buf_puts(&b, "<none>");
    cell_buf(c, &b);
}

static bool condition_true(const json_t *obj, const char *type)
{
    size_t i;
    json_t *cond;
    json_array_foreach (json_at(obj, "status", "conditions", NULL), i, cond) {
        if (str_eq(json_str(cond, "type", NULL), type))
            return str_eq(json_str(cond, "status", NULL), "True");
    }
    return false;
}

struct pod_sum {
    int64_t restarts, side_restarts, last, side_last;
    int ready, total;
    char reason[160];
    bool initializing;
};

static void pod_terminated(struct pod_sum *p, const json_t *term, const char *prefix)
{
    const char *why = json_str(term, "reason", NULL);
    int64_t sig = json_i64(term, "signal", NULL), code = json_i64(term, "exitCode", NULL);
    if (*why)
        snprintf(p->reason, sizeof(p->reason), "%s%s", prefix, why);
    else
        snprintf(p->reason, sizeof(p->reason), "%s%s:%lld", prefix, sig ? "Signal" : "ExitCode",
            (long long)(sig ? sig : code));
}

static bool is_sidecar(const json_t *pod, const char *name)
{
    const json_t *ctr = json_named(json_at(pod, "spec", "initContainers", NULL), name);
    return str_eq(json_str(ctr, "restartPolicy", NULL), "Always");
}

static void pod_init_containers(struct pod_sum *p, const json_t *pod)
{
    size_t i, count = json_array_size(json_at(pod, "spec", "initContainers", NULL));
    json_t *cs;
    json_array_foreach (json_at(pod, "status", "initContainerStatuses", NULL), i, cs) {
        bool sidecar = is_sidecar(pod, json_str(cs, "name", NULL));
        int64_t n = json_i64(cs, "restartCount", NULL);
        int64_t at = json_time(cs, "lastState", "terminated", "finishedAt", NULL);
        p->restarts += n;
        p->last = at > p->last ? at : p->last;
        if (sidecar) {
            p->side_restarts += n;
            p->side_last = at > p->side_last ? at : p->side_last;
        }
        const json_t *term = json_at(cs, "state", "terminated", NULL);
        const char *waiting = json_str(cs, "state", "waiting", "reason", NULL);
        if (term && json_i64(term, "exitCode", NULL) == 0)
            continue;
        if (sidecar && json_bool(cs, "started", NULL)) {
            p->ready += json_bool(cs, "ready", NULL);
            continue;
        }
        if (term)
            pod_terminated(p, term, "Init:");
        else if (*waiting && !str_eq(waiting, "PodInitializing"))
            snprintf(p->reason, sizeof(p->reason), "Init:%s", waiting);
        else
            snprintf(p->reason, sizeof(p->reason), "Init:%zu/%zu", i, count);
        p->initializing = true;
        break;
    }
}

static void pod_containers(struct pod_sum *p, const json_t *pod)
{
    char error[160] = "";
    bool running = false;
    const json_t *list = json_at(pod, "status", "containerStatuses", NULL);
    p->restarts = p->side_restarts;
    p->last = p->side_last;
    for (size_t i = json_array_size(list); i-- > 0;) {
        const json_t *cs = json_array_get(list, i);
        int64_t at = json_time(cs, "lastState", "terminated", "finishedAt", NULL);
        const json_t *term = json_at(cs, "state", "terminated", NULL);
        const char *waiting = json_str(cs, "state", "waiting", "reason", NULL);
        p->restarts += json_i64(cs, "restartCount", NULL);
        p->last = at > p->last ? at : p->last;
        if (*waiting) {
            snprintf(p->reason, sizeof(p->reason), "%s", waiting);
        } else if (term) {
            pod_terminated(p, term, "");
            if (json_i64(term, "exitCode", NULL) != 0)
                snprintf(error, sizeof(error), "%s", p->reason);
        } else if (json_bool(cs, "ready", NULL) && json_at(cs, "state", "running", NULL)) {
            running = true;
            p->ready++;
        }
    }
    if (!str_eq(p->reason, "Completed"))
        return;
    if (running && condition_true(pod, "Ready"))
        snprintf(p->reason, sizeof(p->reason), "Running");
    else if (*error)
        snprintf(p->reason, sizeof(p->reason), "%s", error);
    else if (running)
        snprintf(p->reason, sizeof(p->reason), "NotReady");
}

static void pod_summary(struct pod_sum *p, const json_t *pod)
{
    const char *phase = json_str(pod, "status", "phase", NULL);
    const char *why = json_str(pod, "status", "reason", NULL);
    *p = (struct pod_sum) { 0 };
    snprintf(p->reason, sizeof(p->reason), "%s", *why ? why : phase);
    p->total = (int)json_array_size(json_at(pod, "spec", "containers", NULL));
    size_t i;
    json_t *v;
    json_array_foreach (json_at(pod, "status", "conditions", NULL), i, v) {
        if (str_eq(json_str(v, "type", NULL), "PodScheduled")
            && str_eq(json_str(v, "reason", NULL), "SchedulingGated"))
            snprintf(p->reason, sizeof(p->reason), "SchedulingGated");
    }
    json_array_foreach (json_at(pod, "spec", "initContainers", NULL), i, v)
        p->total += str_eq(json_str(v, "restartPolicy", NULL), "Always");
    pod_init_containers(p, pod);
    if (!p->initializing || condition_true(pod, "Initialized"))
        pod_containers(p, pod);
    if (!json_at(pod, "metadata", "deletionTimestamp", NULL))
        return;
    if (str_eq(why, "NodeLost"))
        snprintf(p->reason, sizeof(p->reason), "Unknown");
    else if (!str_eq(phase, "Succeeded") && !str_eq(phase, "Failed"))
        snprintf(p->reason, sizeof(p->reason), "Terminating");
}

static void cell_gates(struct cell_ctx *c)
{
    const json_t *gates = AT("spec", "readinessGates");
    long long ok = 0;
    size_t i;
    json_t *g;
    json_array_foreach ((json_t *)gates, i, g)
        ok += condition_true(c->obj, json_str(g, "conditionType", NULL));
    if (json_array_size(gates))
        cell_fmt(c, "%lld/%lld", ok, (long long)json_array_size(gates));
    else
        cell_str(c, "<none>");
}

void print_pod(struct cell_ctx *c)
{
    struct pod_sum p;
    pod_summary(&p, c->obj);
    cell_name(c);
    cell_fmt(c, "%d/%d", p.ready, p.total);
    cell_str(c, p.reason);
    char age[HUMAN_DURATION_MAX], text[64];
    human_age(c->now, p.last, age);
    snprintf(text, sizeof(text), p.restarts && p.last ? "%lld (%s ago)" : "%lld",
        (long long)p.restarts, age);
    cell_str(c, text);
    cell_age(c);
    cell_str(c, str_or(json_str(json_array_get(AT("status", "podIPs"), 0), "ip", NULL), "<none>"));
    cell_str(c, str_or(STR("spec", "nodeName"), "<none>"));
    cell_str(c, str_or(STR("status", "nominatedNodeName"), "<none>"));
    cell_gates(c);
}

json_t *print_pod_conditions(const json_t *pod)
{
    const char *phase = json_str(pod, "status", "phase", NULL);
    bool ok = str_eq(phase, "Succeeded");
    if (!ok && !str_eq(phase, "Failed"))
        return NULL;
    return json_pack("[{s:s,s:s,s:s,s:s}]", "type", "Completed", "status", "True", "reason", phase,
        "message", ok ? "The pod has completed successfully." : "The pod failed.");
}

void print_podtemplate(struct cell_ctx *c)
{
    cell_name(c);
    cells_containers(c, AT("template", "spec"));
    cell_map(c, AT("template", "metadata", "labels"));
}

// ReplicaSet and ReplicationController.
void print_replicas(struct cell_ctx *c)
{
    cell_name(c);
    cell_int(c, INT("spec", "replicas"));
    cell_int(c, INT("status", "replicas"));
    cell_int(c, INT("status", "readyReplicas"));
    cell_age(c);
    cells_containers(c, AT("spec", "template", "spec"));
    if (str_eq(STR("kind"), "ReplicaSet"))
        cell_selector(c, AT("spec", "selector"), "<none>");
    else
        cell_map(c, AT("spec", "selector"));
}

void print_deployment(struct cell_ctx *c)
{
    cell_name(c);
    cell_fmt(c, "%lld/%lld", INT("status", "readyReplicas"), INT("spec", "replicas"));
    cell_int(c, INT("status", "updatedReplicas"));
    cell_int(c, INT("status", "availableReplicas"));
    cell_age(c);
    cells_containers(c, AT("spec", "template", "spec"));
    cell_selector(c, AT("spec", "selector"), "");
}

void print_statefulset(struct cell_ctx *c)
{
    cell_name(c);
    cell_fmt(c, "%lld/%lld", INT("status", "readyReplicas"), INT("spec", "replicas"));
    cell_age(c);
    cells_containers(c, AT("spec", "template", "spec"));
}

void print_daemonset(struct cell_ctx *c)
{
    static const char *const counts[] = { "desiredNumberScheduled", "currentNumberScheduled",
        "numberReady", "updatedNumberScheduled", "numberAvailable" };
    cell_name(c);
    for (size_t i = 0; i < 5; i++)
        cell_int(c, INT("status", counts[i]));
    cell_map(c, AT("spec", "template", "spec", "nodeSelector"));
    cell_age(c);
    cells_containers(c, AT("spec", "template", "spec"));
    cell_selector(c, AT("spec", "selector"), "<none>");
}

static const char *job_status(const json_t *job)
{
    static const char *const conditions[][2] = { { "Complete", "Complete" }, { "Failed", "Failed" },
        { NULL, "Terminating" }, { "Suspended", "Suspended" }, { "FailureTarget", "FailureTarget" },
        { "SuccessCriteriaMet", "SuccessCriteriaMet" } };
    for (size_t i = 0; i < 6; i++) {
        bool hit = conditions[i][0] ? condition_true(job, conditions[i][0])
                                    : json_at(job, "metadata", "deletionTimestamp", NULL) != NULL;
        if (hit)
            return conditions[i][1];
    }
    return "Running";
}

void print_job(struct cell_ctx *c)
{
    long long done = INT("status", "succeeded"), parallel = INT("spec", "parallelism");
    cell_name(c);
    cell_str(c, job_status(c->obj));
    if (json_is_integer(AT("spec", "completions")))
        cell_fmt(c, "%lld/%lld", done, INT("spec", "completions"));
    else if (parallel > 1)
        cell_fmt(c, "%lld/1 of %lld", done, parallel);
    else
        cell_fmt(c, "%lld/1", done);
    int64_t start = json_time(c->obj, "status", "startTime", NULL);
    int64_t end = json_time(c->obj, "status", "completionTime", NULL);
    char text[HUMAN_DURATION_MAX] = "";
    if (start)
        human_duration((end ? end : c->now) - start, text);
    cell_str(c, text);
    cell_age(c);
    cells_containers(c, AT("spec", "template", "spec"));
    cell_selector(c, AT("spec", "selector"), "<none>");
}

void print_cronjob(struct cell_ctx *c)
{
    const json_t *suspend = AT("spec", "suspend");
    int64_t last = json_time(c->obj, "status", "lastScheduleTime", NULL);
    cell_name(c);
    cell_str(c, STR("spec", "schedule"));
    cell_str(c, str_or(STR("spec", "timeZone"), "<none>"));
    cell_str(c, !suspend ? "<unset>" : json_is_true(suspend) ? "True" : "False");
    cell_int(c, (int64_t)json_array_size(AT("status", "active")));
    if (last)
        cell_since(c, last);
    else
        cell_str(c, "<none>");
    cell_age(c);
    cells_containers(c, AT("spec", "jobTemplate", "spec", "template", "spec"));
    cell_selector(c, AT("spec", "jobTemplate", "spec", "selector"), "<none>");
}

static int cmp_str(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void cell_roles(struct cell_ctx *c)
{
    static const char prefix[] = "node-role.kubernetes.io/";
    ARR(const char *) roles = { 0 };
    const char *key;
    json_t *v;
    json_object_foreach (AT("metadata", "labels"), key, v) {
        if (str_starts(key, prefix) && key[sizeof(prefix) - 1])
            arr_push(&roles, key + sizeof(prefix) - 1);
        else if (str_eq(key, "kubernetes.io/role") && json_string_length(v))
            arr_push(&roles, json_string_value(v));
    }
    if (roles.n > 1)
        qsort(roles.v, roles.n, sizeof(*roles.v), cmp_str);
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < roles.n; i++)
        buf_printf(&b, "%s%s", i ? "," : "", roles.v[i]);
    arr_release(&roles);
    if (!b.n)
        buf_puts(&b, "<none>");
    cell_buf(c, &b);
}

static void cell_address(struct cell_ctx *c, const char *type)
{
    size_t i;
    json_t *a;
    json_array_foreach (AT("status", "addresses"), i, a) {
        if (str_eq(json_str(a, "type", NULL), type)) {
            cell_str(c, json_str(a, "address", NULL));
            return;
        }
    }
    cell_str(c, "<none>");
}

void print_node(struct cell_ctx *c)
{
    const char *ready = "Unknown";
    size_t i;
    json_t *cond;
    json_array_foreach (AT("status", "conditions"), i, cond) {
        if (str_eq(json_str(cond, "type", NULL), "Ready"))
            ready = str_eq(json_str(cond, "status", NULL), "True") ? "Ready" : "NotReady";
    }
    char status[64];
    bool cordoned = json_bool(c->obj, "spec", "unschedulable", NULL);
    snprintf(status, sizeof(status), "%s%s", ready, cordoned ? ",SchedulingDisabled" : "");
    cell_name(c);
    cell_str(c, status);
    cell_roles(c);
    cell_age(c);
    cell_str(c, STR("status", "nodeInfo", "kubeletVersion"));
    cell_address(c, "InternalIP");
    cell_address(c, "ExternalIP");
    cell_str(c, str_or(STR("status", "nodeInfo", "osImage"), "<unknown>"));
    cell_str(c, str_or(STR("status", "nodeInfo", "kernelVersion"), "<unknown>"));
    cell_str(c, str_or(STR("status", "nodeInfo", "containerRuntimeVersion"), "<unknown>"));
}

void print_pdb(struct cell_ctx *c)
{
    static const char *const limits[] = { "minAvailable", "maxUnavailable" };
    char tmp[32];
    cell_name(c);
    for (size_t i = 0; i < 2; i++) {
        const json_t *v = AT("spec", limits[i]);
        cell_str(c, v ? json_scalar(v, tmp) : "N/A");
    }
    cell_int(c, INT("status", "disruptionsAllowed"));
    cell_age(c);
}
