#include "acts/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "kinds/kind.h"

void act_target_release(struct act_target *t)
{
    free(t->api_kind);
    free(t->ns);
    free(t->name);
    free(t->uid);
    memset(t, 0, sizeof(*t));
}

void act_plan_release(struct act_plan *p)
{
    json_decref(p->body);
    json_decref(p->awaits);
    free(p->made);
    buf_release(&p->does);
    buf_release(&p->note);
    buf_release(&p->kubectl);
    buf_release(&p->undo);
    buf_release(&p->before);
    buf_release(&p->after);
    memset(p, 0, sizeof(*p));
}

// ---- the table

static const char *const scaled[] = { "deployments", "statefulsets", "replicasets", "replicationcontrollers", NULL };
static const char *const rolled[] = { "deployments", "statefulsets", "daemonsets", NULL };
static const char *const paused[] = { "deployments", "cronjobs", "jobs", "*.toolkit.fluxcd.io", NULL };
static const char *const flux[] = { "*.toolkit.fluxcd.io", NULL };
static const char *const applications[] = { "applications.argoproj.io", NULL };
static const char *const hpas[] = { "horizontalpodautoscalers", NULL };
static const char *const claims[] = { "persistentvolumeclaims", NULL };
static const char *const pods[] = { "pods", NULL };
static const char *const nodes[] = { "nodes", NULL };
static const char *const cronjobs[] = { "cronjobs", NULL };
static const char *const jobs[] = { "jobs", NULL };
static const char *const requests[] = { "certificatesigningrequests", NULL };
static const char *const imaged[] = { "deployments", "statefulsets", "daemonsets", "replicasets",
    "replicationcontrollers", "cronjobs", "pods", NULL };

static const char *const templated[] = { "deployments", "statefulsets", "daemonsets", "replicasets",
    "replicationcontrollers", "cronjobs", NULL };

static const char pair_hint[] = "KEY=VALUE sets one, KEY- takes it away";

static const struct act acts[] = { // sorted by name
    { "annotate", "KEY=VALUE KEY-", "Annotate", "annotating", "annotate", "annotations", pair_hint, NULL, "patch", NULL,
        ACT_REVERTED, act_plan_label, NULL },
    { "approve", "", "Approve", "approving", "approve", NULL, NULL, requests, "update", "approval", 0, act_plan_approve, NULL },
    { "autoscale", "MIN MAX", "Set the bounds of", "setting bounds", "set", "bounds", "MIN MAX, as in 2 10", hpas, "patch",
        NULL, ACT_REVERTED | ACT_EDIT, act_plan_autoscale, act_initial_autoscale },
    { "cordon", "", "Cordon", "cordoning", "cordon", NULL, NULL, nodes, "patch", NULL, 0, act_plan_cordon, NULL },
    { "delete", "[--force] [--grace S] [--cascade HOW]", "Delete", "deleting", "delete", NULL, NULL, NULL, "delete",
        NULL, ACT_PODS | ACT_ANEW | ACT_REVERTED | ACT_GONE | ACT_PDB | ACT_VANISHES, act_plan_delete, NULL },
    { "deny", "", "Deny", "denying", "deny", NULL, NULL, requests, "update", "approval", 0, act_plan_approve, NULL },
    { "edit", "", "Edit", "editing", "send", NULL, NULL, NULL, "patch", NULL, ACT_REVERTED | ACT_ROLLS | ACT_EDITOR,
        act_plan_edit, NULL },
    { "evict", "[--grace S]", "Evict", "evicting", "evict", NULL, NULL, pods, "create", "eviction",
        ACT_ANEW | ACT_GONE | ACT_PDB | ACT_VANISHES, act_plan_evict, NULL },
    { "finalize", "FINALIZER", "Take a finalizer of", "taking a finalizer", "take it away", "finalizer",
        "of what is being deleted and does not go", NULL, "patch", NULL, ACT_EDIT | ACT_ENDS, act_plan_finalize,
        act_initial_finalizer },
    { "label", "KEY=VALUE KEY-", "Label", "labelling", "label", "labels", pair_hint, NULL, "patch", NULL, ACT_REVERTED,
        act_plan_label, NULL },
    { "pause", "", "Pause", "pausing", "pause", NULL, NULL, paused, "patch", NULL, ACT_REVERTED, act_plan_pause, NULL },
    { "quarantine", "", "Quarantine", "quarantining", "quarantine", NULL, NULL, pods, "patch", NULL,
        ACT_SERVICES | ACT_TRAFFIC, act_plan_quarantine, NULL },
    { "reconcile", "", "Reconcile", "asking for a reconciliation", "ask", NULL, NULL, flux, "patch", NULL, 0,
        act_plan_reconcile, NULL },
    { "refresh-app", "[hard]", "Refresh", "asking for a refresh", "ask", NULL, NULL, applications, "patch", NULL, 0,
        act_plan_refresh_app, NULL },
    { "rerun", "", "Run again the", "running a Job again", "run", NULL, NULL, jobs, "create", NULL, 0, act_plan_rerun, NULL },
    { "resize", "SIZE", "Grow", "growing", "grow", "size", "SIZE, as in 20Gi", claims, "patch", NULL, ACT_REVERTED,
        act_plan_resize, act_initial_resize, act_more_resize },
    { "restart", "", "Restart", "restarting", "restart", NULL, NULL, rolled, "patch", NULL,
        ACT_PODS | ACT_ROLLS | ACT_VANISHES, act_plan_restart, NULL },
    { "resume", "", "Resume", "resuming", "resume", NULL, NULL, paused, "patch", NULL,
        ACT_REVERTED | ACT_ROLLS, act_plan_pause, NULL },
    { "rollback-to", "[REVISION]", "Roll back", "rolling back", "roll back", NULL, NULL, rolled, "patch", NULL,
        ACT_HISTORY | ACT_REVERTED | ACT_PODS | ACT_ROLLS | ACT_VANISHES, act_plan_rollback, NULL },
    { "scale", "N|+N|-N", "Scale", "scaling", "scale", "replicas", "N, or +N and -N to what is there", scaled, "patch",
        "scale", ACT_SCALE | ACT_HPA | ACT_REVERTED | ACT_PODS | ACT_ROLLS | ACT_CUSTOM, act_plan_scale, act_initial_scale },
    { "set-env", "CONTAINER KEY=VALUE KEY-", "Set the environment of", "setting the environment", "set", "environment",
        "CONTAINER, then KEY=VALUE or KEY-; those left out stay as they are", templated, "patch", NULL,
        ACT_REVERTED | ACT_PODS | ACT_ROLLS | ACT_EDIT, act_plan_set_env, act_initial_env },
    { "set-image", "CONTAINER=IMAGE", "Set the images of", "setting an image", "set", "images",
        "CONTAINER=IMAGE, those left out stay as they are", imaged, "patch", NULL,
        ACT_REVERTED | ACT_PODS | ACT_ROLLS | ACT_EDIT | ACT_IMAGES, act_plan_set_image, act_initial_images },
    { "set-resources", "CONTAINER cpu=REQUEST/LIMIT", "Set the resources of", "setting resources", "set", "resources",
        "CONTAINER, then cpu=REQUEST/LIMIT, memory=…; - is none", imaged, "patch", NULL,
        ACT_REVERTED | ACT_PODS | ACT_ROLLS | ACT_EDIT, act_plan_set_resources, act_initial_resources },
    { "sync", "[REVISION] [--prune]", "Sync", "asking for a sync", "sync", NULL, NULL, applications, "patch", NULL, 0,
        act_plan_sync, NULL },
    { "taint", "KEY=VALUE:EFFECT KEY:EFFECT-", "Taint", "tainting", "taint", "taints",
        "KEY=VALUE:EFFECT sets one, KEY:EFFECT- or KEY- takes it away", nodes, "patch", NULL, 0, act_plan_taint, NULL,
        act_more_taint },
    { "trigger", "", "Start a Job of", "starting a Job", "run", NULL, NULL, cronjobs, "create", NULL, 0, act_plan_trigger, NULL },
    { "uncordon", "", "Uncordon", "uncordoning", "uncordon", NULL, NULL, nodes, "patch", NULL, 0, act_plan_cordon, NULL },
    { "unquarantine", "", "End the quarantine of", "ending a quarantine", "put back", NULL, NULL, pods, "patch", NULL,
        ACT_SERVICES | ACT_TRAFFIC, act_plan_unquarantine, NULL },
};

