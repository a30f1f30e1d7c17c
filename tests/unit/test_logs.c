// What logs are made of: the store of lines with its memory cap, its file and what it drops; colours and levels and
// fields of lines; filters; and a stream that is gone on with, against a server of its own.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/str.h"
#include "logs/filter.h"
#include "logs/record.h"
#include "logs/lines.h"
#include "logs/text.h"
#include "ui/style.h"

// ---- the store

static void add_numbered(struct loglines *l, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        char text[160];
        int n = snprintf(text, sizeof(text), "%zu %0100zu", i, i);
        struct logline line = { (int64_t)i, (uint16_t)(i % 7), 0, LEVEL_INFO, (uint32_t)n, text };
        loglines_add(l, &line);
    }
}

static void expect_numbered(struct loglines *l, size_t i)
{
    struct logline line;
    char text[160];
    int n = snprintf(text, sizeof(text), "%zu %0100zu", i, i);
    if (!loglines_get(l, i, &line))
        fail_msg("line %zu is not there", i);
    assert_int_equal(line.n, n);
    assert_memory_equal(line.text, text, (size_t)n);
    assert_int_equal(line.stamp, i);
    assert_int_equal(line.source, i % 7);
}

static void memory_is_capped(void **state)
{
    (void)state;
    enum { LINES = 100000, CAP = 1 << 20 };
    struct loglines *l = loglines_new(CAP, UINT64_C(1) << 30);
    add_numbered(l, 0, LINES);
    assert_int_equal(loglines_first(l), 0);
    assert_int_equal(loglines_end(l), LINES);
    assert_true(loglines_memory(l) < CAP + (512 << 10));
    assert_true(loglines_spilled(l) > 10 << 20);
    for (size_t i = 0; i < LINES; i += 37) // up,
        expect_numbered(l, i);
    for (size_t i = LINES; i-- > LINES - 5000;) // down,
        expect_numbered(l, i);
    for (size_t i = 1; i < 2000; i++) // and here and there
        expect_numbered(l, i * 7919 % LINES);
    struct logline line;
    assert_false(loglines_get(l, LINES, &line));
    loglines_free(l);
}

static void drops_are_counted(void **state)
{
    (void)state;
    struct loglines *l = loglines_new(1 << 20, 2 << 20);
    add_numbered(l, 0, 200000);
    size_t first = loglines_first(l);
    struct logline line;
    assert_in_range(first, 100000, 199999);
    assert_false(loglines_get(l, first - 1, &line));
    for (size_t i = first; i < 200000; i++)
        expect_numbered(l, i);
    assert_true(loglines_spilled(l) <= 2 << 20);
    loglines_free(l);
}

static void empty_and_long_lines(void **state)
{
    (void)state;
    struct loglines *l = loglines_new(0, 8 << 20);
    struct logline line = { .text = "" }, got;
    char *big = xcalloc(1, 1 << 20);
    assert_false(loglines_get(l, 0, &got));
    loglines_add(l, &line);
    memset(big, 'x', 1 << 20);
    line.text = big;
    line.n = 1 << 20;
    loglines_add(l, &line);
    line.n = 0;
    loglines_add(l, &line);
    assert_true(loglines_get(l, 1, &got));
    assert_int_equal(got.n, 1 << 20);
    assert_int_equal(got.text[(1 << 20) - 1], 'x');
    assert_true(loglines_get(l, 2, &got));
    assert_int_equal(got.n, 0);
    loglines_free(l);
    free(big);
}

// ---- texts

static void set(struct logtext *t, const char *s)
{
    logtext_set(t, s, strlen(s));
}

