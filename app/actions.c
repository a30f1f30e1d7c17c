#include "app/actions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts/journal.h"
#include "acts/progress.h"
#include "app/app.h"
#include "app/edit.h"
#include "app/op.h"
#include "app/verdict.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/target.h"
#include "views/list.h"

enum { MAX_OBJECTS = 500, MAX_SEEN = 200 };

void actions_free(struct actions *all)
{
    if (!all)
        return;
    for (size_t i = 0; i < all->verdicts.n; i++)
        verdict_free(all->verdicts.v[i]);
    while (all->ops.n)
        op_end(all->ops.v[0]);
    edit_free_all(all);
    arr_release(&all->edits);
    arr_release(&all->verdicts);
    arr_release(&all->ops);
    free(all);
}

void actions_at_stake(const struct actions *all, struct buf *out)
{
    for (size_t i = 0; all && i < all->ops.n; i++)
        if (all->ops.v[i]->confirmed && !all->ops.v[i]->over)
            buf_printf(out, "%s %zu objects, not done yet\n", all->ops.v[i]->act->doing, all->ops.v[i]->items.n);
}

bool actions_stop(struct actions *all)
{
    for (size_t i = all ? all->ops.n : 0; i-- > 0;) {
        struct op *op = all->ops.v[i];
        if (!op->confirmed || op->over || op->items.n < 2 || !op_waiting(op))
            continue;
        op_stop(op);
        return true;
    }
    return false;
}

void actions_changed(struct app *app)
{
    struct actions *all = app->actions;
    if (all)
        edit_rights_changed(all);
    for (size_t i = all ? all->ops.n : 0; i-- > 0;) {
        if (i >= all->ops.n)
            continue; // others ended with it
        struct op *op = all->ops.v[i];
        bool asks = false;
        if (!op->begun)
            continue; // its prompt has it
        for (size_t k = 0; k < op->items.n; k++)
            asks |= op->items.v[k]->step == STEP_RIGHT;
        if (asks)
            op_pump(op);
    }
}

// Its arguments are asked for in a prompt, which holds it until then.
struct asked {
    struct app *app;
    struct op *op; // NULL: it is on its way
    uint64_t request;
    struct choices seen; // "app=web:1.4", of the revisions before
};

bool actions_pending(const struct actions *all)
{
    for (size_t i = 0; all && i < all->ops.n; i++)
        if (all->ops.v[i]->reading || (all->ops.v[i]->begun && op_waiting(all->ops.v[i])))
            return true;
    return all && edit_pending(all);
}

static void args_given(struct app *app, void *arg, const char *text)
{
    struct asked *a = arg;
    struct op *op = a->op;
    (void)app;
    client_cancel(op->cx->client, a->request);
    a->request = 0;
    a->op = NULL;
    free(op->args);
    op->args = xstrdup(text);
    op_start(op);
}

static void prompt_over(void *arg)
{
    struct asked *a = arg;
    if (a->op) {
        client_cancel(a->op->cx->client, a->request);
        op_end(a->op);
    }
    choices_release(&a->seen);
    free(a);
}

// ---- images of the revisions before

// The last word of the line, as one of those; once it is one, what is offered is the others of that container.
static void complete_seen(void *arg, const char *text, struct choices *out)
{
    const struct app *app = arg;
    const struct asked *a = app->asking.arg;
    const char *blank = strrchr(text, ' '), *word = blank ? blank + 1 : text;
    size_t key = strcspn(word, "=") + 1;
    for (size_t i = 0; i < a->seen.items.n; i++) {
        const struct choice *c = &a->seen.items.v[i];
        bool fits = str_starts(c->text, word) || (strncmp(c->text, word, key) == 0 && word[key - 1] == '=');
        if (!fits || str_eq(c->text, word))
            continue;
        char *line = xasprintf("%.*s%s", (int)(word - text), text, c->text);
        choices_add(out, line, c->note);
        free(line);
    }
}

static void add_seen(struct asked *a, const json_t *revision, const json_t *spec)
{
    const char *of = json_str(revision, "metadata", "annotations", "deployment.kubernetes.io/revision", NULL);
    struct buf images = BUF_INIT;
    char note[48];
    act_put_images(spec, &images);
    if (*of)
        snprintf(note, sizeof(note), "revision %.20s", of);
    else
        snprintf(note, sizeof(note), "revision %lld", (long long)json_i64(revision, "revision", NULL));
    char *save = NULL;
    for (char *p = strtok_r(images.s, " ", &save); p; p = strtok_r(NULL, " ", &save)) {
        bool known = false;
        for (size_t i = 0; i < a->seen.items.n; i++)
            known |= str_eq(a->seen.items.v[i].text, p);
        if (!known && a->seen.items.n < MAX_SEEN)
            choices_add(&a->seen, p, note);
    }
    buf_release(&images);
}

