// The program around the views: contexts, tabs with their history, the frame, prompts and pickers, and the
// way from a key to a command. Views ask it for frames and messages; it owns everything.
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>
#include <stddef.h>

#include "app/chooser.h"
#include "app/tabs.h"
#include "base/arr.h"
#include "base/err.h"
#include "base/loop.h"
#include "client/kubeconfig.h"
#include "keymaps/keymap.h"
#include "list/ctx.h"
#include "ui/canvas.h"
#include "ui/dialog.h"
#include "ui/prompt.h"
#include "ui/screen.h"
#include "ui/theme.h"
#include "views/host.h"
#include "views/view.h"

struct config;
struct custom_runs;
struct debug;
struct node_shells;
struct actions;

enum overlay { OVERLAY_NONE, OVERLAY_PROMPT, OVERLAY_PICKER, OVERLAY_COLUMNS, OVERLAY_DIALOG };
typedef void app_pick_fn(struct app *app, const struct choice *choice);

// A question, as host_question of views/host.h: `yes` runs when it is answered so, nothing does otherwise. What it concerns is named by identity
// (UIDs, ids) in arg, for things go on meanwhile; free_arg (may be NULL) is called in any case.
struct question {
    struct dialog_text text;
    void (*yes)(struct app *app, void *arg);
    void *arg;
    void (*free_arg)(void *arg);
};

// A line asked for: `done` gets it, unless it is left with Esc. What it concerns is in arg, as above.
struct asking {
    const char *label, *initial, *hint;
    void (*done)(struct app *app, void *arg, const char *text);
    bool (*check)(void *arg, const char *text, struct err *err); // of Enter: false keeps the line, with err; NULL: any will do
    void (*complete)(void *app, const char *text, struct choices *out); // NULL: nothing is offered
    void *arg;
    void (*free_arg)(void *arg);
};

struct app {
    struct loop *loop;
    struct kubeconfig *kc;
    struct config *config;
    struct state *state;
    struct host host; // what views see of it
    struct debug *debug; // NULL until there is one, as these
    struct node_shells *node_shells;
    struct actions *actions;
    struct custom_runs *customs; // in the terminal
    struct screen *screen;
    struct canvas *canvas;
    const struct theme *theme;
    struct theme skin;
    struct keymap *keys;
    char more_key[32]; // host.more_key
    struct keymap_state pending;
    ARR(struct ctx *) ctxs;
    struct ctx *previous_ctx;
    char clash[64]; // a view opened before it was known whether the server has a resource of that name
    ARR(struct tab *) tabs;
    size_t tab;
    struct pane *into; // what is opened goes here; NULL: to the pane in focus
    enum overlay overlay;
    struct prompt prompt;
    bool prompt_is_filter;
    const char *prompt_command; // run with the text typed
    struct dialog dialog;
    struct asking asking; // of the prompt; its texts are gone
    struct question question; // of the dialog; its texts are gone
    struct picker picker;
    struct chooser chooser;
    app_pick_fn *picked;
    host_pick_fn *picked_by_view; // when a view asked
    app_pick_fn *pick_shown; // the choice under the cursor, also the first one when nothing is chosen
    char flash[512];
    style_t flash_style;
    char news[512]; // waits until an error was seen, "": nothing
    style_t news_style;
    bool flash_waits; // the flash is an error that news do not push away
    int64_t flash_until, last_frame_ms;
    struct loop_timer *frame_timer, *tick_timer;
    struct loop_io *input;
    struct loop_signal *sigs[6];
    int frames; // painted, up to START_FRAMES
    bool readonly, write; // as kview was started, for every context
    struct loop_timer *peek_timer; // until the cursor has rested
    char *peek_next;               // what is shown then
    struct loop_child *piped; // what has the terminal to read a view, NULL
    bool dirty, urgent, full, quitting, lent, ascii;
    bool idle_told;
    int64_t click_ms; // the last click, for double clicks
    int16_t click_y;
    int idle_fd, exit_code, ticks;
    uint64_t next_view_id;
};

struct app_opts {
    const char *kubeconfig, *context, *ns, *view, *theme, *keymap;
    bool all_ns, readonly, write, restore;
};

static inline struct app *app_of(struct host *host)
{
    return (struct app *)((char *)host - offsetof(struct app, host));
}

struct app *app_new(struct loop *loop, const struct app_opts *opts, struct err *err);
void app_free(struct app *app);
int app_run(struct app *app); // exit status

void app_dirty(struct app *app);
void app_flash(struct app *app, style_t style, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
// What comes of something begun earlier: it does not push an error off the line before that was seen.
void app_news(struct app *app, style_t style, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void app_flash_err(struct app *app, const struct err *err);

struct view *app_view(struct app *app); // the one shown, NULL at the start
struct ctx *app_ctx(struct app *app);   // its context
struct ctx *app_get_ctx(struct app *app, const char *name, struct err *err); // opens it when new; NULL: current
bool app_open(struct app *app, const char *spec, struct err *err); // a view, in the pane in focus
// What a line opens, a view or a command of the view shown (describe), comes into that pane, which may be of no
// tab yet. False: nothing did.
bool app_open_into(struct app *app, struct pane *into, const char *line, struct err *err);
void app_push(struct app *app, struct view *v); // takes it
bool app_do(struct app *app, const char *line, struct err *err); // a command or a view
void app_run_line(struct app *app, const char *line); // the same; failures flash
void app_prompt(struct app *app, const char *label, const char *initial, const char *command);
void app_pick(struct app *app, const char *title, struct choices *all, app_pick_fn *fn); // takes all
void app_confirm(struct app *app, const struct question *q); // one at a time: another one is a No to the first
void app_confirm_update(struct app *app, const struct dialog_text *t); // another text for the question asked
void app_confirm_end(struct app *app);                                 // as if answered No
void app_ask(struct app *app, const struct asking *a);
bool app_tab_new(struct app *app, const char *line, struct err *err);
void app_choose_columns(struct app *app, struct list_view *w);
void app_switch_context(struct app *app, const char *name);
const char *app_favourite(struct app *app, int slot); // a namespace; NULL: free
void app_redraw(struct app *app);
void app_paint(struct app *app); // into the canvas, without sending it (snapshots)

#endif
