#define PCRE2_CODE_UNIT_WIDTH 8
#include "tests/harness/shot.h"

#include <ctype.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ui/canvas.h"
#include "ui/snapshot.h"

#define STYLES "-- styles\n"

struct pattern {
    pcre2_code *re;
    pcre2_match_data *match;
};

struct pattern *pattern_new(const char *re, struct err *err)
{
    int code;
    PCRE2_SIZE where;
    pcre2_code *c = pcre2_compile((PCRE2_SPTR)re, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_MULTILINE,
        &code, &where, NULL);
    if (!c) {
        char why[160];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
        err_set(err, "%s: %s", re, why);
        return NULL;
    }
    struct pattern *p = xcalloc(1, sizeof(*p));
    p->re = c;
    p->match = pcre2_match_data_create(1, NULL);
    return p;
}

void pattern_free(struct pattern *p)
{
    if (!p)
        return;
    pcre2_code_free(p->re);
    pcre2_match_data_free(p->match);
    free(p);
}

bool pattern_find(const struct pattern *p, const char *s, size_t from, size_t *at, size_t *len)
{
    size_t n = strlen(s);
    if (from > n || pcre2_match(p->re, (PCRE2_SPTR)s, n, from, 0, p->match, NULL) < 0)
        return false;
    PCRE2_SIZE *v = pcre2_get_ovector_pointer(p->match);
    *at = v[0];
    *len = v[1] - v[0];
    return true;
}

bool masks_add(struct masks *m, const char *re, bool keep_width, struct err *err)
{
    struct mask mask = { pattern_new(re, err), keep_width };
    if (mask.re)
        arr_push(&m->v, mask);
    return mask.re != NULL;
}

void masks_release(struct masks *m)
{
    for (size_t i = 0; i < m->v.n; i++)
        pattern_free(m->v.v[i].re);
    arr_release(&m->v);
}

// ---- one row: bytes of text, and a style letter for each of them, so that both are cut alike

struct line {
    struct buf text;
    struct buf style; // as long as text
    struct buf start; // 1 at the first byte of a cell
};

static void line_clear(struct line *l)
{
    buf_clear(&l->text);
    buf_clear(&l->style);
    buf_clear(&l->start);
}

static void line_release(struct line *l)
{
    buf_release(&l->text);
    buf_release(&l->style);
    buf_release(&l->start);
}

static int color_of(const VTermColor *c)
{
    if (VTERM_COLOR_IS_DEFAULT_FG(c) || VTERM_COLOR_IS_DEFAULT_BG(c))
        return -1;
    return VTERM_COLOR_IS_INDEXED(c) ? c->indexed.idx : 256;
}

static bool looks_like(const VTermScreenCell *cell, const struct theme *t, style_t style)
{
    struct theme_style st = theme_resolve(t, style);
    int fg = st.fg < 0 ? -1 : theme_color_256(st.fg), bg = st.bg < 0 ? -1 : theme_color_256(st.bg);
    return color_of(&cell->fg) == fg && color_of(&cell->bg) == bg && (cell->attrs.bold != 0) == st.bold &&
           (cell->attrs.underline != 0) == st.underline && (cell->attrs.reverse != 0) == st.reverse;
}

// The letters of ui/snapshot.c; what is under the cursor, marked or found has one of its own.
static char style_letter(const VTermScreenCell *cell, const struct theme *t)
{
    static const char letters[] = ".dOiWBhTakSncrRpbD+-~01234567";
    static const struct {
        style_t bits;
        char letter;
    } overlays[] = { { STYLE_SELECTED, '#' }, { STYLE_MATCH, '=' }, { STYLE_MARKED, '*' },
        { STYLE_MARKED | STYLE_SELECTED, '#' } };
    for (unsigned role = 0; role < ROLE_COUNT; role++)
        if (looks_like(cell, t, (style_t)role))
            return letters[role];
    for (size_t i = 0; i < ARRAY_SIZE(overlays); i++)
        for (unsigned role = 0; role < ROLE_COUNT; role++)
            if (looks_like(cell, t, (style_t)(role | overlays[i].bits)))
                return overlays[i].letter;
    for (unsigned role = 0; role < ROLE_COUNT; role++)
        if (looks_like(cell, t, (style_t)(role | STYLE_BOLD)))
            return letters[role];
    return '?';
}

