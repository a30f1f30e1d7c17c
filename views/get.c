#include "views/get.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "list/ctx.h"
#include "views/host.h"
#include "views/pager.h"
#include "views/rowlink.h"
#include "views/yaml.h"

enum { MAX_BODY = 32 << 20, MAX_TREE = 64 << 20, HEALTH_MS = 10000, MAX_ASKED = 3, LEASE_LATE_S = 60 };

struct rawget;
struct answer { // to one request
    struct rawget *view;
    const char *path;
    struct client_stream *stream; // under way
    struct buf body, head; // head: of http, the status line and the headers
    struct err err;
    int64_t ms;
    int status;
    bool done;
};
struct rawget {
    struct pager p;
    char *path; // of `get` and `http`, else NULL
    bool http;
    struct answer answers[MAX_ASKED];
    size_t n;
    struct loop_timer *timer; // health asks again
    bool managed;
};

// https://kubernetes.io/docs/reference/using-api/health-checks/
enum { ASK_READY, ASK_LEASES, ASK_LIVE };
static const char *const health_paths[MAX_ASKED] = { "/readyz?verbose",
    "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases", "/livez?verbose" };

static void line(struct text *out, style_t style, const char *s)
{
    text_span(text_add(out, s), 0, strlen(s), style);
}

// "[+]etcd ok", "[-]etcd failed: reason withheld". Of some forty hooks that ran at the start only those that
// failed are worth a line.
static void put_checks(struct text *out, const char *body)
{
    size_t hooks = 0;
    while (*body) {
        size_t n = strcspn(body, "\n");
        bool ok = str_starts(body, "[+]");
        char *check = xasprintf("  %s %.*s", ok ? "✓" : "✗", (int)n - 3, body + 3);
        if (str_starts(body, "[+]poststarthook/"))
            hooks++;
        else if (ok || str_starts(body, "[-]"))
            line(out, ok ? ROLE_OK : ROLE_BAD, check);
        free(check);
        body += n + (body[n] == '\n');
    }
    char *rest = xasprintf("  ✓ %zu hooks of the start", hooks);
    if (hooks)
        line(out, ROLE_DIM, rest);
    free(rest);
}

static void put_lease(struct text *out, const json_t *lease, int64_t now)
{
    const char *name = json_str(lease, "metadata", "name", NULL);
    const char *component =
        json_str(lease, "metadata", "labels", "apiserver.kubernetes.io/identity", NULL);
    if (str_starts(name, "apiserver-") && !*component)
        return;
    int64_t renewed = json_time(lease, "spec", "renewTime", NULL);
    char age[HUMAN_DURATION_MAX];
    human_age(now, renewed, age);
    char *text = xasprintf("  %-44s renewed %s ago by %s", name, age,
        str_or(json_str(lease, "spec", "holderIdentity", NULL), "<nobody>"));
    line(out, now - renewed > LEASE_LATE_S ? ROLE_BAD : ROLE_OK, text);
    free(text);
}

static void put_leases(struct text *out, const char *body)
{
    json_t *doc = json_loads(body, 0, NULL), *lease;
    size_t i;
    int64_t now = time_now();
    json_array_foreach (json_object_get(doc, "items"), i, lease)
        put_lease(out, lease, now);
    json_decref(doc);
}

static void build_health(struct rawget *g, struct text *out)
{
    static const char *const titles[MAX_ASKED] = { "API server and etcd: ready?",
        "Leaders (a lease renewed long ago: its component is down)", "API server: alive?" };
    const struct client_info *info = client_info(g->p.v.ctx->client);
    char *head = xasprintf("%s  %s", info->server, *info->version ? info->version : "");
    line(out, ROLE_TEXT, head);
    free(head);
    for (size_t i = 0; i < g->n; i++) {
        const struct answer *a = &g->answers[i];
        pager_heading(out, titles[i]);
        if (!a->done && !a->body.n)
            line(out, ROLE_INFO, "  ◐ asking …");
        else if (err_is(&a->err))
            line(out, ROLE_BAD, a->err.msg);
        else if (i == ASK_LEASES)
            put_leases(out, a->body.s);
        else
            put_checks(out, a->body.s);
    }
}

static void build_get(struct rawget *g, struct text *out)
{
    const struct answer *a = &g->answers[0];
    struct yaml_opts yo = { .managed_fields = g->managed };
    if (!a->done) {
        line(out, ROLE_INFO, "◐ loading …");
        return;
    }
    if (err_is(&a->err)) {
        line(out, ROLE_BAD, a->err.msg);
        return;
    }
    json_t *doc = json_parse(a->body.s, a->body.n, MAX_TREE, NULL);
    if (doc && (json_is_object(doc) || json_is_array(doc)))
        yaml_text(doc, &yo, out);
    for (char *p = a->body.s; !doc && p && *p;) { // text: /metrics, /readyz, a log
        char *nl = strchr(p, '\n');
        char *one = xstrndup(p, nl ? (size_t)(nl - p) : strlen(p));
        text_add(out, one);
        free(one);
        p = nl ? nl + 1 : NULL;
    }
    json_decref(doc);
}

