#include "views/command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "ui/snapshot.h"
#include "views/app.h"
#include "views/config.h"
#include "views/open.h"
#include "views/spec.h"
#include "views/state.h"
#include "views/status.h"

static bool open_spec(struct app *app, const char *spec, struct err *err)
{
    return app_open(app, spec, err);
}

static bool cmd_quit(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    app->quitting = true;
    loop_stop(app->loop);
    return true;
}

static bool cmd_back(struct app *app, const char *args, struct err *err)
{
    struct view *v = app_view(app);
    (void)args;
    if (v && v->filter_text) { // first the filter, then the view
        struct call clear = { "filter", "" };
        return v->ops->command(v, &clear, err);
    }
    app_back(app);
    return true;
}

// Through the views as they were left, filter and all.
static bool cmd_history_back(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    app_back(app);
    return true;
}

static bool cmd_forward(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    app_forward(app);
    return true;
}

static bool cmd_prompt(struct app *app, const char *args, struct err *err)
{
    (void)err;
    app_prompt(app, ":", args, NULL);
    return true;
}

static bool cmd_filter_prompt(struct app *app, const char *args, struct err *err)
{
    struct view *v = app_view(app);
    (void)args, (void)err;
    app_prompt(app, "/", v && v->filter_text ? v->filter_text : "", "filter");
    return true;
}

static bool cmd_help(struct app *app, const char *args, struct err *err)
{
    (void)args;
    return open_spec(app, "help", err);
}

static bool cmd_kinds(struct app *app, const char *args, struct err *err)
{
    (void)args;
    return open_spec(app, "kinds", err);
}

static bool cmd_suspend(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    screen_leave(app->screen);
    raise(SIGSTOP);
    screen_enter(app->screen);
    app_redraw(app);
    return true;
}

static bool cmd_redraw(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    app_redraw(app);
    return true;
}

static bool cmd_compact(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    app->compact = !app->compact;
    return true;
}

static bool set_theme(struct app *app, const char *name, struct err *err)
{
    const struct theme *t = config_theme(app->config, name, &app->skin, err);
    if (!t)
        return false;
    app->theme = t;
    app_redraw(app);
    return true;
}

// Seen at once, kept when chosen.
static void theme_shown(struct app *app, const struct choice *c)
{
    struct err err = { 0 };
    if (!set_theme(app, c->text, &err))
        app_flash_err(app, &err);
}

static void theme_picked(struct app *app, const struct choice *c)
{
    theme_shown(app, c);
    state_set(app->state, "look", "theme", app->theme->name); // a skin with a fault is not kept
}

static bool cmd_theme(struct app *app, const char *args, struct err *err)
{
    struct choices all = { 0 };
    if (*args)
        return set_theme(app, args, err);
    choices_add(&all, app->theme->name, "now");
    for (size_t i = 0; theme_all()[i]; i++)
        if (theme_all()[i] != app->theme)
            choices_add(&all, theme_all()[i]->name, NULL);
    config_skins(app->theme->name, &all);
    app_pick(app, "Theme", &all, theme_picked);
    app->pick_shown = theme_shown;
    return true;
}

// ---- contexts and namespaces

static void context_picked(struct app *app, const struct choice *c)
{
    app_switch_context(app, c->text);
}

static bool cmd_context_pick(struct app *app, const char *args, struct err *err)
{
    struct choices all = { 0 };
    (void)err;
    if (*args) {
        app_switch_context(app, args);
        return true;
    }
    for (size_t i = 0; i < app->kc->contexts.n; i++) {
        char note[300];
        status_context_note(app, app->kc->contexts.v[i].name, note, sizeof(note));
        choices_add(&all, app->kc->contexts.v[i].name, note);
    }
    app_pick(app, "Contexts", &all, context_picked);
    return true;
}

static bool cmd_context_slot(struct app *app, const char *args, struct err *err)
{
    size_t slot = (size_t)strtol(args, NULL, 10);
    if (slot < 1 || slot > app->kc->contexts.n)
        return err_set(err, "the kubeconfig has only %zu contexts", app->kc->contexts.n);
    app_switch_context(app, app->kc->contexts.v[slot - 1].name);
    return true;
}

static bool cmd_context_toggle(struct app *app, const char *args, struct err *err)
{
    (void)args;
    if (!app->previous_ctx)
        return err_set(err, "no other context was visited yet: C chooses one");
    app_switch_context(app, app->previous_ctx->target.context->name);
    return true;
}

