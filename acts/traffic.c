#include "acts/traffic.h"

#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"

#include <string.h>

bool traffic_selects(const json_t *service, const json_t *labels)
{
    const json_t *spec = json_object_get(service, "spec");
    const char *key;
    json_t *v;
    if (!json_object_size(json_object_get(spec, "selector")) || str_eq(json_str(spec, "type", NULL), "ExternalName"))
        return false;
    json_object_foreach(json_object_get(spec, "selector"), key, v)
    {
        if (!json_equal(v, json_object_get(labels, key)))
            return false;
    }
    return true;
}

json_t *traffic_services(const json_t *services, const json_t *labels)
{
    json_t *out = json_array(), *s;
    size_t i;
    json_array_foreach(json_object_get(services, "items"), i, s)
    {
        if (traffic_selects(s, labels))
            json_array_append(out, json_at(s, "metadata", "name", NULL));
    }
    return out;
}

void traffic_put_services(const json_t *names, struct buf *out)
{
    const char *first = str_or(json_string_value(json_array_get(names, 0)), "?");
    if (json_array_size(names) == 1) {
        buf_puts(out, "Service ");
        utf8_sanitise(out, first, strlen(first));
    } else {
        buf_printf(out, "%zu Services", json_array_size(names));
    }
}

// ---- EndpointSlices

// One that names no object is meant by its address: somebody wrote it by hand.
static bool is_of(const json_t *endpoint, const json_t *pod)
{
    const json_t *ref = json_object_get(endpoint, "targetRef"), *ips = json_at(pod, "status", "podIPs", NULL);
    if (ref)
        return str_eq(json_str(ref, "uid", NULL), json_str(pod, "metadata", "uid", NULL));
    for (size_t i = 0; i < json_array_size(json_object_get(endpoint, "addresses")); i++)
        for (size_t k = 0; k < json_array_size(ips); k++)
            if (json_equal(json_array_get(json_object_get(endpoint, "addresses"), i), json_object_get(json_array_get(ips, k), "ip")))
                return true;
    return false;
}

static const json_t *endpoint_in(const json_t *slice, const json_t *pod)
{
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(slice, "endpoints"), i, e)
    {
        if (is_of(e, pod))
            return e;
    }
    return NULL;
}

static enum progress away_from(const json_t *slices, const json_t *pod, const json_t *services, struct buf *out)
{
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(slices, "items"), i, s)
    {
        const char *name = json_str(s, "metadata", "name", NULL);
        if (!endpoint_in(s, pod))
            continue;
        buf_puts(out, "still in EndpointSlice ");
        utf8_sanitise(out, name, strlen(name));
        return PROGRESS_WAITING;
    }
    if (json_array_size(services)) {
        buf_puts(out, "out of ");
        traffic_put_services(services, out);
    } else {
        buf_puts(out, "in no EndpointSlice");
    }
    return PROGRESS_DONE;
}

// 0: not in it, 1: not as ready, 2: it is sent to.
static int in_service(const json_t *slices, const json_t *pod, const char *service)
{
    int is = 0;
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(slices, "items"), i, s)
    {
        const json_t *e = endpoint_in(s, pod), *ready = json_at(e, "conditions", "ready", NULL);
        if (!e || !str_eq(json_str(s, "metadata", "labels", "kubernetes.io/service-name", NULL), service))
            continue;
        is = json_is_false(ready) ? (is ? is : 1) : 2; // unset is ready
    }
    return is;
}

enum progress traffic_progress(const json_t *slices, const json_t *pod, const json_t *services, bool away, struct buf *out)
{
    if (away)
        return away_from(slices, pod, services, out);
    for (size_t i = 0; i < json_array_size(services); i++) {
        const char *name = str_or(json_string_value(json_array_get(services, i)), "");
        int is = in_service(slices, pod, name);
        if (is == 2)
            continue;
        buf_puts(out, is ? "in Service " : "not yet in Service ");
        utf8_sanitise(out, name, strlen(name));
        buf_puts(out, is ? ", but not ready" : "");
        return PROGRESS_WAITING;
    }
    if (json_array_size(services)) {
        buf_puts(out, "back in ");
        traffic_put_services(services, out);
    } else {
        buf_puts(out, "no Service selects it");
    }
    return PROGRESS_DONE;
}
