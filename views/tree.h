// One object with all that belongs to it: what it owns down to containers, and the ConfigMaps, Secrets,
// volumes and accounts these use. Live: built from the same watches as the lists.
#ifndef VIEWS_TREE_H
#define VIEWS_TREE_H

#include "list/spec.h"
#include "views/view.h"

struct view *treeview_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);

#endif
