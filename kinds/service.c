// Service, Endpoints, EndpointSlice (printers.go printService, printEndpoints, printEndpointSlice).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"
#include "kinds/network.h"

enum svc_field { S_TYPE, S_IP, S_EXTERNAL, S_PORTS, S_SELECTOR, S_POLICY, S_COUNT };

static const char *const svc_paths[] = { "spec.type", "spec.clusterIPs", "spec.externalIPs",
    "spec.externalName", "spec.ports[].port", "spec.ports[].nodePort", "spec.ports[].protocol",
    "spec.selector", "spec.externalTrafficPolicy", "status.loadBalancer.ingress[].ip",
    "status.loadBalancer.ingress[].hostname", "status.conditions[].type", "status.conditions[].status",
    "status.conditions[].reason", "status.conditions[].message", NULL };

static void put_external(struct row_builder *b, const json_t *svc, const char *type)
{
    struct buf ext = BUF_INIT;
    bool lb = str_eq(type, "LoadBalancer");
    size_t i;
    json_t *ip;
    if (lb)
        lb_addresses(svc, &ext);
    if (!str_eq(type, "ExternalName"))
        json_array_foreach(json_at(svc, "spec", "externalIPs", NULL), i, ip)
        {
            list_add(&ext, str_or(json_string_value(ip), ""));
        }
    else
        buf_puts(&ext, json_str(svc, "spec", "externalName", NULL));
    if (!ext.n && lb) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "pending: its load balancer has no address yet");
    }
    if (!ext.n && !str_eq(type, "ExternalName"))
        buf_puts(&ext, lb ? "<pending>" : "<none>");
    rb_take(b, S_EXTERNAL, &ext);
}

static void judge_service(struct row_builder *b, const json_t *svc)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_at(svc, "status", "conditions", NULL), i, c)
    {
        if (!str_eq(json_str(c, "status", NULL), "False"))
            continue;
        rb_severity(b, SEV_WARN);
        rb_insight(b, "%s: %s: %s", json_str(c, "type", NULL), json_str(c, "reason", NULL),
            json_str(c, "message", NULL));
    }
}

// One without a selector has its endpoints from elsewhere.
static void link_selected(struct row_builder *b, const json_t *svc)
{
    json_t *labels = json_at(svc, "spec", "selector", NULL);
    json_t *selector = json_object_size(labels) ? json_pack("{sO}", "matchLabels", labels) : NULL;
    if (selector)
        kind_link_selected(b, obj_ns(svc), selector);
    json_decref(selector);
}

static void decode_service(const json_t *svc, struct row_builder *b)
{
    struct buf ports = BUF_INIT, sel = BUF_INIT;
    size_t i;
    json_t *v;
    const char *type = json_str(svc, "spec", "type", NULL);
    rb_begin(b, svc, S_COUNT);
    rb_str(b, S_TYPE, type);
    rb_str(b, S_IP, str_or(json_string_value(json_array_get(json_at(svc, "spec", "clusterIPs", NULL), 0)),
        "<none>"));
    judge_service(b, svc);
    put_external(b, svc, type);
    json_array_foreach(json_at(svc, "spec", "ports", NULL), i, v)
    {
        buf_printf(&ports, "%s%d", i ? "," : "", (int)json_i64(v, "port", NULL));
        if (json_i64(v, "nodePort", NULL))
            buf_printf(&ports, ":%d", (int)json_i64(v, "nodePort", NULL));
        buf_printf(&ports, "/%s", json_str(v, "protocol", NULL));
    }
    if (!ports.n)
        buf_puts(&ports, "<none>");
    rb_take(b, S_PORTS, &ports);
    labels_text(json_at(svc, "spec", "selector", NULL), &sel);
    rb_take(b, S_SELECTOR, &sel);
    rb_str(b, S_POLICY, json_str(svc, "spec", "externalTrafficPolicy", NULL));
    link_selected(b, svc);
    rb_emit(b);
}

static bool endpoints_of(const struct row *row, const struct cell_env *env, int64_t *ready, int64_t *total)
{
    return env->joins && env->joins->endpoints_of && !str_eq(row->f[S_TYPE].s, "ExternalName") &&
           env->joins->endpoints_of(env->joins->arg, row->ns, row->name, ready, total);
}

static void endpoints_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    int64_t ready, total;
    if (endpoints_of(row, env, &ready, &total))
        buf_printf(out, "%lld/%lld", (long long)ready, (long long)total);
}

static double endpoints_key(const struct row *row, const struct cell_env *env)
{
    int64_t ready, total;
    return endpoints_of(row, env, &ready, &total) ? (double)ready : -1;
}

// A Service without a ready endpoint answers nobody.
static style_t external_style(const struct row *row, const struct cell_env *env)
{
    const char *s = row->f[S_EXTERNAL].s;
    (void)env;
    return str_eq(s, "<pending>") ? ROLE_WARN : str_eq(s, "<none>") ? ROLE_DIM : ROLE_TEXT;
}

