#include "app/app.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acts/journal.h"
#include "app/actions.h"
#include "app/command.h"
#include "app/config.h"
#include "app/custom.h"
#include "app/debug.h"
#include "app/open.h"
#include "app/host.h"
#include "app/overlay.h"
#include "app/panes.h"
#include "app/peek.h"
#include "app/session.h"
#include "app/status.h"
#include "app/unbound.h"
#include "app/unlock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/state.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/xdg.h"
#include "list/spec.h"
#include "views/copies.h"
#include "views/forwards.h"
#include "views/programs.h"

enum { FRAME_MS = 25, START_FRAMES = 4, FLASH_MS = 6000, BUSY_TTY_MS = 20, DOUBLE_CLICK_MS = 400 };


// ---- frames: drawn at the end of a turn, at once for a key, else at most 40 a second

void app_dirty(struct app *app)
{
    app->dirty = true;
}

void app_redraw(struct app *app)
{
    app->dirty = app->urgent = app->full = true;
}

void app_paint(struct app *app)
{
    struct canvas *c = app->canvas;
    c->cursor_y = c->cursor_x = -1;
    if (c->h < 6 || c->w < 30) {
        canvas_clear(c);
        canvas_printf(c, 0, 0, c->w, ROLE_WARN, "too small: %dx%d", c->w, c->h);
        return;
    }
    panes_paint(app, c);
    status_paint_top(app, c);
    status_paint_bottom(app, c);
    overlay_paint(app, c);
}

// "kview prod/shop", of what is in focus.
static void tell_title(struct app *app)
{
    const struct view *v = app_view(app);
    char text[400] = "kview";
    if (v)
        snprintf(text, sizeof(text), "kview %.180s/%.180s", v->ctx->target.context->name,
            str_or(v->ns ? v->ns : v->ctx->ns, "all"));
    screen_title(app->screen, text);
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
    struct place at[LAYOUT_MAX];
    size_t n = tabs_places(app, at);
    bool idle = n > 0 && !app->dirty && !actions_pending(app->actions) && !peek_pending(app);
    for (size_t i = 0; i < n && idle; i++) {
        struct view *v = pane_view(at[i].pane);
        struct view_status st = { .fresh = FRESH_NONE };
        if (v && v->ops->status)
            v->ops->status(v, &st);
        idle = v && !at[i].pane->waiting && st.fresh != FRESH_LOADING && !st.pending &&
               !join_set_pending(v->ctx->joins);
    }
    return idle;
}

static void flash_over(struct app *app)
{
    app->flash[0] = '\0';
    app->flash_waits = false;
    if (!app->news[0])
        return;
    app_flash(app, app->news_style, "%s", app->news);
    app->flash_waits = false; // of news the latest counts
    app->news[0] = '\0';
}

