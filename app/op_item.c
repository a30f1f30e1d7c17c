// One object of an action: its reads, its dry run, its request, and what the journal hears of it.
#include "app/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts/edit.h"
#include "acts/facts.h"
#include "acts/history.h"
#include "acts/journal.h"
#include "acts/progress.h"
#include "app/actions.h"
#include "app/app.h"
#include "app/evidence.h"
#include "app/verdict.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "client/target.h"

enum { KEEP_MOST = 50, MAX_TRIES = 5, MAX_DIFF = 8, MAX_EDIT_DIFF = 40 };

// ---- the end of one object

void item_free(struct item *it)
{
    client_cancel(it->op->cx->client, it->request);
    json_decref(it->object);
    json_decref(it->scale);
    json_decref(it->history);
    evidence_free(it->evidence);
    free(it->kept);
    json_decref(it->base);
    json_decref(it->edited);
    json_decref(it->faults);
    json_decref(it->more);
    json_decref(it->owner);
    if (it->planned)
        act_plan_release(&it->plan);
    buf_release(&it->dry);
    act_target_release(&it->t);
    free(it->args);
    free(it);
}

static void follow(struct item *it, uint64_t entry)
{
    struct actions *all = it->op->app->actions;
    for (size_t i = all->verdicts.n; i-- > 0;)
        if (verdict_over(all->verdicts.v[i]) || verdict_overtaken(all->verdicts.v[i], &it->t, it->op->act->doing)) {
            verdict_free(all->verdicts.v[i]);
            arr_remove(&all->verdicts, i);
        }
    struct verdict *v = verdict_new(it->op->app, it->op->cx, &it->t, it->op->act, it->plan.awaits, entry);
    arr_push(&all->verdicts, v);
}

static void over(struct item *it, enum fate fate)
{
    it->fate = fate;
    it->step = STEP_OVER;
}

// What was sent stays on its way, so that it is known what became of it.
void item_stop(struct item *it)
{
    if (it->step == STEP_OVER || it->unknown || (it->step == STEP_SEND && it->request))
        return;
    client_cancel(it->op->cx->client, it->request);
    it->request = 0;
    over(it, FATE_STOPPED);
}

const char *item_args(const struct item *it)
{
    return it->args ? it->args : it->op->args;
}

static uint64_t write_down(struct item *it, enum journal_state state, const char *result)
{
    struct op *op = it->op;
    bool sure = it->planned;
    struct journal_entry e = { .cx = op->cx, .context = xstrdup(op->cx->target.context->name),
        .target = { it->t.kind, it->t.gvr, xstrdup(it->t.api_kind), xstrdup(it->t.ns), xstrdup(it->t.name),
            xstrdup(str_or(it->t.uid, "")) },
        .group = op->group, .action = xstrdup(op->act->name), .args = xstrdup(item_args(it)), .before = xstrdup(sure ? it->plan.before.s : ""),
        .after = xstrdup(sure ? it->plan.after.s : ""), .undo = xstrdup(sure ? it->plan.undo.s : ""),
        .was = json_incref(it->base), .is = json_incref(it->edited), .result = xstrdup(result), .evidence = xstrdup(str_or(it->kept, "")), .state = state };
    return journal_add(op->app->host.journal, &e);
}

static void failed(struct item *it, const struct err *err)
{
    if (err != &it->err)
        it->err = *err;
    if (it->op->confirmed)
        write_down(it, JOURNAL_FAILED, it->err.msg);
    over(it, FATE_FAILED);
}

static void succeeded(struct item *it, const char *result)
{
    bool follows = it->op->act->flags & ACT_GONE || (it->op->act->flags & ACT_TRAFFIC && it->planned) ||
                   (it->op->act->flags & ACT_ROLLS && progress_knows(it->t.gvr.group, it->t.gvr.resource)) ||
                   (it->planned && str_eq(it->plan.sub, "resize")); // the kubelet's part of it
    follows &= it->op->items.n <= OP_SAMPLE;
    uint64_t entry = write_down(it, follows ? JOURNAL_RUNNING : JOURNAL_DONE, result);
    over(it, FATE_DONE);
    if (it->undo_of)
        journal_undone(it->op->app->host.journal, it->undo_of);
    if (follows)
        follow(it, entry);
}

