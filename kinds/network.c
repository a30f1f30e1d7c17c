// Ingress, IngressClass, NetworkPolicy (printers.go printIngress …).
#include "kinds/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

void lb_addresses(const json_t *obj, struct buf *out)
{
    ARR(const char *) all = { 0 };
    size_t i;
    json_t *in;
    json_array_foreach(json_at(obj, "status", "loadBalancer", "ingress", NULL), i, in)
    {
        const char *a = str_or(json_str(in, "ip", NULL), json_str(in, "hostname", NULL));
        if (*a)
            arr_push(&all, a);
    }
    if (all.n)
        qsort(all.v, all.n, sizeof(*all.v), cmp_str);
    for (i = 0; i < all.n; i++)
        if (!i || !str_eq(all.v[i - 1], all.v[i]))
            list_add(out, all.v[i]);
    arr_release(&all);
}

enum ing_field { I_CLASS, I_HOSTS, I_ADDRESS, I_PORTS, I_BACKENDS, I_COUNT };

static const char *const ing_paths[] = { "spec.ingressClassName", "spec.rules[].host",
    "spec.rules[].http.paths[].backend", "spec.tls[].secretName", "spec.defaultBackend",
    "status.loadBalancer.ingress[].ip", "status.loadBalancer.ingress[].hostname", NULL };

// Rules without a host count for the "more", but are not listed (printers.go formatHosts).
static void put_hosts(struct row_builder *b, const json_t *rules)
{
    enum { MAX_HOSTS = 3 };
    struct buf s = BUF_INIT;
    size_t i, n = 0;
    json_t *r;
    bool more = false;
    json_array_foreach((json_t *)rules, i, r)
    {
        const char *host = json_str(r, "host", NULL);
        more |= n == MAX_HOSTS;
        if (!more && *host) {
            list_add(&s, host);
            n++;
        }
    }
    if (more)
        buf_printf(&s, " + %d more...", (int)json_array_size(rules) - MAX_HOSTS);
    rb_str(b, I_HOSTS, n ? s.s : "*");
    buf_release(&s);
}

static void add_backend(struct row_builder *b, const json_t *ing, const json_t *backend, struct buf *out)
{
    const json_t *svc = json_object_get(backend, "service"), *res = json_object_get(backend, "resource");
    const char *port = json_str(svc, "port", "name", NULL), *name = json_str(svc, "name", NULL);
    char tmp[32];
    if (*name) {
        rb_link(b, "services", obj_ns(ing), name);
        list_add(out, name);
        buf_printf(out, ":%s", str_or(port, json_scalar(json_at(svc, "port", "number", NULL), tmp)));
    } else if (res) {
        list_add(out, json_str(res, "kind", NULL));
        buf_printf(out, "/%s", json_str(res, "name", NULL));
    }
}

static void put_backends(struct row_builder *b, const json_t *ing)
{
    struct buf s = BUF_INIT;
    size_t i, k;
    json_t *r, *p;
    add_backend(b, ing, json_at(ing, "spec", "defaultBackend", NULL), &s);
    json_array_foreach(json_at(ing, "spec", "rules", NULL), i, r)
    {
        json_array_foreach(json_at(r, "http", "paths", NULL), k, p)
        {
            add_backend(b, ing, json_object_get(p, "backend"), &s);
        }
    }
    rb_take(b, I_BACKENDS, &s);
    json_array_foreach(json_at(ing, "spec", "tls", NULL), i, r)
    {
        rb_link(b, "secrets", obj_ns(ing), json_str(r, "secretName", NULL));
    }
}

static void decode_ingress(const json_t *ing, struct row_builder *b)
{
    struct buf addr = BUF_INIT;
    const char *class = json_str(ing, "spec", "ingressClassName", NULL);
    rb_begin(b, ing, I_COUNT);
    rb_str(b, I_CLASS, str_or(class, "<none>"));
    put_hosts(b, json_at(ing, "spec", "rules", NULL));
    lb_addresses(ing, &addr);
    rb_take(b, I_ADDRESS, &addr);
    rb_str(b, I_PORTS, json_array_size(json_at(ing, "spec", "tls", NULL)) ? "80, 443" : "80");
    put_backends(b, ing);
    rb_link(b, "ingressclasses", "", class);
    if (!json_array_size(json_at(ing, "status", "loadBalancer", "ingress", NULL))) {
        rb_severity(b, SEV_INFO);
        rb_insight(b, "no ingress controller has given it an address (class %s)", str_or(class, "<none>"));
    }
    rb_emit(b);
}

static const struct column ing_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CLASS", FMT_TEXT, I_CLASS, COL_BOTH },
    { "HOSTS", FMT_TEXT, I_HOSTS, COL_BOTH },
    { "ADDRESS", FMT_TEXT, I_ADDRESS, COL_BOTH, .max = 40 },
    { "PORTS", FMT_TEXT, I_PORTS, COL_BOTH },
    { "BACKENDS", FMT_TEXT, I_BACKENDS, COL_SCREEN, .max = 40 },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- IngressClass

enum class_field { C_CONTROLLER, C_PARAMETERS, C_DEFAULT, C_COUNT };

