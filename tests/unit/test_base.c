#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/key.h"
#include "base/listener.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "base/yaml.h"

// apimachinery/pkg/util/duration HumanDuration: each boundary
static void test_human_duration(void **state)
{
    static const struct {
        int64_t s;
        const char *want;
    } cases[] = { { -2, "<invalid>" }, { -1, "0s" }, { 0, "0s" }, { 119, "119s" }, { 120, "2m" },
        { 121, "2m1s" }, { 599, "9m59s" }, { 600, "10m" }, { 10799, "179m" }, { 10800, "3h" },
        { 10860, "3h1m" }, { 28799, "7h59m" }, { 28800, "8h" }, { 172799, "47h" }, { 172800, "2d" },
        { 176400, "2d1h" }, { 691199, "7d23h" }, { 691200, "8d" }, { 63071999, "729d" },
        { 63072000, "2y" }, { 63158400, "2y1d" }, { 252288000, "8y" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char out[HUMAN_DURATION_MAX];
        human_duration(cases[i].s, out);
        assert_string_equal(out, cases[i].want);
    }
}

static void test_rfc3339(void **state)
{
    int64_t t;
    int32_t ns;
    (void)state;
    assert_true(time_parse_rfc3339("1970-01-01T00:00:00Z", &t, NULL));
    assert_int_equal(t, 0);
    assert_true(time_parse_rfc3339("2026-11-23T12:00:00.25+02:00", &t, &ns));
    assert_int_equal(t, 1795428000);
    assert_int_equal(ns, 250000000);
    assert_false(time_parse_rfc3339("2026-13-01T00:00:00Z", &t, NULL));
    assert_false(time_parse_rfc3339("yesterday", &t, NULL));
    assert_true(duration_parse("1h30m", &t));
    assert_int_equal(t, 5400);
    assert_false(duration_parse("1x", &t));
}

static void sanitised(const char *in, const char *want)
{
    struct buf out = BUF_INIT;
    utf8_sanitise(&out, in, strlen(in));
    assert_string_equal(out.s, want);
    buf_release(&out);
}

static void test_sanitise(void **state)
{
    (void)state;
    sanitised("plain", "plain");
    sanitised("a\tb\nc", "a b c");
    sanitised("\033[31mred", "\xEF\xBF\xBD[31mred");
    sanitised("\xC2\x9B" "31m", "\xEF\xBF\xBD" "31m");     // C1 CSI
    sanitised("a\xE2\x80\xAE" "b", "a\xEF\xBF\xBD" "b");    // right-to-left override
    sanitised("bad\xFF", "bad\xEF\xBF\xBD");
    sanitised("日本", "日本");
}

static void test_widths(void **state)
{
    (void)state;
    assert_int_equal(utf8_width("abc"), 3);
    assert_int_equal(utf8_width("日本"), 4);
    assert_int_equal(utf8_width("e\xCC\x81"), 1); // combining acute
    assert_int_equal(utf8_width("👩‍👩‍👧"), 2); // one grapheme by ZWJ
    assert_int_equal(utf8_fit("日本", 6, 3), 3);
}

static void test_strings(void **state)
{
    struct buf b = BUF_INIT;
    (void)state;
    assert_true(str_natural_cmp("web-9", "web-10") < 0);
    assert_true(str_natural_cmp("web-2", "web-02a") < 0);
    assert_int_equal(str_distance("deploymnet", "deployment", 3), 1);
    assert_int_equal(str_distance("abc", "xyz", 1), 2);
    assert_true(str_fuzzy("dpl", "deployments") > 0);
    assert_true(str_fuzzy("po", "pods") > str_fuzzy("po", "endpoints"));
    assert_int_equal(str_fuzzy("xyz", "pods"), -1);
    assert_true(b64_decode("aGVsbG8=", 8, &b));
    assert_string_equal(b.s, "hello");
    assert_false(b64_decode("a*b", 3, &b));
    buf_clear(&b);
    b64_encode("hello", 5, &b);
    assert_string_equal(b.s, "aGVsbG8=");
    buf_release(&b);
}

static void test_keys(void **state)
{
    static const char *const names[] = { "a", "A", "C-d", "M-1", "S-Tab", "PgDn", "C-PgUp", "F5", "Space",
        "Enter", "`", "[" };
    struct key k;
    char out[32];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        assert_true(key_parse(names[i], strlen(names[i]), &k));
        key_format(k, out, sizeof(out));
        assert_string_equal(out, names[i]);
    }
    assert_false(key_parse("up", 2, &k)); // a command's name, not a key
    assert_false(key_parse("F13", 3, &k));
}

