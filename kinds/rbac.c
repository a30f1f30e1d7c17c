// Role, ClusterRole, RoleBinding, ClusterRoleBinding (printers.go printRoleBinding; the server has no
// printer for roles, so kubectl shows when they were made).
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

enum role_field { R_RULES, R_SUMMARY, R_AGGREGATED, R_COUNT };

static const char *const role_paths[] = { "rules[].verbs", "rules[].resources", NULL };
static const char *const clusterrole_paths[] = { "rules[].verbs", "rules[].resources",
    "rules[].nonResourceURLs", "aggregationRule.clusterRoleSelectors[].-", NULL };

static void join(const json_t *list, struct buf *out)
{
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)list, i, v)
    {
        buf_printf(out, "%s%s", i ? "," : "", str_or(json_string_value(v), ""));
    }
}

// The first rules as "get,list pods,services; *": enough to know a role by.
static void decode(const json_t *role, bool cluster, struct row_builder *b)
{
    enum { MAX_RULES = 6 };
    struct buf s = BUF_INIT;
    size_t i;
    json_t *rule;
    bool all = false;
    json_array_foreach(json_object_get(role, "rules"), i, rule)
    {
        const json_t *verbs = json_object_get(rule, "verbs"), *res = json_object_get(rule, "resources");
        all |= str_eq(json_string_value(json_array_get(verbs, 0)), "*") &&
               str_eq(json_string_value(json_array_get(res, 0)), "*");
        if (i >= MAX_RULES)
            continue;
        buf_puts(&s, i ? "; " : "");
        join(verbs, &s);
        buf_putc(&s, ' ');
        join(res || !cluster ? res : json_object_get(rule, "nonResourceURLs"), &s);
    }
    rb_begin(b, role, R_COUNT);
    rb_num(b, R_RULES, (int64_t)json_array_size(json_object_get(role, "rules")));
    rb_take(b, R_SUMMARY, &s);
    rb_str(b, R_AGGREGATED, cluster && json_object_get(role, "aggregationRule") ? "yes" : "");
    if (all)
        rb_insight(b, "may do everything with everything");
    rb_emit(b);
}

static void decode_role(const json_t *role, struct row_builder *b)
{
    decode(role, false, b);
}

static void decode_clusterrole(const json_t *role, struct row_builder *b)
{
    decode(role, true, b);
}

static const struct column role_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CREATED AT", FMT_TEXT, 0, COL_KUBECTL | COL_SCREEN_WIDE, .text = created_text, .key = created_key },
    { "RULES", FMT_INT, R_RULES, COL_SCREEN | COL_RIGHT },
    { "AGE", FMT_AGE, 0, COL_SCREEN },
    { "MAY", FMT_TEXT, R_SUMMARY, COL_SCREEN },
    { 0 },
};
static const struct column clusterrole_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CREATED AT", FMT_TEXT, 0, COL_KUBECTL | COL_SCREEN_WIDE, .text = created_text, .key = created_key },
    { "RULES", FMT_INT, R_RULES, COL_SCREEN | COL_RIGHT },
    { "AGGREGATED", FMT_TEXT, R_AGGREGATED, COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_SCREEN },
    { "MAY", FMT_TEXT, R_SUMMARY, COL_SCREEN },
    { 0 },
};

// ---- bindings

enum binding_field { B_ROLE, B_USERS, B_GROUPS, B_ACCOUNTS, B_ROLE_PLURAL, B_ROLE_NAME, B_SUBJECTS, B_COUNT };

static const char *const binding_paths[] = { "roleRef.kind", "roleRef.name", "subjects[].kind",
    "subjects[].name", "subjects[].namespace", NULL };

