// Gateway API: GatewayClass, Gateway, HTTPRoute, GRPCRoute. kubectl's columns are the printer columns of
// the project's own CRDs (config/crd/standard), which hold for every implementation.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

#define GROUP "gateway.networking.k8s.io"
#define CONDITION_PATHS                                                                            \
    "status.conditions[].type", "status.conditions[].status", "status.conditions[].reason",        \
        "status.conditions[].message"

// A condition that should be True and is not, in words.
static void want_true(struct row_builder *b, const json_t *obj, const char *type, const char *what)
{
    struct buf s = BUF_INIT;
    const json_t *c = cond_find(obj, type);
    const char *status = json_str(c, "status", NULL);
    cond_text(c, &s);
    if (str_eq(status, "False")) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "%s: %s", what, s.s);
    } else if (!str_eq(status, "True")) {
        rb_severity(b, SEV_INFO);
        rb_insight(b, "%s yet%s%s", what, s.n ? ": " : "", s.s);
    }
    buf_release(&s);
}

// ---- GatewayClass

enum class_field { C_CONTROLLER, C_ACCEPTED, C_DESCRIPTION, C_COUNT };

static const char *const class_paths[] = { "spec.controllerName", "spec.description", CONDITION_PATHS, NULL };

static void decode_class(const json_t *c, struct row_builder *b)
{
    rb_begin(b, c, C_COUNT);
    rb_str(b, C_CONTROLLER, json_str(c, "spec", "controllerName", NULL));
    rb_str(b, C_ACCEPTED, json_str(cond_find(c, "Accepted"), "status", NULL));
    rb_str(b, C_DESCRIPTION, json_str(c, "spec", "description", NULL));
    want_true(b, c, "Accepted", "no controller has accepted it");
    rb_emit(b);
}

static const struct column class_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CONTROLLER", FMT_TEXT, C_CONTROLLER, COL_BOTH },
    { "ACCEPTED", FMT_TEXT, C_ACCEPTED, COL_BOTH, .status = true },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "DESCRIPTION", FMT_TEXT, C_DESCRIPTION, COL_WIDE },
    { 0 },
};

// ---- Gateway

enum gateway_field { G_CLASS, G_ADDRESS, G_PROGRAMMED, G_LISTENERS, G_ROUTES, G_COUNT };

static const char *const gateway_paths[] = { "spec.gatewayClassName", "spec.listeners[].port", "spec.listeners[].protocol", "spec.listeners[].tls.certificateRefs",
    "status.addresses[].value", "status.listeners[].name", "status.listeners[].attachedRoutes",
    "status.listeners[].conditions", CONDITION_PATHS, NULL };

static void link_certificates(struct row_builder *b, const json_t *g, const json_t *listener)
{
    size_t i;
    json_t *ref;
    json_array_foreach(json_at(listener, "tls", "certificateRefs", NULL), i, ref)
    {
        if (str_eq(str_or(json_str(ref, "kind", NULL), "Secret"), "Secret"))
            rb_link(b, "secrets", str_or(json_str(ref, "namespace", NULL), obj_ns(g)),
                json_str(ref, "name", NULL));
    }
}

static void judge_listeners(struct row_builder *b, const json_t *g)
{
    size_t i, k;
    json_t *l, *c;
    json_array_foreach(json_at(g, "status", "listeners", NULL), i, l)
    {
        json_array_foreach(json_object_get(l, "conditions"), k, c)
        {
            const char *type = json_str(c, "type", NULL), *status = json_str(c, "status", NULL);
            bool bad = str_eq(type, "Conflicted") ? str_eq(status, "True") : str_eq(status, "False");
            if (!bad)
                continue;
            rb_severity(b, SEV_BAD);
            rb_insight(b, "listener %s: %s: %s", json_str(l, "name", NULL), json_str(c, "reason", NULL),
                json_str(c, "message", NULL));
        }
    }
}

static void decode_gateway(const json_t *g, struct row_builder *b)
{
    struct buf listeners = BUF_INIT;
    const char *class = json_str(g, "spec", "gatewayClassName", NULL);
    int64_t routes = 0;
    size_t i;
    json_t *l;
    rb_begin(b, g, G_COUNT);
    rb_str(b, G_CLASS, class);
    rb_str(b, G_ADDRESS,
        json_str(json_array_get(json_at(g, "status", "addresses", NULL), 0), "value", NULL));
    rb_str(b, G_PROGRAMMED, json_str(cond_find(g, "Programmed"), "status", NULL));
    json_array_foreach(json_at(g, "spec", "listeners", NULL), i, l)
    {
        buf_printf(&listeners, "%s%d/%s", i ? "," : "", (int)json_i64(l, "port", NULL),
            json_str(l, "protocol", NULL));
        link_certificates(b, g, l);
    }
    json_array_foreach(json_at(g, "status", "listeners", NULL), i, l)
    {
        routes = num_add(routes, json_i64(l, "attachedRoutes", NULL));
    }
    rb_take(b, G_LISTENERS, &listeners);
    rb_num(b, G_ROUTES, routes);
    rb_link(b, "gatewayclasses", "", class);
    judge_listeners(b, g);
    want_true(b, g, "Programmed", "not programmed");
    rb_emit(b);
}

static const struct column gateway_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CLASS", FMT_TEXT, G_CLASS, COL_BOTH },
    { "ADDRESS", FMT_TEXT, G_ADDRESS, COL_BOTH },
    { "PROGRAMMED", FMT_TEXT, G_PROGRAMMED, COL_BOTH, .status = true },
    { "LISTENERS", FMT_TEXT, G_LISTENERS, COL_SCREEN },
    { "ROUTES", FMT_INT, G_ROUTES, COL_SCREEN | COL_RIGHT },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- routes

