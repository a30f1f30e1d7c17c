// Jobs and CronJobs (pkg/controller/job, pkg/controller/cronjob).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "demo/ctl.h"

static void job_sync(void *arg, const char *uid);

static void job_done(struct cluster *cl, json_t *job, bool ok)
{
    char stamp[32];
    sim_stamp(cl->sim, stamp);
    if (ok) {
        ctl_condition(cl, job, "SuccessCriteriaMet", "True", "CompletionsReached",
            "Reached expected number of succeeded pods");
        ctl_condition(cl, job, "Complete", "True", "CompletionsReached",
            "Reached expected number of succeeded pods");
        json_object_set_new(ctl_status(job), "completionTime", json_string(stamp));
        cl_event(cl, job, "", false, "job-controller", "", "Completed", "Job completed");
    } else {
        ctl_condition(cl, job, "FailureTarget", "True", "BackoffLimitExceeded",
            "Job has reached the specified backoff limit");
        ctl_condition(cl, job, "Failed", "True", "BackoffLimitExceeded",
            "Job has reached the specified backoff limit");
        cl_event(cl, job, "", true, "job-controller", "", "BackoffLimitExceeded",
            "Job has reached the specified backoff limit");
    }
}

struct counts {
    int64_t active, ready, ok, failed;
};

static struct counts count_pods(struct cluster *cl, const char *uid)
{
    struct counts c = { 0 };
    const rev_list *kids = db_children(cl->db, uid);
    for (size_t i = 0; i < kids->n; i++) {
        const struct rev *p = kids->v[i];
        if (!ctl_is(p, "", "pods"))
            continue;
        bool failed = (p->flags & REV_DONE) && strstr(p->text, "\"phase\":\"Failed\"") != NULL;
        c.failed += failed;
        c.ok += (p->flags & REV_DONE) && !failed;
        c.active += !(p->flags & (REV_DONE | REV_TERMINATING));
        c.ready += (p->flags & REV_READY) != 0;
    }
    return c;
}

static void job_pods(struct cluster *cl, json_t *job, const struct counts *c, int64_t want)
{
    int64_t parallel = json_i64(job, "spec", "parallelism", NULL);
    int64_t room = want - c->ok < parallel ? want - c->ok : parallel;
    for (int64_t i = c->active; i < room; i++) {
        char name[300];
        json_t *s = ctl_make_pod(cl, job, json_at(job, "spec", "template", NULL), NULL, NULL, name);
        cl_event(cl, job, "", s != NULL, "job-controller", "",
            s ? "FailedCreate" : "SuccessfulCreate", s ? "Error creating: %s" : "Created pod: %s",
            s ? json_str(s, "message", NULL) : name);
        json_decref(s);
    }
}

static bool finished(const json_t *job)
{
    return ctl_find_condition(job, "Complete") || ctl_find_condition(job, "Failed");
}

static void job_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *job = ctl_load(cl, uid, "jobs", &r);
    if (!job || (r->flags & REV_TERMINATING) || finished(job)) {
        json_decref(job);
        return;
    }
    char stamp[32];
    sim_stamp(cl->sim, stamp);
    json_t *status = ctl_status(job);
    struct counts c = count_pods(cl, uid);
    const json_t *completions = json_at(job, "spec", "completions", NULL);
    int64_t want = completions ? json_integer_value(completions) : 1;
    if (json_bool(job, "spec", "suspend", NULL)) {
        ctl_condition(cl, job, "Suspended", "True", "JobSuspended", "Job suspended");
    } else {
        if (!json_object_get(status, "startTime"))
            json_object_set_new(status, "startTime", json_string(stamp));
        if (c.ok >= want)
            job_done(cl, job, true);
        else if (c.failed > json_i64(job, "spec", "backoffLimit", NULL))
            job_done(cl, job, false);
        else
            job_pods(cl, job, &c, want);
    }
    c = count_pods(cl, uid);
    static const char *const keys[] = { "active", "ready", "succeeded", "failed" };
    const int64_t values[] = { c.active, c.ready, c.ok, c.failed };
    for (size_t i = 0; i < 4; i++) {
        if (values[i] || i == 1)
            json_object_set_new(status, keys[i], json_integer(values[i]));
        else
            json_object_del(status, keys[i]);
    }
    json_object_set_new(status, "terminating", json_integer(0));
    json_object_set_new(status, "uncountedTerminatedPods", json_object());
    r = db_by_uid(cl->db, uid);
    if (r)
        cl_update(cl, r, job);
    json_decref(job);
}