const struct act *act_all(size_t *n)
{
    *n = ARRAY_SIZE(acts);
    return acts;
}

const struct act *act_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(acts); i++)
        if (str_eq(acts[i].name, name))
            return &acts[i];
    return NULL;
}

// "pods" of Kubernetes' own; "applications.argoproj.io"; "*.toolkit.fluxcd.io", all of these groups.
static bool is_of(const char *pattern, const struct gvr *gvr)
{
    size_t n = strlen(gvr->resource);
    if (pattern[0] == '*')
        return str_ends(gvr->group, pattern + 1);
    if (strchr(pattern, '.'))
        return strncmp(pattern, gvr->resource, n) == 0 && pattern[n] == '.' && str_eq(pattern + n + 1, gvr->group);
    return str_eq(pattern, gvr->resource) && kind_for_gvr(gvr->group, gvr->resource);
}

bool act_applies(const struct act *a, const struct kind *kind, const struct gvr *gvr)
{
    if (kind && kind->object_per_rows)
        return false; // its rows are parts of an object
    if (!a->kinds)
        return true;
    for (size_t i = 0; a->kinds[i]; i++)
        if (is_of(a->kinds[i], gvr))
            return true;
    return (a->flags & ACT_CUSTOM) && !kind_for_gvr(gvr->group, gvr->resource);
}

const struct gvr *act_right_on(const struct act *act, const struct gvr *object)
{
    static const struct gvr of_jobs = { "batch", "v1", "jobs", true };
    return str_eq(act->name, "trigger") ? &of_jobs : object;
}

const char *act_right_sub(const struct act *act, const struct gvr *object)
{
    return str_eq(act->name, "set-resources") && str_eq(object->resource, "pods") ? "resize" : act->sub;
}

bool act_plan(const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct buf *all[] = { &out->does, &out->note, &out->kubectl, &out->undo, &out->before, &out->after };
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        buf_init(all[i]);
    out->gvr = in->t->gvr;
    out->name = in->t->name;
    struct buf line = BUF_INIT;
    bool ok = in->act->plan(in, out, err);
    if (!str_starts(out->kubectl.s, "kubectl"))
        plan_put_kubectl(in, &line);
    buf_puts(&line, out->kubectl.s);
    buf_release(&out->kubectl);
    out->kubectl = line;
    if (!ok)
        act_plan_release(out);
    return ok;
}
