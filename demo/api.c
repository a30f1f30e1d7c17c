#include "demo/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/faults.h"
#include "demo/protobuf.h"
#include "demo/status.h"
#include "demo/wsock.h"

struct site {
    struct cluster *cl;
    int port;
};
struct api {
    struct server *server;
    struct faults *faults;
    ARR(struct site) sites;
};

void reply_json(struct req *rq, int code, json_t *doc)
{
    struct buf b = BUF_INIT;
    const char *agent = req_header(rq, "User-Agent"), *pretty = req_query(rq, "pretty");
    bool wide = pretty ? str_eq(pretty, "true") || str_eq(pretty, "1")
                       : agent && (str_starts(agent, "curl") || str_starts(agent, "Wget") ||
                                      str_starts(agent, "Mozilla/5.0"));
    char *s = json_dumps(doc, wide ? JSON_INDENT(2) : JSON_COMPACT);
    buf_puts(&b, s ? s : "null");
    buf_putc(&b, '\n');
    free(s);
    json_decref(doc);
    req_reply(rq, code, "application/json", &b);
}

void reply_status(struct req *rq, json_t *status)
{
    int code = status_code(status);
    reply_json(rq, code, status);
}

void reply_text(struct req *rq, int code, const char *text)
{
    struct buf b = BUF_INIT;
    buf_puts(&b, text);
    req_reply_header(rq, "X-Content-Type-Options", "nosniff");
    req_reply(rq, code, "text/plain; charset=utf-8", &b);
}

static void reply_as_table(struct call *c, int code, json_t *tree, const char *text)
{
    struct buf b = BUF_INIT;
    char meta[64];
    snprintf(meta, sizeof(meta), "{\"resourceVersion\":\"%s\"}",
        json_str(tree, "metadata", "resourceVersion", NULL));
    table_begin(&b, c->rt, meta, true);
    struct table_opts o = { c->include, true, sim_now(c->cl->sim) };
    table_row(&b, c->rt, tree, text, &o);
    table_end(&b);
    req_reply(c->rq, code, "application/json", &b);
}

void reply_object(struct call *c, int code, json_t *tree)
{
    bool table =
        c->form == FORM_TABLE && str_eq(json_str(tree, "kind", NULL), c->rt->kind) && c->rt->row;
    if (!table && c->form != FORM_PARTIAL) {
        reply_json(c->rq, code, json_incref(tree));
        return;
    }
    char *text = json_dumps(tree, JSON_COMPACT);
    if (table) {
        reply_as_table(c, code, tree, text);
    } else {
        reply_json(c->rq, code,
            json_pack("{s:s,s:s,s:O}", "kind", "PartialObjectMetadata", "apiVersion",
                "meta.k8s.io/v1", "metadata", json_object_get(tree, "metadata")));
    }
    free(text);
}

// ["", "api", "v1", ...] of a path; the parts point into `copy`.
struct path {
    char copy[2048];
    const char *part[12];
    size_t n;
};

static bool path_split(struct path *p, const char *path)
{
    if (strlen(path) >= sizeof(p->copy))
        return false;
    snprintf(p->copy, sizeof(p->copy), "%s", path);
    p->n = 0;
    for (char *s = p->copy; *s && p->n < ARRAY_SIZE(p->part);) {
        s += *s == '/';
        if (!*s)
            break;
        p->part[p->n++] = s;
        s += strcspn(s, "/");
        if (*s)
            *s++ = '\0';
    }
    return true;
}

static bool name_at(const struct path *p, size_t i, const char **out)
{
    *out = i < p->n ? p->part[i] : "";
    return i < p->n;
}

// Fills ns, rt, name, sub. False: no such resource.
static bool resolve(struct call *c, const struct path *p)
{
    bool core = str_eq(p->part[0], "api");
    size_t at = core ? 2 : 3;
    if (p->n <= at)
        return false;
    const char *group = core ? "" : p->part[1], *version = p->part[at - 1];
    bool under_ns = str_eq(p->part[at], "namespaces") && p->n >= at + 3 &&
                    !str_eq(p->part[at + 2], "status") && !str_eq(p->part[at + 2], "finalize");
    if (under_ns) {
        c->ns = p->part[at + 1];
        at += 2;
    }
    c->rt = kinds_find(c->cl->kinds, group, version, p->part[at]);
    name_at(p, at + 1, &c->name);
    name_at(p, at + 2, &c->sub);
    return c->rt && rtype_ns(c->rt) == under_ns ? true : c->rt && rtype_ns(c->rt) && !*c->name;
}

