#include "demo/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/ctl.h"

bool ctl_is(const struct rev *r, const char *group, const char *plural)
{
    return str_eq(r->rt->plural, plural) && str_eq(r->rt->group, group);
}

json_t *ctl_child(json_t *obj, const char *key)
{
    json_t *v = json_object_get(obj, key);
    if (!json_is_object(v)) {
        v = json_object();
        json_object_set_new(obj, key, v);
    }
    return v;
}

json_t *ctl_status(json_t *tree)
{
    return ctl_child(tree, "status");
}

json_t *ctl_find_condition(const json_t *tree, const char *type)
{
    size_t i;
    json_t *c;
    json_array_foreach (json_at(tree, "status", "conditions", NULL), i, c) {
        if (str_eq(json_str(c, "type", NULL), type))
            return c;
    }
    return NULL;
}

bool ctl_condition(struct cluster *cl, json_t *tree, const char *type, const char *status,
    const char *reason, const char *message)
{
    char stamp[32];
    json_t *c = ctl_find_condition(tree, type);
    sim_stamp(cl->sim, stamp);
    if (!c) {
        json_t *list = json_object_get(ctl_status(tree), "conditions");
        if (!list) {
            list = json_array();
            json_object_set_new(ctl_status(tree), "conditions", list);
        }
        c = json_pack("{s:s,s:s}", "type", type, "status", "");
        json_array_append_new(list, c);
    }
    bool turned = !str_eq(json_str(c, "status", NULL), status);
    if (!turned && str_eq(json_str(c, "reason", NULL), reason)
        && str_eq(json_str(c, "message", NULL), message))
        return false;
    json_object_set_new(c, "status", json_string(status));
    if (turned || !json_object_get(c, "lastTransitionTime"))
        json_object_set_new(c, "lastTransitionTime", json_string(stamp));
    static const char *const keys[] = { "reason", "message" };
    const char *const values[] = { reason, message };
    for (size_t i = 0; i < 2; i++) {
        if (*values[i])
            json_object_set_new(c, keys[i], json_string(values[i]));
        else
            json_object_del(c, keys[i]);
    }
    return true;
}

json_t *ctl_owner_ref(const json_t *owner)
{
    return json_pack("[{s:O,s:O,s:O,s:O,s:b,s:b}]", "apiVersion",
        json_object_get(owner, "apiVersion"), "kind", json_object_get(owner, "kind"), "name",
        json_at(owner, "metadata", "name", NULL), "uid", json_at(owner, "metadata", "uid", NULL),
        "controller", 1, "blockOwnerDeletion", 1);
}

void ctl_enqueue(struct cluster *cl, sim_fn *fn, const char *uid)
{
    if (*uid)
        sim_once(cl->sim, 5, fn, cl, uid);
}

json_t *ctl_load(struct cluster *cl, const char *uid, const char *plural, struct rev **rev)
{
    *rev = db_by_uid(cl->db, uid);
    return *rev && str_eq((*rev)->rt->plural, plural) ? json_deep_copy(db_peek(cl->db, *rev)) : NULL;
}

json_t *ctl_make_pod(struct cluster *cl, const json_t *owner, const json_t *template,
    const char *name, json_t *extra_labels, char made[300])
{
    json_t *pod = json_deep_copy(template), *meta = ctl_child(pod, "metadata");
    const char *ns = json_str(owner, "metadata", "namespace", NULL);
    char base[300];
    snprintf(base, sizeof(base), "%s-", json_str(owner, "metadata", "name", NULL));
    if (name)
        json_object_set_new(meta, "name", json_string(name));
    json_object_set_new(meta, "generateName", json_string(base));
    json_object_set_new(meta, "ownerReferences", ctl_owner_ref(owner));
    if (extra_labels)
        json_object_update(ctl_child(meta, "labels"), extra_labels);
    json_decref(extra_labels);
    json_t *s = obj_create(cl, cl_type(cl, "", "pods"), ns, pod,
        &(struct write_opts) { .internal = true });
    snprintf(made, 300, "%s", json_str(pod, "metadata", "name", NULL));
    json_decref(pod);
    return s;
}

int64_t ctl_percent(const json_t *v, int64_t total, bool up)
{
    if (!json_is_string(v))
        return json_integer_value(v);
    int64_t percent = strtol(json_string_value(v), NULL, 10);
    return (percent * total + (up ? 99 : 0)) / 100;
}

