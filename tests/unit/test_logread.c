// Logs from bytes and times alone: answers torn anywhere and gone on with, seconds that come twice, rotation between two
// answers, lines without a stamp, clocks that step back; and the merge of many streams.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/str.h"
#include "client/logread.h"
#include "logs/merge.h"
#include "logs/set.h"

// ---- one stream over several answers

struct got {
    struct logs_mark mark;
    struct buf text; // a line each: "SECOND.NANOS text"; "? text" for the kubelet's
    bool within;
};

static void on_line(void *arg, int64_t stamp, const char *text, size_t n, bool part)
{
    struct got *g = arg;
    if (!g->within && stamp)
        buf_printf(&g->text, "%lld.%09d ", (long long)(stamp / 1000000000 % 100000), (int)(stamp % 1000000000));
    else if (!g->within)
        buf_puts(&g->text, "? ");
    buf_add(&g->text, text, n);
    g->within = part;
    if (!part)
        buf_putc(&g->text, '\n');
}

static void got_release(struct got *g)
{
    logs_mark_clear(&g->mark);
    buf_release(&g->text);
}

// An answer in pieces of `piece` bytes, whole or broken off.
static enum logread_state answer(
    struct got *g, const struct logread_opts *o, const char *s, size_t n, size_t piece, bool whole)
{
    struct logread r;
    logread_init(&r, &g->mark, o, on_line, g);
    for (size_t at = 0; at < n; at += piece)
        if (!logread_data(&r, s + at, n - at < piece ? n - at : piece))
            break;
    if (whole)
        logread_rest(&r);
    if (whole)
        logread_end(&r);
    enum logread_state state = r.state;
    logread_release(&r);
    return state;
}

static enum logread_state say(struct got *g, const char *s)
{
    return answer(g, &(struct logread_opts) { 0 }, s, strlen(s), 7, true);
}

#define T(second) "2026-11-26T08:00:" second "Z "

static void untimestamped(void **state)
{
    (void)state;
    static const char odd[] = "2026-11-26T08:00:01.123456789Z one\n"
                              "2026-11-26T10:00:01.2+02:00 two, the same hour in another offset\n" T("02") "three, no fraction\n" T(
                                  "02.1") "\n" T("02.2") "10%\r 50%\r100%\n" T("02.3") "\033[2J\xff\n"
                              "2026-11-26T08:00:02.4Z\nfailed to create fsnotify watcher: too many open files";
    struct got g = { .text = BUF_INIT }, whole = { .text = BUF_INIT };
    assert_int_equal(answer(&whole, &(struct logread_opts) { 0 }, odd, sizeof(odd) - 1, SIZE_MAX / 2, true), LOGREAD_ON);
    int64_t first = 0, second = 0;
    char *next;
    first = strtoll(whole.text.s, &next, 10);
    second = strtoll(strchr(whole.text.s, '\n') + 1, &next, 10);
    assert_int_equal(first, second); // an offset is its instant
    assert_non_null(strstr(whole.text.s, ".123456789 one\n"));
    assert_non_null(strstr(whole.text.s, ".200000000 two,"));
    assert_non_null(strstr(whole.text.s, ".100000000 \n"));
    assert_non_null(strstr(whole.text.s, ".400000000 \n? failed to create fsnotify watcher: too many open files\n"));
    for (size_t piece = 1; piece < 50; piece++) { // torn anywhere it is the same
        struct got torn = { .text = BUF_INIT };
        answer(&torn, &(struct logread_opts) { 0 }, odd, sizeof(odd) - 1, piece, true);
        assert_string_equal(torn.text.s, whole.text.s);
        got_release(&torn);
    }
    // An answer of the kubelet's words alone, between two that go on
    assert_int_equal(say(&g, T("01.5") "started\nrpc error: code = NotFound desc = an error\n"), LOGREAD_ON);
    assert_int_equal(say(&g, "unable to retrieve container logs for containerd://4f3c"), LOGREAD_ON);
    assert_int_equal(say(&g, T("01.5") "started\n" T("01.6") "goes on\n"), LOGREAD_ON);
    const char *lines = strchr(g.text.s, ' ');
    assert_non_null(strstr(lines, " started\n? rpc error: code = NotFound desc = an error\n? unable to retrieve"));
    assert_non_null(strstr(lines, ".600000000 goes on\n"));
    assert_null(strstr(strstr(lines, "started") + 1, "started"));
    got_release(&g);
    got_release(&whole);
}

