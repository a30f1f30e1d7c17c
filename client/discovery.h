// What resources this API server has (protocol.md 2): aggregated discovery, legacy fallback, name
// resolution as kubectl does it. A dead aggregated API is listed as stale and blocks nothing.
#ifndef CLIENT_DISCOVERY_H
#define CLIENT_DISCOVERY_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arr.h"
#include "base/err.h"
#include "client/gvr.h"

struct api_resource {
    struct gvr gvr; // preferred version of its group unless asked otherwise
    const char *kind, *singular;
    ARR(const char *) short_names;
    ARR(const char *) categories;
    ARR(const char *) verbs;
    ARR(const char *) subresources; // "scale", "log", "status"
    bool preferred; // of its group's preferred version, or of the only one that has it
};
struct discovery {
    ARR(struct api_resource *) resources; // in the server's order: core first
    ARR(const char *) stale; // "metrics.k8s.io/v1beta1": known, but its server does not answer
    bool aggregated;
    // strings and structs are owned by the discovery
    ARR(char *) strings;
};

enum { DISCOVERY_MAX = 50000 }; // resources; what comes after them is left out
struct discovery *discovery_new(void);
void discovery_free(struct discovery *d);
// Adds one APIGroupDiscoveryList (of /api or /apis).
bool discovery_add_aggregated(struct discovery *d, const json_t *list, struct err *err);
void discovery_add_stale(struct discovery *d, const char *group_version); // its server does not answer
// Adds one APIResourceList of the unaggregated form.
bool discovery_add_legacy(struct discovery *d, const json_t *list, bool preferred, struct err *err);
// When all lists are in, the core group is put first, and what only an unpreferred version serves
// counts as preferred.
void discovery_settle(struct discovery *d);
// "po", "pods", "pod", "Pod", "deployments.apps", "deployments.v1.apps", kinds. NULL: none.
const struct api_resource *discovery_find(const struct discovery *d, const char *name);
// By group and kind (owner references): version is only a preference. NULL: none.
const struct api_resource *discovery_by_kind(const struct discovery *d, const char *group,
    const char *kind);
bool api_resource_can(const struct api_resource *r, const char *verb);
// Up to `max` nearest names to an unknown one, "did you mean". Returns how many.
size_t discovery_nearest(const struct discovery *d, const char *name, const char **out, size_t max);

#endif
