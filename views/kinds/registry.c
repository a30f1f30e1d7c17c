#include "views/kinds/registry.h"

#include "views/kinds/kinds.h"

#define KIND(name) &kind_##name,
const struct kind *const kinds_registry[] = {
#include "views/kinds/kinds.def"
    NULL,
};
