#include "app/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "acts/evidence.h"
#include "acts/progress.h"
#include "base/arr.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/xdg.h"
#include "client/client.h"
#include "client/logs.h"
#include "client/target.h"
#include "list/ctx.h"
#include "views/yaml.h"

enum { TAIL = 200, MAX_LOGS = 20, MAX_LOG = 1 << 20, MAX_KEPT = 200, MAX_BYTES = 64 << 20, MAX_EVENTS = 500, MAX_PODS = 50 };

struct tail { // of one instance
    struct evidence *of;
    char *name; // the file
    struct logs *logs;
    struct logs_mark mark;
    struct buf text;
    bool over, failed;
};
struct evidence {
    struct ctx *cx;
    struct act_target t; // borrowed names: the item outlives it
    json_t *object;
    struct buf events;
    bool events_failed, pods_failed;
    uint64_t reads[3]; // the object anew, its events, its Pods
    json_t *pods;      // a list, NULL: it selects none, or they did not come
    ARR(struct tail *) tails;
    bool too_many;
    struct loop_timer *timer;
    evidence_fn *fn;
    void *arg;
};

void evidence_free(struct evidence *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(e->reads); i++)
        client_cancel(e->cx->client, e->reads[i]);
    for (size_t i = 0; i < e->tails.n; i++) {
        struct tail *t = e->tails.v[i];
        logs_free(t->logs);
        logs_mark_clear(&t->mark);
        buf_release(&t->text);
        free(t->name);
        free(t);
    }
    arr_release(&e->tails);
    loop_timer_free(e->timer);
    buf_release(&e->events);
    json_decref(e->object);
    json_decref(e->pods);
    free(e);
}

// ---- written down

static bool put_yaml(const char *folder, const char *file, const json_t *object, struct err *err)
{
    struct buf out = BUF_INIT;
    json_t *doc = evidence_of(object);
    struct text text;
    text_init(&text);
    yaml_text(doc, &(struct yaml_opts) { .as_is = true }, &text);
    text_plain(&text, &out);
    text_release(&text);
    json_decref(doc);
    bool ok = evidence_put(folder, file, &out, err);
    buf_release(&out);
    return ok;
}

static void leave_out(struct buf *missing, const char *what)
{
    buf_printf(missing, "%s%s", missing->n ? ", " : "", what);
}

static char *from_home(const char *path)
{
    const char *home = str_or(getenv("HOME"), "/");
    size_t n = strlen(home);
    bool below = n > 1 && str_starts(path, home) && path[n] == '/';
    return below ? xasprintf("~%s", path + n) : xstrdup(path);
}

static bool write_all(const struct evidence *e, const char *folder, struct buf *missing, struct err *err)
{
    bool ok = put_yaml(folder, "object.yaml", e->object, err);
    if (e->reads[2] || e->pods_failed)
        leave_out(missing, "Pods");
    else if (ok && e->pods)
        ok = put_yaml(folder, "pods.yaml", e->pods, err);
    if (e->reads[1] || e->events_failed)
        leave_out(missing, "events");
    else if (ok)
        ok = evidence_put(folder, "events.txt", &e->events, err);
    for (size_t i = 0; ok && i < e->tails.n; i++) {
        const struct tail *t = e->tails.v[i];
        if (!t->over || t->failed)
            leave_out(missing, t->name);
        if (t->text.n || (t->over && !t->failed))
            ok = evidence_put(folder, t->name, &t->text, err);
    }
    if (e->too_many)
        leave_out(missing, "logs of more containers");
    if (ok && missing->n) {
        struct buf line = BUF_INIT;
        buf_printf(&line, "Not here, or not whole: %s\n", missing->s);
        ok = evidence_put(folder, "left-out.txt", &line, err);
        buf_release(&line);
    }
    return ok;
}

static void finish(void *arg)
{
    struct evidence *e = arg;
    struct err err = { 0 };
    struct buf missing = BUF_INIT;
    char *root = xdg_state("evidence");
    char *folder = evidence_folder(root, time_now(), e->cx->target.context->name, e->t.ns, e->t.api_kind, e->t.name);
    bool ok = write_all(e, folder, &missing, &err);
    if (!ok)
        log_warn("evidence: %s", err.msg);
    char *path = from_home(folder);
    evidence_fn *fn = e->fn;
    void *to = e->arg;
    evidence_free(e);
    fn(to, ok ? path : NULL, missing.s);
    buf_release(&missing);
    free(path);
    free(folder);
    free(root);
}

static void look(struct evidence *e)
{
    bool waits = e->reads[0] || e->reads[1] || e->reads[2];
    for (size_t i = 0; i < e->tails.n; i++)
        waits |= !e->tails.v[i]->over;
    if (!waits)
        loop_timer_start(e->timer, 0, 0);
}

// ---- read

static void on_object(void *arg, json_t *doc, const struct http_result *res)
{
    struct evidence *e = arg;
    e->reads[0] = 0;
    if (res->ok && str_eq(json_str(doc, "metadata", "uid", NULL), json_str(e->object, "metadata", "uid", NULL))) {
        json_decref(e->object);
        e->object = json_incref(doc);
    }
    look(e);
}

static void on_events(void *arg, json_t *doc, const struct http_result *res)
{
    struct evidence *e = arg;
    e->reads[1] = 0;
    e->events_failed = !res->ok;
    if (res->ok)
        evidence_events(doc, &e->events);
    look(e);
}

