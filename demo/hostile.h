// What an author of objects, or a server, could write into every text to act on a terminal: for tests of the ways out.
#ifndef DEMO_HOSTILE_H
#define DEMO_HOSTILE_H

#include "base/buf.h"

enum hostile { HOSTILE_TEXTS = 1, HOSTILE_NAMES = 2 }; // NAMES: the texts by which objects are asked for as well
// Ends each string of a JSON document (but those that say what the document is) in escape sequences, C1 controls and a
// mark that turns the direction of what follows.
void hostile_rewrite(struct buf *body, enum hostile how);

#endif
