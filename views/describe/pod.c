#include "views/describe/pod.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "client/quantity.h"

// ---- containers

static void ports(struct dw *w, const json_t *c, const char *key, const char *label)
{
    struct buf b = BUF_INIT;
    size_t i;
    json_t *p;
    json_array_foreach(json_object_get(c, "ports"), i, p)
    {
        buf_printf(&b, "%s%d/%s", i ? ", " : "", (int)json_i64(p, key, NULL),
            json_str(p, "protocol", NULL));
        if (*json_str(p, "name", NULL))
            buf_printf(&b, " (%s)", json_str(p, "name", NULL));
    }
    dw(w, 2, "%s%s:\t%s\n", label, strchr(b.s, ',') ? "s" : "", str_or(b.s, "<none>"));
    buf_release(&b);
}

static void seccomp(struct dw *w, const json_t *owner, int level, int local_level)
{
    const json_t *p = json_at(owner, "securityContext", "seccompProfile", NULL);
    if (!p)
        return;
    dw(w, level, "SeccompProfile:\t%s\n", json_str(p, "type", NULL));
    if (str_eq(json_str(p, "type", NULL), "Localhost"))
        dw(w, local_level, "LocalhostProfile:\t%s\n", json_str(p, "localhostProfile", NULL));
}

static void lines(struct dw *w, const char *label, const json_t *list)
{
    size_t i;
    json_t *v;
    if (!json_array_size(list))
        return;
    dw(w, 2, "%s:\n", label);
    json_array_foreach((json_t *)list, i, v)
    {
        const char *s = json_string_value(v) ? json_string_value(v) : "";
        for (;; s++) {
            size_t n = strcspn(s, "\n");
            dw(w, 3, "%.*s\n", (int)n, s);
            s += n;
            if (!*s)
                break;
        }
    }
}

static void terminated(struct dw *w, const json_t *t)
{
    char tmp[64];
    if (*json_str(t, "reason", NULL))
        dw(w, 3, "Reason:\t%s\n", json_str(t, "reason", NULL));
    if (*json_str(t, "message", NULL))
        dw(w, 3, "Message:\t%s\n", json_str(t, "message", NULL));
    dw(w, 3, "Exit Code:\t%d\n", (int)json_i64(t, "exitCode", NULL));
    if (json_i64(t, "signal", NULL) > 0)
        dw(w, 3, "Signal:\t%d\n", (int)json_i64(t, "signal", NULL));
    dw(w, 3, "Started:\t%s\n", dw_time(json_object_get(t, "startedAt"), tmp));
    dw(w, 3, "Finished:\t%s\n", dw_time(json_object_get(t, "finishedAt"), tmp));
}

static void state(struct dw *w, const char *label, const json_t *s)
{
    char tmp[64];
    const json_t *run = json_object_get(s, "running"), *end = json_object_get(s, "terminated");
    const char *reason = json_str(s, "waiting", "reason", NULL);
    dw(w, 2, "%s:\t%s\n", label, run ? "Running" : end ? "Terminated" : "Waiting");
    if (run)
        dw(w, 3, "Started:\t%s\n", dw_time(json_object_get(run, "startedAt"), tmp));
    else if (end)
        terminated(w, end);
    else if (*reason)
        dw(w, 3, "Reason:\t%s\n", reason);
}

static void resources(struct dw *w, const json_t *r, int level)
{
    static const char *const parts[][2] = { { "limits", "Limits" }, { "requests", "Requests" } };
    for (size_t p = 0; p < ARRAY_SIZE(parts); p++) {
        size_t n;
        char tmp[32];
        const json_t *map = json_object_get(r, parts[p][0]);
        const char **keys = dw_keys(map, &n);
        if (n)
            dw(w, level, "%s:\n", parts[p][1]);
        for (size_t i = 0; i < n; i++)
            dw(w, level + 1, "%s:\t%s\n", keys[i], json_scalar(json_object_get(map, keys[i]), tmp));
        free(keys);
    }
}

static void probe_http(struct buf *b, const json_t *h)
{
    char tmp[32];
    const char *path = json_str(h, "path", NULL), *host = json_str(h, "host", NULL);
    bool v6 = strchr(host, ':') != NULL;
    buf_puts(b, "http-get ");
    for (const char *s = json_str(h, "scheme", NULL); *s; s++)
        buf_putc(b, (char)tolower((unsigned char)*s));
    buf_printf(b, "://%s%s%s:%s%s", v6 ? "[" : "", host, v6 ? "]" : "",
        json_scalar(json_object_get(h, "port"), tmp), *path && *path != '/' ? "/" : "");
    for (; *path; path++) // the path is one, also where it has a question mark
        *path == '?' ? buf_puts(b, "%3F") : buf_putc(b, *path);
}