static bool truthy(const char *s)
{
    return s && (!*s || str_eq(s, "1") || str_eq(s, "true"));
}

static const char *verb_of(const struct call *c)
{
    const char *m = c->info->method;
    bool named = *c->name != '\0';
    if (str_eq(m, "GET") || str_eq(m, "HEAD"))
        return named ? "get" : truthy(req_query(c->rq, "watch")) ? "watch" : "list";
    if (str_eq(m, "POST"))
        return "create";
    if (str_eq(m, "PUT"))
        return "update";
    if (str_eq(m, "PATCH"))
        return "patch";
    if (str_eq(m, "DELETE"))
        return named ? "delete" : "deletecollection";
    return "";
}

// The verbs of a subresource, "get,patch,update=Kind…"; NULL: there is none of that name.
static const char *sub_verbs(const struct rtype *rt, const char *sub)
{
    size_t n = strlen(sub);
    if ((str_eq(sub, "status") && (rt->flags & R_STATUS)) || (str_eq(sub, "scale") && (rt->flags & R_SCALE)))
        return "get,patch,update=";
    for (const char *s = rt->subs; s && *s;) {
        if (strncmp(s, sub, n) == 0 && s[n] == ':')
            return s + n + 1;
        s += strcspn(s, ";");
        s += *s == ';';
    }
    return NULL;
}

static bool sub_known(const struct rtype *rt, const char *sub)
{
    return !*sub || sub_verbs(rt, sub);
}

static bool sub_allows(const struct rtype *rt, const char *sub, const char *verb)
{
    size_t n = strlen(verb);
    for (const char *s = *sub ? sub_verbs(rt, sub) : NULL; s; s = *s == ',' ? s + 1 : NULL) {
        size_t len = strcspn(s, ",=");
        if (len == n && strncmp(s, verb, n) == 0)
            return true;
        s += len;
    }
    return !*sub;
}

// The groups that the API server itself serves answer what they do not know with a Status.
static bool builtin_group(const char *group)
{
    for (size_t i = 0; i < builtin_type_count; i++) {
        if (str_eq(builtin_types[i].group, group) && !(builtin_types[i].flags & R_VIRTUAL))
            return true;
    }
    return false;
}

static void not_found_path(struct req *rq)
{
    reply_text(rq, 404, "404 page not found\n");
}

// POST goes to a collection or a subresource, PUT and PATCH to an object; a log is only read.
static bool fits_path(const struct call *c)
{
    bool named = *c->name != '\0';
    if (str_eq(c->verb, "create"))
        return !named || *c->sub;
    if (str_eq(c->verb, "update") || str_eq(c->verb, "patch"))
        return named && !str_eq(c->sub, "log") && !str_eq(c->sub, "eviction");
    return !str_eq(c->sub, "eviction");
}

static void dispatch(struct call *c)
{
    static const struct {
        const char *verb;
        void (*fn)(struct call *c);
    } verbs[] = { { "get", verb_get }, { "list", verb_list }, { "watch", verb_watch },
        { "create", verb_create }, { "update", verb_update }, { "patch", verb_patch },
        { "delete", verb_delete }, { "deletecollection", verb_delete_collection } };
    bool read = str_eq(c->verb, "get") || str_eq(c->verb, "list");
    if (c->rt->flags & R_REVIEW && str_eq(c->verb, "create")) {
        review_create(c);
        return;
    }
    if (c->rt->flags & R_VIRTUAL && read) {
        metrics_get(c);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(verbs) && !(c->rt->flags & (R_REVIEW | R_VIRTUAL)); i++) {
        if (str_eq(verbs[i].verb, c->verb) && fits_path(c)) {
            verbs[i].fn(c);
            return;
        }
    }
    reply_status(c->rq, status_no_method());
}

