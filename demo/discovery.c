// /api, /apis and what hangs under them: aggregated discovery (KEP-3352) with ETag, the older documents
// for clients that do not ask for it, and OpenAPI.
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/api.h"
#include "demo/openapi.h"
#include "demo/status.h"

static json_t *words(const char *s)
{
    json_t *out = json_array();
    while (s && *s) {
        size_t n = strcspn(s, ",");
        json_array_append_new(out, json_stringn(s, n));
        s += n + (s[n] == ',');
    }
    return out;
}

static json_t *verbs_of(const struct rtype *rt)
{
    if (rt->flags & R_REVIEW)
        return words("create");
    if (rt->flags & R_VIRTUAL)
        return words("get,list");
    if (rt->flags & R_CUSTOM)
        return words("delete,deletecollection,get,list,patch,create,update,watch");
    if (str_eq(rt->plural, "namespaces"))
        return words("create,delete,get,list,patch,update,watch");
    return words("create,delete,deletecollection,get,list,patch,update,watch");
}

// Of the list's own group and version only the kind is named; custom resources are named in full.
static json_t *gvk(const struct rtype *rt, const char *api_version, const char *kind)
{
    const char *slash = strchr(api_version, '/');
    char own[160];
    json_t *v = json_object();
    rtype_api_version(rt, own);
    if (str_eq(own, api_version) && !(rt->flags & (R_CUSTOM | R_VIRTUAL))) {
        slash = NULL;
        api_version = "";
    }
    json_object_set_new(v, "group",
        slash ? json_stringn(api_version, (size_t)(slash - api_version)) : json_string(""));
    json_object_set_new(v, "version", json_string(slash ? slash + 1 : api_version));
    json_object_set_new(v, "kind", json_string(kind));
    return v;
}

struct subresource {
    char name[64], verbs[80], kind[80], api_version[160];
};

// Parses one "name:verbs=group/version/Kind" of rt->subs; returns what follows.
static const char *next_sub(const struct rtype *rt, const char *s, struct subresource *out)
{
    char target[200];
    size_t n = strcspn(s, ";");
    if (sscanf(s, "%63[^:]:%79[^=]=%199[^;]", out->name, out->verbs, target) != 3)
        return s + n;
    char *slash = strrchr(target, '/');
    rtype_api_version(rt, out->api_version);
    if (slash) {
        *slash = '\0';
        snprintf(out->api_version, sizeof(out->api_version), "%.150s", target);
    }
    snprintf(out->kind, sizeof(out->kind), "%.79s", slash ? slash + 1 : target);
    return s + n + (s[n] == ';');
}

typedef void sub_fn(void *arg, const struct rtype *rt, const struct subresource *sub);

static void each_sub(const struct rtype *rt, sub_fn *fn, void *arg)
{
    struct subresource s;
    for (const char *p = rt->subs ? rt->subs : ""; *p;) {
        p = next_sub(rt, p, &s);
        fn(arg, rt, &s);
    }
    if (rt->flags & R_SCALE) {
        snprintf(s.name, sizeof(s.name), "scale");
        snprintf(s.kind, sizeof(s.kind), "Scale");
        snprintf(s.api_version, sizeof(s.api_version), "autoscaling/v1");
        snprintf(s.verbs, sizeof(s.verbs), "get,patch,update");
        fn(arg, rt, &s);
    }
    if (rt->flags & R_STATUS) {
        snprintf(s.name, sizeof(s.name), "status");
        snprintf(s.kind, sizeof(s.kind), "%s", rt->kind);
        rtype_api_version(rt, s.api_version);
        snprintf(s.verbs, sizeof(s.verbs), "get,patch,update");
        fn(arg, rt, &s);
    }
}

static void add_aggregated_sub(void *arg, const struct rtype *rt, const struct subresource *s)
{
    json_array_append_new(arg, json_pack("{s:s,s:o,s:o}", "subresource", s->name, "responseKind",
                                   gvk(rt, s->api_version, s->kind), "verbs", words(s->verbs)));
}

static json_t *aggregated_resource(const struct rtype *rt)
{
    char av[160];
    rtype_api_version(rt, av);
    json_t *r = json_pack("{s:s,s:o,s:s,s:s,s:o}", "resource", rt->plural, "responseKind",
        gvk(rt, av, rt->kind), "scope", rtype_ns(rt) ? "Namespaced" : "Cluster", "singularResource",
        rt->singular, "verbs", verbs_of(rt));
    if (*rt->shorts)
        json_object_set_new(r, "shortNames", words(rt->shorts));
    if (*rt->cats)
        json_object_set_new(r, "categories", words(rt->cats));
    json_t *subs = json_array();
    each_sub(rt, add_aggregated_sub, subs);
    if (json_array_size(subs))
        json_object_set(r, "subresources", subs);
    json_decref(subs);
    return r;
}

