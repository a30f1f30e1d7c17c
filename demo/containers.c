#include "demo/containers.h"

#include <stdlib.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/status.h"

#define RATE_ANNOTATION "kview.test/log-rate"

static const char *const lists[][2] = { { "containers", "containerStatuses" },
    { "initContainers", "initContainerStatuses" }, { "ephemeralContainers", "ephemeralContainerStatuses" } };

const json_t *container_find(const json_t *pod, const char *name, const json_t **status)
{
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        const json_t *c = json_named(json_at(pod, "spec", lists[k][0], NULL), name);
        *status = json_named(json_at(pod, "status", lists[k][1], NULL), name);
        if (c)
            return c;
    }
    return NULL;
}

static void put_names(struct buf *out, const json_t *pod)
{
    static const char *const order[] = { "initContainers", "containers", "ephemeralContainers" };
    size_t k;
    json_t *x;
    for (size_t i = 0; i < ARRAY_SIZE(order); i++)
        json_array_foreach (json_at(pod, "spec", order[i], NULL), k, x)
            buf_printf(out, "%s%s", out->n ? " " : "", json_str(x, "name", NULL));
}

const json_t *container_choose(const json_t *pod, const char *name, const json_t **status, json_t **error)
{
    const json_t *all = json_at(pod, "spec", "containers", NULL);
    const char *pod_name = json_str(pod, "metadata", "name", NULL);
    if (name && *name) {
        const json_t *c = container_find(pod, name, status);
        if (!c)
            *error = status_bad_request("container %s is not valid for pod %s", name, pod_name);
        return c;
    }
    if (json_array_size(all) == 1)
        return container_find(pod, json_str(json_array_get(all, 0), "name", NULL), status);
    struct buf b = BUF_INIT;
    put_names(&b, pod);
    *error = status_bad_request("a container name must be specified for pod %s, choose one of: [%s]", pod_name, b.s);
    buf_release(&b);
    return NULL;
}

bool container_port_open(const json_t *pod, int64_t port)
{
    size_t i, j;
    json_t *ctr, *p;
    for (size_t k = 0; k < 2; k++) // init containers: of these the sidecars
        json_array_foreach (json_at(pod, "spec", lists[k][0], NULL), i, ctr) {
            const json_t *cs = json_named(json_at(pod, "status", lists[k][1], NULL), json_str(ctr, "name", NULL));
            json_array_foreach (json_object_get(ctr, "ports"), j, p)
                if (json_i64(p, "containerPort", NULL) == port && json_at(cs, "state", "running", NULL))
                    return true;
        }
    return false;
}

// ---- what it writes

static uint64_t seed_of(const char *s)
{
    uint64_t h = UINT64_C(1469598103934665603);
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
    return h;
}

void log_source_state(struct log_source *s, const json_t *state)
{
    int64_t began = json_time(state, "startedAt", NULL), ended = json_time(state, "finishedAt", NULL);
    s->in.start_ms = began * 1000;
    s->in.end_ms = ended ? ended * 1000 : 0;
    s->in.killed = str_eq(json_str(state, "reason", NULL), "OOMKilled");
    s->in.exit_code = (int)json_i64(state, "exitCode", NULL);
}

void log_source_init(
    struct log_source *s, const json_t *pod, const json_t *ctr, const json_t *state, const char *id)
{
    s->pod = xstrdup(json_str(pod, "metadata", "name", NULL));
    s->container = xstrdup(json_str(ctr, "name", NULL));
    s->image = xstrdup(json_str(ctr, "image", NULL));
    s->in = (struct log_instance) { .pod = s->pod, .container = s->container, .image = s->image, .seed = seed_of(id) };
    str_to_i64(json_str(pod, "metadata", "annotations", RATE_ANNOTATION, NULL), &s->in.rate);
    log_source_state(s, state);
}

void log_source_release(struct log_source *s)
{
    free(s->pod);
    free(s->container);
    free(s->image);
}
