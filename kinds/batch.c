// Job and CronJob (printers.go printJob, printCronJob).
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "kinds/common.h"
#include "kinds/cron.h"
#include "kinds/kinds.h"
#include "kinds/podspec.h"

enum job_field { J_STATUS, J_DONE, J_START, J_END, J_FAILED, J_CONTAINERS, J_IMAGES, J_SELECTOR, J_COUNT };

static const char *const job_paths[] = { "spec.completions", "spec.parallelism", "spec.selector",
    "spec.backoffLimit", PODSPEC_IMAGE_PATHS("spec.template.spec"), PODSPEC_LINK_PATHS("spec.template.spec"),
    "status.startTime", "status.completionTime", "status.succeeded", "status.failed", "status.active",
    "status.ready", "status.conditions[].type", "status.conditions[].status",
    "status.conditions[].reason", "status.conditions[].message", "status.conditions[].lastTransitionTime",
    NULL };

static const char *job_status(const json_t *job)
{
    static const char *const ended[] = { "Complete", "Failed" };
    static const char *const others[] = { "Suspended", "FailureTarget", "SuccessCriteriaMet" };
    for (size_t i = 0; i < 2; i++)
        if (cond_is(job, ended[i], "True"))
            return ended[i];
    if (json_at(job, "metadata", "deletionTimestamp", NULL))
        return "Terminating";
    for (size_t i = 0; i < 3; i++)
        if (cond_is(job, others[i], "True"))
            return others[i];
    return "Running";
}

static void put_completions(struct row_builder *b, const json_t *job)
{
    const json_t *want = json_at(job, "spec", "completions", NULL);
    const json_t *par = json_at(job, "spec", "parallelism", NULL);
    int64_t done = json_i64(job, "status", "succeeded", NULL);
    if (want)
        rb_fmt(b, J_DONE, "%lld/%lld", (long long)done, (long long)json_integer_value(want));
    else if (par && json_integer_value(par) > 1)
        rb_fmt(b, J_DONE, "%lld/1 of %lld", (long long)done, (long long)json_integer_value(par));
    else
        rb_fmt(b, J_DONE, "%lld/1", (long long)done);
}

static void judge_job(struct row_builder *b, const json_t *job, const char *status)
{
    int64_t failed = json_i64(job, "status", "failed", NULL), ready = json_i64(job, "status", "ready", NULL);
    int64_t active = json_i64(job, "status", "active", NULL);
    int64_t limit = json_i64(job, "spec", "backoffLimit", NULL);
    struct buf s = BUF_INIT;
    if (str_eq(status, "Complete")) {
        rb_severity(b, SEV_DIM);
    } else if (str_eq(status, "Failed") || str_eq(status, "FailureTarget")) {
        cond_text(cond_find(job, status), &s);
        rb_severity(b, SEV_BAD);
        rb_fade(b, json_time(cond_find(job, status), "lastTransitionTime", NULL), SEV_WARN);
        rb_insight(b, "%s; failed Pods: %lld", str_or(s.s, status), (long long)failed);
    } else if (str_eq(status, "Suspended")) {
        rb_severity(b, SEV_DIM);
        rb_insight(b, "suspended: it starts no Pods until resumed");
    } else if (failed) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "failed Pods: %lld; it gives up after %lld", (long long)failed, (long long)limit + 1);
    } else if (active > ready) {
        rb_severity(b, SEV_INFO);
        rb_insight(b, "%lld of %lld active Pods are ready", (long long)ready, (long long)active);
    } else {
        rb_severity(b, SEV_INFO);
    }
    buf_release(&s);
}

static void decode_job(const json_t *job, struct row_builder *b)
{
    struct buf names = BUF_INIT, images = BUF_INIT;
    char sel[2048];
    const json_t *spec = json_at(job, "spec", "template", "spec", NULL);
    const char *status = job_status(job);
    rb_begin(b, job, J_COUNT);
    rb_str(b, J_STATUS, status);
    put_completions(b, job);
    rb_num(b, J_START, json_time(job, "status", "startTime", NULL));
    rb_num(b, J_END, json_time(job, "status", "completionTime", NULL));
    rb_num(b, J_FAILED, json_i64(job, "status", "failed", NULL));
    podspec_containers(spec, &names, &images);
    kind_selector(json_at(job, "spec", "selector", NULL), sel, sizeof(sel));
    rb_take(b, J_CONTAINERS, &names);
    rb_take(b, J_IMAGES, &images);
    rb_str(b, J_SELECTOR, sel);
    podspec_links(b, obj_ns(job), spec);
    judge_job(b, job, status);
    rb_emit(b);
}

