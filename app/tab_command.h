// The commands of tabs and panes.
#ifndef APP_TAB_COMMAND_H
#define APP_TAB_COMMAND_H

#include <stdbool.h>

#include "base/err.h"

struct app;

bool tab_cmd_new(struct app *app, const char *args, struct err *err);
bool tab_cmd_next(struct app *app, const char *args, struct err *err);
bool tab_cmd_prev(struct app *app, const char *args, struct err *err);
bool tab_cmd_close(struct app *app, const char *args, struct err *err);
bool tab_cmd_restore(struct app *app, const char *args, struct err *err);
bool tab_cmd_quit(struct app *app, const char *args, struct err *err);
bool tab_cmd_split(struct app *app, const char *args, struct err *err);
bool tab_cmd_split_below(struct app *app, const char *args, struct err *err);
bool tab_cmd_pane_next(struct app *app, const char *args, struct err *err);
bool tab_cmd_pane_turn(struct app *app, const char *args, struct err *err);
bool tab_cmd_pane_swap(struct app *app, const char *args, struct err *err);
bool tab_cmd_pane_resize(struct app *app, const char *args, struct err *err);
bool tab_cmd_pane_zoom(struct app *app, const char *args, struct err *err);
bool tab_cmd_pane_close(struct app *app, const char *args, struct err *err);
bool tab_cmd_pane_tab(struct app *app, const char *args, struct err *err);

#endif
