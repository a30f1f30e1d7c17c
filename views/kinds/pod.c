// Pods: STATUS, READY and RESTARTS exactly as the API server's printPod computes them
// (kubernetes pkg/printers/internalversion/printers.go), with the finding behind them in words.
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/quantity.h"
#include "views/kinds/kinds.h"
#include "views/kinds/podspec.h"

enum field {
    F_READY, F_TOTAL, F_STATUS, F_RESTARTS, F_LAST_RESTART, F_IP, F_NODE, F_NOMINATED, F_GATES,
    F_CPU_REQ, F_CPU_LIM, F_MEM_REQ, F_MEM_LIM, F_QOS, F_SA, F_IMAGES, F_COUNT
};

static const char *const paths[] = { "spec.nodeName", "spec.containers[].name",
    "spec.containers[].image", "spec.containers[].resources.requests", "spec.containers[].resources.limits",
    "spec.containers[].env[].valueFrom.configMapKeyRef.name",
    "spec.containers[].env[].valueFrom.secretKeyRef.name", "spec.containers[].envFrom",
    "spec.initContainers[].name", "spec.initContainers[].restartPolicy", "spec.volumes[].configMap.name",
    "spec.volumes[].secret.secretName", "spec.volumes[].persistentVolumeClaim.claimName",
    "spec.volumes[].projected.sources[].configMap.name", "spec.volumes[].projected.sources[].secret.name",
    "spec.imagePullSecrets", "spec.serviceAccountName", "spec.readinessGates", "status.phase",
    "status.reason", "status.message", "status.podIP", "status.podIPs", "status.nominatedNodeName",
    "status.qosClass", "status.conditions[].type", "status.conditions[].status",
    "status.conditions[].reason", "status.conditions[].message", "status.initContainerStatuses[].name",
    "status.initContainerStatuses[].restartCount", "status.initContainerStatuses[].ready",
    "status.initContainerStatuses[].started", "status.initContainerStatuses[].state",
    "status.initContainerStatuses[].lastState", "status.containerStatuses[].name",
    "status.containerStatuses[].restartCount", "status.containerStatuses[].ready",
    "status.containerStatuses[].state", "status.containerStatuses[].lastState", NULL };

struct tally {
    int64_t ready, total, restarts, last_restart, sidecar_restarts, sidecar_last;
    char reason[160];
    bool initializing, has_running;
};

static const json_t *condition(const json_t *pod, const char *type)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_at(pod, "status", "conditions", NULL), i, c)
    {
        if (str_eq(json_str(c, "type", NULL), type))
            return c;
    }
    return NULL;
}

static bool is_sidecar(const json_t *pod, const char *name)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_at(pod, "spec", "initContainers", NULL), i, c)
    {
        if (str_eq(json_str(c, "name", NULL), name))
            return str_eq(json_str(c, "restartPolicy", NULL), "Always");
    }
    return false;
}

static void note_restart(const json_t *cs, int64_t *last)
{
    int64_t t = json_time(cs, "lastState", "terminated", "finishedAt", NULL);
    if (t > *last)
        *last = t;
}

static void init_reason(struct tally *t, const json_t *cs, size_t i, size_t n)
{
    const json_t *term = json_at(cs, "state", "terminated", NULL);
    const char *waiting = json_str(cs, "state", "waiting", "reason", NULL);
    if (term && *json_str(term, "reason", NULL))
        snprintf(t->reason, sizeof(t->reason), "Init:%s", json_str(term, "reason", NULL));
    else if (term && json_i64(term, "signal", NULL))
        snprintf(t->reason, sizeof(t->reason), "Init:Signal:%d", (int)json_i64(term, "signal", NULL));
    else if (term)
        snprintf(t->reason, sizeof(t->reason), "Init:ExitCode:%d", (int)json_i64(term, "exitCode", NULL));
    else if (*waiting && !str_eq(waiting, "PodInitializing"))
        snprintf(t->reason, sizeof(t->reason), "Init:%s", waiting);
    else
        snprintf(t->reason, sizeof(t->reason), "Init:%zu/%zu", i, n);
}

