// The kinds against what a real API server's Tables say of the same objects (fixtures/kinds/PLURAL.json,
// made by fixtures/kinds/make.py), and the registry. A golden file holds what Tables do not: severity,
// insight, links, where Enter leads; KVIEW_GOLDEN=update writes it anew.
#include "tests/unit/unit.h"

#include <string.h>
#include <unistd.h>

#include "base/arr.h"
#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "client/prune.h"
#include "kinds/cron.h"
#include "kinds/kind.h"
#include "kinds/kinds.h"

enum { FIXTURE_MINOR = 35 }; // of the server that made the fixtures
#define FIXTURES "tests/unit/fixtures/kinds/"

struct rows {
    ARR(struct row *) all;
};

static void take_row(void *arg, struct row *row)
{
    struct rows *r = arg;
    arr_push(&r->all, row);
}

static void rows_release(struct rows *r)
{
    for (size_t i = 0; i < r->all.n; i++)
        row_free(r->all.v[i]);
    arr_release(&r->all);
}

static json_t *load(const char *name)
{
    char path[300];
    json_error_t e;
    snprintf(path, sizeof(path), FIXTURES "%s.json", name);
    json_t *doc = json_load_file(path, 0, &e);
    if (!doc)
        fail_msg("%s:%d: %s", path, e.line, e.text);
    return doc;
}

// A kind added later is held against a live API server by make e2e, and by its golden screen.
static bool has_fixture(const struct kind *kind)
{
    char path[300];
    snprintf(path, sizeof(path), FIXTURES "%s.json", kind->gvr.resource);
    return access(path, R_OK) == 0;
}

static const struct kind *const *native(void)
{
    return kind_all();
}

struct decoding {
    const struct kind *kind;
    struct row_builder rb;
};

static bool decode_one(void *arg, const char *type, json_t *obj)
{
    struct decoding *d = arg;
    assert_string_equal(type, "");
    d->kind->decoder.decode(obj, &d->rb);
    return true;
}

// As in the program: the object's text through prune with these paths, then the decoder.
static void decode_pruned(const struct kind *kind, const char *const *paths, const json_t *obj, struct rows *out)
{
    struct decoding d = { .kind = kind };
    struct prune_handlers h = { .on_object = decode_one };
    struct prune_paths *compiled = prune_paths_new(paths);
    struct prune *p = prune_new(compiled, PRUNE_LIST, false, &h, &d);
    struct err err = { 0 };
    char *text = json_dumps(obj, JSON_COMPACT);
    rb_init(&d.rb, take_row, out);
    assert_true(prune_feed(p, "{\"items\":[", 10, &err));
    assert_true(prune_feed(p, text, strlen(text), &err));
    assert_true(prune_feed(p, "]}", 2, &err) && prune_finish(p, &err));
    rb_release(&d.rb);
    prune_free(p);
    prune_paths_free(compiled);
    free(text);
}

static void decode_whole(const struct kind *kind, const json_t *obj, struct rows *out)
{
    struct row_builder rb;
    rb_init(&rb, take_row, out);
    kind->decoder.decode(obj, &rb);
    rb_release(&rb);
}

static void put_packed(const char *p, int parts, struct buf *out)
{
    for (int i = 0; *p || i % parts; i++) {
        buf_printf(out, "%s%s", i % parts ? "/" : i ? " " : "", p);
        p += strlen(p) + 1;
    }
}

static bool some_load(void *arg, const char *node, struct pod_sum *out)
{
    *out = (struct pod_sum) { 3, 1000, INT64_C(3) << 30 };
    return arg == NULL && *node;
}

// What kubectl prints of it on a server of 1.37, where that is something else than on the fixtures'.
static void put_newer(const struct column *c, const struct row *row, int64_t now, struct buf *out)
{
    struct joins none = { 0 };
    struct cell_env env = { .now = now, .kubectl = true, .minor = FIXTURE_MINOR, .joins = &none };
    struct buf old = BUF_INIT, new = BUF_INIT;
    column_text(c, row, &env, &old);
    env.minor = 37;
    column_text(c, row, &env, &new);
    if (c->flags & (COL_KUBECTL | COL_KUBECTL_WIDE) && (c->since > FIXTURE_MINOR || !str_eq(old.s, new.s)))
        buf_printf(out, "   (1.37: %s)", new.s);
    buf_release(&old);
    buf_release(&new);
}

