// Completion of `:`: the nearest first, short names, views, commands, contexts after @.
#include "tests/unit/unit.h"

#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/complete.h"
#include "base/str.h"

static struct app *app;

static int setup(void **state)
{
    static const char text[] =
        "{apiVersion: v1, kind: Config, clusters: [{name: c, cluster: {server: \"https://127.0.0.1:1\"}}], "
        "users: [{name: u, user: {token: t}}], contexts: [{name: prod-eu, context: {cluster: c, user: u}}, "
        "{name: prod-us, context: {cluster: c, user: u}}, {name: dev, context: {cluster: c, user: u}}]}";
    char path[] = "/tmp/kview-complete-XXXXXX";
    struct err err = { 0 };
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_true(file_write(path, text, sizeof(text) - 1, &err));
    app = xcalloc(1, sizeof(*app));
    app->kc = kubeconfig_load(path, &err);
    unlink(path);
    if (!app->kc)
        fail_msg("%s", err.msg);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kubeconfig_free(app->kc);
    free(app);
    return 0;
}

// Whether `want` is offered for `typed`, and first when asked.
static void check_offer(const char *typed, const char *want, bool first)
{
    struct choices got = { 0 };
    bool there = false;
    complete_command(app, typed, &got);
    for (size_t i = 0; i < got.items.n && (i == 0 || !first); i++)
        there |= str_eq(got.items.v[i].text, want);
    if (!there)
        fail_msg("\"%s\" offers \"%s\", not \"%s\"", typed, got.items.n ? got.items.v[0].text : "nothing", want);
    assert_true(got.items.n <= 12);
    choices_release(&got);
}

static void kinds(void **state)
{
    static const char *const cases[][2] = { { "pods", "pods" }, { "po", "pods" }, { "deploy", "deployments" },
        { "svc", "services" }, { "ns", "namespaces" }, { "sts", "statefulsets" }, { "ing", "ingresses" },
        { "pvc", "persistentvolumeclaims" }, { "DEPLOYMENTS", "deployments" }, { "dplymnts", "deployments" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_offer(cases[i][0], cases[i][1], false);
    check_offer("pods", "pods", true);
    check_offer("deployments", "deployments", true);
}

static void others(void **state)
{
    struct choices got = { 0 };
    (void)state;
    check_offer("expl", "explain", false);
    check_offer("pool", "pools", false);
    check_offer("workl", "workloads", false);
    check_offer("theme", "theme", true);
    check_offer("restore", "restore", true);
    check_offer("split deploy", "split deployments", false); // what split and tab-new open is a view
    check_offer("tab-new po", "tab-new pods", false);
    complete_command(app, "zzzzqq", &got);
    assert_int_equal(got.items.n, 0);
    complete_command(app, "", &got);
    assert_int_equal(got.items.n, 0);
    choices_release(&got);
}

// What a command or a view takes, and not what another does.
static void arguments(void **state)
{
    static const char *const cases[][2] = { { "explain dep", "explain deployments" }, { "yaml sec", "yaml secrets" },
        { "split yaml cm", "split yaml configmaps" }, { "theme li", "theme light" }, { "contexts de", "contexts dev" },
        { "sort-b", "sort-by" } };
    static const char *const nothing[] = { "theme p", "explain pods we", "sort-by na", "snapshot po", "wide po" };
    struct choices got = { 0 };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_offer(cases[i][0], cases[i][1], true);
    for (size_t i = 0; i < ARRAY_SIZE(nothing); i++) {
        complete_command(app, nothing[i], &got);
        if (got.items.n)
            fail_msg("\"%s\" offers \"%s\"", nothing[i], got.items.v[0].text);
    }
}

static void contexts(void **state)
{
    struct choices got = { 0 };
    (void)state;
    check_offer("pods @de", "pods @dev", true);
    check_offer("pods -n x @us", "pods -n x @prod-us", true);
    check_offer("ctx prod", "ctx prod-eu", false);
    check_offer("ctx prod", "ctx prod-us", false);
    complete_command(app, "pods @", &got);
    assert_int_equal(got.items.n, 3);
    choices_release(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(others),
        cmocka_unit_test(arguments),
        cmocka_unit_test(contexts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
