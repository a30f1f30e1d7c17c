// The columns of the demo server's Tables, of the kinds that print.c does not hold.
#include "demo/print.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "demo/selector.h"

#define STR(...) json_str(c->obj, __VA_ARGS__, NULL)
#define INT(...) json_i64(c->obj, __VA_ARGS__, NULL)
#define AT(...) json_at(c->obj, __VA_ARGS__, NULL)

static void cell_name(struct cell_ctx *c)
{
    cell_str(c, STR("metadata", "name"));
}

static void cell_buf(struct cell_ctx *c, struct buf *b)
{
    cell_str(c, b->s);
    buf_release(b);
}

static void cell_bool(struct cell_ctx *c, const json_t *v, bool fallback)
{
    json_array_append_new(c->cells, json_boolean(v ? json_is_true(v) : fallback));
}

static void cell_json(struct cell_ctx *c, const json_t *v)
{
    if (v)
        json_array_append(c->cells, (json_t *)v);
    else
        cell_str(c, "<none>");
}

// "a,b,c + 2 more..."
struct more {
    struct buf b;
    int max, count;
};

static void more_add(struct more *m, const char *s)
{
    if (m->count++ < m->max)
        buf_printf(&m->b, "%s%s", m->b.n ? "," : "", s);
}

static void cell_more(struct cell_ctx *c, struct more *m, const char *none)
{
    if (m->count > m->max)
        buf_printf(&m->b, " + %d more...", m->count - m->max);
    if (!m->b.n)
        buf_puts(&m->b, none);
    cell_buf(c, &m->b);
}

void print_name_age(struct cell_ctx *c)
{
    cell_name(c);
    cell_age(c);
}

// The default convertor: NAME, CREATED AT.
void print_created(struct cell_ctx *c)
{
    cell_name(c);
    cell_str(c, STR("metadata", "creationTimestamp"));
}

void print_namespace(struct cell_ctx *c)
{
    cell_name(c);
    cell_str(c, STR("status", "phase"));
    cell_age(c);
}

void print_configmap(struct cell_ctx *c)
{
    cell_name(c);
    cell_int(c, (int64_t)(json_object_size(AT("data")) + json_object_size(AT("binaryData"))));
    cell_age(c);
}

void print_secret(struct cell_ctx *c)
{
    cell_name(c);
    cell_str(c, STR("type"));
    cell_int(c, (int64_t)json_object_size(AT("data")));
    cell_age(c);
}

