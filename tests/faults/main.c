// client/ under faults: watches against the scripted server of server.c, while its objects change. Each ends with
// the server's truth in its store, without more lists than the server forced on it, and without help.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/watch.h"
#include "kinds/kind.h"
#include "tests/faults/balloons.h"
#include "tests/faults/server.h"

enum {
    TICK_MS = 50,
    CHANGES_END = 60,
    STORM_MS = 10000, // in which a storm is no more than:
    STORM_MAX = 10,
    FIRST_TICKS = 40, // so long a first answer is waited for
    DEADLINE = 900,
    BATCH = 250,
    CHAOS = 200
};

struct act {
    int tick;
    void (*fn)(struct space *sp);
};
struct scenario {
    const char *name;
    struct fault faults[4];
    struct act acts[6];
    int lists, more; // that many, or up to `more` more
    const char *says; // words of the reason while it is stale, NULL: it need not be seen
    bool storm;       // it never gets well: what counts is how often it is asked, and that a reason is said
    bool quiet;       // no reason may be seen, not even for a moment
    int64_t pause; // between two requests it waited so long
    int calm_from, calm_to; // ticks without changes
};
struct run { // one watch
    const struct scenario *sc;
    struct space *sp;
    struct watch *w;
    struct watch_listener listener;
    struct buf said;
    bool worried; // a reason was seen
};
struct bench {
    struct loop *loop;
    struct server *server;
    struct loop_timer *timer;
    ARR(struct run *) runs;
    ARR(struct client *) clients;
    struct kube_cluster cluster;
    struct kube_user user;
    struct kube_context context;
    int tick, settled_at, waited;
    int64_t began_ms;
    unsigned seed;
    char name[8];
};

// ---- deeds

static void cut(struct space *sp)
{
    space_cut(sp, false);
}
static void reset(struct space *sp)
{
    space_cut(sp, true);
}
static void gone_in_stream(struct space *sp)
{
    sp->gone_in_stream = true;
}
static void error_500(struct space *sp)
{
    space_error(sp, 500, "InternalError", "etcdserver: leader changed");
}
static void error_429(struct space *sp)
{
    space_error(sp, 429, "TooManyRequests", "too many");
}
static void no_more_faults(struct space *sp)
{
    sp->faults.n = 0;
}

#define PAGED                                                                                      \
    {                                                                                              \
        ASK_STREAM, DEED_STATUS, 422, 1                                                            \
    }
#define EVER 1000000
#define EXPIRED "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}"
#define CALM .calm_to = CHANGES_END // no event makes up for what a list left out
#define OVERLOAD(header)                                                                           \
    {                                                                                              \
        ASK_WATCH, DEED_STATUS, 429, 1, 0, header, "Too many requests, please try again later.\n"  \
    }

