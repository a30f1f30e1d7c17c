// Access reviews, and metrics.k8s.io: usage computed from requests, wandering by the seed and the clock.
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/yaml.h"
#include "demo/api.h"
#include "demo/match.h"
#include "demo/metrics.h"
#include "demo/status.h"

static json_t *access_status(struct call *c, const json_t *spec)
{
    const json_t *r = json_object_get(spec, "resourceAttributes");
    const json_t *p = json_object_get(spec, "nonResourceAttributes");
    struct access a = { json_str(r ? r : p, "verb", NULL), json_str(r, "group", NULL),
        json_str(r, "resource", NULL), json_str(r, "subresource", NULL),
        json_str(r, "namespace", NULL), json_str(r, "name", NULL),
        p ? json_str(p, "path", NULL) : NULL };
    bool ok = authz_allowed(c->cl, c->user, &a);
    json_t *s = json_pack("{s:b}", "allowed", ok);
    if (ok && str_eq(c->user->groups[0], "system:masters"))
        json_object_set_new(s, "reason", json_string(""));
    return s;
}

static json_t *user_info(const struct user *u)
{
    json_t *groups = json_array();
    for (size_t i = 0; u->groups[i]; i++)
        json_array_append_new(groups, json_string(u->groups[i]));
    return json_pack("{s:{s:s,s:o}}", "userInfo", "username", u->name, "groups", groups);
}

void review_create(struct call *c)
{
    struct err err = { 0 };
    json_t *doc = yaml_load(c->info->body->s, c->info->body->n, "body", &err);
    if (!json_is_object(doc)) {
        json_decref(doc);
        reply_status(c->rq, status_bad_request("json parse error: %s", err.msg));
        return;
    }
    char av[160];
    rtype_api_version(c->rt, av);
    json_object_set_new(doc, "kind", json_string(c->rt->kind));
    json_object_set_new(doc, "apiVersion", json_string(av));
    if (!json_object_get(doc, "metadata"))
        json_object_set_new(doc, "metadata", json_pack("{s:n}", "creationTimestamp"));
    json_t *spec = json_object_get(doc, "spec"), *status;
    bool access = strstr(c->rt->plural, "accessreviews") != NULL;
    if (access && !json_object_get(spec, "resourceAttributes")
        == !json_object_get(spec, "nonResourceAttributes")) {
        json_decref(doc);
        reply_status(c->rq, status_plain(422, "%s",
            ".authorization.k8s.io \"\" is invalid: spec.resourceAttributes: Invalid value: null: "
            "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
        return;
    }
    if (str_eq(c->rt->plural, "selfsubjectreviews"))
        status = user_info(c->user);
    else if (str_eq(c->rt->plural, "selfsubjectrulesreviews"))
        status = authz_rules(c->cl, c->user, json_str(spec, "namespace", NULL));
    else
        status = access_status(c, spec);
    json_object_set_new(doc, "status", status);
    reply_json(c->rq, 201, doc);
}

static const struct rtype *source(struct call *c)
{
    return cl_type(c->cl, "", c->rt->plural);
}

static void metrics_one(struct call *c)
{
    const struct rev *r = db_get(c->cl->db, source(c), c->ns, c->name);
    json_t *m = r ? metrics_of(c->cl, r) : NULL;
    if (m) {
        reply_json(c->rq, 200, m);
        return;
    }
    // metrics-server's words: of the core group, and "node" (pkg/api/node.go)
    const struct rtype as = { .group = "",
        .plural = str_eq(c->rt->plural, "nodes") ? "node" : c->rt->plural };
    reply_status(c->rq, status_not_found(&as, c->name));
}

void metrics_get(struct call *c)
{
    if (*c->name) {
        metrics_one(c);
        return;
    }
    struct selector labels, fields = { 0 };
    struct err err = { 0 };
    if (!selector_parse_labels(&labels, str_or(req_query(c->rq, "labelSelector"), ""), &err)) {
        reply_status(c->rq, status_bad_request("%s", err.msg));
        return;
    }
    size_t from, to;
    const rev_list *l = db_list(c->cl->db, source(c), c->ns, &from, &to);
    json_t *items = json_array();
    for (size_t i = from; i < to; i++) {
        json_t *m = match_rev(l->v[i], &labels, &fields) ? metrics_of(c->cl, l->v[i]) : NULL;
        json_object_del(m, "kind"); // as the items of typed lists
        json_object_del(m, "apiVersion");
        if (m)
            json_array_append_new(items, m);
    }
    selector_release(&labels);
    char kind[64];
    snprintf(kind, sizeof(kind), "%sList", c->rt->kind);
    reply_json(c->rq, 200,
        json_pack("{s:s,s:s,s:{},s:o}", "kind", kind, "apiVersion", "metrics.k8s.io/v1beta1",
            "metadata", "items", items));
}
