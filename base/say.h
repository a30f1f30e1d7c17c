// The one way of words that others wrote (a server, an object, a kubeconfig, a plugin) to the terminal that kview was
// started on: whatever they hold, nothing of it acts there. Lines stay lines. lint allows no other.
#ifndef BASE_SAY_H
#define BASE_SAY_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

void say(FILE *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void say_text(FILE *to, const char *s, size_t n);
void say_err(const struct err *err); // on stderr: "kview: the cause", and below it what to do

#endif