static const struct scenario scenarios[] = {
    { "nothing happens", .lists = 1 },
    { "closed", .acts = { { 10, cut } }, .lists = 1 },
    { "reset", .acts = { { 10, reset }, { 40, reset } }, .lists = 1, .says = "broke" },
    { "410 when a watch starts", .acts = { { 10, cut }, { 12, space_compact } }, .lists = 2 },
    { "410 in the stream", .acts = { { 9, gone_in_stream }, { 10, cut }, { 12, space_compact } },
        .lists = 2 },
    { "410 in the stream, then a list cut short", { { ASK_STREAM, DEED_CUT, 300, 1, 1 } },
        { { 9, gone_in_stream }, { 10, reset }, { 12, space_compact } }, .lists = 3 },
    { "410 again and again: no storm of lists", { PAGED, { ASK_WATCH, DEED_GONE, 0, 10000 } },
        { { 55, no_more_faults } }, .lists = 3, .more = 3 },
    { "410 for a page of a list", { PAGED, { ASK_PAGE, DEED_GONE, 0, 1, 1 } }, .lists = 3, CALM },
    // What an API server in front of an etcd 3.4 says to a streaming list
    { "no streaming lists", { { ASK_STREAM, DEED_ERROR, 0, 100, 0, NULL,
        "a watch stream was requested by the client but the required storage feature RequestWatchProgress is disabled" } },
        .lists = 2, .more = 1, .quiet = true },
    { "ERROR 500 in the stream", .acts = { { 10, error_500 } }, .lists = 1,
        .says = "leader changed" },
    { "ERROR 429 in the stream", .acts = { { 10, error_429 } }, .lists = 1, .says = "too many" },
    { "429, wait 3 seconds", { OVERLOAD("Retry-After: 3") }, { { 10, reset } }, .lists = 1,
        .pause = 3000, .says = "overloaded" },
    { "429, wait until a time", { OVERLOAD("Retry-After: @5") }, { { 10, reset } }, .lists = 1,
        .pause = 3700, .says = "overloaded" },
    { "429, a time long ago", { OVERLOAD("Retry-After: @-5000") }, { { 10, reset } }, .lists = 1 },
    { "429, nonsense to wait", { OVERLOAD("Retry-After: soon") }, { { 10, reset } }, .lists = 1 },
    { "500 and 503 when a watch starts",
        { { ASK_WATCH, DEED_STATUS, 500, 1 }, { ASK_WATCH, DEED_STATUS, 503, 1 } },
        { { 10, reset } }, .lists = 1, .says = "not available" },
    { "403 for a moment",
        { { ASK_WATCH, DEED_STATUS, 403, 1, 0, NULL, "{\"kind\":\"Status\",\"message\":\"RBAC: not yet\"}" } },
        { { 10, reset } }, .lists = 1, .says = "RBAC" },
    { "502 with a page of HTML",
        { { ASK_WATCH, DEED_STATUS, 502, 1, 0, NULL, "<html>nginx</html>" } }, { { 10, cut } },
        .lists = 1, .says = "bad gateway" },
    { "503 for the first list", { { ASK_STREAM, DEED_STATUS, 503, 2 } }, .lists = 3,
        .says = "not available" },
    { "500 for a page", { PAGED, { ASK_PAGE, DEED_STATUS, 500, 1, 1 } }, .lists = 2, CALM,
        .says = "internal error" },
    { "half an event, then a proper end",
        { { ASK_STREAM, DEED_HALF, 900, 1 }, { ASK_WATCH, DEED_HALF, 777, 2 } }, .lists = 1 },
    { "junk in a stream", { { ASK_STREAM, DEED_JUNK, 900, 1, 0, NULL, "\"},]\xff\0" } }, .lists = 1,
        .says = "broken JSON" },
    { "junk between two events", { { ASK_STREAM, DEED_JUNK, 1200, 1, 0, NULL, "\n<html>\n" } },
        .lists = 1, .says = "broken JSON" },
    { "a page claims to be longer", { PAGED, { ASK_PAGE, DEED_LENGTH, 100, 2 } }, .lists = 4,
        .says = "middle" },
    { "a page claims to be shorter", { PAGED, { ASK_PAGE, DEED_LENGTH, -30, 1 } }, .lists = 3,
        CALM },
    { "half a page, with a proper end", { PAGED, { ASK_PAGE, DEED_HALF, 200, 1 } }, .lists = 3,
        CALM },
    { "the first page is cut", { PAGED, { ASK_PAGE, DEED_CUT, 250, 1 } }, .lists = 3, CALM },
    { "the first page is reset", { PAGED, { ASK_PAGE, DEED_RESET, 300, 1 } }, .lists = 3, CALM },
    { "the second page is cut", { PAGED, { ASK_PAGE, DEED_CUT, 250, 1, 1 } }, .lists = 2, CALM },
    { "a bookmark saves a list",
        .acts = { { 20, space_bookmark }, { 25, space_compact }, { 30, reset } }, .calm_from = 15,
        .calm_to = 31, .lists = 1 },
    { "a version that the server does not take itself", .acts = { { 20, space_odd_bookmark }, { 21, cut } }, .calm_from = 19,
        .calm_to = 24, .lists = 2, .says = "resourceVersion" },
    { "400 for a page of a list", { PAGED, { ASK_PAGE, DEED_STATUS, 400, 1, 1, NULL,
        "{\"kind\":\"Status\",\"code\":400,\"reason\":\"BadRequest\",\"message\":\"invalid continue token\"}" } }, .lists = 3, CALM },
    { "storm: 410 for a streaming list", { { ASK_STREAM, DEED_STATUS, 410, EVER, 0, NULL, EXPIRED } }, .storm = true,
        .says = "too old" },
    { "storm: Expired with another status", { { ASK_STREAM, DEED_STATUS, 500, EVER, 0, NULL, EXPIRED } }, .storm = true,
        .says = "too old" },
    { "storm: 410 for a list", { PAGED, { ASK_PAGE, DEED_GONE, 0, EVER } }, .storm = true,
        .says = "too old" },
    { "storm: 410 for a page", { PAGED, { ASK_PAGE, DEED_GONE, 0, EVER, 1 } }, .storm = true, CALM,
        .says = "too old" },
    { "storm: 503, wait 0 seconds", { { ASK_STREAM, DEED_STATUS, 503, EVER, 0, "Retry-After: 0" } }, .storm = true,
        .says = "not available" },
    { "storm: 401", { { ASK_STREAM, DEED_STATUS, 401, EVER } }, .storm = true,
        .says = "not logged in" },
    { "storm: the list is reset", { { ASK_STREAM, DEED_RESET, 300, EVER } }, .storm = true, CALM,
        .says = "broke" },
    { "storm: not answered", { { ASK_STREAM, DEED_RESET, 0, EVER } }, .storm = true,
        .says = "broke" },
    { "storm: half a list", { { ASK_STREAM, DEED_HALF, 300, EVER } }, .storm = true, CALM,
        .says = "complete" },
    { "storm: one event, and the watch ends", { { ASK_WATCH, DEED_ONCE, 0, EVER } }, { { 10, cut }, { 30, cut }, { 55, cut } }, .storm = true,
        .says = "at once" },
    { "storm: nothing, and the watch ends", { { ASK_WATCH, DEED_HALF, 0, EVER } }, { { 10, cut }, { 30, cut }, { 55, cut } }, .storm = true,
        .says = "at once" },
    { "storm: half an event", { { ASK_WATCH, DEED_HALF, 30, EVER } }, { { 10, cut }, { 30, cut }, { 55, cut } }, .storm = true,
        .says = "at once" },
    { "storm: a continue token that repeats", { PAGED, { ASK_PAGE, DEED_TOKENS, 0, EVER } }, .storm = true,
        .says = "comes again" },
    { "storm: continue tokens without items", { PAGED, { ASK_PAGE, DEED_TOKENS, 1, EVER } }, .storm = true,
        .says = "nothing new" },
    { "storm: continue tokens, the same items", { PAGED, { ASK_PAGE, DEED_TOKENS, 2, EVER } }, .storm = true, CALM,
        .says = "nothing new" },
};

