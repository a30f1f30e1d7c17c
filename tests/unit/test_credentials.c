// Credentials of a user: what is sent, when a plugin runs again, what its failures say. Plugins are small
// scripts of this test; client/auth.c is included, with the HTTP client replaced by a note of what it got.
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <string.h>

#include <signal.h>

#include "client/plugin.c"
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
    assert_string_equal(ans.msg, "");
    assert_string_equal(sent, "Bearer old");
    assert_int_equal(plugin_runs(&p), 1); // expired when it came: used for a while, not run for each request
    a->got_ms -= 11000;
    ensure(a, &ans);
    assert_int_equal(plugin_runs(&p), 2);
    assert_true(auth_reject(a, auth_generation(a))); // a 401 is another matter
    ensure(a, &ans);
    assert_int_equal(plugin_runs(&p), 3);
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
    fails_with("echo '  Updates are there.'; " CREDENTIAL("v1", "\"token\":\"secret\""),
        "did not print an ExecCredential but \"Updates are there.\"", "");
    fails_with("printf '{\"token\":\"secret'", "did not print an ExecCredential: ", ""); // nothing of it is shown
    fails_with("exit 0", "did not print an ExecCredential: it printed nothing", "");
    fails_with("echo warning >&2; printf 'last\\n\\n' >&2; exit 1", "failed with exit code 1: last", "");
    fails_with(CREDENTIAL("v1", "\"token\":\"a\\\\r\\\\nX: y\""), "the token holds a line break", "");
    fails_with("yes", "printed more than", "");
    fails_with("yes & yes", "printed more than", "");
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

// ---- many contexts, one plugin

enum { MANY = 20 };

struct crowd {
    struct plugin plugins[MANY];
    struct auth *auths[MANY];
    struct plugins *shared;
    struct loop *loop;
    int answered, refused;
    size_t most; // that ran at once
};

static size_t running(const struct plugins *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->runs.n; i++)
        n += p->runs.v[i]->child != NULL;
    return n;
}

static void on_one(void *arg, const struct err *err)
{
    struct crowd *c = arg;
    c->answered++;
    c->refused += err != NULL;
    size_t now = running(c->shared);
    c->most = now > c->most ? now : c->most;
    if (c->answered == MANY)
        loop_stop(c->loop);
}

static void crowd_ask(struct crowd *c)
{
    c->answered = c->refused = 0;
    for (int i = 0; i < MANY; i++)
        auth_ensure(c->auths[i], NULL, on_one, c);
    assert_true(running(c->shared) <= 1); // the first goes alone
    while (c->answered < MANY)
        loop_run(c->loop);
}

static void crowd_new(struct crowd *c, bool same, const char *script)
{
    memset(c, 0, sizeof(*c));
    c->loop = loop_new();
    c->shared = plugins_new();
    for (int i = 0; i < MANY; i++) {
        struct kube_target t = { .cluster = &cluster, .user = &c->plugins[same ? 0 : i].user, .plugins = c->shared };
        if (i == 0 || !same)
            plugin_init(&c->plugins[i], script);
        c->auths[i] = auth_new(c->loop, &t);
    }
}

static void crowd_free(struct crowd *c, bool same)
{
    for (int i = 0; i < MANY; i++) {
        auth_free(c->auths[i]);
        if (i == 0 || !same)
            plugin_release(&c->plugins[i]);
    }
    plugins_unref(c->shared);
    loop_free(c->loop);
}

static void test_one_run_for_all(void **state)
{
    struct crowd c;
    (void)state;
    crowd_new(&c, true, CREDENTIAL("v1", "\"token\":\"t\",\"expirationTimestamp\":\"2999-01-01T00:00:00Z\""));
    crowd_ask(&c);
    assert_int_equal(c.refused, 0);
    assert_int_equal(plugin_runs(&c.plugins[0]), 1);
    for (int i = 0; i < MANY; i++) // a 401 for each of them, one after the other
        assert_true(auth_reject(c.auths[i], auth_generation(c.auths[i])));
    crowd_ask(&c);
    assert_int_equal(c.refused, 0);
    assert_int_equal(plugin_runs(&c.plugins[0]), 2);
    struct kube_target late = { .cluster = &cluster, .user = &c.plugins[0].user, .plugins = c.shared };
    struct answer ans = { .loop = c.loop };
    struct auth *a = auth_new(c.loop, &late);
    auth_ensure(a, NULL, on_ready, &ans); // a context that is opened later: at once
    assert_int_equal(ans.calls, 1);
    assert_string_equal(sent, "Bearer t");
    auth_free(a);
    crowd_free(&c, true);
    crowd_new(&c, true, "exit 1"); // and when it fails
    crowd_ask(&c);
    assert_int_equal(c.refused, MANY);
    assert_int_equal(plugin_runs(&c.plugins[0]), 1);
    crowd_free(&c, true);
}

