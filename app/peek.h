// Peek: a second pane of the tab that shows the logs (or describe, YAML, events) of the row under the cursor, and follows the
// cursor while the keys stay in the list.
#ifndef APP_PEEK_H
#define APP_PEEK_H

#include <stdbool.h>

#include "base/err.h"

struct app;

void peek_init(struct app *app);
void peek_release(struct app *app);
bool peek_cmd(struct app *app, const char *args, struct err *err); // opens it, changes what it shows, or closes it
void peek_check(struct app *app);         // once a frame: the cursor may have moved
bool peek_pending(const struct app *app); // it will show another row in a moment

#endif