static style_t endpoints_style(const struct row *row, const struct cell_env *env)
{
    int64_t ready, total;
    if (!endpoints_of(row, env, &ready, &total))
        return ROLE_TEXT;
    return ready == 0 ? ROLE_BAD : ready < total ? ROLE_WARN : ROLE_TEXT;
}

static bool enter_service(const struct row *row, struct drill *out)
{
    return drill_to(out, "pods", row->ns) && drill_labels(out, row->f[S_SELECTOR].s);
}

static const struct column svc_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "TYPE", FMT_TEXT, S_TYPE, COL_BOTH, .rank = 14 },
    { "CLUSTER-IP", FMT_TEXT, S_IP, COL_BOTH, .rank = 20 },
    { "EXTERNAL-IP", FMT_TEXT, S_EXTERNAL, COL_BOTH, .rank = 13, .max = 40, .style = external_style },
    { "PORT(S)", FMT_TEXT, S_PORTS, COL_BOTH, .rank = 11, .max = 40 },
    { "ENDPOINTS", FMT_TEXT, 0, COL_SCREEN, .rank = 12, .text = endpoints_text, .key = endpoints_key,
        .style = endpoints_style },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "SELECTOR", FMT_TEXT, S_SELECTOR, COL_WIDE },
    { "TRAFFIC-POLICY", FMT_TEXT, S_POLICY, COL_SCREEN_WIDE },
    { 0 },
};

// ---- Endpoints

enum ep_field { E_LIST, E_READY, E_TOTAL, E_COUNT };

static const char *const ep_paths[] = { "subsets[].addresses[].ip", "subsets[].addresses[].targetRef.kind",
    "subsets[].addresses[].targetRef.name", "subsets[].notReadyAddresses[].ip", "subsets[].ports[].port",
    NULL };

// net.JoinHostPort: an IPv6 address in brackets
static void add_host_port(struct more_list *l, const char *ip, const json_t *port)
{
    struct buf s = BUF_INIT;
    bool v6 = strchr(ip, ':') != NULL;
    buf_printf(&s, "%s%s%s:%d", v6 ? "[" : "", ip, v6 ? "]" : "", (int)json_i64(port, "port", NULL));
    more_add(l, s.s);
    buf_release(&s);
}

static void add_subset(struct row_builder *b, const json_t *ep, const json_t *subset, struct more_list *l)
{
    const json_t *ports = json_object_get(subset, "ports"), *addresses = json_object_get(subset, "addresses");
    size_t i, k;
    json_t *a, *p;
    json_array_foreach((json_t *)addresses, i, a)
    {
        if (!json_array_size(ports))
            more_add(l, json_str(a, "ip", NULL));
        rb_link(b, plural_of(json_str(a, "targetRef", "kind", NULL)), obj_ns(ep),
            json_str(a, "targetRef", "name", NULL));
    }
    json_array_foreach((json_t *)ports, k, p)
    {
        json_array_foreach((json_t *)addresses, i, a)
        {
            add_host_port(l, json_str(a, "ip", NULL), p);
        }
    }
}

static void judge_endpoints(struct row_builder *b, int64_t ready, int64_t total)
{
    if (ready < total) {
        rb_severity(b, ready ? SEV_WARN : SEV_BAD);
        rb_insight(b, "%lld of %lld endpoints are ready", (long long)ready, (long long)total);
    }
}

static void decode_endpoints(const json_t *ep, struct row_builder *b)
{
    struct more_list l = { BUF_INIT, 0, 3 };
    const json_t *subsets = json_object_get(ep, "subsets");
    int64_t ready = 0, total = 0;
    size_t i;
    json_t *s;
    rb_begin(b, ep, E_COUNT);
    json_array_foreach((json_t *)subsets, i, s)
    {
        int64_t up = (int64_t)json_array_size(json_object_get(s, "addresses"));
        ready += up;
        total += up + (int64_t)json_array_size(json_object_get(s, "notReadyAddresses"));
        add_subset(b, ep, s, &l);
    }
    rb_str(b, E_LIST, more_text(&l, json_array_size(subsets) ? "" : "<none>"));
    rb_num(b, E_READY, ready);
    rb_num(b, E_TOTAL, total);
    rb_link(b, "services", obj_ns(ep), json_str(ep, "metadata", "name", NULL));
    judge_endpoints(b, ready, total);
    rb_emit(b);
    buf_release(&l.text);
}

static bool enter_endpoints(const struct row *row, struct drill *out)
{
    return drill_to(out, "services", row->ns) && drill_name(out, row->name);
}

static const struct column ep_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "ENDPOINTS", FMT_TEXT, E_LIST, COL_BOTH },
    { "READY", FMT_RATIO, E_READY, COL_SCREEN, .status = true },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- EndpointSlice