static void test_few_at_once(void **state)
{
    struct crowd c;
    (void)state;
    crowd_new(&c, false, CREDENTIAL("v1", "\"token\":\"t\""));
    crowd_ask(&c);
    assert_int_equal(c.refused, 0);
    assert_in_range(c.most, 1, 4);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(plugin_runs(&c.plugins[i]), 1);
    crowd_free(&c, false);
    crowd_new(&c, false, CREDENTIAL("v1", "\"token\":\"t\"")); // those who are gone run nothing
    for (int i = 0; i < MANY; i++)
        auth_ensure(c.auths[i], NULL, on_one, &c);
    for (int i = 1; i < MANY; i++) {
        auth_free(c.auths[i]);
        c.auths[i] = NULL;
    }
    while (!c.answered)
        loop_run_once(c.loop, true);
    assert_int_equal(c.shared->runs.n, 0);
    assert_int_equal(plugin_runs(&c.plugins[0]), 1);
    for (int i = 1; i < MANY; i++)
        assert_int_equal(plugin_runs(&c.plugins[i]), 0);
    crowd_free(&c, false);
}

// It is over when it has ended, whatever it left behind holds its output; and it has no terminal to write on.
static void test_left_behind(void **state)
{
    struct plugin p;
    struct answer ans;
    struct buf pid = BUF_INIT;
    struct err err = { 0 };
    char path[] = "/tmp/kview-left-XXXXXX", *script;
    (void)state;
    assert_true(close(mkstemp(path)) == 0);
    script = xasprintf("read -r a b c d e sid rest </proc/$$/stat; [ $sid = $$ ] || exit 9; sleep 3000 & echo $! >%s; "
                       CREDENTIAL("v1", "\"token\":\"t\""), path);
    plugin_init(&p, script);
    struct auth *a = auth_for(&ans, &p.user);
    alarm(50);
    ensure(a, &ans);
    alarm(0);
    assert_string_equal(ans.msg, "");
    assert_string_equal(sent, "Bearer t");
    assert_true(file_read(path, 100, &pid, &err));
    assert_int_equal(kill(atoi(pid.s), SIGKILL), 0); // it lives on: a helper, a browser
    done(a, &ans);
    plugin_release(&p);
    unlink(path);
    buf_release(&pid);
    free(script);
}

static void test_always(void **state)
{
    struct plugin p;
    struct answer ans;
    (void)state;
    plugin_init(&p, CREDENTIAL("v1", "\"token\":\"t\""));
    p.exec.interactive_mode = (char *)"Always";
    struct auth *a = auth_for(&ans, &p.user);
    ensure(a, &ans);
    assert_non_null(strstr(ans.msg, "wants a terminal (interactiveMode: Always), and standard input is none"));
    assert_int_equal(plugin_runs(&p), 0);
    done(a, &ans);
    p.exec.interactive_mode = (char *)"IfAvailable";
    a = auth_for(&ans, &p.user);
    ensure(a, &ans);
    assert_string_equal(ans.msg, "");
    done(a, &ans);
    plugin_release(&p);
}

static void test_hint_lines(void **state)
{
    struct buf out = BUF_INIT;
    (void)state;
    clean_lines("Install it:\n\n  cloud components\033 install\n", &out);
    assert_string_equal(out.s, "Install it:\n  cloud components\xEF\xBF\xBD install");
    buf_release(&out);
}

int main(void)
{
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) != 0)
        return 1;
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_static),
        cmocka_unit_test(test_token_file),
        cmocka_unit_test(test_plugin),
        cmocka_unit_test(test_plugin_expiry),
        cmocka_unit_test(test_plugin_failures),
        cmocka_unit_test(test_plugin_certificate),
        cmocka_unit_test(test_missing_plugin),
        cmocka_unit_test(test_one_run_for_all),
        cmocka_unit_test(test_few_at_once),
        cmocka_unit_test(test_left_behind),
        cmocka_unit_test(test_always),
        cmocka_unit_test(test_hint_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