static json_t *find_named(json_t *list, const char *key, const char *value)
{
    size_t i;
    json_t *v;
    json_array_foreach (list, i, v) {
        const char *have =
            *key == 'n' ? json_str(v, "metadata", "name", NULL) : json_str(v, key, NULL);
        if (str_eq(have, value))
            return v;
    }
    return NULL;
}

static json_t *group_of(json_t *items, const char *group)
{
    json_t *g = find_named(items, "name", group);
    if (!g) {
        json_t *meta = json_object();
        if (*group)
            json_object_set_new(meta, "name", json_string(group));
        json_object_set_new(meta, "creationTimestamp", json_null());
        g = json_pack("{s:o,s:[]}", "metadata", meta, "versions");
        json_array_append_new(items, g);
    }
    return g;
}

static bool has_dead_api(const struct cluster *cl)
{
    return str_eq(cl->name, "staging");
}

static json_t *aggregated(struct cluster *cl, bool core)
{
    json_t *items = json_array();
    for (size_t i = 0; i < cl->kinds->v.n; i++) {
        const struct rtype *rt = cl->kinds->v.v[i];
        if (!*rt->plural || (*rt->group == '\0') != core)
            continue;
        json_t *versions = json_object_get(group_of(items, rt->group), "versions");
        json_t *v = find_named(versions, "version", rt->version);
        if (!v) {
            v = json_pack(
                "{s:s,s:[],s:s}", "version", rt->version, "resources", "freshness", "Current");
            json_array_append_new(versions, v);
        }
        json_array_append_new(json_object_get(v, "resources"), aggregated_resource(rt));
    }
    if (!core && has_dead_api(cl))
        json_array_append_new(json_object_get(group_of(items, "custom.metrics.k8s.io"), "versions"),
            json_pack("{s:s,s:s}", "version", "v1beta1", "freshness", "Stale"));
    return json_pack("{s:s,s:s,s:{},s:o}", "kind", "APIGroupDiscoveryList", "apiVersion",
        "apidiscovery.k8s.io/v2", "metadata", "items", items);
}

static void add_legacy_sub(void *arg, const struct rtype *rt, const struct subresource *s)
{
    char name[160];
    snprintf(name, sizeof(name), "%s/%s", rt->plural, s->name);
    json_t *r = json_pack("{s:s,s:s,s:b,s:s,s:o}", "name", name, "singularName", "", "namespaced",
        rtype_ns(rt), "kind", s->kind, "verbs", words(s->verbs));
    json_t *target = gvk(rt, s->api_version, s->kind);
    if (!str_eq(json_str(target, "group", NULL), rt->group) && *json_str(target, "group", NULL)) {
        json_object_set(r, "group", json_object_get(target, "group"));
        json_object_set(r, "version", json_object_get(target, "version"));
    }
    json_decref(target);
    json_array_append_new(arg, r);
}

static json_t *resource_list(struct cluster *cl, const char *group, const char *version)
{
    json_t *list = json_array();
    char av[200];
    snprintf(av, sizeof(av), "%s%s%s", group, *group ? "/" : "", version);
    for (size_t i = 0; i < cl->kinds->v.n; i++) {
        const struct rtype *rt = cl->kinds->v.v[i];
        if (!*rt->plural || !str_eq(rt->group, group) || !str_eq(rt->version, version))
            continue;
        json_t *r = json_pack("{s:s,s:s,s:b,s:s,s:o}", "name", rt->plural, "singularName",
            rt->singular, "namespaced", rtype_ns(rt), "kind", rt->kind, "verbs", verbs_of(rt));
        if (*rt->shorts)
            json_object_set_new(r, "shortNames", words(rt->shorts));
        if (*rt->cats)
            json_object_set_new(r, "categories", words(rt->cats));
        json_array_append_new(list, r);
        each_sub(rt, add_legacy_sub, list);
    }
    if (!json_array_size(list)) {
        json_decref(list);
        return NULL;
    }
    json_t *doc = json_pack("{s:s,s:s,s:s,s:o}", "kind", "APIResourceList", "apiVersion", "v1",
        "groupVersion", av, "resources", list);
    if (!*group)
        json_object_del(doc, "apiVersion"); // since ever
    return doc;
}

static json_t *api_group(const char *group, const char *version)
{
    char gv[200];
    snprintf(gv, sizeof(gv), "%s/%s", group, version);
    return json_pack("{s:s,s:[{s:s,s:s}],s:{s:s,s:s}}", "name", group, "versions", "groupVersion",
        gv, "version", version, "preferredVersion", "groupVersion", gv, "version", version);
}