static bool is_other(struct item *it, const json_t *doc)
{
    const char *uid = json_str(doc, "metadata", "uid", NULL);
    if (!*str_or(it->t.uid, "")) { // named, not chosen: this one is meant from now on
        free(it->t.uid);
        it->t.uid = xstrdup(uid);
    }
    if (str_eq(it->t.uid, uid))
        return false;
    err_set(&it->err, "%s was deleted and another one has its name now: nothing was done to it", it->t.name);
    return true;
}

// ---- requests

static void item_get(struct item *it, const char *sub, client_json_fn *fn)
{
    struct buf path = BUF_INIT;
    gvr_path(&path, &it->t.gvr, it->t.ns, it->t.name);
    if (sub)
        gvr_path_add(&path, sub);
    it->request = client_get(it->op->cx->client, path.s, fn, it);
    buf_release(&path);
}

static struct act_in plan_in(const struct item *it)
{
    const struct op *op = it->op;
    const struct around *around = op_around(op, it->t.ns);
    return (struct act_in) { .act = op->act, .t = &it->t, .context = op->cx->target.context->name, .object = it->object,
        .scale = it->scale, .history = it->history, .more = it->more, .args = item_args(it), .base = it->base,
        .edited = it->edited, .now = time_now(), .salt = op->salt,
        .services = around ? around->lists[AROUND_SERVICES].list : NULL, .owner = it->owner,
        .who = client_info(op->cx->client)->user };
}

static bool make_plan(struct item *it, struct act_plan *out, struct err *err)
{
    struct act_in in = plan_in(it);
    return act_plan(&in, out, err);
}

static void keep_edit(struct item *it, const json_t *doc)
{
    json_decref(it->base);
    json_decref(it->edited);
    it->base = edit_clean(it->object);
    it->edited = edit_clean(doc);
}

static void on_written(void *arg, json_t *doc, const struct http_result *res);
static void on_dry(void *arg, json_t *doc, const struct http_result *res);

static void item_write(struct item *it, bool dry)
{
    struct op *op = it->op;
    struct write_gate gate = ctx_gate(op->cx);
    struct write w = { op->act->doing, it->plan.type, { it->plan.gvr, it->t.ns, it->plan.name, it->plan.sub },
        it->plan.body, dry, op->act->flags & ACT_EDITOR };
    it->request = verbs_send(op->cx->client, &gate, &w, dry ? on_dry : on_written, it, &it->err);
    if (!it->request)
        failed(it, &it->err);
}

static bool holds(const json_t *doc, const json_t *want, bool whole);

// One of the list holds all that is wanted of it; by_name: one has its name.
static bool have_element(const json_t *list, const json_t *want, bool by_name, bool whole)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        if (by_name ? str_eq(json_str(c, "name", NULL), json_str(want, "name", NULL)) : holds(c, want, whole))
            return true;
    }
    return false;
}

// All that the patch sets is so: then it arrived, though its answer did not. whole: lists have nothing else.
static bool holds(const json_t *doc, const json_t *want, bool whole)
{
    const char *key;
    json_t *v;
    size_t i;
    if (json_is_object(want)) {
        json_object_foreach((json_t *)want, key, v)
        {
            if (str_eq(key, "resourceVersion") || str_starts(key, "$setElementOrder/") || (json_is_null(v) && !json_object_get(doc, key)))
                continue;
            if (!holds(json_object_get(doc, key), v, whole))
                return false;
        }
        return true;
    }
    if (!json_is_array(want))
        return json_equal((json_t *)doc, (json_t *)want) || (json_is_false(want) && !doc);
    if (whole && json_array_size(want) != json_array_size(doc))
        return false;
    json_array_foreach(want, i, v)
    {
        bool gone = str_eq(json_str(v, "$patch", NULL), "delete");
        if (have_element(doc, v, gone, whole) == gone)
            return false;
    }
    return true;
}

