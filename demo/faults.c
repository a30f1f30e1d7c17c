#include "demo/faults.h"

#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/api.h"
#include "demo/control.h"
#include "demo/hostile.h"
#include "demo/status.h"

// Refusals of admission, beside the plain statuses.
enum { WEBHOOK = 10400, QUOTA = 10403 };
// And of a gateway before the server, to which its status is added.
enum { GATEWAY = 20000 };

struct fault {
    const struct cluster *cl;
    char kind[24], path[200], method[12];
    bool watches, lists; // only watches, only others
    int64_t count, value, extra;
};

struct faults {
    struct server *server;
    ARR(struct fault) v;
};

struct faults *faults_new(struct server *s)
{
    struct faults *f = xcalloc(1, sizeof(*f));
    f->server = s;
    return f;
}

void faults_free(struct faults *f)
{
    if (f)
        arr_release(&f->v);
    free(f);
}

// What each kind does to the plan of a request; `value` is the number given as `v`.
static void f_latency(struct fault_plan *p, const struct fault *f)
{
    p->delay_ms += f->value;
}
static void f_status(struct fault_plan *p, const struct fault *f)
{
    p->status = (int)f->value;
    p->retry_after = (int)f->extra;
}
static void f_webhook(struct fault_plan *p, const struct fault *f)
{
    (void)f;
    p->status = WEBHOOK;
}
static void f_quota(struct fault_plan *p, const struct fault *f)
{
    (void)f;
    p->status = QUOTA;
}
static void f_gateway(struct fault_plan *p, const struct fault *f)
{
    p->status = GATEWAY + (int)f->value;
}
static void f_gone(struct fault_plan *p, const struct fault *f)
{
    (void)f;
    p->gone = true;
}
static void f_error(struct fault_plan *p, const struct fault *f)
{
    (void)f;
    p->error_event = true;
}
static void f_reset(struct fault_plan *p, const struct fault *f)
{
    p->cut_after = f->value;
    p->reset = true;
}
static void f_cut(struct fault_plan *p, const struct fault *f)
{
    p->cut_after = f->value;
}
static void f_slow(struct fault_plan *p, const struct fault *f)
{
    p->bytes_per_s = f->value > 0 ? f->value : 1;
}
static void f_length(struct fault_plan *p, const struct fault *f)
{
    p->length_lie = f->value;
}
static void f_silent(struct fault_plan *p, const struct fault *f)
{
    (void)f;
    p->silent = true;
}
static void f_nostream(struct fault_plan *p, const struct fault *f)
{
    (void)f;
    p->no_streaming = true;
}
static void f_legacy(struct fault_plan *p, const struct fault *f)
{
    (void)f;
    p->no_aggregated = true;
}

static void f_hostile(struct fault_plan *p, const struct fault *f)
{
    p->hostile = f->value == HOSTILE_NAMES ? HOSTILE_NAMES : HOSTILE_TEXTS;
}

static const struct {
    const char *kind;
    void (*fn)(struct fault_plan *p, const struct fault *f);
    int64_t value; // when not given
    bool watches;  // concerns watches only
} kinds[] = { { "latency", f_latency, 200, false }, { "status", f_status, 500, false },
    { "webhook", f_webhook, 0, false }, { "quota", f_quota, 0, false },
    { "gateway", f_gateway, 502, false },
    { "gone", f_gone, 0, true }, { "error-event", f_error, 0, true },
    { "reset", f_reset, 2000, false }, { "cut", f_cut, 2000, false },
    { "slow", f_slow, 1000, false }, { "length", f_length, 1000, false },
    { "silent", f_silent, 0, true }, { "no-streaming-list", f_nostream, 0, true },
    { "no-aggregated-discovery", f_legacy, 0, false }, { "hostile", f_hostile, HOSTILE_TEXTS, false } };

bool faults_add(struct faults *f, const struct cluster *cl, const char *kind, int64_t value)
{
    struct fault t = { .cl = cl, .count = -1, .value = value };
    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
        if (str_eq(kinds[k].kind, kind)) {
            t.watches = kinds[k].watches;
            snprintf(t.kind, sizeof(t.kind), "%s", kind);
            arr_push(&f->v, t);
            return true;
        }
    return false;
}

void faults_plan(struct faults *f, struct cluster *cl, struct req *rq, const struct req_info *info,
    const char *path, struct fault_plan *plan)
{
    bool watch = req_query(rq, "watch") != NULL;
    for (size_t i = 0; i < f->v.n; i++) {
        struct fault *t = &f->v.v[i];
        if (t->cl != cl || t->count == 0 || (t->watches && !watch) || (t->lists && watch)
            || (*t->path && !strstr(path, t->path))
            || (*t->method && !str_eq(t->method, info->method)))
            continue;
        if (t->count > 0)
            t->count--;
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
            if (str_eq(kinds[k].kind, t->kind))
                kinds[k].fn(plan, t);
        }
    }
}

