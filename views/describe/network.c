// Describe: Services, Ingresses, EndpointSlices, NetworkPolicies.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "views/describe/kinds.h"

static void head(struct dw *w, const json_t *doc)
{
    dw_labels(w, "Labels", json_at(doc, "metadata", "labels", NULL));
    dw_annotations(w, "Annotations", json_at(doc, "metadata", "annotations", NULL));
}

static void optional_field(struct dw *w, const char *label, const char *value)
{
    if (*value)
        dw(w, 0, "%s:\t%s\n", label, value);
}

// ---- endpoints of a Service

static bool of_service(const json_t *slice, const char *service)
{
    return str_eq(
        json_str(slice, "metadata", "labels", "kubernetes.io/service-name", NULL), service);
}

struct addresses {
    struct buf text;
    int listed, ready;
    bool more;
};

static void add_address(struct addresses *a, const json_t *endpoint, const json_t *port)
{
    enum { SHOWN = 3 };
    const json_t *ready = json_at(endpoint, "conditions", "ready", NULL);
    const char *ip = json_string_value(json_array_get(json_object_get(endpoint, "addresses"), 0));
    a->more |= a->listed == SHOWN;
    if ((ready && !json_is_true(ready)) || !ip)
        return;
    if (!a->more) {
        bool v6 = port && strchr(ip, ':');
        buf_printf(&a->text, "%s%s%s%s", a->listed++ ? "," : "", v6 ? "[" : "", ip, v6 ? "]" : "");
        if (port)
            buf_printf(&a->text, ":%d", (int)json_i64(port, "port", NULL));
    }
    a->ready++;
}

// formatEndpointSlices: the first three ready ones of the port of that name
static void endpoints(
    const json_t *slices, const char *service, const char *port_name, struct buf *out)
{
    struct addresses a = { .text = BUF_INIT };
    size_t i, p, e, n = 0;
    json_t *slice, *port, *endpoint;
    json_array_foreach(json_object_get(slices, "items"), i, slice)
    {
        if (!of_service(slice, service))
            continue;
        n++;
        const json_t *ports = json_object_get(slice, "ports"),
                     *all = json_object_get(slice, "endpoints");
        if (!json_array_size(ports))
            json_array_foreach((json_t *)all, e, endpoint)
            {
                add_address(&a, endpoint, NULL);
            }
        json_array_foreach((json_t *)ports, p, port)
        {
            if (!str_eq(json_str(port, "name", NULL), port_name))
                continue;
            json_array_foreach((json_t *)all, e, endpoint)
            {
                add_address(&a, endpoint, port);
            }
        }
    }
    buf_puts(out, n ? a.text.s : "<none>");
    if (a.more)
        buf_printf(out, " + %d more...", a.ready - a.listed);
    buf_release(&a.text);
}

static void service_ports(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *p;
    char tmp[32];
    const char *why;
    const json_t *slices = dw_need(w, NEED_SLICES, &why);
    json_array_foreach(json_at(doc, "spec", "ports", NULL), i, p)
    {
        const char *name = json_str(p, "name", NULL), *proto = json_str(p, "protocol", NULL);
        struct buf b = BUF_INIT;
        dw(w, 0, "Port:\t%s\t%d/%s\n", str_or(name, "<unset>"), (int)json_i64(p, "port", NULL),
            proto);
        dw(w, 0, "TargetPort:\t%s/%s\n",
            str_or(json_scalar(json_object_get(p, "targetPort"), tmp), "0"), proto);
        if (json_i64(p, "nodePort", NULL))
            dw(w, 0, "NodePort:\t%s\t%d/%s\n", str_or(name, "<unset>"),
                (int)json_i64(p, "nodePort", NULL), proto);
        if (slices)
            endpoints(slices, json_str(doc, "metadata", "name", NULL), name, &b);
        dw(w, 0, "Endpoints:\t%s\n", slices ? b.s : why);
        buf_release(&b);
    }
}

static void balancer(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *in;
    const json_t *all = json_at(doc, "status", "loadBalancer", "ingress", NULL);
    if (!json_array_size(all))
        return;
    dw(w, 0, "LoadBalancer Ingress:\t");
    json_array_foreach((json_t *)all, i, in)
    {
        const char *ip = json_str(in, "ip", NULL), *mode = json_str(in, "ipMode", NULL);
        bool moded = *ip && *mode;
        dw(w, 0, "%s%s%s%s%s", i ? ", " : "", str_or(ip, json_str(in, "hostname", NULL)),
            moded ? " (" : "", moded ? mode : "", moded ? ")" : "");
    }
    dw(w, 0, "\n");
}

