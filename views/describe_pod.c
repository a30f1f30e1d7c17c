#include "views/describe_pod.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"

static void kubectl_time(const json_t *v, char out[64])
{
    int64_t t = json_time(v, NULL);
    time_t tt = (time_t)t;
    struct tm tm;
    localtime_r(&tt, &tm);
    strftime(out, 64, "%a, %d %b %Y %H:%M:%S %z", &tm); // RFC1123Z, as kubectl prints
}

static void put_pairs(
    struct text *out, int indent, int col, const char *label, const json_t *map, const char *sep)
{
    const char *key;
    json_t *v;
    bool first = true;
    char tmp[32];
    json_object_foreach((json_t *)map, key, v)
    {
        char *value = xasprintf("%s%s%.800s", key, sep, json_scalar(v, tmp));
        value[strcspn(value, "\n")] = '\0';
        if (first)
            text_field(out, indent, col, label, "%s", value);
        else {
            char *line = xasprintf("%*s%s", col, "", value);
            text_add(out, line)->indent = (uint16_t)indent;
            free(line);
        }
        free(value);
        first = false;
    }
    if (first)
        text_field(out, indent, col, label, "<none>");
}

static void colour_last(struct text *out, const char *word, style_t style)
{
    struct text_line *l = &out->lines.v[out->lines.n - 1];
    const char *at = strstr(l->s, word);
    if (at && *word)
        text_span(l, (size_t)(at - l->s), strlen(word), style);
}

static void put_state(struct text *out, const char *label, const json_t *state)
{
    const json_t *run = json_object_get(state, "running"), *wait = json_object_get(state, "waiting");
    const json_t *term = json_object_get(state, "terminated");
    char when[64];
    if (run) {
        text_field(out, 4, 20, label, "Running");
        colour_last(out, "Running", ROLE_OK);
        kubectl_time(json_object_get(run, "startedAt"), when);
        text_field(out, 6, 20, "Started", "%s", when);
    } else if (wait) {
        text_field(out, 4, 20, label, "Waiting");
        colour_last(out, "Waiting", ROLE_WARN);
        if (*json_str(wait, "reason", NULL))
            text_field(out, 6, 20, "Reason", "%s", json_str(wait, "reason", NULL));
        colour_last(out, json_str(wait, "reason", NULL), ROLE_WARN);
    } else if (term) {
        bool ok = json_i64(term, "exitCode", NULL) == 0;
        text_field(out, 4, 20, label, "Terminated");
        colour_last(out, "Terminated", ok ? ROLE_DIM : ROLE_BAD);
        if (*json_str(term, "reason", NULL))
            text_field(out, 6, 20, "Reason", "%s", json_str(term, "reason", NULL));
        if (*json_str(term, "message", NULL))
            text_field(out, 6, 20, "Message", "%.1000s", json_str(term, "message", NULL));
        text_field(out, 6, 20, "Exit Code", "%d", (int)json_i64(term, "exitCode", NULL));
        kubectl_time(json_object_get(term, "startedAt"), when);
        text_field(out, 6, 20, "Started", "%s", when);
        kubectl_time(json_object_get(term, "finishedAt"), when);
        text_field(out, 6, 20, "Finished", "%s", when);
    } else if (str_eq(label, "State")) {
        text_field(out, 4, 20, label, "Waiting");
    }
}

static void put_list(struct text *out, const char *label, const json_t *list)
{
    size_t i;
    json_t *v;
    if (!json_array_size(list))
        return;
    text_field(out, 4, 0, label, "%s", "");
    json_array_foreach((json_t *)list, i, v)
    {
        const char *s = json_string_value(v) ? json_string_value(v) : "";
        while (*s) {
            size_t n = strcspn(s, "\n");
            char *line = xasprintf("      %.*s", (int)n, s);
            text_add(out, line)->indent = 6;
            free(line);
            s += n + (s[n] == '\n');
        }
    }
}

