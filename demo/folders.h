// The folders of a cluster's containers, for what runs in them: one for each container that somebody entered, empty at
// first, below one temporary folder, which goes with the cluster.
#ifndef DEMO_FOLDERS_H
#define DEMO_FOLDERS_H

#include "base/err.h"

struct folders;
struct folders *folders_new(void);
void folders_free(struct folders *f); // removes them; NULL is accepted
// Of this instance of a container (its containerID): borrowed. NULL: it could not be made.
const char *folders_get(struct folders *f, const char *id, struct err *err);

#endif
