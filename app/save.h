// What is shown into a file: `save` and `snapshot`. Neither makes a folder, nor writes over what is there unasked.
#ifndef APP_SAVE_H
#define APP_SAVE_H

#include <stdbool.h>

#include "base/err.h"

struct app;

bool save_cmd(struct app *app, const char *args, struct err *err);          // the view, as .csv, .json or text
bool save_cmd_snapshot(struct app *app, const char *args, struct err *err); // the screen, as .svg or text

#endif
