// The program as its views see it: fills struct host of views/host.h.
#ifndef APP_HOST_H
#define APP_HOST_H

#include "app/app.h"

void app_host_init(struct app *app); // app->loop and app->state are there

#endif