static void probe(struct dw *w, const json_t *c, const char *key, const char *label)
{
    struct buf b = BUF_INIT, words = BUF_INIT;
    char tmp[32];
    const json_t *p = json_object_get(c, key), *tcp = json_object_get(p, "tcpSocket");
    if (!p)
        return;
    if (json_object_get(p, "exec"))
        buf_printf(&b, "exec %s", dw_brackets(json_at(p, "exec", "command", NULL), &words));
    else if (json_object_get(p, "httpGet"))
        probe_http(&b, json_object_get(p, "httpGet"));
    else if (tcp)
        buf_printf(&b, "tcp-socket %s:%s", json_str(tcp, "host", NULL),
            json_scalar(json_object_get(tcp, "port"), tmp));
    else if (json_object_get(p, "grpc"))
        buf_printf(&b, "grpc <pod>:%d %s", (int)json_i64(p, "grpc", "port", NULL),
            json_str(p, "grpc", "service", NULL));
    else
        buf_puts(&b, "unknown");
    dw(w, 2, "%s:\t%s delay=%ds timeout=%ds period=%ds #success=%d #failure=%d\n", label, b.s,
        (int)json_i64(p, "initialDelaySeconds", NULL), (int)json_i64(p, "timeoutSeconds", NULL),
        (int)json_i64(p, "periodSeconds", NULL), (int)json_i64(p, "successThreshold", NULL),
        (int)json_i64(p, "failureThreshold", NULL));
    buf_release(&b);
    buf_release(&words);
}

// The two fields that kubectl knows the value of; in templates none.
static const char *field_value(const json_t *pod, const char *path)
{
    return str_eq(path, "metadata.name") || str_eq(path, "metadata.namespace")
               ? json_str(pod, "metadata", path + strlen("metadata."), NULL)
               : "";
}

static void resource_field(struct dw *w, const json_t *c, const char *name, const json_t *ref)
{
    const char *what = json_str(ref, "resource", NULL), *dot = strchr(what, '.');
    bool limit = str_starts(what, "limits."), cpu = dot && str_eq(dot + 1, "cpu");
    int64_t v = 0, by = 0;
    char tmp[32], text[40];
    const char *q = json_scalar(
        json_at(c, "resources", limit ? "limits" : "requests", dot ? dot + 1 : "", NULL), tmp);
    cpu ? quantity_milli(q, &v) : quantity_bytes(q, &v);
    q = json_scalar(json_object_get(ref, "divisor"), tmp);
    cpu ? quantity_milli(q, &by) : quantity_bytes(q, &by);
    if (by <= 0)
        by = cpu ? 1000 : 1;
    snprintf(text, sizeof(text), "%lld", (long long)(v / by + (v % by != 0)));
    if (str_eq(text, "0") && limit && (cpu || str_eq(dot + 1, "memory")))
        snprintf(text, sizeof(text), "node allocatable");
    dw(w, 3, "%s:\t%s (%s)\n", name, text, what);
}

static void env_plain(struct dw *w, const char *name, const char *value)
{
    size_t n = strcspn(value, "\n");
    dw(w, 3, "%s:\t%.*s\n", name, (int)n, value);
    while (value[n]) {
        value += n + 1;
        n = strcspn(value, "\n");
        dw(w, 3, "\t%.*s\n", (int)n, value);
    }
}

static void env(struct dw *w, const json_t *c, const json_t *pod)
{
    size_t i;
    json_t *e;
    const json_t *all = json_object_get(c, "env");
    dw(w, 2, "Environment:%s\n", json_array_size(all) ? "" : "\t<none>");
    json_array_foreach((json_t *)all, i, e)
    {
        const char *name = json_str(e, "name", NULL);
        const json_t *from = json_object_get(e, "valueFrom"),
                     *f = json_object_get(from, "fieldRef");
        const json_t *cm = json_object_get(from, "configMapKeyRef"),
                     *sec = json_object_get(from, "secretKeyRef");
        const json_t *res = json_object_get(from, "resourceFieldRef"), *ref = sec ? sec : cm;
        if (!from)
            env_plain(w, name, json_str(e, "value", NULL));
        else if (f)
            dw(w, 3, "%s:\t%s (%s:%s)\n", name, field_value(pod, json_str(f, "fieldPath", NULL)),
                json_str(f, "apiVersion", NULL), json_str(f, "fieldPath", NULL));
        else if (res)
            resource_field(w, c, name, res);
        else if (ref)
            dw(w, 3, "%s:\t<set to the key '%s' %s '%s'>\tOptional: %s\n", name,
                json_str(ref, "key", NULL), sec ? "in secret" : "of config map",
                json_str(ref, "name", NULL), dw_bool(json_object_get(ref, "optional")));
    }
}