static void on_revisions(void *arg, json_t *doc, const struct http_result *res)
{
    struct asked *a = arg;
    json_t *r;
    a->request = 0;
    (void)res;
    for (size_t i = json_array_size(json_object_get(doc, "items")); i-- > 0;) {
        r = json_array_get(json_object_get(doc, "items"), i);
        const json_t *data = json_object_get(r, "data");
        add_seen(a, r, json_at(data ? data : r, "spec", "template", "spec", NULL));
    }
}

// ReplicaSets of a Deployment, ControllerRevisions of the two others.
static void look_for_revisions(struct asked *a, const json_t *object)
{
    static const struct gvr sets = { "apps", "v1", "replicasets", true };
    static const struct gvr revisions = { "apps", "v1", "controllerrevisions", true };
    const struct act_target *t = &a->op->items.v[0]->t;
    struct buf sel = BUF_INIT, path = BUF_INIT;
    if (progress_knows(t->gvr.group, t->gvr.resource) && target_selector(object, &sel)) {
        gvr_path(&path, str_eq(t->gvr.resource, "deployments") ? &sets : &revisions, t->ns, NULL);
        buf_puts(&path, "?limit=100&labelSelector=");
        str_url_escape(&path, sel.s);
        a->request = client_get(a->op->cx->client, path.s, on_revisions, a);
        a->app->prompt.complete = complete_seen;
    }
    buf_release(&sel);
    buf_release(&path);
}

// ---- the prompt


// What it is now: to be edited, or to be seen.
static void on_initial(void *arg, json_t *doc, const struct http_result *res)
{
    struct asked *a = arg;
    struct app *app = a->app;
    struct buf text = BUF_INIT;
    a->request = 0;
    a->op->reading = false;
    app_dirty(app);
    if (res->ok)
        a->op->act->initial(doc, &text);
    if (res->ok && a->op->act->flags & ACT_IMAGES)
        look_for_revisions(a, doc);
    if (text.n && !app->prompt.text.n) {
        if (a->op->act->flags & ACT_EDIT)
            prompt_paste(&app->prompt, text.s, text.n);
        else
            snprintf(app->prompt.label, sizeof(app->prompt.label), "%s (now %.10s): ", a->op->act->ask, text.s);
    }
    buf_release(&text);
}

static void ask_args(struct op *op)
{
    struct asked *a = xcalloc(1, sizeof(*a));
    const struct item *it = op->items.v[0];
    char label[64];
    a->app = op->app;
    a->op = op;
    snprintf(label, sizeof(label), "%s: ", op->act->ask);
    app_ask(op->app, &(struct asking) { .label = label, .initial = "", .hint = op->act->hint,
        .done = args_given, .arg = a, .free_arg = prompt_over });
    if (!op->act->initial || op->items.n > 1)
        return;
    struct buf path = BUF_INIT;
    gvr_path(&path, &it->t.gvr, it->t.ns, it->t.name);
    op->reading = true;
    a->request = client_get(op->cx->client, path.s, on_initial, a);
    buf_release(&path);
}

static bool take_selection(struct op *op, const struct selection *s, struct err *err)
{
    if (!selection_named(s, err))
        return false;
    if (!act_applies(op->act, s->kind, &s->gvr))
        return err_set(err, "%s does not apply to %s %s", op->act->name, s->api_kind, s->name);
    struct act_target t = { s->kind, s->gvr, (char *)s->api_kind, (char *)str_or(s->ns, ""), (char *)s->name,
        (char *)str_or(s->uid, "") };
    op_add(op, &t);
    return true;
}

static bool take_targets(struct op *op, struct view *v, struct err *err)
{
    struct list_view *l = list_of(v);
    struct selection one, *all = &one;
    size_t n = l ? list_targets(l, NULL, 0) : view_selection(v, &one, err);
    bool ok = n > 0;
    if (!ok && !err_is(err))
        err_set(err, "nothing is selected");
    if (n > MAX_OBJECTS)
        ok = err_set(err, "%zu objects are marked: at most %d at once", n, MAX_OBJECTS);
    if (ok && l) {
        all = xcalloc(n, sizeof(*all));
        list_targets(l, all, n);
    }
    for (size_t i = 0; ok && i < n; i++)
        ok = take_selection(op, &all[i], err);
    if (all != &one)
        free(all);
    return ok;
}

// ---- an object that the command names: "scale deploy/web 5 -n shop"

// Takes "-n NS" out of the text, outside of quotes; NULL: it is not there.
static char *cut_namespace(char *text)
{
    char quote = 0, before = ' ';
    for (char *p = text; *p; before = *p++) {
        size_t n = str_starts(p, "-n ") ? 3 : str_starts(p, "--namespace ") ? strlen("--namespace ") : 0;
        if (quote || before != ' ' || !n) {
            quote = quote ? (*p == quote ? 0 : quote) : *p == '"' || *p == '\'' ? *p : 0;
            continue;
        }
        size_t len = strcspn(p + n, " ");
        char *ns = xstrndup(p + n, len), *end = p + n + len;
        memmove(p, end + (*end == ' '), strlen(end + (*end == ' ')) + 1);
        return ns;
    }
    return NULL;
}