void describe_service(struct dw *w, const json_t *doc)
{
    const json_t *spec = json_object_get(doc, "spec");
    struct buf tmp = BUF_INIT;
    dw_name(w, doc, true);
    head(w, doc);
    dw(w, 0, "Selector:\t%s\n", dw_map(json_object_get(spec, "selector"), &tmp));
    dw(w, 0, "Type:\t%s\n", json_str(spec, "type", NULL));
    optional_field(w, "IP Family Policy", json_str(spec, "ipFamilyPolicy", NULL));
    dw(w, 0, "IP Families:\t%s\n",
        str_or(dw_join(json_object_get(spec, "ipFamilies"), ",", &tmp), "<none>"));
    dw(w, 0, "IP:\t%s\n", json_str(spec, "clusterIP", NULL));
    dw(w, 0, "IPs:\t%s\n",
        str_or(dw_join(json_object_get(spec, "clusterIPs"), ",", &tmp), "<none>"));
    optional_field(w, "External IPs", dw_join(json_object_get(spec, "externalIPs"), ",", &tmp));
    optional_field(w, "Desired LoadBalancer IP", json_str(spec, "loadBalancerIP", NULL));
    optional_field(w, "External Name", json_str(spec, "externalName", NULL));
    balancer(w, doc);
    service_ports(w, doc);
    dw(w, 0, "Session Affinity:\t%s\n", json_str(spec, "sessionAffinity", NULL));
    optional_field(w, "External Traffic Policy", json_str(spec, "externalTrafficPolicy", NULL));
    optional_field(w, "Internal Traffic Policy", json_str(spec, "internalTrafficPolicy", NULL));
    if (json_i64(spec, "healthCheckNodePort", NULL))
        dw(w, 0, "HealthCheck NodePort:\t%d\n", (int)json_i64(spec, "healthCheckNodePort", NULL));
    optional_field(w, "LoadBalancer Source Ranges",
        dw_join(json_object_get(spec, "loadBalancerSourceRanges"), ",", &tmp));
    optional_field(w, "Traffic Distribution", json_str(spec, "trafficDistribution", NULL));
    buf_release(&tmp);
}

static void addresses(struct dw *w, const char *label, const json_t *list)
{
    size_t i;
    json_t *a;
    dw(w, 1, "%s:\t%s", label, json_array_size(list) ? "" : "<none>");
    json_array_foreach((json_t *)list, i, a)
    {
        dw(w, 0, "%s%s", i ? "," : "", json_str(a, "ip", NULL));
    }
    dw(w, 0, "\n");
}

void describe_endpoints(struct dw *w, const json_t *doc)
{
    size_t i, k;
    json_t *s, *p;
    dw_name(w, doc, true);
    head(w, doc);
    dw(w, 0, "Subsets:\n");
    json_array_foreach(json_object_get(doc, "subsets"), i, s)
    {
        addresses(w, "Addresses", json_object_get(s, "addresses"));
        addresses(w, "NotReadyAddresses", json_object_get(s, "notReadyAddresses"));
        if (json_array_size(json_object_get(s, "ports")))
            dw(w, 0, "  Ports:\n    Name\tPort\tProtocol\n    ----\t----\t--------\n");
        json_array_foreach(json_object_get(s, "ports"), k, p)
        {
            dw(w, 2, "%s\t%d\t%s\n", str_or(json_str(p, "name", NULL), "<unset>"),
                (int)json_i64(p, "port", NULL), json_str(p, "protocol", NULL));
        }
        dw(w, 0, "\n");
    }
}

