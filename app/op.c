#include "app/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "acts/journal.h"
#include "app/actions.h"
#include "app/app.h"
#include "app/config.h"
#include "app/edit.h"
#include "app/evidence.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"

enum { FLYING = 8, MANY = 10 };

// ---- life

static void op_free(struct op *op)
{
    if (op->kept)
        evidence_tidy();
    if (op->edit)
        edit_op_over(op);
    for (size_t i = 0; i < op->items.n; i++)
        item_free(op->items.v[i]);
    for (size_t i = 0; i < op->around.n; i++) {
        struct around *a = op->around.v[i];
        for (size_t k = 0; k < AROUNDS; k++) {
            client_cancel(op->cx->client, a->lists[k].request);
            json_decref(a->lists[k].list);
        }
        free(a->ns);
        free(a);
    }
    arr_release(&op->items);
    arr_release(&op->around);
    free(op->args);
    free(op->lead);
    free(op);
}

void op_end(struct op *op)
{
    struct actions *all = op->app->actions;
    for (size_t i = 0; i < all->ops.n; i++)
        if (all->ops.v[i] == op)
            arr_remove(&all->ops, i);
    op_free(op);
}

static struct actions *all_of(struct app *app)
{
    if (!app->actions) {
        app->actions = xcalloc(1, sizeof(*app->actions));
        app->actions->app = app;
    }
    if (!app->host.journal)
        app->host.journal = journal_new();
    return app->actions;
}

// ---- what is around

static void on_beside(void *arg, json_t *doc, const struct http_result *res)
{
    struct beside *b = arg;
    b->request = 0;
    if (res->ok)
        b->list = json_incref(doc);
    else
        b->err = res->err;
    op_pump(b->of->op);
}

const struct around *op_around(const struct op *op, const char *ns)
{
    for (size_t i = 0; i < op->around.n; i++)
        if (str_eq(op->around.v[i]->ns, ns))
            return op->around.v[i];
    return NULL;
}

static void look_around(struct op *op, const char *ns)
{
    static const struct {
        unsigned flag;
        struct gvr gvr;
    } lists[AROUNDS] = {
        [AROUND_HPAS] = { ACT_HPA, { "autoscaling", "v2", "horizontalpodautoscalers", true } },
        [AROUND_BUDGETS] = { ACT_PDB, { "policy", "v1", "poddisruptionbudgets", true } },
        [AROUND_SERVICES] = { ACT_SERVICES, { "", "v1", "services", true } },
    };
    if (!*ns || !(op->act->flags & (ACT_HPA | ACT_PDB | ACT_SERVICES)) || op_around(op, ns))
        return;
    struct around *a = xcalloc(1, sizeof(*a));
    a->op = op;
    a->ns = xstrdup(ns);
    arr_push(&op->around, a);
    for (size_t i = 0; i < AROUNDS; i++) {
        if (!(op->act->flags & lists[i].flag))
            continue;
        struct buf path = BUF_INIT;
        gvr_path(&path, &lists[i].gvr, ns, NULL);
        a->lists[i].of = a;
        a->lists[i].request = client_get(op->cx->client, path.s, on_beside, &a->lists[i]);
        buf_release(&path);
    }
}

// ---- the question

static void confirmed(struct app *app, void *arg)
{
    struct op *op = arg;
    op->keep = op->act->flags & ACT_VANISHES && config_flag(app->config, "evidence", true);
    op->confirmed = true;
    op->keep_until = loop_now_ms(app->loop) + EVIDENCE_MS;
    for (size_t i = 0; i < op->items.n; i++)
        if (op->items.v[i]->step == STEP_ASK)
            op->items.v[i]->step = !op->items.v[i]->planned ? STEP_READ : op->keep ? STEP_KEEP : STEP_SEND;
}

// Whatever the answer, the question is over: with Yes the work begins, else all of it is forgotten.
static void answered(void *arg)
{
    struct op *op = arg;
    op->asked = false;
    if (op->over)
        return; // its failures are shown instead
    if (op->confirmed)
        op_pump(op);
    else
        op_end(op);
}

static void ask_busy(struct op *op)
{
    char title[96];
    struct buf body = BUF_INIT;
    op_title(op, title);
    op_ask_busy(op, &body);
    op->asked = true;
    app_confirm(op->app, &(struct question) { .text = { .title = title, .body = body.s, .yes = op->act->yes,
                             .no = "leave", .busy = true },
        .yes = confirmed, .arg = op, .free_arg = answered });
    buf_release(&body);
}

