// Quarantine: a Pod goes on running without traffic. The labels by which Services send to it, and those by which its
// controller counts it, are taken off and kept in an annotation, so that they can be put back.
#include "acts/plan.h"

#include <stdlib.h>
#include <string.h>

#include "acts/facts.h"
#include "acts/traffic.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "kinds/common.h"

#define MARK "kview.dev/quarantined"

enum { MAX_MARK = 1 << 20 };

// Controllers whose Pods are exchangeable: one that is taken out is replaced. A StatefulSet's is not: its name is taken as
// long as it exists; nor a Job's, which counts what its Pods have done.
static const struct {
    const char *api, *kind;
    struct gvr gvr;
    bool replaces;
} controllers[] = {
    { "apps/v1", "ReplicaSet", { "apps", "v1", "replicasets", true }, true },
    { "apps/v1", "DaemonSet", { "apps", "v1", "daemonsets", true }, true },
    { "apps/v1", "StatefulSet", { "apps", "v1", "statefulsets", true }, false },
    { "v1", "ReplicationController", { "", "v1", "replicationcontrollers", true }, true },
};

static json_t *mark_of(const json_t *pod)
{
    const char *text = json_str(pod, "metadata", "annotations", MARK, NULL);
    json_t *mark = *text ? json_parse(text, strlen(text), MAX_MARK, NULL) : NULL;
    if (mark && !json_is_object(mark)) {
        json_decref(mark);
        mark = NULL;
    }
    return mark;
}

bool act_owner(const json_t *object, struct gvr *gvr, char **name)
{
    json_t *mark = mark_of(object);
    const json_t *ref = controller_of(object);
    ref = ref ? ref : json_object_get(mark, "owner");
    bool known = false;
    for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
        if (!str_eq(controllers[i].kind, json_str(ref, "kind", NULL)) || !str_eq(controllers[i].api, json_str(ref, "apiVersion", NULL)))
            continue;
        *gvr = controllers[i].gvr;
        *name = xstrdup(json_str(ref, "name", NULL));
        known = **name && !strchr(*name, '/');
        if (!known)
            free(*name);
        break;
    }
    json_decref(mark);
    return known;
}

static bool replaces(const json_t *ref)
{
    for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
        if (str_eq(controllers[i].kind, json_str(ref, "kind", NULL)))
            return controllers[i].replaces;
    return false;
}

// ReplicationControllers have a map where the others have a LabelSelector.
static bool owner_selects(const json_t *owner, const json_t *labels)
{
    const json_t *sel = json_at(owner, "spec", "selector", NULL);
    if (!json_object_get(sel, "matchLabels") && !json_object_get(sel, "matchExpressions"))
        return traffic_selects(owner, labels);
    return act_selects(sel, labels);
}

// ---- which labels

static bool is_identity(const char *key)
{
    return str_eq(key, "statefulset.kubernetes.io/pod-name") || str_eq(key, "apps.kubernetes.io/pod-index");
}

static size_t take_keys(const json_t *map, const json_t *labels, bool identity, json_t *out)
{
    size_t n = 0;
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)map, key, v)
    {
        if (json_object_get(labels, key) && (identity || !is_identity(key)))
            json_object_set(out, key, json_object_get(labels, key)), n++;
    }
    return n;
}

// What a StatefulSet's Pod is called stays, but where a Service selects by nothing else.
static json_t *labels_to_take(const struct act_in *in, const json_t *labels)
{
    json_t *out = json_object(), *s;
    const json_t *sel = json_at(in->owner, "spec", "selector", NULL), *match = json_object_get(sel, "matchLabels");
    size_t i;
    json_array_foreach(json_object_get(in->services, "items"), i, s)
    {
        const json_t *map = json_at(s, "spec", "selector", NULL);
        if (traffic_selects(s, labels) && !take_keys(map, labels, false, out))
            take_keys(map, labels, true, out);
    }
    if (!replaces(controller_of(in->object)) || !owner_selects(in->owner, labels))
        return out;
    take_keys(match || json_object_get(sel, "matchExpressions") ? match : sel, labels, false, out);
    json_array_foreach(json_object_get(sel, "matchExpressions"), i, s)
    {
        const char *key = json_str(s, "key", NULL);
        if (json_object_get(labels, key) && !str_starts(json_str(s, "operator", NULL), "Not"))
            json_object_set(out, key, json_object_get(labels, key));
    }
    return out;
}

static json_t *without(const json_t *labels, const json_t *taken)
{
    json_t *left = json_deep_copy(labels), *v;
    const char *key;
    left = left ? left : json_object();
    json_object_foreach((json_t *)taken, key, v)
        json_object_del(left, key);
    return left;
}

// ---- words

static void put_ref(const json_t *ref, struct buf *out)
{
    plan_put_value(out, json_str(ref, "kind", NULL));
    buf_putc(out, ' ');
    plan_put_value(out, json_str(ref, "name", NULL));
}

