#include "ui/term_guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SEPARATORS = 15, MAX_DIGITS = 5, MAX_REPEAT = 1024 };
enum { BEL = 7, CAN = 0x18, SUB = 0x1a, ESC = 0x1b, DEL = 0x7f };

struct sink {
    guard_out_fn *fn;
    void *arg;
};

void guard_init(struct term_guard *g)
{
    memset(g, 0, sizeof(*g));
}

bool guard_plain(const struct term_guard *g)
{
    return g->state == GUARD_GROUND && !g->utf8_n && modes_plain(&g->modes);
}

static void begin(struct term_guard *g, enum guard_state state)
{
    g->state = state;
    g->bad = false;
    g->digits = g->separators = 0;
}

static void add(struct term_guard *g, uint8_t c)
{
    if (g->n < sizeof(g->seq))
        g->seq[g->n++] = (char)c;
    else
        g->bad = true;
}

static void forget(struct term_guard *g)
{
    g->n = 0;
    begin(g, GUARD_GROUND);
}

static void forward(struct term_guard *g, const struct sink *to)
{
    bool reset = g->n == 2 && g->seq[1] == 'c'; // RIS
    if (!g->bad)
        modes_sequence(&g->modes, g->seq, g->n);
    if (!g->bad)
        to->fn(to->arg, g->seq, g->n, reset);
    if (reset)
        g->last = 0;
    forget(g);
}

// REP hangs libvterm when nothing was printed before: done here.
static void repeat_last(struct term_guard *g, const struct sink *to)
{
    char text[MAX_REPEAT];
    g->seq[g->n < sizeof(g->seq) ? g->n : sizeof(g->seq) - 1] = '\0';
    long times = strtol(g->seq + 2, NULL, 10);
    if (times < 1)
        times = 1;
    if (times > MAX_REPEAT)
        times = MAX_REPEAT;
    if (g->last && !g->bad) {
        memset(text, g->last, (size_t)times);
        to->fn(to->arg, text, (size_t)times, false);
    }
    forget(g);
}

// Saving and restoring the cursor as ANSI.SYS does it, which libvterm does not know.
static void as_dec(struct term_guard *g, char final, const struct sink *to)
{
    g->seq[1] = final;
    g->n = 2;
    forward(g, to);
}

static bool odd_byte(struct term_guard *g, uint8_t c, const struct sink *to);

static void csi_byte(struct term_guard *g, uint8_t c, const struct sink *to)
{
    add(g, c);
    if (c >= '0' && c <= '9') {
        g->bad |= ++g->digits > MAX_DIGITS;
    } else if (c == ';' || c == ':') {
        g->digits = 0;
        g->bad |= ++g->separators > MAX_SEPARATORS;
    } else if (c >= '<' && c <= '?') {
        g->bad |= g->n > 3; // only the first says that it is a private one (ECMA-48, 5.4.2)
    } else if (c >= 0x40) {
        bool plain = g->n > 2 && (g->n == 3 || (g->seq[2] >= '0' && g->seq[2] <= '9'));
        if (c == 't') // window operations: resize, titles, reports
            forget(g);
        else if (c == 'b' && plain)
            repeat_last(g, to);
        else if (c == 'b')
            forget(g);
        else if (g->n == 3 && (c == 's' || c == 'u'))
            as_dec(g, c == 's' ? '7' : '8', to);
        else
            forward(g, to);
    }
    g->bad |= g->n > GUARD_MAX_CSI;
}

// DECRQSS, ESC P $ q WHAT ESC \: only what libvterm 0.1.4 answers; for anything else it formats an error
// with an argument missing.
static bool setting_known(const struct term_guard *g)
{
    static const char *const known[] = { "m", "r", "s", " q", "\"q" };
    const char *what = g->seq + 4;
    size_t n = g->n > 6 ? g->n - 6 : 0; // without the ESC \ of its end
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strlen(known[i]) == n && memcmp(known[i], what, n) == 0)
            return true;
    return false;
}

// Titles (OSC 0, 1, 2) and the question for a setting (DECRQSS) pass; clipboard, links, palettes, images
// and everything private do not.
static bool string_allowed(const struct term_guard *g)
{
    if (g->n < 4)
        return false;
    if (g->seq[1] == ']')
        return g->seq[2] >= '0' && g->seq[2] <= '2' && g->seq[3] == ';';
    return g->seq[1] == 'P' && g->seq[2] == '$' && g->seq[3] == 'q' && setting_known(g);
}

static void end_string(struct term_guard *g, const struct sink *to)
{
    if (string_allowed(g))
        forward(g, to);
    else
        forget(g);
}

static void string_byte(struct term_guard *g, uint8_t c, const struct sink *to)
{
    if (c == BEL && g->seq[1] == ']') {
        add(g, c);
        end_string(g, to);
    } else if (c >= 0x20 && c != DEL) {
        add(g, c);
    }
}

static void esc_byte(struct term_guard *g, uint8_t c, const struct sink *to)
{
    add(g, c);
    if (g->n > 2 && c >= 0x30) { // ESC intermediate… final; ESC # would fill the screen or widen lines
        // libvterm 0.1.4 takes ESC % [ for the beginning of a CSI, whose bounds would not be watched
        g->bad |= g->seq[1] == '#' || memchr("[]PX^_", c, 6) != NULL;
        forward(g, to);
    } else if (c == '[') {
        begin(g, GUARD_CSI);
    } else if (c == ']' || c == 'P' || c == '^' || c == '_' || c == 'X') {
        begin(g, GUARD_STRING);
    } else if (c >= 0x30) {
        forward(g, to);
    }
    g->bad |= g->n > GUARD_MAX_CSI;
}