static void test_yaml(void **state)
{
    struct err err;
    static const char text[] = "a: 1\nb: \"1\"\nc: [yes, ~, 1.5, 0x10, abc]\n";
    (void)state;
    json_t *v = yaml_load(text, strlen(text), "f", &err);
    assert_non_null(v);
    assert_true(json_is_integer(json_object_get(v, "a")));
    assert_true(json_is_string(json_object_get(v, "b")));
    const json_t *c = json_object_get(v, "c");
    assert_true(json_is_true(json_array_get(c, 0)));
    assert_true(json_is_null(json_array_get(c, 1)));
    assert_true(json_is_real(json_array_get(c, 2)));
    assert_int_equal(json_integer_value(json_array_get(c, 3)), 16);
    json_decref(v);
    assert_null(yaml_load("a: 1\na: 2\n", 10, "f", &err));
    assert_string_equal(err.msg, "f:2:1: the key is there twice");
    assert_null(yaml_load("a: [", 4, "f", &err));
    assert_non_null(strstr(err.msg, "f:"));
    // each level doubles: refused, not expanded for ever
    static const char bomb[] = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                               "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                               "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
                               "g: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
    assert_null(yaml_load(bomb, strlen(bomb), "f", &err));
}

struct seen {
    struct loop *loop;
    struct loop_timer *timer;
    int ticks, turns, status;
    char out[64], err[64];
};

static void on_tick(void *arg)
{
    struct seen *s = arg;
    if (++s->ticks == 3) {
        loop_timer_free(s->timer); // inside its own callback
        loop_stop(s->loop);
    }
}

static void on_child(
    void *arg, int status, const struct buf *out, const struct buf *err_out, const struct err *err)
{
    struct seen *s = arg;
    (void)err_out;
    s->status = status;
    snprintf(s->out, sizeof(s->out), "%s", out->s);
    snprintf(s->err, sizeof(s->err), "%s", err ? err->msg : "");
    loop_stop(s->loop);
}

static void run_child(struct seen *s, char *const argv[], size_t max, int64_t timeout)
{
    struct loop_child_opts o = { .argv = argv, .max_output = max, .timeout_ms = timeout };
    loop_child_start(s->loop, &o, on_child, s);
    loop_run(s->loop);
}

#define ARGV(...) ((char *const *)(const char *[]) { __VA_ARGS__, NULL })

struct streamed {
    struct loop *loop;
    struct loop_child *child;
    char out[64], err[64];
    int status;
};

static void on_streamed(void *arg, bool is_stderr, const char *s, size_t n)
{
    struct streamed *t = arg;
    char *into = is_stderr ? t->err : t->out;
    snprintf(into + strlen(into), sizeof(t->out) - strlen(into), "%.*s", (int)n, s);
    if (strstr(t->out, "ready"))
        loop_child_signal(t->child, SIGTERM);
}

static void on_streamed_end(void *arg, int status, const struct buf *out, const struct buf *err_out, const struct err *err)
{
    struct streamed *t = arg;
    assert_null(err);
    assert_int_equal(out->n + err_out->n, 0); // it was told as it came
    t->status = status;
    loop_stop(t->loop);
}

// What it prints is told while it runs, and a signal reaches what it started too: the pipe that the grandchild holds closes.
static void test_loop_child_group(void **state)
{
    struct streamed t = { .loop = loop_new() };
    char *const *argv = ARGV("/bin/sh", "-c", "echo trouble >&2; sleep 600 & echo ready; wait");
    struct loop_child_opts o = { .argv = argv, .own_group = true, .output = on_streamed };
    (void)state;
    t.child = loop_child_start(t.loop, &o, on_streamed_end, &t);
    loop_run(t.loop);
    assert_int_equal(t.status, 128 + SIGTERM);
    assert_string_equal(t.out, "ready\n");
    assert_string_equal(t.err, "trouble\n");
    loop_free(t.loop);
}

static void on_busy_timer(void *arg)
{
    struct seen *s = arg;
    s->ticks++;
    if (s->ticks < 100)
        loop_timer_start(s->timer, 0, 0);
    else
        loop_stop(s->loop);
}

static void on_turn(void *arg)
{
    struct seen *s = arg;
    s->turns++;
}

