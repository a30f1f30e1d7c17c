// YAML read as go-yaml v2 reads it, and written as kubectl (sigs.k8s.io/yaml 1.6) writes it: each expected
// text is that library's own output for the same JSON (but for U+0085, which is escaped here).
#include "tests/unit/unit.h"

#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/yaml.h"
#include "views/noise.h"
#include "views/yaml.h"

static void test_plain_scalars(void **state)
{
    static const struct {
        const char *yaml, *json;
    } cases[] = { { "12", "12" }, { "+5", "5" }, { "017", "15" }, { "0o17", "15" }, { "0x1F", "31" },
        { "0b101", "5" }, { "-0x10", "-16" }, { "1_000", "1000" }, { "08", "8.0" }, { "1.5", "1.5" },
        { ".5", "0.5" }, { "1.", "1.0" }, { "-.5", "-0.5" }, { "1e3", "1000.0" }, { "~", "null" },
        { "yes", "true" }, { "Off", "false" }, { "yEs", "\"yEs\"" }, { "1e999", "\"1e999\"" },
        { "1e", "\"1e\"" }, { "nan", "\"nan\"" }, { "inf", "\"inf\"" }, { "0x", "\"0x\"" },
        { "1.2.3", "\"1.2.3\"" }, { "+", "\"+\"" }, { ".", "\".\"" }, { "2026-01-02", "\"2026-01-02\"" },
        { "9223372036854775807", "9223372036854775807" }, { "9223372036854775808", "9.2233720368547758e18" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *got = yaml_plain_scalar(cases[i].yaml), *want = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        if (!json_equal(got, want))
            fail_msg("%s is not read as %s", cases[i].yaml, cases[i].json);
        json_decref(got);
        json_decref(want);
    }
}

static char *view(const char *json, const struct yaml_opts *opts)
{
    struct text t;
    struct buf out = BUF_INIT;
    json_t *doc = json_loads(json, 0, NULL);
    assert_non_null(doc);
    text_init(&t);
    yaml_text(doc, opts, &t);
    text_plain(&t, &out);
    text_release(&t);
    json_decref(doc);
    return buf_take(&out);
}

static void shows(const char *json, const char *want)
{
    static const struct yaml_opts opts = { .managed_fields = true };
    char *got = view(json, &opts);
    assert_string_equal(got, want);
    free(got);
}

static void test_quoting(void **state)
{
    static const struct {
        const char *json, *yaml;
    } cases[] = { { "\"\"", "\"\"" }, { "\"yes\"", "\"yes\"" }, { "\"1_000\"", "\"1_000\"" },
        { "\".inf\"", "\".inf\"" }, { "\"-.Inf\"", "\"-.Inf\"" }, { "\".NaN\"", "\".NaN\"" }, { "\"-.nan\"", "-.nan" },
        { "\"12:30\"", "\"12:30\"" }, { "\"12:60\"", "12:60" }, { "\"2026-01-02\"", "\"2026-01-02\"" },
        { "\"2026-13-02\"", "2026-13-02" }, { "\"=\"", "=" }, { "\"<<\"", "<<" }, { "\"---\"", "'---'" },
        { "\"...x\"", "'...x'" }, { "\" x\"", "' x'" }, { "\"x \"", "'x '" }, { "\"a: b\"", "'a: b'" },
        { "\"a:b\"", "a:b" }, { "\"a #b\"", "'a #b'" }, { "\"-x\"", "-x" }, { "\"- x\"", "'- x'" },
        { "\"it's\"", "it's" }, { "\"'\"", "''''" }, { "\"@x\"", "'@x'" }, { "\"a\\tb\"", "\"a\\tb\"" },
        { "\"\\u001b[0m\"", "\"\\e[0m\"" }, { "\"\\u0085\"", "\"\\N\"" }, { "\"é\"", "é" },
        { "\"\\ud83d\\ude00\"", "\"\\U0001F600\"" }, { "\"\\ufeff\"", "\"\\uFEFF\"" }, { "1.5", "1.5" },
        { "1234567.25", "1.23456725e+06" }, { "1e5", "100000" }, { "0.00001", "1e-05" }, { "3.0", "3" },
        { "null", "null" }, { "[]", "[]" }, { "{}", "{}" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *json = xasprintf("{\"a\":%s}", cases[i].json), *yaml = xasprintf("a: %s\n", cases[i].yaml);
        shows(json, yaml);
        free(json);
        free(yaml);
    }
}

static void test_layout(void **state)
{
    (void)state;
    shows("{\"b\":[[1,[2]],{\"x\":1,\"y\":[{}]},\"s\"]}", "b:\n- - 1\n  - - 2\n- x: 1\n  \"y\":\n  - {}\n- s\n");
    shows("{\"a\":\"x\\ny\\n\"}", "a: |\n  x\n  y\n");
    shows("{\"a\":\"x\\ny\"}", "a: |-\n  x\n  y\n");
    shows("{\"a\":\"x\\n\\n\"}", "a: |+\n  x\n\n");
    shows("{\"a\":\" x\\ny\\n\"}", "a: |2\n   x\n  y\n");
    shows("{\"a\":\"\\n\"}", "a: |2+\n\n");
    shows("{\"a\":\"x \\ny\"}", "a: \"x \\ny\"\n");
    shows("{\"k10\":1,\"k9\":2,\"k_\":3,\"ka\":4,\"K\":5,\"1\":6,\"k\":7}",
        "\"1\": 6\nK: 5\nk: 7\nk_: 3\nk9: 2\nk10: 1\nka: 4\n");
}

static void test_secret(void **state)
{
    static const char secret[] =
        "{\"kind\":\"Secret\",\"data\":{\"pw\":\"aHVudGVyMg==\"},\"metadata\":{\"annotations\":{"
        "\"kubectl.kubernetes.io/last-applied-configuration\":\"{\\\"data\\\":{\\\"pw\\\":\\\"aHVudGVyMg==\\\"}}\"},"
        "\"managedFields\":[1],\"name\":\"s\"},\"stringData\":{\"pw\":\"hunter2\"}}";
    struct yaml_opts opts = { .reveal = false };
    (void)state;
    char *masked = view(secret, &opts);
    assert_null(strstr(masked, "aHVudGVyMg"));
    assert_null(strstr(masked, "hunter2"));
    assert_null(strstr(masked, "managedFields"));
    assert_non_null(strstr(masked, "  pw: •••••••• # 7 bytes, r shows it\n"));
    opts.reveal = true;
    char *shown = view(secret, &opts);
    assert_non_null(strstr(shown, "  pw: hunter2\n"));
    free(masked);
    free(shown);
}

static void lines(struct text *t, const char *const *s)
{
    text_init(t);
    for (; *s; s++)
        text_add(t, *s);
}

// A scale from outside: what the server counts by itself is no difference, the rest stays one.
static void test_noise(void **state)
{
    json_t *was = json_loads("{\"metadata\":{\"generation\":1,\"resourceVersion\":\"7\"},\"spec\":{\"replicas\":4},"
                             "\"status\":{\"conditions\":[{\"status\":\"True\",\"lastHeartbeatTime\":\"1\",\"lastTransitionTime\":"
                             "\"1\"}]}}", 0, NULL);
    json_t *now = json_loads("{\"metadata\":{\"generation\":2,\"resourceVersion\":\"9\"},\"spec\":{\"replicas\":5},"
                             "\"status\":{\"conditions\":[{\"status\":\"True\",\"lastHeartbeatTime\":\"2\",\"lastTransitionTime\":"
                             "\"3\"}],\"observedGeneration\":2}}", 0, NULL);
    json_t *want = json_loads("{\"metadata\":{\"generation\":2,\"resourceVersion\":\"9\"},\"spec\":{\"replicas\":4},"
                              "\"status\":{\"conditions\":[{\"status\":\"True\",\"lastHeartbeatTime\":\"2\",\"lastTransitionTime\":"
                              "\"1\"}]}}", 0, NULL);
    json_t *level = noise_level(was, now);
    (void)state;
    assert_true(json_equal(level, want));
    json_decref(was);
    json_decref(now);
    json_decref(want);
    json_decref(level);
}

static void test_diff(void **state)
{
    static const char *const before[] = { "a: 1", "b: 2", "c: 3", NULL };
    static const char *const now[] = { "a: 1", "b: 4", "c: 3", "d: 5", NULL };
    struct text a, b, d;
    struct buf out = BUF_INIT;
    (void)state;
    lines(&a, before);
    lines(&b, now);
    text_init(&d);
    yaml_diff(&a, &b, &d);
    text_plain(&d, &out);
    assert_string_equal(out.s, "  a: 1\n- b: 2\n+ b: 4\n  c: 3\n+ d: 5\n");
    yaml_mark_changes(&b, &a);
    assert_int_equal(b.lines.v[0].mark, 0);
    assert_int_equal(b.lines.v[1].mark, '~');
    assert_int_equal(b.lines.v[2].mark, 0);
    assert_int_equal(b.lines.v[3].mark, '+');
    buf_release(&out);
    text_release(&a);
    text_release(&b);
    text_release(&d);
}

// ---- bounds: each of these took minutes or hundreds of megabytes

static char *many(const char *piece, size_t times)
{
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < times; i++)
        buf_puts(&out, piece);
    return buf_take(&out);
}

static void refused(char *text, const char *why)
{
    struct err err = { 0 };
    json_t *where, *v = yaml_load_where(text, strlen(text), "f", &where, &err);
    if (v || !strstr(err.msg, why))
        fail_msg("said \"%s\", not \"%s\"", err.msg, why);
    if (json_object_size(where) > 300000)
        fail_msg("noted %zu places", json_object_size(where));
    json_decref(where);
    free(text);
}

static void test_depth(void **state)
{
    (void)state;
    alarm(60); // where it is not bounded it does not end
    refused(many("[", 100000), "f:1:102: nested too deeply");
    refused(many("{a: ", 100000), "f:1:405: nested too deeply");
    refused(many("- ", 100000), "f:1:203: nested too deeply");
    refused(xstrdup("a: &a [[[[[[[[[[1]]]]]]]]]]\nb: &b [[[[[[[[[[*a]]]]]]]]]]\nc: &c [[[[[[[[[[*b,*b]]]]]]]]]]\n"
                    "d: &d [[[[[[[[[[*c,*c]]]]]]]]]]\ne: &e [[[[[[[[[[*d,*d]]]]]]]]]]\nf: &f [[[[[[[[[[*e]]]]]]]]]]\n"
                    "g: &g [[[[[[[[[[*f]]]]]]]]]]\nh: &h [[[[[[[[[[*g]]]]]]]]]]\ni: &i [[[[[[[[[[*h]]]]]]]]]]\n"
                    "j: [[[[[[[[[[*i]]]]]]]]]]\n"), "f:10:14: nested too deeply");
    alarm(0);
}

static void test_aliases(void **state)
{
    struct buf bomb = BUF_INIT;
    struct err err = { 0 };
    (void)state;
    buf_puts(&bomb, "a: &a x\n");
    for (char c = 'b'; c < 'k'; c++)
        buf_printf(&bomb, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1);
    refused(buf_take(&bomb), "too many values");
    char *line = many("x", 100000), *uses = many("*a,", 100000);
    refused(xasprintf("a: &a %s\nb: [%s]\n", line, uses), "too many values"); // one string, 10 GB of it
    refused(xstrdup("a: &a [*a]"), "f:1:8: the alias names no anchor");
    refused(xstrdup("a: *b"), "f:1:4: the alias names no anchor");
    json_t *want = json_loads("{\"a\":{\"k\":[1]},\"b\":{\"k\":[1]},\"s\":\"t\",\"t\":\"t\"}", 0, NULL), *where;
    static const char good[] = "a: &x\n  k: [1]\nb: *x\ns: &y t\n*y : t\n";
    json_t *got = yaml_load_where(good, strlen(good), "f", &where, &err);
    assert_string_equal(err.msg, "");
    assert_true(json_equal(got, want));
    assert_string_equal(json_str(where, "/a/k/0", NULL), "2:7");
    assert_string_equal(json_str(where, "/b/k/0", NULL), "3:4"); // where it is used
    assert_true(json_object_get(got, "a") != json_object_get(got, "b")); // one may be changed alone
    json_decref(got);
    json_decref(want);
    json_decref(where);
    free(line);
    free(uses);
}

static void test_size(void **state)
{
    struct err err = { 0 };
    char *text = many("{},", 1000000), *list = xasprintf("[%s]", text);
    (void)state;
    refused(list, "too many values");
    free(text);
    text = many("- {}\n", 100000);
    json_t *v = yaml_load(text, strlen(text), "f", &err);
    assert_int_equal(json_array_size(v), 100000);
    json_decref(v);
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_scalars),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_quoting),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_secret),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_diff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
