// What the controllers share: reading and changing objects' trees, conditions, keys of work.
#ifndef DEMO_CTL_H
#define DEMO_CTL_H

#include <jansson.h>
#include <stdbool.h>

#include "demo/cluster.h"
#include "demo/control.h"

struct control {
    struct sched_node *nodes; // demo/ctl_scheduler.c: what is requested on each node
    struct sched_pod *pods;
    int64_t churn_rate;
    uint64_t churn_at;
};

// Sets a condition; lastTransitionTime moves only with the status. True when anything changed.
bool ctl_condition(struct cluster *cl, json_t *tree, const char *type, const char *status,
    const char *reason, const char *message);
json_t *ctl_find_condition(const json_t *tree, const char *type); // borrowed
json_t *ctl_child(json_t *obj, const char *key); // the object at key, made if missing; borrowed
json_t *ctl_owner_ref(const json_t *owner);      // [ {...controller: true} ]
bool ctl_is(const struct rev *r, const char *group, const char *plural);
// Calls `fn` with the UID as soon as the current work is done, once however often it is asked for.
void ctl_enqueue(struct cluster *cl, sim_fn *fn, const char *uid);
// The tree of the object with this UID if it is of that type, else NULL. *rev is borrowed.
json_t *ctl_load(struct cluster *cl, const char *uid, const char *plural, struct rev **rev);
// A Pod from a template, for an owner (name NULL: generated). NULL, or the Status of the failure.
json_t *ctl_make_pod(struct cluster *cl, const json_t *owner, const json_t *template,
    const char *name, json_t *extra_labels, char made[300]);
// IntOrString against a total, rounding up or down.
int64_t ctl_percent(const json_t *v, int64_t total, bool up);
// Ten characters that stand for a template, as pod-template-hash does.
void ctl_template_hash(const json_t *template, char out[16]);
// Does it tolerate the taint, for ever (not only for some seconds)?
bool ctl_tolerates(const json_t *pod, const json_t *taint);
// A copy of the object's status that can be compared afterwards.
json_t *ctl_status(json_t *tree);
bool ctl_same_labels(const struct rev *a, const struct rev *b);
// Whether a Pod's owner, and the one that it had before, count it otherwise now.
bool ctl_pod_counts(const struct db_event *ev);
void ctl_scheduler_release(struct cluster *cl);
sim_fn ctl_schedule;
// demo/ctl_kubelet.c: what a container runs has ended, by a client that was attached to it.
void ctl_kubelet_exited(struct cluster *cl, const char *uid, const char *container, int code);
const char *ctl_annotation(const json_t *tree, const char *key);
void ctl_annotate(json_t *tree, const char *key, const char *value);

#endif
