// Labels and annotations.
#include "acts/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

static bool add_pair(const char *word, const json_t *now, json_t *set, struct act_plan *out, struct err *err)
{
    const char *eq = strchr(word, '=');
    size_t n = strlen(word);
    bool drop = !eq && n > 1 && word[n - 1] == '-';
    if ((!eq && !drop) || eq == word)
        return err_set(err, "%s: KEY=VALUE sets it, KEY- takes it away", word);
    char *key = xstrndup(word, eq ? (size_t)(eq - word) : n - 1);
    const char *old = json_string_value(json_object_get(now, key)), *value = eq ? eq + 1 : NULL;
    if (!str_eq(old, value)) {
        json_object_set_new(set, key, value ? json_string(value) : json_null());
        plan_put_pair(&out->before, key, old);
        plan_put_pair(&out->after, key, value);
        plan_put_change(&out->does, key, old, value);
        out->danger |= !plan_put_undo(out, key, old); // for the undo, taken back below
    }
    free(key);
    return true;
}

bool act_plan_label(const struct act_in *in, struct act_plan *out, struct err *err)
{
    const char *what = str_eq(in->act->name, "label") ? "labels" : "annotations";
    const json_t *now = json_at(in->object, "metadata", what, NULL);
    json_t *set = json_object();
    struct args a;
    args_parse(&a, in->args);
    bool ok = a.words.n > 0 || err_set(err, "%s %s", in->act->name, in->act->args);
    buf_puts(&out->undo, in->act->name);
    buf_printf(&out->kubectl, " %s --overwrite ", in->act->name);
    plan_put_object(in, &out->kubectl);
    for (size_t i = 0; ok && i < a.words.n; i++) {
        ok = add_pair(a.words.v[i], now, set, out, err);
        buf_putc(&out->kubectl, ' ');
        plan_put_quoted(&out->kubectl, a.words.v[i]);
    }
    args_release(&a);
    if (out->danger)
        buf_clear(&out->undo);
    out->danger = false;
    if (!json_object_size(set)) {
        out->nothing = true;
        buf_printf(&out->does, "they are so already");
    }
    out->type = WRITE_MERGE;
    out->body = plan_guarded(in);
    json_object_set_new(json_object_get(out->body, "metadata"), what, set);
    return ok;
}
