#include "app/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/app.h"
#include "app/command.h"
#include "app/config.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "base/xdg.h"
#include "client/auth.h"
#include "client/client.h"
#include "client/kubeconfig.h"
#include "client/metrics.h"

enum { STEP_MS = 20000, OLDEST_MINOR = 27 };

struct check {
    struct loop *loop;
    struct client *client;
    struct kube_target target;
    const char *ns;
    bool bad, noted, done, color;
    char *said; // the failure told last: once is enough
    json_t *doc;
    struct http_result res;
};

static void line(struct check *c, const char *mark, const char *color, const char *step, const char *text)
{
    struct buf clean = BUF_INIT; // names, versions and words of the server, in a terminal
    utf8_sanitise(&clean, text, strlen(text));
    printf("%s%s%s %-12s %s\n", c->color ? color : "", mark, c->color ? "\033[0m" : "", step, clean.s);
    buf_release(&clean);
}

static void ok(struct check *c, const char *step, const char *text)
{
    line(c, "ok  ", "\033[32m", step, text);
}

static void warn(struct check *c, const char *step, const char *text)
{
    c->noted = true;
    line(c, "note", "\033[33m", step, text);
}

static void fail(struct check *c, const char *step, const struct err *err)
{
    struct buf hint = BUF_INIT;
    c->bad = true;
    if (str_eq(c->said, err->msg))
        return;
    free(c->said);
    c->said = xstrdup(err->msg);
    line(c, "FAIL", "\033[31m", step, err->msg);
    for (const char *p = err->hint; *p; p += strspn(p, "\n")) { // an installHint has lines
        size_t n = strcspn(p, "\n");
        buf_clear(&hint);
        utf8_sanitise(&hint, p, n);
        printf("%17s %s %s\n", "", p == err->hint ? "→" : " ", hint.s);
        p += n;
    }
    buf_release(&hint);
}

static void on_answer(void *arg, json_t *doc, const struct http_result *res)
{
    struct check *c = arg;
    json_decref(c->doc);
    c->doc = json_incref(doc);
    c->res = *res;
    c->done = true;
}

static bool answered(struct check *c)
{
    while (!c->done && loop_run_once(c->loop, true))
        ;
    return c->res.ok;
}

static bool ask(struct check *c, const char *path)
{
    struct http_opts o = { .method = "GET", .path = path, .timeout_ms = STEP_MS };
    c->done = false;
    client_call(c->client, &o, on_answer, c);
    return answered(c);
}

static void check_version(struct check *c)
{
    char text[200];
    const char *v = json_str(c->doc, "gitVersion", NULL);
    int minor = atoi(json_str(c->doc, "minor", NULL));
    snprintf(text, sizeof(text), "Kubernetes %s, answered in %lld ms", v, (long long)c->res.ms);
    if (minor && minor < OLDEST_MINOR) {
        struct err err;
        err_set(&err, "Kubernetes %s is older than 1.%d", v, OLDEST_MINOR);
        err_hint(&err, "most of kview works; what the server lacks says so");
        warn(c, "server", err.msg);
    } else {
        ok(c, "server", text);
    }
}

// False: nothing else would be answered either.
static bool check_who(struct check *c)
{
    char text[400];
    c->done = false;
    client_who(c->client, STEP_MS, on_answer, c);
    if (answered(c)) {
        snprintf(text, sizeof(text), "you are %s", json_str(c->doc, "status", "userInfo", "username", NULL));
        ok(c, "login", text);
    } else if (c->res.status == 401 || !c->res.status) {
        fail(c, "login", &c->res.err);
        return false;
    } else {
        warn(c, "login", "the server does not tell who you are");
    }
    return true;
}

static void check_rights(struct check *c)
{
    static const struct {
        const char *what;
        struct gvr gvr;
        bool in_ns;
    } lists[] = { { "list pods in all namespaces", { "", "v1", "pods", true }, false },
        { "list pods", { "", "v1", "pods", true }, true },
        { "list nodes", { "", "v1", "nodes", false }, false },
        { "list namespaces", { "", "v1", "namespaces", false }, false } };
    bool any = false;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        char text[400];
        struct buf path = BUF_INIT;
        gvr_path(&path, &lists[i].gvr, lists[i].in_ns ? c->ns : NULL, NULL);
        buf_puts(&path, "?limit=1");
        snprintf(text, sizeof(text), "%s%s%s", lists[i].what, lists[i].in_ns ? " in " : "", lists[i].in_ns ? c->ns : "");
        if (ask(c, path.s)) {
            any = true;
            ok(c, "rights", text);
        } else if (c->res.status == 403) {
            char no[500];
            snprintf(no, sizeof(no), "you may not %s", text);
            warn(c, "rights", no);
        } else {
            fail(c, "rights", &c->res.err);
        }
        buf_release(&path);
    }
    if (!any)
        warn(c, "rights", "try `kview -n NAMESPACE` with a namespace that is yours");
}

