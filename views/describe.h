// Describe: an object as `kubectl describe` prints it, with its events and what else of the cluster belongs to
// it. Those are related requests that go out together once the object is known; until each answer is there,
// and where it is refused, its place says so.
#ifndef VIEWS_DESCRIBE_H
#define VIEWS_DESCRIBE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "ui/text.h"
#include "views/describe/needs.h"

// The path of what the description of doc also needs; false: it does not need that.
bool describe_path(const json_t *doc, enum describe_need need, struct buf *path);
void describe_object(const json_t *doc, const struct describe_opts *opts, struct text *out);

#endif
