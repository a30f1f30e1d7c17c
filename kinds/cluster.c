// Node, Namespace, Event (printers.go printNode, printNamespace, printEvent).
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/num.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/quantity.h"
#include "kinds/common.h"
#include "kinds/kinds.h"
#include "kinds/node.h"

static const char *const node_paths[] = { "spec.unschedulable", "spec.taints[].key", "spec.taints[].value",
    "spec.taints[].effect", "status.conditions[].type", "status.conditions[].status",
    "status.conditions[].reason", "status.conditions[].message", "status.nodeInfo.kubeletVersion",
    "status.nodeInfo.osImage", "status.nodeInfo.kernelVersion", "status.nodeInfo.containerRuntimeVersion",
    "status.nodeInfo.architecture", "status.addresses", "status.allocatable.cpu",
    "status.allocatable.memory", "status.allocatable.pods", NULL };

static const char *address(const json_t *node, const char *type)
{
    size_t i;
    json_t *a;
    json_array_foreach(json_at(node, "status", "addresses", NULL), i, a)
    {
        if (str_eq(json_str(a, "type", NULL), type))
            return json_str(a, "address", NULL);
    }
    return "<none>";
}

static const char *label(const json_t *node, const char *const *keys)
{
    for (; *keys; keys++) {
        const char *v = json_str(node, "metadata", "labels", *keys, NULL);
        if (*v)
            return v;
    }
    return "";
}

static void put_roles(struct row_builder *b, const json_t *node)
{
    static const char prefix[] = "node-role.kubernetes.io/";
    ARR(const char *) roles = { 0 };
    struct buf s = BUF_INIT;
    const char *key;
    json_t *v;
    json_object_foreach(json_at(node, "metadata", "labels", NULL), key, v)
    {
        const char *role = NULL;
        if (str_starts(key, prefix))
            role = key + strlen(prefix);
        else if (str_eq(key, "kubernetes.io/role"))
            role = json_string_value(v);
        if (role && *role)
            arr_push(&roles, role);
    }
    if (roles.n)
        qsort(roles.v, roles.n, sizeof(*roles.v), cmp_str);
    for (size_t i = 0; i < roles.n; i++)
        if (!i || !str_eq(roles.v[i - 1], roles.v[i]))
            list_add(&s, roles.v[i]);
    rb_str(b, N_ROLES, str_or(s.s, "<none>"));
    arr_release(&roles);
    buf_release(&s);
}

// Every condition but Ready is a problem when it is True, also those of node-problem-detector.
static void judge_conditions(struct row_builder *b, const json_t *node)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_at(node, "status", "conditions", NULL), i, c)
    {
        struct buf s = BUF_INIT;
        const char *type = json_str(c, "type", NULL), *is = json_str(c, "status", NULL);
        bool ready = str_eq(type, "Ready");
        cond_text(c, &s);
        if (ready && !str_eq(is, "True")) {
            rb_severity(b, SEV_BAD);
            rb_insight(b, "%s: %s", str_eq(is, "Unknown") ? "its kubelet has stopped reporting" : "not ready",
                s.s);
        } else if (!ready && str_eq(is, "True")) {
            rb_severity(b, SEV_BAD);
            rb_insight(b, "%s: %s", type, s.s);
        }
        buf_release(&s);
    }
}

static void put_node_status(struct row_builder *b, const json_t *node)
{
    const json_t *ready = cond_find(node, "Ready");
    bool cordoned = json_bool(node, "spec", "unschedulable", NULL);
    const char *status = !ready                                            ? "Unknown"
                         : str_eq(json_str(ready, "status", NULL), "True") ? "Ready"
                                                                           : "NotReady";
    rb_fmt(b, N_STATUS, "%s%s", status, cordoned ? ",SchedulingDisabled" : "");
    if (!ready) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "its kubelet has never reported");
    }
    judge_conditions(b, node);
    if (cordoned) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "cordoned: no new Pods are placed here");
    }
}

