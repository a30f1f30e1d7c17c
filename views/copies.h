// The copies between containers and here: `:cp`, and the view of those that run and have run. They belong to the
// program, not to a view: they go on while one looks at something else.
#ifndef VIEWS_COPIES_H
#define VIEWS_COPIES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct host;
struct copies;
struct ctx;
struct spec;
struct view;

bool copies_cmd_cp(struct host *host, const char *args, struct err *err);
struct view *copies_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err);
void copies_at_stake(const struct copies *all, struct buf *out); // one line each that runs
void copies_free(struct copies *all); // before the clients that they run on; NULL is accepted

#endif