static void start_escape(struct term_guard *g)
{
    g->n = 0;
    begin(g, GUARD_ESC);
    add(g, ESC);
}

static void sequence_byte(struct term_guard *g, uint8_t c, const struct sink *to)
{
    bool string = g->state == GUARD_STRING || g->state == GUARD_STRING_ESC;
    if (c == CAN || c == SUB) {
        forget(g);
    } else if (g->state == GUARD_STRING_ESC && c == '\\') {
        add(g, ESC);
        add(g, c);
        end_string(g, to);
    } else if (c == ESC || g->state == GUARD_STRING_ESC) { // the string was broken off
        bool next = g->state == GUARD_STRING_ESC;
        if (g->state == GUARD_STRING && c == ESC) {
            g->state = GUARD_STRING_ESC;
            return;
        }
        start_escape(g);
        if (next && c != ESC)
            sequence_byte(g, c, to);
    } else if (string) {
        string_byte(g, c, to);
    } else if (c < 0x20) {
        modes_text(&g->modes, (const char *)&c, 1);
        to->fn(to->arg, (const char *)&c, 1, false); // acts at once, the sequence goes on (VT500)
    } else if (c >= DEL) {
        if (c != DEL) { // the sequence is broken off by text
            forget(g);
            odd_byte(g, c, to);
        }
    } else if (g->state == GUARD_CSI) {
        csi_byte(g, c, to);
    } else {
        esc_byte(g, c, to);
    }
}

// Bytes of the code point that begins with c; 0: none begins so (RFC 3629).
static int utf8_length(uint8_t c)
{
    return c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

// May b follow the n bytes before it? No overlong forms, surrogates, or code points above 10FFFF.
static bool utf8_continues(const uint8_t *before, int n, uint8_t b)
{
    uint8_t low = 0x80, high = 0xbf;
    if (n == 1) {
        low = before[0] == 0xe0 ? 0xa0 : before[0] == 0xf0 ? 0x90 : 0x80;
        high = before[0] == 0xed ? 0x9f : before[0] == 0xf4 ? 0x8f : 0xbf;
    }
    return b >= low && b <= high;
}

// Code points that are left out, for libvterm 0.1.4 is wrong about their width and walks off the line: U+0080 to U+009F
// (-1) and the marks U+302A to U+302F, U+3099, U+309A that join the letter before them (2).
static bool is_left_out(const uint8_t *utf8)
{
    return (utf8[0] == 0xc2 && utf8[1] < 0xa0) || (utf8[0] == 0xe3 && utf8[1] == 0x80 && utf8[2] >= 0xaa && utf8[2] <= 0xaf) ||
           (utf8[0] == 0xe3 && utf8[1] == 0x82 && (utf8[2] == 0x99 || utf8[2] == 0x9a));
}

// How many bytes from p are whole code points (and controls, but no ESC).
static size_t whole_run(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *at = p;
    while (at < end && *at != ESC) {
        int len = utf8_length(*at), k = 1;
        if (!len || at + len > end)
            break;
        while (k < len && utf8_continues(at, k, at[k]))
            k++;
        if (k < len || is_left_out(at))
            break;
        at += len;
    }
    return (size_t)(at - p);
}

static void replacement(struct term_guard *g, const struct sink *to)
{
    g->utf8_n = 0;
    g->last = 0;
    to->fn(to->arg, "\xef\xbf\xbd", 3, false);
}

// A byte of a code point that is split over chunks, or is broken. false: it was not taken.
static bool odd_byte(struct term_guard *g, uint8_t c, const struct sink *to)
{
    if (g->utf8_n && !utf8_continues((uint8_t *)g->utf8, g->utf8_n, c)) {
        replacement(g, to);
        return false;
    }
    if (!g->utf8_n && !utf8_length(c)) {
        replacement(g, to);
        return true;
    }
    g->utf8[g->utf8_n++] = (char)c;
    if (g->utf8_n == utf8_length((uint8_t)g->utf8[0])) {
        if (!is_left_out((uint8_t *)g->utf8))
            to->fn(to->arg, g->utf8, (size_t)g->utf8_n, false);
        g->last = 0; // a cell that holds a combining mark or nothing is not repeated
        g->utf8_n = 0;
    }
    return true;
}

void guard_feed(struct term_guard *g, const void *data, size_t n, guard_out_fn *out, void *arg)
{
    const uint8_t *p = data, *end = p + n;
    struct sink to = { out, arg };
    while (p < end) {
        if (g->state != GUARD_GROUND) {
            sequence_byte(g, *p++, &to);
            continue;
        }
        size_t run = g->utf8_n ? 0 : whole_run(p, end);
        if (run) {
            modes_text(&g->modes, (const char *)p, run);
            out(arg, (const char *)p, run, false);
            p += run;
            g->last = p[-1] >= 0x20 && p[-1] < DEL ? p[-1] : 0;
        } else if (*p == ESC && !g->utf8_n) {
            start_escape(g);
            p++;
        } else if (odd_byte(g, *p, &to)) {
            p++;
        }
    }
}
