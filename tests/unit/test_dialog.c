// A question: what the keys and clicks answer, and how it looks.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/str.h"
#include "ui/dialog.h"
#include "ui/snapshot.h"

static const struct rect screen = { 2, 0, 20, 60 };

static struct key key_of(const char *s)
{
    struct key k;
    assert_true(key_parse(s, strlen(s), &k));
    return k;
}

static void ask(struct dialog *d, const char *body, const char *word)
{
    memset(d, 0, sizeof(*d));
    dialog_open(d, &(struct dialog_text) { "Delete web-1?", body, "delete", "keep", word, word != NULL });
}

// The answer after keys divided by blanks.
static enum dialog_result answer(const char *word, const char *keys)
{
    struct dialog d;
    enum dialog_result said = DIALOG_OPEN;
    char copy[128], *save = NULL;
    ask(&d, "It has no owner.", word);
    snprintf(copy, sizeof(copy), "%s", keys);
    for (char *p = strtok_r(copy, " ", &save); p && said == DIALOG_OPEN; p = strtok_r(NULL, " ", &save))
        said = dialog_key(&d, screen, key_of(p));
    dialog_close(&d);
    return said;
}

static void keys_answer(void **state)
{
    static const struct {
        const char *keys;
        enum dialog_result said;
    } cases[] = { { "Enter", DIALOG_NO }, { "Esc", DIALOG_NO }, { "n", DIALOG_NO }, { "q", DIALOG_NO },
        { "C-c", DIALOG_NO }, { "C-g", DIALOG_NO }, { "y", DIALOG_YES }, { "Y", DIALOG_YES },
        { "C-y", DIALOG_OPEN }, { "M-y", DIALOG_OPEN }, { "Space", DIALOG_OPEN }, { "x", DIALOG_OPEN },
        { "Right Enter", DIALOG_YES }, { "Tab Enter", DIALOG_YES }, { "Tab Tab Enter", DIALOG_NO },
        { "Right Left Enter", DIALOG_NO }, { "Left Enter", DIALOG_NO }, { "Down Up Enter", DIALOG_NO } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (answer(NULL, cases[i].keys) != cases[i].said)
            fail_msg("%s answers %d", cases[i].keys, answer(NULL, cases[i].keys));
}

static void word_is_typed(void **state)
{
    (void)state;
    assert_int_equal(answer("web-1", "y"), DIALOG_OPEN);
    assert_int_equal(answer("web-1", "Enter"), DIALOG_OPEN);
    assert_int_equal(answer("web-1", "Tab Enter"), DIALOG_OPEN);
    assert_int_equal(answer("web-1", "w e b - 1"), DIALOG_OPEN); // and only then Enter
    assert_int_equal(answer("web-1", "w e b - 1 Enter"), DIALOG_YES);
    assert_int_equal(answer("web-1", "w e b - 1 2 Enter"), DIALOG_OPEN);
    assert_int_equal(answer("web-1", "w e b - 1 2 BSpace Enter"), DIALOG_YES);
    assert_int_equal(answer("web-1", "x x C-u w e b - 1 Enter"), DIALOG_YES);
    assert_int_equal(answer("web-1", "W e b - 1 Enter"), DIALOG_OPEN);
    assert_int_equal(answer("web-1", "w Esc"), DIALOG_NO);
    assert_int_equal(answer("naïve", "n a ï x BSpace v e Enter"), DIALOG_YES);
    assert_int_equal(answer("né", "n é é BSpace Enter"), DIALOG_YES); // a letter, not a byte
}

// While its text is being made nothing says yes, whatever was pressed meanwhile; No is always there.
static void busy_says_no_yes(void **state)
{
    static const char *const tries[] = { "y", "Y", "Right Enter", "Tab Enter" };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
        struct dialog d = { 0 };
        struct dialog_text t = { .title = "Scale?", .body = "asking the server …", .yes = "scale", .busy = true };
        char copy[32], *save = NULL;
        dialog_open(&d, &t);
        snprintf(copy, sizeof(copy), "%s", tries[i]);
        for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save))
            assert_int_equal(dialog_key(&d, screen, key_of(p)), DIALOG_OPEN);
        t.busy = false;
        t.body = "3 to 5";
        dialog_open(&d, &t); // its text is there: No is what Enter means, again
        assert_int_equal(dialog_key(&d, screen, key_of("Enter")), DIALOG_NO);
        assert_int_equal(dialog_key(&d, screen, key_of("y")), DIALOG_YES);
        dialog_close(&d);
        t.busy = true;
        dialog_open(&d, &t);
        assert_int_equal(dialog_key(&d, screen, key_of("Esc")), DIALOG_NO);
        dialog_close(&d);
    }
}

