// The lines around the view: identity and freshness, tabs, the insight, the keys that apply.
#ifndef VIEWS_STATUS_H
#define VIEWS_STATUS_H

#include "ui/canvas.h"

struct app;

void status_paint_top(struct app *app, struct canvas *c);  // lines 0 and 1
void status_paint_bottom(struct app *app, struct canvas *c); // the last two lines
void status_context_note(struct app *app, const char *context, char *out, size_t n);

#endif
