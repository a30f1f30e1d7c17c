// Which kubeconfig says what: the merge of several files, paths, precedence, validation (client-go's rules);
// and names of resources as kubectl resolves them.
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "client/discovery.h"
#include "client/kubeconfig.h"

static char *dir;

static int setup(void **state)
{
    (void)state;
    dir = xstrdup("/tmp/kview-kube-XXXXXX");
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBECONFIG");
    return mkdtemp(dir) && setenv("HOME", dir, 1) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    char *cmd = xasprintf("rm -rf %s", dir);
    int rc = system(cmd);
    (void)state;
    free(cmd);
    free(dir);
    return rc;
}

static char *write_config(const char *name, const char *text)
{
    struct err err = { 0 };
    char *path = xasprintf("%s/%s", dir, name);
    if (!file_write(path, text, strlen(text), &err))
        fail_msg("%s", err.msg);
    return path;
}

static const char one[] =
    "current-context: first\n"
    "clusters: [{name: c, cluster: {server: https://one, certificate-authority: ca.pem}}]\n"
    "users: [{name: u, user: {tokenFile: /abs/token, exec: {command: bin/aws, apiVersion: "
    "client.authentication.k8s.io/v1, interactiveMode: Never, args: [a], env: [{name: NAME, value: v}]}}}]\n"
    "contexts: [{name: first, context: {cluster: c, user: u, namespace: shop}}]\n";
static const char two[] =
    "current-context: second\n"
    "clusters: [{name: c, cluster: {server: https://two}}, {name: d, cluster: {server: https://d}}]\n"
    "users: [{name: u, user: {token: t}}]\n"
    "contexts: [{name: first, context: {cluster: d}}, {name: second, context: {cluster: d, user: u}}]\n";

static void test_merge(void **state)
{
    struct err err = { 0 };
    struct kube_target t;
    char *a = write_config("one/config", one), *b = write_config("two/config", two);
    char *list = xasprintf("%s/none:%s:%s:%s", dir, a, b, a);
    (void)state;
    setenv("KUBECONFIG", list, 1);
    struct kubeconfig *kc = kubeconfig_load(NULL, &err);
    assert_non_null(kc);
    assert_string_equal(kc->current, "first"); // the first file that says it
    assert_int_equal(kc->files.n, 2);
    assert_int_equal(kc->clusters.n, 2);
    assert_true(kubeconfig_resolve(kc, NULL, &t, &err));
    assert_string_equal(t.cluster->server, "https://one"); // the first definition, whole
    assert_string_equal(t.ns, "shop");
    char *ca = xasprintf("%s/one/ca.pem", dir), *plugin = xasprintf("%s/one/bin/aws", dir);
    assert_string_equal(t.cluster->ca_file, ca);
    assert_string_equal(t.user->token_file, "/abs/token");
    assert_null(t.user->token); // nothing of the second file's user is mixed in
    assert_string_equal(t.user->exec->command, plugin);
    assert_string_equal(t.user->exec->env.v[0], "NAME=v");
    assert_true(kubeconfig_resolve(kc, "second", &t, &err));
    assert_string_equal(t.cluster->server, "https://d");
    assert_string_equal(t.ns, "default");
    assert_false(kubeconfig_resolve(kc, "secnod", &t, &err));
    assert_string_equal(err.msg, "context \"secnod\" does not exist");
    assert_true(str_starts(err.hint, "did you mean \"second\"?"));
    kubeconfig_free(kc);
    kc = kubeconfig_load(b, &err); // --kubeconfig stands alone
    assert_string_equal(kc->current, "second");
    assert_int_equal(kc->files.n, 1);
    kubeconfig_free(kc);
    unsetenv("KUBECONFIG");
    assert_null(kubeconfig_load(NULL, &err));
    assert_non_null(strstr(err.msg, "/.kube/config"));
    char *home = write_config(".kube/config", two);
    kc = kubeconfig_load(NULL, &err);
    assert_string_equal(kc->files.v[0], home);
    kubeconfig_free(kc);
    char *all[] = { a, b, list, ca, plugin, home };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        free(all[i]);
}

