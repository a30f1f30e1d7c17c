// The patch types of the API: RFC 7386 merge, RFC 6902 JSON, strategic merge (by the merge keys of the
// built-in types). Server-side apply is demo/fields.c's.
#ifndef DEMO_PATCH_H
#define DEMO_PATCH_H

#include <jansson.h>

#include "demo/kinds.h"

enum patch_kind { PATCH_JSON, PATCH_MERGE, PATCH_STRATEGIC, PATCH_APPLY };

// Changes or replaces *tree. NULL, or a Status.
json_t *patch_apply(enum patch_kind kind, const struct rtype *rt, const json_t *patch,
    json_t **tree);
void patch_merge(json_t *target, const json_t *patch); // RFC 7386 on objects

#endif