static void tally_init(struct tally *t, const json_t *pod)
{
    size_t i, n = json_array_size(json_at(pod, "spec", "initContainers", NULL));
    json_t *cs;
    json_array_foreach(json_at(pod, "status", "initContainerStatuses", NULL), i, cs)
    {
        bool sidecar = is_sidecar(pod, json_str(cs, "name", NULL));
        t->restarts += json_i64(cs, "restartCount", NULL);
        note_restart(cs, &t->last_restart);
        if (sidecar) {
            t->sidecar_restarts += json_i64(cs, "restartCount", NULL);
            note_restart(cs, &t->sidecar_last);
        }
        const json_t *term = json_at(cs, "state", "terminated", NULL);
        if (term && json_i64(term, "exitCode", NULL) == 0)
            continue;
        if (sidecar && json_bool(cs, "started", NULL)) {
            t->ready += json_bool(cs, "ready", NULL);
            continue;
        }
        init_reason(t, cs, i, n);
        t->initializing = true;
        return;
    }
}

static void tally_containers(struct tally *t, const json_t *pod)
{
    const json_t *list = json_at(pod, "status", "containerStatuses", NULL);
    t->restarts = t->sidecar_restarts;
    t->last_restart = t->sidecar_last;
    for (size_t i = json_array_size(list); i-- > 0;) { // backwards: the first container's problem wins
        const json_t *cs = json_array_get(list, i);
        const json_t *term = json_at(cs, "state", "terminated", NULL);
        const char *waiting = json_str(cs, "state", "waiting", "reason", NULL);
        t->restarts += json_i64(cs, "restartCount", NULL);
        note_restart(cs, &t->last_restart);
        if (*waiting)
            snprintf(t->reason, sizeof(t->reason), "%s", waiting);
        else if (term && *json_str(term, "reason", NULL))
            snprintf(t->reason, sizeof(t->reason), "%s", json_str(term, "reason", NULL));
        else if (term && json_i64(term, "signal", NULL))
            snprintf(t->reason, sizeof(t->reason), "Signal:%d", (int)json_i64(term, "signal", NULL));
        else if (term)
            snprintf(t->reason, sizeof(t->reason), "ExitCode:%d", (int)json_i64(term, "exitCode", NULL));
        else if (json_bool(cs, "ready", NULL) && json_at(cs, "state", "running", NULL)) {
            t->has_running = true;
            t->ready++;
        }
    }
    if (str_eq(t->reason, "Completed") && t->has_running) {
        bool ready = str_eq(json_str(condition(pod, "Ready"), "status", NULL), "True");
        snprintf(t->reason, sizeof(t->reason), "%s", ready ? "Running" : "NotReady");
    }
}

static void tally_pod(struct tally *t, const json_t *pod)
{
    const char *phase = json_str(pod, "status", "phase", NULL);
    const char *reason = json_str(pod, "status", "reason", NULL);
    size_t i;
    json_t *c;
    memset(t, 0, sizeof(*t));
    t->total = (int64_t)json_array_size(json_at(pod, "spec", "containers", NULL));
    json_array_foreach(json_at(pod, "spec", "initContainers", NULL), i, c)
    {
        t->total += str_eq(json_str(c, "restartPolicy", NULL), "Always");
    }
    snprintf(t->reason, sizeof(t->reason), "%s", *reason ? reason : phase);
    if (str_eq(json_str(condition(pod, "PodScheduled"), "reason", NULL), "SchedulingGated"))
        snprintf(t->reason, sizeof(t->reason), "SchedulingGated");
    tally_init(t, pod);
    if (!t->initializing || str_eq(json_str(condition(pod, "Initialized"), "status", NULL), "True"))
        tally_containers(t, pod);
    if (json_at(pod, "metadata", "deletionTimestamp", NULL)) {
        if (str_eq(reason, "NodeLost"))
            snprintf(t->reason, sizeof(t->reason), "Unknown");
        else if (!str_eq(phase, "Succeeded") && !str_eq(phase, "Failed"))
            snprintf(t->reason, sizeof(t->reason), "Terminating");
    }
}

