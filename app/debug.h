// Debug containers beside what runs (`:debug`), and shells on nodes (`:node-shell`): each asks first and names what
// it would create. A debug container stays until its Pod goes, for the API cannot take it back; the Pod of a node
// shell is deleted when the shell ends or its view is closed, and ends by itself after some hours if kview was
// killed.
#ifndef APP_DEBUG_H
#define APP_DEBUG_H

#include <stdbool.h>

#include "base/err.h"

struct app;
struct debug;

bool debug_cmd(struct app *app, const char *args, struct err *err);
void debug_free(struct debug *d); // NULL is accepted

bool node_shell_cmd(struct app *app, const char *args, struct err *err);
// At the end of the program: waits, some seconds at most, until the Pods of those still open are deleted.
void node_shells_end(struct app *app);
// Names those that an earlier run left.
void node_shells_look_back(struct app *app);

#endif
