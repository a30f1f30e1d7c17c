// Schemas: steps through references, lists and maps, types, and the text of kubectl explain; documents that
// refer to themselves or lie; and names that only an older version of a group has.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/str.h"
#include "client/discovery.h"
#include "client/openapi.h"

static const char v3[] =
    "{\"components\":{\"schemas\":{"
    "\"t.Gadget\":{\"description\":\"Gadget is a thing.\",\"type\":\"object\",\"required\":[\"spec\"],"
    "\"x-kubernetes-group-version-kind\":[{\"group\":\"x.test\",\"version\":\"v1\",\"kind\":\"Gadget\"}],"
    "\"properties\":{\"spec\":{\"allOf\":[{\"$ref\":\"#/components/schemas/t.Spec\"}],"
    "\"description\":\"What is wanted.\"},"
    "\"apiVersion\":{\"type\":\"string\",\"description\":\"Its version.\"}}},"
    "\"t.Spec\":{\"type\":\"object\",\"description\":\"Spec holds it.\",\"required\":[\"mode\"],\"properties\":{"
    "\"mode\":{\"type\":\"string\",\"enum\":[\"a\",\"b\",\"\",\"c\",\"d\"],\"default\":\"a\"},"
    "\"parts\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/t.Part\"}},"
    "\"limits\":{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/components/schemas/t.Quantity\"}},"
    "\"free\":{\"type\":\"object\",\"additionalProperties\":true},"
    "\"dotted.name\":{\"type\":\"integer\"},"
    "\"any\":{}}},"
    "\"t.Part\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
    "\"labels\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}},"
    "\"by\":{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/components/schemas/t.Part\"}},"
    "\"inner\":{\"$ref\":\"#/components/schemas/t.Part\"}}},"
    "\"t.Quantity\":{\"type\":\"string\",\"description\":\"A number.\"},"
    "\"t.Loop\":{\"allOf\":[{\"$ref\":\"#/components/schemas/t.Loop\"},{\"$ref\":\"#/components/schemas/t.Loop\"}],"
    "\"items\":{\"$ref\":\"#/components/schemas/t.Loop\"}}}}}";

static const struct gvr gadgets = { "x.test", "v1", "gadgets", true };

static json_t *parse(const char *text)
{
    json_error_t why;
    json_t *doc = json_loads(text, 0, &why);
    if (!doc)
        fail_msg("%s", why.text);
    return doc;
}

static const json_t *walk(const json_t *doc, const char *path)
{
    char *missing;
    const json_t *at = openapi_walk(doc, openapi_kind(doc, &gadgets, "Gadget"), path, NULL, &missing);
    bool found = !missing;
    free(missing);
    return found ? at : NULL;
}

static void types(void **state)
{
    static const char *const cases[][2] = { { "spec", "Spec" }, { "spec.mode", "string" },
        { "spec.parts", "[]Part" }, { "spec.parts.name", "string" }, { "spec.parts.inner", "Part" },
        { "spec.parts.inner.inner.name", "string" }, { "spec.limits", "map[string]string" },
        { "spec.free", "Object" }, { "spec.any", "Object" } };
    json_t *doc = parse(v3);
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buf type = BUF_INIT;
        const json_t *s = walk(doc, cases[i][0]);
        if (!s)
            fail_msg("%s is not found", cases[i][0]);
        openapi_type(doc, s, &type);
        assert_string_equal(type.s, cases[i][1]);
        buf_release(&type);
    }
    assert_null(walk(doc, "spec.nosuch"));
    assert_null(walk(doc, "spec.mode.nosuch"));
    assert_null(openapi_kind(doc, &gadgets, "Widget"));
    json_decref(doc);
}

