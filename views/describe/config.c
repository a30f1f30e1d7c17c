// Describe: ConfigMaps, Secrets, quotas, limits, namespaces, priority classes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "views/describe/kinds.h"

static void head(struct dw *w, const json_t *doc)
{
    dw_labels(w, "Labels", json_at(doc, "metadata", "labels", NULL));
    dw_annotations(w, "Annotations", json_at(doc, "metadata", "annotations", NULL));
}

void describe_configmap(struct dw *w, const json_t *doc)
{
    size_t n;
    const json_t *data = json_object_get(doc, "data"), *binary = json_object_get(doc, "binaryData");
    dw_name(w, doc, true);
    head(w, doc);
    dw(w, 0, "\nData\n====\n");
    const char **keys = dw_keys(data, &n);
    for (size_t i = 0; i < n; i++)
        dw(w, 0, "%s:\n----\n%s\n\n", keys[i], json_str(data, keys[i], NULL));
    free(keys);
    dw(w, 0, "\nBinaryData\n====\n");
    keys = dw_keys(binary, &n);
    for (size_t i = 0; i < n; i++) {
        struct buf plain = BUF_INIT;
        const char *b64 = json_str(binary, keys[i], NULL);
        b64_decode(b64, strlen(b64), &plain);
        dw(w, 0, "%s: %zu bytes\n", keys[i], plain.n);
        buf_release(&plain);
    }
    free(keys);
    dw(w, 0, "\n");
}

void describe_secret(struct dw *w, const json_t *doc)
{
    size_t n;
    const json_t *data = json_object_get(doc, "data");
    const char **keys = dw_keys(data, &n);
    dw_name(w, doc, true);
    head(w, doc);
    dw(w, 0, "\nType:\t%s\n\nData\n====\n", json_str(doc, "type", NULL));
    for (size_t i = 0; i < n; i++) {
        struct buf plain = BUF_INIT;
        const char *b64 = json_str(data, keys[i], NULL);
        b64_decode(b64, strlen(b64), &plain);
        if (w->opts
                ->reveal) // kubectl shows the token of a ServiceAccount unasked; nothing is shown unasked here
            dw(w, 0, "%s:\t%.*s\n", keys[i], (int)plain.n, plain.s);
        else
            dw(w, 0, "%s:\t%zu bytes\n", keys[i], plain.n);
        buf_wipe(&plain);
    }
    free(keys);
}

// ---- ResourceQuota, LimitRange, and both of a Namespace