// With KVIEW_WATCH_SILENCE_MS: who is not heard from is asked again.
static const struct scenario silences[] = {
    { "a watch falls silent", .acts = { { 10, space_mute } }, .lists = 1, .says = "silent" },
    { "a watch says nothing at all", { { ASK_WATCH, DEED_MUTE, 0, 1 } }, { { 10, reset } },
        .lists = 1 },
    { "a watch is not answered", { { ASK_WATCH, DEED_DEAF, 0, 1 } }, { { 10, reset } }, .lists = 1,
        .says = "no answer" },
    { "the server went back to a backup", .acts = { { 20, space_restore } }, .lists = 2 },
    { "a list is not answered", { { ASK_STREAM, DEED_DEAF, 0, 1 } }, .lists = 2,
        .says = "no answer" },
    { "a list is answered with nothing", { { ASK_STREAM, DEED_MUTE, 0, 1 } }, .lists = 2 },
};

// ---- watches

static void on_status(void *arg)
{
    struct run *r = arg;
    const struct watch_status *st = watch_status(r->w);
    r->worried |= err_is(&st->err);
    if (st->state == WATCH_STALE && !strstr(r->said.s, st->err.msg))
        buf_printf(&r->said, "%s; ", st->err.msg);
}

static void add_client(struct bench *b)
{
    struct err err;
    struct kube_target target = { &b->context, &b->cluster, &b->user, "default" };
    struct client *c = client_new(b->loop, NULL, &target, &err);
    BUG_ON(!c);
    arr_push(&b->clients, c);
}

