#include "app/open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "views/journal.h"
#include "app/app.h"
#include "app/command.h"
#include "app/foreign.h"
#include "app/help.h"
#include "base/mem.h"
#include "base/str.h"
#include "list/spec.h"
#include "list/text.h"
#include "views/copies.h"
#include "views/doc.h"
#include "views/explain.h"
#include "views/forwards.h"
#include "views/get.h"
#include "views/images.h"
#include "views/info.h"
#include "views/list.h"
#include "views/logs.h"
#include "views/pools.h"
#include "views/programs.h"
#include "views/rights.h"
#include "views/rollback.h"
#include "views/shell.h"
#include "views/tree.h"

bool open_find(struct spec *s, struct err *err)
{
    if (!s->rest)
        return err_set(err, "find wants a part of a name: find web");
    char *text = xasprintf("everything -A /name=~%s", s->rest);
    spec_release(s);
    bool ok = spec_parse(s, text, err);
    free(text);
    return ok;
}

static struct view *find_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    struct spec list = { .rest = s->rest ? xstrdup(s->rest) : NULL };
    if (!open_find(&list, err)) {
        free(list.rest);
        return NULL;
    }
    struct view *v = list_new(host, cx, &list, err);
    spec_release(&list);
    return v;
}

static const struct open_row special[] = {
    { "workloads", list_new, "", "Deployments, Jobs … and Pods as one list" },
    { "all", list_new, "", "the same with Services and Ingresses" },
    { "attach", attach_new },
    { "copies", copies_new, "", "files on their way from and to containers" },
    { "describe", doc_describe_new },
    { "explain", explain_new },
    { "find", find_new, "TEXT", "every object whose name matches, of every kind" },
    { "forwards", forwards_view_new, "", "the ports of this machine that lead into the cluster" },
    { "get", rawget_new, "PATH", "what the server answers, such as `get /version`", .once = true },
    { "health", health_new, "", "the health checks of the API server", .once = true },
    { "help", help_new },
    { "http", http_get_new, "GET svc/NAME:PORT/PATH", "what a Service or a Pod answers, through the API server" },
    { "images", images_new, "", "the images that run, with what runs them", .once = true },
    { "info", info_new, .once = true },
    { "journal", journal_view_new, .once = true },
    { "kinds", doc_kinds_new, .once = true },
    { "logs", logs_new },
    { "logs-previous", logs_new },
    { "output", output_new, "[N]", "what a command of the configuration printed" },
    { "pools", pools_new, "[zone|type|version]", "the nodes by pool, zone, machine type or version", .once = true },
    { "nodepools", pools_new, .once = true },
    { "rights", rights_new, "", "what you may do in this namespace", .once = true },
    { "rollback", rollback_new, .once = true },
    { "exec", shell_new },
    { "sh", shell_new },
    { "shell", shell_new },
    { "tree", treeview_new, .once = true },
    { "xray", treeview_new, .once = true },
    { "yaml", doc_yaml_new },
};

const struct open_row *open_all(size_t *n)
{
    *n = ARRAY_SIZE(special);
    return special;
}

bool open_help(const struct open_row *row, const char **args, const char **help)
{
    const struct command *c = command_find(row->name);
    *args = row->help ? row->args : c ? c->args : "";
    *help = row->help ? row->help : c ? c->help : "";
    return **help;
}

static const struct open_row *row_of(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(special); i++)
        if (str_eq(special[i].name, word))
            return &special[i];
    return NULL;
}

bool open_is_view(const char *word)
{
    return row_of(word) != NULL;
}

bool open_is_once(const char *word)
{
    const struct open_row *row = row_of(word);
    return row && row->once;
}

struct view *open_make(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    const struct open_row *row = row_of(s->view);
    struct view *v = row ? row->fn(host, cx, s, err) : list_new(host, cx, s, err);
    struct err why;
    if (!v && !row && foreign_word(s->view, &why)) // no resource of this server is called so
        *err = why;
    return v;
}

// The same wherever one is by then.
static char *text_there(struct spec *s, const struct ctx *cx)
{
    struct buf out = BUF_INIT;
    if (!s->context)
        s->context = xstrdup(cx->target.context->name);
    spec_text(s, &out);
    return buf_take(&out);
}

// A resource of this server that is called like a view: the view is opened, and the way to the resource said.
// Where the server's list of resources is not there yet, it is said with it.
static void say_clash(struct app *app, const struct ctx *cx, const char *word)
{
    const struct discovery *d = client_discovery(cx->client);
    const struct api_resource *res = d && open_is_view(word) ? discovery_find(d, word) : NULL;
    if (word != app->clash)
        snprintf(app->clash, sizeof(app->clash), "%s", d ? "" : word);
    if (res && str_eq(res->gvr.resource, word) && *res->gvr.group)
        app_flash(app, ROLE_INFO, "%s is a view of kview; the server's own resource of that name is :%s.%s", word, word,
            res->gvr.group);
}

bool open_view(struct app *app, const char *text, struct err *err)
{
    struct spec s;
    bool waits = false;
    if (!spec_parse(&s, text, err))
        return false;
    struct ctx *cx = app_get_ctx(app, s.context, err);
    struct view *v = NULL;
    if (cx) {
        struct err ignored;
        if (!open_is_view(s.view) && !list_composite(s.view))
            ctx_kind(cx, s.view, &waits, &ignored);
        v = open_make(&app->host, cx, &s, err);
    }
    if (v) {
        app_push(app, v);
        say_clash(app, cx, s.view);
    } else if (waits && cx && !tabs_target(app)->waiting) {
        tabs_target(app)->waiting = text_there(&s, cx); // opened when discovery is there
        app_flash(app, ROLE_INFO, "waiting for the server's list of resources to find \"%s\" …", s.view);
        err_clear(err);
        v = pane_view(tabs_target(app));
        if (!v) {
            struct spec pods = { .view = (char *)"pods" };
            v = list_new(&app->host, cx, &pods, err);
            if (v)
                app_push(app, v);
        }
    }
    spec_release(&s);
    return v != NULL;
}

char *open_text(const struct view *v)
{
    struct spec s;
    struct err err;
    struct buf out = BUF_INIT;
    if (!spec_parse(&s, v->spec, &err))
        return xstrdup(v->spec);
    bool list = list_of((struct view *)v) != NULL;
    char **own[] = { &s.context, &s.ns, &s.filter };
    const char *now[] = { v->ctx->target.context->name, list && v->ns ? v->ns : s.ns,
        list ? v->filter_text : s.filter };
    for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
        char *copy = xstrdup_null(now[i]);
        free(*own[i]);
        *own[i] = copy;
    }
    spec_text(&s, &out);
    spec_release(&s);
    return buf_take(&out);
}

static void retry(struct app *app, struct pane *p)
{
    struct view *v = pane_view(p);
    struct err err = { 0 };
    if (!p || !p->waiting || !v || !client_discovery(v->ctx->client) || client_discovers(v->ctx->client))
        return;
    char *text = p->waiting;
    p->waiting = NULL;
    app->flash[0] = '\0';
    app->into = p;
    if (!open_view(app, text, &err))
        app_flash_err(app, &err);
    app->into = NULL;
    free(text);
}

void open_retry_waiting(struct app *app)
{
    const struct view *v = app_view(app);
    if (*app->clash && v && client_discovery(v->ctx->client)) {
        say_clash(app, v->ctx, app->clash);
        app->clash[0] = '\0';
    }
    for (size_t i = 0; i < app->tabs.n; i++)
        for (size_t k = 0; k < app->tabs.v[i]->layout.n; k++)
            retry(app, app->tabs.v[i]->panes[k]);
}