static void paste_fills_only_the_word(void **state)
{
    struct dialog d;
    char long_text[600];
    (void)state;
    ask(&d, "It has no owner.", NULL);
    dialog_paste(&d, "y", 1);
    assert_int_equal(d.typed.n, 0);
    dialog_close(&d);
    ask(&d, "It has no owner.", "web-1");
    memset(long_text, 'a', sizeof(long_text));
    dialog_paste(&d, long_text, sizeof(long_text));
    assert_int_equal(d.typed.n, 0);
    dialog_paste(&d, "web-1\n", 6); // what is copied often ends so; it answers nothing
    dialog_key(&d, screen, key_of("BSpace"));
    assert_string_equal(d.typed.s, "web-1");
    dialog_close(&d);
}

static void picture_is(struct dialog *d, const char *want)
{
    struct canvas *c = canvas_new(24, 60);
    struct buf all = BUF_INIT, got = BUF_INIT;
    dialog_paint(d, c, screen);
    snapshot_text(c, &all);
    for (const char *p = all.s; *p;) { // without the empty lines around
        size_t n = strcspn(p, "\n");
        if (n)
            buf_printf(&got, "%.*s\n", (int)n, p);
        p += n + 1;
    }
    if (!str_eq(got.s, want))
        fail_msg("painted:\n%s", got.s);
    buf_release(&all);
    buf_release(&got);
    canvas_free(c);
}

static void pictures(void **state)
{
    struct dialog d;
    (void)state;
    ask(&d, "This ends for good:\n\n  a shell in shop/web-0\n  a forward of 127.0.0.1:8080", NULL);
    picture_is(&d,
               "            ╭─ Delete web-1? ─────────────────╮\n"
               "            │  This ends for good:            │\n"
               "            │                                 │\n"
               "            │    a shell in shop/web-0        │\n"
               "            │    a forward of 127.0.0.1:8080  │\n"
               "            │                                 │\n"
               "            │  [ n: keep ]  [ y: delete ]     │\n"
               "            ╰─────────────────────────────────╯\n");
    dialog_close(&d);
    ask(&d, "The Pod shop/web-1 and its volume data-web-1, which no other Pod uses, are deleted at once.\n"
            "  Node: pool-a-a-very-long-name-that-no-line-of-this-width-can-hold-in-one-piece",
        "web-1");
    dialog_key(&d, screen, key_of("w"));
    picture_is(&d,
               "╭─ Delete web-1? ──────────────────────────────────────────╮\n"
               "│  The Pod shop/web-1 and its volume data-web-1, which no  │\n"
               "│  other Pod uses, are deleted at once.                    │\n"
               "│    Node:                                                 │\n"
               "│    pool-a-a-very-long-name-that-no-line-of-this-width-c  │\n"
               "│    an-hold-in-one-piece                                  │\n"
               "│                                                          │\n"
               "│  type web-1 to confirm: w                                │\n"
               "│                                                          │\n"
               "│  [ Esc: keep ]  [ Enter: delete ]                        │\n"
               "╰──────────────────────────────────────────────────────────╯\n");
    dialog_close(&d);
}

// A label and its text: what does not fit goes under the text.
static void labels_hang(void **state)
{
    struct dialog d;
    (void)state;
    ask(&d, "  by hand    kubectl --context prod -n shop scale deployment/web --replicas=5\n  a b  c", NULL);
    picture_is(&d,
               "╭─ Delete web-1? ──────────────────────────────────────────╮\n"
               "│    by hand    kubectl --context prod -n shop scale       │\n"
               "│               deployment/web --replicas=5                │\n"
               "│    a b  c                                                │\n"
               "│                                                          │\n"
               "│  [ n: keep ]  [ y: delete ]                              │\n"
               "╰──────────────────────────────────────────────────────────╯\n");
    dialog_close(&d);
}

