// `kview --once logs TARGET`: the logs of the view of that name for a pipe, merged, until all is read or, with --follow,
// until one stops it. Lines go to stdout as they are, kview's own words to stderr; a slow reader makes the servers wait.
#ifndef APP_ONCE_LOGS_H
#define APP_ONCE_LOGS_H

#include "base/loop.h"
#include "list/ctx.h"
#include "list/spec.h"

struct once_logs_flags {
    bool follow, previous, stamps, json, all_containers;
};
bool once_logs_is(const char *view);
// The view without those of its words that --once alone knows; the caller frees. NULL: err says what is wrong with them.
char *once_logs_take(const char *view, struct once_logs_flags *flags, struct err *err);

struct once_logs;
// NULL: it is asked for wrongly. spec outlives it.
struct once_logs *once_logs_new(
    struct loop *loop, struct ctx *cx, const struct spec *spec, const struct once_logs_flags *f, struct err *err);
void once_logs_free(struct once_logs *o);
// Called again until it is true: done. Not ok: err says what failed, unless it was said among the notes.
bool once_logs_poll(struct once_logs *o, bool *ok, struct err *err);

#endif
