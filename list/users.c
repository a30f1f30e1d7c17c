#include "list/users.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/client.h"
#include "kinds/kinds.h"

struct users {
    struct list *list;
    char *plural, *ns, *name;
    const char *const *labels_at; // where the object says its Pods' labels; NULL: it has no Pods
    json_t *labels; // NULL: not known
    uint64_t call;
    struct err err;
    ARR(const struct kind *) kinds;
};

// Where the labels of the Pods stand.
static const struct {
    const char *plural, *path[6];
} with_pods[] = {
    { "pods", { "metadata", "labels" } },
    { "deployments", { "spec", "template", "metadata", "labels" } },
    { "statefulsets", { "spec", "template", "metadata", "labels" } },
    { "daemonsets", { "spec", "template", "metadata", "labels" } },
    { "replicasets", { "spec", "template", "metadata", "labels" } },
    { "replicationcontrollers", { "spec", "template", "metadata", "labels" } },
    { "jobs", { "spec", "template", "metadata", "labels" } },
    { "cronjobs", { "spec", "jobTemplate", "spec", "template", "metadata", "labels" } },
};

static bool refers(const struct kind *kind, const char *plural)
{
    for (const char *const *r = kind->refers; r && *r; r++)
        if (str_eq(*r, plural))
            return true;
    return false;
}

struct users *users_new(struct list *l)
{
    struct users *u = xcalloc(1, sizeof(*u));
    const char *uses = l->spec.uses;
    size_t n = strcspn(uses, "/"), m = strcspn(uses + n + (uses[n] != 0), "/");
    u->list = l;
    u->plural = xstrndup(uses, n);
    uses += n + (uses[n] != 0);
    u->ns = xstrndup(uses, m);
    u->name = xstrdup(uses + m + (uses[m] != 0));
    for (size_t i = 0; i < ARRAY_SIZE(with_pods); i++)
        if (str_eq(with_pods[i].plural, u->plural))
            u->labels_at = with_pods[i].path;
    for (const struct kind *const *k = kind_all(); *k; k++)
        if (refers(*k, u->plural) || (u->labels_at && refers(*k, LINK_SELECTED)))
            arr_push(&u->kinds, *k);
    arr_push(&u->kinds, NULL);
    return u;
}

void users_free(struct users *u)
{
    if (!u)
        return;
    users_close(u);
    json_decref(u->labels);
    arr_release(&u->kinds);
    free(u->plural);
    free(u->ns);
    free(u->name);
    free(u);
}

const struct kind *const *users_kinds(const struct users *u)
{
    return u->kinds.v;
}

static void on_object(void *arg, json_t *doc, const struct http_result *res)
{
    struct users *u = arg;
    u->call = 0;
    err_clear(&u->err);
    if (!res->ok)
        u->err = res->err;
    const json_t *at = doc;
    for (size_t i = 0; res->ok && i < ARRAY_SIZE(with_pods[0].path) && u->labels_at[i]; i++)
        at = json_object_get(at, u->labels_at[i]);
    json_decref(u->labels);
    u->labels = !res->ok ? NULL : at ? json_incref((json_t *)at) : json_object();
    u->list->model.stale = true;
    if (u->list->listener.changed)
        u->list->listener.changed(u->list->listener.arg);
}

void users_open(struct users *u)
{
    const struct kind *kind = kind_find(u->plural);
    struct buf path = BUF_INIT;
    if (!u->labels_at || !kind || u->call)
        return;
    gvr_path(&path, &kind->gvr, u->ns, u->name);
    u->call = client_get(u->list->ctx->client, path.s, on_object, u);
    buf_release(&path);
}

void users_close(struct users *u)
{
    client_cancel(u->list->ctx->client, u->call);
    u->call = 0;
}

bool users_ready(const struct users *u, struct err *err)
{
    if (err_is(&u->err))
        *err = u->err;
    return !u->call;
}

// ---- does it?

static const char *label_of(void *arg, const char *key)
{
    const struct users *u = arg;
    return json_string_value(json_object_get(u->labels, key));
}

static bool selects(const struct users *u, const char *selector)
{
    struct filter_columns none = { 0 };
    struct filter_row row = { (void *)u, NULL, NULL, label_of };
    struct err ignored = { 0 };
    if (!u->labels)
        return false;
    if (str_eq(selector, "*"))
        return true;
    char *text = xasprintf("-l %s", selector);
    struct filter *f = filter_new(text, &none, &ignored);
    bool match = f && filter_match(f, &row);
    filter_free(f);
    free(text);
    return match;
}

bool users_match(const struct users *u, const struct row *row)
{
    for (const char *p = row->links; *p;) {
        const char *plural = p, *ns = p + strlen(p) + 1, *name = ns + strlen(ns) + 1;
        if (str_eq(ns, u->ns) && (str_eq(plural, u->plural) ? str_eq(name, u->name)
                                                            : str_eq(plural, LINK_SELECTED) && selects(u, name)))
            return true;
        p = name + strlen(name) + 1;
    }
    return false;
}