// Every place at which an answer may break: gone on with, each line is there once.
static void broken_anywhere(void **state)
{
    (void)state;
    static const char log[] = T("01.1") "a\n" T("01.1") "a\n" T("01.1") "b\n" T("02.5") "c\n" T("02.5") "c\n" T("02.6") "d\n";
    struct got whole = { .text = BUF_INIT };
    answer(&whole, &(struct logread_opts) { 0 }, log, sizeof(log) - 1, 1000, true);
    for (size_t cut = 0; cut < sizeof(log); cut++) {
        struct got g = { .text = BUF_INIT };
        answer(&g, &(struct logread_opts) { 0 }, log, cut, 5, false);
        const char *from = g.mark.sec && g.mark.sec % 60 == 2 ? strstr(log, T("02.5")) : log; // sinceTime
        assert_int_equal(say(&g, from), LOGREAD_ON);
        if (!str_eq(g.text.s, whole.text.s))
            fail_msg("cut at %zu: %s", cut, g.text.s);
        got_release(&g);
    }
    got_release(&whole);
}

static void rotated_between(void **state)
{
    (void)state;
    struct got g = { .text = BUF_INIT };
    say(&g, T("01.1") "a\n" T("01.2") "b\n");
    assert_int_equal(say(&g, T("01.3") "of a new file\n"), LOGREAD_STRANGER);
    assert_int_equal(say(&g, T("05") "of a new file\n"), LOGREAD_STRANGER);
    assert_null(strstr(g.text.s, "new file"));
    const char *log = T("05") "of a new file\n";
    assert_int_equal(answer(&g, &(struct logread_opts) { .trust = true }, log, strlen(log), 3, true), LOGREAD_ON);
    assert_non_null(strstr(g.text.s, "b\n"));
    assert_non_null(strstr(g.text.s, "of a new file\n"));
    // within the second: only the end of what was held comes again
    assert_int_equal(say(&g, T("05") "of a new file\n" T("06") "x\n" T("06.1") "y\n"), LOGREAD_ON);
    assert_int_equal(say(&g, T("06.1") "y\n" T("06.2") "z\n"), LOGREAD_ON);
    assert_non_null(strstr(g.text.s, "y\n" ));
    assert_non_null(strstr(g.text.s, "z\n" ));
    got_release(&g);
}

// --tail begins anywhere in a second, the next answer at its begin.
static void tail_within_a_second(void **state)
{
    (void)state;
    struct got g = { .text = BUF_INIT };
    const char *tail = T("01.3") "c\n", *all = T("01.1") "a\n" T("01.3") "b\n" T("01.3") "c\n" T("01.4") "d\n";
    answer(&g, &(struct logread_opts) { .tail = true }, tail, strlen(tail), 100, false);
    assert_int_equal(say(&g, all), LOGREAD_ON);
    assert_null(strstr(g.text.s, " a\n"));
    assert_null(strstr(g.text.s, " b\n"));
    assert_non_null(strstr(g.text.s, " c\n"));
    assert_non_null(strstr(g.text.s, " d\n"));
    assert_int_equal(say(&g, all), LOGREAD_ON);
    assert_null(strstr(strstr(g.text.s, " d\n") + 1, " d\n"));
    got_release(&g);
}

// The clock of a node steps back: sinceTime gives what was read before the step again.
static void clock_steps_back(void **state)
{
    (void)state;
    struct got g = { .text = BUF_INIT };
    say(&g, T("01") "a\n" T("30") "b\n" T("40") "c\n" T("05") "d\n");
    assert_int_equal(g.mark.sec % 60, 5);
    assert_int_equal(say(&g, T("30") "b\n" T("40") "c\n" T("05") "d\n" T("06") "e\n"), LOGREAD_ON);
    size_t lines = 0;
    for (const char *p = g.text.s; (p = strchr(p, '\n')); p++)
        lines++;
    assert_int_equal(lines, 5);
    assert_non_null(strstr(g.text.s, " e\n"));
    assert_int_equal(say(&g, T("30") "other\n"), LOGREAD_STRANGER);
    got_release(&g);
}

