// Credentials of a user: what is sent, when a plugin runs again, what its failures say. Plugins are small
// scripts of this test; client/auth.c is included, with the HTTP client replaced by a note of what it got.
#include "tests/unit/unit.h"

#include <string.h>

#define http_set_auth note_auth
#include "client/auth.c"
#undef http_set_auth

static char sent[200], headers[300];

void note_auth(struct http *h, const struct http_auth *auth)
{
    (void)h;
    snprintf(sent, sizeof(sent), "%s%s%s", str_or(auth->authorization, ""), auth->cert_pem ? " cert " : "",
        str_or(auth->cert_pem, ""));
    headers[0] = '\0';
    for (size_t i = 0; auth->headers[i]; i++)
        snprintf(headers + strlen(headers), sizeof(headers) - strlen(headers), "%s|", auth->headers[i]);
}

struct answer {
    struct loop *loop;
    int calls;
    char msg[800];
    char hint[400];
};

static void on_ready(void *arg, const struct err *err)
{
    struct answer *a = arg;
    a->calls++;
    snprintf(a->msg, sizeof(a->msg), "%s", err ? err->msg : "");
    snprintf(a->hint, sizeof(a->hint), "%s", err ? err->hint : "");
    loop_stop(a->loop);
}

// Asks for credentials and waits for the answer.
static void ensure(struct auth *a, struct answer *ans)
{
    int before = ans->calls;
    auth_ensure(a, NULL, on_ready, ans);
    while (ans->calls == before)
        loop_run(ans->loop);
}

static struct kube_cluster cluster = { .name = (char *)"c", .server = (char *)"https://h" };

static struct auth *auth_for(struct answer *ans, const struct kube_user *user)
{
    struct kube_target t = { .cluster = &cluster, .user = user };
    memset(ans, 0, sizeof(*ans));
    ans->loop = loop_new();
    sent[0] = '\0';
    return auth_new(ans->loop, &t);
}

static void done(struct auth *a, struct answer *ans)
{
    auth_free(a);
    loop_free(ans->loop);
}

static void test_static(void **state)
{
    static struct kube_user token = { .token = (char *)"abc", .act_as = (char *)"bob" };
    static const struct kube_user basic = { .username = (char *)"u", .password = (char *)"p" };
    struct answer ans;
    (void)state;
    arr_push(&token.act_as_groups, (char *)"g1");
    token.act_as_extra = json_pack("{s:[s]}", "a/b", "x");
    struct auth *a = auth_for(&ans, &token);
    ensure(a, &ans);
    assert_string_equal(sent, "Bearer abc");
    assert_string_equal(headers, "Impersonate-User: bob|Impersonate-Group: g1|Impersonate-Extra-a%2Fb: x|");
    assert_false(auth_reject(a, auth_generation(a))); // a static token that is refused stays refused
    done(a, &ans);
    json_decref(token.act_as_extra);
    arr_release(&token.act_as_groups);
    a = auth_for(&ans, &basic);
    ensure(a, &ans);
    assert_string_equal(sent, "Basic dTpw");
    done(a, &ans);
}

static void test_token_file(void **state)
{
    char path[] = "/tmp/kview-token-XXXXXX";
    struct kube_user user = { .token_file = path };
    struct answer ans;
    struct err err;
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0 && write(fd, "one\n", 4) == 4 && close(fd) == 0);
    struct auth *a = auth_for(&ans, &user);
    ensure(a, &ans);
    assert_string_equal(sent, "Bearer one");
    assert_true(file_write(path, "two\n", 4, &err));
    ensure(a, &ans);
    assert_string_equal(sent, "Bearer one"); // read again when it is refused, or after a while
    assert_true(auth_reject(a, auth_generation(a)));
    ensure(a, &ans);
    assert_string_equal(sent, "Bearer two");
    unlink(path);
    assert_true(auth_reject(a, auth_generation(a)));
    ensure(a, &ans); // gone for a moment: the last one still serves
    assert_string_equal(sent, "Bearer two");
    assert_string_equal(ans.msg, "");
    done(a, &ans);
}

// A plugin that prints what the test says and counts its runs in a file.
struct plugin {
    struct kube_exec exec;
    struct kube_user user;
    char counter[40], *script;
};

static void plugin_init(struct plugin *p, const char *script)
{
    memset(p, 0, sizeof(*p));
    strcpy(p->counter, "/tmp/kview-runs-XXXXXX");
    int fd = mkstemp(p->counter);
    assert_true(fd >= 0 && close(fd) == 0);
    p->script = xasprintf("printf x >> %s; %s", p->counter, script);
    p->exec = (struct kube_exec) { .api_version = (char *)"client.authentication.k8s.io/v1",
        .command = (char *)"sh", .interactive_mode = (char *)"Never", .install_hint = (char *)"get it there" };
    arr_push(&p->exec.args, (char *)"-c");
    arr_push(&p->exec.args, p->script);
    p->user.exec = &p->exec;
}

