// What lies over the views and takes the keys: the prompt, the pickers, the chooser of columns, a question.
// app.h opens them (app_prompt, app_pick, app_confirm); here they are fed and painted.
#ifndef APP_OVERLAY_H
#define APP_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/key.h"
#include "ui/canvas.h"

struct app;

void overlay_key(struct app *app, struct key k); // also clicks
bool overlay_paste(struct app *app, const char *text, size_t n); // false: this one takes none
void overlay_paint(struct app *app, struct canvas *c);
void overlay_release(struct app *app);

#endif
