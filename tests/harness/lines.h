// A script's lines with loops unrolled: `foreach NAME in WORD...` to `end`, $NAME replaced. The word `kinds`
// stands for every native kind, so that no script lists them.
#ifndef TESTS_HARNESS_LINES_H
#define TESTS_HARNESS_LINES_H

#include "base/arr.h"
#include "base/err.h"

struct line_of {
    char *text; // never empty, no comment
    int number;
};
struct lines {
    ARR(struct line_of) v;
};

bool lines_read(struct lines *l, const char *path, struct err *err);
void lines_release(struct lines *l);

#endif
