// From the object under the cursor to what belongs to it: describe, yaml, owner, used-by, tree, events.
#ifndef VIEWS_ROWLINK_H
#define VIEWS_ROWLINK_H

#include "views/view.h"

// False: not such a command. Failures are in err. With the argument --row logs are only glanced at.
bool rowlink_open(struct view *v, const struct call *call, struct err *err);
bool rowlink_applies(struct view *v, const char *command); // to what is under the cursor
// The same, and what the view itself says: whether the key line and the help should offer it.
bool view_applies(struct view *v, const char *command);
// The logs of several objects of a list together; what: logs, logs-previous. False: they are not such objects.
bool rowlink_logs_of(struct view *v, const struct selection *sels, size_t n, const char *what, struct err *err);

#endif
