// Nodes: what the kubelet reports when one appears, and the heartbeats of their leases afterwards.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/ctl.h"

struct shape { // by the label node.kubernetes.io/instance-type
    const char *type, *cpu, *memory, *cpu_free, *memory_free;
};
static const struct shape shapes[] = { { "e2-standard-4", "4", "16393652Ki", "3920m", "13557172Ki" },
    { "n2-standard-8", "8", "32880080Ki", "7910m", "29033936Ki" },
    { "n2-highmem-4", "4", "32880080Ki", "3920m", "29033936Ki" },
    { "", "2", "8145436Ki", "1930m", "6150684Ki" } };

static const struct shape *shape_of(const json_t *node)
{
    const char *type
        = json_str(node, "metadata", "labels", "node.kubernetes.io/instance-type", NULL);
    for (size_t i = 0; i + 1 < ARRAY_SIZE(shapes); i++) {
        if (str_eq(shapes[i].type, type))
            return &shapes[i];
    }
    return &shapes[ARRAY_SIZE(shapes) - 1];
}

static void node_conditions(struct cluster *cl, json_t *node)
{
    static const char *const ok[][3] = {
        { "MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available" },
        { "DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure" },
        { "PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available" } };
    for (size_t i = 0; i < 3; i++)
        ctl_condition(cl, node, ok[i][0], "False", ok[i][1], ok[i][2]);
    ctl_condition(cl, node, "Ready", "True", "KubeletReady", "kubelet is posting ready status");
}

static json_t *resources(const struct shape *s, bool all, const char *cpu, const char *memory)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "cpu", cpu ? cpu : s->cpu, "ephemeral-storage",
        all ? "98831908Ki" : "47060071478", "hugepages-1Gi", "0", "hugepages-2Mi", "0", "memory",
        memory ? memory : s->memory, "pods", "110");
}

static json_t *node_info(struct cluster *cl)
{
    char id[40], boot[40];
    sim_uid(cl->sim, id);
    sim_uid(cl->sim, boot);
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "machineID", id, "systemUUID", id,
        "bootID", boot, "kernelVersion", "6.12.43+deb13-cloud-amd64", "osImage",
        "Debian GNU/Linux 13 (trixie)", "containerRuntimeVersion", "containerd://2.1.4",
        "kubeletVersion", "v1.35.4", "kubeProxyVersion", "", "operatingSystem", "linux",
        "architecture", "amd64");
}

static void node_images(struct cluster *cl, json_t *status)
{
    static const char *const images[] = { "registry.k8s.io/kube-proxy:v1.35.4",
        "registry.k8s.io/pause:3.10.1", "docker.io/library/nginx:1.29.1",
        "ghcr.io/acme/shop-web:2.14.0" };
    json_t *list = json_array();
    for (size_t i = 0; i < ARRAY_SIZE(images); i++)
        json_array_append_new(list,
            json_pack("{s:[s],s:I}", "names", images[i], "sizeBytes",
                (json_int_t)sim_range(cl->sim, 300000, 90000000)));
    json_object_set_new(status, "images", list);
}

static void node_lease(struct cluster *cl, const char *name, const char *uid)
{
    char now[40];
    sim_stamp_micro(cl->sim, now);
    const struct rtype *rt = cl_type(cl, "coordination.k8s.io", "leases");
    struct rev *old = db_get(cl->db, rt, "kube-node-lease", name);
    json_t *lease = old ? rev_tree(old)
                        : json_pack("{s:{s:s,s:[{s:s,s:s,s:s,s:s}]},s:{s:s,s:i}}", "metadata",
                              "name", name, "ownerReferences", "apiVersion", "v1", "kind", "Node",
                              "name", name, "uid", uid, "spec", "holderIdentity", name,
                              "leaseDurationSeconds", 40);
    json_object_set_new(ctl_child(lease, "spec"), "renewTime", json_string(now));
    if (old)
        cl_update(cl, old, lease);
    else
        json_decref(obj_create(
            cl, rt, "kube-node-lease", lease, &(struct write_opts) { .internal = true }));
    json_decref(lease);
}