static void env_from(struct dw *w, const json_t *c)
{
    size_t i;
    json_t *e;
    const json_t *all = json_object_get(c, "envFrom");
    if (json_array_size(all))
        dw(w, 2, "Environment Variables from:\n");
    json_array_foreach((json_t *)all, i, e)
    {
        const json_t *cm = json_object_get(e, "configMapRef"),
                     *ref = cm ? cm : json_object_get(e, "secretRef");
        const char *prefix = json_str(e, "prefix", NULL);
        dw(w, 3, "%s\t%s", json_str(ref, "name", NULL), cm ? "ConfigMap" : ref ? "Secret" : "");
        if (*prefix)
            buf_printf(&w->b, " with prefix '%s'", prefix);
        buf_printf(&w->b, "\tOptional: %s\n", dw_bool(json_object_get(ref, "optional")));
    }
}

static void mounts(struct dw *w, const json_t *c)
{
    size_t n;
    json_t **m = dw_sorted(json_object_get(c, "volumeMounts"), "mountPath", &n);
    dw(w, 2, "Mounts:%s\n", n ? "" : "\t<none>");
    bool none = !n;
    for (size_t i = 0; i < n; i++) {
        const char *sub = json_str(m[i], "subPath", NULL);
        dw(w, 3, "%s from %s (%s%s%s%s)\n", json_str(m[i], "mountPath", NULL),
            json_str(m[i], "name", NULL), json_bool(m[i], "readOnly", NULL) ? "ro" : "rw",
            *sub ? ",path=\"" : "", sub, *sub ? "\"" : "");
    }
    free(m);
    m = dw_sorted(json_object_get(c, "volumeDevices"), "devicePath", &n);
    if (n)
        dw(w, 2, "Devices:%s\n", none ? "\t<none>" : "");
    for (size_t i = 0; i < n; i++)
        dw(w, 3, "%s from %s\n", json_str(m[i], "devicePath", NULL), json_str(m[i], "name", NULL));
    free(m);
}

static void container(
    struct dw *w, const json_t *c, const json_t *cs, const json_t *pod, const char *space)
{
    dw(w, 1, "%s%s:\n", *space ? " " : "", json_str(c, "name", NULL));
    if (cs)
        dw(w, 2, "Container ID:\t%s\n", json_str(cs, "containerID", NULL));
    dw(w, 2, "Image:\t%s\n", json_str(c, "image", NULL));
    if (cs)
        dw(w, 2, "Image ID:\t%s\n", json_str(cs, "imageID", NULL));
    ports(w, c, "containerPort", "Port");
    ports(w, c, "hostPort", "Host Port");
    seccomp(w, c, 2, 3);
    lines(w, "Command", json_object_get(c, "command"));
    lines(w, "Args", json_object_get(c, "args"));
    if (cs) {
        state(w, "State", json_object_get(cs, "state"));
        if (json_at(cs, "lastState", "terminated", NULL))
            state(w, "Last State", json_object_get(cs, "lastState"));
        dw(w, 2, "Ready:\t%s\n", json_bool(cs, "ready", NULL) ? "True" : "False");
        dw(w, 2, "Restart Count:\t%d\n", (int)json_i64(cs, "restartCount", NULL));
    }
    resources(w, json_object_get(c, "resources"), 2);
    probe(w, c, "livenessProbe", "Liveness");
    probe(w, c, "readinessProbe", "Readiness");
    probe(w, c, "startupProbe", "Startup");
    env_from(w, c);
    env(w, c, pod);
    mounts(w, c);
}

static const struct {
    const char *spec, *status, *label;
} groups[] = { { "initContainers", "initContainerStatuses", "Init Containers" },
    { "containers", "containerStatuses", "Containers" },
    { "ephemeralContainers", "ephemeralContainerStatuses", "Ephemeral Containers" } };