// One field of a schedule ("*/5", "1,30", "1-5", "*") against a value.
static bool field_matches(const char *f, size_t n, int value, int low)
{
    char text[64];
    snprintf(text, sizeof(text), "%.*s", (int)(n < 63 ? n : 63), f);
    for (char *save = NULL, *part = strtok_r(text, ",", &save); part;
         part = strtok_r(NULL, ",", &save)) {
        char *slash = strchr(part, '/'), *dash = strchr(part, '-');
        int step = slash ? atoi(slash + 1) : 1, from = low, to = 99;
        if (*part != '*') {
            from = atoi(part);
            to = dash ? atoi(dash + 1) : slash ? 99 : from;
        }
        if (value >= from && value <= to && (value - from) % (step > 0 ? step : 1) == 0)
            return true;
    }
    return false;
}

static bool schedule_matches(const char *s, time_t t)
{
    static const struct {
        const char *name, *schedule;
    } macros[] = { { "@hourly", "0 * * * *" }, { "@daily", "0 0 * * *" },
        { "@midnight", "0 0 * * *" }, { "@weekly", "0 0 * * 0" }, { "@monthly", "0 0 1 * *" } };
    struct tm tm;
    for (size_t i = 0; i < ARRAY_SIZE(macros); i++)
        s = str_eq(s, macros[i].name) ? macros[i].schedule : s;
    gmtime_r(&t, &tm);
    const int values[] = { tm.tm_min, tm.tm_hour, tm.tm_mday, tm.tm_mon + 1, tm.tm_wday };
    for (int i = 0; i < 5; i++) {
        s += strspn(s, " ");
        size_t n = strcspn(s, " ");
        if (!n || !field_matches(s, n, values[i], i == 2 || i == 3))
            return false;
        s += n;
    }
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct rev *x = *(struct rev *const *)a, *y = *(struct rev *const *)b;
    return x->created != y->created ? (x->created > y->created ? -1 : 1) : strcmp(y->key, x->key);
}

// Keeps the newest finished Jobs up to the limits.
static void trim_history(struct cluster *cl, const json_t *cj, const char *uid)
{
    rev_list jobs = { 0 };
    const rev_list *kids = db_children(cl->db, uid);
    for (size_t i = 0; i < kids->n; i++)
        arr_push(&jobs, rev_ref(kids->v[i]));
    if (jobs.n > 1)
        qsort(jobs.v, jobs.n, sizeof(*jobs.v), newest_first);
    int64_t keep[2] = { json_i64(cj, "spec", "successfulJobsHistoryLimit", NULL),
        json_i64(cj, "spec", "failedJobsHistoryLimit", NULL) };
    for (size_t i = 0; i < jobs.n; i++) {
        json_t *job = rev_tree(jobs.v[i]);
        int failed = ctl_find_condition(job, "Failed") != NULL;
        if (finished(job) && keep[failed]-- <= 0)
            cl_delete(cl, jobs.v[i]);
        json_decref(job);
        rev_unref(jobs.v[i]);
    }
    arr_release(&jobs);
}

