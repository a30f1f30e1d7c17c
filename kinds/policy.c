// ResourceQuota, LimitRange, PodDisruptionBudget, PriorityClass, RuntimeClass, Lease, PodTemplate
// (printers.go).
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/num.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/quantity.h"
#include "kinds/common.h"
#include "kinds/kinds.h"
#include "kinds/podspec.h"

// ---- ResourceQuota

enum quota_field { Q_REQUEST, Q_LIMIT, Q_WORST, Q_PERCENT, Q_COUNT };

static const char *const quota_paths[] = { "status.hard", "status.used", NULL };

static int64_t percent_used(const char *used, const char *hard)
{
    int64_t u, h;
    if (!quantity_milli(used, &u) || !quantity_milli(hard, &h))
        return -1;
    return h > 0 ? num_percent(u, h) : u > 0 ? 100 : -1;
}

static void decode_quota(const json_t *q, struct row_builder *b)
{
    struct buf columns[2] = { BUF_INIT, BUF_INIT };
    const json_t *hard = json_at(q, "status", "hard", NULL), *used = json_at(q, "status", "used", NULL);
    ARR(const char *) names = { 0 };
    const char *key, *worst = "";
    int64_t most = -1;
    json_t *v;
    json_object_foreach((json_t *)hard, key, v)
    {
        arr_push(&names, key);
    }
    if (names.n)
        qsort(names.v, names.n, sizeof(*names.v), cmp_str);
    for (size_t i = 0; i < names.n; i++) {
        struct buf *out = &columns[str_starts(names.v[i], "limits.")];
        const char *u = str_or(json_str(used, names.v[i], NULL), "0"), *h = json_str(hard, names.v[i], NULL);
        int64_t percent = percent_used(u, h);
        buf_printf(out, "%s%s: %s/%s", out->n ? ", " : "", names.v[i], u, h);
        if (percent > most) {
            most = percent;
            worst = names.v[i];
        }
    }
    rb_begin(b, q, Q_COUNT);
    rb_take(b, Q_REQUEST, &columns[0]);
    rb_take(b, Q_LIMIT, &columns[1]);
    rb_str(b, Q_WORST, worst);
    rb_num(b, Q_PERCENT, most);
    if (most >= 90) {
        rb_severity(b, most >= 100 ? SEV_BAD : SEV_WARN);
        rb_insight(b, "%s: %s of %s used%s", worst, str_or(json_str(used, worst, NULL), "0"),
            json_str(hard, worst, NULL), most >= 100 ? "; more is refused" : "");
    }
    arr_release(&names);
    rb_emit(b);
}

static void worst_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    (void)env;
    if (row->f[Q_PERCENT].n >= 0)
        buf_printf(out, "%lld%% %s", (long long)row->f[Q_PERCENT].n, row->f[Q_WORST].s);
}

static double worst_key(const struct row *row, const struct cell_env *env)
{
    (void)env;
    return (double)row->f[Q_PERCENT].n;
}

static const struct column quota_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "USED", FMT_TEXT, 0, COL_SCREEN, .text = worst_text, .key = worst_key, .status = true },
    { "REQUEST", FMT_TEXT, Q_REQUEST, COL_BOTH },
    { "LIMIT", FMT_TEXT, Q_LIMIT, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- LimitRange: the server has no printer of its own for it

static const char *const range_paths[] = { "spec.limits", NULL };

static void decode_range(const json_t *r, struct row_builder *b)
{
    static const char *const bounds[] = { "min", "max", "default", "defaultRequest" };
    struct buf s = BUF_INIT;
    size_t i;
    const char *name;
    json_t *limit, *v;
    json_array_foreach(json_at(r, "spec", "limits", NULL), i, limit)
    {
        buf_printf(&s, "%s%s:", i ? "; " : "", json_str(limit, "type", NULL));
        for (size_t k = 0; k < 4; k++) {
            json_object_foreach(json_object_get(limit, bounds[k]), name, v)
            {
                buf_printf(&s, " %s %s=%s", bounds[k], name, str_or(json_string_value(v), ""));
            }
        }
    }
    rb_begin(b, r, 1);
    rb_take(b, 0, &s);
    rb_emit(b);
}

static const struct column range_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CREATED AT", FMT_TEXT, 0, COL_KUBECTL | COL_SCREEN_WIDE, .text = created_text, .key = created_key },
    { "LIMITS", FMT_TEXT, 0, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_SCREEN },
    { 0 },
};

// ---- PodDisruptionBudget

enum pdb_field { P_MIN, P_MAX, P_ALLOWED, P_HEALTHY, P_EXPECTED, P_SELECTOR, P_COUNT };

static const char *const pdb_paths[] = { "spec.minAvailable", "spec.maxUnavailable", "spec.selector",
    "status.disruptionsAllowed", "status.currentHealthy", "status.desiredHealthy", "status.expectedPods",
    "status.conditions[].type", "status.conditions[].reason", "status.conditions[].message", NULL };

