// The write gate: every command that changes something, on every kind of object it may meet, sends nothing while the
// context is read-only, and a write that goes round the gate ends the program. Linked with --wrap=http_send, so that
// each request is heard of before it is sent.
#include "tests/unit/unit.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acts/act.h"
#include "acts/journal.h"
#include "app/actions.h"
#include "app/app.h"
#include "app/host.h"
#include "app/command.h"
#include "app/config.h"
#include "app/debug.h"
#include "app/overlay.h"
#include "app/unlock.h"
#include "base/loop.h"
#include "base/state.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/http.h"
#include "client/verbs.h"
#include "kinds/kind.h"
#include "views/copies.h"

struct http_req *__wrap_http_send(struct http *h, const struct http_opts *o, const struct http_handlers *hs, void *arg);
struct http_req *__real_http_send(struct http *h, const struct http_opts *o, const struct http_handlers *hs, void *arg);

static int writes;
static char last_write[1024]; // "PATCH /path body"

struct http_req *__wrap_http_send(struct http *h, const struct http_opts *o, const struct http_handlers *hs, void *arg)
{
    bool review = str_ends(o->path, "reviews");
    if (!str_eq(o->method, "GET") && !review) {
        writes++;
        snprintf(last_write, sizeof(last_write), "%s %s %.*s", o->method, o->path, (int)o->body_len,
            o->body ? (const char *)o->body : "");
    }
    return __real_http_send(h, o, hs, arg);
}

struct fake {
    struct view v;
    struct selection sel;
};

static bool fake_selection(struct view *v, struct selection *out)
{
    *out = ((struct fake *)v)->sel;
    return true;
}

static bool fake_command(struct view *v, const struct call *call, struct err *err)
{
    (void)v, (void)call, (void)err;
    return false;
}

static void fake_free(struct view *v)
{
    view_release(v);
    free(v);
}

static const struct view_ops fake_ops = { .mode = "list", .free = fake_free, .selection = fake_selection,
    .command = fake_command };

struct world {
    struct app app;
    struct ctx *cx;
    struct fake *view;
    char dir[64];
};

static void write_config(const char *dir)
{
    static const char text[] = "apiVersion: v1\nkind: Config\ncurrent-context: my-prod\n"
                               "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\n"
                               "users: [{name: u, user: {}}]\n"
                               "contexts: [{name: my-prod, context: {cluster: c, user: u, namespace: shop}}]\n";
    struct err err;
    char *path = xasprintf("%s/config", dir);
    assert_true(file_write(path, text, sizeof(text) - 1, &err));
    free(path);
}

