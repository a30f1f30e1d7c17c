// The resource types a cluster serves: what discovery, paths, selectors and Tables need to know of each.
// Built-in ones are a constant table; those of CustomResourceDefinitions are added while it runs.
#ifndef DEMO_KINDS_H
#define DEMO_KINDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arr.h"
#include "base/buf.h"

enum {
    R_NAMESPACED = 1,
    R_STATUS = 2,    // has a status subresource
    R_SCALE = 4,     // has a scale subresource
    R_CUSTOM = 8,    // of a CustomResourceDefinition: no strategic merge, items keep their kind
    R_VIRTUAL = 16,  // computed, not stored: metrics
    R_REVIEW = 32,   // create only: access reviews
    R_GENERATION = 64, // metadata.generation counts changes of spec
    R_DEAD = 128,    // of an aggregated API whose server does not answer
};

struct rtype;
struct cell_ctx {
    json_t *cells;
    const json_t *obj;
    int64_t now;
    const struct rtype *rt;
};
typedef void row_fn(struct cell_ctx *c);

struct rtype {
    const char *group, *version, *plural, *kind;
    const char *shorts, *cats;   // "po" and "all", comma separated
    const char *subs;            // more subresources, "log:get,exec:get+create=PodExecOptions"
    unsigned flags;
    const char *fields;          // selectable fields, comma separated paths
    const char *columns;         // "Name|Ready|#Up-To-Date|!Images": # integer, ! priority 1
    row_fn *row;
    // set at run time
    int index;
    const char *singular;
    json_t *crd; // the version's entry in the CustomResourceDefinition, owned
};

struct kinds {
    ARR(struct rtype *) v;
    ARR(char *) strings;
};

struct kinds *kinds_new(void);
void kinds_free(struct kinds *k);
struct rtype *kinds_find(struct kinds *k, const char *group, const char *version, const char *plural);
struct rtype *kinds_plural(struct kinds *k, const char *group, const char *plural);
// By apiVersion ("apps/v1") and kind. NULL: not served.
struct rtype *kinds_by_kind(struct kinds *k, const char *api_version, const char *kind);
// Registers what a CustomResourceDefinition serves (each served version), or drops it.
void kinds_add_crd(struct kinds *k, const json_t *crd);
void kinds_remove_crd(struct kinds *k, const json_t *crd);
// "apps/v1", or "v1" for the core group.
void rtype_api_version(const struct rtype *rt, char out[160]);
static inline bool rtype_ns(const struct rtype *rt)
{
    return (rt->flags & R_NAMESPACED) != 0;
}

extern const struct rtype builtin_types[];
extern const size_t builtin_type_count;

#endif
