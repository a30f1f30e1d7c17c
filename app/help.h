// `?`: the keys of the view one comes from, then those of everywhere else, commands, views and filters.
// All of it is made from the tables (keymap, command.h, open.h); the manual pages are made from the same rows.
#ifndef APP_HELP_H
#define APP_HELP_H

#include <stddef.h>

#include "base/arr.h"
#include "base/err.h"

struct host;
struct ctx;
struct keymap;
struct spec;
struct view;

struct help_row {
    char *keys;    // "q, Esc", "1 … 9"
    char *command; // with its arguments
    const char *help;
};
struct help_rows {
    ARR(struct help_row) rows;
};
// The bindings of a mode, one row a command, in the order of the keymap.
void help_rows_fill(struct help_rows *out, const struct keymap *km, const char *mode);
void help_rows_release(struct help_rows *rows);

struct help_text {
    const char *text, *means;
};
extern const struct help_text help_filters[], help_specs[]; // end with NULL

struct view *help_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);

#endif