// Keys of maps are no fields: their dots are no steps, and what is below their values is.
static void dotted(void **state)
{
    static const char *const cases[][2] = { { "spec.limits.example.com/gpu", "spec.limits" },
        { "spec.parts.labels.app.kubernetes.io/name", "spec.parts.labels" },
        { "spec.parts.by.some.key.inner.name", "spec.parts.by.inner.name" }, { "spec.dotted.name", "spec.dotted.name" } };
    json_t *doc = parse(v3);
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buf good = BUF_INIT;
        char *missing;
        assert_non_null(openapi_walk(doc, openapi_kind(doc, &gadgets, "Gadget"), cases[i][0], &good, &missing));
        assert_null(missing);
        assert_string_equal(good.s, cases[i][1]);
        buf_release(&good);
    }
    json_decref(doc);
}

static void fields(void **state)
{
    json_t *doc = parse(v3);
    struct openapi_field f[8];
    (void)state;
    assert_int_equal(openapi_fields(doc, walk(doc, "spec"), f, 8), 6);
    assert_string_equal(f[0].name, "any"); // sorted
    assert_string_equal(f[4].name, "mode");
    assert_true(f[4].required);
    assert_false(f[5].required);
    assert_int_equal(json_array_size(openapi_enum(doc, f[4].schema)), 5);
    assert_null(openapi_enum(doc, f[5].schema));
    assert_int_equal(openapi_fields(doc, walk(doc, "spec.parts"), f, 8), 4);
    assert_int_equal(openapi_fields(doc, walk(doc, "spec.mode"), f, 8), 0);
    assert_int_equal(openapi_fields(doc, walk(doc, "spec"), f, 2), 2); // no more than asked for
    json_decref(doc);
}

static void text(void **state)
{
    static const char kind[] = "GROUP:      x.test\nKIND:       Gadget\nVERSION:    v1\n\nDESCRIPTION:\n"
                               "    Gadget is a thing.\n    \nFIELDS:\n  apiVersion\t<string>\n    Its version.\n\n"
                               "  spec\t<Spec> -required-\n    What is wanted.\n\n\n",
                      mode[] = "GROUP:      x.test\nKIND:       Gadget\nVERSION:    v1\n\nFIELD: mode <string>\n"
                               "ENUM:\n    a\n    b\n    \"\"\n    c\n    d\n\nDESCRIPTION:\n    <empty>\n\n",
                      spec[] = "  mode\t<string> -required-\n  enum: a, b, \"\", c, ....\n    <no description>\n\n";
    json_t *doc = parse(v3);
    struct buf out = BUF_INIT;
    struct err err = { 0 };
    (void)state;
    assert_true(openapi_explain(doc, &gadgets, "Gadget", "", &out, &err));
    assert_string_equal(out.s, kind);
    buf_clear(&out);
    assert_true(openapi_explain(doc, &gadgets, "Gadget", "spec.mode", &out, &err));
    assert_string_equal(out.s, mode);
    buf_clear(&out);
    assert_true(openapi_explain(doc, &gadgets, "Gadget", "spec", &out, &err));
    assert_non_null(strstr(out.s, "    What is wanted.\n    Spec holds it.\n    \nFIELDS:\n"));
    assert_non_null(strstr(out.s, spec));
    buf_clear(&out);
    assert_false(openapi_explain(doc, &gadgets, "Gadget", "spec.nosuch", &out, &err));
    assert_string_equal(err.msg, "field \"nosuch\" does not exist");
    assert_string_equal(out.s, "");
    json_decref(doc);
    buf_release(&out);
}

// The same in a document of version 2.
static void version_2(void **state)
{
    char *old = xstrdup(v3);
    for (char *p; (p = strstr(old, "components/schemas"));)
        memcpy(p, "definitions", 11), memmove(p + 11, p + 18, strlen(p + 18) + 1);
    char *inner = strstr(old, "{\"schemas\":");
    memmove(inner, inner + 11, strlen(inner + 11) + 1);
    char *top = strstr(old, "\"components\":"), *flat;
    *top = '\0';
    flat = xasprintf("%s\"definitions\":%s", old, top + 13);
    flat[strlen(flat) - 1] = '\0';
    json_t *doc = parse(flat);
    struct buf type = BUF_INIT;
    (void)state;
    assert_non_null(walk(doc, "spec.parts.inner.name"));
    openapi_type(doc, walk(doc, "spec.parts"), &type);
    assert_string_equal(type.s, "[]Part");
    json_decref(doc);
    buf_release(&type);
    free(old);
    free(flat);
}

