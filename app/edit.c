#include "app/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts/edit.h"
#include "app/app.h"
#include "app/editor.h"
#include "app/op.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/str.h"
#include "base/yaml.h"
#include "views/yaml.h"

enum { MAX_FILE = 16 << 20 };

struct edit {
    struct app *app;
    struct ctx *cx;
    const struct act *act;
    struct act_target t;
    struct editor *editor;
    struct buf text;  // the document below the comments, as the editor got it
    struct buf file;  // with them
    json_t *base;     // what is shown, before it was changed
    json_t *edited;   // as saved
    json_t *where;    // the lines of its fields
    json_t *faults, *clashes; // said in the comments; NULL: none
    uint64_t request;
    struct op *op; // what asks and sends; NULL
    bool asks;     // the rights are not known yet
    bool worked;   // something was saved that could not be sent
};

static bool is_secret(const struct edit *e)
{
    return str_eq(e->t.gvr.resource, "secrets") && !*e->t.gvr.group;
}

static void edit_free(struct edit *e, bool keep)
{
    struct actions *all = e->app->actions;
    for (size_t i = 0; i < all->edits.n; i++)
        if (all->edits.v[i] == e)
            arr_remove(&all->edits, i);
    client_cancel(e->cx->client, e->request);
    editor_free(e->editor, keep);
    json_decref(e->base);
    json_decref(e->edited);
    json_decref(e->where);
    json_decref(e->faults);
    json_decref(e->clashes);
    act_target_release(&e->t);
    buf_wipe(&e->text);
    buf_wipe(&e->file);
    free(e);
}

const char *edit_path(const struct edit *e)
{
    return editor_path(e->editor);
}

// The end, before an op or without one. The person's work is kept where it could not be sent.
static void give_up(struct edit *e, style_t style, const struct err *why)
{
    struct err err = *why;
    if (e->worked)
        err_hint(&err, "what you edited is kept in %s", edit_path(e));
    if (style == ROLE_BAD)
        app_flash_err(e->app, &err);
    else
        app_flash(e->app, style, "%s%s%s", err.msg, e->worked ? ": " : "", e->worked ? err.hint : "");
    app_dirty(e->app);
    edit_free(e, e->worked);
}

static void cancelled(struct edit *e, const char *why)
{
    struct err err;
    err_set(&err, "%s: %s, nothing was sent", e->t.name, why);
    give_up(e, ROLE_INFO, &err);
}

// ---- into the editor

static void on_saved(void *arg, const struct buf *text, const struct err *why);

static void open_editor(struct edit *e)
{
    struct edit_head h = { .kind = e->t.api_kind, .ns = e->t.ns, .name = e->t.name,
        .context = e->cx->target.context->name, .secret = is_secret(e), .faults = e->faults, .clashes = e->clashes };
    buf_clear(&e->file);
    edit_put_head(&h, &e->file);
    buf_add(&e->file, e->text.s, e->text.n);
    editor_run(e->editor, &e->file, on_saved, e); // may end e
}

// The document as text; a Secret's values as they are.
static void write_text(struct edit *e, const json_t *doc)
{
    json_t *shown = json_deep_copy((json_t *)doc);
    struct text text;
    edit_readable(shown);
    text_init(&text);
    yaml_text(shown, &(struct yaml_opts) { .managed_fields = true, .as_is = true }, &text);
    buf_clear(&e->text);
    text_plain(&text, &e->text);
    text_release(&text);
    json_decref(shown);
}

// What the file says before it is changed: so that what YAML cannot say exactly counts as no change.
static bool read_base(struct edit *e, struct err *err)
{
    json_decref(e->base);
    e->base = yaml_load(e->text.s, e->text.n, "edit", err);
    return e->base && edit_encode(e->base, err);
}

