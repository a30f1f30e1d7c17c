// ValidatingWebhookConfiguration, MutatingWebhookConfiguration, ValidatingAdmissionPolicy, MutatingAdmissionPolicy
// and their bindings (printers.go). What refuses or changes writes: looked at when nothing can be created any more.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

enum hook_field { W_COUNT_HOOKS, W_POLICY, W_TARGETS, W_COUNT };

static const char *const hook_paths[] = { "webhooks[].failurePolicy", "webhooks[].clientConfig.service.name",
    "webhooks[].clientConfig.service.namespace", "webhooks[].clientConfig.url", NULL };

// Each text once: the webhooks of one configuration mostly share service and policy.
static void add_once(struct buf *out, const char *s)
{
    size_t n = strlen(s);
    for (const char *p = out->s; *p; p += strcspn(p, ","), p += *p == ',')
        if (strcspn(p, ",") == n && memcmp(p, s, n) == 0)
            return;
    list_add(out, s);
}

static void decode_hooks(const json_t *c, struct row_builder *b)
{
    struct buf policy = BUF_INIT, targets = BUF_INIT;
    const json_t *hooks = json_object_get(c, "webhooks");
    size_t i;
    json_t *h;
    rb_begin(b, c, W_COUNT);
    json_array_foreach((json_t *)hooks, i, h)
    {
        const json_t *svc = json_at(h, "clientConfig", "service", NULL);
        const char *ns = json_str(svc, "namespace", NULL), *name = json_str(svc, "name", NULL);
        char target[600];
        snprintf(target, sizeof(target), "%s%s%s", ns, svc ? "/" : "",
            svc ? name : json_str(h, "clientConfig", "url", NULL));
        add_once(&targets, target);
        add_once(&policy, json_str(h, "failurePolicy", NULL));
        rb_link(b, "services", ns, name);
    }
    rb_num(b, W_COUNT_HOOKS, (int64_t)json_array_size(hooks));
    rb_take(b, W_POLICY, &policy);
    rb_take(b, W_TARGETS, &targets);
    rb_emit(b);
}

static const struct column hook_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "WEBHOOKS", FMT_INT, W_COUNT_HOOKS, COL_BOTH },
    { "FAILURE", FMT_TEXT, W_POLICY, COL_SCREEN },
    { "CALLS", FMT_TEXT, W_TARGETS, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- ValidatingAdmissionPolicy, MutatingAdmissionPolicy

enum policy_field { P_STEPS, P_PARAM, P_FAILURE, P_COUNT };

static const char *const policy_paths[] = { "spec.validations[].-", "spec.mutations[].-", "spec.paramKind.apiVersion",
    "spec.paramKind.kind", "spec.failurePolicy", "status.typeChecking.expressionWarnings[].warning",
    "status.typeChecking.expressionWarnings[].fieldRef", NULL };

static void decode_policy(const json_t *p, struct row_builder *b)
{
    const json_t *param = json_at(p, "spec", "paramKind", NULL);
    const json_t *warnings = json_at(p, "status", "typeChecking", "expressionWarnings", NULL);
    rb_begin(b, p, P_COUNT);
    rb_num(b, P_STEPS, (int64_t)(json_array_size(json_at(p, "spec", "validations", NULL)) +
                                  json_array_size(json_at(p, "spec", "mutations", NULL)))); // a kind has one of them
    if (param)
        rb_fmt(b, P_PARAM, "%s/%s", json_str(param, "apiVersion", NULL), json_str(param, "kind", NULL));
    else
        rb_str(b, P_PARAM, "<unset>");
    rb_str(b, P_FAILURE, json_str(p, "spec", "failurePolicy", NULL));
    if (json_array_size(warnings)) {
        const json_t *w = json_array_get(warnings, 0);
        rb_severity(b, SEV_WARN);
        rb_insight(b, "%s: %s", json_str(w, "fieldRef", NULL), json_str(w, "warning", NULL));
    }
    rb_emit(b);
}

static const struct column policy_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "VALIDATIONS", FMT_INT, P_STEPS, COL_BOTH },
    { "PARAMKIND", FMT_TEXT, P_PARAM, COL_BOTH },
    { "FAILURE", FMT_TEXT, P_FAILURE, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};