// Everything a row says, as text: cells of every column, then what is beside the columns.
static void describe(const struct kind *kind, const struct row *row, int64_t now, struct buf *out)
{
    static const char *const names[] = { "ok", "dim", "info", "warn", "bad" };
    struct joins joins = { NULL, some_load, NULL, NULL, NULL };
    struct cell_env env = { .now = now, .joins = &joins };
    struct drill drill = { 0 };
    for (const struct column *c = kind->columns; c->name; c++) {
        buf_printf(out, "  %s=", c->name);
        column_text(c, row, &env, out);
        put_newer(c, row, now, out);
        buf_putc(out, '\n');
    }
    buf_printf(out, "  severity: %s", names[row->severity]);
    if (row->since)
        buf_printf(out, ", a day after %lld %s", (long long)row->since, names[row->faded]);
    buf_printf(out, "\n  insight: %s\n  links: ", row->insight);
    put_packed(row->links, 3, out);
    if (kind->enter && kind->enter(row, &drill))
        buf_printf(out, "\n  enter: %s -n '%s' -l '%s' -f '%s' name '%s'%s", drill.view, drill.ns, drill.labels,
            drill.fields, drill.name, *drill.owner_uid ? " owned" : "");
    buf_putc(out, '\n');
}

static void describe_all(const struct kind *kind, const struct rows *rows, int64_t now, struct buf *out)
{
    for (size_t i = 0; i < rows->all.n; i++) {
        buf_printf(out, "%s %s%s%s\n", kind->name, rows->all.v[i]->ns, *rows->all.v[i]->ns ? "/" : "",
            rows->all.v[i]->name);
        describe(kind, rows->all.v[i], now, out);
    }
}

// ---- the server's cells

// A cell of a Table as kubectl prints it.
static void server_text(const json_t *cell, struct buf *out)
{
    const char *s = json_string_value(cell);
    if (json_is_integer(cell))
        buf_printf(out, "%lld", (long long)json_integer_value(cell));
    else if (json_is_boolean(cell))
        buf_puts(out, json_is_true(cell) ? "true" : "false");
    else if (s) {
        buf_add(out, s, strcspn(s, "\n\r\f"));
        buf_puts(out, s[strcspn(s, "\n\r\f")] ? "..." : "");
    }
}

static size_t compare_cells(const struct kind *kind, const struct row *row, const json_t *cells, int64_t now)
{
    struct cell_env env = { .now = now, .kubectl = true, .minor = FIXTURE_MINOR };
    struct buf mine = BUF_INIT, theirs = BUF_INIT;
    size_t i = 0, wrong = 0;
    for (const struct column *c = kind->columns; c->name; c++) {
        if (!(c->flags & (COL_KUBECTL | COL_KUBECTL_WIDE)) || c->since > FIXTURE_MINOR)
            continue;
        buf_clear(&mine);
        buf_clear(&theirs);
        column_text(c, row, &env, &mine);
        server_text(json_array_get(cells, i++), &theirs);
        if (!str_eq(mine.s, theirs.s)) {
            print_error("%s %s: %s is '%s', the server says '%s'\n", kind->name, row->name, c->name, mine.s,
                theirs.s);
            wrong++;
        }
    }
    assert_int_equal(i, json_array_size(cells));
    buf_release(&mine);
    buf_release(&theirs);
    return wrong;
}

