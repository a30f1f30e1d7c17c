// `kview --check`: every step from the kubeconfig to a list of Pods, with what is wrong and what to do.
#ifndef APP_CHECK_H
#define APP_CHECK_H

#include "base/loop.h"

struct app_opts;

int check_view_run(struct loop *loop, const struct app_opts *opts); // exit status: 0 when all is well

#endif
