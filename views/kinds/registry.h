// Every native kind, a line each. The order is that of completion and of the generated documentation.
#ifndef VIEWS_KINDS_REGISTRY_H
#define VIEWS_KINDS_REGISTRY_H

#include "views/kind.h"

extern const struct kind *const kinds_registry[];

#endif
