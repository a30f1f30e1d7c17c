// Ephemeral containers as the API server takes them (validateEphemeralContainers and ValidatePodEphemeralContainersUpdate
// of pkg/apis/core/validation): a name of their own, an image, a target that is there, nothing that a debug container
// may not have, and once added they stay as they are.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/cluster.h"
#include "demo/status.h"

struct check {
    const struct rtype *rt;
    const json_t *spec;
    const char *name;
    json_t *bad;
};

__attribute__((format(printf, 4, 5))) static void complain(
    struct check *k, const char *type, const char *field, const char *fmt, ...)
{
    char text[1000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (k->bad)
        status_invalid_add(k->bad, type, field, text);
    else
        k->bad = status_invalid(k->rt, k->name, type, field, text);
}

static bool has_container(const json_t *spec, const char *name)
{
    return json_named(json_object_get(spec, "containers"), name) ||
           json_named(json_object_get(spec, "initContainers"), name);
}

static bool named_before(const json_t *list, size_t upto, const char *name)
{
    for (size_t i = 0; i < upto; i++)
        if (str_eq(json_str(json_array_get(list, i), "name", NULL), name))
            return true;
    return false;
}

static void check_name(struct check *k, size_t i, const char *name)
{
    const json_t *list = json_object_get(k->spec, "ephemeralContainers");
    char field[80];
    snprintf(field, sizeof(field), "spec.ephemeralContainers[%zu].name", i);
    size_t n = strlen(name), ok = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (!n)
        complain(k, "FieldValueRequired", field, "Required value");
    else if (ok < n || name[0] == '-' || name[n - 1] == '-')
        complain(k, "FieldValueInvalid", field,
            "Invalid value: \"%s\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or "
            "'-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for "
            "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
            name);
    else if (n > 63)
        complain(k, "FieldValueInvalid", field, "Invalid value: \"%s\": must be no more than 63 bytes", name);
    if (n && (has_container(k->spec, name) || named_before(list, i, name)))
        complain(k, "FieldValueDuplicate", field, "Duplicate value: \"%s\"", name);
}

static void check_image(struct check *k, size_t i, const char *image)
{
    char field[80];
    size_t n = strlen(image);
    snprintf(field, sizeof(field), "spec.ephemeralContainers[%zu].image", i);
    if (!n)
        complain(k, "FieldValueRequired", field, "Required value");
    else if (strchr(" \t\n", image[0]) || strchr(" \t\n", image[n - 1]))
        complain(k, "FieldValueInvalid", field, "Invalid value: \"%s\": must not have leading or trailing whitespace", image);
}

static void check_fields(struct check *k, size_t i, const json_t *c)
{
    static const char *const not_here[] = { "ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules",
        "livenessProbe", "readinessProbe", "startupProbe", "lifecycle" };
    for (size_t f = 0; f < ARRAY_SIZE(not_here); f++) {
        const json_t *v = json_object_get(c, not_here[f]);
        char field[100];
        snprintf(field, sizeof(field), "spec.ephemeralContainers[%zu].%s", i, not_here[f]);
        if (json_object_size(v) || json_array_size(v) || json_is_string(v))
            complain(k, "FieldValueForbidden", field, "Forbidden: cannot be set for an Ephemeral Container");
    }
}

static void check_mounts(struct check *k, size_t i, const json_t *c)
{
    size_t m;
    json_t *mount;
    char field[120];
    json_array_foreach (json_object_get(c, "volumeMounts"), m, mount) {
        const char *volume = json_str(mount, "name", NULL);
        snprintf(field, sizeof(field), "spec.ephemeralContainers[%zu].volumeMounts[%zu].name", i, m);
        if (!json_named(json_object_get(k->spec, "volumes"), volume))
            complain(k, "FieldValueNotFound", field, "Not found: \"%s\"", volume);
    }
    json_array_foreach (json_object_get(c, "volumeMounts"), m, mount) {
        snprintf(field, sizeof(field), "spec.ephemeralContainers[%zu].volumeMounts[%zu].subPath", i, m);
        if (*json_str(mount, "subPath", NULL))
            complain(k, "FieldValueForbidden", field, "Forbidden: cannot be set for an Ephemeral Container");
    }
}

json_t *ephemeral_validate(const struct rtype *rt, const json_t *tree)
{
    struct check k = { rt, json_object_get(tree, "spec"), json_str(tree, "metadata", "name", NULL), NULL };
    size_t i;
    json_t *c;
    json_array_foreach (json_object_get(k.spec, "ephemeralContainers"), i, c) {
        const char *target = json_str(c, "targetContainerName", NULL);
        char field[100];
        snprintf(field, sizeof(field), "spec.ephemeralContainers[%zu].targetContainerName", i);
        check_name(&k, i, json_str(c, "name", NULL));
        check_image(&k, i, json_str(c, "image", NULL));
        if (*target && !has_container(k.spec, target))
            complain(&k, "FieldValueNotFound", field, "Not found: \"%s\"", target);
        check_fields(&k, i, c);
        check_mounts(&k, i, c);
    }
    return k.bad;
}

// The real server adds what differs, in Go's words.
json_t *ephemeral_unchanged(const struct rtype *rt, const json_t *tree, const json_t *was)
{
    struct check k = { rt, json_object_get(tree, "spec"), json_str(tree, "metadata", "name", NULL), NULL };
    size_t i;
    json_t *c;
    json_array_foreach (json_at(was, "spec", "ephemeralContainers", NULL), i, c) {
        const char *name = json_str(c, "name", NULL);
        const json_t *now = json_named(json_object_get(k.spec, "ephemeralContainers"), name);
        if (!now || !json_equal((json_t *)now, c))
            complain(&k, "FieldValueForbidden", "spec.ephemeralContainers",
                "Forbidden: existing ephemeral containers \"%s\" may not be %s\n", name, now ? "changed" : "removed");
    }
    return k.bad;
}