static void texts_are_harmless(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "plain", "plain" }, { "", "" }, { "end\r", "end" }, { "a\tb", "a       b" }, { "1234567\tb", "1234567 b" },
        { "\033[31mred\033[0m", "red" }, { "a\033]0;title\007b", "ab" }, { "a\033]0;title\033\\b", "ab" },
        { "a\033]0;no end", "a" }, { "a\033[2Jb", "ab" }, { "a\033[?1049hb", "ab" }, { "a\033", "a" },
        { "a\033[", "a" }, { "a\033[38;5", "a" }, { "a\033Pq1\033\\b", "ab" }, { "a\033cb", "ab" },
    };
    struct logtext t;
    logtext_init(&t);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        set(&t, cases[i].in);
        assert_string_equal(t.text.s, cases[i].out);
    }
    set(&t, "a\x9b" "31mb\a\b\x7f");
    for (size_t i = 0; i < t.text.n; i++) // no control byte is left, C1 neither
        assert_true((unsigned char)t.text.s[i] >= 0x20 && t.text.s[i] != 0x7f);
    logtext_release(&t);
}

static void colours_are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        uint32_t ink;
    } cases[] = {
        { "\033[31mx", INK_OWN | 1 | INK_DEFAULT << INK_BG_SHIFT },
        { "\033[1;97mx", INK_OWN | 15 | INK_DEFAULT << INK_BG_SHIFT | INK_BOLD },
        { "\033[38;5;208mx", INK_OWN | 208 | INK_DEFAULT << INK_BG_SHIFT },
        { "\033[38;2;255;0;0mx", INK_OWN | 196 | INK_DEFAULT << INK_BG_SHIFT },
        { "\033[48;5;4;3mx", INK_OWN | INK_DEFAULT | 4 << INK_BG_SHIFT | INK_ITALIC },
        { "\033[104mx", INK_OWN | INK_DEFAULT | 12 << INK_BG_SHIFT },
    };
    struct logtext t;
    logtext_init(&t);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        set(&t, cases[i].in);
        assert_int_equal(t.inks.n, 1);
        assert_int_equal(t.inks.v[0].ink, cases[i].ink);
    }
    set(&t, "a\033[32mb\033[39mc\033[1m\033[22md");
    assert_string_equal(t.text.s, "abcd");
    assert_int_equal(t.inks.v[0].at, 1);
    assert_int_equal(t.inks.v[1].at, 2);
    assert_int_equal(t.inks.v[1].ink, 0);
    assert_int_equal(t.inks.v[t.inks.n - 1].ink, 0);
    logtext_release(&t);
}

static void levels_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum log_level level;
    } cases[] = {
        { "{\"level\":\"error\",\"msg\":\"x\"}", LEVEL_ERROR }, { "{\"severity\": \"WARNING\"}", LEVEL_WARN },
        { "ts=1 level=warn msg=x", LEVEL_WARN }, { "E1124 01:02:03.4 1 x.go:1] x", LEVEL_ERROR },
        { "I1124 01:02:03.4 1 x.go:1] no ERROR here", LEVEL_INFO }, { "2026-01-02 ERROR x", LEVEL_ERROR },
        { "[warn] x", LEVEL_WARN }, { "error: x", LEVEL_ERROR }, { "panic: runtime error", LEVEL_FATAL },
        { "there was no error at all", LEVEL_NONE }, { "Errors are fine", LEVEL_NONE }, { "DEBUG x", LEVEL_DEBUG },
        { "nothing", LEVEL_NONE }, { "", LEVEL_NONE }, { "TERRORS", LEVEL_NONE },
        { "10.2.0.9 - - [12/Mar/2026:14:02:06 +0000] \"GET / HTTP/1.1\" 503 17 \"-\" 0.1", LEVEL_ERROR },
        { "10.2.0.9 - - [12/Mar/2026:14:02:06 +0000] \"GET /error HTTP/2.0\" 404 17", LEVEL_WARN },
        { "10.2.0.9 - - [12/Mar/2026:14:02:06 +0000] \"GET / HTTP/1.1\" 204", LEVEL_INFO },
        { "talks HTTP/1.1 to \"500 others\"", LEVEL_NONE },
        { "\"GET / HTTP/1.1\"", LEVEL_NONE },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (logtext_level(cases[i].line, strlen(cases[i].line)) != cases[i].level)
            fail_msg("%s: level %d", cases[i].line, (int)logtext_level(cases[i].line, strlen(cases[i].line)));
}

