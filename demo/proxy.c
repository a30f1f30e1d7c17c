// The proxy subresources of Pods and Services (pkg/registry/core/{pod,service}/rest/proxy.go): the API server asks on
// behalf of the client, and demo/responder.h answers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/api.h"
#include "demo/containers.h"
#include "demo/responder.h"
#include "demo/status.h"

struct target {
    char *scheme, *name, *port; // as the name of the request has them: [SCHEME:]NAME[:PORT]
    char pod[300];
    int number;
};

static void target_release(struct target *t)
{
    free(t->scheme);
    free(t->name);
    free(t->port);
}

// utilnet.SplitSchemeNamePort
static bool split(const char *id, struct target *t)
{
    const char *a = strchr(id, ':'), *b = a ? strchr(a + 1, ':') : NULL;
    t->scheme = b ? xstrndup(id, (size_t)(a - id)) : xstrdup("");
    t->name = b ? xstrndup(a + 1, (size_t)(b - a - 1)) : xstrndup(id, a ? (size_t)(a - id) : strlen(id));
    t->port = xstrdup(b ? b + 1 : a ? a + 1 : "");
    return *t->name && !strchr(t->port, ':') &&
           (!b || !*t->scheme || str_eq(t->scheme, "http") || str_eq(t->scheme, "https"));
}

static json_t *refused(const json_t *pod, int port)
{
    return status_new(503, "ServiceUnavailable", "error trying to reach service: dial tcp %s:%d: connect: connection refused",
        json_str(pod, "status", "podIP", NULL), port);
}

static json_t *of_pod(struct call *c, struct target *t)
{
    struct rev *r = db_get(c->cl->db, c->rt, c->ns, t->name);
    int64_t port = 0;
    size_t i;
    json_t *ctr;
    if (!r)
        return status_not_found(c->rt, t->name);
    const json_t *pod = db_peek(c->cl->db, r);
    if (!*json_str(pod, "status", "podIP", NULL))
        return status_bad_request("address not allowed");
    if (*t->port && (!str_to_i64(t->port, &port) || port < 1 || port > 65535))
        return status_bad_request("invalid pod request \"%s\"", c->name);
    if (!*t->port) // the first that a container has
        json_array_foreach (json_at(pod, "spec", "containers", NULL), i, ctr)
            port = port ? port : json_i64(json_array_get(json_object_get(ctr, "ports"), 0), "containerPort", NULL);
    t->number = port ? (int)port : 80;
    snprintf(t->pod, sizeof(t->pod), "%s", t->name);
    return container_port_open(pod, t->number) ? NULL : refused(pod, t->number);
}

// A number is that of a port of the Service, whose name its endpoints know.
static bool port_name(const json_t *service, struct target *t)
{
    int64_t number;
    size_t i;
    json_t *p;
    if (!str_to_i64(t->port, &number))
        return true;
    json_array_foreach (json_at(service, "spec", "ports", NULL), i, p)
        if (json_i64(p, "port", NULL) == number) {
            free(t->port);
            t->port = xstrdup(json_str(p, "name", NULL));
            return true;
        }
    return false;
}

static json_t *of_service(struct call *c, struct target *t)
{
    struct rev *r = db_get(c->cl->db, c->rt, c->ns, t->name);
    size_t i, j;
    json_t *subset, *p;
    if (!r)
        return status_not_found(c->rt, t->name);
    if (!port_name(db_peek(c->cl->db, r), t))
        return status_new(503, "ServiceUnavailable", "no service port %s found for service \"%s\"", t->port, t->name);
    const json_t *ends = db_peek(c->cl->db, db_get(c->cl->db, cl_type(c->cl, "", "endpoints"), c->ns, t->name));
    json_array_foreach (json_object_get(ends, "subsets"), i, subset) {
        const json_t *at = json_array_get(json_object_get(subset, "addresses"), 0);
        json_array_foreach (json_object_get(subset, "ports"), j, p) {
            if (!at || !str_eq(json_str(p, "name", NULL), t->port))
                continue;
            t->number = (int)json_i64(p, "port", NULL);
            snprintf(t->pod, sizeof(t->pod), "%s", json_str(at, "targetRef", "name", NULL));
            struct rev *pod = db_get(c->cl->db, cl_type(c->cl, "", "pods"), c->ns, t->pod);
            const json_t *tree = pod ? db_peek(c->cl->db, pod) : NULL;
            return container_port_open(tree, t->number) ? NULL : refused(tree, t->number);
        }
    }
    return status_new(503, "ServiceUnavailable", "no endpoints available for service \"%s\"", c->name);
}

static long pull(void *arg, char *out, size_t max)
{
    size_t n = answer_pull(arg, out, max);
    return n ? (long)n : -1;
}

static void answer_free(void *arg)
{
    answer_release(arg);
    free(arg);
}

// The target's path with its query, as far as the responder looks at it.
static char *path_of(struct call *c)
{
    char *mark = xasprintf("/%s/%s/proxy", c->rt->plural, c->name);
    const char *at = strstr(c->info->url, mark), *n = req_query(c->rq, "n");
    at = at ? at + strlen(mark) : "";
    free(mark);
    return n ? xasprintf("%s?n=%s", at, n) : xstrdup(at);
}

static void answer(struct call *c, const struct target *t)
{
    static const struct stream_ops ops = { pull, answer_free };
    struct answer *a = xcalloc(1, sizeof(*a));
    char *path = path_of(c);
    struct buf none = BUF_INIT;
    if (!*path) { // a page's relative links would lead elsewhere
        char *to = xasprintf("%s/", c->info->url);
        req_reply_header(c->rq, "Location", to);
        req_reply(c->rq, 301, NULL, &none);
        free(to);
        answer_free(a);
    } else {
        answer_make(a, t->pod, t->number, c->info->method, path);
        req_stream(c->rq, a->status, "text/plain; charset=utf-8", &ops, a);
    }
    free(path);
}

void proxy_serve(struct call *c)
{
    struct target t = { 0 };
    bool service = str_eq(c->rt->plural, "services");
    json_t *error = NULL;
    if (str_eq(c->rt->plural, "nodes"))
        error = status_new(503, "ServiceUnavailable", "error trying to reach service: the demo's kubelets have no port");
    else if (!split(c->name, &t))
        error = status_bad_request("invalid %s request \"%s\"", service ? "service" : "pod", c->name);
    else
        error = service ? of_service(c, &t) : of_pod(c, &t);
    if (error)
        reply_status(c->rq, error);
    else
        answer(c, &t);
    target_release(&t);
}
