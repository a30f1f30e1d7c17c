// The scripts of tests/screens: one word and its arguments a line. tests/screens/README.md says them all.
#ifndef TESTS_HARNESS_SCRIPT_H
#define TESTS_HARNESS_SCRIPT_H

#include <stdbool.h>

#include "base/err.h"
#include "tests/harness/server.h"

struct harness {
    const char *kview, *democluster; // programs
    struct server *shared;           // of scripts that change nothing there
    bool update;                     // golden screens are written, not compared
};

// Runs it, printing "ok NAME/SCREEN" or "FAILED NAME/SCREEN (FILE:LINE)" and why. false: it could not be
// read or something failed.
bool script_run(const struct harness *h, const char *path);

#endif
