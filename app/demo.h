// `kview --demo`: the embedded demo cluster as a child process, with a kubeconfig in a temporary folder.
#ifndef APP_DEMO_H
#define APP_DEMO_H

#include "base/err.h"

struct demo;

struct demo *demo_start(const char *scenario, struct err *err);
const char *demo_kubeconfig(const struct demo *d);
void demo_stop(struct demo *d); // ends the child, removes the folder; NULL is accepted

#endif