static struct run *add_run(struct bench *b, const struct scenario *sc)
{
    const struct kind *kind = kind_find("configmaps");
    struct run *r = xcalloc(1, sizeof(*r));
    char name[24];
    snprintf(name, sizeof(name), "space-%zu", b->runs.n);
    r->sc = sc;
    r->sp = server_space(b->server, name);
    buf_init(&r->said);
    for (size_t i = 0; i < ARRAY_SIZE(sc->faults); i++)
        if (sc->faults[i].deed)
            arr_push(&r->sp->faults, sc->faults[i]);
    struct watch_key key = { .gvr = kind->gvr, .ns = name, .decoder = &kind->decoder };
    r->w = watch_get(client_watches(b->clients.v[b->clients.n - 1]), &key);
    r->listener = (struct watch_listener) { .fn = on_status, .arg = r };
    watch_listen(r->w, &r->listener);
    arr_push(&b->runs, r);
    return r;
}

static bool is_right(const struct run *r)
{
    if (r->sc->storm)
        return r->sp->storm > 0;
    return watch_status(r->w)->state == WATCH_LIVE && space_is(r->sp, watch_store(r->w));
}

static void change_all(struct bench *b)
{
    for (size_t i = 0; i < b->runs.n; i++) {
        struct run *r = b->runs.v[i];
        for (size_t k = 0; k < ARRAY_SIZE(r->sc->acts); k++)
            if (r->sc->acts[k].fn && r->sc->acts[k].tick == b->tick)
                r->sc->acts[k].fn(r->sp);
        if (b->tick < r->sc->calm_from || b->tick > r->sc->calm_to)
            space_change(r->sp, (unsigned)rand_r(&b->seed));
    }
}

// Nothing is done to a watch that has not heard of its server yet: on a busy machine that may take a while.
static bool all_began(const struct bench *b)
{
    for (size_t i = 0; i < b->runs.n; i++)
        if (watch_status(b->runs.v[i]->w)->state == WATCH_LOADING)
            return false;
    return true;
}

// Changes for a while; all must come to the truth by themselves, and hear one change more.
static void on_tick(void *arg)
{
    struct bench *b = arg;
    size_t right = 0;
    if (!all_began(b) && b->waited++ < FIRST_TICKS)
        return;
    b->tick++;
    if (b->tick < CHANGES_END || b->tick == b->settled_at)
        change_all(b);
    for (size_t i = 0; i < b->runs.n; i++) {
        struct space *sp = b->runs.v[i]->sp;
        if (!sp->storm && loop_now_ms(b->loop) - b->began_ms >= STORM_MS)
            sp->storm = sp->asked[ASK_STREAM] + sp->asked[ASK_PAGE] + sp->asked[ASK_WATCH];
        right += is_right(b->runs.v[i]);
    }
    for (size_t i = 0; b->tick > CHANGES_END && b->tick % 10 == 0 && i < b->runs.n; i++)
        space_bookmark(b->runs.v[i]->sp); // as a server does where nothing happens
    bool all = b->tick >= CHANGES_END && right == b->runs.n;
    if (all && !b->settled_at)
        b->settled_at = b->tick + 5; // whatever was on its way has come
    else if ((all && b->tick > b->settled_at) || b->tick > DEADLINE)
        loop_stop(b->loop);
}

static struct bench *bench_new(void)
{
    struct bench *b = xcalloc(1, sizeof(*b));
    const char *seed = getenv("FAULTS_SEED");
    b->seed = seed ? (unsigned)strtoul(seed, NULL, 10) : 1;
    b->loop = loop_new();
    b->server = server_new(b->loop);
    b->cluster = (struct kube_cluster) { .name = b->name,
        .server = xasprintf("http://127.0.0.1:%d", server_port(b->server)) };
    b->timer = loop_timer_new(b->loop, on_tick, b);
    return b;
}