static int setup(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct buf problems = BUF_INIT;
    struct err err = { 0 };
    snprintf(w->dir, sizeof(w->dir), "/tmp/kview-gate-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    setenv("XDG_STATE_HOME", w->dir, 1);
    setenv("XDG_CONFIG_HOME", w->dir, 1);
    write_config(w->dir);
    char *path = xasprintf("%s/config", w->dir);
    w->app.loop = loop_new();
    w->app.canvas = canvas_new(40, 120);
    w->app.config = config_load(&problems);
    w->app.state = state_open(NULL, &problems);
    app_host_init(&w->app);
    w->app.kc = kubeconfig_load(path, &err);
    assert_non_null(w->app.kc);
    w->cx = app_get_ctx(&w->app, NULL, &err);
    assert_non_null(w->cx);
    w->view = xcalloc(1, sizeof(*w->view));
    view_init(&w->view->v, &fake_ops, w->cx, "pods", "Pods");
    w->view->v.host = &w->app.host;
    struct pane *p = pane_new();
    tabs_add(&w->app, p);
    tabs_push(&w->app, p, &w->view->v);
    free(path);
    buf_release(&problems);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    node_shells_end(&w->app);
    tabs_free_all(&w->app);
    overlay_release(&w->app);
    actions_free(w->app.actions);
    journal_free(w->app.host.journal);
    copies_free(w->app.host.copies);
    debug_free(w->app.debug);
    for (size_t i = 0; i < w->app.ctxs.n; i++)
        ctx_free(w->app.ctxs.v[i]);
    arr_release(&w->app.ctxs);
    kubeconfig_free(w->app.kc);
    state_close(w->app.state);
    config_free(w->app.config);
    canvas_free(w->app.canvas);
    loop_free(w->app.loop);
    char *rm = xasprintf("rm -r %s", w->dir);
    assert_int_equal(system(rm), 0);
    free(rm);
    free(w);
    return 0;
}

static void select_kind(struct world *w, const struct kind *k)
{
    w->view->sel = (struct selection) { .kind = k, .gvr = k->gvr, .api_kind = k->api_kind,
        .ns = k->gvr.namespaced ? "shop" : "", .name = "web", .uid = "u1" };
}

static const char *words_for(const char *name)
{
    static const char *const words[][2] = { { "scale", "3" }, { "label", "a=b" }, { "annotate", "a=b" },
        { "set-image", "app=x" }, { "node-shell", "n1" }, { "debug", "web" }, { "shell", "web" }, { "attach", "web" } };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (str_eq(words[i][0], name))
            return words[i][1];
    return "";
}

static void run_and_say_yes(struct world *w, const char *line)
{
    struct key yes = { .code = 'y' };
    app_run_line(&w->app, line);
    for (int i = 0; i < 3; i++) {
        loop_run_once(w->app.loop, false);
        if (w->app.overlay == OVERLAY_DIALOG)
            overlay_key(&w->app, yes);
    }
}

// No command of the table that changes something gets anywhere, on any kind.
static void read_only_walk(void **state)
{
    struct world *w = *state;
    size_t n, mutating = 0;
    const struct command *all = command_all(&n);
    assert_true(w->cx->readonly); // *prod* is protected without a word of configuration
    writes = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(all[i].flags & CMD_MUTATES))
            continue;
        mutating++;
        for (size_t k = 0; kind_all()[k]; k++) {
            char *line = xasprintf("%s %s", all[i].name, words_for(all[i].name));
            w->app.flash[0] = '\0';
            select_kind(w, kind_all()[k]);
            run_and_say_yes(w, line);
            if (!strstr(w->app.flash, "my-prod is read-only"))
                fail_msg("%s on %s says \"%s\"", line, kind_all()[k]->name, w->app.flash);
            assert_true(w->app.overlay != OVERLAY_DIALOG);
            free(line);
        }
    }
    assert_true(mutating >= 17);
    assert_int_equal(writes, 0);
    assert_null(w->app.actions); // nothing even began
}

// Each action is a row of the command table, marked as what it is.
static void actions_are_commands(void **state)
{
    size_t n, marked = 0, rows;
    const struct act *acts = act_all(&n);
    const struct command *all = command_all(&rows);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct command *c = command_find(acts[i].name);
        assert_non_null(c);
        assert_string_equal(c->args, acts[i].args);
        assert_int_equal(c->flags, CMD_ACTION | CMD_MUTATES);
        if (i)
            assert_true(strcmp(acts[i - 1].name, acts[i].name) < 0);
    }
    for (size_t i = 0; i < rows; i++) {
        marked += (all[i].flags & CMD_ACTION) != 0;
        if (i)
            assert_true(strcmp(all[i - 1].name, all[i].name) < 0);
    }
    assert_int_equal(marked, n);
}

static void ignore(void *arg, json_t *doc, const struct http_result *res)
{
    (void)arg, (void)doc, (void)res;
}

static uint64_t send_one(struct world *w, struct err *err)
{
    json_t *body = json_object();
    struct write_gate gate = ctx_gate(w->cx);
    struct write wr = { "testing", WRITE_MERGE, { { "", "v1", "configmaps", true }, "shop", "c", NULL }, body, false };
    uint64_t id = verbs_send(w->cx->client, &gate, &wr, ignore, NULL, err);
    json_decref(body);
    for (int i = 0; i < 3; i++)
        loop_run_once(w->app.loop, false);
    return id;
}

// The same write is refused, sent while unlocked, and refused again when the time is over.
static void unlocked_for_a_time(void **state)
{
    struct world *w = *state;
    struct err err = { 0 };
    writes = 0;
    assert_int_equal(send_one(w, &err), 0);
    assert_string_equal(err.msg, "the context my-prod is read-only: testing is refused");
    assert_non_null(strstr(err.hint, "`:unlock`"));
    app_run_line(&w->app, "unlock 1");
    assert_int_equal(w->app.overlay, OVERLAY_DIALOG);
    overlay_key(&w->app, (struct key) { .code = 'y' }); // y does not do: its name is to be typed
    overlay_key(&w->app, (struct key) { .code = K_ENTER });
    assert_true(w->cx->readonly);
    overlay_key(&w->app, (struct key) { .code = K_BSPACE });
    for (const char *p = "my-prod"; *p; p++)
        overlay_key(&w->app, (struct key) { .code = (uint32_t)*p });
    overlay_key(&w->app, (struct key) { .code = K_ENTER });
    assert_false(w->cx->readonly);
    assert_in_range(unlock_left(w->cx), 55, 60);
    assert_true(send_one(w, &err) != 0);
    assert_int_equal(writes, 1);
    w->cx->unlocked_until = time_boot_ms() - 1; // not ticked yet
    assert_int_equal(send_one(w, &err), 0);
    unlock_tick(&w->app);
    assert_true(w->cx->readonly);
    assert_int_equal(w->cx->unlocked_until, 0);
    assert_int_equal(writes, 1);
}