static void duration_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    char d[HUMAN_DURATION_MAX];
    if (!row->f[J_START].n)
        return;
    human_duration((row->f[J_END].n ? row->f[J_END].n : env->now) - row->f[J_START].n, d);
    buf_puts(out, d);
}

static double duration_key(const struct row *row, const struct cell_env *env)
{
    return row->f[J_START].n ? (double)((row->f[J_END].n ? row->f[J_END].n : env->now) - row->f[J_START].n) : -1;
}

static bool enter_job(const struct row *row, struct drill *out)
{
    return drill_to(out, "pods", row->ns) && drill_labels(out, row->f[J_SELECTOR].s);
}

static const struct column job_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "STATUS", FMT_TEXT, J_STATUS, COL_BOTH, .status = true },
    { "COMPLETIONS", FMT_TEXT, J_DONE, COL_BOTH },
    { "FAILED", FMT_INT, J_FAILED, COL_SCREEN | COL_RIGHT },
    { "DURATION", FMT_TEXT, 0, COL_BOTH, .text = duration_text, .key = duration_key },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "CONTAINERS", FMT_TEXT, J_CONTAINERS, COL_WIDE },
    { "IMAGES", FMT_TEXT, J_IMAGES, COL_WIDE },
    { "SELECTOR", FMT_TEXT, J_SELECTOR, COL_WIDE },
    { 0 },
};

enum cron_field { C_SCHEDULE, C_TZ, C_SUSPEND, C_ACTIVE, C_LAST, C_CONTAINERS, C_IMAGES, C_SELECTOR, C_SUCCESS,
    C_POLICY, C_COUNT };

#define CRON_TEMPLATE "spec.jobTemplate.spec.template.spec"
static const char *const cron_paths[] = { "spec.schedule", "spec.timeZone", "spec.suspend",
    "spec.concurrencyPolicy", PODSPEC_IMAGE_PATHS(CRON_TEMPLATE),
    PODSPEC_LINK_PATHS(CRON_TEMPLATE), "status.active[].name", "status.lastScheduleTime",
    "status.lastSuccessfulTime", NULL };

static void judge_cronjob(struct row_builder *b, const json_t *cj)
{
    int64_t last = json_time(cj, "status", "lastScheduleTime", NULL);
    int64_t success = json_time(cj, "status", "lastSuccessfulTime", NULL);
    size_t active = json_array_size(json_at(cj, "status", "active", NULL));
    struct cron c;
    char at[32] = "never";
    if (json_bool(cj, "spec", "suspend", NULL)) {
        rb_severity(b, SEV_DIM);
        rb_insight(b, "suspended: it starts no Jobs until resumed");
    } else if (!cron_parse(json_str(cj, "spec", "schedule", NULL), &c)) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "its schedule cannot be read");
    } else if (last && success < last && !active) {
        if (success)
            time_format_rfc3339(success, at);
        rb_severity(b, SEV_WARN);
        rb_insight(b, "its last run did not succeed; last success: %s", at);
    }
}

static void decode_cronjob(const json_t *cj, struct row_builder *b)
{
    struct buf names = BUF_INIT, images = BUF_INIT;
    const json_t *spec = json_at(cj, "spec", "jobTemplate", "spec", "template", "spec", NULL);
    const json_t *suspend = json_at(cj, "spec", "suspend", NULL);
    rb_begin(b, cj, C_COUNT);
    rb_str(b, C_SCHEDULE, json_str(cj, "spec", "schedule", NULL));
    rb_str(b, C_TZ, str_or(json_str(cj, "spec", "timeZone", NULL), "<none>"));
    rb_str(b, C_SUSPEND, !suspend ? "<unset>" : json_is_true(suspend) ? "True" : "False");
    rb_str(b, C_POLICY, json_str(cj, "spec", "concurrencyPolicy", NULL));
    rb_num(b, C_ACTIVE, (int64_t)json_array_size(json_at(cj, "status", "active", NULL)));
    rb_num(b, C_LAST, json_time(cj, "status", "lastScheduleTime", NULL));
    rb_num(b, C_SUCCESS, json_time(cj, "status", "lastSuccessfulTime", NULL));
    podspec_containers(spec, &names, &images);
    rb_take(b, C_CONTAINERS, &names);
    rb_take(b, C_IMAGES, &images);
    // the API refuses a selector in a jobTemplate, and kubectl has a column for it all the same
    rb_str(b, C_SELECTOR, "<none>");
    podspec_links(b, obj_ns(cj), spec);
    judge_cronjob(b, cj);
    rb_emit(b);
}