static void cj_status(struct cluster *cl, const char *uid, int64_t fired)
{
    struct rev *r = db_by_uid(cl->db, uid);
    json_t *cj = rev_tree(r), *active = json_array();
    const rev_list *kids = db_children(cl->db, uid);
    char stamp[32];
    for (size_t i = 0; i < kids->n; i++) {
        json_t *job = rev_tree(kids->v[i]);
        if (finished(job)) {
            const char *done = json_str(job, "status", "completionTime", NULL);
            if (*done
                && strcmp(done, json_str(cj, "status", "lastSuccessfulTime", NULL)) > 0)
                json_object_set_new(
                    ctl_status(cj), "lastSuccessfulTime", json_string(done));
        } else {
            json_array_append_new(active,
                json_pack("{s:s,s:s,s:s,s:s,s:s}", "kind", "Job", "namespace", kids->v[i]->ns,
                    "name", kids->v[i]->name, "uid", kids->v[i]->uid, "apiVersion", "batch/v1"));
        }
        json_decref(job);
    }
    if (json_array_size(active))
        json_object_set(ctl_status(cj), "active", active);
    else
        json_object_del(ctl_status(cj), "active");
    json_decref(active);
    if (fired) {
        time_format_rfc3339(fired, stamp);
        json_object_set_new(ctl_status(cj), "lastScheduleTime", json_string(stamp));
    }
    cl_update(cl, r, cj);
    json_decref(cj);
}

static void cj_fire(struct cluster *cl, const char *uid, int64_t now)
{
    struct rev *r;
    json_t *cj = ctl_load(cl, uid, "cronjobs", &r);
    char name[300];
    if (!cj)
        return;
    snprintf(name, sizeof(name), "%.200s-%lld", r->name, (long long)now / 60);
    json_t *template = json_at(cj, "spec", "jobTemplate", NULL);
    json_t *job = json_deep_copy(template), *meta = ctl_child(job, "metadata");
    char stamp[32];
    time_format_rfc3339(now, stamp);
    json_object_set_new(meta, "name", json_string(name));
    json_object_set_new(ctl_child(meta, "annotations"),
        "batch.kubernetes.io/cronjob-scheduled-timestamp", json_string(stamp));
    json_object_set_new(meta, "ownerReferences", ctl_owner_ref(cj));
    json_t *s = obj_create(cl, cl_type(cl, "batch", "jobs"), r->ns, job,
        &(struct write_opts) { .internal = true });
    if (!s)
        cl_event(cl, cj, "", false, "cronjob-controller", "", "SuccessfulCreate",
            "Created job %s", name);
    json_decref(s);
    json_decref(job);
    cj_status(cl, uid, now);
    trim_history(cl, cj, uid);
    json_decref(cj);
}

static void cron_minute(void *arg, const char *key)
{
    struct cluster *cl = arg;
    int64_t now = sim_now_ms(cl->sim) / 60000 * 60;
    size_t from, to;
    const rev_list *l = db_list(cl->db, cl_type(cl, "batch", "cronjobs"), "", &from, &to);
    ARR(char *) due = { 0 };
    for (size_t i = from; i < to; i++) {
        json_t *cj = rev_tree(l->v[i]);
        if (!json_bool(cj, "spec", "suspend", NULL)
            && schedule_matches(json_str(cj, "spec", "schedule", NULL), (time_t)now))
            arr_push(&due, xstrdup(l->v[i]->uid));
        json_decref(cj);
    }
    for (size_t i = 0; i < due.n; i++) {
        cj_fire(cl, due.v[i], now);
        free(due.v[i]);
    }
    arr_release(&due);
    sim_once(cl->sim, (now + 60) * 1000 - sim_now_ms(cl->sim), cron_minute, cl, key);
}

// Idempotent: scenarios start it for their last hour, the live cluster keeps it going.
void ctl_cronjob_live(struct cluster *cl)
{
    int64_t now = sim_now_ms(cl->sim);
    sim_once(cl->sim, 60000 - now % 60000, cron_minute, cl, "cron");
}

static void cj_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r = db_by_uid(cl->db, uid);
    if (r && ctl_is(r, "batch", "cronjobs"))
        cj_status(cl, uid, 0);
}

void ctl_job_event(struct cluster *cl, const struct db_event *ev)
{
    const struct rev *r = ev->now;
    if (ctl_is(r, "batch", "jobs")) {
        if (ev->type != DB_DELETED)
            ctl_enqueue(cl, job_sync, r->uid);
        ctl_enqueue(cl, cj_sync, r->owner);
    } else if (ctl_is(r, "", "pods") && *r->owner
        && (!ev->prev || ev->prev->flags != r->flags || ev->type == DB_DELETED)) {
        ctl_enqueue(cl, job_sync, r->owner);
    }
}
