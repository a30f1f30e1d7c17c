// Selectors against stored revisions.
#ifndef DEMO_MATCH_H
#define DEMO_MATCH_H

#include "demo/db.h"
#include "demo/selector.h"

bool match_rev(const struct rev *r, const struct selector *labels, const struct selector *fields);
// NULL, or the Status for a field that this type cannot be selected by.
json_t *match_check_fields(const struct rtype *rt, const struct selector *fields);
// The value of one of the type's selectable fields, NULL when it has none of that name.
const char *rev_field(const struct rev *r, const char *path);

#endif