static int plugin_runs(const struct plugin *p)
{
    struct stat st;
    return stat(p->counter, &st) == 0 ? (int)st.st_size : -1;
}

static void plugin_release(struct plugin *p)
{
    unlink(p->counter);
    arr_release(&p->exec.args);
    free(p->script);
}

#define CREDENTIAL(version, status)                                                                \
    "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/" version    \
    "\",\"status\":{" status "}}'"

static void test_plugin(void **state)
{
    struct plugin p;
    struct answer ans;
    (void)state;
    plugin_init(&p, CREDENTIAL("v1", "\"token\":\"t\","
                                     "\"expirationTimestamp\":\"2999-01-01T00:00:00Z\""));
    struct auth *a = auth_for(&ans, &p.user);
    ensure(a, &ans);
    ensure(a, &ans);
    assert_string_equal(ans.msg, "");
    assert_string_equal(sent, "Bearer t");
    assert_int_equal(plugin_runs(&p), 1); // cached
    uint64_t first = auth_generation(a);
    assert_true(auth_reject(a, first)); // a 401: run it again
    assert_true(auth_reject(a, first)); // a second 401 for the same credential costs no second run
    ensure(a, &ans);
    assert_int_equal(plugin_runs(&p), 2);
    assert_true(auth_generation(a) > first);
    done(a, &ans);
    plugin_release(&p);
}

static void test_plugin_expiry(void **state)
{
    struct plugin p;
    struct answer ans;
    (void)state;
    plugin_init(&p, CREDENTIAL("v1", "\"token\":\"old\",\"expirationTimestamp\":\"2001-01-01T00:00:00Z\""));
    struct auth *a = auth_for(&ans, &p.user);
    ensure(a, &ans);
    ensure(a, &ans);
    assert_int_equal(plugin_runs(&p), 2); // expired when it came
    assert_int_equal(auth_expires(a), 978307200);
    done(a, &ans);
    plugin_release(&p);
}

static void fails_with(const char *script, const char *msg, const char *hint)
{
    struct plugin p;
    struct answer ans;
    plugin_init(&p, script);
    struct auth *a = auth_for(&ans, &p.user);
    ensure(a, &ans);
    if (!strstr(ans.msg, msg) || !strstr(ans.hint, hint))
        fail_msg("said: %s (%s)", ans.msg, ans.hint);
    assert_string_equal(sent, "");
    done(a, &ans);
    plugin_release(&p);
}

static void test_plugin_failures(void **state)
{
    (void)state;
    fails_with(CREDENTIAL("v1beta1", "\"token\":\"t\""), "answered with apiVersion", "");
    fails_with(CREDENTIAL("v1", "\"clientCertificateData\":\"c\""), "neither a token nor a certificate with its key", "");
    fails_with("echo '{}'", "answered with apiVersion \"\"", "");
    fails_with("echo garbage", "did not print an ExecCredential", "");
    fails_with("printf 'log in\\033[2J first\\n' >&2; exit 3", "failed with exit code 3: log in\xEF\xBF\xBD[2J first",
        "get it there");
}

static void test_plugin_certificate(void **state)
{
    struct plugin p;
    struct answer ans;
    (void)state;
    plugin_init(&p, CREDENTIAL("v1", "\"clientCertificateData\":\"PEM\",\"clientKeyData\":\"KEY\""));
    struct auth *a = auth_for(&ans, &p.user);
    ensure(a, &ans);
    assert_string_equal(sent, " cert PEM");
    done(a, &ans);
    plugin_release(&p);
}

static void test_missing_plugin(void **state)
{
    static struct kube_exec exec = { .api_version = (char *)"client.authentication.k8s.io/v1",
        .command = (char *)"kview-no-such-plugin", .interactive_mode = (char *)"Never",
        .install_hint = (char *)"brew install it" };
    static const struct kube_user user = { .exec = &exec }, gcp = { .auth_provider = (char *)"gcp" };
    struct answer ans;
    (void)state;
    struct auth *a = auth_for(&ans, &user);
    ensure(a, &ans);
    assert_string_equal(ans.msg, "the credential plugin kview-no-such-plugin is not found in PATH");
    assert_string_equal(ans.hint, "brew install it");
    done(a, &ans);
    a = auth_for(&ans, &gcp);
    ensure(a, &ans);
    assert_non_null(strstr(ans.hint, "gke-gcloud-auth-plugin"));
    done(a, &ans);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_static),
        cmocka_unit_test(test_token_file),
        cmocka_unit_test(test_plugin),
        cmocka_unit_test(test_plugin_expiry),
        cmocka_unit_test(test_plugin_failures),
        cmocka_unit_test(test_plugin_certificate),
        cmocka_unit_test(test_missing_plugin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
