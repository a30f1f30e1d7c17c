// The images of a workload.
#include "acts/plan.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"

static bool set_image(const char *word, const json_t *spec, json_t *lists[PLAN_LISTS], struct act_plan *out, struct err *err)
{
    const char *eq = strchr(word, '=');
    bool found = false;
    if (!eq || eq == word || !eq[1])
        return err_set(err, "%s: CONTAINER=IMAGE is what set-image takes", word);
    for (size_t k = 0; k < PLAN_LISTS; k++) {
        json_t *c;
        size_t i;
        json_array_foreach(json_object_get(spec, plan_lists[k]), i, c)
        {
            const char *name = json_str(c, "name", NULL), *old = json_str(c, "image", NULL);
            if (strlen(name) != (size_t)(eq - word) || strncmp(name, word, strlen(name)) != 0)
                continue;
            found = true;
            if (str_eq(old, eq + 1))
                continue;
            json_object_set_new(plan_named(lists[k], name), "image", json_string(eq + 1));
            plan_put_pair(&out->before, name, old);
            plan_put_pair(&out->after, name, eq + 1);
            plan_put_change(&out->does, name, old, eq + 1);
            buf_printf(&out->undo, " %s=%s", name, old);
        }
    }
    return found || err_set(err, "there is no container %.*s", (int)(eq - word), word);
}

bool act_plan_set_image(const struct act_in *in, struct act_plan *out, struct err *err)
{
    const json_t *now = plan_pod_spec(in->t, in->object);
    json_t *lists[PLAN_LISTS] = { json_array(), json_array() };
    struct args a;
    args_parse(&a, in->args);
    bool ok = a.words.n > 0 || err_set(err, "set-image %s", in->act->args);
    buf_puts(&out->undo, "set-image");
    buf_puts(&out->kubectl, " set image ");
    plan_put_object(in, &out->kubectl);
    for (size_t i = 0; ok && i < a.words.n; i++) {
        size_t changed = out->does.n;
        ok = set_image(a.words.v[i], now, lists, out, err);
        if (out->does.n == changed)
            continue; // the form names every container: those left alone are not in the line
        buf_putc(&out->kubectl, ' ');
        plan_put_quoted(&out->kubectl, a.words.v[i]);
    }
    args_release(&a);
    plan_patch_containers(in, out, lists, "these are its images already");
    return ok;
}

void act_put_images(const json_t *spec, struct buf *out)
{
    for (size_t k = 0; k < PLAN_LISTS; k++) {
        json_t *c;
        size_t i;
        json_array_foreach(json_object_get(spec, plan_lists[k]), i, c)
            buf_printf(out, "%s%s=%s", out->n ? " " : "", json_str(c, "name", NULL), json_str(c, "image", NULL));
    }
}

void act_initial_images(const json_t *object, struct buf *out)
{
    act_put_images(plan_pod_spec_in(object), out);
}