static void fields_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *line, *field, *value; // NULL: none
    } cases[] = {
        { "{\"a\":\"x y\",\"b\":{\"c\":5}}", "a", "x y" }, { "{\"a\":1,\"b\":{\"c\":5}}", "b.c", "5" },
        { "{\"b.c\":1}", "b.c", "1" }, { "{\"a\":[1,2]}", "a", "[1,2]" }, { "{\"a\":1}", "z", NULL },
        { "{\"a\":1", "a", NULL }, { "a=1 b=\"two words\" c=", "b", "two words" }, { "a=1 b=2", "a", "1" },
        { "aa=1 a=2", "a", "2" }, { "b=\"a=1\" a=2", "a", "2" }, { "b=\"say \\\"a\\\"\"", "b", "say \"a\"" },
        { "c=", "c", "" }, { "no fields", "no", NULL }, { "", "a", NULL }, { "a=\"open", "a", "open" },
    };
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        buf_clear(&out);
        bool found = logtext_field(cases[i].line, strlen(cases[i].line), cases[i].field, &out);
        if (found != (cases[i].value != NULL) || (found && !str_eq(out.s, cases[i].value)))
            fail_msg("%s of %s: %d \"%s\"", cases[i].field, cases[i].line, found, out.s);
    }
    buf_release(&out);
}

static void records_are_put(void **state)
{
    (void)state;
    static const struct {
        const char *line, *record; // NULL: a plain line
    } cases[] = {
        { "{\"level\":\"error\",\"msg\":\"no room\",\"http\":{\"status\":500,\"path\":\"/a b\"},\"time\":\"x\"}",
            "ERROR no room  http.status=500  http.path=\"/a b\"" },
        { "{\"message\":\"x\",\"tags\":[1,2],\"ok\":true}", "      x  tags=[1,2]  ok=true" },
        { "{\"a\":", NULL }, { "[1]", NULL }, { "", NULL }, { "plain a=1", NULL }, { "a=1", NULL },
        { "ts=1 level=warn msg=\"two words\" a=1 b=\"\"", "WARN  two words  a=1  b=\"\"" },
        { "E1124 01:02:03.456789    1 x.go:12] it broke", "ERROR it broke  at=x.go:12" },
        { "I1124 01:02:03.456789    1 x.go:12] \"Pod is\" pod=\"a/b\" n=2", "INFO  Pod is  pod=a/b  n=2  at=x.go:12" },
        { "I1124 01:02:03.456789    1 x.go:12] \"open", "INFO  open  at=x.go:12" },
        { "I1124 01:02:03.456789 no bracket", NULL },
    };
    struct buf out = BUF_INIT;
    struct logtext t;
    logtext_init(&t);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *s = cases[i].line;
        buf_clear(&out);
        bool put = logrecord_put(s, strlen(s), logtext_level(s, strlen(s)), &out);
        logtext_set(&t, out.s, out.n);
        if (put != (cases[i].record != NULL) || !str_eq(str_or(t.text.s, ""), str_or(cases[i].record, "")))
            fail_msg("%s: %d \"%s\"", s, put, str_or(t.text.s, ""));
    }
    logtext_release(&t);
    buf_release(&out);
}

static void lines_go_on(void **state)
{
    (void)state;
    assert_true(logtext_goes_on("\tat a.b", 7));
    assert_true(logtext_goes_on("Caused by: x", 12));
    assert_true(logtext_goes_on("", 0));
    assert_true(logtext_goes_on("main.(*cart).total(0x0)", 23));
    assert_false(logtext_goes_on("GET /a.b (x)", 12));
    assert_false(logtext_goes_on("GET /", 5));
    struct logtext t;
    logtext_init(&t);
    logtext_set(&t, "1 %\r50 %\r100 %\r", 15);
    assert_string_equal(t.text.s, "100 %");
    logtext_release(&t);
}