static void long_bodies_scroll(void **state)
{
    struct dialog d;
    struct buf body = BUF_INIT;
    struct rect box = { 2, 0, 9, 40 };
    (void)state;
    for (int i = 1; i <= 30; i++)
        buf_printf(&body, "line %d\n", i);
    ask(&d, body.s, NULL);
    struct canvas *c = canvas_new(12, 40);
    static const struct {
        const char *key, *first;
        int top;
    } steps[] = { { "Down", "line 2", 1 }, { "Up", "line 1", 0 }, { "Up", "line 1", 0 }, { "PgDn", "line 11", 10 },
        { "PgDn", "line 21", 20 }, { "PgDn", "line 26", 25 }, { "Up", "line 25", 24 } };
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        dialog_key(&d, box, key_of(steps[i].key));
        dialog_paint(&d, c, box);
        assert_int_equal(d.top, steps[i].top);
        assert_string_equal(d.lines.v[d.top], steps[i].first);
    }
    canvas_free(c);
    dialog_close(&d);
    buf_release(&body);
}

// Clicks where the answers stand, in every size; beside them nothing happens.
static void clicks_answer(void **state)
{
    (void)state;
    for (int w = 39; w < 120; w += 9)
        for (int word = 0; word < 2; word++) {
            struct rect r = { 2, 3, 18, w };
            struct canvas *c = canvas_new(22, w + 6);
            struct buf text = BUF_INIT;
            struct dialog d;
            int yes = 0, no = 0;
            ask(&d, "It has no owner, and nothing makes it anew.", word ? "a" : NULL);
            if (word)
                dialog_key(&d, r, key_of("a"));
            dialog_paint(&d, c, r);
            for (int y = 0; y < c->h; y++)
                for (int x = 0; x < c->w; x++) {
                    struct key k = { K_MOUSE_CLICK, 0, (int16_t)y, (int16_t)x };
                    enum dialog_result said = dialog_key(&d, r, k);
                    yes += said == DIALOG_YES;
                    no += said == DIALOG_NO;
                    if (said == DIALOG_OPEN)
                        continue;
                    const char *cell = c->cells[y * c->w + x].text;
                    if (*cell && !strstr(said == DIALOG_YES ? "[ y: delete ]Enter" : "[ n: keep ]Esc", cell))
                        fail_msg("a click on '%s' at %d,%d answers %d", cell, y, x, said);
                }
            assert_int_equal(no, (int)strlen(word ? "[ Esc: keep ]" : "[ n: keep ]"));
            assert_int_equal(yes, (int)strlen(word ? "[ Enter: delete ]" : "[ y: delete ]"));
            dialog_close(&d);
            buf_release(&text);
            canvas_free(c);
        }
}

static void hostile_text_is_harmless(void **state)
{
    struct dialog d;
    (void)state;
    ask(&d, "a\033[2Jb\nc\td\r\x01", NULL);
    struct canvas *c = canvas_new(22, 60);
    dialog_paint(&d, c, screen);
    for (int i = 0; i < c->h * c->w; i++)
        for (const char *p = c->cells[i].text; *p; p++)
            assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
    assert_int_equal(d.lines.n, 2);
    canvas_free(c);
    dialog_close(&d);
    for (int w = 1; w < 30; w++) { // no width hangs or overflows
        ask(&d, "日本語のテキスト   and words-that-are-long  \n\n     \n", "日本");
        c = canvas_new(8, w);
        dialog_paint(&d, c, (struct rect) { 0, 0, 8, w });
        canvas_free(c);
        dialog_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_answer),
        cmocka_unit_test(word_is_typed),
        cmocka_unit_test(busy_says_no_yes),
        cmocka_unit_test(paste_fills_only_the_word),
        cmocka_unit_test(pictures),
        cmocka_unit_test(labels_hang),
        cmocka_unit_test(long_bodies_scroll),
        cmocka_unit_test(clicks_answer),
        cmocka_unit_test(hostile_text_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
