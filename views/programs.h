// Programs of this machine that kview runs for somebody: one after the other for several objects, each in a process group
// of its own, without a terminal. What they print is kept and shown live by the view `output`.
#ifndef VIEWS_PROGRAMS_H
#define VIEWS_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/err.h"

struct ctx;
struct host;
struct programs;
struct spec;
struct view;

struct program_job { // owned by whoever has it
    char *title; // "shop/web-0"
    char *line;  // the command as one would type it
    char **argv, **env;
};
struct program_jobs {
    ARR(struct program_job) v;
};
void program_jobs_release(struct program_jobs *jobs);

// Starts the first of jobs, which it takes. shown: their end is seen, else it is told by a flash. Returns a number
// that `output N` takes.
unsigned programs_start(struct host *host, const char *name, struct program_jobs *jobs, bool shown);
struct view *output_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err);
void programs_at_stake(const struct programs *all, struct buf *out); // one line each that runs in the background
void programs_free(struct programs *all); // ends what runs; NULL is accepted
// "ended with status 2", "was ended by signal 15 (Terminated)", by a status of loop_child_fn.
void program_put_end(struct buf *out, int status);

#endif
