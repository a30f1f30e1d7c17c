// Actions as a table: what a command means for one object as it is now (the request, in words, as kubectl's line, and
// what takes it back). Plans are made of documents alone: nothing here talks to the server or the screen.
#ifndef ACTS_ACT_H
#define ACTS_ACT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/args.h"
#include "base/buf.h"
#include "base/err.h"
#include "client/verbs.h"

struct kind;

struct act_target { // by identity; strings owned, those of gvr and kind live as long as the context
    const struct kind *kind;
    struct gvr gvr;
    char *api_kind, *ns, *name, *uid;
};
void act_target_release(struct act_target *t);

struct act_in {
    const struct act *act;
    const struct act_target *t;
    const char *context;
    const json_t *object, *scale; // as read just now; scale where the action wants it
    const json_t *history;        // a list of what its revisions are kept in, where the action wants it
    const json_t *more; // what the action's `more` names; NULL: not wanted, or not to be had
    const json_t *services, *owner; // those of its namespace, and its controller, where the action wants them; owner NULL:
                                    // it has none, or none of Kubernetes' own, or it is gone or not to be read
    const char *who;                // as the kubeconfig names the user
    const char *args;
    const json_t *base, *edited; // of edit: the object as it was shown, and as it was saved
    int64_t now;
    const char *salt; // a few letters for a name
};
struct act_plan {
    enum write_type type;
    struct gvr gvr;
    const char *sub, *name; // name NULL: one is made
    json_t *body;
    char *made;      // the name of what is made
    struct buf does; // "replicas 3 → 5"
    struct buf note; // what one should know of it, a line each
    struct buf kubectl, undo; // undo: the command that takes it back, "" where there is none
    struct buf before, after;
    json_t *awaits; // ACT_TRAFFIC: the names of the Services in whose EndpointSlices it shows
    bool nothing; // it is so already
    bool danger;  // its name is to be typed
};
void act_plan_release(struct act_plan *p);

enum act_flags {
    ACT_SCALE = 1,    // wants the scale subresource as well
    ACT_HPA = 2,      // an autoscaler may undo it
    ACT_PDB = 4,      // a budget may be concerned
    ACT_REVERTED = 8, // a controller that owns the object may undo it
    ACT_PODS = 16,    // Pods come or go with it
    ACT_ANEW = 32,    // an owner makes the object again
    ACT_ROLLS = 64,   // what comes of it is a rollout
    ACT_GONE = 128,   // … that the object is no more
    ACT_CUSTOM = 256, // custom resources too
    ACT_EDIT = 512,   // `initial` is edited, else it is shown
    ACT_HISTORY = 1024, // wants its revisions as well
    ACT_VANISHES = 2048, // what is kept as evidence first
    ACT_EDITOR = 4096, // the object itself is, in the person's editor; a field that is none is refused
    ACT_ENDS = 8192,  // the object may be gone with it
    ACT_IMAGES = 16384, // the images of revisions before are offered
    ACT_SERVICES = 32768, // … the Services of its namespace, and its controller
    ACT_TRAFFIC = 65536, // what comes of it: EndpointSlices are without the Pod, or have it again
};
struct act {
    const char *name, *args; // as in the command table
    const char *title;     // "Scale"
    const char *doing;     // "scaling"
    const char *yes;
    const char *ask, *hint; // of the prompt where it needs arguments; NULL: it does without
    const char *const *kinds; // plurals, PLURAL.GROUP or *.GROUPS of custom resources; NULL: any
    const char *verb, *sub; // the right it takes
    unsigned flags;
    // False: it cannot be done to this object, err says why.
    bool (*plan)(const struct act_in *in, struct act_plan *out, struct err *err);
    // What it is now, for the prompt; NULL: nothing.
    void (*initial)(const json_t *object, struct buf *out);
    // The path of one more document for the plan, which does without where it may not be read; false: none is wanted.
    bool (*more)(const struct act_in *in, struct buf *path);
};
const struct act *act_all(size_t *n);
const struct act *act_find(const char *name);
bool act_applies(const struct act *a, const struct kind *kind, const struct gvr *gvr);
// What the right is to be had on.
const struct gvr *act_right_on(const struct act *a, const struct gvr *object);
const char *act_right_sub(const struct act *a, const struct gvr *object); // NULL: of the object itself
// The controller that ACT_SERVICES wants: the Pod's, or the one it had before its quarantine. False: none that kview knows;
// name is to be freed by free.
bool act_owner(const json_t *object, struct gvr *gvr, char **name);
void act_put_images(const json_t *pod_spec, struct buf *out); // "app=web:1 side=s:2"
bool act_plan(const struct act_in *in, struct act_plan *out, struct err *err);

#endif
