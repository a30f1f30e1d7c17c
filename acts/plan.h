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
void plan_put_kubectl(const struct act_in *in, struct buf *out); // "kubectl --context dev -n shop": of a line after the first
// " patch deployment/web --type=merge -p '…'": of the plan's body without its guard.
void plan_put_patch(const struct act_in *in, struct act_plan *out);

// What an object holds, on one line; NULL: unset. "key=value", "key unset"; "key: before → after" on a line of its own.
void plan_put_value(struct buf *out, const char *value);
void plan_put_strings(struct buf *out, const json_t *list); // "a, b"
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

// What its finalizers wait for, a line each.
void plan_note_finalizers(const json_t *object, struct buf *note);

// Containers by name, of both lists of a Pod's spec: 0 containers, 1 initContainers.
enum { PLAN_LISTS = 2 };
extern const char *const plan_lists[PLAN_LISTS];
const json_t *plan_container(const json_t *pod_spec, const char *name, size_t *list); // NULL: there is none
// The same with the list that its patches go to; NULL: there is none, err says so.
const json_t *plan_patched_container(const struct act_in *in, const char *name, json_t *lists[PLAN_LISTS], json_t **list,
    struct err *err);
// The element of a list of patches that has this name; made where there is none yet.
json_t *plan_named(json_t *list, const char *name);
// The same elements in the order in which the object has them, new ones last: the server keeps the order of a patch.
json_t *plan_in_order(const json_t *object_list, json_t *patches); // takes patches over
// The patch of some containers, which each element names; takes over the lists. already: what is said when nothing changes.
void plan_patch_containers(const struct act_in *in, struct act_plan *out, json_t *lists[PLAN_LISTS], const char *already);
// A word more of the command that takes it back: "key=old", or "key-" where it was unset. False: it cannot be quoted.
bool plan_put_undo(struct act_plan *out, const char *key, const char *old);

typedef bool act_plan_fn(const struct act_in *in, struct act_plan *out, struct err *err);
act_plan_fn act_plan_approve, act_plan_autoscale, act_plan_finalize, act_plan_reconcile, act_plan_refresh_app,
    act_plan_rerun, act_plan_resize, act_plan_sync, act_plan_scale, act_plan_restart, act_plan_pause, act_plan_delete, act_plan_evict, act_plan_cordon,
    act_plan_label, act_plan_set_env, act_plan_set_image, act_plan_set_resources, act_plan_taint, act_plan_trigger,
    act_plan_rollback, act_plan_edit, act_plan_quarantine, act_plan_unquarantine;
typedef void act_initial_fn(const json_t *object, struct buf *out);
act_initial_fn act_initial_autoscale, act_initial_finalizer, act_initial_resize, act_initial_scale, act_initial_env, act_initial_images, act_initial_resources;
typedef bool act_more_fn(const struct act_in *in, struct buf *path);
act_more_fn act_more_resize, act_more_taint;
const json_t *plan_pod_spec_in(const json_t *object); // of an object whose kind is not at hand

#endif
