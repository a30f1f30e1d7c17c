#include "client/pulse.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"

enum {
    // A server that hangs is noticed after PERIOD_MS + LIMIT_MS, and a TURN_MS
    PERIOD_MS = 5000,
    AWAY_MS = 30000, // where nobody looks
    ATTENDED_MS = 3000,
    LIMIT_MS = 3500,
    LIMIT_MAX_MS = 15000, // for a server whose last answer was late
    TURN_MS = 250,        // between two looks while an answer is waited for
    LATE_MS = 1000,       // so late a look is, when it was this program that stood still
    GIVE_UP_MS = 20000,   // an answer that comes at all is welcome
    AGAIN_MS = 1000,
    FLOW_MS = 1000, // a link that is busy with something else may have no room for an answer
    FLOW_MAX_MS = 15000,
    CONNECT_MS = 2000, // a lost SYN is sent again ever later: better a new one
    TAKEN_MS = 8000,   // a peer that took the connection is given more time
    REFUSED_MS = 2000, // to twice that
    GRACE_MS = 500,    // after an answer elsewhere, beyond the time that it took
};

struct probe {
    struct pulse *pulse;
    struct http_req *req;
    int64_t sent_ms;
};
struct pulse {
    struct loop *loop;
    struct http *http;
    struct loop_timer *timer;
    pulse_fn *fn;
    void *arg;
    struct probe same, fresh; // on the connection of the watches; on a new one
    int64_t attended_ms, heard_ms, planned_ms;
    int64_t asked_ms; // 0: there is no question
    int64_t again_ms, fresh_ms;   // not before: the next of each
    int64_t elsewhere_ms, grace_ms; // 0: nothing came on another connection; the watches' has so long
    int64_t took_ms;  // the last answer
    bool on, lost, hurry;
    struct err why; // how a probe failed
};

static void look(struct pulse *p);

static int64_t now_ms(const struct pulse *p)
{
    return loop_now_ms(p->loop);
}

int64_t pulse_heard_ms(const struct pulse *p)
{
    int64_t http = http_heard_ms(p->http);
    return http > p->heard_ms ? http : p->heard_ms;
}

static int64_t period(const struct pulse *p)
{
    return now_ms(p) - p->attended_ms <= ATTENDED_MS ? PERIOD_MS : AWAY_MS;
}

static int64_t limit(const struct pulse *p)
{
    int64_t ms = p->took_ms * 3 / 2;
    return ms < LIMIT_MS ? LIMIT_MS : ms > LIMIT_MAX_MS ? LIMIT_MAX_MS : ms;
}

// ---- the two ways to ask

static void drop(struct probe *pr)
{
    http_cancel(pr->req);
    pr->req = NULL;
}

static void forget_question(struct pulse *p)
{
    drop(&p->same);
    drop(&p->fresh);
    p->asked_ms = p->again_ms = p->fresh_ms = p->elsewhere_ms = 0;
    p->hurry = false;
    err_clear(&p->why);
}

static void no_answer(struct pulse *p, const struct probe *pr, const struct err *err)
{
    int64_t now = now_ms(p);
    if (now - pr->sent_ms < GIVE_UP_MS / 2) // else it is only the time that was up
        p->why = *err;
    if (pr == &p->same)
        p->again_ms = now + AGAIN_MS;
    else
        p->fresh_ms = now + REFUSED_MS + rand() % REFUSED_MS;
}

static void elsewhere(struct pulse *p, int64_t grace)
{
    if (p->asked_ms && !p->elsewhere_ms) {
        p->elsewhere_ms = now_ms(p);
        p->grace_ms = grace;
    }
}

static void on_done(void *arg, const struct http_result *res)
{
    struct probe *pr = arg;
    struct pulse *p = pr->pulse;
    int64_t took = now_ms(p) - pr->sent_ms;
    pr->req = NULL;
    if (!res->status) {
        no_answer(p, pr, &res->err);
    } else if (pr == &p->same) {
        p->took_ms = took;
        p->heard_ms = now_ms(p);
    } else {
        elsewhere(p, GRACE_MS + took);
    }
    look(p);
}

// Straight to http: no credential plugin is run for this, and a refusal is an answer. With the credentials there are: an
// API server ends the HTTP/2 connection of whoever asks without (UnauthenticatedHTTP2DOSMitigation).
static void send_probe(struct pulse *p, struct probe *pr)
{
    static const struct http_handlers handlers = { .on_done = on_done };
    pr->sent_ms = now_ms(p);
    pr->req = http_probe(p->http, "/livez", pr == &p->fresh, GIVE_UP_MS, &handlers, pr);
}

