// Text in the person's editor ($KUBE_EDITOR, $EDITOR, else vi, as kubectl): a file of 0600 in a folder of 0700, which is
// removed with it unless it is to be kept. The editor has the terminal until it ends.
#ifndef APP_EDITOR_H
#define APP_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct editor;
struct loop;

// What was saved, or NULL: err says why there is nothing to go on with. Not called after editor_free.
typedef void editor_fn(void *arg, const struct buf *text, const struct err *err);

struct editor *editor_new(struct loop *loop, const char *name, struct err *err); // name: of the file, "web.yaml"
void editor_run(struct editor *ed, const struct buf *text, editor_fn *fn, void *arg); // again, with another text
bool editor_runs(const struct editor *ed);
const char *editor_path(const struct editor *ed);
// Ends the editor when it still runs. keep: the file stays where it is.
void editor_free(struct editor *ed, bool keep);

#endif
