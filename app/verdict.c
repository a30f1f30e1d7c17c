#include "app/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts/history.h"
#include "acts/journal.h"
#include "acts/progress.h"
#include "acts/traffic.h"
#include "app/app.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/target.h"
#include "views/objwatch.h"

enum { GIVE_UP_MS = 15 * 60 * 1000, LOOK_MS = 3000, LOOK_SLICES_MS = 1000, LATE_S = 30, LOOK_AGAIN = 3, MAX_PODS = 200 };

struct verdict {
    struct app *app;
    struct ctx *cx;
    struct act_target t;
    unsigned flags;
    bool away; // traffic is to end, not to begin
    json_t *awaits; // names of Services
    uint64_t entry, pods_call;
    struct objwatch *watch;
    struct loop_timer *timer;
    int64_t since;
    struct buf text, fault;
    struct buf held; // the Pod that a StatefulSet waits for in vain
    json_t *object;
    bool over;
    unsigned ticks;
};

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
        app_news(v->app, style, "%s %s: %s%s%s", v->t.api_kind, v->t.name, text, v->over && *str_or(e->evidence, "") ? "; evidence in " : "",
            v->over ? str_or(e->evidence, "") : "");
    app_dirty(v->app);
}

static void say(struct verdict *v)
{
    enum progress st;
    const char *back = history_gvr(v->t.gvr.resource) ? " — b rolls back" : "";
    buf_clear(&v->text);
    st = str_eq(v->t.gvr.resource, "pods") ? progress_resize(v->object, &v->text)
                                           : progress_rollout(v->t.gvr.resource, v->object, &v->text);
    if (st == PROGRESS_DONE)
        tell(v, JOURNAL_DONE, ROLE_OK, "%s after %lld s", v->text.s, seconds(v));
    else if (v->held.n)
        tell(v, JOURNAL_RUNNING, ROLE_BAD, "stuck at %s: b, then X deletes it; OrderedReady never replaces it", v->held.s);
    else if (v->fault.n)
        tell(v, JOURNAL_RUNNING, ROLE_BAD, "%s: %s; new Pods: %s%s", st == PROGRESS_STUCK ? "stuck" : "not done", v->text.s,
            v->fault.s, back);
    else if (st == PROGRESS_STUCK)
        tell(v, JOURNAL_RUNNING, ROLE_BAD, "stuck: %s%s", v->text.s, back);
    else
        tell(v, JOURNAL_RUNNING, ROLE_INFO, "%s", v->text.s);
}

// ---- traffic

static void on_slices(void *arg, json_t *doc, const struct http_result *res)
{
    struct verdict *v = arg;
    v->pods_call = 0;
    if (v->over || !v->object)
        return;
    if (!res->ok && res->status == 403) {
        tell(v, JOURNAL_DONE, ROLE_WARN, "its labels are changed; without the right to list endpointslices it cannot be seen what comes of it");
        return;
    }
    if (!res->ok)
        return; // tried again
    buf_clear(&v->text);
    enum progress st = traffic_progress(doc, v->object, v->awaits, v->away, &v->text);
    if (st == PROGRESS_DONE)
        tell(v, JOURNAL_DONE, ROLE_OK, "%s after %lld s", v->text.s, seconds(v));
    else if (seconds(v) >= LATE_S)
        tell(v, JOURNAL_RUNNING, ROLE_BAD, "%s after %d s", v->text.s, LATE_S);
    else
        tell(v, JOURNAL_RUNNING, ROLE_INFO, "%s", v->text.s);
}

// All of them, as a slice that somebody wrote by hand has no Service's name. Read after the change, from the server's
// own store: a cache may be older than it.
static void look_at_slices(struct verdict *v)
{
    static const struct gvr slices = { "discovery.k8s.io", "v1", "endpointslices", true };
    struct buf path = BUF_INIT;
    if (v->pods_call)
        return;
    gvr_path(&path, &slices, v->t.ns, NULL);
    v->pods_call = client_get(v->cx->client, path.s, on_slices, v);
    buf_release(&path);
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
    if (v->flags & ACT_TRAFFIC)
        look_at_slices(v);
    else
        say(v);
}

static void put_held(const json_t *pod, struct buf *out)
{
    struct buf why = BUF_INIT;
    bool known = progress_pod_fault(pod, &why);
    buf_printf(out, "%s (%s)", json_str(pod, "metadata", "name", NULL), known ? why.s : "not ready");
    buf_release(&why);
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
    buf_clear(&v->held);
    json_array_foreach(json_object_get(doc, "items"), i, pod)
    {
        if (!v->fault.n)
            progress_pod_fault(pod, &v->fault);
        if (v->object && !v->held.n && progress_held_up(v->object, pod))
            put_held(pod, &v->held);
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
    else if (v->object && v->flags & ACT_TRAFFIC)
        look_at_slices(v);
    else if (v->object)
        look_at_pods(v);
    else if (v->flags & ACT_GONE && ++v->ticks % LOOK_AGAIN == 0)
        objwatch_refresh(v->watch); // what is waited for is an end: it is not left to one event alone
}

struct verdict *verdict_new(struct app *app, struct ctx *cx, const struct act_target *t, const struct act *act,
    json_t *awaits, uint64_t entry)
{
    struct verdict *v = xcalloc(1, sizeof(*v));
    v->app = app;
    v->cx = cx;
    v->flags = act->flags;
    v->away = !str_eq(act->name, "unquarantine");
    v->awaits = json_incref(awaits);
    v->entry = entry;
    v->since = time_boot_ms();
    v->t = (struct act_target) { t->kind, t->gvr, xstrdup(t->api_kind), xstrdup(t->ns), xstrdup(t->name), xstrdup(t->uid) };
    buf_init(&v->text);
    buf_init(&v->fault);
    buf_init(&v->held);
    v->timer = loop_timer_new(app->loop, on_timer, v);
    int every = v->flags & ACT_TRAFFIC ? LOOK_SLICES_MS : LOOK_MS;
    loop_timer_start(v->timer, every, every);
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
    json_decref(v->awaits);
    buf_release(&v->text);
    buf_release(&v->fault);
    buf_release(&v->held);
    act_target_release(&v->t);
    free(v);
}
