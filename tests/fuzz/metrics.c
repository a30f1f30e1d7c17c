// Metrics of Pods and nodes: the reply handler is static in client/metrics.c.
#include "tests/fuzz/fuzz.h"

#include "client/metrics.c"

static void ignore(void *arg)
{
    (void)arg;
}

void fuzz_metrics(const char *data, size_t n)
{
    struct metrics m = { .changed = ignore };
    struct http_result res = { .ok = true };
    struct usage u;
    m.pods.m = m.nodes.m = &m;
    m.nodes.nodes = true;
    json_t *doc = json_loadb(data, n, 0, NULL);
    for (int round = 0; round < 2; round++) { // the second answer drops what the first one had more
        on_metrics(&m.pods, doc, &res);
        on_metrics(&m.nodes, doc, &res);
        json_array_clear(json_object_get(round ? NULL : doc, "items"));
    }
    on_metrics(&m.pods, doc, &res);
    FUZZ_CHECK(!m.pods.items && !m.nodes.items);
    metrics_pod(&m, "shop", "web", &u);
    json_decref(doc);
}