static const struct column mutating_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "MUTATIONS", FMT_INT, P_STEPS, COL_BOTH },
    { "PARAMKIND", FMT_TEXT, P_PARAM, COL_BOTH },
    { "FAILURE", FMT_TEXT, P_FAILURE, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- ValidatingAdmissionPolicyBinding, MutatingAdmissionPolicyBinding

enum binding_field { B_POLICY, B_PARAM, B_ACTIONS, B_COUNT };

static const char *const binding_paths[] = { "spec.policyName", "spec.paramRef", "spec.validationActions",
    NULL };

// The Go value as its generated String() prints it (apimachinery meta/v1/generated.pb.go): what the server
// puts in that column, however unlike a selector it looks.
static void go_selector(const json_t *sel, struct buf *out)
{
    ARR(const char *) keys = { 0 };
    const json_t *labels = json_object_get(sel, "matchLabels");
    const char *key;
    json_t *v, *value;
    size_t i, k;
    json_object_foreach((json_t *)labels, key, v)
    {
        arr_push(&keys, key);
    }
    if (keys.n)
        qsort(keys.v, keys.n, sizeof(*keys.v), cmp_str);
    buf_puts(out, "&LabelSelector{MatchLabels:map[string]string{");
    for (i = 0; i < keys.n; i++)
        buf_printf(out, "%s: %s,", keys.v[i], json_str(labels, keys.v[i], NULL));
    buf_puts(out, "},MatchExpressions:[]LabelSelectorRequirement{");
    json_array_foreach(json_object_get(sel, "matchExpressions"), i, v)
    {
        buf_printf(out, "LabelSelectorRequirement{Key:%s,Operator:%s,Values:[", json_str(v, "key", NULL),
            json_str(v, "operator", NULL));
        json_array_foreach(json_object_get(v, "values"), k, value)
        {
            buf_printf(out, "%s%s", k ? " " : "", str_or(json_string_value(value), ""));
        }
        buf_puts(out, "],},");
    }
    buf_puts(out, "},}");
    arr_release(&keys);
}

static void decode_policy_binding(const json_t *p, struct row_builder *b)
{
    struct buf actions = BUF_INIT, param = BUF_INIT;
    const json_t *ref = json_at(p, "spec", "paramRef", NULL);
    const char *name = json_str(ref, "name", NULL), *policy = json_str(p, "spec", "policyName", NULL);
    size_t i;
    json_t *v;
    if (*name)
        buf_printf(&param, "%s/%s", str_or(json_str(ref, "namespace", NULL), "*"), name);
    else if (json_object_get(ref, "selector"))
        go_selector(json_object_get(ref, "selector"), &param);
    else
        buf_puts(&param, "<unset>");
    json_array_foreach(json_at(p, "spec", "validationActions", NULL), i, v)
    {
        list_add(&actions, str_or(json_string_value(v), ""));
    }
    rb_begin(b, p, B_COUNT);
    rb_str(b, B_POLICY, policy);
    rb_take(b, B_PARAM, &param);
    rb_take(b, B_ACTIONS, &actions);
    bool mutating = !json_at(p, "spec", "validationActions", NULL); // an item of a list does not say its kind
    rb_link(b, mutating ? "mutatingadmissionpolicies" : "validatingadmissionpolicies", "", policy);
    rb_emit(b);
}

static bool enter_policy_binding(const struct row *row, struct drill *out)
{
    return drill_to(out, "validatingadmissionpolicies", "") && drill_name(out, row->f[B_POLICY].s);
}

static bool enter_mutating_binding(const struct row *row, struct drill *out)
{
    return drill_to(out, "mutatingadmissionpolicies", "") && drill_name(out, row->f[B_POLICY].s);
}

static const struct column binding_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "POLICYNAME", FMT_TEXT, B_POLICY, COL_BOTH },
    { "PARAMREF", FMT_TEXT, B_PARAM, COL_BOTH, .max = 50 },
    { "ACTIONS", FMT_TEXT, B_ACTIONS, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

static const struct column mutating_binding_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "POLICYNAME", FMT_TEXT, B_POLICY, COL_BOTH },
    { "PARAMREF", FMT_TEXT, B_PARAM, COL_BOTH, .max = 50 },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

