// kview in a pseudo-terminal whose other end is libvterm: keys in, cells out. KVIEW_IDLE_FD says when kview
// has nothing left to load or paint, so that nobody has to guess how long to wait.
#ifndef TESTS_HARNESS_TERM_H
#define TESTS_HARNESS_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <vterm.h>

#include "base/buf.h"
#include "base/key.h"

struct term {
    VTerm *vt;
    VTermScreen *vs;
    int h, w;
    int cursor_y, cursor_x; // as last told by the terminal
    bool cursor_shown;
    pid_t pid;
    int fd, tty, idle_fd; // the master's side, the kept slave's side, 'i' and 'b'
    char *err_path;       // where its stderr goes
    bool busy, exited;
    bool unread; // kview has not said yet that it reads what was sent: the kernel may still have it on its way
    unsigned turns; // from idle to busy and back, so far
    int status;
};

// argv[0] is looked up in PATH when it has no slash; env: NAME=VALUE added to the environment.
bool term_start(struct term *t, char *const *argv, char *const *env, int h, int w);
void term_stop(struct term *t); // SIGKILL when it still runs; frees
// One round of reading, at most `ms` of waiting for something to read.
void term_pump(struct term *t, int ms);
void term_key(struct term *t, struct key k);
void term_type(struct term *t, const char *text);
void term_paste(struct term *t, const char *text);
void term_mouse(struct term *t, int button, int y, int x);
void term_resize(struct term *t, int h, int w);
// Until it turned after `turns`, every key was read and kview is idle. false: not within `ms`.
bool term_wait_idle(struct term *t, unsigned turns, int ms);
bool term_wait_exit(struct term *t, int ms);

#endif
