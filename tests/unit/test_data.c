// prune, row and store: the path from bytes to rows.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/buf.h"
#include "client/elide.h"
#include "client/prune.h"
#include "client/quantity.h"
#include "client/store.h"
#include "kinds/kind.h"
#include "list/model.h"
#include "tests/unit/pieces.h"

static const char list_text[] =
    "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"42\",\"continue\":\"tok\","
    "\"remainingItemCount\":7},\"items\":[{\"metadata\":{\"name\":\"a\",\"uid\":\"u1\","
    "\"managedFields\":[{\"x\":{\"deep\":[1,2,{}]}}],\"labels\":{\"app\":\"w\\u00e9b\"}},"
    "\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"env\":[{\"name\":\"E\"}]}],"
    "\"nodeName\":\"n1\"},\"status\":{\"n\":12345678901234567890123,\"phase\":\"Running\"}},"
    "{\"metadata\":{\"name\":\"b\",\"uid\":\"u2\"},\"spec\":{\"nodeName\":null}}]}";

struct got {
    struct buf text;
    char rv[16], cont[16];
    long remaining;
};

static bool on_object(void *arg, const char *type, json_t *obj)
{
    struct got *g = arg;
    char *s = json_dumps(obj, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
    buf_printf(&g->text, "%s|%s\n", type, s);
    free(s);
    return true;
}

static bool on_meta(void *arg, const char *rv, const char *cont, long remaining)
{
    struct got *g = arg;
    snprintf(g->rv, sizeof(g->rv), "%s", rv);
    snprintf(g->cont, sizeof(g->cont), "%s", cont);
    g->remaining = remaining;
    return true;
}

static const struct prune_handlers handlers = { on_object, on_meta, NULL };

static bool feed(const char *text, enum prune_mode mode, size_t step, struct got *g, struct err *err)
{
    static const char *const paths[] = { "spec.containers[].image", "spec.nodeName", NULL };
    struct prune_paths *pp = prune_paths_new(paths);
    struct prune *p = prune_new(pp, mode, false, &handlers, g);
    memset(g, 0, sizeof(*g));
    buf_init(&g->text);
    bool ok = prune_pieces(p, text, strlen(text), step, err);
    prune_paths_free(pp);
    return ok;
}

// What managedFields hold is gone, whatever brackets their strings have and wherever the bytes are split; what only looks
// like them stays.
static void test_elide(void **state)
{
    static const struct {
        const char *text, *left;
    } cases[] = {
        { "{\"managedFields\":[]}", "{\"managedFields\":[]}" },
        { "{\"a\":1,\"managedFields\":[{\"f\":{\"k:{\\\"]\":[1]}},\"\\\\\",2],\"b\":2}", "{\"a\":1,\"managedFields\":[],\"b\":2}" },
        { "[{\"managedFields\":[1]},{\"managedFields\":[[]]},{\"managedFields\":[2", "[{\"managedFields\":[]},{\"managedFields\":[]},{\"managedFields\":[" },
        { "{\"x\":\"\\\"managedFields\\\":[1]\",\"y\":[2]}", NULL },
        { "{\"\\\"managedFields\":[1],\"managedField\":[2]}", NULL },
        { "{\"managedFields\":null,\"managedFields\":{}}", NULL },
        { "\"managedFields\":[3]", "\"managedFields\":[]" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t n = strlen(cases[i].text);
        for (size_t a = 0; a <= n; a++) {
            for (size_t b = a; b <= n; b++) {
                const size_t ends[] = { a, b, n };
                struct elide e = { 0 };
                struct buf left = BUF_INIT;
                for (size_t k = 0, at = 0; k < 3; at = ends[k++]) {
                    const char *data = cases[i].text + at, *piece;
                    size_t more = ends[k] - at, piece_n;
                    while (elide_next(&e, &data, &more, &piece, &piece_n))
                        buf_add(&left, piece, piece_n);
                }
                buf_add(&left, "", 0);
                assert_string_equal(left.s, cases[i].left ? cases[i].left : cases[i].text);
                buf_release(&left);
            }
        }
    }
}

static void test_prune_any_split(void **state)
{
    static const char want[] =
        "|{\"metadata\":{\"labels\":{\"app\":\"w\\u00E9b\"},\"name\":\"a\",\"uid\":\"u1\"},"
        "\"spec\":{\"containers\":[{\"image\":\"i\"}],\"nodeName\":\"n1\"}}\n"
        "|{\"metadata\":{\"name\":\"b\",\"uid\":\"u2\"},\"spec\":{\"nodeName\":null}}\n";
    struct err err;
    struct got g;
    (void)state;
    for (size_t step = 1; step < 40; step++) {
        assert_true(feed(list_text, PRUNE_LIST, step, &g, &err));
        assert_string_equal(g.text.s, want);
        assert_string_equal(g.rv, "42");
        assert_string_equal(g.cont, "tok");
        assert_int_equal(g.remaining, 7);
        buf_release(&g.text);
    }
}

static void test_prune_watch(void **state)
{
    static const char text[] =
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"uid\":\"1\"},\"junk\":[[[]]]}}\n"
        "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\",\"annotations\":"
        "{\"k8s.io/initial-events-end\":\"true\",\"x\":\"y\"}}}}\n"
        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}}\n"
        "{\"type\":\"DELETED\",\"obj";
    struct err err;
    struct got g;
    (void)state;
    assert_true(feed(text, PRUNE_WATCH, 7, &g, &err));
    assert_string_equal(g.text.s,
        "ADDED|{\"metadata\":{\"uid\":\"1\"}}\n"
        "BOOKMARK|{\"metadata\":{\"annotations\":{\"k8s.io/initial-events-end\":\"true\"},"
        "\"resourceVersion\":\"9\"}}\n"
        "ERROR|{\"code\":410,\"kind\":\"Status\",\"reason\":\"Expired\"}\n");
    buf_release(&g.text);
}

