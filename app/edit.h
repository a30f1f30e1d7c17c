// `:edit`: an object in the person's editor. Read fresh, shown as YAML below comments; what was changed becomes an action
// (app/op.h) with its question; what is refused goes back into the editor with the reasons.
#ifndef APP_EDIT_H
#define APP_EDIT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct actions;
struct edit;
struct op;

// Begins with the object of op, which ends. False: not of so many; err says so.
bool edit_start(struct op *op, struct err *err);
void edit_rights_changed(struct actions *all); // one that was asked for may be known
bool edit_pending(const struct actions *all);  // one is read, or in the editor
void edit_free_all(struct actions *all);       // after the ops; a file that was changed and not sent is kept

// Of an op that sends an edit: before its question, what is wrong goes back to the editor. True: the op is over.
bool edit_takes_back(struct op *op);
void edit_again(struct op *op); // after it failed: the editor where it says why, else the same is tried once more
void edit_op_over(struct op *op); // the op ends: the file with it, unless it failed
const char *edit_path(const struct edit *e);

#endif
