// Field ownership, as structured-merge-diff keeps it in metadata.managedFields: who set which field, the
// conflicts of server-side apply and what an apply no longer names (KEP-555). Lists and maps are told
// apart by field name, as the built-in types' x-kubernetes-list-type and -map-type have them.
#ifndef DEMO_FIELDS_H
#define DEMO_FIELDS_H

#include <jansson.h>
#include <stdbool.h>

#include "demo/kinds.h"

struct writer {
    const char *manager; // field manager
    const char *sub;     // subresource, ""
    const char *time;    // RFC 3339
};

// After a create (`was` NULL) or an update: sets tree's metadata.managedFields from those of `was`.
void fields_update(const struct rtype *rt, json_t *tree, const json_t *was, const struct writer *w);
// Server-side apply of `config`: `tree` is the live object (or, to create, NULL fields but type and name)
// and becomes the result. NULL: done; else the Status of a conflict.
json_t *fields_apply(const struct rtype *rt, json_t *tree, const json_t *config,
    const struct writer *w, bool force);

#endif