static void test_prune_hostile(void **state)
{
    struct err err;
    struct got g;
    struct buf deep = BUF_INIT;
    (void)state;
    assert_false(feed("{\"items\":[{]}", PRUNE_LIST, 3, &g, &err));
    assert_non_null(strstr(err.msg, "broken JSON"));
    buf_release(&g.text);
    assert_false(feed("{\"items\":[{\"metadata\":{\"name\":\"x\"}", PRUNE_LIST, 5, &g, &err));
    buf_release(&g.text);
    for (int i = 0; i < 100000; i++)
        buf_puts(&deep, "{\"a\":");
    assert_false(feed(deep.s, PRUNE_LIST, 4096, &g, &err));
    assert_non_null(strstr(err.msg, "nested deeper"));
    buf_release(&g.text);
    buf_release(&deep);
}

// ---- store and list model against a naive model

static void keep_row(void *arg, struct row *row)
{
    *(struct row **)arg = row;
}

static struct row *make_row(const char *uid, const char *name, int rv)
{
    struct row *row = NULL;
    struct row_builder b;
    json_t *o = json_pack("{s:{s:s, s:s, s:s}}", "metadata", "uid", uid, "name", name, "namespace",
        "ns");
    char rvs[16];
    snprintf(rvs, sizeof(rvs), "%d", rv);
    json_object_set_new(json_object_get(o, "metadata"), "resourceVersion", json_string(rvs));
    rb_init(&b, keep_row, &row);
    rb_begin(&b, o, 1);
    rb_num(&b, 0, rv);
    rb_emit(&b);
    rb_release(&b);
    json_decref(o);
    return row;
}

