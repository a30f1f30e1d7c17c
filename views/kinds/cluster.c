// Node, Namespace, Event (printers.go printNode, printNamespace, printEvent).
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/quantity.h"
#include "views/kinds/kinds.h"

enum node_field { N_STATUS, N_ROLES, N_VERSION, N_INTERNAL, N_EXTERNAL, N_OS, N_KERNEL, N_RUNTIME,
    N_POOL, N_ZONE, N_TYPE, N_TAINTS, N_CPU, N_MEM, N_CAP, N_COUNT };

static const char *const node_paths[] = { "spec.unschedulable", "spec.taints", "status.conditions[].type",
    "status.conditions[].status", "status.conditions[].reason", "status.conditions[].message",
    "status.nodeInfo", "status.addresses", "status.allocatable.cpu", "status.allocatable.memory", NULL };

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
    struct buf roles = BUF_INIT;
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
            buf_printf(&roles, "%s%s", roles.n ? "," : "", role);
    }
    rb_str(b, N_ROLES, roles.n ? roles.s : "<none>");
    buf_release(&roles);
}

static void put_node_status(struct row_builder *b, const json_t *node)
{
    size_t i;
    json_t *c;
    const char *status = "Unknown";
    bool cordoned = json_bool(node, "spec", "unschedulable", NULL);
    json_array_foreach(json_at(node, "status", "conditions", NULL), i, c)
    {
        const char *type = json_str(c, "type", NULL), *is = json_str(c, "status", NULL);
        if (str_eq(type, "Ready")) {
            status = str_eq(is, "True") ? "Ready" : "NotReady";
            if (!str_eq(is, "True")) {
                rb_severity(b, SEV_BAD);
                rb_insight(b, "not ready: %s: %s", json_str(c, "reason", NULL), json_str(c, "message", NULL));
            }
        } else if (str_eq(is, "True") && str_ends(type, "Pressure")) {
            rb_severity(b, SEV_BAD);
            rb_insight(b, "%s: %s", type, json_str(c, "message", NULL));
        }
    }
    if (cordoned) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "cordoned: no new Pods are placed here");
    }
    rb_fmt(b, N_STATUS, "%s%s", status, cordoned ? ",SchedulingDisabled" : "");
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
    rb_str(b, N_TAINTS, s.s);
    buf_release(&s);
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
    rb_num(b, N_CPU, quantity_milli(json_str(node, "status", "allocatable", "cpu", NULL), &v) ? v : -1);
    rb_num(b, N_MEM, quantity_bytes(json_str(node, "status", "allocatable", "memory", NULL), &v) ? v : -1);
    rb_emit(b);
}

static void percent(struct buf *out, int64_t used, int64_t of)
{
    if (of > 0)
        buf_printf(out, " %lld%%", (long long)(used * 100 / of));
}

static void node_cpu(const struct row *row, const struct cell_env *env, struct buf *out)
{
    struct usage u;
    if (!env->metrics || !metrics_node(env->metrics, row->name, &u))
        return;
    buf_printf(out, "%lldm", (long long)u.cpu_milli);
    percent(out, u.cpu_milli, row->f[N_CPU].n);
}

static void node_mem(const struct row *row, const struct cell_env *env, struct buf *out)
{
    struct usage u;
    if (!env->metrics || !metrics_node(env->metrics, row->name, &u))
        return;
    buf_printf(out, "%lldMi", (long long)(u.mem_bytes >> 20));
    percent(out, u.mem_bytes, row->f[N_MEM].n);
}

static bool enter_node(const struct row *row, struct drill *out)
{
    snprintf(out->view, sizeof(out->view), "pods");
    snprintf(out->fields, sizeof(out->fields), "spec.nodeName=%s", row->name);
    return true;
}

static const struct column node_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "STATUS", FMT_TEXT, N_STATUS, COL_BOTH, .status = true },
    { "ROLES", FMT_TEXT, N_ROLES, COL_BOTH },
    { "POOL", FMT_TEXT, N_POOL, COL_SCREEN },
    { "CAP", FMT_TEXT, N_CAP, COL_SCREEN },
    { "ZONE", FMT_TEXT, N_ZONE, COL_SCREEN },
    { "TYPE", FMT_TEXT, N_TYPE, COL_SCREEN_WIDE },
    { "CPU", FMT_TEXT, 0, COL_SCREEN | COL_RIGHT, .text = node_cpu },
    { "MEM", FMT_TEXT, 0, COL_SCREEN | COL_RIGHT, .text = node_mem },
    { "TAINTS", FMT_TEXT, N_TAINTS, COL_SCREEN, .max = 40 },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "VERSION", FMT_TEXT, N_VERSION, COL_BOTH },
    { "INTERNAL-IP", FMT_TEXT, N_INTERNAL, COL_WIDE },
    { "EXTERNAL-IP", FMT_TEXT, N_EXTERNAL, COL_WIDE },
    { "OS-IMAGE", FMT_TEXT, N_OS, COL_WIDE },
    { "KERNEL-VERSION", FMT_TEXT, N_KERNEL, COL_WIDE },
    { "CONTAINER-RUNTIME", FMT_TEXT, N_RUNTIME, COL_WIDE },
    { 0 },
};

// ---- namespaces

static const char *const ns_paths[] = { "status.phase", "status.conditions", NULL };

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
            rb_insight(b, "%s: %s", json_str(c, "reason", NULL), json_str(c, "message", NULL));
    }
    rb_emit(b);
}

static bool enter_namespace(const struct row *row, struct drill *out)
{
    snprintf(out->view, sizeof(out->view), "pods");
    snprintf(out->ns, sizeof(out->ns), "%s", row->name);
    return true;
}

static const struct column ns_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "STATUS", FMT_TEXT, 0, COL_BOTH, .status = true },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- events

enum event_field { E_LAST, E_TYPE, E_REASON, E_OBJECT, E_SUBOBJECT, E_SOURCE, E_MESSAGE, E_FIRST,
    E_EVENT_COUNT, E_COUNT };

static const char *const event_paths[] = { "type", "reason", "message", "count", "firstTimestamp",
    "lastTimestamp", "eventTime", "series", "source", "involvedObject", "reportingComponent",
    "reportingInstance", NULL };

static void put_source(struct row_builder *b, const json_t *e)
{
    const char *component = json_str(e, "source", "component", NULL), *host = json_str(e, "source", "host", NULL);
    component = str_or(component, json_str(e, "reportingComponent", NULL));
    host = *json_str(e, "source", "component", NULL) ? host : json_str(e, "reportingInstance", NULL);
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
    if (!str_eq(json_str(e, "type", NULL), "Normal")) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "%s", message);
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

static const struct column event_columns[] = {
    { "LAST SEEN", FMT_TEXT, E_LAST, COL_BOTH, .text = last_text, .key = last_key },
    { "TYPE", FMT_TEXT, E_TYPE, COL_BOTH, .status = true },
    { "REASON", FMT_TEXT, E_REASON, COL_BOTH },
    { "OBJECT", FMT_TEXT, E_OBJECT, COL_BOTH, .max = 60 },
    { "SUBOBJECT", FMT_TEXT, E_SUBOBJECT, COL_WIDE },
    { "SOURCE", FMT_TEXT, E_SOURCE, COL_WIDE },
    { "COUNT", FMT_INT, E_EVENT_COUNT, COL_SCREEN | COL_RIGHT },
    { "MESSAGE", FMT_TEXT, E_MESSAGE, COL_BOTH },
    { "FIRST SEEN", FMT_TEXT, E_FIRST, COL_WIDE, .text = first_text },
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
};
