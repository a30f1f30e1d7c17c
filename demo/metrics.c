#include "demo/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

enum { WINDOW = 15 }; // seconds between two scrapes

static double suffix_factor(const char *s)
{
    static const struct {
        const char *s;
        double f;
    } t[] = { { "m", 1e-3 }, { "k", 1e3 }, { "M", 1e6 }, { "G", 1e9 }, { "T", 1e12 },
        { "Ki", 1024.0 }, { "Mi", 1048576.0 }, { "Gi", 1073741824.0 }, { "Ti", 1099511627776.0 },
        { "", 1.0 } };
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        if (str_eq(t[i].s, s))
            return t[i].f;
    }
    return 0;
}

static double quantity(const char *s)
{
    char *end;
    double v = strtod(s, &end);
    return v * suffix_factor(end);
}

int64_t quantity_milli(const char *s)
{
    return (int64_t)(quantity(s) * 1000 + 0.5);
}

int64_t quantity_bytes(const char *s)
{
    return (int64_t)(quantity(s) + 0.5);
}

// A share between 0 and 1 that wanders slowly: fixed by the Pod, moved a little each window.
static double wander(const char *uid, const char *name, int64_t t, unsigned salt)
{
    uint64_t h = 1469598103934665603ull + salt;
    for (const char *p = uid; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211ull;
    for (const char *p = name; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211ull;
    double base = (double)(h >> 40) / (double)(1 << 24);
    uint64_t step = (uint64_t)(t / WINDOW);
    double now = 0;
    for (unsigned k = 0; k < 3; k++) { // three slow sums smooth the noise
        uint64_t x = (h + (step / (1u + 3u * k)) * 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;
        now += (double)(x >> 40) / (double)(1 << 24) / 3;
    }
    return base * 0.75 + now * 0.25;
}

static void usage_of(const json_t *ctr, const char *uid, int64_t now, int64_t *milli, int64_t *bytes)
{
    const json_t *req = json_at(ctr, "resources", "requests", NULL);
    const json_t *lim = json_at(ctr, "resources", "limits", NULL);
    const char *name = json_str(ctr, "name", NULL);
    int64_t cpu = quantity_milli(str_or(json_str(req, "cpu", NULL), "100m"));
    int64_t mem = quantity_bytes(str_or(json_str(req, "memory", NULL), "64Mi"));
    int64_t limit = quantity_bytes(json_str(lim, "memory", NULL));
    *milli = 1 + (int64_t)((double)cpu * (0.05 + 0.8 * wander(uid, name, now, 1)));
    *bytes = (int64_t)((double)mem * (0.35 + 0.6 * wander(uid, name, now, 2)));
    if (limit && *bytes > limit * 95 / 100)
        *bytes = limit * 95 / 100;
}

static json_t *usage(int64_t milli, int64_t bytes)
{
    char cpu[32], mem[32];
    snprintf(cpu, sizeof(cpu), "%lldn", (long long)milli * 1000000 + milli % 7 * 31337);
    snprintf(mem, sizeof(mem), "%lldKi", (long long)bytes / 1024);
    return json_pack("{s:s,s:s}", "cpu", cpu, "memory", mem);
}

static json_t *wrap(struct cluster *cl, const struct rev *r, const char *kind)
{
    char stamp[32];
    sim_stamp(cl->sim, stamp);
    json_t *tree = rev_tree(r), *meta = json_pack("{s:s}", "name", r->name);
    if (*r->ns)
        json_object_set_new(meta, "namespace", json_string(r->ns));
    json_object_set_new(meta, "creationTimestamp", json_string(stamp));
    json_t *labels = json_at(tree, "metadata", "labels", NULL);
    if (labels)
        json_object_set(meta, "labels", labels);
    json_decref(tree);
    return json_pack("{s:s,s:s,s:o,s:s,s:s}", "kind", kind, "apiVersion", "metrics.k8s.io/v1beta1",
        "metadata", meta, "timestamp", stamp, "window", "15.021s");
}

// Only containers that run are measured.
static json_t *pod_metrics(struct cluster *cl, const struct rev *r, int64_t *milli, int64_t *bytes)
{
    json_t *pod = rev_tree(r), *list = json_array(), *ctr, *cs;
    size_t i, j;
    *milli = *bytes = 0;
    json_array_foreach (json_at(pod, "spec", "containers", NULL), i, ctr) {
        const char *name = json_str(ctr, "name", NULL);
        bool runs = false;
        json_array_foreach (json_at(pod, "status", "containerStatuses", NULL), j, cs)
            runs = runs
                || (str_eq(json_str(cs, "name", NULL), name)
                    && json_at(cs, "state", "running", NULL));
        if (!runs)
            continue;
        int64_t m, b;
        usage_of(ctr, r->uid, sim_now(cl->sim), &m, &b);
        *milli += m;
        *bytes += b;
        json_array_append_new(list, json_pack("{s:s,s:o}", "name", name, "usage", usage(m, b)));
    }
    json_decref(pod);
    if (!json_array_size(list)) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *node_metrics(struct cluster *cl, const struct rev *r)
{
    int64_t milli = 120, bytes = 700LL << 20; // the system's own share
    size_t from, to;
    const struct rtype *pods = cl_type(cl, "", "pods");
    const rev_list *l = db_list(cl->db, pods, "", &from, &to);
    for (size_t i = from; i < to; i++) {
        int64_t m, b;
        if (!str_eq(l->v[i]->fields, r->name)) // spec.nodeName is the first selectable field
            continue;
        json_decref(pod_metrics(cl, l->v[i], &m, &b));
        milli += m;
        bytes += b;
    }
    json_t *out = wrap(cl, r, "NodeMetrics");
    json_object_set_new(out, "usage", usage(milli, bytes));
    return out;
}

json_t *metrics_of(struct cluster *cl, const struct rev *r)
{
    int64_t milli, bytes;
    if (str_eq(r->rt->plural, "nodes"))
        return r->flags & REV_READY ? node_metrics(cl, r) : NULL;
    json_t *list = pod_metrics(cl, r, &milli, &bytes);
    if (!list)
        return NULL;
    json_t *out = wrap(cl, r, "PodMetrics");
    json_object_set_new(out, "containers", list);
    return out;
}
