// What one should know before changing an object, from documents alone: its Pods, the owner that makes it again, the
// autoscaler and the deployer that set it back, the budget that covers it; and what a server's answer changed.
#ifndef ACTS_FACTS_H
#define ACTS_FACTS_H

#include <jansson.h>
#include <stdbool.h>

#include "acts/act.h"
#include "base/buf.h"

// hpas, budgets: lists of the object's namespace; NULL: not asked for or not to be had.
struct act_around {
    const json_t *hpas, *budgets;
};
// Lines "  label      text\n".
void act_facts(const struct act_in *in, const struct act_around *around, struct buf *out);
// What differs, a line each ("spec.replicas: 3 → 5"), at most `max` and a count of the others. What the server
// writes by itself (status, managedFields, …) and the values of Secrets are left out.
size_t act_diff(const json_t *before, const json_t *after, bool secret, size_t max, struct buf *out);
bool act_selects(const json_t *label_selector, const json_t *labels);

#endif