static void put_taints(struct row_builder *b, const json_t *node)
{
    struct buf s = BUF_INIT;
    size_t i;
    json_t *t;
    json_array_foreach(json_at(node, "spec", "taints", NULL), i, t)
    {
        const char *value = json_str(t, "value", NULL), *key = json_str(t, "key", NULL);
        const char *slash = strrchr(key, '/');
        buf_printf(&s, "%s%s%s%s:%s", s.n ? "," : "", slash ? slash + 1 : key, *value ? "=" : "", value,
            json_str(t, "effect", NULL));
    }
    rb_take(b, N_TAINTS, &s);
}

static void decode_node(const json_t *node, struct row_builder *b)
{
    static const char *const pools[] = { "cloud.google.com/gke-nodepool", "eks.amazonaws.com/nodegroup",
        "kubernetes.azure.com/agentpool", "agentpool", "karpenter.sh/nodepool", "node.kubernetes.io/pool",
        NULL };
    static const char *const zones[] = { "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/zone", NULL };
    static const char *const types[] = { "node.kubernetes.io/instance-type",
        "beta.kubernetes.io/instance-type", NULL };
    static const char *const spots[] = { "cloud.google.com/gke-spot", "cloud.google.com/gke-preemptible",
        NULL };
    static const char *const caps[] = { "eks.amazonaws.com/capacityType", "karpenter.sh/capacity-type",
        "kubernetes.azure.com/scalesetpriority", NULL };
    const json_t *info = json_at(node, "status", "nodeInfo", NULL);
    int64_t v;
    rb_begin(b, node, N_COUNT);
    put_node_status(b, node);
    put_roles(b, node);
    put_taints(b, node);
    rb_str(b, N_ARCH, json_str(info, "architecture", NULL));
    rb_str(b, N_VERSION, json_str(info, "kubeletVersion", NULL));
    rb_str(b, N_INTERNAL, address(node, "InternalIP"));
    rb_str(b, N_EXTERNAL, address(node, "ExternalIP"));
    rb_str(b, N_OS, str_or(json_str(info, "osImage", NULL), "<unknown>"));
    rb_str(b, N_KERNEL, str_or(json_str(info, "kernelVersion", NULL), "<unknown>"));
    rb_str(b, N_RUNTIME, str_or(json_str(info, "containerRuntimeVersion", NULL), "<unknown>"));
    rb_str(b, N_POOL, label(node, pools));
    rb_str(b, N_ZONE, label(node, zones));
    rb_str(b, N_TYPE, label(node, types));
    const char *cap = label(node, caps);
    rb_str(b, N_CAP, *label(node, spots) || str_icontains(cap, "spot") ? "spot" : *cap ? "od" : "");
    rb_num(b, N_PODS, quantity_bytes(json_str(node, "status", "allocatable", "pods", NULL), &v) ? v : -1);
    rb_num(b, N_CPU, quantity_milli(json_str(node, "status", "allocatable", "cpu", NULL), &v) ? v : -1);
    rb_num(b, N_MEM, quantity_bytes(json_str(node, "status", "allocatable", "memory", NULL), &v) ? v : -1);
    rb_emit(b);
}

static bool node_usage(const struct row *row, const struct cell_env *env, struct usage *u)
{
    return env->metrics && metrics_node(env->metrics, row->name, u);
}

static void node_cpu(const struct row *row, const struct cell_env *env, struct buf *out)
{
    struct usage u;
    if (node_usage(row, env, &u))
        cpu_cell(out, u.cpu_milli, row->f[N_CPU].n);
}

static double node_cpu_key(const struct row *row, const struct cell_env *env)
{
    struct usage u;
    return node_usage(row, env, &u) ? (double)u.cpu_milli : -1;
}

static void node_mem(const struct row *row, const struct cell_env *env, struct buf *out)
{
    struct usage u;
    if (node_usage(row, env, &u))
        mem_cell(out, u.mem_bytes, row->f[N_MEM].n);
}