// Plain numbers and bools where a string belongs
static void test_plain_scalars(void **state)
{
    struct err err = { 0 };
    struct kube_target t;
    char *path = write_config("w", "current-context: 2024\nclusters: [{name: 1.5, cluster: {server: https://h, "
                                   "insecure-skip-tls-verify: yes}}]\nusers: [{name: yes, user: {username: 7, password: 0777, "
                                   "as: x, as-groups: [5], as-user-extra: {k: [1]}}}]\ncontexts: [{name: 2024, "
                                   "context: {cluster: 1.5, user: true, namespace: 12}}]\n");
    struct kubeconfig *kc = kubeconfig_load(path, &err);
    (void)state;
    if (!kc || !kubeconfig_resolve(kc, NULL, &t, &err))
        fail_msg("%s", err.msg);
    assert_true(t.cluster->insecure);
    assert_string_equal(t.user->username, "7");
    assert_string_equal(t.user->password, "511"); // as kubectl: an octal number
    assert_string_equal(t.user->act_as_groups.v[0], "5");
    assert_string_equal(t.ns, "12");
    kubeconfig_free(kc);
    free(path);
}

static void test_wrong(void **state)
{
    static const struct {
        const char *text, *msg;
    } cases[] = {
        { "clusters: [{name: c, cluster: {server: h}}\n", "w:2:1: did not find expected ',' or ']'" },
        { "[]", "w: not a kubeconfig: a mapping" },
        { "kind: Pod", "its kind is \"Pod\"" },
        { "clusters: [{name: c}, {name: c}]", "two clusters are named \"c\"" },
        { "users: [{name: u, user: {client-key-data: '*'}}]", "client-key-data of \"u\" is not base64" },
        { "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]", "names cluster \"c\", which is not" },
        { "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c}]", "has no server" },
        { "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: "
          "{server: h}}]\nusers: [{name: u, user: {client-certificate: f}}]", "a client certificate needs its key" },
        { "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: h, "
          "insecure-skip-tls-verify: true, certificate-authority: f}}]", "exclude each other" },
        { "contexts: [{name: x, context: {cluster: c}}]", "no context is current" },
#define USER(u) "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: " \
                "{server: h}}]\nusers: [{name: u, user: {" u "}}]"
        { USER("token: \"a\\r\\nX-Evil: b\""), "token holds a line break" },
        { USER("username: \"a\\nb\", password: p"), "username holds a line break" },
        { USER("as: \"a\\rb\""), "as holds a line break" },
        { USER("as: a, as-groups: [\"a\\x7f\"]"), "as-groups holds a line break" },
        { USER("as: a, as-user-extra: {k: [\"a\\n\"]}"), "as-user-extra holds a line break" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = { 0 };
        struct kube_target t;
        char *path = write_config("w", cases[i].text);
        struct kubeconfig *kc = kubeconfig_load(path, &err);
        if ((kc && kubeconfig_resolve(kc, NULL, &t, &err)) || !strstr(err.msg, cases[i].msg))
            fail_msg("case %zu: \"%s\"", i, err.msg);
        kubeconfig_free(kc);
        free(path);
    }
}

// A file that is none, and one with very many names: neither may be waited for.
static void test_no_waiting(void **state)
{
    struct err err = { 0 };
    struct buf many = BUF_INIT;
    struct kube_target t;
    char *path = xasprintf("%s/pipe", dir);
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(60);
    assert_null(kubeconfig_load(path, &err));
    assert_non_null(strstr(err.msg, "/pipe is no regular file: a named pipe"));
    assert_false(file_read("/dev/zero", 10, &many, &err));
    assert_string_equal(err.msg, "/dev/zero is no regular file: a device");
    assert_true(file_read("/dev/null", 10, &many, &err)); // KUBECONFIG=/dev/null
    assert_null(kubeconfig_load(dir, &err));
    assert_non_null(strstr(err.msg, "Is a directory"));
    free(path);
    // What a shell hands over: --kubeconfig <(sops -d file)
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "a: b", 4), 4);
    close(ends[1]);
    path = xasprintf("/dev/fd/%d", ends[0]);
    buf_clear(&many);
    assert_true(file_read(path, 10, &many, &err));
    assert_string_equal(many.s, "a: b");
    close(ends[0]);
    buf_clear(&many);
    free(path);
    buf_puts(&many, "clusters: [{name: c, cluster: {server: https://h}}]\ncurrent-context: x39999\ncontexts:\n");
    for (int i = 0; i < 40000; i++)
        buf_printf(&many, "- {name: x%d, context: {cluster: c}}\n", i);
    path = write_config("many", many.s);
    struct kubeconfig *kc = kubeconfig_load(path, &err);
    if (!kc)
        fail_msg("%s", err.msg);
    assert_int_equal(kc->contexts.n, 40000);
    for (size_t i = 0; i < kc->contexts.n; i++)
        assert_true(kubeconfig_resolve(kc, kc->contexts.v[i].name, &t, &err));
    alarm(0);
    kubeconfig_free(kc);
    buf_release(&many);
    free(path);
}