static const char *const bad_words[] = { "Error", "CrashLoopBackOff", "OOMKilled", "ImagePullBackOff",
    "ErrImagePull", "InvalidImageName", "CreateContainerError", "CreateContainerConfigError",
    "RunContainerError", "Evicted", "Failed", "ErrImageNeverPull", "NodeLost", "Unknown",
    "ContainerStatusUnknown", "UnexpectedAdmissionError", "DeadlineExceeded", "StartError",
    "ContainerCannotRun", "PreStartHookError", "PostStartHookError", NULL };

static enum severity severity_of(const struct tally *t, const json_t *pod)
{
    const char *r = str_starts(t->reason, "Init:") ? t->reason + 5 : t->reason;
    if (str_eq(r, "Completed") || str_eq(r, "Succeeded"))
        return SEV_DIM;
    for (size_t i = 0; bad_words[i]; i++)
        if (str_eq(r, bad_words[i]))
            return SEV_BAD;
    if (str_starts(r, "ExitCode:") || str_starts(r, "Signal:"))
        return SEV_BAD;
    if (str_eq(r, "Running"))
        return t->ready < t->total ? SEV_WARN : SEV_OK;
    if (str_eq(r, "Pending") && str_eq(json_str(condition(pod, "PodScheduled"), "status", NULL), "False"))
        return SEV_BAD;
    if (str_eq(r, "NotReady"))
        return SEV_WARN;
    return SEV_INFO; // Pending, ContainerCreating, Terminating, Init:0/1 …
}

static void explain_container(struct row_builder *b, const json_t *cs, const char *what)
{
    const char *name = json_str(cs, "name", NULL);
    const json_t *wait = json_at(cs, "state", "waiting", NULL);
    const json_t *term = json_at(cs, "state", "terminated", NULL);
    const char *reason = json_str(wait, "reason", NULL);
    if (!term && *reason && !str_eq(reason, "ContainerCreating") && !str_eq(reason, "PodInitializing"))
        term = json_at(cs, "lastState", "terminated", NULL);
    if (str_icontains(reason, "Image") || (*reason && !term && *json_str(wait, "message", NULL))) {
        rb_insight(b, "%s: %s %s: %s", reason, what, name, json_str(wait, "message", NULL));
        return;
    }
    if (!term || (json_i64(term, "exitCode", NULL) == 0 && !*reason))
        return;
    const char *why = json_str(term, "reason", NULL);
    const char *msg = json_str(term, "message", NULL);
    rb_insight(b, "%s: %s %s exited %d%s%s%s, %d restarts%s%.200s", *reason ? reason : why, what, name,
        (int)json_i64(term, "exitCode", NULL), *why ? " (" : "", why, *why ? ")" : "",
        (int)json_i64(cs, "restartCount", NULL), *msg ? ": " : "", msg);
}

static void explain(struct row_builder *b, const struct tally *t, const json_t *pod, enum severity sev)
{
    size_t i;
    json_t *cs;
    const char *unscheduled = json_str(condition(pod, "PodScheduled"), "message", NULL);
    if (sev == SEV_OK || sev == SEV_DIM)
        return;
    if (str_eq(t->reason, "Terminating")) {
        rb_insight(b, "Terminating: waiting for its containers to stop%s",
            json_at(pod, "metadata", "finalizers", NULL) ? " and for its finalizers" : "");
        return;
    }
    if (*unscheduled && !str_eq(json_str(condition(pod, "PodScheduled"), "status", NULL), "True"))
        rb_insight(b, "%s: %s", str_or(json_str(condition(pod, "PodScheduled"), "reason", NULL), "Pending"),
            unscheduled);
    if (*json_str(pod, "status", "message", NULL))
        rb_insight(b, "%s: %s", t->reason, json_str(pod, "status", "message", NULL));
    json_array_foreach(json_at(pod, "status", "initContainerStatuses", NULL), i, cs)
    {
        explain_container(b, cs, "init container");
    }
    json_array_foreach(json_at(pod, "status", "containerStatuses", NULL), i, cs)
    {
        explain_container(b, cs, "container");
    }
    json_array_foreach(json_at(pod, "status", "containerStatuses", NULL), i, cs)
    {
        if (!json_bool(cs, "ready", NULL) && json_at(cs, "state", "running", NULL))
            rb_insight(b, "NotReady: container %s runs but its readiness probe does not pass",
                json_str(cs, "name", NULL));
    }
}

