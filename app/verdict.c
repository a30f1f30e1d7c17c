#include "app/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts/journal.h"
#include "app/app.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/target.h"
#include "views/objwatch.h"

enum { GIVE_UP_MS = 15 * 60 * 1000, LOOK_MS = 3000, LOOK_AGAIN = 3, MAX_PODS = 200 };

struct verdict {
    struct app *app;
    struct ctx *cx;
    struct act_target t;
    unsigned flags;
    uint64_t entry, pods_call;
    struct objwatch *watch;
    struct loop_timer *timer;
    int64_t since;
    struct buf text, fault;
    json_t *object;
    bool over;
    unsigned ticks;
};

// ---- words

static enum verdict_state deployment(const json_t *o, struct buf *out)
{
    const json_t *st = json_object_get(o, "status");
    const json_t *want = json_at(o, "spec", "replicas", NULL);
    long long n = want ? (long long)json_integer_value(want) : 1;
    long long updated = json_i64(st, "updatedReplicas", NULL), all = json_i64(st, "replicas", NULL);
    long long available = json_i64(st, "availableReplicas", NULL);
    size_t i;
    json_t *c;
    if (json_i64(o, "metadata", "generation", NULL) > json_i64(st, "observedGeneration", NULL)) {
        buf_puts(out, "waiting for the change to be observed");
        return VERDICT_WAITING;
    }
    json_array_foreach(json_object_get(st, "conditions"), i, c)
    {
        if (str_eq(json_str(c, "type", NULL), "Progressing") &&
            str_eq(json_str(c, "reason", NULL), "ProgressDeadlineExceeded")) {
            buf_puts(out, "exceeded its progress deadline");
            return VERDICT_STUCK;
        }
    }
    bool paused = json_bool(o, "spec", "paused", NULL); // its template is not rolled out, but it scales
    if (paused && available == n && all == n)
        return buf_printf(out, "%lld/%lld available, paused", available, n), VERDICT_DONE;
    if (paused && all <= n)
        buf_printf(out, "%lld of %lld replicas are available", available, n);
    else if (!paused && updated < n)
        buf_printf(out, "%lld out of %lld new replicas have been updated", updated, n);
    else if (!paused && all > updated)
        buf_printf(out, "%lld old replicas are pending termination", all - updated);
    else if (all > n) // scaled down: rollout status does not look at this
        buf_printf(out, "%lld replicas too many are pending termination", all - n);
    else if (available < updated)
        buf_printf(out, "%lld of %lld updated replicas are available", available, updated);
    else
        return buf_printf(out, "%lld/%lld available", available, n), VERDICT_DONE;
    return VERDICT_WAITING;
}

static enum verdict_state daemonset(const json_t *o, struct buf *out)
{
    const json_t *st = json_object_get(o, "status");
    long long want = json_i64(st, "desiredNumberScheduled", NULL), updated = json_i64(st, "updatedNumberScheduled", NULL);
    long long available = json_i64(st, "numberAvailable", NULL);
    bool on_delete = str_eq(json_str(o, "spec", "updateStrategy", "type", NULL), "OnDelete");
    if (json_i64(o, "metadata", "generation", NULL) > json_i64(st, "observedGeneration", NULL))
        buf_puts(out, "waiting for the change to be observed");
    else if (!on_delete && updated < want)
        buf_printf(out, "%lld out of %lld new pods have been updated", updated, want);
    else if (available < want)
        buf_printf(out, "%lld of %lld updated pods are available", available, want);
    else
        return buf_printf(out, "%lld/%lld available%s", available, want, on_delete ? "; Pods are replaced when deleted" : ""),
               VERDICT_DONE;
    return VERDICT_WAITING;
}

static enum verdict_state statefulset(const json_t *o, struct buf *out)
{
    const json_t *st = json_object_get(o, "status"), *want = json_at(o, "spec", "replicas", NULL);
    long long n = want ? (long long)json_integer_value(want) : 1;
    long long part = json_i64(o, "spec", "updateStrategy", "rollingUpdate", "partition", NULL);
    long long ready = json_i64(st, "readyReplicas", NULL), updated = json_i64(st, "updatedReplicas", NULL);
    long long all = json_i64(st, "replicas", NULL);
    bool on_delete = str_eq(json_str(o, "spec", "updateStrategy", "type", NULL), "OnDelete");
    int64_t seen = json_i64(st, "observedGeneration", NULL);
    if (!seen || json_i64(o, "metadata", "generation", NULL) > seen)
        buf_puts(out, "waiting for the change to be observed");
    else if (ready < n)
        buf_printf(out, "waiting for %lld pods to be ready", n - ready);
    else if (all > n)
        buf_printf(out, "%lld pods too many are pending termination", all - n);
    else if (!on_delete && part > 0 && updated < n - part)
        buf_printf(out, "%lld out of %lld new pods have been updated", updated, n - part);
    else if (!on_delete && part <= 0 &&
             !str_eq(json_str(st, "updateRevision", NULL), json_str(st, "currentRevision", NULL)))
        buf_printf(out, "waiting for the rolling update: %lld pods at revision %s", updated,
            json_str(st, "updateRevision", NULL));
    else
        return buf_printf(out, "%lld/%lld ready", ready, n), VERDICT_DONE;
    return VERDICT_WAITING;
}

