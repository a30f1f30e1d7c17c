// Describe: Nodes, with their Pods and what these ask for.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/quantity.h"
#include "kinds/common.h"
#include "views/describe/kinds.h"

// ---- sums of quantities, printed as resource.Quantity does

struct amount {
    int64_t milli;
    bool binary; // 1Ki = 1024
};

static struct amount amount_of(const json_t *map, const char *key)
{
    struct amount a = { 0 };
    char tmp[32];
    const char *s = json_scalar(json_object_get(map, key), tmp);
    quantity_milli(s, &a.milli);
    a.binary = str_ends(s, "i");
    return a;
}

static struct amount sum(struct amount a, struct amount b)
{
    int64_t total;
    bool over = __builtin_add_overflow(a.milli, b.milli, &total);
    return (struct amount) { over ? INT64_MAX : total, a.milli ? a.binary : b.binary };
}

static struct amount greater(struct amount a, struct amount b)
{
    return b.milli > a.milli ? b : a;
}

static const char *amount_text(struct amount a, char out[32])
{
    static const char *const decimal[] = { "", "k", "M", "G", "T", "P", "E" };
    static const char *const binary[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" };
    size_t e = 0;
    int64_t v = a.milli / 1000, by = a.binary && v >= 1024 ? 1024 : 1000;
    if (a.milli % 1000 && by == 1000) {
        snprintf(out, 32, "%lldm", (long long)a.milli);
        return out;
    }
    v += a.milli % 1000 != 0;
    while (v && v % by == 0 && e + 1 < ARRAY_SIZE(decimal)) {
        v /= by;
        e++;
    }
    snprintf(out, 32, "%lld%s", (long long)v, by == 1024 ? binary[e] : decimal[e]);
    return out;
}

// ---- what a Pod asks for (pkg/util/resource PodRequestsAndLimits)

static const json_t *status_of(const json_t *pod, const char *name)
{
    static const char *const lists[] = { "containerStatuses", "initContainerStatuses" };
    const json_t *s = NULL;
    for (size_t l = 0; !s && l < ARRAY_SIZE(lists); l++)
        s = json_named(json_at(pod, "status", lists[l], NULL), name);
    return s;
}

// While a Pod is resized in place, what the kubelet has given counts too; alone, where it will never give what is asked.
static struct amount container_amount(
    const json_t *pod, const json_t *c, const char *part, const char *key)
{
    struct amount a = amount_of(json_at(c, "resources", part, NULL), key);
    const json_t *st = status_of(pod, json_str(c, "name", NULL)),
                 *given = json_object_get(st, "resources");
    if (!given || !str_eq(part, "requests"))
        return a;
    if (str_eq(json_str(cond_find(pod, "PodResizePending"), "reason", NULL), "Infeasible")) // KEP-1287
        a = (struct amount) { 0 };
    a = greater(a, amount_of(json_object_get(given, "requests"), key));
    return greater(a, amount_of(json_object_get(st, "allocatedResources"), key));
}

static struct amount pod_amount(const json_t *pod, const char *part, const char *key)
{
    struct amount total = { 0 }, sidecars = { 0 }, init = { 0 };
    size_t i;
    json_t *c;
    json_array_foreach(json_at(pod, "spec", "containers", NULL), i, c)
    {
        total = sum(total, container_amount(pod, c, part, key));
    }
    json_array_foreach(json_at(pod, "spec", "initContainers", NULL), i, c)
    {
        bool sidecar = str_eq(json_str(c, "restartPolicy", NULL), "Always");
        struct amount a = sidecar ? container_amount(pod, c, part, key)
                                  : amount_of(json_at(c, "resources", part, NULL), key);
        if (sidecar) {
            total = sum(total, a);
            sidecars = sum(sidecars, a);
        }
        init = greater(init, sidecar ? sidecars : sum(a, sidecars));
    }
    total = greater(total, init);
    if (str_eq(part, "requests") || total.milli)
        total = sum(total, amount_of(json_at(pod, "spec", "overhead", NULL), key));
    return total;
}

static int percent(struct amount a, struct amount of, bool whole)
{
    int64_t x = whole ? (a.milli + 999) / 1000 : a.milli,
            y = whole ? (of.milli + 999) / 1000 : of.milli;
    return y ? (int)((double)x / (double)y * 100) : 0;
}

static void share(struct dw *w, struct amount a, struct amount of, bool whole)
{
    char tmp[32];
    dw(w, 0, "\t%s (%d%%)", amount_text(a, tmp), percent(a, of, whole));
}

static const struct {
    const char *key, *part;
} shares[] = { { "cpu", "requests" }, { "cpu", "limits" }, { "memory", "requests" },
    { "memory", "limits" } };

static void node_pods(struct dw *w, const json_t *items, const json_t *have)
{
    size_t i;
    json_t *p;
    char age[HUMAN_DURATION_MAX];
    dw(w, 0, "Non-terminated Pods:\t(%zu in total)\n", json_array_size(items));
    dw(w, 0,
        "  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n"
        "  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n");
    json_array_foreach((json_t *)items, i, p)
    {
        dw(w, 1, "%s\t%s\t", json_str(p, "metadata", "namespace", NULL),
            json_str(p, "metadata", "name", NULL));
        for (size_t k = 0; k < ARRAY_SIZE(shares); k++)
            share(w, pod_amount(p, shares[k].part, shares[k].key), amount_of(have, shares[k].key),
                str_eq(shares[k].key, "memory"));
        dw(w, 0, "\t%s\n", dw_since(w, json_at(p, "metadata", "creationTimestamp", NULL), age));
    }
}

static void node_total(
    struct dw *w, const json_t *items, const json_t *have, const char *key, bool shown)
{
    static const char *const parts[] = { "requests", "limits" };
    size_t i;
    json_t *p;
    char tmp[32];
    dw(w, 1, "%s", key);
    for (size_t k = 0; k < ARRAY_SIZE(parts); k++) {
        struct amount total = { 0 };
        json_array_foreach((json_t *)items, i, p)
        {
            total = sum(total, pod_amount(p, parts[k], key));
        }
        if (shown)
            share(w, total, amount_of(have, key), !str_eq(key, "cpu"));
        else
            dw(w, 0, "\t%s", amount_text(total, tmp));
    }
    dw(w, 0, "\n");
}

static void node_allocated(struct dw *w, const json_t *doc)
{
    static const char *const always[] = { "cpu", "memory", "ephemeral-storage" };
    const char *why;
    const json_t *pods = dw_need(w, NEED_PODS, &why), *items = json_object_get(pods, "items");
    const json_t *have = json_at(doc, "status", "allocatable", NULL);
    size_t n;
    if (!json_object_size(have))
        have = json_at(doc, "status", "capacity", NULL);
    if (!pods) {
        dw(w, 0, "Pods:\t%s\n", why);
        return;
    }
    node_pods(w, items, have);
    dw(w, 0,
        "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n"
        "  Resource\tRequests\tLimits\n  --------\t--------\t------\n");
    for (size_t i = 0; i < ARRAY_SIZE(always); i++)
        node_total(w, items, have, always[i], true);
    const char **keys = dw_keys(have, &n);
    for (int huge = 1; huge >= 0; huge--)
        for (size_t i = 0; i < n; i++) {
            bool standard = str_eq(keys[i], "cpu") || str_eq(keys[i], "memory") ||
                            str_eq(keys[i], "ephemeral-storage") || str_eq(keys[i], "pods");
            if (!standard && str_starts(keys[i], "hugepages-") == (huge == 1))
                node_total(w, items, have, keys[i], huge == 1);
        }
    free(keys);
}

// ---- the Node

static void roles(struct dw *w, const json_t *labels)
{
    static const char prefix[] = "node-role.kubernetes.io/";
    size_t n, found = 0;
    const char **keys = dw_keys(labels, &n), *last = "";
    const char **v = xcalloc(n + 1, sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        const char *role = str_starts(keys[i], prefix)             ? keys[i] + strlen(prefix)
                           : str_eq(keys[i], "kubernetes.io/role") ? json_str(labels, keys[i], NULL)
                                                                   : "";
        if (*role)
            v[found++] = role;
    }
    qsort(v, found, sizeof(*v), str_order);
    dw(w, 0, "Roles:\t%s", found ? "" : "<none>");
    for (size_t i = 0; i < found; last = v[i++])
        if (!str_eq(v[i], last))
            dw(w, 0, "%s%s", i ? "," : "", v[i]);
    dw(w, 0, "\n");
    free(v);
    free(keys);
}

static int by_effect(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    int c = strcmp(json_str(x, "effect", NULL), json_str(y, "effect", NULL));
    return c ? c : strcmp(json_str(x, "key", NULL), json_str(y, "key", NULL));
}

static void taints(struct dw *w, const json_t *list)
{
    size_t n = json_array_size(list);
    json_t **t = xcalloc(n + 1, sizeof(*t));
    for (size_t i = 0; i < n; i++)
        t[i] = json_array_get(list, i);
    qsort(t, n, sizeof(*t), by_effect);
    dw(w, 0, "Taints:\t%s", n ? "" : "<none>\n");
    for (size_t i = 0; i < n; i++) {
        const char *value = json_str(t[i], "value", NULL), *effect = json_str(t[i], "effect", NULL);
        dw(w, 0, "%s%s%s%s%s%s\n", i ? "\t" : "", json_str(t[i], "key", NULL), *value ? "=" : "",
            value, *value || *effect ? ":" : "", effect);
    }
    free(t);
}

static void lease(struct dw *w)
{
    const char *why;
    char tmp[64];
    const json_t *doc = dw_need(w, NEED_LEASE, &why), *spec = json_object_get(doc, "spec");
    if (!doc) {
        dw(w, 0, str_eq(why, "…") ? "Lease:\t%s\n" : "Lease:\tFailed to get lease: %s\n", why);
        return;
    }
    const json_t *got = json_object_get(spec, "acquireTime"),
                 *renewed = json_object_get(spec, "renewTime");
    dw(w, 0, "Lease:\n");
    dw(w, 1, "HolderIdentity:\t%s\n", str_or(json_str(spec, "holderIdentity", NULL), "<unset>"));
    dw(w, 1, "AcquireTime:\t%s\n", got ? dw_time(got, tmp) : "<unset>");
    dw(w, 1, "RenewTime:\t%s\n", renewed ? dw_time(renewed, tmp) : "<unset>");
}

static void conditions(struct dw *w, const json_t *all)
{
    size_t i;
    json_t *c;
    char a[64], b[64];
    if (json_array_size(all))
        dw(w, 0,
            "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n"
            "  ----\t------\t-----------------\t------------------\t------\t-------\n");
    json_array_foreach((json_t *)all, i, c)
    {
        dw(w, 1, "%s \t%s \t%s \t%s \t%s \t%s\n", json_str(c, "type", NULL),
            json_str(c, "status", NULL), dw_time(json_object_get(c, "lastHeartbeatTime"), a),
            dw_time(json_object_get(c, "lastTransitionTime"), b), json_str(c, "reason", NULL),
            json_str(c, "message", NULL));
    }
}

static void resources(struct dw *w, const char *title, const json_t *map)
{
    size_t n;
    char tmp[32];
    const char **keys = dw_keys(map, &n);
    if (n)
        dw(w, 0, "%s:\n", title);
    for (size_t i = 0; i < n; i++)
        dw(w, 1, "%s:\t%s\n", keys[i], json_scalar(json_object_get(map, keys[i]), tmp));
    free(keys);
}

static void system_info(struct dw *w, const json_t *info)
{
    static const char *const rows[][2] = { { "machineID", "Machine ID" },
        { "systemUUID", "System UUID" }, { "bootID", "Boot ID" },
        { "kernelVersion", "Kernel Version" }, { "osImage", "OS Image" },
        { "operatingSystem", "Operating System" }, { "architecture", "Architecture" },
        { "containerRuntimeVersion", "Container Runtime Version" },
        { "kubeletVersion", "Kubelet Version" }, { "kubeProxyVersion", "Kube-Proxy Version" } };
    dw(w, 0, "System Info:\n");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        dw(w, 1, "%s:\t%s\n", rows[i][1], json_str(info, rows[i][0], NULL));
}

void describe_node(struct dw *w, const json_t *doc)
{
    const json_t *meta = json_object_get(doc, "metadata"), *spec = json_object_get(doc, "spec");
    const json_t *st = json_object_get(doc, "status");
    struct buf words = BUF_INIT;
    char tmp[64];
    size_t i;
    json_t *a;
    dw_name(w, doc, false);
    roles(w, json_object_get(meta, "labels"));
    dw_labels(w, "Labels", json_object_get(meta, "labels"));
    dw_annotations(w, "Annotations", json_object_get(meta, "annotations"));
    dw(w, 0, "CreationTimestamp:\t%s\n", dw_time(json_object_get(meta, "creationTimestamp"), tmp));
    taints(w, json_object_get(spec, "taints"));
    dw(w, 0, "Unschedulable:\t%s\n", dw_bool(json_object_get(spec, "unschedulable")));
    lease(w);
    conditions(w, json_object_get(st, "conditions"));
    dw(w, 0, "Addresses:\n");
    json_array_foreach(json_object_get(st, "addresses"), i, a)
    {
        dw(w, 1, "%s:\t%s\n", json_str(a, "type", NULL), json_str(a, "address", NULL));
    }
    resources(w, "Capacity", json_object_get(st, "capacity"));
    resources(w, "Allocatable", json_object_get(st, "allocatable"));
    system_info(w, json_object_get(st, "nodeInfo"));
    if (*json_str(spec, "podCIDR", NULL))
        dw(w, 0, "PodCIDR:\t%s\n", json_str(spec, "podCIDR", NULL));
    if (json_array_size(json_object_get(spec, "podCIDRs")))
        dw(w, 0, "PodCIDRs:\t%s\n", dw_join(json_object_get(spec, "podCIDRs"), ",", &words));
    if (*json_str(spec, "providerID", NULL))
        dw(w, 0, "ProviderID:\t%s\n", json_str(spec, "providerID", NULL));
    node_allocated(w, doc);
    buf_release(&words);
}
