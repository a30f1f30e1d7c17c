#include "views/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/str.h"
#include "views/app.h"
#include "views/command.h"
#include "views/kinds/kinds.h"

enum { MAX_SHOWN = 12 };

struct candidate {
    char text[300], note[160];
    int score;
};
struct found {
    const char *head, *word; // what stands before the word being completed
    struct candidate best[MAX_SHOWN];
    size_t n;
};

static void offer(struct found *f, const char *text, const char *note, int bonus)
{
    int score = *f->word ? str_fuzzy(f->word, text) : 0;
    if (score < 0)
        return;
    score += bonus + (str_ieq(f->word, text) ? 10000 : 0);
    size_t at = f->n;
    while (at > 0 && f->best[at - 1].score < score)
        at--;
    if (at >= MAX_SHOWN)
        return;
    if (f->n < MAX_SHOWN)
        f->n++;
    memmove(&f->best[at + 1], &f->best[at], (f->n - at - 1) * sizeof(f->best[0]));
    snprintf(f->best[at].text, sizeof(f->best[at].text), "%s%s", f->head, text);
    snprintf(f->best[at].note, sizeof(f->best[at].note), "%s", note ? note : "");
    f->best[at].score = score;
}

static void offer_kinds(struct found *f, struct ctx *cx)
{
    static const char *const views[] = { "workloads", "all", "describe", "yaml", "tree", "explain", "pools", "find", "help", "kinds",
        "health", "get", "images" };
    for (size_t i = 0; kind_all()[i]; i++) {
        const struct kind *k = kind_all()[i];
        bool by_alias = false;
        if (k->hidden || k->object_per_rows)
            continue;
        for (size_t a = 0; k->aliases && k->aliases[a]; a++)
            by_alias |= str_ieq(k->aliases[a], f->word);
        if (by_alias && str_fuzzy(f->word, k->name) < 0)
            continue;
        offer(f, k->name, k->api_kind, by_alias ? 9000 : 60);
    }
    const struct discovery *d = cx ? client_discovery(cx->client) : NULL;
    for (size_t i = 0; d && i < d->resources.n; i++) {
        const struct api_resource *r = d->resources.v[i];
        if (r->preferred && api_resource_can(r, "list") && !kind_for_gvr(r->gvr.group, r->gvr.resource))
            offer(f, r->gvr.resource, r->gvr.group, 20);
    }
    for (size_t i = 0; i < ARRAY_SIZE(views); i++)
        offer(f, views[i], "view", 40);
    size_t n;
    const struct command *c = command_all(&n);
    for (size_t i = 0; i < n; i++)
        if (c[i].fn)
            offer(f, c[i].name, c[i].help, 0);
}

static void offer_namespaces(struct found *f, struct ctx *cx)
{
    struct watch_key key = { .gvr = kind_namespaces.gvr, .decoder = &kind_namespaces.decoder };
    struct watch *w = watch_get(client_watches(cx->client), &key); // warm from now on
    for (struct entry *e = watch_store(w)->head; e; e = e->next)
        if (!e->dead)
            offer(f, e->row->name, "namespace", 0);
    watch_put(w);
}

void complete_command(void *arg, const char *text, struct choices *out)
{
    struct app *app = arg;
    struct ctx *cx = app_ctx(app);
    struct found *f = calloc(1, sizeof(*f));
    const char *space = strrchr(text, ' ');
    char *head = space ? strndup(text, (size_t)(space - text) + 1) : strdup("");
    if (!f || !head)
        abort();
    f->head = head;
    f->word = space ? space + 1 : text;
    if (!space) {
        if (*text)
            offer_kinds(f, cx);
    } else if (*f->word == '@' || str_starts(text, "ctx ") || str_starts(text, "contexts ")) {
        bool at = *f->word == '@';
        f->word += at;
        for (size_t i = 0; i < app->kc->contexts.n; i++) {
            char name[280];
            snprintf(name, sizeof(name), "%s%s", at ? "@" : "", app->kc->contexts.v[i].name);
            offer(f, name, "context", 0);
        }
    } else if (cx) {
        offer_namespaces(f, cx);
    }
    for (size_t i = 0; i < f->n; i++)
        choices_add(out, f->best[i].text, f->best[i].note);
    free(head);
    free(f);
}
