// A pager: styled lines with search, folding, wrapping, horizontal scroll and a cursor line. Content is
// replaced as a whole (live refresh keeps the place); the owner gives each line spans of style.
#ifndef UI_TEXT_H
#define UI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/err.h"
#include "ui/canvas.h"

struct span {
    uint32_t at, len; // bytes of the line
    style_t style;
};
struct text_line {
    char *s; // owned
    ARR(struct span) spans;
    uint16_t hang;    // prose at its end: goes on in that column where the screen is too narrow; 0: only when all wraps
    uint16_t indent;  // for folding: a line's children are the following lines of greater indent
    uint8_t mark;     // 0, '+', '-', '~': shown in the gutter (diff, changed a moment ago)
    bool folded;      // its children are hidden
    const char *link; // what Enter opens ("pods shop/web-1"), NULL; owned
};
struct text {
    ARR(struct text_line) lines;
    size_t top, cursor; // line indexes
    int left;
    bool wrap;
    int page;
    struct text_search *search;
};

void text_init(struct text *t);
void text_release(struct text *t);
void text_clear(struct text *t);
struct text_line *text_add(struct text *t, const char *s); // copy; spans are added by text_span
void text_span(struct text_line *line, size_t at, size_t len, style_t style);
// "Label:   value" with the label in ROLE_KEY; the usual describe line. indent in columns.
struct text_line *text_field(struct text *t, int indent, int value_col, const char *label,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
// Replaces the content, keeping scroll, cursor, folds (by path of unfolded text) and search.
void text_replace(struct text *t, struct text *fresh);
void text_paint(struct text *t, struct canvas *c, struct rect r, bool focused);
void text_move(struct text *t, long delta);
void text_page(struct text *t, long pages); // scrolls: the cursor stays where it is on the screen
void text_goto(struct text *t, size_t line);
void text_scroll_cols(struct text *t, int delta);
void text_fold(struct text *t, size_t line); // toggles; text_fold_all: to a depth, -1 opens all
void text_fold_all(struct text *t, int depth);
// PCRE2, smart case; "" ends the search. err: invalid pattern.
bool text_search(struct text *t, const char *pattern, struct err *err);
bool text_search_next(struct text *t, int direction); // false: no hit
// All hits; at: the first of them on the cursor's line, counted from 1, 0: none is. May be NULL.
size_t text_search_count(const struct text *t, size_t *at);
bool text_foldable(const struct text *t);
void text_plain(const struct text *t, struct buf *out); // everything, for saving and copying

#endif