static double node_mem_key(const struct row *row, const struct cell_env *env)
{
    struct usage u;
    return node_usage(row, env, &u) ? (double)u.mem_bytes : -1;
}

static bool node_load(const struct row *row, const struct cell_env *env, struct pod_sum *sum)
{
    return env->joins && env->joins->pods_on_node &&
           env->joins->pods_on_node(env->joins->arg, row->name, sum);
}

static void node_pods(const struct row *row, const struct cell_env *env, struct buf *out)
{
    struct pod_sum sum;
    if (node_load(row, env, &sum))
        buf_printf(out, "%lld", (long long)sum.pods);
    else if (row->f[N_PODS].n < 0)
        return;
    buf_printf(out, "/%lld", (long long)row->f[N_PODS].n);
}

static double node_pods_key(const struct row *row, const struct cell_env *env)
{
    struct pod_sum sum;
    return node_load(row, env, &sum) ? (double)sum.pods : (double)row->f[N_PODS].n;
}

// Requests as a share of what can be allocated: what the scheduler goes by.
static void node_alloc(const struct row *row, const struct cell_env *env, struct buf *out)
{
    struct pod_sum sum;
    if (row->f[N_CPU].n > 0 && row->f[N_MEM].n > 0 && node_load(row, env, &sum))
        buf_printf(out, "cpu %lld%% mem %lld%%", (long long)num_percent(sum.cpu_milli, row->f[N_CPU].n),
            (long long)num_percent(sum.mem_bytes, row->f[N_MEM].n));
}

static bool enter_node(const struct row *row, struct drill *out)
{
    struct buf field = BUF_INIT;
    gvr_field(&field, "spec.nodeName", row->name);
    bool fits = snprintf(out->fields, sizeof(out->fields), "%s", field.s) < (int)sizeof(out->fields);
    buf_release(&field);
    return fits && drill_to(out, "pods", "");
}

// With the architecture behind it, as kubectl has it from 1.36 on.
static void kernel_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    buf_puts(out, row->f[N_KERNEL].s);
    if (env->kubectl && env->minor >= 36 && *row->f[N_ARCH].s)
        buf_printf(out, " (%s)", row->f[N_ARCH].s);
}

static const struct column node_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "STATUS", FMT_TEXT, N_STATUS, COL_BOTH, .status = true },
    { "ROLES", FMT_TEXT, N_ROLES, COL_BOTH, .rank = 25 },
    { "POOL", FMT_TEXT, N_POOL, COL_SCREEN, .rank = 30 },
    { "CAP", FMT_TEXT, N_CAP, COL_SCREEN, .rank = 32 },
    { "ZONE", FMT_TEXT, N_ZONE, COL_SCREEN, .rank = 31 },
    { "TYPE", FMT_TEXT, N_TYPE, COL_SCREEN_WIDE },
    { "ARCH", FMT_TEXT, N_ARCH, COL_SCREEN_WIDE },
    { "PODS", FMT_TEXT, 0, COL_SCREEN | COL_RIGHT, .rank = 14, .text = node_pods, .key = node_pods_key },
    { "CPU", FMT_TEXT, 0, COL_SCREEN | COL_RIGHT | COL_METRICS, .rank = 12, .text = node_cpu, .key = node_cpu_key },
    { "MEM", FMT_TEXT, 0, COL_SCREEN | COL_RIGHT | COL_METRICS, .rank = 13, .text = node_mem, .key = node_mem_key },
    { "%ALLOC", FMT_TEXT, 0, COL_SCREEN_WIDE, .text = node_alloc },
    { "TAINTS", FMT_TEXT, N_TAINTS, COL_SCREEN, .max = 40 },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "VERSION", FMT_TEXT, N_VERSION, COL_BOTH, .rank = 28 },
    { "INTERNAL-IP", FMT_TEXT, N_INTERNAL, COL_WIDE },
    { "EXTERNAL-IP", FMT_TEXT, N_EXTERNAL, COL_WIDE },
    { "OS-IMAGE", FMT_TEXT, N_OS, COL_WIDE },
    { "KERNEL-VERSION", FMT_TEXT, N_KERNEL, COL_WIDE, .text = kernel_text },
    { "CONTAINER-RUNTIME", FMT_TEXT, N_RUNTIME, COL_WIDE },
    { 0 },
};

