#include "views/noise.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

enum { MAX_DEPTH = 64 };

// lastTransitionTime is none: something did change then. lastUpdateTime of a Deployment and renewTime of a Lease
// are, and the times at which a kubelet said that nothing was new.
static bool is_noise(const char *key)
{
    static const char *const keys[] = { "resourceVersion", "generation", "observedGeneration", "managedFields",
        "lastHeartbeatTime", "lastProbeTime", "lastUpdateTime", "renewTime" };
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (str_eq(keys[i], key))
            return true;
    return false;
}

static void level(json_t *old, const json_t *now, int depth)
{
    const char *key;
    json_t *v, *to;
    size_t i;
    if (depth > MAX_DEPTH)
        return;
    json_object_foreach(old, key, v)
    {
        to = json_object_get(now, key);
        if (to && is_noise(key))
            json_object_set(old, key, to); // the key is there: the iteration stays valid
        else if (to)
            level(v, to, depth + 1);
    }
    json_array_foreach(old, i, v)
    {
        if (i < json_array_size(now))
            level(v, json_array_get(now, i), depth + 1);
    }
}

json_t *noise_level(const json_t *earlier, const json_t *now)
{
    json_t *copy = json_deep_copy(earlier);
    level(copy, now, 0);
    return copy;
}
