// Describe: Roles, bindings, ServiceAccounts, certificate requests.
#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "kinds/certreq.h"
#include "kinds/common.h"
#include "views/describe/kinds.h"

static void head(struct dw *w, const json_t *doc)
{
    dw_labels(w, "Labels", json_at(doc, "metadata", "labels", NULL));
    dw_annotations(w, "Annotations", json_at(doc, "metadata", "annotations", NULL));
}

void describe_serviceaccount(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *s;
    const json_t *pull = json_object_get(doc, "imagePullSecrets");
    dw_name(w, doc, true);
    head(w, doc);
    dw(w, 0, "Image pull secrets:\t%s", json_array_size(pull) ? "" : "<none>\n");
    json_array_foreach((json_t *)pull, i, s)
    {
        dw(w, 0, "%s%s\n", i ? "                   \t" : "", json_str(s, "name", NULL));
    }
}

// ---- roles: a rule of one resource each, the verbs of equal ones together (pkg/util/rbac)

struct rule {
    const char *group, *resource, *name, *url; // borrowed; name, url NULL: none
    struct buf verbs;
    char *order; // PolicyRule.String, which the rules are sorted by
    size_t seq;
};
struct rules {
    ARR(struct rule) all;
};

static bool has_verb(const struct rule *r, const char *verb)
{
    const char *at = r->verbs.s;
    size_t n = strlen(verb);
    while ((at = strstr(at, verb))) {
        if ((at == r->verbs.s || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
            return true;
        at += n;
    }
    return false;
}

static void add_rule(struct rules *rs, const struct rule *like, const char *verb)
{
    struct rule *r = NULL;
    for (size_t i = 0; !like->url && i < rs->all.n && !r; i++) {
        struct rule *o = &rs->all.v[i];
        if (!o->url && str_eq(o->group, like->group) && str_eq(o->resource, like->resource) &&
            str_eq(o->name, like->name))
            r = o;
    }
    if (!r) {
        arr_push(&rs->all, *like);
        r = &rs->all.v[rs->all.n - 1];
        r->seq = rs->all.n;
        buf_init(&r->verbs);
    }
    if (!has_verb(r, verb))
        buf_printf(&r->verbs, "%s%s", r->verbs.n ? " " : "", verb);
}

static const char *word(const json_t *list, size_t i)
{
    return str_or(json_string_value(json_array_get(list, i)), "");
}

static void add_rules(struct rules *rs, const json_t *rule)
{
    const json_t *groups = json_object_get(rule, "apiGroups"),
                 *resources = json_object_get(rule, "resources");
    const json_t *names = json_object_get(rule, "resourceNames"),
                 *urls = json_object_get(rule, "nonResourceURLs");
    const json_t *verbs = json_object_get(rule, "verbs");
    size_t nnames = json_array_size(names);
    for (size_t g = 0; g < json_array_size(groups); g++)
        for (size_t r = 0; r < json_array_size(resources); r++)
            for (size_t v = 0; v < json_array_size(verbs); v++)
                for (size_t n = 0; n < (nnames ? nnames : 1); n++)
                    add_rule(rs,
                        &(struct rule) { .group = word(groups, g),
                            .resource = word(resources, r),
                            .name = nnames ? word(names, n) : NULL },
                        word(verbs, v));
    for (size_t u = 0; u < json_array_size(urls); u++)
        for (size_t v = 0; v < json_array_size(verbs); v++)
            add_rule(rs, &(struct rule) { .url = word(urls, u) }, word(verbs, v));
}

// The generated String of rbacv1.PolicyRule: verbs first, a list as [a b]
static char *rule_order(const struct rule *r)
{
    return xasprintf("&PolicyRule{Verbs:[%s],APIGroups:[%s],Resources:[%s],ResourceNames:[%s],"
                     "NonResourceURLs:[%s],}",
        r->verbs.s, r->url ? "" : r->group, r->url ? "" : r->resource, r->name ? r->name : "",
        r->url ? r->url : "");
}

static int by_order(const void *a, const void *b)
{
    const struct rule *x = a, *y = b;
    int c = strcmp(x->order, y->order);
    return c ? c : (x->seq > y->seq) - (x->seq < y->seq);
}

void describe_role(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *v;
    struct rules rs = { 0 };
    dw_name(w, doc, false);
    head(w, doc);
    dw(w, 0,
        "PolicyRule:\n  Resources\tNon-Resource URLs\tResource Names\tVerbs\n"
        "  ---------\t-----------------\t--------------\t-----\n");
    json_array_foreach(json_object_get(doc, "rules"), i, v)
    {
        add_rules(&rs, v);
    }
    for (i = 0; i < rs.all.n; i++)
        rs.all.v[i].order = rule_order(&rs.all.v[i]);
    if (rs.all.n)
        qsort(rs.all.v, rs.all.n, sizeof(*rs.all.v), by_order);
    for (i = 0; i < rs.all.n; i++) {
        struct rule *r = &rs.all.v[i];
        const char *resource = r->url ? "" : r->resource;
        int base = (int)strcspn(resource, "/");
        bool grouped = !r->url && *r->group;
        dw(w, 1, "%.*s%s%s%s\t[%s]\t[%s]\t[%s]\n", base, resource, grouped ? "." : "",
            grouped ? r->group : "", resource + base, r->url ? r->url : "", r->name ? r->name : "",
            r->verbs.s);
        free(r->order);
        buf_release(&r->verbs);
    }
    arr_release(&rs.all);
}

void describe_binding(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *s;
    dw_name(w, doc, false);
    head(w, doc);
    dw(w, 0, "Role:\n");
    dw(w, 1, "Kind:\t%s\n", json_str(doc, "roleRef", "kind", NULL));
    dw(w, 1, "Name:\t%s\n", json_str(doc, "roleRef", "name", NULL));
    dw(w, 0, "Subjects:\n  Kind\tName\tNamespace\n  ----\t----\t---------\n");
    json_array_foreach(json_object_get(doc, "subjects"), i, s)
    {
        dw(w, 1, "%s\t%s\t%s\n", json_str(s, "kind", NULL), json_str(s, "name", NULL),
            json_str(s, "namespace", NULL));
    }
}

// ---- CertificateSigningRequest

static void csr_status(struct dw *w, const json_t *doc)
{
    dw(w, 0, "Status:\t%s%s%s\n",
        cond_find(doc, "Denied")     ? "Denied"
        : cond_find(doc, "Approved") ? "Approved"
                                     : "Pending",
        cond_find(doc, "Failed") ? ",Failed" : "", *json_str(doc, "status", "certificate", NULL) ? ",Issued" : "");
}

// All values of one attribute of the subject; one: also where there is none
static void subject(struct dw *w, X509_NAME *name, int nid, const char *label, bool one)
{
    int at = -1, n = 0;
    while ((at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0 && !(one && n)) {
        unsigned char *s = NULL;
        int len = ASN1_STRING_to_UTF8(&s, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
        if (len >= 0) {
            buf_printf(&w->b, "\t%s%s\t%.*s\n", n ? "" : label, n ? "" : ":", len, (char *)s);
            n++;
            OPENSSL_free(s);
        }
    }
    if (one && !n)
        buf_printf(&w->b, "\t%s:\t\n", label);
}

static void alt_names(struct dw *w, const GENERAL_NAMES *all, int type, const char *label)
{
    int n = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);
        char ip[64] = "";
        if (g->type != type)
            continue;
        buf_printf(&w->b, "\t%s%s\t", n ? "" : label, n ? "" : ":");
        n++;
        const unsigned char *d = ASN1_STRING_get0_data(g->d.ia5);
        int len = ASN1_STRING_length(g->d.ia5);
        if (type == GEN_IPADD) {
            inet_ntop(len == 4 ? AF_INET : AF_INET6, d, ip, sizeof(ip));
            buf_printf(&w->b, "%s\n", len == 4 || len == 16 ? ip : "?");
        } else {
            buf_printf(&w->b, "%.*s\n", len, (const char *)d);
        }
    }
}

static void csr_names(struct dw *w, X509_REQ *req)
{
    static const struct {
        int nid;
        const char *label;
    } parts[] = { { NID_organizationName, "Organization" },
        { NID_organizationalUnitName, "Organizational Unit" }, { NID_countryName, "Country" },
        { NID_localityName, "Locality" }, { NID_stateOrProvinceName, "Province" },
        { NID_streetAddress, "StreetAddress" }, { NID_postalCode, "PostalCode" } };
    X509_NAME *name = X509_REQ_get_subject_name(req);
    dw(w, 0, "Subject:\n");
    subject(w, name, NID_commonName, "Common Name", true);
    subject(w, name, NID_serialNumber, "Serial Number", true);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        subject(w, name, parts[i].nid, parts[i].label, false);
    STACK_OF(X509_EXTENSION) *exts = X509_REQ_get_extensions(req);
    GENERAL_NAMES *alt = X509V3_get_d2i(exts, NID_subject_alt_name, NULL, NULL);
    if (alt && sk_GENERAL_NAME_num(alt) > 0) {
        dw(w, 0, "Subject Alternative Names:\n");
        alt_names(w, alt, GEN_DNS, "DNS Names");
        alt_names(w, alt, GEN_EMAIL, "Email Addresses");
        alt_names(w, alt, GEN_URI, "URIs");
        alt_names(w, alt, GEN_IPADD, "IP Addresses");
    }
    GENERAL_NAMES_free(alt);
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
}

void describe_csr(struct dw *w, const json_t *doc)
{
    struct buf words = BUF_INIT;
    char tmp[64];
    const json_t *spec = json_object_get(doc, "spec");
    dw_name(w, doc, false);
    dw(w, 0, "Labels:\t%s\n", dw_map(json_at(doc, "metadata", "labels", NULL), &words));
    dw(w, 0, "Annotations:\t%s\n", dw_map(json_at(doc, "metadata", "annotations", NULL), &words));
    dw(w, 0, "CreationTimestamp:\t%s\n",
        dw_time(json_at(doc, "metadata", "creationTimestamp", NULL), tmp));
    dw(w, 0, "Requesting User:\t%s\n", json_str(spec, "username", NULL));
    if (*json_str(spec, "signerName", NULL))
        dw(w, 0, "Signer:\t%s\n", json_str(spec, "signerName", NULL));
    if (json_object_get(spec, "expirationSeconds")) {
        human_duration(json_i64(spec, "expirationSeconds", NULL), tmp);
        dw(w, 0, "Requested Duration:\t%s\n", tmp);
    }
    csr_status(w, doc);
    X509_REQ *req = certreq_parse(json_str(spec, "request", NULL));
    if (req)
        csr_names(w, req);
    else
        dw(w, 0, "Subject:\tthe request is no certificate request\n");
    X509_REQ_free(req);
    buf_release(&words);
}
