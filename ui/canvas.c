#include "ui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

static const char wide_rest[] = "\1"; // the right half of a wide grapheme

struct canvas *canvas_new(int h, int w)
{
    struct canvas *c = xcalloc(1, sizeof(*c));
    canvas_resize(c, h, w);
    return c;
}

void canvas_free(struct canvas *c)
{
    if (!c)
        return;
    free(c->cells);
    free(c);
}

void canvas_resize(struct canvas *c, int h, int w)
{
    c->h = h < 1 ? 1 : h;
    c->w = w < 1 ? 1 : w;
    c->cells = xrealloc(c->cells, (size_t)c->h * (size_t)c->w * sizeof(*c->cells));
    canvas_clear(c);
}

void canvas_clear(struct canvas *c)
{
    memset(c->cells, 0, (size_t)c->h * (size_t)c->w * sizeof(*c->cells));
    c->cursor_y = c->cursor_x = -1;
}

void canvas_clip(struct canvas *c, const struct rect *r)
{
    c->clip = r ? *r : (struct rect) { 0 };
}

static bool is_outside(const struct canvas *c, int y, int x)
{
    const struct rect *r = &c->clip;
    return r->h && (y < r->y || y >= r->y + r->h || x < r->x || x >= r->x + r->w);
}

static struct canvas_cell *cell_at(struct canvas *c, int y, int x)
{
    return &c->cells[(size_t)y * (size_t)c->w + (size_t)x];
}

// Writing over one half of a wide grapheme blanks the other.
static void split_wide(struct canvas *c, int y, int x)
{
    struct canvas_cell *cell = cell_at(c, y, x);
    if (cell->text[0] == wide_rest[0] && x > 0)
        cell_at(c, y, x - 1)->text[0] = '\0';
    if (x + 1 < c->w && cell_at(c, y, x + 1)->text[0] == wide_rest[0])
        cell_at(c, y, x + 1)->text[0] = '\0';
}

static const struct {
    const char *fancy, *plain;
} ascii_forms[] = {
    { "▌", "|" }, { "│", "|" }, { "─", "-" }, { "┌", "+" }, { "┐", "+" }, { "└", "+" }, { "┘", "+" },
    { "├", "+" }, { "┤", "+" }, { "●", "*" }, { "○", "o" }, { "◐", "~" }, { "▲", "^" }, { "▼", "v" },
    { "…", "~" }, { "⏎", "RET" }, { "✓", "+" }, { "✗", "x" }, { "╭", "+" }, { "╮", "+" }, { "╰", "+" },
    { "╯", "+" }, { "▸", ">" }, { "▾", "v" }, { "·", "." }, { "•", "*" }, { "—", "-" }, { "→", ">" },
    { "█", "#" }, { "▏", "|" }, { "━", "=" },
};

static char ascii_form(const char *g, size_t n)
{
    for (size_t i = 0; i < ARRAY_SIZE(ascii_forms); i++)
        if (strlen(ascii_forms[i].fancy) == n && memcmp(ascii_forms[i].fancy, g, n) == 0)
            return ascii_forms[i].plain[0];
    return '?';
}

// Bytes of the grapheme that are kept: those a cell holds, whole code points. 0: what is left would be of
// another width, or the terminal is ASCII; `stand_in` is drawn for it.
static size_t fit_cell(const struct canvas *c, const char *g, size_t n, int width, char *stand_in)
{
    *stand_in = '?';
    if (c->ascii) {
        bool letter = (unsigned char)g[0] < 0x80; // its marks are dropped
        *stand_in = letter ? g[0] : ascii_form(g, n);
        return letter && width == 1 ? 1 : 0;
    }
    if (n < CELL_BYTES)
        return n;
    int left;
    n = CELL_BYTES - 1;
    while (n && ((unsigned char)g[n] & 0xc0) == 0x80)
        n--;
    return n && utf8_grapheme(g, n, &left) == n && left == width ? n : 0;
}

