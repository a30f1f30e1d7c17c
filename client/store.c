#include "client/store.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"

void store_init(struct store *s)
{
    memset(s, 0, sizeof(*s));
}

static void entry_free(struct store *s, struct entry *e)
{
    s->bytes -= e->row->size + sizeof(*e);
    row_free(e->row);
    free(e);
}

static struct family *family_find(const struct store *s, const char *uid, size_t n)
{
    struct family *f;
    HASH_FIND(hh, s->families, uid, n, f);
    return f;
}

static void family_join(struct store *s, struct entry *e)
{
    if (!e->row->of)
        return;
    struct family *f = family_find(s, e->row->uid, e->row->of);
    if (!f) {
        f = xcalloc(1, sizeof(*f));
        f->uid = xstrndup(e->row->uid, e->row->of);
        HASH_ADD_KEYPTR(hh, s->families, f->uid, e->row->of, f);
    }
    arr_push(&f->rows, e);
}

static void family_free(struct store *s, struct family *f)
{
    HASH_DELETE(hh, s->families, f);
    arr_release(&f->rows);
    free(f->uid);
    free(f);
}

static void family_leave(struct store *s, const struct entry *e)
{
    struct family *f = e->row->of ? family_find(s, e->row->uid, e->row->of) : NULL;
    for (size_t i = 0; f && i < f->rows.n; i++)
        if (f->rows.v[i] == e) {
            arr_remove(&f->rows, i);
            break;
        }
    if (f && !f->rows.n)
        family_free(s, f);
}

void store_release(struct store *s)
{
    BUG_ON(s->subs);
    struct entry *e, *tmp;
    while (s->families)
        family_free(s, s->families);
    HASH_CLEAR(hh, s->by_uid);
    DL_FOREACH_SAFE(s->head, e, tmp)
        entry_free(s, e);
    memset(s, 0, sizeof(*s));
}

static void link_tail(struct store *s, struct entry *e)
{
    e->gen = ++s->gen;
    e->next = NULL;
    e->prev = s->tail;
    if (s->tail)
        s->tail->next = e;
    else
        s->head = e;
    s->tail = e;
}

static void unlink_entry(struct store *s, struct entry *e)
{
    if (e->prev)
        e->prev->next = e->next;
    else
        s->head = e->next;
    if (e->next)
        e->next->prev = e->prev;
    else
        s->tail = e->prev;
}

static void notify(struct store *s)
{
    for (struct store_sub *sub = s->subs; sub; sub = sub->next)
        if (sub->notify)
            sub->notify(sub->arg);
}

struct entry *store_find(const struct store *s, const char *uid)
{
    struct entry *e;
    HASH_FIND_STR(s->by_uid, uid, e);
    return e;
}

struct entry *store_apply(struct store *s, struct row *row)
{
    struct entry *e = store_find(s, row->uid);
    s->listed += !e || e->epoch != s->epoch;
    if (e && *row->rv && strcmp(e->row->rv, row->rv) == 0) {
        e->epoch = s->epoch;
        row_free(row);
        return e;
    }
    if (!e) {
        e = xcalloc(1, sizeof(*e));
        e->row = row;
        HASH_ADD_KEYPTR(hh, s->by_uid, row->uid, strlen(row->uid), e);
        family_join(s, e);
        link_tail(s, e);
        e->born_gen = e->gen;
        s->count++;
        s->bytes += sizeof(*e);
    } else {
        unlink_entry(s, e);
        s->bytes -= e->row->size;
        struct row *old = e->row;
        e->row = row;
        e->hh.key = (void *)row->uid; // the same characters, in the new row's memory
        row_free(old);
        link_tail(s, e);
    }
    s->bytes += row->size;
    e->epoch = s->epoch;
    notify(s);
    return e;
}

static void bury(struct store *s, struct entry *e)
{
    HASH_DELETE(hh, s->by_uid, e);
    family_leave(s, e);
    unlink_entry(s, e);
    e->dead = true;
    link_tail(s, e);
    s->count--;
}

void store_remove(struct store *s, const char *uid)
{
    struct entry *e = store_find(s, uid);
    struct family *f = e ? NULL : family_find(s, uid, strlen(uid));
    if (e)
        bury(s, e);
    for (size_t left = f ? f->rows.n : 0; left-- > 0;) // the last one takes the family with it
        bury(s, f->rows.v[left]);
    if (!e && !f)
        return; // nothing that was known
    if (!s->subs)
        store_reap(s);
    notify(s);
}

uint32_t store_begin_list(struct store *s)
{
    s->listed = 0;
    return ++s->epoch;
}

static void drop(struct store *s, uint32_t from, uint32_t to, const char *ns)
{
    struct entry *e, *tmp;
    HASH_ITER(hh, s->by_uid, e, tmp)
        if (e->epoch >= from && e->epoch < to && (!ns || strcmp(e->row->ns, ns) == 0))
            bury(s, e);
    if (!s->subs)
        store_reap(s);
    notify(s);
}

void store_end_list(struct store *s, uint32_t epoch, const char *ns)
{
    drop(s, 0, epoch, ns);
}

void store_refuse_list(struct store *s, uint32_t epoch, const char *ns)
{
    drop(s, epoch, UINT32_MAX, ns);
}

void store_subscribe(struct store *s, struct store_sub *sub)
{
    sub->seen = 0;
    sub->prev = NULL;
    sub->next = s->subs;
    if (s->subs)
        s->subs->prev = sub;
    s->subs = sub;
}

void store_unsubscribe(struct store *s, struct store_sub *sub)
{
    if (sub->prev)
        sub->prev->next = sub->next;
    else
        s->subs = sub->next;
    if (sub->next)
        sub->next->prev = sub->prev;
    store_reap(s);
}

void store_reap(struct store *s)
{
    uint64_t seen = s->gen;
    for (struct store_sub *sub = s->subs; sub; sub = sub->next)
        if (sub->seen < seen)
            seen = sub->seen;
    // The dead sit among the living in change order; only those all have seen may go. Walking from the
    // tail would be O(n): the list of the dead is found by following change order from the newest back
    // to the oldest death not yet reaped.
    struct entry *e = s->tail;
    while (e && e->gen > s->reaped) {
        struct entry *prev = e->prev;
        if (e->dead && e->gen <= seen) {
            unlink_entry(s, e);
            entry_free(s, e);
        }
        e = prev;
    }
    s->reaped = seen;
}
