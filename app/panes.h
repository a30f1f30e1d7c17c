// The panes of the tab on the screen: each view in its rectangle, and beside another a title above it that
// says whose it is, which one has the keys, and when what it shows is not live.
#ifndef APP_PANES_H
#define APP_PANES_H

#include "ui/canvas.h"

struct app;

void panes_paint(struct app *app, struct canvas *c);

#endif
