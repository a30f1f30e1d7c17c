// EndpointSlices and Endpoints of Services, and the addresses of load balancers and ingresses.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/ctl.h"
#include "demo/match.h"

static int64_t target_port(const json_t *pod, const json_t *port)
{
    const json_t *t = json_object_get(port, "targetPort");
    if (json_is_integer(t))
        return json_integer_value(t);
    size_t i, j;
    json_t *c, *p;
    json_array_foreach (json_at(pod, "spec", "containers", NULL), i, c) {
        json_array_foreach (json_object_get(c, "ports"), j, p) {
            if (str_eq(json_str(p, "name", NULL), json_string_value(t)))
                return json_i64(p, "containerPort", NULL);
        }
    }
    return 0;
}

static json_t *endpoint_of(struct cluster *cl, const struct rev *r, const json_t *pod)
{
    const char *node = json_str(pod, "spec", "nodeName", NULL);
    bool ready = (r->flags & REV_READY) && !(r->flags & REV_TERMINATING);
    const json_t *n = db_peek(cl->db, db_get(cl->db, cl_type(cl, "", "nodes"), "", node));
    json_t *e = json_pack("{s:[s],s:{s:b,s:b,s:b},s:{s:s,s:s,s:s,s:s},s:s,s:s}", "addresses",
        json_str(pod, "status", "podIP", NULL), "conditions", "ready", ready, "serving",
        (r->flags & REV_READY) != 0, "terminating", (r->flags & REV_TERMINATING) != 0, "targetRef",
        "kind", "Pod", "namespace", r->ns, "name", r->name, "uid", r->uid, "nodeName", node, "zone",
        json_str(n, "metadata", "labels", "topology.kubernetes.io/zone", NULL));
    return e;
}

static json_t *slice_ports(const json_t *svc, const json_t *pod)
{
    json_t *out = json_array(), *p;
    size_t i;
    json_array_foreach (json_at(svc, "spec", "ports", NULL), i, p) {
        int64_t port = target_port(pod, p);
        json_array_append_new(out,
            json_pack("{s:s,s:s,s:I}", "name", json_str(p, "name", NULL), "protocol",
                json_str(p, "protocol", NULL), "port",
                (json_int_t)(port ? port : json_i64(p, "port", NULL))));
    }
    return out;
}

static json_t *legacy_subsets(const json_t *endpoints, const json_t *ports)
{
    json_t *ready = json_array(), *not_ready = json_array(), *e;
    size_t i;
    json_array_foreach ((json_t *)endpoints, i, e) {
        json_array_append_new(json_bool(e, "conditions", "ready", NULL) ? ready : not_ready,
            json_pack("{s:O,s:O,s:O}", "ip", json_array_get(json_object_get(e, "addresses"), 0),
                "nodeName", json_object_get(e, "nodeName"), "targetRef",
                json_object_get(e, "targetRef")));
    }
    json_t *subset = json_object();
    if (json_array_size(ready))
        json_object_set(subset, "addresses", ready);
    if (json_array_size(not_ready))
        json_object_set(subset, "notReadyAddresses", not_ready);
    json_object_set(subset, "ports", (json_t *)ports);
    bool none = !json_array_size(ready) && !json_array_size(not_ready);
    json_decref(ready);
    json_decref(not_ready);
    if (!none)
        return json_pack("[o]", subset);
    json_decref(subset);
    return json_array();
}

// Creates or updates an object of the Service's, changing `keys` of it to those of `want`.
static void put_owned(struct cluster *cl, const struct rtype *rt, const char *ns, const char *name,
    json_t *want)
{
    struct rev *old = db_get(cl->db, rt, ns, name);
    if (!old) {
        json_decref(obj_create(cl, rt, ns, want, &(struct write_opts) { .internal = true }));
        return;
    }
    json_t *now = rev_tree(old), *v;
    const char *key;
    json_object_foreach (want, key, v) {
        if (!str_eq(key, "metadata"))
            json_object_set(now, key, v);
    }
    cl_update(cl, old, now);
    json_decref(now);
}

static const char *slice_name(struct cluster *cl, const struct rev *svc, char out[300])
{
    const rev_list *kids = db_children(cl->db, svc->uid);
    for (size_t i = 0; i < kids->n; i++) {
        if (ctl_is(kids->v[i], "discovery.k8s.io", "endpointslices")) {
            snprintf(out, 300, "%s", kids->v[i]->name);
            return out;
        }
    }
    char suffix[8];
    sim_suffix(cl->sim, 5, suffix);
    snprintf(out, 300, "%.250s-%s", svc->name, suffix);
    return out;
}

