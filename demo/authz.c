#include "demo/authz.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "demo/status.h"

static const char *const admin_groups[] = { "system:masters", "system:authenticated", NULL };
static const char *const plain_groups[] = { "system:authenticated", NULL };
static const struct user admin = { "kview-demo", admin_groups };
static const struct user limited = { "viewer-limited", plain_groups };

const struct user *authn_user(struct cluster *cl, const char *authorization)
{
    if (!authorization || !str_starts(authorization, "Bearer "))
        return NULL;
    const char *token = authorization + 7;
    if (str_eq(token, cl->token))
        return &admin;
    return str_eq(token, cl->limited_token) ? &limited : NULL;
}

static bool in_groups(const struct user *u, const char *group)
{
    for (size_t i = 0; u->groups[i]; i++) {
        if (str_eq(u->groups[i], group))
            return true;
    }
    return false;
}

static bool list_has(const json_t *list, const char *value)
{
    size_t i;
    json_t *v;
    json_array_foreach ((json_t *)list, i, v) {
        const char *s = json_string_value(v);
        if (str_eq(s, "*") || str_eq(s, value))
            return true;
    }
    return false;
}

static bool resource_matches(const json_t *list, const struct access *a)
{
    char full[256], any[256];
    snprintf(full, sizeof(full), "%s%s%s", a->resource, *a->sub ? "/" : "", a->sub);
    snprintf(any, sizeof(any), "*/%s", a->sub);
    return list_has(list, full) || (*a->sub && list_has(list, any));
}

static bool path_matches(const json_t *list, const char *path)
{
    size_t i;
    json_t *v;
    json_array_foreach ((json_t *)list, i, v) {
        const char *s = json_string_value(v);
        size_t n = s ? strlen(s) : 0;
        if (n && s[n - 1] == '*' ? strncmp(s, path, n - 1) == 0 : str_eq(s, path))
            return true;
    }
    return false;
}

static bool rule_allows(const json_t *rule, const struct access *a)
{
    if (!list_has(json_object_get(rule, "verbs"), a->verb))
        return false;
    if (a->path)
        return path_matches(json_object_get(rule, "nonResourceURLs"), a->path);
    const json_t *names = json_object_get(rule, "resourceNames");
    return list_has(json_object_get(rule, "apiGroups"), a->group) &&
           resource_matches(json_object_get(rule, "resources"), a) &&
           (!json_array_size(names) || (*a->name && list_has(names, a->name)));
}

static bool binding_names(const json_t *binding, const struct user *u)
{
    size_t i;
    json_t *s;
    json_array_foreach (json_object_get(binding, "subjects"), i, s) {
        const char *kind = json_str(s, "kind", NULL), *name = json_str(s, "name", NULL);
        if ((str_eq(kind, "User") && str_eq(name, u->name)) ||
            (str_eq(kind, "Group") && in_groups(u, name)))
            return true;
    }
    return false;
}

typedef bool rule_fn(void *arg, const json_t *rule);

static bool each_rule_of(struct cluster *cl, const json_t *binding, rule_fn *fn, void *arg)
{
    const char *kind = json_str(binding, "roleRef", "kind", NULL);
    const struct rtype *rt =
        cl_type(cl, "rbac.authorization.k8s.io", str_eq(kind, "Role") ? "roles" : "clusterroles");
    json_t *role = rev_tree(db_get(cl->db, rt, json_str(binding, "metadata", "namespace", NULL),
        json_str(binding, "roleRef", "name", NULL)));
    size_t i;
    json_t *rule;
    bool stop = false;
    json_array_foreach (json_object_get(role, "rules"), i, rule) {
        if ((stop = fn(arg, rule)))
            break;
    }
    json_decref(role);
    return stop;
}

// Calls fn with every rule that applies to the user in `ns` until it answers true.
static bool each_rule(
    struct cluster *cl, const struct user *u, const char *ns, rule_fn *fn, void *arg)
{
    static const char *const kinds[] = { "clusterrolebindings", "rolebindings" };
    bool stop = false;
    for (size_t k = 0; k < 2 && !stop; k++) {
        if (k == 1 && !*ns)
            break;
        size_t from, to;
        const rev_list *l =
            db_list(cl->db, cl_type(cl, "rbac.authorization.k8s.io", kinds[k]), ns, &from, &to);
        for (size_t i = from; i < to && !stop; i++) {
            json_t *binding = rev_tree(l->v[i]);
            if (binding_names(binding, u))
                stop = each_rule_of(cl, binding, fn, arg);
            json_decref(binding);
        }
    }
    return stop;
}

static bool allows(void *arg, const json_t *rule)
{
    return rule_allows(rule, arg);
}

bool authz_allowed(struct cluster *cl, const struct user *u, const struct access *a)
{
    return in_groups(u, "system:masters") || each_rule(cl, u, a->ns, allows, (void *)a);
}

json_t *authz_forbidden(const struct user *u, const struct access *a)
{
    if (a->path)
        return status_generic(403, "Forbidden", "forbidden: User \"%s\" cannot %s path \"%s\"",
            u->name, a->verb, a->path);
    char where[300], what[300];
    snprintf(what, sizeof(what), "%s%s%s", a->resource, *a->sub ? "/" : "", a->sub);
    if (*a->ns)
        snprintf(where, sizeof(where), "in the namespace \"%s\"", a->ns);
    else
        snprintf(where, sizeof(where), "at the cluster scope");
    struct rtype rt = { .group = a->group, .plural = a->resource };
    char res[300];
    status_resource(&rt, res, sizeof(res));
    json_t *s = status_new(403, "Forbidden",
        "%s%s%s%s is forbidden: User \"%s\" cannot %s resource \"%s\" in API group \"%s\" %s", res,
        *a->name ? " \"" : "", a->name, *a->name ? "\"" : "", u->name, a->verb, what, a->group,
        where);
    json_t *d = json_object();
    if (*a->name)
        json_object_set_new(d, "name", json_string(a->name));
    if (*a->group)
        json_object_set_new(d, "group", json_string(a->group));
    json_object_set_new(d, "kind", json_string(a->resource));
    json_object_set_new(s, "details", d);
    return s;
}

static bool collect(void *arg, const json_t *rule)
{
    json_t *status = arg;
    bool urls = json_object_get(rule, "nonResourceURLs") != NULL;
    json_array_append(
        json_object_get(status, urls ? "nonResourceRules" : "resourceRules"), (json_t *)rule);
    return false;
}

json_t *authz_rules(struct cluster *cl, const struct user *u, const char *ns)
{
    json_t *status =
        json_pack("{s:[],s:[],s:b}", "resourceRules", "nonResourceRules", "incomplete", 0);
    json_t *all =
        json_pack("{s:[s],s:[s],s:[s]}", "verbs", "*", "apiGroups", "*", "resources", "*");
    if (in_groups(u, "system:masters"))
        json_array_append(json_object_get(status, "resourceRules"), all);
    json_decref(all);
    each_rule(cl, u, ns, collect, status);
    return status;
}
