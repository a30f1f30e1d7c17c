// A line to type in, with history and a list of completions above it. Also the picker: a list one types to
// narrow. Both are given keys by their owner and never block.
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/key.h"
#include "ui/canvas.h"

struct choice {
    char *text;  // what is chosen
    char *note;  // dim, to its right; may be NULL
    bool disabled;
};
struct choices {
    ARR(struct choice) items;
};
void choices_add(struct choices *cs, const char *text, const char *note);
void choices_release(struct choices *cs);

enum prompt_result { PROMPT_EDITING, PROMPT_ACCEPTED, PROMPT_CANCELLED };

struct prompt {
    char label[96]; // ":", "/", "save as "
    struct buf text;
    size_t cursor; // bytes
    const char *hint; // what may be typed, shown dim while nothing is; NULL: nothing
    char error[256]; // shown after the text, in ROLE_BAD
    struct choices completions; // filled by complete()
    long selected;              // -1: none
    // What was typed before, `back` lines ago (1: the last), borrowed; NULL: not so many. May be NULL.
    const char *(*history)(void *arg, size_t back);
    size_t back;     // which of them stands there, 0: what is typed now
    struct buf mine; // that, meanwhile
    // Fills completions for the text (called after each change); may be NULL.
    void (*complete)(void *arg, const char *text, struct choices *out);
    void *arg;
};

void prompt_open(struct prompt *p, const char *label, const char *initial);
void prompt_close(struct prompt *p);
// Editing keys of readline (arrows, Home/End, C-a C-e C-k C-u C-w, Tab completes, Up/Down history or list).
enum prompt_result prompt_key(struct prompt *p, struct key k);
void prompt_paste(struct prompt *p, const char *text, size_t n); // newlines become blanks
void prompt_paint(struct prompt *p, struct canvas *c, int y, int max_list_rows);

struct picker {
    char title[64];
    struct prompt prompt;
    struct choices all;
    ARR(size_t) shown; // indexes of `all` by score
    size_t selected, top;
};
void picker_open(struct picker *p, const char *title);
void picker_close(struct picker *p);
void picker_refresh(struct picker *p); // after `all` changed
enum prompt_result picker_key(struct picker *p, struct key k); // ACCEPTED: picker_choice
enum prompt_result picker_click(struct picker *p, struct rect screen, struct key k); // outside: cancelled
const struct choice *picker_choice(const struct picker *p);    // NULL: nothing shown
void picker_paint(struct picker *p, struct canvas *c, struct rect screen);

#endif