enum route_field { R_HOSTNAMES, R_PARENTS, R_BACKENDS, R_COUNT };

static const char *const route_paths[] = { "spec.hostnames", "spec.parentRefs", "spec.rules[].backendRefs",
    "status.parents[].parentRef.name", "status.parents[].conditions", NULL };

// What the server's JSONPath printer makes of a list: JSON without blanks; nothing when it is absent.
static void put_hostnames(struct row_builder *b, const json_t *r)
{
    const json_t *hosts = json_at(r, "spec", "hostnames", NULL);
    char *text = hosts ? json_dumps(hosts, JSON_COMPACT) : NULL;
    rb_str(b, R_HOSTNAMES, text);
    free(text);
}

static void put_parents(struct row_builder *b, const json_t *r)
{
    struct buf s = BUF_INIT;
    size_t i;
    json_t *p;
    json_array_foreach(json_at(r, "spec", "parentRefs", NULL), i, p)
    {
        const char *name = json_str(p, "name", NULL), *kind = str_or(json_str(p, "kind", NULL), "Gateway");
        list_add(&s, name);
        rb_link(b, str_eq(kind, "Gateway") ? "gateways" : str_eq(kind, "Service") ? "services" : kind,
            str_or(json_str(p, "namespace", NULL), obj_ns(r)), name);
    }
    rb_take(b, R_PARENTS, &s);
}

static void put_backends(struct row_builder *b, const json_t *r)
{
    struct buf s = BUF_INIT;
    size_t i, k;
    json_t *rule, *ref;
    json_array_foreach(json_at(r, "spec", "rules", NULL), i, rule)
    {
        json_array_foreach(json_object_get(rule, "backendRefs"), k, ref)
        {
            const char *name = json_str(ref, "name", NULL);
            list_add(&s, name);
            if (json_i64(ref, "port", NULL))
                buf_printf(&s, ":%d", (int)json_i64(ref, "port", NULL));
            if (str_eq(str_or(json_str(ref, "kind", NULL), "Service"), "Service"))
                rb_link(b, "services", str_or(json_str(ref, "namespace", NULL), obj_ns(r)), name);
        }
    }
    rb_take(b, R_BACKENDS, &s);
}

static void judge_route(struct row_builder *b, const json_t *r)
{
    const json_t *parents = json_at(r, "status", "parents", NULL);
    size_t i, k;
    json_t *p, *c;
    json_array_foreach((json_t *)parents, i, p)
    {
        json_array_foreach(json_object_get(p, "conditions"), k, c)
        {
            if (!str_eq(json_str(c, "status", NULL), "False"))
                continue;
            rb_severity(b, SEV_BAD);
            rb_insight(b, "%s at %s: %s: %s", json_str(c, "type", NULL),
                json_str(p, "parentRef", "name", NULL), json_str(c, "reason", NULL),
                json_str(c, "message", NULL));
        }
    }
    if (!json_array_size(parents)) {
        rb_severity(b, SEV_INFO);
        rb_insight(b, "no gateway has taken it up yet");
    }
}

static void decode_route(const json_t *r, struct row_builder *b)
{
    rb_begin(b, r, R_COUNT);
    put_hostnames(b, r);
    put_parents(b, r);
    put_backends(b, r);
    judge_route(b, r);
    rb_emit(b);
}

static const struct column route_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "HOSTNAMES", FMT_TEXT, R_HOSTNAMES, COL_BOTH, .max = 50 },
    { "PARENTS", FMT_TEXT, R_PARENTS, COL_SCREEN },
    { "BACKENDS", FMT_TEXT, R_BACKENDS, COL_SCREEN, .max = 50 },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

const struct kind kind_gatewayclasses = {
    .name = "gatewayclasses",
    .title = "GatewayClasses",
    .aliases = (const char *const[]) { "gc", "gatewayclass", NULL },
    .api_kind = "GatewayClass",
    .gvr = { GROUP, "v1", "gatewayclasses", false },
    .decoder = { class_paths, decode_class, false },
    .columns = class_columns,
};
const struct kind kind_gateways = {
    .name = "gateways",
    .title = "Gateways",
    .aliases = (const char *const[]) { "gtw", "gateway", NULL },
    .api_kind = "Gateway",
    .gvr = { GROUP, "v1", "gateways", true },
    .decoder = { gateway_paths, decode_gateway, false },
    .columns = gateway_columns,
    .refers = (const char *const[]) { "gatewayclasses", "secrets", NULL },
};
const struct kind kind_httproutes = {
    .name = "httproutes",
    .title = "HTTPRoutes",
    .aliases = (const char *const[]) { "httproute", NULL },
    .api_kind = "HTTPRoute",
    .gvr = { GROUP, "v1", "httproutes", true },
    .decoder = { route_paths, decode_route, false },
    .columns = route_columns,
    .refers = (const char *const[]) { "gateways", "services", NULL },
};
const struct kind kind_grpcroutes = {
    .name = "grpcroutes",
    .title = "GRPCRoutes",
    .aliases = (const char *const[]) { "grpcroute", NULL },
    .api_kind = "GRPCRoute",
    .gvr = { GROUP, "v1", "grpcroutes", true },
    .decoder = { route_paths, decode_route, false },
    .columns = route_columns,
    .refers = (const char *const[]) { "gateways", "services", NULL },
};
