#include "demo/loglines.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"

#define MS INT64_C(1000000)
enum { KEPT = 40000, WORDS = 3, BURST = 12, FAST_KEPT = 100000000 };

// ---- chance that is the same each time

static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

struct dice {
    uint64_t state;
};

static unsigned roll(struct dice *d, unsigned n)
{
    d->state = mix(d->state);
    return (unsigned)(d->state >> 33) % n;
}

#define PICK(d, list) (list)[roll((d), ARRAY_SIZE(list))]

static const char *const pages[] = { "/", "/cart", "/products/1042", "/products/77", "/search?q=lamp", "/checkout",
    "/api/v1/prices", "/healthz", "/static/app.7f3c.js", "/account" };
static const char *const people[] = { "alice", "bob", "carol", "dora", "emil", "farid" };

enum level { TRACE, INFO, WARN, ERROR };

static enum level level_of(struct dice *d)
{
    unsigned n = roll(d, 100);
    return n < 2 ? ERROR : n < 8 ? WARN : n < 20 ? TRACE : INFO;
}

static const char *level_name(enum level l)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    return names[l];
}

// ---- what each sort of program writes

static void put_access(struct dice *d, int64_t stamp, struct buf *out)
{
    static const int codes[] = { 200, 200, 200, 200, 200, 200, 304, 302, 404, 499, 500, 503 };
    char when[32];
    time_format_rfc3339(stamp / 1000000000, when);
    unsigned ip = roll(d, 250), ms = 1 + roll(d, 240);
    const char *page = PICK(d, pages);
    buf_printf(out, "10.244.7.%u - - [%s] \"GET %s HTTP/1.1\" %d %u \"-\" %u.%03u", ip, when, page, PICK(d, codes),
        200 + roll(d, 9000), ms / 1000, ms);
}

static void put_json(struct dice *d, int64_t stamp, struct buf *out)
{
    static const char *const told[4][3] = {
        { "cache hit", "pool has 8 idle connections", "span finished" },
        { "request served", "order accepted", "price list reloaded" },
        { "slow query", "retrying after timeout", "pool is nearly exhausted" },
        { "upstream failed: connection refused", "order rejected: card declined", "deadline exceeded" } };
    char when[32];
    time_format_rfc3339(stamp / 1000000000, when);
    enum level l = level_of(d);
    const char *msg = told[l][roll(d, 3)], *who = PICK(d, people), *page = PICK(d, pages);
    unsigned status = l == ERROR ? 500 + 3 * roll(d, 2) : l == WARN ? 429 : 200, ms = 2 + roll(d, l >= WARN ? 2400 : 90);
    buf_printf(out,
        "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":\"%s\",\"http\":{\"path\":\"%s\",\"status\":%u,\"ms\":%u},"
        "\"user\":\"%s\",\"trace\":\"%08x%08x\"}",
        when, level_name(l), msg, page, status, ms, who, roll(d, 0x7fffffff), roll(d, 0x7fffffff));
}

static void put_logfmt(struct dice *d, int64_t stamp, struct buf *out)
{
    static const char *const told[4][3] = { { "lease renewed", "heartbeat", "nothing to do" },
        { "job done", "batch committed", "message acknowledged" },
        { "queue is long", "job is late", "redelivered message" },
        { "job failed", "cannot commit batch", "broker closed the connection" } };
    char when[32];
    time_format_rfc3339(stamp / 1000000000, when);
    enum level l = level_of(d);
    const char *msg = told[l][roll(d, 3)];
    buf_printf(out, "ts=%s level=%s msg=\"%s\" queue=orders job=%u took=%ums", when, level_name(l), msg,
        10000 + roll(d, 90000), 1 + roll(d, 900));
    if (l == ERROR)
        buf_printf(out, " err=\"context deadline exceeded\" attempt=%u", 1 + roll(d, 5));
}

static void put_klog(struct dice *d, int64_t stamp, struct buf *out)
{
    static const char *const told[] = { "reflector.go:391] Watch close", "controller.go:231] Synced",
        "leaderelection.go:278] successfully renewed lease", "trace.go:236] Trace: \"List\" (total time: 14ms)",
        "handler.go:142] keys.openapi.k8s.io: served" };
    char when[32];
    time_format_rfc3339(stamp / 1000000000, when);
    enum level l = level_of(d);
    const char *what = PICK(d, told);
    buf_printf(out, "%c%.2s%.2s %.8s.%06u       1 %s", l == ERROR ? 'E' : l == WARN ? 'W' : 'I', when + 5, when + 8,
        when + 11, (unsigned)(stamp / 1000 % 1000000), what);
}