static size_t compare_columns(const struct kind *kind, const json_t *columns)
{
    size_t i = 0, wrong = 0;
    for (const struct column *c = kind->columns; c->name; c++) {
        if (!(c->flags & (COL_KUBECTL | COL_KUBECTL_WIDE)) || c->since > FIXTURE_MINOR)
            continue;
        const json_t *theirs = json_array_get(columns, i++);
        bool wide = !(c->flags & COL_KUBECTL);
        if (!str_eq(c->name, json_str(theirs, "name", NULL)) || wide != json_bool(theirs, "wide", NULL)) {
            print_error("%s: column %zu is %s%s, the server's %s%s\n", kind->name, i, c->name,
                wide ? " (wide)" : "", json_str(theirs, "name", NULL),
                json_bool(theirs, "wide", NULL) ? " (wide)" : "");
            wrong++;
        }
    }
    if (i != json_array_size(columns)) {
        print_error("%s: %zu columns, the server has %zu\n", kind->name, i, json_array_size(columns));
        wrong++;
    }
    return wrong;
}

static void test_cells_equal_the_servers(void **state)
{
    size_t wrong = 0, objects = 0, kinds = 0;
    (void)state;
    for (size_t k = 0; native()[k]; k++) {
        const struct kind *kind = native()[k];
        size_t i;
        json_t *item;
        if (kind->object_per_rows || !has_fixture(kind))
            continue;
        json_t *doc = load(kind->gvr.resource);
        wrong += compare_columns(kind, json_object_get(doc, "columns"));
        json_array_foreach(json_object_get(doc, "items"), i, item)
        {
            struct rows rows = { 0 };
            decode_pruned(kind, kind->decoder.paths, json_object_get(item, "object"), &rows);
            assert_int_equal(rows.all.n, 1);
            wrong += compare_cells(kind, rows.all.v[0], json_object_get(item, "cells"),
                json_i64(doc, "now", NULL));
            rows_release(&rows);
            objects++;
        }
        json_decref(doc);
        kinds++;
    }
    print_message("%zu objects of %zu kinds compared with the server's Tables\n", objects, kinds);
    assert_int_equal(wrong, 0);
    assert_true(objects > 150);
}

// ---- links

static bool declared(const struct kind *kind, const char *plural)
{
    for (const char *const *r = kind->refers; *r; r++)
        if (str_eq(*r, plural))
            return true;
    return false;
}

// What a row's links lead to is what its kind says that it refers to: `used-by` looks no further.
static void test_links_are_declared(void **state)
{
    size_t links = 0;
    (void)state;
    for (size_t k = 0; native()[k]; k++) {
        const struct kind *kind = native()[k];
        size_t i;
        json_t *item;
        if (!has_fixture(kind) || !kind->refers)
            continue;
        json_t *doc = load(kind->gvr.resource);
        json_array_foreach(json_object_get(doc, "items"), i, item)
        {
            struct rows rows = { 0 };
            decode_pruned(kind, kind->decoder.paths, json_object_get(item, "object"), &rows);
            for (const char *p = rows.all.n ? rows.all.v[0]->links : ""; *p; links++) {
                if (!declared(kind, p))
                    fail_msg("%s links to %s and does not say so", kind->name, p);
                for (int field = 0; field < 3; field++)
                    p += strlen(p) + 1;
            }
            rows_release(&rows);
        }
        json_decref(doc);
    }
    assert_true(links > 50);
}

// ---- paths

static void text_of(const struct kind *kind, const char *const *paths, const json_t *doc, struct buf *out)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(doc, "items"), i, item)
    {
        struct rows rows = { 0 };
        if (paths)
            decode_pruned(kind, paths, json_object_get(item, "object"), &rows);
        else
            decode_whole(kind, json_object_get(item, "object"), &rows);
        describe_all(kind, &rows, json_i64(doc, "now", NULL), out);
        rows_release(&rows);
    }
}

static void test_paths_suffice(void **state)
{
    (void)state;
    for (size_t k = 0; native()[k]; k++) {
        const struct kind *kind = native()[k];
        if (!has_fixture(kind))
            continue;
        json_t *doc = load(kind->gvr.resource);
        struct buf whole = BUF_INIT, pruned = BUF_INIT;
        text_of(kind, NULL, doc, &whole);
        text_of(kind, kind->decoder.paths, doc, &pruned);
        assert_string_equal(pruned.s, whole.s);
        buf_release(&whole);
        buf_release(&pruned);
        json_decref(doc);
    }
}

