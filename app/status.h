// The lines around the view: identity and freshness, tabs, the insight, the keys that apply.
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "ui/canvas.h"

struct app;
struct buf;
struct view;
struct view_status;

void status_paint_top(struct app *app, struct canvas *c);  // lines 0 and 1
long status_tab_at(const struct app *app, int x);           // of the tabs in line 1; -1: none
void status_paint_bottom(struct app *app, struct canvas *c); // the last two lines
void status_of_view(struct view *v, struct view_status *out); // its own, or that its server is lost
// What follows a view's title: " 19/81 · faults · 3 marked · /web"; without counts: " /web".
void status_put_extent(struct view *v, bool counts, struct buf *out);
void status_put_mark(struct canvas *c, int y, int x, int cols, const struct view_status *st); // and its text
void status_context_note(struct app *app, const char *context, char *out, size_t n);

#endif