static void bench_run(struct bench *b)
{
    b->began_ms = loop_now_ms(b->loop);
    loop_timer_start(b->timer, TICK_MS, TICK_MS);
    loop_run(b->loop);
}

static void bench_free(struct bench *b)
{
    for (size_t i = 0; i < b->runs.n; i++) {
        struct run *r = b->runs.v[i];
        watch_unlisten(r->w, &r->listener);
        watch_put(r->w);
        buf_release(&r->said);
        free(r);
    }
    for (size_t i = 0; i < b->clients.n; i++)
        client_free(b->clients.v[i]);
    arr_release(&b->runs);
    arr_release(&b->clients);
    loop_timer_free(b->timer);
    server_free(b->server);
    loop_free(b->loop);
    free(b->cluster.server);
    free(b);
}

// ---- verdicts

static bool verdict(const char *name, bool ok, const char *why)
{
    printf("[%s] %s%s%s\n", ok ? "       OK " : "  FAILED  ", name, ok ? "" : ": ", ok ? "" : why);
    return ok;
}

static void complain(const struct run *r, struct buf *why)
{
    const struct watch_status *st = watch_status(r->w);
    const struct space *sp = r->sp;
    if (r->sc->storm && sp->storm > STORM_MAX)
        buf_printf(why, "%d requests in 10 seconds; ", sp->storm);
    else if (r->sc->storm && getenv("FAULTS_COUNTS"))
        printf("%4d requests: %s\n", sp->storm, r->sc->name);
    if (!is_right(r))
        buf_printf(why, "state %d (%s), %zu rows of %zu, not the server's; ", st->state,
            st->err.msg, watch_store(r->w)->count, sp->objects.n);
    bool lists = sp->lists >= r->sc->lists && sp->lists <= r->sc->lists + r->sc->more;
    if (!lists && !r->sc->storm)
        buf_printf(why, "%d lists instead of %d; ", sp->lists, r->sc->lists);
    if (r->sc->quiet && r->worried)
        buf_puts(why, "a reason was seen; ");
    if (r->sc->says && !strstr(r->said.s, r->sc->says))
        buf_printf(why, "said \"%s\", not \"%s\"; ", r->said.s, r->sc->says);
    if (sp->longest < r->sc->pause)
        buf_printf(why, "waited %lld ms; ", (long long)sp->longest);
}

static int run_scenarios(const struct scenario *list, size_t n)
{
    struct bench *b = bench_new();
    int failed = 0;
    for (size_t i = 0; i < n; i++) {
        add_client(b); // what a client learns of its server is its own
        add_run(b, &list[i]);
    }
    bench_run(b);
    for (size_t i = 0; i < n; i++) {
        struct buf why = BUF_INIT;
        complain(b->runs.v[i], &why);
        failed += !verdict(list[i].name, !why.n, why.s);
        buf_release(&why);
    }
    bench_free(b);
    return failed;
}

// The first answer (list and watch in one) ends after byte `from`, `from` + step, ...
static int run_cuts(enum deed deed, long from, long step)
{
    static const struct scenario whole = { "", .lists = 1 }, broken = { "", .lists = 2 };
    struct bench *b = bench_new();
    struct buf why = BUF_INIT;
    add_client(b);
    for (int i = 0; i < BATCH; i++) {
        struct run *r = add_run(b, &whole);
        struct fault f = { ASK_STREAM, deed, from + i * step, 1 };
        arr_push(&r->sp->faults, f);
    }
    bench_run(b);
    for (int i = 0; i < BATCH; i++) {
        struct run *r = b->runs.v[i];
        size_t before = why.n;
        long n = from + i * step;
        r->sc = n < r->sp->list_end
                    ? &broken
                    : &whole; // a list is read again if it was not complete, and only then
        complain(r, &why);
        if (why.n > before)
            buf_printf(&why, "(cut after byte %ld, list until %ld)\n", n, r->sp->list_end);
    }
    char name[80];
    if (deed == DEED_NONE)
        snprintf(name, sizeof(name), "%d watches at once", BATCH);
    else
        snprintf(name, sizeof(name), "%s after each %ld. byte from %ld to %ld",
            deed == DEED_CUT ? "closed" : "reset", step, from, from + (BATCH - 1) * step);
    bool ok = verdict(name, !why.n, why.s);
    buf_release(&why);
    bench_free(b);
    return !ok;
}

