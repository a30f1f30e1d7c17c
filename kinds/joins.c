#include "kinds/joins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "client/watch.h"
#include "kinds/kinds.h"

enum { RECOUNT_MS = 1000 }; // counting 10 000 Pods costs about a millisecond: not for every event

struct tally {
    char *key; // "nodes//n1", "secrets/shop/tls", "services/shop/web"
    struct pod_sum sum;
    int64_t ready, total, users;
    UT_hash_handle hh;
};
struct side { // one kind that is counted
    const struct kind *kind;
    struct watch *watch;
    struct store_sub sub;
    struct tally *tallies;
    char *ns; // counted is this namespace; "": all
    char *chosen; // of the default StorageClasses; NULL: there is none
    int users;
    bool stale;
    int64_t counted_ms;
    struct join_set *set;
};
enum { SIDE_PODS, SIDE_SLICES, SIDE_CLASSES, SIDES };
struct join_set {
    struct client *client;
    void (*changed)(void *arg);
    void *arg;
    struct side sides[SIDES];
    struct joins table;
    struct loop_timer *timer;
};

// Which side the columns of a kind ask for.
static const struct {
    const char *resource;
    int side;
    bool kubectl; // its columns as kubectl has them do too
} wants[] = { { "nodes", SIDE_PODS }, { "configmaps", SIDE_PODS }, { "secrets", SIDE_PODS },
    { "persistentvolumeclaims", SIDE_PODS }, { "serviceaccounts", SIDE_PODS }, { "services", SIDE_SLICES },
    { "storageclasses", SIDE_CLASSES, true } };

static void on_rows(void *arg)
{
    struct side *s = arg;
    s->stale = true;
    if (!loop_timer_active(s->set->timer))
        loop_timer_start(s->set->timer, RECOUNT_MS / 4, 0);
}

static void on_timer(void *arg)
{
    struct join_set *s = arg;
    s->changed(s->arg);
}

static struct tally *tally_of(struct side *s, const char *plural, const char *ns, const char *name)
{
    char key[600];
    struct tally *t;
    snprintf(key, sizeof(key), "%s/%s/%s", plural, ns, name);
    HASH_FIND_STR(s->tallies, key, t);
    if (!t) {
        t = xcalloc(1, sizeof(*t));
        t->key = xstrdup(key);
        HASH_ADD_KEYPTR(hh, s->tallies, t->key, strlen(t->key), t);
    }
    return t;
}

static void clear(struct side *s)
{
    struct tally *t, *tmp;
    HASH_ITER(hh, s->tallies, t, tmp)
    {
        HASH_DEL(s->tallies, t);
        free(t->key);
        free(t);
    }
    free(s->chosen);
    s->chosen = NULL;
}

static const struct column *column_named(const struct kind *kind, const char *name, enum col_format format)
{
    for (const struct column *c = kind->columns; c->name; c++)
        if (str_eq(c->name, name) && c->format == format)
            return c;
    return NULL;
}

static int64_t number(const struct row *row, const struct column *c)
{
    return c && row->f[c->field].n > 0 ? row->f[c->field].n : 0;
}

static void count_row(struct side *s, const struct row *row)
{
    const struct column *cpu = column_named(&kind_pods, "CPU/R", FMT_CPU);
    const struct column *mem = column_named(&kind_pods, "MEM/R", FMT_MEM);
    const struct column *ready = column_named(s->kind, "READY", FMT_RATIO);
    bool pods = s->kind == &kind_pods;
    for (const char *p = row->links; *p;) {
        const char *plural = p, *ns = p + strlen(p) + 1, *name = ns + strlen(ns) + 1;
        p = name + strlen(name) + 1;
        if (!pods && strcmp(plural, "services") != 0)
            continue;
        struct tally *t = tally_of(s, plural, ns, name);
        t->users++;
        if (pods && row->severity != SEV_DIM) { // those that have finished hold nothing
            t->sum.pods++;
            t->sum.cpu_milli = num_add(t->sum.cpu_milli, number(row, cpu));
            t->sum.mem_bytes = num_add(t->sum.mem_bytes, number(row, mem));
        } else if (!pods && ready) {
            t->ready = num_add(t->ready, row->f[ready->field].n);
            t->total = num_add(t->total, row->f[ready->field + 1].n);
        }
    }
}

// The newest, and of several of one second the first by name: what the admission plugin takes.
static bool comes_before(const struct row *a, const struct row *b)
{
    return a->created > b->created || (a->created == b->created && strcmp(a->name, b->name) < 0);
}

static void count(struct side *s, struct store *store)
{
    const struct row *best = NULL;
    clear(s);
    for (struct entry *e = store->head; e; e = e->next) {
        if (e->dead)
            continue;
        if (s->kind != &kind_storageclasses)
            count_row(s, e->row);
        else if (sc_row_is_default(e->row) && (!best || comes_before(e->row, best)))
            best = e->row;
    }
    if (best)
        s->chosen = xstrdup(best->name);
}

