// The command table: every command that a key or `:` can run, with its help. Views answer those marked so.
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct app;

struct command {
    const char *name, *args, *help;
    // NULL: a command of the view shown.
    bool (*fn)(struct app *app, const char *args, struct err *err);
    unsigned flags;
    const char *refused; // what it is, where a read-only context refuses it; NULL: its name says it
};
enum command_flags {
    CMD_MUTATES = 1, // changes something in the cluster: refused where the context is read-only
    CMD_ACTION = 2,  // of acts/act.c
};

const struct command *command_all(size_t *n); // sorted by name
const struct command *command_find(const char *name);
// A line that a program is started with: of a command that needs no view ("forward svc/web 8080:80", "scale deploy/web 3").
bool command_is_own(const char *line);
bool command_known(const char *name, char *suggestion, size_t n); // for keymaps

#endif
