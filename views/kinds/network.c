// Service and Ingress (printers.go printService, printIngress).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "views/kinds/kinds.h"

enum { LB_WIDTH = 16 }; // loadBalancerWidth of printers.go: longer addresses are cut unless -o wide

static void lb_addresses(const json_t *status, struct buf *out)
{
    size_t i;
    json_t *in;
    json_array_foreach(json_at(status, "loadBalancer", "ingress", NULL), i, in)
    {
        const char *a = str_or(json_str(in, "ip", NULL), json_str(in, "hostname", NULL));
        if (*a)
            buf_printf(out, "%s%s", out->n ? "," : "", a);
    }
}

static void join(const json_t *list, struct buf *out)
{
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)list, i, v)
    {
        buf_printf(out, "%s%s", out->n ? "," : "", json_string_value(v) ? json_string_value(v) : "");
    }
}

static void cut(const struct row *row, unsigned field, struct buf *out)
{
    const char *s = row->f[field].s;
    if (strlen(s) > LB_WIDTH)
        buf_printf(out, "%.*s...", LB_WIDTH - 3, s);
    else
        buf_puts(out, s);
}

enum svc_field { S_TYPE, S_IP, S_EXTERNAL, S_IS_LB, S_PORTS, S_SELECTOR, S_COUNT };

static const char *const svc_paths[] = { "spec.type", "spec.clusterIPs", "spec.externalIPs",
    "spec.externalName", "spec.ports", "spec.selector", "status.loadBalancer", NULL };

static void put_external(struct row_builder *b, const json_t *svc, const char *type)
{
    struct buf ext = BUF_INIT;
    if (str_eq(type, "LoadBalancer")) {
        lb_addresses(json_object_get(svc, "status"), &ext);
        bool pending = ext.n == 0 && !json_array_size(json_at(svc, "spec", "externalIPs", NULL));
        if (pending) {
            rb_severity(b, SEV_WARN);
            rb_insight(b, "the load balancer has no address yet");
        }
    }
    join(json_at(svc, "spec", "externalIPs", NULL), &ext);
    if (str_eq(type, "ExternalName"))
        buf_puts(&ext, json_str(svc, "spec", "externalName", NULL));
    if (!ext.n)
        buf_puts(&ext, str_eq(type, "LoadBalancer") ? "<pending>" : "<none>");
    rb_str(b, S_EXTERNAL, ext.s);
    rb_num(b, S_IS_LB, str_eq(type, "LoadBalancer"));
    buf_release(&ext);
}

static void decode_service(const json_t *svc, struct row_builder *b)
{
    struct buf s = BUF_INIT;
    size_t i;
    const char *key, *type = json_str(svc, "spec", "type", NULL);
    json_t *v;
    rb_begin(b, svc, S_COUNT);
    rb_str(b, S_TYPE, type);
    rb_str(b, S_IP, str_or(json_string_value(json_array_get(json_at(svc, "spec", "clusterIPs", NULL), 0)),
        "<none>"));
    put_external(b, svc, type);
    json_array_foreach(json_at(svc, "spec", "ports", NULL), i, v)
    {
        buf_printf(&s, "%s%d", i ? "," : "", (int)json_i64(v, "port", NULL));
        if (json_i64(v, "nodePort", NULL))
            buf_printf(&s, ":%d", (int)json_i64(v, "nodePort", NULL));
        buf_printf(&s, "/%s", str_or(json_str(v, "protocol", NULL), "TCP"));
    }
    rb_str(b, S_PORTS, s.n ? s.s : "<none>");
    buf_clear(&s);
    json_object_foreach(json_at(svc, "spec", "selector", NULL), key, v)
    {
        buf_printf(&s, "%s%s=%s", s.n ? "," : "", key, json_string_value(v) ? json_string_value(v) : "");
    }
    rb_str(b, S_SELECTOR, s.n ? s.s : "<none>");
    rb_emit(b);
    buf_release(&s);
}

static void external_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    (void)env;
    if (row->f[S_IS_LB].n)
        cut(row, S_EXTERNAL, out);
    else
        buf_puts(out, row->f[S_EXTERNAL].s);
}

static bool enter_service(const struct row *row, struct drill *out)
{
    if (str_eq(row->f[S_SELECTOR].s, "<none>"))
        return false;
    snprintf(out->view, sizeof(out->view), "pods");
    snprintf(out->ns, sizeof(out->ns), "%s", row->ns);
    snprintf(out->labels, sizeof(out->labels), "%s", row->f[S_SELECTOR].s);
    return true;
}

