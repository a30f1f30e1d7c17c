#include "app/peek.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/tab_command.h"
#include "base/mem.h"
#include "base/str.h"
#include "views/rowlink.h"

// As long as a key that is held down moves the cursor on, nothing is asked of the server; beside each other both need room.
enum { REST_MS = 200, BESIDE_MIN_W = 160 };

static const char *const shows[] = { "logs", "describe", "yaml", "events" };

// What would be shown, by identity; NULL: nothing is under the cursor, or the keys are in the peek itself. The caller frees.
static char *wanted(struct app *app)
{
    struct tab *t = tabs_now(app);
    struct view *v = app_view(app);
    struct selection sel;
    if (!t || !t->peek.pane || !v || t->panes[t->focus] == t->peek.pane || !v->ops->selection ||
        tabs_look(app, t) != TAB_SPLIT || !v->ops->selection(v, &sel))
        return NULL;
    bool part = sel.kind && sel.kind->object_per_rows && sel.row; // a container of a Pod
    return xasprintf("%s %s %s %s/%s %s %s", v->ctx->target.context->name, t->peek.what, sel.gvr.resource,
        str_or(sel.ns, ""), sel.name, sel.uid, part ? sel.row->name : "");
}

// What has no containers is described.
static const char *command_for(struct view *v, const char *what)
{
    if (str_eq(what, "events"))
        return "events-of";
    return str_eq(what, "logs") && !rowlink_applies(v, what) ? "describe" : what;
}

static bool show(struct app *app, struct pane *into, const char *what, struct err *err)
{
    struct view *v = app_view(app), *before = pane_view(into);
    struct pane *outer = app->into;
    struct call call = { command_for(v, what), "--row" };
    app->into = into;
    if (!v->ops->command(v, &call, err))
        err_set(err, "there is nothing to peek at in this view");
    app->into = outer;
    if (pane_view(into) != before)
        tabs_forget_way(into);
    return !err_is(err);
}

static void on_rest(void *arg)
{
    struct app *app = arg;
    struct tab *t = tabs_now(app);
    struct err err = { 0 };
    char *now = wanted(app);
    if (now && str_eq(now, app->peek_next)) {
        free(t->peek.of);
        t->peek.of = xstrdup(now);
        if (!show(app, t->peek.pane, t->peek.what, &err))
            app_flash_err(app, &err);
    }
    free(now);
    app_dirty(app); // where it was another one, peek_check begins anew
}

void peek_init(struct app *app)
{
    app->peek_timer = loop_timer_new(app->loop, on_rest, app);
}

void peek_release(struct app *app)
{
    loop_timer_free(app->peek_timer);
    free(app->peek_next);
    app->peek_next = NULL;
}

bool peek_pending(const struct app *app)
{
    return loop_timer_active(app->peek_timer);
}

void peek_check(struct app *app)
{
    char *now = wanted(app);
    if (!now || str_eq(now, tabs_now(app)->peek.of)) {
        loop_timer_stop(app->peek_timer);
    } else if (!peek_pending(app) || !str_eq(now, app->peek_next)) {
        free(app->peek_next);
        app->peek_next = xstrdup(now);
        loop_timer_start(app->peek_timer, REST_MS, 0);
    }
    free(now);
}

static bool end(struct app *app, struct tab *t, struct err *err)
{
    tabs_focus_pane(app, t->peek.pane);
    return tab_cmd_pane_close(app, "", err);
}

static bool begin(struct app *app, struct tab *t, const char *what, struct err *err)
{
    struct view *v = app_view(app);
    struct selection sel;
    bool below = tabs_area(app).w < BESIDE_MIN_W || !tabs_room(app, false, err);
    size_t list = t->focus;
    err_clear(err);
    if (below && !tabs_room(app, true, err))
        return false;
    if (!v || !v->ops->selection || !view_selection(v, &sel, err))
        return err_is(err) ? false : err_set(err, "there is no row here whose %s could be shown", what);
    struct pane *p = pane_new();
    if (!show(app, p, what, err)) {
        pane_free(p);
        return false;
    }
    tabs_split(app, p, below);
    t->peek.pane = p;
    t->peek.what = xstrdup(what);
    tabs_focus(app, list);
    t->peek.of = wanted(app);
    return true;
}

bool peek_cmd(struct app *app, const char *args, struct err *err)
{
    struct tab *t = tabs_now(app);
    const char *what = *args ? NULL : shows[0];
    for (size_t i = 0; i < ARRAY_SIZE(shows); i++)
        what = str_eq(args, shows[i]) ? shows[i] : what;
    if (!what)
        return err_set(err, "peek shows logs, describe, yaml or events, not \"%s\"", args);
    if (!t)
        return true;
    if (!t->peek.pane)
        return begin(app, t, what, err);
    if (!*args || str_eq(args, t->peek.what))
        return end(app, t, err);
    free(t->peek.what);
    t->peek.what = xstrdup(what);
    if (t->panes[t->focus] == t->peek.pane)
        tabs_focus(app, t->layout.splits[t->focus].of);
    return true;
}