// What typed Go clients send in protobuf is handled as the JSON that it stands for.
static void dispatch_json(struct call *c)
{
    const struct buf *body = c->info->body;
    struct err err = { 0 };
    if (!protobuf_is(body->s, body->n)) {
        dispatch(c);
        return;
    }
    json_t *doc = protobuf_decode(body->s, body->n, &err);
    if (!doc) {
        reply_status(c->rq, status_new(415, "UnsupportedMediaType", "%s", err.msg));
        return;
    }
    struct buf text = BUF_INIT;
    char *s = json_dumps(doc, JSON_COMPACT);
    buf_puts(&text, s);
    struct req_info info = *c->info;
    info.body = &text;
    c->info = &info;
    dispatch(c);
    buf_release(&text);
    free(s);
    json_decref(doc);
}

static bool negotiate(struct call *c)
{
    const char *include = req_query(c->rq, "includeObject");
    c->form = form_of_accept(req_header(c->rq, "Accept"));
    c->include = str_eq(include, "None")     ? INCLUDE_NONE
                 : str_eq(include, "Object") ? INCLUDE_OBJECT
                                             : INCLUDE_METADATA;
    if (c->form == FORM_TABLE && include && *include && c->include == INCLUDE_METADATA &&
        !str_eq(include, "Metadata")) {
        reply_status(c->rq,
            status_bad_request("Unable to convert to Table as requested: includeObject: Invalid "
                               "value: \"%s\": must be 'Metadata', 'Object', 'None', or empty",
                include));
        return false;
    }
    if (c->form != FORM_NONE)
        return true;
    reply_status(c->rq, status_generic(406, "NotAcceptable",
                            "406: Not Acceptable\n\nAvailable representations: application/json, "
                            "application/yaml, application/vnd.kubernetes.protobuf%s",
                            *c->name ? ""
                                     : ", application/json;stream=watch, "
                                       "application/vnd.kubernetes.protobuf;stream=watch"));
    return false;
}

static bool dead_api(const struct cluster *cl, const struct path *p)
{
    return str_eq(cl->name, "staging") && p->n >= 3 && str_eq(p->part[1], "custom.metrics.k8s.io");
}

// What is asked for, also of a resource that is not there: rights come first.
static struct access access_of(const struct call *c, const struct path *p)
{
    bool core = str_eq(p->part[0], "api");
    size_t at = (core ? 2 : 3) + (*c->ns ? 2 : 0);
    struct access a = { c->verb, core || p->n < 2 ? "" : p->part[1], "", c->sub, c->ns, c->name,
        NULL };
    name_at(p, at, &a.resource);
    if (core && str_eq(a.resource, "namespaces"))
        a.ns = c->name; // the namespace of a namespace is itself
    return a;
}

// Since 1.35 who opens a WebSocket needs the right to create as well (subresources.go, ensureAuthorizedForVerb).
static bool may_create(struct call *c)
{
    struct access access = { "create", "", c->rt->plural, c->sub, c->ns, c->name, NULL };
    if (authz_allowed(c->cl, c->user, &access))
        return true;
    json_t *s = status_new(403, "Forbidden", "%s \"%s\" is forbidden: ", c->rt->plural, c->name);
    status_details(s, c->rt, c->name);
    reply_status(c->rq, s);
    return false;
}

const char *sub_upgrade(struct call *c, const char *const *known, json_t *error)
{
    bool asked = wsock_asked(c->rq) && str_eq(c->verb, "get");
    const char *protocol = wsock_protocol(c->rq, known);
    struct buf none = BUF_INIT;
    if (asked && !may_create(c)) {
        json_decref(error);
        return NULL;
    }
    if (error || !asked)
        reply_status(c->rq, error ? error : status_bad_request("Upgrade request required"));
    else if (!protocol)
        req_reply(c->rq, 403, NULL, &none);
    return error || !asked ? NULL : protocol;
}

