// `info`: what one is connected to and as whom: context, cluster, server, version, user and groups as the server sees
// them, how one logs in, and where kview keeps its files.
#ifndef VIEWS_INFO_H
#define VIEWS_INFO_H

#include "list/spec.h"
#include "views/view.h"

struct view *info_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);

#endif
