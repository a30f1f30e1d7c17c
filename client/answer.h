// Whether an answer is what was asked for, by the kind and the apiVersion it names: a list of Secrets is no list of Pods,
// and what says nothing of itself is nothing (API conventions, "Types (Kinds)").
#ifndef CLIENT_ANSWER_H
#define CLIENT_ANSWER_H

#include <stdbool.h>

#include "base/err.h"
#include "client/gvr.h"
#include "client/prune.h"

struct answer_want {
    const struct gvr *gvr;
    const char *kind; // as discovery has it; NULL: not known, then the resource's name must do
    bool table;       // asked for as a Table
};
bool answer_check(const struct answer_want *want, enum prune_part part, const char *api, const char *kind, struct err *err);

#endif
