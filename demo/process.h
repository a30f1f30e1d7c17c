// A program that runs for a client of exec: with a pseudo-terminal or with pipes, in a session of its own, of which
// nothing is left when it is freed. It dies with this server, however that ends.
#ifndef DEMO_PROCESS_H
#define DEMO_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/loop.h"

struct process;
struct process_opts {
    const char *const *argv; // argv[0] is looked for in PATH
    const char *const *env;
    const char *dir;
    bool tty, in; // in: else its input is empty
};
struct process_ops {
    void (*output)(void *arg, int fd, const char *data, size_t n); // fd: 1 or 2
    void (*drained)(void *arg);                                    // its input took all that was written
    void (*ended)(void *arg, int status); // exit status, or 128+signal; all its output has come before
};

#define PROCESS_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
// Where the program is; false and the container runtime's words: nowhere.
bool process_find(const char *name, struct buf *path, struct err *err);
struct process *process_start(
    struct loop *loop, const struct process_opts *o, const struct process_ops *ops, void *arg, struct err *err);
void process_write(struct process *p, const void *data, size_t n);
size_t process_queued(const struct process *p); // bytes of input not yet taken
void process_end_input(struct process *p);      // after what was written
void process_resize(struct process *p, int rows, int cols);
void process_pause(struct process *p, bool paused); // reading its output
void process_kill(struct process *p);               // ended follows
void process_free(struct process *p);               // kills what is left; NULL is accepted

#endif
