// A read-only context is opened for a limited time by typing its name: `:unlock`. Line 1 counts down; then, or with
// `:lock`, it is read-only again. Time goes on while the machine sleeps.
#ifndef APP_UNLOCK_H
#define APP_UNLOCK_H

#include <stdbool.h>

#include "base/err.h"

struct app;
struct ctx;

bool unlock_command(struct app *app, const char *args, struct err *err);
bool lock_command(struct app *app, const char *args, struct err *err);
int unlock_left(const struct ctx *cx); // seconds
bool unlock_tick(struct app *app);     // every second; true: a countdown is to be painted

#endif
