// The words of a command as typed: split at blanks, "quoted" where a blank is meant, options taken out by name.
#ifndef BASE_ARGS_H
#define BASE_ARGS_H

#include <stdbool.h>

#include "base/arr.h"
#include "base/err.h"

struct args {
    ARR(char *) words;
};

void args_parse(struct args *a, const char *text);
void args_release(struct args *a);
bool args_flag(struct args *a, const char *name); // was it there? Taken out
// "--image X" or "--image=X"; the caller frees. NULL: it is not there.
char *args_option(struct args *a, const char *name);
bool args_no_more(const struct args *a, const char *usage, struct err *err); // no option is left over

#endif
