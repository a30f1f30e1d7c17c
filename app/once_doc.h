// `--once describe KIND NAME` and `--once yaml KIND NAME`: the text that the view of that name would show.
#ifndef APP_ONCE_DOC_H
#define APP_ONCE_DOC_H

#include "list/spec.h"
#include "views/view.h"

bool doc_once_is(const struct spec *s);
struct doc_once;
struct doc_once *doc_once_new(struct ctx *cx, const struct spec *s, struct err *err);
void doc_once_free(struct doc_once *o);
// Called again until it is true: done, with text or err.
bool doc_once_poll(struct doc_once *o, struct buf *out, struct err *err);

#endif
