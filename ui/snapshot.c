#include "ui/snapshot.h"

#include <stdio.h>
#include <string.h>

enum { CELL_W = 9, CELL_H = 19, PAD = 14, TITLE_H = 34 };

void snapshot_text(const struct canvas *c, struct buf *out)
{
    for (int y = 0; y < c->h; y++) {
        size_t end = out->n;
        for (int x = 0; x < c->w; x++) {
            const char *t = c->cells[y * c->w + x].text;
            if (t[0] == '\1')
                continue;
            buf_puts(out, *t ? t : " ");
            if (*t)
                end = out->n;
        }
        buf_truncate(out, end);
        buf_putc(out, '\n');
    }
}

void snapshot_styles(const struct canvas *c, struct buf *out)
{
    static const char letters[] = ".dOiWBhTakSncrRpbD+-~01234567";
    for (int y = 0; y < c->h; y++) {
        for (int x = 0; x < c->w; x++) {
            style_t st = c->cells[y * c->w + x].style;
            unsigned role = st & STYLE_ROLE_MASK;
            char ch = role < sizeof(letters) - 1 ? letters[role] : '?';
            buf_putc(out, st & STYLE_SELECTED ? '#' : st & STYLE_MATCH ? '=' : ch);
        }
        buf_putc(out, '\n');
    }
}

static void escape(struct buf *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '&')
            buf_puts(out, "&amp;");
        else if (*s == '<')
            buf_puts(out, "&lt;");
        else if (*s == '>')
            buf_puts(out, "&gt;");
        else
            buf_putc(out, *s);
    }
}

static bool is_light(const struct theme *t)
{
    return strcmp(t->name, "light") == 0;
}

static struct theme_style look_of(const struct theme *t, const struct canvas_cell *cell)
{
    unsigned fg = cell->ink & INK_INDEX_MASK, bg = cell->ink >> INK_BG_SHIFT & INK_INDEX_MASK;
    if (!cell->ink)
        return theme_resolve(t, cell->style);
    return (struct theme_style) { .fg = fg == INK_DEFAULT ? -1 : theme_palette((int)fg),
        .bg = bg == INK_DEFAULT ? -1 : theme_palette((int)bg), .bold = cell->ink & INK_BOLD,
        .reverse = cell->ink & INK_REVERSE };
}

static void cell_ground(
    const struct theme *t, const struct canvas_cell *cell, int32_t *fg, int32_t *bg, bool *bold)
{
    struct theme_style st = look_of(t, cell);
    *fg = st.fg >= 0 ? st.fg : is_light(t) ? 0x1c1c1c : 0xd0d0d0;
    *bg = st.bg;
    *bold = st.bold;
    if (st.dim)
        *fg = 0x878787;
    if (st.reverse) {
        int32_t was = *fg;
        *fg = *bg >= 0 ? *bg : is_light(t) ? 0xffffff : 0x16181d;
        *bg = was;
    }
}

// Runs of one style become one element; text is placed cell by cell where a glyph is not ASCII.
static void svg_line(const struct canvas *c, const struct theme *t, int y, struct buf *out)
{
    int py = TITLE_H + PAD + y * CELL_H;
    for (int x = 0; x < c->w;) {
        const struct canvas_cell *cell = &c->cells[y * c->w + x];
        int end = x + 1;
        while (end < c->w && c->cells[y * c->w + end].style == cell->style &&
               c->cells[y * c->w + end].ink == cell->ink)
            end++;
        int32_t fg, bg;
        bool bold, any = false;
        cell_ground(t, cell, &fg, &bg, &bold);
        if (bg >= 0)
            buf_printf(out, "<rect x='%d' y='%d' width='%d' height='%d' fill='#%06x'/>", PAD + x * CELL_W,
                py, (end - x) * CELL_W, CELL_H, bg);
        for (int i = x; i < end; i++) {
            const char *g = c->cells[y * c->w + i].text;
            if (!*g || *g == '\1')
                continue;
            if (!any)
                buf_printf(out, "<text y='%d' fill='#%06x'%s>", py + 14, fg,
                    bold ? " font-weight='bold'" : "");
            any = true;
            int from = i;
            buf_printf(out, "<tspan x='%d", PAD + i * CELL_W);
            while (i + 1 < end && c->cells[y * c->w + i + 1].text[0] > ' ')
                buf_printf(out, " %d", PAD + ++i * CELL_W);
            buf_puts(out, "'>");
            for (int k = from; k <= i; k++)
                escape(out, c->cells[y * c->w + k].text);
            buf_puts(out, "</tspan>");
        }
        if (any)
            buf_puts(out, "</text>\n");
        x = end;
    }
}

void snapshot_svg(const struct canvas *c, const struct theme *t, const char *title, struct buf *out)
{
    int w = c->w * CELL_W + 2 * PAD, h = c->h * CELL_H + 2 * PAD + TITLE_H;
    const char *ground = is_light(t) ? "#ffffff" : "#16181d", *bar = is_light(t) ? "#e4e4e4" : "#24272e";
    buf_printf(out, "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d' "
                    "font-family='DejaVu Sans Mono,Menlo,Consolas,monospace' font-size='14.5' "
                    "xml:space='preserve'>\n", w, h, w, h);
    buf_printf(out, "<rect width='%d' height='%d' rx='9' fill='%s'/>\n", w, h, ground);
    buf_printf(out, "<path d='M0 %d V9 A9 9 0 0 1 9 0 H%d A9 9 0 0 1 %d 9 V%d Z' fill='%s'/>\n", TITLE_H,
        w - 9, w, TITLE_H, bar);
    static const char *const lights[] = { "#ff5f57", "#febc2e", "#28c840" };
    for (int i = 0; i < 3; i++)
        buf_printf(out, "<circle cx='%d' cy='17' r='6' fill='%s'/>", 20 + i * 20, lights[i]);
    buf_printf(out, "<text x='%d' y='22' fill='#8a8f98' text-anchor='middle'>", w / 2);
    escape(out, title);
    buf_puts(out, "</text>\n");
    for (int y = 0; y < c->h; y++)
        svg_line(c, t, y, out);
    buf_puts(out, "</svg>\n");
}
