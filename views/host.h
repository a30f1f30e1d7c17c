// What a view may ask of its owner: to open, to say, to ask, to remember. The program fills it (app/app.c), and tests
// do otherwise; a view knows nothing else of what is around it.
#ifndef VIEWS_HOST_H
#define VIEWS_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/loop.h"
#include "ui/dialog.h"
#include "ui/prompt.h"
#include "ui/style.h"

struct copies;
struct ctx;
struct forwards;
struct host;
struct journal;
struct programs;
struct state;
struct view;

typedef void host_pick_fn(struct host *host, const struct choice *choice);

// A question: `yes` runs when it is answered so, nothing does otherwise. What it concerns is named by identity
// (UIDs, ids) in arg, for things go on meanwhile; free_arg (may be NULL) is called in any case.
struct host_question {
    struct dialog_text text;
    void (*yes)(struct host *host, void *arg);
    void *arg;
    void (*free_arg)(void *arg);
};

struct host_ops {
    bool (*open)(struct host *host, const char *spec, struct err *err); // a view, in the pane in focus
    bool (*run)(struct host *host, const char *line, struct err *err);  // a command, as typed after `:`
    void (*push)(struct host *host, struct view *v); // takes it
    void (*flash)(struct host *host, style_t style, const char *text); // one line, for some seconds
    void (*prompt)(struct host *host, const char *label, const char *initial, const char *command);
    void (*pick)(struct host *host, const char *title, struct choices *all, host_pick_fn *fn); // takes all
    void (*confirm)(struct host *host, const struct host_question *q);
    void (*dirty)(struct host *host);                                // a frame soon
    void (*copy)(struct host *host, const char *text, size_t n);     // to the clipboard (OSC 52)
    struct view *(*focus)(struct host *host);                        // the view in focus, NULL at the start
    bool (*busy)(struct host *host); // a prompt or a question has the keys
    struct ctx *(*context)(struct host *host, const char *name, struct err *err); // opens it when new; NULL: current
    char *(*setting)(struct host *host, const char *section, const char *key); // of the configuration; the caller frees
    void (*choose_columns)(struct host *host, struct view *list);
};

struct host {
    const struct host_ops *ops;
    struct loop *loop;
    struct state *state; // what is remembered between runs
    int rows, cols;      // of the screen, 0 while unknown
    bool wide, compact;  // how lists are shown
    const char *more_key; // what scrolls to the columns that found no room, as it is shown; NULL: no key does
    // What goes on while views come and go, made by their own modules; NULL until then
    struct forwards *forwards;
    struct copies *copies;
    struct journal *journal;
    struct programs *programs;
};

bool host_open(struct host *host, const char *spec, struct err *err);
bool host_run(struct host *host, const char *line, struct err *err);
void host_push(struct host *host, struct view *v);
void host_flash(struct host *host, style_t style, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void host_flash_err(struct host *host, const struct err *err);
void host_prompt(struct host *host, const char *label, const char *initial, const char *command);
void host_pick(struct host *host, const char *title, struct choices *all, host_pick_fn *fn);
void host_confirm(struct host *host, const struct host_question *q);
void host_dirty(struct host *host);
void host_copy(struct host *host, const char *text, size_t n);
struct view *host_focus(struct host *host);
bool host_busy(struct host *host);
struct ctx *host_context(struct host *host, const char *name, struct err *err);

#endif