static void probes(void **state)
{
    (void)state;
    struct got g = { .text = BUF_INIT };
    const struct logread_opts probe = { .probe = true };
    const char *same = T("02") "b\n" T("02.5") "c\n", *more = T("02") "b\n" T("02.5") "c\n" T("02.5") "c\n";
    say(&g, T("01") "a\n" T("02") "b\n" T("02.5") "c\n");
    size_t held = g.text.n;
    assert_int_equal(answer(&g, &probe, same, strlen(same), 4, true), LOGREAD_ON);
    assert_int_equal(answer(&g, &probe, more, strlen(more), 4, true), LOGREAD_MORE);
    assert_int_equal(answer(&g, &probe, "", 0, 4, true), LOGREAD_ON);
    assert_int_equal(answer(&g, &probe, "2026-11-26T08:00:03Z new\n", 25, 4, true), LOGREAD_STRANGER);
    assert_int_equal(g.text.n, held);
    assert_int_equal(g.mark.seen.n, 2);
    got_release(&g);
}

// A line of 5 MB whose stream breaks within it, twice: it is there once and whole.
static void long_line_broken(void **state)
{
    (void)state;
    enum { BIG = 5 << 20 };
    struct got g = { .text = BUF_INIT };
    struct buf log = BUF_INIT;
    buf_puts(&log, T("01"));
    for (size_t i = 0; i < BIG / 8; i++)
        buf_printf(&log, "%07zu ", i);
    size_t line = log.n;
    buf_puts(&log, "\n" T("02") "next\n");
    answer(&g, &(struct logread_opts) { 0 }, log.s, 2 << 20, 16384, false);
    answer(&g, &(struct logread_opts) { 0 }, log.s, 4 << 20, 100000, false);
    assert_true(g.mark.partial > 1 << 20);
    assert_int_equal(answer(&g, &(struct logread_opts) { 0 }, log.s, log.n, 65536, true), LOGREAD_ON);
    const char *text = strchr(g.text.s, ' ') + 1;
    assert_memory_equal(text, log.s + strlen(T("01")), line - strlen(T("01")));
    assert_int_equal(text[line - strlen(T("01"))], '\n');
    assert_non_null(strstr(text + BIG, " next\n"));
    got_release(&g);
    buf_release(&log);
}

// ---- the merge

static struct {
    struct buf text;
    int64_t last;
    size_t n, disorder;
} out;

static void on_merged(void *arg, const struct merge_line *line)
{
    (void)arg;
    buf_add(&out.text, line->text, line->n);
    out.disorder += line->stamp < out.last;
    out.last = line->stamp;
    out.n++;
}

static void put(struct merge *m, struct merge_queue *q, int64_t stamp, const char *text, unsigned flags, int64_t now)
{
    q->opened_ms = 0;
    q->heard_ms = now;
    q->last_stamp = stamp;
    merge_put(m, q, &(struct merge_line) { stamp, 0, flags, text, strlen(text) }, now);
}

static void begin_merge(struct merge *m, struct merge_queue *q, size_t n)
{
    buf_clear(&out.text);
    out.last = 0;
    out.n = out.disorder = 0;
    merge_init(m, on_merged, NULL);
    for (size_t i = 0; i < n; i++) {
        q[i] = (struct merge_queue) { .open = true };
        merge_add(m, &q[i]);
    }
}

static void end_merge(struct merge *m, struct merge_queue *q, size_t n)
{
    for (size_t i = 0; i < n; i++)
        merge_queue_release(&q[i]);
    merge_release(m);
}

#define LIVE INT64_C(1000000000000) // a stamp of now, where now is second 1000

static void merges_in_order(void **state)
{
    (void)state;
    struct merge m;
    struct merge_queue q[2];
    begin_merge(&m, q, 2);
    put(&m, &q[0], LIVE + 2, "b", 0, 10);
    put(&m, &q[1], LIVE + 1, "a", 0, 20);
    put(&m, &q[0], LIVE + 2, "c", 0, 30);
    put(&m, &q[1], LIVE + 2, "d", 0, 40); // equal stamps: as they came
    int64_t again = merge_run(&m, 45, 1000, NULL);
    assert_true(again == 0 || again > 45);
    merge_run(&m, 1000, 1000, NULL);
    assert_string_equal(out.text.s, "abcd");
    // a stream's own order stays, whatever its clock does
    put(&m, &q[0], LIVE + 9, "1", 0, 2000);
    put(&m, &q[0], LIVE + 5, "2", 0, 2000);
    put(&m, &q[1], LIVE + 7, "x", 0, 2000);
    merge_run(&m, 4000, 1000, NULL);
    assert_string_equal(out.text.s, "abcdx12");
    // a line in parts is not broken by others
    put(&m, &q[0], LIVE + 10, "[", LOG_PART, 5000);
    put(&m, &q[1], LIVE + 10, "y", 0, 5000);
    merge_run(&m, 6000, 1000, NULL);
    put(&m, &q[0], LIVE + 10, "]", 0, 6100);
    merge_run(&m, 8000, 1000, NULL);
    assert_string_equal(out.text.s, "abcdx12[]y");
    assert_int_equal(merge_run(&m, 9000, 1000, NULL), 0);
    end_merge(&m, q, 2);
}

