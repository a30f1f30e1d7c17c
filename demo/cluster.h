// One simulated cluster: its clock, objects, types and users. A process holds three of them. Nothing here
// knows of HTTP; demo/api.c serves it, demo/ctl_*.c make it live.
#ifndef DEMO_CLUSTER_H
#define DEMO_CLUSTER_H

#include <jansson.h>
#include <stdbool.h>

#include "demo/db.h"
#include "demo/kinds.h"
#include "demo/sim.h"

struct control; // demo/control.h
struct loop;
struct folders;

struct cluster {
    const char *name, *prefix; // prefix of every path, "" or "/k8s/clusters/c-..."
    struct sim *sim;
    struct db *db;
    struct kinds *kinds;
    struct control *control;
    struct loop *loop; // real time: of streams, not of the simulation
    struct folders *folders;     // of containers that somebody entered
    char *token, *limited_token; // of the users kview-demo (system:masters) and viewer-limited
    uint32_t next_ip, next_cluster_ip, next_port;
    bool loading;        // while a scenario is played
    int64_t events_from; // Unix ms: no Events are kept of what was before
    int64_t logs_from_ms; // Unix: logs were rotated away until then; 0: only what is too long
    int64_t logs_ahead_ms; // what is logged goes on before a clock that stands still
};

struct cluster *cluster_new(const char *name, const char *prefix, uint64_t seed, int64_t start_ms);
void cluster_free(struct cluster *cl);

struct write_opts {
    const char *sub;     // "" or the subresource written
    const char *manager; // field manager
    bool dry_run;
    bool applied;        // managedFields are already those of a server-side apply
    bool internal;       // by the cluster itself: status may be given, no checks of versions
};
// All three change `tree` into what is stored. NULL: done; else a Status (new reference).
json_t *obj_create(struct cluster *cl, const struct rtype *rt, const char *ns, json_t *tree,
    const struct write_opts *o);
json_t *obj_update(struct cluster *cl, const struct rtype *rt, struct rev *old, json_t *tree,
    const struct write_opts *o);
// `options` is a DeleteOptions or NULL. *out: the object when it lives on, or a Status Success.
json_t *obj_delete(struct cluster *cl, const struct rev *old, const json_t *options,
    const struct write_opts *o, json_t **out);

// Short forms for controllers: built-in types by plural; they ignore failures that a retry mends.
struct rtype *cl_type(struct cluster *cl, const char *group, const char *plural);
// Stores a changed status (or anything else) of an object that a controller read before.
void cl_update(struct cluster *cl, struct rev *old, json_t *tree);
void cl_delete(struct cluster *cl, const struct rev *old);
// An Event as the real components write it, counted up when the same is repeated.
void cl_event(struct cluster *cl, const json_t *about, const char *field_path, bool warning,
    const char *component, const char *host, const char *reason, const char *fmt, ...)
    __attribute__((format(printf, 8, 9)));

void defaults_apply(struct cluster *cl, const struct rtype *rt, json_t *tree);
json_t *defaults_validate(const struct rtype *rt, const json_t *tree);
// What an update may not change of a spec (immutable.c). NULL: nothing of it has changed.
json_t *immutable_changed(const struct rtype *rt, const json_t *now, const json_t *was);
// Of a Pod's ephemeral containers: what is wrong with them, or with what became of those it had (ephemeral.c). NULL: all is well.
json_t *ephemeral_validate(const struct rtype *rt, const json_t *tree);
json_t *ephemeral_unchanged(const struct rtype *rt, const json_t *tree, const json_t *was);

#endif
