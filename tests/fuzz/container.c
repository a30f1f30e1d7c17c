// What a container sends through exec: the channels of the socket (client/exec.c is included for its static
// handlers) and the bytes of a terminal, through the guard into libvterm and onto the screen.
#include "tests/fuzz/fuzz.h"

#include "client/exec.c"
#include "tests/fuzz/clean.h"
#include "ui/term.h"
#include "ui/term_guard.h"

// ---- channels: a message a line, its first byte the channel

static void take_output(void *arg, int fd, const uint8_t *data, size_t n)
{
    FUZZ_CHECK((fd == 1 || fd == 2) && n && data);
    (*(size_t *)arg) += n;
}

static void take_end(void *arg, const struct exec_end *end)
{
    (void)arg;
    FUZZ_CHECK(end->exit_code >= -1 && end->exit_code <= 255);
    FUZZ_CHECK(end->exit_code >= 0 || err_is(&end->err));
    for (const char *p = end->err.msg; *p; p++)
        FUZZ_CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
}

void fuzz_exec_channels(const char *data, size_t n)
{
    size_t bytes = 0;
    struct exec x = { .h = { .on_output = take_output, .on_end = take_end }, .arg = &bytes };
    for (size_t at = 0; at < n;) {
        const char *nl = memchr(data + at, '\n', n - at);
        size_t len = nl ? (size_t)(nl - data) - at : n - at;
        on_message(&x, (const uint8_t *)data + at, len);
        at += len + 1;
    }
    FUZZ_CHECK(bytes <= n);
    on_closed(&x, NULL);
}

// ---- terminal

static void collect(void *arg, const char *data, size_t n, bool reset)
{
    struct buf *out = arg;
    (void)reset;
    buf_add(out, data, n);
}

// However the bytes are split, the same passes the guard.
static void check_guard(const char *data, size_t n)
{
    struct term_guard *a = xcalloc(1, sizeof(*a)), *b = xcalloc(1, sizeof(*b));
    struct buf whole = BUF_INIT, split = BUF_INIT;
    guard_init(a);
    guard_init(b);
    guard_feed(a, data, n, collect, &whole);
    for (size_t i = 0, step = 1; i < n; i += step, step = step * 3 % 7 + 1)
        guard_feed(b, data + i, step < n - i ? step : n - i, collect, &split);
    FUZZ_CHECK(whole.n == split.n && memcmp(whole.s, split.s, whole.n) == 0);
    buf_release(&whole);
    buf_release(&split);
    free(a);
    free(b);
}

// Whatever came before, lines that are skimmed leave what they would leave when fed.
static void check_skim(const char *data, size_t n)
{
    static const char lines[] = "one\r\ntwo\tthree\r\n\r\na line that is longer than a row\r\n\tx\r\n123456789 123456789 \r\n";
    struct buf text = BUF_INIT, skimmed = BUF_INIT, fed = BUF_INIT;
    struct term *a = term_new(3, 20, 40), *b = term_new(3, 20, 40);
    buf_add(&text, data, n);
    for (int i = 0; i < 6; i++)
        buf_puts(&text, lines);
    for (size_t at = 0, took; at < text.n; at += took) {
        size_t left = text.n - at;
        took = term_skim(a, text.s + at, left);
        FUZZ_CHECK(took <= left);
        if (!took)
            term_feed(a, text.s + at, took = left < 50 ? left : 50);
        term_feed(b, text.s + at, took); // in the same parts: they decide in what character set libvterm reads
    }
    term_text(a, &skimmed);
    term_text(b, &fed);
    FUZZ_CHECK(skimmed.n == fed.n && memcmp(skimmed.s, fed.s, fed.n) == 0);
    buf_release(&text);
    buf_release(&skimmed);
    buf_release(&fed);
    term_free(a);
    term_free(b);
}

void fuzz_terminal(const char *data, size_t n)
{
    static const struct key keys[] = { { .code = 'a' }, { .code = K_UP, .mods = MOD_CTRL }, { .code = K_F1 } };
    struct buf out = BUF_INIT, text = BUF_INIT;
    struct term *t = term_new(6, 20, 10);
    struct canvas *c = canvas_new(8, 30);
    check_guard(data, n);
    check_skim(data, n);
    for (size_t i = 0, step = 3; i < n; i += step, step = step * 5 % 61 + 1) {
        term_feed(t, data + i, step < n - i ? step : n - i);
        if (step == 16)
            term_resize(t, (int)(i % 9), (int)(i % 33));
    }
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        term_key(t, keys[i]);
    term_paste(t, data, n < 40 ? n : 40);
    if (term_wants_mouse(t))
        term_mouse(t, 2, 3, (struct key) { .code = K_MOUSE_CLICK });
    term_take_output(t, &out);
    FUZZ_CHECK(utf8_is_plain(term_title(t), 0));
    check_clean(term_title(t), strlen(term_title(t)));
    for (long lines = 0; lines < 30; lines += 7) {
        term_scroll(t, lines);
        term_paint(t, c, (struct rect) { 1, 1, 6, 20 }, lines == 0);
        check_canvas(c);
    }
    term_text(t, &text);
    canvas_free(c);
    term_free(t);
    buf_release(&out);
    buf_release(&text);
}