static int64_t sum_resources(const json_t *pod, const char *list, const char *which, const char *name)
{
    int64_t total = 0, v;
    bool any = false;
    size_t i;
    json_t *c;
    json_array_foreach(json_at(pod, "spec", list, NULL), i, c)
    {
        const char *q = json_str(c, "resources", which, name, NULL);
        bool cpu = name[0] == 'c';
        if (*q && (cpu ? quantity_milli(q, &v) : quantity_bytes(q, &v))) {
            total += v;
            any = true;
        }
    }
    return any ? total : -1;
}

static void gates(struct row_builder *b, const json_t *pod)
{
    const json_t *list = json_at(pod, "spec", "readinessGates", NULL);
    size_t n = json_array_size(list), met = 0;
    for (size_t i = 0; i < n; i++) {
        const char *type = json_str(json_array_get(list, i), "conditionType", NULL);
        met += str_eq(json_str(condition(pod, type), "status", NULL), "True");
    }
    if (n)
        rb_fmt(b, F_GATES, "%zu/%zu", met, n);
    else
        rb_str(b, F_GATES, "<none>");
}

static void decode(const json_t *pod, struct row_builder *b)
{
    struct tally t;
    tally_pod(&t, pod);
    rb_begin(b, pod, F_COUNT);
    rb_num(b, F_READY, t.ready);
    rb_num(b, F_TOTAL, t.total);
    rb_str(b, F_STATUS, t.reason);
    rb_num(b, F_RESTARTS, t.restarts);
    rb_num(b, F_LAST_RESTART, t.last_restart);
    const char *ip = json_str(json_array_get(json_at(pod, "status", "podIPs", NULL), 0), "ip", NULL);
    rb_str(b, F_IP, str_or(str_or(ip, json_str(pod, "status", "podIP", NULL)), "<none>"));
    rb_str(b, F_NODE, str_or(json_str(pod, "spec", "nodeName", NULL), "<none>"));
    rb_str(b, F_NOMINATED, str_or(json_str(pod, "status", "nominatedNodeName", NULL), "<none>"));
    gates(b, pod);
    rb_num(b, F_CPU_REQ, sum_resources(pod, "containers", "requests", "cpu"));
    rb_num(b, F_CPU_LIM, sum_resources(pod, "containers", "limits", "cpu"));
    rb_num(b, F_MEM_REQ, sum_resources(pod, "containers", "requests", "memory"));
    rb_num(b, F_MEM_LIM, sum_resources(pod, "containers", "limits", "memory"));
    rb_str(b, F_QOS, json_str(pod, "status", "qosClass", NULL));
    rb_str(b, F_SA, json_str(pod, "spec", "serviceAccountName", NULL));
    rb_str(b, F_IMAGES, json_str(json_array_get(json_at(pod, "spec", "containers", NULL), 0), "image", NULL));
    enum severity sev = severity_of(&t, pod);
    rb_severity(b, sev);
    explain(b, &t, pod, sev);
    podspec_links(b, json_object_get(pod, "spec"));
    rb_link(b, "nodes", "", json_str(pod, "spec", "nodeName", NULL));
    rb_emit(b);
}

static void restarts_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    char age[HUMAN_DURATION_MAX];
    buf_printf(out, "%lld", (long long)row->f[F_RESTARTS].n);
    if (!row->f[F_RESTARTS].n || !row->f[F_LAST_RESTART].n)
        return;
    human_age(env->now, row->f[F_LAST_RESTART].n, age);
    buf_printf(out, " (%s ago)", age);
}

static double restarts_key(const struct row *row, const struct cell_env *env)
{
    (void)env;
    return (double)row->f[F_RESTARTS].n;
}

static style_t restarts_style(const struct row *row, const struct cell_env *env)
{
    bool recent = row->f[F_LAST_RESTART].n && env->now - row->f[F_LAST_RESTART].n < 3600;
    return row->severity == SEV_DIM ? ROLE_DIM : row->f[F_RESTARTS].n && recent ? ROLE_WARN : ROLE_TEXT;
}

