// Scale: absolute, or so many more or less.
#include "acts/plan.h"

#include <stdio.h>

#include "base/json.h"
#include "base/str.h"

enum { MAX_REPLICAS = 100000 };

bool act_plan_scale(const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct args a;
    int64_t now = json_i64(in->scale, "spec", "replicas", NULL), want; // 0 is left out: omitempty
    char from[32], to[32];
    if (!plan_one_word(in, &a, err))
        return false;
    const char *word = a.words.v[0];
    bool ok = str_to_i64(word[0] == '+' ? word + 1 : word, &want);
    if (ok && (word[0] == '+' || word[0] == '-'))
        want += now;
    if (!ok || want < 0 || want > MAX_REPLICAS) {
        err_set(err, "%s is no number of replicas: scale 3, scale +1, scale -1", word);
        args_release(&a);
        return false;
    }
    args_release(&a);
    snprintf(from, sizeof(from), "%lld", (long long)now);
    snprintf(to, sizeof(to), "%lld", (long long)want);
    plan_change(out, "replicas", from, to);
    plan_patch(in, out, WRITE_MERGE, "spec", json_pack("{s:I}", "replicas", (json_int_t)want));
    out->sub = "scale";
    buf_puts(&out->kubectl, " scale ");
    plan_put_object(in, &out->kubectl);
    buf_printf(&out->kubectl, " --replicas=%s", to);
    buf_printf(&out->undo, "scale %s", from);
    if (want == 0)
        buf_puts(&out->note, "nothing of it runs then\n");
    return true;
}

void act_initial_scale(const json_t *object, struct buf *out)
{
    const json_t *n = json_at(object, "spec", "replicas", NULL);
    if (json_is_integer(n))
        buf_printf(out, "%lld", (long long)json_integer_value(n));
}
