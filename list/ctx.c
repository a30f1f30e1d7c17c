#include "list/ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/openapi.h"

struct generic_kind {
    struct kind kind;
    struct column *columns;
    json_t *definitions;
    char *name, *api_kind, *group, *version, *resource;
    char **texts; // column names
    size_t ntexts;
};

static void on_client_change(void *arg)
{
    struct ctx *cx = arg;
    const struct client_info *in = client_info(cx->client);
    cx->had_ready |= in->state == CLIENT_READY;
    if (cx->listener.changed)
        cx->listener.changed(cx->listener.arg, cx);
}

static void on_metrics_change(void *arg)
{
    struct ctx *cx = arg;
    if (cx->listener.dirty)
        cx->listener.dirty(cx->listener.arg);
}

// GKE gke_PROJECT_REGION_CLUSTER, EKS arn:aws:eks:REGION:ACCOUNT:cluster/NAME, eksctl USER@NAME.REGION.eksctl.io
void ctx_split_name(const char *context, char *out, size_t n)
{
    char a[128], b[128], c[128];
    if (sscanf(context, "gke_%127[^_]_%127[^_]_%127s", a, b, c) == 3)
        snprintf(out, n, "gke %s/%s/%s", a, b, c);
    else if (sscanf(context, "arn:aws:eks:%127[^:]:%127[^:]:cluster/%127s", a, b, c) == 3)
        snprintf(out, n, "eks %s/%s/%s", b, a, c);
    else
        out[0] = '\0';
}

static int band_of(const char *name)
{
    unsigned h = 5381;
    for (; *name; name++)
        h = h * 33 + (unsigned char)*name;
    return (int)(h % 8);
}

struct ctx *ctx_open(const struct ctx_listener *listener, struct loop *loop, const struct kubeconfig *kc,
    const char *name, struct err *err)
{
    struct ctx *cx = xcalloc(1, sizeof(*cx));
    if (listener)
        cx->listener = *listener;
    if (!kubeconfig_resolve(kc, name, &cx->target, err)) {
        free(cx);
        return NULL;
    }
    cx->client = client_new(loop, kc, &cx->target, err);
    if (!cx->client) {
        free(cx);
        return NULL;
    }
    cx->ns = xstrdup(cx->target.ns);
    cx->last_ns = xstrdup("");
    cx->band = band_of(cx->target.context->name);
    ctx_split_name(cx->target.context->name, cx->identity, sizeof(cx->identity));
    cx->metrics = metrics_new(cx->client, on_metrics_change, cx);
    cx->openapi = openapi_new(cx->client);
    cx->joins = join_set_new(cx->client, on_metrics_change, cx);
    client_on_change(cx->client, on_client_change, cx);
    for (size_t i = 0; i < kc->contexts.n; i++) // others know namespaces of the same cluster
        if (str_eq(kc->contexts.v[i].cluster, cx->target.context->cluster))
            watch_add_hint(client_watches(cx->client), str_or(kc->contexts.v[i].ns, ""));
    return cx;
}

static void clear_columns(struct generic_kind *g)
{
    for (size_t i = 0; i < g->ntexts; i++)
        free(g->texts[i]);
    free(g->texts);
    free(g->columns);
    g->texts = NULL;
    g->ntexts = 0;
    g->columns = NULL;
    json_decref(g->definitions);
    g->definitions = NULL;
}

void ctx_free(struct ctx *cx)
{
    if (!cx)
        return;
    metrics_free(cx->metrics);
    join_set_free(cx->joins);
    openapi_free(cx->openapi);
    client_free(cx->client);
    for (size_t i = 0; i < cx->generic.n; i++) {
        struct generic_kind *g = cx->generic.v[i];
        clear_columns(g);
        free(g->name);
        free(g->api_kind);
        free(g->group);
        free(g->version);
        free(g->resource);
        free(g);
    }
    arr_release(&cx->generic);
    free(cx->ns);
    free(cx->last_ns);
    free(cx);
}

static const struct column first_columns[] = { { "NAME", FMT_NAME, 0, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH }, { 0 } };

bool ctx_serves(const struct ctx *cx, const struct kind *kind)
{
    const struct discovery *d = client_discovery(cx->client);
    char version[GVR_VERSION_MAX];
    for (size_t i = 0; d && i < d->resources.n; i++)
        if (gvr_eq(&d->resources.v[i]->gvr, &kind->gvr))
            return true;
    for (size_t i = 0; d && i < d->stale.n; i++)
        if (str_eq(d->stale.v[i], gvr_version(&kind->gvr, version)))
            return true; // it may: who serves it does not answer
    return d == NULL;
}

const struct kind *ctx_kind_for(struct ctx *cx, const struct api_resource *res)
{
    const struct kind *native = kind_for_gvr(res->gvr.group, res->gvr.resource);
    if (native && str_eq(native->gvr.version, res->gvr.version))
        return native;
    for (size_t i = 0; i < cx->generic.n; i++)
        if (gvr_eq(&cx->generic.v[i]->kind.gvr, &res->gvr))
            return &cx->generic.v[i]->kind;
    struct generic_kind *g = xcalloc(1, sizeof(*g));
    g->name = xstrdup(res->gvr.resource);
    g->api_kind = xstrdup(res->kind);
    g->group = xstrdup(res->gvr.group);
    g->version = xstrdup(res->gvr.version);
    g->resource = xstrdup(res->gvr.resource);
    g->kind = (struct kind) {
        .name = g->name,
        .title = g->api_kind,
        .api_kind = g->api_kind,
        .gvr = { g->group, g->version, g->resource, res->gvr.namespaced },
        .decoder = { .table = true },
        .columns = first_columns,
    };
    arr_push(&cx->generic, g);
    return &g->kind;
}

