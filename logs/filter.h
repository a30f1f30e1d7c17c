// Which lines of a log are shown, as typed: `error !healthz "two words" level>=warn status>=500 path=~^/api ~recs -C 3`.
// All must hold. Words are PCRE2 patterns, without case unless they have capitals; ! excludes; a name with an operator is a
// field of a JSON or logfmt line, and level the level that was found; ~ is fuzzy: its letters in order within one word; -C N
// shows the lines around.
#ifndef LOGS_FILTER_H
#define LOGS_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "logs/lines.h"

struct logfilter;
struct logfilter *logfilter_new(const char *text, struct err *err); // NULL: err says what is wrong with it
void logfilter_free(struct logfilter *f);
bool logfilter_match(struct logfilter *f, const struct logline *line);
size_t logfilter_context(const struct logfilter *f); // -C N: lines around a match

// One pattern, for searches.
struct logpattern;
struct logpattern *logpattern_new(const char *pattern, struct err *err);
void logpattern_free(struct logpattern *p);
// The next match in [from, n); false: none.
bool logpattern_find(struct logpattern *p, const char *s, size_t n, size_t from, size_t *at, size_t *len);

#endif