// one, many: "stops sending to it", "stop sending to it"
static void note_services(const json_t *names, const char *one, const char *many, struct act_plan *out)
{
    size_t n = json_array_size(names);
    buf_puts(&out->note, n == 0 ? "no Service selects it" : n == 1 ? "Service " : "Services ");
    plan_put_strings(&out->note, names);
    buf_printf(&out->note, " %s\n", n == 0 ? "" : n == 1 ? one : many);
}

// What its controller does when the Pod has only the labels that are left.
static void note_owner_without(const struct act_in *in, const json_t *ref, bool leaves, struct act_plan *out)
{
    struct buf *b = &out->note;
    struct gvr gvr;
    char *name = NULL;
    bool known = act_owner(in->object, &gvr, &name);
    free(name);
    if (!ref) {
        buf_puts(b, "nothing owns it: no other Pod is made in its place\n");
        return;
    }
    put_ref(ref, b);
    if (!known)
        buf_puts(b, " keeps it, as far as kview knows, and may set this back\n");
    else if (!in->owner)
        buf_puts(b, " could not be read: whether it makes another Pod is not known\n");
    else if (!leaves)
        buf_puts(b, " keeps it: no other Pod is made in its place\n");
    else if (str_eq(gvr.resource, "daemonsets"))
        buf_puts(b, " lets it go and makes another Pod on its node\n");
    else if (replaces(ref))
        buf_puts(b, " lets it go and makes another Pod at once\n");
    else
        buf_printf(b, " lets it go, and cannot make another one while this one has the name\n");
    if (known && in->owner && leaves)
        buf_puts(b, "nothing deletes it by itself any more\n");
}

static void put_label_changes(const json_t *labels, const json_t *now, bool off, struct act_plan *out)
{
    const char *key;
    json_t *v;
    bool first = true;
    json_object_foreach((json_t *)labels, key, v)
    {
        const char *was = json_string_value(json_object_get(now, key)), *to = off ? NULL : json_string_value(v);
        buf_printf(&out->does, "%s%s", first ? ": " : ", ", key);
        first = false;
        plan_put_pair(&out->before, key, was);
        plan_put_pair(&out->after, key, to);
        buf_putc(&out->kubectl, ' ');
        char *word = to ? xasprintf("%s=%s", key, to) : xasprintf("%s-", key);
        plan_put_quoted(&out->kubectl, word);
        free(word);
    }
}

// ---- quarantine