static style_t style_of(const VTermScreenCell *cell, const struct theme *t)
{
    static const style_t overlays[] = { 0, STYLE_BOLD, STYLE_SELECTED, STYLE_MATCH, STYLE_MARKED, STYLE_MARKED | STYLE_SELECTED };
    for (size_t i = 0; i < ARRAY_SIZE(overlays); i++)
        for (unsigned role = 0; role < ROLE_COUNT; role++)
            if (looks_like(cell, t, (style_t)(role | overlays[i])))
                return (style_t)(role | overlays[i]);
    return ROLE_TEXT;
}

// Without a theme, for a terminal of eight colours: the initial of the colour (k is black), a capital when bold;
// on a coloured ground that one's number.
static char colour_letter(const VTermScreenCell *cell)
{
    static const char initials[] = "krgybmcw";
    int fg = color_of(&cell->fg), bg = color_of(&cell->bg);
    if (cell->attrs.reverse)
        return '#';
    if (bg >= 0)
        return bg < 8 ? (char)('0' + bg) : '?';
    char c = fg < 0 ? (cell->attrs.bold ? '*' : '.') : fg < 8 ? initials[fg] : '?';
    return cell->attrs.bold ? (char)toupper((unsigned char)c) : c;
}

static void read_row(const struct term *t, int y, const struct theme *theme, struct line *l)
{
    line_clear(l);
    for (int x = 0; x < t->w; x++) {
        VTermScreenCell cell;
        vterm_screen_get_cell(t->vs, (VTermPos) { y, x }, &cell);
        if (cell.chars[0] == (uint32_t)-1)
            continue; // the right half of a wide one
        bool blank = (cell.chars[0] == 0 || cell.chars[0] == ' ') && color_of(&cell.bg) < 0 &&
                     !cell.attrs.underline && !cell.attrs.reverse;
        char style = blank ? ' ' : theme ? style_letter(&cell, theme) : colour_letter(&cell);
        size_t before = l->text.n;
        for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++) {
            char utf8[4];
            buf_add(&l->text, utf8, utf8_encode(cell.chars[i], utf8));
        }
        if (l->text.n == before)
            buf_putc(&l->text, ' ');
        for (size_t i = before; i < l->text.n; i++) {
            buf_putc(&l->style, style);
            buf_putc(&l->start, i == before ? '1' : '0');
        }
    }
}

static void keep(struct line *to, const struct line *from, size_t at, size_t n)
{
    buf_add(&to->text, from->text.s + at, n);
    buf_add(&to->style, from->style.s + at, n);
    buf_add(&to->start, from->start.s + at, n);
}

static void apply_mask(struct line *l, const struct mask *m)
{
    struct line out = { BUF_INIT, BUF_INIT, BUF_INIT };
    size_t from = 0, at, len;
    while (pattern_find(m->re, l->text.s, from, &at, &len) && len) {
        keep(&out, l, from, at - from);
        for (size_t i = at; i < at + len; i++) {
            if (l->start.s[i] != '1' || (!m->keep_width && i > at))
                continue;
            buf_putc(&out.text, m->keep_width ? '#' : '~');
            buf_putc(&out.style, m->keep_width ? l->style.s[i] : '~');
            buf_putc(&out.start, '1');
        }
        from = at + len;
    }
    keep(&out, l, from, l->text.n - from);
    line_release(l);
    *l = out;
}

static void add_trimmed(struct buf *out, const char *s, size_t n)
{
    while (n && s[n - 1] == ' ')
        n--;
    buf_add(out, s, n);
    buf_putc(out, '\n');
}

