// The table writer against Go's text/tabwriter, and what describe says while it does not know. That each
// kind's description is kubectl's is tests/e2e/describe.sh.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
// cmocka needs the above
#include <cmocka.h>

#include "base/json.h"
#include "base/str.h"
#include "views/describe.h"
#include "views/describe/writer.h"

enum { NOW = 1767225600 }; // 2026-01-01T00:00:00Z

static char *plain(struct text *t)
{
    struct buf out = BUF_INIT;
    text_plain(t, &out);
    text_release(t);
    return buf_take(&out);
}

static void test_layout(void **state)
{
    static const char *const cases[][2] = {
        { "a:\tb\nlonger:\tc\n", "a:       b\nlonger:  c\n" },
        { "a:\tb\nalone\nlonger:\tc\n",
            "a:  b\nalone\nlonger:  c\n" }, // a block ends with its lines
        { "a\tb\tc\naa\tb\na\tbbb\tc\n", "a   b  c\naa  b\na   bbb  c\n" },
        { "é:\tx\nee:\ty\n", "é:   x\nee:  y\n" }, // by columns of the terminal, not by bytes
        { "k:\tv\n\tmore\n", "k:  v\n    more\n" },
        { "a\x1b[31mb\r\tc\n", "a^[[31mb\\r  c\n" }, // printers.WriteEscaped
        { "\n\nx\n", "\n\nx\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct text t;
        text_init(&t);
        dw_layout(cases[i][0], &t);
        char *s = plain(&t);
        assert_string_equal(s, cases[i][1]);
        free(s);
    }
}

static char *describe(const char *json, const struct describe_opts *opts)
{
    struct text t;
    json_t *doc = json_loads(json, 0, NULL);
    assert_non_null(doc);
    text_init(&t);
    describe_object(doc, opts, &t);
    json_decref(doc);
    return plain(&t);
}

static const char deployment[] =
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\","
    "\"namespace\":\"shop\",\"uid\":\"u1\"},\"spec\":{\"selector\":{\"matchLabels\":{\"app\":"
    "\"web\"}},"
    "\"template\":{\"metadata\":{\"labels\":{\"app\":\"web\"}}}},"
    "\"status\":{\"conditions\":[{\"type\":\"Available\",\"status\":\"True\"}]}}";

static void test_related(void **state)
{
    struct describe_answer answers[NEED_COUNT] = { 0 };
    struct describe_opts opts = { .now = NOW, .answers = answers };
    (void)state;
    char *s = describe(deployment, &opts); // nothing is there yet
    assert_non_null(strstr(s, "\nNewReplicaSet:   …\n"));
    assert_non_null(strstr(s, "\nEvents:  …\n"));
    free(s);
    err_set(&answers[NEED_EVENTS].err, "events is forbidden");
    answers[NEED_REPLICASETS].doc =
        json_loads("{\"items\":["
                   "{\"metadata\":{\"name\":\"web-2\",\"creationTimestamp\":\"2\","
                   "\"ownerReferences\":[{\"controller\":true,\"uid\":\"u1\"}]},"
                   "\"spec\":{\"replicas\":2,\"template\":{\"metadata\":{\"labels\":{\"app\":"
                   "\"web\",\"pod-template-hash\":\"2\"}}}},\"status\":{\"replicas\":1}},"
                   "{\"metadata\":{\"name\":\"web-1\",\"creationTimestamp\":\"1\","
                   "\"ownerReferences\":[{\"controller\":true,\"uid\":\"u1\"}]},"
                   "\"spec\":{\"replicas\":0,\"template\":{}}},"
                   "{\"metadata\":{\"name\":\"other\",\"ownerReferences\":[{\"controller\":true,"
                   "\"uid\":\"u2\"}]},\"spec\":{}}]}",
            0, NULL);
    assert_non_null(answers[NEED_REPLICASETS].doc);
    s = describe(deployment, &opts);
    assert_non_null(strstr(s, "\nOldReplicaSets:  web-1 (0/0 replicas created)\n"));
    assert_non_null(strstr(s, "\nNewReplicaSet:   web-2 (1/2 replicas created)\n"));
    assert_non_null(strstr(s, "\nEvents:  events is forbidden\n"));
    json_decref(answers[NEED_REPLICASETS].doc);
    free(s);
}

static void test_paths(void **state)
{
    struct buf path = BUF_INIT;
    json_t *doc = json_loads(deployment, 0, NULL);
    (void)state;
    assert_true(describe_path(doc, NEED_REPLICASETS, &path));
    assert_string_equal(
        path.s, "/apis/apps/v1/namespaces/shop/replicasets?labelSelector=app%3Dweb");
    buf_clear(&path);
    assert_true(describe_path(doc, NEED_EVENTS, &path));
    assert_non_null(strstr(path.s,
        "/api/v1/namespaces/shop/events?limit=500&fieldSelector=involvedObject.name%3Dweb"));
    assert_non_null(strstr(path.s, "uid%3Du1"));
    buf_clear(&path);
    assert_false(describe_path(doc, NEED_LEASE, &path));
    json_decref(doc);
    buf_release(&path);
}

static void test_events(void **state)
{
    struct describe_answer answers[NEED_COUNT] = { 0 };
    struct describe_opts opts = { .now = NOW, .answers = answers };
    (void)state;
    answers[NEED_EVENTS].doc =
        json_loads("{\"items\":["
                   "{\"type\":\"Warning\",\"reason\":\"BackOff\",\"count\":7,\"firstTimestamp\":"
                   "\"2025-12-31T23:00:00Z\","
                   "\"lastTimestamp\":\"2025-12-31T23:59:30Z\",\"source\":{\"component\":"
                   "\"kubelet\"},\"message\":\" again \\n\","
                   "\"involvedObject\":{\"fieldPath\":\"spec.containers{c}\"}},"
                   "{\"type\":\"Normal\",\"reason\":\"Pulled\",\"count\":1,\"firstTimestamp\":"
                   "\"2025-12-31T23:58:00Z\","
                   "\"lastTimestamp\":\"2025-12-31T23:58:00Z\",\"reportingComponent\":\"me\","
                   "\"message\":\"m\"}]}",
            0, NULL);
    char *s =
        describe("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"}}", &opts);
    assert_non_null(
        strstr(s, "Events:\n"
                  "  Type     Reason   Age                From     Message\n"
                  "  ----     ------   ----               ----     -------\n"
                  "  Normal   Pulled   2m                 me       m\n"
                  "  Warning  BackOff  30s (x7 over 60m)  kubelet  spec.containers{c}: again\n"));
    json_decref(answers[NEED_EVENTS].doc);
    free(s);
}

