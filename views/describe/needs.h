// What describing an object takes besides the object: the related lists it wants, and their answers.
#ifndef VIEWS_DESCRIBE_NEEDS_H
#define VIEWS_DESCRIBE_NEEDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum describe_need {
    NEED_EVENTS,
    NEED_PODS,
    NEED_REPLICASETS,
    NEED_SLICES,
    NEED_SERVICES,
    NEED_QUOTAS,
    NEED_LIMITS,
    NEED_LEASE,
    NEED_COUNT
};
struct describe_answer {
    json_t *doc; // a list, or the Lease
    struct err err;
};
struct describe_opts {
    bool reveal; // Secret values
    int64_t now; // Unix seconds
    const struct describe_answer *answers; // [NEED_COUNT]; NULL: none yet
};

#endif
