// Job and CronJob (printers.go printJob, printCronJob).
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "views/kinds/kinds.h"
#include "views/kinds/podspec.h"

enum job_field { J_STATUS, J_DONE, J_START, J_END, J_CONTAINERS, J_IMAGES, J_SELECTOR, J_COUNT };

static const char *const job_paths[] = { "spec.completions", "spec.parallelism", "spec.selector",
    "spec.suspend", "spec.template.spec.containers[].name", "spec.template.spec.containers[].image",
    "spec.template.spec.volumes", "spec.template.spec.serviceAccountName", "status", NULL };

static bool has_condition(const json_t *job, const char *type, const json_t **out)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_at(job, "status", "conditions", NULL), i, c)
    {
        if (str_eq(json_str(c, "type", NULL), type) && str_eq(json_str(c, "status", NULL), "True")) {
            if (out)
                *out = c;
            return true;
        }
    }
    return false;
}

static const char *job_status(const json_t *job)
{
    static const char *const order[] = { "Complete", "Failed" };
    for (size_t i = 0; i < 2; i++)
        if (has_condition(job, order[i], NULL))
            return order[i];
    if (json_at(job, "metadata", "deletionTimestamp", NULL))
        return "Terminating";
    if (has_condition(job, "Suspended", NULL))
        return "Suspended";
    if (has_condition(job, "FailureTarget", NULL))
        return "FailureTarget";
    return has_condition(job, "SuccessCriteriaMet", NULL) ? "SuccessCriteriaMet" : "Running";
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

static void decode_job(const json_t *job, struct row_builder *b)
{
    struct buf names = BUF_INIT, images = BUF_INIT;
    char sel[1024];
    const json_t *failed = NULL;
    const char *status = job_status(job);
    rb_begin(b, job, J_COUNT);
    rb_str(b, J_STATUS, status);
    put_completions(b, job);
    rb_num(b, J_START, json_time(job, "status", "startTime", NULL));
    rb_num(b, J_END, json_time(job, "status", "completionTime", NULL));
    podspec_containers(json_at(job, "spec", "template", "spec", NULL), &names, &images);
    kind_selector(json_at(job, "spec", "selector", NULL), sel, sizeof(sel));
    rb_str(b, J_CONTAINERS, names.s);
    rb_str(b, J_IMAGES, images.s);
    rb_str(b, J_SELECTOR, sel);
    podspec_links(b, json_at(job, "spec", "template", "spec", NULL));
    if (str_eq(status, "Complete"))
        rb_severity(b, SEV_DIM);
    else if (has_condition(job, "Failed", &failed)) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "%s: %s", json_str(failed, "reason", NULL), json_str(failed, "message", NULL));
    } else if (json_i64(job, "status", "failed", NULL)) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "%lld Pods of it failed so far", (long long)json_i64(job, "status", "failed", NULL));
    }
    rb_emit(b);
    buf_release(&names);
    buf_release(&images);
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
    snprintf(out->view, sizeof(out->view), "pods");
    snprintf(out->ns, sizeof(out->ns), "%s", row->ns);
    snprintf(out->labels, sizeof(out->labels), "%s", row->f[J_SELECTOR].s);
    return true;
}

static const struct column job_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "STATUS", FMT_TEXT, J_STATUS, COL_BOTH, .status = true },
    { "COMPLETIONS", FMT_TEXT, J_DONE, COL_BOTH },
    { "DURATION", FMT_TEXT, 0, COL_BOTH, .text = duration_text, .key = duration_key },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "CONTAINERS", FMT_TEXT, J_CONTAINERS, COL_WIDE },
    { "IMAGES", FMT_TEXT, J_IMAGES, COL_WIDE },
    { "SELECTOR", FMT_TEXT, J_SELECTOR, COL_WIDE },
    { 0 },
};

enum cron_field { C_SCHEDULE, C_TZ, C_SUSPEND, C_ACTIVE, C_LAST, C_CONTAINERS, C_IMAGES, C_SUCCESS, C_COUNT };

static const char *const cron_paths[] = { "spec.schedule", "spec.timeZone", "spec.suspend",
    "spec.jobTemplate.spec.template.spec.containers[].name",
    "spec.jobTemplate.spec.template.spec.containers[].image",
    "spec.jobTemplate.spec.template.spec.volumes",
    "spec.jobTemplate.spec.template.spec.serviceAccountName", "status.active[].name",
    "status.lastScheduleTime", "status.lastSuccessfulTime", NULL };

static void decode_cronjob(const json_t *cj, struct row_builder *b)
{
    struct buf names = BUF_INIT, images = BUF_INIT;
    const json_t *spec = json_at(cj, "spec", "jobTemplate", "spec", "template", "spec", NULL);
    bool suspended = json_bool(cj, "spec", "suspend", NULL);
    rb_begin(b, cj, C_COUNT);
    rb_str(b, C_SCHEDULE, json_str(cj, "spec", "schedule", NULL));
    rb_str(b, C_TZ, str_or(json_str(cj, "spec", "timeZone", NULL), "<none>"));
    rb_str(b, C_SUSPEND, suspended ? "True" : "False");
    rb_num(b, C_ACTIVE, (int64_t)json_array_size(json_at(cj, "status", "active", NULL)));
    rb_num(b, C_LAST, json_time(cj, "status", "lastScheduleTime", NULL));
    rb_num(b, C_SUCCESS, json_time(cj, "status", "lastSuccessfulTime", NULL));
    podspec_containers(spec, &names, &images);
    rb_str(b, C_CONTAINERS, names.s);
    rb_str(b, C_IMAGES, images.s);
    podspec_links(b, spec);
    if (suspended)
        rb_severity(b, SEV_DIM);
    rb_emit(b);
    buf_release(&names);
    buf_release(&images);
}

static bool enter_cronjob(const struct row *row, struct drill *out)
{
    snprintf(out->view, sizeof(out->view), "jobs");
    snprintf(out->ns, sizeof(out->ns), "%s", row->ns);
    snprintf(out->owner_uid, sizeof(out->owner_uid), "%s", row->uid);
    return true;
}

static const struct column cron_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "SCHEDULE", FMT_TEXT, C_SCHEDULE, COL_BOTH },
    { "TIMEZONE", FMT_TEXT, C_TZ, COL_BOTH },
    { "SUSPEND", FMT_TEXT, C_SUSPEND, COL_BOTH },
    { "ACTIVE", FMT_INT, C_ACTIVE, COL_BOTH },
    { "LAST SCHEDULE", FMT_TIME_AGO, C_LAST, COL_BOTH | COL_NONE },
    { "LAST SUCCESS", FMT_TIME_AGO, C_SUCCESS, COL_SCREEN | COL_NONE },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "CONTAINERS", FMT_TEXT, C_CONTAINERS, COL_WIDE },
    { "IMAGES", FMT_TEXT, C_IMAGES, COL_WIDE },
    { "SELECTOR", FMT_TEXT, C_COUNT, COL_KUBECTL_WIDE, .text = NULL },
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
    .enter = enter_cronjob,
};
