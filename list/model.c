#include "list/model.h"

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
    if (m->rules.shown)
        m->rules.shown(m->rules.arg, s, e->row);
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

// The entries that changed or died and that an item may stand for, as a bitmap of hashed addresses: the
// items are searched for them without touching the memory of every entry.
struct touched {
    uint64_t bits[64];
    bool any;
};

static uint64_t *touched_word(struct touched *t, const struct entry *e, uint64_t *bit)
{
    uint64_t hash = (uint64_t)(uintptr_t)e * 0x9e3779b97f4a7c15u;
    *bit = (uint64_t)1 << (hash >> 52 & 63);
    return &t->bits[hash >> 58];
}

static void note_touched(const struct list_model *m, struct touched *t)
{
    uint64_t bit;
    for (size_t i = 0; i < m->sources.n; i++) {
        const struct list_source *s = m->sources.v[i];
        for (const struct entry *e = s->store->tail; e && e->gen > s->sub.seen; e = e->prev)
            if (e->born_gen <= s->sub.seen) { // else it is in no item yet
                *touched_word(t, e, &bit) |= bit;
                t->any = true;
            }
    }
}

// Drops the items whose entries changed or died since the source was last merged.
static void drop_changed(struct list_model *m)
{
    struct touched t = { 0 };
    uint64_t bit;
    size_t w = 0;
    note_touched(m, &t);
    if (!t.any)
        return;
    for (size_t i = 0; i < m->items.n; i++) {
        struct list_item *it = &m->items.v[i];
        if ((*touched_word(&t, it->e, &bit) & bit) &&
            (it->e->dead || it->e->gen > m->sources.v[it->src]->sub.seen)) {
            item_release(it);
        } else {
            if (w != i)
                m->items.v[w] = *it;
            w++;
        }
    }
    m->items.n = w;
}

// How many of the first n items come before it: from the end in doubling steps, then halving.
static size_t place_of(const struct list_model *m, size_t n, const struct list_item *it)
{
    size_t hi = n, step = 1;
    while (hi && compare_items(&m->items.v[hi - 1], it, m->rules.desc) > 0) {
        hi = hi > step ? hi - step : 0;
        step *= 2;
    }
    size_t lo = hi;
    hi = hi + step / 2 < n ? hi + step / 2 : n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare_items(&m->items.v[mid], it, m->rules.desc) > 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

// Merges n sorted fresh items into the sorted rest, from the back, in place: few compares for few items.
static void merge_fresh(struct list_model *m, const struct list_item *fresh, size_t n)
{
    size_t a = m->items.n, w = a + n;
    arr_reserve(&m->items, w);
    m->items.n = w;
    while (n) {
        size_t at = place_of(m, a, &fresh[n - 1]);
        w -= a - at;
        memmove(&m->items.v[w], &m->items.v[at], (a - at) * sizeof(*m->items.v));
        a = at;
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
