// `kview --once VIEW`: the view as text or JSON once it is loaded; also what a pipe gets.
#ifndef APP_ONCE_H
#define APP_ONCE_H

#include "app/app.h"
#include "base/loop.h"

struct once_opts {
    const struct app_opts *app;
    const char *format; // "text", "wide", "json", "csv"
};
int once_run(struct loop *loop, const struct once_opts *opts); // exit status 0 or 1; of logs 2, too: asked for wrongly

#endif