static void set_namespace(struct app *app, const char *ns)
{
    struct ctx *cx = app_ctx(app);
    struct view *v = app_view(app);
    struct err err = { 0 };
    if (!cx)
        return;
    free(cx->ns);
    cx->ns = xstrdup(ns);
    state_set(app->state, "namespace", cx->target.context->name, ns);
    for (int i = 1; *ns && i <= 9; i++) { // the first free slot keeps it
        const char *have = app_favourite(app, i);
        char fav[16];
        if (str_eq(have, ns))
            break;
        if (!have) {
            snprintf(fav, sizeof(fav), "%d", i);
            state_set(app->state, "favourites", fav, ns);
            break;
        }
    }
    char view[64];
    snprintf(view, sizeof(view), "%.*s", (int)strcspn(v ? v->spec : "pods", " "), v ? v->spec : "pods");
    if (!app_open(app, str_eq(view, "namespaces") ? "pods" : view, &err))
        app_flash_err(app, &err);
}

static bool cmd_favourite(struct app *app, const char *args, struct err *err)
{
    struct ctx *cx = app_ctx(app);
    const char *ns = str_eq(args, "0") ? "" : app_favourite(app, (int)strtol(args, NULL, 10));
    if (!ns)
        return err_set(err, "favourite %s is free: `:ns NAME` fills the next one", args);
    if (str_eq(args, "0") && cx && !*cx->ns) // 0 again: back to where one was
        ns = *cx->last_ns ? cx->last_ns : cx->target.ns;
    if (cx && *cx->ns) {
        free(cx->last_ns);
        cx->last_ns = xstrdup(cx->ns);
    }
    char *copy = xstrdup(ns);
    set_namespace(app, copy);
    free(copy);
    return true;
}

static bool cmd_ns(struct app *app, const char *args, struct err *err)
{
    if (!*args)
        return open_spec(app, "namespaces", err);
    set_namespace(app, str_ieq(args, "all") || str_eq(args, "*") ? "" : args);
    return true;
}

// ---- tabs, bookmarks, files

bool app_tab_new(struct app *app, const char *spec, struct err *err)
{
    struct tab *t = xcalloc(1, sizeof(*t));
    struct view *old = app_view(app);
    if (old && old->ops->show)
        old->ops->show(old, false);
    arr_insert(&app->tabs, app->tab + (app->tabs.n > 0), t);
    app->last_tab = app->tab;
    app->tab += app->tabs.n > 1;
    if (app_open(app, spec, err))
        return true;
    free(t); // no tab without a view
    arr_remove(&app->tabs, app->tab);
    app->tab = app->last_tab;
    if (old && old->ops->show)
        old->ops->show(old, true);
    return false;
}

static bool cmd_tab_new(struct app *app, const char *args, struct err *err)
{
    struct view *v = app_view(app);
    struct buf text = BUF_INIT;
    struct spec s;
    if (v && !*args) {
        char *same = open_text(v);
        buf_puts(&text, same);
        free(same);
    } else if (spec_parse(&s, str_or(args, "pods"), err)) {
        if (v && !s.context) // a new tab is of the context one is in
            s.context = xstrdup(v->ctx->target.context->name);
        spec_text(&s, &text);
        spec_release(&s);
    }
    if (text.n)
        app_tab_new(app, text.s, err);
    buf_release(&text);
    return !err_is(err);
}

static bool step_tab(struct app *app, int delta)
{
    struct view *old = app_view(app);
    if (app->tabs.n < 2)
        return true;
    if (old && old->ops->show)
        old->ops->show(old, false);
    app->last_tab = app->tab;
    app->tab = (app->tab + app->tabs.n + (size_t)delta) % app->tabs.n;
    struct view *v = app_view(app);
    if (v && v->ops->show)
        v->ops->show(v, true);
    return true;
}

static bool cmd_tab_next(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    return step_tab(app, 1);
}

static bool cmd_tab_prev(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    return step_tab(app, -1);
}

