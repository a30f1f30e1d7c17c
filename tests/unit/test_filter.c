// What `/` takes: every operator, words, labels, fuzzy, not, or, parentheses; and what is refused, and where.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/str.h"
#include "list/filter.h"

static const char *const names[] = { "NAME", "STATUS", "RESTARTS", "AGE", "CPU", "MEM", "NODE" };
enum { SHOWN = 6, COLS = 7 }; // NODE is not shown

struct pod {
    const char *cell[COLS];
    double number[COLS]; // -1: text
    const char *app;     // label
};
static const struct pod pods[] = {
    { { "web-1", "Running", "0", "5m", "250m", "96Mi", "pool-a-1" },
        { -1, -1, 0, 300, 250, 96 << 20, -1 }, "web" },
    { { "web-2", "CrashLoopBackOff", "12", "3d", "10m", "1Gi", "pool-b-1" },
        { -1, -1, 12, 259200, 10, 1 << 30, -1 }, "web" },
    { { "db-0", "Running", "3", "2h", "2", "4Gi", "pool-a-2" },
        { -1, -1, 3, 7200, 2000, 4294967296.0, -1 }, "db" },
    { { "Job.x (old)", "Completed", "0", "30s", "", "", "pool-b-2" }, { -1, -1, 0, 30, -1, -1, -1 },
        NULL },
};

static const char *column(void *arg, size_t i)
{
    (void)arg;
    return names[i];
}

static void cell(void *arg, size_t col, struct buf *out)
{
    buf_puts(out, ((const struct pod *)arg)->cell[col]);
}

static bool number(void *arg, size_t col, double *out)
{
    *out = ((const struct pod *)arg)->number[col];
    return *out >= 0;
}

static const char *label(void *arg, const char *key)
{
    return strcmp(key, "app") == 0 ? ((const struct pod *)arg)->app : NULL;
}

// The rows that pass, one digit each: "02".
static void hits(const char *text, char out[8])
{
    const struct filter_columns cols = { NULL, COLS, SHOWN, column };
    struct err err;
    struct filter *f = filter_new(text, &cols, &err);
    if (!f)
        fail_msg("\"%s\" is refused: %s", text, err.msg);
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        struct filter_row row = { (void *)&pods[i], cell, number, label };
        if (filter_match(f, &row))
            *out++ = (char)('0' + i);
    }
    *out = '\0';
    filter_free(f);
}

static void check_all(const char *const (*cases)[2], size_t n)
{
    char got[8];
    for (size_t i = 0; i < n; i++) {
        hits(cases[i][0], got);
        if (strcmp(got, cases[i][1]) != 0)
            fail_msg("\"%s\" passes \"%s\", not \"%s\"", cases[i][0], got, cases[i][1]);
    }
}

static void words(void **state)
{
    static const char *const cases[][2] = {
        { "", "0123" },
        { "web", "01" },
        { "WEB", "" },        // a capital asks for exactness
        { "running", "02" },  // lower case does not
        { "web running", "0" }, // all words must match
        { "^web-[12]", "01" }, // a regular expression over the line of cells
        { "web-1 run", "0" },
        { "pool", "" }, // words look at what is shown
        { "\"(old)\"", "3" }, // quoted: as written
        { "\"x (old) Completed\"", "3" },
        { "!web", "23" },
        { "not web", "23" },
        { "!web !db", "3" },
        { "-f cshlp", "1" }, // fuzzy
        { "!-f cshlp", "023" },
    };
    (void)state;
    check_all(cases, ARRAY_SIZE(cases));
}

static void fields(void **state)
{
    static const char *const cases[][2] = {
        { "status=Running", "02" },
        { "status==running", "02" }, // case ignored
        { "status!=Running", "13" },
        { "status=~^c", "13" },
        { "status~loop", "1" },
        { "status!~^c", "02" },
        { "name=~web-", "01" },
        { "restarts>3", "1" },
        { "restarts>=3", "12" },
        { "restarts<3", "03" },
        { "restarts<=3", "023" },
        { "restarts=3", "2" },
        { "rest>3", "1" }, // a beginning that is clear
        { "age<10m", "03" },
        { "age>=2h", "12" },
        { "age>1d", "1" },
        { "cpu>100m", "02" },
        { "cpu>=2", "2" },
        { "mem>1Gi", "2" },
        { "mem>=1Gi", "12" },
        { "mem<100Mi", "0" },
        { "cpu>0", "012" },   // an empty cell is no number
        { "node=~pool-a", "02" }, // also a column that is not shown
        { "node!~pool-a", "13" },
        { "nosuch=1", "" }, // no column: a word like any other
    };
    (void)state;
    check_all(cases, ARRAY_SIZE(cases));
}

