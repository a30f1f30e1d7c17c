#include "demo/cluster.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/folders.h"

struct cluster *cluster_new(const char *name, const char *prefix, uint64_t seed, int64_t start_ms)
{
    struct cluster *cl = xcalloc(1, sizeof(*cl));
    cl->folders = folders_new();
    cl->name = name;
    cl->prefix = prefix;
    cl->sim = sim_new(seed, start_ms);
    cl->db = db_new(48000000 + sim_range(cl->sim, 0, 900000));
    cl->kinds = kinds_new();
    cl->next_port = 30000 + (uint32_t)sim_range(cl->sim, 0, 2000);
    return cl;
}

void cluster_free(struct cluster *cl)
{
    if (!cl)
        return;
    db_free(cl->db);
    kinds_free(cl->kinds);
    sim_free(cl->sim);
    folders_free(cl->folders);
    free(cl->token);
    free(cl->limited_token);
    free(cl);
}

struct rtype *cl_type(struct cluster *cl, const char *group, const char *plural)
{
    struct rtype *rt = kinds_plural(cl->kinds, group, plural);
    BUG_ON(!rt);
    return rt;
}

void cl_update(struct cluster *cl, struct rev *old, json_t *tree)
{
    json_decref(obj_update(cl, old->rt, old, tree, &(struct write_opts) { .internal = true }));
}

void cl_delete(struct cluster *cl, const struct rev *old)
{
    json_t *out = NULL;
    json_t *options = json_pack("{s:s}", "propagationPolicy", "Background");
    json_decref(obj_delete(cl, old, options, &(struct write_opts) { .internal = true }, &out));
    json_decref(out);
    json_decref(options);
}

struct event {
    const json_t *about;
    const char *field_path, *type, *component, *host, *reason, *message;
};

// FNV-1a over what makes two events the same (client-go/tools/record/events_cache.go), for the name.
static uint64_t event_hash(const struct event *e)
{
    const char *parts[] = { json_str(e->about, "metadata", "uid", NULL), e->field_path, e->type,
        e->component, e->reason, e->message };
    uint64_t h = 1469598103934665603ull;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        for (const char *p = parts[i]; *p; p++)
            h = (h ^ (unsigned char)*p) * 1099511628211ull;
        h *= 1099511628211ull;
    }
    return h;
}

static json_t *event_tree(struct cluster *cl, const struct event *e, const char *name)
{
    char stamp[32], rv[32];
    const json_t *meta = json_object_get(e->about, "metadata");
    const char *ns = json_str(meta, "namespace", NULL);
    bool node = str_eq(json_str(e->about, "kind", NULL), "Node");
    sim_stamp(cl->sim, stamp);
    snprintf(rv, sizeof(rv), "%lld", (long long)db_rv(cl->db));
    json_t *involved = json_pack("{s:s,s:s,s:s}", "kind", json_str(e->about, "kind", NULL), "name",
        json_str(meta, "name", NULL), "uid",
        node && str_eq(e->component, "kubelet") ? json_str(meta, "name", NULL)
                                                : json_str(meta, "uid", NULL));
    if (*ns)
        json_object_set_new(involved, "namespace", json_string(ns));
    if (!node) {
        json_object_set(involved, "apiVersion", json_object_get(e->about, "apiVersion"));
        json_object_set_new(involved, "resourceVersion", json_string(rv));
    }
    if (*e->field_path)
        json_object_set_new(involved, "fieldPath", json_string(e->field_path));
    json_t *source = json_pack("{s:s}", "component", e->component);
    if (*e->host)
        json_object_set_new(source, "host", json_string(e->host));
    return json_pack("{s:{s:s,s:s},s:o,s:s,s:s,s:o,s:s,s:s,s:i,s:s,s:n,s:s,s:s}", "metadata", "name",
        name, "namespace", *ns ? ns : "default", "involvedObject", involved, "reason", e->reason,
        "message", e->message, "source", source, "firstTimestamp", stamp, "lastTimestamp", stamp,
        "count", 1, "type", e->type, "eventTime", "reportingComponent", e->component,
        "reportingInstance", e->host);
}

static void event_again(struct cluster *cl, struct rev *old)
{
    json_t *tree = rev_tree(old);
    char stamp[32];
    sim_stamp(cl->sim, stamp);
    json_object_set_new(tree, "count", json_integer(json_i64(tree, "count", NULL) + 1));
    json_object_set_new(tree, "lastTimestamp", json_string(stamp));
    cl_update(cl, old, tree);
    json_decref(tree);
}

void cl_event(struct cluster *cl, const json_t *about, const char *field_path, bool warning,
    const char *component, const char *host, const char *reason, const char *fmt, ...)
{
    char msg[1024], name[300];
    va_list ap;
    if (sim_now_ms(cl->sim) < cl->events_from)
        return;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof(msg), fmt, ap);
    va_end(ap);
    struct event e = { about, field_path, warning ? "Warning" : "Normal", component, host, reason,
        msg };
    const json_t *meta = json_object_get(about, "metadata");
    const char *ns = str_or(json_str(meta, "namespace", NULL), "default");
    const struct rtype *rt = cl_type(cl, "", "events");
    snprintf(name, sizeof(name), "%.200s.%016llx", json_str(meta, "name", NULL),
        (unsigned long long)event_hash(&e));
    struct rev *old = db_get(cl->db, rt, ns, name);
    if (old) {
        event_again(cl, old);
        return;
    }
    json_t *tree = event_tree(cl, &e, name);
    json_decref(obj_create(cl, rt, ns, tree, &(struct write_opts) { .internal = true }));
    json_decref(tree);
}