static void on_read(void *arg, json_t *doc, const struct http_result *res)
{
    struct edit *e = arg;
    struct err err = res->err;
    const char *uid = json_str(doc, "metadata", "uid", NULL);
    e->request = 0;
    bool ok = res->ok;
    if (!ok && res->status == 404)
        err_set(&err, "%s is gone", e->t.name);
    if (ok && *e->t.uid && !str_eq(uid, e->t.uid))
        ok = err_set(&err, "%s was deleted and another one has its name now", e->t.name);
    if (ok) {
        json_t *clean = edit_clean(doc);
        char *name = xasprintf("%s-%s.yaml", e->t.gvr.resource, e->t.name);
        free(e->t.uid);
        e->t.uid = xstrdup(uid);
        write_text(e, clean);
        json_decref(clean);
        e->editor = editor_new(e->app->loop, name, &err);
        free(name);
        ok = e->editor && read_base(e, &err);
    }
    if (ok)
        open_editor(e);
    else
        give_up(e, ROLE_BAD, &err);
}

// ---- back from it

static void send(struct edit *e)
{
    struct op *op = op_new(e->app, e->cx, e->act);
    struct item *it = op_add(op, &e->t);
    it->base = json_incref(e->base);
    it->edited = json_incref(e->edited);
    op->edit = e;
    e->op = op;
    op_start(op);
}

static bool one_document(const char *body, struct err *err)
{
    json_t *all = yaml_load_all(body, strlen(body), "edit", err);
    size_t n = json_array_size(all);
    bool ok = all && n < 2;
    json_decref(all);
    return ok || err_is(err) || err_set(err, "there are %zu documents: only one is edited", n);
}

// NULL: err says what is wrong with it.
static json_t *read_saved(struct edit *e, const char *body, struct err *err)
{
    json_decref(e->where);
    e->where = NULL;
    json_t *doc = yaml_load_where(body, strlen(body), "edit", &e->where, err);
    bool ok = doc && one_document(body, err) && !err_is(err) && edit_check(doc, e->base, err) && edit_encode(doc, err);
    if (ok)
        return doc;
    json_decref(doc);
    return NULL;
}

static void forget_faults(struct edit *e)
{
    json_decref(e->faults);
    json_decref(e->clashes);
    e->faults = e->clashes = NULL;
}

static void take_saved(struct edit *e, const char *body)
{
    struct err err = { 0 };
    json_t *doc = read_saved(e, body, &err);
    bool clashed = e->clashes != NULL;
    forget_faults(e);
    buf_clear(&e->text);
    buf_puts(&e->text, body);
    if (!doc) {
        e->worked = true;
        e->faults = edit_fault(&err);
        edit_find_lines(e->faults, e->where);
        open_editor(e);
        return;
    }
    json_decref(e->edited);
    e->edited = doc;
    if (json_equal(doc, e->base) && !clashed)
        cancelled(e, "nothing is changed");
    else
        send(e);
}

static void on_saved(void *arg, const struct buf *text, const struct err *why)
{
    struct edit *e = arg;
    if (!text) {
        give_up(e, ROLE_BAD, why);
        return;
    }
    char *body = xstrdup(text->s + edit_body_at(text->s));
    if (strlen(text->s) != text->n) {
        struct err err;
        err_set(&err, "the file holds a NUL byte: it is no text");
        e->worked = true;
        give_up(e, ROLE_BAD, &err);
    } else if (!*body) {
        cancelled(e, "the file is empty");
    } else if (str_eq(body, e->text.s) && !e->clashes) {
        cancelled(e, "nothing is changed");
    } else {
        take_saved(e, body);
    }
    mem_wipe(body, strlen(body));
    free(body);
}

// ---- what comes of it

// Others changed the same meanwhile: the object as it is now, with the changes in it.
static bool clashes_with(struct edit *e, const json_t *object)
{
    json_t *theirs = edit_clean(object), *clashes = json_array();
    json_t *merged = edit_merge(e->base, e->edited, theirs, clashes);
    bool any = json_array_size(clashes) > 0;
    if (any) {
        forget_faults(e);
        e->clashes = json_incref(clashes);
        write_text(e, merged);
        json_decref(e->base);
        e->base = json_incref(theirs);
    }
    json_decref(theirs);
    json_decref(merged);
    json_decref(clashes);
    return any;
}

static bool is_wrong(struct edit *e, const struct item *it)
{
    if (it->fate == FATE_FAILED && it->object && clashes_with(e, it->object))
        return true;
    if (!it->faults)
        return false;
    forget_faults(e);
    e->faults = json_incref(it->faults);
    edit_find_lines(e->faults, e->where);
    return true;
}

