#include "views/describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/gvr.h"
#include "views/describe/kinds.h"
#include "views/describe/pod.h"

#define NEED(n) (1u << NEED_##n)

// kubectl's describerMap; what is not here is described generically, with events.
static const struct describer {
    const char *group, *kind;
    describe_fn *fn;
    unsigned needs;
} describers[] = {
    { "", "Pod", describe_pod, NEED(EVENTS) },
    { "apps", "Deployment", describe_deployment, NEED(EVENTS) | NEED(REPLICASETS) },
    { "apps", "ReplicaSet", describe_replicaset, NEED(EVENTS) | NEED(PODS) },
    { "apps", "StatefulSet", describe_statefulset, NEED(EVENTS) | NEED(PODS) },
    { "apps", "DaemonSet", describe_daemonset, NEED(EVENTS) | NEED(PODS) },
    { "batch", "Job", describe_job, NEED(EVENTS) },
    { "batch", "CronJob", describe_cronjob, NEED(EVENTS) },
    { "autoscaling", "HorizontalPodAutoscaler", describe_hpa, NEED(EVENTS) },
    { "policy", "PodDisruptionBudget", describe_pdb, NEED(EVENTS) },
    { "", "ReplicationController", describe_rc, NEED(EVENTS) | NEED(PODS) },
    { "", "Service", describe_service, NEED(EVENTS) | NEED(SLICES) },
    { "", "Endpoints", describe_endpoints, NEED(EVENTS) },
    { "discovery.k8s.io", "EndpointSlice", describe_endpointslice, NEED(EVENTS) },
    { "networking.k8s.io", "Ingress", describe_ingress,
        NEED(EVENTS) | NEED(SLICES) | NEED(SERVICES) },
    { "networking.k8s.io", "IngressClass", describe_ingressclass, NEED(EVENTS) },
    { "networking.k8s.io", "NetworkPolicy", describe_netpol, 0 },
    { "networking.k8s.io", "ServiceCIDR", describe_servicecidr, NEED(EVENTS) },
    { "networking.k8s.io", "IPAddress", describe_ipaddress, NEED(EVENTS) },
    { "", "ConfigMap", describe_configmap, NEED(EVENTS) },
    { "", "Secret", describe_secret, 0 },
    { "", "ResourceQuota", describe_quota, 0 },
    { "", "LimitRange", describe_limitrange, 0 },
    { "", "Namespace", describe_namespace, NEED(QUOTAS) | NEED(LIMITS) },
    { "", "Node", describe_node, NEED(EVENTS) | NEED(PODS) | NEED(LEASE) },
    { "", "PersistentVolume", describe_pv, NEED(EVENTS) },
    { "", "PersistentVolumeClaim", describe_pvc, NEED(EVENTS) | NEED(PODS) },
    { "storage.k8s.io", "StorageClass", describe_storageclass, NEED(EVENTS) },
    { "storage.k8s.io", "VolumeAttributesClass", describe_vac, NEED(EVENTS) },
    { "storage.k8s.io", "CSINode", describe_csinode, NEED(EVENTS) },
    { "scheduling.k8s.io", "PriorityClass", describe_priorityclass, NEED(EVENTS) },
    { "", "ServiceAccount", describe_serviceaccount, NEED(EVENTS) },
    { "rbac.authorization.k8s.io", "Role", describe_role, 0 },
    { "rbac.authorization.k8s.io", "ClusterRole", describe_role, 0 },
    { "rbac.authorization.k8s.io", "RoleBinding", describe_binding, 0 },
    { "rbac.authorization.k8s.io", "ClusterRoleBinding", describe_binding, 0 },
    { "certificates.k8s.io", "CertificateSigningRequest", describe_csr, NEED(EVENTS) },
};
static const struct describer generic = { NULL, NULL, describe_generic, NEED(EVENTS) };

static const struct describer *find(const json_t *doc)
{
    const char *version = json_str(doc, "apiVersion", NULL), *slash = strchr(version, '/');
    size_t n = slash ? (size_t)(slash - version) : 0;
    for (size_t i = 0; i < ARRAY_SIZE(describers); i++)
        if (strlen(describers[i].group) == n && strncmp(version, describers[i].group, n) == 0 &&
            str_eq(json_str(doc, "kind", NULL), describers[i].kind))
            return &describers[i];
    return &generic;
}

// ---- related requests

static const struct gvr related[NEED_COUNT] = {
    [NEED_EVENTS] = { "", "v1", "events", true },
    [NEED_PODS] = { "", "v1", "pods", true },
    [NEED_REPLICASETS] = { "apps", "v1", "replicasets", true },
    [NEED_SLICES] = { "discovery.k8s.io", "v1", "endpointslices", true },
    [NEED_SERVICES] = { "", "v1", "services", true },
    [NEED_QUOTAS] = { "", "v1", "resourcequotas", true },
    [NEED_LIMITS] = { "", "v1", "limitranges", true },
    [NEED_LEASE] = { "coordination.k8s.io", "v1", "leases", true },
};

// searchEvents of kubectl. The kubelet says a Node's name where its UID should be: so not by UID there. A
// mirror Pod's events are those of the file it mirrors.
static void event_selector(const json_t *doc, struct buf *b)
{
    const json_t *meta = json_object_get(doc, "metadata");
    const char *kind = json_str(doc, "kind", NULL);
    const char *uid = str_or(json_str(meta, "annotations", "kubernetes.io/config.mirror", NULL),
        json_str(meta, "uid", NULL));
    gvr_field(b, "involvedObject.name", json_str(meta, "name", NULL));
    gvr_field(b, "involvedObject.namespace", json_str(meta, "namespace", NULL));
    gvr_field(b, "involvedObject.kind", kind);
    if (!str_eq(kind, "Node"))
        gvr_field(b, "involvedObject.uid", uid);
}