static void filters_choose(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *line;
        bool passes;
    } cases[] = {
        { "err", "an ERROR", true }, { "Err", "an ERROR", false }, { "err", "fine", false },
        { "!health", "GET /healthz", false }, { "!health", "GET /", true }, { "get !health", "GET /x", true },
        { "a b", "b a", true }, { "\"a b\"", "b a", false }, { "\"a b\"", "xa bx", true }, { "^GET", "a GET", false },
        { "status>=500", "status=503", true }, { "status>=500", "status=499", false },
        { "status>=500", "no field", false }, { "status!=200", "{\"status\":200}", false },
        { "path=~^/api", "path=/api/v1", true }, { "path=~^/api", "path=/x/api", false },
        { "level>=warn", "level=error x", true }, { "level>=warn", "level=info x", false },
        { "level>=warn", "no level", false }, { "level=error", "{\"level\":\"ERROR\"}", true },
        { "red", "\033[31mr\033[32me\033[0md", true }, { "user=bob", "user=bob", true },
        { "!user=bob", "user=bob", false }, { "a|b", "b", true }, { "-C 3 err", "err", true },
        { "-C 3 err", "x", false }, { "~recs", "the recommendations", true }, { "~recs", "rec ommendations", false },
        { "!~recs", "recommendations", false }, { "~a.b", "a.xb", true }, { "~a.b", "axb", false },
        { "~ü", "grün", true }, { "~RS", "rs", false }, { "~", "a ~ b", true },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = { 0 };
        struct logfilter *f = logfilter_new(cases[i].filter, &err);
        struct logline line = { .text = cases[i].line, .n = (uint32_t)strlen(cases[i].line),
            .level = (uint8_t)logtext_level(cases[i].line, strlen(cases[i].line)) };
        assert_non_null(f);
        if (logfilter_match(f, &line) != cases[i].passes)
            fail_msg("/%s/ and \"%s\"", cases[i].filter, cases[i].line);
        logfilter_free(f);
    }
    struct err err = { 0 };
    assert_null(logfilter_new("ok (", &err));
    assert_non_null(strstr(err.msg, "("));
    static const char *const wrong[] = { "x -C", "x -C many", "-C 1001 x", "x=~( y", "!(", "\"open" };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        err = (struct err) { 0 };
        assert_null(logfilter_new(wrong[i], &err));
        assert_true(err_is(&err));
    }
    struct logfilter *f = logfilter_new("x -C 5", &err);
    assert_int_equal(logfilter_context(f), 5);
    logfilter_free(f);
}

// A pattern that backtracks for ever must not hold the program.
static void patterns_are_bounded(void **state)
{
    (void)state;
    struct err err = { 0 };
    char text[64 + 1];
    size_t at, len;
    memset(text, 'a', sizeof(text) - 1);
    text[64] = '\0';
    struct logpattern *p = logpattern_new("(a+)+$!", &err);
    assert_non_null(p);
    assert_false(logpattern_find(p, text, 64, 0, &at, &len));
    assert_false(logpattern_find(p, "\xff\xfe", 2, 0, &at, &len));
    logpattern_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_capped),
        cmocka_unit_test(drops_are_counted),
        cmocka_unit_test(empty_and_long_lines),
        cmocka_unit_test(texts_are_harmless),
        cmocka_unit_test(colours_are_kept),
        cmocka_unit_test(levels_are_found),
        cmocka_unit_test(fields_are_read),
        cmocka_unit_test(records_are_put),
        cmocka_unit_test(lines_go_on),
        cmocka_unit_test(filters_choose),
        cmocka_unit_test(patterns_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