static void put_database(struct dice *d, int64_t stamp, struct buf *out)
{
    char when[32];
    time_format_rfc3339(stamp / 1000000000, when);
    unsigned n = roll(d, 40), pid = 20 + roll(d, 200);
    if (n == 0)
        buf_printf(out, "%.10s %.8s UTC [%u] ERROR:  deadlock detected", when, when + 11, pid);
    else if (n < 4)
        buf_printf(out, "%.10s %.8s UTC [%u] LOG:  duration: %u.%03u ms  statement: SELECT * FROM orders WHERE id = %u",
            when, when + 11, pid, 200 + roll(d, 900), roll(d, 1000), roll(d, 99999));
    else
        buf_printf(out, "%.10s %.8s UTC [%u] LOG:  checkpoint complete: wrote %u buffers (%u.%u%%)", when, when + 11, pid,
            roll(d, 400), roll(d, 5), roll(d, 10));
}

static void put_coloured(struct dice *d, int64_t stamp, struct buf *out)
{
    static const char *const colours[] = { "36", "32", "33", "31;1" };
    enum level l = level_of(d);
    const char *page = PICK(d, pages);
    buf_printf(out, "\033[2m%02d:%02d:%02d\033[0m \033[%sm%-5s\033[0m index \033[1m%s\033[0m %u hits",
        (int)(stamp / 1000000000 / 3600 % 24), (int)(stamp / 1000000000 / 60 % 60), (int)(stamp / 1000000000 % 60),
        colours[l], level_name(l), page, roll(d, 4000));
}

// A trace of several lines now and then: the line's place in a run of 64 says which part it is.
static void put_traces(struct dice *d, int64_t line, struct buf *out)
{
    static const char *const trace[] = {
        "ERROR [main] c.a.shop.Recommender - cannot score basket: java.lang.IllegalStateException: model is not loaded",
        "\tat com.acme.shop.Model.score(Model.java:118)", "\tat com.acme.shop.Recommender.forBasket(Recommender.java:64)",
        "\tat com.acme.shop.Api.recommend(Api.java:41)",
        "Caused by: java.io.IOException: connection reset by s3.eu-west-1", "\t... 21 more" };
    size_t part = (size_t)(line % 64);
    if (line / 64 % 3 == 1 && part < ARRAY_SIZE(trace)) {
        buf_puts(out, trace[part]);
        return;
    }
    buf_printf(out, "INFO  [worker-%u] c.a.shop.Recommender - scored basket %u of %s in %u ms", roll(d, 8),
        10000 + roll(d, 80000), PICK(d, people), 3 + roll(d, 60));
}

static void put_plain(struct dice *d, struct buf *out)
{
    static const char *const told[] = { "started a round", "round done", "nothing to do", "waiting for work",
        "warning: took longer than usual" };
    const char *what = PICK(d, told);
    buf_printf(out, "%s (%u items)", what, roll(d, 500));
}

enum sort { PLAIN, ACCESS, JSON, LOGFMT, KLOG, DATABASE, COLOURED, TRACES };
static const struct {
    const char *image;
    enum sort sort;
    int period_ms; // between two lines
    bool bursts;
} sorts[] = { // the first that is part of the image's name
    { "shop-web", ACCESS, 700, false }, { "shop-api", JSON, 900, false }, { "shop-cart", JSON, 1500, false },
    { "pay-", JSON, 1800, false }, { "shop-worker", LOGFMT, 1100, true }, { "notifier", LOGFMT, 2500, false },
    { "shop-search", COLOURED, 1300, false }, { "shop-recommend", TRACES, 1700, false },
    { "postgres", DATABASE, 4000, false }, { "ingress-nginx", ACCESS, 400, true }, { "kube-", KLOG, 6000, false },
    { "coredns", KLOG, 9000, false }, { "autoscaler", KLOG, 5000, false }, { "cert-manager", KLOG, 8000, false },
    { "prometheus", LOGFMT, 7000, false }, { "argocd", LOGFMT, 3000, true }, { "fluent-bit", PLAIN, 3000, true },
    { "", PLAIN, 5000, false },
};

static size_t sort_of(const struct log_instance *in)
{
    size_t i = 0;
    while (!strstr(in->image, sorts[i].image))
        i++;
    return i;
}

// ---- lines: first words, then what its program writes for ever, then last words

static const char *const last_words[] = { "panic: runtime error: invalid memory address or nil pointer dereference",
    "[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x6f2a31]", "", "goroutine 1 [running]:",
    "main.(*server).connect(0x0, {0xc00011e000, 0x1f})", "\t/src/server.go:212 +0x51", "main.main()",
    "\t/src/main.go:48 +0x1f5" };

