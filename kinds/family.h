// The kinds of one family tree: what can own or be owned inside a namespace, and what leads traffic to it.
#ifndef KINDS_FAMILY_H
#define KINDS_FAMILY_H

#include "kinds/kind.h"

enum { FAMILY_SIZE = 14 };
// In the order shown. Containers, the last, are rows of their Pod: a second view over the same resource, with the Pod's
// UID before the slash of their own.
extern const struct kind *const kind_family[FAMILY_SIZE];
bool kind_has_family(const struct kind *kind); // a tree may begin there: not at a container

#endif
