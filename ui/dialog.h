// A question in a box: lines of text, and No or Yes. No is what Enter means until one has moved to Yes; y says
// yes, Esc always no. What must not happen by habit asks for a word to be typed instead.
#ifndef UI_DIALOG_H
#define UI_DIALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/key.h"
#include "ui/canvas.h"

struct dialog_text { // copied
    const char *title;
    const char *body;    // lines; long ones are wrapped, what does not fit is scrolled
    const char *yes, *no; // what the answers do, "quit" and "stay"
    const char *word;    // to be typed for yes, NULL: y will do
    bool danger;
    bool busy;           // its text is still being made: nothing says yes yet
};
struct dialog {
    char title[96], yes[32], no[32], word[256];
    char *body;
    ARR(char *) lines; // the body in `width` columns
    int width, top, rows;
    struct buf typed;
    bool danger, busy, on_yes, wrong; // wrong: Enter came before the word was right
};
enum dialog_result { DIALOG_OPEN, DIALOG_NO, DIALOG_YES };

void dialog_open(struct dialog *d, const struct dialog_text *t);
void dialog_close(struct dialog *d);
enum dialog_result dialog_key(struct dialog *d, struct rect screen, struct key k); // clicks too
void dialog_paste(struct dialog *d, const char *text, size_t n); // only into the word
void dialog_paint(struct dialog *d, struct canvas *c, struct rect screen);

#endif