static void check_discovery(struct check *c)
{
    int64_t end = time_mono_ms() + STEP_MS;
    char text[400];
    while (!client_discovery(c->client) && time_mono_ms() < end && loop_run_once(c->loop, true))
        ;
    const struct discovery *d = client_discovery(c->client);
    if (!d) {
        warn(c, "resources", "the server did not list its resources");
        return;
    }
    snprintf(text, sizeof(text), "%zu resources%s", d->resources.n,
        d->aggregated ? "" : " (listed group by group: an old server)");
    ok(c, "resources", text);
    for (size_t i = 0; i < d->stale.n; i++) {
        snprintf(text, sizeof(text), "%s does not answer as an API server does: what it serves is missing", d->stale.v[i]);
        warn(c, "resources", text);
    }
    if (ask(c, "/apis/metrics.k8s.io/v1beta1/nodes?limit=1"))
        ok(c, "metrics", "CPU and memory are measured");
    else
        warn(c, "metrics", c->res.status == 403   ? "you may not read metrics.k8s.io: CPU and MEM stay empty"
                           : c->res.status == 404 ? "no metrics server: CPU and MEM stay empty"
                                                  : "the metrics server does not answer: CPU and MEM stay empty");
}

static void check_terminal(struct check *c)
{
    struct winsize ws;
    char text[200];
    const char *term = str_or(getenv("TERM"), "");
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) != 0) {
        line(c, "    ", "", "terminal", "the output is not a terminal"); // no fault
        return;
    }
    snprintf(text, sizeof(text), "TERM=%s, %dx%d", term, ws.ws_col, ws.ws_row);
    if (!*term || str_eq(term, "dumb"))
        warn(c, "terminal", "TERM is not set: the full screen needs it");
    else
        ok(c, "terminal", text);
}

// The user's own files: what is wrong in them is left out by kview, and said here in full.
static void check_files(struct check *c)
{
    struct buf problems = BUF_INIT, text = BUF_INIT;
    struct err err;
    struct config *config = config_load(&problems);
    struct keymap *keys = keymap_new(command_known);
    char *own = xdg_config("keys"), *save = NULL;
    keymap_load_builtin(keys, str_or(config_text(config, "keymap"), "default"), &problems);
    config_hotkeys(config, keys, &problems);
    if (access(own, F_OK) == 0 && file_read(own, 1 << 20, &text, &err))
        keymap_load(keys, own, text.s, &problems);
    for (char *p = problems.s, *line; problems.n && (line = strtok_r(p, "\n", &save)); p = NULL)
        warn(c, "files", line);
    free(own);
    buf_release(&problems);
    buf_release(&text);
    keymap_free(keys);
    config_free(config);
}

static bool check_config(struct check *c, const struct app_opts *o, struct kubeconfig **kc)
{
    struct err err = { 0 };
    char text[1024];
    *kc = kubeconfig_load(o->kubeconfig, &err);
    if (!*kc) {
        fail(c, "kubeconfig", &err);
        return false;
    }
    for (size_t i = 0; i < (*kc)->files.n; i++)
        ok(c, "kubeconfig", (*kc)->files.v[i]);
    for (size_t i = 0; i < (*kc)->warnings.n; i++)
        warn(c, "kubeconfig", (*kc)->warnings.v[i]);
    if ((*kc)->in_cluster)
        ok(c, "kubeconfig", "in-cluster service account");
    if (!kubeconfig_resolve(*kc, o->context, &c->target, &err)) {
        fail(c, "context", &err);
        return false;
    }
    snprintf(text, sizeof(text), "%s (one of %zu)", c->target.context->name, (*kc)->contexts.n);
    ok(c, "context", text);
    snprintf(text, sizeof(text), "%s%s", c->target.cluster->server,
        c->target.cluster->insecure ? "  — TLS IS NOT VERIFIED (insecure-skip-tls-verify)" : "");
    (c->target.cluster->insecure ? warn : ok)(c, "cluster", text);
    return true;
}

int check_view_run(struct loop *loop, const struct app_opts *o)
{
    struct check c = { .loop = loop, .color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") };
    struct kubeconfig *kc = NULL;
    struct err err = { 0 };
    char text[400];
    check_files(&c);
    if (check_config(&c, o, &kc)) {
        c.ns = o->ns ? o->ns : c.target.ns;
        c.client = client_new(loop, kc, &c.target, &err);
        if (!c.client) {
            fail(&c, "cluster", &err);
        } else {
            auth_describe(client_auth(c.client), text, sizeof(text));
            ok(&c, "credentials", text);
            if (ask(&c, "/version")) {
                check_version(&c);
                if (check_who(&c)) {
                    check_rights(&c);
                    check_discovery(&c);
                }
            } else {
                fail(&c, "server", &c.res.err);
            }
        }
    }
    check_terminal(&c);
    json_decref(c.doc);
    client_free(c.client);
    kubeconfig_free(kc);
    free(c.said);
    printf("%s\n", c.bad     ? "kview cannot work like this: see FAIL above."
                   : c.noted ? "kview works; what is marked note will be missed."
                             : "All is well.");
    return c.bad ? 1 : 0;
}
