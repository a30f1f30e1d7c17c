// Describe: the object's sections as kubectl describes them, with its events; references are links.
#ifndef VIEWS_DESCRIBE_H
#define VIEWS_DESCRIBE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ui/text.h"

struct describe_opts {
    bool reveal; // Secret values
    int64_t now; // Unix seconds
};
void describe_object(const json_t *doc, const struct describe_opts *opts, struct text *out);
// events: a core/v1 EventList, or NULL with why. Sorted by last seen as kubectl does.
void describe_events(const json_t *events, const struct err *why, int64_t now, struct text *out);

#endif
