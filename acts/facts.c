#include "acts/facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "kinds/common.h"
#include "kinds/kind.h"

enum { MAX_VALUE = 60, MAX_DEPTH = 32 };

__attribute__((format(printf, 3, 4))) static void fact(struct buf *out, const char *label, const char *fmt, ...)
{
    char text[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    buf_printf(out, "  %-10s ", label);
    utf8_sanitise(out, text, strlen(text)); // a name in it may have any byte: it stays on its line
    buf_putc(out, '\n');
}

// ---- selectors

static bool has_value(const json_t *values, const char *value)
{
    size_t i;
    json_t *v;
    json_array_foreach(values, i, v)
    {
        if (value && str_eq(json_string_value(v), value))
            return true;
    }
    return false;
}

static bool term_holds(const json_t *term, const json_t *labels)
{
    const char *op = json_str(term, "operator", NULL);
    const char *value = json_string_value(json_object_get(labels, json_str(term, "key", NULL)));
    const json_t *values = json_object_get(term, "values");
    if (str_eq(op, "Exists"))
        return value != NULL;
    if (str_eq(op, "DoesNotExist"))
        return value == NULL;
    return str_eq(op, "In") ? has_value(values, value) : str_eq(op, "NotIn") && !has_value(values, value);
}

// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors; {} selects everything
bool act_selects(const json_t *selector, const json_t *labels)
{
    const char *key;
    json_t *v;
    size_t i;
    if (!json_is_object(selector))
        return false;
    json_object_foreach(json_object_get(selector, "matchLabels"), key, v)
    {
        const char *want = json_string_value(v), *have = json_string_value(json_object_get(labels, key));
        if (!want || !have || !str_eq(want, have))
            return false;
    }
    json_array_foreach(json_object_get(selector, "matchExpressions"), i, v)
    {
        if (!term_holds(v, labels))
            return false;
    }
    return true;
}

// ---- facts

static void pods_of(const struct act_in *in, struct buf *out)
{
    const json_t *st = json_object_get(in->object, "status");
    bool daemons = str_eq(in->t->gvr.resource, "daemonsets");
    int64_t n = json_i64(st, daemons ? "currentNumberScheduled" : "replicas", NULL);
    int64_t ready = json_i64(st, daemons ? "numberReady" : "readyReplicas", NULL);
    if (json_object_get(st, daemons ? "currentNumberScheduled" : "replicas"))
        fact(out, "Pods", "%lld now, %lld of them ready", (long long)n, (long long)ready);
    else if (str_eq(in->t->gvr.resource, "namespaces"))
        fact(out, "with it", "everything in this namespace goes, for good");
    else if (str_eq(in->t->gvr.resource, "jobs") && json_i64(st, "active", NULL))
        fact(out, "Pods", "%lld of them run now", (long long)json_i64(st, "active", NULL));
}

// Nobody sets back what a running Pod has: the next one is another.
static bool is_in_place(const struct act_in *in)
{
    return str_eq(act_right_sub(in->act, &in->t->gvr), "resize");
}

// An owner of Kubernetes' own makes a Pod again; one of another group is an operator.
static void owner_of(const struct act_in *in, struct buf *out)
{
    const json_t *owner = controller_of(in->object);
    bool gone = in->act->flags & ACT_ANEW;
    if (!owner) {
        if (gone && str_eq(in->t->gvr.resource, "pods"))
            fact(out, "owner", "none: nothing makes this Pod again");
        return;
    }
    const char *kind = json_str(owner, "kind", NULL), *name = json_str(owner, "name", NULL);
    if (str_eq(kind, "Node"))
        fact(out, "owner", "the kubelet of %s: a static Pod, it comes back", name);
    else if (gone && str_eq(kind, "Job"))
        fact(out, "owner", "Job %s may start another one", name);
    else if (gone)
        fact(out, "owner", "%s %s makes another one", kind, name);
    else if (is_in_place(in))
        fact(out, "owner", "%s %s makes its next Pods with the amounts of its template", kind, name);
    else if (in->act->flags & ACT_REVERTED)
        fact(out, "owner", "%s %s may set this back", kind, name);
}

// Who deploys it, by the marks that they leave: argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking,
// fluxcd.io/flux/components/kustomize/kustomizations, helm.sh/docs/chart_best_practices/labels
static void deployer_of(const struct act_in *in, struct buf *out)
{
    const json_t *meta = json_object_get(in->object, "metadata");
    const json_t *labels = json_object_get(meta, "labels"), *notes = json_object_get(meta, "annotations");
    const char *track = json_str(notes, "argocd.argoproj.io/tracking-id", NULL);
    const char *argo = json_str(labels, "argocd.argoproj.io/instance", NULL);
    const char *flux = json_str(labels, "kustomize.toolkit.fluxcd.io/name", NULL);
    const char *release = json_str(labels, "helm.toolkit.fluxcd.io/name", NULL);
    const char *helm = json_str(notes, "meta.helm.sh/release-name", NULL);
    if (*track)
        fact(out, "deployed", "by Argo CD, application %.*s: its sync sets this back", (int)strcspn(track, ":"), track);
    else if (*argo)
        fact(out, "deployed", "by Argo CD, application %s: its sync sets this back", argo);
    if (*flux)
        fact(out, "deployed", "by Flux, Kustomization %s: it sets this back", flux);
    if (*release)
        fact(out, "deployed", "by Flux, HelmRelease %s: it may set this back", release);
    else if (*helm)
        fact(out, "deployed", "by Helm, release %s: its next upgrade may set this back", helm);
}

static void autoscaler_of(const struct act_in *in, const json_t *hpas, struct buf *out)
{
    size_t i;
    json_t *h;
    json_array_foreach(json_object_get(hpas, "items"), i, h)
    {
        const json_t *ref = json_at(h, "spec", "scaleTargetRef", NULL);
        if (!str_eq(json_str(ref, "kind", NULL), in->t->api_kind) || !str_eq(json_str(ref, "name", NULL), in->t->name))
            continue;
        const json_t *least = json_at(h, "spec", "minReplicas", NULL);
        fact(out, "HPA", "%s keeps %lld to %lld replicas: it sets this back (0 switches it off)",
            json_str(h, "metadata", "name", NULL), least ? (long long)json_integer_value(least) : 1LL,
            (long long)json_i64(h, "spec", "maxReplicas", NULL));
    }
}

static void budgets_of(const struct act_in *in, const json_t *budgets, struct buf *out)
{
    bool pod = str_eq(in->t->gvr.resource, "pods"), evicts = str_eq(in->act->name, "evict");
    const json_t *labels = pod ? json_at(in->object, "metadata", "labels", NULL)
                               : json_at(in->object, "spec", "template", "metadata", "labels", NULL);
    size_t i;
    json_t *b;
    json_array_foreach(json_object_get(budgets, "items"), i, b)
    {
        int64_t left = json_i64(b, "status", "disruptionsAllowed", NULL);
        if (act_selects(json_at(b, "spec", "selector", NULL), labels))
            fact(out, "budget", "%s allows %lld disruption%s now%s", json_str(b, "metadata", "name", NULL), (long long)left,
                left == 1 ? "" : "s", evicts ? "" : "; deleting does not ask it");
    }
}

void act_facts(const struct act_in *in, const struct act_around *around, struct buf *out)
{
    unsigned flags = in->act->flags;
    if (flags & ACT_PODS)
        pods_of(in, out);
    if (flags & (ACT_ANEW | ACT_REVERTED))
        owner_of(in, out);
    if (flags & ACT_HPA)
        autoscaler_of(in, around->hpas, out);
    if (flags & ACT_PDB)
        budgets_of(in, around->budgets, out);
    if (flags & ACT_REVERTED && !is_in_place(in))
        deployer_of(in, out);
}

// ---- what changed

struct diff {
    struct buf *out;
    size_t n, max;
    bool secret;
};

static bool by_server(const char *path)
{
    static const char *const own[] = { "status", "metadata.managedFields", "metadata.resourceVersion",
        "metadata.generation", "metadata.uid", "metadata.creationTimestamp",
        "metadata.annotations.deployment.kubernetes.io/revision" };
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        if (str_eq(path, own[i]))
            return true;
    return false;
}

static void put_value(struct buf *out, const json_t *v)
{
    char *text = !v ? xstrdup("unset") : json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    const char *s = str_or(text, "?");
    size_t n = strlen(s);
    if (json_is_string(v) && n >= 2 && n - 2 == strlen(json_string_value(v))) { // nothing in it is escaped
        s++;
        n -= 2;
    }
    buf_add(out, s, n > MAX_VALUE ? MAX_VALUE : n);
    if (n > MAX_VALUE)
        buf_puts(out, " …");
    free(text);
}

static void differ(struct diff *d, const char *path, const json_t *a, const json_t *b)
{
    if (d->n++ >= d->max)
        return;
    bool hidden = d->secret && (str_starts(path, "data") || str_starts(path, "stringData") ||
                                   str_starts(path, "metadata.annotations")); // one of them repeats the data
    utf8_sanitise(d->out, path, strlen(path));
    buf_puts(d->out, ": ");
    if (hidden) {
        buf_puts(d->out, "another value\n");
        return;
    }
    put_value(d->out, a);
    buf_puts(d->out, " → ");
    put_value(d->out, b);
    buf_putc(d->out, '\n');
}

static void walk(struct diff *d, const char *path, const json_t *a, const json_t *b, int depth);

static void walk_member(struct diff *d, const char *path, const char *key, const json_t *a, const json_t *b, int depth)
{
    char *deeper = *path ? xasprintf("%s.%s", path, key) : xstrdup(key);
    if (!by_server(deeper))
        walk(d, deeper, a, b, depth + 1);
    free(deeper);
}

static void walk_objects(struct diff *d, const char *path, const json_t *a, const json_t *b, int depth)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)b, key, v)
        walk_member(d, path, key, json_object_get(a, key), v, depth);
    json_object_foreach((json_t *)a, key, v)
    {
        if (!json_object_get(b, key))
            walk_member(d, path, key, v, NULL, depth);
    }
}

