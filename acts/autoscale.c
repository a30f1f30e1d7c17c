// The bounds of a HorizontalPodAutoscaler.
#include "acts/plan.h"

#include <stdio.h>

#include "base/json.h"
#include "base/str.h"

enum { MAX_REPLICAS = 100000 };

static long long least_of(const json_t *hpa)
{
    const json_t *n = json_at(hpa, "spec", "minReplicas", NULL); // unset is 1: autoscaling/v2 HorizontalPodAutoscalerSpec
    return n ? (long long)json_integer_value(n) : 1;
}

static bool bounds(const struct act_in *in, int64_t *least, int64_t *most, struct err *err)
{
    struct args a;
    args_parse(&a, in->args);
    bool ok = a.words.n == 2 && str_to_i64(a.words.v[0], least) && str_to_i64(a.words.v[1], most);
    args_release(&a);
    if (!ok)
        return err_set(err, "autoscale %s: two numbers, as in autoscale 2 10", in->act->args);
    if (*least < 0 || *most < 1 || *most > MAX_REPLICAS)
        return err_set(err, "MIN is at least 0, MAX is 1 to %d", MAX_REPLICAS);
    return *least <= *most || err_set(err, "MIN %lld is more than MAX %lld", (long long)*least, (long long)*most);
}

static void put_notes(const struct act_in *in, int64_t least, int64_t most, struct buf *note)
{
    int64_t now = json_i64(in->object, "status", "currentReplicas", NULL);
    const json_t *target = json_at(in->object, "spec", "scaleTargetRef", NULL);
    buf_puts(note, "it scales ");
    plan_put_value(note, json_str(target, "kind", NULL));
    buf_putc(note, ' ');
    plan_put_value(note, json_str(target, "name", NULL));
    buf_printf(note, ", which has %lld replicas now", (long long)now);
    if (now && (now < least || now > most))
        buf_printf(note, ": it goes to %lld at once", (long long)(now < least ? least : most));
    buf_puts(note, now ? "\n" : ": it is off while its target is scaled to 0\n");
}

bool act_plan_autoscale(const struct act_in *in, struct act_plan *out, struct err *err)
{
    int64_t least, most;
    char from[64], to[64];
    if (!bounds(in, &least, &most, err))
        return false;
    long long most_now = (long long)json_i64(in->object, "spec", "maxReplicas", NULL);
    snprintf(from, sizeof(from), "%lld to %lld", least_of(in->object), most_now);
    snprintf(to, sizeof(to), "%lld to %lld", (long long)least, (long long)most);
    plan_change(out, "replicas", from, to);
    plan_patch(in, out, WRITE_STRATEGIC, "spec",
        json_pack("{s:I, s:I}", "minReplicas", (json_int_t)least, "maxReplicas", (json_int_t)most));
    plan_put_patch(in, out);
    put_notes(in, least, most, &out->note);
    buf_printf(&out->undo, "autoscale %lld %lld", least_of(in->object), most_now);
    return true;
}

void act_initial_autoscale(const json_t *hpa, struct buf *out)
{
    buf_printf(out, "%lld %lld", least_of(hpa), (long long)json_i64(hpa, "spec", "maxReplicas", NULL));
}
