// Every native kind, a line each. The order is that of completion and of the generated documentation.
#ifndef KINDS_REGISTRY_H
#define KINDS_REGISTRY_H

#include "kinds/kind.h"

extern const struct kind *const kinds_registry[];

#endif