// Subresources that are no objects.
static bool serve_sub(struct call *c)
{
    static const struct {
        const char *sub;
        void (*serve)(struct call *c);
    } subs[] = { { "exec", exec_serve }, { "attach", exec_serve }, { "portforward", portforward_serve },
        { "proxy", proxy_serve } };
    bool open = str_eq(c->verb, "get") || str_eq(c->verb, "create");
    for (size_t i = 0; i < ARRAY_SIZE(subs); i++) {
        if (!str_eq(subs[i].sub, c->sub) || !(open || str_eq(c->sub, "proxy")))
            continue;
        subs[i].serve(c);
        return true;
    }
    return false;
}

static void serve_resource(struct api *a, struct call *c, const struct path *p)
{
    (void)a;
    if (dead_api(c->cl, p)) {
        reply_text(c->rq, 503, "service unavailable\n");
        return;
    }
    bool found = resolve(c, p) && sub_known(c->rt, c->sub);
    c->verb = verb_of(c);
    struct access access = access_of(c, p);
    if (!authz_allowed(c->cl, c->user, &access) &&
        !(found && (c->rt->flags & R_REVIEW) && strncmp(c->rt->plural, "selfsubject", 11) == 0)) {
        reply_status(c->rq, authz_forbidden(c->user, &access));
        return;
    }
    if (!found) {
        bool core = str_eq(p->part[0], "api");
        if (p->n > 2 && builtin_group(core ? "" : p->part[1]))
            reply_status(c->rq, status_no_resource());
        else
            not_found_path(c->rq);
        return;
    }
    if (!sub_allows(c->rt, c->sub, c->verb)) {
        reply_status(c->rq, status_no_method());
        return;
    }
    if (str_eq(c->rt->plural, "endpoints") && !*c->rt->group)
        req_reply_header(c->rq, "Warning",
            "299 - \"v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 "
            "EndpointSlice\"");
    if (!serve_sub(c) && negotiate(c))
        dispatch_json(c);
}

static void serve_health(struct req *rq, const char *path)
{
    static const char *const checks[] = { "ping", "log", "etcd",
        "poststarthook/start-apiserver-admission-initializer",
        "poststarthook/generic-apiserver-start-informers",
        "poststarthook/priority-and-fairness-config-consumer",
        "poststarthook/start-kube-aggregator-informers",
        "poststarthook/apiservice-status-local-available-controller",
        "poststarthook/rbac/bootstrap-roles", "autoregister-completion" };
    const char *name = strchr(path + 1, '/');
    if (name || !req_query(rq, "verbose")) {
        reply_text(rq, 200, "ok");
        return;
    }
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
        buf_printf(&b, "[+]%s ok\n", checks[i]);
    buf_printf(&b, "%s check passed\n", path + 1);
    reply_text(rq, 200, b.s);
    buf_release(&b);
}

static void serve_version(struct req *rq)
{
    reply_json(rq, 200,
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "major", "1", "minor", "35",
            "emulationMajor", "1", "emulationMinor", "35", "gitVersion", "v1.35.4", "gitCommit",
            "6d1ba86d5d4a0d1d5c7a1a3a4d1f2bd4a5f1c0de", "gitTreeState", "clean", "buildDate",
            "2026-04-14T18:20:11Z", "goVersion", "go1.25.8", "compiler", "gc", "platform",
            "linux/amd64"));
}

static bool is_health(const char *path)
{
    return str_starts(path, "/livez") || str_starts(path, "/readyz") ||
           str_starts(path, "/healthz");
}

static void serve_nothing(struct call *c, const char *path)
{
    struct access access = { "get", "", "", "", "", "", path };
    if (authz_allowed(c->cl, c->user, &access))
        not_found_path(c->rq);
    else
        reply_status(c->rq, authz_forbidden(c->user, &access));
}

// Impersonate-User and -Group, which only an administrator may use. False: answered.
static bool impersonate(struct call *c)
{
    const char *name = req_header(c->rq, "Impersonate-User");
    const char *group = req_header(c->rq, "Impersonate-Group");
    size_t n = 0;
    if (!name || !c->user)
        return true;
    struct access access = { "impersonate", "", "users", "", "", name, NULL };
    if (!authz_allowed(c->cl, c->user, &access)) {
        reply_status(c->rq, authz_forbidden(c->user, &access));
        return false;
    }
    if (group)
        c->groups[n++] = group;
    c->groups[n++] = "system:authenticated";
    c->groups[n] = NULL;
    c->acting = (struct user) { name, c->groups };
    c->user = &c->acting;
    return true;
}

