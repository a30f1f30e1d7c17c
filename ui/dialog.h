// A box with a title, lines of text and buttons; the default button is the safe one, Esc is always No.
#ifndef UI_DIALOG_H
#define UI_DIALOG_H

#include <stdbool.h>

#include "base/key.h"
#include "ui/canvas.h"
#include "ui/text.h"

struct dialog {
    char title[96];
    struct text body;
    const char *const *buttons; // NULL-terminated, the first is the safe one; static
    int selected;
    bool danger;
};
enum { DIALOG_OPEN = -2, DIALOG_CANCELLED = -1 }; // else the button's index

void dialog_open(struct dialog *d, const char *title, const char *const *buttons, bool danger);
void dialog_close(struct dialog *d);
int dialog_key(struct dialog *d, struct key k);
void dialog_paint(struct dialog *d, struct canvas *c, struct rect screen);

#endif
