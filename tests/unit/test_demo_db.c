// The demo cluster's store: versions, history and where it ends; and that a seed makes the same cluster twice.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "demo/cluster.h"
#include "demo/control.h"
#include "demo/scenario.h"

struct fixture {
    struct kinds *kinds;
    struct db *db;
    struct rtype *cms, *pods;
};

static struct fixture make(void)
{
    struct fixture f = { kinds_new(), db_new(100), NULL, NULL };
    f.cms = kinds_plural(f.kinds, "", "configmaps");
    f.pods = kinds_plural(f.kinds, "", "pods");
    return f;
}

static void drop(struct fixture *f)
{
    db_free(f->db);
    kinds_free(f->kinds);
}

static int64_t put(struct fixture *f, struct rtype *rt, const char *ns, const char *name, int value)
{
    char uid[80];
    snprintf(uid, sizeof(uid), "%s-%s-%s", rt->plural, ns, name);
    json_t *v = json_pack("{s:{s:s,s:s,s:s},s:{s:i}}", "metadata", "name", name, "namespace", ns,
        "uid", uid, "data", "v", value);
    int64_t rv = db_put(f->db, rt, v)->rv;
    json_decref(v);
    return rv;
}

static void test_versions(void **state)
{
    (void)state;
    struct fixture f = make();
    int64_t a = put(&f, f.cms, "x", "a", 1), b = put(&f, f.pods, "x", "b", 1);
    assert_true(a > 100 && b > a);
    assert_int_equal(db_rv(f.db), b);
    char rv[24];
    snprintf(rv, sizeof(rv), "%lld", (long long)a);
    json_t *tree = rev_tree(db_get(f.db, f.cms, "x", "a"));
    assert_string_equal(json_str(tree, "metadata", "resourceVersion", NULL), rv);
    json_decref(tree);
    assert_null(db_get(f.db, f.cms, "y", "a"));
    assert_null(db_get(f.db, f.pods, "x", "a"));
    assert_non_null(db_by_uid(f.db, "configmaps-x-a"));
    db_delete(f.db, f.cms, "x/a");
    assert_null(db_get(f.db, f.cms, "x", "a"));
    assert_true(db_rv(f.db) > b);
    drop(&f);
}

static void test_order(void **state)
{
    static const char *const names[][2] = { { "b", "2" }, { "a", "9" }, { "b", "1" }, { "ab", "1" },
        { "a", "1" } };
    (void)state;
    struct fixture f = make();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        put(&f, f.cms, names[i][0], names[i][1], 1);
    size_t from, to;
    const rev_list *l = db_list(f.db, f.cms, "", &from, &to);
    assert_int_equal(to - from, 5);
    for (size_t i = from + 1; i < to; i++)
        assert_true(strcmp(l->v[i - 1]->key, l->v[i]->key) < 0);
    db_list(f.db, f.cms, "a", &from, &to); // not those of "ab"
    assert_int_equal(to - from, 2);
    db_list(f.db, f.cms, "none", &from, &to);
    assert_int_equal(to - from, 0);
    drop(&f);
}

static void test_history(void **state)
{
    static const enum db_event_type types[] = { DB_MODIFIED, DB_DELETED, DB_ADDED };
    (void)state;
    struct fixture f = make();
    int64_t rv = put(&f, f.cms, "x", "a", 1);
    put(&f, f.pods, "x", "a", 1); // another type has another history
    put(&f, f.cms, "x", "a", 2);
    db_delete(f.db, f.cms, "x/a");
    put(&f, f.cms, "x", "a", 3);
    uint64_t seq;
    struct db_event e;
    assert_true(db_seq_after(f.db, f.cms, rv, &seq));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(db_event_at(f.db, f.cms, seq + i, &e), 1);
        assert_int_equal(e.type, types[i]);
        assert_true(e.rv > rv);
        rv = e.rv;
    }
    assert_int_equal(e.rv, db_rv(f.db));
    assert_int_equal(db_event_at(f.db, f.cms, seq + 3, &e), 0);
    drop(&f);
}

// 410: what is no longer kept is said to be gone, also to a reader who was there in time.
static void test_window(void **state)
{
    (void)state;
    struct fixture f = make();
    int64_t first = put(&f, f.cms, "x", "a", 0);
    uint64_t seq, again;
    struct db_event e;
    assert_true(db_seq_after(f.db, f.cms, first, &seq));
    for (int i = 1; i <= 5000; i++)
        put(&f, f.cms, "x", "a", i);
    assert_false(db_seq_after(f.db, f.cms, first, &again));
    assert_int_equal(db_event_at(f.db, f.cms, seq, &e), -1);
    assert_true(db_seq_after(f.db, f.cms, db_rv(f.db) - 100, &again));
    assert_int_equal(db_event_at(f.db, f.cms, again, &e), 1);
    db_compact(f.db);
    assert_false(db_seq_after(f.db, f.cms, db_rv(f.db) - 100, &again));
    assert_true(db_seq_after(f.db, f.cms, db_rv(f.db), &again));
    drop(&f);
}

static void test_list_then(void **state)
{
    (void)state;
    struct fixture f = make();
    put(&f, f.cms, "x", "a", 1);
    int64_t then = put(&f, f.cms, "x", "b", 1);
    put(&f, f.cms, "x", "c", 1);
    put(&f, f.cms, "x", "a", 2);
    db_delete(f.db, f.cms, "x/b");
    rev_list old = { 0 };
    db_list_at(f.db, f.cms, "x", then, &old);
    assert_int_equal(old.n, 2);
    assert_string_equal(old.v[0]->name, "a");
    assert_non_null(strstr(old.v[0]->text, "\"v\":1"));
    assert_string_equal(old.v[1]->name, "b");
    arr_release(&old);
    drop(&f);
}

// Every object of a cluster as one text.
static char *whole_cluster(uint64_t seed)
{
    const int64_t now = INT64_C(1760364131000);
    struct err err = { 0 };
    struct cluster *cl = cluster_new("dev", "", seed, now - INT64_C(400) * 86400000);
    struct buf b = BUF_INIT;
    cl->token = xstrdup("t");
    cl->limited_token = xstrdup("l");
    control_start(cl);
    if (!scenario_load(cl, "healthy", now, &err))
        fail_msg("%s", err.msg);
    control_live(cl);
    sim_run_until(cl->sim, now + 600000); // ten minutes of its life
    for (size_t i = 0; i < cl->kinds->v.n; i++) {
        size_t from, to;
        if (!*cl->kinds->v.v[i]->plural || (cl->kinds->v.v[i]->flags & (R_VIRTUAL | R_REVIEW)))
            continue;
        const rev_list *l = db_list(cl->db, cl->kinds->v.v[i], "", &from, &to);
        for (size_t k = from; k < to; k++)
            buf_printf(&b, "%s %s\n", cl->kinds->v.v[i]->plural, l->v[k]->text);
    }
    control_stop(cl);
    cluster_free(cl);
    return buf_take(&b);
}

static void test_seed(void **state)
{
    (void)state;
    char *a = whole_cluster(7), *b = whole_cluster(7), *c = whole_cluster(8);
    assert_true(strlen(a) > 10000);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    free(a);
    free(b);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_versions),
        cmocka_unit_test(test_order), cmocka_unit_test(test_history), cmocka_unit_test(test_window),
        cmocka_unit_test(test_list_then), cmocka_unit_test(test_seed) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
