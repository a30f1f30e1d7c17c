// Pictures of a canvas: text, style letters and SVG; with wide characters, overlays and signs XML minds.
#include "tests/unit/unit.h"

#include <string.h>

#include "ui/snapshot.h"

static struct canvas *drawing(bool ascii)
{
    struct canvas *c = canvas_new(3, 12);
    c->ascii = ascii;
    canvas_put(c, 0, 0, 12, ROLE_HEADER, "日本 a<b&c>");
    canvas_put(c, 1, 2, 5, ROLE_BAD, "CrashLoopBackOff");
    canvas_overlay(c, (struct rect) { 1, 2, 1, 2 }, STYLE_SELECTED);
    canvas_put(c, 2, 0, 12, ROLE_OK, "│ x");
    return c;
}

static void test_text(void **state)
{
    struct buf out = BUF_INIT;
    struct canvas *c = drawing(false);
    (void)state;
    snapshot_text(c, &out);
    assert_string_equal(out.s, "日本 a<b&c>\n  Cras…\n│ x\n");
    canvas_free(c);
    buf_clear(&out);
    c = drawing(true);
    snapshot_text(c, &out);
    assert_string_equal(out.s, "???? a<b&c>\n  Cras~\n| x\n");
    canvas_free(c);
    buf_release(&out);
}

static void test_styles(void **state)
{
    struct buf out = BUF_INIT;
    struct canvas *c = drawing(false);
    (void)state;
    snapshot_styles(c, &out);
    assert_string_equal(out.s, "hhhhhhhhhhh.\n..##BBB.....\nOOO.........\n");
    canvas_free(c);
    buf_release(&out);
}

static void test_svg(void **state)
{
    struct buf out = BUF_INIT;
    struct canvas *c = drawing(false);
    (void)state;
    snapshot_svg(c, theme_find("dark"), "kview <1>", &out);
    assert_non_null(strstr(out.s, "kview &lt;1&gt;"));
    assert_non_null(strstr(out.s, "a&lt;b&amp;c&gt;"));
    assert_null(strstr(out.s, "\1"));
    // the second wide character begins two columns to the right of the first one
    assert_non_null(strstr(out.s, "<tspan x='14'>日</tspan><tspan x='32'>本</tspan>"));
    assert_non_null(strstr(out.s, "fill='#ff8787'"));       // ROLE_BAD
    assert_non_null(strstr(out.s, "<rect x='32' y='67' width='18' height='19' fill='#87d7ff'/>")); // selected
    canvas_free(c);
    buf_release(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_svg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
