// Resource quantities in the one way in which the API server writes them (resource.Quantity).
#ifndef DEMO_QUANTITY_H
#define DEMO_QUANTITY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// "0.5" to "500m", "1024Mi" to "1Gi". False: no quantity, or one that cannot be written shorter.
bool quantity_canonical(const char *text, char *out, size_t n);
void quantity_tidy(json_t *map); // each value of a map of quantities; NULL and other types are left

#endif
