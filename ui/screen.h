// The terminal: curses, keys and mouse in, the canvas out. curses.h is included by ui/screen.c only.
// Restores the terminal at screen_end, on panic and around suspend; stray stderr is captured while it is up.
#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/key.h"
#include "ui/canvas.h"
#include "ui/theme.h"

enum { SCREEN_PASTE_MAX = 16 << 20 }; // bytes; a paste is cut there
struct screen;
struct screen_opts {
    bool mouse;
    bool ascii;
    bool title; // the terminal's title is kview's (screen_title)
    const char *theme;
};
// err for an unknown TERM, no terminal, too small (below 20x4): says what to do.
struct screen *screen_new(const struct screen_opts *opts, struct err *err);
void screen_free(struct screen *s); // prints captured stderr afterwards
void screen_size(struct screen *s, int *h, int *w); // asks the kernel (after SIGWINCH)
int screen_colors(const struct screen *s);
bool screen_is_ascii(const struct screen *s); // no UTF-8 here: draw with ASCII
int screen_fd(const struct screen *s); // for the loop: readable means screen_read
// Reads what is there; one callback a key (or mouse event: key.code KEY_MOUSE*, y/x set). Pasted text comes
// as one call to paste (bracketed paste): it must never run bindings.
void screen_read(struct screen *s, void (*key)(void *arg, struct key k),
    void (*paste)(void *arg, const char *text, size_t n), void *arg);
// Sends what changed since the last frame. full: repaint everything (C-l, after a foreign program).
void screen_blit(struct screen *s, const struct canvas *c, const struct theme *t, bool full);
// The terminal's title, given back when it is left; text is made harmless. Sent only when it is another one.
void screen_title(struct screen *s, const char *text);
void screen_leave(struct screen *s); // hand the terminal to another program (Ctrl-Z, exec plugin, editor)
void screen_enter(struct screen *s);
void screen_copy(struct screen *s, const char *text, size_t n); // OSC 52, tmux passthrough, at most 74 KB
bool screen_ready(const struct screen *s); // the terminal takes bytes: else leave the frame for later

#endif
