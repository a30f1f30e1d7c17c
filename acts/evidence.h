// What is kept of an object before an action ends it: a folder of files each, below evidence/ in the state folder
// (0700, files 0600), the oldest of which go when there are too many of them or they are too large.
#ifndef ACTS_EVIDENCE_H
#define ACTS_EVIDENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

// A folder that is not there yet, TIME-CONTEXT-NAMESPACE-KIND-NAME, by Unix seconds. Nothing is made. The caller frees.
char *evidence_folder(const char *root, int64_t at, const char *context, const char *ns, const char *kind,
    const char *name);
bool evidence_put(const char *folder, const char *file, const struct buf *text, struct err *err);
// The oldest folders go until there are at most `most` of them with at most `bytes`; the newest one stays.
void evidence_trim(const char *root, size_t most, uint64_t bytes);

// A copy without a Secret's values.
json_t *evidence_of(const json_t *object);
void evidence_events(const json_t *list, struct buf *out); // a line each, the oldest first
// The containers of a Pod with the instance before, where there was one: for each is called once.
void evidence_containers(const json_t *pod, void (*fn)(void *arg, const char *name, bool previous), void *arg);

#endif
