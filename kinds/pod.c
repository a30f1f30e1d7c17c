// Pods: STATUS, READY and RESTARTS exactly as the API server's printPod computes them
// (kubernetes pkg/printers/internalversion/printers.go), with the finding behind them in words.
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/proto.h"
#include "client/quantity.h"
#include "kinds/common.h"
#include "kinds/cstate.h"
#include "kinds/kinds.h"
#include "kinds/podspec.h"

#define QUARANTINED "kview.dev/quarantined" // acts/quarantine.c

enum field {
    F_READY, F_TOTAL, F_STATUS, F_RESTARTS, F_LAST_RESTART, F_IP, F_NODE, F_NOMINATED, F_GATES,
    F_CPU_REQ, F_CPU_LIM, F_MEM_REQ, F_MEM_LIM, F_QOS, F_SA, F_IMAGES, F_FINISHED, F_NODE_LOST,
    F_COUNT
};

static const char *const paths[] = { PODSPEC_LINK_PATHS("spec"),
    PODSPEC_ENV_PATHS("spec.ephemeralContainers[]"), "spec.nodeName", "spec.containers[].name",
    "spec.containers[].image", "spec.containers[].resources.requests", "spec.containers[].resources.limits",
    "spec.initContainers[].name", "spec.initContainers[].restartPolicy",
    "spec.initContainers[].resources.requests", "spec.initContainers[].resources.limits",
    "spec.resources", "spec.readinessGates", "metadata.finalizers", "metadata.annotations.[" QUARANTINED "]",
    "status.phase",
    "status.reason", "status.message", "status.podIPs", "status.nominatedNodeName",
    "status.qosClass", "status.conditions[].type", "status.conditions[].status",
    "status.conditions[].reason", "status.conditions[].message", "status.conditions[].lastTransitionTime",
    CSTATE_PATHS("status.initContainerStatuses"), CSTATE_PATHS("status.containerStatuses"),
    "status.initContainerStatuses[].started", "status.containerStatuses[].started", NULL };

struct tally {
    int64_t ready, total, restarts, last_restart, sidecar_restarts, sidecar_last;
    char reason[160];
    bool initializing, has_running;
};

