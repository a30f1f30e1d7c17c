// Who listens on a TCP port of this machine, as far as /proc tells (proc(5): net/tcp, PID/fd): programs of other users are
// known to root alone.
#ifndef BASE_LISTENER_H
#define BASE_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

// "python3 (pid 4711)", "this kview"; false: nobody, or it is not to be known.
bool listener_find(int port, char *out, size_t n);

#endif
