// From what was typed to a view: kinds through the server's discovery, and the views that are no lists.
#ifndef APP_OPEN_H
#define APP_OPEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct app;
struct ctx;
struct host;
struct spec;
struct view;

// A view by name, but for those of kinds. Without words of its own it is documented as the command of that name, or is another
// name of a view that is.
struct open_row {
    const char *name;
    struct view *(*fn)(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err);
    const char *args, *help;
    bool once; // what it shows is --once's answer as well (app/once_view.h); lists, documents and logs have their own way
};
const struct open_row *open_all(size_t *n);
bool open_help(const struct open_row *row, const char **args, const char **help); // false: another name

// The view that spec names; NULL with err. The caller owns it until it is shown.
struct view *open_make(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);
// find NAME: s becomes the list of every object of every native kind, in all namespaces, whose name matches.
bool open_find(struct spec *s, struct err *err);
bool open_view(struct app *app, const char *text, struct err *err);
// What opens this view again, wherever one is: with its context, namespace and filter. The caller frees.
char *open_text(const struct view *v);
bool open_is_view(const char *word); // one of open_all()
bool open_is_once(const char *word);
// A view asked for before discovery was there is opened as soon as it is.
void open_retry_waiting(struct app *app);

#endif
