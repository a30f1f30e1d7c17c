#include "views/app.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "views/command.h"
#include "views/complete.h"
#include "views/config.h"
#include "views/open.h"
#include "views/spec.h"
#include "views/state.h"
#include "views/status.h"

enum { FRAME_MS = 33, FLASH_MS = 6000, HISTORY_MAX = 200, STACK_MAX = 30, BUSY_TTY_MS = 20, DOUBLE_CLICK_MS = 400 };


// ---- frames: drawn at the end of a turn, at once for a key, else at most 30 a second

void app_dirty(struct app *app)
{
    if (app) // --once has no app
        app->dirty = true;
}

void app_redraw(struct app *app)
{
    app->dirty = app->urgent = app->full = true;
}

static struct rect view_rect(const struct app *app)
{
    return (struct rect) { 2, 0, app->canvas->h - 4 > 1 ? app->canvas->h - 4 : 1, app->canvas->w };
}

void app_paint(struct app *app)
{
    struct canvas *c = app->canvas;
    struct view *v = app_view(app);
    c->cursor_y = c->cursor_x = -1;
    if (c->h < 6 || c->w < 30) {
        canvas_clear(c);
        canvas_printf(c, 0, 0, c->w, ROLE_WARN, "too small: %dx%d", c->w, c->h);
        return;
    }
    if (v)
        v->ops->paint(v, c, view_rect(app), app->overlay == OVERLAY_NONE);
    else
        canvas_fill(c, view_rect(app), ROLE_TEXT, NULL);
    status_paint_top(app, c);
    status_paint_bottom(app, c);
    if (app->overlay == OVERLAY_PROMPT)
        prompt_paint(&app->prompt, c, c->h - 1, c->h / 2);
    else if (app->overlay == OVERLAY_PICKER)
        picker_paint(&app->picker, c, view_rect(app));
    else if (app->overlay == OVERLAY_COLUMNS)
        chooser_paint(&app->chooser, c, view_rect(app));
}

static void tell_idle(struct app *app, bool idle)
{
    if (app->idle_fd < 0 || app->idle_told == idle)
        return;
    app->idle_told = idle;
    if (write(app->idle_fd, idle ? "i" : "b", 1) < 0)
        app->idle_fd = -1;
}

// For tests: nothing loads, nothing waits to be painted.
static bool is_idle(struct app *app)
{
    struct view *v = app_view(app);
    struct view_status st = { .fresh = FRESH_NONE };
    if (app->dirty || !v || app->waiting)
        return false;
    if (v->ops->status)
        v->ops->status(v, &st);
    return st.fresh != FRESH_LOADING && !join_set_pending(v->ctx->joins);
}

static void draw_frame(struct app *app)
{
    int64_t now = loop_now_ms(app->loop);
    if (app->flash[0] && now >= app->flash_until) {
        app->flash[0] = '\0';
        app->dirty = true;
    }
    if (!app->dirty) {
        tell_idle(app, is_idle(app));
        return;
    }
    if (!app->urgent && now - app->last_frame_ms < FRAME_MS) {
        if (!loop_timer_active(app->frame_timer))
            loop_timer_start(app->frame_timer, FRAME_MS - (now - app->last_frame_ms), 0);
        return;
    }
    if (!screen_ready(app->screen)) { // a slow link: skip frames, never queue them
        loop_timer_start(app->frame_timer, BUSY_TTY_MS, 0);
        return;
    }
    app->dirty = app->urgent = false;
    app->last_frame_ms = now;
    tell_idle(app, false);
    app_paint(app);
    screen_blit(app->screen, app->canvas, app->theme, app->full);
    app->full = false;
    tell_idle(app, is_idle(app));
}

static void on_turn_end(void *arg)
{
    struct app *app = arg;
    if (app->screen && !app->quitting)
        draw_frame(app);
}

static void on_frame_timer(void *arg)
{
    (void)arg; // the turn's end draws
}

// Ages, the clock and "stale 40s" move on while nothing happens: every second where seconds matter (young
// objects, a lost server, a message to take away), else every ten, so that an idle screen costs nothing.
static void on_tick(void *arg)
{
    struct app *app = arg;
    struct view *v = app_view(app);
    struct view_status st = { .fresh = FRESH_NONE };
    if (v && v->ops->status)
        v->ops->status(v, &st);
    int every = v && v->ops->next_change ? v->ops->next_change(v) : 10;
    if (app->flash[0] || (st.fresh != FRESH_LIVE && st.fresh != FRESH_FORBIDDEN))
        every = 1;
    if (++app->ticks >= every) {
        app->ticks = 0;
        app_dirty(app);
    }
}