static const char groups[] =
    "{\"items\":[{\"metadata\":{},\"versions\":[{\"version\":\"v1\",\"resources\":["
    "{\"resource\":\"pods\",\"responseKind\":{\"kind\":\"Pod\"},\"scope\":\"Namespaced\",\"singularResource\":\"pod\","
    "\"shortNames\":[\"po\"],\"verbs\":[\"list\"],\"subresources\":[{\"subresource\":\"log\"}]},"
    "{\"resource\":\"nodes\",\"responseKind\":{\"kind\":\"Node\"},\"scope\":\"Cluster\"}]}]},"
    "{\"metadata\":{\"name\":\"apps\"},\"versions\":["
    "{\"version\":\"v2\",\"freshness\":\"Stale\"},"
    "{\"version\":\"v1\",\"resources\":[{\"resource\":\"deployments\",\"responseKind\":{\"kind\":\"Deployment\"},"
    "\"scope\":\"Namespaced\",\"shortNames\":[\"deploy\"]}]},"
    "{\"version\":\"v1beta1\",\"resources\":[{\"resource\":\"deployments\",\"responseKind\":{\"kind\":\"Deployment\"}}]}]},"
    "{\"metadata\":{\"name\":\"a/b\"},\"versions\":[{\"version\":\"v1\",\"resources\":[{\"resource\":\"bad\","
    "\"responseKind\":{\"kind\":\"Bad\"}}]}]}]}";

static const char *version_of(const struct discovery *d, const char *name)
{
    const struct api_resource *r = discovery_find(d, name);
    return r ? r->gvr.version : "none";
}

static void test_discovery(void **state)
{
    struct err err = { 0 };
    const char *near[3];
    struct discovery *d = discovery_new();
    json_t *doc = json_loads(groups, 0, NULL);
    static const char *const pods[] = { "po", "pods", "pod", "Pod", "PODS", "pods.v1" };
    (void)state;
    assert_true(discovery_add_aggregated(d, doc, &err));
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        const struct api_resource *r = discovery_find(d, pods[i]);
        if (!r || !str_eq(r->gvr.resource, "pods"))
            fail_msg("%s is not found", pods[i]);
    }
    assert_true(discovery_find(d, "po")->gvr.namespaced);
    assert_false(discovery_find(d, "nodes")->gvr.namespaced);
    assert_string_equal(version_of(d, "deploy"), "v1"); // the first version that is served
    assert_string_equal(version_of(d, "deployments.apps"), "v1");
    assert_string_equal(version_of(d, "deployments.v1beta1.apps"), "v1beta1");
    assert_string_equal(version_of(d, "deployments.v9.apps"), "none");
    assert_string_equal(version_of(d, "bad"), "none"); // a group that would change the path
    assert_string_equal(discovery_by_kind(d, "apps", "Deployment")->gvr.version, "v1");
    assert_int_equal(d->stale.n, 1);
    assert_string_equal(d->stale.v[0], "apps/v2");
    assert_true(api_resource_can(discovery_find(d, "po"), "list"));
    assert_false(api_resource_can(discovery_find(d, "po"), "watch"));
    assert_int_equal(discovery_nearest(d, "deploymnets", near, 3), 1);
    assert_string_equal(near[0], "deployments");
    json_decref(doc);
    discovery_free(d);
}

static void test_legacy_discovery(void **state)
{
    struct err err = { 0 };
    struct discovery *d = discovery_new();
    json_t *doc = json_loads("{\"groupVersion\":\"batch/v1\",\"resources\":[{\"name\":\"jobs\",\"singularName\":\"job\","
                             "\"namespaced\":true,\"kind\":\"Job\",\"verbs\":[\"list\"]},{\"name\":\"jobs/status\"}]}", 0, NULL);
    json_t *bad = json_loads("{\"groupVersion\":\"a/b/c\",\"resources\":[{\"name\":\"x\",\"kind\":\"X\"}]}", 0, NULL);
    (void)state;
    assert_true(discovery_add_legacy(d, doc, true, &err));
    const struct api_resource *jobs = discovery_find(d, "job");
    assert_string_equal(jobs->gvr.group, "batch");
    assert_true(jobs->gvr.namespaced);
    assert_int_equal(jobs->subresources.n, 1);
    assert_string_equal(jobs->subresources.v[0], "status");
    assert_false(discovery_add_legacy(d, bad, true, &err));
    assert_null(discovery_find(d, "x"));
    json_decref(doc);
    json_decref(bad);
    discovery_free(d);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_plain_scalars),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_no_waiting),
        cmocka_unit_test(test_discovery),
        cmocka_unit_test(test_legacy_discovery),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
