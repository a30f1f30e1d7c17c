// The filter language against one small table of rows, and view texts that parse, are written and parse again.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/str.h"
#include "list/filter.h"
#include "list/spec.h"

struct pod {
    const char *name, *status, *restarts, *age, *cpu, *mem, *node;
    double n_restarts, n_age, n_cpu, n_mem;
    const char *app, *tier; // labels; NULL: none
};

static const struct pod pods[] = {
    { "web-1", "Running", "0", "5m", "250m", "64Mi", "pool-a-1", 0, 300, 250, 67108864, "web", "front" },
    { "web-2", "CrashLoopBackOff", "7 (12s ago)", "10m", "2m", "1Gi", "pool-b-1", 7, 600, 2, 1073741824, "web",
        NULL },
    { "db-0", "Running", "1", "3d", "1500m", "4Gi", "pool-a-2", 1, 259200, 1500, 4294967296.0, "db", "back" },
    { "Job-x", "Completed", "0", "2h", "", "", "pool-b-2", 0, 7200, -1, -1, NULL, NULL },
};

static const char *column(void *arg, size_t col)
{
    static const char *const names[] = { "NAME", "STATUS", "RESTARTS", "AGE", "CPU", "MEM", "NODE" };
    (void)arg;
    return names[col];
}

static void cell(void *arg, size_t col, struct buf *out)
{
    const struct pod *p = arg;
    const char *const text[] = { p->name, p->status, p->restarts, p->age, p->cpu, p->mem, p->node };
    buf_puts(out, text[col]);
}

static bool number(void *arg, size_t col, double *out)
{
    const struct pod *p = arg;
    const double values[] = { 0, 0, p->n_restarts, p->n_age, p->n_cpu, p->n_mem, 0 };
    *out = values[col];
    return col >= 2 && col <= 5 && *out >= 0;
}

static const char *label(void *arg, const char *key)
{
    const struct pod *p = arg;
    return str_eq(key, "app") ? p->app : str_eq(key, "tier") ? p->tier : NULL;
}

static const struct filter_columns columns = { NULL, 7, 6, column };

// Which of the Pods pass: "1" for web-1, "2" web-2, "d" db-0, "j" Job-x.
static void passes(const char *text, const char *want)
{
    struct err err;
    struct buf got = BUF_INIT;
    struct filter *f = filter_new(text, &columns, &err);
    if (!f)
        fail_msg("%s: %s", text, err.msg);
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        struct filter_row row = { (void *)&pods[i], cell, number, label };
        if (filter_match(f, &row))
            buf_putc(&got, "12dj"[i]);
    }
    if (!str_eq(got.s, want))
        fail_msg("%s passes %s, not %s", text, got.s, want);
    filter_free(f);
    buf_release(&got);
}

static void test_words(void **state)
{
    (void)state;
    passes("", "12dj");
    passes("web", "12");
    passes("WEB", ""); // a capital asks for exactness
    passes("job", "j");
    passes("Job", "j");
    passes("web running", "1");
    passes("pool-a", ""); // words look at the columns shown: NODE is not

    passes("web-1 or db", "1d");
    passes("web || db", "12d");
    passes("!web", "dj");
    passes("not web", "dj");
    passes("(web or db) running", "1d");
    passes("not (web or db)", "j");
    passes("we[b] && crash", "2");
    passes("\"7 (12s\"", "2");
    passes("^web-1", "1");
    passes("-f wbcrlp", "2");
}

static void test_fields(void **state)
{
    (void)state;
    passes("status=running", "1d");
    passes("status==Running", "1d");
    passes("status!=Running", "2j");
    passes("node=~pool-a", "1d");
    passes("node~^pool-b-[12]$", "2j");
    passes("node!~pool-a", "2j");
    passes("restarts>0", "2d");
    passes("restarts>=1", "2d");
    passes("restarts>1", "2");
    passes("restarts<1", "1j");
    passes("restarts<=1", "1dj");
    passes("restarts=7", "2");
    passes("age<10m", "1");
    passes("age<=10m", "12");
    passes("age>1d", "d");
    passes("age<1h30m", "12");
    passes("cpu>=250m", "1d");
    passes("cpu>1", "d");
    passes("mem>=1Gi", "2d");
    passes("mem<1Gi", "1");
    passes("stat=Completed", "j"); // a column may be cut short
    passes("nosuch=1", "");         // no column: a word
}