static enum verdict_state replicas(const json_t *o, struct buf *out)
{
    const json_t *st = json_object_get(o, "status");
    long long n = json_i64(o, "spec", "replicas", NULL), all = json_i64(st, "replicas", NULL);
    long long ready = json_i64(st, "readyReplicas", NULL);
    bool seen = json_i64(o, "metadata", "generation", NULL) <= json_i64(st, "observedGeneration", NULL);
    buf_printf(out, "%lld/%lld ready", ready, n);
    return seen && all == n && ready >= n ? VERDICT_DONE : VERDICT_WAITING;
}

static const struct {
    const char *group, *resource;
    enum verdict_state (*fn)(const json_t *o, struct buf *out);
} rollouts[] = { { "apps", "deployments", deployment }, { "apps", "daemonsets", daemonset },
    { "apps", "statefulsets", statefulset }, { "apps", "replicasets", replicas },
    { "", "replicationcontrollers", replicas } };

bool verdict_knows(const char *group, const char *resource)
{
    for (size_t i = 0; i < ARRAY_SIZE(rollouts); i++)
        if (str_eq(rollouts[i].resource, resource) && str_eq(rollouts[i].group, group))
            return true;
    return false;
}

enum verdict_state verdict_rollout(const char *resource, const json_t *object, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(rollouts); i++)
        if (str_eq(rollouts[i].resource, resource))
            return rollouts[i].fn(object, out);
    return VERDICT_DONE;
}

bool verdict_pod_fault(const json_t *pod, struct buf *out)
{
    static const char *const lists[] = { "initContainerStatuses", "containerStatuses" };
    static const char *const fine[] = { "", "ContainerCreating", "PodInitializing" };
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        json_t *c;
        size_t i;
        json_array_foreach(json_at(pod, "status", lists[k], NULL), i, c)
        {
            const char *why = json_str(c, "state", "waiting", "reason", NULL);
            const json_t *last = json_at(c, "lastState", "terminated", NULL);
            bool ok = false;
            for (size_t f = 0; f < ARRAY_SIZE(fine); f++)
                ok |= str_eq(fine[f], why);
            if (ok)
                continue;
            buf_puts(out, why);
            if (last)
                buf_printf(out, ", exit %lld", (long long)json_i64(last, "exitCode", NULL));
            return true;
        }
    }
    json_t *c;
    size_t i;
    json_array_foreach(json_at(pod, "status", "conditions", NULL), i, c)
    {
        if (str_eq(json_str(c, "type", NULL), "PodScheduled") && str_eq(json_str(c, "status", NULL), "False")) {
            buf_printf(out, "%s: %.160s", json_str(c, "reason", NULL), json_str(c, "message", NULL));
            return true;
        }
    }
    return false;
}

// ---- following

static long long seconds(const struct verdict *v)
{
    return time_stands_still() ? 0 : (long long)((time_boot_ms() - v->since) / 1000);
}

__attribute__((format(printf, 4, 5))) static void tell(
    struct verdict *v, enum journal_state state, style_t style, const char *fmt, ...)
{
    char text[500];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    const struct journal_entry *e = journal_find(v->app->host.journal, v->entry), *last = journal_at(v->app->host.journal, 0);
    bool news = e && (state != e->state || !str_eq(e->result, text));
    if (news)
        journal_tell(v->app->host.journal, v->entry, state, "%s", text);
    v->over = state != JOURNAL_RUNNING;
    if (v->over) // the watch may be the caller: it goes in the next turn
        loop_timer_start(v->timer, 0, 0);
    if (news && last == e)
        app_flash(v->app, style, "%s %s: %s%s%s", v->t.api_kind, v->t.name, text, v->over && *str_or(e->evidence, "") ? "; evidence in " : "",
            v->over ? str_or(e->evidence, "") : "");
    app_dirty(v->app);
}

static void say(struct verdict *v)
{
    enum verdict_state st;
    buf_clear(&v->text);
    st = verdict_rollout(v->t.gvr.resource, v->object, &v->text);
    if (st == VERDICT_DONE)
        tell(v, JOURNAL_DONE, ROLE_OK, "%s after %lld s", v->text.s, seconds(v));
    else if (v->fault.n)
        tell(v, JOURNAL_RUNNING, ROLE_BAD, "%s: %s; new Pods: %s", st == VERDICT_STUCK ? "stuck" : "not done", v->text.s,
            v->fault.s);
    else if (st == VERDICT_STUCK)
        tell(v, JOURNAL_RUNNING, ROLE_BAD, "stuck: %s", v->text.s);
    else
        tell(v, JOURNAL_RUNNING, ROLE_INFO, "%s", v->text.s);
}

