#include "demo/openapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/api.h"
#include "demo/openapi_fields.h"

// "io.k8s.api.apps.v1.Deployment" for built-in types, reversed group for custom ones.
static void schema_name(const struct rtype *rt, char *out, size_t n)
{
    if (rt->flags & R_CUSTOM) {
        snprintf(out, n, "custom.%s.%s.%s", rt->group, rt->version, rt->kind);
        return;
    }
    char group[80];
    size_t len = strcspn(rt->group, ".");
    snprintf(group, sizeof(group), "%.*s", (int)len, rt->group);
    snprintf(out, n, "io.k8s.api.%s.%s.%s", *group ? group : "core", rt->version, rt->kind);
}

// The package that a struct of the API is of, by the beginning of its name.
static void struct_name(const char *type, char *out, size_t n)
{
    static const char *const packages[][2] = { { "ObjectMeta", "apimachinery.pkg.apis.meta.v1" },
        { "LabelSelector", "apimachinery.pkg.apis.meta.v1" }, { "Deployment", "api.apps.v1" },
        { "ReplicaSet", "api.apps.v1" }, { "StatefulSet", "api.apps.v1" },
        { "DaemonSet", "api.apps.v1" }, { "Job", "api.batch.v1" }, { "CronJob", "api.batch.v1" } };
    const char *package = "api.core.v1";
    for (size_t i = 0; i < ARRAY_SIZE(packages); i++) {
        if (str_starts(type, packages[i][0]))
            package = packages[i][1];
    }
    snprintf(out, n, "io.k8s.%s.%s", package, type);
}

static json_t *ref_to(const char *name)
{
    char ref[200];
    snprintf(ref, sizeof(ref), "#/components/schemas/%s", name);
    return json_pack("{s:s}", "$ref", ref);
}

// "string", "[]Container", "map[string]string", "object:Name" to a schema.
static json_t *type_schema(const char *type, json_t *todo)
{
    if (str_starts(type, "[]"))
        return json_pack("{s:s,s:o}", "type", "array", "items", type_schema(type + 2, todo));
    if (str_eq(type, "map"))
        return json_pack(
            "{s:s,s:{s:s}}", "type", "object", "additionalProperties", "type", "string");
    if (str_eq(type, "i"))
        return json_pack("{s:s,s:s}", "type", "integer", "format", "int32");
    if (strchr("sb", *type) && !type[1])
        return json_pack("{s:s}", "type", *type == 'b' ? "boolean" : "string");
    if (str_eq(type, "{}"))
        return json_pack("{s:s}", "type", "object");
    char name[128];
    struct_name(type, name, sizeof(name));
    json_object_set_new(todo, type, json_true());
    return json_pack("{s:[o]}", "allOf", ref_to(name));
}

static json_t *struct_schema(const char *name, json_t *todo)
{
    json_t *props = json_object(), *required = json_array(), *s;
    const char *about = "";
    for (size_t i = 0; i < openapi_field_count; i++) {
        const struct openapi_field *f = &openapi_fields[i];
        if (!str_eq(f->owner, name))
            continue;
        if (!*f->field) {
            about = f->about;
            continue;
        }
        json_t *p = type_schema(f->type, todo);
        json_object_set_new(p, "description", json_string(f->about));
        json_object_set_new(props, f->field, p);
        if (f->required)
            json_array_append_new(required, json_string(f->field));
    }
    s = json_pack("{s:s,s:s,s:o}", "type", "object", "description", about, "properties", props);
    if (json_array_size(required))
        json_object_set(s, "required", required);
    json_decref(required);
    return s;
}

static json_t *kind_schema(const struct rtype *rt, json_t *todo)
{
    json_t *s = rt->flags & R_CUSTOM
                    ? json_deep_copy(json_at(rt->crd, "schema", "openAPIV3Schema", NULL))
                    : struct_schema(rt->kind, todo);
    if (!s)
        s = json_pack("{s:s}", "type", "object");
    json_t *props = json_object_get(s, "properties");
    if (!props) {
        props = json_object();
        json_object_set_new(s, "properties", props);
    }
    static const char *const common[] = { "apiVersion", "kind" };
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < openapi_field_count; k++) {
            if (str_eq(openapi_fields[k].owner, "Object") &&
                str_eq(openapi_fields[k].field, common[i]))
                json_object_set_new(props, common[i],
                    json_pack(
                        "{s:s,s:s}", "type", "string", "description", openapi_fields[k].about));
        }
    }
    json_object_set_new(props, "metadata",
        json_pack("{s:s,s:[o]}", "description", "Standard object's metadata.", "allOf",
            ref_to("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")));
    if ((rt->flags & R_STATUS) && !json_object_get(props, "status"))
        json_object_set_new(props, "status",
            json_pack(
                "{s:s,s:s}", "description", "Most recently observed status.", "type", "object"));
    json_object_set_new(s, "x-kubernetes-group-version-kind",
        json_pack("[{s:s,s:s,s:s}]", "group", rt->group, "kind", rt->kind, "version", rt->version));
    return s;
}