void app_flash(struct app *app, style_t style, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(app->flash, sizeof(app->flash), fmt, ap);
    va_end(ap);
    app->flash_style = style;
    app->flash_until = loop_now_ms(app->loop) + FLASH_MS;
    app_dirty(app);
}

void app_flash_err(struct app *app, const struct err *err)
{
    app_flash(app, ROLE_BAD, "%s%s%s", err->msg, *err->hint ? " — " : "", err->hint);
}

// ---- contexts

struct view *app_view(struct app *app)
{
    struct tab *t = app->tab < app->tabs.n ? app->tabs.v[app->tab] : NULL;
    return t && t->stack.n ? t->stack.v[t->at] : NULL;
}

struct ctx *app_ctx(struct app *app)
{
    struct view *v = app_view(app);
    return v ? v->ctx : app->ctxs.n ? app->ctxs.v[0] : NULL;
}

void app_context_changed(struct app *app, struct ctx *cx)
{
    (void)cx;
    if (app)
        open_retry_waiting(app);
    app_dirty(app);
}

const char *app_favourite(struct app *app, int slot)
{
    char key[16];
    const char *chosen = config_favourite(app->config, slot);
    snprintf(key, sizeof(key), "%d", slot);
    return chosen ? chosen : state_get(app->state, "favourites", key);
}

struct ctx *app_get_ctx(struct app *app, const char *name, struct err *err)
{
    if (!name && app_ctx(app))
        return app_ctx(app);
    const char *want = name ? name : app->kc->current;
    for (size_t i = 0; want && i < app->ctxs.n; i++)
        if (str_eq(app->ctxs.v[i]->target.context->name, want))
            return app->ctxs.v[i];
    struct ctx *cx = ctx_open(app, app->loop, app->kc, name, err);
    if (!cx)
        return NULL;
    config_apply_context(app->config, cx);
    const char *ns = state_get(app->state, "namespace", cx->target.context->name);
    if (ns) {
        free(cx->ns);
        cx->ns = xstrdup(ns);
    }
    struct buf hint = BUF_INIT;
    for (int i = 1; i <= 9; i++) {
        const char *fav = app_favourite(app, i);
        if (fav)
            buf_printf(&hint, "%s%s", hint.n ? "," : "", fav);
    }
    watch_set_hint(client_watches(cx->client), hint.s);
    buf_release(&hint);
    arr_push(&app->ctxs, cx);
    return cx;
}

void app_switch_context(struct app *app, const char *name)
{
    struct err err = { 0 };
    struct view *v = app_view(app);
    char word[64];
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(v ? v->spec : "pods", " "), v ? v->spec : "pods");
    struct spec there = { .view = word, .context = (char *)name };
    struct buf spec = BUF_INIT;
    spec_text(&there, &spec);
    struct ctx *before = app_ctx(app);
    if (!app_open(app, spec.s, &err))
        app_flash_err(app, &err);
    else if (before != app_ctx(app))
        app->previous_ctx = before;
    buf_release(&spec);
}

// ---- the views of a tab

static void drop_above(struct tab *t)
{
    while (t->stack.n > t->at + 1) {
        struct view *v = t->stack.v[--t->stack.n];
        v->ops->free(v);
    }
}

void app_push(struct app *app, struct view *v)
{
    if (app->tabs.n == 0) {
        struct tab *first = xcalloc(1, sizeof(*first));
        arr_push(&app->tabs, first);
    }
    struct tab *t = app->tabs.v[app->tab];
    struct view *old = app_view(app);
    v->app = app;
    v->id = ++app->next_view_id;
    if (old && old->ops->show)
        old->ops->show(old, false);
    if (t->stack.n)
        drop_above(t);
    if (t->stack.n >= STACK_MAX) {
        t->stack.v[0]->ops->free(t->stack.v[0]);
        arr_remove(&t->stack, 0);
    }
    arr_push(&t->stack, v);
    t->at = t->stack.n - 1;
    if (v->ops->show)
        v->ops->show(v, true);
    app_dirty(app);
}

