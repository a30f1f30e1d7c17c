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
    guard_is("\033[sx\033[u\033[2;5sy", "\0337x\0338\033[2;5sy"); // libvterm knows the VT100's way alone
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
    guard_is("\033[?7?25hx\033[1<mx", "xx"); // the sign of a private sequence is its first byte or none
    guard_is("\033[31\030x", "x"); // CAN
    guard_is("\033]0;never ended\033[1mx", "\033[1mx");
    guard_is("a\033[3bc", "aaaac");
    guard_is("\033[5bc", "c"); // nothing to repeat
    guard_is("\xcc\x81\033[5bc", "\xcc\x81"
                                 "c");
    guard_is("\033[99999b", "");
    guard_is("a\xc2\x9b" "31mb\xc2\x85", "a31mb"); // C1 controls as UTF-8
    guard_is("\xe3\x81\x8b\xe3\x82\x99" "a\xe3\x80\xab", "\xe3\x81\x8b" "a"); // marks that libvterm takes for wide
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

// ESC 8 without ESC 7 before it: libvterm would go on in black on black.
static void restored_without_saved(void **state)
{
    struct term *t = term_new(4, 10, 0);
    struct canvas *c = canvas_new(4, 10);
    (void)state;
    feed_str(t, "\033[31m\0338a\033[32m\033c\033[31m\0338a");
    term_paint(t, c, (struct rect) { 0, 0, 4, 10 }, true);
    assert_string_equal(c->cells[0].text, "a");
    assert_int_equal(c->cells[0].ink, INK_OWN | INK_DEFAULT | INK_DEFAULT << INK_BG_SHIFT);
    canvas_free(c);
    term_free(t);
}

static void cursor_is(struct term *t, int y, int x)
{
    struct canvas *c = canvas_new(50, 50);
    term_paint(t, c, (struct rect) { 0, 0, 50, 50 }, true);
    assert_int_equal(c->cursor_y, y);
    assert_int_equal(c->cursor_x, x);
    canvas_free(c);
}

// A new size, and what a program saves on its own screen, do not move the cursor that the main screen had.
static void cursors_of_two_screens(void **state)
{
    struct term *t = term_new(20, 40, 100);
    (void)state;
    feed_str(t, "one\r\ntwo \033[?1049h\033[10;20Hvi\0337\033[5;5H");
    term_resize(t, 15, 30);
    cursor_is(t, 4, 4);
    feed_str(t, "\0338");
    cursor_is(t, 9, 21);
    feed_str(t, "\033[?1049l");
    cursor_is(t, 1, 4);
    feed_str(t, "\033[7;7H\0337\033[1;1H");
    term_resize(t, 20, 30);
    cursor_is(t, 0, 0);
    feed_str(t, "\0338");
    cursor_is(t, 6, 6);
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

// ---- skimming

static size_t skim(struct term *t, struct buf *backlog)
{
    size_t at = 0, all = 0;
    while (at < backlog->n) {
        size_t left = backlog->n - at, n = left < 700 ? left : 700, skimmed = term_skim(t, backlog->s + at, left);
        if (!skimmed)
            term_feed(t, backlog->s + at, n);
        assert_true(skimmed <= left);
        at += skimmed ? skimmed : n;
        all += skimmed;
    }
    buf_clear(backlog);
    return all;
}

static unsigned next(unsigned *r)
{
    *r = *r * 1103515245 + 12345;
    return *r >> 16 & 0x7fff;
}

static void some_lines(unsigned *r, struct buf *out)
{
    static const char *const odd[] = { "\033[31mred\033[0m", "\033[31mred ", "\033[m", "\033[3;9r", "\033[r", "\033[4h", "\033[4l", "\033[?7l",
        "\033[?7h", "\033[20h", "\033[20l", "\033(0", "\033(B", "\016", "\033c", "\033[2J", "\033[H", "\033[99;5H", "\033[3A", "\033[?6h",
        "\033[?6l", "\0337", "\0338", "\033[?1049h", "\033[?1049l", "\033H", "\r50 %", "\346\227\245", "\303\251", "\b\b", "\033[K",
        "\033]0;t\007", "\033[5b", "\n", "\033[>4;2m", "\033[?69h", "\033[?69l", "\033[s\033[32m", "\033[u", "\177" };
    for (unsigned lines = next(r) % 200; lines--;) {
        for (unsigned k = next(r) % (next(r) % 8 ? 40 : 200); k--;)
            buf_putc(out, next(r) % 30 ? (char)(' ' + next(r) % 95) : '\t');
        buf_puts(out, "\r\n");
    }
    for (unsigned k = next(r) % 3; k--;)
        buf_puts(out, odd[next(r) % ARRAY_SIZE(odd)]);
    if (next(r) % 4 == 0)
        buf_puts(out, "\033c"); // else most of it would be odd for ever
}

static void same_screen(struct term *a, struct term *b, int rows, int cols, unsigned run)
{
    struct canvas *ca = canvas_new(rows, cols), *cb = canvas_new(rows, cols);
    term_paint(a, ca, (struct rect) { 0, 0, rows, cols }, true);
    term_paint(b, cb, (struct rect) { 0, 0, rows, cols }, true);
    if (!canvas_equal(ca, cb) || ca->cursor_y != cb->cursor_y || ca->cursor_x != cb->cursor_x)
        fail_msg("run %u: cells or cursor differ", run);
    canvas_free(ca);
    canvas_free(cb);
}

static void skimmed_is_as_fed(void **state)
{
    size_t all = 0, skimmed = 0;
    (void)state;
    for (unsigned run = 1; run <= 60; run++) {
        unsigned r = run;
        int rows = 2 + (int)(next(&r) % 12), cols = 9 + (int)(next(&r) % 60);
        struct term *a = term_new(rows, cols, 300), *b = term_new(rows, cols, 300);
        struct buf backlog = BUF_INIT, ta = BUF_INIT, tb = BUF_INIT;
        for (int part = 0; part < 30; part++) {
            some_lines(&r, &backlog);
            term_feed(b, backlog.s, backlog.n);
            all += backlog.n;
            skimmed += skim(a, &backlog);
            if (next(&r) % 6 == 0) {
                term_resize(a, 2 + part % 9, cols);
                term_resize(b, 2 + part % 9, cols);
            }
            buf_clear(&ta);
            buf_clear(&tb);
            term_text(a, &ta);
            term_text(b, &tb);
            if (strcmp(ta.s, tb.s) != 0)
                fail_msg("run %u, part %d:\n%s\n--- but fed:\n%s", run, part, ta.s, tb.s);
            same_screen(a, b, rows, cols, run);
            term_scroll(a, 7);
            term_scroll(b, 7);
            same_screen(a, b, rows, cols, run);
            term_scroll(a, -7);
            term_scroll(b, -7);
        }
        term_free(a);
        term_free(b);
        buf_release(&backlog);
        buf_release(&ta);
        buf_release(&tb);
    }
    if (skimmed * 4 < all)
        fail_msg("only %zu of %zu bytes were skimmed", skimmed, all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(skimmed_is_as_fed),
        cmocka_unit_test(guard_lets_through_what_is_safe),
        cmocka_unit_test(guard_drops_what_harms),
        cmocka_unit_test(hostile_bytes_do_no_harm),
        cmocka_unit_test(random_soup_does_no_harm),
        cmocka_unit_test(shows_text_and_colours),
        cmocka_unit_test(keys_become_bytes),
        cmocka_unit_test(restored_without_saved),
        cmocka_unit_test(cursors_of_two_screens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
