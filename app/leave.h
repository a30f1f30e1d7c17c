// Questions before something happens, and the one asked before what runs in a view is ended: it names each
// thing that would be lost.
#ifndef APP_LEAVE_H
#define APP_LEAVE_H

#include "base/buf.h"

struct app;

typedef void leave_fn(struct app *app);
// Runs `then` at once when nothing is at stake, else when the question is answered with yes. `what` is the
// title ("Quit kview?"), `verb` the answer ("quit"). Takes stakes, a line each.
void leave_ask(struct app *app, const char *what, const char *verb, struct buf *stakes, leave_fn *then);
void leave_all_stakes(const struct app *app, struct buf *out);

#endif