// Whether a row of the kind's fixtures is another without that path.
static bool changes_without(const struct kind *kind, const char *const *paths, size_t skip)
{
    ARR(const char *) some = { 0 };
    struct buf all = BUF_INIT, less = BUF_INIT;
    json_t *doc = load(kind->gvr.resource);
    for (size_t i = 0; paths[i]; i++)
        if (i != skip)
            arr_push(&some, paths[i]);
    arr_push(&some, NULL);
    text_of(kind, paths, doc, &all);
    text_of(kind, some.v, doc, &less);
    bool changes = !str_eq(all.s, less.s);
    arr_release(&some);
    buf_release(&all);
    buf_release(&less);
    json_decref(doc);
    return changes;
}

// A path without which no row of the fixtures changes is either not needed or not tested. Kinds that share their
// paths (Role and ClusterRole) share the proof.
static void test_every_path_is_used(void **state)
{
    size_t idle = 0;
    (void)state;
    for (size_t k = 0; native()[k]; k++) {
        const char *const *paths = native()[k]->decoder.paths;
        if (!has_fixture(native()[k]))
            continue;
        for (size_t skip = 0; paths[skip]; skip++) {
            bool used = false;
            for (size_t i = 0; native()[i] && !used; i++)
                used = native()[i]->decoder.paths == paths && has_fixture(native()[i]) &&
                       changes_without(native()[i], paths, skip);
            if (used)
                continue;
            print_error("%s: nothing changes without %s\n", native()[k]->name, paths[skip]);
            idle++;
        }
    }
    assert_int_equal(idle, 0);
}

// ---- golden: what Tables do not say

static void golden_text(struct buf *out)
{
    for (size_t k = 0; native()[k]; k++) {
        const struct kind *kind = native()[k];
        if (!has_fixture(kind))
            continue;
        json_t *doc = load(kind->gvr.resource);
        text_of(kind, kind->decoder.paths, doc, out);
        json_decref(doc);
    }
}

// Ages depend on the day the fixtures were made; the cells of kubectl are compared with the server's.
static void drop_ages(struct buf *b)
{
    struct buf out = BUF_INIT;
    for (char *line = b->s, *next; *line; line = next) {
        next = line + strcspn(line, "\n");
        next += *next == '\n';
        bool age = strncmp(line, "  AGE=", 6) == 0 || strncmp(line, "  CREATED AT=", 13) == 0;
        if (!age)
            buf_add(&out, line, (size_t)(next - line));
    }
    buf_release(b);
    *b = out;
}

static void test_golden(void **state)
{
    static const char path[] = FIXTURES "golden.txt";
    struct buf now = BUF_INIT, then = BUF_INIT;
    struct err err = { 0 };
    (void)state;
    golden_text(&now);
    drop_ages(&now);
    if (str_eq(getenv("KVIEW_GOLDEN"), "update")) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fwrite(now.s, 1, now.n, f);
        fclose(f);
    }
    if (!file_read(path, 16 << 20, &then, &err))
        fail_msg("%s", err.msg);
    size_t line = 1;
    for (const char *a = now.s, *b = then.s; *a || *b; line++) {
        size_t na = strcspn(a, "\n"), nb = strcspn(b, "\n");
        if (na != nb || memcmp(a, b, na) != 0)
            fail_msg("%s:%zu: now '%.*s', was '%.*s'", path, line, (int)na, a, (int)nb, b);
        a += na + (a[na] == '\n');
        b += nb + (b[nb] == '\n');
    }
    buf_release(&now);
    buf_release(&then);
}

