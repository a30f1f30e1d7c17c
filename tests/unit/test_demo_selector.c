// Label and field selectors of the demo server: what parses, what it matches, what is said of the rest.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "demo/selector.h"

static json_t *labels(void)
{
    return json_pack("{s:s,s:s,s:s}", "app", "web", "tier", "front", "n", "5");
}

static void test_match(void **state)
{
    static const struct {
        const char *text;
        bool hit;
    } cases[] = { { "", true }, { "app=web", true }, { "app==web", true }, { "app=db", false },
        { "app!=db", true }, { "app!=web", false }, { "none!=x", true }, { "app", true },
        { "none", false }, { "!none", true }, { "!app", false }, { "app in (web,db)", true },
        { "app in (db)", false }, { "app notin (db)", true }, { "app notin (web,db)", false },
        { "none notin (x)", true }, { "n>4", true }, { "n>5", false }, { "n<6", true },
        { "n<5", false }, { "app>1", false }, { "app=web,tier=front", true },
        { "app=web,tier=back", false }, { " app = web , tier in ( front ) ", true } };
    (void)state;
    json_t *have = labels();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct selector s = { 0 };
        struct err err = { 0 };
        if (!selector_parse_labels(&s, cases[i].text, &err))
            fail_msg("%s: %s", cases[i].text, err.msg);
        if (selector_match_json(&s, have) != cases[i].hit)
            fail_msg("%s", cases[i].text);
        selector_release(&s);
    }
    json_decref(have);
}

static void test_refused(void **state)
{
    static const char *const bad[] = { "a b", "a in", "a in (", "=x", "a===b", "n>x", "a=b=c", "-a",
        "a=-b", "a in (b" };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct selector s = { 0 };
        struct err err = { 0 };
        if (selector_parse_labels(&s, bad[i], &err) || !*err.msg)
            fail_msg("%s", bad[i]);
        selector_release(&s);
    }
}

static void test_print(void **state)
{
    static const char *const cases[][2] = { { "b=1,a=2", "a=2,b=1" },
        { "x in (c,a,b)", "x in (a,b,c)" }, { "!z,y", "y,!z" }, { "a!=b", "a!=b" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct selector s = { 0 };
        struct err err = { 0 };
        struct buf b = BUF_INIT;
        assert_true(selector_parse_labels(&s, cases[i][0], &err));
        selector_print(&s, &b);
        assert_string_equal(b.s, cases[i][1]);
        buf_release(&b);
        selector_release(&s);
    }
}

static void test_label_selector(void **state)
{
    (void)state;
    json_t *have = labels();
    json_t *sel = json_pack("{s:{s:s},s:[{s:s,s:s,s:[s,s]},{s:s,s:s}]}", "matchLabels", "app",
        "web", "matchExpressions", "key", "tier", "operator", "In", "values", "front", "back",
        "key", "none", "operator", "DoesNotExist");
    struct selector s = { 0 }, nothing = { 0 }, everything = { 0 };
    selector_from_json(&s, sel);
    assert_true(selector_match_json(&s, have));
    json_object_set_new(have, "none", json_string("x"));
    assert_false(selector_match_json(&s, have));
    selector_from_json(&nothing, NULL); // a null selector matches nothing, an empty one everything
    assert_false(selector_match_json(&nothing, have));
    json_object_clear(sel);
    selector_from_json(&everything, sel);
    assert_true(selector_match_json(&everything, have));
    selector_release(&s);
    selector_release(&nothing);
    selector_release(&everything);
    json_decref(sel);
    json_decref(have);
}

static void test_fields(void **state)
{
    (void)state;
    struct selector s = { 0 };
    struct err err = { 0 };
    assert_true(selector_parse_fields(&s, "metadata.name=a,status.phase!=Running", &err));
    assert_int_equal(s.reqs.n, 2);
    for (size_t i = 0; i < 2; i++) {
        bool name = str_eq(s.reqs.v[i].key, "metadata.name");
        assert_true(requirement_match(&s.reqs.v[i], name ? "a" : "Pending"));
        assert_false(requirement_match(&s.reqs.v[i], name ? "b" : "Running"));
    }
    selector_release(&s);
    assert_false(selector_parse_fields(&s, "nonsense", &err));
    selector_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_match),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_print),
        cmocka_unit_test(test_label_selector), cmocka_unit_test(test_fields) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
