// Views that are text: describe, YAML, the list of resources. One pager, several makers.
#ifndef VIEWS_DOC_H
#define VIEWS_DOC_H

#include "list/spec.h"
#include "views/view.h"

struct view *doc_describe_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);
struct view *doc_yaml_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);
struct view *doc_kinds_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);

#endif