static void put_lines(struct text *out, const char *p, style_t style)
{
    while (*p) {
        size_t n = strcspn(p, "\n");
        char *one = xstrndup(p, n);
        text_span(text_add(out, one), 0, n, style);
        free(one);
        p += n + (p[n] == '\n');
    }
}

// The API server's own refusal, in words: what was asked never answered.
static void put_refusal(const struct answer *a, struct text *out)
{
    json_t *doc = a->status < 400 ? NULL : json_parse(a->body.s, a->body.n, MAX_TREE, NULL);
    const char *message = json_str(doc, "message", NULL);
    struct buf clean = BUF_INIT;
    if (str_eq(json_str(doc, "kind", NULL), "Status") && *message) {
        buf_puts(&clean, "the API server: ");
        utf8_sanitise(&clean, message, strlen(message));
        line(out, ROLE_BAD, clean.s);
    }
    buf_release(&clean);
    json_decref(doc);
}

static void build_http(struct rawget *g, struct text *out)
{
    const struct answer *a = &g->answers[0];
    if (!a->done) {
        line(out, ROLE_INFO, "◐ waiting for the answer …");
        return;
    }
    if (!a->head.n) { // none came at all
        line(out, ROLE_BAD, a->err.msg);
        return;
    }
    char *sum = xasprintf("%lld ms, %zu bytes", (long long)a->ms, a->body.n);
    size_t first = strcspn(a->head.s, "\n");
    char *status = xstrndup(a->head.s, first);
    line(out, a->status < 400 ? ROLE_OK : ROLE_BAD, status);
    line(out, ROLE_DIM, sum);
    put_refusal(a, out);
    put_lines(out, a->head.s + first + (a->head.s[first] == '\n'), ROLE_KEY);
    line(out, ROLE_TEXT, "");
    put_lines(out, a->body.n ? a->body.s : "", ROLE_TEXT);
    free(status);
    free(sum);
}

static void rebuild(struct rawget *g)
{
    struct text fresh;
    text_init(&fresh);
    if (g->http)
        build_http(g, &fresh);
    else if (g->path)
        build_get(g, &fresh);
    else
        build_health(g, &fresh);
    pager_replace(&g->p, &fresh);
}

static bool on_data(void *arg, const char *data, size_t n)
{
    struct answer *a = arg;
    buf_add(&a->body, data, n);
    return a->body.n <= MAX_BODY;
}

static void on_head(void *arg, const struct http_head *head)
{
    struct answer *a = arg;
    buf_clear(&a->head);
    buf_puts(&a->head, head->lines);
    a->status = head->status;
}

static void on_done(void *arg, const struct http_result *res)
{
    struct answer *a = arg;
    a->stream = NULL;
    a->done = true;
    a->ms = res->ms;
    err_clear(&a->err);
    if (!res->ok && !(a->view->http && a->head.n))
        a->err = res->err;
    rebuild(a->view);
}

static void ask_all(void *arg)
{
    static const struct http_handlers h = {
        .on_head = on_head, .on_data = on_data, .on_done = on_done
    };
    struct rawget *g = arg;
    for (size_t i = 0; i < g->n; i++) {
        struct answer *a = &g->answers[i];
        if (a->stream)
            continue;
        struct http_opts o = { .method = "GET",
            .path = a->path,
            .gzip = !g->http,
            .any_status = g->http,
            .max_bytes = MAX_BODY,
            .accept = g->path && !g->http ? "application/json, */*" : "*/*" };
        buf_clear(&a->body);
        a->stream = client_stream_open(g->p.v.ctx->client, &o, &h, a);
    }
}

static void rawget_show(struct view *v, bool shown)
{
    struct rawget *g = (struct rawget *)v;
    if (!shown) {
        loop_timer_stop(g->timer);
        return;
    }
    if (!g->answers[0].done)
        ask_all(g);
    if (!g->path)
        loop_timer_start(g->timer, HEALTH_MS, HEALTH_MS);
    rebuild(g);
}

static void rawget_free(struct view *v)
{
    struct rawget *g = (struct rawget *)v;
    for (size_t i = 0; i < g->n; i++) {
        if (g->answers[i].stream)
            client_stream_close(g->answers[i].stream);
        buf_release(&g->answers[i].body);
        buf_release(&g->answers[i].head);
    }
    loop_timer_free(g->timer);
    pager_release(&g->p);
    free(g->path);
    view_release(v);
    free(g);
}

static bool rawget_command(struct view *v, const struct call *call, struct err *err)
{
    struct rawget *g = (struct rawget *)v;
    if (str_eq(call->name, "refresh")) {
        ask_all(g);
        return true;
    }
    if (str_eq(call->name, "managed-fields")) {
        g->managed = !g->managed;
        rebuild(g);
        return true;
    }
    return pager_command(&g->p, call, err);
}