// ---- namespaces

static const char *const ns_paths[] = { "status.phase", "status.conditions[].status", "status.conditions[].reason", "status.conditions[].message", NULL };

static void decode_namespace(const json_t *ns, struct row_builder *b)
{
    size_t i;
    json_t *c;
    const char *phase = json_str(ns, "status", "phase", NULL);
    rb_begin(b, ns, 1);
    rb_str(b, 0, phase);
    if (str_eq(phase, "Terminating"))
        rb_severity(b, SEV_WARN);
    json_array_foreach(json_at(ns, "status", "conditions", NULL), i, c)
    {
        if (str_eq(json_str(c, "status", NULL), "True"))
            rb_insight(b, "%s: %s: %s", phase, json_str(c, "reason", NULL), json_str(c, "message", NULL));
    }
    if (str_eq(phase, "Terminating"))
        rb_insight(b, "Terminating: the objects in it are being deleted");
    rb_emit(b);
}

static bool enter_namespace(const struct row *row, struct drill *out)
{
    return drill_to(out, "pods", row->name);
}

static const struct column ns_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "STATUS", FMT_TEXT, 0, COL_BOTH, .status = true },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- events

enum event_field { E_LAST, E_TYPE, E_REASON, E_OBJECT, E_SUBOBJECT, E_SOURCE, E_MESSAGE, E_FIRST,
    E_EVENT_COUNT, E_KIND, E_NAME, E_OBJECT_NS, E_COUNT };

static const char *const event_paths[] = { "type", "reason", "message", "count", "firstTimestamp",
    "lastTimestamp", "eventTime", "series.count", "series.lastObservedTime", "source.component",
    "source.host", "involvedObject.kind", "involvedObject.name", "involvedObject.namespace",
    "involvedObject.fieldPath", "reportingComponent", "reportingInstance", NULL };

static void put_source(struct row_builder *b, const json_t *e)
{
    const char *component = str_or(json_str(e, "source", "component", NULL), json_str(e, "reportingComponent", NULL));
    const char *host = str_or(json_str(e, "source", "host", NULL), json_str(e, "reportingInstance", NULL));
    rb_fmt(b, E_SOURCE, "%s%s%s", component, *host ? ", " : "", host);
}

static void decode_event(const json_t *e, struct row_builder *b)
{
    char kind[128];
    int64_t first = json_time(e, "firstTimestamp", NULL), last = json_time(e, "lastTimestamp", NULL);
    int64_t count = json_i64(e, "count", NULL);
    const json_t *series = json_object_get(e, "series"), *obj = json_object_get(e, "involvedObject");
    first = first ? first : json_time(e, "eventTime", NULL);
    last = last ? last : first;
    if (json_is_object(series)) {
        last = json_time(series, "lastObservedTime", NULL);
        count = json_i64(series, "count", NULL);
    } else if (!count) {
        count = 1;
    }
    snprintf(kind, sizeof(kind), "%s", json_str(obj, "kind", NULL));
    for (char *p = kind; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    rb_begin(b, e, E_COUNT);
    rb_num(b, E_LAST, last);
    rb_num(b, E_FIRST, first);
    rb_num(b, E_EVENT_COUNT, count);
    rb_str(b, E_TYPE, json_str(e, "type", NULL));
    rb_str(b, E_REASON, json_str(e, "reason", NULL));
    rb_fmt(b, E_OBJECT, "%s%s%s", kind, *json_str(obj, "name", NULL) ? "/" : "", json_str(obj, "name", NULL));
    rb_str(b, E_SUBOBJECT, json_str(obj, "fieldPath", NULL));
    put_source(b, e);
    char message[2048];
    snprintf(message, sizeof(message), "%s", json_str(e, "message", NULL));
    rb_str(b, E_MESSAGE, str_trim(message));
    rb_str(b, E_KIND, json_str(obj, "kind", NULL));
    rb_str(b, E_NAME, json_str(obj, "name", NULL));
    rb_str(b, E_OBJECT_NS, json_str(obj, "namespace", NULL));
    if (!str_eq(json_str(e, "type", NULL), "Normal")) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "%s: %s", json_str(e, "reason", NULL), str_trim(message));
    }
    rb_emit(b);
}

