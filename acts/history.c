#include "acts/history.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/str.h"

#define REVISION "deployment.kubernetes.io/revision"
#define HASH "pod-template-hash"

enum { LIMIT = 10, SOON_S = 2 };

const struct gvr *history_gvr(const char *resource)
{
    static const struct gvr sets = { "apps", "v1", "replicasets", true };
    static const struct gvr revisions = { "apps", "v1", "controllerrevisions", true };
    if (str_eq(resource, "deployments"))
        return &sets;
    return str_eq(resource, "statefulsets") || str_eq(resource, "daemonsets") ? &revisions : NULL;
}

// A null says nothing (creationTimestamp of templates written by older servers).
static void drop_nulls(json_t *v)
{
    const char *key;
    json_t *m;
    void *next;
    size_t i;
    json_object_foreach_safe(v, next, key, m)
    {
        drop_nulls(m);
        if (json_is_null(m))
            json_object_del(v, key);
    }
    json_array_foreach(v, i, m)
        drop_nulls(m);
}

json_t *history_template(const json_t *object)
{
    const json_t *data = json_object_get(object, "data");
    json_t *t = json_deep_copy(json_at(data ? data : object, "spec", "template", NULL));
    json_object_del(t, "$patch");
    json_object_del(json_at(t, "metadata", "labels", NULL), HASH);
    drop_nulls(t);
    return t;
}

bool history_controls(const json_t *object, const json_t *doc)
{
    const char *uid = json_str(object, "metadata", "uid", NULL);
    size_t i;
    json_t *o;
    json_array_foreach(json_at(doc, "metadata", "ownerReferences", NULL), i, o)
    {
        if (*uid && json_bool(o, "controller", NULL) && str_eq(json_str(o, "uid", NULL), uid))
            return true;
    }
    return false;
}

static int64_t number_of(const json_t *doc)
{
    int64_t n = 0;
    if (json_object_get(doc, "data"))
        return json_i64(doc, "revision", NULL);
    return str_to_i64(json_str(doc, "metadata", "annotations", REVISION, NULL), &n) ? n : 0;
}

static int newest_first(const void *a, const void *b)
{
    const struct revision *x = a, *y = b;
    return x->number != y->number ? (x->number > y->number ? -1 : 1) : 0;
}

void history_init(struct history *h, const json_t *object, const json_t *list)
{
    json_t *now = history_template(object), *doc;
    bool found = false;
    size_t i;
    *h = (struct history) { 0 };
    json_array_foreach(json_object_get(list, "items"), i, doc)
    {
        if (!history_controls(object, doc))
            continue;
        struct revision r = { .doc = doc, .template = history_template(doc), .number = number_of(doc),
            .name = json_str(doc, "metadata", "name", NULL),
            .cause = json_str(doc, "metadata", "annotations", "kubernetes.io/change-cause", NULL) };
        arr_push(&h->revs, r);
    }
    if (h->revs.n)
        qsort(h->revs.v, h->revs.n, sizeof(*h->revs.v), newest_first);
    for (i = 0; i < h->revs.n && !found; i++)
        found = h->revs.v[i].current = now && json_equal(h->revs.v[i].template, now);
    json_decref(now);
}

void history_release(struct history *h)
{
    for (size_t i = 0; i < h->revs.n; i++)
        json_decref(h->revs.v[i].template);
    arr_release(&h->revs);
}

const struct revision *history_current(const struct history *h)
{
    for (size_t i = 0; i < h->revs.n; i++)
        if (h->revs.v[i].current)
            return &h->revs.v[i];
    return NULL;
}

static void none_such(const struct history *h, const char *word, struct err *err)
{
    struct buf all = BUF_INIT;
    for (size_t i = h->revs.n; i-- > 0;)
        buf_printf(&all, "%s%lld", all.n ? ", " : "", (long long)h->revs.v[i].number);
    err_set(err, "there is no revision %s: there are %s", word, all.s);
    buf_release(&all);
}

const struct revision *history_find(const struct history *h, const char *word, struct err *err)
{
    int64_t n = 0;
    if (!h->revs.n || (!*word && h->revs.n < 2)) {
        err_set(err, h->revs.n ? "there is one revision only: nothing to go back to" : "it has no revisions");
        return NULL;
    }
    if (!*word)
        return &h->revs.v[1];
    bool number = str_to_i64(word, &n);
    for (size_t i = 0; i < h->revs.n; i++)
        if (str_eq(h->revs.v[i].name, word) || (number && h->revs.v[i].number == n))
            return &h->revs.v[i];
    none_such(h, word, err);
    return NULL;
}

// The numbers that a ReplicaSet had before it was rolled back to, "1,3".
static int64_t earlier_numbers(const json_t *doc)
{
    const char *s = json_str(doc, "metadata", "annotations", REVISION "-history", NULL);
    int64_t n = *s != '\0';
    for (; *s; s++)
        n += *s == ',';
    return n;
}

enum history_lost history_pruned(const struct history *h, const json_t *object, int64_t *limit)
{
    const json_t *l = json_at(object, "spec", "revisionHistoryLimit", NULL);
    int64_t known = (int64_t)h->revs.n;
    *limit = json_is_integer(l) ? json_integer_value(l) : LIMIT;
    for (size_t i = 0; i < h->revs.n; i++)
        known += earlier_numbers(h->revs.v[i].doc);
    if (!h->revs.n || (int64_t)h->revs.n <= *limit || h->revs.v[0].number <= known)
        return HISTORY_WHOLE;
    return json_object_get(h->revs.v[0].doc, "data") ? HISTORY_MAYBE_PRUNED : HISTORY_PRUNED;
}

static int64_t set_at(const json_t *entry)
{
    bool whole = !*json_str(entry, "subresource", NULL);
    return whole && json_at(entry, "fieldsV1", "f:spec", "f:template", NULL) ? json_time(entry, "time", NULL) : 0;
}

// Who wrote to the template last has made the present one, and no other; another revision was made by whom wrote just before
// it was.
const char *history_who(const struct revision *r, const json_t *object)
{
    int64_t made = json_time(r->doc, "metadata", "creationTimestamp", NULL), newest = 0, best = 0;
    const char *last = "", *then = "";
    size_t i;
    json_t *e;
    const json_t *all = json_at(object, "metadata", "managedFields", NULL);
    json_array_foreach(all, i, e)
    {
        if (set_at(e) > newest) {
            newest = set_at(e);
            last = json_str(e, "manager", NULL);
        }
    }
    json_array_foreach(all, i, e)
    {
        int64_t at = set_at(e);
        if (at > best && at < newest && at <= made && made - at <= SOON_S) {
            best = at;
            then = json_str(e, "manager", NULL);
        }
    }
    return r->current ? last : then;
}
