// Whether an object has the fields and types of its kind, as the API server's decoder asks for
// (apimachinery/pkg/runtime/serializer/json). Kinds whose fields are not known are let pass.
#ifndef DEMO_TYPED_H
#define DEMO_TYPED_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "demo/kinds.h"

// Removes fields that the kind does not have and appends their paths to `unknown`. False: a value of the
// wrong type, told in the decoder's words.
bool typed_check(const struct rtype *rt, json_t *doc, json_t *unknown, struct err *err);
// A custom resource against its schema: a Status (new), or NULL when it is valid.
json_t *schema_validate(const struct rtype *rt, const json_t *tree, const char *name);
// Removes from a custom resource what its schema does not name, as above.
void schema_prune(const struct rtype *rt, json_t *tree, json_t *unknown);

#endif