static void test_row(void **state)
{
    struct row *row = NULL;
    struct row_builder b;
    (void)state;
    json_t *o = json_loads("{\"metadata\":{\"uid\":\"u\",\"name\":\"n\",\"labels\":{\"a\":\"1\",\"b\":\"\"},"
                           "\"ownerReferences\":[{\"kind\":\"X\",\"name\":\"x\",\"uid\":\"ux\"},"
                           "{\"kind\":\"RS\",\"name\":\"rs\",\"uid\":\"urs\",\"controller\":true}],"
                           "\"creationTimestamp\":\"1970-01-01T00:01:00Z\"}}", 0, NULL);
    rb_init(&b, keep_row, &row);
    rb_begin(&b, o, 2);
    rb_str(&b, 0, "hello");
    rb_num(&b, 1, -5);
    rb_link(&b, "secrets", "ns", "tls");
    rb_insight(&b, "first");
    rb_insight(&b, "second");
    rb_emit(&b);
    assert_string_equal(row->f[0].s, "hello");
    assert_int_equal(row->f[1].n, -5);
    assert_int_equal(row->created, 60);
    assert_string_equal(row_label(row, "a"), "1");
    assert_string_equal(row_label(row, "b"), "");
    assert_null(row_label(row, "c"));
    assert_string_equal(row->owners + 1, "RS"); // the controller comes first
    assert_string_equal(row->insight, "first");
    assert_string_equal(row->links, "secrets");
    row_free(row);
    rb_release(&b);
    json_decref(o);
}

enum { UIDS = 60 };

static void check_model(struct list_model *m, const int *rv)
{
    size_t living = 0;
    list_model_merge(m);
    for (int i = 0; i < UIDS; i++)
        living += rv[i] != 0;
    assert_int_equal(m->items.n, living);
    for (size_t i = 0; i < m->items.n; i++) {
        const struct row *r = m->items.v[i].e->row;
        assert_int_equal(rv[atoi(r->uid)], r->f[0].n);
        if (i)
            assert_true(strcmp(m->items.v[i - 1].e->row->name, r->name) < 0);
    }
}

static void test_store_random(void **state)
{
    struct store s;
    struct list_model m;
    struct list_rules rules = { 0 };
    int rv[UIDS] = { 0 }, version = 0;
    (void)state;
    srand(7);
    store_init(&s);
    list_model_init(&m, &rules);
    list_model_add(&m, &s, NULL, NULL, NULL);
    for (int step = 0; step < 20000; step++) {
        int i = rand() % UIDS;
        char uid[8], name[16];
        snprintf(uid, sizeof(uid), "%d", i);
        snprintf(name, sizeof(name), "p%03d", i);
        if (rand() % 4 == 0) {
            store_remove(&s, uid);
            rv[i] = 0;
        } else {
            rv[i] = ++version;
            store_apply(&s, make_row(uid, name, rv[i]));
        }
        if (rand() % 50 == 0) { // a relist that mentions half of them
            uint32_t epoch = store_begin_list(&s);
            for (int k = 0; k < UIDS; k++) {
                snprintf(uid, sizeof(uid), "%d", k);
                snprintf(name, sizeof(name), "p%03d", k);
                if (rv[k] && rand() % 2)
                    store_apply(&s, make_row(uid, name, rv[k]));
                else
                    rv[k] = 0;
            }
            store_end_list(&s, epoch, NULL);
        }
        if (rand() % 5 == 0)
            check_model(&m, rv);
    }
    check_model(&m, rv);
    list_model_release(&m);
    store_release(&s);
}

static void test_quantity(void **state)
{
    static const struct {
        const char *s;
        int64_t milli, bytes;
    } cases[] = { { "1", 1000, 1 }, { "250m", 250, 1 }, { "0.1", 100, 1 }, { "1Ki", 1024000, 1024 },
        { "1.5Gi", 1610612736000, 1610612736 }, { "2k", 2000000, 2000 }, { "1e3", 1000000, 1000 },
        { "123456789n", 124, 1 } };
    int64_t v;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_true(quantity_milli(cases[i].s, &v));
        assert_int_equal(v, cases[i].milli);
        assert_true(quantity_bytes(cases[i].s, &v));
        assert_int_equal(v, cases[i].bytes);
    }
    assert_false(quantity_bytes("", &v));
    assert_false(quantity_bytes("1x", &v));
    assert_false(quantity_bytes("inf", &v));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elide),
        cmocka_unit_test(test_prune_any_split),
        cmocka_unit_test(test_prune_watch),
        cmocka_unit_test(test_prune_hostile),
        cmocka_unit_test(test_row),
        cmocka_unit_test(test_store_random),
        cmocka_unit_test(test_quantity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
