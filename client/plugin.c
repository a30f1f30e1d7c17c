#include "client/plugin.h"

#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/mem.h"
#include "base/str.h"

enum { MAX_RUNNING = 4, TIMEOUT_MS = 60000, TTY_TIMEOUT_MS = 600000 };

struct run {
    struct plugins *all;
    struct loop *loop;
    char *key;
    ARR(char *) argv, env; // its own copies
    ARR(struct plugin_ask *) asks;
    struct loop_child *child; // NULL: it waits for its turn
    bool on_tty, ended;
};
struct plugin_ask {
    struct run *run;
    plugin_fn *fn;
    void *arg;
};
struct kept_answer {
    char *key;
    struct buf out;
    uint64_t serial;
};
struct plugins {
    unsigned refs;
    ARR(struct run *) runs; // in the order in which they were asked for
    ARR(struct kept_answer) answers;
    uint64_t last_serial;
    bool first_ended; // of those that are there
};

struct plugins *plugins_new(void)
{
    struct plugins *p = xcalloc(1, sizeof(*p));
    p->refs = 1;
    return p;
}

struct plugins *plugins_ref(struct plugins *p)
{
    p->refs++;
    return p;
}

static void free_wiped(char *s)
{
    mem_wipe(s, strlen(s));
    free(s);
}

void plugins_unref(struct plugins *p)
{
    if (!p || --p->refs)
        return;
    for (size_t i = 0; i < p->answers.n; i++) {
        free_wiped(p->answers.v[i].key);
        buf_wipe(&p->answers.v[i].out);
    }
    arr_release(&p->answers);
    arr_release(&p->runs);
    free(p);
}

// Arguments may hold secrets, too: a key is kept as carefully as an answer.
static char *key_of(const struct plugin_want *w)
{
    struct buf key = BUF_INIT;
    for (char *const *s = w->argv; *s; s++)
        buf_printf(&key, "%zu:%s", strlen(*s), *s);
    buf_putc(&key, '\n');
    for (char *const *s = w->env; *s; s++)
        buf_printf(&key, "%zu:%s", strlen(*s), *s);
    return buf_take(&key);
}

static struct kept_answer *find_answer(const struct plugins *p, const char *key)
{
    for (size_t i = 0; i < p->answers.n; i++)
        if (str_eq(p->answers.v[i].key, key))
            return &p->answers.v[i];
    return NULL;
}

const struct buf *plugins_answer(const struct plugins *p, const struct plugin_want *w, uint64_t *serial)
{
    char *key = key_of(w);
    const struct kept_answer *a = find_answer(p, key);
    free_wiped(key);
    if (!a || a->serial <= w->have)
        return NULL;
    *serial = a->serial;
    return &a->out;
}

static uint64_t keep_answer(struct plugins *p, const char *key, const struct buf *out)
{
    struct kept_answer *a = find_answer(p, key);
    if (!a) {
        struct kept_answer fresh = { .key = xstrdup(key), .out = BUF_INIT };
        arr_push(&p->answers, fresh);
        a = &p->answers.v[p->answers.n - 1];
    }
    buf_wipe(&a->out);
    buf_init(&a->out);
    buf_add(&a->out, out->s, out->n);
    return a->serial = ++p->last_serial;
}

static void run_free(struct run *r)
{
    struct plugins *p = r->all;
    for (size_t i = 0; i < p->runs.n; i++)
        if (p->runs.v[i] == r) {
            arr_remove(&p->runs, i);
            break;
        }
    p->first_ended &= p->runs.n > 0;
    loop_child_free(r->child);
    for (size_t i = 0; i < r->argv.n; i++)
        if (r->argv.v[i])
            free_wiped(r->argv.v[i]);
    for (size_t i = 0; i < r->env.n; i++)
        free_wiped(r->env.v[i]);
    arr_release(&r->argv);
    arr_release(&r->env);
    arr_release(&r->asks);
    free_wiped(r->key);
    free(r);
    plugins_unref(p);
}

