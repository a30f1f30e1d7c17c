#include "app/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/command.h"
#include "app/config.h"
#include "app/custom.h"
#include "app/open.h"
#include "base/arr.h"
#include "base/mem.h"
#include "base/str.h"
#include "kinds/kinds.h"
#include "list/columns.h"
#include "list/spec.h"
#include "views/list.h"

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

static void offer_kinds(struct found *f, struct app *app, struct ctx *cx)
{
    (void)app;
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
        if (r->preferred && api_resource_can(r, "list") && !str_eq(r->gvr.group, "metrics.k8s.io") &&
            !kind_for_gvr(r->gvr.group, r->gvr.resource))
            offer(f, r->gvr.resource, r->gvr.group, 20);
    }
}

// Those for what is selected first.
static void offer_customs(struct found *f, struct app *app, struct ctx *cx)
{
    const struct customs *all = config_customs(app->config);
    struct view *v = app_view(app);
    struct selection sel;
    bool is = v && v->ops->selection && v->ops->selection(v, &sel);
    (void)cx;
    for (size_t i = 0; i < all->v.n; i++)
        offer(f, all->v.v[i].name, all->v.v[i].help, custom_applies(&all->v.v[i], is ? &sel : NULL) ? 50 : -20);
}

static void offer_first(struct found *f, struct app *app, struct ctx *cx)
{
    (void)app;
    if (!*f->word)
        return;
    offer_kinds(f, app, cx);
    size_t n;
    const struct open_row *views = open_all(&n);
    for (size_t i = 0; i < n; i++) {
        const char *args, *help;
        if (open_help(&views[i], &args, &help))
            offer(f, views[i].name, help, 40);
    }
    const struct command *c = command_all(&n);
    for (size_t i = 0; i < n; i++)
        if (!open_is_view(c[i].name)) // most of what a view does has a key
            offer(f, c[i].name, c[i].help, c[i].fn ? 0 : -30);
    offer_customs(f, app, cx);
}

static void offer_namespaces(struct found *f, struct app *app, struct ctx *cx)
{
    (void)app;
    if (!cx)
        return;
    struct watch_key key = { .gvr = kind_namespaces.gvr, .decoder = &kind_namespaces.decoder };
    struct watch *w = watch_get(client_watches(cx->client), &key); // warm from now on
    for (struct entry *e = watch_store(w)->head; e; e = e->next)
        if (!e->dead)
            offer(f, e->row->name, "namespace", 0);
    watch_put(w);
}

static void offer_contexts(struct found *f, struct app *app, struct ctx *cx)
{
    bool at = *f->word == '@';
    (void)cx;
    f->word += at;
    f->word += at && (*f->word == '"' || *f->word == '\'');
    for (size_t i = 0; i < app->kc->contexts.n; i++) {
        struct buf name = BUF_INIT; // @"my cluster"; ctx takes the rest of its line as it is
        buf_puts(&name, at ? "@" : "");
        if (at)
            spec_put_word(&name, app->kc->contexts.v[i].name);
        else
            buf_puts(&name, app->kc->contexts.v[i].name);
        offer(f, name.s, "context", 0);
        buf_release(&name);
    }
}

static void offer_columns(struct found *f, struct app *app, struct ctx *cx)
{
    struct view *v = app_view(app);
    struct list_view *w = v ? list_of(v) : NULL;
    const struct list *l = w ? &w->l : NULL;
    (void)cx;
    for (size_t i = 0; l && i < columns_known(l); i++)
        offer(f, columns_name(l, i), "column", 0);
}

static void offer_themes(struct found *f, struct app *app, struct ctx *cx)
{
    (void)app, (void)cx;
    for (size_t i = 0; theme_all()[i]; i++)
        offer(f, theme_all()[i]->name, "theme", 0);
}

// What stands first after a command or a view, by how the tables write it.
static const struct {
    const char *args;
    void (*fn)(struct found *f, struct app *app, struct ctx *cx);
} arguments[] = { { "[VIEW]", offer_first }, { "[KIND NAME]", offer_kinds }, { "[KIND.FIELD]", offer_kinds },
    { "[CONTEXT]", offer_contexts }, { "[NAMESPACE]", offer_namespaces }, { "COLUMN", offer_columns },
    { "[THEME]", offer_themes }, { "[NAME]", offer_customs } };

// NULL: the first word is a kind, whose arguments are namespaces.
static const char *args_of(const char *text, size_t n)
{
    size_t count;
    const struct command *c = command_all(&count);
    for (size_t i = 0; i < count; i++)
        if (strlen(c[i].name) == n && strncmp(c[i].name, text, n) == 0)
            return c[i].args;
    const struct open_row *v = open_all(&count);
    for (size_t i = 0; i < count; i++)
        if (strlen(v[i].name) == n && strncmp(v[i].name, text, n) == 0)
            return v[i].fn == list_new ? NULL : str_or(v[i].args, "");
    return NULL;
}

static void offer_argument(struct found *f, struct app *app, struct ctx *cx, const char *text)
{
    size_t first = strcspn(text, " ");
    const char *args = args_of(text, first), *next = text + first + 1;
    if (args && str_eq(args, "[VIEW]") && next != f->word) {
        offer_argument(f, app, cx, next);
    } else if (*f->word == '@') {
        offer_contexts(f, app, cx);
    } else if (!args) {
        offer_namespaces(f, app, cx);
    } else if (next == f->word) {
        for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
            if (str_eq(arguments[i].args, args))
                arguments[i].fn(f, app, cx);
    }
}

void complete_command(void *arg, const char *text, struct choices *out)
{
    struct app *app = arg;
    struct ctx *cx = app_ctx(app);
    struct found *f = xcalloc(1, sizeof(*f));
    const char *space = NULL; // the last that is not quoted
    char quote = 0;
    for (const char *p = text; *p; p++) {
        if (quote ? *p == quote : (*p == '"' || *p == '\''))
            quote = quote ? 0 : *p;
        else if (!quote && *p == ' ')
            space = p;
    }
    char *head = xstrndup(text, space ? (size_t)(space - text) + 1 : 0);
    f->head = head;
    f->word = space ? space + 1 : text;
    if (space)
        offer_argument(f, app, cx, text);
    else
        offer_first(f, app, cx);
    for (size_t i = 0; i < f->n; i++)
        choices_add(out, f->best[i].text, f->best[i].note);
    free(head);
    free(f);
}