static bool arrived(struct item *it)
{
    struct act_plan now;
    struct err ignored = { 0 };
    if (it->edited)
        return edit_holds(it->object, it->plan.body);
    if (!(it->op->act->flags & ACT_HISTORY))
        return holds(it->scale ? it->scale : it->object, it->plan.body, it->plan.type != WRITE_STRATEGIC);
    if (!make_plan(it, &now, &ignored)) // of the revisions as they were asked about
        return false;
    bool so = now.nothing;
    act_plan_release(&now);
    return so;
}

// It was sent and no answer came: what the object is now says whether it arrived.
static void settle_unknown(struct item *it, bool there)
{
    const char *why = it->err.msg;
    bool going = !there || *json_str(it->object, "metadata", "deletionTimestamp", NULL);
    bool gone = it->op->act->flags & ACT_GONE;
    char text[900];
    if (!there && it->op->act->flags & ACT_ENDS)
        gone = true;
    if (gone ? going : there && arrived(it)) {
        snprintf(text, sizeof(text), "the answer was lost (%.300s), but it was done", why);
        succeeded(it, text);
        return;
    }
    struct err err;
    err_set(&err, "no answer came (%s): as far as can be seen it was not done", why);
    failed(it, &err);
}

// Sent once, and refused since the object is another version: is it still what was asked about?
static void settle_again(struct item *it)
{
    struct act_plan now;
    struct err err = { 0 };
    it->again = false;
    if (it->plan.type != WRITE_DELETE && it->plan.type != WRITE_CREATE &&
        arrived(it)) { // sent twice, by libcurl over a connection that broke
        succeeded(it, "it is so now: an answer was lost");
        return;
    }
    if (!make_plan(it, &now, &err)) {
        failed(it, &err);
        return;
    }
    bool same = str_eq(now.before.s, it->plan.before.s) && str_eq(now.does.s, it->plan.does.s);
    if (same || now.nothing) {
        act_plan_release(&it->plan);
        it->plan = now;
        it->step = STEP_SEND;
        if (now.nothing)
            over(it, FATE_NOTHING);
        return;
    }
    err_set(&it->err, "it changed since the question: %s, and was %s", now.before.s, it->plan.before.s);
    act_plan_release(&now);
    over(it, FATE_CHANGED);
}

static void read_done(struct item *it)
{
    if (it->unknown) {
        settle_unknown(it, true);
    } else if (it->again) {
        settle_again(it);
    } else if (!make_plan(it, &it->plan, &it->err)) {
        failed(it, &it->err);
    } else {
        it->planned = true;
        it->step = !it->op->confirmed ? STEP_DRY : it->op->keep ? STEP_KEEP : STEP_SEND;
        if (it->plan.nothing)
            over(it, FATE_NOTHING);
    }
}

static void on_more(void *arg, json_t *doc, const struct http_result *res)
{
    struct item *it = arg;
    it->request = 0;
    json_decref(it->more);
    it->more = res->ok ? json_incref(doc) : NULL;
    read_done(it);
    op_pump(it->op);
}

// Once, before the question.
static void read_more(struct item *it)
{
    struct act_in in = plan_in(it);
    struct buf path = BUF_INIT;
    if (!it->planned && in.act->more && in.act->more(&in, &path)) {
        it->step = STEP_MORE;
        it->request = client_get(it->op->cx->client, path.s, on_more, it);
    } else {
        read_done(it);
    }
    buf_release(&path);
}

static void on_scale(void *arg, json_t *doc, const struct http_result *res)
{
    struct item *it = arg;
    it->request = 0;
    if (!res->ok) {
        struct err err = res->err;
        if (res->status == 404)
            err_set(&err, "%s %s cannot be scaled: it has no scale subresource", it->t.api_kind, it->t.name);
        failed(it, &err);
    } else {
        json_decref(it->scale);
        it->scale = json_incref(doc);
        read_more(it);
    }
    op_pump(it->op);
}

