// A Job of a CronJob, started by hand.
#include "acts/plan.h"

#include "base/json.h"
#include "base/mem.h"

// As kubectl create job --from=cronjob/NAME: staging/src/k8s.io/kubectl/pkg/cmd/create/create_job.go
bool act_plan_trigger(const struct act_in *in, struct act_plan *out, struct err *err)
{
    static const struct gvr jobs = { "batch", "v1", "jobs", true };
    const json_t *tpl = json_at(in->object, "spec", "jobTemplate", NULL);
    if (!plan_no_words(in, err))
        return false;
    if (!json_is_object(json_object_get(tpl, "spec")))
        return err_set(err, "%s has no jobTemplate", in->t->name);
    out->type = WRITE_CREATE;
    out->gvr = jobs;
    out->name = NULL;
    out->made = xasprintf("%.50s-manual-%s", in->t->name, in->salt);
    json_t *notes = json_pack("{s:s}", "cronjob.kubernetes.io/instantiate", "manual");
    json_object_update(notes, json_at(tpl, "metadata", "annotations", NULL));
    json_t *meta = json_pack("{s:s, s:s, s:o, s:[{s:s, s:s, s:s, s:s, s:b}]}", "name", out->made, "namespace", in->t->ns,
        "annotations", notes, "ownerReferences", "apiVersion", "batch/v1", "kind", "CronJob", "name", in->t->name, "uid",
        json_str(in->object, "metadata", "uid", NULL), "controller", 1);
    if (json_at(tpl, "metadata", "labels", NULL))
        json_object_set(meta, "labels", json_at(tpl, "metadata", "labels", NULL));
    out->body = json_pack("{s:s, s:s, s:o, s:O}", "apiVersion", "batch/v1", "kind", "Job", "metadata", meta, "spec",
        json_object_get(tpl, "spec"));
    buf_printf(&out->does, "the Job %s is started now", out->made);
    buf_printf(&out->after, "Job %s", out->made);
    size_t running = json_array_size(json_at(in->object, "status", "active", NULL));
    if (running)
        buf_printf(&out->note, "%zu of its Jobs %s now; its concurrencyPolicy is not asked for one started by hand\n", running,
            running == 1 ? "runs" : "run");
    buf_printf(&out->kubectl, " create job %s --from=cronjob/%s", out->made, in->t->name);
    return true;
}
