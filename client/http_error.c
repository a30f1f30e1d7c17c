#include "client/http_error.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"
#include "client/proto.h"

enum { MAX_TREE = 32 << 20 };

static const struct {
    int status;
    const char *words, *hint;
} statuses[] = {
    { 400, "bad request", "" },
    { 401, "not logged in: the server does not accept the credentials",
        "the token or certificate may have expired: log in again, or run `kview --check`" },
    { 403, "forbidden", "ask for the right, or look at another namespace (`:ns`)" },
    { 404, "not found on this server", "" },
    { 405, "the server does not allow this on that resource", "" },
    { 406, "the server cannot answer in the form asked for", "" },
    { 409, "conflict: the object was changed meanwhile", "" },
    { 410, "too old a version was asked for", "" },
    { 429, "the server is overloaded and asks to wait", "" },
    { 500, "internal error of the server", "" },
    { 502, "bad gateway: a proxy before the API server does not reach it", "" },
    { 503, "the server is not available", "" },
    { 504, "timed out behind the API server", "" },
};

// The verbose text of /readyz: which of its checks fail, "[-]etcd failed: reason withheld".
static void failing_checks(struct buf *out, const char *body, size_t n)
{
    const char *end = body + n;
    for (const char *p = body; p < end && out->n < 400;) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((nl ? nl : end) - p);
        if (len > 3 && memcmp(p, "[-]", 3) == 0) {
            buf_puts(out, out->n ? "; " : "failing checks: ");
            utf8_sanitise(out, p + 3, len - 3);
        }
        p += len + 1;
    }
}

// An eviction that is refused names the budget in a cause only (policy/v1 Eviction, cause DisruptionBudget).
static void add_budget(const json_t *status, struct buf *out)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_at(status, "details", "causes", NULL), i, c)
    {
        const char *says = json_str(c, "message", NULL);
        if (strcmp(json_str(c, "reason", NULL), "DisruptionBudget") != 0 || !*says)
            continue;
        buf_puts(out, out->n ? " " : "");
        utf8_sanitise(out, says, strlen(says));
    }
}

// Not every 403 is a right that is missing: admission answers so as well.
static const char *forbidden_hint(const char *message, const char *hint)
{
    if (strstr(message, "exceeded quota"))
        return "`:resourcequotas` shows what is used";
    return strstr(message, "denied the request") || strstr(message, "violates PodSecurity") ? "" : hint;
}

static void from_status(struct err *err, int status, const json_t *doc, const char *body, size_t n)
{
    err_clear(err);
    const char *message = json_str(doc, "message", NULL);
    const char *words = NULL, *hint = "";
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
        if (statuses[i].status == status) {
            words = statuses[i].words;
            hint = statuses[i].hint;
        }
    hint = status == 403 ? forbidden_hint(message, hint) : hint;
    struct buf clean = BUF_INIT;
    if (*message && strcmp(message, "Unauthorized") != 0)
        utf8_sanitise(&clean, message, strlen(message));
    else if (n && !doc && body[0] == '[')
        failing_checks(&clean, body, n);
    else if (!words && n && !doc && body[0] != '<')
        utf8_sanitise(&clean, body, n < 200 ? n : 200);
    add_budget(doc, &clean);
    if (clean.n)
        err_set(err, "%s", clean.s);
    else if (words)
        err_set(err, "%s", words);
    else
        err_set(err, "the server answered with HTTP status %d", status);
    err->code = status;
    snprintf(err->reason, sizeof(err->reason), "%s", json_str(doc, "reason", NULL));
    if (*hint)
        err_hint(err, "%s", hint);
    buf_release(&clean);
}

void http_error_from_status(struct err *err, int status, const char *body, size_t n)
{
    json_t *doc = n ? proto_status(body, n) : NULL; // of who asked for protobuf
    if (n && !doc)
        doc = json_parse(body, n, MAX_TREE, NULL);
    from_status(err, status, doc, body, n);
    json_decref(doc);
}

int http_error_from_document(struct err *err, const json_t *doc)
{
    int64_t code = json_i64(doc, "code", NULL);
    bool known = code >= 300 && code < 600;
    int status = known ? (int)code : 500;
    from_status(err, status, doc, NULL, 0);
    if (!known && !*json_str(doc, "message", NULL)) {
        err_set(err, "the server answered with a Status that names no error");
        err->code = status;
    }
    return status;
}

bool http_error_page(struct err *err)
{
    err_set(err, "what answers is a web page, no Kubernetes API server");
    return err_hint(err, "a proxy or a login page may stand at this address: check it, and log in there");
}

bool http_error_nothing(struct err *err, int status)
{
    if (status == 204)
        return err_set(err, "the server answered with nothing (HTTP status 204)");
    if (status == 304)
        return err_set(err, "the server answered that nothing has changed (HTTP status 304), though nothing was known yet");
    return err_set(err, "the server's answer is empty (HTTP status %d)", status);
}

