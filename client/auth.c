#include "client/auth.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "client/oidc.h"

enum { AGAIN_FIRST_MS = 1000, AGAIN_MAX_MS = 30000, CALM_MS = 60000, TOKEN_FILE_TTL_MS = 50000, PLUGIN_TIMEOUT_MS = 60000, PLUGIN_TTY_TIMEOUT_MS = 600000 };

struct waiter {
    auth_done_fn *done;
    void *arg;
};
struct auth {
    struct loop *loop;
    const struct kube_cluster *cluster;
    const struct kube_user *user;
    char *authorization, *cert_pem, *key_pem;
    ARR(char *) headers; // impersonation
    int64_t expires;     // Unix seconds, 0: none
    int64_t file_read_at;
    int64_t cert_stamp; // mtimes of the certificate files
    uint64_t generation;
    bool have;
    struct loop_child *child;
    struct oidc *oidc;
    struct http *http;
    ARR(struct waiter) waiters;
    bool on_tty, ask_now, asked, refused;
    struct err why; // of `refused`, and of `waits`
    bool waits;     // after a failure, until again_ms
    int64_t again_ms, backoff_ms; // of the monotonic clock: no plugin, no refresh before; what the next wait is made of
};

static void wipe_str(char **s)
{
    if (*s)
        mem_wipe(*s, strlen(*s));
    free(*s);
    *s = NULL;
}

// Impersonate-Extra-KEY: bytes that no header name may hold are %XX (client-go round_trippers.go).
static void add_extra(struct auth *a, const char *key, const char *value)
{
    struct buf line = BUF_INIT;
    buf_puts(&line, "Impersonate-Extra-");
    for (const char *p = key; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
                     strchr("!#$&'*+-.^_`|~", *p);
        buf_printf(&line, plain ? "%c" : "%%%02X", (unsigned char)*p);
    }
    buf_printf(&line, ": %s", value);
    arr_push(&a->headers, buf_take(&line));
}

static void add_impersonation(struct auth *a)
{
    const struct kube_user *u = a->user;
    if (u->act_as)
        arr_push(&a->headers, xasprintf("Impersonate-User: %s", u->act_as));
    if (u->act_as_uid)
        arr_push(&a->headers, xasprintf("Impersonate-Uid: %s", u->act_as_uid));
    for (size_t i = 0; i < u->act_as_groups.n; i++)
        arr_push(&a->headers, xasprintf("Impersonate-Group: %s", u->act_as_groups.v[i]));
    const char *key;
    json_t *values, *v;
    json_object_foreach(u->act_as_extra, key, values)
    {
        size_t i;
        json_array_foreach(values, i, v)
        {
            if (json_is_string(v))
                add_extra(a, key, json_string_value(v));
        }
    }
    arr_push(&a->headers, NULL);
}

struct auth *auth_new(struct loop *loop, const struct kube_target *target)
{
    struct auth *a = xcalloc(1, sizeof(*a));
    a->loop = loop;
    a->cluster = target->cluster;
    a->user = target->user;
    a->generation = 1;
    add_impersonation(a);
    return a;
}

void auth_free(struct auth *a)
{
    if (!a)
        return;
    loop_child_free(a->child);
    oidc_free(a->oidc);
    wipe_str(&a->authorization);
    wipe_str(&a->cert_pem);
    wipe_str(&a->key_pem);
    for (size_t i = 0; i < a->headers.n; i++)
        free(a->headers.v[i]);
    arr_release(&a->headers);
    arr_release(&a->waiters);
    free(a);
}

static void set_bearer(struct auth *a, const char *token)
{
    wipe_str(&a->authorization);
    if (token && *token)
        a->authorization = xasprintf("Bearer %s", token);
}

static void apply(struct auth *a, struct http *http)
{
    struct http_auth h = { a->authorization, a->cert_pem, a->key_pem,
        (const char *const *)a->headers.v };
    http_set_auth(http, &h);
}

// A plugin that fails, or whose credentials are refused, is not run for each request that asks.
static void wait_longer(struct auth *a)
{
    int64_t now = time_mono_ms();
    bool calm = now - a->again_ms > CALM_MS;
    a->backoff_ms = calm || !a->backoff_ms ? AGAIN_FIRST_MS : a->backoff_ms * 2;
    if (a->backoff_ms > AGAIN_MAX_MS)
        a->backoff_ms = AGAIN_MAX_MS;
    a->again_ms = now + a->backoff_ms;
}

