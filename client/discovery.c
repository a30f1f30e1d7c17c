#include "client/discovery.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

struct discovery *discovery_new(void)
{
    return xcalloc(1, sizeof(struct discovery));
}

void discovery_free(struct discovery *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->resources.n; i++) {
        struct api_resource *r = d->resources.v[i];
        arr_release(&r->short_names);
        arr_release(&r->categories);
        arr_release(&r->verbs);
        arr_release(&r->subresources);
        free(r);
    }
    for (size_t i = 0; i < d->strings.n; i++)
        free(d->strings.v[i]);
    arr_release(&d->resources);
    arr_release(&d->stale);
    arr_release(&d->strings);
    free(d);
}

static const char *keep(struct discovery *d, const char *s)
{
    if (!*s)
        return "";
    for (size_t i = d->strings.n; i-- > 0 && d->strings.n - i < 64;) // versions and verbs repeat nearby
        if (strcmp(d->strings.v[i], s) == 0)
            return d->strings.v[i];
    arr_push(&d->strings, xstrdup(s));
    return d->strings.v[d->strings.n - 1];
}

#define KEEP_LIST(d, list, arr)                                                                    \
    do {                                                                                           \
        size_t at_;                                                                                \
        json_t *item_;                                                                             \
        json_array_foreach((list), at_, item_)                                                     \
        {                                                                                          \
            if (json_is_string(item_))                                                             \
                arr_push((arr), keep((d), json_string_value(item_)));                              \
        }                                                                                          \
    } while (0)

static bool sane_name(const char *s)
{
    return *s && strlen(s) < 254 && !strpbrk(s, "/?#% \t\r\n");
}

static void add_aggregated_resource(
    struct discovery *d, const char *group, const char *version, bool preferred, const json_t *v)
{
    const char *name = json_str(v, "resource", NULL);
    const char *kind = json_str(v, "responseKind", "kind", NULL);
    if (!sane_name(name) || !*kind || d->resources.n >= DISCOVERY_MAX)
        return;
    struct api_resource *r = xcalloc(1, sizeof(*r));
    r->gvr = (struct gvr) { keep(d, group), keep(d, version), keep(d, name),
        str_eq(json_str(v, "scope", NULL), "Namespaced") };
    r->kind = keep(d, kind);
    r->singular = keep(d, json_str(v, "singularResource", NULL));
    r->preferred = preferred;
    KEEP_LIST(d, json_object_get(v, "shortNames"), &r->short_names);
    KEEP_LIST(d, json_object_get(v, "categories"), &r->categories);
    KEEP_LIST(d, json_object_get(v, "verbs"), &r->verbs);
    size_t i;
    json_t *sub;
    json_array_foreach(json_object_get(v, "subresources"), i, sub)
    {
        arr_push(&r->subresources, keep(d, json_str(sub, "subresource", NULL)));
    }
    arr_push(&d->resources, r);
}

void discovery_add_stale(struct discovery *d, const char *group_version)
{
    arr_push(&d->stale, keep(d, group_version));
}

bool discovery_add_aggregated(struct discovery *d, const json_t *list, struct err *err)
{
    size_t g, v, i;
    json_t *group, *version, *resource;
    if (!json_is_array(json_object_get(list, "items")))
        return err_set(err, "discovery: the server's list of API groups has no items");
    d->aggregated = true;
    json_array_foreach(json_object_get(list, "items"), g, group)
    {
        const char *name = json_str(group, "metadata", "name", NULL);
        bool preferred = true; // the first version that is served
        if (*name && !sane_name(name))
            continue;
        json_array_foreach(json_object_get(group, "versions"), v, version)
        {
            const char *ver = json_str(version, "version", NULL);
            if (!sane_name(ver))
                continue;
            if (str_eq(json_str(version, "freshness", NULL), "Stale")) {
                char *gv = xasprintf("%s/%s", name, ver);
                discovery_add_stale(d, gv);
                free(gv);
                continue;
            }
            json_array_foreach(json_object_get(version, "resources"), i, resource)
            {
                add_aggregated_resource(d, name, ver, preferred, resource);
            }
            preferred = false;
        }
    }
    return true;
}

// Among those from `first` on: the parent of a subresource is in the same list.
static struct api_resource *find_from(const struct discovery *d, size_t first, const char *name)
{
    for (size_t i = d->resources.n; i-- > first;)
        if (str_eq(d->resources.v[i]->gvr.resource, name))
            return d->resources.v[i];
    return NULL;
}

bool discovery_add_legacy(struct discovery *d, const json_t *list, bool preferred, struct err *err)
{
    const char *gv = json_str(list, "groupVersion", NULL);
    const char *slash = strchr(gv, '/');
    char *group = slash ? xstrndup(gv, (size_t)(slash - gv)) : xstrdup("");
    const char *version = slash ? slash + 1 : gv;
    size_t i, first = d->resources.n;
    json_t *v;
    bool sane = sane_name(version) && (!*group || sane_name(group));
    json_array_foreach(sane ? json_object_get(list, "resources") : NULL, i, v)
    {
        const char *name = json_str(v, "name", NULL);
        const char *sub = strchr(name, '/');
        if (sub) { // "pods/exec": the parent comes before
            char *parent = xstrndup(name, (size_t)(sub - name));
            struct api_resource *r = find_from(d, first, parent);
            if (r)
                arr_push(&r->subresources, keep(d, sub + 1));
            free(parent);
            continue;
        }
        if (!sane_name(name) || d->resources.n >= DISCOVERY_MAX)
            continue;
        struct api_resource *r = xcalloc(1, sizeof(*r));
        r->gvr = (struct gvr) { keep(d, group), keep(d, version), keep(d, name),
            json_bool(v, "namespaced", NULL) };
        r->kind = keep(d, json_str(v, "kind", NULL));
        r->singular = keep(d, json_str(v, "singularName", NULL));
        r->preferred = preferred;
        KEEP_LIST(d, json_object_get(v, "shortNames"), &r->short_names);
        KEEP_LIST(d, json_object_get(v, "categories"), &r->categories);
        KEEP_LIST(d, json_object_get(v, "verbs"), &r->verbs);
        arr_push(&d->resources, r);
    }
    free(group);
    return sane ? true : err_set(err, "discovery: a list without a groupVersion");
}