static bool cmd_tab_close(struct app *app, const char *args, struct err *err)
{
    (void)args;
    if (app->tabs.n < 2)
        return err_set(err, "this is the last tab: :quit ends kview");
    struct tab *t = app->tabs.v[app->tab];
    size_t closing = app->tab;
    step_tab(app, 1);
    for (size_t i = 0; i < t->stack.n; i++)
        t->stack.v[i]->ops->free(t->stack.v[i]);
    arr_release(&t->stack);
    free(t);
    arr_remove(&app->tabs, closing);
    if (app->tab > closing)
        app->tab--;
    return true;
}

static bool cmd_restore(struct app *app, const char *args, struct err *err)
{
    (void)args;
    if (open_session(app, err))
        app_flash(app, ROLE_OK, "the last session is back: Ctrl-PgDn and Ctrl-PgUp go through its tabs");
    return !err_is(err);
}

static bool cmd_bookmark_add(struct app *app, const char *args, struct err *err)
{
    struct view *v = app_view(app);
    (void)args, (void)err;
    if (!v)
        return true;
    char *text = open_text(v);
    state_list_add(app->state, "bookmarks", text, 100);
    app_flash(app, ROLE_OK, "bookmarked: %s   (' lists them)", text);
    free(text);
    return true;
}

static void bookmark_picked(struct app *app, const struct choice *c)
{
    app_run_line(app, c->text);
}

static bool cmd_bookmarks(struct app *app, const char *args, struct err *err)
{
    struct choices all = { 0 };
    (void)args;
    for (size_t i = state_list_count(app->state, "bookmarks"); i-- > 0;)
        choices_add(&all, state_list_at(app->state, "bookmarks", i), NULL);
    if (!all.items.n)
        return err_set(err, "no bookmarks yet: B keeps the view that is shown");
    app_pick(app, "Bookmarks", &all, bookmark_picked);
    return true;
}

static bool cmd_save(struct app *app, const char *args, struct err *err)
{
    struct view *v = app_view(app);
    if (!v || !v->ops->save)
        return err_set(err, "this view cannot be saved");
    if (!*args) {
        bool table = str_eq(v->ops->mode, "list");
        char *initial =
            xasprintf("%.*s.%s", (int)strcspn(v->spec, " "), v->spec, table ? "csv" : "txt");
        app_prompt(app, "save as: ", initial, "save");
        free(initial);
        return true;
    }
    const char *format = str_ends(args, ".json") ? "json" : str_ends(args, ".csv") ? "csv" : "text";
    struct buf out = BUF_INIT;
    v->ops->save(v, format, &out);
    if (file_write(args, out.s, out.n, err))
        app_flash(app, ROLE_OK, "saved %zu bytes to %s", out.n, args);
    buf_release(&out);
    return !err_is(err);
}

static bool cmd_snapshot(struct app *app, const char *args, struct err *err)
{
    struct buf out = BUF_INIT;
    if (!*args)
        return err_set(err, "snapshot wants a file: snapshot screen.svg, or .txt");
    app_paint(app);
    if (str_ends(args, ".svg"))
        snapshot_svg(app->canvas, app->theme, "kview", &out);
    else
        snapshot_text(app->canvas, &out);
    if (file_write(args, out.s, out.n, err))
        app_flash(app, ROLE_OK, "the screen is in %s", args);
    buf_release(&out);
    return !err_is(err);
}

#define OF_VIEW NULL

