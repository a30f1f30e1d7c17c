#include "views/revisions.h"

#include <stdlib.h>
#include <string.h>

#include "acts/progress.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/target.h"
#include "kinds/common.h"
#include "kinds/kinds.h"
#include "views/objwatch.h"

enum { MAX_CLIMBS = 4 };

// ---- what is kept of a revision and of a Pod: the documents, pruned

enum { DOC, READY, FIELDS };

static const char *const set_paths[] = { "metadata.annotations", "metadata.labels", "metadata.ownerReferences",
    "metadata.creationTimestamp", "spec.template", "data", "revision", "status.replicas", "status.readyReplicas", NULL };
static const char *const pod_paths[] = { "metadata.labels", "metadata.ownerReferences", "metadata.deletionTimestamp",
    "status.conditions", "status.containerStatuses", "status.initContainerStatuses", NULL };

static void decode_doc(const json_t *obj, struct row_builder *b)
{
    char *text = json_dumps(obj, JSON_COMPACT);
    rb_begin(b, obj, FIELDS);
    rb_str(b, DOC, text);
    rb_num(b, READY, progress_pod_ready(obj));
    rb_emit(b);
    free(text);
}

static const struct decoder set_decoder = { set_paths, decode_doc, false };
static const struct decoder pod_decoder = { pod_paths, decode_doc, false };

// ---- watches

static void on_rows(void *arg)
{
    struct revisions *r = arg;
    r->stale = true;
    r->changed(r->arg);
}

static void hold(struct revisions *r, struct rev_source *s, const struct gvr *gvr, const struct decoder *decoder)
{
    struct watch_key key = { .gvr = *gvr, .ns = r->ns, .labels = r->labels, .decoder = decoder };
    s->watch = watch_get(client_watches(r->ctx->client), &key);
    s->sub = (struct store_sub) { .notify = on_rows, .arg = r };
    s->listener = (struct watch_listener) { .fn = on_rows, .arg = r };
    store_subscribe(watch_store(s->watch), &s->sub);
    watch_listen(s->watch, &s->listener);
}

static void let_go(struct rev_source *s)
{
    if (!s->watch)
        return;
    store_unsubscribe(watch_store(s->watch), &s->sub);
    watch_unlisten(s->watch, &s->listener);
    watch_put(s->watch);
    s->watch = NULL;
}

// Again where another object of that name selects by other labels.
static void hold_all(struct revisions *r)
{
    struct buf sel = BUF_INIT;
    const struct gvr *gvr = history_gvr(r->kind->gvr.resource);
    if (!target_selector(r->object, &sel))
        buf_puts(&sel, "");
    bool same = r->sets.watch && str_eq(r->labels, sel.s);
    if (!same && gvr) {
        let_go(&r->sets);
        let_go(&r->members);
        free(r->labels);
        r->labels = xstrdup(str_or(sel.s, ""));
        hold(r, &r->sets, gvr, &set_decoder);
        hold(r, &r->members, &kind_pods.gvr, &pod_decoder);
    }
    buf_release(&sel);
}

static void on_object(void *arg, json_t *doc, const struct err *err)
{
    struct revisions *r = arg;
    err_clear(&r->err);
    if (err)
        r->err = *err;
    if (doc || err->code == 404 || str_ends(err->msg, "was deleted")) {
        json_decref(r->object);
        r->object = doc ? json_incref(doc) : NULL;
    }
    if (doc)
        hold_all(r);
    r->stale = true;
    r->changed(r->arg);
}

// ---- from a Pod or a ReplicaSet up to the workload

static void seek(struct revisions *r);

static void on_owned(void *arg, json_t *doc, const struct http_result *res)
{
    struct revisions *r = arg;
    const json_t *owner = res->ok ? controller_of(doc) : NULL;
    const char *api_kind = json_str(owner, "kind", NULL);
    const struct kind *kind = owner ? kind_find(plural_of(api_kind)) : NULL;
    r->call = 0;
    if (!res->ok) {
        r->err = res->err;
    } else if (!kind || ++r->climbs > MAX_CLIMBS || !json_object_get(owner, "name")) {
        err_set(&r->err, "%s %s belongs to no Deployment, StatefulSet or DaemonSet", r->kind->api_kind, r->name);
        if (owner)
            err_set(&r->err, "%s %s belongs to %s %s, which keeps no revisions", r->kind->api_kind, r->name, api_kind,
                json_str(owner, "name", NULL));
    } else {
        r->kind = kind;
        free(r->name);
        r->name = xstrdup(json_str(owner, "name", NULL));
        seek(r);
    }
    r->changed(r->arg);
}

static void seek(struct revisions *r)
{
    if (history_gvr(r->kind->gvr.resource)) {
        if (!r->watch)
            r->watch = objwatch_new(r->ctx->client, &r->kind->gvr, r->ns, r->name, on_object, r);
        return;
    }
    struct buf path = BUF_INIT;
    gvr_path(&path, &r->kind->gvr, r->ns, r->name);
    if (!r->call)
        r->call = client_get(r->ctx->client, path.s, on_owned, r);
    buf_release(&path);
}

