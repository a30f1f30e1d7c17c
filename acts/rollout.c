// Restart, pause and resume.
#include "acts/plan.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"

bool act_plan_restart(const struct act_in *in, struct act_plan *out, struct err *err)
{
    char now[32];
    if (!plan_no_words(in, err))
        return false;
    if (json_bool(in->object, "spec", "paused", NULL))
        return err_set(err, "%s is paused: resume it first", in->t->name);
    time_format_rfc3339(in->now, now);
    plan_patch(in, out, WRITE_STRATEGIC, "spec",
        json_pack("{s:{s:{s:{s:s}}}}", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt", now));
    buf_puts(&out->does, "all its Pods are replaced, as its update strategy says");
    const char *strategy = json_str(in->object, "spec", "strategy", "type", NULL);
    if (str_eq(strategy, "Recreate"))
        buf_puts(&out->note, "its strategy is Recreate: all Pods stop before new ones start\n");
    if (str_eq(json_str(in->object, "spec", "updateStrategy", "type", NULL), "OnDelete"))
        buf_puts(&out->note, "its strategy is OnDelete: a Pod is replaced when somebody deletes it\n");
    buf_puts(&out->kubectl, " rollout restart ");
    plan_put_object(in, &out->kubectl);
    return true;
}

// A Deployment is paused; CronJobs, Jobs and the objects of Flux are suspended.
bool act_plan_pause(const struct act_in *in, struct act_plan *out, struct err *err)
{
    bool deploy = str_eq(in->t->gvr.resource, "deployments"), custom = strchr(in->t->gvr.group, '.') != NULL, on = str_eq(in->act->name, "pause");
    const char *key = deploy ? "paused" : "suspend";
    if (!plan_no_words(in, err))
        return false;
    bool is = json_bool(in->object, "spec", key, NULL);
    plan_change(out, key, is ? "true" : "false", on ? "true" : "false");
    plan_patch(in, out, custom ? WRITE_MERGE : WRITE_STRATEGIC, "spec",
        json_pack("{s:o}", key, on ? json_true() : deploy ? json_null() : json_false()));
    if (deploy) {
        buf_printf(&out->kubectl, " rollout %s ", on ? "pause" : "resume");
        plan_put_object(in, &out->kubectl);
    } else {
        plan_put_patch(in, out);
    }
    if (on)
        buf_puts(&out->note, custom ? "Flux applies nothing of it until it is resumed; what is deployed stays\n"
                             : deploy ? "changes of its template start no rollout until it is resumed\n"
                             : str_eq(in->t->gvr.resource, "jobs") ? "its running Pods are ended; resumed, they begin anew\n"
                                                                  : "no Job is started until it is resumed; running ones go on\n");
    buf_puts(&out->undo, on ? "resume" : "pause");
    return true;
}
