// Evidence first: before an object is ended, what is about to vanish with it is read and kept (acts/evidence.h): its YAML,
// its events, of a Pod the tails of its logs, of a workload its Pods with theirs. What has not come in time is left out and said; no failure ends an action.
#ifndef APP_EVIDENCE_H
#define APP_EVIDENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "acts/act.h"

struct ctx;
struct evidence;

enum { EVIDENCE_MS = 2000 }; // how long an action waits for it at most

// path: the folder, with ~ for the home; NULL: nothing could be kept. missing: "" or what was left out. Called once, unless
// freed before; never from inside evidence_new.
typedef void evidence_fn(void *arg, const char *path, const char *missing);

// until_ms: by the loop's clock.
struct evidence *evidence_new(struct ctx *cx, const struct act_target *t, const json_t *object, int64_t until_ms,
    evidence_fn *fn, void *arg);
void evidence_free(struct evidence *e); // NULL is accepted
void evidence_tidy(void); // what is too old or too large goes: once a command

#endif
