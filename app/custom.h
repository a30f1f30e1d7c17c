// The commands of the configuration (`commands:`): what they are, which objects they are for, and running them: programs
// of this machine, which kview can neither hold back nor undo, so that a read-only context refuses what is not told to be
// harmless.
#ifndef APP_CUSTOM_H
#define APP_CUSTOM_H

#include <jansson.h>
#include <stdbool.h>

#include "app/input.h"
#include "base/arr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/key.h"
#include "views/view.h"

struct app;
struct choices;

enum custom_output { CUSTOM_PANE, CUSTOM_BACKGROUND, CUSTOM_TERMINAL };
struct custom {
    char *name, *help;
    struct key key;
    bool has_key, all, confirm, mutates; // all: for every kind, and where nothing is selected
    enum custom_output output;
    json_t *kinds, *words; // lists of texts
    struct inputs inputs;  // asked for before it runs
};
struct customs {
    ARR(struct custom) v;
};

// Adds those of a list; each fault is told with its place, and that command is left out. where, path: as yaml_load_where.
void custom_parse(struct customs *all, const json_t *list, const json_t *where, const char *path, struct buf *problems);
void custom_release(struct customs *all);
const struct custom *custom_find(const struct customs *all, const char *name); // NULL: none
bool custom_applies(const struct custom *c, const struct selection *sel); // sel NULL: nothing is selected
bool custom_name_is_free(const char *name, const char **taken_by); // by what kview has itself

// The one that this key runs on what is selected; NULL: none.
const struct custom *custom_by_key(struct app *app, struct key k);
bool custom_run(struct app *app, const struct custom *c, const char *args, struct err *err);
bool custom_cmd_run(struct app *app, const char *args, struct err *err); // :run [NAME]
void custom_free(struct app *app); // what runs in the terminal

#endif
