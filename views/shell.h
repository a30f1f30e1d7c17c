// A shell in a container, or the terminal of what runs in it (attach): one process in one terminal, in a pane.
// It goes on while it is hidden, and ends with its view. Keys go to the process; the prefix key (C-], config key
// "prefix") gives the next one to kview.
#ifndef VIEWS_SHELL_H
#define VIEWS_SHELL_H

#include "base/err.h"
#include "list/spec.h"
#include "views/view.h"

struct view *shell_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err);
struct view *attach_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err);

#endif
