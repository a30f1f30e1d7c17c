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
    if (t && t->layout.n > 1)
        return t;
    err_set(err, "this tab has one pane: | opens a second beside it, _ below");
    return NULL;
}

static bool split(struct app *app, const char *line, bool below, struct err *err)
{
    if (!tabs_now(app))
        return true;
    struct pane *p = tabs_room(app, below, err) ? open_pane(app, line, err) : NULL;
    if (p)
        tabs_split(app, p, below);
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
        tabs_focus(app, tabs_next_pane(app));
    return t != NULL;
}

bool tab_cmd_pane_swap(struct app *app, const char *args, struct err *err)
{
    struct tab *t = split_tab(app, err);
    (void)args;
    if (!t)
        return false;
    size_t next = tabs_next_pane(app);
    struct pane *p = t->panes[t->focus];
    t->panes[t->focus] = t->panes[next];
    t->panes[next] = p;
    tabs_focus(app, next);
    return true;
}

bool tab_cmd_pane_turn(struct app *app, const char *args, struct err *err)
{
    struct rect area;
    (void)args;
    if (!split_tab(app, err))
        return false;
    struct split *s = tabs_border(app, &area);
    s->below = !s->below;
    s->share = LAYOUT_HALF;
    tabs_sync(app);
    return true;
}

bool tab_cmd_pane_resize(struct app *app, const char *args, struct err *err)
{
    int64_t cells;
    if (!split_tab(app, err))
        return false;
    if (!str_to_i64(args, &cells) || cells < -1000 || cells > 1000)
        return err_set(err, "pane-resize wants cells: pane-resize -4, or 0 for halves");
    struct rect area;
    struct split *s = tabs_border(app, &area);
    s->share = cells ? layout_move(area, *s, (int)cells) : LAYOUT_HALF;
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
    if (!t || t->layout.n == 1)
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