static void put_subjects(struct row_builder *b, const json_t *subjects)
{
    static const char *const kinds[] = { "User", "Group", "ServiceAccount" };
    struct buf lists[3] = { BUF_INIT, BUF_INIT, BUF_INIT }, all = BUF_INIT;
    size_t i;
    json_t *s;
    json_array_foreach((json_t *)subjects, i, s)
    {
        const char *kind = json_str(s, "kind", NULL), *name = json_str(s, "name", NULL);
        const char *ns = json_str(s, "namespace", NULL);
        bool account = str_eq(kind, "ServiceAccount");
        if (account)
            rb_link(b, "serviceaccounts", ns, name);
        for (size_t k = 0; k < 3; k++)
            if (str_eq(kinds[k], kind))
                buf_printf(&lists[k], "%s%s%s%s", lists[k].n ? ", " : "", account ? ns : "",
                    account ? "/" : "", name);
        buf_printf(&all, "%s%s%s%s", all.n ? ", " : "", account ? ns : "", account ? "/" : "", name);
    }
    for (unsigned k = 0; k < 3; k++)
        rb_take(b, B_USERS + k, &lists[k]);
    rb_take(b, B_SUBJECTS, &all);
}

static void decode_binding(const json_t *rb, struct row_builder *b)
{
    const char *kind = json_str(rb, "roleRef", "kind", NULL), *name = json_str(rb, "roleRef", "name", NULL);
    bool cluster = str_eq(kind, "ClusterRole");
    rb_begin(b, rb, B_COUNT);
    rb_fmt(b, B_ROLE, "%s/%s", kind, name);
    rb_str(b, B_ROLE_PLURAL, cluster ? "clusterroles" : "roles");
    rb_str(b, B_ROLE_NAME, name);
    rb_link(b, cluster ? "clusterroles" : "roles", cluster ? "" : obj_ns(rb), name);
    put_subjects(b, json_object_get(rb, "subjects"));
    if (!json_array_size(json_object_get(rb, "subjects"))) {
        rb_severity(b, SEV_DIM);
        rb_insight(b, "it names nobody");
    }
    rb_emit(b);
}

static bool enter_binding(const struct row *row, struct drill *out)
{
    bool cluster = str_eq(row->f[B_ROLE_PLURAL].s, "clusterroles");
    return drill_to(out, row->f[B_ROLE_PLURAL].s, cluster ? "" : row->ns) &&
           drill_name(out, row->f[B_ROLE_NAME].s);
}

static const struct column binding_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "ROLE", FMT_TEXT, B_ROLE, COL_BOTH },
    { "SUBJECTS", FMT_TEXT, B_SUBJECTS, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "USERS", FMT_TEXT, B_USERS, COL_WIDE },
    { "GROUPS", FMT_TEXT, B_GROUPS, COL_WIDE },
    { "SERVICEACCOUNTS", FMT_TEXT, B_ACCOUNTS, COL_WIDE },
    { 0 },
};

const struct kind kind_roles = {
    .name = "roles",
    .title = "Roles",
    .aliases = (const char *const[]) { "role", NULL },
    .api_kind = "Role",
    .gvr = { "rbac.authorization.k8s.io", "v1", "roles", true },
    .decoder = { role_paths, decode_role, false },
    .columns = role_columns,
};
const struct kind kind_clusterroles = {
    .name = "clusterroles",
    .title = "ClusterRoles",
    .aliases = (const char *const[]) { "cr", "clusterrole", NULL },
    .api_kind = "ClusterRole",
    .gvr = { "rbac.authorization.k8s.io", "v1", "clusterroles", false },
    .decoder = { clusterrole_paths, decode_clusterrole, false },
    .columns = clusterrole_columns,
};
const struct kind kind_rolebindings = {
    .name = "rolebindings",
    .title = "RoleBindings",
    .aliases = (const char *const[]) { "rb", "rolebinding", NULL },
    .api_kind = "RoleBinding",
    .gvr = { "rbac.authorization.k8s.io", "v1", "rolebindings", true },
    .decoder = { binding_paths, decode_binding, false },
    .columns = binding_columns,
    .refers = (const char *const[]) { "roles", "clusterroles", "serviceaccounts", NULL },
    .enter = enter_binding,
};
const struct kind kind_clusterrolebindings = {
    .name = "clusterrolebindings",
    .title = "ClusterRoleBindings",
    .aliases = (const char *const[]) { "crb", "clusterrolebinding", NULL },
    .api_kind = "ClusterRoleBinding",
    .gvr = { "rbac.authorization.k8s.io", "v1", "clusterrolebindings", false },
    .decoder = { binding_paths, decode_binding, false },
    .columns = binding_columns,
    .refers = (const char *const[]) { "clusterroles", "serviceaccounts", NULL },
    .enter = enter_binding,
};