static void step(struct app *app, int delta)
{
    struct tab *t = app->tab < app->tabs.n ? app->tabs.v[app->tab] : NULL;
    if (!t || (delta < 0 && t->at == 0) || (delta > 0 && t->at + 1 >= t->stack.n))
        return;
    struct view *old = app_view(app);
    if (old->ops->show)
        old->ops->show(old, false);
    t->at += (size_t)delta;
    struct view *v = app_view(app);
    if (v->ops->show)
        v->ops->show(v, true);
    app_dirty(app);
}

void app_back(struct app *app)
{
    step(app, -1);
}

void app_forward(struct app *app)
{
    step(app, 1);
}

bool app_open(struct app *app, const char *text, struct err *err)
{
    return open_view(app, text, err);
}

// ---- commands

void app_run_line(struct app *app, const char *line)
{
    struct err err = { 0 };
    char *copy = xstrdup(line), *text = str_trim(copy);
    const char *alias = config_alias(app->config, text);
    if (alias) {
        char *expanded = xstrdup(alias);
        free(copy);
        copy = text = expanded;
    }
    char *args = text + strcspn(text, " ");
    char *name = xstrndup(text, (size_t)(args - text));
    while (*args == ' ')
        args++;
    const struct command *cmd = command_find(name);
    struct view *v = app_view(app);
    struct call call = { name, args };
    if (!*name) {
        ;
    } else if (cmd && cmd->fn) {
        cmd->fn(app, args, &err);
    } else if (cmd && !(*args && open_is_view(name))) {
        if (!v || !v->ops->command(v, &call, &err))
            err_set(&err, "%s does nothing in this view", name);
    } else {
        app_open(app, text, &err);
    }
    if (err_is(&err))
        app_flash_err(app, &err);
    free(name);
    free(copy);
    app_dirty(app);
}

