// What one line of a log says: cleaned for the screen with the colours its application gave it, its level, and the
// fields of JSON and logfmt lines. Knows nothing of views.
#ifndef LOGS_TEXT_H
#define LOGS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arr.h"
#include "base/buf.h"

enum log_level { LEVEL_NONE, LEVEL_TRACE, LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR, LEVEL_FATAL };

struct ink_from { // from this byte of the text on
    uint32_t at, ink;
};
struct logtext {
    struct buf text; // clean: no byte of it acts on a terminal
    ARR(struct ink_from) inks;
};
void logtext_init(struct logtext *t);
void logtext_release(struct logtext *t);
// Escape sequences go, those of colours (SGR, ECMA-48 8.3.117) become inks; tabs become blanks.
void logtext_set(struct logtext *t, const char *s, size_t n);

enum log_level logtext_level(const char *s, size_t n);
enum log_level logtext_level_named(const char *word, size_t n);
// Whether it looks like more of the line before it: of a stack trace, of a message of several lines.
bool logtext_goes_on(const char *s, size_t n);
const char *logtext_level_name(enum log_level level);
// The value of a field of a JSON ("a.b" for nested) or logfmt line, appended; false: it has none.
bool logtext_field(const char *s, size_t n, const char *name, struct buf *out);
// The next key=value of a logfmt line from *at on: the name is borrowed, the value appended; false: no more.
bool logtext_logfmt(const char *s, size_t n, size_t *at, const char **name, size_t *name_n, struct buf *value);

#endif
