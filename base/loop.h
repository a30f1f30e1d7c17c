// The event loop: libuv wrapped so that no other module includes uv.h. One thread owns everything;
// callbacks must not block and must not loop. Objects made here are freed by their _free (safe inside
// their own callback; the memory goes at the end of the turn).
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct loop;
struct loop_timer;
struct loop_io;
struct loop_signal;
struct loop_child;
struct loop_job;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop *loop_new(void);
void loop_free(struct loop *loop); // closes what is left
void loop_run(struct loop *loop);  // until loop_stop
bool loop_run_once(struct loop *loop, bool wait); // one turn; for tests
void loop_stop(struct loop *loop);
int64_t loop_now_ms(const struct loop *loop); // monotonic, cached per turn
// Called once at the end of every turn, just before the loop sleeps: where frames are drawn.
void loop_on_turn_end(struct loop *loop, void (*fn)(void *arg), void *arg);

// The person's own turn comes first: true while input waits at the fd of loop_input (NULL: none), or a frame is
// owed for it. What can stop and go on later asks between two pieces of its work.
bool loop_user_waits(const struct loop *loop);
void loop_owe_frame(struct loop *loop, bool owed);
void loop_input(struct loop *loop, const struct loop_io *io);

struct loop_timer *loop_timer_new(struct loop *loop, void (*fn)(void *arg), void *arg);
void loop_timer_start(struct loop_timer *t, int64_t delay_ms, int64_t repeat_ms); // repeat 0: once
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_active(const struct loop_timer *t);
void loop_timer_free(struct loop_timer *t); // NULL is accepted, as by all _free here

struct loop_io *loop_io_new(struct loop *loop, int fd, void (*fn)(void *arg, int events), void *arg);
void loop_io_set(struct loop_io *io, int events); // LOOP_READ|LOOP_WRITE; 0: none
void loop_io_free(struct loop_io *io);            // does not close the fd

struct loop_signal *loop_signal_new(struct loop *loop, int signum, void (*fn)(void *arg), void *arg);
void loop_signal_free(struct loop_signal *s);

struct loop_child_opts {
    char *const *argv; // argv[0] looked up in PATH; never a shell
    char *const *env;  // NULL: inherited
    const char *input; // given to stdin, NULL: /dev/null
    size_t input_len;
    bool inherit_tty;  // stdin and stderr are the terminal's (interactive plugins); stdout captured
    bool whole_tty;    // with inherit_tty: stdout too, and stdin is this
    int stdin_fd;
    size_t max_output; // more ends the child with an error; 0: 1 MiB
    int64_t timeout_ms; // 0: none
    bool own_end;       // it is over when it has ended itself, whatever it started still holds its output
    bool own_group;     // a session of its own, without a terminal; ends with all that it started
    // Told of what it prints as it comes, which is then not collected; NULL: collected.
    void (*output)(void *arg, bool is_stderr, const char *s, size_t n);
};
// status: exit code, or 128+signal; out and err_out are borrowed for the call. err is set when the
// child could not be started, timed out or printed too much. Called exactly once unless freed before.
typedef void loop_child_fn(void *arg, int status, const struct buf *out, const struct buf *err_out,
    const struct err *err);
// Told before a child with inherit_tty starts, with its name ("" with whole_tty), and after it ended, with NULL.
void loop_on_terminal(struct loop *loop, void (*fn)(void *arg, const char *program), void *arg);
bool loop_has_screen(const struct loop *loop); // somebody is told of that
struct loop_child *loop_child_start(struct loop *loop, const struct loop_child_opts *opts,
    loop_child_fn *fn, void *arg);
// To the child, with own_group to all that it started. Is it over but for a grandchild that left the group and holds the
// pipes, SIGKILL lets go of these. NULL is accepted.
void loop_child_signal(struct loop_child *c, int signum);
void loop_child_free(struct loop_child *c); // kills it when it still runs; no callback after

// Blocking work in libuv's pool: work(arg) runs in another thread, done(arg) here afterwards.
void loop_work(struct loop *loop, void (*work)(void *arg), void (*done)(void *arg), void *arg);

#endif
