// One whole object, kept up to date by a watch on its name: for YAML and describe.
#ifndef VIEWS_OBJWATCH_H
#define VIEWS_OBJWATCH_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "client/client.h"
#include "client/gvr.h"

struct objwatch;
// doc: the object now (borrowed); NULL with err when it is gone or cannot be read.
typedef void objwatch_fn(void *arg, json_t *doc, const struct err *err);

struct objwatch *objwatch_new(struct client *c, const struct gvr *gvr, const char *ns, const char *name,
    objwatch_fn *fn, void *arg);
void objwatch_free(struct objwatch *o);
void objwatch_refresh(struct objwatch *o);
bool objwatch_live(const struct objwatch *o);

#endif