// In HTML, as gateways do; 400: it took `Upgrade` out of the request, and the API server misses it.
static void gateway_reply(struct req *rq, int status)
{
    struct buf page = BUF_INIT;
    if (status == 400) {
        reply_status(rq, status_bad_request("Upgrade request required"));
        return;
    }
    buf_printf(&page, "<html>\r\n<head><title>%d</title></head>\r\n<body><h1>%d</h1>a page of the gateway</body>\r\n</html>\r\n",
        status, status);
    req_reply_header(rq, "Server", "demo-gateway/1.0");
    req_reply(rq, status, "text/html", &page);
    buf_release(&page);
}

void faults_reply(struct req *rq, int status)
{
    if (status >= GATEWAY) {
        gateway_reply(rq, status - GATEWAY);
        return;
    }
    switch (status) {
    case 401:
        reply_status(rq, status_new(401, "Unauthorized", "Unauthorized"));
        return;
    case 403:
        reply_status(rq,
            status_new(403, "Forbidden",
                "forbidden: User \"kview-demo\" cannot do this while a fault is switched on"));
        return;
    case WEBHOOK: // apiserver/pkg/admission/plugin/webhook/errors/statuserror.go
        reply_status(rq,
            status_new(400, "BadRequest",
                "admission webhook \"images.policy.example.com\" denied the request: images must come "
                "from registry.example"));
        return;
    case QUOTA: // apiserver/pkg/admission/plugin/resourcequota/controller.go
        reply_status(rq,
            status_new(403, "Forbidden",
                "jobs.batch \"made\" is forbidden: exceeded quota: jobs, requested: count/jobs.batch=1, "
                "used: count/jobs.batch=4, limited: count/jobs.batch=4"));
        return;
    case 429: // text, as API priority and fairness answers
        reply_text(rq, 429, "Too many requests, please try again later.\n");
        return;
    case 500:
        reply_status(rq,
            status_new(500, "InternalError",
                "Internal error occurred: etcdserver: request timed out"));
        return;
    default:
        reply_status(rq, status_new(status, "ServiceUnavailable", "apiserver is shutting down"));
    }
}

static int64_t number(struct req *rq, const char *key, int64_t fallback)
{
    int64_t n;
    const char *s = req_query(rq, key);
    return s && str_to_i64(s, &n) ? n : fallback;
}

static void switch_on(struct faults *f, struct cluster *cl, struct req *rq)
{
    struct fault t = { .cl = cl };
    const char *kind = req_query(rq, "kind"), *on = req_query(rq, "on");
    bool known = false;
    for (size_t k = 0; kind && k < ARRAY_SIZE(kinds); k++) {
        if (!str_eq(kinds[k].kind, kind))
            continue;
        known = true;
        t.value = number(rq, "v", kinds[k].value);
        t.watches = kinds[k].watches;
    }
    if (!known) {
        reply_text(rq, 400, "unknown kind of fault\n");
        return;
    }
    snprintf(t.kind, sizeof(t.kind), "%s", kind);
    snprintf(t.path, sizeof(t.path), "%s", str_or(req_query(rq, "path"), ""));
    snprintf(t.method, sizeof(t.method), "%s", str_or(req_query(rq, "method"), ""));
    t.watches = t.watches || str_eq(on, "watch");
    t.lists = str_eq(on, "list");
    t.extra = number(rq, "retry-after", 0);
    t.count = number(rq, "count", -1);
    arr_push(&f->v, t);
    reply_text(rq, 200, "on\n");
}

static void clear(struct faults *f, const struct cluster *cl)
{
    for (size_t i = f->v.n; i-- > 0;) {
        if (f->v.v[i].cl == cl)
            arr_remove(&f->v, i);
    }
}

void faults_admin(struct faults *f, struct cluster *cl, struct req *rq, const char *path)
{
    const char *what = path + sizeof("/kview-admin/") - 1;
    if (str_eq(what, "fault")) {
        switch_on(f, cl, rq);
        return;
    }
    if (str_eq(what, "clear")) {
        clear(f, cl);
    } else if (str_eq(what, "hang")) {
        server_hang(f->server, number(rq, "v", 5000));
    } else if (str_eq(what, "close")) {
        reply_text(rq, 200, "closing\n");
        server_close_all(f->server);
        return;
    } else if (str_eq(what, "compact")) {
        db_compact(cl->db);
    } else if (str_eq(what, "advance")) { // of a --frozen cluster: what is due within `v` ms happens now
        sim_run_until(cl->sim, sim_now_ms(cl->sim) + number(rq, "v", 1000));
    } else if (str_eq(what, "token")) { // the old one is refused from now on
        const char *token = req_query(rq, "v");
        if (token && *token) {
            free(cl->token);
            cl->token = xstrdup(token);
        }
    } else if (str_eq(what, "rotate")) { // as when a log became too long: what was written until now is gone
        cl->logs_from_ms = sim_now(cl->sim) * 1000 + cl->logs_ahead_ms;
    } else if (str_eq(what, "write")) { // containers write on for `v` ms, though the clock stands still
        cl->logs_ahead_ms += number(rq, "v", 1000);
    } else if (str_eq(what, "churn")) {
        control_churn(cl, number(rq, "rate", 100));
    } else {
        reply_text(rq, 404, "unknown admin path\n");
        return;
    }
    reply_text(rq, 200, "ok\n");
}