static void put_probe(struct text *out, const char *label, const json_t *p)
{
    struct buf b = BUF_INIT;
    const json_t *http = json_object_get(p, "httpGet"), *tcp = json_object_get(p, "tcpSocket");
    char tmp[32];
    if (!p)
        return;
    if (http)
        buf_printf(&b, "http-get %s://%s:%s%s", json_str(http, "scheme", NULL)[0] == 'H' &&
                json_str(http, "scheme", NULL)[4] == 'S' ? "https" : "http", json_str(http, "host", NULL),
            json_scalar(json_object_get(http, "port"), tmp), json_str(http, "path", NULL));
    else if (tcp)
        buf_printf(&b, "tcp-socket :%s", json_scalar(json_object_get(tcp, "port"), tmp));
    else if (json_object_get(p, "grpc"))
        buf_printf(&b, "grpc <pod>:%d %s", (int)json_i64(p, "grpc", "port", NULL),
            json_str(p, "grpc", "service", NULL));
    else {
        buf_puts(&b, "exec [");
        size_t i;
        json_t *v;
        json_array_foreach(json_at(p, "exec", "command", NULL), i, v)
        {
            buf_printf(&b, "%s%s", i ? " " : "", json_string_value(v) ? json_string_value(v) : "");
        }
        buf_putc(&b, ']');
    }
    text_field(out, 4, 20, label, "%s delay=%ds timeout=%ds period=%ds #success=%d #failure=%d", b.s,
        (int)json_i64(p, "initialDelaySeconds", NULL), (int)json_i64(p, "timeoutSeconds", NULL),
        (int)json_i64(p, "periodSeconds", NULL), (int)json_i64(p, "successThreshold", NULL),
        (int)json_i64(p, "failureThreshold", NULL));
    buf_release(&b);
}

static void put_env(struct text *out, const json_t *c)
{
    size_t i;
    json_t *e;
    if (!json_array_size(json_object_get(c, "env"))) {
        text_field(out, 4, 20, "Environment", "<none>");
        return;
    }
    text_field(out, 4, 0, "Environment", "%s", "");
    json_array_foreach(json_object_get(c, "env"), i, e)
    {
        const char *name = json_str(e, "name", NULL);
        const json_t *from = json_object_get(e, "valueFrom");
        const json_t *cm = json_object_get(from, "configMapKeyRef"), *sec = json_object_get(from, "secretKeyRef");
        const json_t *ref = cm ? cm : sec;
        if (ref)
            text_field(out, 6, 20, name, "<set to the key '%s' %s '%s'>  Optional: %s",
                json_str(ref, "key", NULL), cm ? "of config map" : "in secret", json_str(ref, "name", NULL),
                json_bool(ref, "optional", NULL) ? "true" : "false");
        else if (json_object_get(from, "fieldRef"))
            text_field(out, 6, 20, name, " (%s:%s)", json_str(from, "fieldRef", "apiVersion", NULL),
                json_str(from, "fieldRef", "fieldPath", NULL));
        else
            text_field(out, 6, 20, name, "%.1000s", json_str(e, "value", NULL));
    }
}

static void put_mounts(struct text *out, const json_t *c)
{
    size_t i;
    json_t *m;
    if (!json_array_size(json_object_get(c, "volumeMounts"))) {
        text_field(out, 4, 20, "Mounts", "<none>");
        return;
    }
    text_field(out, 4, 0, "Mounts", "%s", "");
    json_array_foreach(json_object_get(c, "volumeMounts"), i, m)
    {
        char *line = xasprintf("      %s from %s (%s%s%s)", json_str(m, "mountPath", NULL),
            json_str(m, "name", NULL), json_bool(m, "readOnly", NULL) ? "ro" : "rw",
            *json_str(m, "subPath", NULL) ? ",path=" : "", json_str(m, "subPath", NULL));
        text_add(out, line)->indent = 6;
        free(line);
    }
}

static void put_resources(struct text *out, const char *label, const json_t *map)
{
    const char *key;
    json_t *v;
    char tmp[32];
    if (!json_object_size(map))
        return;
    text_field(out, 4, 0, label, "%s", "");
    json_object_foreach((json_t *)map, key, v)
    {
        text_field(out, 6, 20, key, "%s", json_scalar(v, tmp));
    }
}