static bool counted(struct side *s)
{
    if (!s->watch)
        return false;
    int64_t now = loop_now_ms(client_loop(s->set->client));
    if (s->stale && now - s->counted_ms >= RECOUNT_MS) {
        struct store *store = watch_store(s->watch);
        count(s, store);
        s->sub.seen = store->gen;
        store_reap(store);
        s->stale = false;
        s->counted_ms = now;
    } else if (s->stale && !loop_timer_active(s->set->timer)) {
        loop_timer_start(s->set->timer, RECOUNT_MS - (now - s->counted_ms), 0);
    }
    enum watch_state st = watch_status(s->watch)->state;
    return st == WATCH_LIVE || st == WATCH_STALE;
}

static struct tally *look(struct side *s, const char *plural, const char *ns, const char *name)
{
    char key[600];
    struct tally *t;
    snprintf(key, sizeof(key), "%s/%s/%s", plural, ns, name);
    HASH_FIND_STR(s->tallies, key, t);
    return t;
}

static bool pods_on_node(void *arg, const char *node, struct pod_sum *out)
{
    struct join_set *s = arg;
    if (!counted(&s->sides[SIDE_PODS]))
        return false;
    const struct tally *t = look(&s->sides[SIDE_PODS], "nodes", "", node);
    *out = t ? t->sum : (struct pod_sum) { 0 };
    return true;
}

static bool endpoints_of(void *arg, const char *ns, const char *service, int64_t *ready, int64_t *total)
{
    struct join_set *s = arg;
    if (!counted(&s->sides[SIDE_SLICES]))
        return false;
    const struct tally *t = look(&s->sides[SIDE_SLICES], "services", ns, service);
    *ready = t ? t->ready : 0;
    *total = t ? t->total : 0;
    return true;
}

static int64_t users_of(void *arg, const char *plural, const char *ns, const char *name)
{
    struct join_set *s = arg;
    if (!counted(&s->sides[SIDE_PODS]))
        return -1;
    const struct tally *t = look(&s->sides[SIDE_PODS], plural, ns, name);
    return t ? t->users : 0;
}

static bool is_chosen(void *arg, const char *name)
{
    struct join_set *s = arg;
    return !counted(&s->sides[SIDE_CLASSES]) || str_eq(s->sides[SIDE_CLASSES].chosen, name);
}

struct join_set *join_set_new(struct client *c, void (*changed)(void *arg), void *arg)
{
    static const struct kind *const kinds[SIDES] = { &kind_pods, &kind_endpointslices, &kind_storageclasses };
    struct join_set *s = xcalloc(1, sizeof(*s));
    s->client = c;
    s->changed = changed;
    s->arg = arg;
    s->timer = loop_timer_new(client_loop(c), on_timer, s);
    s->table = (struct joins) { s, pods_on_node, endpoints_of, users_of, is_chosen };
    for (int i = 0; i < SIDES; i++) {
        s->sides[i].kind = kinds[i];
        s->sides[i].set = s;
    }
    return s;
}

static void drop(struct side *s)
{
    if (!s->watch)
        return;
    store_unsubscribe(watch_store(s->watch), &s->sub);
    watch_put(s->watch);
    s->watch = NULL;
    free(s->ns);
    s->ns = NULL;
    clear(s);
}

static void count_in(struct side *s, const char *ns)
{
    struct watch_key key = { .gvr = s->kind->gvr, .decoder = &s->kind->decoder, .ns = *ns ? ns : NULL };
    drop(s);
    s->ns = xstrdup(ns);
    s->watch = watch_get(client_watches(s->set->client), &key);
    s->sub.notify = on_rows;
    s->sub.arg = s;
    s->stale = true;
    s->counted_ms = -RECOUNT_MS;
    store_subscribe(watch_store(s->watch), &s->sub);
}

void join_set_free(struct join_set *s)
{
    if (!s)
        return;
    for (int i = 0; i < SIDES; i++)
        drop(&s->sides[i]);
    loop_timer_free(s->timer);
    free(s);
}

static struct side *side_of(struct join_set *s, const struct kind *kind, bool kubectl)
{
    for (size_t i = 0; i < ARRAY_SIZE(wants); i++)
        if (str_eq(kind->gvr.resource, wants[i].resource) && (!kubectl || wants[i].kubectl))
            return &s->sides[wants[i].side];
    return NULL;
}

void join_acquire(struct join_set *set, const struct kind *kind, bool kubectl, const char *ns)
{
    struct side *s = side_of(set, kind, kubectl);
    const char *in = kind->gvr.namespaced && ns && !strchr(ns, ',') ? ns : "";
    if (s && s->users++ == 0)
        count_in(s, in);
    else if (s && *s->ns && !str_eq(s->ns, in)) // somebody counts less already
        count_in(s, "");
}

void join_release(struct join_set *set, const struct kind *kind, bool kubectl)
{
    struct side *s = side_of(set, kind, kubectl);
    if (s && --s->users == 0)
        drop(s);
}

bool join_set_pending(const struct join_set *s)
{
    bool pending = loop_timer_active(s->timer);
    for (int i = 0; i < SIDES; i++)
        pending |= s->sides[i].watch && watch_status(s->sides[i].watch)->state == WATCH_LOADING;
    return pending;
}

const struct joins *join_set_table(struct join_set *s)
{
    return &s->table;
}