static struct edit *take_from(struct op *op)
{
    struct edit *e = op->edit;
    op->edit = NULL;
    e->op = NULL;
    return e;
}

bool edit_takes_back(struct op *op)
{
    struct app *app = op->app;
    if (!is_wrong(op->edit, op->items.v[0]))
        return false;
    struct edit *e = take_from(op);
    e->worked = true;
    if (op->asked)
        app_confirm_end(app); // the op ends with it
    else
        op_end(op);
    open_editor(e);
    return true;
}

void edit_again(struct op *op)
{
    bool wrong = is_wrong(op->edit, op->items.v[0]);
    struct edit *e = take_from(op);
    e->worked = true;
    if (wrong)
        open_editor(e);
    else
        send(e);
}

void edit_op_over(struct op *op)
{
    const struct item *it = op->items.v[0];
    bool lost = it->fate == FATE_FAILED || it->fate == FATE_CHANGED || (op->confirmed && it->fate == FATE_NONE);
    edit_free(take_from(op), lost);
}

// ---- beginnings and the end

// 1 yes, 0 no, -1 not known yet. A rule may be of that name alone.
static int may(const struct edit *e, const char *verb)
{
    struct client *c = e->cx->client;
    int can = client_can(c, verb, &e->t.gvr, NULL, e->t.ns, NULL);
    return can == 0 ? client_can(c, verb, &e->t.gvr, NULL, e->t.ns, e->t.name) : can;
}

static void begin(struct edit *e)
{
    static const char *const verbs[] = { "get", "patch" };
    struct buf missing = BUF_INIT, path = BUF_INIT;
    e->asks = false;
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        int can = may(e, verbs[i]);
        e->asks |= can < 0;
        if (can == 0)
            buf_printf(&missing, "%s%s", missing.n ? " and to " : "", verbs[i]);
    }
    if (missing.n) {
        struct err err;
        err_set(&err, "you may not: the right to %s %s%s%s is missing", missing.s, e->t.gvr.resource,
            *e->t.ns ? " in " : "", e->t.ns);
        give_up(e, ROLE_BAD, &err);
    } else if (!e->asks) {
        gvr_path(&path, &e->t.gvr, e->t.ns, e->t.name);
        e->request = client_get(e->cx->client, path.s, on_read, e);
    }
    buf_release(&missing);
    buf_release(&path);
}

bool edit_start(struct op *op, struct err *err)
{
    if (op->items.n != 1)
        return err_set(err, "one object at a time: %zu are marked", op->items.n);
    if (*op->args)
        return err_set(err, "edit takes nothing more");
    struct edit *e = xcalloc(1, sizeof(*e));
    const struct act_target *t = &op->items.v[0]->t;
    e->app = op->app;
    e->cx = op->cx;
    e->act = op->act;
    e->t = (struct act_target) { t->kind, t->gvr, xstrdup(t->api_kind), xstrdup(t->ns), xstrdup(t->name),
        xstrdup(str_or(t->uid, "")) };
    buf_init(&e->text);
    buf_init(&e->file);
    arr_push(&e->app->actions->edits, e);
    op_end(op);
    begin(e);
    return true;
}

void edit_rights_changed(struct actions *all)
{
    for (size_t i = all->edits.n; i-- > 0;)
        if (i < all->edits.n && all->edits.v[i]->asks)
            begin(all->edits.v[i]);
}

bool edit_pending(const struct actions *all)
{
    for (size_t i = 0; i < all->edits.n; i++) {
        const struct edit *e = all->edits.v[i];
        if (e->asks || e->request || (e->editor && editor_runs(e->editor)))
            return true;
    }
    return false;
}

static bool was_touched(const struct edit *e)
{
    struct buf now = BUF_INIT;
    struct err err;
    bool touched = e->worked || (e->editor && editor_runs(e->editor) && file_read(edit_path(e), MAX_FILE, &now, &err) &&
                                    !str_eq(now.s, e->file.s));
    buf_wipe(&now);
    return touched;
}

void edit_free_all(struct actions *all)
{
    while (all->edits.n) {
        struct edit *e = all->edits.v[0];
        bool keep = was_touched(e);
        if (keep)
            say(stderr, "kview: what was edited is kept in %s\n", edit_path(e));
        edit_free(e, keep);
    }
}
