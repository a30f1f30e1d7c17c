// What a list is sorted by, and rules of a Pod's status that the recorded Tables do not show.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/str.h"
#include "client/store.h"
#include "kinds/kind.h"
#include "list/model.h"

static void keep_row(void *arg, struct row *row)
{
    store_apply(arg, row);
}

static void add(struct store *s, const struct kind *kind, const char *json)
{
    struct row_builder b;
    json_t *o = json_loads(json, 0, NULL);
    assert_non_null(o);
    rb_init(&b, keep_row, s);
    kind->decoder.decode(o, &b);
    rb_release(&b);
    json_decref(o);
}

static const struct column *column_named(const struct kind *kind, const char *name)
{
    const struct column *c = kind->columns;
    while (c->name && !str_eq(c->name, name))
        c++;
    if (!c->name)
        fail_msg("%s has no column %s", kind->name, name);
    return c;
}

static const struct cell_env env = { .now = 1700000000 };

static bool sort_key(void *arg, const struct list_source *src, const struct row *row, struct list_item *out)
{
    const struct column *c = column_named(src->kind, arg);
    struct buf text = BUF_INIT;
    out->key_num = column_key(c, row, &env, &out->is_num);
    if (!out->is_num) {
        column_text(c, row, &env, &text);
        out->key_text = buf_take(&text);
        out->own_text = true;
    }
    return true;
}

static void in_order(struct store *s, const struct kind *kind, const char *by, bool desc, const char *want)
{
    struct list_rules rules = { .arg = (void *)by, .key = by ? sort_key : NULL, .desc = desc };
    struct list_model m;
    struct buf got = BUF_INIT;
    list_model_init(&m, &rules);
    list_model_add(&m, s, kind, NULL, NULL);
    list_model_merge(&m);
    for (size_t i = 0; i < m.items.n; i++)
        buf_printf(&got, "%s%s", i ? " " : "", m.items.v[i].e->row->name);
    if (!str_eq(got.s, want))
        fail_msg("by %s%s: %s, not %s", desc ? "-" : "", str_or(by, "name"), got.s, want);
    list_model_release(&m);
    buf_release(&got);
}

#define META(name, created) "\"metadata\":{\"uid\":\"u" name "\",\"name\":\"" name "\",\"namespace\":\"n\","        \
                            "\"creationTimestamp\":\"" created "\",\"labels\":{\"app\":\"" name "\",\"x\":\"\"}}"

static void test_deployments(void **state)
{
    const struct kind *k = kind_find("deployments");
    struct store s;
    (void)state;
    store_init(&s);
    add(&s, k, "{" META("web-10", "2023-11-01T00:00:00Z") ",\"spec\":{\"replicas\":3},\"status\":{\"readyReplicas\":3}}");
    add(&s, k, "{" META("web-9", "2023-11-03T00:00:00Z") ",\"spec\":{\"replicas\":9},\"status\":{\"readyReplicas\":4}}");
    add(&s, k, "{" META("api", "2023-11-02T00:00:00Z") ",\"spec\":{\"replicas\":1},\"status\":{}}");
    in_order(&s, k, NULL, false, "api web-9 web-10"); // numbers by value
    in_order(&s, k, "AGE", false, "web-9 api web-10"); // the youngest first
    in_order(&s, k, "AGE", true, "web-10 api web-9");
    in_order(&s, k, "READY", false, "web-9 api web-10"); // what lacks most first
    in_order(&s, k, "NAME", true, "web-10 web-9 api");
    store_release(&s);
}

static void test_label_column(void **state)
{
    static const struct column labels = { "LABELS", FMT_LABELS, 0, COL_SCREEN };
    const struct kind *k = kind_find("deployments");
    struct store s;
    struct buf text = BUF_INIT;
    (void)state;
    store_init(&s);
    add(&s, k, "{" META("web", "2023-11-01T00:00:00Z") "}");
    column_text(&labels, store_find(&s, "uweb")->row, &env, &text);
    assert_string_equal(text.s, "app=web,x=");
    buf_release(&text);
    store_release(&s);
}

// printers.go printPod
static void test_pod_status(void **state)
{
    static const struct {
        const char *status, *shown, *ready;
    } cases[] = {
        { "\"containerStatuses\":[{\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}},"
          "{\"state\":{\"waiting\":{\"reason\":\"ImagePullBackOff\"}}}]", "CrashLoopBackOff", "0/2" },
        { "\"containerStatuses\":[{\"ready\":true,\"state\":{\"running\":{}}},"
          "{\"state\":{\"terminated\":{\"reason\":\"Error\",\"exitCode\":1}}}]", "Error", "1/2" },
        { "\"containerStatuses\":[{\"state\":{\"terminated\":{\"exitCode\":3}}},"
          "{\"state\":{\"terminated\":{\"signal\":9,\"exitCode\":137}}}]", "ExitCode:3", "0/2" },
        { "\"containerStatuses\":[{\"ready\":true,\"state\":{\"running\":{}}},"
          "{\"state\":{\"terminated\":{\"reason\":\"Completed\"}}}],"
          "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]", "Running", "1/2" },
        { "\"containerStatuses\":[{\"ready\":true,\"state\":{\"running\":{}}},"
          "{\"state\":{\"terminated\":{\"reason\":\"Completed\"}}}]", "NotReady", "1/2" },
        { "\"reason\":\"Evicted\",\"phase\":\"Failed\"", "Evicted", "0/2" },
    };
    const struct kind *k = kind_find("pods");
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct store s;
        struct buf text = BUF_INIT;
        store_init(&s);
        char *json = xasprintf("{%s,\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]},\"status\":{%s}}",
            META("p", "2023-11-01T00:00:00Z"), cases[i].status);
        add(&s, k, json);
        const struct row *row = store_find(&s, "up")->row;
        column_text(column_named(k, "STATUS"), row, &env, &text);
        assert_string_equal(text.s, cases[i].shown);
        buf_clear(&text);
        column_text(column_named(k, "READY"), row, &env, &text);
        assert_string_equal(text.s, cases[i].ready);
        buf_release(&text);
        store_release(&s);
        free(json);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deployments),
        cmocka_unit_test(test_label_column),
        cmocka_unit_test(test_pod_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