// Seconds until the next run; below zero: none, or in a time zone that is not UTC. Without a zone the
// controller's local time counts, which is UTC in every managed cluster.
static double next_run(const struct row *row, const struct cell_env *env)
{
    static const char *const utc[] = { "<none>", "UTC", "Etc/UTC", "Etc/GMT", "GMT", "Zulu" };
    struct cron c;
    int64_t last = row->f[C_LAST].n, next = 0;
    bool known = false;
    for (size_t i = 0; i < sizeof(utc) / sizeof(*utc); i++)
        known |= str_eq(row->f[C_TZ].s, utc[i]);
    if (known && !str_eq(row->f[C_SUSPEND].s, "True") && cron_parse(row->f[C_SCHEDULE].s, &c))
        next = cron_next(&c, env->now, last ? last : row->created);
    return next ? (double)(next - env->now) : -1;
}

static void next_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    char d[HUMAN_DURATION_MAX];
    double in = next_run(row, env);
    if (in < 0)
        return;
    human_duration((int64_t)in, d);
    buf_printf(out, "in %s", d);
}

static bool enter_cronjob(const struct row *row, struct drill *out)
{
    return drill_to(out, "jobs", row->ns) && drill_owned(out, row);
}

static const struct column cron_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "SCHEDULE", FMT_TEXT, C_SCHEDULE, COL_BOTH },
    { "TIMEZONE", FMT_TEXT, C_TZ, COL_BOTH, .rank = 30 },
    { "SUSPEND", FMT_TEXT, C_SUSPEND, COL_BOTH },
    { "ACTIVE", FMT_INT, C_ACTIVE, COL_BOTH },
    { "LAST SCHEDULE", FMT_TIME_AGO, C_LAST, COL_BOTH | COL_NONE, .rank = 8 },
    { "LAST SUCCESS", FMT_TIME_AGO, C_SUCCESS, COL_SCREEN | COL_NONE },
    { "NEXT", FMT_TEXT, 0, COL_SCREEN, .text = next_text, .key = next_run },
    { "CONCURRENCY", FMT_TEXT, C_POLICY, COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "CONTAINERS", FMT_TEXT, C_CONTAINERS, COL_WIDE, .max = 40 },
    { "IMAGES", FMT_TEXT, C_IMAGES, COL_WIDE, .max = 50 },
    { "SELECTOR", FMT_TEXT, C_SELECTOR, COL_KUBECTL_WIDE },
    { 0 },
};

static void cron_status(const struct row *row, const struct cell_env *env, struct buf *out)
{
    (void)env;
    if (row->f[C_ACTIVE].n)
        buf_printf(out, "Active %lld", (long long)row->f[C_ACTIVE].n);
    else
        buf_puts(out, str_eq(row->f[C_SUSPEND].s, "True") ? "Suspended" : "Scheduled");
}

static const struct column cron_merged[] = {
    { "STATUS", FMT_TEXT, C_SUSPEND, 0, .text = cron_status, .status = true },
    { 0 },
};

const struct kind kind_jobs = {
    .name = "jobs",
    .title = "Jobs",
    .aliases = (const char *const[]) { "job", NULL },
    .api_kind = "Job",
    .gvr = { "batch", "v1", "jobs", true },
    .decoder = { job_paths, decode_job, false },
    .columns = job_columns,
    .refers = (const char *const[]) { PODSPEC_REFERS, NULL },
    .enter = enter_job,
};
const struct kind kind_cronjobs = {
    .name = "cronjobs",
    .title = "CronJobs",
    .aliases = (const char *const[]) { "cj", "cronjob", NULL },
    .api_kind = "CronJob",
    .gvr = { "batch", "v1", "cronjobs", true },
    .decoder = { cron_paths, decode_cronjob, false },
    .columns = cron_columns,
    .merged = cron_merged,
    .refers = (const char *const[]) { PODSPEC_REFERS, NULL },
    .enter = enter_cronjob,
};
