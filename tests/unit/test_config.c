// config.yaml: what it may say, and that each fault is named with file:line:column while the rest applies.
#include "tests/unit/unit.h"

#include <string.h>
#include <unistd.h>

#include "app/config.h"
#include "app/custom.h"
#include "base/str.h"
#include "base/xdg.h"

static int make_dir(void **state)
{
    char *dir = xstrdup("/tmp/kview-config-XXXXXX");
    assert_non_null(mkdtemp(dir));
    setenv("XDG_CONFIG_HOME", dir, 1);
    setenv("XDG_STATE_HOME", dir, 1);
    *state = dir;
    return 0;
}

static int remove_dir(void **state)
{
    char *cmd = xasprintf("rm -rf '%s'", (char *)*state);
    int rc = system(cmd);
    free(cmd);
    free(*state);
    return rc;
}

static struct config *load(const char *text, struct buf *problems)
{
    struct err err;
    char *path = xdg_config("config.yaml");
    if (!file_write(path, text, strlen(text), &err))
        fail_msg("%s", err.msg);
    buf_clear(problems);
    struct config *c = config_load(problems);
    free(path);
    return c;
}

static void all_is_well(void **state)
{
    struct buf problems = BUF_INIT;
    struct config *c = load("theme: light\nmouse: false\nprotected: [prod*]\naliases: {kp: pods -n x}\n"
                            "columns:\n  po: [NAME, status, \"label:app\"]\n  gadgets.x.test: [NAME, COLOUR]\n"
                            "sort: {deploy: -AGE}\nfavourites: [shop, pay]\n",
        &problems);
    (void)state;
    assert_string_equal(problems.s, "");
    assert_string_equal(config_text(c, "theme"), "light");
    assert_false(config_flag(c, "mouse", true));
    assert_true(config_flag(c, "ascii", true));
    assert_string_equal(config_alias(c, "kp"), "pods -n x");
    char *layout = config_columns(c, "pods"); // written as po
    assert_string_equal(layout, "NAME,status,label:app");
    free(layout);
    layout = config_columns(c, "gadgets.x.test");
    assert_string_equal(layout, "NAME,COLOUR");
    free(layout);
    assert_null(config_columns(c, "nodes"));
    assert_string_equal(config_sort(c, "deployments"), "-AGE");
    assert_null(config_sort(c, "pods"));
    assert_string_equal(config_favourite(c, 2), "pay");
    assert_null(config_favourite(c, 3));
    config_free(c);
    buf_release(&problems);
}

static void faults(void **state)
{
    static const char *const cases[][2] = {
        { "theme: dark\nthem: light\n", ":2:1: unknown key \"them\": did you mean \"theme\"?\n" },
        { "\n\n  zzz: 1\n", ":3:3: unknown key \"zzz\"\n" },
        { "mouse: perhaps\n", ":1:1: mouse must be true or false\n" },
        { "protected: prod\n", ":1:1: protected must be a list of context patterns" },
        { "aliases: [a]\n", ":1:1: aliases must be a mapping" },
        { "theme: [dark\n", ":2:1: " },
        { "- a\n", ":1:1: the configuration must be a mapping\n" },
        { "theme: dark\ntheme: light\n", ":2:1: the key is there twice" },
        { "columns: {pods: NAME}\n", ":1:11: the columns of pods must be a list of names\n" },
        { "columns:\n  pods: [NAME, 7]\n", ":2:3: the columns of pods must be a list of names\n" },
        { "columns:\n  pods:\n  - NAME\n  - REDY\n",
            ":4:5: pods have no column \"REDY\": did you mean \"READY\"?\n" },
        { "sort: {po: -AGED}\n", ":1:8: pods have no column \"AGED\": did you mean \"AGE\"?\n" },
        { "sort: {po: [AGE]}\n", ":1:8: the sort of po must be a column\n" },
        { "hotkeys: {Hyper-x: pods}\n", ":1:11: the hotkey Hyper-x must be a key" },
        { "hotkeys: {F5: 7}\n", ":1:11: the hotkey F5 must be a key" },
        { "commands: {a: b}\n", ":1:1: commands must be a list of commands" },
        { "commands:\n- {name: x, command: []}\n", ":2:13: the command of x must be a list" },
        { "favourites: shop\n", ":1:1: favourites must be a list of at most nine namespaces" },
    };
    struct buf problems = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct config *c = load(cases[i][0], &problems);
        if (!strstr(problems.s, "/kview/config.yaml:") || !strstr(problems.s, cases[i][1]))
            fail_msg("of %s it is said: %s", cases[i][0], problems.s);
        config_free(c);
    }
    buf_release(&problems);
}

