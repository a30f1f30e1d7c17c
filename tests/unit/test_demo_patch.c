// The patches of the demo server: RFC 7386, RFC 6902, strategic merge; and who owns which field afterwards.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "demo/fields.h"
#include "demo/patch.h"
#include "demo/status.h"

static struct kinds *kinds;

static int setup(void **state)
{
    (void)state;
    kinds = kinds_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kinds_free(kinds);
    return 0;
}

static json_t *parse(const char *text)
{
    json_error_t e;
    char *quoted = xstrdup(text);
    for (char *p = quoted; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    json_t *v = json_loads(quoted, 0, &e);
    if (!v)
        fail_msg("%s: %s", text, e.text);
    free(quoted);
    return v;
}

struct patch_case {
    const char *target, *patch, *result; // result NULL: refused with `code`
    int code;
};

static void run(enum patch_kind kind, const char *plural, const struct patch_case *c)
{
    json_t *tree = parse(c->target), *patch = parse(c->patch);
    const struct rtype *rt =
        kinds_plural(kinds, str_eq(plural, "deployments") ? "apps" : "", plural);
    json_t *s = patch_apply(kind, rt, patch, &tree), *want = c->result ? parse(c->result) : NULL;
    char *got = json_dumps(tree, JSON_COMPACT);
    if (want && (s || !json_equal(tree, want)))
        fail_msg("%s of %s: %s", c->patch, c->target, got);
    if (!want && (!s || status_code(s) != c->code))
        fail_msg("%s of %s is not refused: %s", c->patch, c->target, got);
    free(got);
    json_decref(s);
    json_decref(want);
    json_decref(tree);
    json_decref(patch);
}

// RFC 7386, appendix A, as far as targets are objects.
static void test_merge(void **state)
{
    static const struct patch_case cases[] = {
        { "{'a':'b'}", "{'a':'c'}", "{'a':'c'}", 0 },
        { "{'a':'b'}", "{'b':'c'}", "{'a':'b','b':'c'}", 0 },
        { "{'a':'b'}", "{'a':null}", "{}", 0 },
        { "{'a':'b','b':'c'}", "{'a':null}", "{'b':'c'}", 0 },
        { "{'a':['b']}", "{'a':'c'}", "{'a':'c'}", 0 },
        { "{'a':'c'}", "{'a':['b']}", "{'a':['b']}", 0 },
        { "{'a':{'b':'c'}}", "{'a':{'b':'d','c':null}}", "{'a':{'b':'d'}}", 0 },
        { "{'a':[{'b':'c'}]}", "{'a':[1]}", "{'a':[1]}", 0 },
        { "{'e':null}", "{'a':1}", "{'e':null,'a':1}", 0 },
        { "{}", "{'a':{'bb':{'ccc':null}}}", "{'a':{'bb':{}}}", 0 },
        { "{'a':1}", "[1]", NULL, 400 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        run(PATCH_MERGE, "configmaps", &cases[i]);
}

static void test_json(void **state)
{
    static const struct patch_case cases[] = {
        { "{'foo':'bar'}", "[{'op':'add','path':'/baz','value':'qux'}]",
            "{'foo':'bar','baz':'qux'}", 0 },
        { "{'foo':['a','b']}", "[{'op':'add','path':'/foo/1','value':'x'}]",
            "{'foo':['a','x','b']}", 0 },
        { "{'foo':['a']}", "[{'op':'add','path':'/foo/-','value':'z'}]", "{'foo':['a','z']}", 0 },
        { "{'a':1,'b':2}", "[{'op':'remove','path':'/a'}]", "{'b':2}", 0 },
        { "{'a':[1,2,3]}", "[{'op':'remove','path':'/a/1'}]", "{'a':[1,3]}", 0 },
        { "{'a':1}", "[{'op':'replace','path':'/a','value':2}]", "{'a':2}", 0 },
        { "{'a':{'b':1},'c':{}}", "[{'op':'move','from':'/a/b','path':'/c/d'}]",
            "{'a':{},'c':{'d':1}}", 0 },
        { "{'a':{'b':1}}", "[{'op':'copy','from':'/a','path':'/c'}]", "{'a':{'b':1},'c':{'b':1}}",
            0 },
        { "{'a/b':1,'m~n':2}", "[{'op':'remove','path':'/a~1b'},{'op':'remove','path':'/m~0n'}]",
            "{}", 0 },
        { "{'a':1}", "[{'op':'test','path':'/a','value':1}]", "{'a':1}", 0 },
        { "{'a':1}", "[{'op':'test','path':'/a','value':2}]", NULL, 422 },
        { "{'a':1}", "[{'op':'remove','path':'/none'}]", NULL, 422 },
        { "{'a':1}", "[{'op':'add','path':'/x/y','value':1}]", NULL, 422 },
        { "{'a':[1]}", "[{'op':'add','path':'/a/7','value':1}]", NULL, 422 },
        { "{'a':1}", "[{'op':'frobnicate','path':'/a'}]", NULL, 422 },
        { "{'a':1}", "{'op':'remove'}", NULL, 400 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        run(PATCH_JSON, "configmaps", &cases[i]);
}

static void test_strategic(void **state)
{
    static const struct patch_case cases[] = {
        { "{'containers':[{'name':'a','image':'1'},{'name':'b'}]}",
            "{'containers':[{'name':'a','image':'2'}]}",
            "{'containers':[{'name':'a','image':'2'},{'name':'b'}]}", 0 },
        { "{'containers':[{'name':'a'}]}", "{'containers':[{'name':'b'}]}",
            "{'containers':[{'name':'b'},{'name':'a'}]}", 0 },
        { "{'containers':[{'name':'a'},{'name':'b'}]}",
            "{'containers':[{'name':'a','$patch':'delete'}]}", "{'containers':[{'name':'b'}]}", 0 },
        { "{'containers':[{'name':'a'},{'name':'b'}]}",
            "{'containers':[{'$patch':'replace'},{'name':'c'}]}", "{'containers':[{'name':'c'}]}",
            0 },
        { "{'containers':[{'name':'a'},{'name':'b'}]}",
            "{'$setElementOrder/"
            "containers':[{'name':'b'},{'name':'a'}],'containers':[{'name':'b','image':'1'}]}",
            "{'containers':[{'name':'b','image':'1'},{'name':'a'}]}", 0 },
        { "{'tolerations':[{'key':'a'}]}", "{'tolerations':[{'key':'b'}]}",
            "{'tolerations':[{'key':'b'}]}", 0 }, // atomic
        { "{'finalizers':['a','b']}", "{'$deleteFromPrimitiveList/finalizers':['a']}",
            "{'finalizers':['b']}", 0 },
        { "{'nodeSelector':{'a':'1'}}", "{'nodeSelector':{'$patch':'replace','b':'2'}}",
            "{'nodeSelector':{'b':'2'}}", 0 },
        { "{'strategy':{'type':'RollingUpdate','rollingUpdate':{}}}",
            "{'strategy':{'$retainKeys':['type'],'type':'Recreate'}}",
            "{'strategy':{'type':'Recreate'}}", 0 },
        { "{'a':1,'b':2}", "{'a':null}", "{'b':2}", 0 },
        { "{'containers':[]}", "{'containers':[{'image':'nameless'}]}", NULL, 500 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        run(PATCH_STRATEGIC, "deployments", &cases[i]);
}

static json_t *configmap(const char *data)
{
    json_t *v = parse("{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'c'}}");
    json_object_set_new(v, "data", parse(data));
    return v;
}

// The names of the fields under data that a manager owns, "a b"; "-" when it has no entry.
static const char *owned(const json_t *tree, const char *manager, char out[200])
{
    size_t i;
    json_t *e, *v;
    const char *key;
    snprintf(out, 200, "-");
    json_array_foreach (json_at(tree, "metadata", "managedFields", NULL), i, e) {
        if (!str_eq(json_str(e, "manager", NULL), manager))
            continue;
        *out = '\0';
        json_object_foreach (json_at(e, "fieldsV1", "f:data", NULL), key, v) {
            if (key[0] == 'f')
                snprintf(out + strlen(out), 200 - strlen(out), "%s%s", *out ? " " : "", key + 2);
        }
    }
    return out;
}

static json_t *apply(json_t *tree, const char *manager, const char *data, bool force)
{
    const struct writer w = { manager, "", "2026-01-01T00:00:00Z" };
    json_t *config = configmap(data);
    json_t *s = fields_apply(kinds_plural(kinds, "", "configmaps"), tree, config, &w, force);
    json_decref(config);
    return s;
}

static void test_apply(void **state)
{
    (void)state;
    char names[200];
    json_t *tree = parse("{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'c'}}");
    assert_null(apply(tree, "one", "{'a':'1','b':'2'}", false));
    assert_string_equal(owned(tree, "one", names), "a b");
    assert_null(apply(tree, "two", "{'a':'1','c':'3'}", false)); // the same value: shared
    assert_string_equal(owned(tree, "two", names), "a c");
    json_t *copy = json_deep_copy(tree); // what is refused is thrown away
    json_t *s = apply(copy, "two", "{'a':'9','c':'3'}", false);
    json_decref(copy);
    assert_int_equal(status_code(s), 409);
    assert_string_equal(
        json_str(json_array_get(json_at(s, "details", "causes", NULL), 0), "field", NULL),
        ".data.a");
    assert_non_null(strstr(json_str(s, "message", NULL), "conflict with \"one\""));
    json_decref(s);
    assert_null(apply(tree, "two", "{'a':'9','c':'3'}", true));
    assert_string_equal(owned(tree, "one", names), "b");
    assert_string_equal(json_str(tree, "data", "a", NULL), "9");
    assert_null(apply(tree, "one", "{}", false)); // b was one's alone
    assert_null(json_at(tree, "data", "b", NULL));
    assert_string_equal(json_str(tree, "data", "c", NULL), "3");
    assert_string_equal(owned(tree, "one", names), ""); // data itself, nothing in it
    json_decref(tree);
}

// What somebody writes by PUT or PATCH becomes theirs, and no longer others'.
static void test_update(void **state)
{
    (void)state;
    const struct rtype *rt = kinds_plural(kinds, "", "configmaps");
    const struct writer maker = { "maker", "", "2026-01-01T00:00:00Z" };
    const struct writer editor = { "editor", "", "2026-01-02T00:00:00Z" };
    char names[200];
    json_t *was = configmap("{'a':'1','b':'2'}"), *now;
    fields_update(rt, was, NULL, &maker);
    assert_string_equal(owned(was, "maker", names), "a b");
    now = json_deep_copy(was);
    json_object_set_new(json_object_get(now, "data"), "b", json_string("3"));
    json_object_set_new(json_object_get(now, "data"), "c", json_string("4"));
    fields_update(rt, now, was, &editor);
    assert_string_equal(owned(now, "maker", names), "a");
    assert_string_equal(owned(now, "editor", names), "b c");
    json_t *s = apply(now, "applier", "{'c':'5'}", false);
    assert_non_null(strstr(json_str(s, "message", NULL), "\"editor\" using v1"));
    json_decref(s);
    json_decref(now);
    json_decref(was);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_merge), cmocka_unit_test(test_json),
        cmocka_unit_test(test_strategic), cmocka_unit_test(test_apply),
        cmocka_unit_test(test_update) };
    return cmocka_run_group_tests(tests, setup, teardown);
}
