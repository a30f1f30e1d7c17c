// A Job once more: a new one from the spec of the old.
#include "acts/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "kinds/common.h"

enum { MAX_NAME = 63, SUFFIX = 12 }; // a Pod's label has the name; "-rerun-" and five letters

// "tick-29384" of tick-29384-rerun-abcde too, so that names do not grow; cut so that the suffix has room.
static char *name_for(const struct act_in *in)
{
    size_t n = strlen(in->t->name);
    if (n > SUFFIX && strncmp(in->t->name + n - SUFFIX, "-rerun-", 7) == 0)
        n -= SUFFIX;
    n = n > MAX_NAME - SUFFIX ? MAX_NAME - SUFFIX : n;
    while (n > 1 && (in->t->name[n - 1] == '.' || in->t->name[n - 1] == '-'))
        n--;
    return xasprintf("%.*s-rerun-%s", (int)n, in->t->name, in->salt);
}

static void drop_keys(json_t *map, const char *const *keys)
{
    for (; *keys; keys++)
        json_object_del(map, *keys);
}

// What the server writes into every Job anew: pkg/registry/batch/job/strategy.go generateSelector
static json_t *own_labels(const json_t *labels)
{
    static const char *const made[] = { "controller-uid", "batch.kubernetes.io/controller-uid", "job-name",
        "batch.kubernetes.io/job-name", NULL };
    json_t *copy = json_is_object(labels) ? json_copy((json_t *)labels) : json_object();
    drop_keys(copy, made);
    return copy;
}

static json_t *own_annotations(const json_t *notes)
{
    static const char *const of_the_old[] = { "kubectl.kubernetes.io/last-applied-configuration",
        "batch.kubernetes.io/job-tracking", "batch.kubernetes.io/cronjob-scheduled-timestamp",
        "cronjob.kubernetes.io/instantiate", "argocd.argoproj.io/tracking-id", NULL };
    json_t *copy = json_is_object(notes) ? json_copy((json_t *)notes) : json_object();
    drop_keys(copy, of_the_old);
    return copy;
}

static json_t *spec_of(const json_t *job)
{
    static const char *const of_the_old[] = { "selector", "manualSelector", "suspend", NULL };
    json_t *spec = json_deep_copy(json_object_get(job, "spec"));
    json_t *meta = json_object_get(json_object_get(spec, "template"), "metadata");
    drop_keys(spec, of_the_old);
    if (meta)
        json_object_set_new(meta, "labels", own_labels(json_object_get(meta, "labels")));
    return spec;
}

static void put_notes(const struct act_in *in, struct buf *note)
{
    const json_t *owner = json_array_get(json_at(in->object, "metadata", "ownerReferences", NULL), 0);
    const json_t *ttl = json_at(in->object, "spec", "ttlSecondsAfterFinished", NULL);
    buf_puts(note, "left out: its selector and the labels with its UID and name, which the server makes anew\n");
    if (owner) {
        buf_puts(note, "left out: its owner, ");
        plan_put_value(note, json_str(owner, "kind", NULL));
        buf_putc(note, ' ');
        plan_put_value(note, json_str(owner, "name", NULL));
        buf_puts(note, ", which neither counts nor deletes the new one\n");
    }
    if (json_bool(in->object, "spec", "suspend", NULL))
        buf_puts(note, "left out: suspend; the new one starts at once\n");
    if (!cond_is(in->object, "Complete", "True") && !cond_is(in->object, "Failed", "True"))
        buf_puts(note, "the old one has not ended: both may run at once\n");
    if (ttl)
        buf_printf(note, "it is deleted %lld s after its end, as the old one\n", (long long)json_integer_value(ttl));
}

bool act_plan_rerun(const struct act_in *in, struct act_plan *out, struct err *err)
{
    if (!plan_no_words(in, err))
        return false;
    if (!json_is_object(json_object_get(in->object, "spec")))
        return err_set(err, "%s has no spec", in->t->name);
    const json_t *was = json_object_get(in->object, "metadata");
    out->type = WRITE_CREATE;
    out->name = NULL;
    out->made = name_for(in);
    json_t *meta = json_pack("{s:s, s:s, s:o, s:o}", "name", out->made, "namespace", in->t->ns, "labels",
        own_labels(json_object_get(was, "labels")), "annotations", own_annotations(json_object_get(was, "annotations")));
    out->body = json_pack("{s:s, s:s, s:o, s:o}", "apiVersion", "batch/v1", "kind", "Job", "metadata", meta, "spec",
        spec_of(in->object));
    buf_printf(&out->does, "the Job %s is started now, from the same spec", out->made);
    buf_printf(&out->after, "Job %s", out->made);
    put_notes(in, &out->note);
    buf_puts(&out->kubectl, "kubectl has no such command: get it as JSON, take away what is left out here and its status, "
                            "and create it by another name");
    return true;
}
