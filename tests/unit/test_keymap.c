// Keymaps against the command table: all four resolve, nothing hides behind a prefix, every command has a
// key or can be typed; and a wrong line is named with its place while the rest applies.
#include "tests/unit/unit.h"

#include <string.h>

#include "app/command.h"
#include "base/str.h"
#include "keymaps/keymap.h"

static const char *const modes[] = { "global", "list", "text", "tree", "logs", "shell", "rollback", "forwards", "copies" };

static struct keymap *builtin(const char *name)
{
    struct keymap *km = keymap_new(command_known);
    struct buf errors = BUF_INIT;
    assert_true(keymap_load_builtin(km, name, &errors));
    if (errors.n)
        fail_msg("%s", errors.s);
    buf_release(&errors);
    return km;
}

static struct key key_of(const char *s)
{
    struct key k;
    if (!key_parse(s, strlen(s), &k))
        fail_msg("\"%s\" is no key", s);
    return k;
}

// What keys, divided by blanks, run in a mode; NULL: nothing.
static const char *run(const struct keymap *km, const char *mode, const char *keys)
{
    struct keymap_state st = { 0 };
    const char *command = NULL;
    char copy[64], *save = NULL;
    snprintf(copy, sizeof(copy), "%s", keys);
    for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save))
        keymap_feed(km, &st, mode, key_of(p), &command);
    return command;
}

static void all_resolve(void **state)
{
    (void)state;
    for (size_t i = 0; keymap_builtin_names()[i]; i++) {
        struct keymap *km = builtin(keymap_builtin_names()[i]);
        assert_true(km->binds.n > 80);
        keymap_free(km);
    }
}

// A binding that is the beginning of another would never let that one be reached.
static void no_prefixes(void **state)
{
    (void)state;
    for (size_t m = 0; keymap_builtin_names()[m]; m++) {
        struct keymap *km = builtin(keymap_builtin_names()[m]);
        for (size_t i = 0; i < km->binds.n; i++)
            for (size_t k = 0; k < km->binds.n; k++) {
                const struct keymap_bind *a = &km->binds.v[i], *b = &km->binds.v[k];
                size_t same = 0;
                if (i == k || a->nkeys > b->nkeys || !str_eq(a->mode, b->mode))
                    continue;
                while (same < a->nkeys && key_eq(a->keys[same], b->keys[same]))
                    same++;
                if (same == a->nkeys)
                    fail_msg("%s: in %s, \"%s\" hides \"%s\"", keymap_builtin_names()[m], a->mode,
                        a->command, b->command);
            }
        keymap_free(km);
    }
}

// What a view does without words has a key in every keymap; the way out and the prompt do everywhere.
static void reachable(void **state)
{
    static const char *const typed_only[] = { "approve", "deny", "explain", "quarantine", "reconcile", "rerun", "unquarantine" };
    size_t n;
    const struct command *all = command_all(&n);
    (void)state;
    for (size_t m = 0; keymap_builtin_names()[m]; m++) {
        struct keymap *km = builtin(keymap_builtin_names()[m]);
        char keys[64];
        for (size_t i = 0; i < n; i++) {
            bool skip = all[i].fn || *all[i].args;
            for (size_t t = 0; t < ARRAY_SIZE(typed_only); t++)
                skip |= str_eq(typed_only[t], all[i].name);
            keys[0] = '\0';
            for (const struct keymap_mode *mode = keymap_modes(); mode->name && !*keys; mode++)
                keymap_keys_of(km, mode->name, all[i].name, keys, sizeof(keys));
            if (!skip && !*keys)
                fail_msg("%s: %s has no key", keymap_builtin_names()[m], all[i].name);
        }
        for (size_t mode = 0; mode < ARRAY_SIZE(modes); mode++) {
            static const char *const needed[] = { "command-prompt", "help", "back", "quit", "open", "up",
                "down", "filter-prompt" };
            for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
                keymap_keys_of(km, modes[mode], needed[i], keys, sizeof(keys));
                if (!*keys || !str_eq(run(km, modes[mode], keys), needed[i]))
                    fail_msg("%s: %s has no key in %s that runs it", keymap_builtin_names()[m],
                        needed[i], modes[mode]);
            }
        }
        keymap_free(km);
    }
}

static void command_table(void **state)
{
    size_t n;
    const struct command *all = command_all(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        if (i && strcmp(all[i - 1].name, all[i].name) >= 0)
            fail_msg("%s does not come after %s", all[i].name, all[i - 1].name);
        if (!*all[i].help)
            fail_msg("%s has no help", all[i].name);
        assert_ptr_equal(command_find(all[i].name), &all[i]);
    }
    char near[64] = "";
    assert_null(command_find("no-such"));
    assert_false(command_known("quitt", near, sizeof(near)));
    assert_string_equal(near, "quit");
}

