// One finalizer of an object that is being deleted, taken away; and what finalizers wait for.
#include "acts/plan.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"

// Who has not done its work, and what stays behind without it. A name that ends in * stands for all that begin so.
static const struct {
    const char *finalizer, *waits, *left;
} known[] = {
    { "kubernetes", "the namespace controller deletes all that is in it", "objects of a namespace that is no more, in etcd for good" },
    { "foregroundDeletion", "the garbage collector deletes what it owns first", "what it owns, which is collected later" },
    { "orphan", "the garbage collector takes the owner from what it owns", "what it owns is collected instead of kept" },
    { "kubernetes.io/pvc-protection", "a Pod uses the claim", "Pods whose volume is deleted below them" },
    { "kubernetes.io/pv-protection", "a claim is bound to the volume", "a claim that has lost its volume, and data" },
    { "kubernetes.io/pv-controller", "the volume controller releases it", "the storage behind it" },
    { "external-provisioner.volume.kubernetes.io/finalizer", "the CSI driver deletes the storage behind it", "that storage, which costs" },
    { "external-attacher/*", "the CSI driver detaches the volume from its node", "a volume attached to a node" },
    { "snapshot.storage.kubernetes.io/*", "the snapshot controller", "snapshots in the storage, which cost" },
    { "service.kubernetes.io/load-balancer-cleanup", "the cloud controller deletes the load balancer", "a load balancer, which costs" },
    { "customresourcecleanup.apiextensions.k8s.io", "the API server deletes all objects of that kind", "objects that nothing can reach, in etcd for good" },
    { "batch.kubernetes.io/job-tracking", "the Job controller counts the Pod", "a Job that does not know how this Pod ended" },
    { "resources-finalizer.argocd.argoproj.io*", "Argo CD deletes what the application deployed", "all that it deployed, running" },
    { "post-delete-finalizer.argocd.argoproj.io*", "Argo CD runs the hooks after the deletion", "what its hooks would have cleaned up" },
    { "finalizers.fluxcd.io", "Flux deletes what it deployed", "all that it deployed, running" },
    { "ingress.k8s.aws/*", "the AWS load balancer controller", "load balancers and their rules, which cost" },
    { "service.k8s.aws/*", "the AWS load balancer controller", "load balancers and their rules, which cost" },
    { "elbv2.k8s.aws/*", "the AWS load balancer controller", "targets in a load balancer" },
    { "networking.gke.io/*", "the GKE ingress controller", "load balancers, which cost" },
    { "acme.cert-manager.io/finalizer", "cert-manager cleans up its challenge", "DNS records or Pods of the challenge" },
};

static bool names(const char *pattern, const char *finalizer)
{
    size_t n = strlen(pattern);
    return pattern[n - 1] == '*' ? strncmp(pattern, finalizer, n - 1) == 0 : str_eq(pattern, finalizer);
}

static void put_known(struct buf *note, const char *finalizer, bool left)
{
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (!names(known[i].finalizer, finalizer))
            continue;
        buf_printf(note, ": %s", known[i].waits);
        if (left)
            buf_printf(note, "\nwhat may be left behind: %s", known[i].left);
        buf_putc(note, '\n');
        return;
    }
    buf_puts(note, ": the controller of ");
    utf8_sanitise(note, finalizer, strcspn(finalizer, "/"));
    buf_puts(note, left ? " has work to do\nwhat may be left behind: what that controller made outside of this object\n" : " has work to do\n");
}

static void note_conditions(const json_t *object, struct buf *note)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_at(object, "status", "conditions", NULL), i, c)
    {
        if (!str_eq(json_str(c, "status", NULL), "True"))
            continue;
        plan_put_value(note, json_str(c, "message", NULL));
        buf_putc(note, '\n');
    }
}

void plan_note_finalizers(const json_t *object, struct buf *note)
{
    size_t i;
    json_t *v;
    const json_t *lists[2] = { json_at(object, "metadata", "finalizers", NULL), NULL };
    if (str_eq(json_str(object, "kind", NULL), "Namespace"))
        lists[1] = json_at(object, "spec", "finalizers", NULL);
    bool going = *json_str(object, "metadata", "deletionTimestamp", NULL);
    for (size_t k = 0; k < 2; k++) {
        json_array_foreach(lists[k], i, v)
        {
            const char *name = str_or(json_string_value(v), "?");
            if (k == 1 && !(going && str_eq(name, "kubernetes")))
                continue; // every namespace has it
            buf_puts(note, going ? "it waits for the finalizer " : "it goes only when this finalizer is done: ");
            plan_put_value(note, name);
            put_known(note, name, false);
        }
    }
    if (going && lists[1]) // what its controller says is left: NamespaceContentRemaining and the like
        note_conditions(object, note);
}

