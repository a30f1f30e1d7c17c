#include "app/overlay.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/complete.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"

enum { HISTORY_MAX = 200 };

static void end_asking(struct app *app)
{
    struct asking a = app->asking;
    app->asking = (struct asking) { 0 };
    if (a.free_arg)
        a.free_arg(a.arg);
}

static const char *typed_before(void *arg, size_t back)
{
    const struct app *app = arg;
    size_t n = state_list_count(app->state, "history");
    return back <= n ? state_list_at(app->state, "history", n - back) : NULL;
}

void app_prompt(struct app *app, const char *label, const char *initial, const char *command)
{
    end_asking(app);
    app->overlay = OVERLAY_PROMPT;
    app->prompt_command = command;
    app->prompt_is_filter = command && str_eq(command, "filter");
    app->prompt.arg = app;
    app->prompt.complete = command ? NULL : complete_command;
    app->prompt.history = command ? NULL : typed_before;
    struct view *v = app_view(app);
    app->prompt.hint = !command ? "a kind, a view or a command; Tab takes what is offered, Up was typed before"
                       : !app->prompt_is_filter ? NULL
                       : v && list_of(v) ? "words, column=value, restarts>5, age<10m, -l label=value; Esc: no filter"
                                         : "words or a regular expression; Esc: no search";
    prompt_open(&app->prompt, label, initial);
}

void app_ask(struct app *app, const struct asking *a)
{
    app_prompt(app, a->label, a->initial, "");
    app->prompt.hint = a->hint;
    app->asking = *a;
    app->prompt.complete = a->complete;
    prompt_paste(&app->prompt, "", 0); // what is offered already
}

// Whether Enter may end the line.
static bool asking_takes(struct app *app)
{
    struct err err = { 0 };
    if (!app->asking.check || app->asking.check(app->asking.arg, app->prompt.text.s, &err))
        return true;
    snprintf(app->prompt.error, sizeof(app->prompt.error), "%s", err.msg);
    return false;
}

void app_pick(struct app *app, const char *title, struct choices *all, app_pick_fn *fn)
{
    picker_open(&app->picker, title);
    app->picker.all.items.v = all->items.v;
    app->picker.all.items.n = all->items.n;
    app->picker.all.items.cap = all->items.cap;
    app->picked = fn;
    app->pick_shown = NULL;
    app->overlay = OVERLAY_PICKER;
    picker_refresh(&app->picker);
}

void app_choose_columns(struct app *app, struct list_view *w)
{
    chooser_open(&app->chooser, w);
    app->overlay = OVERLAY_COLUMNS;
}

static void end_question(struct app *app, bool yes)
{
    struct question q = app->question;
    app->question = (struct question) { 0 };
    dialog_close(&app->dialog);
    if (app->overlay == OVERLAY_DIALOG)
        app->overlay = OVERLAY_NONE;
    if (yes && q.yes)
        q.yes(app, q.arg);
    if (q.free_arg)
        q.free_arg(q.arg);
}

void app_confirm(struct app *app, const struct question *q)
{
    end_question(app, false);
    dialog_open(&app->dialog, &q->text);
    app->question = *q;
    app->question.text = (struct dialog_text) { 0 };
    app->overlay = OVERLAY_DIALOG;
    app_dirty(app);
}

void app_confirm_update(struct app *app, const struct dialog_text *t)
{
    dialog_open(&app->dialog, t);
    app_dirty(app);
}

void app_confirm_end(struct app *app)
{
    end_question(app, false);
    app_dirty(app);
}

// Typing in `/` filters as one types; a filter that is not one yet leaves the rows alone.
static void filter_as_typed(struct app *app, const char *text)
{
    struct view *v = app_view(app);
    struct err err = { 0 };
    struct call call = { "filter", text };
    if (v)
        v->ops->command(v, &call, &err);
    snprintf(app->prompt.error, sizeof(app->prompt.error), "%s", err.msg);
}