static const char *scope_help(const char *scope)
{
    static const char *const texts[][2] = {
        { "Terminating", "Matches all pods that have an active deadline. These pods have a limited "
                         "lifespan on a "
                         "node before being actively terminated by the system." },
        { "NotTerminating",
            "Matches all pods that do not have an active deadline. These pods usually include long "
            "running pods whose container command is not expected to terminate." },
        { "BestEffort", "Matches all pods that do not have resource requirements set. These pods "
                        "have a best effort "
                        "quality of service." },
        { "NotBestEffort",
            "Matches all pods that have at least one resource requirement set. These pods have a "
            "burstable or guaranteed quality of service." }
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (str_eq(scope, texts[i][0]))
            return texts[i][1];
    return NULL;
}

static int by_word(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void scopes(struct dw *w, int level, const char *star, const json_t *list)
{
    size_t n = json_array_size(list);
    const char **v = xcalloc(n + 1, sizeof(*v));
    for (size_t i = 0; i < n; i++)
        v[i] = str_or(json_string_value(json_array_get(list, i)), "");
    qsort(v, n, sizeof(*v), by_word);
    if (n)
        dw(w, level, "Scopes:\t");
    for (size_t i = 0; i < n; i++)
        buf_printf(&w->b, "%s%s%s", i ? ", " : "", v[i], i + 1 == n ? "\n" : "");
    for (size_t i = 0; i < n; i++)
        if (scope_help(v[i]))
            dw(w, level, "%s%s\n", star, scope_help(v[i]));
    free(v);
}

static void quota_rows(struct dw *w, int level, const json_t *doc)
{
    size_t n;
    char a[32], b[32];
    const json_t *hard = json_at(doc, "status", "hard", NULL),
                 *used = json_at(doc, "status", "used", NULL);
    const char **keys = dw_keys(hard, &n);
    for (size_t i = 0; i < n; i++)
        dw(w, level, "%s\t%s\t%s\n", keys[i],
            str_or(json_scalar(json_object_get(used, keys[i]), a), "0"),
            json_scalar(json_object_get(hard, keys[i]), b));
    free(keys);
}

void describe_quota(struct dw *w, const json_t *doc)
{
    dw_name(w, doc, true);
    scopes(w, 0, " * ", json_at(doc, "spec", "scopes", NULL));
    dw(w, 0, "Resource\tUsed\tHard\n--------\t----\t----\n");
    quota_rows(w, 0, doc);
}

static void limit_rows(struct dw *w, const char *prefix, const json_t *doc)
{
    static const char *const columns[] = { "min", "max", "defaultRequest", "default",
        "maxLimitRequestRatio" };
    size_t i, n;
    json_t *item;
    char tmp[32];
    json_array_foreach(json_at(doc, "spec", "limits", NULL), i, item)
    {
        json_t *all = json_object(); // kubectl's order is that of a Go map: none
        for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
            if (json_object_get(item, columns[c]))
                json_object_update(all, json_object_get(item, columns[c]));
        const char **keys = dw_keys(all, &n);
        for (size_t k = 0; k < n; k++) {
            dw(w, 0, "%s%s\t%s", prefix, json_str(item, "type", NULL), keys[k]);
            for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
                dw(w, 0, "\t%s",
                    str_or(json_scalar(json_at(item, columns[c], keys[k], NULL), tmp), "-"));
            dw(w, 0, "\n");
        }
        free(keys);
        json_decref(all);
    }
}

static const char limit_head[] =
    "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n";
static const char limit_dashes[] =
    "----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n";

void describe_limitrange(struct dw *w, const json_t *doc)
{
    dw_name(w, doc, true);
    dw(w, 0, "%s%s", limit_head, limit_dashes);
    limit_rows(w, "", doc);
}

static void namespace_quotas(struct dw *w)
{
    const char *why;
    const json_t *list = dw_need(w, NEED_QUOTAS, &why);
    const json_t *items = json_object_get(list, "items");
    size_t i;
    json_t *q;
    dw(w, 0, "\n");
    if (!list)
        dw(w, 0, "Resource Quotas: %s\n", why);
    else
        dw(w, 0, json_array_size(items) ? "Resource Quotas\n" : "No resource quota.\n");
    json_array_foreach((json_t *)items, i, q) // by name, as the server lists
    {
        dw(w, 1, "Name:\t%s\n", json_str(q, "metadata", "name", NULL));
        scopes(w, 1, "* ", json_at(q, "spec", "scopes", NULL));
        dw(w, 0, "  Resource\tUsed\tHard\n  --------\t---\t---\n");
        quota_rows(w, 1, q);
    }
}

static void namespace_limits(struct dw *w)
{
    const char *why;
    const json_t *list = dw_need(w, NEED_LIMITS, &why);
    const json_t *items = json_object_get(list, "items");
    size_t i;
    json_t *l;
    dw(w, 0, "\n");
    if (!list)
        dw(w, 0, "Resource Limits: %s\n", why);
    else if (!json_array_size(items))
        dw(w, 0, "No LimitRange resource.\n");
    else
        dw(w, 0, "Resource Limits\n %s %s", limit_head, limit_dashes);
    json_array_foreach((json_t *)items, i, l)
    {
        limit_rows(w, " ", l);
    }
}

void describe_namespace(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *c;
    char tmp[64];
    const json_t *all = json_at(doc, "status", "conditions", NULL);
    dw_name(w, doc, false);
    head(w, doc);
    dw(w, 0, "Status:\t%s\n", json_str(doc, "status", "phase", NULL));
    if (json_array_size(all))
        dw(w, 0,
            "Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage\n"
            "  ----\t------\t------------------\t------\t-------\n");
    json_array_foreach((json_t *)all, i, c)
    {
        dw(w, 1, "%s\t%s\t%s\t%s\t%s\n", json_str(c, "type", NULL), json_str(c, "status", NULL),
            dw_time(json_object_get(c, "lastTransitionTime"), tmp), json_str(c, "reason", NULL),
            json_str(c, "message", NULL));
    }
    namespace_quotas(w);
    namespace_limits(w);
}

void describe_priorityclass(struct dw *w, const json_t *doc)
{
    struct buf tmp = BUF_INIT;
    dw_name(w, doc, false);
    dw(w, 0, "Value:\t%lld\n", (long long)json_i64(doc, "value", NULL));
    dw(w, 0, "GlobalDefault:\t%s\n", dw_bool(json_object_get(doc, "globalDefault")));
    dw(w, 0, "PreemptionPolicy:\t%s\n", json_str(doc, "preemptionPolicy", NULL));
    dw(w, 0, "Description:\t%s\n", json_str(doc, "description", NULL));
    dw(w, 0, "Annotations:\t%s\n", dw_map(json_at(doc, "metadata", "annotations", NULL), &tmp));
    buf_release(&tmp);
}
