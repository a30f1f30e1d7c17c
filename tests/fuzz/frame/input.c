// What a terminal sends: bytes through a pty and curses to keys, mouse events and pasted text, then on
// to the keymap and a prompt.
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "app/command.h"
#include "base/utf8.h"
#include "keymaps/keymap.h"
#include "ui/prompt.h"
#include "ui/screen.h"

struct typed {
    struct keymap *keys;
    struct keymap_state pending;
    struct prompt prompt;
};

static void on_key(void *arg, struct key k)
{
    struct typed *t = arg;
    const char *command = NULL;
    char name[32];
    FUZZ_CHECK(k.code && (k.code <= 0x10ffff || (k.code > K_BASE && k.code <= K_MOUSE_WHEEL_DOWN)));
    key_format(k, name, sizeof(name));
    if (keymap_feed(t->keys, &t->pending, "list", k, &command) == KEYMAP_COMMAND)
        FUZZ_CHECK(command && *command);
    if (prompt_key(&t->prompt, k) != PROMPT_EDITING) {
        prompt_close(&t->prompt);
        prompt_open(&t->prompt, ":", "po");
    }
    FUZZ_CHECK(t->prompt.cursor <= t->prompt.text.n);
}

static void on_paste(void *arg, const char *text, size_t n)
{
    struct typed *t = arg;
    prompt_paste(&t->prompt, text, n);
    FUZZ_CHECK(t->prompt.cursor <= t->prompt.text.n);
    FUZZ_CHECK(!memchr(t->prompt.text.s, '\n', t->prompt.text.n));
}

static struct screen *screen;
static struct keymap *keymap;
static struct canvas *canvas;
static int master = -1;

static void end_input(void)
{
    screen_free(screen);
    keymap_free(keymap);
    canvas_free(canvas);
    close(master);
}

// curses knows one terminal a process: a pty in the place of stdin and stdout, once.
static void begin_input(void)
{
    struct winsize size = { .ws_row = 24, .ws_col = 80 };
    struct buf errors = BUF_INIT;
    struct screen_opts opts = { .mouse = true };
    struct err err = { 0 };
    int slave;
    BUG_ON(openpty(&master, &slave, NULL, NULL, &size) != 0);
    fcntl(master, F_SETFL, O_NONBLOCK);
    dup2(slave, 0);
    dup2(slave, 1);
    close(slave);
    setenv("TERM", "xterm-256color", 1);
    screen = screen_new(&opts, &err);
    BUG_ON(!screen);
    keymap = keymap_new(command_known);
    keymap_load_builtin(keymap, "default", &errors);
    FUZZ_CHECK(errors.n == 0);
    canvas = canvas_new(4, 40);
    atexit(end_input);
}

static void drain(void)
{
    char tmp[4096];
    while (read(master, tmp, sizeof(tmp)) > 0)
        ;
}

void fuzz_input(const char *data, size_t n)
{
    if (!screen)
        begin_input();
    struct typed t = { .keys = keymap };
    prompt_open(&t.prompt, ":", "");
    static const char end[] = "\033[201~"; // a paste that never ends would wait for its rest
    BUG_ON(write(master, data, n) != (ssize_t)n || write(master, end, sizeof(end) - 1) < 0);
    screen_read(screen, on_key, on_paste, &t);
    screen_read(screen, on_key, on_paste, &t); // what a lone Esc held back
    prompt_paint(&t.prompt, canvas, 3, 2);
    screen_blit(screen, canvas, theme_find("dark"), false);
    prompt_close(&t.prompt);
    tcflush(0, TCIFLUSH);
    drain();
}