static void tell(struct auth *a, const struct err *err)
{
    a->waits = err != NULL;
    if (err) {
        a->why = *err;
        wait_longer(a);
    }
    if (!err) {
        a->have = true;
        apply(a, a->http);
    }
    ARR(struct waiter) todo = { a->waiters.v, a->waiters.n, a->waiters.cap };
    memset(&a->waiters, 0, sizeof(a->waiters));
    for (size_t i = 0; i < todo.n; i++)
        todo.v[i].done(todo.v[i].arg, err);
    arr_release(&todo);
}

void auth_forget(struct auth *a, void *arg)
{
    for (size_t i = 0; i < a->waiters.n;)
        if (a->waiters.v[i].arg == arg)
            arr_remove(&a->waiters, i);
        else
            i++;
}

// ---- static credentials and files

static int64_t file_stamp(const char *path)
{
    struct stat st;
    return path && stat(path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000
                                        : 0;
}

static bool load_pem(const char *data, const char *file, char **out, struct err *err)
{
    struct buf pem = BUF_INIT;
    if (!data && file && !file_read(file, 1 << 20, &pem, err)) {
        buf_release(&pem);
        return err_prefix(err, "client certificate");
    }
    wipe_str(out);
    if (data || file)
        *out = data ? xstrdup(data) : buf_take(&pem);
    return true;
}

static bool load_static(struct auth *a, struct err *err)
{
    const struct kube_user *u = a->user;
    int64_t stamp = file_stamp(u->cert_file) + file_stamp(u->key_file);
    if (!a->have || stamp != a->cert_stamp) { // rotated on disk: the next request uses the new pair
        if (!load_pem(u->cert_data, u->cert_file, &a->cert_pem, err) ||
            !load_pem(u->key_data, u->key_file, &a->key_pem, err))
            return false;
        a->generation += a->have;
        a->cert_stamp = stamp;
    }
    int64_t now = time_mono_ms();
    if (u->token_file && (!a->file_read_at || now - a->file_read_at > TOKEN_FILE_TTL_MS)) {
        struct buf token = BUF_INIT;
        struct err why;
        if (file_read(u->token_file, 1 << 20, &token, &why)) {
            set_bearer(a, str_trim(token.s));
            a->file_read_at = now;
        } else if (!a->authorization && !u->token) {
            buf_wipe(&token);
            *err = why;
            return err_prefix(err, "token file");
        }
        buf_wipe(&token);
    }
    if (!a->authorization && u->token)
        set_bearer(a, u->token);
    if (!a->authorization && u->username) {
        char *pair = xasprintf("%s:%s", u->username, str_or(u->password, ""));
        struct buf b64 = BUF_INIT;
        b64_encode(pair, strlen(pair), &b64);
        a->authorization = xasprintf("Basic %s", b64.s);
        wipe_str(&pair);
        buf_wipe(&b64);
    }
    return true;
}

// ---- exec plugins (KEP-541)

static void add_cluster_info(struct auth *a, json_t *spec)
{
    const struct kube_cluster *c = a->cluster;
    struct buf ca = BUF_INIT, b64 = BUF_INIT;
    if (c->ca_data)
        buf_puts(&ca, c->ca_data);
    else if (c->ca_file)
        file_read(c->ca_file, 4 << 20, &ca, NULL);
    b64_encode(ca.s, ca.n, &b64);
    json_t *cl = json_pack("{s:s}", "server", c->server);
    if (c->tls_server_name)
        json_object_set_new(cl, "tls-server-name", json_string(c->tls_server_name));
    if (c->insecure)
        json_object_set_new(cl, "insecure-skip-tls-verify", json_true());
    if (b64.n)
        json_object_set_new(cl, "certificate-authority-data", json_string(b64.s));
    if (c->proxy_url)
        json_object_set_new(cl, "proxy-url", json_string(c->proxy_url));
    if (c->disable_compression)
        json_object_set_new(cl, "disable-compression", json_true());
    if (c->exec_config)
        json_object_set(cl, "config", c->exec_config);
    json_object_set_new(spec, "cluster", cl);
    buf_release(&ca);
    buf_release(&b64);
}

static char *exec_info(struct auth *a, bool interactive)
{
    const struct kube_exec *x = a->user->exec;
    json_t *spec = json_pack("{s:b}", "interactive", interactive);
    if (x->provide_cluster_info)
        add_cluster_info(a, spec);
    json_t *doc = json_pack("{s:s, s:s, s:o}", "kind", "ExecCredential", "apiVersion", x->api_version,
        "spec", spec);
    char *text = json_dumps(doc, JSON_COMPACT);
    char *line = xasprintf("KUBERNETES_EXEC_INFO=%s", text);
    free(text);
    json_decref(doc);
    return line;
}

static bool take_credential(struct auth *a, const struct buf *out, struct err *err)
{
    const struct kube_exec *x = a->user->exec;
    json_error_t why;
    json_t *doc = json_loadb(out->s, out->n, 0, &why);
    const json_t *st = json_at(doc, "status", NULL);
    const char *token = json_str(st, "token", NULL);
    const char *cert = json_str(st, "clientCertificateData", NULL);
    const char *key = json_str(st, "clientKeyData", NULL);
    bool ok = false;
    if (!doc)
        err_set(err, "plugin %s did not print an ExecCredential: %s", x->command, why.text);
    else if (!str_eq(json_str(doc, "apiVersion", NULL), x->api_version))
        err_set(err, "plugin %s answered with apiVersion \"%s\", the kubeconfig says \"%s\"", x->command,
            json_str(doc, "apiVersion", NULL), x->api_version);
    else if (!st)
        err_set(err, "plugin %s gave no status", x->command);
    else if (!*token && !(*cert && *key))
        err_set(err, "plugin %s gave neither a token nor a certificate with its key", x->command);
    else
        ok = true;
    if (ok) {
        set_bearer(a, token);
        wipe_str(&a->cert_pem);
        wipe_str(&a->key_pem);
        a->cert_pem = *cert ? xstrdup(cert) : NULL;
        a->key_pem = *key ? xstrdup(key) : NULL;
        a->expires = json_time(st, "expirationTimestamp", NULL);
        a->generation++;
    }
    json_decref(doc);
    return ok;
}

static void plugin_failed(struct auth *a, int status, const struct buf *err_out, const struct err *why,
    struct err *err)
{
    const struct kube_exec *x = a->user->exec;
    struct buf clean = BUF_INIT, hint = BUF_INIT;
    if (why)
        err_set(err, "the credential plugin %s %s%s", x->command, str_eq(why->msg, "not found") ? "is " : "",
            str_eq(why->msg, "not found") ? "not found in PATH" : why->msg);
    else {
        const char *tail = err_out->n > 300 ? err_out->s + err_out->n - 300 : err_out->s;
        utf8_sanitise(&clean, tail, strlen(tail));
        err_set(err, "the credential plugin %s failed with exit code %d: %s", x->command, status,
            str_or(str_trim(clean.s), "it said nothing"));
    }
    if (x->install_hint)
        utf8_sanitise(&hint, x->install_hint, strlen(x->install_hint));
    err_hint(err, "%s", hint.n ? hint.s : "run the plugin by hand to see what it wants; you may have to log in again");
    buf_release(&clean);
    buf_release(&hint);
}

static void start_plugin(struct auth *a);

// A plugin that may ask and failed without a terminal gets it for a second try: once, until it succeeds.
static bool may_ask(const struct auth *a)
{
    const char *mode = str_or(a->user->exec->interactive_mode, "IfAvailable");
    return !a->on_tty && !a->asked && isatty(0) && strcmp(mode, "IfAvailable") == 0;
}

static void on_plugin_done(
    void *arg, int status, const struct buf *out, const struct buf *err_out, const struct err *why)
{
    struct auth *a = arg;
    struct err err = { 0 };
    a->child = NULL;
    if (!why && status != 0 && may_ask(a)) {
        a->ask_now = a->asked = true;
        start_plugin(a);
        return;
    }
    if (why || status != 0)
        plugin_failed(a, status, err_out, why, &err);
    else if (take_credential(a, out, &err))
        a->asked = false;
    if (err_is(&err))
        log_warn("%s", err.msg);
    if (a->on_tty && err_is(&err)) {
        a->refused = true;
        a->why = err;
    }
    tell(a, err_is(&err) ? &err : NULL);
}

static void start_plugin(struct auth *a)
{
    extern char **environ;
    const struct kube_exec *x = a->user->exec;
    ARR(char *) argv = { 0 };
    ARR(char *) env = { 0 };
    const char *mode = str_or(x->interactive_mode, "IfAvailable");
    bool tty = isatty(0) && strcmp(mode, "Never") != 0;
    arr_push(&argv, x->command);
    for (size_t i = 0; i < x->args.n; i++)
        arr_push(&argv, x->args.v[i]);
    arr_push(&argv, NULL);
    for (char **e = environ; *e; e++)
        arr_push(&env, *e);
    for (size_t i = 0; i < x->env.n; i++)
        arr_push(&env, x->env.v[i]);
    // Only a plugin that demands it gets the screen at once: taking it for the others would flicker each time
    bool give = tty && (strcmp(mode, "Always") == 0 || a->ask_now);
    a->ask_now = false;
    char *info = exec_info(a, give);
    arr_push(&env, info);
    arr_push(&env, NULL);
    a->on_tty = give;
    struct loop_child_opts o = { .argv = argv.v, .env = env.v, .inherit_tty = give,
        .timeout_ms = give ? PLUGIN_TTY_TIMEOUT_MS : PLUGIN_TIMEOUT_MS };
    a->child = loop_child_start(a->loop, &o, on_plugin_done, a);
    free(info);
    arr_release(&argv);
    arr_release(&env);
}

// ---- OIDC

static void on_oidc_done(void *arg, const char *id_token, const struct err *err)
{
    struct auth *a = arg;
    if (!err) {
        set_bearer(a, id_token);
        a->expires = oidc_expiry(id_token);
        a->generation++;
    }
    tell(a, err);
}

static bool start_oidc(struct auth *a, struct err *err)
{
    const char *id = json_str(a->user->auth_provider_conf, "id-token", NULL);
    int64_t exp = oidc_expiry(id);
    if (!a->have && *id && exp > time_now() + 10) {
        set_bearer(a, id);
        a->expires = exp;
        return true;
    }
    if (!a->oidc)
        a->oidc = oidc_new(a->loop, a->user->auth_provider_conf, on_oidc_done, a);
    return oidc_refresh(a->oidc, err);
}

static bool expired(const struct auth *a)
{
    return a->expires && time_now() >= a->expires - 5;
}

static bool has_static(const struct kube_user *u)
{
    return u->token || u->token_file || u->username || u->cert_file || u->cert_data;
}

static bool removed_provider(const char *name, struct err *err)
{
    err_set(err, "the auth-provider \"%s\" was removed from Kubernetes clients in 1.26", name);
    return err_hint(err, "%s",
        str_eq(name, "gcp")     ? "install gke-gcloud-auth-plugin and run gcloud container clusters get-credentials"
        : str_eq(name, "azure") ? "install kubelogin and run kubelogin convert-kubeconfig"
                                : "use an exec credential plugin instead");
}

void auth_ensure(struct auth *a, struct http *http, auth_done_fn *done, void *arg)
{
    struct err err = { 0 };
    const struct kube_user *u = a->user;
    a->http = http;
    bool plugin = !has_static(u) && u->exec, provider = !has_static(u) && u->auth_provider;
    if (!plugin && !provider) {
        bool ok = load_static(a, &err);
        if (ok) {
            a->have = true;
            apply(a, http);
        }
        done(arg, ok ? NULL : &err);
        return;
    }
    if (a->have && !expired(a)) {
        apply(a, http);
        done(arg, NULL);
        return;
    }
    if (a->refused || (a->waits && time_mono_ms() < a->again_ms)) {
        done(arg, &a->why);
        return;
    }
    struct waiter w = { done, arg };
    arr_push(&a->waiters, w);
    if (a->waiters.n > 1)
        return; // somebody started it already
    if (plugin)
        start_plugin(a);
    else if (!str_eq(u->auth_provider, "oidc")) {
        removed_provider(u->auth_provider, &err);
        tell(a, &err);
    } else if (!start_oidc(a, &err)) {
        tell(a, &err);
    } else if (a->authorization && !oidc_busy(a->oidc)) {
        tell(a, NULL);
    }
}

bool auth_reject(struct auth *a, uint64_t generation)
{
    const struct kube_user *u = a->user;
    if (generation != a->generation)
        return true; // newer ones are there already: try those
    if (u->token_file && !u->token) {
        a->file_read_at = 0;
        return true;
    }
    if (has_static(u))
        return false;
    if (!u->exec && !u->auth_provider)
        return false;
    if (time_mono_ms() < a->again_ms)
        return false;
    wait_longer(a);
    a->have = false;
    a->generation++;
    return true;
}

uint64_t auth_generation(const struct auth *a)
{
    return a->generation;
}

int64_t auth_expires(const struct auth *a)
{
    return a->expires;
}

void auth_describe(const struct auth *a, char *out, size_t n)
{
    const struct kube_user *u = a->user;
    const char *what = u->token_file                   ? "token file"
                       : u->token                      ? "token"
                       : u->username                   ? "user name and password"
                       : u->cert_file || u->cert_data  ? "client certificate"
                       : u->exec                       ? "credential plugin"
                       : u->auth_provider              ? "auth provider"
                                                       : "no credentials";
    snprintf(out, n, "%s%s%s%s%s", what, u->exec || u->auth_provider ? " " : "",
        u->exec ? u->exec->command : str_or(u->auth_provider, ""), u->act_as ? ", acting as " : "",
        str_or(u->act_as, ""));
}

void auth_ask_again(struct auth *a)
{
    a->refused = a->asked = a->waits = false;
    a->again_ms = 0;
}