// KIND/NAME as the first word, of a kind that there is; false: the first word is a value.
static bool names_object(const struct ctx *cx, const char *args, struct act_target *t)
{
    const char *slash = strchr(args, '/'), *end = args + strcspn(args, " ");
    if (!slash || slash > end || slash == args || slash + 1 == end || strcspn(args, "=\"'") < (size_t)(end - args))
        return false;
    char *head = xstrndup(args, (size_t)(slash - args));
    const struct discovery *d = client_discovery(cx->client);
    const struct api_resource *r = d ? discovery_find(d, head) : NULL;
    *t = (struct act_target) { .kind = kind_find(head) };
    free(head);
    if (r)
        t->kind = kind_for_gvr(r->gvr.group, r->gvr.resource);
    if (!t->kind && !r)
        return false;
    t->gvr = r ? r->gvr : t->kind->gvr;
    t->api_kind = (char *)(r ? r->kind : t->kind->api_kind);
    t->name = xstrndup(slash + 1, (size_t)(end - slash - 1));
    return true;
}

static bool take_named(struct op *op, struct act_target *t, const char *args, struct err *err)
{
    const char *end = args + strcspn(args, " ");
    char *rest = xstrdup(end + strspn(end, " ")), *ns = cut_namespace(rest);
    t->ns = t->gvr.namespaced ? ns ? ns : (char *)view_one_ns(&op->app->host, op->cx) : (char *)"";
    t->uid = (char *)"";
    bool ok = act_applies(op->act, t->kind, &t->gvr) || err_set(err, "%s does not apply to %s %s", op->act->name, t->api_kind, t->name);
    if (ok)
        op_add(op, t);
    free(op->args);
    op->args = rest;
    free(ns);
    free(t->name);
    return ok;
}

bool actions_command(struct app *app, const char *name, const char *args, struct err *err)
{
    struct view *v = app_view(app);
    const struct act *act = act_find(name);
    if (!act || !v)
        return err_set(err, "there is no cluster yet");
    struct op *op = op_new(app, v->ctx, act);
    struct act_target named;
    bool has_name = names_object(v->ctx, args, &named);
    if (has_name ? !take_named(op, &named, args, err) : !take_targets(op, v, err)) {
        op_end(op);
        return false;
    }
    if (!has_name) {
        free(op->args);
        op->args = xstrdup(args);
    }
    if (act->flags & ACT_EDITOR) {
        if (edit_start(op, err))
            return true;
        op_end(op);
        return false;
    }
    if (act->ask && !*op->args)
        ask_args(op);
    else
        op_start(op);
    return true;
}

bool actions_undo(struct app *app, const char *args, struct err *err)
{
    struct ctx *cx = app_ctx(app);
    (void)args;
    const struct journal_entry *e = cx ? journal_undoable(app->host.journal, cx) : NULL;
    if (!e)
        return err_set(err, "there is nothing to take back in this context: :journal shows what was done");
    size_t n = strcspn(e->undo, " ");
    char *name = xstrndup(e->undo, n);
    const struct act *act = act_find(name);
    free(name);
    BUG_ON(!act);
    struct op *op = op_new(app, cx, act);
    op->undoes = true;
    op->lead = xasprintf("This takes back: %s %.300s", e->action, e->args);
    uint64_t group = e->group; // all that was done with one command
    for (size_t i = journal_count(app->host.journal); i-- > 0;) {
        const struct journal_entry *of = journal_at(app->host.journal, i);
        if (!of->cx || of->group != group || !journal_can_undo(of))
            continue;
        struct item *it = op_add(op, &of->target);
        it->args = xstrdup(of->undo + n + strspn(of->undo + n, " "));
        it->base = json_incref(of->is);
        it->edited = json_incref(of->was);
        it->undo_of = of->id;
    }
    op_start(op);
    return true;
}

bool actions_missing(struct ctx *cx, const struct selection *sel, const char *command, struct buf *out)
{
    char *name = xstrndup(command, strcspn(command, " "));
    const struct act *act = act_find(name);
    free(name);
    if (!act || !act_applies(act, sel->kind, &sel->gvr))
        return false;
    const struct gvr *gvr = act_right_on(act, &sel->gvr);
    const char *sub = act_right_sub(act, &sel->gvr);
    if (client_can(cx->client, act->verb, gvr, sub, sel->ns, NULL) != 0)
        return false;
    buf_printf(out, "you may not %s %s%s%s", act->verb, gvr->resource, sub ? "/" : "", str_or(sub, ""));
    return true;
}
