#include "demo/match.h"

#include <string.h>

#include "base/str.h"
#include "demo/status.h"

static int field_index(const struct rtype *rt, const char *path)
{
    size_t n = strlen(path);
    int at = 0;
    for (const char *f = rt->fields; f && *f; at++) {
        size_t len = strcspn(f, ",");
        if (len == n && strncmp(f, path, n) == 0)
            return at;
        f += len + (f[len] == ',');
    }
    return -1;
}

const char *rev_field(const struct rev *r, const char *path)
{
    if (str_eq(path, "metadata.name"))
        return r->name;
    if (str_eq(path, "metadata.namespace"))
        return r->ns;
    int at = field_index(r->rt, path);
    if (at < 0)
        return NULL;
    const char *v = r->fields;
    for (; at > 0; at--)
        v += strlen(v) + 1;
    return v;
}

bool match_rev(const struct rev *r, const struct selector *labels, const struct selector *fields)
{
    for (size_t i = 0; i < fields->reqs.n; i++) {
        if (!requirement_match(&fields->reqs.v[i], rev_field(r, fields->reqs.v[i].key)))
            return false;
    }
    return selector_match(labels, r->labels);
}

json_t *match_check_fields(const struct rtype *rt, const struct selector *fields)
{
    for (size_t i = 0; i < fields->reqs.n; i++) {
        const char *key = fields->reqs.v[i].key;
        if (str_eq(key, "metadata.name") || str_eq(key, "metadata.namespace")
            || field_index(rt, key) >= 0)
            continue;
        if (*rt->fields)
            return status_bad_request("field label not supported: %s", key);
        return status_bad_request("\"%s\" is not a known field selector: only \"metadata.name\", "
                                  "\"metadata.namespace\"",
            key);
    }
    return NULL;
}