// config.d adds what config.yaml does not say, each fault under its own file.
static void parts(void **state)
{
    static const char *const files[][2] = { { "config.d/a.yaml", "theme: light\nview: nodes\naliases: {x: pods, y: nodes}\n"
                                                                 "commands: [{name: one, command: [a]}, {name: two, command: [b]}]\n" },
        { "config.d/b.yaml", "view: jobs\nmouse: perhaps\ncommands: [{name: one, command: [c]}, {name: three, command: [d]}]\n" },
        { "config.d/.c.yaml", "ascii: true\n" }, { "config.d/d.txt", "ascii: true\n" } };
    struct buf problems = BUF_INIT;
    struct err err;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        char *path = xdg_config(files[i][0]);
        assert_true(file_write(path, files[i][1], strlen(files[i][1]), &err));
        free(path);
    }
    struct config *c = load("theme: dark\naliases: {x: deploy}\ncommands: [{name: two, command: [own]}]\n", &problems);
    assert_string_equal(config_text(c, "theme"), "dark");
    assert_string_equal(config_text(c, "view"), "nodes");
    assert_string_equal(config_alias(c, "x"), "deploy");
    assert_string_equal(config_alias(c, "y"), "nodes");
    assert_false(config_flag(c, "ascii", false));
    const struct customs *all = config_customs(c);
    assert_int_equal(all->v.n, 3);
    assert_string_equal(json_string_value(json_array_get(custom_find(all, "two")->words, 0)), "own");
    assert_string_equal(json_string_value(json_array_get(custom_find(all, "one")->words, 0)), "a");
    assert_non_null(custom_find(all, "three"));
    assert_non_null(strstr(problems.s, "config.d/b.yaml:2:1: mouse must be true or false"));
    assert_non_null(strstr(problems.s, "there are two commands \"two\""));
    config_free(c);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        char *path = xdg_config(files[i][0]);
        unlink(path);
        free(path);
    }
    buf_release(&problems);
}

// One wrong value does not take the others away.
static void the_rest_applies(void **state)
{
    struct buf problems = BUF_INIT;
    struct config *c = load("mouse: 3\nnonsense: {a: b}\ntheme: contrast\ncolumns: {pods: 1, nodes: [NAME]}\n",
        &problems);
    (void)state;
    assert_string_equal(config_text(c, "theme"), "contrast");
    assert_true(config_flag(c, "mouse", true));
    assert_null(config_columns(c, "pods"));
    char *layout = config_columns(c, "nodes");
    assert_string_equal(layout, "NAME");
    free(layout);
    config_free(c);
    buf_release(&problems);
}

static void skins(void **state)
{
    static const char good[] = "{base: light, roles: {header: \"#ff00ff\"}}",
                      bad[] = "{base: dark, roles: {nosuch: red}}";
    struct buf problems = BUF_INIT;
    struct config *c = load("", &problems);
    struct theme skin = { 0 };
    struct err err = { 0 };
    struct choices all = { 0 };
    char *path = xdg_config("skins/pink.yaml"), *worse = xdg_config("skins/worse.yaml");
    (void)state;
    assert_true(file_write(path, good, strlen(good), &err));
    assert_true(file_write(worse, bad, strlen(bad), &err));
    const struct theme *t = config_theme(c, "pink", &skin, &err);
    assert_ptr_equal(t, &skin);
    assert_string_equal(t->name, "pink");
    assert_int_equal(t->role[ROLE_HEADER].fg, 0xff00ff);
    assert_null(config_theme(c, "worse", &skin, &err)); // the one in use stays whole
    assert_non_null(strstr(err.msg, "nosuch"));
    assert_string_equal(skin.name, "pink");
    assert_null(config_theme(c, "none-such", &skin, &err));
    assert_non_null(strstr(err.msg, "there is no theme \"none-such\""));
    assert_null(config_theme(c, "../pink", &skin, &err));
    config_skins("pink", &all);
    assert_int_equal(all.items.n, 1);
    assert_string_equal(all.items.v[0].text, "worse");
    choices_release(&all);
    config_free(c);
    free(path);
    free(worse);
    buf_release(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(faults),
        cmocka_unit_test(parts), cmocka_unit_test(the_rest_applies),
        cmocka_unit_test(skins),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