static void on_line(void *arg, int64_t stamp, const char *text, size_t n, bool part)
{
    struct tail *t = arg;
    char at[32] = "";
    if (t->text.n + n > MAX_LOG)
        return;
    time_format_rfc3339(stamp / 1000000000, at);
    if (stamp)
        buf_printf(&t->text, "%s ", at);
    buf_add(&t->text, text, n);
    if (!part)
        buf_putc(&t->text, '\n');
}

static void on_end(void *arg, const struct logs_end *end)
{
    struct tail *t = arg;
    logs_rest(t->logs);
    t->over = true;
    t->failed = !end->clean && err_is(&end->err);
    look(t->of);
}

struct whose { // logs
    struct evidence *of;
    const char *pod;
};

static void add_tail(void *arg, const char *container, bool previous)
{
    static const struct logs_handlers h = { on_line, on_end };
    const struct whose *w = arg;
    struct evidence *e = w->of;
    bool own = str_eq(w->pod, e->t.name);
    e->too_many |= e->tails.n >= MAX_LOGS;
    if (e->too_many)
        return;
    struct tail *t = xcalloc(1, sizeof(*t));
    t->of = e;
    t->name = xasprintf("%s%s%s%s.log", own ? "" : w->pod, own ? "" : ".", container, previous ? ".previous" : "");
    struct logs_opts o = { .ns = e->t.ns, .pod = w->pod, .container = container, .previous = previous, .tail = TAIL,
        .mark = &t->mark };
    buf_init(&t->text);
    arr_push(&e->tails, t);
    t->logs = logs_open(e->cx->client, &o, &h, t);
}

// Those with something wrong first: there may be more than are read.
static void on_pods(void *arg, json_t *doc, const struct http_result *res)
{
    struct evidence *e = arg;
    e->reads[2] = 0;
    e->pods_failed = !res->ok;
    if (res->ok)
        e->pods = json_incref(doc);
    for (int faulty = 1; faulty >= 0; faulty--) {
        size_t i;
        json_t *pod;
        json_array_foreach(json_object_get(e->pods, "items"), i, pod)
        {
            struct buf why = BUF_INIT;
            struct whose w = { e, json_str(pod, "metadata", "name", NULL) };
            if (*w.pod && progress_pod_fault(pod, &why) == (faulty == 1))
                evidence_containers(pod, add_tail, &w);
            buf_release(&why);
        }
    }
    look(e);
}

static void read_pods(struct evidence *e)
{
    static const struct gvr pods = { "", "v1", "pods", true };
    struct buf path = BUF_INIT, selector = BUF_INIT;
    if (str_eq(e->t.gvr.resource, "pods") && !*e->t.gvr.group) {
        struct whose w = { e, e->t.name };
        evidence_containers(e->object, add_tail, &w);
    } else if (*e->t.ns && progress_knows(e->t.gvr.group, e->t.gvr.resource) && target_selector(e->object, &selector)) {
        gvr_path(&path, &pods, e->t.ns, NULL);
        buf_printf(&path, "?limit=%d&labelSelector=", MAX_PODS);
        str_url_escape(&path, selector.s);
        e->reads[2] = client_get(e->cx->client, path.s, on_pods, e);
    }
    buf_release(&path);
    buf_release(&selector);
}

static void read_events(struct evidence *e)
{
    static const struct gvr events = { "", "v1", "events", true };
    struct buf path = BUF_INIT, fields = BUF_INIT;
    gvr_field(&fields, "involvedObject.name", e->t.name);
    gvr_field(&fields, "involvedObject.kind", e->t.api_kind);
    if (*e->t.ns)
        gvr_field(&fields, "involvedObject.uid", json_str(e->object, "metadata", "uid", NULL)); // a node's is its name
    gvr_path(&path, &events, e->t.ns, NULL);
    buf_printf(&path, "?limit=%d&fieldSelector=", MAX_EVENTS);
    str_url_escape(&path, fields.s);
    e->reads[1] = client_get(e->cx->client, path.s, on_events, e);
    buf_release(&path);
    buf_release(&fields);
}

struct evidence *evidence_new(struct ctx *cx, const struct act_target *t, const json_t *object, int64_t until_ms,
    evidence_fn *fn, void *arg)
{
    struct evidence *e = xcalloc(1, sizeof(*e));
    struct loop *loop = client_loop(cx->client);
    int64_t left = until_ms - loop_now_ms(loop);
    e->cx = cx;
    e->t = *t;
    e->object = json_incref((json_t *)object);
    e->fn = fn;
    e->arg = arg;
    buf_init(&e->events);
    e->timer = loop_timer_new(loop, finish, e);
    loop_timer_start(e->timer, left > 0 ? left : 0, 0);
    if (left <= 0) { // others took the time
        e->events_failed = true;
        return e;
    }
    struct buf path = BUF_INIT;
    gvr_path(&path, &t->gvr, t->ns, t->name);
    e->reads[0] = client_get(cx->client, path.s, on_object, e);
    buf_release(&path);
    read_events(e);
    read_pods(e);
    return e;
}

void evidence_tidy(void)
{
    char *root = xdg_state("evidence");
    evidence_trim(root, MAX_KEPT, MAX_BYTES);
    free(root);
}
