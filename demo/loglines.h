// What the containers of a demo cluster write: a pure function of the container instance and the line's number, so
// that nothing is kept, any range is there at once, and two readers see the same. The image says what sort it is.
#ifndef DEMO_LOGLINES_H
#define DEMO_LOGLINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct log_instance {
    const char *pod, *container, *image;
    uint64_t seed;
    int64_t start_ms, end_ms; // Unix; end 0: it runs
    int64_t rate;             // lines a second, numbered; 0: as its image writes
    bool killed;              // it ends in the middle (OOMKilled), else with its last words
    int exit_code;
};

// Lines written until now_ms; line numbers are [0, n).
int64_t log_count(const struct log_instance *in, int64_t now_ms);
// The first line at or after this time, Unix nanoseconds.
int64_t log_find(const struct log_instance *in, int64_t stamp);
int64_t log_stamp(const struct log_instance *in, int64_t line); // Unix nanoseconds, never less than of the line before
void log_line(const struct log_instance *in, int64_t line, struct buf *out); // without a newline
int64_t log_kept(const struct log_instance *in); // lines that are not rotated away yet, at most

#endif
