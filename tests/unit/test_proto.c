// Answers in protobuf: the same objects come of them as of the same Pods in JSON. The fixtures are what apimachinery makes of
// tests/unit/fixtures/kinds/pods.json (`make proto`).
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/http_error.h"
#include "client/proto.h"
#include "client/prune.h"
#include "kinds/kind.h"
#include "kinds/kinds.h"
#include "tests/unit/pieces.h"

#define FIXTURES "tests/unit/fixtures/"

struct got {
    struct buf text;
    struct err err;
    int code;
    char list[40];
};

static bool on_object(void *arg, const char *type, json_t *obj)
{
    struct got *g = arg;
    if (strcmp(type, "ERROR") == 0) {
        g->code = http_error_from_document(&g->err, obj);
        return false;
    }
    char *s = json_dumps(obj, JSON_COMPACT | JSON_SORT_KEYS);
    buf_printf(&g->text, "%s|%s\n", type, s);
    free(s);
    return true;
}

static bool on_meta(void *arg, const char *rv, const char *cont, long remaining)
{
    struct got *g = arg;
    buf_printf(&g->text, "meta %s %s %ld\n", rv, cont, remaining);
    return true;
}

static bool on_kind(void *arg, enum prune_part part, const char *api, const char *kind)
{
    struct got *g = arg;
    if (part == PART_LIST)
        snprintf(g->list, sizeof(g->list), "%.9s %.29s", api, kind);
    return strcmp(kind, "Secret") != 0;
}

static const struct prune_handlers handlers = { on_object, on_meta, NULL, on_kind };

static void read_fixture(const char *name, struct buf *out)
{
    char path[200];
    struct err err;
    snprintf(path, sizeof(path), FIXTURES "%s", name);
    buf_init(out);
    if (!file_read(path, 1 << 22, out, &err))
        fail_msg("%s: %s", path, err.msg);
}

static bool feed(const struct prune_paths *paths, const char *data, size_t n, enum prune_mode mode, bool proto, size_t step,
    struct got *g, struct err *err)
{
    struct prune *p = prune_new(paths, mode, false, &handlers, g);
    memset(g, 0, sizeof(*g));
    memset(err, 0, sizeof(*err));
    buf_init(&g->text);
    if (proto)
        prune_as_proto(p, proto_pod);
    return prune_pieces(p, data, n, step, err);
}

// The fixture's Pods as a list or a watch in JSON.
static void as_json(bool watch, struct buf *out)
{
    json_error_t e;
    json_t *doc = json_load_file(FIXTURES "kinds/pods.json", 0, &e), *item;
    size_t i;
    assert_non_null(doc);
    if (!watch)
        buf_puts(out, "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"42\",\"continue\":\"tok\","
                      "\"remainingItemCount\":7},\"items\":[");
    json_array_foreach(json_object_get(doc, "items"), i, item)
    {
        json_t *meta = json_object_get(json_object_get(item, "object"), "metadata");
        if (!json_object_get(meta, "creationTimestamp")) // of Go's Time: always there
            json_object_set_new(meta, "creationTimestamp", json_null());
        if (!json_object_size(json_object_get(meta, "labels"))) // omitempty
            json_object_del(meta, "labels");
        char *s = json_dumps(json_object_get(item, "object"), JSON_COMPACT);
        buf_printf(out, watch ? "{\"type\":\"ADDED\",\"object\":%s}\n" : "%s%s", watch ? s : i ? "," : "", s);
        free(s);
    }
    buf_puts(out, watch ? "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"43\","
                          "\"creationTimestamp\":null,\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}},\"spec\":{},\"status\":{}}}\n"
                          "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"message\":\"too old resource version\",\"reason\":\"Expired\",\"code\":410}}\n"
                        : "]}");
    json_decref(doc);
}

