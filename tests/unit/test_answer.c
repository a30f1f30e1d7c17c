// Answers that are not what was asked for, and those that only look odd: kinds and versions, numbers, NULs, tokens
// without end, deaths of what was never known.
#include "tests/unit/unit.h"

#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/answer.h"
#include "client/prune.h"
#include "client/store.h"
#include "tests/unit/pieces.h"

static const struct gvr pods = { "", "v1", "pods", true }, endpoints = { "", "v1", "endpoints", true },
                        policies = { "policy", "v1", "podsecuritypolicies", false },
                        ingresses = { "extensions", "v1beta1", "ingresses", true },
                        metrics = { "metrics.k8s.io", "v1beta1", "pods", true },
                        routes = { "gateway.networking.k8s.io", "v1", "httproutes", true },
                        custom = { "custom.metrics.k8s.io", "v1beta1", "pods", true };

// What Kubernetes, its extensions and old custom resources send is taken; nothing else is.
static void test_kinds(void **state)
{
    static const struct {
        const struct gvr *gvr;
        const char *known; // kind, from discovery
        bool table;
        enum prune_part part;
        const char *api, *kind, *says; // says NULL: it is right
    } cases[] = {
        { &pods, NULL, false, PART_LIST, "v1", "PodList", NULL },
        { &pods, "Pod", false, PART_LIST, "v1", "PodList", NULL },
        { &pods, "Pod", false, PART_LIST, "v1", "List", NULL },
        { &pods, NULL, false, PART_LIST, "v1", "SecretList", "SecretList of v1, asked for a list of pods of v1" },
        { &pods, "Pod", false, PART_LIST, "v1", "SecretList", "SecretList" },
        { &pods, "Pod", false, PART_LIST, "v1", "Pod", "sent Pod" },
        { &pods, "Pod", false, PART_LIST, "apps/v1", "PodList", "apps/v1" },
        { &pods, "Pod", false, PART_LIST, "v1beta1", "PodList", "v1beta1" },
        { &pods, "Pod", false, PART_LIST, "", "PodList", "names no apiVersion" },
        { &pods, "Pod", false, PART_LIST, "v1", "", "names no kind" },
        { &pods, "Pod", false, PART_LIST, "", "", "names neither kind nor apiVersion" },
        { &pods, "Pod", false, PART_LIST, "v1", "\x1b[31mList", "sent" },
        { &pods, "Pod", false, PART_ITEM, "v1", "Pod", NULL },
        { &pods, "Pod", false, PART_ITEM, "v1", "Secret", "sent Secret" },
        { &pods, "Pod", false, PART_OBJECT, "v1", "Pod", NULL },
        { &pods, NULL, false, PART_OBJECT, "v1", "Pod", NULL },
        { &pods, NULL, false, PART_OBJECT, "v1", "Secret", "sent Secret of v1, asked for pods" },
        { &pods, NULL, false, PART_OBJECT, "v1", "PodList", "sent PodList" },
        { &pods, NULL, false, PART_OBJECT, "v1", "", "names no kind" },
        { &pods, NULL, false, PART_BOOKMARK, "", "", NULL },
        { &pods, NULL, false, PART_BOOKMARK, "v1", "Secret", "sent Secret" },
        { &endpoints, NULL, false, PART_LIST, "v1", "EndpointsList", NULL },
        { &policies, NULL, false, PART_LIST, "policy/v1", "PodSecurityPolicyList", NULL },
        { &ingresses, NULL, false, PART_LIST, "extensions/v1beta1", "IngressList", NULL },
        { &ingresses, NULL, false, PART_OBJECT, "networking.k8s.io/v1", "Ingress", "sent Ingress of networking" },
        { &metrics, NULL, false, PART_LIST, "metrics.k8s.io/v1beta1", "PodMetricsList", NULL },
        { &metrics, "PodMetrics", false, PART_LIST, "metrics.k8s.io/v1beta1", "PodMetricsList", NULL },
        { &metrics, "PodMetrics", false, PART_ITEM, "metrics.k8s.io/v1beta1", "PodMetrics", NULL },
        { &routes, NULL, false, PART_LIST, "gateway.networking.k8s.io/v1", "HTTPRouteList", NULL },
        { &routes, "HTTPRoute", false, PART_ITEM, "gateway.networking.k8s.io/v1", "HTTPRoute", NULL },
        { &custom, "MetricValueList", false, PART_LIST, "custom.metrics.k8s.io/v1beta1", "MetricValueList", NULL },
        { &custom, "MetricValueList", false, PART_ITEM, "custom.metrics.k8s.io/v1beta1", "MetricValue", NULL },
        { &routes, NULL, true, PART_LIST, "meta.k8s.io/v1", "Table", NULL },
        { &routes, NULL, true, PART_OBJECT, "meta.k8s.io/v1beta1", "Table", NULL },
        { &routes, NULL, true, PART_LIST, "gateway.networking.k8s.io/v1", "HTTPRouteList", "asked for a Table of httproutes" },
        { &routes, NULL, true, PART_LIST, "v1", "Table", "sent Table of v1" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = { 0 };
        struct answer_want want = { cases[i].gvr, cases[i].known, cases[i].table };
        bool ok = answer_check(&want, cases[i].part, cases[i].api, cases[i].kind, &err);
        if (ok != !cases[i].says || (!ok && !strstr(err.msg, cases[i].says)) || strchr(err.msg, 27))
            fail_msg("%zu: %s %s: %s", i, cases[i].api, cases[i].kind, err.msg);
    }
}

// ---- what a document says, whatever pieces it comes in

static bool take_object(void *arg, const char *type, json_t *obj)
{
    char *s = json_dumps(obj, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
    buf_printf(arg, "%s|%s\n", type, s ? s : "unprintable");
    free(s);
    return strcmp(type, "ERROR") != 0;
}

static bool take_kind(void *arg, enum prune_part part, const char *api, const char *kind)
{
    static const char *const names[] = { "LIST", "ITEM", "OBJECT", "BOOKMARK" };
    buf_printf(arg, "%s %s %s\n", names[part], api, kind);
    return strcmp(kind, "SecretList") != 0;
}

static bool take(const char *text, size_t n, enum prune_mode mode, size_t step, struct buf *got, struct err *err)
{
    static const char *const paths[] = { "data", "kind", NULL };
    static const struct prune_handlers h = { .on_object = take_object, .on_kind = take_kind };
    struct prune_paths *pp = prune_paths_new(paths);
    struct prune *p = prune_new(pp, mode, false, &h, got);
    err_clear(err);
    buf_clear(got);
    bool ok = prune_pieces(p, text, n, step, err);
    prune_paths_free(pp);
    return ok;
}

#define HEAD "{\"kind\":\"L\",\"apiVersion\":\"v1\","

static void test_documents(void **state)
{
    static const struct {
        const char *text;
        enum prune_mode mode;
        const char *got, *says; // says NULL: it is right
    } cases[] = {
        { HEAD "\"items\":[{\"data\":{\"a\":1}}]}", PRUNE_LIST, "LIST v1 L\n|{\"data\":{\"a\":1}}\n", NULL },
        { HEAD "\"items\":[]}", PRUNE_LIST, "LIST v1 L\n", NULL },
        { HEAD "\"items\":null}", PRUNE_LIST, "LIST v1 L\n", NULL }, // of a Go slice that was never made
        // The order of a Go map, as lists of custom resources have it
        { "{\"apiVersion\":\"v1\",\"items\":[{\"apiVersion\":\"v1\",\"kind\":\"K\"},{}],\"kind\":\"L\",\"metadata\":{}}", PRUNE_LIST,
            "ITEM v1 K\n|{\"kind\":\"K\"}\n|{}\nLIST v1 L\n", NULL },
        { "{\"items\":[{}],\"kind\":\"SecretList\"}", PRUNE_LIST, "|{}\nLIST  SecretList\n", "stopped" },
        { "{\"kind\":\"SecretList\",\"apiVersion\":\"v1\",\"items\":[{}]}", PRUNE_LIST, "LIST v1 SecretList\n", "stopped" },
        { "{\"kind\":\"Status\",\"message\":\"no\",\"code\":403,\"details\":{\"name\":\"x\"}}", PRUNE_LIST,
            "ERROR|{\"code\":403,\"kind\":\"Status\",\"message\":\"no\"}\n", "stopped" },
        { HEAD "\"items\":{}}", PRUNE_LIST, "LIST v1 L\n", "has no items" },
        { HEAD "\"items\":\"x\"}", PRUNE_LIST, "LIST v1 L\n", "has no items" },
        { HEAD "\"rows\":[]}", PRUNE_LIST, "LIST v1 L\n", "has no items" },
        { HEAD "\"items\":[{},7]}", PRUNE_LIST, "LIST v1 L\n|{}\n", "an item of the server's list is a number" },
        { HEAD "\"items\":[null]}", PRUNE_LIST, "", "is null" },
        { HEAD "\"items\":[\"x\"]}", PRUNE_LIST, "", "is a string" },
        { HEAD "\"items\":[[{}]]}", PRUNE_LIST, "", "is an array" },
        { "{}", PRUNE_LIST, "LIST  \n", "has no items" },
        { "[]", PRUNE_LIST, "", "an array instead of a list" },
        { "[{\"kind\":\"PodList\"}]", PRUNE_LIST, "", "an array instead of a list" },
        { "\"x\"", PRUNE_LIST, "", "a string instead of a list" },
        { "7 ", PRUNE_LIST, "", "a number instead of a list" },
        { "7", PRUNE_LIST, "", "a number instead of a list" },
        { "true", PRUNE_LIST, "", "true instead of a list" },
        { "null", PRUNE_LIST, "", "null instead of a list" },
        { "", PRUNE_LIST, "", "is empty" },
        { " \n", PRUNE_LIST, "", "is empty" },
        { HEAD "\"items\":[", PRUNE_LIST, "", "ends in the middle" },
        { HEAD "\"items\":[{\"data\":\"never", PRUNE_LIST, "", "ends in the middle" },
        { "\r\n<!DOCTYPE html><html>", PRUNE_LIST, "", "a web page" },
        { "<html>", PRUNE_WATCH, "", "a web page" },
        { "{\"type\":\"ADDED\",\"object\":{\"kind\":\"K\",\"apiVersion\":\"v1\"}}\n{\"type\":\"DELETED\",\"object\":{}}", PRUNE_WATCH,
            "OBJECT v1 K\nADDED|{\"kind\":\"K\"}\nOBJECT  \nDELETED|{}\n", NULL },
        { "{\"type\":\"ERROR\",\"object\":{\"message\":\"m\"}}", PRUNE_WATCH, "ERROR|{\"message\":\"m\"}\n", "stopped" },
        { "{\"kind\":\"Status\",\"reason\":\"R\"}", PRUNE_WATCH, "ERROR|{\"kind\":\"Status\",\"reason\":\"R\"}\n", "stopped" },
        { HEAD "\"items\":[{}]}", PRUNE_WATCH, "", "answers a watch with a L instead of events" },
        { "{\"type\":\"SYNC\",\"object\":{}}", PRUNE_WATCH, "OBJECT  \nSYNC|{}\n", "unknown type, SYNC" },
        { "{\"object\":{},\"type\":\"DELETED\"}", PRUNE_WATCH, "", "does not begin with its type" },
        { "{\"type\":\"ADDED\"}", PRUNE_WATCH, "", "has no object" },
        { "{\"type\":\"ADDED\",\"object\":null}", PRUNE_WATCH, "", "has no object" },
        { "{\"type\":\"ADDED\",\"object\":[{}]}", PRUNE_WATCH, "", "has no object" },
        { "{\"type\":\"ERROR\"}", PRUNE_WATCH, "", "has no object" },
        { "{\"type\":7,\"object\":{}}", PRUNE_WATCH, "", "does not begin with its type" },
        { "{}", PRUNE_WATCH, "", "has no type" },
        { "null", PRUNE_WATCH, "", "null instead of events" },
        { "[1]", PRUNE_WATCH, "", "an array instead of events" },
    };
    struct buf got = BUF_INIT;
    struct err err;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        for (size_t step = 1; step < 60; step++) {
            bool ok = take(cases[i].text, strlen(cases[i].text), cases[i].mode, step, &got, &err);
            bool said = cases[i].says ? strstr(err.msg, cases[i].says) != NULL : ok;
            if (ok != !cases[i].says || !said || strcmp(got.s, cases[i].got) != 0)
                fail_msg("%s by %zu: \"%s\", said \"%s\"", cases[i].text, step, got.s, err.msg);
        }
    buf_release(&got);
}

// Each value keeps its place, and a text its whole length.
static void test_values(void **state)
{
    static const struct {
        const char *json, *got;
    } cases[] = {
        { "[1e999,2,-1e999,3]", "[\"1e999\",2,\"-1e999\",3]" },
        { "[9223372036854775807,9223372036854775808,-9223372036854775809]", "[9223372036854775807,9.2233720368547758e18,-9.2233720368547758e18]" },
        { "[1234567890123456789012345678901234567890123456789012345678901234567890]", "[1.2345678901234567e69]" },
        { "[0.1,-0,1e-999]", "[0.10000000000000001,0,0.0]" },
        { "\"a\\u0000b\"", "\"a\\u2400b\"" },
        { "[\"\\u0000\",\"\\u0000\\u0000c\",\"\\\\u0000\"]", "[\"\\u2400\",\"\\u2400\\u2400c\",\"\\\\u0000\"]" },
        { "{\"k\\u0000ey\":1}", "{\"k\\u2400ey\":1}" },
        { "\"a\\\"b\\\\\"", "\"a\\\"b\\\\\"" },
        { "[\"\\\\\\\\\",\"\\\\\\\"\",\"\"]", "[\"\\\\\\\\\",\"\\\\\\\"\",\"\"]" },
        { "\"  ,:[]{}  \"", "\"  ,:[]{}  \"" },
    };
    struct buf got = BUF_INIT, text = BUF_INIT, want = BUF_INIT;
    struct err err;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        buf_clear(&text);
        buf_clear(&want);
        buf_printf(&text, HEAD "\"items\":[{\"skipped\":%s,\"data\":%s}]}", cases[i].json, cases[i].json);
        buf_printf(&want, "LIST v1 L\n|{\"data\":%s}\n", cases[i].got);
        for (size_t step = 1; step < 120; step++)
            if (!take(text.s, text.n, PRUNE_LIST, step, &got, &err) || strcmp(got.s, want.s) != 0)
                fail_msg("%s by %zu: %s, not %s %s", cases[i].json, step, got.s, want.s, err.msg);
    }
    buf_release(&got);
    buf_release(&text);
    buf_release(&want);
}

// The same of documents that are read whole.
static void test_nul_in_document(void **state)
{
    static const char text[] = "{\"a\":\"x\\u0000y\",\"b\\u0000\":\"\\\\u0000\\u0000\",\"c\":\"\\\\\\u0000\"}";
    struct err err = { 0 };
    json_t *v = json_parse(text, sizeof(text) - 1, 1 << 20, &err);
    (void)state;
    assert_string_equal(err.msg, "");
    assert_string_equal(json_str(v, "a", NULL), "x\xe2\x90\x80y");
    assert_string_equal(json_str(v, "b\xe2\x90\x80", NULL), "\\u0000\xe2\x90\x80");
    assert_string_equal(json_str(v, "c", NULL), "\\\xe2\x90\x80");
    json_decref(v);
    v = json_parse("\"\\u0000\"", 8, 1 << 20, &err);
    assert_string_equal(json_string_value(v), "\xe2\x90\x80");
    json_decref(v);
    assert_null(json_parse("\"\\u000", 6, 1 << 20, &err));
}

// ---- work that grows with its square

enum { ENOUGH_S = 10 }; // and minutes where a token is begun anew with each piece, or all rows are looked at

static double seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void test_long_tokens(void **state)
{
    struct buf text = BUF_INIT, got = BUF_INIT;
    struct err err;
    double start = seconds();
    (void)state;
    buf_puts(&text, HEAD "\"items\":[{\"data\":\"");
    size_t head = text.n;
    while (text.n < 6 << 20)
        buf_puts(&text, "all the same \\\" \\\\ ");
    size_t end = text.n;
    assert_false(take(text.s, text.n, PRUNE_LIST, 256, &got, &err));
    assert_non_null(strstr(err.msg, "in the middle"));
    buf_puts(&text, "\",\"skipped\":{}}]}");
    assert_true(take(text.s, text.n, PRUNE_LIST, 256, &got, &err));
    assert_true(got.n > (end - head) * 9 / 10);
    buf_clear(&text);
    buf_puts(&text, HEAD "\"items\":[{\"data\":");
    while (text.n < 6 << 20)
        buf_puts(&text, "1234567890");
    assert_false(take(text.s, text.n, PRUNE_LIST, 256, &got, &err));
    assert_non_null(strstr(err.msg, "thousand digits"));
    assert_true(seconds() - start < ENOUGH_S);
    buf_release(&text);
    buf_release(&got);
}

static void keep_row(void *arg, struct row *row)
{
    store_apply(arg, row);
}

static void add_rows(struct store *s, const char *uid, const char *const *subs, size_t n)
{
    struct row_builder b;
    json_t *o = json_pack("{s:{s:s, s:s, s:s}}", "metadata", "uid", uid, "name", uid, "namespace", "ns");
    rb_init(&b, keep_row, s);
    for (size_t i = 0; i < (n ? n : 1); i++) {
        rb_begin(&b, o, 0);
        if (n)
            rb_sub_id(&b, subs[i]);
        rb_emit(&b);
    }
    rb_release(&b);
    json_decref(o);
}

static void test_unknown_deaths(void **state)
{
    static const char *const containers[] = { "a", "b", "c" };
    struct store s;
    struct store_sub sub = { 0 };
    char uid[24];
    double start = seconds();
    (void)state;
    store_init(&s);
    store_subscribe(&s, &sub);
    for (int i = 0; i < 20000; i++) {
        snprintf(uid, sizeof(uid), "u%d", i);
        add_rows(&s, uid, containers, i % 2 ? 2 : 0);
    }
    add_rows(&s, "many", containers, 3);
    add_rows(&s, "many", containers, 3); // again: they are the same rows
    size_t all = s.count;
    assert_int_equal(all, 30003);
    for (int i = 0; i < 100000; i++) {
        snprintf(uid, sizeof(uid), "x%d", i);
        store_remove(&s, uid);
    }
    assert_int_equal(s.count, all);
    store_remove(&s, "man");
    store_remove(&s, "many/b");
    assert_int_equal(s.count, all - 1);
    store_remove(&s, "many");
    assert_int_equal(s.count, all - 3);
    store_remove(&s, "many");
    store_remove(&s, "u1");
    store_remove(&s, "u0");
    assert_int_equal(s.count, all - 6);
    assert_true(seconds() - start < ENOUGH_S);
    store_unsubscribe(&s, &sub);
    store_release(&s);
}

// What a list brought that was none goes; what was there before stays, as old as it is.
static void test_refused_list(void **state)
{
    struct store s;
    (void)state;
    store_init(&s);
    add_rows(&s, "old", NULL, 0);
    uint32_t epoch = store_begin_list(&s);
    add_rows(&s, "new", NULL, 0);
    store_refuse_list(&s, epoch, "other");
    assert_int_equal(s.count, 2);
    store_refuse_list(&s, epoch, "ns");
    assert_null(store_find(&s, "new"));
    assert_non_null(store_find(&s, "old"));
    store_release(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_nul_in_document),
        cmocka_unit_test(test_long_tokens),
        cmocka_unit_test(test_unknown_deaths),
        cmocka_unit_test(test_refused_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
