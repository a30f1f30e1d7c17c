// A workload with its revisions and Pods, live: found from any object that it owns, watched while it is wanted.
#ifndef VIEWS_REVISIONS_H
#define VIEWS_REVISIONS_H

#include <jansson.h>
#include <stdbool.h>

#include "acts/history.h"
#include "base/arr.h"
#include "base/err.h"
#include "client/watch.h"
#include "kinds/kind.h"
#include "list/ctx.h"

struct objwatch;

struct rev_pod {
    char *name, *uid, *fault; // fault "": nothing is wrong
    char *hash; // controller-revision-hash
    bool ready, held; // held: the StatefulSet waits for it in vain
};
struct rev_source {
    struct watch *watch;
    struct store_sub sub;
    struct watch_listener listener;
};
struct revisions {
    struct ctx *ctx;
    const struct kind *kind; // of the object sought from, then of the workload
    char *ns, *name;
    json_t *object; // the workload; NULL: not there yet, or err says why not
    struct err err;
    struct history history; // of the last merge, as are the Pods
    ARR(struct rev_pod) pods;
    void (*changed)(void *arg);
    void *arg;
    // its own
    struct objwatch *watch;
    struct rev_source sets, members;
    json_t *list;
    char *labels;
    uint64_t call;
    int climbs;
    bool stale, wanted;
};

// Takes ns and name. changed: something is new, revisions_merge takes it in.
void revisions_init(struct revisions *r, struct ctx *cx, const struct kind *kind, char *ns, char *name);
void revisions_release(struct revisions *r);
void revisions_want(struct revisions *r, bool wanted); // holds its watches
void revisions_refresh(struct revisions *r);
bool revisions_merge(struct revisions *r); // true: what it holds may be other
bool revisions_live(const struct revisions *r);
// The watch of its revisions; NULL: it is not known yet what to watch.
const struct watch_status *revisions_status(const struct revisions *r);
bool revisions_blind(const struct revisions *r); // its Pods may not be listed
// Its Pods of that revision, and how many of them are ready; false: not known.
bool revisions_pods(const struct revisions *r, const struct revision *rev, int64_t *ready, int64_t *all);

#endif
