#include "tests/unit/unit.h"

#include <string.h>

#include "base/buf.h"
#include "ui/canvas.h"
#include "ui/snapshot.h"
#include "ui/term.h"
#include "ui/term_guard.h"

static void collect(void *arg, const char *data, size_t n, bool reset)
{
    (void)reset;
    buf_add(arg, data, n);
}

static void feed_str(struct term *t, const char *s)
{
    term_feed(t, s, strlen(s));
}

// Whatever the split, the same comes out.
static void guard_is(const char *in, const char *want)
{
    for (size_t step = 1; step <= 4; step++) {
        struct term_guard g;
        struct buf out = BUF_INIT;
        guard_init(&g);
        for (size_t i = 0, n = strlen(in); i < n; i += step)
            guard_feed(&g, in + i, n - i < step ? n - i : step, collect, &out);
        assert_string_equal(out.s ? out.s : "", want);
        buf_release(&out);
    }
}

static void guard_lets_through_what_is_safe(void **state)
{
    (void)state;
    guard_is("plain\r\n", "plain\r\n");
    guard_is("\033[1;31mred\033[0m", "\033[1;31mred\033[0m");
    guard_is("\033[?1049h\033[2J\033(B\0337", "\033[?1049h\033[2J\033(B\0337");
    guard_is("\033]0;title\007x", "\033]0;title\007x");
    guard_is("\033]2;title\033\\x", "\033]2;title\033\\x");
    guard_is("\033P$qm\033\\x", "\033P$qm\033\\x");
    guard_is("\033P$q q\033\\x", "\033P$q q\033\\x");
    guard_is("\033P$q/\033\\x", "x"); // libvterm 0.1.4 crashes
    guard_is("\033P$q\033\\x", "x");
    guard_is("\033[1\n;31mred", "\n\033[1;31mred"); // a control inside a sequence acts first
}

static void guard_drops_what_harms(void **state)
{
    (void)state;
    guard_is("\033]52;c;AAAA\007x", "x");
    guard_is("\033]8;;http://evil\033\\link\033]8;;\033\\", "link");
    guard_is("\033Pq#0;2;0;0;0\033\\x", "x");
    guard_is("\033_G a=q\033\\x", "x");
    guard_is("\033[8;50;200t\033[21tx", "x");
    guard_is("\033#8x", "x");
    guard_is("\033(Bx", "\033(Bx");
    guard_is("\033%[7:::x", "7:::x"); // no CSI begins here, for libvterm neither
    guard_is("\033(]0;x", "0;x");
    guard_is("\033[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17mx", "x");
    guard_is("\033[123456Cx", "x");
    guard_is("\033[31\030x", "x"); // CAN
    guard_is("\033]0;never ended\033[1mx", "\033[1mx");
    guard_is("a\033[3bc", "aaaac");
    guard_is("\033[5bc", "c"); // nothing to repeat
    guard_is("\xcc\x81\033[5bc", "\xcc\x81"
                                 "c");
    guard_is("\033[99999b", "");
    guard_is("a\xc2\x9b" "31mb\xc2\x85", "a31mb"); // C1 controls as UTF-8
    guard_is("\xe4\xb8\033[m|", "\xef\xbf\xbd\033[m|"); // UTF-8 broken off
    guard_is("\xc0\xaf\xed\xa0\x80.", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd.");
}

// Each of these hangs or kills libvterm 0.1.4 without the guard.
static void hostile_bytes_do_no_harm(void **state)
{
    (void)state;
    static const char *const cases[] = { "\033[5b", "\xcc\x81\033[5b", "\xe2\x80\x8b\033[5b",
        "\033[;;;;;;;;;;;;;;;;;;;;;;;;m", "\033[20;24r", "\033c\033[9b", "\033[99999;99999H\xe4\xb8\xad" };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct term *t = term_new(24, 80, 100);
        feed_str(t, cases[i]);
        term_resize(t, 10, 80);
        for (int k = 0; k < 40; k++)
            feed_str(t, "line\r\n");
        term_resize(t, 1, 1);
        feed_str(t, "\xe4\xb8\xad\xe4\xb8\xad");
        term_resize(t, 30, 100);
        feed_str(t, "end");
        term_free(t);
    }
}

static unsigned seed;
static unsigned dice(unsigned n)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % n;
}