static void label_selector(const json_t *doc, struct buf *b)
{
    char tmp[1024];
    const json_t *sel = json_at(doc, "spec", "selector", NULL);
    if (str_eq(json_str(doc, "kind", NULL), "ReplicationController"))
        dw_map(sel, b);
    else if (!str_eq(json_str(doc, "kind", NULL), "PersistentVolumeClaim"))
        buf_puts(b, dw_selector_raw(sel, tmp));
}

static void add_query(struct buf *path, const char *key, struct buf *value)
{
    if (value->n) {
        buf_printf(path, "%c%s=", strchr(path->s, '?') ? '&' : '?', key);
        str_url_escape(path, value->s);
    }
    buf_release(value);
}

bool describe_path(const json_t *doc, enum describe_need need, struct buf *path)
{
    const char *kind = json_str(doc, "kind", NULL), *name = json_str(doc, "metadata", "name", NULL);
    const char *ns = json_str(doc, "metadata", "namespace", NULL);
    struct buf fields = BUF_INIT, labels = BUF_INIT;
    if (!(find(doc)->needs & (1u << need)))
        return false;
    if (str_eq(kind, "Namespace"))
        ns = name;
    if (need == NEED_LEASE) {
        gvr_path(path, &related[need], "kube-node-lease", name);
        return true;
    }
    gvr_path(path, &related[need], ns, NULL);
    if (need == NEED_EVENTS) {
        buf_puts(path, "?limit=500");
        event_selector(doc, &fields);
    } else if (need == NEED_PODS && str_eq(kind, "Node")) {
        gvr_field(&fields, "spec.nodeName", name);
        buf_puts(&fields, ",status.phase!=Succeeded,status.phase!=Failed");
    } else if (need == NEED_PODS || need == NEED_REPLICASETS) {
        label_selector(doc, &labels);
    } else if (need == NEED_SLICES && str_eq(kind, "Service")) {
        buf_printf(&labels, "kubernetes.io/service-name=%s", name);
    }
    add_query(path, "fieldSelector", &fields);
    add_query(path, "labelSelector", &labels);
    return true;
}

// ---- events

static int64_t since(const json_t *e)
{
    int64_t t = json_time(e, "eventTime", NULL);
    return t ? t : json_time(e, "firstTimestamp", NULL);
}

static void event_age(const json_t *e, int64_t now, char out[64])
{
    char last[HUMAN_DURATION_MAX], first[HUMAN_DURATION_MAX];
    const json_t *series = json_object_get(e, "series");
    int64_t count = series ? json_i64(series, "count", NULL) : json_i64(e, "count", NULL);
    human_age(now, since(e), first);
    human_age(now,
        series ? json_time(series, "lastObservedTime", NULL) : json_time(e, "lastTimestamp", NULL),
        last);
    if (series || count > 1)
        snprintf(out, 64, "%s (x%lld over %s)", last, (long long)count, first);
    else
        snprintf(out, 64, "%s", first);
}

static void put_event(struct dw *w, const json_t *e)
{
    char age[64];
    event_age(e, w->opts->now, age);
    const char *message = json_str(e, "message", NULL),
               *at = json_str(e, "involvedObject", "fieldPath", NULL);
    const char *from =
        str_or(json_str(e, "source", "component", NULL), json_str(e, "reportingComponent", NULL));
    message += strspn(message, " \t\r\n");
    size_t n = strlen(message);
    while (n && strchr(" \t\r\n", message[n - 1]))
        n--;
    dw(w, 1, "%s\t%s\t%s\t%s\t%s%s%.*s\n", json_str(e, "type", NULL), json_str(e, "reason", NULL),
        age, from, at, *at ? ": " : "", (int)n, message);
}

static void put_events(struct dw *w)
{
    const char *why;
    const json_t *list = dw_need(w, NEED_EVENTS, &why);
    size_t n = json_array_size(json_object_get(list, "items"));
    if (!n) {
        dw(w, 0, "Events:\t%s\n", list ? "<none>" : why);
        return;
    }
    json_t **v = xcalloc(n, sizeof(*v));
    for (size_t i = 0; i < n; i++) { // stable: kubectl compares the last time only
        json_t *e = json_array_get(json_object_get(list, "items"), i);
        size_t at = i;
        for (; at > 0 &&
               json_time(v[at - 1], "lastTimestamp", NULL) > json_time(e, "lastTimestamp", NULL);
             at--)
            v[at] = v[at - 1];
        v[at] = e;
    }
    dw(w, 0, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n  ----\t------\t----\t----\t-------\n");
    for (size_t i = 0; i < n; i++)
        put_event(w, v[i]);
    free(v);
}

void describe_object(const json_t *doc, const struct describe_opts *opts, struct text *out)
{
    const struct describer *d = find(doc);
    struct dw w = { .b = BUF_INIT, .opts = opts };
    d->fn(&w, doc);
    dw_layout(w.b.s, out);
    buf_clear(&w.b);
    if (d->needs & NEED(EVENTS)) { // columns of their own
        put_events(&w);
        dw_layout(w.b.s, out);
    }
    buf_wipe(&w.b);
}
