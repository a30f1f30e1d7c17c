// What must hold of all text that reaches a terminal, and of a canvas however hostile what was drawn.
#ifndef TESTS_FUZZ_CLEAN_H
#define TESTS_FUZZ_CLEAN_H

#include <stddef.h>

#include "ui/canvas.h"

void check_clean(const char *s, size_t n); // valid UTF-8 without controls
void check_canvas(const struct canvas *c); // each cell clean and as wide as it says

#endif