static void prompt_done(struct app *app, bool accepted)
{
    char *text = xstrdup(app->prompt.text.s);
    const char *command = app->prompt_command;
    bool filter = app->prompt_is_filter;
    prompt_close(&app->prompt);
    app->overlay = OVERLAY_NONE;
    app->prompt_command = NULL;
    if (app->asking.done) {
        struct asking a = app->asking;
        app->asking = (struct asking) { 0 };
        if (accepted)
            a.done(app, a.arg, text);
        if (a.free_arg)
            a.free_arg(a.arg);
    } else if (filter) {
        filter_as_typed(app, accepted ? text : "");
    } else if (accepted && command) {
        char *line = xasprintf("%s %s", command, text);
        app_run_line(app, line);
        free(line);
    } else if (accepted && *text) {
        state_list_add(app->state, "history", text, HISTORY_MAX);
        app_run_line(app, text);
    }
    free(text);
}

static void chooser_overlay_key(struct app *app, struct key k)
{
    struct list_view *w = list_of(app_view(app));
    if (w && w->v.id == app->chooser.view && chooser_key(&app->chooser, w, k))
        return;
    chooser_close(&app->chooser);
    app->overlay = OVERLAY_NONE;
}

static void picker_overlay_key(struct app *app, struct key k)
{
    enum prompt_result r = k.code == K_MOUSE_CLICK ? picker_click(&app->picker, tabs_area(app), k)
                                                   : picker_key(&app->picker, k);
    const struct choice *choice = picker_choice(&app->picker);
    if (app->pick_shown && r != PROMPT_ACCEPTED)
        choice = r == PROMPT_EDITING ? choice : &app->picker.all.items.v[0]; // as before
    if (app->pick_shown && choice)
        app->pick_shown(app, choice);
    if (r == PROMPT_EDITING)
        return;
    app->overlay = OVERLAY_NONE;
    struct choice copy = { 0 };
    if (r == PROMPT_ACCEPTED && choice)
        copy = (struct choice) { xstrdup(choice->text), xstrdup_null(choice->note), false };
    picker_close(&app->picker);
    if (copy.text)
        app->picked(app, &copy);
    free(copy.text);
    free(copy.note);
}

void overlay_key(struct app *app, struct key k)
{
    if (app->overlay == OVERLAY_DIALOG) {
        enum dialog_result said = dialog_key(&app->dialog, tabs_area(app), k);
        if (said != DIALOG_OPEN)
            end_question(app, said == DIALOG_YES);
        return;
    }
    if (app->overlay == OVERLAY_COLUMNS) {
        chooser_overlay_key(app, k);
        return;
    }
    if (app->overlay == OVERLAY_PROMPT) {
        if (app->prompt_is_filter && k.code == K_ENTER && app->prompt.error[0])
            return; // shown as invalid: mend it or leave with Esc
        if (k.code == K_ENTER && !asking_takes(app))
            return;
        enum prompt_result r = prompt_key(&app->prompt, k);
        if (r == PROMPT_EDITING && app->prompt_is_filter)
            filter_as_typed(app, app->prompt.text.s);
        if (r != PROMPT_EDITING)
            prompt_done(app, r == PROMPT_ACCEPTED);
        return;
    }
    picker_overlay_key(app, k);
}

void overlay_paint(struct app *app, struct canvas *c)
{
    struct rect area = tabs_area(app);
    if (app->overlay == OVERLAY_PROMPT)
        prompt_paint(&app->prompt, c, c->h - 1, c->h / 2);
    else if (app->overlay == OVERLAY_PICKER)
        picker_paint(&app->picker, c, area);
    else if (app->overlay == OVERLAY_COLUMNS)
        chooser_paint(&app->chooser, c, area);
    else if (app->overlay == OVERLAY_DIALOG)
        dialog_paint(&app->dialog, c, area);
}

bool overlay_paste(struct app *app, const char *text, size_t n)
{
    if (app->overlay == OVERLAY_PROMPT) {
        prompt_paste(&app->prompt, text, n);
        if (app->prompt_is_filter)
            filter_as_typed(app, app->prompt.text.s);
    } else if (app->overlay == OVERLAY_PICKER) {
        prompt_paste(&app->picker.prompt, text, n);
        picker_refresh(&app->picker);
    } else if (app->overlay == OVERLAY_DIALOG) {
        dialog_paste(&app->dialog, text, n);
    } else {
        return false;
    }
    return true;
}

void overlay_release(struct app *app)
{
    end_question(app, false);
    end_asking(app);
    prompt_close(&app->prompt);
    picker_close(&app->picker);
    chooser_close(&app->chooser);
}