static void judge_pdb(struct row_builder *b, const json_t *p)
{
    const json_t *st = json_object_get(p, "status"), *c = cond_find(p, "DisruptionAllowed");
    int64_t healthy = json_i64(st, "currentHealthy", NULL), desired = json_i64(st, "desiredHealthy", NULL);
    int64_t expected = json_i64(st, "expectedPods", NULL);
    if (str_eq(json_str(c, "reason", NULL), "SyncFailed")) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "SyncFailed: %s", json_str(c, "message", NULL));
    }
    if (!expected) {
        rb_severity(b, SEV_DIM);
        rb_insight(b, "it matches no Pods");
    } else if (json_i64(st, "disruptionsAllowed", NULL) == 0) {
        rb_severity(b, healthy < desired ? SEV_BAD : SEV_WARN);
        rb_insight(b, "no Pod may be evicted: %lld healthy, %lld needed of %lld; a drain will wait",
            (long long)healthy, (long long)desired, (long long)expected);
    }
}

static void decode_pdb(const json_t *p, struct row_builder *b)
{
    char tmp[32], sel[2048];
    kind_selector(json_at(p, "spec", "selector", NULL), sel, sizeof(sel));
    rb_begin(b, p, P_COUNT);
    rb_str(b, P_MIN, str_or(json_scalar(json_at(p, "spec", "minAvailable", NULL), tmp), "N/A"));
    rb_str(b, P_MAX, str_or(json_scalar(json_at(p, "spec", "maxUnavailable", NULL), tmp), "N/A"));
    rb_num(b, P_ALLOWED, json_i64(p, "status", "disruptionsAllowed", NULL));
    rb_num(b, P_HEALTHY, json_i64(p, "status", "currentHealthy", NULL));
    rb_num(b, P_EXPECTED, json_i64(p, "status", "expectedPods", NULL));
    rb_str(b, P_SELECTOR, sel);
    judge_pdb(b, p);
    kind_link_selected(b, obj_ns(p), json_at(p, "spec", "selector", NULL));
    rb_emit(b);
}

static bool enter_pdb(const struct row *row, struct drill *out)
{
    return drill_to(out, "pods", row->ns) && drill_labels(out, row->f[P_SELECTOR].s);
}

static const struct column pdb_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "MIN AVAILABLE", FMT_TEXT, P_MIN, COL_BOTH },
    { "MAX UNAVAILABLE", FMT_TEXT, P_MAX, COL_BOTH },
    { "ALLOWED DISRUPTIONS", FMT_INT, P_ALLOWED, COL_BOTH, .status = true },
    { "HEALTHY", FMT_RATIO, P_HEALTHY, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "SELECTOR", FMT_TEXT, P_SELECTOR, COL_SCREEN_WIDE },
    { 0 },
};

// ---- PriorityClass

enum prio_field { C_VALUE, C_DEFAULT, C_POLICY, C_COUNT };

static const char *const prio_paths[] = { "value", "globalDefault", "preemptionPolicy", NULL };

static void decode_prio(const json_t *c, struct row_builder *b)
{
    rb_begin(b, c, C_COUNT);
    rb_num(b, C_VALUE, json_i64(c, "value", NULL));
    rb_str(b, C_DEFAULT, json_bool(c, "globalDefault", NULL) ? "true" : "false");
    rb_str(b, C_POLICY, json_str(c, "preemptionPolicy", NULL));
    rb_emit(b);
}

static const struct column prio_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "VALUE", FMT_INT, C_VALUE, COL_BOTH },
    { "GLOBAL-DEFAULT", FMT_TEXT, C_DEFAULT, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "PREEMPTIONPOLICY", FMT_TEXT, C_POLICY, COL_BOTH },
    { 0 },
};

// ---- RuntimeClass

static const char *const runtime_paths[] = { "handler", NULL };

static void decode_runtime(const json_t *r, struct row_builder *b)
{
    rb_begin(b, r, 1);
    rb_str(b, 0, json_str(r, "handler", NULL));
    rb_emit(b);
}

static const struct column runtime_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "HANDLER", FMT_TEXT, 0, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- Lease

enum lease_field { L_HOLDER, L_RENEWED, L_DURATION, L_CHANGES, L_COUNT };

static const char *const lease_paths[] = { "spec.holderIdentity", "spec.renewTime",
    "spec.leaseDurationSeconds", "spec.leaseTransitions", NULL };

static void decode_lease(const json_t *l, struct row_builder *b)
{
    rb_begin(b, l, L_COUNT);
    rb_str(b, L_HOLDER, json_str(l, "spec", "holderIdentity", NULL));
    rb_num(b, L_RENEWED, json_time(l, "spec", "renewTime", NULL));
    rb_num(b, L_DURATION, json_i64(l, "spec", "leaseDurationSeconds", NULL));
    rb_num(b, L_CHANGES, json_i64(l, "spec", "leaseTransitions", NULL));
    rb_emit(b);
}

