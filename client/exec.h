// A process inside a container: exec and attach over WebSocket (remotecommand v5 and v4, KEP-4006): stdin,
// stdout, stderr, resize and the exit status as channels of one socket.
// https://github.com/kubernetes/kubernetes/tree/master/staging/src/k8s.io/apimachinery/pkg/util/remotecommand
#ifndef CLIENT_EXEC_H
#define CLIENT_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"

struct exec;
struct exec_opts {
    const char *ns, *pod, *container; // container "": the Pod's only one
    const char *const *command; // NULL-terminated; NULL: attach to what runs already
    bool in, tty; // a tty has no stderr of its own
    int rows, cols; // of the tty
};
struct exec_end {
    int exit_code;  // 0..255; -1: unknown, err says why
    struct err err; // of the runtime ("executable file not found in $PATH"), the API server, the network
    bool started;   // the process ran; else it could not be started and err is why
};
struct exec_handlers {
    void (*on_open)(void *arg);
    void (*on_output)(void *arg, int fd, const uint8_t *data, size_t n); // fd 1 or 2; borrowed
    void (*on_drain)(void *arg); // stdin has gone out; may be NULL
    void (*on_end)(void *arg, const struct exec_end *end); // exactly once, unless freed before
};

struct exec *exec_start(struct client *c, const struct exec_opts *opts, const struct exec_handlers *h,
    void *arg);
void exec_write(struct exec *x, const void *data, size_t n); // to stdin; queued
size_t exec_queued(const struct exec *x);
void exec_resize(struct exec *x, int rows, int cols);
// End of input. false: the server speaks only v4, which cannot say it.
bool exec_close_stdin(struct exec *x);
void exec_pause(struct exec *x, bool paused);
// Ends the connection. A process with a tty is not ended by that (containerd, CRI-O): as with kubectl, it stays
// until it reads or writes to nobody, or its container ends.
void exec_free(struct exec *x);

#endif
