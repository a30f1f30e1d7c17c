#include "kinds/registry.h"

#include "kinds/kinds.h"

#define KIND(name) &kind_##name,
const struct kind *const kinds_registry[] = {
#include "kinds/kinds.def"
    NULL,
};
