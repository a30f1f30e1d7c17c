#include "app/once_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts/journal.h"
#include "app/open.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"
#include "base/utf8.h"
#include "list/ctx.h"
#include "list/spec.h"
#include "ui/canvas.h"
#include "views/describe/writer.h"
#include "views/host.h"
#include "views/view.h"

enum { ROWS = 50, COLS = 200 }; // what a view is laid out for; nothing of it is shown

struct once_view {
    struct host host;
    struct ctx *cx;
    struct view *view;
    struct canvas *canvas;
    struct err said; // what the view would have flashed
};

// ---- a host without a screen: it keeps what is said, and asks nobody

static struct once_view *of(struct host *host)
{
    return (struct once_view *)host;
}

static bool do_open(struct host *host, const char *spec, struct err *err)
{
    (void)host;
    return err_set(err, "it leads on to %s", spec);
}

static void do_push(struct host *host, struct view *v)
{
    (void)host;
    v->ops->free(v);
}

static void do_flash(struct host *host, style_t style, const char *text)
{
    if (style == ROLE_BAD || style == ROLE_WARN)
        err_set(&of(host)->said, "%s", text);
}

static void do_prompt(struct host *host, const char *label, const char *initial, const char *command)
{
    (void)host, (void)label, (void)initial, (void)command;
}

static void do_pick(struct host *host, const char *title, struct choices *all, host_pick_fn *fn)
{
    (void)host, (void)title, (void)fn;
    choices_release(all);
}

static void do_confirm(struct host *host, const struct host_question *q)
{
    (void)host;
    if (q->free_arg)
        q->free_arg(q->arg);
}

static void do_dirty(struct host *host)
{
    (void)host; // it is looked at again soon
}

static void do_copy(struct host *host, const char *text, size_t n)
{
    (void)host, (void)text, (void)n;
}

static struct view *do_focus(struct host *host)
{
    return of(host)->view;
}

static bool do_busy(struct host *host)
{
    (void)host;
    return false;
}

static struct ctx *do_context(struct host *host, const char *name, struct err *err)
{
    struct ctx *cx = of(host)->cx;
    if (!name || str_eq(name, cx->target.context->name))
        return cx;
    err_set(err, "one context at a time: this is %s", cx->target.context->name);
    return NULL;
}

static char *do_setting(struct host *host, const char *section, const char *key)
{
    (void)host, (void)section, (void)key;
    return NULL;
}

static void do_choose_columns(struct host *host, struct view *list)
{
    (void)host, (void)list;
}

static const struct host_ops ops = { .open = do_open, .run = do_open, .push = do_push, .flash = do_flash,
    .prompt = do_prompt, .pick = do_pick, .confirm = do_confirm, .dirty = do_dirty, .copy = do_copy, .focus = do_focus,
    .busy = do_busy, .context = do_context, .setting = do_setting, .choose_columns = do_choose_columns };

// ---- views

struct once_view *once_view_new(struct loop *loop, struct ctx *cx, const struct spec *s, struct err *err)
{
    struct once_view *o = xcalloc(1, sizeof(*o));
    o->cx = cx;
    o->host = (struct host) { .ops = &ops, .loop = loop, .rows = ROWS, .cols = COLS };
    o->host.state = state_open(NULL, NULL);
    o->canvas = canvas_new(ROWS, COLS);
    o->view = open_make(&o->host, cx, s, err);
    if (!o->view) {
        once_view_free(o);
        return NULL;
    }
    if (o->view->ops->show)
        o->view->ops->show(o->view, true);
    return o;
}

void once_view_free(struct once_view *o)
{
    if (!o)
        return;
    if (o->view && o->view->ops->show)
        o->view->ops->show(o->view, false);
    if (o->view)
        o->view->ops->free(o->view);
    canvas_free(o->canvas);
    journal_free(o->host.journal); // what a view made of what outlives it
    state_close(o->host.state);
    free(o);
}

static void print(struct view *v, const char *format, struct buf *out)
{
    struct buf raw = BUF_INIT, aligned = BUF_INIT;
    v->ops->save(v, format, &raw);
    bool table = str_eq(format, "text") && strchr(raw.s, '\t');
    if (table)
        dw_plain(raw.s, &aligned);
    const struct buf *text = table ? &aligned : &raw;
    utf8_sanitise_lines(out, text->s, text->n);
    buf_release(&raw);
    buf_release(&aligned);
}

bool once_view_poll(struct once_view *o, const char *format, struct buf *out, struct err *err)
{
    struct view *v = o->view;
    struct view_status st = { .fresh = FRESH_NONE };
    const struct client_info *in = client_info(o->cx->client);
    v->ops->paint(v, o->canvas, (struct rect) { 0, 0, ROWS, COLS }, true); // some gather what they show only then
    if (v->ops->status)
        v->ops->status(v, &st);
    if (in->state == CLIENT_DOWN && in->err) {
        *err = *in->err;
        return true;
    }
    if (in->state != CLIENT_READY || !client_discovery(o->cx->client) || st.fresh == FRESH_LOADING || st.pending)
        return false;
    if (st.fresh == FRESH_FAILED || st.fresh == FRESH_FORBIDDEN || st.fresh == FRESH_STALE) {
        if (err_is(&o->said))
            *err = o->said;
        else
            err_set(err, "%s", st.text);
        return true;
    }
    print(v, format, out);
    if (!out->n)
        err_set(err, "nothing here: %s", v->spec);
    return true;
}