// spec of a Pod or of a template (then pod is NULL)
static void containers(struct dw *w, const json_t *spec, const json_t *pod, const char *space)
{
    for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
        size_t i;
        json_t *c;
        const json_t *list = json_object_get(spec, groups[g].spec);
        const json_t *statuses = json_at(pod, "status", groups[g].status, NULL);
        if (!json_array_size(list) && !str_eq(groups[g].spec, "containers"))
            continue;
        dw(w, 0, "%s%s:%s\n", space, groups[g].label, json_array_size(list) ? "" : " <none>");
        json_array_foreach((json_t *)list, i, c)
        {
            container(w, c, json_named(statuses, json_str(c, "name", NULL)), pod, space);
        }
    }
}

// ---- what is said once

static void tolerations(struct dw *w, const char *title, const json_t *list)
{
    size_t n;
    json_t **t = dw_sorted(list, "key", &n);
    dw(w, 0, "%s:\t%s", title, n ? "" : "<none>\n");
    for (size_t i = 0; i < n; i++) {
        const char *key = json_str(t[i], "key", NULL), *value = json_str(t[i], "value", NULL);
        const char *effect = json_str(t[i], "effect", NULL);
        buf_printf(&w->b, "%s%s%s%s%s%s", i ? "\t" : "", key, *value ? "=" : "", value,
            *effect ? ":" : "", effect);
        if (str_eq(json_str(t[i], "operator", NULL), "Exists") && !*value)
            buf_puts(&w->b, *key || *effect ? " op=Exists" : "op=Exists");
        if (json_object_get(t[i], "tolerationSeconds"))
            buf_printf(&w->b, " for %llds", (long long)json_i64(t[i], "tolerationSeconds", NULL));
        buf_putc(&w->b, '\n');
    }
    free(t);
}

static void spread(struct dw *w, const json_t *list, const char *space)
{
    size_t n;
    char sel[1024];
    json_t **t = dw_sorted(list, "topologyKey", &n);
    if (n)
        dw(w, 0, "%sTopology Spread Constraints:\t", space);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&w->b, "%s%s:%s when max skew %d is exceeded", i ? "\t" : "",
            json_str(t[i], "topologyKey", NULL), json_str(t[i], "whenUnsatisfiable", NULL),
            (int)json_i64(t[i], "maxSkew", NULL));
        if (json_object_get(t[i], "labelSelector"))
            buf_printf(&w->b, " for selector %s",
                dw_selector(json_object_get(t[i], "labelSelector"), sel));
        buf_putc(&w->b, '\n');
    }
    free(t);
}

static void workload_ref(struct dw *w, const json_t *ref, const char *space)
{
    if (!ref)
        return;
    dw(w, 0, "%sWorkloadRef:\n", space);
    dw(w, 1, "Name:\t%s\n", json_str(ref, "name", NULL));
    dw(w, 1, "PodGroup:\t%s\n", json_str(ref, "podGroup", NULL));
    if (*json_str(ref, "podGroupReplicaKey", NULL))
        dw(w, 1, "PodGroupReplicaKey:\t%s\n", json_str(ref, "podGroupReplicaKey", NULL));
}

void describe_template(struct dw *w, const json_t *tmpl)
{
    const json_t *meta = json_object_get(tmpl, "metadata"), *spec = json_object_get(tmpl, "spec");
    dw(w, 0, "Pod Template:\n");
    if (!tmpl) {
        dw(w, 1, "<unset>\n");
        return;
    }
    dw_labels(w, "  Labels", json_object_get(meta, "labels"));
    if (json_object_size(json_object_get(meta, "annotations")))
        dw_annotations(w, "  Annotations", json_object_get(meta, "annotations"));
    if (*json_str(spec, "serviceAccountName", NULL))
        dw(w, 1, "Service Account:\t%s\n", json_str(spec, "serviceAccountName", NULL));
    containers(w, spec, NULL, "  ");
    describe_volumes(w, json_object_get(spec, "volumes"), "  ");
    spread(w, json_object_get(spec, "topologySpreadConstraints"), "  ");
    if (*json_str(spec, "priorityClassName", NULL))
        dw(w, 1, "Priority Class Name:\t%s\n", json_str(spec, "priorityClassName", NULL));
    dw_labels(w, "  Node-Selectors", json_object_get(spec, "nodeSelector"));
    tolerations(w, "  Tolerations", json_object_get(spec, "tolerations"));
    workload_ref(w, json_object_get(spec, "workloadRef"), "  ");
}

static void optional_field(struct dw *w, const char *label, const char *value)
{
    if (*value)
        dw(w, 0, "%s:\t%s\n", label, value);
}