static void test_labels(void **state)
{
    (void)state;
    passes("-l app=web", "12");
    passes("-l app==web", "12");
    passes("-l app!=web", "dj"); // as kubectl: also those without the label
    passes("-l app", "12d");
    passes("-l !app", "j");
    passes("-l app=web,tier", "1");
    passes("-l app=web,!tier", "2");
    passes("-l app in (web,db)", "12d");
    passes("-l app in (web, db),tier!=front", "2d");
    passes("-l app notin (web)", "dj");
    passes("-l tier notin(front,back) web", "2");
    passes("-l app in", "1d"); // a label and a word (of "Running"), not a set
    passes("-l app running", "1d");
    passes("not -l app=web", "dj");
    passes("(-l app=db) or web-1", "1d");
}

static void fails(const char *text, const char *want)
{
    struct err err;
    struct filter *f = filter_new(text, &columns, &err);
    assert_null(f);
    assert_string_equal(err.msg, want);
}

static void test_wrong(void **state)
{
    (void)state;
    fails("(web", "this parenthesis is not closed (at character 1)");
    fails("web)", "a parenthesis too many (at character 4)");
    fails("web or", "something to look for is missing (at character 7)");
    fails("x [", "missing terminating ] for character class (at character 4)");
    fails("restarts>many", "a number, an age (10m) or a quantity (1Gi) must follow < and > (at character 9)");
    fails("-l =x", "a label selector looks like app=web,tier!=x,env in (a,b),!gone (at character 6)");
    char deep[400];
    memset(deep, '(', sizeof(deep) - 1);
    deep[sizeof(deep) - 1] = '\0';
    fails(deep, "nested too deeply (at character 51)");
}

static void test_spec(void **state)
{
    static const struct {
        const char *text, *back;
    } cases[] = { { "pods", "pods" }, { " deploy -n shop ", "deploy -n shop" }, { "po shop,pay", "po -n shop,pay" },
        { "po -n=shop", "po -n shop" }, { "po all", "po -A" }, { "po -A /Web  or x ", "po -A /Web  or x " },
        { "po app=web tier!=x @prod", "po -l app=web,tier!=x @prod" }, { "po -n 'a b'", "po -n \"a b\"" },
        { "describe pod web-1 -n x", "describe -n x pod web-1" }, { "explain pods.spec", "explain pods.spec" },
        { "po -l 'app in (a, b)'", "po -l \"app in (a, b)\"" }, { "po --selector=a=b", "po -l a=b" },
        { "po --context 'my ctx'", "po --context \"my ctx\"" }, { "find '-x'", "find \"-x\"" },
        { "find 'a\"b'", "find \"a\"'\"'\"b\"" } };
    struct err err;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct spec s;
        struct buf out = BUF_INIT, again = BUF_INIT;
        assert_true(spec_parse(&s, cases[i].text, &err));
        spec_text(&s, &out);
        assert_string_equal(out.s, cases[i].back);
        spec_release(&s);
        assert_true(spec_parse(&s, out.s, &err));
        spec_text(&s, &again);
        assert_string_equal(again.s, out.s);
        spec_release(&s);
        buf_release(&out);
        buf_release(&again);
    }
    struct spec s;
    assert_false(spec_parse(&s, "  ", &err));
    assert_string_equal(err.msg, "no view named");
    assert_false(spec_parse(&s, "po -n", &err));
    assert_string_equal(err.msg, "-n wants a value");
    assert_false(spec_parse(&s, "po --bogus", &err));
    assert_non_null(strstr(err.msg, "unknown option --bogus"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_spec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