static int every_byte(void)
{
    long step = getenv("FAULTS_STEP") ? strtol(getenv("FAULTS_STEP"), NULL, 10) : 7;
    int failed = run_cuts(DEED_NONE, 1000000, 0);
    step = step < 1 ? 1 : step > 7 ? 7 : step;
    for (long from = 1; from < 7 * BATCH; from += step * BATCH) {
        failed += run_cuts(DEED_CUT, from, step);
        failed += run_cuts(DEED_RESET, from + step / 2, step);
    }
    return failed;
}

// What may happen to any request, one after the other by the dice; then the faults end, and all must be well.
static int chaos(void)
{
    static const struct fault any[] = { { ASK_WATCH, DEED_CUT, 1500 },
        { ASK_WATCH, DEED_RESET, 800 }, { ASK_WATCH, DEED_STATUS, 500 },
        { ASK_WATCH, DEED_STATUS, 429, .header = "Retry-After: 1" }, { ASK_WATCH, DEED_GONE },
        { ASK_WATCH, DEED_HALF, 1000 }, { ASK_WATCH, DEED_JUNK, 700, .text = "\xff{" },
        { ASK_STREAM, DEED_CUT, 1200 }, { ASK_STREAM, DEED_RESET, 900 },
        { ASK_STREAM, DEED_STATUS, 503 }, { ASK_STREAM, DEED_HALF, 1500 },
        { ASK_STREAM, DEED_STATUS, 422 }, { ASK_PAGE, DEED_CUT, 450 },
        { ASK_PAGE, DEED_RESET, 450 }, { ASK_PAGE, DEED_GONE }, { ASK_PAGE, DEED_LENGTH, -200 },
        { ASK_PAGE, DEED_HALF, 100 }, { ASK_PAGE, DEED_STATUS, 500 } };
    static void (*const acts[])(struct space *) = { cut, reset, space_compact, space_bookmark,
        error_500, error_429, gone_in_stream };
    static struct scenario storms[CHAOS];
    struct bench *b = bench_new();
    int wrong = 0;
    for (int i = 0; i < CHAOS; i++) {
        struct scenario *sc = &storms[i];
        *sc =
            (struct scenario) { .name = "", .acts = { [5] = { CHANGES_END - 5, no_more_faults } } };
        for (size_t k = 0; k < ARRAY_SIZE(sc->faults); k++) {
            sc->faults[k] = any[(size_t)rand_r(&b->seed) % ARRAY_SIZE(any)];
            sc->faults[k].n =
                sc->faults[k].n < 600 ? sc->faults[k].n : 1 + rand_r(&b->seed) % sc->faults[k].n;
            sc->faults[k].times = 1 + rand_r(&b->seed) % 3;
        }
        for (size_t k = 0; k < 5; k++)
            sc->acts[k] = (struct act) { 5 + rand_r(&b->seed) % 45,
                acts[(size_t)rand_r(&b->seed) % ARRAY_SIZE(acts)] };
        add_client(b);
        add_run(b, sc);
    }
    bench_run(b);
    for (int i = 0; i < CHAOS; i++)
        wrong += !is_right(b->runs.v[i]);
    char why[80];
    snprintf(why, sizeof(why), "%d of %d watches do not hold the server's truth", wrong, CHAOS);
    bench_free(b);
    return !verdict("anything in any order", wrong == 0, why);
}

// ---- a server that hangs

enum { HANGS = 3, STALE_MS = 10000, HANG_MS = 13000, LIVE_MS = 5000, ALL_WELL_MS = 1000 };
struct hang {
    struct bench *b;
    int64_t at, stale_ms, back, live_ms; // loop clock, and how long it took
    int asked, before;
};

static size_t in_state(const struct bench *b, enum watch_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < b->runs.n; i++)
        n += watch_status(b->runs.v[i]->w)->state == state;
    return n;
}