void revisions_want(struct revisions *r, bool wanted)
{
    if (r->wanted == wanted)
        return;
    r->wanted = wanted;
    if (wanted) {
        seek(r);
        if (r->object)
            hold_all(r);
        return;
    }
    client_cancel(r->ctx->client, r->call);
    r->call = 0;
    objwatch_free(r->watch);
    r->watch = NULL;
    let_go(&r->sets);
    let_go(&r->members);
}

void revisions_refresh(struct revisions *r)
{
    err_clear(&r->err);
    if (r->watch)
        objwatch_refresh(r->watch);
    else
        seek(r);
    if (r->sets.watch)
        watch_restart(r->sets.watch);
    if (r->members.watch)
        watch_restart(r->members.watch);
}

// ---- taking in

static json_t *documents(struct rev_source *s)
{
    struct store *store = watch_store(s->watch);
    json_t *all = json_array();
    s->sub.seen = store->gen;
    store_reap(store);
    for (struct entry *e = store->head; e; e = e->next)
        if (!e->dead)
            json_array_append_new(all, json_loads(e->row->f[DOC].s, 0, NULL));
    return all;
}

static void clear_pods(struct revisions *r)
{
    for (size_t i = 0; i < r->pods.n; i++) {
        free(r->pods.v[i].name);
        free(r->pods.v[i].uid);
        free(r->pods.v[i].fault);
        free(r->pods.v[i].hash);
    }
    r->pods.n = 0;
}

static int by_name(const void *a, const void *b)
{
    return str_natural_cmp(((const struct rev_pod *)a)->name, ((const struct rev_pod *)b)->name);
}

// A Pod that is ready has nothing more to say: its document is not looked at, there may be thousands.
static void take_pod(struct revisions *r, const struct row *row)
{
    struct buf fault = BUF_INIT;
    json_t *pod = row->f[READY].n ? NULL : json_loads(row->f[DOC].s, 0, NULL);
    if (pod)
        progress_pod_fault(pod, &fault);
    struct rev_pod p = { .name = xstrdup(row->name), .uid = xstrdup(row->uid), .fault = xstrdup(str_or(fault.s, "")),
        .hash = xstrdup(str_or(row_label(row, "controller-revision-hash"), "")), .ready = row->f[READY].n != 0,
        .held = pod && progress_held_up(r->object, pod) };
    arr_push(&r->pods, p);
    buf_release(&fault);
    json_decref(pod);
}

static void take_pods(struct revisions *r)
{
    struct store *store = watch_store(r->members.watch);
    r->members.sub.seen = store->gen;
    store_reap(store);
    for (struct entry *e = store->head; e; e = e->next)
        if (!e->dead)
            take_pod(r, e->row);
    if (r->pods.n)
        qsort(r->pods.v, r->pods.n, sizeof(*r->pods.v), by_name);
}

bool revisions_merge(struct revisions *r)
{
    if (!r->stale)
        return false;
    r->stale = false;
    clear_pods(r);
    history_release(&r->history);
    json_decref(r->list);
    r->list = NULL;
    r->history = (struct history) { 0 };
    if (r->object && r->sets.watch) {
        r->list = json_pack("{s:o}", "items", documents(&r->sets));
        history_init(&r->history, r->object, r->list);
        take_pods(r);
    }
    return true;
}

bool revisions_live(const struct revisions *r)
{
    return r->watch && objwatch_live(r->watch);
}

const struct watch_status *revisions_status(const struct revisions *r)
{
    return r->sets.watch ? watch_status(r->sets.watch) : NULL;
}

bool revisions_blind(const struct revisions *r)
{
    return r->members.watch && watch_status(r->members.watch)->state == WATCH_FORBIDDEN;
}

// A ReplicaSet counts its Pods. A Pod of a DaemonSet has the hash of its revision, one of a StatefulSet its name.
bool revisions_pods(const struct revisions *r, const struct revision *rev, int64_t *ready, int64_t *all)
{
    const char *hash = json_str(rev->doc, "metadata", "labels", "controller-revision-hash", NULL);
    *ready = json_i64(rev->doc, "status", "readyReplicas", NULL);
    *all = json_i64(rev->doc, "status", "replicas", NULL);
    if (!json_object_get(rev->doc, "data"))
        return true;
    for (size_t i = 0; i < r->pods.n; i++) {
        const struct rev_pod *p = &r->pods.v[i];
        if (!*p->hash || !(str_eq(p->hash, rev->name) || str_eq(p->hash, hash)))
            continue;
        ++*all;
        *ready += p->ready;
    }
    return !revisions_blind(r);
}

void revisions_init(struct revisions *r, struct ctx *cx, const struct kind *kind, char *ns, char *name)
{
    *r = (struct revisions) { .ctx = cx, .kind = kind, .ns = ns, .name = name };
}

void revisions_release(struct revisions *r)
{
    revisions_want(r, false);
    clear_pods(r);
    arr_release(&r->pods);
    history_release(&r->history);
    json_decref(r->list);
    json_decref(r->object);
    free(r->labels);
    free(r->ns);
    free(r->name);
}
