// What is said of a key that runs nothing: that it does, and where k9s's users look for something, which key does it here.
#ifndef APP_UNBOUND_H
#define APP_UNBOUND_H

#include <stddef.h>

#include "base/key.h"

struct app;

// keys: what was pressed in a row, in a view of this keymap mode.
void unbound_say(struct app *app, const char *mode, const struct key *keys, size_t n);

#endif