static void rawget_status(struct view *v, struct view_status *out)
{
    struct rawget *g = (struct rawget *)v;
    out->fresh = FRESH_LIVE;
    for (size_t i = 0; i < g->n; i++) {
        if (!g->answers[i].done)
            out->fresh = FRESH_LOADING;
        else if (err_is(&g->answers[i].err) && out->fresh == FRESH_LIVE)
            out->fresh = g->answers[i].err.code == 403 ? FRESH_FORBIDDEN : FRESH_FAILED;
    }
    if (out->fresh == FRESH_LIVE)
        snprintf(out->text, sizeof(out->text), "%lld ms", (long long)g->answers[0].ms);
    else
        snprintf(
            out->text, sizeof(out->text), "%s", out->fresh == FRESH_LOADING ? "loading" : "failed");
}

static const char *const keys[] = { "back", "filter-prompt", "search-next", "fold", "fold-all",
    "wrap", "managed-fields", "refresh", "copy", "save", "help", NULL };

static bool rawget_applies(struct view *v, const char *command)
{
    const struct rawget *g = (struct rawget *)v;
    if (str_eq(command, "managed-fields"))
        return g->path && !g->http;
    return pager_applies(v, command);
}

static const struct view_ops ops = {
    .mode = "text",
    .free = rawget_free,
    .paint = pager_paint,
    .command = rawget_command,
    .applies = rawget_applies,
    .status = rawget_status,
    .insight = pager_insight,
    .show = rawget_show,
    .mouse = pager_mouse,
    .save = pager_save,
    .keys = keys,
};

static struct rawget *new_view(
    struct host *host, struct ctx *cx, const struct spec *s, const char *title)
{
    struct rawget *g = xcalloc(1, sizeof(*g));
    struct buf text = BUF_INIT;
    spec_text(s, &text);
    view_init(&g->p.v, &ops, cx, text.s, title);
    buf_release(&text);
    pager_init(&g->p, host);
    g->timer = loop_timer_new(host->loop, ask_all, g);
    for (size_t i = 0; i < MAX_ASKED; i++) {
        g->answers[i].view = g;
        buf_init(&g->answers[i].body);
        buf_init(&g->answers[i].head);
    }
    return g;
}

struct view *rawget_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    // a path begins like a filter, and the parser takes it for one
    if (s->rest || !s->filter || strpbrk(s->filter, " \t\r\n")) {
        err_set(err,
            "get wants a path of the API: get /version, get /apis/apps/v1/deployments?limit=5");
        return NULL;
    }
    char *path = xasprintf("/%s", s->filter);
    struct rawget *g = new_view(host, cx, s, path);
    g->path = path;
    g->answers[0].path = g->path;
    g->n = 1;
    return &g->p.v;
}

// "svc/web:80/path", "pod/web-0:8080", "https:svc/web:443/": to the path of the proxy subresource.
// https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
static char *proxy_path(struct host *host, const struct ctx *cx, const struct spec *s,
    const char *target, struct err *err)
{
    bool tls = str_starts(target, "https:");
    target += tls ? 6 : 0;
    const char *slash = strchr(target, '/'), *rest = slash ? slash + 1 : target;
    char *word = slash ? xstrndup(target, (size_t)(slash - target)) : xstrdup("");
    const struct kind *kind = kind_find(word);
    size_t n = strcspn(rest, ":/?");
    struct buf path = BUF_INIT;
    free(word);
    if (!kind || !n ||
        (!str_eq(kind->gvr.resource, "services") && !str_eq(kind->gvr.resource, "pods"))) {
        err_set(err,
            "http goes to a Service or a Pod: http GET svc/web:80/path, http GET pod/web-0:8080/");
        return NULL;
    }
    struct buf name = BUF_INIT;
    buf_printf(&name, "%s%.*s", tls ? "https:" : "", (int)n, rest);
    rest += n;
    if (*rest == ':') {
        n = strcspn(rest, "/?");
        buf_add(&name, rest, n);
        rest += n;
    } else if (tls) {
        buf_putc(&name, ':'); // of https:NAME:PORT the port may be empty, its colon not
    }
    gvr_path(&path, &kind->gvr, s->ns ? s->ns : view_one_ns(host, cx), name.s);
    buf_release(&name);
    buf_printf(&path, "/proxy%s%s", *rest == '/' ? "" : "/", rest);
    return buf_take(&path);
}

struct view *http_get_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    const char *target = str_or(s->rest, "");
    char *path = NULL;
    if (str_starts(target, "GET "))
        target += 4;
    if (strchr(target, ' '))
        err_set(err, "only GET is sent: http GET svc/web:80/path");
    else
        path = proxy_path(host, cx, s, target, err);
    if (!path)
        return NULL;
    char *ns = xstrdup(s->ns ? s->ns : view_one_ns(host, cx));
    struct rawget *g = new_view(host, cx, s, target);
    g->http = true;
    g->p.v.ns = ns;
    g->path = path;
    g->answers[0].path = path;
    g->n = 1;
    return &g->p.v;
}

struct view *health_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    (void)err;
    struct rawget *g = new_view(host, cx, s, "Control plane");
    for (size_t i = 0; i < MAX_ASKED; i++)
        g->answers[i].path = health_paths[i];
    g->n = MAX_ASKED;
    return &g->p.v;
}