static int64_t words_at_end(const struct log_instance *in)
{
    return !in->end_ms || in->killed ? 0 : in->exit_code ? (int64_t)ARRAY_SIZE(last_words) : 1;
}

static int64_t period_ns(const struct log_instance *in)
{
    return in->rate ? 1000000000 / in->rate : sorts[sort_of(in)].period_ms * MS;
}

static int64_t body_start(const struct log_instance *in)
{
    return in->start_ms * MS + (in->rate ? 0 : (WORDS + 1) * 40 * MS);
}

static int64_t first_words(const struct log_instance *in)
{
    return in->rate ? 0 : WORDS;
}

// Lines of the body until a time, in nanoseconds.
static int64_t body_until(const struct log_instance *in, int64_t ns)
{
    int64_t n = (ns - body_start(in)) / period_ns(in) + 1;
    return ns < body_start(in) ? 0 : n;
}

int64_t log_count(const struct log_instance *in, int64_t now_ms)
{
    int64_t until = in->end_ms && in->end_ms < now_ms ? in->end_ms : now_ms;
    int64_t first = until < in->start_ms ? 0 : first_words(in);
    bool over = in->end_ms && in->end_ms <= now_ms;
    if (!over && first && until - in->start_ms < WORDS * 40)
        first = (until - in->start_ms) / 40;
    return first + body_until(in, until * MS) + (over ? words_at_end(in) : 0);
}

int64_t log_stamp(const struct log_instance *in, int64_t line)
{
    int64_t first = first_words(in), start = in->start_ms * MS;
    if (line < first)
        return start + line * 40 * MS + 20 * MS;
    int64_t i = line - first, period = period_ns(in);
    int64_t body = in->end_ms ? body_until(in, in->end_ms * MS) : INT64_MAX;
    if (i >= body) { // what came last is not before the last line of the body
        int64_t at = in->end_ms * MS, least = body ? log_stamp(in, first + body - 1) : start + first * 40 * MS;
        return (at > least ? at : least) + (i - body + 1) * 1000;
    }
    if (in->rate)
        return body_start(in) + i * period;
    if (sorts[sort_of(in)].bursts) // a dozen at once, then silence
        return body_start(in) + i / BURST * BURST * period + i % BURST * 3 * MS + (int64_t)(mix(in->seed + (uint64_t)i) % 2000000);
    return body_start(in) + i * period + (int64_t)(mix(in->seed + (uint64_t)i) % (uint64_t)(period * 9 / 10));
}

int64_t log_kept(const struct log_instance *in)
{
    return in->rate ? FAST_KEPT : KEPT;
}

int64_t log_find(const struct log_instance *in, int64_t stamp)
{
    int64_t lo = 0, hi = log_count(in, stamp / MS + 2) + BURST;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        if (log_stamp(in, mid) < stamp)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void put_fast(int64_t line, struct buf *out)
{
    static const char pad[] = "level=info msg=\"one of very many lines\" path=/api/v1/orders status=200 took=12ms n=";
    char digits[24];
    int n = 0;
    for (int64_t v = line + 1; v || !n; v /= 10)
        digits[n++] = (char)('0' + v % 10);
    buf_add(out, pad, sizeof(pad) - 1);
    for (; n < 12; n++)
        digits[n] = '0';
    while (n)
        buf_putc(out, digits[--n]);
}

void log_line(const struct log_instance *in, int64_t line, struct buf *out)
{
    int64_t first = first_words(in), stamp = log_stamp(in, line), i = line - first;
    struct dice d = { in->seed ^ mix((uint64_t)line) };
    if (in->rate) {
        put_fast(line, out);
        return;
    }
    if (line < first) {
        const char *slash = strrchr(in->image, '/');
        const char *const words[WORDS] = { "starting", "configuration read", "listening" };
        buf_printf(out, "%s: %s", line ? in->container : slash ? slash + 1 : in->image, words[line]);
        return;
    }
    int64_t body = in->end_ms ? body_until(in, in->end_ms * MS) : INT64_MAX;
    if (i >= body) {
        buf_puts(out, in->exit_code ? last_words[i - body < (int64_t)ARRAY_SIZE(last_words) ? i - body : 0] : "done");
        return;
    }
    switch (sorts[sort_of(in)].sort) {
    case ACCESS: put_access(&d, stamp, out); break;
    case JSON: put_json(&d, stamp, out); break;
    case LOGFMT: put_logfmt(&d, stamp, out); break;
    case KLOG: put_klog(&d, stamp, out); break;
    case DATABASE: put_database(&d, stamp, out); break;
    case COLOURED: put_coloured(&d, stamp, out); break;
    case TRACES: put_traces(&d, i, out); break;
    case PLAIN: put_plain(&d, out); break;
    }
}