void ctl_template_hash(const json_t *template, char out[16])
{
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    char *text = json_dumps(template, JSON_COMPACT | JSON_SORT_KEYS);
    uint64_t h = 1469598103934665603ull;
    for (const char *p = text; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211ull;
    free(text);
    for (int i = 0; i < 10; i++, h /= sizeof(alphabet) - 1)
        out[i] = alphabet[h % (sizeof(alphabet) - 1)];
    out[10] = '\0';
}

const char *ctl_annotation(const json_t *tree, const char *key)
{
    return json_str(tree, "metadata", "annotations", key, NULL);
}

void ctl_annotate(json_t *tree, const char *key, const char *value)
{
    json_object_set_new(
        ctl_child(ctl_child(tree, "metadata"), "annotations"), key, json_string(value));
}

bool ctl_same_labels(const struct rev *a, const struct rev *b)
{
    const char *x = a->labels, *y = b->labels;
    while (*x && str_eq(x, y)) { // keys and values in turn
        size_t n = strlen(x) + 1, value = strlen(x + n) + 1;
        if (!str_eq(x + n, y + n))
            return false;
        x += n + value;
        y += n + value;
    }
    return !*x && !*y;
}

bool ctl_pod_counts(const struct db_event *ev)
{
    return !ev->prev || ev->type == DB_DELETED || ev->prev->flags != ev->now->flags || !str_eq(ev->prev->owner, ev->now->owner);
}

static void on_event(void *arg, const struct db_event *ev)
{
    static void (*const all[])(struct cluster *cl, const struct db_event *ev)
        = { ctl_gc_event, ctl_node_event, ctl_namespace_event, ctl_crd_event, ctl_volume_event,
              ctl_scheduler_event, ctl_kubelet_event, ctl_claim_event, ctl_replicaset_event, ctl_deployment_event,
              ctl_statefulset_event, ctl_daemonset_event, ctl_job_event, ctl_endpoints_event,
              ctl_policy_event, ctl_csr_event };
    struct cluster *cl = arg;
    if (str_eq(ev->now->rt->plural, "events"))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        all[i](cl, ev);
}

void control_start(struct cluster *cl)
{
    cl->control = xcalloc(1, sizeof(*cl->control));
    db_listen(cl->db, on_event, cl);
}

void control_stop(struct cluster *cl)
{
    if (!cl->control)
        return;
    db_unlisten(cl->db, on_event, cl);
    ctl_scheduler_release(cl);
    free(cl->control);
    cl->control = NULL;
}

void control_live(struct cluster *cl)
{
    ctl_node_live(cl);
    ctl_event_ttl_live(cl);
}

// One visible change of a Pod: an annotation and the time of its Ready condition, as a restart leaves.
static void churn_one(struct cluster *cl, struct rev *r)
{
    char stamp[32], n[24];
    json_t *pod = rev_tree(r);
    json_t *cs = json_array_get(json_at(pod, "status", "containerStatuses", NULL), 0);
    sim_stamp(cl->sim, stamp);
    int64_t count = json_i64(cs, "restartCount", NULL) + 1;
    snprintf(n, sizeof(n), "%lld", (long long)count);
    if (cs) {
        json_object_set_new(cs, "restartCount", json_integer(count));
        json_object_set_new(cs, "lastState",
            json_pack("{s:{s:i,s:s,s:s,s:s}}", "terminated", "exitCode", 1, "reason", "Error",
                "startedAt", stamp, "finishedAt", stamp));
    }
    ctl_annotate(pod, "demo.kview.io/churn", n);
    cl_update(cl, r, pod);
    json_decref(pod);
}

static void churn_tick(void *arg, const char *key)
{
    struct cluster *cl = arg;
    (void)key;
    int64_t rate = cl->control->churn_rate;
    if (rate <= 0)
        return;
    // At most 50 turns a second, several Pods each beyond that.
    int64_t turn_ms = rate > 50 ? 20 : 1000 / rate;
    size_t from, to;
    const struct rtype *pods = cl_type(cl, "", "pods");
    const rev_list *l = db_list(cl->db, pods, "scale", &from, &to);
    if (from == to)
        l = db_list(cl->db, pods, "", &from, &to);
    for (int64_t i = 0; i < rate * turn_ms / 1000 + (rate <= 50) && to > from; i++) {
        cl->control->churn_at = cl->control->churn_at * 6364136223846793005ull + 1442695040888963407ull;
        churn_one(cl, l->v[from + (cl->control->churn_at >> 33) % (to - from)]);
    }
    sim_once(cl->sim, turn_ms, churn_tick, cl, "churn");
}

void control_churn(struct cluster *cl, int64_t rate)
{
    cl->control->churn_rate = rate > 10000 ? 10000 : rate;
    sim_once(cl->sim, 1, churn_tick, cl, "churn");
}