void shot_text(const struct term *t, struct buf *out)
{
    struct line l = { BUF_INIT, BUF_INIT, BUF_INIT };
    for (int y = 0; y < t->h; y++) {
        read_row(t, y, NULL, &l);
        add_trimmed(out, l.text.s, l.text.n);
    }
    line_release(&l);
}

void shot_take(const struct term *t, const struct masks *m, const struct theme *theme, struct buf *out)
{
    struct line l = { BUF_INIT, BUF_INIT, BUF_INIT };
    struct buf styles = BUF_INIT, cells = BUF_INIT;
    buf_printf(out, "-- %dx%d cursor ", t->w, t->h);
    if (t->cursor_shown)
        buf_printf(out, "%d,%d\n", t->cursor_y, t->cursor_x);
    else
        buf_puts(out, "hidden\n");
    for (int y = 0; y < t->h; y++) {
        read_row(t, y, theme, &l);
        for (size_t i = 0; i < m->v.n; i++)
            apply_mask(&l, &m->v.v[i]);
        add_trimmed(out, l.text.s, l.text.n);
        buf_clear(&cells);
        for (size_t i = 0; i < l.style.n; i++)
            if (l.start.s[i] == '1')
                buf_putc(&cells, l.style.s[i]);
        add_trimmed(&styles, cells.s, cells.n);
    }
    buf_puts(out, STYLES);
    buf_puts(out, styles.s);
    line_release(&l);
    buf_release(&cells);
    buf_release(&styles);
}

void shot_svg(const struct term *t, const struct theme *theme, struct buf *out)
{
    struct canvas *c = canvas_new(t->h, t->w);
    for (int y = 0; y < t->h; y++)
        for (int x = 0; x < t->w; x++) {
            VTermScreenCell cell;
            struct buf text = BUF_INIT;
            vterm_screen_get_cell(t->vs, (VTermPos) { y, x }, &cell);
            if (cell.chars[0] == (uint32_t)-1)
                continue;
            for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++) {
                char utf8[4];
                buf_add(&text, utf8, utf8_encode(cell.chars[i], utf8));
            }
            canvas_put(c, y, x, cell.width, style_of(&cell, theme), text.n ? text.s : " ");
            buf_release(&text);
        }
    snapshot_svg(c, theme, "kview", out);
    canvas_free(c);
}

void shot_print(const char *shot)
{
    const char *end = strstr(shot, STYLES);
    int w = atoi(shot + 3);
    struct buf rule = BUF_INIT;
    for (int i = 0; i < w; i++)
        buf_puts(&rule, "─");
    printf("   ┌%s┐\n", rule.s);
    const char *p = strchr(shot, '\n'), *last = end;
    while (last > shot && last[-1] == '\n' && last - 1 > p)
        last--; // the blank rows at the end are left out
    for (int y = 0; p && p + 1 < last; y++) {
        size_t n = strcspn(++p, "\n");
        char *row = xstrndup(p, n);
        int pad = w - utf8_width(row);
        printf("%2d │%s%*s│\n", y, row, pad > 0 ? pad : 0, "");
        free(row);
        p += n;
    }
    printf("   └%s┘\n", rule.s);
    buf_release(&rule);
}

void shot_diff(const char *golden, const char *got)
{
    bool styles = false;
    if (atoi(golden + 3) != atoi(got + 3) || strcspn(golden, "c") != strcspn(got, "c") ||
        strncmp(golden, got, strcspn(golden, "c")) != 0) {
        printf("another size: should be %.*s", (int)strcspn(golden, "\n") + 1, golden);
        return;
    }
    for (int row = -1; *golden && *got; row++) {
        size_t n = strcspn(golden, "\n"), m = strcspn(got, "\n");
        if (str_starts(got, STYLES)) {
            styles = true;
            row = -1;
        } else if (n != m || memcmp(golden, got, n) != 0) {
            printf("%s %2d - %.*s\n         + %.*s\n", styles ? "style" : "row  ", row, (int)n, golden,
                (int)m, got);
        }
        golden += n + (golden[n] == '\n');
        got += m + (got[m] == '\n');
    }
}