// Documents may hold anything: every value of the wrong type, one after another, at every place.
static void spoil(json_t *v, json_t *root, const struct kind *kind, int depth)
{
    static const char *const wrong[] = { "null", "7", "\"x\"", "[1]", "{\"a\":1}", "[[{}]]" };
    const char *key;
    json_t *child;
    void *tmp;
    if (!json_is_object(v) || depth > 5)
        return;
    json_object_foreach_safe(v, tmp, key, child)
    {
        json_incref(child);
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
            struct rows rows = { 0 };
            struct buf sink = BUF_INIT;
            json_object_set_new(v, key, json_loads(wrong[i], JSON_DECODE_ANY, NULL));
            decode_whole(kind, root, &rows);
            describe_all(kind, &rows, 1800000000, &sink);
            rows_release(&rows);
            buf_release(&sink);
        }
        json_object_set(v, key, child);
        spoil(child, root, kind, depth + 1);
        if (json_is_array(child) && json_array_size(child))
            spoil(json_array_get(child, 0), root, kind, depth + 1);
        json_decref(child);
    }
}

static void test_wrong_types_do_no_harm(void **state)
{
    (void)state;
    for (size_t k = 0; native()[k]; k++) {
        if (!has_fixture(native()[k]))
            continue;
        json_t *doc = load(native()[k]->gvr.resource);
        json_t *obj = json_object_get(json_array_get(json_object_get(doc, "items"), 0), "object");
        spoil(obj, obj, native()[k], 0);
        json_decref(doc);
    }
}

// ---- the registry

static void test_registry(void **state)
{
    (void)state;
    for (size_t k = 0; native()[k]; k++) {
        const struct kind *kind = native()[k];
        assert_true(*kind->name && *kind->title && *kind->api_kind && *kind->gvr.version);
        assert_ptr_equal(kind_find(kind->name), kind);
        if (!kind->object_per_rows) {
            assert_ptr_equal(kind_for_gvr(kind->gvr.group, kind->gvr.resource), kind);
            assert_ptr_equal(kind_find(kind->api_kind), kind);
            assert_string_equal(kind->name, kind->gvr.resource);
        }
        for (size_t a = 0; kind->aliases[a]; a++)
            if (kind_find(kind->aliases[a]) != kind)
                fail_msg("%s: its alias %s finds %s", kind->name, kind->aliases[a],
                    kind_find(kind->aliases[a])->name);
    }
    assert_null(kind_find("nonsense"));
    assert_null(kind_for_gvr("apps", "pods"));
}

static void test_columns(void **state)
{
    static const unsigned views[] = { COL_KUBECTL, COL_KUBECTL | COL_KUBECTL_WIDE, COL_SCREEN,
        COL_SCREEN | COL_SCREEN_WIDE };
    (void)state;
    for (size_t k = 0; native()[k]; k++) {
        const struct column *cols = native()[k]->columns;
        for (size_t v = 0; v < ARRAY_SIZE(views); v++)
            for (const struct column *a = cols; a->name; a++)
                for (const struct column *b = a + 1; b->name; b++)
                    if ((a->flags & views[v]) && (b->flags & views[v]) && str_eq(a->name, b->name))
                        fail_msg("%s has two columns %s", native()[k]->name, a->name);
        for (const struct column *c = cols; c->name; c++) {
            assert_true(c->flags & (COL_KUBECTL | COL_KUBECTL_WIDE | COL_SCREEN | COL_SCREEN_WIDE));
            assert_true(c->format <= FMT_LABELS);
            for (const char *p = c->name; *p; p++)
                assert_false(*p >= 'a' && *p <= 'z');
        }
        assert_string_equal(cols->name, str_eq(native()[k]->name, "events") ? "LAST SEEN" : "NAME");
    }
}

static const struct column *column_named(const struct kind *kind, const char *name)
{
    for (const struct column *c = kind->columns; c->name; c++)
        if (str_eq(c->name, name))
            return c;
    fail_msg("no column %s", name);
    return NULL;
}

static struct row *pod_row(const char *phase)
{
    struct rows rows = { 0 };
    json_t *pod = json_pack("{s{ss}s{ss}}", "metadata", "name", phase, "status", "phase", phase);
    decode_whole(&kind_pods, pod, &rows);
    json_decref(pod);
    struct row *row = rows.all.v[0];
    arr_release(&rows.all);
    return row;
}