static int asked_of(const struct bench *b)
{
    int n = 0;
    for (size_t i = 0; i < b->runs.n; i++)
        for (int ask = 0; ask < ASKS; ask++)
            n += b->runs.v[i]->sp->asked[ask];
    return n;
}

static void on_hang_tick(void *arg)
{
    struct hang *h = arg;
    struct bench *b = h->b;
    int64_t now = loop_now_ms(b->loop);
    client_attend(b->clients.v[0]);
    if (!h->at && in_state(b, WATCH_LIVE) == b->runs.n && now - b->began_ms > ALL_WELL_MS) {
        h->at = now;
        h->before = asked_of(b);
        server_hang(b->server, true);
    }
    if (h->at && !h->stale_ms && in_state(b, WATCH_STALE) == b->runs.n)
        h->stale_ms = now - h->at;
    if (h->at && !h->back && now - h->at > HANG_MS) {
        h->back = now;
        server_hang(b->server, false);
    }
    if (h->back && !h->live_ms && in_state(b, WATCH_LIVE) == b->runs.n) {
        h->live_ms = now - h->back;
        for (size_t i = 0; i < b->runs.n; i++)
            space_change(b->runs.v[i]->sp, (unsigned)i);
    }
    bool over = h->live_ms && now - h->back > h->live_ms + ALL_WELL_MS;
    h->asked = asked_of(b);
    if (over || now - b->began_ms > HANG_MS * 3)
        loop_stop(b->loop);
}

// The watches are stale in time, and go on as they are, with what comes then, without being asked for again.
static int hangs(void)
{
    static const struct scenario sc = { "", .lists = 1, .says = "does not answer" };
    struct bench *b = bench_new();
    struct hang h = { .b = b };
    struct buf why = BUF_INIT;
    add_client(b);
    for (int i = 0; i < HANGS; i++)
        add_run(b, &sc);
    b->began_ms = loop_now_ms(b->loop);
    struct loop_timer *t = loop_timer_new(b->loop, on_hang_tick, &h);
    loop_timer_start(t, TICK_MS, TICK_MS);
    loop_run(b->loop);
    loop_timer_free(t);
    for (int i = 0; i < HANGS; i++)
        complain(b->runs.v[i], &why);
    if (!h.stale_ms || h.stale_ms > STALE_MS)
        buf_printf(&why, "stale after %lld ms; ", (long long)h.stale_ms);
    if (!h.live_ms || h.live_ms > LIVE_MS)
        buf_printf(&why, "live after %lld ms; ", (long long)h.live_ms);
    if (h.asked != h.before)
        buf_printf(&why, "%d requests for lists and watches; ", h.asked - h.before);
    printf("# hangs: stale after %lld ms, live after %lld ms\n", (long long)h.stale_ms, (long long)h.live_ms);
    bool ok = verdict("a server that hangs for a while", !why.n, why.s);
    buf_release(&why);
    bench_free(b);
    return !ok;
}

// The peak of memory is a process's, and what AddressSanitizer holds back counts as well.
static int in_own_process(const char *self, const char *what)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        setenv("ASAN_OPTIONS", "quarantine_size_mb=4", 1);
        execl(self, self, what, (char *)NULL);
        _exit(127);
    }
    BUG_ON(pid < 0 || waitpid(pid, &status, 0) != pid);
    return status != 0;
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    int failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!only || str_eq(only, "scenarios"))
        failed += run_scenarios(scenarios, ARRAY_SIZE(scenarios));
    if (!only || str_eq(only, "bytes"))
        failed += every_byte();
    if (!only || str_eq(only, "chaos"))
        failed += chaos();
    if (!only || str_eq(only, "hangs"))
        failed += hangs();
    if (only && str_eq(only, "balloons"))
        return balloons();
    if (!only)
        failed += in_own_process(argv[0], "balloons");
    setenv("KVIEW_WATCH_SILENCE_MS", "1500", 1);
    if (!only || str_eq(only, "silences"))
        failed += run_scenarios(silences, ARRAY_SIZE(silences));
    return failed != 0;
}
