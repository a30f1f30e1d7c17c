#include "app/tab_command.h"

#include <stdlib.h>

#include "app/app.h"
#include "app/leave.h"
#include "app/open.h"
#include "app/session.h"
#include "base/str.h"

// What a line opens, or the view one is in once more, in a pane that is nowhere yet. NULL: err.
static struct pane *open_pane(struct app *app, const char *line, struct err *err)
{
    struct view *v = app_view(app);
    struct pane *p = pane_new();
    char *same = v && !*line ? open_text(v) : NULL;
    bool ok = app_open_into(app, p, same ? same : str_or(line, "pods"), err);
    free(same);
    if (ok)
        return p;
    pane_free(p);
    return NULL;
}

bool app_tab_new(struct app *app, const char *line, struct err *err)
{
    struct pane *p = open_pane(app, line, err);
    if (p)
        tabs_add(app, p);
    return p != NULL;
}

bool tab_cmd_new(struct app *app, const char *args, struct err *err)
{
    return app_tab_new(app, args, err);
}

static bool step_tab(struct app *app, size_t delta)
{
    if (app->tabs.n > 1)
        tabs_go(app, (app->tab + delta) % app->tabs.n);
    return true;
}

bool tab_cmd_next(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    return step_tab(app, 1);
}

bool tab_cmd_prev(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    return step_tab(app, app->tabs.n - 1);
}

bool tab_cmd_close(struct app *app, const char *args, struct err *err)
{
    struct buf stakes = BUF_INIT;
    (void)args;
    if (app->tabs.n < 2)
        return err_set(err, "this is the last tab: :quit ends kview");
    tab_stakes(tabs_now(app), &stakes);
    leave_ask(app, "Close this tab?", "close it", &stakes, tabs_close);
    return true;
}

bool tab_cmd_restore(struct app *app, const char *args, struct err *err)
{
    (void)args;
    if (session_open(app, err))
        app_flash(app, ROLE_OK, "the last session is back: Ctrl-PgDn and Ctrl-PgUp go through its tabs");
    return !err_is(err);
}

static void quit(struct app *app)
{
    app->quitting = true;
    loop_stop(app->loop);
}

bool tab_cmd_quit(struct app *app, const char *args, struct err *err)
{
    struct buf stakes = BUF_INIT;
    (void)args, (void)err;
    leave_all_stakes(app, &stakes);
    leave_ask(app, "Quit kview?", "quit", &stakes, quit);
    return true;
}

// ---- panes

static struct tab *split_tab(struct app *app, struct err *err)
{
    struct tab *t = tabs_now(app);
    if (t && t->panes[1])
        return t;
    err_set(err, "this tab has one pane: | opens a second beside it, _ below");
    return NULL;
}

static bool open_other(struct app *app, struct tab *t, const char *line, struct err *err)
{
    if (!app_open_into(app, t->panes[!t->focus], line, err))
        return false;
    tabs_focus(app, !t->focus);
    return true;
}

static bool split(struct app *app, const char *line, bool below, struct err *err)
{
    struct tab *t = tabs_now(app);
    if (!t)
        return true;
    if (t->panes[1] && *line)
        return open_other(app, t, line, err);
    if (!t->panes[1] && !layout_fits(tabs_area(app), below))
        return err_set(err, "there is no room for two panes %s", below ? "one above the other" : "side by side");
    struct pane *p = t->panes[1] ? NULL : open_pane(app, line, err);
    if (p)
        tabs_split(app, p, below);
    else if (t->panes[1]) // two panes are all there are: they are put the other way
        t->split = (struct split) { below, LAYOUT_HALF };
    tabs_sync(app);
    return !err_is(err);
}

bool tab_cmd_split(struct app *app, const char *args, struct err *err)
{
    return split(app, args, false, err);
}

bool tab_cmd_split_below(struct app *app, const char *args, struct err *err)
{
    return split(app, args, true, err);
}

bool tab_cmd_pane_next(struct app *app, const char *args, struct err *err)
{
    struct tab *t = split_tab(app, err);
    (void)args;
    if (t)
        tabs_focus(app, !t->focus);
    return t != NULL;
}

bool tab_cmd_pane_swap(struct app *app, const char *args, struct err *err)
{
    struct tab *t = split_tab(app, err);
    (void)args;
    if (!t)
        return false;
    struct pane *first = t->panes[0];
    t->panes[0] = t->panes[1];
    t->panes[1] = first;
    tabs_focus(app, !t->focus);
    return true;
}

bool tab_cmd_pane_resize(struct app *app, const char *args, struct err *err)
{
    struct tab *t = split_tab(app, err);
    int64_t cells;
    if (!t)
        return false;
    if (!str_to_i64(args, &cells) || cells < -1000 || cells > 1000)
        return err_set(err, "pane-resize wants cells: pane-resize -4, or 0 for halves");
    t->split.share = cells ? layout_move(tabs_area(app), t->split, (int)cells) : LAYOUT_HALF;
    return true;
}

bool tab_cmd_pane_zoom(struct app *app, const char *args, struct err *err)
{
    struct tab *t = split_tab(app, err);
    (void)args;
    if (!t)
        return false;
    t->zoomed = !t->zoomed;
    tabs_sync(app);
    return true;
}

static void close_pane(struct app *app)
{
    pane_free(tabs_take_pane(app));
}

bool tab_cmd_pane_close(struct app *app, const char *args, struct err *err)
{
    struct tab *t = tabs_now(app);
    struct buf stakes = BUF_INIT;
    if (!t || !t->panes[1])
        return tab_cmd_close(app, args, err);
    pane_stakes(t->panes[t->focus], &stakes);
    leave_ask(app, "Close this pane?", "close it", &stakes, close_pane);
    return true;
}

bool tab_cmd_pane_tab(struct app *app, const char *args, struct err *err)
{
    (void)args;
    if (!split_tab(app, err))
        return false;
    tabs_add(app, tabs_take_pane(app));
    return true;
}