const struct kind kind_validatingwebhookconfigurations = {
    .name = "validatingwebhookconfigurations",
    .title = "ValidatingWebhookConfigurations",
    .aliases = (const char *const[]) { "vwc", "validatingwebhookconfiguration", NULL },
    .api_kind = "ValidatingWebhookConfiguration",
    .gvr = { "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", false },
    .decoder = { hook_paths, decode_hooks, false },
    .columns = hook_columns,
    .refers = (const char *const[]) { "services", NULL },
};
const struct kind kind_mutatingwebhookconfigurations = {
    .name = "mutatingwebhookconfigurations",
    .title = "MutatingWebhookConfigurations",
    .aliases = (const char *const[]) { "mwc", "mutatingwebhookconfiguration", NULL },
    .api_kind = "MutatingWebhookConfiguration",
    .gvr = { "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", false },
    .decoder = { hook_paths, decode_hooks, false },
    .columns = hook_columns,
    .refers = (const char *const[]) { "services", NULL },
};
const struct kind kind_validatingadmissionpolicies = {
    .name = "validatingadmissionpolicies",
    .title = "ValidatingAdmissionPolicies",
    .aliases = (const char *const[]) { "vap", "validatingadmissionpolicy", NULL },
    .api_kind = "ValidatingAdmissionPolicy",
    .gvr = { "admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", false },
    .decoder = { policy_paths, decode_policy, false },
    .columns = policy_columns,
};
const struct kind kind_validatingadmissionpolicybindings = {
    .name = "validatingadmissionpolicybindings",
    .title = "ValidatingAdmissionPolicyBindings",
    .aliases = (const char *const[]) { "vapb", "validatingadmissionpolicybinding", NULL },
    .api_kind = "ValidatingAdmissionPolicyBinding",
    .gvr = { "admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", false },
    .decoder = { binding_paths, decode_policy_binding, false },
    .columns = binding_columns,
    .refers = (const char *const[]) { "validatingadmissionpolicies", NULL },
    .enter = enter_policy_binding,
};
const struct kind kind_mutatingadmissionpolicies = {
    .name = "mutatingadmissionpolicies",
    .title = "MutatingAdmissionPolicies",
    .aliases = (const char *const[]) { "map", "mutatingadmissionpolicy", NULL },
    .api_kind = "MutatingAdmissionPolicy",
    .gvr = { "admissionregistration.k8s.io", "v1", "mutatingadmissionpolicies", false },
    .decoder = { policy_paths, decode_policy, false },
    .columns = mutating_columns,
};
const struct kind kind_mutatingadmissionpolicybindings = {
    .name = "mutatingadmissionpolicybindings",
    .title = "MutatingAdmissionPolicyBindings",
    .aliases = (const char *const[]) { "mapb", "mutatingadmissionpolicybinding", NULL },
    .api_kind = "MutatingAdmissionPolicyBinding",
    .gvr = { "admissionregistration.k8s.io", "v1", "mutatingadmissionpolicybindings", false },
    .decoder = { binding_paths, decode_policy_binding, false },
    .columns = mutating_binding_columns,
    .refers = (const char *const[]) { "mutatingadmissionpolicies", NULL },
    .enter = enter_mutating_binding,
};