static void draw_frame(struct app *app)
{
    int64_t now = loop_now_ms(app->loop);
    if (app->flash[0] && now >= app->flash_until) {
        flash_over(app);
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
    if (app->frames < START_FRAMES) { // what connecting and loading touched
        app->frames++;
        mem_drop_code();
    }
    tell_idle(app, false);
    peek_check(app);
    app_paint(app);
    screen_blit(app->screen, app->canvas, app->theme, app->full);
    tell_title(app);
    app->full = false;
    tell_idle(app, is_idle(app));
}

static void on_turn_end(void *arg)
{
    struct app *app = arg;
    if (app->screen && !app->quitting && !app->lent)
        draw_frame(app);
    loop_owe_frame(app->loop, false); // drawn, or the terminal takes no more for now
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
    struct place at[LAYOUT_MAX];
    int every = 10;
    for (size_t i = tabs_places(app, at); i-- > 0;) {
        struct view *v = pane_view(at[i].pane);
        struct view_status st;
        if (v)
            client_attend(v->ctx->client);
        status_of_view(v, &st);
        int own = v && v->ops->next_change ? v->ops->next_change(v) : 10;
        if (st.fresh != FRESH_LIVE && st.fresh != FRESH_FORBIDDEN)
            own = 1;
        every = own < every ? own : every;
    }
    if (unlock_tick(app) || app->flash[0])
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
    app->flash_waits = style == ROLE_BAD;
    app->flash_until = loop_now_ms(app->loop) + FLASH_MS;
    app_dirty(app);
}

void app_news(struct app *app, style_t style, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(app->news, sizeof(app->news), fmt, ap);
    va_end(ap);
    app->news_style = style;
    if (!app->flash[0] || !app->flash_waits)
        flash_over(app);
}

void app_flash_err(struct app *app, const struct err *err)
{
    app_flash(app, ROLE_BAD, "%s%s%s", err->msg, *err->hint ? " — " : "", err->hint);
}

// ---- contexts

struct view *app_view(struct app *app)
{
    return tab_view(tabs_now(app));
}

struct ctx *app_ctx(struct app *app)
{
    struct view *v = app_view(app);
    return v ? v->ctx : app->ctxs.n ? app->ctxs.v[0] : NULL;
}

static void on_context(void *arg, struct ctx *cx)
{
    struct app *app = arg;
    (void)cx;
    open_retry_waiting(app);
    actions_changed(app);
    app_dirty(app);
}

static void on_figures(void *arg)
{
    app_dirty(arg);
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
    struct ctx *cx = ctx_open(&(struct ctx_listener) { app, on_context, on_figures }, app->loop, app->kc, name, err);
    if (!cx)
        return NULL;
    config_apply_context(app->config, cx);
    cx->strict = app->readonly;
    cx->readonly = app->readonly || (cx->readonly && !app->write);
    const char *ns = state_get(app->state, "namespace", cx->target.context->name);
    if (ns) {
        free(cx->ns);
        cx->ns = xstrdup(ns);
    }
    for (int i = 1; i <= 9; i++)
        watch_add_hint(client_watches(cx->client), str_or(app_favourite(app, i), ""));
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

// ---- views

void app_push(struct app *app, struct view *v)
{
    tabs_push(app, tabs_target(app), v);
}

bool app_open(struct app *app, const char *text, struct err *err)
{
    return open_view(app, text, err);
}

// ---- keys

static bool is_mouse(struct key k)
{
    return k.code >= K_MOUSE_CLICK;
}

static void mouse_key(const struct place *at, struct key k, bool twice)
{
    struct view *v = pane_view(at->pane);
    int wheel = k.code == K_MOUSE_WHEEL_UP ? -1 : k.code == K_MOUSE_WHEEL_DOWN ? 1 : 0;
    bool inside = k.y >= at->body.y;
    if (v && v->ops->mouse && inside)
        v->ops->mouse(v, at->body, k.y, k.x, wheel, twice ? 2 : 1);
}

// A click moves the focus and counts; the wheel turns what it is over.
static void mouse_event(struct app *app, struct key k)
{
    struct place at;
    int64_t now = loop_now_ms(app->loop);
    bool click = k.code == K_MOUSE_CLICK || k.code == K_MOUSE_DOUBLE;
    long tab = click && k.y == 1 ? status_tab_at(app, k.x) : -1;
    if (tab >= 0)
        tabs_go(app, (size_t)tab);
    if (!tabs_place_at(app, k.y, k.x, &at))
        return;
    bool twice = click && at.focused && k.y == app->click_y && now - app->click_ms < DOUBLE_CLICK_MS;
    app->click_ms = now;
    app->click_y = k.y;
    if (click && !at.focused)
        tabs_focus_pane(app, at.pane);
    struct view *v = pane_view(at.pane);
    if (!v || !v->ops->key || !v->ops->key(v, at.body, k))
        mouse_key(&at, k, twice);
}

static void typed_key(struct app *app, struct key k)
{
    const char *command = NULL;
    struct place at[LAYOUT_MAX];
    size_t n = tabs_places(app, at);
    struct view *v = n ? pane_view(at[n - 1].pane) : NULL;
    if (v && v->ops->key && v->ops->key(v, at[n - 1].body, k))
        return;
    const struct custom *own = app->pending.n ? NULL : custom_by_key(app, k);
    if (own) {
        app_run_line(app, own->name);
        return;
    }
    const char *mode = v ? v->ops->mode : "global";
    struct keymap_state pressed = app->pending;
    if (pressed.n < KEYMAP_MAX_SEQ)
        pressed.keys[pressed.n++] = k;
    enum keymap_result is = keymap_feed(app->keys, &app->pending, mode, k, &command);
    if (is == KEYMAP_COMMAND)
        app_run_line(app, command);
    else if (is == KEYMAP_NONE)
        unbound_say(app, mode, pressed.keys, pressed.n);
}

static void on_key(void *arg, struct key k)
{
    struct app *app = arg;
    app->dirty = app->urgent = true;
    loop_owe_frame(app->loop, true);
    flash_over(app);
    if (app->overlay != OVERLAY_NONE)
        overlay_key(app, k);
    else if (is_mouse(k))
        mouse_event(app, k);
    else
        typed_key(app, k);
}

// Pasted text goes to a prompt, to a view that asks for it, or nowhere: it must never run bindings.
static void on_paste(void *arg, const char *text, size_t n)
{
    struct app *app = arg;
    struct view *v = app_view(app);
    app->dirty = app->urgent = true;
    loop_owe_frame(app->loop, true);
    bool taken = app->overlay != OVERLAY_NONE ? overlay_paste(app, text, n)
                                              : v && v->ops->paste && v->ops->paste(v, text, n);
    if (!taken)
        app_flash(app, ROLE_WARN, "pasted text is only taken at a prompt (: or /) and in a shell");
    else if (n >= SCREEN_PASTE_MAX)
        app_flash(app, ROLE_BAD, "the paste was longer than %d MB: the rest of it was dropped", SCREEN_PASTE_MAX >> 20);
}

static void on_input(void *arg, int events)
{
    struct app *app = arg;
    (void)events;
    tell_idle(app, false); // before a key is taken: who looks whether all were read knows that one is at work
    if (app->idle_fd >= 0 && write(app->idle_fd, "k", 1) < 0)
        app->idle_fd = -1;
    screen_read(app->screen, on_key, on_paste, app);
}

static void on_winch(void *arg)
{
    struct app *app = arg;
    int h, w;
    screen_size(app->screen, &h, &w);
    canvas_resize(app->canvas, h, w);
    app->host.rows = h;
    app->host.cols = w;
    app->canvas->ascii = app->ascii;
    tabs_sync(app); // there may be room for two now, or no more
    app_redraw(app);
}

static void on_term(void *arg)
{
    struct app *app = arg;
    app->quitting = true;
    loop_stop(app->loop);
}

// A credential plugin that asks gets the terminal; before there is a screen, kview waits for it.
static void on_terminal(void *arg, const char *program)
{
    struct app *app = arg;
    app->lent = program != NULL;
    if (app->lent) {
        if (app->input)
            loop_io_set(app->input, 0);
        if (app->screen)
            screen_leave(app->screen);
        if (*program)
            say(stderr, "kview: the credential plugin %s has the terminal (Ctrl-C ends it)\n", program);
    } else if (app->screen) {
        screen_enter(app->screen);
        if (app->input)
            loop_io_set(app->input, LOOP_READ);
        on_winch(app);
    }
}

static void on_interrupt(void *arg)
{
    struct app *app = arg;
    if (!app->lent) // else it was meant for the plugin
        on_term(app);
}

static void on_cont(void *arg)
{
    struct app *app = arg;
    if (!app->lent)
        screen_enter(app->screen);
    on_winch(app); // it may have another size since
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
    struct screen_opts so = { .title = config_flag(app->config, "title", true), .mouse = config_flag(app->config, "mouse", true),
        .ascii = config_flag(app->config, "ascii", false) };
    app->screen = screen_new(&so, err);
    if (!app->screen)
        return false;
    if (screen_colors(app->screen) < 8)
        app->theme = theme_find("none");
    app->ascii = screen_is_ascii(app->screen);
    screen_size(app->screen, &h, &w);
    app->canvas = canvas_new(h, w);
    app->host.rows = h;
    app->host.cols = w;
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
    config_hotkeys(app->config, app->keys, problems);
    buf_clear(&text);
    char *own = xdg_config("keys");
    if (access(own, R_OK) == 0 && file_read(own, 1 << 20, &text, &err))
        keymap_load(app->keys, own, text.s, problems);
    free(own);
    buf_release(&text);
    keymap_keys_of(app->keys, "list", "right", app->more_key, sizeof(app->more_key));
    const char *more = str_eq(app->more_key, "Right") ? "→" : app->more_key;
    app->host.more_key = *more ? more : NULL;
}

static void start_io(struct app *app)
{
    static const struct {
        int sig;
        void (*fn)(void *arg);
    } sigs[] = { { SIGWINCH, on_winch }, { SIGTERM, on_term }, { SIGHUP, on_term }, { SIGINT, on_interrupt },
        { SIGCONT, on_cont } };
    for (size_t i = 0; i < ARRAY_SIZE(sigs); i++)
        app->sigs[i] = loop_signal_new(app->loop, sigs[i].sig, sigs[i].fn, app);
    app->input = loop_io_new(app->loop, screen_fd(app->screen), on_input, app);
    loop_io_set(app->input, LOOP_READ);
    loop_input(app->loop, app->input);
    loop_timer_start(app->tick_timer, 1000, 1000);
    loop_on_turn_end(app->loop, on_turn_end, app);
}

struct app *app_new(struct loop *loop, const struct app_opts *opts, struct err *err)
{
    struct app *app = xcalloc(1, sizeof(*app));
    struct buf problems = BUF_INIT;
    const char *idle = getenv("KVIEW_IDLE_FD");
    app->loop = loop;
    app->readonly = opts->readonly;
    app->write = opts->write;
    app->idle_fd = idle && *idle ? atoi(idle) : -1;
    app->frame_timer = loop_timer_new(loop, on_frame_timer, app);
    peek_init(app);
    app->tick_timer = loop_timer_new(loop, on_tick, app);
    loop_on_terminal(loop, on_terminal, app);
    app->config = config_load(&problems);
    char *state_file = xdg_state("state.json");
    app->state = state_open(state_file, &problems);
    app_host_init(app);
    app->host.forwards = forwards_new(&app->host);
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
    bool command = opts->view && command_is_own(opts->view);
    const char *view = str_or(command ? NULL : opts->view, str_or(config_text(app->config, "view"), "pods"));
    // The watch is on its way to the server before the terminal is set up
    bool opened = app_open(app, view, err);
    while (opened && app->lent)
        loop_run_once(loop, true);
    if (!opened || !start_screen(app, opts, err)) {
        buf_release(&problems);
        app_free(app);
        return NULL;
    }
    start_io(app);
    tabs_sync(app); // in the size that there is
    if (opts->restore && !session_open(app, err))
        app_flash_err(app, err);
    else if (!opts->restore)
        session_offer(app);
    if (problems.n)
        app_flash(app, ROLE_WARN, "%.*s", (int)strcspn(problems.s, "\n"), problems.s);
    buf_release(&problems);
    if (command)
        app_run_line(app, opts->view);
    app_redraw(app);
    return app;
}

int app_run(struct app *app)
{
    node_shells_look_back(app);
    loop_run(app->loop);
    return app->exit_code;
}

void app_free(struct app *app)
{
    if (!app)
        return;
    node_shells_end(app);
    loop_on_turn_end(app->loop, NULL, NULL);
    loop_on_terminal(app->loop, NULL, NULL);
    loop_child_free(app->piped);
    session_remember(app);
    tabs_free_all(app);
    loop_input(app->loop, NULL);
    loop_io_free(app->input);
    screen_free(app->screen);
    forwards_free(app->host.forwards);
    copies_free(app->host.copies);
    custom_free(app);
    programs_free(app->host.programs);
    debug_free(app->debug);
    overlay_release(app); // what was asked about ends with the question
    actions_free(app->actions);
    journal_free(app->host.journal);
    for (size_t i = 0; i < app->ctxs.n; i++)
        ctx_free(app->ctxs.v[i]);
    arr_release(&app->ctxs);
    kubeconfig_free(app->kc);
    keymap_free(app->keys);
    struct err err = { 0 };
    if (!state_write(app->state, &err))
        say_err(&err);
    state_close(app->state);
    config_free(app->config);
    canvas_free(app->canvas);
    for (size_t i = 0; i < ARRAY_SIZE(app->sigs); i++)
        loop_signal_free(app->sigs[i]);
    loop_timer_free(app->frame_timer);
    peek_release(app);
    loop_timer_free(app->tick_timer);
    free(app);
}