static int cmp_str(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Sorted without duplicates, as sets.String lists.
static void lb_addresses(const json_t *obj, struct buf *b)
{
    ARR(const char *) all = { 0 };
    size_t i;
    json_t *in;
    json_array_foreach (json_at(obj, "status", "loadBalancer", "ingress", NULL), i, in) {
        const char *s = str_or(json_str(in, "ip", NULL), json_str(in, "hostname", NULL));
        if (*s)
            arr_push(&all, s);
    }
    if (all.n > 1)
        qsort(all.v, all.n, sizeof(*all.v), cmp_str);
    for (i = 0; i < all.n; i++) {
        if (i == 0 || !str_eq(all.v[i], all.v[i - 1]))
            buf_printf(b, "%s%s", b->n ? "," : "", all.v[i]);
    }
    arr_release(&all);
}

static void cell_external_ip(struct cell_ctx *c)
{
    const char *type = STR("spec", "type");
    struct buf b = BUF_INIT;
    if (str_eq(type, "ExternalName")) {
        cell_str(c, STR("spec", "externalName"));
        return;
    }
    bool lb = str_eq(type, "LoadBalancer");
    if (lb)
        lb_addresses(c->obj, &b);
    size_t i;
    json_t *ip;
    json_array_foreach (AT("spec", "externalIPs"), i, ip)
        buf_printf(&b, "%s%s", b.n ? "," : "", json_string_value(ip));
    if (!b.n)
        buf_puts(&b, lb ? "<pending>" : "<none>");
    cell_buf(c, &b);
}

void print_service(struct cell_ctx *c)
{
    const char *ip = json_string_value(json_array_get(AT("spec", "clusterIPs"), 0));
    struct buf b = BUF_INIT;
    size_t i;
    json_t *p;
    cell_name(c);
    cell_str(c, STR("spec", "type"));
    cell_str(c, ip ? ip : "<none>");
    cell_external_ip(c);
    json_array_foreach (AT("spec", "ports"), i, p) {
        int64_t node = json_i64(p, "nodePort", NULL);
        buf_printf(&b, "%s%lld", i ? "," : "", (long long)json_i64(p, "port", NULL));
        if (node > 0)
            buf_printf(&b, ":%lld", (long long)node);
        buf_printf(&b, "/%s", json_str(p, "protocol", NULL));
    }
    if (!b.n)
        buf_puts(&b, "<none>");
    cell_buf(c, &b);
    cell_age(c);
    struct selector s;
    selector_from_map(&s, AT("spec", "selector"));
    selector_print(&s, &b);
    selector_release(&s);
    if (!b.n)
        buf_puts(&b, "<none>");
    cell_buf(c, &b);
}

void print_ingress(struct cell_ctx *c)
{
    const json_t *rules = AT("spec", "rules");
    struct more hosts = { BUF_INIT, 3, 0 };
    struct buf b = BUF_INIT;
    size_t i;
    json_t *r;
    cell_name(c);
    cell_str(c, str_or(STR("spec", "ingressClassName"), "<none>"));
    json_array_foreach ((json_t *)rules, i, r) {
        if (*json_str(r, "host", NULL))
            more_add(&hosts, json_str(r, "host", NULL));
    }
    cell_more(c, &hosts, "*");
    lb_addresses(c->obj, &b);
    cell_buf(c, &b);
    cell_str(c, json_array_size(AT("spec", "tls")) ? "80, 443" : "80");
    cell_age(c);
}

void print_ingressclass(struct cell_ctx *c)
{
    const json_t *p = AT("spec", "parameters");
    struct buf b = BUF_INIT;
    if (p)
        buf_printf(&b, "%s%s%s/%s", json_str(p, "kind", NULL),
            *json_str(p, "apiGroup", NULL) ? "." : "", json_str(p, "apiGroup", NULL),
            json_str(p, "name", NULL));
    else
        buf_puts(&b, "<none>");
    cell_name(c);
    cell_str(c, STR("spec", "controller"));
    cell_buf(c, &b);
    cell_age(c);
}

void print_endpoints(struct cell_ctx *c)
{
    struct more m = { BUF_INIT, 3, 0 };
    size_t i, j, k;
    json_t *ss, *port, *a;
    char text[96];
    json_array_foreach (AT("subsets"), i, ss) {
        json_array_foreach (json_object_get(ss, "ports"), j, port) {
            json_array_foreach (json_object_get(ss, "addresses"), k, a) {
                snprintf(text, sizeof(text), "%s:%lld", json_str(a, "ip", NULL),
                    (long long)json_i64(port, "port", NULL));
                more_add(&m, text);
            }
        }
    }
    cell_name(c);
    cell_more(c, &m, "<none>");
    cell_age(c);
}

void print_endpointslice(struct cell_ctx *c)
{
    struct more ports = { BUF_INIT, 3, 0 }, eps = { BUF_INIT, 3, 0 };
    size_t i, j;
    json_t *v, *a;
    char tmp[32];
    json_array_foreach (AT("ports"), i, v) {
        const json_t *n = json_object_get(v, "port");
        more_add(&ports, n ? json_scalar(n, tmp) : str_or(json_str(v, "name", NULL), "*"));
    }
    json_array_foreach (AT("endpoints"), i, v) {
        json_array_foreach (json_object_get(v, "addresses"), j, a)
            more_add(&eps, json_string_value(a));
    }
    cell_name(c);
    cell_str(c, STR("addressType"));
    cell_more(c, &ports, "<unset>");
    cell_more(c, &eps, "<unset>");
    cell_age(c);
}

static void since_cell(struct cell_ctx *c, int64_t then)
{
    char age[HUMAN_DURATION_MAX];
    human_age(c->now, then, age);
    cell_str(c, age);
}

static void cell_event_target(struct cell_ctx *c)
{
    char kind[128];
    const char *name = STR("involvedObject", "name");
    snprintf(kind, sizeof(kind), "%s", STR("involvedObject", "kind"));
    for (char *p = kind; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    struct buf b = BUF_INIT;
    buf_printf(&b, "%s%s%s", kind, *name ? "/" : "", name);
    cell_buf(c, &b);
}

void print_event(struct cell_ctx *c)
{
    int64_t first = json_time(c->obj, "firstTimestamp", NULL);
    int64_t last = json_time(c->obj, "lastTimestamp", NULL);
    int64_t count = INT("count");
    first = first ? first : json_time(c->obj, "eventTime", NULL);
    last = last ? last : first;
    if (AT("series")) {
        last = json_time(c->obj, "series", "lastObservedTime", NULL);
        count = INT("series", "count");
    }
    since_cell(c, last);
    cell_str(c, STR("type"));
    cell_str(c, STR("reason"));
    cell_event_target(c);
    cell_str(c, STR("involvedObject", "fieldPath"));
    struct buf b = BUF_INIT;
    const char *host = str_or(STR("source", "host"), STR("reportingInstance"));
    buf_puts(&b, str_or(STR("source", "component"), STR("reportingComponent")));
    if (*host)
        buf_printf(&b, ", %s", host);
    cell_buf(c, &b);
    char *msg = strdup(STR("message"));
    cell_str(c, msg ? str_trim(msg) : "");
    free(msg);
    since_cell(c, first);
    cell_int(c, count ? count : 1);
    cell_name(c);
}

static void cell_modes(struct cell_ctx *c, const json_t *modes)
{
    static const char *const map[][2] = { { "ReadWriteOnce", "RWO" }, { "ReadOnlyMany", "ROX" },
        { "ReadWriteMany", "RWX" }, { "ReadWriteOncePod", "RWOP" } };
    struct buf b = BUF_INIT;
    for (size_t k = 0; k < 4; k++) {
        size_t i;
        json_t *m;
        json_array_foreach ((json_t *)modes, i, m) {
            if (str_eq(json_string_value(m), map[k][0])) {
                buf_printf(&b, "%s%s", b.n ? "," : "", map[k][1]);
                break;
            }
        }
    }
    cell_buf(c, &b);
}

void print_pv(struct cell_ctx *c)
{
    struct buf b = BUF_INIT;
    bool terminating = AT("metadata", "deletionTimestamp") != NULL;
    cell_name(c);
    cell_str(c, str_or(STR("spec", "capacity", "storage"), "0"));
    cell_modes(c, AT("spec", "accessModes"));
    cell_str(c, STR("spec", "persistentVolumeReclaimPolicy"));
    cell_str(c, terminating ? "Terminating" : STR("status", "phase"));
    if (AT("spec", "claimRef"))
        buf_printf(&b, "%s/%s", STR("spec", "claimRef", "namespace"),
            STR("spec", "claimRef", "name"));
    cell_buf(c, &b);
    cell_str(c, STR("spec", "storageClassName"));
    cell_str(c, str_or(STR("spec", "volumeAttributesClassName"), "<unset>"));
    cell_str(c, STR("status", "reason"));
    cell_age(c);
    cell_str(c, str_or(STR("spec", "volumeMode"), "<unset>"));
}

void print_pvc(struct cell_ctx *c)
{
    bool terminating = AT("metadata", "deletionTimestamp") != NULL;
    const char *volume = STR("spec", "volumeName");
    cell_name(c);
    cell_str(c, terminating ? "Terminating" : STR("status", "phase"));
    cell_str(c, volume);
    cell_str(c, *volume ? str_or(STR("status", "capacity", "storage"), "0") : "");
    cell_modes(c, *volume ? AT("status", "accessModes") : NULL);
    cell_str(c, STR("spec", "storageClassName"));
    cell_str(c, str_or(STR("spec", "volumeAttributesClassName"), "<unset>"));
    cell_age(c);
    cell_str(c, str_or(STR("spec", "volumeMode"), "<unset>"));
}

void print_csr(struct cell_ctx *c)
{
    bool approved = false, denied = false, failed = false;
    size_t i;
    json_t *cond;
    json_array_foreach (AT("status", "conditions"), i, cond) {
        const char *type = json_str(cond, "type", NULL);
        approved |= str_eq(type, "Approved");
        denied |= str_eq(type, "Denied");
        failed |= str_eq(type, "Failed");
    }
    char status[64], life[HUMAN_DURATION_MAX] = "<none>";
    snprintf(status, sizeof(status), "%s%s%s", denied ? "Denied" : approved ? "Approved" : "Pending",
        failed ? ",Failed" : "", *STR("status", "certificate") ? ",Issued" : "");
    if (AT("spec", "expirationSeconds"))
        human_duration(INT("spec", "expirationSeconds"), life);
    cell_name(c);
    cell_age(c);
    cell_str(c, str_or(STR("spec", "signerName"), "<none>"));
    cell_str(c, STR("spec", "username"));
    cell_str(c, life);
    cell_str(c, status);
}

void print_lease(struct cell_ctx *c)
{
    cell_name(c);
    cell_str(c, STR("spec", "holderIdentity"));
    cell_age(c);
}

void print_binding(struct cell_ctx *c)
{
    static const char *const kinds[] = { "User", "Group", "ServiceAccount" };
    struct buf b = BUF_INIT;
    buf_printf(&b, "%s/%s", STR("roleRef", "kind"), STR("roleRef", "name"));
    cell_name(c);
    cell_buf(c, &b);
    cell_age(c);
    for (size_t k = 0; k < 3; k++) {
        size_t i;
        json_t *s;
        json_array_foreach (AT("subjects"), i, s) {
            if (!str_eq(json_str(s, "kind", NULL), kinds[k]))
                continue;
            const char *ns = k == 2 ? json_str(s, "namespace", NULL) : "";
            buf_printf(&b, "%s%s%s%s", b.n ? ", " : "", ns, *ns ? "/" : "",
                json_str(s, "name", NULL));
        }
        cell_buf(c, &b);
    }
}

void print_storageclass(struct cell_ctx *c)
{
    bool standard = str_eq(
        STR("metadata", "annotations", "storageclass.kubernetes.io/is-default-class"), "true");
    struct buf b = BUF_INIT;
    buf_printf(&b, "%s%s", STR("metadata", "name"), standard ? " (default)" : "");
    cell_buf(c, &b);
    cell_str(c, STR("provisioner"));
    cell_str(c, str_or(STR("reclaimPolicy"), "Delete"));
    cell_str(c, str_or(STR("volumeBindingMode"), "Immediate"));
    cell_bool(c, AT("allowVolumeExpansion"), false);
    cell_age(c);
}

void print_revision(struct cell_ctx *c)
{
    const json_t *owner = json_array_get(AT("metadata", "ownerReferences"), 0);
    struct buf b = BUF_INIT;
    const char *slash = strchr(json_str(owner, "apiVersion", NULL), '/');
    int group = slash ? (int)(slash - json_str(owner, "apiVersion", NULL)) : 0;
    for (const char *p = json_str(owner, "kind", NULL); *p; p++)
        buf_putc(&b, (char)tolower((unsigned char)*p));
    if (owner)
        buf_printf(&b, "%s%.*s/%s", group ? "." : "", group, json_str(owner, "apiVersion", NULL),
            json_str(owner, "name", NULL));
    else
        buf_puts(&b, "<none>");
    cell_name(c);
    cell_buf(c, &b);
    cell_int(c, INT("revision"));
    cell_age(c);
}

void print_quota(struct cell_ctx *c)
{
    struct buf side[2] = { BUF_INIT, BUF_INIT };
    const json_t *hard = AT("status", "hard"), *used = AT("status", "used");
    ARR(const char *) names = { 0 };
    const char *key;
    json_t *v;
    char a[32], h[32];
    json_object_foreach ((json_t *)hard, key, v)
        arr_push(&names, key);
    if (names.n > 1)
        qsort(names.v, names.n, sizeof(*names.v), cmp_str);
    for (size_t i = 0; i < names.n; i++) {
        struct buf *b = &side[str_starts(names.v[i], "limits.")];
        const json_t *u = json_object_get(used, names.v[i]);
        buf_printf(b, "%s%s: %s/%s", b->n ? ", " : "", names.v[i],
            u ? json_scalar(u, a) : "0", json_scalar(json_object_get(hard, names.v[i]), h));
    }
    arr_release(&names);
    cell_name(c);
    cell_buf(c, &side[0]);
    cell_buf(c, &side[1]);
    cell_age(c);
}

void print_priorityclass(struct cell_ctx *c)
{
    cell_name(c);
    cell_int(c, INT("value"));
    cell_bool(c, AT("globalDefault"), false);
    cell_age(c);
    cell_str(c, STR("preemptionPolicy"));
}

static const json_t *metric_part(const json_t *m, const char *which)
{
    static const char *const sources[] = { "resource", "containerResource", "pods", "object",
        "external" };
    for (size_t i = 0; i < 5; i++) {
        const json_t *v = json_at(m, sources[i], which, NULL);
        if (v)
            return v;
    }
    return NULL;
}

static void hpa_metric(struct buf *b, const json_t *spec, const json_t *status)
{
    const json_t *target = metric_part(spec, "target"), *now = metric_part(status, "current");
    const char *name = json_str(spec, "resource", "name", NULL);
    name = str_or(name, json_str(spec, "containerResource", "name", NULL));
    const json_t *average = json_object_get(target, "averageValue");
    if (*name)
        buf_printf(b, "%s: ", name);
    if (*name && !average) {
        const json_t *have = json_object_get(now, "averageUtilization");
        const json_t *want = json_object_get(target, "averageUtilization");
        if (have)
            buf_printf(b, "%lld%%", (long long)json_integer_value(have));
        else
            buf_puts(b, "<unknown>");
        if (want)
            buf_printf(b, "/%lld%%", (long long)json_integer_value(want));
        else
            buf_puts(b, "/<auto>");
        return;
    }
    const char *key = average ? "averageValue" : "value";
    buf_printf(b, "%s/%s", str_or(json_str(now, key, NULL), "<unknown>"),
        json_str(target, key, NULL));
    if (average && !*name && !json_at(spec, "pods", NULL))
        buf_puts(b, " (avg)");
}

void print_hpa(struct cell_ctx *c)
{
    struct buf b = BUF_INIT;
    const json_t *specs = AT("spec", "metrics"), *now = AT("status", "currentMetrics");
    buf_printf(&b, "%s/%s", STR("spec", "scaleTargetRef", "kind"),
        STR("spec", "scaleTargetRef", "name"));
    cell_name(c);
    cell_buf(c, &b);
    size_t n = json_array_size(specs);
    for (size_t i = 0; i < n && i < 2; i++) {
        buf_puts(&b, i ? ", " : "");
        hpa_metric(&b, json_array_get(specs, i), json_array_get(now, i));
    }
    if (n > 2)
        buf_printf(&b, " + %zu more...", n - 2);
    if (!n)
        buf_puts(&b, "<none>");
    cell_buf(c, &b);
    char tmp[32];
    const json_t *min = AT("spec", "minReplicas");
    cell_str(c, min ? json_scalar(min, tmp) : "<unset>");
    cell_int(c, INT("spec", "maxReplicas"));
    cell_int(c, INT("status", "currentReplicas"));
    cell_age(c);
}

void print_networkpolicy(struct cell_ctx *c)
{
    struct selector s;
    struct buf b = BUF_INIT;
    selector_from_json(&s, AT("spec", "podSelector"));
    selector_print(&s, &b);
    selector_release(&s);
    if (!b.n)
        buf_puts(&b, "<none>");
    cell_name(c);
    cell_buf(c, &b);
    cell_age(c);
}

void print_webhooks(struct cell_ctx *c)
{
    cell_name(c);
    cell_int(c, (int64_t)json_array_size(AT("webhooks")));
    cell_age(c);
}

void print_apiservice(struct cell_ctx *c)
{
    struct buf b = BUF_INIT;
    const json_t *svc = AT("spec", "service");
    if (json_is_object(svc))
        buf_printf(&b, "%s/%s", json_str(svc, "namespace", NULL), json_str(svc, "name", NULL));
    else
        buf_puts(&b, "Local");
    cell_name(c);
    cell_buf(c, &b);
    buf_puts(&b, "Unknown");
    size_t i;
    json_t *cond;
    json_array_foreach (AT("status", "conditions"), i, cond) {
        if (!str_eq(json_str(cond, "type", NULL), "Available"))
            continue;
        const char *status = json_str(cond, "status", NULL), *why = json_str(cond, "reason", NULL);
        buf_clear(&b);
        buf_puts(&b, status);
        if (!str_eq(status, "True") && *why)
            buf_printf(&b, " (%s)", why);
    }
    cell_buf(c, &b);
    cell_age(c);
}

void print_volumeattachment(struct cell_ctx *c)
{
    cell_name(c);
    cell_str(c, STR("spec", "attacher"));
    cell_str(c, STR("spec", "source", "persistentVolumeName"));
    cell_str(c, STR("spec", "nodeName"));
    cell_bool(c, AT("status", "attached"), false);
    cell_age(c);
}

void print_csinode(struct cell_ctx *c)
{
    cell_name(c);
    cell_int(c, (int64_t)json_array_size(AT("spec", "drivers")));
    cell_age(c);
}

void print_csidriver(struct cell_ctx *c)
{
    struct buf b = BUF_INIT;
    size_t i;
    json_t *v;
    cell_name(c);
    cell_bool(c, AT("spec", "attachRequired"), true);
    cell_bool(c, AT("spec", "podInfoOnMount"), false);
    cell_bool(c, AT("spec", "storageCapacity"), false);
    json_array_foreach (AT("spec", "tokenRequests"), i, v)
        buf_printf(&b, "%s%s", i ? "," : "", json_str(v, "audience", NULL));
    if (!b.n)
        buf_puts(&b, "<unset>");
    cell_buf(c, &b);
    cell_bool(c, AT("spec", "requiresRepublish"), false);
    json_array_foreach (AT("spec", "volumeLifecycleModes"), i, v)
        buf_printf(&b, "%s%s", i ? "," : "", json_string_value(v));
    if (!b.n)
        buf_puts(&b, "<none>");
    cell_buf(c, &b);
    cell_age(c);
}

void print_runtimeclass(struct cell_ctx *c)
{
    cell_name(c);
    cell_str(c, STR("handler"));
    cell_age(c);
}

void print_flowschema(struct cell_ctx *c)
{
    cell_name(c);
    cell_str(c, STR("spec", "priorityLevelConfiguration", "name"));
    cell_int(c, INT("spec", "matchingPrecedence"));
    cell_str(c, str_or(STR("spec", "distinguisherMethod", "type"), "<none>"));
    cell_age(c);
    const char *missing = "?";
    size_t i;
    json_t *cond;
    json_array_foreach (AT("status", "conditions"), i, cond) {
        if (str_eq(json_str(cond, "type", NULL), "Dangling"))
            missing = json_str(cond, "status", NULL);
    }
    cell_str(c, missing);
}

void print_prioritylevel(struct cell_ctx *c)
{
    static const char *const queuing[] = { "queues", "handSize", "queueLengthLimit" };
    cell_name(c);
    cell_str(c, STR("spec", "type"));
    cell_json(c, AT("spec", "limited", "nominalConcurrencyShares"));
    for (size_t i = 0; i < 3; i++)
        cell_json(c, AT("spec", "limited", "limitResponse", "queuing", queuing[i]));
    cell_age(c);
}

void print_servicecidr(struct cell_ctx *c)
{
    struct buf b = BUF_INIT;
    size_t i;
    json_t *v;
    json_array_foreach (AT("spec", "cidrs"), i, v)
        buf_printf(&b, "%s%s", i ? "," : "", json_string_value(v));
    cell_name(c);
    cell_buf(c, &b);
    cell_age(c);
}

void print_ipaddress(struct cell_ctx *c)
{
    struct buf b = BUF_INIT;
    const json_t *ref = AT("spec", "parentRef");
    buf_printf(&b, "%s%s%s/%s/%s", json_str(ref, "resource", NULL),
        *json_str(ref, "group", NULL) ? "." : "", json_str(ref, "group", NULL),
        json_str(ref, "namespace", NULL), json_str(ref, "name", NULL));
    cell_name(c);
    cell_buf(c, &b);
}

void print_scale(struct cell_ctx *c)
{
    cell_name(c);
    cell_int(c, INT("spec", "replicas"));
    cell_int(c, INT("status", "replicas"));
    cell_age(c);
}

// print_custom is demo/table.c's: its columns are JSONPaths of the CustomResourceDefinition.