static void put_container(struct text *out, const json_t *c, const json_t *cs)
{
    const char *id = json_str(cs, "containerID", NULL);
    struct buf ports = BUF_INIT;
    size_t i;
    json_t *p;
    text_field(out, 2, 0, json_str(c, "name", NULL), "%s", "");
    if (*id)
        text_field(out, 4, 20, "Container ID", "%s", id);
    text_field(out, 4, 20, "Image", "%s", json_str(c, "image", NULL));
    if (*json_str(cs, "imageID", NULL))
        text_field(out, 4, 20, "Image ID", "%s", json_str(cs, "imageID", NULL));
    json_array_foreach(json_object_get(c, "ports"), i, p)
    {
        buf_printf(&ports, "%s%d/%s", i ? ", " : "", (int)json_i64(p, "containerPort", NULL),
            str_or(json_str(p, "protocol", NULL), "TCP"));
        if (*json_str(p, "name", NULL))
            buf_printf(&ports, " (%s)", json_str(p, "name", NULL));
    }
    text_field(out, 4, 20, i > 1 ? "Ports" : "Port", "%s", ports.n ? ports.s : "<none>");
    buf_release(&ports);
    put_list(out, "Command", json_object_get(c, "command"));
    put_list(out, "Args", json_object_get(c, "args"));
    if (cs) {
        put_state(out, "State", json_object_get(cs, "state"));
        put_state(out, "Last State", json_object_get(cs, "lastState"));
        text_field(out, 4, 20, "Ready", "%s", json_bool(cs, "ready", NULL) ? "True" : "False");
        text_field(out, 4, 20, "Restart Count", "%d", (int)json_i64(cs, "restartCount", NULL));
    }
    put_resources(out, "Limits", json_at(c, "resources", "limits", NULL));
    put_resources(out, "Requests", json_at(c, "resources", "requests", NULL));
    put_probe(out, "Liveness", json_object_get(c, "livenessProbe"));
    put_probe(out, "Readiness", json_object_get(c, "readinessProbe"));
    put_probe(out, "Startup", json_object_get(c, "startupProbe"));
    put_env(out, c);
    put_mounts(out, c);
}

static void put_containers(
    struct text *out, const json_t *pod, const char *label, const char *spec_key, const char *status_key)
{
    size_t i, k;
    json_t *c, *cs;
    const json_t *list = json_at(pod, "spec", spec_key, NULL);
    if (!json_array_size(list))
        return;
    text_field(out, 0, 0, label, "%s", "");
    json_array_foreach((json_t *)list, i, c)
    {
        const json_t *found = NULL;
        json_array_foreach(json_at(pod, "status", status_key, NULL), k, cs)
        {
            if (str_eq(json_str(cs, "name", NULL), json_str(c, "name", NULL)))
                found = cs;
        }
        put_container(out, c, found);
    }
}

static void put_conditions(struct text *out, const json_t *pod)
{
    size_t i;
    json_t *c;
    if (!json_array_size(json_at(pod, "status", "conditions", NULL)))
        return;
    text_field(out, 0, 0, "Conditions", "%s", "");
    text_span(text_add(out, "  Type                        Status"), 0, 40, ROLE_HEADER);
    out->lines.v[out->lines.n - 1].indent = 2;
    json_array_foreach(json_at(pod, "status", "conditions", NULL), i, c)
    {
        const char *status = json_str(c, "status", NULL);
        const char *msg = json_str(c, "message", NULL);
        char *line = xasprintf("  %-27s %-7s %s", json_str(c, "type", NULL), status, msg);
        struct text_line *l = text_add(out, line);
        l->indent = 2;
        text_span(l, 30, strlen(status), str_eq(status, "True") ? ROLE_OK : ROLE_WARN);
        free(line);
    }
}

static const char *const volume_types[][2] = { { "configMap", "ConfigMap" }, { "secret", "Secret" },
    { "emptyDir", "EmptyDir" }, { "hostPath", "HostPath" }, { "persistentVolumeClaim",
    "PersistentVolumeClaim" }, { "projected", "Projected" }, { "downwardAPI", "DownwardAPI" },
    { "nfs", "NFS" }, { "csi", "CSI" }, { "ephemeral", "EphemeralVolume" } };

static void put_volumes(struct text *out, const json_t *pod)
{
    size_t i;
    json_t *v;
    const json_t *list = json_at(pod, "spec", "volumes", NULL);
    if (!json_array_size(list)) {
        text_field(out, 0, 18, "Volumes", "<none>");
        return;
    }
    text_field(out, 0, 0, "Volumes", "%s", "");
    json_array_foreach((json_t *)list, i, v)
    {
        text_field(out, 2, 0, json_str(v, "name", NULL), "%s", "");
        for (size_t t = 0; t < ARRAY_SIZE(volume_types); t++) {
            const json_t *src = json_object_get(v, volume_types[t][0]);
            if (!src)
                continue;
            text_field(out, 4, 18, "Type", "%s", volume_types[t][1]);
            static const char *const names[][2] = { { "name", "Name" }, { "secretName", "SecretName" },
                { "claimName", "ClaimName" }, { "path", "Path" }, { "medium", "Medium" },
                { "sizeLimit", "SizeLimit" }, { "driver", "Driver" }, { "server", "Server" } };
            for (size_t k = 0; k < ARRAY_SIZE(names); k++)
                if (*json_str(src, names[k][0], NULL))
                    text_field(out, 4, 18, names[k][1], "%s", json_str(src, names[k][0], NULL));
        }
    }
}

