// ClusterTrustBundle and PodCertificateRequest: certificates that Pods get (KEP-3257, KEP-4317; printers.go
// printClusterTrustBundle, printPodCertificateRequest).
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

enum { SOON_S = 30 * 86400 };

// ---- ClusterTrustBundle

enum bundle_field { T_SIGNER, T_CERTS, T_EXPIRES, T_COUNT };

static const char *const bundle_paths[] = { "spec.signerName", "spec.trustBundle", NULL };

// How many certificates there are, and when the first of them expires (Unix seconds, 0: none does).
static int64_t read_bundle(const char *pem, int64_t *expires)
{
    int64_t n = 0;
    X509 *cert;
    BIO *bio = BIO_new_mem_buf(pem, (int)strlen(pem));
    *expires = 0;
    while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        struct tm tm;
        int64_t at = ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) ? (int64_t)timegm(&tm) : 0;
        if (at && (!*expires || at < *expires))
            *expires = at;
        X509_free(cert);
        n++;
    }
    ERR_clear_error(); // its end is told as one
    BIO_free(bio);
    return n;
}

static void decode_bundle(const json_t *t, struct row_builder *b)
{
    int64_t expires, certs = read_bundle(json_str(t, "spec", "trustBundle", NULL), &expires);
    rb_begin(b, t, T_COUNT);
    rb_str(b, T_SIGNER, str_or(json_str(t, "spec", "signerName", NULL), "<none>"));
    rb_num(b, T_CERTS, certs);
    rb_num(b, T_EXPIRES, expires);
    rb_emit(b);
}

static void expires_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    char span[HUMAN_DURATION_MAX];
    int64_t at = row->f[T_EXPIRES].n, left = at - env->now;
    if (!at)
        return;
    human_duration(left < 0 ? -left : left, span);
    buf_printf(out, left < 0 ? "%s ago" : "in %s", span);
}

static double expires_key(const struct row *row, const struct cell_env *env)
{
    (void)env;
    return (double)row->f[T_EXPIRES].n;
}

static style_t expires_style(const struct row *row, const struct cell_env *env)
{
    int64_t at = row->f[T_EXPIRES].n;
    return !at || at > env->now + SOON_S ? ROLE_TEXT : at > env->now ? ROLE_WARN : ROLE_BAD;
}

static const struct column bundle_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "SIGNERNAME", FMT_TEXT, T_SIGNER, COL_BOTH },
    { "CERTS", FMT_INT, T_CERTS, COL_SCREEN | COL_RIGHT },
    { "EXPIRES", FMT_TEXT, T_EXPIRES, COL_SCREEN, .text = expires_text, .key = expires_key, .style = expires_style },
    { "AGE", FMT_AGE, 0, COL_SCREEN },
    { 0 },
};

// ---- PodCertificateRequest

enum request_field { Q_POD, Q_ACCOUNT, Q_NODE, Q_SIGNER, Q_STATE, Q_ANNOTATIONS, Q_COUNT };

static const char *const request_paths[] = { "spec.podName", "spec.serviceAccountName", "spec.nodeName", "spec.signerName",
    "spec.unverifiedUserAnnotations", "status.conditions[].type", "status.conditions[].reason",
    "status.conditions[].message", NULL };

static void decode_request(const json_t *r, struct row_builder *b)
{
    struct buf annotations = BUF_INIT, why = BUF_INIT;
    static const char *const ends[] = { "Failed", "Denied", "Issued" };
    const char *pod = json_str(r, "spec", "podName", NULL), *node = json_str(r, "spec", "nodeName", NULL);
    const char *account = json_str(r, "spec", "serviceAccountName", NULL), *state = "Pending";
    for (size_t i = 0; i < ARRAY_SIZE(ends) && str_eq(state, "Pending"); i++)
        if (cond_find(r, ends[i]))
            state = ends[i];
    labels_text(json_at(r, "spec", "unverifiedUserAnnotations", NULL), &annotations);
    rb_begin(b, r, Q_COUNT);
    rb_str(b, Q_POD, pod);
    rb_str(b, Q_ACCOUNT, account);
    rb_str(b, Q_NODE, node);
    rb_str(b, Q_SIGNER, json_str(r, "spec", "signerName", NULL));
    rb_str(b, Q_STATE, state);
    rb_take(b, Q_ANNOTATIONS, &annotations);
    rb_link(b, "pods", obj_ns(r), pod);
    rb_link(b, "serviceaccounts", obj_ns(r), account);
    rb_link(b, "nodes", "", node);
    if (str_eq(state, "Failed") || str_eq(state, "Denied")) {
        cond_text(cond_find(r, state), &why);
        rb_severity(b, SEV_BAD);
        rb_insight(b, "%s: %s", str_eq(state, "Failed") ? "the signer failed" : "denied", why.s);
    } else if (str_eq(state, "Pending")) {
        rb_severity(b, SEV_INFO);
        rb_insight(b, "%s has not signed it: the Pod does not start before", json_str(r, "spec", "signerName", NULL));
    }
    rb_emit(b);
    buf_release(&why);
}

static bool enter_request(const struct row *row, struct drill *out)
{
    return drill_to(out, "pods", row->ns) && drill_name(out, row->f[Q_POD].s);
}

static const struct column request_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "PODNAME", FMT_TEXT, Q_POD, COL_BOTH },
    { "SERVICEACCOUNTNAME", FMT_TEXT, Q_ACCOUNT, COL_BOTH },
    { "NODENAME", FMT_TEXT, Q_NODE, COL_BOTH },
    { "SIGNERNAME", FMT_TEXT, Q_SIGNER, COL_BOTH },
    { "STATE", FMT_TEXT, Q_STATE, COL_BOTH, .status = true },
    { "UNVERIFIEDUSERANNOTATIONS", FMT_TEXT, Q_ANNOTATIONS, COL_KUBECTL | COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_SCREEN },
    { 0 },
};

const struct kind kind_clustertrustbundles = {
    .name = "clustertrustbundles",
    .title = "ClusterTrustBundles",
    .aliases = (const char *const[]) { "clustertrustbundle", NULL },
    .api_kind = "ClusterTrustBundle",
    .gvr = { "certificates.k8s.io", "v1", "clustertrustbundles", false },
    .decoder = { bundle_paths, decode_bundle, false },
    .columns = bundle_columns,
};
const struct kind kind_podcertificaterequests = {
    .name = "podcertificaterequests",
    .title = "PodCertificateRequests",
    .aliases = (const char *const[]) { "podcertificaterequest", NULL },
    .api_kind = "PodCertificateRequest",
    .gvr = { "certificates.k8s.io", "v1", "podcertificaterequests", true },
    .decoder = { request_paths, decode_request, false },
    .columns = request_columns,
    .refers = (const char *const[]) { "pods", "serviceaccounts", "nodes", NULL },
    .enter = enter_request,
};
