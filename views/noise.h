// What the server counts by itself in every object (revisions, heartbeats), so that a comparison of two states
// shows only what somebody or something changed.
#ifndef VIEWS_NOISE_H
#define VIEWS_NOISE_H

#include <jansson.h>

// A copy of an earlier state, where it has such a field the value of `now`. The caller releases it.
json_t *noise_level(const json_t *earlier, const json_t *now);

#endif
