#include "list/missing.h"

#include <string.h>

#include "base/str.h"
#include "client/client.h"
#include "client/store.h"
#include "list/columns.h"

static void on_namespace(void *arg, json_t *doc, const struct http_result *res)
{
    struct list_feed *f = arg;
    (void)doc;
    f->ns_call = 0;
    f->ns_missing = !res->ok && res->status == 404;
    if (f->list->listener.changed)
        f->list->listener.changed(f->list->listener.arg);
}

void list_look_for_namespaces(struct list *l)
{
    static const struct gvr namespaces = { "", "v1", "namespaces", false };
    for (size_t i = 0; i < l->feeds.n; i++) {
        struct list_feed *f = l->feeds.v[i];
        if (!f->ns || f->ns_asked || watch_status(f->watch)->state != WATCH_LIVE || watch_store(f->watch)->count)
            continue;
        struct buf path = BUF_INIT;
        gvr_path(&path, &namespaces, NULL, f->ns);
        f->ns_asked = true;
        f->ns_call = client_get(l->ctx->client, path.s, on_namespace, f);
        buf_release(&path);
    }
}

void list_forget_namespaces(struct list *l)
{
    for (size_t i = 0; i < l->feeds.n; i++)
        client_cancel(l->ctx->client, l->feeds.v[i]->ns_call);
}

bool list_looks_for_namespaces(const struct list *l)
{
    for (size_t i = 0; i < l->feeds.n; i++)
        if (l->feeds.v[i]->ns_call)
            return true;
    return false;
}

const char *list_missing_namespace(const struct list *l)
{
    for (size_t i = 0; i < l->feeds.n; i++)
        if (l->feeds.v[i]->ns_missing && !watch_store(l->feeds.v[i]->watch)->count)
            return l->feeds.v[i]->ns;
    return NULL;
}

bool list_filter_fault(const struct list *l, struct err *err)
{
    const char *word = l->filter ? filter_no_column(l->filter) : NULL;
    if (!word)
        return false;
    struct str_near near = { word, 1 + (strlen(word) > 4), NULL };
    for (size_t i = 0; i < columns_known(l); i++)
        str_near(&near, columns_name(l, i));
    err_set(err, "no column is called %s", word);
    if (near.name)
        err_hint(err, "did you mean %s? For a label: -l %s=VALUE", near.name, word);
    else
        err_hint(err, "for a label: -l %s=VALUE", word);
    return true;
}
