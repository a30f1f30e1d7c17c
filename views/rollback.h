// The rollback centre: the revisions of a workload, what differs between them, and the way back to one of them.
#ifndef VIEWS_ROLLBACK_H
#define VIEWS_ROLLBACK_H

#include "list/spec.h"
#include "views/view.h"

// "rollback deploy/web", "rollback pods shop/web-7d9f-x2k4q": the workload above it.
struct view *rollback_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);

#endif
