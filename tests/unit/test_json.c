// Reading JSON trees, numbers as Go prints them, quantities as kubectl prints them, label selectors.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "client/quantity.h"
#include "kinds/kind.h"

static void test_getters(void **state)
{
    json_t *v = json_loads("{\"a\":{\"s\":\"x\",\"n\":7,\"r\":2.9,\"b\":true,\"t\":\"2026-11-23T12:00:00Z\",\"big\":1e300,"
                           "\"small\":-1e300},\"l\":[1]}", 0, NULL);
    (void)state;
    assert_string_equal(json_str(v, "a", "s", NULL), "x");
    assert_string_equal(json_str(v, "a", "n", NULL), "");
    assert_string_equal(json_str(v, "a", "s", "deeper", NULL), "");
    assert_string_equal(json_str(NULL, "a", NULL), "");
    assert_int_equal(json_i64(v, "a", "n", NULL), 7);
    assert_int_equal(json_i64(v, "a", "r", NULL), 2);
    assert_int_equal(json_i64(v, "a", "s", NULL), 0);
    assert_true(json_i64(v, "a", "big", NULL) == JSON_I64_MAX);
    assert_true(json_i64(v, "a", "small", NULL) == -JSON_I64_MAX);
    assert_true(json_bool(v, "a", "b", NULL));
    assert_false(json_bool(v, "a", "n", NULL));
    assert_int_equal(json_time(v, "a", "t", NULL), 1795435200);
    assert_int_equal(json_time(v, "a", "s", NULL), 0);
    assert_true(json_is_array(json_at(v, "l", NULL)));
    assert_null(json_at(v, "l", "x", NULL));
    json_decref(v);
}

// strconv.FormatFloat(v, 'g', -1, 64)
static void test_scalar(void **state)
{
    static const struct {
        const char *json, *text;
    } cases[] = { { "0.0", "0" }, { "0.1", "0.1" }, { "-2.5", "-2.5" }, { "3.0", "3" }, { "100000.0", "100000" },
        { "1000000.0", "1e+06" }, { "1234567.25", "1.23456725e+06" }, { "0.0001", "0.0001" }, { "0.00001", "1e-05" },
        { "0.30000000000000004", "0.30000000000000004" }, { "1e300", "1e+300" }, { "12", "12" }, { "true", "true" },
        { "false", "false" }, { "null", "" }, { "\"s\"", "s" }, { "[1]", "" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char tmp[32];
        json_t *v = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        assert_string_equal(json_scalar(v, tmp), cases[i].text);
        json_decref(v);
    }
}

static void test_quantities(void **state)
{
    static const struct {
        const char *s;
        bool ok;
        int64_t milli, bytes;
    } cases[] = { { "0", true, 0, 0 }, { "-1", true, -1000, -1 }, { "+2", true, 2000, 2 }, { "1e3", true, 1000000, 1000 },
        { "1E3", true, 1000000, 1000 }, { "1E", true, INT64_MAX, INT64_C(1000000000000000000) },
        { "100u", true, 1, 1 }, { "1n", true, 1, 1 }, { "1.0000001", true, 1001, 2 }, { ".5", true, 500, 1 },
        { "2Ti", true, INT64_C(2199023255552000), INT64_C(2199023255552) }, { "16Ei", true, INT64_MAX, INT64_MAX },
        { "0x10", false, 0, 0 }, { "1 Gi", false, 0, 0 }, { "1.2.3", false, 0, 0 }, { "-", false, 0, 0 },
        { "1kB", false, 0, 0 }, { "nan", false, 0, 0 }, { "1e+-3", false, 0, 0 } };
    char out[24];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t v = 0, b = 0;
        if (quantity_milli(cases[i].s, &v) != cases[i].ok || quantity_bytes(cases[i].s, &b) != cases[i].ok)
            fail_msg("%s is %sa quantity", cases[i].s, cases[i].ok ? "" : "not ");
        if (v != cases[i].milli || b != cases[i].bytes)
            fail_msg("%s: %lld milli, %lld bytes", cases[i].s, (long long)v, (long long)b);
    }
    quantity_format_cpu(1500, out);
    assert_string_equal(out, "1500m");
    quantity_format_mem(INT64_C(1) << 30, out);
    assert_string_equal(out, "1024Mi");
}

// metav1.FormatLabelSelector
static void test_selector(void **state)
{
    static const struct {
        const char *json, *text;
    } cases[] = { { "{}", "<none>" }, { "{\"matchLabels\":{\"b\":\"2\",\"a\":\"1\"}}", "a=1,b=2" },
        { "{\"matchExpressions\":[{\"key\":\"z\",\"operator\":\"Exists\"},{\"key\":\"g\",\"operator\":\"DoesNotExist\"},"
          "{\"key\":\"e\",\"operator\":\"In\",\"values\":[\"y\",\"x\"]},{\"key\":\"n\",\"operator\":\"NotIn\","
          "\"values\":[\"q\"]}],\"matchLabels\":{\"m\":\"1\"}}",
            "e in (x,y),!g,m=1,n notin (q),z" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char out[200];
        json_t *v = json_loads(cases[i].json, 0, NULL);
        kind_selector(v, out, sizeof(out));
        assert_string_equal(out, cases[i].text);
        json_decref(v);
    }
}

// Refused before it is parsed: what is small as text and large as a tree.
static void test_parse_bounds(void **state)
{
    static const struct {
        const char *json, *says; // NULL: it is read
        size_t max;
    } cases[] = {
        { "{\"a\":[1,2,{\"b\":null}],\"c\":\"[[[{{{,,,\\\"[[[\"}", NULL, 2000 },
        { "[{},{},{},{},{},{},{},{}]", "of memory", 2000 },
        { "[[],[],[],[],[],[],[],[],[],[],[],[],[],[]]", "of memory", 2000 },
        { "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41]",
            "of memory", 2000 },
        { "[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]", "of memory", 2000 },
        { "\"\\", "near", 2000 }, // ends inside an escape
        { "\"", "near", 2000 },
        { "7", NULL, 2000 },
        { "", "near", 2000 },
    };
    struct err err;
    struct buf deep = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        err_clear(&err);
        json_t *v = json_parse(cases[i].json, strlen(cases[i].json), cases[i].max, &err);
        assert_true(!v == (cases[i].says != NULL));
        assert_true(!err_is(&err) == !cases[i].says);
        if (cases[i].says && *cases[i].says == 'o')
            assert_non_null(strstr(err.msg, cases[i].says));
        json_decref(v);
    }
    for (int i = 0; i < 129; i++)
        buf_putc(&deep, '[');
    assert_null(json_parse(deep.s, deep.n, SIZE_MAX, &err));
    assert_non_null(strstr(err.msg, "nested deeper"));
    buf_release(&deep);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_getters),
        cmocka_unit_test(test_scalar),
        cmocka_unit_test(test_quantities),
        cmocka_unit_test(test_selector),
        cmocka_unit_test(test_parse_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
