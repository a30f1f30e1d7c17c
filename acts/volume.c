// A PersistentVolumeClaim made larger.
#include "acts/plan.h"

#include "base/json.h"
#include "base/str.h"
#include "client/quantity.h"

static const char *asked(const json_t *claim)
{
    return json_str(claim, "spec", "resources", "requests", "storage", NULL);
}

// https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
static bool can_grow(const struct act_in *in, struct err *err)
{
    const char *class = json_str(in->object, "spec", "storageClassName", NULL);
    const char *phase = json_str(in->object, "status", "phase", NULL);
    if (!str_eq(phase, "Bound"))
        return err_set(err, "%s is %s: only a bound claim can grow", in->t->name, *phase ? phase : "not bound");
    if (!*class)
        return err_set(err, "%s has no storage class: nothing would make its volume larger", in->t->name);
    if (in->more && !json_bool(in->more, "allowVolumeExpansion", NULL))
        return err_set(err, "its storage class %s does not allow it: allowVolumeExpansion is not set", class);
    return true;
}

static bool take_size(const struct act_in *in, const char *size, struct act_plan *out, struct err *err)
{
    int64_t from = 0, to;
    const char *now = asked(in->object);
    if (!quantity_bytes(size, &to) || to <= 0) {
        err_set(err, "%s is no size", size);
        return err_hint(err, "sizes are 20Gi, 500Mi, 1Ti");
    }
    quantity_bytes(now, &from);
    if (to < from)
        return err_set(err, "%s is less than the %s it has: a volume only grows", size, now);
    plan_change(out, "storage", now, to == from ? now : size);
    plan_patch(in, out, WRITE_STRATEGIC, "spec", json_pack("{s:{s:{s:s}}}", "resources", "requests", "storage", size));
    plan_put_patch(in, out);
    return true;
}

bool act_plan_resize(const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct args a;
    if (!plan_one_word(in, &a, err))
        return false;
    bool ok = can_grow(in, err) && take_size(in, a.words.v[0], out, err);
    args_release(&a);
    if (!in->more)
        buf_puts(&out->note, "whether its storage class allows it is not known: you may not read it\n");
    buf_puts(&out->note, "a volume cannot be made smaller again; its file system grows when a Pod has it mounted\n");
    return ok;
}

void act_initial_resize(const json_t *claim, struct buf *out)
{
    buf_puts(out, asked(claim));
}

bool act_more_resize(const struct act_in *in, struct buf *path)
{
    static const struct gvr classes = { "storage.k8s.io", "v1", "storageclasses", false };
    const char *class = json_str(in->object, "spec", "storageClassName", NULL);
    if (*class)
        gvr_path(path, &classes, NULL, class);
    return *class != '\0';
}