static char *mark_text(const struct act_in *in, const json_t *taken, const json_t *ref)
{
    json_t *mark = mark_of(in->object), *labels;
    char now[32];
    time_format_rfc3339(in->now, now);
    mark = mark ? mark : json_object();
    labels = json_deep_copy(json_object_get(mark, "labels")); // of an earlier one: those as well
    labels = json_is_object(labels) ? labels : json_object();
    json_object_update(labels, (json_t *)taken);
    json_object_set_new(mark, "labels", labels);
    if (ref)
        json_object_set_new(mark, "owner", json_pack("{s:s, s:s, s:s, s:s}", "apiVersion", json_str(ref, "apiVersion", NULL),
            "kind", json_str(ref, "kind", NULL), "name", json_str(ref, "name", NULL), "uid", json_str(ref, "uid", NULL)));
    json_object_set_new(mark, "time", json_string(now));
    json_t *who = json_string(str_or(in->who, ""));
    json_object_set_new(mark, "by", who ? who : json_string(""));
    char *text = json_dumps(mark, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(mark);
    return text;
}

static void put_quarantine(const json_t *ref, bool leaves, struct act_plan *out)
{
    size_t n = json_array_size(out->awaits);
    if (n) {
        buf_puts(&out->does, "out of ");
        traffic_put_services(out->awaits, &out->does);
    }
    if (leaves) {
        buf_puts(&out->does, n ? " and " : "out of ");
        put_ref(ref, &out->does);
    }
    buf_puts(&out->does, "; it keeps running\nlabels taken off");
}

static void quarantine_patch(const struct act_in *in, const json_t *taken, const json_t *ref, struct act_plan *out)
{
    json_t *off = json_object(), *v, *meta;
    const char *key;
    char *mark = mark_text(in, taken, ref);
    json_object_foreach((json_t *)taken, key, v)
        json_object_set_new(off, key, json_null());
    out->type = WRITE_MERGE;
    out->body = plan_guarded(in);
    meta = json_object_get(out->body, "metadata");
    json_object_set_new(meta, "labels", off);
    json_object_set_new(meta, "annotations", json_pack("{s:s}", MARK, str_or(mark, "")));
    free(mark);
}

bool act_plan_quarantine(const struct act_in *in, struct act_plan *out, struct err *err)
{
    const json_t *labels = json_at(in->object, "metadata", "labels", NULL), *ref = controller_of(in->object);
    if (!plan_no_words(in, err))
        return false;
    json_t *taken = labels_to_take(in, labels), *left = without(labels, taken);
    bool leaves = in->owner && ref && owner_selects(in->owner, labels) && !owner_selects(in->owner, left);
    bool marked = *json_str(in->object, "metadata", "annotations", MARK, NULL);
    out->awaits = traffic_services(in->services, labels);
    out->nothing = !json_object_size(taken);
    quarantine_patch(in, taken, ref, out);
    buf_puts(&out->kubectl, " label ");
    plan_put_object(in, &out->kubectl);
    if (out->nothing) {
        buf_puts(&out->does, marked ? "it is in quarantine already, and no Service selects it"
                                    : "nothing to take off: no Service selects it, no controller counts its labels");
    } else {
        put_quarantine(ref, leaves, out);
        put_label_changes(taken, labels, true, out);
        note_services(out->awaits, "stops sending to it", "stop sending to it", out);
        note_owner_without(in, ref, leaves, out);
        buf_puts(&out->note, "open connections stay; budgets and network policies by these labels end for it\n");
        buf_puts(&out->undo, "unquarantine");
    }
    json_decref(taken);
    json_decref(left);
    return true;
}

// ---- and back

static void note_owner_with(const struct act_in *in, const json_t *mark, const json_t *labels, struct act_plan *out)
{
    const json_t *ref = json_object_get(mark, "owner"), *st = json_object_get(in->owner, "status");
    struct buf *b = &out->note;
    if (!ref || controller_of(in->object))
        return; // it never had one, or was not let go
    put_ref(ref, b);
    long long have = json_i64(st, "replicas", NULL), want = json_i64(in->owner, "spec", "replicas", NULL);
    if (!in->owner)
        buf_puts(b, " is gone or cannot be read: nothing may take it back\n");
    else if (!owner_selects(in->owner, labels))
        buf_puts(b, " does not select these labels: it does not take it back\n");
    else if (str_eq(json_str(ref, "kind", NULL), "DaemonSet"))
        buf_puts(b, " takes it back; it has one Pod too many on this node then and deletes one\n");
    else if (have < want)
        buf_printf(b, " takes it back: it has %lld of %lld Pods now\n", have, want);
    else if (!want)
        buf_puts(b, " wants no Pods any more: it takes it back and DELETES it\n");
    else
        buf_printf(b, " takes it back; it has %lld of %lld Pods now: one is too many then, and it DELETES one, maybe this one\n",
            have, want);
}

static json_t *with(const json_t *labels, const json_t *more)
{
    json_t *all = json_deep_copy(labels);
    all = all ? all : json_object();
    json_object_update(all, (json_t *)more);
    return all;
}

static bool is_label_text(const char *s)
{
    static const char may[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";
    return s && s[strspn(s, may)] == '\0';
}

static bool marked_labels(const struct act_in *in, const json_t *mark, struct err *err)
{
    const json_t *labels = json_object_get(mark, "labels");
    const char *key;
    json_t *v;
    if (!*json_str(in->object, "metadata", "annotations", MARK, NULL))
        return err_set(err, "%s is not in quarantine: it has no annotation " MARK, in->t->name);
    json_object_foreach((json_t *)labels, key, v)
    {
        if (!is_label_text(key) || !is_label_text(json_string_value(v)))
            return err_set(err, "the annotation " MARK " of %s holds what are no labels: somebody changed it", in->t->name);
    }
    return json_object_size(labels) || err_set(err, "the annotation " MARK " of %s holds no labels: somebody changed it", in->t->name);
}

static void put_back(const struct act_in *in, const json_t *mark, struct act_plan *out)
{
    const json_t *now = json_at(in->object, "metadata", "labels", NULL), *add = json_object_get(mark, "labels");
    json_t *all = with(now, add);
    out->awaits = traffic_services(in->services, all);
    out->type = WRITE_MERGE;
    out->body = plan_guarded(in);
    json_object_set(json_object_get(out->body, "metadata"), "labels", (json_t *)add);
    json_object_set_new(json_object_get(out->body, "metadata"), "annotations", json_pack("{s:n}", MARK));
    buf_puts(&out->kubectl, " label --overwrite ");
    plan_put_object(in, &out->kubectl);
    buf_puts(&out->does, "its labels are put back");
    put_label_changes(add, now, false, out);
    if (*json_str(mark, "time", NULL)) {
        buf_puts(&out->note, "in quarantine since ");
        plan_put_value(&out->note, json_str(mark, "time", NULL));
        buf_puts(&out->note, ", by ");
        plan_put_value(&out->note, json_str(mark, "by", NULL));
        buf_putc(&out->note, '\n');
    }
    note_services(out->awaits, "sends to it again when it is ready", "send to it again when it is ready", out);
    note_owner_with(in, mark, all, out);
    buf_puts(&out->undo, "quarantine");
    json_decref(all);
}

bool act_plan_unquarantine(const struct act_in *in, struct act_plan *out, struct err *err)
{
    json_t *mark = mark_of(in->object);
    bool ok = plan_no_words(in, err) && marked_labels(in, mark, err);
    if (ok)
        put_back(in, mark, out);
    json_decref(mark);
    return ok;
}
