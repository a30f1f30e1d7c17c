// Themes: every text can be read on its ground (WCAG 2.2, 1.4.3: a contrast of 4.5 at least).
#include "unit.h"

#include <math.h>
#include <string.h>

#include "ui/theme.h"

static double channel(int32_t v)
{
    double c = v / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(int32_t rgb)
{
    return 0.2126 * channel(rgb >> 16 & 255) + 0.7152 * channel(rgb >> 8 & 255) + 0.0722 * channel(rgb & 255);
}

static double contrast(int32_t a, int32_t b)
{
    double la = luminance(a), lb = luminance(b);
    return la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
}

static void test_contrast(void **state)
{
    static const style_t overlays[] = { 0, STYLE_SELECTED, STYLE_MARKED, STYLE_MATCH };
    (void)state;
    assert_true(fabs(contrast(0xffffff, 0x000000) - 21) < 0.01);
    for (size_t i = 0; theme_all()[i]; i++) {
        const struct theme *t = theme_all()[i];
        bool light = strcmp(t->name, "light") == 0;
        for (unsigned role = 0; t->color && role < ROLE_COUNT; role++)
            for (size_t o = 0; o < ARRAY_SIZE(overlays); o++) {
                struct theme_style st = theme_resolve(t, (style_t)(role | overlays[o]));
                int32_t fg = st.fg >= 0 ? st.fg : light ? 0x000000 : 0xd0d0d0;
                int32_t bg = st.bg >= 0 ? st.bg : light ? 0xffffff : 0x16181d;
                bool table = role < ROLE_TAB; // tabs, bands and dangers are never rows that one marks
                if (role != ROLE_BORDER && (table || overlays[o] != STYLE_MARKED) && contrast(fg, bg) < 4.5)
                    fail_msg("%s %s overlay %zu: #%06x on #%06x is %.2f", t->name, role_name(role), o, fg,
                        bg, contrast(fg, bg));
            }
    }
}

static void test_color_256(void **state)
{
    (void)state;
    assert_int_equal(theme_color_256(0x000000), 16);
    assert_int_equal(theme_color_256(0xffffff), 231);
    assert_int_equal(theme_color_256(0xff0000), 196);
    assert_int_equal(theme_color_256(0x878787), 102);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contrast),
        cmocka_unit_test(test_color_256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