// A timer that asks for no delay inside its own callback, as libcurl does while much is to be read, must
// not keep the turn from ending: frames are drawn and keys read between two calls.
// Two timers that are always due again and take longer than the clock's millisecond: input and frames come between.
struct greedy {
    struct loop *loop;
    struct loop_timer *timers[2];
    int runs, turns;
};

static void greed(struct greedy *g, int which)
{
    int64_t until = time_mono_ms() + 3;
    while (time_mono_ms() < until)
        ;
    if (++g->runs >= 40)
        loop_stop(g->loop);
    else
        loop_timer_start(g->timers[which], 0, 0);
}

static void on_greedy0(void *arg)
{
    greed(arg, 0);
}

static void on_greedy1(void *arg)
{
    greed(arg, 1);
}

static void on_greedy_turn(void *arg)
{
    struct greedy *g = arg;
    g->turns++;
}

static void test_loop_greedy_timers(void **state)
{
    struct greedy g = { .loop = loop_new() };
    (void)state;
    g.timers[0] = loop_timer_new(g.loop, on_greedy0, &g);
    g.timers[1] = loop_timer_new(g.loop, on_greedy1, &g);
    loop_on_turn_end(g.loop, on_greedy_turn, &g);
    loop_timer_start(g.timers[0], 0, 0);
    loop_timer_start(g.timers[1], 0, 0);
    loop_run(g.loop);
    assert_true(g.turns >= 15); // of 40 runs at most two a turn, and a few turns of libuv's own
    for (size_t i = 0; i < ARRAY_SIZE(g.timers); i++)
        loop_timer_free(g.timers[i]);
    loop_free(g.loop);
}

static void test_loop_no_delay(void **state)
{
    struct seen s = { .loop = loop_new() };
    (void)state;
    loop_on_turn_end(s.loop, on_turn, &s);
    s.timer = loop_timer_new(s.loop, on_busy_timer, &s);
    loop_timer_start(s.timer, 0, 0);
    loop_run(s.loop);
    assert_int_equal(s.ticks, 100);
    assert_true(s.turns >= 99);
    loop_timer_free(s.timer);
    loop_free(s.loop);
}

static void test_loop(void **state)
{
    struct seen s = { .loop = loop_new() };
    (void)state;
    s.timer = loop_timer_new(s.loop, on_tick, &s);
    loop_timer_start(s.timer, 1, 1);
    loop_run(s.loop);
    assert_int_equal(s.ticks, 3);
    run_child(&s, ARGV("sh", "-c", "echo hi; exit 3"), 0, 0);
    assert_int_equal(s.status, 3);
    assert_string_equal(s.out, "hi\n");
    run_child(&s, ARGV("no-such-program-here"), 0, 0);
    assert_string_equal(s.err, "not found");
    run_child(&s, ARGV("sleep", "60"), 0, 50);
    assert_non_null(strstr(s.err, "in time"));
    run_child(&s, ARGV("yes"), 1000, 0);
    assert_non_null(strstr(s.err, "more than 1000 bytes"));
    loop_free(s.loop);
}

static void listeners(void **state)
{
    char who[100];
    (void)state;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t n = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0), gone[2];
    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    getsockname(fd, (struct sockaddr *)&at, &n);
    int port = ntohs(at.sin_port);
    assert_false(listener_find(port, who, sizeof(who))); // bound is not listening
    assert_int_equal(listen(fd, 1), 0);
    assert_true(listener_find(port, who, sizeof(who)));
    assert_string_equal(who, "this kview");
    assert_int_equal(pipe(gone), 0);
    pid_t child = fork();
    if (child == 0) {
        char c;
        prctl(PR_SET_NAME, "evil\033[2J");
        close(gone[1]);
        _exit(read(gone[0], &c, 1) != 0);
    }
    close(fd);
    close(gone[0]);
    char want[60];
    snprintf(want, sizeof(want), "(pid %d)", (int)child);
    bool named = false;
    for (int i = 0; i < 500 && !named; i++, usleep(10000))
        named = listener_find(port, who, sizeof(who)) && strstr(who, want) && strncmp(who, "evil", 4) == 0;
    close(gone[1]);
    waitpid(child, NULL, 0);
    assert_true(named);
    assert_null(strchr(who, '\033'));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(listeners),
        cmocka_unit_test(test_human_duration),
        cmocka_unit_test(test_rfc3339),
        cmocka_unit_test(test_sanitise),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_yaml),
        cmocka_unit_test(test_loop),
        cmocka_unit_test(test_loop_child_group), cmocka_unit_test(test_loop_no_delay), cmocka_unit_test(test_loop_greedy_timers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