static void on_history(void *arg, json_t *doc, const struct http_result *res)
{
    struct item *it = arg;
    it->request = 0;
    if (res->ok) {
        it->history = json_incref(doc);
        read_done(it);
    } else {
        struct err err = res->err;
        if (res->status == 403)
            err_set(&err, "you may not: the right to list %s in %s is missing", history_gvr(it->t.gvr.resource)->resource, it->t.ns);
        failed(it, &err);
    }
    op_pump(it->op);
}

static void get_history(struct item *it)
{
    struct buf path = BUF_INIT, sel = BUF_INIT;
    gvr_path(&path, history_gvr(it->t.gvr.resource), it->t.ns, NULL);
    if (target_selector(it->object, &sel)) {
        buf_puts(&path, "?labelSelector=");
        str_url_escape(&path, sel.s);
    }
    it->request = client_get(it->op->cx->client, path.s, on_history, it);
    buf_release(&path);
    buf_release(&sel);
}

// The Services of its namespace are asked for once for all objects.
static void take_services(struct item *it)
{
    const struct around *a = op_around(it->op, it->t.ns);
    const struct beside *b = a ? &a->lists[AROUND_SERVICES] : NULL;
    if (b && b->request)
        return; // op_pump comes again
    if (b && b->list) {
        it->step = STEP_OWNER; // op_pump goes on
        return;
    }
    struct err err = { 0 };
    if (b)
        err = b->err;
    if (!b || b->err.code == 403)
        err_set(&err, "you may not: the right to list services in %s is missing", it->t.ns);
    failed(it, &err);
}

static void on_owner(void *arg, json_t *doc, const struct http_result *res)
{
    struct item *it = arg;
    it->request = 0;
    json_decref(it->owner);
    it->owner = res->ok ? json_incref(doc) : NULL; // without it, the question says that it is not known
    read_done(it);
    op_pump(it->op);
}

static void get_owner(struct item *it)
{
    struct gvr gvr;
    char *name;
    if (!act_owner(it->object, &gvr, &name)) {
        read_done(it);
        return;
    }
    struct buf path = BUF_INIT;
    gvr_path(&path, &gvr, it->t.ns, name);
    it->request = client_get(it->op->cx->client, path.s, on_owner, it);
    buf_release(&path);
    free(name);
}

// What is read beside the object, if anything; the revisions once: those that were chosen from.
static void read_beside(struct item *it)
{
    unsigned flags = it->op->act->flags;
    if (flags & ACT_SCALE)
        it->step = STEP_SCALE;
    else if (flags & ACT_HISTORY && !it->history)
        it->step = STEP_HISTORY;
    else if (flags & ACT_SERVICES)
        it->step = STEP_SERVICES;
    else
        read_more(it);
}

static void on_object(void *arg, json_t *doc, const struct http_result *res)
{
    struct item *it = arg;
    it->request = 0;
    if (!res->ok && res->status == 404 && it->unknown) {
        settle_unknown(it, false);
    } else if (!res->ok) {
        struct err err = res->err;
        if (res->status == 404 && !*str_or(it->t.uid, "")) // named, not seen
            err_set(&err, "there is no %s %s%s%s", it->t.api_kind, it->t.name, *it->t.ns ? " in " : "", it->t.ns);
        else if (res->status == 404)
            err_set(&err, "%s is gone: nothing was done", it->t.name);
        failed(it, &err);
    } else if (is_other(it, doc)) {
        if (it->unknown && (it->op->act->flags & ACT_GONE))
            settle_unknown(it, false);
        else
            failed(it, &it->err);
    } else {
        json_decref(it->object);
        it->object = json_incref(doc);
        read_beside(it);
    }
    op_pump(it->op);
}

