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
#include "client/plugin.h"

enum { AGAIN_FIRST_MS = 1000, AGAIN_MAX_MS = 30000, CALM_MS = 60000, TOKEN_FILE_TTL_MS = 50000, LEAST_USE_MS = 10000 };

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
    struct plugins *plugins;
    struct plugin_ask *run;
    uint64_t serial;    // of the plugin's answer that was taken last
    int64_t got_ms;     // when that was
    struct oidc *oidc;
    struct http *http;
    ARR(struct waiter) waiters;
    bool on_tty, ask_now, offered, refused; // offered: it failed without the terminal, and may have it when it is asked for
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
    a->plugins = target->plugins ? plugins_ref(target->plugins) : plugins_new();
    add_impersonation(a);
    return a;
}

void auth_free(struct auth *a)
{
    if (!a)
        return;
    plugin_ask_free(a->run);
    plugins_unref(a->plugins);
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

static bool set_bearer(struct auth *a, const char *token, struct err *err)
{
    if (!str_fits_header(token))
        return err_set(err, "the token holds a line break or another control character: no HTTP header can hold it");
    wipe_str(&a->authorization);
    if (token && *token)
        a->authorization = xasprintf("Bearer %s", token);
    return true;
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
        struct err why = { 0 };
        if (file_read(u->token_file, 1 << 20, &token, &why) && set_bearer(a, str_trim(token.s), &why)) {
            a->file_read_at = now;
        } else if (!a->authorization && !u->token) {
            buf_wipe(&token);
            *err = why;
            return err_prefix(err, "token file");
        }
        buf_wipe(&token);
    }
    if (!a->authorization && u->token && !set_bearer(a, u->token, err))
        return false;
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

// What it printed instead, up to where a credential could begin.
static void no_credential(const char *command, const struct buf *out, const char *why, struct err *err)
{
    enum { QUOTED = 100 };
    const char *from = out->s + strspn(out->s, " \t\r\n");
    size_t n = strcspn(from, "{\r\n");
    struct buf clean = BUF_INIT;
    utf8_sanitise(&clean, from, n < QUOTED ? n : QUOTED);
    if (clean.n)
        err_set(err, "plugin %s did not print an ExecCredential but \"%s\"", command, clean.s);
    else
        err_set(err, "plugin %s did not print an ExecCredential: %s", command, out->n ? why : "it printed nothing");
    buf_release(&clean);
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
        no_credential(x->command, out, why.text, err);
    else if (!str_eq(json_str(doc, "apiVersion", NULL), x->api_version))
        err_set(err, "plugin %s answered with apiVersion \"%s\", the kubeconfig says \"%s\"", x->command,
            json_str(doc, "apiVersion", NULL), x->api_version);
    else if (!st)
        err_set(err, "plugin %s gave no status", x->command);
    else if (!*token && !(*cert && *key))
        err_set(err, "plugin %s gave neither a token nor a certificate with its key", x->command);
    else if (set_bearer(a, token, err))
        ok = true;
    if (ok) {
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

// The last line that says something: before it come warnings, progress and traces.
static void last_line(const char *text, struct buf *out)
{
    enum { QUOTED = 300 };
    const char *end = text + strlen(text), *from;
    while (end > text && strchr(" \t\r\n", end[-1]))
        end--;
    for (from = end; from > text && from[-1] != '\n';)
        from--;
    utf8_sanitise(out, end - from > QUOTED ? end - QUOTED : from, end - from > QUOTED ? QUOTED : (size_t)(end - from));
}

// Each of its lines by itself: they are commands to copy.
static void clean_lines(const char *text, struct buf *out)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        if (n && out->n)
            buf_putc(out, '\n');
        utf8_sanitise(out, text, n);
        text += n + (text[n] == '\n');
    }
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
        last_line(err_out->s, &clean);
        err_set(err, "the credential plugin %s failed with exit code %d: %s", x->command, status,
            str_or(str_trim(clean.s), "it said nothing"));
    }
    if (x->install_hint)
        clean_lines(x->install_hint, &hint);
    if (a->offered)
        err_hint(err, "it may want to ask something: :refresh runs it on this screen, once");
    else
        err_hint(err, "%s", hint.n ? hint.s : "run the plugin by hand to see what it wants; you may have to log in again");
    buf_release(&clean);
    buf_release(&hint);
}

static void start_plugin(struct auth *a);

static const char *mode_of(const struct auth *a)
{
    return str_or(a->user->exec->interactive_mode, "IfAvailable");
}

