// Keys and keymaps: names, bindings, sequences, modes, and what a wrong line of a file says.
#include "tests/unit/unit.h"

#include <string.h>

#include "app/command.h"
#include "base/key.h"
#include "base/str.h"
#include "keymaps/keymap.h"

static struct key key(const char *name)
{
    struct key k;
    if (!key_parse(name, strlen(name), &k))
        fail_msg("%s is not a key", name);
    return k;
}

static void test_names(void **state)
{
    static const char *const wrong[] = { "", "C-", "M-C-", "F0", "F13", "F1x", "enter", "ab", "C-C-a", "S-a", "\x01",
        "\xff", "X-a" };
    struct key k;
    char out[32];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        if (key_parse(wrong[i], strlen(wrong[i]), &k))
            fail_msg("\"%s\" is taken for a key", wrong[i]);
    assert_int_equal(key("C-A").code, 'a'); // a terminal sends the same for both
    assert_int_equal(key("A").code, 'A');
    assert_int_equal(key("F12").code, K_F12);
    assert_int_equal(key("C-M-S-PgUp").mods, MOD_CTRL | MOD_ALT | MOD_SHIFT);
    assert_int_equal(key("é").code, 0xe9);
    assert_int_equal(key("-").code, '-');
    assert_int_equal(key("M--").code, '-');
    key_format(key("M-C-S-F5"), out, sizeof(out));
    assert_string_equal(out, "C-M-S-F5");
}

static const char *feed(const struct keymap *km, const char *mode, const char *keys)
{
    struct keymap_state st = { 0 };
    const char *command = "none";
    enum keymap_result r = KEYMAP_NONE;
    while (*keys) {
        size_t n = strcspn(keys, " ");
        struct key k;
        assert_true(key_parse(keys, n, &k));
        r = keymap_feed(km, &st, mode, k, &command);
        keys += n + (keys[n] == ' ');
    }
    return r == KEYMAP_COMMAND ? command : r == KEYMAP_PENDING ? "pending" : "none";
}

static void test_bindings(void **state)
{
    static const char text[] = "# comment\n"
                               "bind global q back\n"
                               "bind list q quit\r\n"
                               "bind list g g top\n"
                               "bind list C-x C-c quit\n"
                               "bind list z up\n"
                               "bind list z down\n"
                               "bind list S sort-by NAME\n"
                               "bind list w up\n"
                               "unbind list w\n";
    char keys[32];
    struct buf errors = BUF_INIT;
    struct keymap *km = keymap_new(command_known);
    (void)state;
    keymap_load(km, "f", text, &errors);
    assert_string_equal(errors.s, "");
    assert_string_equal(feed(km, "list", "q"), "quit"); // the mode before global
    assert_string_equal(feed(km, "text", "q"), "back");
    assert_string_equal(feed(km, "list", "g"), "pending");
    assert_string_equal(feed(km, "list", "g g"), "top");
    assert_string_equal(feed(km, "list", "g q"), "quit"); // a broken sequence: its last key counts
    assert_string_equal(feed(km, "list", "C-x C-c"), "quit");
    assert_string_equal(feed(km, "list", "z"), "down"); // the later line
    assert_string_equal(feed(km, "list", "S"), "sort-by NAME");
    assert_string_equal(feed(km, "list", "w"), "none");
    keymap_keys_of(km, "list", "quit", keys, sizeof(keys));
    assert_string_equal(keys, "q"); // the shortest
    keymap_keys_of(km, "list", "back", keys, sizeof(keys));
    assert_string_equal(keys, "q");
    keymap_keys_of(km, "list", "wrap", keys, sizeof(keys));
    assert_string_equal(keys, "");
    keymap_free(km);
    buf_release(&errors);
}

static void test_wrong_lines(void **state)
{
    static const char text[] = "bind\n"
                               "bind nowhere x up\n"
                               "bind list Enterr up\n"
                               "bind list x\n"
                               "bind list x describ\n"
                               "blind list x up\n"
                               "bind list y up\n";
    static const char *const want[] = { "f:1:5: a mode is missing", "f:2:6: unknown mode", "f:3:11: not a key: Enterr",
        "f:4:12: a command is missing", "f:5:13: unknown command \"describ\": did you mean \"describe\"?",
        "f:6:1: expected bind, unbind or include, not blind" };
    struct buf errors = BUF_INIT;
    struct keymap *km = keymap_new(command_known);
    (void)state;
    keymap_load(km, "f", text, &errors);
    const char *p = errors.s;
    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        if (!str_starts(p, want[i]))
            fail_msg("expected \"%s\" at \"%s\"", want[i], p);
        p += strcspn(p, "\n") + 1;
    }
    assert_string_equal(p, "");
    assert_string_equal(feed(km, "list", "y"), "up"); // the rest applies
    keymap_free(km);
    buf_release(&errors);
}

// Every keymap that kview brings binds only commands that exist, and those one cannot do without.
static void test_builtin(void **state)
{
    static const char *const needed[] = { "quit", "back", "help", "command-prompt", "filter-prompt", "up", "down",
        "open", "describe", "yaml", "mark", "context-pick" };
    (void)state;
    for (const char *const *name = keymap_builtin_names(); *name; name++) {
        struct buf errors = BUF_INIT;
        char keys[64];
        struct keymap *km = keymap_new(command_known);
        assert_true(keymap_load_builtin(km, *name, &errors));
        assert_string_equal(errors.s, "");
        for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
            keymap_keys_of(km, "list", needed[i], keys, sizeof(keys));
            if (!*keys)
                fail_msg("keymap %s has no key for %s", *name, needed[i]);
        }
        keymap_free(km);
        buf_release(&errors);
    }
    assert_false(keymap_load_builtin(NULL, "nosuch", NULL));
}

static void test_command_table(void **state)
{
    size_t n;
    char near[64];
    const struct command *c = command_all(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_true(*c[i].name && *c[i].help);
        if (i && strcmp(c[i - 1].name, c[i].name) >= 0)
            fail_msg("%s and %s are not in order", c[i - 1].name, c[i].name);
        assert_ptr_equal(command_find(c[i].name), &c[i]);
    }
    assert_null(command_find("nosuch"));
    assert_false(command_known("wrp", near, sizeof(near)));
    assert_string_equal(near, "wrap");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_bindings),
        cmocka_unit_test(test_wrong_lines),
        cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_command_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
