// A picture of the terminal as text: the rows, and below them the same rows with a letter for the role that
// each cell's colours mean in the theme in use. Golden files hold exactly this.
#ifndef TESTS_HARNESS_SHOT_H
#define TESTS_HARNESS_SHOT_H

#include <stdbool.h>

#include "base/arr.h"
#include "base/buf.h"
#include "tests/harness/term.h"
#include "ui/theme.h"

// What differs from run to run: each match becomes one ~ (or as many # as it has columns).
struct mask {
    struct pattern *re;
    bool keep_width;
};
struct masks {
    ARR(struct mask) v;
};

struct pattern *pattern_new(const char *re, struct err *err); // PCRE2, multi-line
void pattern_free(struct pattern *p);
bool pattern_find(const struct pattern *p, const char *s, size_t from, size_t *at, size_t *len);

bool masks_add(struct masks *m, const char *re, bool keep_width, struct err *err);
void masks_release(struct masks *m);

void shot_text(const struct term *t, struct buf *out); // rows without styles or masks, for expect
void shot_take(const struct term *t, const struct masks *m, const struct theme *theme, struct buf *out);
void shot_svg(const struct term *t, const struct theme *theme, struct buf *out); // a picture for the documentation
void shot_print(const char *shot); // the rows in a frame, on stdout
// The rows in which they differ, `-` as it should be, `+` as it is.
void shot_diff(const char *golden, const char *got);

#endif