// ---- taking one away

static json_t *without(const json_t *list, const char *name)
{
    json_t *rest = json_array(), *v;
    size_t i;
    json_array_foreach(list, i, v)
    {
        if (!str_eq(json_string_value(v), name))
            json_array_append(rest, v);
    }
    return rest;
}

static bool has(const json_t *list, const char *name)
{
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v)
    {
        if (str_eq(json_string_value(v), name))
            return true;
    }
    return false;
}

static void put_list(struct buf *out, const json_t *list)
{
    plan_put_strings(out, list);
    if (!json_array_size(list))
        buf_puts(out, "no finalizer");
}

// A namespace's own is taken away by a subresource: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/
static void replace_namespace(const struct act_in *in, struct act_plan *out, json_t *rest)
{
    out->type = WRITE_REPLACE;
    out->sub = "finalize";
    out->body = json_deep_copy(in->object);
    json_object_del(json_object_get(out->body, "metadata"), "managedFields");
    json_object_set_new(json_object_get(out->body, "spec"), "finalizers", rest);
    buf_puts(&out->kubectl, " replace --raw /api/v1/namespaces/");
    plan_put_quoted(&out->kubectl, in->t->name);
    buf_puts(&out->kubectl, "/finalize -f FILE, the namespace as JSON without it");
}

static void patch_metadata(const struct act_in *in, struct act_plan *out, json_t *rest)
{
    out->type = WRITE_MERGE;
    out->body = plan_guarded(in);
    json_object_set_new(json_object_get(out->body, "metadata"), "finalizers", rest);
    plan_put_patch(in, out);
}

static bool may_go(const struct act_in *in, const char *name, bool own, const json_t *list, struct err *err)
{
    if (!*json_str(in->object, "metadata", "deletionTimestamp", NULL))
        return err_set(err, "%s is not being deleted: its finalizers wait for nothing", in->t->name);
    if (own || has(list, name))
        return true;
    struct buf all = BUF_INIT;
    put_list(&all, list);
    err_set(err, "it has no finalizer %s, but %s", name, all.s);
    buf_release(&all);
    return false;
}

static void put_notes(const json_t *rest, const char *name, struct act_plan *out)
{
    buf_puts(&out->note, "it has not done its work: ");
    plan_put_value(&out->note, name);
    put_known(&out->note, name, true);
    if (json_array_size(rest))
        buf_puts(&out->note, "it stays until the others are done: ");
    else
        buf_puts(&out->note, "it is gone then, and ");
    if (json_array_size(rest))
        put_list(&out->note, rest);
    else
        buf_puts(&out->note, "nothing will do that work any more");
    buf_puts(&out->note, "\nlook whether that controller runs and what its log says before taking its place\n");
}

bool act_plan_finalize(const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct args a;
    if (!plan_one_word(in, &a, err))
        return false;
    const char *name = a.words.v[0];
    const json_t *meta = json_at(in->object, "metadata", "finalizers", NULL);
    const json_t *spec = json_at(in->object, "spec", "finalizers", NULL);
    bool own = str_eq(in->t->gvr.resource, "namespaces") && !has(meta, name) && has(spec, name);
    const json_t *list = own ? spec : meta;
    bool ok = may_go(in, name, own, list, err);
    if (ok) {
        json_t *rest = without(list, name);
        put_list(&out->before, list);
        put_list(&out->after, rest);
        buf_puts(&out->does, "the finalizer ");
        plan_put_value(&out->does, name);
        buf_puts(&out->does, " is taken away, its work undone");
        put_notes(rest, name, out);
        if (own)
            replace_namespace(in, out, rest);
        else
            patch_metadata(in, out, rest);
        out->danger = true;
    }
    args_release(&a);
    return ok;
}

// The first one that it waits for.
void act_initial_finalizer(const json_t *object, struct buf *out)
{
    const json_t *first = json_array_get(json_at(object, "metadata", "finalizers", NULL), 0);
    if (!first && str_eq(json_str(object, "kind", NULL), "Namespace"))
        first = json_array_get(json_at(object, "spec", "finalizers", NULL), 0);
    if (*json_str(object, "metadata", "deletionTimestamp", NULL))
        buf_puts(out, str_or(json_string_value(first), ""));
}