// What tells an element from its neighbours: a name, or a taint's key and effect. Empty: its place does.
static void put_identity(struct buf *out, const json_t *element)
{
    const char *name = json_str(element, "name", NULL), *key = json_str(element, "key", NULL);
    const char *effect = json_str(element, "effect", NULL);
    buf_clear(out);
    if (*name)
        buf_puts(out, name);
    else if (*key && *effect)
        buf_printf(out, "%s:%s", key, effect);
}

static const json_t *find_identity(const json_t *list, const char *identity)
{
    const json_t *found = NULL;
    struct buf id = BUF_INIT;
    for (size_t i = 0; !found && i < json_array_size(list); i++) {
        put_identity(&id, json_array_get(list, i));
        found = str_eq(id.s, identity) ? json_array_get(list, i) : NULL;
    }
    buf_release(&id);
    return found;
}

static void walk_element(struct diff *d, const char *path, const char *id, size_t at, const json_t *x, const json_t *y, int depth)
{
    char *deeper = *id ? xasprintf("%s[%s]", path, id) : xasprintf("%s[%zu]", path, at);
    walk(d, deeper, x, y, depth + 1);
    free(deeper);
}

static void walk_arrays(struct diff *d, const char *path, const json_t *a, const json_t *b, int depth)
{
    struct buf id = BUF_INIT;
    for (size_t i = 0; i < json_array_size(b); i++) {
        put_identity(&id, json_array_get(b, i));
        walk_element(d, path, id.s, i, id.n ? find_identity(a, id.s) : json_array_get(a, i), json_array_get(b, i), depth);
    }
    for (size_t i = 0; i < json_array_size(a); i++) { // what is no more
        put_identity(&id, json_array_get(a, i));
        if (id.n ? !find_identity(b, id.s) : i >= json_array_size(b))
            walk_element(d, path, id.s, i, json_array_get(a, i), NULL, depth);
    }
    buf_release(&id);
}

static void walk(struct diff *d, const char *path, const json_t *a, const json_t *b, int depth)
{
    if (json_equal((json_t *)a, (json_t *)b))
        return;
    bool object = json_is_object(a) && json_is_object(b), array = json_is_array(a) && json_is_array(b);
    if (depth > MAX_DEPTH || (!object && !array))
        differ(d, path, a, b);
    else if (object)
        walk_objects(d, path, a, b, depth);
    else
        walk_arrays(d, path, a, b, depth);
}

size_t act_diff(const json_t *before, const json_t *after, bool secret, size_t max, struct buf *out)
{
    struct diff d = { out, 0, max, secret };
    walk(&d, "", before, after, 0);
    if (d.n > d.max)
        buf_printf(out, "and %zu more\n", d.n - d.max);
    return d.n;
}
