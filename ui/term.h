// A terminal inside the terminal: libvterm behind the guard, with a ring of lines that scrolled off. Bytes of
// a container go in, cells come out onto a canvas, keys become the bytes that the application expects.
// vterm.h is included by ui/term.c only; nothing here touches the outer terminal.
#ifndef UI_TERM_H
#define UI_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/key.h"
#include "ui/canvas.h"

struct term;

struct term *term_new(int rows, int cols, size_t scrollback); // scrollback in lines
void term_free(struct term *t);
void term_feed(struct term *t, const void *data, size_t n);
// Of lines of plain text only what can be seen goes over the screen, the others come to those that scrolled off directly;
// the outcome is that of term_feed. Returns the bytes taken, 0: these are for term_feed.
size_t term_skim(struct term *t, const char *data, size_t n);
void term_resize(struct term *t, int rows, int cols); // below 2x2 it stays at 2
// What the application must receive: keys, pastes, answers to its questions. Moves them to out.
void term_take_output(struct term *t, struct buf *out);

void term_key(struct term *t, struct key k);
void term_paste(struct term *t, const char *text, size_t n); // bracketed where the application asked for it
bool term_wants_mouse(const struct term *t);
void term_mouse(struct term *t, int y, int x, struct key k); // y, x inside the terminal

void term_paint(struct term *t, struct canvas *c, struct rect r, bool focused);
// Lines scrolled back, 0: at the end. The view stays where it is while new lines arrive.
void term_scroll(struct term *t, long lines);
size_t term_scrolled(const struct term *t);
const char *term_title(const struct term *t); // as set by the application, sanitised; "" at first
bool term_alternate(const struct term *t);    // a full-screen application runs
void term_text(struct term *t, struct buf *out); // scrollback and screen as text
// Its lines, 0 the oldest: those that scrolled off, then those of the screen.
size_t term_lines(const struct term *t);
void term_line(const struct term *t, size_t line, struct buf *out); // appends its text
void term_show_line(struct term *t, size_t line); // scrolls to it and marks it
size_t term_marked(const struct term *t, size_t none); // the line marked
void term_unmark(struct term *t);

#endif