struct write_gate ctx_gate(const struct ctx *cx)
{
    bool over = cx->unlocked_until && time_boot_ms() >= cx->unlocked_until;
    return (struct write_gate) { .readonly = cx->readonly || over, .context = cx->target.context->name,
        .how = cx->strict ? "kview was started with --readonly"
                          : "`:unlock` opens it for ten minutes, kview --write until the end" };
}

static char *upper(const char *s)
{
    char *out = xstrdup(s);
    for (char *p = out; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
    return out;
}

bool ctx_kind_columns(const struct kind *kind, const json_t *defs)
{
    struct generic_kind *g = (struct generic_kind *)kind;
    if (!kind->decoder.table || (g->definitions && json_equal(g->definitions, (json_t *)defs)))
        return false;
    clear_columns(g);
    size_t n = json_array_size(defs);
    g->definitions = json_incref((json_t *)defs);
    g->columns = xcalloc(n + 1, sizeof(*g->columns));
    g->texts = xcalloc(n + 1, sizeof(char *));
    for (size_t i = 0; i < n && i < ROW_MAX_FIELDS; i++) {
        const json_t *d = json_array_get(defs, i);
        const char *type = json_str(d, "type", NULL), *name = json_str(d, "name", NULL);
        bool wide = json_i64(d, "priority", NULL) > 0;
        struct column *c = &g->columns[i];
        g->texts[g->ntexts++] = upper(name);
        c->name = g->texts[i];
        c->field = (uint8_t)i;
        c->flags = wide ? COL_WIDE : COL_BOTH;
        c->format = FMT_TEXT;
        // Ages come as text of the moment they were sent: computed anew from the creation time
        if (str_eq(json_str(d, "format", NULL), "name"))
            c->format = FMT_NAME;
        else if (str_ieq(name, "Age") && !str_eq(type, "integer"))
            c->format = FMT_AGE;
        if (str_eq(type, "integer") || str_eq(type, "number"))
            c->flags |= COL_RIGHT;
        c->status = str_ieq(name, "Status") || str_ieq(name, "Ready") || str_ieq(name, "Phase");
    }
    g->kind.columns = g->columns;
    return true;
}

static bool unknown_kind(struct ctx *cx, const char *word, struct err *err)
{
    const struct discovery *d = client_discovery(cx->client);
    const char *near[4];
    struct buf hint = BUF_INIT;
    size_t n = d ? discovery_nearest(d, word, near, ARRAY_SIZE(near)) : 0;
    err_set(err, "this server has no resource or command named \"%s\"", word);
    for (size_t i = 0; i < n; i++) {
        bool said = false; // pods and pods.metrics.k8s.io
        for (size_t k = 0; k < i; k++)
            said |= str_eq(near[k], near[i]);
        if (!said)
            buf_printf(&hint, "%s%s", i ? ", " : "did you mean ", near[i]);
    }
    if (n)
        err_hint(err, "%s?", hint.s);
    else
        err_hint(err, "`:kinds` lists all resources, `?` all commands");
    buf_release(&hint);
    return false;
}

// A kind that kview has of its own, of a server that does not have it in that version: in another one as the server's own
// table, or not at all.
static const struct kind *other_version(struct ctx *cx, const struct kind *native, bool *unknown_yet, struct err *err)
{
    const struct discovery *d = client_discovery(cx->client);
    for (size_t i = 0; i < d->resources.n; i++) {
        const struct api_resource *res = d->resources.v[i];
        if (str_eq(res->gvr.group, native->gvr.group) && str_eq(res->gvr.resource, native->gvr.resource) && res->preferred &&
            api_resource_can(res, "list"))
            return ctx_kind_for(cx, res);
    }
    *unknown_yet = !client_resources_anew(cx->client);
    gvr_unserved(&native->gvr, err);
    err_hint(err, "`:kinds` lists all resources that it has");
    return NULL;
}

const struct kind *ctx_kind(struct ctx *cx, const char *word, bool *unknown_yet, struct err *err)
{
    const struct kind *native = kind_find(word);
    const struct discovery *d = client_discovery(cx->client);
    *unknown_yet = false;
    if (native)
        return ctx_serves(cx, native) ? native : other_version(cx, native, unknown_yet, err);
    if (!d) {
        *unknown_yet = true;
        err_set(err, "the server's list of resources is not there yet");
        return NULL;
    }
    const struct api_resource *res = discovery_find(d, word);
    if (!res) {
        *unknown_yet = !client_resources_anew(cx->client);
        unknown_kind(cx, word, err);
        return NULL;
    }
    if (!api_resource_can(res, "list")) {
        err_set(err, "%s cannot be listed (the server offers no list verb for it)", res->gvr.resource);
        return NULL;
    }
    return ctx_kind_for(cx, res);
}

const struct kind *ctx_kind_by_api(struct ctx *cx, const char *api_version, const char *api_kind)
{
    const char *slash = strchr(api_version, '/');
    char group[256] = "";
    if (slash)
        snprintf(group, sizeof(group), "%.*s", (int)(slash - api_version), api_version);
    for (size_t i = 0; kind_all()[i]; i++) {
        const struct kind *k = kind_all()[i];
        if (!k->object_per_rows && str_eq(k->api_kind, api_kind) && str_eq(k->gvr.group, group))
            return k;
    }
    const struct discovery *d = client_discovery(cx->client);
    const struct api_resource *res = d ? discovery_by_kind(d, group, api_kind) : NULL;
    return res ? ctx_kind_for(cx, res) : NULL;
}