// What is wrong with an edit, in the server's words, for the file; and in short, for the rest.
static void keep_faults(struct item *it, const struct http_result *res)
{
    static const int refusals[] = { 400, 403, 413, 422 };
    bool secret = str_eq(it->t.gvr.resource, "secrets"), wrong = false;
    struct buf line = BUF_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
        wrong |= res->status == refusals[i];
    it->err = res->err;
    if (!wrong || !it->edited)
        return;
    const char *body = str_or(res->error_body, "");
    json_decref(it->faults);
    it->faults = edit_faults(body, strlen(body), &res->err);
    edit_faults_line(it->faults, secret, &line);
    snprintf(it->err.msg, sizeof(it->err.msg), "%s", line.s);
    buf_release(&line);
}

// The guard of a JSON patch: another version is 409, another object a test that fails.
static bool is_guarded(const struct http_result *res)
{
    return res->status == 409 ||
           (res->status == 422 && str_starts(res->err.msg, "the server rejected our request due to an error in our"));
}

// Somebody wrote to it between the read and the dry run (a kubelet its status): the question is about what it is now.
static bool dry_run_again(struct item *it, const struct http_result *res)
{
    if (!is_guarded(res) || ++it->tries >= MAX_TRIES)
        return false;
    act_plan_release(&it->plan);
    it->planned = false;
    it->step = STEP_READ;
    return true;
}

static void edit_refused(struct item *it, const struct http_result *res)
{
    keep_faults(it, res);
    failed(it, &it->err);
}

// The question says what was changed: here is what the server makes of it beyond that.
static void put_dry(struct item *it, const json_t *doc)
{
    bool secret = str_eq(it->t.gvr.resource, "secrets");
    struct buf lines = BUF_INIT;
    act_diff(it->scale ? it->scale : it->object, doc, secret, it->edited ? MAX_EDIT_DIFF : MAX_DIFF, &lines);
    for (const char *p = lines.s; *p;) {
        size_t n = strcspn(p, "\n") + 1;
        char *line = xstrndup(p, n);
        if (!it->edited || !strstr(it->plan.does.s, line))
            buf_puts(&it->dry, line);
        free(line);
        p += p[n - 1] ? n : n - 1;
    }
    buf_release(&lines);
}

static void on_dry(void *arg, json_t *doc, const struct http_result *res)
{
    struct item *it = arg;
    bool patch = it->plan.type != WRITE_CREATE && it->plan.type != WRITE_DELETE;
    it->request = 0;
    it->step = STEP_ASK;
    if (!res->ok && patch && dry_run_again(it, res)) {
        ; // and dry again
    } else if (!res->ok && it->edited) {
        edit_refused(it, res);
    } else if (!res->ok && res->status == 403) {
        struct err err = res->err;
        failed(it, &err);
    } else if (!res->ok) {
        it->dry_refused = true;
        buf_puts(&it->dry, res->err.msg);
    } else if (patch) {
        put_dry(it, doc);
        it->tries = 0;
    }
    if (res->ok && *str_or(res->warning, "")) {
        buf_puts(&it->dry, "warning: ");
        utf8_sanitise(&it->dry, res->warning, strlen(res->warning));
        buf_putc(&it->dry, '\n');
    }
    op_pump(it->op);
}

static void on_made(void *arg, json_t *doc, const struct http_result *res)
{
    struct item *it = arg;
    (void)doc;
    it->request = 0;
    if (res->ok)
        succeeded(it, "the answer was lost, but it was done");
    else
        failed(it, &it->err);
    op_pump(it->op);
}

// No answer came: is it there?
static void look_for_made(struct item *it, const struct err *why)
{
    struct buf path = BUF_INIT;
    gvr_path(&path, &it->plan.gvr, it->t.ns, it->plan.made);
    err_set(&it->err, "no answer came (%s): as far as can be seen it was not done", why->msg);
    it->request = client_get(it->op->cx->client, path.s, on_made, it);
    buf_release(&path);
}

static void read_again(struct item *it, bool unknown, const struct err *why)
{
    it->err = *why;
    it->unknown = unknown;
    it->again = !unknown;
    it->step = STEP_READ;
}

