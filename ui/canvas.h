// A grid of cells that everything draws into; ui/screen.c is the only place that sends it to a terminal.
// Text is sanitised and cut at grapheme borders here: no byte of a cluster's string acts on the terminal,
// and wide characters never shift a column.
#ifndef UI_CANVAS_H
#define UI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/style.h"

enum { CELL_BYTES = 22 };
struct canvas_cell {
    char text[CELL_BYTES]; // one grapheme, NUL-terminated; "" is a blank; right half of a wide one: \1
    style_t style;
    uint32_t ink; // colours of its own, 0: those of its role
};
struct rect {
    int y, x, h, w;
};
struct canvas {
    int h, w;
    struct canvas_cell *cells;
    int cursor_y, cursor_x; // -1: hidden
    bool ascii;             // draw box characters and marks as ASCII
    struct rect clip;       // nothing is drawn outside; all of it while h is 0
};

struct canvas *canvas_new(int h, int w);
void canvas_free(struct canvas *c);
void canvas_resize(struct canvas *c, int h, int w);
void canvas_clear(struct canvas *c);
void canvas_clip(struct canvas *c, const struct rect *r); // NULL: no more
// Draws s from (y, x), at most `cols` columns, cut with … when longer (never mid-grapheme). Outside parts
// are clipped. Returns the columns used.
int canvas_put(struct canvas *c, int y, int x, int cols, style_t style, const char *s);
int canvas_putn(struct canvas *c, int y, int x, int cols, style_t style, const char *s, size_t n);
int canvas_printf(struct canvas *c, int y, int x, int cols, style_t style, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
// Cut in the middle, so that names alike at their beginning stay apart.
int canvas_put_middle(struct canvas *c, int y, int x, int cols, style_t style, const char *s);
// Text right-aligned in `cols`.
void canvas_put_right(struct canvas *c, int y, int x, int cols, style_t style, const char *s);
void canvas_fill(struct canvas *c, struct rect r, style_t style, const char *glyph); // NULL: blank
void canvas_overlay(struct canvas *c, struct rect r, style_t set); // adds overlay bits
void canvas_box(struct canvas *c, struct rect r, style_t style, const char *title);
bool canvas_equal(const struct canvas *a, const struct canvas *b);
int canvas_blank_above(const struct canvas *c, int y); // rows directly above y that hold nothing
// Broken between words over as many lines as it takes; returns the line after the last.
int canvas_put_wrapped(struct canvas *c, int y, int x, int w, style_t style, const char *s);

#endif
