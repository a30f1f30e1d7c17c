// CustomResourceDefinition, APIService, CertificateSigningRequest: the API about itself (kube-aggregator
// apiservice/etcd, printers.go printCertificateSigningRequest).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

// ---- CustomResourceDefinition

enum crd_field { D_GROUP, D_KIND, D_VERSIONS, D_SCOPE, D_SHORTS, D_ESTABLISHED, D_COUNT };

static const char *const crd_paths[] = { "spec.group", "spec.names.kind", "spec.names.shortNames", "spec.scope",
    "spec.conversion.webhook.clientConfig.service.namespace", "spec.conversion.webhook.clientConfig.service.name",
    "spec.versions[].name", "spec.versions[].served", "spec.versions[].storage", "status.conditions[].type",
    "status.conditions[].status", "status.conditions[].reason", "status.conditions[].message", NULL };

static void judge_crd(struct row_builder *b, const json_t *crd)
{
    static const struct {
        const char *type, *bad;
        enum severity sev;
        const char *what;
    } rules[] = { { "Established", "False", SEV_BAD, "not served" },
        { "NamesAccepted", "False", SEV_BAD, "its names clash" },
        { "Terminating", "True", SEV_WARN, "Terminating" },
        { "NonStructuralSchema", "True", SEV_WARN, "its schema is not structural" } };
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
        struct buf s = BUF_INIT;
        const json_t *c = cond_find(crd, rules[i].type);
        if (str_eq(json_str(c, "status", NULL), rules[i].bad)) {
            cond_text(c, &s);
            rb_severity(b, rules[i].sev);
            rb_insight(b, "%s: %s", rules[i].what, s.s);
        }
        buf_release(&s);
    }
}

// Those that are served, sorted as kubectl has them since 1.37; the one that is stored with a star.
static void served_versions(const json_t *crd, struct buf *out)
{
    ARR(char *) names = { 0 };
    size_t i;
    json_t *v;
    json_array_foreach(json_at(crd, "spec", "versions", NULL), i, v)
    {
        if (json_bool(v, "served", NULL))
            arr_push(&names, xasprintf("%s%s", json_str(v, "name", NULL), json_bool(v, "storage", NULL) ? "*" : ""));
    }
    if (names.n)
        qsort(names.v, names.n, sizeof(*names.v), str_order);
    for (i = 0; i < names.n; i++) {
        list_add(out, names.v[i]);
        free(names.v[i]);
    }
    arr_release(&names);
}

static void versions_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    char *all = env->kubectl ? str_replace_first(row->f[D_VERSIONS].s, "*", "(storage)") : NULL; // one is stored
    buf_puts(out, all ? all : row->f[D_VERSIONS].s);
    free(all);
}

static void decode_crd(const json_t *crd, struct row_builder *b)
{
    struct buf versions = BUF_INIT, shorts = BUF_INIT;
    size_t i;
    json_t *v;
    served_versions(crd, &versions);
    json_array_foreach(json_at(crd, "spec", "names", "shortNames", NULL), i, v)
    {
        list_add(&shorts, str_or(json_string_value(v), ""));
    }
    rb_begin(b, crd, D_COUNT);
    rb_take(b, D_SHORTS, &shorts);
    rb_str(b, D_ESTABLISHED, cond_is(crd, "Established", "True") ? "true" : "false");
    rb_str(b, D_GROUP, json_str(crd, "spec", "group", NULL));
    rb_str(b, D_KIND, json_str(crd, "spec", "names", "kind", NULL));
    rb_str(b, D_SCOPE, json_str(crd, "spec", "scope", NULL));
    rb_take(b, D_VERSIONS, &versions);
    const json_t *svc = json_at(crd, "spec", "conversion", "webhook", "clientConfig", "service", NULL);
    rb_link(b, "services", json_str(svc, "namespace", NULL), json_str(svc, "name", NULL));
    judge_crd(b, crd);
    rb_emit(b);
}

// A CRD is named PLURAL.GROUP, which is what `:` takes.
static bool enter_crd(const struct row *row, struct drill *out)
{
    return drill_to(out, row->name, "");
}

static const struct column crd_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "SCOPE", FMT_TEXT, D_SCOPE, COL_BOTH, .since = 37 },
    { "VERSIONS", FMT_TEXT, D_VERSIONS, COL_BOTH, .text = versions_text, .since = 37 },
    { "CREATED AT", FMT_TEXT, 0, COL_KUBECTL | COL_SCREEN_WIDE, .text = created_text, .key = created_key },
    { "GROUP", FMT_TEXT, D_GROUP, COL_WIDE, .since = 37 },
    { "KIND", FMT_TEXT, D_KIND, COL_SCREEN | COL_KUBECTL_WIDE, .since = 37 },
    { "SHORTNAMES", FMT_TEXT, D_SHORTS, COL_WIDE, .since = 37 },
    { "ESTABLISHED", FMT_TEXT, D_ESTABLISHED, COL_WIDE, .since = 37 },
    { "AGE", FMT_AGE, 0, COL_SCREEN },
    { 0 },
};

// ---- APIService

enum api_field { A_SERVICE, A_AVAILABLE, A_NS, A_NAME, A_COUNT };

static const char *const api_paths[] = { "spec.service.namespace", "spec.service.name",
    "status.conditions[].type", "status.conditions[].status", "status.conditions[].reason",
    "status.conditions[].message", NULL };