static void on_object(void *arg, json_t *doc, const struct err *err)
{
    struct verdict *v = arg;
    bool other = doc && !str_eq(json_str(doc, "metadata", "uid", NULL), v->t.uid);
    if (v->over)
        return;
    if (v->flags & ACT_GONE) {
        if (!doc && err->code && err->code != 404)
            return; // not known: a read that failed is tried again
        if (!doc || other)
            tell(v, JOURNAL_DONE, ROLE_OK, "gone after %lld s%s", seconds(v), other ? "; another one has its name now" : "");
        else
            tell(v, JOURNAL_RUNNING, ROLE_INFO, "%s",
                *json_str(doc, "metadata", "deletionTimestamp", NULL) ? "it is ending" : "deletion asked for");
        return;
    }
    if (!doc && err->code && err->code != 404)
        return;
    if (!doc || other) {
        tell(v, JOURNAL_FAILED, ROLE_BAD, "it was deleted meanwhile");
        return;
    }
    json_decref(v->object);
    v->object = json_incref(doc);
    say(v);
}

// What is wrong with its Pods that are not ready, one of them for all.
static void on_pods(void *arg, json_t *doc, const struct http_result *res)
{
    struct verdict *v = arg;
    size_t i;
    json_t *pod;
    v->pods_call = 0;
    if (!res->ok || v->over)
        return;
    buf_clear(&v->fault);
    json_array_foreach(json_object_get(doc, "items"), i, pod)
    {
        if (!v->fault.n)
            verdict_pod_fault(pod, &v->fault);
    }
    if (v->object)
        say(v);
}

static void look_at_pods(struct verdict *v)
{
    struct buf sel = BUF_INIT, path = BUF_INIT;
    if (!v->pods_call && target_selector(v->object, &sel)) {
        static const struct gvr pods = { "", "v1", "pods", true };
        gvr_path(&path, &pods, v->t.ns, NULL);
        buf_printf(&path, "?limit=%d&labelSelector=", MAX_PODS);
        str_url_escape(&path, sel.s);
        v->pods_call = client_get(v->cx->client, path.s, on_pods, v);
    }
    buf_release(&sel);
    buf_release(&path);
}

static void on_timer(void *arg)
{
    struct verdict *v = arg;
    if (v->over) {
        objwatch_free(v->watch);
        v->watch = NULL;
        return;
    }
    if (time_boot_ms() - v->since > GIVE_UP_MS)
        tell(v, JOURNAL_FAILED, ROLE_WARN, "not done after 15 minutes: %s", str_or(v->text.s, "no end seen"));
    else if (v->object)
        look_at_pods(v);
    else if (v->flags & ACT_GONE && ++v->ticks % LOOK_AGAIN == 0)
        objwatch_refresh(v->watch); // what is waited for is an end: it is not left to one event alone
}

struct verdict *verdict_new(struct app *app, struct ctx *cx, const struct act_target *t, unsigned flags, uint64_t entry)
{
    struct verdict *v = xcalloc(1, sizeof(*v));
    v->app = app;
    v->cx = cx;
    v->flags = flags;
    v->entry = entry;
    v->since = time_boot_ms();
    v->t = (struct act_target) { t->kind, t->gvr, xstrdup(t->api_kind), xstrdup(t->ns), xstrdup(t->name), xstrdup(t->uid) };
    buf_init(&v->text);
    buf_init(&v->fault);
    v->timer = loop_timer_new(app->loop, on_timer, v);
    loop_timer_start(v->timer, LOOK_MS, LOOK_MS);
    v->watch = objwatch_new(cx->client, &v->t.gvr, v->t.ns, v->t.name, on_object, v);
    return v;
}

bool verdict_over(const struct verdict *v)
{
    return v->over;
}

bool verdict_overtaken(struct verdict *v, const struct act_target *t, const char *by)
{
    if (v->over || !str_eq(v->t.uid, t->uid))
        return false;
    v->over = true;
    journal_tell(v->app->host.journal, v->entry, JOURNAL_DONE, "overtaken by %s: %s", by, str_or(v->text.s, "no end seen"));
    return true;
}

void verdict_free(struct verdict *v)
{
    objwatch_free(v->watch);
    client_cancel(v->cx->client, v->pods_call);
    loop_timer_free(v->timer);
    json_decref(v->object);
    buf_release(&v->text);
    buf_release(&v->fault);
    act_target_release(&v->t);
    free(v);
}