static void test_same_as_json(void **state)
{
    static const size_t steps[] = { 1, 2, 3, 5, 17, 1000, 1 << 20 };
    const struct kind *kinds[] = { &kind_pods, &kind_containers };
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
        struct prune_paths *paths = prune_paths_new(kinds[k]->decoder.paths);
        for (int watch = 0; watch < 2; watch++) {
            struct buf json = BUF_INIT, proto;
            struct got want, got;
            struct err err;
            enum prune_mode mode = watch ? PRUNE_WATCH : PRUNE_LIST;
            as_json(watch, &json);
            read_fixture(watch ? "proto/watch.pb" : "proto/list.pb", &proto);
            assert_int_equal(feed(paths, json.s, json.n, mode, false, 4096, &want, &err), !watch);
            for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
                assert_int_equal(feed(paths, proto.s, proto.n, mode, true, steps[i], &got, &err), !watch);
                if (strcmp(got.text.s, want.text.s) != 0) {
                    size_t at = 0;
                    while (got.text.s[at] == want.text.s[at])
                        at++;
                    at -= at < 60 ? at : 60;
                    fail_msg("%.160s\ninstead of\n%.160s", got.text.s + at, want.text.s + at);
                }
                assert_string_equal(got.list, watch ? "" : "v1 PodList");
                assert_int_equal(got.code, watch ? 410 : 0);
                assert_string_equal(got.err.msg, watch ? "too old resource version" : "");
                assert_string_equal(got.err.reason, watch ? "Expired" : "");
                buf_release(&got.text);
            }
            buf_release(&want.text);
            buf_release(&json);
            buf_release(&proto);
        }
        prune_paths_free(paths);
    }
}

// A path that is not in the message would be a cell that is always empty.
static void test_paths(void **state)
{
    const struct kind *const *all = kind_all();
    size_t n = 0;
    (void)state;
    for (; *all; all++) {
        const struct decoder *d = &(*all)->decoder;
        for (const char *const *path = d->message ? d->paths : NULL; path && *path; path++, n++) {
            char *known = xstrdup(*path); // "x.-": whether there is an x
            if (str_ends(known, ".-"))
                known[strlen(known) - 2] = '\0';
            if (!proto_knows(*d->message, known))
                fail_msg("%s: %s is in no field of the message", (*all)->name, *path);
            free(known);
        }
    }
    assert_true(n > 20);
    assert_false(proto_knows(proto_pod, "spec.containers.name"));
    assert_false(proto_knows(proto_pod, "spec.nothing"));
    assert_true(proto_knows(proto_pod, "spec.volumes[].configMap.name"));
}

// Cut anywhere, or with any byte changed: an error in words, or other objects; never a crash.
static void test_broken(void **state)
{
    struct prune_paths *paths = prune_paths_new(kind_pods.decoder.paths);
    struct got got;
    struct err err;
    (void)state;
    for (int watch = 0; watch < 2; watch++) {
        struct buf data;
        read_fixture(watch ? "proto/watch.pb" : "proto/list.pb", &data);
        for (size_t n = 0; n < data.n; n += n < 200 ? 1 : 611) {
            bool ok = feed(paths, data.s, n, watch ? PRUNE_WATCH : PRUNE_LIST, true, 512, &got, &err);
            assert_int_equal(ok, watch);
            assert_true(ok || err_is(&err));
            buf_release(&got.text);
        }
        for (size_t i = 0; i < data.n; i += i < 300 ? 1 : 149) {
            char was = data.s[i];
            data.s[i] = (char)(was ^ (0x80 >> i % 8));
            bool ok = feed(paths, data.s, data.n, watch ? PRUNE_WATCH : PRUNE_LIST, true, 4096, &got, &err);
            assert_true(ok || err_is(&err) || got.code);
            buf_release(&got.text);
            data.s[i] = was;
        }
        buf_release(&data);
    }
    prune_paths_free(paths);
}

