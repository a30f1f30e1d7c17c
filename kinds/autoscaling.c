// HorizontalPodAutoscaler (autoscaling/v2; printers.go formatHPAMetrics, printHorizontalPodAutoscaler).
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

enum field { F_REFERENCE, F_TARGETS, F_MIN, F_MAX, F_CURRENT, F_DESIRED, F_LAST, F_KIND, F_NAME, F_COUNT };

static const char *const paths[] = { "spec.scaleTargetRef.kind", "spec.scaleTargetRef.name", "spec.metrics",
    "spec.minReplicas", "spec.maxReplicas", "status.currentMetrics", "status.currentReplicas",
    "status.desiredReplicas", "status.lastScaleTime", "status.conditions[].type",
    "status.conditions[].status", "status.conditions[].reason", "status.conditions[].message", NULL };

// Where each type of metric keeps its name and numbers.
static const struct metric_type {
    const char *type, *key;
    bool named, utilization; // "cpu: …"; has averageUtilization
    bool value;              // a plain value where there is no averageValue
} types[] = {
    { "External", "external", false, false, true },
    { "Pods", "pods", false, false, false },
    { "Object", "object", false, false, true },
    { "Resource", "resource", true, true, false },
    { "ContainerResource", "containerResource", true, true, false },
};

static const char *quantity_or(const json_t *v, const char *key, const char *fallback)
{
    return str_or(json_str(v, key, NULL), fallback);
}

static void percent_or(struct buf *out, const json_t *v, const char *fallback)
{
    const json_t *n = json_object_get(v, "averageUtilization");
    if (json_is_integer(n))
        buf_printf(out, "%lld%%", (long long)json_integer_value(n));
    else
        buf_puts(out, fallback);
}

static void put_metric(struct buf *out, const struct metric_type *t, const json_t *spec, const json_t *status)
{
    const json_t *target = json_at(spec, t->key, "target", NULL);
    const json_t *current = json_at(status, t->key, "current", NULL);
    bool has_status = json_object_get(status, t->key) != NULL;
    bool average = json_object_get(target, "averageValue") != NULL || !(t->utilization || t->value);
    if (t->named)
        buf_printf(out, "%s: ", json_str(spec, t->key, "name", NULL));
    if (average && !t->value) {
        buf_printf(out, "%s/%s", has_status ? quantity_or(current, "averageValue", "<nil>") : "<unknown>",
            quantity_or(target, "averageValue", "<nil>"));
    } else if (average) {
        buf_printf(out, "%s/%s (avg)", quantity_or(current, "averageValue", "<unknown>"),
            json_str(target, "averageValue", NULL));
    } else if (t->utilization) {
        percent_or(out, current, "<unknown>");
        buf_puts(out, "/");
        percent_or(out, target, "<auto>");
    } else {
        buf_printf(out, "%s/%s", has_status ? quantity_or(current, "value", "<nil>") : "<unknown>",
            quantity_or(target, "value", "<nil>"));
    }
}

static void put_targets(struct row_builder *b, const json_t *hpa)
{
    enum { MAX_METRICS = 2 };
    const json_t *specs = json_at(hpa, "spec", "metrics", NULL);
    const json_t *statuses = json_at(hpa, "status", "currentMetrics", NULL);
    size_t n = json_array_size(specs);
    struct buf s = BUF_INIT;
    for (size_t i = 0; i < n && i < MAX_METRICS; i++) {
        const json_t *spec = json_array_get(specs, i);
        const struct metric_type *t = NULL;
        for (size_t k = 0; k < sizeof(types) / sizeof(*types); k++)
            if (str_eq(types[k].type, json_str(spec, "type", NULL)))
                t = &types[k];
        buf_puts(&s, i ? ", " : "");
        if (t)
            put_metric(&s, t, spec, json_array_get(statuses, i));
        else
            buf_puts(&s, "<unknown type>");
    }
    if (n > MAX_METRICS)
        buf_printf(&s, " + %zu more...", n - MAX_METRICS);
    rb_str(b, F_TARGETS, n ? s.s : "<none>");
    buf_release(&s);
}