static bool is_sidecar(const json_t *pod, const char *name)
{
    const json_t *c = json_named(json_at(pod, "spec", "initContainers", NULL), name);
    return str_eq(json_str(c, "restartPolicy", NULL), "Always");
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
        t->restarts = num_add(t->restarts, json_i64(cs, "restartCount", NULL));
        note_restart(cs, &t->last_restart);
        if (sidecar) {
            t->sidecar_restarts = num_add(t->sidecar_restarts, json_i64(cs, "restartCount", NULL));
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

// error: the reason of a container that failed, where another's success would hide it
static void terminated_reason(struct tally *t, const json_t *term, char *error, size_t n)
{
    if (*json_str(term, "reason", NULL))
        snprintf(t->reason, sizeof(t->reason), "%s", json_str(term, "reason", NULL));
    else if (json_i64(term, "signal", NULL))
        snprintf(t->reason, sizeof(t->reason), "Signal:%d", (int)json_i64(term, "signal", NULL));
    else
        snprintf(t->reason, sizeof(t->reason), "ExitCode:%d", (int)json_i64(term, "exitCode", NULL));
    if (json_i64(term, "exitCode", NULL))
        snprintf(error, n, "%s", t->reason);
}

static void tally_containers(struct tally *t, const json_t *pod)
{
    const json_t *list = json_at(pod, "status", "containerStatuses", NULL);
    char error[sizeof(t->reason)] = "";
    t->restarts = t->sidecar_restarts;
    t->last_restart = t->sidecar_last;
    for (size_t i = json_array_size(list); i-- > 0;) { // backwards: the first container's problem wins
        const json_t *cs = json_array_get(list, i);
        const json_t *term = json_at(cs, "state", "terminated", NULL);
        const char *waiting = json_str(cs, "state", "waiting", "reason", NULL);
        t->restarts = num_add(t->restarts, json_i64(cs, "restartCount", NULL));
        note_restart(cs, &t->last_restart);
        if (*waiting)
            snprintf(t->reason, sizeof(t->reason), "%s", waiting);
        else if (term)
            terminated_reason(t, term, error, sizeof(error));
        else if (json_bool(cs, "ready", NULL) && json_at(cs, "state", "running", NULL)) {
            t->has_running = true;
            t->ready++;
        }
    }
    if (!str_eq(t->reason, "Completed"))
        return;
    if (t->has_running && cond_is(pod, "Ready", "True"))
        snprintf(t->reason, sizeof(t->reason), "Running");
    else if (*error)
        snprintf(t->reason, sizeof(t->reason), "%s", error);
    else if (t->has_running)
        snprintf(t->reason, sizeof(t->reason), "NotReady");
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
    if (str_eq(json_str(cond_find(pod, "PodScheduled"), "reason", NULL), "SchedulingGated"))
        snprintf(t->reason, sizeof(t->reason), "SchedulingGated");
    tally_init(t, pod);
    if (!t->initializing || cond_is(pod, "Initialized", "True"))
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
    if (str_eq(r, "Pending") && cond_is(pod, "PodScheduled", "False"))
        return SEV_BAD;
    if (str_eq(r, "NotReady"))
        return SEV_WARN;
    return SEV_INFO; // Pending, ContainerCreating, Terminating, Init:0/1 …
}

static const json_t *spec_of(const json_t *pod, const char *name)
{
    static const char *const lists[] = { "containers", "initContainers" };
    const json_t *c = NULL;
    for (size_t k = 0; !c && k < 2; k++)
        c = json_named(json_at(pod, "spec", lists[k], NULL), name);
    return c;
}

static void explain_unready(struct row_builder *b, const json_t *pod)
{
    size_t i;
    json_t *v;
    json_array_foreach(json_at(pod, "status", "containerStatuses", NULL), i, v)
    {
        cstate_explain_unready(b, "container", v);
    }
    json_array_foreach(json_at(pod, "spec", "readinessGates", NULL), i, v)
    {
        const char *type = json_str(v, "conditionType", NULL);
        if (!cond_is(pod, type, "True"))
            rb_insight(b, "NotReady: the readiness gate %s is not met", type);
    }
}

static void explain_terminating(struct row_builder *b, const json_t *pod)
{
    struct buf s = BUF_INIT;
    size_t i;
    json_t *v;
    json_array_foreach(json_at(pod, "metadata", "finalizers", NULL), i, v)
    {
        list_add(&s, str_or(json_string_value(v), ""));
    }
    rb_insight(b, s.n ? "Terminating: waits for the finalizers %s" : "Terminating: its containers are stopping%s",
        s.s);
    buf_release(&s);
}

static void explain(struct row_builder *b, const struct tally *t, const json_t *pod)
{
    static const struct {
        const char *statuses, *what;
    } lists[] = { { "initContainerStatuses", "init container" }, { "containerStatuses", "container" } };
    const json_t *scheduled = cond_find(pod, "PodScheduled");
    const char *message = json_str(pod, "status", "message", NULL);
    size_t i;
    json_t *cs;
    if (str_eq(t->reason, "Terminating")) {
        explain_terminating(b, pod);
        return;
    }
    if (*json_str(scheduled, "message", NULL) && !str_eq(json_str(scheduled, "status", NULL), "True"))
        rb_insight(b, "%s: %s", str_or(json_str(scheduled, "reason", NULL), "Pending"),
            json_str(scheduled, "message", NULL));
    if (*message)
        rb_insight(b, "%s: %s", t->reason, message);
    for (size_t k = 0; k < 2; k++) {
        json_array_foreach(json_at(pod, "status", lists[k].statuses, NULL), i, cs)
        {
            const char *name = json_str(cs, "name", NULL);
            const char *what = k == 0 && is_sidecar(pod, name) ? "sidecar" : lists[k].what;
            cstate_explain_failure(b, what, spec_of(pod, name), cs);
        }
    }
    explain_unready(b, pod);
}

static int64_t quantity(const json_t *resources, const char *which, const char *name)
{
    const char *q = json_str(resources, which, name, NULL);
    int64_t v;
    if (!*q || !(name[0] == 'c' ? quantity_milli(q, &v) : quantity_bytes(q, &v)))
        return -1;
    return v;
}

// Requests add up; a limit holds only where every container has one. Sidecars count, other init
// containers do not, and what the Pod itself asks for goes before all (KEP-2837).
static int64_t sum_resources(const json_t *pod, const char *which, const char *name)
{
    static const char *const lists[] = { "containers", "initContainers" };
    int64_t total = 0, own = quantity(json_at(pod, "spec", "resources", NULL), which, name);
    bool any = false, all = true;
    size_t i;
    json_t *c;
    for (size_t k = 0; k < 2; k++) {
        json_array_foreach(json_at(pod, "spec", lists[k], NULL), i, c)
        {
            if (k == 1 && !str_eq(json_str(c, "restartPolicy", NULL), "Always"))
                continue;
            int64_t v = quantity(json_object_get(c, "resources"), which, name);
            any |= v >= 0;
            all &= v >= 0;
            total = num_add(total, v >= 0 ? v : 0);
        }
    }
    if (own >= 0)
        return own;
    return any && (all || which[0] == 'r') ? total : -1;
}

// How many of its n readiness gates are met.
static size_t gates_met(const json_t *pod, size_t *n)
{
    const json_t *list = json_at(pod, "spec", "readinessGates", NULL);
    size_t met = 0;
    *n = json_array_size(list);
    for (size_t i = 0; i < *n; i++)
        met += cond_is(pod, json_str(json_array_get(list, i), "conditionType", NULL), "True");
    return met;
}

static void gates(struct row_builder *b, const json_t *pod)
{
    size_t n, met = gates_met(pod, &n);
    if (n)
        rb_fmt(b, F_GATES, "%zu/%zu", met, n);
    else
        rb_str(b, F_GATES, "<none>");
}

static void put_images(struct row_builder *b, const json_t *pod)
{
    struct buf names = BUF_INIT, images = BUF_INIT;
    podspec_containers(json_object_get(pod, "spec"), &names, &images);
    buf_release(&names);
    rb_take(b, F_IMAGES, &images);
}

// The kubelet says "not ready" of a Pod when a container is not or a gate is not met. When neither is so, its node went
// silent and the node lifecycle controller said it (MarkPodsNotReady): the rest is what it was then, and stands until a
// kubelet writes the Pod's status again, which a node that is back does at once, but not one that is simulated.
static bool node_lost(const struct tally *t, const json_t *pod)
{
    size_t gates, met = gates_met(pod, &gates);
    return str_eq(t->reason, "Running") && t->ready == t->total && met == gates && cond_is(pod, "Ready", "False");
}

// When what is wrong began, and what it is a day later: nobody makes a Pod that has failed run again; one that fits on no
// node still waits.
static void fade(struct row_builder *b, const json_t *pod)
{
    int64_t finished = 0;
    size_t i;
    json_t *cs;
    json_array_foreach(json_at(pod, "status", "containerStatuses", NULL), i, cs)
    {
        int64_t t = json_time(cs, "state", "terminated", "finishedAt", NULL);
        finished = t > finished ? t : finished;
    }
    if (str_eq(json_str(pod, "status", "phase", NULL), "Failed"))
        rb_fade(b, finished ? finished : b->created, SEV_DIM);
    else if (cond_is(pod, "PodScheduled", "False"))
        rb_fade(b, json_time(cond_find(pod, "PodScheduled"), "lastTransitionTime", NULL), SEV_WARN);
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
    rb_str(b, F_IP, str_or(ip, "<none>"));
    rb_str(b, F_NODE, str_or(json_str(pod, "spec", "nodeName", NULL), "<none>"));
    rb_str(b, F_NOMINATED, str_or(json_str(pod, "status", "nominatedNodeName", NULL), "<none>"));
    gates(b, pod);
    rb_num(b, F_CPU_REQ, sum_resources(pod, "requests", "cpu"));
    rb_num(b, F_CPU_LIM, sum_resources(pod, "limits", "cpu"));
    rb_num(b, F_MEM_REQ, sum_resources(pod, "requests", "memory"));
    rb_num(b, F_MEM_LIM, sum_resources(pod, "limits", "memory"));
    rb_str(b, F_QOS, json_str(pod, "status", "qosClass", NULL));
    rb_str(b, F_SA, json_str(pod, "spec", "serviceAccountName", NULL));
    const char *phase = json_str(pod, "status", "phase", NULL);
    rb_num(b, F_FINISHED, str_eq(phase, "Succeeded") || str_eq(phase, "Failed"));
    put_images(b, pod);
    enum severity sev = severity_of(&t, pod);
    if (*json_str(pod, "metadata", "annotations", QUARANTINED, NULL)) { // not to be forgotten: nothing else ends it
        rb_insight(b, "In quarantine: kept from its Services; :unquarantine puts its labels back");
        sev = sev == SEV_OK ? SEV_WARN : sev;
    }
    if (node_lost(&t, pod)) {
        rb_num(b, F_NODE_LOST, 1);
        rb_insight(b, "NotReady: its node %s went silent, and no kubelet has reported the Pod since",
            json_str(pod, "spec", "nodeName", NULL));
        sev = SEV_BAD;
    }
    rb_severity(b, sev);
    fade(b, pod);
    if (sev != SEV_OK && sev != SEV_DIM)
        explain(b, &t, pod);
    podspec_links(b, obj_ns(pod), json_object_get(pod, "spec"));
    rb_link(b, "nodes", "", json_str(pod, "spec", "nodeName", NULL));
    rb_emit(b);
}

static void status_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    buf_puts(out, row->f[F_NODE_LOST].n && !env->kubectl ? "NotReady" : row->f[F_STATUS].s);
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

bool pod_row_load(const struct row *pod, const char **node, struct pod_sum *one)
{
    const union cell *f = pod->f;
    *node = f[F_NODE].s;
    *one = (struct pod_sum) { 1, f[F_CPU_REQ].n > 0 ? f[F_CPU_REQ].n : 0,
        f[F_MEM_REQ].n > 0 ? f[F_MEM_REQ].n : 0 };
    return !f[F_FINISHED].n && !str_eq(*node, "<none>");
}

static bool usage_of(const struct row *row, const struct cell_env *env, struct usage *u)
{
    return env->metrics && metrics_pod(env->metrics, row->ns, row->name, u);
}

static void cpu_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    struct usage u;
    if (usage_of(row, env, &u))
        cpu_cell(out, u.cpu_milli, 0);
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
        mem_cell(out, u.mem_bytes, 0);
}

static double mem_key(const struct row *row, const struct cell_env *env)
{
    struct usage u;
    return usage_of(row, env, &u) ? (double)u.mem_bytes : -1;
}

// Usage as a share of a request or limit, in percent; below zero: not known.
static double share(const struct row *row, const struct cell_env *env, unsigned field)
{
    struct usage u;
    int64_t of = row->f[field].n;
    if (of <= 0 || !usage_of(row, env, &u))
        return -1;
    return (double)(field < F_MEM_REQ ? u.cpu_milli : u.mem_bytes) * 100 / (double)of;
}

#define SHARE(name, field)                                                                         \
    static double name##_key(const struct row *row, const struct cell_env *env)                    \
    {                                                                                              \
        return share(row, env, field);                                                             \
    }                                                                                              \
    static void name##_text(const struct row *row, const struct cell_env *env, struct buf *out)    \
    {                                                                                              \
        double v = share(row, env, field);                                                         \
        if (v >= 0)                                                                                \
            buf_printf(out, "%.0f%%", v);                                                          \
    }
SHARE(cpu_req, F_CPU_REQ)
SHARE(cpu_lim, F_CPU_LIM)
SHARE(mem_req, F_MEM_REQ)
SHARE(mem_lim, F_MEM_LIM)

// Near its memory limit a container is about to be killed: worth a colour before it happens.
static style_t mem_style(const struct row *row, const struct cell_env *env)
{
    double v = share(row, env, F_MEM_LIM);
    if (row->severity == SEV_DIM)
        return ROLE_DIM;
    return v > 90 ? ROLE_BAD : v > 75 ? ROLE_WARN : ROLE_TEXT;
}

static bool enter(const struct row *row, struct drill *out)
{
    return drill_to(out, "containers", row->ns) && drill_name(out, row->name);
}

static const struct column columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "READY", FMT_RATIO, F_READY, COL_BOTH, .status = true },
    { "STATUS", FMT_TEXT, F_STATUS, COL_BOTH, .text = status_text, .status = true },
    { "RESTARTS", FMT_TEXT, F_RESTARTS, COL_BOTH, .rank = 5, .text = restarts_text, .key = restarts_key,
        .style = restarts_style },
    { "CPU", FMT_TEXT, 0, COL_SCREEN | COL_RIGHT | COL_METRICS, .text = cpu_text, .key = cpu_key },
    { "MEM", FMT_TEXT, 0, COL_SCREEN | COL_RIGHT | COL_METRICS, .text = mem_text, .key = mem_key, .style = mem_style },
    { "CPU/R", FMT_CPU, F_CPU_REQ, COL_SCREEN_WIDE | COL_RIGHT },
    { "%CPU/R", FMT_TEXT, 0, COL_SCREEN_WIDE | COL_RIGHT | COL_METRICS, .text = cpu_req_text, .key = cpu_req_key },
    { "CPU/L", FMT_CPU, F_CPU_LIM, COL_SCREEN_WIDE | COL_RIGHT },
    { "%CPU/L", FMT_TEXT, 0, COL_SCREEN_WIDE | COL_RIGHT | COL_METRICS, .text = cpu_lim_text, .key = cpu_lim_key },
    { "MEM/R", FMT_MEM, F_MEM_REQ, COL_SCREEN_WIDE | COL_RIGHT },
    { "%MEM/R", FMT_TEXT, 0, COL_SCREEN_WIDE | COL_RIGHT | COL_METRICS, .text = mem_req_text, .key = mem_req_key },
    { "MEM/L", FMT_MEM, F_MEM_LIM, COL_SCREEN_WIDE | COL_RIGHT },
    { "%MEM/L", FMT_TEXT, 0, COL_SCREEN_WIDE | COL_RIGHT | COL_METRICS, .text = mem_lim_text, .key = mem_lim_key,
        .style = mem_style },
    { "AGE", FMT_AGE, 0, COL_KUBECTL },
    { "IP", FMT_TEXT, F_IP, COL_KUBECTL_WIDE | COL_SCREEN, .rank = 40 },
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
    .decoder = { paths, decode, false, &proto_pod },
    .columns = columns,
    .refers = (const char *const[]) { PODSPEC_REFERS, "nodes", NULL },
    .enter = enter,
    .insight_hint = "Enter shows the containers of a Pod",
};
