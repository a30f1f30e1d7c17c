// `:explain KIND[.field.path]`: the fields of a kind from the server's OpenAPI, as a tree one walks: the
// field under the cursor is described below it, Enter goes into it, Backspace back. Also the text that
// `--once explain …` prints.
#ifndef VIEWS_EXPLAIN_H
#define VIEWS_EXPLAIN_H

#include "list/spec.h"
#include "views/view.h"

struct view *explain_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);
// What `explain` asks for where the cursor is: "pods", "deployments.v1.apps.spec"; path: "" for the kind.
void explain_spec(const struct gvr *gvr, const char *path, struct buf *out);

// Loads what kubectl explain would print. Called again until it is true: done, with text or err.
struct explain_once;
struct explain_once *explain_once_new(struct ctx *cx, const char *what);
void explain_once_free(struct explain_once *e);
bool explain_once_poll(struct explain_once *e, struct buf *out, struct err *err);

#endif