static void test_statuses_sort_worst_first(void **state)
{
    static const char *const order[] = { "Failed", "Pending", "Running", "Succeeded" };
    const struct column *c = column_named(&kind_pods, "STATUS");
    struct cell_env env = { .now = 1 };
    double last = -1;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        bool number;
        struct row *row = pod_row(order[i]);
        double key = column_key(c, row, &env, &number);
        assert_true(number);
        assert_true(key > last);
        assert_false(column_number(c, row, &env, &key)); // a filter compares the text
        last = key;
        row_free(row);
    }
}

static void test_selector(void **state)
{
    static const struct {
        const char *json, *text;
    } cases[] = { { "{}", "<none>" }, { "{\"matchLabels\":{\"b\":\"2\",\"a\":\"1\"}}", "a=1,b=2" },
        { "{\"matchExpressions\":[{\"key\":\"c\",\"operator\":\"In\",\"values\":[\"y\",\"x\"]}]}", "c in (x,y)" },
        { "{\"matchLabels\":{\"d\":\"1\"},\"matchExpressions\":[{\"key\":\"z\",\"operator\":\"Exists\"},"
          "{\"key\":\"a\",\"operator\":\"DoesNotExist\"},{\"key\":\"b\",\"operator\":\"NotIn\",\"values\":[\"v\"]}]}",
            "!a,b notin (v),d=1,z" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char out[200];
        json_t *sel = json_loads(cases[i].json, 0, NULL);
        kind_selector(sel, out, sizeof(out));
        assert_string_equal(out, cases[i].text);
        json_decref(sel);
    }
}

// ---- cells that need others

static bool fake_load(void *arg, const char *node, struct pod_sum *out)
{
    *out = (struct pod_sum) { 3, 1000, INT64_C(3) << 30 };
    return arg == NULL && str_eq(node, "fx-node-1");
}

static bool fake_endpoints(void *arg, const char *ns, const char *service, int64_t *ready, int64_t *total)
{
    *ready = 0;
    *total = 2;
    return arg == NULL && str_eq(ns, "fx") && str_eq(service, "web");
}

static int64_t fake_users(void *arg, const char *plural, const char *ns, const char *name)
{
    return arg == NULL && str_eq(plural, "configmaps") && str_eq(ns, "fx") && str_eq(name, "settings") ? 4 : -1;
}

static void expect_cell(const struct kind *kind, const char *object, const char *column, const struct cell_env *env,
    const char *text)
{
    json_t *doc = load(kind->gvr.resource), *item;
    size_t i;
    bool found = false;
    json_array_foreach(json_object_get(doc, "items"), i, item)
    {
        struct rows rows = { 0 };
        struct buf out = BUF_INIT;
        decode_whole(kind, json_object_get(item, "object"), &rows);
        if (str_eq(rows.all.v[0]->name, object)) {
            column_text(column_named(kind, column), rows.all.v[0], env, &out);
            assert_string_equal(out.s, text);
            found = true;
        }
        buf_release(&out);
        rows_release(&rows);
    }
    assert_true(found);
    json_decref(doc);
}

static bool fake_chosen(void *arg, const char *name)
{
    return arg != NULL || str_eq(name, "fx-old");
}

static void test_joins(void **state)
{
    struct joins joins = { NULL, fake_load, fake_endpoints, fake_users, fake_chosen };
    struct cell_env with = { .now = 1, .joins = &joins }, without = { .now = 1 };
    (void)state;
    expect_cell(&kind_nodes, "fx-node-1", "PODS", &with, "3/110");
    expect_cell(&kind_nodes, "fx-node-1", "PODS", &without, "/110");
    expect_cell(&kind_nodes, "fx-node-1", "%ALLOC", &with, "cpu 25% mem 20%");
    expect_cell(&kind_nodes, "fx-node-2", "PODS", &with, "");
    expect_cell(&kind_services, "web", "ENDPOINTS", &with, "0/2");
    expect_cell(&kind_services, "web", "ENDPOINTS", &without, "");
    expect_cell(&kind_configmaps, "settings", "USED-BY", &with, "4");
    expect_cell(&kind_configmaps, "settings", "USED-BY", &without, "");
    expect_cell(&kind_storageclasses, "fx-fast", "NAME", &with, "fx-fast (default)");
    with.minor = 37; // of several defaults the one that is taken
    expect_cell(&kind_storageclasses, "fx-fast", "NAME", &with, "fx-fast");
    expect_cell(&kind_storageclasses, "fx-old", "NAME", &with, "fx-old (default)");
    expect_cell(&kind_storageclasses, "fx-slow", "NAME", &with, "fx-slow");
}

static void test_rows_for_joins(void **state)
{
    json_t *doc = load("pods"), *item;
    size_t i, running = 0;
    (void)state;
    json_array_foreach(json_object_get(doc, "items"), i, item)
    {
        struct rows rows = { 0 };
        struct pod_sum sum;
        const char *node;
        decode_whole(&kind_pods, json_object_get(item, "object"), &rows);
        bool counts = pod_row_load(rows.all.v[0], &node, &sum);
        if (str_eq(rows.all.v[0]->name, "running")) {
            assert_true(counts);
            assert_string_equal(node, "fx-node-1");
            assert_int_equal(sum.cpu_milli, 310); // two containers and the sidecar
            assert_int_equal(sum.mem_bytes, 104 << 20);
            running++;
        }
        if (str_eq(rows.all.v[0]->name, "completed") || str_eq(rows.all.v[0]->name, "unscheduled"))
            assert_false(counts);
        rows_release(&rows);
    }
    assert_int_equal(running, 1);
    json_decref(doc);
}

// ---- cron

static void test_cron(void **state)
{
    static const struct {
        const char *schedule;
        int64_t after, next;
    } cases[] = {
        // 1767323045 is 2026-01-02T03:04:05Z, a Friday
        { "* * * * *", 1767323045, 1767323100 }, // 03:05
        { "*/15 * * * *", 1767323045, 1767323700 }, // 03:15
        { "30 2 * * *", 1767323045, 1767407400 }, // the 3rd, 02:30
        { "0 0 1 * *", 1767323045, 1769904000 }, // the 1st of February
        { "0 12 * * MON-fri", 1767323045, 1767355200 }, // today, 12:00
        { "0 0 13 * 5", 1767323045, 1767916800 }, // the 13th or a Friday: the 9th
        { "0 0 29 2 *", 1767323045, 1835395200 }, // 2028-02-29
        { "5,10 3 * * ?", 1767323045, 1767323100 }, // 03:05
        { "@hourly", 1767323045, 1767326400 },
        { "@every 90s", 1767323045, 1767323090 },
        { "0 0 31 2 *", 1767323045, 0 },
    };
    static const char *const wrong[] = { "", "* * * *", "60 * * * *", "* * * * 7", "*/0 * * * *", "a * * * *",
        "5-1 * * * *", "* * * * * *", "@never", "@every", "@every x", "1- * * * *", "1,,2 * * * *" };
    struct cron c;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (!cron_parse(cases[i].schedule, &c))
            fail_msg("%s is not understood", cases[i].schedule);
        int64_t next = cron_next(&c, cases[i].after, 1767323000);
        if (next != cases[i].next)
            fail_msg("%s: %lld, expected %lld", cases[i].schedule, (long long)next, (long long)cases[i].next);
    }
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        if (cron_parse(wrong[i], &c))
            fail_msg("'%s' is taken for a schedule", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_cells_equal_the_servers),
        cmocka_unit_test(test_links_are_declared),
        cmocka_unit_test(test_paths_suffice),
        cmocka_unit_test(test_every_path_is_used),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_wrong_types_do_no_harm),
        cmocka_unit_test(test_statuses_sort_worst_first),
        cmocka_unit_test(test_selector),
        cmocka_unit_test(test_joins),
        cmocka_unit_test(test_rows_for_joins),
        cmocka_unit_test(test_cron),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
