// What Flux and Argo CD are asked for, as their own programs ask.
#include "acts/plan.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"

static void annotate(const struct act_in *in, struct act_plan *out, const char *key, const char *value)
{
    out->type = WRITE_MERGE;
    out->body = plan_guarded(in);
    json_object_set_new(json_object_get(out->body, "metadata"), "annotations", json_pack("{s:s}", key, value));
    buf_puts(&out->kubectl, " annotate --overwrite ");
    plan_put_object(in, &out->kubectl);
    char *pair = xasprintf("%s=%s", key, value);
    buf_putc(&out->kubectl, ' ');
    plan_put_quoted(&out->kubectl, pair);
    free(pair);
}

// flux reconcile: https://fluxcd.io/flux/components/kustomize/kustomizations/#triggering-a-reconcile
bool act_plan_reconcile(const struct act_in *in, struct act_plan *out, struct err *err)
{
    char now[32];
    if (!plan_no_words(in, err))
        return false;
    if (json_bool(in->object, "spec", "suspend", NULL))
        return err_set(err, "%s is suspended: resume it first", in->t->name);
    time_format_rfc3339(in->now, now);
    annotate(in, out, "reconcile.fluxcd.io/requestedAt", now);
    buf_puts(&out->does, "its controller is asked to reconcile it now");
    buf_puts(&out->before, json_str(in->object, "status", "lastHandledReconcileAt", NULL));
    buf_puts(&out->after, now);
    return true;
}

// https://argo-cd.readthedocs.io/en/stable/user-guide/annotations-and-labels/
bool act_plan_refresh_app(const struct act_in *in, struct act_plan *out, struct err *err)
{
    bool hard = str_eq(in->args, "hard");
    if (!hard && *in->args)
        return err_set(err, "refresh-app %s", in->act->args);
    annotate(in, out, "argocd.argoproj.io/refresh", hard ? "hard" : "normal");
    buf_puts(&out->does, hard ? "Argo CD reads its manifests anew, without its cache, and compares"
                              : "Argo CD compares it with its source again");
    if (!json_object_get(json_at(in->object, "spec", "syncPolicy", NULL), "automated"))
        return true;
    buf_puts(&out->note, "its sync is automatic: what differs is deployed then\n");
    return true;
}

static bool can_sync(const struct act_in *in, const char *revision, struct err *err)
{
    const json_t *spec = json_object_get(in->object, "spec");
    const char *target = json_str(spec, "source", "targetRevision", NULL);
    bool automatic = json_object_get(json_object_get(spec, "syncPolicy"), "automated") != NULL;
    if (json_object_get(in->object, "operation") ||
        str_eq(json_str(in->object, "status", "operationState", "phase", NULL), "Running"))
        return err_set(err, "%s: another operation is in progress", in->t->name);
    if (!*json_str(spec, "source", "repoURL", NULL) && json_array_size(json_object_get(spec, "sources")) && *revision)
        return err_set(err, "%s has several sources: it is synced without a revision", in->t->name);
    if (automatic && *revision && !str_eq(revision, str_or(target, "HEAD")) && !str_eq(revision, target))
        return err_set(err, "its sync to %s is automatic: another revision would be set back at once", *target ? target : "HEAD");
    return true;
}

// As argocd app sync makes it: server/application/application.go Sync
static json_t *operation(const struct act_in *in, const char *revision, bool prune)
{
    const json_t *policy = json_at(in->object, "spec", "syncPolicy", NULL);
    json_t *sync = json_pack("{s:{s:{}}}", "syncStrategy", "hook");
    json_t *op = json_pack("{s:{s:s}, s:o}", "initiatedBy", "username", "kview", "sync", sync);
    if (*revision)
        json_object_set_new(sync, "revision", json_string(revision));
    if (prune)
        json_object_set_new(sync, "prune", json_true());
    if (json_array_size(json_object_get(policy, "syncOptions")))
        json_object_set(sync, "syncOptions", json_object_get(policy, "syncOptions"));
    if (json_object_get(policy, "retry"))
        json_object_set(op, "retry", json_object_get(policy, "retry"));
    return op;
}

static void put_sync(const struct act_in *in, struct act_plan *out, const char *revision, bool prune)
{
    const char *was = json_str(in->object, "status", "sync", "revision", NULL);
    const char *state = json_str(in->object, "status", "sync", "status", NULL);
    buf_puts(&out->does, "Argo CD deploys ");
    plan_put_value(&out->does, *revision ? revision : "its target revision");
    buf_puts(&out->before, *was ? "" : "none");
    plan_put_value(&out->before, was);
    plan_put_value(&out->after, *revision ? revision : "target revision");
    buf_puts(&out->note, "it is ");
    plan_put_value(&out->note, *state ? state : "Unknown");
    buf_puts(&out->note, " now, ");
    plan_put_value(&out->note, str_or(json_str(in->object, "status", "health", "status", NULL), "of unknown health"));
    buf_puts(&out->note, *was ? ", at " : "");
    plan_put_value(&out->note, was);
    buf_puts(&out->note, prune ? "\nwhat is not in the source any more is deleted\n"
                               : "\nwhat is not in the source any more stays; --prune deletes it\n");
}

bool act_plan_sync(const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct args a;
    args_parse(&a, in->args);
    bool prune = args_flag(&a, "--prune"), ok = a.words.n <= 1 || err_set(err, "sync %s", in->act->args);
    const char *revision = a.words.n ? a.words.v[0] : "";
    ok = ok && can_sync(in, revision, err);
    if (ok) {
        put_sync(in, out, revision, prune);
        plan_patch(in, out, WRITE_MERGE, "operation", operation(in, revision, prune));
        plan_put_patch(in, out);
    }
    args_release(&a);
    return ok;
}
