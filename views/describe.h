// Describe as kubectl does it (kubectl/pkg/describe): the object's sections, its related objects and its
// events, as styled lines whose references are links. Works for any kind; special ones have a table row.
#ifndef VIEWS_DESCRIBE_H
#define VIEWS_DESCRIBE_H

#include <stdbool.h>

#include "client/client.h"
#include "client/gvr.h"
#include "ui/text.h"

struct describe;
struct describe_target {
    struct gvr gvr;
    const char *api_kind; // "Deployment"
    const char *ns, *name; // ns NULL: cluster scope
};
// Fetches the object and what belongs to it, in parallel; calls done with the text (borrowed; take its
// content by text_replace) as soon as the object is there and again when related parts arrive. err: the
// object could not be read. A related part that is forbidden says so in its place.
typedef void describe_fn(void *arg, struct text *text, const struct err *err, bool complete);
struct describe *describe_start(struct client *c, const struct describe_target *target,
    bool show_secrets, describe_fn *fn, void *arg);
void describe_refresh(struct describe *d); // reads again (events too)
void describe_free(struct describe *d);

#endif
