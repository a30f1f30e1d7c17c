#include "views/list_model.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

void list_model_init(struct list_model *m, const struct list_rules *rules)
{
    memset(m, 0, sizeof(*m));
    m->rules = *rules;
    m->stale = true;
}

static void item_release(struct list_item *it)
{
    if (it->own_text)
        free((char *)it->key_text);
}

static void clear_items(struct list_model *m)
{
    for (size_t i = 0; i < m->items.n; i++)
        item_release(&m->items.v[i]);
    m->items.n = 0;
}

void list_model_drop_sources(struct list_model *m)
{
    clear_items(m);
    for (size_t i = 0; i < m->sources.n; i++) {
        store_unsubscribe(m->sources.v[i]->store, &m->sources.v[i]->sub);
        free(m->sources.v[i]);
    }
    m->sources.n = 0;
    m->stale = true;
}

void list_model_release(struct list_model *m)
{
    list_model_drop_sources(m);
    arr_release(&m->items);
    arr_release(&m->sources);
}

void list_model_add(struct list_model *m, struct store *store, const struct kind *kind,
    void (*notify)(void *arg), void *arg)
{
    struct list_source *src = xcalloc(1, sizeof(*src));
    src->store = store;
    src->kind = kind;
    src->sub.notify = notify;
    src->sub.arg = arg;
    store_subscribe(store, &src->sub);
    arr_push(&m->sources, src);
    m->stale = true;
}

// Ties fall to namespace, then name, then uid, so that an order never flickers.
static int compare_items(const struct list_item *a, const struct list_item *b, bool desc)
{
    int c = 0;
    if (a->is_num && b->is_num)
        c = (a->key_num > b->key_num) - (a->key_num < b->key_num);
    else if (a->is_num != b->is_num)
        c = a->is_num ? 1 : -1; // what has no number comes before
    else if (a->key_text && b->key_text)
        c = str_natural_cmp(a->key_text, b->key_text);
    if (c)
        return desc ? -c : c;
    const struct row *ra = a->e->row, *rb = b->e->row;
    c = strcmp(ra->ns, rb->ns);
    if (!c)
        c = str_natural_cmp(ra->name, rb->name);
    return c ? c : strcmp(ra->uid, rb->uid);
}

static int by_order(const void *a, const void *b, void *arg)
{
    return compare_items(a, b, *(const bool *)arg);
}

static bool make_item(struct list_model *m, size_t src, struct entry *e, struct list_item *out)
{
    const struct list_source *s = m->sources.v[src];
    if (m->rules.pass && !m->rules.pass(m->rules.arg, s, e->row))
        return false;
    *out = (struct list_item) { .e = e, .src = (uint16_t)src };
    if (m->rules.key)
        m->rules.key(m->rules.arg, s, e->row, out);
    return true;
}

static void sort_items(struct list_item *v, size_t n, bool desc)
{
    if (n > 1)
        qsort_r(v, n, sizeof(*v), by_order, &desc);
}

static void rebuild(struct list_model *m)
{
    clear_items(m);
    m->total = 0;
    for (size_t i = 0; i < m->sources.n; i++) {
        struct list_source *s = m->sources.v[i];
        m->total += s->store->count;
        arr_reserve(&m->items, m->items.n + s->store->count);
        for (struct entry *e = s->store->head; e; e = e->next) {
            struct list_item it;
            if (!e->dead && make_item(m, i, e, &it))
                arr_push(&m->items, it);
        }
        s->sub.seen = s->store->gen;
        store_reap(s->store);
    }
    sort_items(m->items.v, m->items.n, m->rules.desc);
    m->stale = false;
}

// Drops the items whose entries changed or died since the source was last merged.
static void drop_changed(struct list_model *m)
{
    size_t w = 0;
    for (size_t i = 0; i < m->items.n; i++) {
        struct list_item *it = &m->items.v[i];
        if (it->e->dead || it->e->gen > m->sources.v[it->src]->sub.seen)
            item_release(it);
        else
            m->items.v[w++] = *it;
    }
    m->items.n = w;
}

// Merges n sorted fresh items into the sorted rest, from the back, in place.
static void merge_fresh(struct list_model *m, struct list_item *fresh, size_t n)
{
    size_t a = m->items.n, w = a + n;
    arr_reserve(&m->items, w);
    m->items.n = w;
    while (n) {
        if (a && compare_items(&m->items.v[a - 1], &fresh[n - 1], m->rules.desc) > 0)
            m->items.v[--w] = m->items.v[--a];
        else
            m->items.v[--w] = fresh[--n];
    }
}

static void merge_changes(struct list_model *m)
{
    ARR(struct list_item) fresh = { 0 };
    drop_changed(m);
    m->total = 0;
    for (size_t i = 0; i < m->sources.n; i++) {
        struct list_source *s = m->sources.v[i];
        m->total += s->store->count;
        for (struct entry *e = s->store->tail; e && e->gen > s->sub.seen; e = e->prev) {
            struct list_item it;
            if (!e->dead && make_item(m, i, e, &it))
                arr_push(&fresh, it);
        }
        s->sub.seen = s->store->gen;
        store_reap(s->store);
    }
    sort_items(fresh.v, fresh.n, m->rules.desc);
    merge_fresh(m, fresh.v, fresh.n);
    arr_release(&fresh);
}

bool list_model_merge(struct list_model *m)
{
    bool changed = m->stale;
    for (size_t i = 0; i < m->sources.n; i++)
        changed |= m->sources.v[i]->sub.seen != m->sources.v[i]->store->gen;
    if (!changed)
        return false;
    if (m->stale)
        rebuild(m);
    else
        merge_changes(m);
    return true;
}

long list_model_find(const struct list_model *m, const char *uid, size_t hint)
{
    if (!uid)
        return -1;
    if (hint < m->items.n && str_eq(m->items.v[hint].e->row->uid, uid))
        return (long)hint;
    for (size_t i = 0; i < m->sources.n; i++) {
        const struct entry *e = store_find(m->sources.v[i]->store, uid);
        for (size_t k = 0; e && k < m->items.n; k++)
            if (m->items.v[k].e == e)
                return (long)k;
    }
    return -1;
}
