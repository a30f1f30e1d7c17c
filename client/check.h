// `kview --check`: every step from the kubeconfig to a list of Pods, each with what was found, what is
// wrong and what to do, in words that a tired person understands.
#ifndef CLIENT_CHECK_H
#define CLIENT_CHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "base/loop.h"

struct check_opts {
    const char *kubeconfig, *context, *ns; // as on the command line, NULL: default
    FILE *out;
    bool color;
};
// Runs on the loop until done. True when all is well. Ends within 20 s whatever the network does.
bool check_run(struct loop *loop, const struct check_opts *opts);

#endif