static void ask(struct op *op)
{
    char title[96];
    struct buf body = BUF_INIT;
    bool danger = false;
    char many[16];
    op_title(op, title);
    snprintf(many, sizeof(many), "%zu", op->items.n);
    for (size_t i = 0; i < op->items.n; i++)
        danger |= op->items.v[i]->fate == FATE_NONE && op->items.v[i]->plan.danger;
    op_ask_text(op, &body);
    danger |= op->items.n > OP_SAMPLE || (op->act->flags & ACT_GONE && op->items.n >= MANY);
    const char *word = !danger ? NULL : op->items.n == 1 ? op->items.v[0]->t.name : many;
    struct dialog_text t = { .title = title, .body = body.s, .yes = op->act->yes, .no = "leave", .word = word,
        .danger = danger || (op->act->flags & ACT_GONE) };
    if (op->asked)
        app_confirm_update(op->app, &t);
    buf_release(&body);
}

size_t op_count(const struct op *op, enum fate fate)
{
    size_t n = 0;
    for (size_t i = 0; i < op->items.n; i++)
        n += op->items.v[i]->fate == fate;
    return n;
}

// ---- the end

static void retry(struct app *app, void *arg);
static void forget(void *arg);

// What went wrong stays until it is read.
static void show_failures(struct op *op)
{
    struct buf body = BUF_INIT;
    size_t changed = op_count(op, FATE_CHANGED), bad = changed + op_count(op, FATE_FAILED), done = op_count(op, FATE_DONE);
    char title[96];
    if (op->items.n == 1)
        snprintf(title, sizeof(title), "%s: not done", op->act->title);
    else
        snprintf(title, sizeof(title), "%s: %zu done, %zu not", op->act->title, done, bad);
    size_t left = op_count(op, FATE_STOPPED);
    if (left)
        snprintf(title + strlen(title), sizeof(title) - strlen(title), ", %zu not sent", left);
    op_ask_failures(op, &body);
    op->over = true;
    app_confirm(op->app, &(struct question) { .text = { .title = title, .body = body.s,
                             .yes = changed ? "ask again" : "try again", .no = "leave", .danger = true },
        .yes = retry, .arg = op, .free_arg = forget });
    buf_release(&body);
}

static void refused(struct op *op)
{
    struct app *app = op->app;
    const struct item *first = op->items.v[0];
    struct err err = first->err;
    if (op->edit && edit_takes_back(op))
        return;
    if (op->edit && first->fate == FATE_FAILED)
        err_hint(&err, "what you edited is kept in %s", edit_path(op->edit));
    bool fits = utf8_width(err.msg) + 2 <= app->host.cols; // on the bottom line
    if (op_count(op, FATE_FAILED) && (op->items.n > 1 || !fits)) {
        show_failures(op);
        return;
    }
    if (op->items.n > 1 && first->fate == FATE_NOTHING)
        err_set(&err, "nothing to do: all of them are so already");
    else if (first->fate == FATE_NOTHING)
        err_set(&err, "%s: %s", first->t.name, first->plan.does.s);
    if (op->asked)
        app_confirm_end(app); // the op is gone
    else
        op_end(op);
    app_flash_err(app, &err);
}

static void finish(struct op *op)
{
    struct app *app = op->app;
    size_t done = op_count(op, FATE_DONE), all = op->items.n;
    const struct item *it = op->items.v[0];
    const char *undo = all == 1 && it->planned && *it->plan.undo.s && !op->undoes ? " — U takes it back" : "";
    size_t left = op_count(op, FATE_STOPPED);
    if (left)
        app_flash(app, ROLE_WARN, "stopped: %zu done, %zu not sent", done, left);
    else if (all == 1 && done)
        app_flash(app, ROLE_OK, "%s: %.*s%s%s%s", it->t.name, (int)strcspn(it->plan.does.s, "\n"), it->plan.does.s, undo,
            it->kept ? " — evidence in " : "", it->kept ? it->kept : "");
    else if (all > 1 && op_count(op, FATE_FAILED) + op_count(op, FATE_CHANGED))
        app_flash(app, ROLE_WARN, "%s: %zu of %zu done", op->act->title, done, all);
    else if (done)
        app_flash(app, ROLE_OK, "%s: %zu of %zu done — :journal follows them", op->act->title, done, all);
    else if (op_count(op, FATE_NOTHING) == all)
        app_flash(app, ROLE_INFO, "nothing to do: it is so by now");
    if (op_count(op, FATE_FAILED) + op_count(op, FATE_CHANGED))
        show_failures(op);
    else
        op_end(op);
}

