// A line that has structure as one reads it: its level, its message, then the other fields as k=v. JSON, logfmt and klog
// (with and without structured fields) are known; the time is left out, for the view has the server's.
#ifndef LOGS_RECORD_H
#define LOGS_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "logs/text.h"

// Appended, for logtext_set: names of fields are grey (SGR), and it is not yet harmless for a screen. False, and nothing appended: a plain line.
bool logrecord_put(const char *s, size_t n, enum log_level level, struct buf *out);

#endif