static void test_hostile(void **state)
{
    static const struct {
        const char *data;
        size_t n;
        enum prune_mode mode;
        const char *says; // of the error; NULL: none
    } cases[] = {
        { "{\"kind\":\"PodList\"}", 18, PRUNE_LIST, "does not begin" },
        { "k8s\0", 4, PRUNE_LIST, "ends in the middle" },
        { "k8s\0\x12\x00", 6, PRUNE_LIST, NULL },
        { "k8s\0\x12\x02\x12\x00", 8, PRUNE_LIST, NULL },                             // an item that is empty
        { "k8s\0\x12\x02\x12\x05", 8, PRUNE_LIST, "beyond its list" },                // that ends behind the list
        { "k8s\0\x12\x0a\x12\xff\xff\xff\xff\xff\x7f", 13, PRUNE_LIST, "larger than" },
        { "k8s\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 15, PRUNE_LIST, "a field that is none" },
        { "k8s\0\x0b", 5, PRUNE_LIST, "a field that is none" },                       // a group
        { "k8s\0\x12\x06\x12\x04\x0a\x02\x0a\x7f", 12, PRUNE_LIST, "cannot be read" }, // a name longer than its object
        { "k8s\0\x12\x07\x12\x05\x0a\x03\x0a\x01\xff", 13, PRUNE_LIST, "cannot be read" }, // a name that is no UTF-8
        { "k8s\0\x12\x06\x12\x04\x0a\x02\x08\x01", 12, PRUNE_LIST, "cannot be read" }, // a name that is a number
        { "k8s\0\x0a\x0c\x0a\x02v1\x12\x06Secret\x12\x00", 20, PRUNE_LIST, "stopped" },
        { "\x01\x00\x00\x01", 4, PRUNE_WATCH, "larger than" },
        { "\x00\x00\x00\x00", 4, PRUNE_WATCH, "cannot be read" },
        { "\x00\x00\x00\x02\x0a\x00", 6, PRUNE_WATCH, "cannot be read" },
    };
    struct prune_paths *paths = prune_paths_new(kind_pods.decoder.paths);
    struct got got;
    struct err err;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        for (size_t step = 1; step < 30; step += 13) {
            bool ok = feed(paths, cases[i].data, cases[i].n, cases[i].mode, true, step, &got, &err);
            if (ok == (cases[i].says != NULL) || (!ok && !strstr(err.msg, cases[i].says)))
                fail_msg("case %zu: %s instead of %s", i, ok ? "fine" : err.msg, cases[i].says ? cases[i].says : "fine");
            buf_release(&got.text);
        }
    }
    // A NUL in a name is shown as one
    static const char nul[] = "k8s\0\x12\x09\x12\x07\x0a\x05\x0a\x03x\0y";
    assert_true(feed(paths, nul, sizeof(nul) - 1, PRUNE_LIST, true, 4, &got, &err));
    assert_non_null(strstr(got.text.s, "x\xe2\x90\x80y"));
    buf_release(&got.text);
    // A label whose value is not sent has an empty one
    static const char label[] = "k8s\0\x12\x09\x12\x07\x0a\x05\x5a\x03\x0a\x01" "a";
    assert_true(feed(paths, label, sizeof(label) - 1, PRUNE_LIST, true, 4, &got, &err));
    assert_non_null(strstr(got.text.s, "\"labels\":{\"a\":\"\"}"));
    buf_release(&got.text);
    prune_paths_free(paths);
}

// The body of an error of who asked for protobuf, and a Status under 200.
static void test_status(void **state)
{
    static const char body[] = "k8s\0\x0a\x0c\x0a\x02v1\x12\x06Status\x12\x20\x12\x07" "Failure\x1a\x07no way!\x22\x09" "Forbidden0\x93\x03";
    struct prune_paths *paths = prune_paths_new(kind_pods.decoder.paths);
    struct err err = { 0 };
    struct got got;
    (void)state;
    http_error_from_status(&err, 403, body, sizeof(body) - 1);
    assert_string_equal(err.msg, "no way!");
    assert_string_equal(err.reason, "Forbidden");
    assert_false(feed(paths, body, sizeof(body) - 1, PRUNE_LIST, true, 3, &got, &err));
    assert_int_equal(got.code, 403);
    assert_string_equal(got.err.msg, "no way!");
    buf_release(&got.text);
    http_error_from_status(&err, 403, body, 20);
    assert_non_null(strstr(err.msg, "forbidden"));
    prune_paths_free(paths);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_json),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