static void put_grapheme(
    struct canvas *c, int y, int x, const char *g, size_t n, int width, style_t style)
{
    char tmp[1];
    if (x < 0 || x >= c->w || is_outside(c, y, x))
        return;
    n = fit_cell(c, g, n, width, tmp);
    if (n == 0) { // a stand-in for each of its columns
        for (int i = 0; i < width; i++)
            put_grapheme(c, y, x + i, tmp, 1, 1, style);
        return;
    }
    if (x + width > c->w || is_outside(c, y, x + width - 1)) { // no room for the right half
        g = " ";
        n = 1;
        width = 1;
    }
    split_wide(c, y, x);
    struct canvas_cell *cell = cell_at(c, y, x);
    memcpy(cell->text, g, n);
    cell->text[n] = '\0';
    if (n == 1 && g[0] == ' ')
        cell->text[0] = '\0';
    cell->style = style;
    cell->ink = 0;
    if (width == 2) {
        split_wide(c, y, x + 1);
        memcpy(cell_at(c, y, x + 1)->text, wide_rest, 2);
        cell_at(c, y, x + 1)->style = style;
        cell_at(c, y, x + 1)->ink = 0;
        memcpy(cell->text, g, n);
        cell->text[n] = '\0';
    }
}

// Letters of one byte and one column each, the most there is to draw; repeat: all of them the first. None of them may lie
// outside.
static void put_letters(struct canvas *c, int y, int x, int cols, style_t style, const char *s, bool repeat)
{
    split_wide(c, y, x);
    split_wide(c, y, x + cols - 1);
    struct canvas_cell *cell = cell_at(c, y, x);
    for (int i = 0; i < cols; i++, cell++) {
        char letter = repeat ? *s : s[i];
        cell->text[0] = letter == ' ' ? '\0' : letter;
        cell->text[1] = '\0';
        cell->style = style;
        cell->ink = 0;
    }
}

// Whether cells of one line may be drawn all without looking at each.
static bool is_inside(const struct canvas *c, int y, int x, int cols)
{
    return cols > 0 && y >= 0 && y < c->h && x >= 0 && x + cols <= c->w && !is_outside(c, y, x) &&
           !is_outside(c, y, x + cols - 1);
}

static int put_clean(
    struct canvas *c, int y, int x, int cols, style_t style, const char *s, size_t n)
{
    int used = 0;
    size_t i = 0;
    bool cut = false;
    if (cols <= 0 || y < 0 || y >= c->h)
        return 0;
    if (utf8_fit(s, n, cols) < n) {
        cut = true;
        n = utf8_fit(s, n, cols - 1);
    }
    while (i < n) {
        int w;
        size_t len = utf8_grapheme(s + i, n - i, &w);
        if (w > 0) // a mark without a base has no cell to live in
            put_grapheme(c, y, x + used, s + i, len, w, style);
        used += w;
        i += len;
    }
    if (cut && used < cols) {
        put_grapheme(c, y, x + used, "…", strlen("…"), 1, style);
        used++;
    }
    return used;
}

int canvas_putn(struct canvas *c, int y, int x, int cols, style_t style, const char *s, size_t n)
{
    if (utf8_is_plain(s, n)) {
        if (n > (size_t)(cols > 0 ? cols : 0) || !is_inside(c, y, x, (int)n))
            return put_clean(c, y, x, cols, style, s, n);
        put_letters(c, y, x, (int)n, style, s, false);
        return (int)n;
    }
    struct buf clean = BUF_INIT;
    utf8_sanitise(&clean, s, n < 65536 ? n : 65536);
    int used = put_clean(c, y, x, cols, style, clean.s, clean.n);
    buf_release(&clean);
    return used;
}

int canvas_put(struct canvas *c, int y, int x, int cols, style_t style, const char *s)
{
    return canvas_putn(c, y, x, cols, style, s, strlen(s));
}

int canvas_put_middle(struct canvas *c, int y, int x, int cols, style_t style, const char *s)
{
    struct buf clean = BUF_INIT;
    utf8_sanitise(&clean, s, strlen(s));
    int width = utf8_width(clean.s), head = cols / 2, used = 0;
    if (width <= cols || cols < 3) {
        used = put_clean(c, y, x, cols, style, clean.s, clean.n);
    } else {
        size_t from = utf8_fit(clean.s, clean.n, width - (cols - 1 - head));
        if (utf8_width(clean.s + from) > cols - 1 - head) { // half of a wide one does not fit
            int w;
            from += utf8_grapheme(clean.s + from, clean.n - from, &w);
        }
        used = put_clean(c, y, x, head, style, clean.s, utf8_fit(clean.s, clean.n, head));
        used += put_clean(c, y, x + used, 1, style, "…", strlen("…"));
        used += put_clean(c, y, x + used, cols - used, style, clean.s + from, clean.n - from);
    }
    buf_release(&clean);
    return used;
}

