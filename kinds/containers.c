// The containers of one Pod: a row each, init, sidecar and ephemeral ones marked.
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/proto.h"
#include "client/quantity.h"
#include "kinds/cstate.h"
#include "kinds/kinds.h"

enum field { F_TYPE, F_READY, F_STATE, F_RESTARTS, F_LAST, F_LAST_AT, F_PROBES, F_CPU_REQ, F_CPU_LIM,
    F_MEM_REQ, F_MEM_LIM, F_PORTS, F_IMAGE, F_POD, F_COUNT };

#define SPEC_PATHS(at)                                                                             \
    at "[].name", at "[].image", at "[].ports[].name", at "[].ports[].containerPort",              \
        at "[].ports[].protocol", at "[].resources.requests", at "[].resources.limits"
#define PROBE_PATHS(at) at "[].livenessProbe.-", at "[].readinessProbe.-", at "[].startupProbe.-"

static const char *const paths[] = { SPEC_PATHS("spec.containers"), PROBE_PATHS("spec.containers"),
    SPEC_PATHS("spec.initContainers"), PROBE_PATHS("spec.initContainers"),
    "spec.initContainers[].restartPolicy", "spec.ephemeralContainers[].name",
    "spec.ephemeralContainers[].image", CSTATE_PATHS("status.containerStatuses"),
    "status.containerStatuses[].started", "status.initContainerStatuses[].started",
    CSTATE_PATHS("status.initContainerStatuses"), CSTATE_PATHS("status.ephemeralContainerStatuses"), NULL };

static int64_t quantity(const json_t *c, const char *which, const char *name)
{
    const char *q = json_str(c, "resources", which, name, NULL);
    int64_t v;
    if (!*q || !(name[0] == 'c' ? quantity_milli(q, &v) : quantity_bytes(q, &v)))
        return -1;
    return v;
}

static const char *state_of(const json_t *cs)
{
    const json_t *term = json_at(cs, "state", "terminated", NULL);
    if (json_at(cs, "state", "running", NULL))
        return "Running";
    if (term)
        return str_or(json_str(term, "reason", NULL), json_i64(term, "exitCode", NULL) ? "Error" : "Completed");
    return str_or(json_str(cs, "state", "waiting", "reason", NULL), "Waiting");
}

// what: "container", "init container", "sidecar", "debug container". Init containers need not be ready.
static void judge(struct row_builder *b, const json_t *c, const json_t *cs, const char *what)
{
    const json_t *term = json_at(cs, "state", "terminated", NULL);
    bool must_be_ready = what[0] == 'c' || what[0] == 's';
    if (json_at(cs, "state", "running", NULL)) {
        if (must_be_ready && !json_bool(cs, "ready", NULL)) {
            rb_severity(b, SEV_WARN);
            cstate_explain_unready(b, what, cs);
        }
    } else if (term) {
        rb_severity(b, json_i64(term, "exitCode", NULL) ? SEV_BAD : SEV_DIM);
    } else {
        bool calm = cstate_calm(json_str(cs, "state", "waiting", "reason", NULL));
        rb_severity(b, calm ? SEV_INFO : SEV_BAD);
    }
    if (b->severity == SEV_BAD)
        cstate_explain_failure(b, what, c, cs);
}

static void put_last_exit(struct row_builder *b, const json_t *cs)
{
    const json_t *last = json_at(cs, "lastState", "terminated", NULL);
    rb_str(b, F_LAST, "");
    if (!last)
        return;
    rb_fmt(b, F_LAST, "%s %d", str_or(json_str(last, "reason", NULL), "exit"),
        (int)json_i64(last, "exitCode", NULL));
    rb_num(b, F_LAST_AT, json_time(last, "finishedAt", NULL));
}

static void put_ports(struct row_builder *b, const json_t *c)
{
    struct buf s = BUF_INIT;
    size_t i;
    json_t *p;
    json_array_foreach(json_object_get(c, "ports"), i, p)
    {
        const char *name = json_str(p, "name", NULL), *proto = json_str(p, "protocol", NULL);
        buf_printf(&s, "%s%s%s%d", i ? "," : "", name, *name ? ":" : "",
            (int)json_i64(p, "containerPort", NULL));
        if (*proto && !str_eq(proto, "TCP"))
            buf_printf(&s, "/%s", proto);
    }
    rb_str(b, F_PORTS, s.s);
    buf_release(&s);
}

static const struct {
    const char *specs, *statuses, *type, *what;
} lists[] = {
    { "initContainers", "initContainerStatuses", "init", "init container" },
    { "containers", "containerStatuses", "", "container" },
    { "ephemeralContainers", "ephemeralContainerStatuses", "ephemeral", "debug container" },
};

