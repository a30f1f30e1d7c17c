#include "views/kinds/podspec.h"

#include <stdio.h>

#include "base/json.h"

struct ref {
    const char *plural;
    const char *path[4]; // keys from an element to the name
};

static void link_at(struct row_builder *b, const char *ns, const struct ref *ref, const json_t *v)
{
    for (size_t i = 0; i < 4 && ref->path[i]; i++)
        v = json_object_get(v, ref->path[i]);
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

#define LINK(list, refs) link_all(b, ns, (list), (refs), sizeof(refs) / sizeof(*(refs)))

void podspec_links(struct row_builder *b, const json_t *spec)
{
    const char *ns = b->text.s + b->ns;
    size_t i;
    json_t *v;
    char ns_copy[256];
    snprintf(ns_copy, sizeof(ns_copy), "%s", ns);
    ns = ns_copy;
    LINK(json_object_get(spec, "volumes"), volume_refs);
    json_array_foreach(json_object_get(spec, "volumes"), i, v)
    {
        LINK(json_at(v, "projected", "sources", NULL), projected_refs);
    }
    static const char *const lists[] = { "containers", "initContainers", "ephemeralContainers" };
    for (size_t k = 0; k < 3; k++) {
        json_array_foreach(json_object_get(spec, lists[k]), i, v)
        {
            LINK(json_object_get(v, "env"), env_refs);
            LINK(json_object_get(v, "envFrom"), env_from_refs);
        }
    }
    LINK(json_object_get(spec, "imagePullSecrets"), pull_refs);
    rb_link(b, "serviceaccounts", ns, json_str(spec, "serviceAccountName", NULL));
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
