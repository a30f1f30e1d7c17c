// Scenarios: manifests with their ages, played from the oldest to now, so that everything has the
// history it would have (demo/scenarios/*.yaml, embedded when built).
#ifndef DEMO_SCENARIO_H
#define DEMO_SCENARIO_H

#include <stdbool.h>

#include "base/err.h"
#include "demo/cluster.h"

bool scenario_known(const char *name);
void scenario_names(struct buf *out); // comma separated
// Plays the scenario into an empty cluster whose clock starts before its oldest manifest.
bool scenario_load(struct cluster *cl, const char *name, int64_t now_ms, struct err *err);

#endif