static bool has_name(const struct api_resource *r, const char *name)
{
    return str_ieq(r->gvr.resource, name) || (*r->singular && str_ieq(r->singular, name)) ||
           str_ieq(r->kind, name);
}

static bool has_short(const struct api_resource *r, const char *name)
{
    for (size_t i = 0; i < r->short_names.n; i++)
        if (str_ieq(r->short_names.v[i], name))
            return true;
    return false;
}

// "deployments.v1.apps", "deployments.apps": what follows the first dot is [version.]group
static bool matches_qualified(const struct api_resource *r, const char *name, const char *dot)
{
    char *head = xstrndup(name, (size_t)(dot - name));
    bool ok = has_name(r, head) || has_short(r, head);
    free(head);
    if (!ok)
        return false;
    const char *rest = dot + 1;
    if (str_ieq(rest, r->gvr.group))
        return r->preferred;
    size_t n = strlen(r->gvr.version);
    return strncasecmp(rest, r->gvr.version, n) == 0 &&
           (rest[n] == '.' ? str_ieq(rest + n + 1, r->gvr.group) : !rest[n] && !*r->gvr.group);
}

// Exact plural or singular beats a short name; both in the server's order (restmapper/shortcut.go).
const struct api_resource *discovery_find(const struct discovery *d, const char *name)
{
    const char *dot = strchr(name, '.');
    for (size_t i = 0; i < d->resources.n; i++)
        if (d->resources.v[i]->preferred && has_name(d->resources.v[i], name))
            return d->resources.v[i];
    for (size_t i = 0; i < d->resources.n; i++)
        if (d->resources.v[i]->preferred && has_short(d->resources.v[i], name))
            return d->resources.v[i];
    for (size_t i = 0; dot && i < d->resources.n; i++)
        if (matches_qualified(d->resources.v[i], name, dot))
            return d->resources.v[i];
    return NULL;
}

// /api and /apis answer in any order; names go to the core group first (restmapper/shortcut.go).
static void core_first(struct discovery *d)
{
    size_t at = 0;
    for (size_t i = 0; i < d->resources.n; i++) {
        struct api_resource *r = d->resources.v[i];
        if (*r->gvr.group)
            continue;
        arr_remove(&d->resources, i);
        arr_insert(&d->resources, at, r);
        at++;
    }
}

struct ranked {
    struct api_resource *r;
    size_t at;
};

static int by_group_resource(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    int c = strcmp(x->r->gvr.group, y->r->gvr.group);
    c = c ? c : strcmp(x->r->gvr.resource, y->r->gvr.resource);
    c = c ? c : y->r->preferred - x->r->preferred;
    return c ? c : x->at < y->at ? -1 : 1;
}

// A group's preferred version may lack what an older one still serves: that one is named without a version.
void discovery_settle(struct discovery *d)
{
    core_first(d);
    size_t n = d->resources.n;
    struct ranked *all = xcalloc(n + 1, sizeof(*all));
    for (size_t i = 0; i < n; i++)
        all[i] = (struct ranked) { d->resources.v[i], i };
    qsort(all, n, sizeof(*all), by_group_resource);
    for (size_t i = 0; i < n; i++) // the first of each name
        all[i].r->preferred |= !i || !str_eq(all[i].r->gvr.resource, all[i - 1].r->gvr.resource) ||
                               !str_eq(all[i].r->gvr.group, all[i - 1].r->gvr.group);
    free(all);
}

const struct api_resource *discovery_by_kind(
    const struct discovery *d, const char *group, const char *kind)
{
    const struct api_resource *any = NULL;
    for (size_t i = 0; i < d->resources.n; i++) {
        const struct api_resource *r = d->resources.v[i];
        if (!str_eq(r->gvr.group, group) || !str_eq(r->kind, kind))
            continue;
        if (r->preferred)
            return r;
        any = any ? any : r;
    }
    return any;
}

bool api_resource_can(const struct api_resource *r, const char *verb)
{
    for (size_t i = 0; i < r->verbs.n; i++)
        if (str_eq(r->verbs.v[i], verb))
            return true;
    return false;
}

size_t discovery_nearest(const struct discovery *d, const char *name, const char **out, size_t max)
{
    size_t n = 0;
    for (int limit = 1; limit <= 3 && n < max; limit++)
        for (size_t i = 0; i < d->resources.n && n < max; i++) {
            const struct api_resource *r = d->resources.v[i];
            int a = str_distance(name, r->gvr.resource, limit), b = str_distance(name, r->singular, limit);
            if (!r->preferred || (a < b ? a : b) != limit)
                continue;
            out[n++] = r->gvr.resource;
        }
    return n;
}