int canvas_printf(struct canvas *c, int y, int x, int cols, style_t style, const char *fmt, ...)
{
    char tmp[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(tmp, sizeof(tmp), fmt, ap);
    va_end(ap);
    return canvas_put(c, y, x, cols, style, tmp);
}

void canvas_put_right(struct canvas *c, int y, int x, int cols, style_t style, const char *s)
{
    int w = utf8_width(s);
    int pad = w < cols ? cols - w : 0;
    canvas_put(c, y, x + pad, cols - pad, style, s);
}

void canvas_fill(struct canvas *c, struct rect r, style_t style, const char *glyph)
{
    for (int y = r.y < 0 ? 0 : r.y; y < r.y + r.h && y < c->h; y++) {
        if (!glyph && is_inside(c, y, r.x, r.w)) {
            put_letters(c, y, r.x, r.w, style, " ", true);
            continue;
        }
        for (int x = r.x < 0 ? 0 : r.x; x < r.x + r.w && x < c->w; x++)
            put_grapheme(c, y, x, glyph ? glyph : " ", glyph ? strlen(glyph) : 1, 1, style);
    }
}

void canvas_overlay(struct canvas *c, struct rect r, style_t set)
{
    for (int y = r.y < 0 ? 0 : r.y; y < r.y + r.h && y < c->h; y++)
        for (int x = r.x < 0 ? 0 : r.x; x < r.x + r.w && x < c->w; x++)
            cell_at(c, y, x)->style |= set;
}

void canvas_box(struct canvas *c, struct rect r, style_t style, const char *title)
{
    canvas_fill(c, r, ROLE_TEXT, NULL);
    canvas_fill(c, (struct rect) { r.y, r.x + 1, 1, r.w - 2 }, style, "─");
    canvas_fill(c, (struct rect) { r.y + r.h - 1, r.x + 1, 1, r.w - 2 }, style, "─");
    canvas_fill(c, (struct rect) { r.y + 1, r.x, r.h - 2, 1 }, style, "│");
    canvas_fill(c, (struct rect) { r.y + 1, r.x + r.w - 1, r.h - 2, 1 }, style, "│");
    canvas_put(c, r.y, r.x, 1, style, "╭");
    canvas_put(c, r.y, r.x + r.w - 1, 1, style, "╮");
    canvas_put(c, r.y + r.h - 1, r.x, 1, style, "╰");
    canvas_put(c, r.y + r.h - 1, r.x + r.w - 1, 1, style, "╯");
    if (title && *title) {
        int n = canvas_put(c, r.y, r.x + 3, r.w - 6, ROLE_TITLE | STYLE_BOLD, title);
        canvas_put(c, r.y, r.x + 2, 1, style, " ");
        canvas_put(c, r.y, r.x + 3 + n, 1, style, " ");
    }
}

bool canvas_equal(const struct canvas *a, const struct canvas *b)
{
    return a->h == b->h && a->w == b->w &&
           memcmp(a->cells, b->cells, (size_t)a->h * (size_t)a->w * sizeof(*a->cells)) == 0;
}

int canvas_blank_above(const struct canvas *c, int y)
{
    int n = 0;
    for (; y - n > 0; n++)
        for (int x = 0; x < c->w; x++) {
            const char *text = c->cells[(size_t)(y - n - 1) * (size_t)c->w + (size_t)x].text;
            if (*text && strcmp(text, " ") != 0)
                return n;
        }
    return n;
}

int canvas_put_wrapped(struct canvas *c, int y, int x, int w, style_t style, const char *s)
{
    while (*s && w > 0) {
        size_t n = strcspn(s, "\n"), fits = utf8_fit(s, n, w), cut = fits;
        while (fits < n && cut > 1 && s[cut] != ' ')
            cut--;
        cut = cut > 1 ? cut : fits ? fits : n;
        canvas_putn(c, y++, x, w, style, s, cut);
        s += cut < n ? cut + strspn(s + cut, " ") : n + (s[n] == '\n');
    }
    return y;
}
