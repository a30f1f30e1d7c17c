// Rollback: the template of an earlier revision, as `kubectl rollout undo` sets it
// (staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollback.go).
#include "acts/plan.h"

#include "acts/history.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

// Annotations of a Deployment that are its own, not of a revision.
static bool is_own(const char *key)
{
    static const char *const own[] = { "kubectl.kubernetes.io/last-applied-configuration",
        "deployment.kubernetes.io/revision", "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to" };
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        if (str_eq(own[i], key))
            return true;
    return false;
}

static json_t *annotations_of(const json_t *object, const json_t *set)
{
    json_t *out = json_object(), *v;
    const char *key;
    json_object_foreach(json_at(set, "metadata", "annotations", NULL), key, v)
    {
        if (!is_own(key))
            json_object_set(out, key, v);
    }
    json_object_foreach(json_at(object, "metadata", "annotations", NULL), key, v)
    {
        if (is_own(key))
            json_object_set(out, key, v);
    }
    return out;
}

static json_t *step(const char *op, const char *path, json_t *value)
{
    return json_pack("{s:s, s:s, s:o}", "op", op, "path", path, "value", value);
}

// The test refuses another object of the name (422); writing the resourceVersion that was read refuses another version
// of this one (409), as in the other patches, which is tried again.
static json_t *deployment_patch(const struct act_in *in, const struct revision *to)
{
    const json_t *meta = json_object_get(in->object, "metadata");
    json_t *template = json_deep_copy(json_at(to->doc, "spec", "template", NULL));
    json_object_del(json_at(template, "metadata", "labels", NULL), "pod-template-hash");
    return json_pack("[o, o, o, o]", step("test", "/metadata/uid", json_string(json_str(meta, "uid", NULL))),
        step("replace", "/metadata/resourceVersion", json_string(json_str(meta, "resourceVersion", NULL))),
        step("replace", "/spec/template", template),
        step("add", "/metadata/annotations", annotations_of(in->object, to->doc)));
}

static void write_patch(const struct act_in *in, const struct revision *to, struct act_plan *out)
{
    if (str_eq(in->t->gvr.resource, "deployments")) {
        out->type = WRITE_JSON_PATCH;
        out->body = deployment_patch(in, to);
        return;
    }
    json_t *data = json_deep_copy(json_object_get(to->doc, "data"));
    out->type = WRITE_STRATEGIC;
    out->body = plan_guarded(in);
    json_object_update(out->body, data);
    json_decref(data);
}

// ---- words

// "web: a:2 → a:1" of each container whose image is another then.
static void put_images(const json_t *from, const json_t *to, struct buf *out)
{
    static const char *const lists[] = { "containers", "initContainers" };
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        size_t i;
        json_t *c;
        json_array_foreach(json_at(to, "spec", lists[k], NULL), i, c)
        {
            const char *name = json_str(c, "name", NULL), *image = json_str(c, "image", NULL);
            const char *was = json_string_value(json_object_get(json_named(json_at(from, "spec", lists[k], NULL), name), "image"));
            if (!was || !str_eq(was, image))
                plan_put_change(out, name, was, image);
        }
        json_array_foreach(json_at(from, "spec", lists[k], NULL), i, c)
        {
            const char *name = json_str(c, "name", NULL);
            if (!json_named(json_at(to, "spec", lists[k], NULL), name))
                plan_put_change(out, name, json_str(c, "image", NULL), NULL);
        }
    }
}

static void put_state(const struct revision *r, const json_t *template, struct buf *out)
{
    struct buf images = BUF_INIT;
    act_put_images(json_object_get(template, "spec"), &images);
    if (r)
        buf_printf(out, "revision %lld: ", (long long)r->number);
    plan_put_value(out, images.s);
    buf_release(&images);
}

static void put_words(const struct revision *now, const json_t *template, const struct revision *to, struct act_plan *out)
{
    struct buf images = BUF_INIT;
    put_state(now, template, &out->before);
    put_state(to, to->template, &out->after);
    if (now)
        buf_printf(&out->does, "revision %lld → %lld", (long long)now->number, (long long)to->number);
    else
        buf_printf(&out->does, "its template → that of revision %lld", (long long)to->number);
    put_images(template, to->template, &images);
    buf_printf(&out->does, "\n%s", images.n ? images.s : "its images stay, other fields of the template change");
    buf_release(&images);
    if (*to->cause) {
        buf_puts(&out->note, "change-cause: ");
        plan_put_value(&out->note, to->cause);
        buf_putc(&out->note, '\n');
    }
    if (!now)
        buf_puts(&out->note, "its template of now is in no revision: U cannot take this back\n");
}

static void note_strategy(const struct act_in *in, struct act_plan *out)
{
    const json_t *spec = json_object_get(in->object, "spec"), *st = json_object_get(in->object, "status");
    const char *update = json_str(spec, "updateStrategy", "type", NULL);
    int64_t part = json_i64(spec, "updateStrategy", "rollingUpdate", "partition", NULL);
    bool sets = str_eq(in->t->gvr.resource, "statefulsets");
    bool parallel = str_eq(json_str(spec, "podManagementPolicy", NULL), "Parallel");
    if (str_eq(json_str(spec, "strategy", "type", NULL), "Recreate"))
        buf_puts(&out->note, "its strategy is Recreate: all Pods stop before new ones start\n");
    if (str_eq(update, "OnDelete"))
        buf_puts(&out->note, "its strategy is OnDelete: a Pod is replaced when somebody deletes it\n");
    else if (sets && !parallel && json_i64(st, "readyReplicas", NULL) < json_i64(st, "replicas", NULL))
        buf_puts(&out->note, "OrderedReady: a Pod that is broken now stays so until somebody deletes it\n");
    if (part > 0)
        buf_printf(&out->note, "its partition is %lld: Pods below that number stay as they are\n", (long long)part);
}

static bool plan_to(const struct act_in *in, const struct history *h, const char *word, struct act_plan *out, struct err *err)
{
    const struct revision *to = history_find(h, word, err), *now = history_current(h);
    if (!to)
        return false;
    json_t *template = history_template(in->object);
    out->nothing = to->current || json_equal(to->template, template);
    write_patch(in, to, out);
    if (out->nothing)
        buf_printf(&out->does, "nothing to do: its template is that of revision %lld already", (long long)to->number);
    else
        put_words(now, template, to, out);
    json_decref(template);
    note_strategy(in, out);
    buf_puts(&out->kubectl, " rollout undo ");
    plan_put_object(in, &out->kubectl);
    buf_printf(&out->kubectl, " --to-revision=%lld", (long long)to->number);
    if (now && !out->nothing) { // by name: the number is another one once it was rolled back to
        buf_puts(&out->undo, "rollback-to ");
        plan_put_word(&out->undo, now->name);
    }
    return true;
}

bool act_plan_rollback(const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct args a;
    struct history h;
    args_parse(&a, in->args);
    bool ok = a.words.n <= 1 || err_set(err, "rollback-to %s", in->act->args);
    if (ok && json_bool(in->object, "spec", "paused", NULL))
        ok = err_set(err, "%s is paused: resume it first", in->t->name);
    if (ok) {
        history_init(&h, in->object, in->history);
        ok = plan_to(in, &h, a.words.n ? a.words.v[0] : "", out, err);
        history_release(&h);
    }
    args_release(&a);
    return ok;
}
