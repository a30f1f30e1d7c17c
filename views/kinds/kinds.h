// The kind tables, for the registry. Each is defined in a file of its own or of its family.
#ifndef VIEWS_KINDS_KINDS_H
#define VIEWS_KINDS_KINDS_H

#include "views/kind.h"

#define KIND(name) extern const struct kind kind_##name;
#include "views/kinds/kinds.def"
#undef KIND

#endif
