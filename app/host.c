#include "app/host.h"

#include <stdlib.h>

#include "app/config.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "views/list.h"

static bool do_open(struct host *host, const char *spec, struct err *err)
{
    return app_open(app_of(host), spec, err);
}

static bool do_run(struct host *host, const char *line, struct err *err)
{
    return app_do(app_of(host), line, err);
}

static void do_push(struct host *host, struct view *v)
{
    app_push(app_of(host), v);
}

static void do_flash(struct host *host, style_t style, const char *text)
{
    app_flash(app_of(host), style, "%s", text);
}

static void do_prompt(struct host *host, const char *label, const char *initial, const char *command)
{
    app_prompt(app_of(host), label, initial, command);
}

static void picked(struct app *app, const struct choice *choice)
{
    app->picked_by_view(&app->host, choice);
}

static void do_pick(struct host *host, const char *title, struct choices *all, host_pick_fn *fn)
{
    struct app *app = app_of(host);
    app->picked_by_view = fn;
    app_pick(app, title, all, picked);
}

static void yes(struct app *app, void *arg)
{
    const struct host_question *q = arg;
    q->yes(&app->host, q->arg);
}

static void free_question(void *arg)
{
    struct host_question *q = arg;
    if (q->free_arg)
        q->free_arg(q->arg);
    free(q);
}

static void do_confirm(struct host *host, const struct host_question *q)
{
    struct host_question *own = xcalloc(1, sizeof(*own));
    *own = *q;
    own->text = (struct dialog_text) { 0 };
    app_confirm(app_of(host), &(struct question) { .text = q->text, .yes = yes, .arg = own, .free_arg = free_question });
}

static void do_dirty(struct host *host)
{
    app_dirty(app_of(host));
}

static void do_copy(struct host *host, const char *text, size_t n)
{
    struct buf clean = BUF_INIT; // it is pasted into terminals
    utf8_sanitise_lines(&clean, text, n);
    screen_copy(app_of(host)->screen, clean.s, clean.n);
    buf_release(&clean);
}

static struct view *do_focus(struct host *host)
{
    return app_view(app_of(host));
}

static bool do_busy(struct host *host)
{
    return app_of(host)->overlay != OVERLAY_NONE;
}

static struct ctx *do_context(struct host *host, const char *name, struct err *err)
{
    return app_get_ctx(app_of(host), name, err);
}

static char *do_setting(struct host *host, const char *section, const char *key)
{
    const struct config *c = app_of(host)->config;
    if (!section)
        return xstrdup_null(config_text(c, key));
    return str_eq(section, "columns") ? config_columns(c, key) : xstrdup_null(config_sort(c, key));
}

static void do_choose_columns(struct host *host, struct view *list)
{
    app_choose_columns(app_of(host), list_of(list));
}

void app_host_init(struct app *app)
{
    static const struct host_ops ops = { .open = do_open, .run = do_run, .push = do_push, .flash = do_flash,
        .prompt = do_prompt, .pick = do_pick, .confirm = do_confirm, .dirty = do_dirty, .copy = do_copy,
        .focus = do_focus, .busy = do_busy, .context = do_context, .setting = do_setting,
        .choose_columns = do_choose_columns };
    app->host.ops = &ops;
    app->host.loop = app->loop;
    app->host.state = app->state;
}