static const struct column svc_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "TYPE", FMT_TEXT, S_TYPE, COL_BOTH },
    { "CLUSTER-IP", FMT_TEXT, S_IP, COL_BOTH },
    { "EXTERNAL-IP", FMT_TEXT, S_EXTERNAL, COL_BOTH, .text = external_text, .status = true },
    { "PORT(S)", FMT_TEXT, S_PORTS, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "SELECTOR", FMT_TEXT, S_SELECTOR, COL_WIDE },
    { 0 },
};

enum ing_field { I_CLASS, I_HOSTS, I_ADDRESS, I_PORTS, I_BACKENDS, I_COUNT };

static const char *const ing_paths[] = { "spec.ingressClassName", "spec.rules", "spec.tls",
    "spec.defaultBackend", "status.loadBalancer", NULL };

static void put_hosts(struct row_builder *b, const json_t *rules)
{
    struct buf s = BUF_INIT;
    size_t i, n = 0, total = json_array_size(rules);
    json_t *r;
    bool more = false;
    json_array_foreach((json_t *)rules, i, r)
    {
        const char *host = json_str(r, "host", NULL);
        if (n == 3)
            more = true;
        if (!more && *host) {
            buf_printf(&s, "%s%s", n ? "," : "", host);
            n++;
        }
    }
    if (!n)
        buf_puts(&s, "*");
    else if (more)
        buf_printf(&s, " + %zu more...", total - 3);
    rb_str(b, I_HOSTS, s.s);
    buf_release(&s);
}

static void link_backend(struct row_builder *b, const json_t *ing, const json_t *backend)
{
    rb_link(b, "services", json_str(ing, "metadata", "namespace", NULL),
        json_str(backend, "service", "name", NULL));
}

static void put_backends(struct row_builder *b, const json_t *ing)
{
    struct buf s = BUF_INIT;
    size_t i, k;
    json_t *r, *p;
    char tmp[32];
    link_backend(b, ing, json_at(ing, "spec", "defaultBackend", NULL));
    json_array_foreach(json_at(ing, "spec", "rules", NULL), i, r)
    {
        json_array_foreach(json_at(r, "http", "paths", NULL), k, p)
        {
            const json_t *svc = json_at(p, "backend", "service", NULL), *port = json_object_get(svc, "port");
            link_backend(b, ing, json_object_get(p, "backend"));
            buf_printf(&s, "%s%s:%s", s.n ? "," : "", json_str(svc, "name", NULL),
                str_or(json_str(port, "name", NULL), json_scalar(json_object_get(port, "number"), tmp)));
        }
    }
    rb_str(b, I_BACKENDS, s.s);
    json_array_foreach(json_at(ing, "spec", "tls", NULL), i, r)
    {
        rb_link(b, "secrets", json_str(ing, "metadata", "namespace", NULL), json_str(r, "secretName", NULL));
    }
    buf_release(&s);
}

static void decode_ingress(const json_t *ing, struct row_builder *b)
{
    struct buf addr = BUF_INIT;
    rb_begin(b, ing, I_COUNT);
    rb_str(b, I_CLASS, str_or(json_str(ing, "spec", "ingressClassName", NULL), "<none>"));
    put_hosts(b, json_at(ing, "spec", "rules", NULL));
    lb_addresses(json_object_get(ing, "status"), &addr);
    rb_str(b, I_ADDRESS, addr.s);
    rb_str(b, I_PORTS, json_array_size(json_at(ing, "spec", "tls", NULL)) ? "80, 443" : "80");
    put_backends(b, ing);
    rb_emit(b);
    buf_release(&addr);
}

static void address_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    (void)env;
    cut(row, I_ADDRESS, out);
}

static const struct column ing_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CLASS", FMT_TEXT, I_CLASS, COL_BOTH },
    { "HOSTS", FMT_TEXT, I_HOSTS, COL_BOTH },
    { "ADDRESS", FMT_TEXT, I_ADDRESS, COL_BOTH, .text = address_text },
    { "PORTS", FMT_TEXT, I_PORTS, COL_BOTH },
    { "BACKENDS", FMT_TEXT, I_BACKENDS, COL_SCREEN, .max = 40 },
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
    .enter = enter_service,
};
const struct kind kind_ingresses = {
    .name = "ingresses",
    .title = "Ingresses",
    .aliases = (const char *const[]) { "ing", "ingress", NULL },
    .api_kind = "Ingress",
    .gvr = { "networking.k8s.io", "v1", "ingresses", true },
    .decoder = { ing_paths, decode_ingress, false },
    .columns = ing_columns,
};