static void judge(struct row_builder *b, const json_t *hpa, int64_t current, int64_t desired)
{
    static const char *const must[] = { "AbleToScale", "ScalingActive" };
    const json_t *limited = cond_find(hpa, "ScalingLimited");
    const char *why = json_str(limited, "reason", NULL);
    for (size_t i = 0; i < 2; i++) {
        const json_t *c = cond_find(hpa, must[i]);
        // Disabled means that somebody scaled the target to zero
        if (!str_eq(json_str(c, "status", NULL), "False") || str_eq(json_str(c, "reason", NULL), "ScalingDisabled"))
            continue;
        rb_severity(b, SEV_BAD);
        rb_insight(b, "cannot scale: %s: %s", json_str(c, "reason", NULL), json_str(c, "message", NULL));
    }
    if (str_eq(json_str(limited, "status", NULL), "True") && str_eq(why, "TooManyReplicas")) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "at its maximum of %lld replicas, its metrics ask for more",
            (long long)json_i64(hpa, "spec", "maxReplicas", NULL));
    }
    if (desired != current) {
        rb_severity(b, SEV_INFO);
        rb_insight(b, "scaling from %lld to %lld replicas", (long long)current, (long long)desired);
    }
}

static void decode(const json_t *hpa, struct row_builder *b)
{
    const json_t *ref = json_at(hpa, "spec", "scaleTargetRef", NULL);
    const json_t *min = json_at(hpa, "spec", "minReplicas", NULL);
    const char *kind = json_str(ref, "kind", NULL), *name = json_str(ref, "name", NULL);
    int64_t current = json_i64(hpa, "status", "currentReplicas", NULL);
    int64_t desired = json_i64(hpa, "status", "desiredReplicas", NULL);
    rb_begin(b, hpa, F_COUNT);
    rb_fmt(b, F_REFERENCE, "%s/%s", kind, name);
    rb_str(b, F_KIND, kind);
    rb_str(b, F_NAME, name);
    put_targets(b, hpa);
    if (min)
        rb_fmt(b, F_MIN, "%lld", (long long)json_integer_value(min));
    else
        rb_str(b, F_MIN, "<unset>");
    rb_num(b, F_MAX, json_i64(hpa, "spec", "maxReplicas", NULL));
    rb_num(b, F_CURRENT, current);
    rb_num(b, F_DESIRED, desired);
    rb_num(b, F_LAST, json_time(hpa, "status", "lastScaleTime", NULL));
    if (*plural_of(kind))
        rb_link(b, plural_of(kind), obj_ns(hpa), name);
    judge(b, hpa, current, desired);
    rb_emit(b);
}

static bool enter(const struct row *row, struct drill *out)
{
    const char *plural = plural_of(row->f[F_KIND].s);
    return *plural && drill_to(out, plural, row->ns) && drill_name(out, row->f[F_NAME].s);
}

static const struct column columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "REFERENCE", FMT_TEXT, F_REFERENCE, COL_BOTH },
    { "TARGETS", FMT_TEXT, F_TARGETS, COL_BOTH },
    { "MINPODS", FMT_TEXT, F_MIN, COL_BOTH },
    { "MAXPODS", FMT_INT, F_MAX, COL_BOTH },
    { "REPLICAS", FMT_INT, F_CURRENT, COL_BOTH },
    { "DESIRED", FMT_INT, F_DESIRED, COL_SCREEN },
    { "LAST SCALE", FMT_TIME_AGO, F_LAST, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

const struct kind kind_horizontalpodautoscalers = {
    .name = "horizontalpodautoscalers",
    .title = "HorizontalPodAutoscalers",
    .aliases = (const char *const[]) { "hpa", "horizontalpodautoscaler", NULL },
    .api_kind = "HorizontalPodAutoscaler",
    .gvr = { "autoscaling", "v2", "horizontalpodautoscalers", true },
    .decoder = { paths, decode, false },
    .columns = columns,
    .refers = (const char *const[]) { "deployments", "statefulsets", "replicasets", "replicationcontrollers", NULL },
    .enter = enter,
    .insight_hint = "Enter shows what is scaled",
};