#define DEFAULT_CLASS "ingressclass.kubernetes.io/is-default-class"
static const char *const class_paths[] = { "spec.controller", "spec.parameters.kind",
    "spec.parameters.apiGroup", "spec.parameters.name", "metadata.annotations.[" DEFAULT_CLASS "]", NULL };

static void decode_class(const json_t *c, struct row_builder *b)
{
    const json_t *p = json_at(c, "spec", "parameters", NULL);
    const char *group = json_str(p, "apiGroup", NULL);
    bool is_default = str_eq(json_str(c, "metadata", "annotations", DEFAULT_CLASS, NULL), "true");
    rb_begin(b, c, C_COUNT);
    rb_str(b, C_CONTROLLER, json_str(c, "spec", "controller", NULL));
    rb_str(b, C_DEFAULT, is_default ? "default" : "");
    if (p)
        rb_fmt(b, C_PARAMETERS, "%s%s%s/%s", json_str(p, "kind", NULL), *group ? "." : "", group,
            json_str(p, "name", NULL));
    else
        rb_str(b, C_PARAMETERS, "<none>");
    rb_emit(b);
}

// kubectl's from 1.36 on; on the screen it has a column of its own.
static void class_name_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    buf_puts(out, row->name);
    if (env->kubectl && env->minor >= 36 && *row->f[C_DEFAULT].s)
        buf_puts(out, " (default)");
}

static const struct column class_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH, .text = class_name_text },
    { "CONTROLLER", FMT_TEXT, C_CONTROLLER, COL_BOTH },
    { "PARAMETERS", FMT_TEXT, C_PARAMETERS, COL_BOTH },
    { "DEFAULT", FMT_TEXT, C_DEFAULT, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- NetworkPolicy

enum np_field { N_SELECTOR, N_TYPES, N_INGRESS, N_EGRESS, N_COUNT };

// "[].-" matches no key: the elements are counted, nothing of them is kept.
static const char *const np_paths[] = { "spec.podSelector", "spec.policyTypes", "spec.ingress[].-",
    "spec.egress[].-", NULL };

static void decode_policy(const json_t *np, struct row_builder *b)
{
    struct buf types = BUF_INIT;
    char sel[2048];
    size_t i;
    json_t *t;
    kind_selector(json_at(np, "spec", "podSelector", NULL), sel, sizeof(sel));
    json_array_foreach(json_at(np, "spec", "policyTypes", NULL), i, t)
    {
        list_add(&types, str_or(json_string_value(t), ""));
    }
    rb_begin(b, np, N_COUNT);
    rb_str(b, N_SELECTOR, sel);
    rb_take(b, N_TYPES, &types);
    rb_num(b, N_INGRESS, (int64_t)json_array_size(json_at(np, "spec", "ingress", NULL)));
    rb_num(b, N_EGRESS, (int64_t)json_array_size(json_at(np, "spec", "egress", NULL)));
    kind_link_selected(b, obj_ns(np), json_at(np, "spec", "podSelector", NULL));
    rb_emit(b);
}

// An empty selector means every Pod of the namespace.
static bool enter_policy(const struct row *row, struct drill *out)
{
    return drill_to(out, "pods", row->ns) &&
           (str_eq(row->f[N_SELECTOR].s, "<none>") || drill_labels(out, row->f[N_SELECTOR].s));
}

static const struct column np_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "POD-SELECTOR", FMT_TEXT, N_SELECTOR, COL_BOTH },
    { "TYPES", FMT_TEXT, N_TYPES, COL_SCREEN },
    { "INGRESS", FMT_INT, N_INGRESS, COL_SCREEN | COL_RIGHT },
    { "EGRESS", FMT_INT, N_EGRESS, COL_SCREEN | COL_RIGHT },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

const struct kind kind_ingresses = {
    .name = "ingresses",
    .title = "Ingresses",
    .aliases = (const char *const[]) { "ing", "ingress", NULL },
    .api_kind = "Ingress",
    .gvr = { "networking.k8s.io", "v1", "ingresses", true },
    .decoder = { ing_paths, decode_ingress, false },
    .columns = ing_columns,
    .refers = (const char *const[]) { "services", "secrets", "ingressclasses", NULL },
};
const struct kind kind_ingressclasses = {
    .name = "ingressclasses",
    .title = "IngressClasses",
    .aliases = (const char *const[]) { "ic", "ingressclass", NULL },
    .api_kind = "IngressClass",
    .gvr = { "networking.k8s.io", "v1", "ingressclasses", false },
    .decoder = { class_paths, decode_class, false },
    .columns = class_columns,
};
const struct kind kind_networkpolicies = {
    .name = "networkpolicies",
    .title = "NetworkPolicies",
    .aliases = (const char *const[]) { "netpol", "np", "networkpolicy", NULL },
    .api_kind = "NetworkPolicy",
    .gvr = { "networking.k8s.io", "v1", "networkpolicies", true },
    .decoder = { np_paths, decode_policy, false },
    .columns = np_columns,
    .refers = (const char *const[]) { LINK_SELECTED, NULL },
    .enter = enter_policy,
};
