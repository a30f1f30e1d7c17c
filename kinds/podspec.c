#include "kinds/podspec.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

struct ref {
    const char *plural;
    const char *path[4]; // keys from an element to the name
};

// Ten variables from one ConfigMap are one link: rows are what memory is spent on.
static bool has_link(const struct row_builder *b, const char *plural, const char *name)
{
    const char *p = b->links.s, *end = p + b->links.n;
    while (p < end) {
        const char *ns = p + strlen(p) + 1, *at = ns + strlen(ns) + 1;
        if (str_eq(p, plural) && str_eq(at, name))
            return true;
        p = at + strlen(at) + 1;
    }
    return false;
}

static void link_at(struct row_builder *b, const char *ns, const struct ref *ref, const json_t *v)
{
    for (size_t i = 0; i < ARRAY_SIZE(ref->path) && ref->path[i]; i++)
        v = json_object_get(v, ref->path[i]);
    if (json_is_string(v) && !has_link(b, ref->plural, json_string_value(v)))
        rb_link(b, ref->plural, ns, json_string_value(v));
}

static void link_all(struct row_builder *b, const char *ns, const json_t *list, const struct ref *refs,
    size_t n)
{
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)list, i, v)
    {
        for (size_t k = 0; k < n; k++)
            link_at(b, ns, &refs[k], v);
    }
}

static const struct ref volume_refs[] = {
    { "configmaps", { "configMap", "name" } },
    { "secrets", { "secret", "secretName" } },
    { "persistentvolumeclaims", { "persistentVolumeClaim", "claimName" } },
};
static const struct ref projected_refs[] = {
    { "configmaps", { "configMap", "name" } },
    { "secrets", { "secret", "name" } },
};
static const struct ref env_refs[] = {
    { "configmaps", { "valueFrom", "configMapKeyRef", "name" } },
    { "secrets", { "valueFrom", "secretKeyRef", "name" } },
};
static const struct ref env_from_refs[] = {
    { "configmaps", { "configMapRef", "name" } },
    { "secrets", { "secretRef", "name" } },
};
static const struct ref pull_refs[] = { { "secrets", { "name" } } };
static const struct ref claim_refs[] = { { "resourceclaims", { "resourceClaimName" } } };

#define LINK(list, refs) link_all(b, ns, (list), (refs), ARRAY_SIZE(refs))

void podspec_links(struct row_builder *b, const char *ns, const json_t *spec)
{
    static const char *const lists[] = { "containers", "initContainers", "ephemeralContainers" };
    size_t i;
    json_t *v;
    LINK(json_object_get(spec, "volumes"), volume_refs);
    json_array_foreach(json_object_get(spec, "volumes"), i, v)
    {
        LINK(json_at(v, "projected", "sources", NULL), projected_refs);
    }
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        json_array_foreach(json_object_get(spec, lists[k]), i, v)
        {
            LINK(json_object_get(v, "env"), env_refs);
            LINK(json_object_get(v, "envFrom"), env_from_refs);
        }
    }
    LINK(json_object_get(spec, "imagePullSecrets"), pull_refs);
    LINK(json_object_get(spec, "resourceClaims"), claim_refs);
    rb_link(b, "serviceaccounts", ns, json_str(spec, "serviceAccountName", NULL));
    rb_link(b, "priorityclasses", "", json_str(spec, "priorityClassName", NULL));
    rb_link(b, "runtimeclasses", "", json_str(spec, "runtimeClassName", NULL));
}

void podspec_containers(const json_t *spec, struct buf *names, struct buf *images)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(spec, "containers"), i, c)
    {
        buf_printf(names, "%s%s", i ? "," : "", json_str(c, "name", NULL));
        buf_printf(images, "%s%s", i ? "," : "", json_str(c, "image", NULL));
    }
}
