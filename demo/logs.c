// GET pods/NAME/log as the kubelet answers it through the API server (pkg/registry/core/pod/strategy.go LogLocation,
// pkg/kubelet validateContainerLogStatus): which instance, which lines, and why there are none.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "demo/api.h"
#include "demo/containers.h"
#include "demo/status.h"

#define NS_PER_S INT64_C(1000000000)
enum { LEAST_WAIT_MS = 20 };

struct logging {
    struct cluster *cl;
    char *uid;
    struct log_source log;
    int64_t at, bytes_left; // -1: all
    bool follow, stamps, previous, ended;
    char second[32]; // the stamp's beginning, of
    int64_t second_of;
    struct buf out;
    size_t out_at;
    struct stream *stream;
    struct loop_timer *timer;
};

// The state of the instance whose log is kept, running or terminated.
static const json_t *instance(const json_t *pod, const json_t *ctr, const json_t *cs, bool previous, json_t **error)
{
    const json_t *last = json_at(cs, "lastState", "terminated", NULL), *run = json_at(cs, "state", "running", NULL);
    const json_t *term = json_at(cs, "state", "terminated", NULL);
    const char *name = json_str(ctr, "name", NULL), *pod_name = json_str(pod, "metadata", "name", NULL);
    const char *why = json_str(cs, "state", "waiting", "reason", NULL);
    if (previous) {
        if (!last)
            *error = status_bad_request("previous terminated container \"%s\" in pod \"%s\" not found", name, pod_name);
        return last;
    }
    if (run || term || last)
        return run ? run : term ? term : last;
    *error = !cs ? status_bad_request("container \"%s\" in pod \"%s\" is not available", name, pod_name)
                 : status_bad_request("container \"%s\" in pod \"%s\" is waiting to start: %s", name, pod_name,
                       str_eq(why, "ErrImagePull")       ? "image can't be pulled"
                       : str_eq(why, "ImagePullBackOff") ? "trying and failing to pull image"
                                                         : str_or(why, "ContainerCreating"));
    return NULL;
}

static int64_t now_ms(const struct logging *l)
{
    int64_t shown = sim_now(l->cl->sim), real = sim_now_ms(l->cl->sim);
    return (shown < real / 1000 ? shown * 1000 : real) + l->cl->logs_ahead_ms; // the clock may stand still
}

// ---- the stream

static void put_stamp(struct logging *l, int64_t stamp)
{
    char digits[12];
    if (l->second_of != stamp / NS_PER_S || !l->second[0]) {
        l->second_of = stamp / NS_PER_S;
        time_format_rfc3339(l->second_of, l->second);
    }
    int64_t ns = stamp % NS_PER_S;
    digits[9] = 'Z';
    digits[10] = ' ';
    for (int i = 8; i >= 0; i--, ns /= 10)
        digits[i] = (char)('0' + ns % 10);
    buf_add(&l->out, l->second, 19);
    buf_putc(&l->out, '.');
    buf_add(&l->out, digits, 11);
}

static long pull(void *arg, char *out, size_t max)
{
    struct logging *l = arg;
    int64_t count = log_count(&l->log.in, now_ms(l));
    while (l->out.n - l->out_at < max && l->at < count) {
        if (l->stamps)
            put_stamp(l, log_stamp(&l->log.in, l->at));
        log_line(&l->log.in, l->at++, &l->out);
        buf_putc(&l->out, '\n');
    }
    size_t n = l->out.n - l->out_at < max ? l->out.n - l->out_at : max;
    if (l->bytes_left >= 0 && (int64_t)n > l->bytes_left)
        n = (size_t)l->bytes_left;
    memcpy(out, l->out.s + l->out_at, n);
    l->out_at += n;
    if (l->out_at == l->out.n) {
        buf_clear(&l->out);
        l->out_at = 0;
    }
    l->bytes_left -= l->bytes_left > 0 ? (int64_t)n : 0;
    if (n)
        return (long)n;
    if (!l->follow || l->ended || l->bytes_left == 0 || (l->log.in.end_ms && l->log.in.end_ms <= now_ms(l)))
        return -1;
    int64_t wait = log_stamp(&l->log.in, l->at) / 1000000 - now_ms(l);
    loop_timer_start(l->timer, wait > LEAST_WAIT_MS ? wait : LEAST_WAIT_MS, 0);
    return 0;
}

static void on_timer(void *arg)
{
    struct logging *l = arg;
    stream_wake(l->stream);
}

// The container has ended, or its Pod is gone: what it wrote is still given, then the stream ends.
static void on_event(void *arg, const struct db_event *ev)
{
    struct logging *l = arg;
    const json_t *cs = NULL;
    if (!str_eq(ev->now->uid, l->uid) || l->ended || l->log.in.end_ms)
        return;
    if (ev->type == DB_DELETED) {
        l->ended = true;
    } else {
        const json_t *pod = db_peek(l->cl->db, ev->now);
        if (!container_find(pod, l->log.container, &cs) || json_at(cs, "state", "running", NULL))
            return;
        const json_t *term = json_at(cs, "state", "terminated", NULL);
        term = term ? term : json_at(cs, "lastState", "terminated", NULL);
        if (term)
            log_source_state(&l->log, term);
        l->ended = !term;
    }
    if (l->stream)
        stream_wake(l->stream);
}

