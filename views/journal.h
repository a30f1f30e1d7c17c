// `:journal`: what was changed, the newest first, live; `undo` and the object behind each; saves as Markdown.
#ifndef VIEWS_JOURNAL_H
#define VIEWS_JOURNAL_H

#include "list/spec.h"
#include "views/view.h"

struct view *journal_view_new(struct host *host, struct ctx *cx, const struct spec *spec, struct err *err);

#endif