static json_t *operation(const struct rtype *rt, const char *action, bool validates)
{
    json_t *params = json_array();
    static const char *const names[] = { "dryRun", "fieldManager", "fieldValidation", "force" };
    for (size_t i = 0; validates && i < 4; i++)
        json_array_append_new(
            params, json_pack("{s:s,s:s,s:{s:s,s:b}}", "name", names[i], "in", "query", "schema",
                        "type", i == 3 ? "boolean" : "string", "uniqueItems", 1));
    return json_pack("{s:s,s:{s:s,s:s,s:s},s:o,s:{s:{s:s}}}", "x-kubernetes-action", action,
        "x-kubernetes-group-version-kind", "group", rt->group, "kind", rt->kind, "version",
        rt->version, "parameters", params, "responses", "200", "description", "OK");
}

static void add_paths(json_t *paths, const struct rtype *rt)
{
    char base[400], one[420], av[160];
    rtype_api_version(rt, av);
    snprintf(base, sizeof(base), "/%s/%s%s/%s", *rt->group ? "apis" : "api", av,
        rtype_ns(rt) ? "/namespaces/{namespace}" : "", rt->plural);
    snprintf(one, sizeof(one), "%s/{name}", base);
    json_object_set_new(paths, base,
        json_pack(
            "{s:o,s:o}", "get", operation(rt, "list", false), "post", operation(rt, "post", true)));
    json_object_set_new(paths, one,
        json_pack("{s:o,s:o,s:o,s:o}", "get", operation(rt, "get", false), "put",
            operation(rt, "put", true), "patch", operation(rt, "patch", true), "delete",
            operation(rt, "delete", false)));
}

static void add_structs(json_t *schemas, json_t *todo)
{
    const char *key;
    json_t *v;
    bool more = true;
    json_object_set_new(todo, "ObjectMeta", json_true());
    while (more) {
        more = false;
        json_t *round = json_deep_copy(todo);
        json_object_foreach (round, key, v) {
            char name[160];
            struct_name(key, name, sizeof(name));
            if (json_object_get(schemas, name))
                continue;
            json_object_set_new(schemas, name, struct_schema(key, todo));
            more = true;
        }
        json_decref(round);
    }
}

static void serve_group_version(struct cluster *cl, struct req *rq, const char *gv)
{
    json_t *schemas = json_object(), *paths = json_object(), *todo = json_object();
    char av[160], name[400];
    for (size_t i = 0; i < cl->kinds->v.n; i++) {
        const struct rtype *rt = cl->kinds->v.v[i];
        rtype_api_version(rt, av);
        if (!*rt->plural || !str_eq(av, gv) || (rt->flags & (R_REVIEW | R_VIRTUAL)))
            continue;
        schema_name(rt, name, sizeof(name));
        json_object_set_new(schemas, name, kind_schema(rt, todo));
        add_paths(paths, rt);
    }
    bool known = json_object_size(schemas) > 0;
    add_structs(schemas, todo);
    json_decref(todo);
    if (!known) {
        json_decref(schemas);
        json_decref(paths);
        reply_text(rq, 404, "404 page not found\n");
        return;
    }
    reply_json(rq, 200,
        json_pack("{s:s,s:{s:s,s:s},s:o,s:{s:o}}", "openapi", "3.0.0", "info", "title",
            "Kubernetes", "version", "v1.35.4", "paths", paths, "components", "schemas", schemas));
}

static void serve_index(struct cluster *cl, struct req *rq)
{
    json_t *paths = json_object();
    for (size_t i = 0; i < cl->kinds->v.n; i++) {
        const struct rtype *rt = cl->kinds->v.v[i];
        char key[200], url[300], av[160];
        if (!*rt->plural)
            continue;
        rtype_api_version(rt, av);
        snprintf(key, sizeof(key), "%s/%s", *rt->group ? "apis" : "api", av);
        snprintf(url, sizeof(url), "/openapi/v3/%s?hash=%zX", key, cl->kinds->strings.n);
        json_object_set_new(paths, key, json_pack("{s:s}", "serverRelativeURL", url));
    }
    reply_json(rq, 200, json_pack("{s:o}", "paths", paths));
}

bool openapi_serve(struct cluster *cl, struct req *rq, const char *path)
{
    if (str_eq(path, "/openapi/v3")) {
        serve_index(cl, rq);
        return true;
    }
    if (str_starts(path, "/openapi/v3/apis/"))
        serve_group_version(cl, rq, path + sizeof("/openapi/v3/apis/") - 1);
    else if (str_starts(path, "/openapi/v3/api/"))
        serve_group_version(cl, rq, path + sizeof("/openapi/v3/api/") - 1);
    else
        return false;
    return true;
}
