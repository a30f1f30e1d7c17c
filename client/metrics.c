#include "client/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "client/quantity.h"

enum { POLL_MS = 15000, ABSENT_MS = 120000, MAX_BYTES = 64 << 20 };

struct item {
    char *key; // "ns/pod", "ns/pod/container" or "node"
    struct usage usage;
    uint32_t round;
    UT_hash_handle hh;
};
struct source {
    struct metrics *m;
    bool wanted, answered, nodes;
    char *ns;
    uint64_t call;
    uint32_t round;
    struct item *items;
    struct loop_timer *timer;
};
struct metrics {
    struct client *client;
    void (*changed)(void *arg);
    void *arg;
    struct source pods, nodes;
    bool available;
};

static void poll_now(void *arg);

static struct item *put(struct source *s, const char *key, const json_t *usage)
{
    struct item *it;
    HASH_FIND_STR(s->items, key, it);
    if (!it) {
        it = xcalloc(1, sizeof(*it));
        it->key = xstrdup(key);
        HASH_ADD_KEYPTR(hh, s->items, it->key, strlen(it->key), it);
    }
    it->round = s->round;
    it->usage = (struct usage) { 0 };
    quantity_milli(json_str(usage, "cpu", NULL), &it->usage.cpu_milli);
    quantity_bytes(json_str(usage, "memory", NULL), &it->usage.mem_bytes);
    return it;
}

static void drop_old(struct source *s, bool all)
{
    struct item *it, *tmp;
    HASH_ITER(hh, s->items, it, tmp)
        if (all || it->round != s->round) {
            HASH_DEL(s->items, it);
            free(it->key);
            free(it);
        }
}

static void take_pod(struct source *s, const json_t *obj)
{
    char key[1024], pod[600];
    struct usage sum = { 0 };
    size_t i;
    json_t *c;
    snprintf(pod, sizeof(pod), "%s/%s", json_str(obj, "metadata", "namespace", NULL),
        json_str(obj, "metadata", "name", NULL));
    json_array_foreach(json_object_get(obj, "containers"), i, c)
    {
        snprintf(key, sizeof(key), "%s/%s", pod, json_str(c, "name", NULL));
        struct item *it = put(s, key, json_object_get(c, "usage"));
        sum.cpu_milli = num_add(sum.cpu_milli, it->usage.cpu_milli);
        sum.mem_bytes = num_add(sum.mem_bytes, it->usage.mem_bytes);
    }
    put(s, pod, NULL)->usage = sum;
}

static void on_metrics(void *arg, json_t *doc, const struct http_result *res)
{
    struct source *s = arg;
    size_t i;
    json_t *obj;
    s->call = 0;
    s->answered = true;
    bool was = s->m->available;
    s->m->available = res->ok;
    if (res->ok) {
        s->round++;
        json_array_foreach(json_object_get(doc, "items"), i, obj)
        {
            if (s->nodes)
                put(s, json_str(obj, "metadata", "name", NULL), json_object_get(obj, "usage"));
            else
                take_pod(s, obj);
        }
        drop_old(s, false);
    }
    if (s->wanted)
        loop_timer_start(s->timer, res->ok ? POLL_MS : ABSENT_MS, 0);
    if (res->ok || was)
        s->m->changed(s->m->arg);
}

static void poll_now(void *arg)
{
    struct source *s = arg;
    if (!s->wanted || s->call)
        return;
    static const struct gvr gvr_pods = { "metrics.k8s.io", "v1beta1", "pods", true };
    static const struct gvr gvr_nodes = { "metrics.k8s.io", "v1beta1", "nodes", false };
    struct buf path = BUF_INIT;
    gvr_path(&path, s->nodes ? &gvr_nodes : &gvr_pods, s->ns, NULL);
    struct http_opts o = { .method = "GET", .path = path.s, .gzip = true, .max_bytes = MAX_BYTES };
    s->call = client_call(s->m->client, &o, on_metrics, s);
    buf_release(&path);
}

static void source_init(struct source *s, struct metrics *m, bool nodes)
{
    s->m = m;
    s->nodes = nodes;
    s->timer = loop_timer_new(client_loop(m->client), poll_now, s);
}

struct metrics *metrics_new(struct client *c, void (*changed)(void *arg), void *arg)
{
    struct metrics *m = xcalloc(1, sizeof(*m));
    m->client = c;
    m->changed = changed;
    m->arg = arg;
    source_init(&m->pods, m, false);
    source_init(&m->nodes, m, true);
    return m;
}

static void source_release(struct source *s)
{
    client_cancel(s->m->client, s->call);
    loop_timer_free(s->timer);
    drop_old(s, true);
    free(s->ns);
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    source_release(&m->pods);
    source_release(&m->nodes);
    free(m);
}

static void want(struct source *s, bool wanted, const char *ns)
{
    bool moved = !str_eq(s->ns, ns);
    if (moved) {
        free(s->ns);
        s->ns = xstrdup_null(ns);
    }
    bool begin = wanted && (!s->wanted || moved);
    s->wanted = wanted;
    s->answered = s->answered && !begin;
    if (begin && !s->call)
        loop_timer_start(s->timer, 300, 0); // after the first rows: they come first
}

void metrics_want_pods(struct metrics *m, bool wanted, const char *ns)
{
    want(&m->pods, wanted, ns && *ns ? ns : NULL);
}

void metrics_want_nodes(struct metrics *m, bool wanted)
{
    want(&m->nodes, wanted, NULL);
}

static bool find(const struct source *s, const char *key, struct usage *out)
{
    struct item *it;
    HASH_FIND_STR(s->items, key, it);
    if (it)
        *out = it->usage;
    return it != NULL;
}

bool metrics_pod(const struct metrics *m, const char *ns, const char *name, struct usage *out)
{
    char key[600];
    if (!m->pods.items)
        return false;
    snprintf(key, sizeof(key), "%s/%s", ns, name);
    return find(&m->pods, key, out);
}

bool metrics_container(const struct metrics *m, const char *ns, const char *pod, const char *container,
    struct usage *out)
{
    char key[1024];
    snprintf(key, sizeof(key), "%s/%s/%s", ns, pod, container);
    return find(&m->pods, key, out);
}

bool metrics_node(const struct metrics *m, const char *name, struct usage *out)
{
    return find(&m->nodes, name, out);
}

bool metrics_pending(const struct metrics *m)
{
    return (m->pods.wanted && !m->pods.answered) || (m->nodes.wanted && !m->nodes.answered);
}

bool metrics_available(const struct metrics *m)
{
    return m->available;
}
