// How many lines came when, and how bad they were: counts in slots of time that double in width when the range outgrows
// them, drawn as bars.
#ifndef LOGS_HIST_H
#define LOGS_HIST_H

#include <stdint.h>

#include "logs/text.h"
#include "ui/canvas.h"

enum { LOGHIST_SLOTS = 1024 };
struct loghist {
    int64_t from, width; // Unix nanoseconds; of a slot, 0: nothing was counted
    uint32_t slots[LOGHIST_SLOTS][3]; // all, warnings, errors
};
void loghist_add(struct loghist *h, int64_t stamp, enum log_level level);
// Bars with a line of times below. utc: else local times.
void loghist_paint(const struct loghist *h, struct canvas *c, struct rect r, bool utc);
// The time at which column x of w begins, Unix nanoseconds.
int64_t loghist_time_at(const struct loghist *h, int x, int w);

#endif