// ---- on its way

bool op_waiting(const struct op *op)
{
    for (size_t i = 0; i < op->around.n; i++)
        for (size_t k = 0; k < AROUNDS; k++)
            if (op->around.v[i]->lists[k].request)
                return true;
    for (size_t i = 0; i < op->items.n; i++)
        if (op->items.v[i]->step != STEP_ASK && op->items.v[i]->step != STEP_OVER)
            return true;
    return false;
}

static void progress(struct op *op)
{
    size_t over_now = 0;
    for (size_t i = 0; i < op->items.n; i++)
        over_now += op->items.v[i]->step == STEP_OVER;
    if (op->confirmed && op->items.n > 1)
        app_flash(op->app, ROLE_INFO, "%s: %zu of %zu — Esc stops what is not sent", op->act->doing, over_now, op->items.n);
}

void op_stop(struct op *op)
{
    for (size_t i = 0; i < op->items.n; i++)
        item_stop(op->items.v[i]);
    op_pump(op);
}

void op_pump(struct op *op)
{
    size_t flying = 0;
    if (op->over)
        return;
    for (size_t i = 0; i < op->items.n; i++)
        flying += op->items.v[i]->request || op->items.v[i]->evidence;
    for (size_t i = 0; i < op->items.n && flying < FLYING; i++) {
        struct item *it = op->items.v[i];
        if (it->request || it->evidence)
            continue;
        enum step before;
        do { // until it waits for something
            before = it->step;
            item_go(it);
        } while (!it->request && !it->evidence && it->step != before);
        flying += it->request || it->evidence;
    }
    progress(op);
    app_dirty(op->app);
    if (op_waiting(op))
        return;
    if (op->confirmed)
        finish(op);
    else if (op_count(op, FATE_NONE))
        ask(op);
    else
        refused(op);
}

// ---- beginnings

struct item *op_add(struct op *op, const struct act_target *t)
{
    struct item *it = xcalloc(1, sizeof(*it));
    it->op = op;
    it->t = (struct act_target) { t->kind, t->gvr, xstrdup(t->api_kind), xstrdup(t->ns), xstrdup(t->name),
        xstrdup(str_or(t->uid, "")) };
    buf_init(&it->dry);
    arr_push(&op->items, it);
    return it;
}

struct op *op_new(struct app *app, struct ctx *cx, const struct act *act)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789"; // no words, as the API server's names
    struct actions *all = all_of(app);
    struct op *op = xcalloc(1, sizeof(*op));
    unsigned char r[OP_SALT] = { 0 };
    op->app = app;
    op->cx = cx;
    op->act = act;
    op->args = xstrdup("");
    op->group = ++all->groups;
    if (!time_stands_still() && getrandom(r, sizeof(r), 0) != sizeof(r))
        memset(r, 1, sizeof(r));
    for (size_t i = 0; i < OP_SALT; i++)
        op->salt[i] = letters[r[i] % (sizeof(letters) - 1)];
    arr_push(&all->ops, op);
    return op;
}

void op_start(struct op *op)
{
    op->begun = true;
    op->reading = false;
    for (size_t i = OP_SAMPLE; i < op->items.n; i++)
        op->items.v[i]->late = true;
    for (size_t i = 0; i < op->items.n; i++)
        look_around(op, op->items.v[i]->t.ns);
    ask_busy(op);
    op_pump(op);
}

// What failed is done again from the beginning, with a new question about what is there then.
static void retry(struct app *app, void *arg)
{
    struct op *old = arg;
    if (old->edit) {
        edit_again(old);
        return;
    }
    struct op *op = op_new(app, old->cx, old->act);
    free(op->args);
    op->args = xstrdup(old->args);
    op->undoes = old->undoes;
    for (size_t i = 0; i < old->items.n; i++) {
        const struct item *was = old->items.v[i];
        if (was->fate != FATE_FAILED && was->fate != FATE_CHANGED)
            continue;
        struct item *it = op_add(op, &was->t);
        it->args = xstrdup_null(was->args);
        it->base = json_incref(was->base);
        it->edited = json_incref(was->edited);
        it->undo_of = was->undo_of;
    }
    op_start(op);
}

static void forget(void *arg)
{
    op_end(arg);
}