static void labels(void **state)
{
    static const char *const cases[][2] = {
        { "-l app=web", "01" },
        { "-l app==web", "01" },
        { "-l app!=web", "23" },
        { "-l app", "012" },
        { "-l !app", "3" },
        { "-l app in (web,db)", "012" },
        { "-l app in (db)", "2" },
        { "-l app notin (web)", "23" },
        { "-l app=web,app!=db", "01" },
        { "-l app=web,tier=x", "" },
        { "-l app=web status=Running", "0" },
        { "status=Running -l app in (web, db) restarts>0", "2" },
    };
    (void)state;
    check_all(cases, ARRAY_SIZE(cases));
}

static void together(void **state)
{
    static const char *const cases[][2] = {
        { "db or completed", "23" },
        { "db || completed", "23" },
        { "db OR completed", "23" },
        { "web and running", "0" },
        { "web && running", "0" },
        { "web running or db", "02" },         // and binds closer
        { "web (running or db)", "0" },        // than or
        { "(web or db) restarts>3", "1" },
        { "!(web or db)", "3" },
        { "not (web or db) or restarts=3", "23" },
        { "(status=Running or (age<1m and !web)) node=~-2$", "23" },
        { "x(old)", "" },       // a parenthesis inside a word belongs to the expression
        { "or", "" }, { "order or db", "2" }, // `or` is a word of its own only
    };
    (void)state;
    check_all(cases, ARRAY_SIZE(cases));
}

static void refused(void **state)
{
    static const struct {
        const char *text, *why;
        int at;
    } cases[] = {
        { "web[", "missing terminating ]", 0 },
        { "web )", "a parenthesis too many", 5 },
        { "(web", "this parenthesis is not closed", 1 },
        { "web (db", "this parenthesis is not closed", 5 },
        { "web or", "something to look for is missing", 7 },
        { "()", "something to look for is missing", 2 },
        { "age<<", "a number, an age (10m) or a quantity (1Gi)", 4 },
        { "restarts>many", "a number, an age (10m) or a quantity (1Gi)", 9 },
        { "status=~*", "quantifier does not follow a repeatable item", 0 },
        { "-l =x", "a label selector looks like", 0 },
        { "-l app=web,,x", "a label selector looks like", 0 },
        { "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((x", "nested too deeply", 0 },
    };
    const struct filter_columns cols = { NULL, COLS, SHOWN, column };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = { 0 };
        char at[40];
        struct filter *f = filter_new(cases[i].text, &cols, &err);
        if (f)
            fail_msg("\"%s\" is taken", cases[i].text);
        snprintf(at, sizeof(at), "(at character %d", cases[i].at);
        if (!strstr(err.msg, cases[i].why) || (cases[i].at && !strstr(err.msg, at)))
            fail_msg("\"%s\" is refused so: %s", cases[i].text, err.msg);
    }
}

// A pattern that backtracks without end must not hang the screen.
// A word for a column that is not there is text, and the filter says so.
static void no_column(void **state)
{
    static const char *const cases[][2] = { { "statsu!=Running", "statsu" }, { "web app=x node=y", "app" },
        { "status!=Running", NULL }, { "web", NULL } };
    struct filter_columns cols = { NULL, COLS, SHOWN, column };
    struct err err;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct filter *f = filter_new(cases[i][0], &cols, &err);
        assert_non_null(f);
        if (!str_eq(filter_no_column(f), cases[i][1]))
            fail_msg("%s: \"%s\"", cases[i][0], str_or(filter_no_column(f), ""));
        filter_free(f);
    }
    assert_null(filter_new("nosuch=1 (", &cols, &err)); // nothing is left behind
}

static void limited(void **state)
{
    static struct pod p = { .cell = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "", "", "",
                                "", "", "" } };
    const struct filter_columns cols = { NULL, COLS, SHOWN, column };
    struct filter_row row = { &p, cell, number, label };
    struct err err;
    struct filter *f = filter_new("^(a+)+$", &cols, &err);
    (void)state;
    assert_non_null(f);
    assert_false(filter_match(f, &row)); // comes back at all
    filter_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(fields),
        cmocka_unit_test(labels),
        cmocka_unit_test(together),
        cmocka_unit_test(refused),
        cmocka_unit_test(no_column),
        cmocka_unit_test(limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