static bool usage_of(const struct row *row, const struct cell_env *env, struct usage *u)
{
    return env->metrics && metrics_pod(env->metrics, row->ns, row->name, u);
}

static void cpu_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    struct usage u;
    if (usage_of(row, env, &u))
        buf_printf(out, "%lldm", (long long)u.cpu_milli);
}

static double cpu_key(const struct row *row, const struct cell_env *env)
{
    struct usage u;
    return usage_of(row, env, &u) ? (double)u.cpu_milli : -1;
}

static void mem_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    struct usage u;
    if (usage_of(row, env, &u))
        buf_printf(out, "%lldMi", (long long)(u.mem_bytes >> 20));
}

static double mem_key(const struct row *row, const struct cell_env *env)
{
    struct usage u;
    return usage_of(row, env, &u) ? (double)u.mem_bytes : -1;
}

// Near its memory limit a container is about to be killed: worth a colour before it happens.
static style_t mem_style(const struct row *row, const struct cell_env *env)
{
    struct usage u;
    int64_t limit = row->f[F_MEM_LIM].n;
    if (limit <= 0 || !usage_of(row, env, &u))
        return row->severity == SEV_DIM ? ROLE_DIM : ROLE_TEXT;
    return u.mem_bytes * 100 > limit * 90 ? ROLE_BAD : u.mem_bytes * 100 > limit * 75 ? ROLE_WARN : ROLE_TEXT;
}

static bool enter(const struct row *row, struct drill *out)
{
    snprintf(out->view, sizeof(out->view), "containers");
    snprintf(out->ns, sizeof(out->ns), "%s", row->ns);
    snprintf(out->name, sizeof(out->name), "%s", row->name);
    return true;
}

static const struct column columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "READY", FMT_RATIO, F_READY, COL_BOTH, .status = true },
    { "STATUS", FMT_TEXT, F_STATUS, COL_BOTH, .status = true },
    { "RESTARTS", FMT_TEXT, F_RESTARTS, COL_BOTH, .text = restarts_text, .key = restarts_key,
        .style = restarts_style },
    { "CPU", FMT_TEXT, 0, COL_SCREEN | COL_RIGHT, .text = cpu_text, .key = cpu_key },
    { "MEM", FMT_TEXT, 0, COL_SCREEN | COL_RIGHT, .text = mem_text, .key = mem_key, .style = mem_style },
    { "CPU/R", FMT_CPU, F_CPU_REQ, COL_SCREEN_WIDE | COL_RIGHT },
    { "CPU/L", FMT_CPU, F_CPU_LIM, COL_SCREEN_WIDE | COL_RIGHT },
    { "MEM/R", FMT_MEM, F_MEM_REQ, COL_SCREEN_WIDE | COL_RIGHT },
    { "MEM/L", FMT_MEM, F_MEM_LIM, COL_SCREEN_WIDE | COL_RIGHT },
    { "AGE", FMT_AGE, 0, COL_KUBECTL },
    { "IP", FMT_TEXT, F_IP, COL_KUBECTL_WIDE | COL_SCREEN },
    { "NODE", FMT_TEXT, F_NODE, COL_KUBECTL_WIDE | COL_SCREEN },
    { "NOMINATED NODE", FMT_TEXT, F_NOMINATED, COL_WIDE },
    { "READINESS GATES", FMT_TEXT, F_GATES, COL_WIDE },
    { "QOS", FMT_TEXT, F_QOS, COL_SCREEN_WIDE },
    { "SERVICE-ACCOUNT", FMT_TEXT, F_SA, COL_SCREEN_WIDE },
    { "IMAGE", FMT_TEXT, F_IMAGES, COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_SCREEN | COL_RIGHT },
    { 0 },
};

const struct kind kind_pods = {
    .name = "pods",
    .title = "Pods",
    .aliases = (const char *const[]) { "po", "pod", NULL },
    .api_kind = "Pod",
    .gvr = { "", "v1", "pods", true },
    .decoder = { paths, decode, false },
    .columns = columns,
    .enter = enter,
    .insight_hint = "Enter shows the containers of a Pod",
};
