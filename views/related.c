#include "views/related.h"

#include <stdlib.h>

#include "base/mem.h"

struct slot {
    struct related *r;
    uint64_t call;
};
struct related {
    struct client *client;
    void (*fn)(void *arg);
    void *arg;
    struct slot slots[NEED_COUNT];
    struct describe_answer answers[NEED_COUNT];
};

struct related *related_new(struct client *c, void (*fn)(void *arg), void *arg)
{
    struct related *r = xcalloc(1, sizeof(*r));
    r->client = c;
    r->fn = fn;
    r->arg = arg;
    for (size_t i = 0; i < NEED_COUNT; i++)
        r->slots[i].r = r;
    return r;
}

void related_free(struct related *r)
{
    if (!r)
        return;
    related_stop(r);
    for (size_t i = 0; i < NEED_COUNT; i++)
        json_decref(r->answers[i].doc);
    free(r);
}

static void on_answer(void *arg, json_t *doc, const struct http_result *res)
{
    struct slot *s = arg;
    struct related *r = s->r;
    struct describe_answer *a = &r->answers[s - r->slots];
    s->call = 0;
    err_clear(&a->err);
    if (res->ok) {
        json_decref(a->doc);
        a->doc = json_incref(doc);
    } else {
        a->err = res->err;
    }
    r->fn(r->arg);
}

void related_ask(struct related *r, const json_t *doc)
{
    for (size_t i = 0; i < NEED_COUNT; i++) {
        struct buf path = BUF_INIT;
        if (!r->slots[i].call && describe_path(doc, (enum describe_need)i, &path))
            r->slots[i].call = client_get(r->client, path.s, on_answer, &r->slots[i]);
        buf_release(&path);
    }
}

void related_stop(struct related *r)
{
    for (size_t i = 0; i < NEED_COUNT; i++) {
        client_cancel(r->client, r->slots[i].call);
        r->slots[i].call = 0;
    }
}

bool related_pending(const struct related *r)
{
    bool pending = false;
    for (size_t i = 0; i < NEED_COUNT; i++)
        pending |= r->slots[i].call != 0;
    return pending;
}

const struct describe_answer *related_answers(const struct related *r)
{
    return r->answers;
}
