// Custom resources against the structural schema of their CustomResourceDefinition: types, enums, bounds,
// required members (kube-openapi/pkg/validation), and pruning (apiextensions/pkg/apiserver/schema/pruning).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/status.h"
#include "demo/typed.h"

struct validation {
    const struct rtype *rt;
    const char *name;
    json_t *status; // NULL as long as nothing is wrong
};

static void complain(struct validation *v, const char *type, const char *path, const char *detail)
{
    if (v->status)
        status_invalid_add(v->status, type, path, detail);
    else
        v->status = status_invalid(v->rt, v->name, type, path, detail);
}

static const char *type_name(const json_t *value)
{
    static const char *const names[] = { [JSON_OBJECT] = "object",
        [JSON_ARRAY] = "array",
        [JSON_STRING] = "string",
        [JSON_INTEGER] = "integer",
        [JSON_REAL] = "number",
        [JSON_TRUE] = "boolean",
        [JSON_FALSE] = "boolean",
        [JSON_NULL] = "null" };
    return names[json_typeof(value)];
}

static bool type_fits(const json_t *schema, const json_t *value)
{
    const char *want = json_str(schema, "type", NULL), *have = type_name(value);
    if (json_is_null(value))
        return json_bool(schema, "nullable", NULL) || !*want;
    if (json_bool(schema, "x-kubernetes-int-or-string", NULL))
        return json_is_integer(value) || json_is_string(value);
    return !*want || str_eq(want, have) || (str_eq(want, "number") && json_is_integer(value));
}

static void check_enum(
    struct validation *v, const json_t *schema, const json_t *value, const char *path)
{
    const json_t *allowed = json_object_get(schema, "enum");
    size_t i;
    json_t *one;
    struct buf b = BUF_INIT;
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    buf_printf(&b, "Unsupported value: %.200s: supported values: ", text);
    free(text);
    bool found = !allowed;
    json_array_foreach ((json_t *)allowed, i, one) {
        found = found || json_equal(one, (json_t *)value);
        text = json_dumps(one, JSON_ENCODE_ANY);
        buf_printf(&b, "%s%s", i ? ", " : "", text);
        free(text);
    }
    if (!found)
        complain(v, "FieldValueNotSupported", path, b.s);
    buf_release(&b);
}

static void check_bounds(
    struct validation *v, const json_t *schema, const json_t *value, const char *path)
{
    const json_t *low = json_object_get(schema, "minimum"),
                 *high = json_object_get(schema, "maximum");
    double n = json_number_value(value);
    char detail[400];
    if (!json_is_number(value))
        return;
    bool below = low && n < json_number_value(low), above = high && n > json_number_value(high);
    if (!below && !above)
        return;
    snprintf(detail, sizeof(detail),
        "Invalid value: %.15g: %.200s in body should be %s than or equal to %.15g", n, path,
        below ? "greater" : "less", json_number_value(below ? low : high));
    complain(v, "FieldValueInvalid", path, detail);
}

static void check(
    struct validation *v, const json_t *schema, const json_t *value, const char *path);

static void check_required(
    struct validation *v, const json_t *schema, const json_t *value, const char *path)
{
    size_t i;
    json_t *name;
    json_array_foreach (json_object_get(schema, "required"), i, name) {
        char at[600];
        snprintf(at, sizeof(at), "%.400s%s%.150s", path, *path ? "." : "", json_string_value(name));
        if (!json_object_get(value, json_string_value(name)))
            complain(v, "FieldValueRequired", at, "Required value");
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void check_members(
    struct validation *v, const json_t *schema, const json_t *value, const char *path)
{
    const json_t *props = json_object_get(schema, "properties");
    const json_t *rest = json_object_get(schema, "additionalProperties");
    ARR(const char *) keys = { 0 };
    const char *key;
    json_t *member;
    json_object_foreach ((json_t *)value, key, member)
        arr_push(&keys, key);
    if (keys.n > 1)
        qsort(keys.v, keys.n, sizeof(*keys.v), by_name);
    for (size_t i = 0; i < keys.n; i++) {
        const json_t *s = json_object_get(props, keys.v[i]);
        char at[600];
        snprintf(at, sizeof(at), "%.400s%s%.150s", path, *path ? "." : "", keys.v[i]);
        check(v, s ? s : rest, json_object_get(value, keys.v[i]), at);
    }
    arr_release(&keys);
}

static void check(struct validation *v, const json_t *schema, const json_t *value, const char *path)
{
    size_t i;
    json_t *item;
    char detail[500];
    if (!json_is_object(schema) || strlen(path) > 380)
        return;
    if (!type_fits(schema, value)) {
        const char *want = json_str(schema, "type", NULL);
        snprintf(detail, sizeof(detail),
            "Invalid value: \"%s\": %.200s in body must be of type %s: \"%s\"", type_name(value),
            path, want, type_name(value));
        complain(v, "FieldValueTypeInvalid", path, detail);
        return;
    }
    check_enum(v, schema, value, path);
    check_bounds(v, schema, value, path);
    if (json_is_object(value)) {
        check_required(v, schema, value, path);
        check_members(v, schema, value, path);
    }
    json_array_foreach ((json_t *)value, i, item) {
        snprintf(detail, sizeof(detail), "%.400s[%zu]", path, i);
        check(v, json_object_get(schema, "items"), item, detail);
    }
}

json_t *schema_validate(const struct rtype *rt, const json_t *tree, const char *name)
{
    struct validation v = { rt, name, NULL };
    check(&v, json_at(rt->crd, "schema", "openAPIV3Schema", NULL), tree, "");
    return v.status;
}

static void prune(const json_t *schema, json_t *value, const char *path, json_t *unknown)
{
    const json_t *props = json_object_get(schema, "properties");
    const json_t *rest = json_object_get(schema, "additionalProperties");
    const char *key;
    json_t *v;
    void *tmp;
    size_t i;
    char at[600];
    bool keeps = rest || json_bool(schema, "x-kubernetes-preserve-unknown-fields", NULL) ||
                 json_bool(schema, "x-kubernetes-embedded-resource", NULL);
    if (!json_is_object(schema) || strlen(path) > 380)
        return;
    json_object_foreach_safe (value, tmp, key, v) {
        const json_t *s = json_object_get(props, key);
        bool meta =
            !*path && (str_eq(key, "metadata") || str_eq(key, "apiVersion") || str_eq(key, "kind"));
        snprintf(at, sizeof(at), "%.400s%s%.150s", path, *path ? "." : "", key);
        if (s || json_is_object(rest)) {
            prune(s ? s : rest, v, at, unknown);
        } else if (!keeps && !meta) {
            json_array_append_new(unknown, json_string(at));
            json_object_del(value, key);
        }
    }
    json_array_foreach (value, i, v) {
        snprintf(at, sizeof(at), "%.400s[%zu]", path, i);
        prune(json_object_get(schema, "items"), v, at, unknown);
    }
}

void schema_prune(const struct rtype *rt, json_t *tree, json_t *unknown)
{
    prune(json_at(rt->crd, "schema", "openAPIV3Schema", NULL), tree, "", unknown);
}