static void pod_status(struct dw *w, const json_t *pod)
{
    const json_t *meta = json_object_get(pod, "metadata"), *st = json_object_get(pod, "status");
    const char *phase = json_str(st, "phase", NULL);
    if (json_object_get(meta, "deletionTimestamp") && !str_eq(phase, "Failed") &&
        !str_eq(phase, "Succeeded")) {
        dw_status(w, pod);
        dw(w, 0, "Termination Grace Period:\t%llds\n",
            (long long)json_i64(meta, "deletionGracePeriodSeconds", NULL));
    } else {
        dw(w, 0, "Status:\t%s\n", phase);
    }
    optional_field(w, "Reason", json_str(st, "reason", NULL));
    optional_field(w, "Message", json_str(st, "message", NULL));
}

static void pod_conditions(struct dw *w, const json_t *pod)
{
    const json_t *gates = json_at(pod, "spec", "readinessGates", NULL);
    const json_t *all = json_at(pod, "status", "conditions", NULL);
    size_t i, k;
    json_t *g, *c;
    if (json_array_size(gates))
        dw(w, 0, "Readiness Gates:\n  Type\tStatus\n");
    json_array_foreach((json_t *)gates, i, g)
    {
        const char *status = "<none>";
        json_array_foreach((json_t *)all, k, c)
        {
            if (str_eq(json_str(c, "type", NULL), json_str(g, "conditionType", NULL)))
                status = json_str(c, "status", NULL);
        }
        dw(w, 1, "%s \t%s \n", json_str(g, "conditionType", NULL), status);
    }
    if (json_array_size(all))
        dw(w, 0, "Conditions:\n  Type\tStatus\n");
    json_array_foreach((json_t *)all, i, c)
    {
        dw(w, 1, "%s \t%s \n", json_str(c, "type", NULL), json_str(c, "status", NULL));
    }
}

static void pod_head(struct dw *w, const json_t *pod)
{
    const json_t *meta = json_object_get(pod, "metadata"), *spec = json_object_get(pod, "spec");
    const json_t *st = json_object_get(pod, "status");
    char when[64];
    dw_name(w, pod, true);
    if (json_object_get(spec, "priority"))
        dw(w, 0, "Priority:\t%d\n", (int)json_i64(spec, "priority", NULL));
    optional_field(w, "Priority Class Name", json_str(spec, "priorityClassName", NULL));
    optional_field(w, "Runtime Class Name", json_str(spec, "runtimeClassName", NULL));
    optional_field(w, "Service Account", json_str(spec, "serviceAccountName", NULL));
    const char *node = json_str(spec, "nodeName", NULL);
    dw(w, 0, "Node:\t%s%s%s\n", *node ? node : "<none>", *node ? "/" : "",
        *node ? json_str(st, "hostIP", NULL) : "");
    if (json_object_get(st, "startTime"))
        dw(w, 0, "Start Time:\t%s\n", dw_time(json_object_get(st, "startTime"), when));
    dw_labels(w, "Labels", json_object_get(meta, "labels"));
    dw_annotations(w, "Annotations", json_object_get(meta, "annotations"));
    pod_status(w, pod);
    seccomp(w, spec, 0, 0);
}

static void pod_ips(struct dw *w, const json_t *pod)
{
    size_t i;
    json_t *ip;
    const json_t *all = json_at(pod, "status", "podIPs", NULL);
    dw(w, 0, "IP:\t%s\n", json_str(pod, "status", "podIP", NULL));
    dw(w, 0, json_array_size(all) ? "IPs:\n" : "IPs:\t<none>\n");
    json_array_foreach((json_t *)all, i, ip)
    {
        dw(w, 1, "IP:\t%s\n", json_str(ip, "ip", NULL));
    }
}

void describe_pod(struct dw *w, const json_t *pod)
{
    const json_t *spec = json_object_get(pod, "spec"), *st = json_object_get(pod, "status");
    pod_head(w, pod);
    pod_ips(w, pod);
    dw_controller(w, pod);
    optional_field(w, "NominatedNodeName", json_str(st, "nominatedNodeName", NULL));
    if (json_object_get(spec, "resources")) {
        dw(w, 0, "Resources:\n");
        resources(w, json_object_get(spec, "resources"), 1);
    }
    containers(w, spec, pod, "");
    pod_conditions(w, pod);
    describe_volumes(w, json_object_get(spec, "volumes"), "");
    dw(w, 0, "QoS Class:\t%s\n", json_str(st, "qosClass", NULL));
    dw_labels(w, "Node-Selectors", json_object_get(spec, "nodeSelector"));
    tolerations(w, "Tolerations", json_object_get(spec, "tolerations"));
    spread(w, json_object_get(spec, "topologySpreadConstraints"), "");
    workload_ref(w, json_object_get(spec, "workloadRef"), "");
}