static void node_register(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *node = ctl_load(cl, uid, "nodes", &r);
    if (!node || json_at(node, "status", "nodeInfo", NULL)) {
        json_decref(node);
        return;
    }
    const struct shape *s = shape_of(node);
    json_t *status = ctl_status(node), *spec = ctl_child(node, "spec");
    int n = (int)(cl->next_ip++ % 200) + 2;
    char ip[32], cidr[40], name[300];
    snprintf(ip, sizeof(ip), "10.128.0.%d", n);
    snprintf(cidr, sizeof(cidr), "10.244.%d.0/24", n);
    snprintf(name, sizeof(name), "%s", r->name);
    json_object_set_new(spec, "podCIDR", json_string(cidr));
    json_object_set_new(spec, "podCIDRs", json_pack("[s]", cidr));
    json_object_set_new(status, "capacity", resources(s, true, NULL, NULL));
    json_object_set_new(status, "allocatable", resources(s, false, s->cpu_free, s->memory_free));
    node_conditions(cl, node);
    json_object_set_new(status, "addresses",
        json_pack("[{s:s,s:s},{s:s,s:s}]", "type", "InternalIP", "address", ip, "type", "Hostname",
            "address", name));
    json_object_set_new(
        status, "daemonEndpoints", json_pack("{s:{s:i}}", "kubeletEndpoint", "Port", 10250));
    json_object_set_new(status, "nodeInfo", node_info(cl));
    node_images(cl, status);
    json_t *labels = ctl_child(ctl_child(node, "metadata"), "labels");
    static const char *const fixed[][2] = { { "kubernetes.io/os", "linux" },
        { "kubernetes.io/arch", "amd64" } };
    for (size_t i = 0; i < 2; i++)
        json_object_set_new(labels, fixed[i][0], json_string(fixed[i][1]));
    json_object_set_new(labels, "kubernetes.io/hostname", json_string(name));
    cl_update(cl, r, node);
    node_lease(cl, name, uid);
    json_t *csi = json_pack("{s:{s:s,s:[{s:s,s:s,s:s,s:s}]},s:{s:[{s:s,s:s,s:[s]}]}}", "metadata",
        "name", name, "ownerReferences", "apiVersion", "v1", "kind", "Node", "name", name, "uid",
        uid, "spec", "drivers", "name", "pd.csi.storage.gke.io", "nodeID", name, "topologyKeys",
        "topology.gke.io/zone");
    json_decref(obj_create(cl, cl_type(cl, "storage.k8s.io", "csinodes"), "", csi,
        &(struct write_opts) { .internal = true }));
    json_decref(csi);
    json_decref(node);
}

// What does not tolerate a taint of NoExecute is deleted (pkg/controller/tainteviction).
static void node_evict(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *node = ctl_load(cl, uid, "nodes", &r), *t;
    size_t from, to, k;
    ARR(char *) doomed = { 0 };
    const rev_list *l = db_list(cl->db, cl_type(cl, "", "pods"), "", &from, &to);
    for (size_t i = from; node && i < to; i++) {
        const json_t *pod = db_peek(cl->db, l->v[i]);
        bool ends = false;
        json_array_foreach (json_at(node, "spec", "taints", NULL), k, t)
            ends |= str_eq(json_str(t, "effect", NULL), "NoExecute") && !ctl_tolerates(pod, t);
        if (ends && str_eq(json_str(pod, "spec", "nodeName", NULL), r->name)
            && !*json_str(pod, "metadata", "deletionTimestamp", NULL))
            arr_push(&doomed, xstrdup(l->v[i]->uid));
    }
    for (size_t i = 0; i < doomed.n; i++) {
        struct rev *pod = db_by_uid(cl->db, doomed.v[i]);
        if (pod) {
            cl_event(cl, db_peek(cl->db, pod), "", false, "taint-eviction-controller", "", "TaintManagerEviction",
                "Marking for deletion Pod %s/%s", pod->ns, pod->name);
            cl_delete(cl, db_by_uid(cl->db, doomed.v[i]));
        }
        free(doomed.v[i]);
    }
    arr_release(&doomed);
    json_decref(node);
}

static bool no_execute(const json_t *node)
{
    size_t i;
    json_t *t;
    json_array_foreach (json_at(node, "spec", "taints", NULL), i, t) {
        if (str_eq(json_str(t, "effect", NULL), "NoExecute"))
            return true;
    }
    return false;
}

void ctl_node_event(struct cluster *cl, const struct db_event *ev)
{
    if (ctl_is(ev->now, "", "nodes") && ev->type == DB_ADDED)
        sim_once(cl->sim, 5, node_register, cl, ev->now->uid);
    else if (ctl_is(ev->now, "", "nodes") && ev->type == DB_MODIFIED && no_execute(db_peek(cl->db, ev->now)))
        ctl_enqueue(cl, node_evict, ev->now->uid);
}

// Each kubelet renews its lease every ten seconds, spread over them.
static void heartbeat(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r = db_by_uid(cl->db, uid);
    if (!r)
        return;
    char name[300];
    snprintf(name, sizeof(name), "%s", r->name);
    if (r->flags & REV_READY)
        node_lease(cl, name, uid);
    sim_once(cl->sim, 10000, heartbeat, cl, uid);
}

void ctl_node_live(struct cluster *cl)
{
    size_t from, to;
    const rev_list *l = db_list(cl->db, cl_type(cl, "", "nodes"), "", &from, &to);
    for (size_t i = from; i < to; i++)
        sim_once(cl->sim, sim_range(cl->sim, 0, 10000), heartbeat, cl, l->v[i]->uid);
}
