// The last session: which tabs were open, how they were split and what their panes showed, kept in the state
// file and brought back on request.
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include <stdbool.h>

#include "base/err.h"

struct app;

void session_remember(struct app *app);
bool session_open(struct app *app, struct err *err); // False: err says what failed, some may be open
void session_offer(struct app *app);                 // says how, unless all of it is there already

#endif