void describe_endpointslice(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *p, *e;
    char tmp[32];
    struct buf words = BUF_INIT;
    const json_t *ports = json_object_get(doc, "ports"), *all = json_object_get(doc, "endpoints");
    dw_name(w, doc, true);
    head(w, doc);
    dw(w, 0, "AddressType:\t%s\n", json_str(doc, "addressType", NULL));
    dw(w, 0,
        json_array_size(ports) ? "Ports:\n  Name\tPort\tProtocol\n  ----\t----\t--------\n"
                               : "Ports: <unset>\n");
    json_array_foreach((json_t *)ports, i, p)
    {
        dw(w, 1, "%s\t%s\t%s\n", str_or(json_str(p, "name", NULL), "<unset>"),
            str_or(json_scalar(json_object_get(p, "port"), tmp), "<unset>"),
            json_str(p, "protocol", NULL));
    }
    dw(w, 0, json_array_size(all) ? "Endpoints:\n" : "Endpoints: <none>\n");
    json_array_foreach((json_t *)all, i, e)
    {
        const json_t *ready = json_at(e, "conditions", "ready", NULL),
                     *target = json_object_get(e, "targetRef");
        dw(w, 1, "- Addresses:\t%s\n",
            str_or(dw_join(json_object_get(e, "addresses"), ", ", &words), "<none>"));
        dw(w, 2, "Conditions:\n");
        dw(w, 3, "Ready:\t%s\n", ready ? dw_bool(ready) : "<unset>");
        dw(w, 2, "Hostname:\t%s\n", str_or(json_str(e, "hostname", NULL), "<unset>"));
        if (target)
            dw(w, 2, "TargetRef:\t%s/%s\n", json_str(target, "kind", NULL),
                json_str(target, "name", NULL));
        dw(w, 2, "NodeName:\t%s\n", str_or(json_str(e, "nodeName", NULL), "<unset>"));
        dw(w, 2, "Zone:\t%s\n", str_or(json_str(e, "zone", NULL), "<unset>"));
    }
    buf_release(&words);
}

// ---- Ingress

static const json_t *service_named(const json_t *services, const char *name)
{
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(services, "items"), i, s)
    {
        if (str_eq(json_str(s, "metadata", "name", NULL), name))
            return s;
    }
    return NULL;
}

static void service_backend(struct dw *w, const json_t *ref, struct buf *out)
{
    const char *name = json_str(ref, "name", NULL), *why = NULL, *port_name = "";
    int number = (int)json_i64(ref, "port", "number", NULL);
    const char *by_name = json_str(ref, "port", "name", NULL);
    size_t i;
    json_t *p;
    buf_printf(out, "%s:", name);
    number ? buf_printf(out, "%d", number) : buf_puts(out, by_name);
    const json_t *slices = dw_need(w, NEED_SLICES, &why),
                 *services = slices ? dw_need(w, NEED_SERVICES, &why) : NULL;
    const json_t *service = service_named(services, name);
    if (!services) {
        buf_printf(out, str_eq(why, "…") ? " (%s)" : " (<error: %s>)", why);
        return;
    }
    if (!service) {
        buf_printf(out, " (<error: services \"%s\" not found>)", name);
        return;
    }
    json_array_foreach(json_at(service, "spec", "ports", NULL), i, p)
    {
        if (number ? number == (int)json_i64(p, "port", NULL)
                   : str_eq(by_name, json_str(p, "name", NULL)))
            port_name = json_str(p, "name", NULL);
    }
    buf_puts(out, " (");
    endpoints(slices, name, port_name, out);
    buf_putc(out, ')');
}

static void backend(struct dw *w, const json_t *b, struct buf *out)
{
    const json_t *res = json_object_get(b, "resource");
    buf_clear(out);
    if (json_object_get(b, "service"))
        service_backend(w, json_object_get(b, "service"), out);
    else if (res)
        buf_printf(out, "APIGroup: %s, Kind: %s, Name: %s",
            str_or(json_str(res, "apiGroup", NULL), "<none>"), json_str(res, "kind", NULL),
            json_str(res, "name", NULL));
}

static void ingress_address(struct dw *w, const json_t *doc)
{
    const json_t *all = json_at(doc, "status", "loadBalancer", "ingress", NULL);
    size_t n = json_array_size(all);
    const char **v = xcalloc(n + 1, sizeof(*v)), *last = "";
    for (size_t i = 0; i < n; i++) {
        const json_t *in = json_array_get(all, i);
        v[i] = str_or(json_str(in, "ip", NULL), json_str(in, "hostname", NULL));
    }
    qsort(v, n, sizeof(*v), str_order);
    dw(w, 0, "Address:\t");
    for (size_t i = 0; i < n; i++) {
        if (str_eq(v[i], last))
            continue;
        dw(w, 0, "%s%s", *last ? "," : "", v[i]);
        last = v[i];
    }
    dw(w, 0, "\n");
    free(v);
}

