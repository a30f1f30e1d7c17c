// Carrying out what acts/act.h plans: reads the objects anew, asks for the right and for the server's dry run, puts
// the question, sends, and follows what comes of it. An action holds its objects by UID from the key on.
#ifndef APP_ACTIONS_H
#define APP_ACTIONS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct actions;
struct app;
struct ctx;
struct selection;

bool actions_command(struct app *app, const char *name, const char *args, struct err *err);
bool actions_undo(struct app *app, const char *args, struct err *err);
void actions_changed(struct app *app); // a right that was asked for may be known
void actions_free(struct actions *all); // before the contexts; NULL is accepted
void actions_at_stake(const struct actions *all, struct buf *out); // a line for each that is being carried out
bool actions_stop(struct actions *all); // what is carried out on several objects, as far as it is not sent; false: nothing is
bool actions_pending(const struct actions *all); // the server is asked something before or after a question
// Whether the command ("scale", "delete --force") is an action that this kind of object takes and whose right is known
// to be missing; says which. One that is not known yet is asked for.
bool actions_missing(struct ctx *cx, const struct selection *sel, const char *command, struct buf *out);

#endif