static void waits_for_backlogs(void **state)
{
    (void)state;
    struct merge m;
    struct merge_queue q[2];
    begin_merge(&m, q, 2);
    q[1].exact = true; // it ends by itself, however long it takes
    put(&m, &q[0], LIVE + 5, "young", 0, 10);
    assert_true(merge_run(&m, 60000, 1000, NULL) > 60000);
    assert_int_equal(out.n, 0);
    put(&m, &q[1], LIVE + 1, "old ", 0, 60000);
    q[1].open = false;
    merge_run(&m, 61000, 1000, NULL);
    assert_string_equal(out.text.s, "old young");
    // a quiet live stream is waited for only for a moment
    q[1] = (struct merge_queue) { .bytes = q[1].bytes, .open = true, .heard_ms = 61000, .last_stamp = LIVE };
    put(&m, &q[0], LIVE + 6, "!", 0, 70000);
    merge_run(&m, 70000, 1000, NULL);
    assert_string_equal(out.text.s, "old young!");
    bool full = true; // whoever takes the lines takes no more
    put(&m, &q[0], LIVE + 7, "?", 0, 71000);
    merge_run(&m, 80000, 1000, &full);
    assert_string_equal(out.text.s, "old young!");
    merge_flush(&m);
    assert_string_equal(out.text.s, "old young!?");
    end_merge(&m, q, 2);
}

// What is not read, because enough of it waits, is read on as soon as nothing does: it may have older lines than others,
// or the rest of one.
static void waits_for_the_held(void **state)
{
    (void)state;
    struct merge m;
    struct merge_queue q[2];
    begin_merge(&m, q, 2);
    put(&m, &q[0], LIVE + 1, "a", 0, 10);
    put(&m, &q[0], LIVE + 2, "[", LOG_PART, 10);
    put(&m, &q[1], LIVE + 1, "b", 0, 10);
    put(&m, &q[1], LIVE + 9, "z", 0, 10);
    q[0].held = true;
    assert_true(merge_run(&m, 60000, 1000, NULL) > 60000);
    assert_string_equal(out.text.s, "ab[");
    put(&m, &q[0], LIVE + 2, "]", 0, 60100);
    assert_true(merge_run(&m, 120000, 1000, NULL) > 120000);
    assert_string_equal(out.text.s, "ab[]");
    put(&m, &q[0], LIVE + 3, "c", 0, 120100);
    q[0].held = false;
    merge_run(&m, 180000, 1000, NULL);
    assert_string_equal(out.text.s, "ab[]cz");
    end_merge(&m, q, 2);
}

static void many_sources(void **state)
{
    (void)state;
    enum { SOURCES = 200, LINES = 200 };
    static struct merge_queue q[SOURCES];
    struct merge m;
    begin_merge(&m, q, SOURCES);
    for (int64_t i = 0; i < LINES; i++)
        for (int64_t k = 0; k < SOURCES; k++)
            put(&m, &q[k], LIVE + i * 1000 + (k * 7919 + i * 31) % 1000, "x", 0, 1);
    for (size_t k = 0; k < SOURCES; k++)
        q[k].open = false;
    assert_int_equal(merge_run(&m, 1000, 1000, NULL), 0);
    assert_int_equal(out.n, SOURCES * LINES);
    assert_int_equal(out.disorder, 0);
    end_merge(&m, q, SOURCES);
}

static int tear_down(void **state)
{
    (void)state;
    buf_release(&out.text);
    return 0;
}

int main(void)
{
    buf_init(&out.text);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untimestamped),
        cmocka_unit_test(broken_anywhere),
        cmocka_unit_test(rotated_between),
        cmocka_unit_test(tail_within_a_second),
        cmocka_unit_test(clock_steps_back),
        cmocka_unit_test(probes),
        cmocka_unit_test(long_line_broken),
        cmocka_unit_test(merges_in_order),
        cmocka_unit_test(waits_for_backlogs),
        cmocka_unit_test(waits_for_the_held),
        cmocka_unit_test(many_sources),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