static void look_elsewhere(struct pulse *p, int64_t now)
{
    if (p->elsewhere_ms)
        return;
    if (p->fresh.req && now - p->fresh.sent_ms >= (http_connected(p->fresh.req) ? TAKEN_MS : CONNECT_MS)) {
        drop(&p->fresh);
        p->fresh_ms = now + rand() % (2 * TURN_MS);
    } else if (!p->fresh.req && now >= p->fresh_ms) {
        send_probe(p, &p->fresh);
    }
}

// ---- what it means

static void tell(struct pulse *p, enum pulse_news news)
{
    static const char *const words[] = { [PULSE_LOST] = "does not answer ", [PULSE_BACK] = "answers again",
        [PULSE_NEW_WAY] = "answers on new connections only" };
    struct err err = p->why;
    if (!err_is(&err))
        err_set(&err, "the server does not answer");
    log_info("the server %s%s", words[news], news == PULSE_LOST ? p->why.msg : "");
    p->lost = news == PULSE_LOST;
    if (!p->lost)
        forget_question(p);
    p->fn(p->arg, news, &err);
}

static void look_unanswered(struct pulse *p, int64_t now)
{
    int64_t waited = now - p->asked_ms;
    bool flows = now - http_any_ms(p->http) < FLOW_MS && waited < FLOW_MAX_MS;
    if (p->elsewhere_ms && now - p->elsewhere_ms >= p->grace_ms) {
        p->heard_ms = now;
        tell(p, PULSE_NEW_WAY);
        return;
    }
    if (!p->same.req && now >= p->again_ms)
        send_probe(p, &p->same);
    if (!p->lost && waited >= limit(p) && !flows) {
        p->fresh_ms = now + rand() % TURN_MS;
        tell(p, PULSE_LOST);
    }
    if (p->lost || p->hurry)
        look_elsewhere(p, now);
}

static void ask(struct pulse *p)
{
    p->asked_ms = now_ms(p);
    if (!p->same.req)
        send_probe(p, &p->same);
}

static void look(struct pulse *p)
{
    int64_t now = now_ms(p);
    if (!p->on)
        return;
    if (p->asked_ms && pulse_heard_ms(p) >= p->asked_ms) {
        if (p->lost)
            tell(p, PULSE_BACK);
        forget_question(p);
    }
    if (!p->asked_ms && now - pulse_heard_ms(p) >= period(p))
        ask(p);
    if (p->asked_ms)
        look_unanswered(p, now);
    if (!p->on) // whoever was told has stopped it
        return;
    int64_t wait = p->asked_ms ? TURN_MS : pulse_heard_ms(p) + period(p) - now;
    p->planned_ms = now + wait;
    loop_timer_start(p->timer, wait, 0);
}

static void on_timer(void *arg)
{
    struct pulse *p = arg;
    int64_t late = now_ms(p) - p->planned_ms;
    if (p->asked_ms && late > LATE_MS) // the answer may have been there all the time
        p->asked_ms += late;
    look(p);
}

// ---- from outside

struct pulse *pulse_new(struct loop *loop, struct http *http, pulse_fn *fn, void *arg)
{
    struct pulse *p = xcalloc(1, sizeof(*p));
    p->loop = loop;
    p->http = http;
    p->fn = fn;
    p->arg = arg;
    p->attended_ms = now_ms(p) - AWAY_MS;
    p->same.pulse = p->fresh.pulse = p;
    p->timer = loop_timer_new(loop, on_timer, p);
    return p;
}

void pulse_free(struct pulse *p)
{
    if (!p)
        return;
    pulse_stop(p);
    loop_timer_free(p->timer);
    free(p);
}

void pulse_start(struct pulse *p)
{
    if (p->on)
        return;
    p->on = true;
    p->heard_ms = now_ms(p);
    look(p);
}

void pulse_stop(struct pulse *p)
{
    loop_timer_stop(p->timer);
    forget_question(p);
    p->on = p->lost = false;
}

void pulse_attend(struct pulse *p)
{
    bool away = period(p) == AWAY_MS;
    p->attended_ms = now_ms(p);
    if (away)
        look(p);
}

void pulse_now(struct pulse *p)
{
    if (!p->on)
        return;
    p->hurry = true;
    if (!p->asked_ms)
        ask(p);
    look(p);
}

void pulse_elsewhere(struct pulse *p)
{
    elsewhere(p, GRACE_MS);
}