static void start_next(struct plugins *p);

static void on_end(void *arg, int status, const struct buf *out, const struct buf *err_out, const struct err *why)
{
    struct run *r = arg;
    struct plugins *p = plugins_ref(r->all);
    struct plugin_end end = { status, out, err_out, why, 0 };
    r->child = NULL;
    r->ended = p->first_ended = true;
    if (!why && status == 0)
        end.serial = keep_answer(p, r->key, out);
    while (r->asks.n) { // one that is told may free others
        struct plugin_ask *q = r->asks.v[0];
        plugin_fn *fn = q->fn;
        void *to = q->arg;
        arr_remove(&r->asks, 0);
        free(q);
        fn(to, &end);
    }
    run_free(r);
    start_next(p);
    plugins_unref(p);
}

static void run_start(struct run *r)
{
    extern char **environ;
    ARR(char *) env = { 0 };
    for (char **e = environ; *e; e++)
        arr_push(&env, *e);
    for (size_t i = 0; i < r->env.n; i++)
        arr_push(&env, r->env.v[i]);
    arr_push(&env, NULL);
    struct loop_child_opts o = { .argv = r->argv.v, .env = env.v, .inherit_tty = r->on_tty, .own_group = !r->on_tty,
        .own_end = true, .timeout_ms = r->on_tty ? TTY_TIMEOUT_MS : TIMEOUT_MS };
    r->child = loop_child_start(r->loop, &o, on_end, r);
    arr_release(&env);
}

static void start_next(struct plugins *p)
{
    size_t running = 0, most = p->first_ended ? MAX_RUNNING : 1;
    bool tty_taken = false;
    for (size_t i = 0; i < p->runs.n; i++) {
        running += p->runs.v[i]->child != NULL;
        tty_taken |= p->runs.v[i]->child && p->runs.v[i]->on_tty;
    }
    for (size_t i = 0; i < p->runs.n && running < most; i++) {
        struct run *r = p->runs.v[i];
        if (r->child || r->ended || (r->on_tty && tty_taken))
            continue;
        tty_taken |= r->on_tty;
        running++;
        run_start(r);
    }
}

static struct run *run_new(struct plugins *p, const struct plugin_want *w, char *key)
{
    struct run *r = xcalloc(1, sizeof(*r));
    r->all = plugins_ref(p);
    r->loop = w->loop;
    r->key = key;
    r->on_tty = w->on_tty;
    for (char *const *s = w->argv; *s; s++)
        arr_push(&r->argv, xstrdup(*s));
    arr_push(&r->argv, NULL);
    for (char *const *s = w->env; *s; s++)
        arr_push(&r->env, xstrdup(*s));
    arr_push(&p->runs, r);
    return r;
}

struct plugin_ask *plugins_run(struct plugins *p, const struct plugin_want *w, plugin_fn *fn, void *arg)
{
    struct plugin_ask *q = xcalloc(1, sizeof(*q));
    char *key = key_of(w);
    *q = (struct plugin_ask) { NULL, fn, arg };
    for (size_t i = 0; i < p->runs.n && !q->run; i++) {
        struct run *r = p->runs.v[i];
        if (!r->ended && r->on_tty == w->on_tty && str_eq(r->key, key))
            q->run = r;
    }
    if (q->run)
        free_wiped(key);
    else
        q->run = run_new(p, w, key);
    arr_push(&q->run->asks, q);
    start_next(p);
    return q;
}

void plugin_ask_free(struct plugin_ask *q)
{
    if (!q)
        return;
    struct run *r = q->run;
    struct plugins *p = r->all;
    for (size_t i = 0; i < r->asks.n; i++)
        if (r->asks.v[i] == q)
            arr_remove(&r->asks, i);
    free(q);
    if (r->asks.n || r->ended)
        return;
    plugins_ref(p);
    run_free(r);
    start_next(p);
    plugins_unref(p);
}