static void put_tolerations(struct text *out, const json_t *pod)
{
    size_t i;
    json_t *t;
    bool first = true;
    json_array_foreach(json_at(pod, "spec", "tolerations", NULL), i, t)
    {
        struct buf b = BUF_INIT;
        buf_puts(&b, json_str(t, "key", NULL));
        if (*json_str(t, "value", NULL))
            buf_printf(&b, "=%s", json_str(t, "value", NULL));
        if (*json_str(t, "effect", NULL))
            buf_printf(&b, ":%s", json_str(t, "effect", NULL));
        if (str_eq(json_str(t, "operator", NULL), "Exists"))
            buf_puts(&b, *json_str(t, "value", NULL) ? " op=Exists" : b.n ? " op=Exists" : "op=Exists");
        if (json_object_get(t, "tolerationSeconds"))
            buf_printf(&b, " for %llds", (long long)json_i64(t, "tolerationSeconds", NULL));
        if (first)
            text_field(out, 0, 29, "Tolerations", "%s", b.s);
        else {
            char *line = xasprintf("%29s%s", "", b.s);
            text_add(out, line);
            free(line);
        }
        first = false;
        buf_release(&b);
    }
    if (first)
        text_field(out, 0, 29, "Tolerations", "<none>");
}

void describe_pod(const json_t *pod, int64_t now, struct text *out)
{
    const json_t *meta = json_object_get(pod, "metadata"), *st = json_object_get(pod, "status");
    char when[64], age[HUMAN_DURATION_MAX];
    size_t i;
    json_t *o;
    int col = 18;
    if (json_at(pod, "spec", "priority", NULL))
        text_field(out, 0, col, "Priority", "%d", (int)json_i64(pod, "spec", "priority", NULL));
    if (*json_str(pod, "spec", "priorityClassName", NULL))
        text_field(out, 0, col, "Priority Class Name", "%s", json_str(pod, "spec", "priorityClassName", NULL));
    if (*json_str(pod, "spec", "runtimeClassName", NULL))
        text_field(out, 0, col, "Runtime Class Name", "%s", json_str(pod, "spec", "runtimeClassName", NULL));
    if (*json_str(pod, "spec", "serviceAccountName", NULL))
        text_field(out, 0, col, "Service Account", "%s", json_str(pod, "spec", "serviceAccountName", NULL));
    const char *node = json_str(pod, "spec", "nodeName", NULL), *host = json_str(st, "hostIP", NULL);
    if (*node)
        text_field(out, 0, col, "Node", "%s/%s", node, host);
    else
        text_field(out, 0, col, "Node", "<none>");
    if (json_object_get(st, "startTime")) {
        kubectl_time(json_object_get(st, "startTime"), when);
        text_field(out, 0, col, "Start Time", "%s", when);
    }
    put_pairs(out, 0, col, "Labels", json_object_get(meta, "labels"), "=");
    put_pairs(out, 0, col, "Annotations", json_object_get(meta, "annotations"), ": ");
    if (json_object_get(meta, "deletionTimestamp")) {
        human_age(now, json_time(meta, "deletionTimestamp", NULL), age);
        text_field(out, 0, col, "Status", "Terminating (lasts %s)", age);
        text_field(out, 0, col, "Termination Grace Period", "%llds",
            (long long)json_i64(meta, "deletionGracePeriodSeconds", NULL));
    } else {
        text_field(out, 0, col, "Status", "%s", json_str(st, "phase", NULL));
    }
    if (*json_str(st, "reason", NULL))
        text_field(out, 0, col, "Reason", "%s", json_str(st, "reason", NULL));
    if (*json_str(st, "message", NULL))
        text_field(out, 0, col, "Message", "%s", json_str(st, "message", NULL));
    text_field(out, 0, col, "IP", "%s", json_str(st, "podIP", NULL));
    json_array_foreach(json_object_get(meta, "ownerReferences"), i, o)
    {
        if (json_bool(o, "controller", NULL))
            text_field(out, 0, 0, "Controlled By", " %s/%s", json_str(o, "kind", NULL),
                json_str(o, "name", NULL));
    }
    put_containers(out, pod, "Init Containers", "initContainers", "initContainerStatuses");
    put_containers(out, pod, "Containers", "containers", "containerStatuses");
    put_containers(out, pod, "Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses");
    put_conditions(out, pod);
    put_volumes(out, pod);
    text_field(out, 0, 29, "QoS Class", "%s", json_str(st, "qosClass", NULL));
    put_pairs(out, 0, 29, "Node-Selectors", json_at(pod, "spec", "nodeSelector", NULL), "=");
    put_tolerations(out, pod);
}