// OpenSSL's verification texts, which libcurl passes on, and what they mean for a person.
static const struct {
    const char *needle, *words, *hint;
} tls_texts[] = {
    { "certificate has expired", "the server's certificate has expired",
        "the cluster's certificates must be renewed (kubeadm certs renew)" },
    { "not yet valid", "the server's certificate is not valid yet",
        "compare this machine's clock with the server's" },
    { "unable to get local issuer", "the server's certificate is not signed by the CA of the kubeconfig",
        "wrong cluster behind this address, or the CA was replaced: fetch the kubeconfig again" },
    { "self-signed certificate", "the server's certificate is not signed by the CA of the kubeconfig",
        "wrong cluster behind this address, or certificate-authority-data is missing or old" },
    { "self signed certificate", "the server's certificate is not signed by the CA of the kubeconfig",
        "wrong cluster behind this address, or certificate-authority-data is missing or old" },
    { "certificate signature failure", "the server's certificate is not signed by the CA of the kubeconfig",
        "the CA was replaced: fetch the kubeconfig again" },
    { "no alternative certificate subject name", "the server's certificate is not for this host name",
        "use the name in the certificate, or set tls-server-name in the kubeconfig" },
    { "alert bad certificate", "the server refuses the client certificate",
        "it may have expired or belong to another cluster" },
    { "alert certificate expired", "the client certificate has expired", "log in again" },
    { "alert unknown ca", "the server does not know who signed the client certificate",
        "it belongs to another cluster" },
    { "alert certificate required", "the server wants a client certificate", "none is in the kubeconfig" },
    { "unable to get issuer", "the server's certificate is not signed by the CA of the kubeconfig",
        "wrong cluster behind this address, or the CA was replaced: fetch the kubeconfig again" },
    { "invalid ca certificate", "what the kubeconfig names as the CA is no CA certificate", "fetch the kubeconfig again" },
    { "too weak", "the server's certificate has a key or a signature that is too weak",
        "the cluster's certificates must be made anew" },
    { "certificate revoked", "the server's certificate was revoked", "the cluster's certificates must be made anew" },
    { "unsupported protocol", "the server speaks only a TLS that is too old",
        "TLS 1.2 is the least: every supported API server has it; what stands before it may not" },
    { "alert protocol version", "the server speaks only a TLS that is too old",
        "TLS 1.2 is the least: every supported API server has it; what stands before it may not" },
    { "alert handshake failure", "the server breaks the TLS handshake off",
        "it may want a client certificate, or serve several names: tls-server-name in the kubeconfig" },
    { "wrong version number", "the server does not speak TLS on this port",
        "the address may want http:// instead of https://" },
};

static bool tls_error(struct err *err, const char *detail)
{
    for (size_t i = 0; i < sizeof(tls_texts) / sizeof(*tls_texts); i++)
        if (str_icontains(detail, tls_texts[i].needle)) {
            err_set(err, "%s", tls_texts[i].words);
            err_hint(err, "%s", tls_texts[i].hint);
            return true;
        }
    return false;
}

// %s stands for the host.
static const struct {
    CURLcode code;
    const char *words, *hint;
} curl_texts[] = {
    { CURLE_COULDNT_RESOLVE_HOST, "the name %s is not known to DNS",
        "check the spelling, the VPN and /etc/resolv.conf" },
    { CURLE_COULDNT_CONNECT, "connection refused",
        "nothing listens there: is the API server up, the port right, the tunnel open?" },
    { CURLE_OPERATION_TIMEDOUT, "no answer from %s in time",
        "a firewall or a missing VPN usually looks like this" },
    { CURLE_SSL_CERTPROBLEM, "the client certificate or key cannot be used",
        "client-certificate and client-key of the kubeconfig must be PEM and belong together" },
    { CURLE_SSL_CACERT_BADFILE, "the CA certificate of the kubeconfig cannot be read",
        "certificate-authority must name a PEM file, certificate-authority-data hold one in base64: fetch the kubeconfig again" },
    { CURLE_PEER_FAILED_VERIFICATION, "the certificate of %s is not accepted",
        "certificate-authority-data of the kubeconfig must be the CA that signed it" },
    { CURLE_SSL_CONNECT_ERROR, "no TLS connection to %s comes about",
        "what answers there may be no API server: a proxy, a login page, another port" },
    { CURLE_RECV_ERROR, "the connection broke", "" },
    { CURLE_GOT_NOTHING, "the connection broke", "" },
    { CURLE_PARTIAL_FILE, "the connection broke in the middle of the answer", "" },
    { CURLE_HTTP2, "the connection broke", "" },
    { CURLE_HTTP2_STREAM, "the connection broke", "" },
    { CURLE_SEND_ERROR, "the connection broke", "" },
    { CURLE_WRITE_ERROR, "the answer could not be understood", "" },
};

void http_error_from_curl(
    struct err *err, int code, const char *detail, const char *host, const char *proxy)
{
    if (tls_error(err, detail))
        return;
    if (code == CURLE_COULDNT_RESOLVE_PROXY) {
        err_set(err, "the name of the proxy %s is not known to DNS", proxy);
        err_hint(err, "check proxy-url in the kubeconfig and HTTPS_PROXY");
        return;
    }
    if (code == CURLE_COULDNT_CONNECT && str_icontains(detail, "unreachable")) {
        err_set(err, "no route to %s", host);
        return;
    }
    for (size_t i = 0; i < sizeof(curl_texts) / sizeof(*curl_texts); i++) {
        if ((int)curl_texts[i].code != code)
            continue;
        char *words = str_replace_first(curl_texts[i].words, "%s", host);
        err_set(err, "%s", words);
        free(words);
        if (code == CURLE_COULDNT_CONNECT && *proxy)
            err_hint(err, "the proxy %s does not accept connections", proxy);
        else
            err_hint(err, "%s", curl_texts[i].hint);
        return;
    }
    err_set(err, "%s", *detail ? detail : curl_easy_strerror((CURLcode)code));
}
