// What one action's file (acts/NAME.c) has to share with the others, and the plans of all of them for the table in
// acts/act.c. A plan fills `act_plan` from documents; it neither asks the server nor draws.
#ifndef ACTS_PLAN_H
#define ACTS_PLAN_H

#include "acts/act.h"

// One word of a shell's line; one of kview's own (args_parse), which holds either kind of quote, not both.
void plan_put_quoted(struct buf *out, const char *s);
void plan_put_word(struct buf *out, const char *s);
bool plan_can_quote(const char *s);
void plan_put_object(const struct act_in *in, struct buf *out); // "deployment/web", "rollouts.argoproj.io/web"

// What an object holds, on one line; NULL: unset. "key=value", "key unset"; "key: before → after" on a line of its own.
void plan_put_value(struct buf *out, const char *value);
void plan_put_pair(struct buf *out, const char *key, const char *value);
void plan_put_change(struct buf *out, const char *key, const char *before, const char *after);

// {"metadata": {uid, resourceVersion}}: of the object as it was read. To be freed by json_decref.
json_t *plan_guarded(const struct act_in *in);
// A patch of one field beside the guard; takes value over.
void plan_patch(const struct act_in *in, struct act_plan *out, enum write_type type, const char *key, json_t *value);
// before, after and does of one value; nothing when it is so already.
void plan_change(struct act_plan *out, const char *what, const char *before, const char *after);

// The arguments: exactly one word (to be released), or none.
bool plan_one_word(const struct act_in *in, struct args *a, struct err *err);
bool plan_no_words(const struct act_in *in, struct err *err);

// The Pod's spec in an object (borrowed), and a new one (taken over) at its place below `spec`.
const json_t *plan_pod_spec(const struct act_target *t, const json_t *object);
json_t *plan_around_pod_spec(const struct act_target *t, json_t *spec);

typedef bool act_plan_fn(const struct act_in *in, struct act_plan *out, struct err *err);
act_plan_fn act_plan_scale, act_plan_restart, act_plan_pause, act_plan_delete, act_plan_evict, act_plan_cordon,
    act_plan_label, act_plan_set_image, act_plan_trigger, act_plan_rollback, act_plan_quarantine, act_plan_unquarantine;
typedef void act_initial_fn(const json_t *object, struct buf *out);
act_initial_fn act_initial_scale, act_initial_images;

#endif
