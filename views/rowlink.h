// From the object under the cursor to what belongs to it: describe, yaml, owner, used-by, tree, events.
#ifndef VIEWS_ROWLINK_H
#define VIEWS_ROWLINK_H

#include "views/view.h"

// False: not such a command. Of logs all marked rows are meant, but with the argument --row the one under the cursor. Failures are in err.
bool rowlink_open(struct view *v, const struct call *call, struct err *err);
// Whether the key line should offer it for what is under the cursor.
bool rowlink_applies(struct view *v, const char *command);

#endif