static void strictly_read_only(void **state)
{
    struct world *w = *state;
    w->cx->strict = true;
    app_run_line(&w->app, "unlock");
    assert_int_equal(w->app.overlay, OVERLAY_NONE);
    assert_non_null(strstr(w->app.flash, "--readonly"));
    assert_true(w->cx->readonly);
}

// What is asked of the server, by type, in earnest and as a dry run.
static void as_sent(void **state)
{
    static const struct {
        enum write_type type;
        const char *sub, *real, *dry;
    } w[] = {
        { WRITE_CREATE, NULL, "POST P?fieldManager=kview {}", "POST P?fieldManager=kview&dryRun=All {}" },
        { WRITE_CREATE, "eviction", "POST P/eviction?fieldManager=kview {}",
            "POST P/eviction?fieldManager=kview&dryRun=All {}" },
        { WRITE_REPLACE, NULL, "PUT P?fieldManager=kview {}", "PUT P?fieldManager=kview&dryRun=All {}" },
        { WRITE_MERGE, "scale", "PATCH P/scale?fieldManager=kview {}", "PATCH P/scale?fieldManager=kview&dryRun=All {}" },
        { WRITE_STRATEGIC, NULL, "PATCH P?fieldManager=kview {}", "PATCH P?fieldManager=kview&dryRun=All {}" },
        { WRITE_JSON_PATCH, NULL, "PATCH P?fieldManager=kview {}", "PATCH P?fieldManager=kview&dryRun=All {}" },
        // its options are read from the body alone: in the query, a dry run would delete
        { WRITE_DELETE, NULL, "DELETE P {}", "DELETE P {\"dryRun\":[\"All\"]}" },
    };
    struct world *world = *state;
    struct write_gate gate = { .readonly = false, .context = "my-prod" };
    json_t *body = json_object();
    for (size_t i = 0; i < ARRAY_SIZE(w) * 2; i++) {
        struct err err = { 0 };
        bool dry = i % 2;
        struct write wr = { "testing", w[i / 2].type, { { "", "v1", "pods", true }, "shop", "p", w[i / 2].sub }, body, dry };
        assert_true(verbs_send(world->cx->client, &gate, &wr, ignore, NULL, &err) != 0);
        for (int k = 0; k < 3; k++)
            loop_run_once(world->app.loop, false);
        char *want = str_replace_first(dry ? w[i / 2].dry : w[i / 2].real, " P", " /api/v1/namespaces/shop/pods/p");
        assert_string_equal(last_write, want);
        free(want);
    }
    assert_int_equal(json_object_size(body), 0); // borrowed, and as it was
    json_decref(body);
}

// The status of a child that sends it with the client alone.
static int alone(struct world *w, const char *method, const char *path)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct http_opts o = { .method = method, .path = path };
        signal(SIGABRT, SIG_DFL);
        fclose(stderr);
        client_call(w->cx->client, &o, ignore, NULL);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void no_way_round(void **state)
{
    static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE" };
    struct world *w = *state;
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
        assert_true(WIFSIGNALED(alone(w, methods[i], "/api/v1/namespaces/shop/pods")));
    assert_true(WIFSIGNALED(alone(w, "POST", "/api/v1/namespaces/shop/configmaps/reviews")));
    assert_int_equal(alone(w, "GET", "/api/v1/pods"), 0);
    assert_int_equal(alone(w, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(read_only_walk, setup, teardown),
        cmocka_unit_test_setup_teardown(unlocked_for_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(strictly_read_only, setup, teardown),
        cmocka_unit_test_setup_teardown(as_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(no_way_round, setup, teardown),
        cmocka_unit_test(actions_are_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