static void hostile(void **state)
{
    static const char *const docs[] = { "{}", "[]", "{\"components\":{\"schemas\":[1]}}",
        "{\"components\":{\"schemas\":{\"a\":7,\"b\":{\"x-kubernetes-group-version-kind\":7}}}}" };
    json_t *doc = parse(v3);
    const json_t *loop = json_object_get(json_object_get(json_object_get(doc, "components"), "schemas"), "t.Loop");
    struct openapi_field f[4];
    struct buf out = BUF_INIT;
    (void)state;
    assert_int_equal(openapi_fields(doc, loop, f, 4), 0); // comes back at all
    assert_null(openapi_step(doc, loop, "x"));
    openapi_type(doc, loop, &out);
    openapi_description(doc, loop, &out);
    json_decref(doc);
    for (size_t i = 0; i < ARRAY_SIZE(docs); i++) {
        doc = parse(docs[i]);
        assert_null(openapi_kind(doc, &gadgets, "Gadget"));
        json_decref(doc);
    }
    // a diamond over a diamond, forty times: 2^40 ways down
    struct buf tall = BUF_INIT;
    buf_puts(&tall, "{\"components\":{\"schemas\":{");
    for (int i = 0; i < 40; i++)
        buf_printf(&tall, "\"d%d\":{\"allOf\":[{\"$ref\":\"#/components/schemas/d%d\"},"
                          "{\"$ref\":\"#/components/schemas/d%d\"}]},", i, i + 1, i + 1);
    buf_puts(&tall, "\"d40\":{\"properties\":{\"end\":{}}}}}}");
    doc = parse(tall.s);
    const json_t *d0 = json_object_get(json_object_get(json_object_get(doc, "components"), "schemas"), "d0");
    assert_true(openapi_fields(doc, d0, f, 4) <= 4);
    openapi_description(doc, d0, &out);
    json_decref(doc);
    buf_release(&tall);
    buf_release(&out);
}

static void wrapping(void **state)
{
    static const struct {
        const char *text;
        size_t width;
        const char *want;
    } cases[] = {
        { "", 10, "" },
        { "one two three", 20, "one two three" },
        { "one two three", 7, "one two\n  three" },
        { "one two three", 8, "one two\n  three" },
        { "abcdefghijkl mn", 5, "abcdefghijkl\n  mn" }, // longer than a line: whole
        { "a\n\nb", 10, "a\n  \n  b" },
        { "a  b", 10, "a  b" },
        { "äöü äöü", 7, "äöü äöü" }, // characters, not bytes
        { "x ", 10, "x " },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buf out = BUF_INIT;
        openapi_wrap(cases[i].text, cases[i].width, 2, &out);
        assert_string_equal(out.s, cases[i].want);
        buf_release(&out);
    }
}

static void core_first(void **state)
{
    static const char metrics[] =
        "{\"items\":[{\"metadata\":{\"name\":\"metrics.k8s.io\"},\"versions\":[{\"version\":\"v1beta1\","
        "\"resources\":[{\"resource\":\"pods\",\"responseKind\":{\"kind\":\"PodMetrics\"}},"
        "{\"resource\":\"nodes\",\"responseKind\":{\"kind\":\"NodeMetrics\"}}]}]}]}",
                      core[] =
        "{\"items\":[{\"metadata\":{\"name\":\"\"},\"versions\":[{\"version\":\"v1\","
        "\"resources\":[{\"resource\":\"nodes\",\"responseKind\":{\"kind\":\"Node\"}},"
        "{\"resource\":\"pods\",\"responseKind\":{\"kind\":\"Pod\"}}]}]}]}";
    struct discovery *d = discovery_new();
    json_t *first = parse(metrics), *second = parse(core);
    struct err err;
    (void)state;
    assert_true(discovery_add_aggregated(d, first, &err)); // /apis was faster than /api
    assert_true(discovery_add_aggregated(d, second, &err));
    discovery_settle(d);
    assert_string_equal(discovery_find(d, "pods")->kind, "Pod");
    assert_string_equal(discovery_find(d, "nodes")->kind, "Node");
    assert_string_equal(d->resources.v[0]->kind, "Node"); // in the server's order
    assert_string_equal(d->resources.v[1]->kind, "Pod");
    json_decref(first);
    json_decref(second);
    discovery_free(d);
}

