// What kview keeps on disk: configuration, skins and state, in folders of their own; and what it says of damage.
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config.h"
#include "base/state.h"
#include "base/str.h"
#include "base/xdg.h"
#include "list/ctx.h"

static char *dir;

static int setup(void **state)
{
    (void)state;
    dir = xstrdup("/tmp/kview-files-XXXXXX");
    return mkdtemp(dir) && setenv("XDG_CONFIG_HOME", dir, 1) == 0 && setenv("XDG_STATE_HOME", dir, 1) == 0 ? 0 : -1;
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

static void write_file(const char *name, const char *text)
{
    struct err err = { 0 };
    char *path = xdg_config(name);
    if (!file_write(path, text, strlen(text), &err))
        fail_msg("%s", err.msg);
    free(path);
}

static bool protects_any(const struct config *c, const char *name, const char *cluster, const char *server)
{
    struct kube_context context = { .name = (char *)name };
    struct kube_cluster of = { .name = (char *)cluster, .server = (char *)server };
    struct ctx cx = { .target.context = &context, .target.cluster = &of };
    config_apply_context(c, &cx);
    return cx.readonly;
}

static bool protects(const struct config *c, const char *name)
{
    return protects_any(c, name, "c", "https://h:6443");
}

static void test_config(void **state)
{
    struct buf problems = BUF_INIT;
    (void)state;
    struct config *c = config_load(&problems); // none there
    assert_string_equal(problems.s, "");
    assert_null(config_text(c, "theme"));
    assert_true(protects(c, "my-prod-eu"));
    assert_false(protects(c, "dev"));
    assert_true(protects_any(c, "dev", "prod-eu", "https://h"));
    assert_true(protects_any(c, "dev", "c", "https://api.prod.example.com:6443"));
    config_free(c);
    write_file("config.yaml", "theme: light\nmouse: 3\n  \nthmee: x\nascii: true\nprotected: [live*]\n"
                              "aliases: {dp: deployments}\n");
    c = config_load(&problems);
    char *path = xdg_config("config.yaml");
    char *want = xasprintf("%s:2:1: mouse must be true or false\n%s:4:1: unknown key \"thmee\": did you mean \"theme\"?\n",
        path, path);
    assert_string_equal(problems.s, want);
    assert_string_equal(config_text(c, "theme"), "light");
    assert_true(config_flag(c, "mouse", true));
    assert_true(config_flag(c, "ascii", false));
    assert_string_equal(config_alias(c, "dp"), "deployments");
    assert_null(config_alias(c, "po"));
    assert_true(protects(c, "live-1"));
    assert_false(protects(c, "prod")); // the list replaces the default
    config_free(c);
    buf_clear(&problems);
    write_file("config.yaml", "theme: [\n");
    c = config_load(&problems);
    assert_true(str_starts(problems.s, path));
    assert_null(config_text(c, "theme"));
    config_free(c);
    free(path);
    free(want);
    buf_release(&problems);
}

static void test_skin(void **state)
{
    struct theme skin;
    struct err err = { 0 };
    struct buf problems = BUF_INIT;
    struct config *c = config_load(&problems);
    (void)state;
    assert_string_equal(config_theme(c, "light", &skin, &err)->name, "light");
    write_file("skins/mine.yaml", "base: light\nroles: {ok: \"#88cc88 bold\", selected: white on red}\n");
    const struct theme *t = config_theme(c, "mine", &skin, &err);
    assert_ptr_equal(t, &skin);
    assert_int_equal(t->role[ROLE_OK].fg, 0x88cc88);
    assert_true(t->role[ROLE_OK].bold);
    assert_int_equal(t->selected.bg, 0xd70000);
    assert_int_equal(t->role[ROLE_BAD].fg, theme_find("light")->role[ROLE_BAD].fg);
    write_file("skins/bad.yaml", "roles: {okay: red}\n");
    assert_null(config_theme(c, "bad", &skin, &err));
    assert_string_equal(err.msg, "skin bad: there is no role \"okay\"");
    assert_null(config_theme(c, "../mine", &skin, &err));
    assert_non_null(strstr(err.msg, "there is no theme \"../mine\""));
    config_free(c);
    buf_release(&problems);
}

static void test_state(void **state)
{
    struct buf warnings = BUF_INIT;
    struct stat st;
    char *path = xdg_state("state.json"), *damaged = xasprintf("%s.damaged", path);
    (void)state;
    struct state *s = state_open(path, &warnings);
    assert_null(state_get(s, "sort", "dev/pods"));
    state_set(s, "sort", "dev/pods", "-AGE");
    for (int i = 0; i < 5; i++) {
        char *line = xasprintf("view%d", i % 4);
        state_list_add(s, "history", line, 3);
        free(line);
    }
    state_close(s);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    s = state_open(path, &warnings);
    assert_string_equal(state_get(s, "sort", "dev/pods"), "-AGE");
    assert_int_equal(state_list_count(s, "history"), 3); // the newest, each once
    assert_string_equal(state_list_at(s, "history", 0), "view2");
    assert_string_equal(state_list_at(s, "history", 2), "view0");
    assert_string_equal(state_list_at(s, "history", 9), "");
    state_set(s, "sort", "dev/pods", NULL);
    state_list_take(s, "history", json_array());
    state_close(s);
    s = state_open(path, &warnings);
    assert_null(state_get(s, "sort", "dev/pods"));
    assert_int_equal(state_list_count(s, "history"), 0);
    state_close(s);
    assert_string_equal(warnings.s, "");
    write_file("state.json", "{\"sort\":");
    s = state_open(path, &warnings);
    assert_null(state_get(s, "sort", "dev/pods"));
    assert_non_null(strstr(warnings.s, "moved to"));
    assert_int_equal(access(damaged, F_OK), 0);
    state_close(s);
    free(path);
    free(damaged);
    buf_release(&warnings);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config),
        cmocka_unit_test(test_skin),
        cmocka_unit_test(test_state),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
