// The revisions of a workload, from documents: ReplicaSets of a Deployment, ControllerRevisions of StatefulSets and
// DaemonSets, those alone that it controls by UID. Which of them its template is now, and which it was before.
#ifndef ACTS_HISTORY_H
#define ACTS_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arr.h"
#include "base/err.h"
#include "client/gvr.h"

struct revision {
    const json_t *doc; // the ReplicaSet or ControllerRevision, borrowed from the list
    json_t *template;  // without what the controller adds to it
    int64_t number;
    const char *name, *cause; // borrowed from doc; cause: kubernetes.io/change-cause, ""
    bool current;             // the workload's template is this one
};
// object is the controller of doc.
bool history_controls(const json_t *object, const json_t *doc);

struct history {
    ARR(struct revision) revs; // the newest first
};

// What a workload keeps its revisions in; NULL: it keeps none.
const struct gvr *history_gvr(const char *resource);
// list: {"items": […]}, borrowed, must outlive the history.
void history_init(struct history *h, const json_t *object, const json_t *list);
void history_release(struct history *h);
// The template that an object of any of these kinds holds, fit for comparing: without pod-template-hash, "$patch" and
// nulls. The caller frees; NULL: it has none.
json_t *history_template(const json_t *object);
const struct revision *history_current(const struct history *h); // NULL: its template is in none of them
// By number or by the name of its object, which stays when a rollback numbers it anew; "": the one before the newest, as
// kubectl rollout undo takes it. NULL: err says why.
const struct revision *history_find(const struct history *h, const char *word, struct err *err);
// Revisions are missing. MAYBE: a rollback gives a ControllerRevision another number and leaves no trace of the old one.
enum history_lost { HISTORY_WHOLE, HISTORY_MAYBE_PRUNED, HISTORY_PRUNED };
enum history_lost history_pruned(const struct history *h, const json_t *object, int64_t *limit); // how many old ones are kept
// Who set the template that this revision holds, by the field managers of the workload; "": not known.
const char *history_who(const struct revision *r, const json_t *object);

#endif