static void older_version(void **state)
{
    static const char groups[] =
        "{\"items\":[{\"metadata\":{\"name\":\"x.test\"},\"versions\":["
        "{\"version\":\"v1\",\"freshness\":\"Current\",\"resources\":[{\"resource\":\"orders\","
        "\"singularResource\":\"order\",\"scope\":\"Namespaced\",\"verbs\":[\"list\"],"
        "\"responseKind\":{\"kind\":\"Order\"}}]},"
        "{\"version\":\"v1alpha1\",\"freshness\":\"Current\",\"resources\":["
        "{\"resource\":\"orders\",\"scope\":\"Namespaced\",\"responseKind\":{\"kind\":\"Order\"}},"
        "{\"resource\":\"regions\",\"singularResource\":\"region\",\"scope\":\"Cluster\",\"verbs\":[\"list\"],"
        "\"responseKind\":{\"kind\":\"Region\"}}]}]}]}";
    struct discovery *d = discovery_new();
    json_t *doc = parse(groups);
    struct err err;
    (void)state;
    assert_true(discovery_add_aggregated(d, doc, &err));
    discovery_settle(d);
    const struct api_resource *r = discovery_find(d, "regions");
    assert_non_null(r);
    assert_string_equal(r->gvr.version, "v1alpha1");
    assert_ptr_equal(discovery_find(d, "region"), r);
    r = discovery_find(d, "orders");
    assert_string_equal(r->gvr.version, "v1"); // the preferred one stays so
    json_decref(doc);
    discovery_free(d);
}

// One text of 1 MB that 990 parts refer to, and 900 fields of the same type: it was written out for each of them.
static void long_texts(void **state)
{
    char *text = xmalloc((1 << 20) + 1);
    struct buf out = BUF_INIT;
    struct err err = { 0 };
    (void)state;
    for (size_t i = 0; i + 3 <= 1 << 20; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 4);
    json_t *part = json_pack("{s:s+}", "$ref", "#/components/schemas/", "t.Long"), *all = json_array(), *same = json_object();
    json_t *big = json_pack("{s:s}", "description", text);
    for (int i = 0; i < 990; i++)
        json_array_append(all, part);
    for (int i = 0; i < 900; i++) {
        char name[8];
        snprintf(name, sizeof(name), "f%d", i);
        json_object_set(same, name, big);
    }
    json_t *id = json_pack("[{s:s, s:s, s:s}]", "group", "x.test", "version", "v1", "kind", "Gadget");
    json_t *doc = json_pack("{s:{s:{s:o, s:{s:o, s:o, s:o}}}}", "components", "schemas", "t.Long", big, "t.Gadget",
        "x-kubernetes-group-version-kind", id, "allOf", all, "properties", same);
    openapi_description(doc, openapi_kind(doc, &gadgets, "Gadget"), &out);
    assert_in_range(out.n, 1000, 300 << 10);
    json_t *whole = json_string(out.s); // cut between code points
    assert_non_null(whole);
    json_decref(whole);
    buf_clear(&out);
    assert_true(openapi_explain(doc, &gadgets, "Gadget", "", &out, &err));
    assert_in_range(out.n, 1 << 20, 9 << 20);
    assert_non_null(strstr(out.s, "more than fits"));
    json_decref(part);
    json_decref(doc);
    buf_release(&out);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),
        cmocka_unit_test(dotted),
        cmocka_unit_test(fields),
        cmocka_unit_test(text),
        cmocka_unit_test(version_2),
        cmocka_unit_test(hostile),
        cmocka_unit_test(wrapping),
        cmocka_unit_test(core_first),
        cmocka_unit_test(older_version),
        cmocka_unit_test(long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