enum slice_field { L_TYPE, L_PORTS, L_LIST, L_READY, L_TOTAL, L_SERVICE, L_COUNT };

static const char *const slice_paths[] = { "addressType", "ports[].port", "ports[].name",
    "endpoints[].addresses", "endpoints[].conditions.ready", "endpoints[].targetRef.kind",
    "endpoints[].targetRef.name", "endpoints[].targetRef.namespace", NULL };

static void put_slice_ports(struct row_builder *b, const json_t *slice)
{
    struct more_list l = { BUF_INIT, 0, 3 };
    size_t i;
    json_t *p;
    char tmp[32];
    json_array_foreach(json_object_get(slice, "ports"), i, p)
    {
        const json_t *port = json_object_get(p, "port"), *name = json_object_get(p, "name");
        more_add(&l, json_is_integer(port) ? json_scalar(port, tmp)
                     : json_is_string(name) ? json_string_value(name)
                                            : "*");
    }
    rb_str(b, L_PORTS, str_or(more_text(&l, ""), "<unset>"));
    buf_release(&l.text);
}

static void decode_slice(const json_t *slice, struct row_builder *b)
{
    struct more_list l = { BUF_INIT, 0, 3 };
    const char *service = json_str(slice, "metadata", "labels", "kubernetes.io/service-name", NULL);
    int64_t ready = 0, total = 0;
    size_t i, k;
    json_t *e, *a;
    rb_begin(b, slice, L_COUNT);
    rb_str(b, L_TYPE, json_str(slice, "addressType", NULL));
    put_slice_ports(b, slice);
    rb_link(b, "services", obj_ns(slice), service);
    json_array_foreach(json_object_get(slice, "endpoints"), i, e)
    {
        json_array_foreach(json_object_get(e, "addresses"), k, a)
        {
            more_add(&l, str_or(json_string_value(a), ""));
        }
        // "A nil value should be interpreted as true" (discovery/v1 EndpointConditions)
        ready += !json_is_false(json_at(e, "conditions", "ready", NULL));
        total++;
        rb_link(b, plural_of(json_str(e, "targetRef", "kind", NULL)), json_str(e, "targetRef", "namespace", NULL),
            json_str(e, "targetRef", "name", NULL));
    }
    rb_str(b, L_LIST, str_or(more_text(&l, ""), "<unset>"));
    rb_num(b, L_READY, ready);
    rb_num(b, L_TOTAL, total);
    rb_str(b, L_SERVICE, service);
    judge_endpoints(b, ready, total);
    rb_emit(b);
    buf_release(&l.text);
}

const char *slice_row_service(const struct row *slice, int64_t *ready, int64_t *total)
{
    *ready = slice->f[L_READY].n;
    *total = slice->f[L_TOTAL].n;
    return slice->f[L_SERVICE].s;
}

static bool enter_slice(const struct row *row, struct drill *out)
{
    return drill_to(out, "services", row->ns) && drill_name(out, row->f[L_SERVICE].s);
}

static const struct column slice_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "SERVICE", FMT_TEXT, L_SERVICE, COL_SCREEN, .rank = 20 },
    { "ADDRESSTYPE", FMT_TEXT, L_TYPE, COL_BOTH },
    { "PORTS", FMT_TEXT, L_PORTS, COL_BOTH },
    { "READY", FMT_RATIO, L_READY, COL_SCREEN, .status = true },
    { "ENDPOINTS", FMT_TEXT, L_LIST, COL_BOTH, .rank = 11 },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

const struct kind kind_services = {
    .name = "services",
    .title = "Services",
    .aliases = (const char *const[]) { "svc", "service", NULL },
    .api_kind = "Service",
    .gvr = { "", "v1", "services", true },
    .decoder = { svc_paths, decode_service, false },
    .columns = svc_columns,
    .refers = (const char *const[]) { LINK_SELECTED, NULL },
    .enter = enter_service,
    .insight_hint = "Enter shows the Pods a Service selects",
};
const struct kind kind_endpoints = {
    .name = "endpoints",
    .title = "Endpoints",
    .aliases = (const char *const[]) { "ep", NULL },
    .api_kind = "Endpoints",
    .gvr = { "", "v1", "endpoints", true },
    .decoder = { ep_paths, decode_endpoints, false },
    .columns = ep_columns,
    .enter = enter_endpoints,
};
const struct kind kind_endpointslices = {
    .name = "endpointslices",
    .title = "EndpointSlices",
    .aliases = (const char *const[]) { "eps", "endpointslice", NULL },
    .api_kind = "EndpointSlice",
    .gvr = { "discovery.k8s.io", "v1", "endpointslices", true },
    .decoder = { slice_paths, decode_slice, false },
    .columns = slice_columns,
    .refers = (const char *const[]) { "services", "pods", NULL },
    .enter = enter_slice,
};