// Panes are handled in every mode, with each editor's own keys for windows.
static void panes(void **state)
{
    static const struct {
        const char *map, *keys, *command;
    } cases[] = { { "default", "|", "split" }, { "default", "_", "split-below" }, { "default", "Tab", "pane-next" },
        { "default", "S-Tab", "pane-swap" }, { "default", "z", "pane-zoom" }, { "default", "M-w", "pane-close" },
        { "default", "{", "pane-resize -4" }, { "default", "}", "pane-resize 4" }, { "k9s", "|", "split" },
        { "k9s", "Tab", "pane-next" }, { "k9s", "z", "pane-zoom" }, { "vim", "C-w v", "split" },
        { "vim", "C-w s", "split-below" }, { "vim", "C-w w", "pane-next" }, { "vim", "C-w C-w", "pane-next" },
        { "vim", "C-w x", "pane-swap" }, { "vim", "C-w o", "pane-zoom" }, { "vim", "C-w c", "pane-close" },
        { "vim", "C-w >", "pane-resize 4" }, { "vim", "Z Z", "quit" }, { "emacs", "C-x 3", "split" },
        { "emacs", "C-x 2", "split-below" }, { "emacs", "C-x o", "pane-next" }, { "emacs", "C-x 0", "pane-close" },
        { "emacs", "C-x 1", "pane-zoom" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct keymap *km = builtin(cases[i].map);
        for (size_t m = 0; m < ARRAY_SIZE(modes); m++) {
            const char *runs = run(km, modes[m], cases[i].keys);
            if (!str_eq(runs, cases[i].command))
                fail_msg("%s: %s runs %s in %s", cases[i].map, cases[i].keys, runs ? runs : "nothing", modes[m]);
        }
        keymap_free(km);
    }
}

// What one reads logs with is on the same keys everywhere.
static void log_keys(void **state)
{
    static const struct {
        const char *mode, *keys, *command;
    } cases[] = { { "logs", "e", "log-error-next" }, { "logs", "E", "log-error-prev" }, { "logs", "s", "log-level" },
        { "logs", "J", "log-record" }, { "logs", "m", "mark" }, { "logs", ".", "log-mark-next" },
        { "logs", ",", "log-mark-prev" }, { "logs", "@", "at" }, { "logs", "v", "log-events" },
        { "logs", "n", "search-next" }, { "logs", "N", "search-prev" }, { "logs", "6", "log-range head" },
        { "logs", "p", "log-range previous" }, { "logs", "V", "peek" }, { "list", "V", "peek" }, { "list", "l", "logs" } };
    (void)state;
    for (size_t m = 0; keymap_builtin_names()[m]; m++) {
        struct keymap *km = builtin(keymap_builtin_names()[m]);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            const char *runs = run(km, cases[i].mode, cases[i].keys);
            if (!str_eq(runs, cases[i].command))
                fail_msg("%s: %s runs %s in %s", keymap_builtin_names()[m], cases[i].keys, runs ? runs : "nothing",
                    cases[i].mode);
        }
        keymap_free(km);
    }
}

static void sequences(void **state)
{
    struct keymap *km = keymap_new(NULL), *vim = builtin("vim");
    struct keymap_state st = { 0 };
    const char *command = NULL;
    struct buf errors = BUF_INIT;
    (void)state;
    keymap_load(km, "t", "bind global g g top\nbind global x quit\nbind list x open\nbind list Space mark\n",
        &errors);
    assert_string_equal(errors.s, "");
    assert_int_equal(keymap_feed(km, &st, "list", key_of("g"), &command), KEYMAP_PENDING);
    assert_int_equal(keymap_feed(km, &st, "list", key_of("g"), &command), KEYMAP_COMMAND);
    assert_string_equal(command, "top");
    assert_int_equal(keymap_feed(km, &st, "list", key_of("g"), &command), KEYMAP_PENDING);
    assert_int_equal(keymap_feed(km, &st, "list", key_of("x"), &command), KEYMAP_COMMAND);
    assert_string_equal(command, "open"); // the broken sequence is forgotten, its last key counts
    assert_string_equal(run(km, "text", "x"), "quit"); // falls through to global
    assert_null(run(km, "text", "Space"));
    assert_string_equal(run(vim, "list", "g g"), "top");
    assert_null(run(vim, "list", "g"));
    keymap_free(km);
    keymap_free(vim);
}

static void own_file(void **state)
{
    static const char text[] = "# mine\n"
                               "bind list d describe\n"
                               "bind lst x open\n"
                               "  bind list F99 open\n"
                               "bind list C-x opne\n"
                               "bind list C-y\n"
                               "bin list x open\n"
                               "include nosuch\n"
                               "unbind global q\r\n"
                               "bind global M-q quit\n";
    static const char *const wanted[] = { "keys:3:6: unknown mode (global, list, text, ",
        "keys:4:13: not a key: F99\n", "keys:5:15: unknown command \"opne\": did you mean \"open\"?\n",
        "keys:6:14: a command is missing\n", "keys:7:1: expected bind, unbind or include, not bin\n",
        "keys:8:9: there is no keymap named nosuch\n" };
    struct keymap *km = builtin("default");
    struct buf errors = BUF_INIT;
    size_t lines = 0;
    (void)state;
    keymap_load(km, "keys", text, &errors);
    for (const char *p = errors.s; (p = strchr(p, '\n')); p++)
        lines++;
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
        if (!strstr(errors.s, wanted[i]))
            fail_msg("not said: %sbut: %s", wanted[i], errors.s);
    assert_int_equal(lines, ARRAY_SIZE(wanted));
    assert_null(run(km, "list", "q")); // the rest applies
    assert_string_equal(run(km, "list", "M-q"), "quit");
    assert_string_equal(run(km, "list", "d"), "describe");
    keymap_free(km);
    buf_release(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_resolve),
        cmocka_unit_test(no_prefixes),
        cmocka_unit_test(reachable),
        cmocka_unit_test(command_table),
        cmocka_unit_test(panes),
        cmocka_unit_test(log_keys),
        cmocka_unit_test(sequences),
        cmocka_unit_test(own_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
