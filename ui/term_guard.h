// What a container's bytes must pass before libvterm sees them: escape sequences go through whole or not at
// all, within the bounds that libvterm 0.1.4 survives, and text as whole, valid UTF-8 (its decoder writes
// past its buffer when a sequence is broken off at the border of two writes). Knows nothing of libvterm; state is kept across
// chunks, so that no split of the input matters. A sequence that is dropped leaves no trace.
#ifndef UI_TERM_GUARD_H
#define UI_TERM_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/term_modes.h"

enum { GUARD_MAX_CSI = 256, GUARD_MAX_STRING = 4096 };
enum guard_state { GUARD_GROUND, GUARD_ESC, GUARD_CSI, GUARD_STRING, GUARD_STRING_ESC };

struct term_guard {
    enum guard_state state;
    char seq[GUARD_MAX_STRING]; // the sequence so far, ESC included
    size_t n;
    int digits, separators; // of the CSI under way
    bool bad;               // it is too much: swallow it to its end
    char utf8[4];           // a code point whose bytes are still on their way
    int utf8_n;
    uint8_t last;           // the last printable ASCII byte, what REP repeats; 0: none
    struct term_modes modes; // of what went through
};
// Gets whole sequences and text; reset: a full reset went through (RIS), the screen must be primed.
typedef void guard_out_fn(void *arg, const char *data, size_t n, bool reset);

// Nothing is begun, and what comes next is text and nothing else.
bool guard_plain(const struct term_guard *g);
void guard_init(struct term_guard *g);
void guard_feed(struct term_guard *g, const void *data, size_t n, guard_out_fn *out, void *arg);

#endif