static void logging_free(void *arg)
{
    struct logging *l = arg;
    db_unlisten(l->cl->db, on_event, l);
    loop_timer_free(l->timer);
    buf_release(&l->out);
    free(l->uid);
    log_source_release(&l->log);
    free(l);
}

// ---- what is asked for

static const struct rtype options_type = { .group = "", .version = "v1", .kind = "PodLogOptions" };
struct options {
    int64_t tail, bytes, since_s; // -1: all, all; 0: none
    int64_t since;                // Unix nanoseconds
};

static void option_i64(struct call *c, const char *name, int64_t least, int64_t *out, json_t **error)
{
    const char *s = req_query(c->rq, name);
    char detail[96];
    if (!s || !*s || (*error && status_code(*error) == 400))
        return;
    if (!str_to_i64(s, out)) {
        json_decref(*error);
        *error = status_bad_request("strconv.ParseInt: parsing \"%s\": invalid syntax", s);
        return;
    }
    if (*out >= least)
        return;
    snprintf(detail, sizeof(detail), "Invalid value: %lld: must be greater than %s0", (long long)*out,
        least ? "" : "or equal to ");
    if (*error)
        *error = status_invalid_add(*error, "FieldValueInvalid", name, detail);
    else
        *error = status_invalid(&options_type, c->name, "FieldValueInvalid", name, detail);
}

static bool flag(struct call *c, const char *name)
{
    const char *s = req_query(c->rq, name);
    return s && (str_ieq(s, "true") || str_eq(s, "1"));
}

// pkg/apis/core/validation ValidatePodLogOptions
static json_t *read_options(struct call *c, struct options *o)
{
    const char *when = req_query(c->rq, "sinceTime");
    json_t *error = NULL;
    int32_t nsec = 0;
    *o = (struct options) { .tail = -1, .bytes = -1 };
    if (when && *when && !time_parse_rfc3339(when, &o->since, &nsec))
        return status_bad_request("parsing time \"%s\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"%s\" as \"2006\"",
            when, when);
    o->since = o->since * NS_PER_S + nsec;
    option_i64(c, "tailLines", 0, &o->tail, &error);
    option_i64(c, "limitBytes", 1, &o->bytes, &error);
    option_i64(c, "sinceSeconds", 1, &o->since_s, &error);
    if (!error && o->since && o->since_s)
        error = status_invalid(&options_type, c->name, "FieldValueForbidden", "[]",
            "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified");
    return error;
}

static void set_range(struct logging *l, const struct options *o)
{
    int64_t count = log_count(&l->log.in, now_ms(l)), from = count - log_kept(&l->log.in);
    if (l->cl->logs_from_ms) {
        int64_t at = log_find(&l->log.in, l->cl->logs_from_ms * 1000000);
        from = at > from ? at : from;
    }
    int64_t since = o->since_s ? now_ms(l) * 1000000 - o->since_s * NS_PER_S : o->since;
    if (since) {
        int64_t at = log_find(&l->log.in, since);
        from = at > from ? at : from;
    }
    if (o->tail >= 0 && count - o->tail > from)
        from = count - o->tail;
    l->at = from > 0 ? from : 0;
    l->bytes_left = o->bytes;
}

void logs_get(struct call *c)
{
    static const struct stream_ops ops = { pull, logging_free };
    struct options options;
    json_t *error = read_options(c, &options);
    if (error) {
        reply_status(c->rq, error);
        return;
    }
    struct rev *r = db_get(c->cl->db, c->rt, c->ns, c->name);
    if (!r) {
        reply_status(c->rq, status_not_found(c->rt, c->name));
        return;
    }
    const json_t *pod = db_peek(c->cl->db, r), *cs = NULL, *state = NULL;
    const json_t *ctr = container_choose(pod, req_query(c->rq, "container"), &cs, &error);
    bool previous = flag(c, "previous");
    if (ctr && !*json_str(pod, "spec", "nodeName", NULL)) { // it is on no node yet, and that is no error
        struct buf none = BUF_INIT;
        req_reply(c->rq, 204, NULL, &none);
        return;
    }
    if (ctr)
        state = instance(pod, ctr, cs, previous, &error);
    if (!state) {
        reply_status(c->rq, error);
        return;
    }
    struct logging *l = xcalloc(1, sizeof(*l));
    l->cl = c->cl;
    l->uid = xstrdup(r->uid);
    log_source_init(&l->log, pod, ctr, state,
        str_or(json_str(state, "containerID", NULL), json_str(cs, "containerID", NULL)));
    l->follow = flag(c, "follow");
    l->stamps = flag(c, "timestamps");
    buf_init(&l->out);
    set_range(l, &options);
    l->timer = loop_timer_new(c->cl->loop, on_timer, l);
    db_listen(c->cl->db, on_event, l);
    l->stream = req_stream(c->rq, 200, "text/plain", &ops, l);
}