static void write_endpoints(struct cluster *cl, const struct rev *r, const json_t *svc,
    json_t *endpoints, json_t *ports)
{
    char name[300], ns[300], svc_name[300];
    slice_name(cl, r, name);
    snprintf(ns, sizeof(ns), "%s", r->ns);
    snprintf(svc_name, sizeof(svc_name), "%s", r->name);
    json_t *slice = json_pack("{s:{s:s,s:{s:s,s:s},s:o},s:s,s:O,s:O}", "metadata", "name", name,
        "labels", "kubernetes.io/service-name", svc_name, "endpointslice.kubernetes.io/managed-by",
        "endpointslice-controller.k8s.io", "ownerReferences", ctl_owner_ref(svc), "addressType",
        "IPv4", "endpoints", endpoints, "ports", ports);
    json_t *ep = json_pack("{s:{s:s,s:{s:s}},s:o}", "metadata", "name", svc_name, "labels",
        "endpoints.kubernetes.io/managed-by", "endpoint-controller", "subsets",
        legacy_subsets(endpoints, ports));
    put_owned(cl, cl_type(cl, "discovery.k8s.io", "endpointslices"), ns, name, slice);
    put_owned(cl, cl_type(cl, "", "endpoints"), ns, svc_name, ep);
    json_decref(slice);
    json_decref(ep);
}

static void service_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *svc = ctl_load(cl, uid, "services", &r);
    const json_t *map = json_at(svc, "spec", "selector", NULL);
    if (!svc || !json_object_size(map)) {
        json_decref(svc);
        return;
    }
    struct selector s;
    selector_from_map(&s, map);
    json_t *endpoints = json_array(), *ports = NULL;
    size_t from, to;
    const rev_list *l = db_list(cl->db, cl_type(cl, "", "pods"), r->ns, &from, &to);
    for (size_t i = from; i < to; i++) {
        if (!selector_match(&s, l->v[i]->labels) || (l->v[i]->flags & REV_DONE))
            continue;
        const json_t *pod = db_peek(cl->db, l->v[i]);
        if (*json_str(pod, "status", "podIP", NULL)) {
            json_array_append_new(endpoints, endpoint_of(cl, l->v[i], pod));
            ports = ports ? ports : slice_ports(svc, pod);
        }
    }
    selector_release(&s);
    ports = ports ? ports : json_array();
    write_endpoints(cl, r, svc, endpoints, ports);
    json_decref(endpoints);
    json_decref(ports);
    json_decref(svc);
}

// An address for whatever is exposed to the outside.
static void expose_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r = db_by_uid(cl->db, uid);
    json_t *tree = rev_tree(r);
    if (!tree || json_array_size(json_at(tree, "status", "loadBalancer", "ingress", NULL))) {
        json_decref(tree);
        return;
    }
    bool svc = ctl_is(r, "", "services");
    char ip[32];
    snprintf(ip, sizeof(ip), "203.0.113.%d", (int)(10 + cl->next_cluster_ip++ % 200));
    json_t *in = json_pack("{s:s}", "ip", ip);
    if (svc)
        json_object_set_new(in, "ipMode", json_string("VIP"));
    json_object_set_new(
        ctl_status(tree), "loadBalancer", json_pack("{s:[o]}", "ingress", in));
    cl_event(cl, tree, "", false, svc ? "service-controller" : "nginx-ingress-controller", "",
        svc ? "EnsuredLoadBalancer" : "Sync", svc ? "Ensured load balancer" : "Scheduled for sync");
    cl_update(cl, r, tree);
    json_decref(tree);
}

// `before`: its labels until now; the Services that selected those let it go.
static void pod_services(struct cluster *cl, const struct rev *pod, const char *before)
{
    size_t from, to;
    const rev_list *l = db_list(cl->db, cl_type(cl, "", "services"), pod->ns, &from, &to);
    for (size_t i = from; i < to; i++) {
        struct selector s;
        selector_from_map(&s, json_at(db_peek(cl->db, l->v[i]), "spec", "selector", NULL));
        if (s.reqs.n && (selector_match(&s, pod->labels) || selector_match(&s, before)))
            sim_once(cl->sim, 40, service_sync, cl, l->v[i]->uid);
        selector_release(&s);
    }
}

static const char *pod_ip_of(const struct rev *r)
{
    const char *ip = rev_field(r, "status.podIP");
    return ip ? ip : "";
}

void ctl_endpoints_event(struct cluster *cl, const struct db_event *ev)
{
    const struct rev *r = ev->now, *p = ev->prev;
    if (ctl_is(r, "", "pods")) {
        bool same = p && ev->type == DB_MODIFIED && p->flags == r->flags
            && str_eq(pod_ip_of(p), pod_ip_of(r)) && ctl_same_labels(p, r);
        if (!same)
            pod_services(cl, r, p ? p->labels : r->labels);
    } else if (ctl_is(r, "", "services") && ev->type != DB_DELETED) {
        sim_once(cl->sim, 20, service_sync, cl, r->uid);
        if (str_eq(rev_field(r, "spec.type"), "LoadBalancer"))
            sim_once(cl->sim, 4000, expose_sync, cl, r->uid);
    } else if (ctl_is(r, "", "services")) {
        const struct rtype *rt = cl_type(cl, "", "endpoints");
        db_delete(cl->db, rt, r->key);
    } else if (ctl_is(r, "networking.k8s.io", "ingresses") && ev->type == DB_ADDED) {
        sim_once(cl->sim, 2500, expose_sync, cl, r->uid);
    }
}
