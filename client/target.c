#include "client/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

struct target {
    struct client *client;
    uint64_t request;
    json_t *object; // what selects, while its Pods are listed
    target_fn *fn;
    void *arg;
    bool object_only;
};

// ---- selectors

static void put_term(struct buf *out, const char *key, const char *op, const json_t *values)
{
    size_t i;
    json_t *v;
    if (out->n)
        buf_putc(out, ',');
    if (str_eq(op, "DoesNotExist")) {
        buf_printf(out, "!%s", key);
        return;
    }
    buf_puts(out, key);
    if (str_eq(op, "Exists"))
        return;
    buf_puts(out, str_eq(op, "NotIn") ? " notin (" : " in (");
    json_array_foreach(values, i, v)
        buf_printf(out, "%s%s", i ? "," : "", json_is_string(v) ? json_string_value(v) : "");
    buf_putc(out, ')');
}

// A LabelSelector, or the plain map of Services and ReplicationControllers.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
bool target_selector(const json_t *object, struct buf *out)
{
    const json_t *sel = json_at(object, "spec", "selector", NULL);
    json_t *labels = json_object_get(sel, "matchLabels"), *terms = json_object_get(sel, "matchExpressions"), *v;
    const char *key;
    size_t i;
    bool plain = !json_is_object(labels) && !json_is_array(terms);
    json_object_foreach(plain ? (json_t *)sel : labels, key, v)
    {
        if (json_is_string(v))
            buf_printf(out, "%s%s=%s", out->n ? "," : "", key, json_string_value(v));
    }
    json_array_foreach(terms, i, v)
        put_term(out, json_str(v, "key", NULL), json_str(v, "operator", NULL), json_object_get(v, "values"));
    return out->n > 0;
}

// ---- the Pods

static int merit(const json_t *pod)
{
    size_t i;
    json_t *c;
    if (*json_str(pod, "metadata", "deletionTimestamp", NULL))
        return 0;
    json_array_foreach(json_at(pod, "status", "conditions", NULL), i, c)
    {
        if (str_eq(json_str(c, "type", NULL), "Ready") && str_eq(json_str(c, "status", NULL), "True"))
            return 3;
    }
    return str_eq(json_str(pod, "status", "phase", NULL), "Running") ? 2 : 1;
}

static const json_t *best_of(const json_t *pods)
{
    const json_t *best = NULL;
    size_t i;
    json_t *pod;
    json_array_foreach(pods, i, pod)
    {
        int d = best ? merit(pod) - merit(best) : 1;
        if (d > 0 || (d == 0 && json_time(pod, "metadata", "creationTimestamp", NULL) >
                                    json_time(best, "metadata", "creationTimestamp", NULL)))
            best = pod;
    }
    return best;
}

static void fail(struct target *t, const struct err *err)
{
    t->fn(t->arg, NULL, t->object, err);
}

static void on_pods(void *arg, json_t *doc, const struct http_result *res)
{
    struct target *t = arg;
    struct err err = { 0 };
    t->request = 0;
    const json_t *pod = doc ? best_of(json_object_get(doc, "items")) : NULL;
    if (pod) {
        t->fn(t->arg, pod, t->object, NULL);
        return;
    }
    err = res->err;
    if (doc) {
        err_set(&err, "%s %s has no Pods now", json_str(t->object, "kind", NULL),
            json_str(t->object, "metadata", "name", NULL));
        err_hint(&err, "scaled to 0, or no Pod has the labels it selects");
    }
    fail(t, &err);
}

static void on_object(void *arg, json_t *doc, const struct http_result *res)
{
    struct target *t = arg;
    struct buf path = BUF_INIT, sel = BUF_INIT;
    struct gvr pods = { "", "v1", "pods", true };
    struct err err = { 0 };
    t->request = 0;
    if (!doc) {
        fail(t, &res->err);
        return;
    }
    if (t->object_only || str_eq(json_str(doc, "kind", NULL), "Pod")) {
        t->fn(t->arg, doc, doc, NULL);
        return;
    }
    t->object = json_incref(doc);
    if (!target_selector(doc, &sel)) {
        err_set(&err, "%s %s selects no Pods", json_str(doc, "kind", NULL), json_str(doc, "metadata", "name", NULL));
        err_hint(&err, "name a Pod");
        fail(t, &err); // t may be gone now
    } else {
        gvr_path(&path, &pods, json_str(doc, "metadata", "namespace", NULL), NULL);
        buf_puts(&path, "?limit=500&labelSelector=");
        str_url_escape(&path, sel.s);
        t->request = client_get(t->client, path.s, on_pods, t);
    }
    buf_release(&path);
    buf_release(&sel);
}

struct target *target_find(struct client *c, const struct gvr *gvr, const char *ns, const char *name,
    target_fn *fn, void *arg)
{
    struct target *t = xcalloc(1, sizeof(*t));
    struct buf path = BUF_INIT;
    t->client = c;
    t->fn = fn;
    t->arg = arg;
    gvr_path(&path, gvr, ns, name);
    t->request = client_get(c, path.s, on_object, t);
    buf_release(&path);
    return t;
}

struct target *target_object(struct client *c, const struct gvr *gvr, const char *ns, const char *name,
    target_fn *fn, void *arg)
{
    struct target *t = target_find(c, gvr, ns, name, fn, arg);
    t->object_only = true;
    return t;
}

void target_free(struct target *t)
{
    if (!t)
        return;
    client_cancel(t->client, t->request);
    json_decref(t->object);
    free(t);
}