// A plugin that may ask, and failed without a terminal or waited for something, may get it for a second try. Where there is
// no screen that would be taken away, at once.
static bool may_ask(const struct auth *a, const struct plugin_end *end)
{
    bool started = !end->why || !str_eq(end->why->msg, "not found");
    return started && isatty(0) && str_eq(mode_of(a), "IfAvailable");
}

static void plugin_ended(struct auth *a, const struct plugin_end *end)
{
    struct err err = { 0 };
    if (end->why || end->status != 0) {
        a->offered = may_ask(a, end);
        if (a->offered && !a->on_tty && !loop_has_screen(a->loop)) {
            a->ask_now = true;
            start_plugin(a);
            return;
        }
        plugin_failed(a, end->status, end->err_out, end->why, &err);
    } else {
        a->serial = end->serial;
        a->offered = !take_credential(a, end->out, &err) && a->offered;
        a->got_ms = time_mono_ms();
    }
    if (err_is(&err))
        log_warn("%s", err.msg);
    if (a->on_tty && err_is(&err)) {
        a->refused = true;
        a->why = err;
    }
    tell(a, err_is(&err) ? &err : NULL);
}

static void on_plugin_done(void *arg, const struct plugin_end *end)
{
    struct auth *a = arg;
    a->run = NULL;
    plugin_ended(a, end);
}

static bool expired(const struct auth *a)
{
    return a->expires && time_now() >= a->expires - 5;
}

// What another context's plugin, the same as this one, answered meanwhile: still of use?
static bool take_answer(struct auth *a, const struct plugin_want *w)
{
    uint64_t serial;
    const struct buf *out = plugins_answer(a->plugins, w, &serial);
    if (!out)
        return false;
    a->serial = serial;
    if (!take_credential(a, out, NULL) || expired(a))
        return false;
    a->got_ms = time_mono_ms();
    return true;
}

static void no_terminal(struct auth *a)
{
    struct err err = { 0 };
    err_set(&err, "the credential plugin %s wants a terminal (interactiveMode: Always), and standard input is none", a->user->exec->command);
    err_hint(&err, "run kview on a terminal, or log in first and let the plugin use what it keeps (interactiveMode: IfAvailable)");
    tell(a, &err);
}

// Only a plugin that demands it gets the screen at once: taking it for the others would flicker each time.
static void start_plugin(struct auth *a)
{
    const struct kube_exec *x = a->user->exec;
    ARR(char *) argv = { 0 };
    ARR(char *) env = { 0 };
    bool always = str_eq(mode_of(a), "Always"), give = isatty(0) && (always || a->ask_now);
    if (always && !give) {
        no_terminal(a);
        return;
    }
    a->ask_now = false;
    a->on_tty = give;
    arr_push(&argv, x->command);
    for (size_t i = 0; i < x->args.n; i++)
        arr_push(&argv, x->args.v[i]);
    arr_push(&argv, NULL);
    for (size_t i = 0; i < x->env.n; i++)
        arr_push(&env, x->env.v[i]);
    char *info = exec_info(a, give);
    arr_push(&env, info);
    arr_push(&env, NULL);
    struct plugin_want w = { a->loop, argv.v, env.v, give, a->serial };
    if (take_answer(a, &w))
        tell(a, NULL);
    else {
        w.have = a->serial;
        a->run = plugins_run(a->plugins, &w, on_plugin_done, a);
    }
    free(info);
    arr_release(&argv);
    arr_release(&env);
}

// ---- OIDC

static void on_oidc_done(void *arg, const char *id_token, const struct err *err)
{
    struct auth *a = arg;
    struct err why = { 0 };
    if (!err && !set_bearer(a, id_token, &why))
        err = &why;
    if (!err) {
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
        if (!set_bearer(a, id, err))
            return false;
        a->expires = exp;
        return true;
    }
    if (!a->oidc)
        a->oidc = oidc_new(a->loop, a->user->auth_provider_conf, on_oidc_done, a);
    return oidc_refresh(a->oidc, err);
}

// What was over when it came (the clocks differ, or the plugin keeps it too long) is tried for a while all the same: a plugin
// is not run for each request.
static bool needs_new(const struct auth *a)
{
    return expired(a) && time_mono_ms() - a->got_ms >= LEAST_USE_MS;
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
    if (a->have && !needs_new(a)) {
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
    a->refused = a->waits = false;
    a->ask_now |= a->offered;
    a->offered = false;
    a->again_ms = 0;
}
