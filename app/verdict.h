// What comes of an action, from the watch on its object: "3/3 available after 41 s", "stuck: …". Told to the journal
// and, while it is the newest, on the bottom line.
#ifndef APP_VERDICT_H
#define APP_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "acts/act.h"
#include "base/buf.h"

struct app;
struct ctx;
struct verdict;

// awaits: as in its plan, borrowed.
struct verdict *verdict_new(struct app *app, struct ctx *cx, const struct act_target *t, const struct act *act,
    json_t *awaits, uint64_t entry);
bool verdict_over(const struct verdict *v);
// Another action on that object begins: true when this was of the same one, and is told so.
bool verdict_overtaken(struct verdict *v, const struct act_target *t, const char *by);
void verdict_free(struct verdict *v);

#endif
