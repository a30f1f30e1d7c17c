// `--once forward svc/web 8080:80 [9090:metrics]`: forwards that are kept up without a screen, until interrupted. They heal as
// those of the screen do: another Pod, another connection, a server that comes back.
#ifndef APP_ONCE_FORWARD_H
#define APP_ONCE_FORWARD_H

#include <stdbool.h>

#include "base/err.h"

struct ctx;
struct loop;
struct once_forward;
struct spec;

// NULL with err: it was not asked for as it should be, or a port is taken. Says on stdout what leads where, on stderr what
// goes wrong.
struct once_forward *once_forward_new(struct loop *loop, struct ctx *cx, const struct spec *s, struct err *err);
void once_forward_free(struct once_forward *o);
// Called again until it is true: interrupted (err empty), or refused by what was named (err).
bool once_forward_poll(struct once_forward *o, struct err *err);

#endif
