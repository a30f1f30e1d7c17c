// Lines of logs, numbered from the first one ever added, in the order they came. Memory is capped: older blocks go to
// an unlinked file and are read back when they are looked at; when that file is full or cannot be written the oldest
// lines are dropped, and counted.
#ifndef LOGS_LINES_H
#define LOGS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct logline {
    int64_t stamp; // Unix nanoseconds
    uint16_t source;
    uint8_t flags, level; // the owner's
    uint32_t n;
    const char *text; // not terminated
};
struct loglines;

// spill: bytes of the file at most.
struct loglines *loglines_new(size_t memory, uint64_t spill);
void loglines_free(struct loglines *l);
void loglines_add(struct loglines *l, const struct logline *line); // copies
size_t loglines_first(const struct loglines *l); // that can be read: the count of those dropped
size_t loglines_end(const struct loglines *l);   // one after the last
// The text is borrowed until the next call of any of these. False: it is not there (any more).
bool loglines_get(struct loglines *l, size_t i, struct logline *out);
size_t loglines_memory(const struct loglines *l);
uint64_t loglines_spilled(const struct loglines *l); // bytes

#endif