static void one_bite(struct term *t)
{
    static const char *const soup[] = { "\033[?1049h", "\033[?1049l", "\0337", "\0338", "\033[r", "\033[5;20r",
        "\033[20;24r", "\033M", "\033D", "\033[2J", "\033[10L", "\033[10M", "\033[10P", "\033[10@", "\033[10S",
        "\033[10T", "\033[999;999H", "\033[H", "\n\n\n", "\xe4\xb8\xad", "e\xcc\x81", "\t", "\033[?6h",
        "\033[?69h\033[3;10s", "\033c", "\033[5b", "\033[48;2;1;2;3m", "\033[!p", "\033[?7l", "\b\b\b", "\033H",
        "\033[3g", "\033[4h", "\033[?5h", "\033[?1000h", "\033]0;t\007", "\033(0qqq\033(B", "\033[6n", "\033[c" };
    char raw[16];
    switch (dice(8)) {
    case 0:
        term_resize(t, (int)dice(60), (int)dice(150));
        break;
    case 1:
        for (size_t i = 0; i < sizeof(raw); i++)
            raw[i] = (char)dice(256);
        term_feed(t, raw, sizeof(raw));
        break;
    case 2:
        term_scroll(t, (long)dice(40) - 20);
        break;
    case 3:
        term_key(t, (struct key) { .code = dice(2) ? dice(0x300) + 1 : K_BASE + 1 + dice(30),
            .mods = (uint8_t)dice(8) });
        break;
    default:
        feed_str(t, soup[dice(sizeof(soup) / sizeof(*soup))]);
    }
}

static void random_soup_does_no_harm(void **state)
{
    (void)state;
    for (unsigned run = 1; run <= 40; run++) {
        struct term *t = term_new(24, 80, 200);
        struct canvas *c = canvas_new(30, 90);
        struct buf out = BUF_INIT;
        seed = run;
        for (int i = 0; i < 3000; i++) {
            one_bite(t);
            if (i % 50 == 0)
                term_paint(t, c, (struct rect) { 1, 1, 28, 88 }, true);
            term_take_output(t, &out);
            buf_clear(&out);
        }
        term_text(t, &out);
        buf_release(&out);
        canvas_free(c);
        term_free(t);
    }
}

static void shows_text_and_colours(void **state)
{
    (void)state;
    struct term *t = term_new(4, 20, 10);
    struct canvas *c = canvas_new(4, 20);
    struct buf out = BUF_INIT;
    feed_str(t, "one\r\ntwo\r\n\033[1;31mred\033[0m \xe4\xb8\xad|\r\nfour\r\nfive");
    term_paint(t, c, (struct rect) { 0, 0, 4, 20 }, true);
    snapshot_text(c, &out);
    assert_string_equal(out.s, "two\nred \xe4\xb8\xad|\nfour\nfive\n");
    assert_int_equal(c->cells[20].ink & INK_INDEX_MASK, 1);
    assert_true(c->cells[20].ink & INK_BOLD);
    assert_int_equal(c->cursor_y, 3);
    assert_int_equal(c->cursor_x, 4);
    term_scroll(t, 1);
    term_paint(t, c, (struct rect) { 0, 0, 4, 20 }, true);
    buf_clear(&out);
    snapshot_text(c, &out);
    assert_string_equal(out.s, "one\ntwo\nred \xe4\xb8\xad|\nfour\n");
    buf_clear(&out);
    term_text(t, &out);
    assert_string_equal(out.s, "one\ntwo\nred \xe4\xb8\xad|\nfour\nfive\n");
    buf_release(&out);
    canvas_free(c);
    term_free(t);
}

static void keys_become_bytes(void **state)
{
    (void)state;
    static const struct {
        struct key key;
        const char *bytes;
    } cases[] = { { { .code = 'a' }, "a" }, { { .code = 'c', .mods = MOD_CTRL }, "\003" },
        { { .code = K_UP }, "\033[A" }, { { .code = K_F1 }, "\033OP" }, { { .code = K_F12 }, "\033[24~" },
        { { .code = K_ENTER }, "\r" }, { { .code = K_BSPACE }, "\177" }, { { .code = 'x', .mods = MOD_ALT }, "\033x" },
        { { .code = K_LEFT, .mods = MOD_CTRL }, "\033[1;5D" }, { { .code = 0xe4 }, "\xc3\xa4" } };
    struct term *t = term_new(24, 80, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf out = BUF_INIT;
        term_key(t, cases[i].key);
        term_take_output(t, &out);
        assert_string_equal(out.s, cases[i].bytes);
        buf_release(&out);
    }
    feed_str(t, "\033[?1h\033[?2004h");
    struct buf out = BUF_INIT;
    term_key(t, (struct key) { .code = K_UP });
    term_paste(t, "a\nb\033[201~c", 10);
    term_take_output(t, &out);
    assert_string_equal(out.s, "\033OA\033[200~a\rb[201~c\033[201~");
    buf_release(&out);
    term_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard_lets_through_what_is_safe),
        cmocka_unit_test(guard_drops_what_harms),
        cmocka_unit_test(hostile_bytes_do_no_harm),
        cmocka_unit_test(random_soup_does_no_harm),
        cmocka_unit_test(shows_text_and_colours),
        cmocka_unit_test(keys_become_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
