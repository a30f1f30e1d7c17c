// Describe: an object as `kubectl describe` prints it, with its events and what else of the cluster belongs to
// it. Those are related requests that go out together once the object is known; until each answer is there,
// and where it is refused, its place says so.
#ifndef VIEWS_DESCRIBE_H
#define VIEWS_DESCRIBE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ui/text.h"

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

// The path of what the description of doc also needs; false: it does not need that.
bool describe_path(const json_t *doc, enum describe_need need, struct buf *path);
void describe_object(const json_t *doc, const struct describe_opts *opts, struct text *out);

#endif
