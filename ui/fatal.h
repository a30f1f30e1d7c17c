// The terminal after a fatal signal: what takes it back is prepared beforehand, so that the handler (on a stack of its own,
// for a stack overflow is fatal too) only writes bytes and sets modes. The process then ends as it would have: by the
// signal, with its core, or by the handler that was there before (a sanitizer's report).
#ifndef UI_FATAL_H
#define UI_FATAL_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

enum { FATAL_BYTES = 512 };

// bytes: what leaves the screen, at most FATAL_BYTES. modes: of the terminal before. stderr_fd: becomes stderr again, -1:
// none. Handlers are set for every signal that ends a process and is not taken or ignored already.
void fatal_prepare(int tty, const char *bytes, size_t n, const struct termios *modes, int stderr_fd);
void fatal_arm(bool on); // off: the terminal is not kview's now

#endif