static void ingress_rules(struct dw *w, const json_t *spec, const char *by_default)
{
    size_t i, k, count = 0;
    json_t *r, *p;
    struct buf b = BUF_INIT;
    dw(w, 0, "Rules:\n  Host\tPath\tBackends\n  ----\t----\t--------\n");
    json_array_foreach(json_object_get(spec, "rules"), i, r)
    {
        if (!json_object_get(r, "http"))
            continue;
        count++;
        dw(w, 1, "%s\t\n", str_or(json_str(r, "host", NULL), "*"));
        json_array_foreach(json_at(r, "http", "paths", NULL), k, p)
        {
            backend(w, json_object_get(p, "backend"), &b);
            dw(w, 2, "\t%s \t%s\n", json_str(p, "path", NULL), b.s);
        }
    }
    if (!count)
        dw(w, 1, "*\t*\t%s\n", by_default);
    buf_release(&b);
}

void describe_ingress(struct dw *w, const json_t *doc)
{
    const json_t *spec = json_object_get(doc, "spec"),
                 *def = json_object_get(spec, "defaultBackend");
    struct buf b = BUF_INIT, hosts = BUF_INIT;
    size_t i;
    json_t *t;
    dw_name(w, doc, false);
    dw_labels(w, "Labels", json_at(doc, "metadata", "labels", NULL));
    dw(w, 0, "Namespace:\t%s\n", json_str(doc, "metadata", "namespace", NULL));
    ingress_address(w, doc);
    dw(w, 0, "Ingress Class:\t%s\n", str_or(json_str(spec, "ingressClassName", NULL), "<none>"));
    if (def)
        backend(w, def, &b);
    dw(w, 0, "Default backend:\t%s\n", def ? b.s : "<default>");
    if (json_array_size(json_object_get(spec, "tls")))
        dw(w, 0, "TLS:\n");
    json_array_foreach(json_object_get(spec, "tls"), i, t)
    {
        const char *secret = json_str(t, "secretName", NULL);
        dw(w, 1, "%s%s%s\n", *secret ? secret : "SNI routes ", *secret ? " terminates " : "",
            dw_join(json_object_get(t, "hosts"), ",", &hosts));
    }
    ingress_rules(w, spec, def ? b.s : "<default>");
    dw_annotations(w, "Annotations", json_at(doc, "metadata", "annotations", NULL));
    buf_release(&b);
    buf_release(&hosts);
}

void describe_ingressclass(struct dw *w, const json_t *doc)
{
    const json_t *p = json_at(doc, "spec", "parameters", NULL);
    dw_name(w, doc, false);
    head(w, doc);
    dw(w, 0, "Controller:\t%s\n", json_str(doc, "spec", "controller", NULL));
    if (!p)
        return;
    dw(w, 0, "Parameters:\n");
    if (json_object_get(p, "apiGroup"))
        dw(w, 1, "APIGroup:\t%s\n", json_str(p, "apiGroup", NULL));
    dw(w, 1, "Kind:\t%s\n", json_str(p, "kind", NULL));
    dw(w, 1, "Name:\t%s\n", json_str(p, "name", NULL));
}

// ---- NetworkPolicy

static void peer(struct dw *w, const json_t *p)
{
    char tmp[1024];
    struct buf words = BUF_INIT;
    const json_t *pods = json_object_get(p, "podSelector"),
                 *spaces = json_object_get(p, "namespaceSelector");
    const json_t *block = json_object_get(p, "ipBlock");
    if (spaces)
        dw(w, 3, "NamespaceSelector: %s\n", dw_selector(spaces, tmp));
    if (pods)
        dw(w, 3, "PodSelector: %s\n", dw_selector(pods, tmp));
    if (block && !spaces && !pods) {
        dw(w, 3, "IPBlock:\n");
        dw(w, 4, "CIDR: %s\n", json_str(block, "cidr", NULL));
        dw(w, 4, "Except: %s\n", dw_join(json_object_get(block, "except"), ", ", &words));
    }
    buf_release(&words);
}