void app_prompt(struct app *app, const char *label, const char *initial, const char *command)
{
    app->overlay = OVERLAY_PROMPT;
    app->prompt_command = command;
    app->prompt_is_filter = command && str_eq(command, "filter");
    app->prompt.arg = app;
    app->prompt.complete = command ? NULL : complete_command;
    prompt_open(&app->prompt, label, initial);
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

void app_choose_columns(struct app *app, struct list *l)
{
    chooser_open(&app->chooser, l);
    app->overlay = OVERLAY_COLUMNS;
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
    if (filter) {
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
    struct list *l = list_of(app_view(app));
    if (l && l->v.id == app->chooser.view && chooser_key(&app->chooser, l, k))
        return;
    chooser_close(&app->chooser);
    app->overlay = OVERLAY_NONE;
}

static void overlay_key(struct app *app, struct key k)
{
    if (app->overlay == OVERLAY_COLUMNS) {
        chooser_overlay_key(app, k);
        return;
    }
    if (app->overlay == OVERLAY_PROMPT) {
        if (app->prompt_is_filter && k.code == K_ENTER && app->prompt.error[0])
            return; // shown as invalid: mend it or leave with Esc
        enum prompt_result r = prompt_key(&app->prompt, k);
        if (r == PROMPT_EDITING && app->prompt_is_filter)
            filter_as_typed(app, app->prompt.text.s);
        if (r != PROMPT_EDITING)
            prompt_done(app, r == PROMPT_ACCEPTED);
        return;
    }
    enum prompt_result r = picker_key(&app->picker, k);
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

static void mouse_key(struct app *app, struct key k)
{
    struct view *v = app_view(app);
    int64_t now = loop_now_ms(app->loop);
    bool twice = k.code == K_MOUSE_CLICK && k.y == app->click_y && now - app->click_ms < DOUBLE_CLICK_MS;
    app->click_ms = now;
    app->click_y = k.y;
    if (!v || !v->ops->mouse)
        return;
    int wheel = k.code == K_MOUSE_WHEEL_UP ? -1 : k.code == K_MOUSE_WHEEL_DOWN ? 1 : 0;
    v->ops->mouse(v, view_rect(app), k.y, k.x, wheel, twice ? 2 : 1);
}

static void on_key(void *arg, struct key k)
{
    struct app *app = arg;
    const char *command = NULL;
    struct view *v = app_view(app);
    app->dirty = app->urgent = true;
    app->flash[0] = '\0';
    if (app->overlay != OVERLAY_NONE)
        overlay_key(app, k);
    else if (k.code >= K_MOUSE_CLICK)
        mouse_key(app, k);
    else if (keymap_feed(app->keys, &app->pending, v ? v->ops->mode : "global", k, &command) ==
             KEYMAP_COMMAND)
        app_run_line(app, command);
}

// Pasted text goes to a prompt or nowhere: it must never run bindings.
static void on_paste(void *arg, const char *text, size_t n)
{
    struct app *app = arg;
    app->dirty = app->urgent = true;
    if (app->overlay == OVERLAY_PROMPT) {
        prompt_paste(&app->prompt, text, n);
        if (app->prompt_is_filter)
            filter_as_typed(app, app->prompt.text.s);
    } else if (app->overlay == OVERLAY_PICKER) {
        prompt_paste(&app->picker.prompt, text, n);
        picker_refresh(&app->picker);
    } else {
        app_flash(app, ROLE_WARN, "pasted text is only taken at a prompt (: or /)");
    }
}

static void on_input(void *arg, int events)
{
    struct app *app = arg;
    (void)events;
    screen_read(app->screen, on_key, on_paste, app);
}

static void on_winch(void *arg)
{
    struct app *app = arg;
    int h, w;
    screen_size(app->screen, &h, &w);
    canvas_resize(app->canvas, h, w);
    app->canvas->ascii = app->ascii;
    app_redraw(app);
}

static void on_term(void *arg)
{
    struct app *app = arg;
    app->quitting = true;
    loop_stop(app->loop);
}

static void on_cont(void *arg)
{
    struct app *app = arg;
    screen_enter(app->screen);
    app_redraw(app);
}

// ---- life

static bool start_screen(struct app *app, const struct app_opts *opts, struct err *err)
{
    const char *theme = opts->theme ? opts->theme : state_get(app->state, "look", "theme");
    const char *no_color = getenv("NO_COLOR");
    int h, w;
    theme = theme ? theme : config_text(app->config, "theme");
    app->theme = config_theme(app->config, str_or(theme, "dark"), &app->skin, err);
    if (!app->theme && opts->theme)
        return false;
    if (!app->theme) { // a skin that is gone is no reason not to start
        app_flash_err(app, err);
        err_clear(err);
        app->theme = theme_find("dark");
    }
    if (no_color && *no_color)
        app->theme = theme_find("none");
    struct screen_opts so = { .mouse = config_flag(app->config, "mouse", true),
        .ascii = config_flag(app->config, "ascii", false) };
    app->screen = screen_new(&so, err);
    if (!app->screen)
        return false;
    if (screen_colors(app->screen) < 8)
        app->theme = theme_find("none");
    app->ascii = screen_is_ascii(app->screen);
    screen_size(app->screen, &h, &w);
    app->canvas = canvas_new(h, w);
    app->canvas->ascii = app->ascii;
    return true;
}

static void load_keys(struct app *app, const struct app_opts *opts, struct buf *problems)
{
    const char *name = opts->keymap ? opts->keymap : str_or(config_text(app->config, "keymap"), "default");
    struct buf text = BUF_INIT;
    struct err err;
    app->keys = keymap_new(command_known);
    if (!keymap_load_builtin(app->keys, name, problems)) {
        if (file_read(name, 1 << 20, &text, &err))
            keymap_load(app->keys, name, text.s, problems);
        else
            buf_printf(problems, "keymap %s: %s\n", name, err.msg);
        if (!app->keys->binds.n)
            keymap_load_builtin(app->keys, "default", problems);
    }
    buf_clear(&text);
    char *own = config_path("keys");
    if (access(own, R_OK) == 0 && file_read(own, 1 << 20, &text, &err))
        keymap_load(app->keys, own, text.s, problems);
    free(own);
    buf_release(&text);
}

static void start_io(struct app *app)
{
    static const struct {
        int sig;
        void (*fn)(void *arg);
    } sigs[] = { { SIGWINCH, on_winch }, { SIGTERM, on_term }, { SIGHUP, on_term }, { SIGINT, on_term },
        { SIGCONT, on_cont } };
    for (size_t i = 0; i < ARRAY_SIZE(sigs); i++)
        app->sigs[i] = loop_signal_new(app->loop, sigs[i].sig, sigs[i].fn, app);
    app->input = loop_io_new(app->loop, screen_fd(app->screen), on_input, app);
    loop_io_set(app->input, LOOP_READ);
    loop_timer_start(app->tick_timer, 1000, 1000);
    loop_on_turn_end(app->loop, on_turn_end, app);
}

// Nothing is offered that is there already.
static void offer_session(struct app *app, size_t tabs)
{
    char *now = open_text(app_view(app)), keys[64];
    keymap_keys_of(app->keys, "global", "restore", keys, sizeof(keys));
    if (tabs > 1 || !str_eq(now, state_list_at(app->state, "session", 0)))
        app_flash(app, ROLE_INFO, "%s restores the last session: %zu %s", str_or(keys, ":restore"), tabs,
            tabs == 1 ? "tab" : "tabs");
    free(now);
}

struct app *app_new(struct loop *loop, const struct app_opts *opts, struct err *err)
{
    struct app *app = xcalloc(1, sizeof(*app));
    struct buf problems = BUF_INIT;
    const char *idle = getenv("KVIEW_IDLE_FD");
    app->loop = loop;
    app->idle_fd = idle && *idle ? atoi(idle) : -1;
    app->frame_timer = loop_timer_new(loop, on_frame_timer, app);
    app->tick_timer = loop_timer_new(loop, on_tick, app);
    app->config = config_load(&problems);
    char *state_file = config_state_path("state.json");
    app->state = state_open(state_file, &problems);
    free(state_file);
    load_keys(app, opts, &problems);
    app->kc = kubeconfig_load(opts->kubeconfig, err);
    struct ctx *cx = app->kc ? app_get_ctx(app, opts->context, err) : NULL;
    if (!cx) {
        buf_release(&problems);
        app_free(app);
        return NULL;
    }
    if (opts->all_ns || opts->ns) {
        free(cx->ns);
        cx->ns = xstrdup(opts->all_ns ? "" : opts->ns);
    }
    cx->readonly |= opts->readonly;
    cx->readonly &= !opts->write;
    const char *view = str_or(opts->view, str_or(config_text(app->config, "view"), "pods"));
    size_t kept = state_list_count(app->state, "session");
    // The watch is on its way to the server before the terminal is set up
    if (!app_open(app, view, err) || !start_screen(app, opts, err)) {
        buf_release(&problems);
        app_free(app);
        return NULL;
    }
    start_io(app);
    if (opts->restore && !open_session(app, err))
        app_flash_err(app, err);
    else if (!opts->restore && kept)
        offer_session(app, kept);
    if (problems.n)
        app_flash(app, ROLE_WARN, "%.*s", (int)strcspn(problems.s, "\n"), problems.s);
    buf_release(&problems);
    app_redraw(app);
    return app;
}

int app_run(struct app *app)
{
    loop_run(app->loop);
    return app->exit_code;
}

static void remember_session(struct app *app)
{
    if (!app->state || !app->tabs.n)
        return;
    if (app->tabs.n == 1 && app->tabs.v[0]->stack.n <= 1) // a look in: what was kept is worth more
        return;
    state_list_clear(app->state, "session");
    for (size_t i = 0; i < app->tabs.n; i++) {
        struct tab *t = app->tabs.v[i];
        struct view *v = t->stack.n ? t->stack.v[t->at] : NULL;
        if (!v)
            continue;
        char *text = open_text(v);
        state_list_add(app->state, "session", text, 20);
        free(text);
    }
}

void app_free(struct app *app)
{
    if (!app)
        return;
    loop_on_turn_end(app->loop, NULL, NULL);
    remember_session(app);
    open_forget_waiting(app);
    for (size_t i = 0; i < app->tabs.n; i++) {
        struct tab *t = app->tabs.v[i];
        for (size_t k = 0; k < t->stack.n; k++)
            t->stack.v[k]->ops->free(t->stack.v[k]);
        arr_release(&t->stack);
        free(t);
    }
    arr_release(&app->tabs);
    loop_io_free(app->input);
    screen_free(app->screen);
    for (size_t i = 0; i < app->ctxs.n; i++)
        ctx_free(app->ctxs.v[i]);
    arr_release(&app->ctxs);
    kubeconfig_free(app->kc);
    keymap_free(app->keys);
    state_close(app->state);
    config_free(app->config);
    canvas_free(app->canvas);
    prompt_close(&app->prompt);
    picker_close(&app->picker);
    chooser_close(&app->chooser);
    for (size_t i = 0; i < ARRAY_SIZE(app->sigs); i++)
        loop_signal_free(app->sigs[i]);
    loop_timer_free(app->frame_timer);
    loop_timer_free(app->tick_timer);
    free(app);
}
