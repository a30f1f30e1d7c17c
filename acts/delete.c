// Delete and evict.
#include "acts/plan.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/str.h"

enum { MAX_GRACE = 86400 * 30 };

static json_t *delete_options(const struct act_in *in, int64_t grace)
{
    const char *uid = json_str(in->object, "metadata", "uid", NULL);
    json_t *o = json_pack("{s:{s:s}}", "preconditions", "uid", uid);
    if (grace >= 0)
        json_object_set_new(o, "gracePeriodSeconds", json_integer((json_int_t)grace));
    return o;
}

static const struct {
    const char *word, *policy, *says;
} cascades[] = {
    { "background", "Background", "what it owns is deleted after it" },
    { "foreground", "Foreground", "it goes when all that it owns is gone" },
    { "orphan", "Orphan", "what it owns stays, without an owner" },
};

static bool take_grace(struct args *a, int64_t *grace, struct err *err)
{
    char *given = args_option(a, "--grace-period");
    given = given ? given : args_option(a, "--grace");
    bool force = args_flag(a, "--force"), now = args_flag(a, "--now");
    *grace = force ? 0 : now ? 1 : -1;
    bool ok = !given || (str_to_i64(given, grace) && *grace >= 0 && *grace <= MAX_GRACE);
    if (!ok)
        err_set(err, "--grace takes seconds, not %s", given);
    free(given);
    return ok;
}

static void note_deletion(const struct act_in *in, struct act_plan *out, int64_t grace)
{
    const char *since = json_str(in->object, "metadata", "deletionTimestamp", NULL);
    if (*since)
        buf_printf(&out->note, "it is being deleted already, since %.20s: deleting it again changes nothing\n", since);
    plan_note_finalizers(in->object, &out->note);
    if (grace == 0 && str_eq(in->t->gvr.resource, "pods"))
        buf_puts(&out->note, "forced: the name is free at once, its processes may still run on the node\n");
}

bool act_plan_delete(const struct act_in *in, struct act_plan *out, struct err *err)
{
    static const char *const grave[] = { "namespaces", "nodes", "persistentvolumes", "persistentvolumeclaims",
        "customresourcedefinitions" };
    struct args a;
    int64_t grace;
    size_t how = ARRAY_SIZE(cascades);
    args_parse(&a, in->args);
    char *cascade = args_option(&a, "--cascade");
    for (size_t i = 0; i < ARRAY_SIZE(cascades); i++)
        if (str_eq(cascades[i].word, str_or(cascade, "background")))
            how = i;
    bool ok = take_grace(&a, &grace, err);
    if (ok && (how == ARRAY_SIZE(cascades) || a.words.n))
        ok = err_set(err, "delete %s", in->act->args);
    free(cascade);
    args_release(&a);
    if (!ok)
        return false;
    out->type = WRITE_DELETE;
    out->body = delete_options(in, grace);
    json_object_set_new(out->body, "kind", json_string("DeleteOptions"));
    json_object_set_new(out->body, "apiVersion", json_string("v1"));
    json_object_set_new(out->body, "propagationPolicy", json_string(cascades[how].policy));
    buf_printf(&out->does, "it is deleted; %s", cascades[how].says);
    note_deletion(in, out, grace);
    buf_puts(&out->kubectl, " delete ");
    plan_put_object(in, &out->kubectl);
    if (how)
        buf_printf(&out->kubectl, " --cascade=%s", cascades[how].word);
    if (grace == 0)
        buf_puts(&out->kubectl, " --force --grace-period=0");
    else if (grace > 0)
        buf_printf(&out->kubectl, " --grace-period=%lld", (long long)grace);
    for (size_t i = 0; i < ARRAY_SIZE(grave); i++)
        out->danger |= str_eq(grave[i], in->t->gvr.resource);
    return true;
}

bool act_plan_evict(const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct args a;
    int64_t grace;
    args_parse(&a, in->args);
    bool ok = take_grace(&a, &grace, err);
    if (ok && a.words.n)
        ok = err_set(err, "evict %s", in->act->args);
    args_release(&a);
    if (!ok)
        return false;
    out->type = WRITE_CREATE;
    out->sub = "eviction";
    out->body = json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "apiVersion", "policy/v1", "kind", "Eviction", "metadata",
        "name", in->t->name, "namespace", in->t->ns, "deleteOptions", delete_options(in, grace));
    buf_puts(&out->does, "it is deleted if no disruption budget forbids it");
    note_deletion(in, out, grace);
    buf_puts(&out->kubectl, "kubectl has no such command: it is what drain does to each Pod of a node");
    return true;
}