static void on_written(void *arg, json_t *doc, const struct http_result *res)
{
    struct item *it = arg;
    it->request = 0;
    if (res->ok && it->edited) // as the server has it now: what it filled in counts too when this is taken back
        keep_edit(it, doc);
    bool guarded = (res->status == 409 || res->status == 422) && !it->plan.made;
    // Also where an answer began that said yes, and its end did not come
    bool lost = res->status == 0 || res->status == 504 || (res->status >= 200 && res->status < 300), gone = it->op->act->flags & ACT_GONE;
    bool exists = res->status == 409 && it->plan.made; // the name is ours alone: it was made, and the answer lost
    if (res->ok)
        succeeded(it, it->plan.made ? it->plan.does.s : "accepted");
    else if (res->status == 404 && gone)
        succeeded(it, "it is gone already");
    else if (exists || (lost && it->plan.made))
        look_for_made(it, &res->err);
    else if (lost)
        read_again(it, true, &res->err);
    else if (guarded && ++it->tries < MAX_TRIES && (res->status == 409 || it->tries == 1))
        read_again(it, false, &res->err);
    else {
        keep_faults(it, res);
        if (res->status == 404)
            err_set(&it->err, "%s is gone: nothing was done", it->t.name);
        failed(it, &it->err);
    }
    op_pump(it->op);
}

// ---- evidence

static void on_kept(void *arg, const char *path, const char *missing)
{
    struct item *it = arg;
    it->evidence = NULL;
    it->step = STEP_SEND;
    if (path)
        it->kept = *missing ? xasprintf("%s (without %s)", path, missing) : xstrdup(path);
    op_pump(it->op);
}

// Of very many the first: the rest would push out what was kept of others before.
static void keep_evidence(struct item *it)
{
    if (it->op->kept++ >= KEEP_MOST) {
        it->step = STEP_SEND;
        return;
    }
    it->evidence = evidence_new(it->op->cx, &it->t, it->object, it->op->keep_until, on_kept, it);
}

// ---- rights

static void missing_right(const struct item *it, struct err *err)
{
    const struct act *a = it->op->act;
    const char *sub = act_right_sub(a, &it->t.gvr);
    err_set(err, "you may not: the right to %s %s%s%s%s%s is missing", a->verb, act_right_on(a, &it->t.gvr)->resource,
        sub ? "/" : "", str_or(sub, ""), *it->t.ns ? " in " : "", it->t.ns);
}

// 1 yes, 0 no, -1 not known yet. A rule may be of that name alone.
static int may(const struct item *it)
{
    const struct act *a = it->op->act;
    const struct gvr *gvr = act_right_on(a, &it->t.gvr);
    const char *sub = act_right_sub(a, &it->t.gvr);
    struct client *c = it->op->cx->client;
    int can = client_can(c, a->verb, gvr, sub, it->t.ns, NULL);
    return can == 0 && gvr == &it->t.gvr ? client_can(c, a->verb, gvr, sub, it->t.ns, it->t.name) : can;
}

static void check_right(struct item *it)
{
    int can = may(it);
    if (can == 0) {
        missing_right(it, &it->err);
        failed(it, &it->err);
    } else if (can == 1) {
        it->step = it->late ? STEP_ASK : STEP_READ;
    }
}

void item_go(struct item *it)
{
    switch (it->step) {
    case STEP_RIGHT: check_right(it); break;
    case STEP_READ: item_get(it, NULL, on_object); break;
    case STEP_SCALE: item_get(it, "scale", on_scale); break;
    case STEP_HISTORY: get_history(it); break;
    case STEP_SERVICES: take_services(it); break;
    case STEP_OWNER: get_owner(it); break;
    case STEP_DRY: item_write(it, true); break;
    case STEP_KEEP: keep_evidence(it); break;
    case STEP_SEND: item_write(it, false); break;
    case STEP_MORE: // is on its way
    case STEP_ASK:
    case STEP_OVER: break;
    }
}