// A lease that was not renewed in time: its holder is gone, or cut off.
static style_t renewed_style(const struct row *row, const struct cell_env *env)
{
    int64_t at = row->f[L_RENEWED].n, ttl = row->f[L_DURATION].n;
    return at && ttl && env->now > at + ttl ? ROLE_WARN : ROLE_TEXT;
}

static const struct column lease_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "HOLDER", FMT_TEXT, L_HOLDER, COL_BOTH },
    { "RENEWED", FMT_TIME_AGO, L_RENEWED, COL_SCREEN, .style = renewed_style },
    { "TTL", FMT_INT, L_DURATION, COL_SCREEN | COL_RIGHT },
    { "TRANSITIONS", FMT_INT, L_CHANGES, COL_SCREEN | COL_RIGHT },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- PodTemplate

enum template_field { T_CONTAINERS, T_IMAGES, T_LABELS, T_COUNT };

static const char *const template_paths[] = { "template.metadata.labels",
    PODSPEC_IMAGE_PATHS("template.spec"), PODSPEC_LINK_PATHS("template.spec"), NULL };

static void decode_template(const json_t *t, struct row_builder *b)
{
    struct buf names = BUF_INIT, images = BUF_INIT, labels = BUF_INIT;
    const json_t *spec = json_at(t, "template", "spec", NULL);
    podspec_containers(spec, &names, &images);
    labels_text(json_at(t, "template", "metadata", "labels", NULL), &labels);
    rb_begin(b, t, T_COUNT);
    rb_take(b, T_CONTAINERS, &names);
    rb_take(b, T_IMAGES, &images);
    rb_take(b, T_LABELS, &labels);
    podspec_links(b, obj_ns(t), spec);
    rb_emit(b);
}

static const struct column template_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CONTAINERS", FMT_TEXT, T_CONTAINERS, COL_BOTH },
    { "IMAGES", FMT_TEXT, T_IMAGES, COL_BOTH },
    { "POD LABELS", FMT_TEXT, T_LABELS, COL_BOTH },
    { 0 },
};

const struct kind kind_resourcequotas = {
    .name = "resourcequotas",
    .title = "ResourceQuotas",
    .aliases = (const char *const[]) { "quota", "resourcequota", NULL },
    .api_kind = "ResourceQuota",
    .gvr = { "", "v1", "resourcequotas", true },
    .decoder = { quota_paths, decode_quota, false },
    .columns = quota_columns,
};
const struct kind kind_limitranges = {
    .name = "limitranges",
    .title = "LimitRanges",
    .aliases = (const char *const[]) { "limits", "limitrange", NULL },
    .api_kind = "LimitRange",
    .gvr = { "", "v1", "limitranges", true },
    .decoder = { range_paths, decode_range, false },
    .columns = range_columns,
};
const struct kind kind_poddisruptionbudgets = {
    .name = "poddisruptionbudgets",
    .title = "PodDisruptionBudgets",
    .aliases = (const char *const[]) { "pdb", "poddisruptionbudget", NULL },
    .api_kind = "PodDisruptionBudget",
    .gvr = { "policy", "v1", "poddisruptionbudgets", true },
    .decoder = { pdb_paths, decode_pdb, false },
    .columns = pdb_columns,
    .refers = (const char *const[]) { LINK_SELECTED, NULL },
    .enter = enter_pdb,
    .insight_hint = "Enter shows the Pods a budget protects",
};
const struct kind kind_priorityclasses = {
    .name = "priorityclasses",
    .title = "PriorityClasses",
    .aliases = (const char *const[]) { "pc", "priorityclass", NULL },
    .api_kind = "PriorityClass",
    .gvr = { "scheduling.k8s.io", "v1", "priorityclasses", false },
    .decoder = { prio_paths, decode_prio, false },
    .columns = prio_columns,
};
const struct kind kind_runtimeclasses = {
    .name = "runtimeclasses",
    .title = "RuntimeClasses",
    .aliases = (const char *const[]) { "runtimeclass", NULL },
    .api_kind = "RuntimeClass",
    .gvr = { "node.k8s.io", "v1", "runtimeclasses", false },
    .decoder = { runtime_paths, decode_runtime, false },
    .columns = runtime_columns,
};
const struct kind kind_leases = {
    .name = "leases",
    .title = "Leases",
    .aliases = (const char *const[]) { "lease", NULL },
    .api_kind = "Lease",
    .gvr = { "coordination.k8s.io", "v1", "leases", true },
    .decoder = { lease_paths, decode_lease, false },
    .columns = lease_columns,
};
const struct kind kind_podtemplates = {
    .name = "podtemplates",
    .title = "PodTemplates",
    .aliases = (const char *const[]) { "podtemplate", NULL },
    .api_kind = "PodTemplate",
    .gvr = { "", "v1", "podtemplates", true },
    .decoder = { template_paths, decode_template, false },
    .columns = template_columns,
    .refers = (const char *const[]) { PODSPEC_REFERS, NULL },
};