static const struct command commands[] = { // sorted by name
    { "back", "", "back to the view before; clears the filter first", cmd_back },
    { "bookmark-add", "", "keep this view as a bookmark", cmd_bookmark_add },
    { "bookmarks", "", "choose a bookmark", cmd_bookmarks },
    { "bottom", "", "to the last row", OF_VIEW },
    { "columns-pick", "", "choose which columns are shown", OF_VIEW },
    { "command-prompt", "[TEXT]", "type a view or a command", cmd_prompt },
    { "compact", "", "less space between columns", cmd_compact },
    { "context-pick", "[NAME]", "choose another cluster context", cmd_context_pick },
    { "context-slot", "N", "to the N-th context of the kubeconfig", cmd_context_slot },
    { "context-toggle", "", "to the context used before", cmd_context_toggle },
    { "contexts", "[NAME]", "choose another cluster context", cmd_context_pick },
    { "copy", "", "copy a field of this row (OSC 52)", OF_VIEW },
    { "ctx", "[NAME]", "choose another cluster context", cmd_context_pick },
    { "describe", "[KIND NAME]", "the object in full, with its events", OF_VIEW },
    { "diff", "", "against the last applied or an earlier state", OF_VIEW },
    { "down", "", "one row down", OF_VIEW },
    { "errors-only", "", "only rows with a fault", OF_VIEW },
    { "events-of", "", "events of this object", OF_VIEW },
    { "explain", "[KIND.FIELD]", "what the fields of a kind mean", OF_VIEW },
    { "favourite", "N", "namespace N of the favourites; 0: all", cmd_favourite },
    { "filter", "TEXT", "show only what matches", OF_VIEW },
    { "filter-prompt", "", "filter the rows, or search the text", cmd_filter_prompt },
    { "fold", "", "fold or unfold", OF_VIEW },
    { "fold-all", "", "fold or unfold everything", OF_VIEW },
    { "help", "", "keys and commands that apply now", cmd_help },
    { "history-back", "", "the view before in this tab", cmd_history_back },
    { "history-forward", "", "forward again", cmd_forward },
    { "kinds", "", "all resources of this server", cmd_kinds },
    { "last-view", "", "the view before in this tab", cmd_history_back },
    { "left", "", "scroll left", OF_VIEW },
    { "managed-fields", "", "show or hide managedFields", OF_VIEW },
    { "mark", "", "mark this row", OF_VIEW },
    { "mark-all", "", "mark every row", OF_VIEW },
    { "mark-range", "", "mark from the last mark to here", OF_VIEW },
    { "ns", "[NAME]", "choose the namespace", cmd_ns },
    { "open", "", "what is inside", OF_VIEW },
    { "owner", "", "the object that owns this one", OF_VIEW },
    { "page-down", "", "one page down", OF_VIEW },
    { "page-up", "", "one page up", OF_VIEW },
    { "parent", "", "to the field above", OF_VIEW },
    { "q", "", "quit", cmd_quit },
    { "quit", "", "quit", cmd_quit },
    { "redraw", "", "paint the screen anew", cmd_redraw },
    { "refresh", "", "read everything again", OF_VIEW },
    { "restore", "", "open the tabs of the last session", cmd_restore },
    { "reveal", "", "show or hide Secret values", OF_VIEW },
    { "right", "", "scroll right", OF_VIEW },
    { "save", "[FILE]", "as FILE.csv, .json or text", cmd_save },
    { "search-next", "", "the next hit", OF_VIEW },
    { "search-prev", "", "the hit before", OF_VIEW },
    { "snapshot", "FILE", "the screen as a picture (.svg) or text", cmd_snapshot },
    { "sort-by", "COLUMN", "sort by a column; again: the other way", OF_VIEW },
    { "sort-invert", "", "turn the order round", OF_VIEW },
    { "sort-next", "", "sort by the next column", OF_VIEW },
    { "sort-pick", "", "choose the column to sort by", OF_VIEW },
    { "sort-prev", "", "sort by the column before", OF_VIEW },
    { "suspend", "", "to the shell; fg returns", cmd_suspend },
    { "tab-close", "", "close this tab", cmd_tab_close },
    { "tab-new", "[VIEW]", "a new tab", cmd_tab_new },
    { "tab-next", "", "the next tab", cmd_tab_next },
    { "tab-prev", "", "the tab before", cmd_tab_prev },
    { "theme", "[NAME]", "choose the colours", cmd_theme },
    { "theme-pick", "", "choose the colours", cmd_theme },
    { "top", "", "to the first row", OF_VIEW },
    { "tree", "", "this object with all that belongs to it", OF_VIEW },
    { "unmark-all", "", "clear all marks", OF_VIEW },
    { "up", "", "one row up", OF_VIEW },
    { "used-by", "", "what uses this object", OF_VIEW },
    { "wide", "", "more columns", OF_VIEW },
    { "wrap", "", "wrap long lines", OF_VIEW },
    { "yaml", "[KIND NAME]", "the object as YAML", OF_VIEW },
};

const struct command *command_all(size_t *n)
{
    *n = ARRAY_SIZE(commands);
    return commands;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (str_eq(commands[i].name, name))
            return &commands[i];
    return NULL;
}

bool command_known(const char *name, char *suggestion, size_t n)
{
    int best = 4;
    if (command_find(name))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        int d = str_distance(name, commands[i].name, 3);
        if (d < best) {
            best = d;
            snprintf(suggestion, n, "%s", commands[i].name);
        }
    }
    return false;
}
