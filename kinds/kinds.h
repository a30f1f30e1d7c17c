// The kind tables, for the registry. Each is defined in a file of its own or of its family.
#ifndef KINDS_KINDS_H
#define KINDS_KINDS_H

#include "kinds/kind.h"

// For those who implement struct joins: what rows of these kinds say to others.
bool sc_row_is_default(const struct row *sc); // a StorageClass marked as the default, maybe one of several
// false: the Pod has finished or is on no node.
bool pod_row_load(const struct row *pod, const char **node, struct pod_sum *one);
// The Service of an EndpointSlice ("" when none) and its endpoints.
const char *slice_row_service(const struct row *slice, int64_t *ready, int64_t *total);

#define KIND(name) extern const struct kind kind_##name;
#include "kinds/kinds.def"
#undef KIND

#endif
