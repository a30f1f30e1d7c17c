#include "client/oidc.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/http.h"

struct oidc {
    struct loop *loop;
    const json_t *config;
    oidc_done_fn *done;
    void *arg;
    struct kube_cluster cluster; // the issuer as a server of http.c
    struct kube_user nobody;
    struct http *http, *old; // old: may still be inside its callback
    struct http_req *req;
    struct buf body;
    char *refresh_token;
    char *ca;
    bool at_token; // the second request
};

enum { MAX_REPLY = 256 << 10, MAX_TREE = 4 << 20 };

int64_t oidc_expiry(const char *jwt)
{
    const char *dot = jwt ? strchr(jwt, '.') : NULL;
    const char *end = dot ? strchr(dot + 1, '.') : NULL;
    if (!end)
        return 0;
    struct buf claims = BUF_INIT;
    b64_decode(dot + 1, (size_t)(end - dot - 1), &claims);
    json_t *doc = json_loadb(claims.s, claims.n, 0, NULL);
    int64_t exp = json_i64(doc, "exp", NULL);
    json_decref(doc);
    buf_wipe(&claims);
    return exp;
}

struct oidc *oidc_new(struct loop *loop, const json_t *config, oidc_done_fn *done, void *arg)
{
    struct oidc *o = xcalloc(1, sizeof(*o));
    o->loop = loop;
    o->config = config;
    o->done = done;
    o->arg = arg;
    buf_init(&o->body);
    o->refresh_token = xstrdup(json_str(config, "refresh-token", NULL));
    return o;
}

void oidc_free(struct oidc *o)
{
    if (!o)
        return;
    http_free(o->http);
    http_free(o->old);
    buf_wipe(&o->body);
    mem_wipe(o->refresh_token, strlen(o->refresh_token));
    free(o->refresh_token);
    free(o->cluster.server);
    free(o->ca);
    free(o);
}

bool oidc_busy(const struct oidc *o)
{
    return o && o->req;
}

static bool on_data(void *arg, const char *data, size_t n)
{
    struct oidc *o = arg;
    buf_add(&o->body, data, n);
    return true;
}

static void on_done(void *arg, const struct http_result *res);

static bool open_server(struct oidc *o, const char *url, struct err *err)
{
    struct kube_target target = { .cluster = &o->cluster, .user = &o->nobody, .ns = "" };
    http_free(o->old);
    o->old = o->http;
    o->http = NULL;
    free(o->cluster.server);
    o->cluster.server = xstrdup(url);
    o->cluster.name = (char *)"OpenID issuer";
    const char *ca_data = json_str(o->config, "idp-certificate-authority-data", NULL);
    const char *ca_file = json_str(o->config, "idp-certificate-authority", NULL);
    struct buf pem = BUF_INIT;
    if (*ca_data && b64_decode(ca_data, strlen(ca_data), &pem)) {
        free(o->ca);
        o->ca = buf_take(&pem);
        o->cluster.ca_data = o->ca;
    } else if (*ca_file) {
        o->cluster.ca_file = (char *)ca_file;
    }
    buf_release(&pem);
    o->http = http_new(o->loop, &target, err);
    return o->http != NULL;
}

static void send_request(struct oidc *o, const struct http_opts *opts)
{
    static const struct http_handlers h = { .on_data = on_data, .on_done = on_done };
    struct http_opts bounded = *opts;
    bounded.max_bytes = MAX_REPLY;
    buf_clear(&o->body);
    o->req = http_send(o->http, &bounded, &h, o);
}

bool oidc_refresh(struct oidc *o, struct err *err)
{
    const char *issuer = json_str(o->config, "idp-issuer-url", NULL);
    if (!*issuer || !*o->refresh_token) {
        err_set(err, "the OpenID id-token has expired and there is no refresh-token");
        return err_hint(err, "log in to your identity provider again");
    }
    if (!open_server(o, issuer, err))
        return false;
    o->at_token = false;
    struct http_opts opts = { .method = "GET", .path = "/.well-known/openid-configuration" };
    send_request(o, &opts);
    return true;
}

static bool ask_token(struct oidc *o, const json_t *doc, struct err *err)
{
    const char *endpoint = json_str(doc, "token_endpoint", NULL);
    if (!*endpoint)
        return err_set(err, "the OpenID issuer names no token endpoint");
    if (!open_server(o, endpoint, err))
        return false;
    struct buf form = BUF_INIT;
    buf_puts(&form, "grant_type=refresh_token&refresh_token=");
    str_url_escape(&form, o->refresh_token);
    buf_puts(&form, "&client_id=");
    str_url_escape(&form, json_str(o->config, "client-id", NULL));
    const char *secret = json_str(o->config, "client-secret", NULL);
    if (*secret) {
        buf_puts(&form, "&client_secret=");
        str_url_escape(&form, secret);
    }
    o->at_token = true;
    struct http_opts opts = { .method = "POST", .path = "", .body = form.s, .body_len = form.n,
        .content_type = "application/x-www-form-urlencoded" };
    send_request(o, &opts);
    buf_wipe(&form);
    return true;
}

static void on_done(void *arg, const struct http_result *res)
{
    struct oidc *o = arg;
    struct err err = { 0 };
    o->req = NULL;
    json_t *doc = res->ok ? json_parse(o->body.s, o->body.n, MAX_TREE, NULL) : NULL;
    if (!res->ok) {
        err = res->err;
        err_prefix(&err, o->at_token ? "refreshing the OpenID token" : "OpenID issuer");
        err_hint(&err, "log in to your identity provider again");
    } else if (!o->at_token) {
        ask_token(o, doc, &err);
    } else if (!*json_str(doc, "id_token", NULL)) {
        err_set(&err, "the OpenID issuer answered without an id_token");
    } else {
        const char *next = json_str(doc, "refresh_token", NULL);
        if (*next) { // rotated
            free(o->refresh_token);
            o->refresh_token = xstrdup(next);
        }
        o->done(o->arg, json_str(doc, "id_token", NULL), NULL);
    }
    json_decref(doc);
    if (err_is(&err))
        o->done(o->arg, NULL, &err);
}