static void seen_text(const struct row *row, const struct cell_env *env, struct buf *out, unsigned field)
{
    char age[HUMAN_DURATION_MAX];
    human_age(env->now, row->f[field].n, age);
    buf_puts(out, age);
}

static void last_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    seen_text(row, env, out, E_LAST);
}

static void first_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    seen_text(row, env, out, E_FIRST);
}

static double last_key(const struct row *row, const struct cell_env *env)
{
    return (double)(env->now - row->f[E_LAST].n);
}

static double first_key(const struct row *row, const struct cell_env *env)
{
    return (double)(env->now - row->f[E_FIRST].n);
}

static bool enter_event(const struct row *row, struct drill *out)
{
    const char *plural = plural_of(row->f[E_KIND].s);
    return *plural && drill_to(out, plural, row->f[E_OBJECT_NS].s) && drill_name(out, row->f[E_NAME].s);
}

static const struct column event_columns[] = {
    { "LAST SEEN", FMT_TEXT, E_LAST, COL_BOTH, .rank = 5, .text = last_text, .key = last_key },
    { "TYPE", FMT_TEXT, E_TYPE, COL_BOTH, .rank = 30, .status = true },
    { "REASON", FMT_TEXT, E_REASON, COL_BOTH, .rank = 8 },
    { "OBJECT", FMT_TEXT, E_OBJECT, COL_BOTH, .rank = 7, .max = 60 },
    { "SUBOBJECT", FMT_TEXT, E_SUBOBJECT, COL_WIDE },
    { "SOURCE", FMT_TEXT, E_SOURCE, COL_WIDE },
    { "COUNT", FMT_INT, E_EVENT_COUNT, COL_SCREEN | COL_RIGHT, .rank = 31 },
    { "MESSAGE", FMT_TEXT, E_MESSAGE, COL_BOTH, .rank = 6 },
    { "FIRST SEEN", FMT_TEXT, E_FIRST, COL_WIDE, .text = first_text,
        .key = first_key },
    { "COUNT", FMT_INT, E_EVENT_COUNT, COL_KUBECTL_WIDE },
    { "NAME", FMT_NAME, 0, COL_WIDE },
    { 0 },
};

const struct kind kind_nodes = {
    .name = "nodes",
    .title = "Nodes",
    .aliases = (const char *const[]) { "no", "node", NULL },
    .api_kind = "Node",
    .gvr = { "", "v1", "nodes", false },
    .decoder = { node_paths, decode_node, false },
    .columns = node_columns,
    .enter = enter_node,
};
const struct kind kind_namespaces = {
    .name = "namespaces",
    .title = "Namespaces",
    .aliases = (const char *const[]) { "ns", "namespace", NULL },
    .api_kind = "Namespace",
    .gvr = { "", "v1", "namespaces", false },
    .decoder = { ns_paths, decode_namespace, false },
    .columns = ns_columns,
    .enter = enter_namespace,
};
const struct kind kind_events = {
    .name = "events",
    .title = "Events",
    .aliases = (const char *const[]) { "ev", "event", NULL },
    .api_kind = "Event",
    .gvr = { "", "v1", "events", true },
    .decoder = { event_paths, decode_event, false },
    .columns = event_columns,
    .sort = "LAST SEEN",
    .enter = enter_event,
    .insight_hint = "Enter shows the object an event is about",
};