static void decode_list(const json_t *pod, struct row_builder *b, size_t which)
{
    const char *type = lists[which].type, *what = lists[which].what;
    size_t i;
    json_t *c;
    json_array_foreach(json_at(pod, "spec", lists[which].specs, NULL), i, c)
    {
        const char *name = json_str(c, "name", NULL);
        const json_t *cs = json_named(json_at(pod, "status", lists[which].statuses, NULL), name);
        bool sidecar = str_eq(json_str(c, "restartPolicy", NULL), "Always");
        rb_begin(b, pod, F_COUNT);
        rb_str(b, F_POD, json_str(pod, "metadata", "name", NULL));
        rb_sub_id(b, name);
        rb_set_name(b, name);
        rb_str(b, F_TYPE, sidecar ? "sidecar" : type);
        rb_str(b, F_READY, json_bool(cs, "ready", NULL) ? "true" : "false");
        rb_num(b, F_RESTARTS, json_i64(cs, "restartCount", NULL));
        rb_fmt(b, F_PROBES, "%s%s%s", json_object_get(c, "livenessProbe") ? "L" : "-",
            json_object_get(c, "readinessProbe") ? "R" : "-", json_object_get(c, "startupProbe") ? "S" : "-");
        rb_num(b, F_CPU_REQ, quantity(c, "requests", "cpu"));
        rb_num(b, F_CPU_LIM, quantity(c, "limits", "cpu"));
        rb_num(b, F_MEM_REQ, quantity(c, "requests", "memory"));
        rb_num(b, F_MEM_LIM, quantity(c, "limits", "memory"));
        put_ports(b, c);
        rb_str(b, F_IMAGE, json_str(c, "image", NULL));
        rb_str(b, F_STATE, state_of(cs));
        put_last_exit(b, cs);
        judge(b, c, cs, sidecar ? "sidecar" : what);
        rb_emit(b);
    }
}

static void decode(const json_t *pod, struct row_builder *b)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        decode_list(pod, b, i);
}

static bool usage_of(const struct row *row, const struct cell_env *env, struct usage *u)
{
    return env->metrics && metrics_container(env->metrics, row->ns, row->f[F_POD].s, row->name, u);
}

static void cpu_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    struct usage u;
    if (usage_of(row, env, &u))
        buf_printf(out, "%lldm", (long long)u.cpu_milli);
}

static void mem_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    struct usage u;
    if (usage_of(row, env, &u))
        buf_printf(out, "%lldMi", (long long)(u.mem_bytes >> 20));
}

static void last_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    char age[HUMAN_DURATION_MAX];
    buf_puts(out, row->f[F_LAST].s);
    if (!row->f[F_LAST_AT].n)
        return;
    human_age(env->now, row->f[F_LAST_AT].n, age);
    buf_printf(out, " (%s ago)", age);
}

static const struct column columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "TYPE", FMT_TEXT, F_TYPE, COL_BOTH },
    { "READY", FMT_TEXT, F_READY, COL_BOTH },
    { "STATE", FMT_TEXT, F_STATE, COL_BOTH, .status = true },
    { "RESTARTS", FMT_INT, F_RESTARTS, COL_BOTH },
    { "LAST-EXIT", FMT_TEXT, F_LAST, COL_BOTH, .text = last_text },
    { "PROBES", FMT_TEXT, F_PROBES, COL_BOTH },
    { "CPU", FMT_TEXT, 0, COL_BOTH | COL_RIGHT | COL_METRICS, .text = cpu_text },
    { "CPU/R", FMT_CPU, F_CPU_REQ, COL_BOTH | COL_RIGHT },
    { "CPU/L", FMT_CPU, F_CPU_LIM, COL_BOTH | COL_RIGHT },
    { "MEM", FMT_TEXT, 0, COL_BOTH | COL_RIGHT | COL_METRICS, .text = mem_text },
    { "MEM/R", FMT_MEM, F_MEM_REQ, COL_BOTH | COL_RIGHT },
    { "MEM/L", FMT_MEM, F_MEM_LIM, COL_BOTH | COL_RIGHT },
    { "PORTS", FMT_TEXT, F_PORTS, COL_BOTH },
    { "IMAGE", FMT_TEXT, F_IMAGE, COL_BOTH },
    { "POD", FMT_TEXT, F_POD, COL_SCREEN_WIDE }, // for views over all of them
    { 0 },
};

const struct kind kind_containers = {
    .name = "containers",
    .title = "Containers",
    .aliases = (const char *const[]) { "co", "container", NULL },
    .api_kind = "Pod",
    .gvr = { "", "v1", "pods", true },
    .decoder = { paths, decode, false, &proto_pod },
    .columns = columns,
    .object_per_rows = true,
};
