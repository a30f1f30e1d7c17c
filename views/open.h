// From what was typed to a view: kinds through the server's discovery, and the views that are no lists.
#ifndef VIEWS_OPEN_H
#define VIEWS_OPEN_H

#include <stdbool.h>

#include "base/err.h"

struct app;
struct view;

bool open_view(struct app *app, const char *text, struct err *err);
// What opens this view again, wherever one is: with its context, namespace and filter. The caller frees.
char *open_text(const struct view *v);
// The last session's tabs; `first` in the place of the tab shown. False: err, some may be open.
bool open_session(struct app *app, struct err *err);
bool open_is_view(const char *word); // a view that takes arguments (describe, yaml, help …)
// A view asked for before discovery was there is opened as soon as it is.
void open_retry_waiting(struct app *app);
void open_forget_waiting(struct app *app);

#endif