static void serve_cluster(struct api *a, struct cluster *cl, struct req *rq,
    const struct req_info *info, const char *path)
{
    struct call c = {
        .rq = rq, .info = info, .cl = cl, .ns = "", .name = "", .sub = "", .verb = ""
    };
    bool open = is_health(path) || str_eq(path, "/version");
    c.user = authn_user(cl, req_header(rq, "Authorization"));
    if (!c.user && !open) {
        reply_status(rq, status_new(401, "Unauthorized", "Unauthorized"));
        return;
    }
    if (!impersonate(&c))
        return;
    if (is_health(path)) {
        serve_health(rq, path);
        return;
    }
    if (str_eq(path, "/version")) {
        serve_version(rq);
        return;
    }
    if (str_starts(path, "/kview-admin/")) {
        faults_admin(a->faults, cl, rq, path);
        return;
    }
    if (str_eq(path, "/")) {
        reply_json(rq, 200,
            json_pack("{s:[s,s,s,s,s,s,s]}", "paths", "/api", "/api/v1", "/apis", "/livez",
                "/openapi/v3", "/readyz", "/version"));
        return;
    }
    struct path p;
    if (!path_split(&p, path) || p.n == 0 || discovery_serve(cl, rq, path)) {
        if (p.n == 0)
            not_found_path(rq);
        return;
    }
    if (str_eq(p.part[0], "api") || str_eq(p.part[0], "apis"))
        serve_resource(a, &c, &p);
    else
        serve_nothing(&c, path);
}

// The cluster whose port and prefix a URL has; *path is what follows the prefix.
static struct cluster *find_site(struct api *a, const struct req_info *info, const char **path)
{
    for (size_t i = 0; i < a->sites.n; i++) {
        struct cluster *cl = a->sites.v[i].cl;
        size_t n = strlen(cl->prefix);
        if (a->sites.v[i].port != info->port || strncmp(info->url, cl->prefix, n) != 0 ||
            (info->url[n] != '/' && info->url[n] != '\0'))
            continue;
        *path = info->url + n;
        return cl;
    }
    return NULL;
}

static void on_request(void *arg, struct req *rq, const struct req_info *info)
{
    struct api *a = arg;
    const struct fault_plan *f = req_faults(rq);
    const char *path = "";
    struct cluster *cl = find_site(a, info, &path);
    char seconds[16];
    if (f->status) {
        snprintf(seconds, sizeof(seconds), "%d", f->retry_after);
        if (f->retry_after)
            req_reply_header(rq, "Retry-After", seconds);
        faults_reply(rq, f->status);
        return;
    }
    if (!cl) {
        not_found_path(rq);
        return;
    }
    serve_cluster(a, cl, rq, info, path);
}

static void on_fault(void *arg, struct req *rq, const struct req_info *info, struct fault_plan *p)
{
    struct api *a = arg;
    const char *path = "";
    struct cluster *cl = find_site(a, info, &path);
    if (cl && !str_starts(path, "/kview-admin/"))
        faults_plan(a->faults, cl, rq, info, path, p);
}

struct api *api_new(struct server *s)
{
    struct api *a = xcalloc(1, sizeof(*a));
    a->server = s;
    a->faults = faults_new(s);
    server_handle(s, on_request, on_fault, a);
    return a;
}

void api_add_cluster(struct api *a, struct cluster *cl, int port)
{
    arr_push(&a->sites, ((struct site) { cl, port }));
}

bool api_add_fault(struct api *a, struct cluster *cl, const char *kind, int64_t value)
{
    return faults_add(a->faults, cl, kind, value);
}

void api_free(struct api *a)
{
    if (!a)
        return;
    faults_free(a->faults);
    arr_release(&a->sites);
    free(a);
}