static void test_secret(void **state)
{
    static const char secret[] = "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{"
                                 "\"name\":\"s\"},\"type\":\"Opaque\","
                                 "\"data\":{\"pw\":\"aHVudGVyMg==\",\"bad\":\"***\"}}";
    struct describe_opts opts = { .now = NOW };
    (void)state;
    char *s = describe(secret, &opts);
    assert_non_null(strstr(s, "\npw:   7 bytes\n"));
    assert_null(strstr(s, "hunter2"));
    free(s);
    opts.reveal = true;
    s = describe(secret, &opts);
    assert_non_null(strstr(s, "\npw:   hunter2\n"));
    free(s);
}

// Nothing of an object can be counted on: each describer gets an empty one and one of wrong types.
static void test_hostile(void **state)
{
    static const char *const kinds[][2] = { { "v1", "Pod" }, { "apps/v1", "Deployment" },
        { "apps/v1", "StatefulSet" }, { "batch/v1", "Job" }, { "batch/v1", "CronJob" },
        { "autoscaling/v2", "HorizontalPodAutoscaler" }, { "v1", "Node" }, { "v1", "Namespace" },
        { "v1", "Service" }, { "networking.k8s.io/v1", "Ingress" },
        { "networking.k8s.io/v1", "NetworkPolicy" }, { "v1", "PersistentVolume" },
        { "v1", "PersistentVolumeClaim" }, { "storage.k8s.io/v1", "StorageClass" },
        { "rbac.authorization.k8s.io/v1", "Role" },
        { "certificates.k8s.io/v1", "CertificateSigningRequest" }, { "v1", "LimitRange" },
        { "x/v1", "Y" } };
    static const char *const bodies[] = { "{}", "{\"spec\":[1],\"status\":\"x\",\"metadata\":7}",
        "{\"spec\":{\"template\":{\"spec\":{\"containers\":[null,1,{\"env\":[{\"valueFrom\":{"
        "\"resourceFieldRef\":{}}}]}]}},"
        "\"containers\":[null,{\"env\":[{\"valueFrom\":{\"resourceFieldRef\":{\"resource\":\"x\"}}}"
        "]}],"
        "\"request\":\"AAAA\",\"metrics\":[{\"type\":7}]}}" };
    struct describe_opts opts = { .now = NOW };
    (void)state;
    for (size_t b = 0; b < sizeof(bodies) / sizeof(*bodies); b++)
        for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
            struct text t;
            json_t *doc = json_loads(bodies[b], 0, NULL);
            json_object_set_new(doc, "apiVersion", json_string(kinds[i][0]));
            json_object_set_new(doc, "kind", json_string(kinds[i][1]));
            text_init(&t);
            describe_object(doc, &opts, &t);
            assert_true(t.lines.n > 2);
            text_release(&t);
            json_decref(doc);
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_related),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_secret),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
