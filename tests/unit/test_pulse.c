// When the server is asked whether it answers, and what follows from which answer: time and requests are made up here.
#include "tests/unit/unit.h"

#include <string.h>

#define loop_now_ms test_now
#define loop_timer_new test_timer_new
#define loop_timer_start test_timer_start
#define loop_timer_stop test_timer_stop
#define loop_timer_free test_timer_stop
#define http_probe test_probe
#define http_cancel test_cancel
#define http_heard_ms test_heard
#define http_any_ms test_any
#define http_connected test_connected
#include "client/pulse.c"

struct http_req {
    const struct http_handlers *handlers;
    void *arg;
    bool open;
};
static struct {
    int64_t now, due, heard, any;
    struct http_req same, fresh;
    int asked, ways;
    bool connected;
    int lost, back, new_way;
} t;

int64_t test_now(const struct loop *loop)
{
    (void)loop;
    return t.now;
}

struct loop_timer *test_timer_new(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    (void)loop;
    (void)fn;
    return arg;
}

void test_timer_start(struct loop_timer *timer, int64_t delay_ms, int64_t repeat_ms)
{
    (void)timer;
    (void)repeat_ms;
    t.due = t.now + delay_ms;
}

void test_timer_stop(struct loop_timer *timer)
{
    (void)timer;
    t.due = 0;
}

struct http_req *test_probe(struct http *h, const char *path, bool fresh, int64_t timeout_ms,
    const struct http_handlers *handlers, void *arg)
{
    struct http_req *r = fresh ? &t.fresh : &t.same;
    (void)h;
    (void)timeout_ms;
    assert_string_equal(path, "/livez");
    assert_false(r->open);
    *r = (struct http_req) { handlers, arg, true };
    t.asked += !fresh;
    t.ways += fresh;
    return r;
}

void test_cancel(struct http_req *r)
{
    if (r)
        r->open = false;
}

int64_t test_heard(const struct http *h)
{
    (void)h;
    return t.heard;
}

int64_t test_any(const struct http *h)
{
    (void)h;
    return t.any;
}

bool test_connected(const struct http_req *r)
{
    (void)r;
    return t.connected;
}

static void on_news(void *arg, enum pulse_news news, const struct err *err)
{
    (void)arg;
    assert_true(err_is(err));
    t.lost += news == PULSE_LOST;
    t.back += news == PULSE_BACK;
    t.new_way += news == PULSE_NEW_WAY;
}

static int setup(void **state)
{
    memset(&t, 0, sizeof(t));
    t.now = 1000000;
    struct pulse *p = pulse_new(NULL, NULL, on_news, NULL);
    pulse_start(p);
    pulse_attend(p);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    pulse_free(*state);
    return 0;
}

static void pass(struct pulse *p, int64_t ms)
{
    for (int64_t end = t.now + ms; t.now < end;) {
        t.now += 10;
        if (t.now % 1000 == 0)
            pulse_attend(p);
        if (t.due && t.now >= t.due)
            on_timer(p);
    }
}

static void answer(struct http_req *r, int status)
{
    struct http_result res = { .status = status, .ok = status == 200, .retry_after = -1 };
    assert_true(r->open);
    r->open = false;
    if (!res.ok)
        err_set(&res.err, "made up");
    r->handlers->on_done(r->arg, &res);
}

// What comes by itself is as good as an answer; else a question every few seconds.
static void test_idle(void **state)
{
    struct pulse *p = *state;
    for (int i = 0; i < 60; i++) {
        t.heard = t.now;
        pass(p, 1000);
    }
    assert_int_equal(t.asked, 0);
    for (int i = 0; i < 6000; i++) {
        pass(p, 10);
        if (t.same.open)
            answer(&t.same, 200);
    }
    assert_in_range(t.asked, 10, 13);
    assert_int_equal(t.lost + t.ways, 0);
}

static void test_nobody_looks(void **state)
{
    struct pulse *p = *state;
    p->attended_ms = t.now - AWAY_MS;
    look(p);
    for (int i = 0; i < 290; i++) {
        t.now += 100;
        if (t.now >= t.due)
            on_timer(p);
    }
    assert_int_equal(t.asked, 0);
    pulse_attend(p); // and now somebody does
    assert_int_equal(t.asked, 1);
}

static void test_hangs(void **state)
{
    struct pulse *p = *state;
    t.connected = true;
    pass(p, 8000);
    assert_int_equal(t.lost, 0);
    pass(p, 1500);
    assert_int_equal(t.lost, 1);
    pass(p, 10000);
    assert_in_range(t.ways, 1, 2); // no storm
    assert_int_equal(t.asked, 1);
    answer(&t.same, 500); // any answer
    assert_int_equal(t.back, 1);
    assert_false(t.fresh.open);
    pass(p, 3000);
    assert_int_equal(t.lost + t.new_way, 1);
}

// Another request's bytes are as good: the stream's own.
static void test_stream_comes_back(void **state)
{
    struct pulse *p = *state;
    pass(p, 10000);
    assert_int_equal(t.lost, 1);
    t.heard = t.now + 10;
    pass(p, 300);
    assert_int_equal(t.back, 1);
}

static void test_new_way(void **state)
{
    struct pulse *p = *state;
    pass(p, 9500);
    assert_true(t.fresh.open);
    answer(&t.fresh, 401);
    pass(p, 2000);
    assert_int_equal(t.new_way, 1);
    assert_int_equal(t.back, 0);
    assert_false(t.same.open);
}

// A new connection is answered first, and then the old one: it was only slower.
static void test_both_ways(void **state)
{
    struct pulse *p = *state;
    pass(p, 9500);
    answer(&t.fresh, 200);
    pass(p, 100);
    answer(&t.same, 200);
    pass(p, 3000);
    assert_int_equal(t.new_way, 0);
    assert_int_equal(t.back, 1);
}

// A lost SYN is not waited for.
static void test_black_hole(void **state)
{
    struct pulse *p = *state;
    pass(p, 9500);
    int before = t.ways;
    pass(p, 12000);
    assert_in_range(t.ways - before, 3, 7);
    assert_int_equal(t.lost, 1);
}

static void test_slept(void **state)
{
    struct pulse *p = *state;
    t.heard = t.now;
    t.now += 100;
    pulse_now(p);
    assert_true(t.same.open && t.fresh.open);
    answer(&t.fresh, 200);
    pass(p, 1000);
    assert_int_equal(t.new_way, 1);
    assert_int_equal(t.lost, 0);
}

// Slow, but alive: the next answer has more time; once it is quick again, no more.
static void test_slow(void **state)
{
    struct pulse *p = *state;
    pass(p, 10000);
    answer(&t.same, 200);
    assert_int_equal(t.back, 1);
    pass(p, 5000 + 5500);
    assert_int_equal(t.lost, 1);
    t.any = t.heard = t.now;
    pass(p, 300);
    pass(p, 5000);
    answer(&t.same, 200);
    pass(p, 9500);
    assert_int_equal(t.lost, 2);
}

// It was this program that stood still: the answer may lie there unread.
static void test_stood_still(void **state)
{
    struct pulse *p = *state;
    pass(p, 5100);
    t.now += 60000;
    on_timer(p);
    assert_int_equal(t.lost, 0);
    answer(&t.same, 200);
    assert_int_equal(t.lost + t.back, 0);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_idle),
        CASE(test_nobody_looks),
        CASE(test_hangs),
        CASE(test_stream_comes_back),
        CASE(test_new_way),
        CASE(test_both_ways),
        CASE(test_black_hole),
        CASE(test_slept),
        CASE(test_slow),
        CASE(test_stood_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