static json_t *group_list(struct cluster *cl)
{
    json_t *groups = json_array();
    for (size_t i = 0; i < cl->kinds->v.n; i++) {
        const struct rtype *rt = cl->kinds->v.v[i];
        bool seen = !*rt->group || !*rt->plural;
        size_t j;
        json_t *g;
        json_array_foreach (groups, j, g)
            seen = seen || str_eq(json_str(g, "name", NULL), rt->group);
        if (!seen)
            json_array_append_new(groups, api_group(rt->group, rt->version));
    }
    if (has_dead_api(cl))
        json_array_append_new(groups, api_group("custom.metrics.k8s.io", "v1beta1"));
    return json_pack("{s:s,s:s,s:o}", "kind", "APIGroupList", "apiVersion", "v1", "groups", groups);
}

static void etag_of(const char *text, size_t n, char out[132])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_Digest(text, n, md, &len, EVP_sha512(), NULL);
    char *p = out;
    *p++ = '"';
    for (unsigned i = 0; i < len && i < 64; i++)
        p += snprintf(p, 3, "%02X", md[i]);
    snprintf(p, 2, "\"");
}

static void reply_aggregated(struct cluster *cl, struct req *rq, bool core)
{
    json_t *doc = aggregated(cl, core);
    char *text = json_dumps(doc, JSON_COMPACT), etag[132];
    json_decref(doc);
    struct buf b = BUF_INIT;
    etag_of(text, strlen(text), etag);
    req_reply_header(rq, "ETag", etag);
    req_reply_header(rq, "Vary", "Accept");
    req_reply_header(rq, "Cache-Control", "public");
    const char *have = req_header(rq, "If-None-Match");
    bool same = have && str_eq(have, etag);
    if (!same)
        buf_puts(&b, text);
    free(text);
    req_reply(rq, same ? 304 : 200,
        same ? NULL : "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", &b);
}

static bool wants_aggregated(struct req *rq)
{
    const char *accept = req_header(rq, "Accept");
    return accept && !req_faults(rq)->no_aggregated &&
           strstr(accept, "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
}

static void serve_root(struct cluster *cl, struct req *rq, bool core)
{
    if (wants_aggregated(rq)) {
        reply_aggregated(cl, rq, core);
        return;
    }
    reply_json(rq, 200,
        core ? json_pack("{s:s,s:[s],s:[{s:s,s:s}]}", "kind", "APIVersions", "versions", "v1",
                   "serverAddressByClientCIDRs", "clientCIDR", "0.0.0.0/0", "serverAddress",
                   "127.0.0.1:6443")
             : group_list(cl));
}

static void serve_group(struct cluster *cl, struct req *rq, const char *group)
{
    for (size_t i = 0; i < cl->kinds->v.n; i++) {
        const struct rtype *rt = cl->kinds->v.v[i];
        if (!*rt->plural || !str_eq(rt->group, group) || !*group)
            continue;
        json_t *g = api_group(group, rt->version);
        json_object_set_new(g, "kind", json_string("APIGroup"));
        json_object_set_new(g, "apiVersion", json_string("v1"));
        reply_json(rq, 200, g);
        return;
    }
    reply_text(rq, 404, "404 page not found\n");
}

static bool group_known(const struct cluster *cl, const char *group)
{
    for (size_t i = 0; i < cl->kinds->v.n; i++) {
        const struct rtype *rt = cl->kinds->v.v[i];
        if (*rt->plural && str_eq(rt->group, group) && !(rt->flags & (R_CUSTOM | R_VIRTUAL)))
            return true;
    }
    return false;
}

static void serve_version_list(
    struct cluster *cl, struct req *rq, const char *group, const char *version)
{
    json_t *list = resource_list(cl, group, version);
    if (list)
        reply_json(rq, 200, list);
    else if (has_dead_api(cl) && str_eq(group, "custom.metrics.k8s.io"))
        reply_text(rq, 503, "service unavailable\n");
    else if (group_known(cl, group))
        reply_status(rq, status_no_resource());
    else
        reply_text(rq, 404, "404 page not found\n");
}

bool discovery_serve(struct cluster *cl, struct req *rq, const char *path)
{
    char group[254], version[64], more;
    if (openapi_serve(cl, rq, path))
        return true;
    if (str_eq(path, "/api") || str_eq(path, "/api/") || str_eq(path, "/apis") ||
        str_eq(path, "/apis/"))
        serve_root(cl, rq, path[4] != 's');
    else if (str_eq(path, "/api/v1") || str_eq(path, "/api/v1/"))
        serve_version_list(cl, rq, "", "v1");
    else if (sscanf(path, "/apis/%253[^/]/%63[^/]%c", group, version, &more) == 2)
        serve_version_list(cl, rq, group, version);
    else if (sscanf(path, "/apis/%253[^/]%c", group, &more) == 1)
        serve_group(cl, rq, group);
    else
        return false;
    return true;
}
