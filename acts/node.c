// Cordon and uncordon.
#include "acts/plan.h"

#include "base/json.h"
#include "base/str.h"

bool act_plan_cordon(const struct act_in *in, struct act_plan *out, struct err *err)
{
    bool on = str_eq(in->act->name, "cordon");
    if (!plan_no_words(in, err))
        return false;
    bool is = json_bool(in->object, "spec", "unschedulable", NULL);
    plan_change(out, "unschedulable", is ? "true" : "false", on ? "true" : "false");
    plan_patch(in, out, WRITE_STRATEGIC, "spec", json_pack("{s:o}", "unschedulable", on ? json_true() : json_null()));
    buf_puts(&out->note, on ? "Pods that run on it stay; none is started there any more\n"
                            : "Pods may be started there again\n");
    buf_printf(&out->kubectl, " %s ", in->act->name);
    plan_put_quoted(&out->kubectl, in->t->name);
    buf_puts(&out->undo, on ? "uncordon" : "cordon");
    return true;
}