static void policy_rule(struct dw *w, const json_t *r, bool ingress)
{
    size_t i;
    json_t *v;
    char tmp[32];
    const json_t *ports = json_object_get(r, "ports"),
                 *peers = json_object_get(r, ingress ? "from" : "to");
    const char *way = ingress ? "From" : "To";
    if (!json_array_size(ports))
        dw(w, 2, "To Port: <any> (traffic allowed to all ports)\n");
    json_array_foreach((json_t *)ports, i, v)
    {
        const char *proto = str_or(json_str(v, "protocol", NULL), "TCP");
        const char *port = dw_intstr(json_object_get(v, "port"), tmp);
        if (json_object_get(v, "endPort"))
            dw(w, 2, "To Port Range: %s-%d/%s\n", port, (int)json_i64(v, "endPort", NULL), proto);
        else
            dw(w, 2, "To Port: %s/%s\n", port, proto);
    }
    if (!json_array_size(peers))
        dw(w, 2, "%s: <any> (traffic not restricted by %s)\n", way,
            ingress ? "source" : "destination");
    json_array_foreach((json_t *)peers, i, v)
    {
        dw(w, 2, "%s:\n", way);
        peer(w, v);
    }
}

static void policy_side(struct dw *w, const json_t *spec, const char *type, const char *key)
{
    size_t i;
    json_t *v;
    bool on = false;
    const json_t *rules = json_object_get(spec, key);
    json_array_foreach(json_object_get(spec, "policyTypes"), i, v)
    {
        on |= str_eq(json_string_value(v), type);
    }
    dw(w, 1, on ? "Allowing %s traffic:\n" : "Not affecting %s traffic\n", key);
    if (on && !json_array_size(rules))
        dw(w, 2, "<none> (Selected pods are isolated for %s connectivity)\n", key);
    json_array_foreach((json_t *)(on ? rules : NULL), i, v)
    {
        policy_rule(w, v, str_eq(key, "ingress"));
        if (i + 1 < json_array_size(rules))
            dw(w, 2, "----------\n");
    }
}

void describe_netpol(struct dw *w, const json_t *doc)
{
    char tmp[1024];
    struct buf words = BUF_INIT;
    const json_t *spec = json_object_get(doc, "spec");
    dw_name(w, doc, true);
    time_t t = (time_t)json_time(doc, "metadata", "creationTimestamp", NULL);
    struct tm tm;
    localtime_r(&t, &tm);
    strftime(tmp, sizeof(tmp), "%Y-%m-%d %H:%M:%S %z %Z", &tm); // Go's Time.String
    dw(w, 0, "Created on:\t%s\n", tmp);
    head(w, doc);
    dw(w, 0, "Spec:\n");
    const char *sel = dw_selector(json_object_get(spec, "podSelector"), tmp);
    dw(w, 1, "PodSelector:     %s%s\n", sel,
        str_eq(sel, "<none>") ? " (Allowing the specific traffic to all pods in this namespace)"
                              : "");
    policy_side(w, spec, "Ingress", "ingress");
    policy_side(w, spec, "Egress", "egress");
    dw(w, 1, "Policy Types: %s\n",
        str_or(dw_join(json_object_get(spec, "policyTypes"), ", ", &words), "<none>"));
    buf_release(&words);
}

// ---- ServiceCIDR, IPAddress

void describe_servicecidr(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *c;
    char tmp[64];
    struct buf words = BUF_INIT;
    const json_t *all = json_at(doc, "status", "conditions", NULL);
    dw_name(w, doc, false);
    head(w, doc);
    dw(w, 0, "CIDRs:\t%s\n", dw_join(json_at(doc, "spec", "cidrs", NULL), ", ", &words));
    if (json_array_size(all))
        dw(w, 0,
            "Status:\nConditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage\n"
            "  ----\t------\t------------------\t------\t-------\n");
    json_array_foreach((json_t *)all, i, c)
    {
        dw(w, 1, "%s\t%s\t%s\t%s\t%s\n", json_str(c, "type", NULL), json_str(c, "status", NULL),
            dw_time(json_object_get(c, "lastTransitionTime"), tmp), json_str(c, "reason", NULL),
            json_str(c, "message", NULL));
    }
    buf_release(&words);
}

void describe_ipaddress(struct dw *w, const json_t *doc)
{
    static const char *const parts[][2] = { { "group", "Group" }, { "resource", "Resource" },
        { "namespace", "Namespace" }, { "name", "Name" } };
    const json_t *parent = json_at(doc, "spec", "parentRef", NULL);
    dw_name(w, doc, false);
    head(w, doc);
    if (parent)
        dw(w, 0, "Parent Reference:\n");
    for (size_t i = 0; parent && i < ARRAY_SIZE(parts); i++)
        dw(w, 1, "%s:\t%s\n", parts[i][1], json_str(parent, parts[i][0], NULL));
}
