// Streams into a store: the handlers of client/feed.c are static, so it is included here.
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define client_discovery no_discovery
#include "client/feed.c"
#undef client_discovery
#include "kinds/kind.h"
#include "list/ctx.h"

const struct discovery *no_discovery(struct client *c)
{
    (void)c;
    return NULL;
}

// ---- list, watch and Table streams, as a feed takes them

static void ignore(void *arg)
{
    (void)arg;
}

static void take_columns(void *arg, json_t *columns)
{
    ctx_kind_columns(arg, columns);
}

static void check_store(const struct store *s, const struct kind *kind)
{
    struct cell_env env = { .now = 1700000000 };
    size_t n = 0;
    for (struct entry *e = s->by_uid; e; e = e->hh.next, n++) {
        struct buf out = BUF_INIT;
        FUZZ_CHECK(!e->dead && store_find(s, e->row->uid) == e);
        for (const struct column *c = kind->columns; c->name; c++)
            column_text(c, e->row, &env, &out);
        buf_release(&out);
    }
    FUZZ_CHECK(n == s->count);
}

// "KIND list|watch|table" on the first line, the stream after it; with "strict" the kinds it names must be right, with
// "proto" it is protobuf.
void fuzz_feed(const char *data, size_t n)
{
    static const struct api_resource res = { .gvr = { "example.com", "v1", "widgets", true }, .kind = "Widget" };
    static const struct prune_handlers lenient = { on_object, on_list_meta, on_columns, NULL };
    static const struct prune_handlers strict = { on_object, on_list_meta, on_columns, on_kind };
    static struct feed_env env;
    struct ctx *cx = xcalloc(1, sizeof(*cx));
    char head[60];
    size_t at = fuzz_head(data, n, head, sizeof(head));
    bool table = strstr(head, "table"), list = strstr(head, "list");
    char words[60];
    snprintf(words, sizeof(words), "%s", head);
    head[strcspn(head, " ")] = '\0';
    const struct kind *native = kind_find(head), *kind = table ? ctx_kind_for(cx, &res) : native;
    kind = kind ? kind : kind_find("pods");
    struct store store;
    struct store_sub sub = { .notify = ignore };
    struct feed f = { .env = &env, .store = &store, .changed = ignore, .columns = take_columns,
        .arg = (void *)kind, .key = { .gvr = kind->gvr, .decoder = &kind->decoder }, .page_limit = 250,
        .phase = list ? FEED_PAGES : strstr(words, "live") ? FEED_WATCH : FEED_STREAM_LIST };
    struct prune_paths *paths = prune_paths_new(kind->decoder.paths);
    struct prune *p = prune_new(paths, list ? PRUNE_LIST : PRUNE_WATCH, table, strstr(words, "strict") ? &strict : &lenient, &f);
    struct err err = { 0 };
    if (strstr(words, "proto") && kind->decoder.message)
        prune_as_proto(p, *kind->decoder.message);
    store_init(&store);
    store_subscribe(&store, &sub);
    rb_init(&f.rows, on_row, &f);
    f.epoch = store_begin_list(&store);
    size_t step = n % 5 + 1;
    bool ok = true;
    for (; ok && at < n; at += step, step = step * 3 % 101 + 1)
        ok = prune_feed(p, data + at, step < n - at ? step : n - at, &err);
    FUZZ_CHECK(ok || err_is(&err) || err_is(&f.err));
    prune_finish(p, &err);
    check_store(&store, kind);
    end_of_list(&f);
    check_store(&store, kind);
    store_unsubscribe(&store, &sub);
    store_release(&store);
    rb_release(&f.rows);
    prune_free(p);
    prune_paths_free(paths);
    free(f.rv);
    free(f.cont);
    free(f.next_cont);
    ctx_free(cx);
}
