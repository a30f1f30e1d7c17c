// `rights`: what one may do in a namespace, as the server's own review of its rules says and `kubectl auth can-i --list`
// prints it: resources, their names, URLs that are none, verbs.
#ifndef VIEWS_RIGHTS_H
#define VIEWS_RIGHTS_H

#include "list/spec.h"
#include "views/view.h"

struct view *rights_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);

#endif
