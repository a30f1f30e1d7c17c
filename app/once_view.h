// `--once VIEW` of views that are no list: what such a view would save, once it has loaded.
#ifndef APP_ONCE_VIEW_H
#define APP_ONCE_VIEW_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct ctx;
struct loop;
struct once_view;
struct spec;

// NULL with err: it was not asked for as it should be.
struct once_view *once_view_new(struct loop *loop, struct ctx *cx, const struct spec *s, struct err *err);
void once_view_free(struct once_view *o);
// Called again until it is true: done, with text or err. format: "text", "json", "csv" where the view knows it.
bool once_view_poll(struct once_view *o, const char *format, struct buf *out, struct err *err);

#endif