static void decode_api(const json_t *api, struct row_builder *b)
{
    const json_t *svc = json_at(api, "spec", "service", NULL), *c = cond_find(api, "Available");
    const char *ns = json_str(svc, "namespace", NULL), *name = json_str(svc, "name", NULL);
    const char *status = str_or(json_str(c, "status", NULL), "Unknown"), *why = json_str(c, "reason", NULL);
    rb_begin(b, api, A_COUNT);
    if (svc)
        rb_fmt(b, A_SERVICE, "%s/%s", ns, name);
    else
        rb_str(b, A_SERVICE, "Local");
    rb_str(b, A_NS, ns);
    rb_str(b, A_NAME, name);
    rb_link(b, "services", ns, name);
    if (str_eq(status, "True") || !*why)
        rb_str(b, A_AVAILABLE, status);
    else
        rb_fmt(b, A_AVAILABLE, "%s (%s)", status, why);
    if (!str_eq(status, "True")) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "its kinds cannot be read or written: %s: %s", str_or(why, status),
            json_str(c, "message", NULL));
    }
    rb_emit(b);
}

static bool enter_api(const struct row *row, struct drill *out)
{
    return drill_to(out, "services", row->f[A_NS].s) && drill_name(out, row->f[A_NAME].s);
}

static const struct column api_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "SERVICE", FMT_TEXT, A_SERVICE, COL_BOTH },
    { "AVAILABLE", FMT_TEXT, A_AVAILABLE, COL_BOTH, .status = true },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- CertificateSigningRequest

enum csr_field { R_SIGNER, R_REQUESTOR, R_DURATION, R_CONDITION, R_COUNT };

static const char *const csr_paths[] = { "spec.signerName", "spec.username", "spec.expirationSeconds",
    "status.certificate", "status.conditions[].type", "status.conditions[].reason",
    "status.conditions[].message", NULL };

static void judge_csr(struct row_builder *b, const json_t *csr, bool approved, bool issued)
{
    const json_t *denied = cond_find(csr, "Denied"), *failed = cond_find(csr, "Failed");
    struct buf s = BUF_INIT;
    cond_text(failed ? failed : denied, &s);
    if (failed) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "the signer failed: %s", s.s);
    } else if (denied) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "denied: %s", s.s);
    } else if (!approved) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "waits for approval: %s asks %s to sign", json_str(csr, "spec", "username", NULL),
            json_str(csr, "spec", "signerName", NULL));
    } else if (!issued) {
        rb_severity(b, SEV_INFO);
        rb_insight(b, "approved, but %s has not signed it", json_str(csr, "spec", "signerName", NULL));
    } else {
        rb_severity(b, SEV_DIM);
    }
    buf_release(&s);
}

static void decode_csr(const json_t *csr, struct row_builder *b)
{
    bool approved = cond_find(csr, "Approved") != NULL, denied = cond_find(csr, "Denied") != NULL;
    bool issued = *json_str(csr, "status", "certificate", NULL) != '\0';
    const json_t *expires = json_at(csr, "spec", "expirationSeconds", NULL);
    char duration[HUMAN_DURATION_MAX] = "<none>";
    if (expires)
        human_duration(json_integer_value(expires), duration);
    rb_begin(b, csr, R_COUNT);
    rb_str(b, R_SIGNER, str_or(json_str(csr, "spec", "signerName", NULL), "<none>"));
    rb_str(b, R_REQUESTOR, json_str(csr, "spec", "username", NULL));
    rb_str(b, R_DURATION, duration);
    rb_fmt(b, R_CONDITION, "%s%s%s", denied ? "Denied" : approved ? "Approved" : "Pending",
        cond_find(csr, "Failed") ? ",Failed" : "", issued ? ",Issued" : "");
    judge_csr(b, csr, approved, issued);
    rb_emit(b);
}

static const struct column csr_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "SIGNERNAME", FMT_TEXT, R_SIGNER, COL_BOTH },
    { "REQUESTOR", FMT_TEXT, R_REQUESTOR, COL_BOTH },
    { "REQUESTEDDURATION", FMT_TEXT, R_DURATION, COL_BOTH },
    { "CONDITION", FMT_TEXT, R_CONDITION, COL_BOTH, .status = true },
    { 0 },
};

const struct kind kind_customresourcedefinitions = {
    .name = "customresourcedefinitions",
    .title = "CustomResourceDefinitions",
    .aliases = (const char *const[]) { "crd", "crds", "customresourcedefinition", NULL },
    .api_kind = "CustomResourceDefinition",
    .gvr = { "apiextensions.k8s.io", "v1", "customresourcedefinitions", false },
    .decoder = { crd_paths, decode_crd, false },
    .columns = crd_columns,
    .refers = (const char *const[]) { "services", NULL },
    .enter = enter_crd,
    .insight_hint = "Enter lists the objects of a definition",
};
const struct kind kind_apiservices = {
    .name = "apiservices",
    .title = "APIServices",
    .aliases = (const char *const[]) { "apiservice", NULL },
    .api_kind = "APIService",
    .gvr = { "apiregistration.k8s.io", "v1", "apiservices", false },
    .decoder = { api_paths, decode_api, false },
    .columns = api_columns,
    .refers = (const char *const[]) { "services", NULL },
    .enter = enter_api,
};
const struct kind kind_certificatesigningrequests = {
    .name = "certificatesigningrequests",
    .title = "CertificateSigningRequests",
    .aliases = (const char *const[]) { "csr", "certificatesigningrequest", NULL },
    .api_kind = "CertificateSigningRequest",
    .gvr = { "certificates.k8s.io", "v1", "certificatesigningrequests", false },
    .decoder = { csr_paths, decode_csr, false },
    .columns = csr_columns,
};
