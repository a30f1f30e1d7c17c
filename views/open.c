#include "views/open.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "views/app.h"
#include "views/doc.h"
#include "views/explain.h"
#include "views/images.h"
#include "views/list.h"
#include "views/pools.h"
#include "views/rawget.h"
#include "views/spec.h"
#include "views/state.h"
#include "views/treeview.h"

// find NAME: every object of every native kind, in all namespaces, whose name matches.
static struct view *find_new(struct app *app, struct ctx *cx, const struct spec *s, struct err *err)
{
    if (!s->rest) {
        err_set(err, "find wants a part of a name: find web");
        return NULL;
    }
    struct spec list = { .view = (char *)"everything", .ns = (char *)"" };
    list.filter = xasprintf("name=~%s", s->rest);
    struct view *v = list_new(app, cx, &list, err);
    free(list.filter);
    return v;
}

static const struct {
    const char *name;
    struct view *(*fn)(struct app *app, struct ctx *cx, const struct spec *spec, struct err *err);
} special[] = {
    { "describe", doc_describe_new },
    { "explain", explain_new },
    { "find", find_new },
    { "yaml", doc_yaml_new },
    { "get", rawget_new },
    { "health", health_new },
    { "help", doc_help_new },
    { "images", images_new },
    { "kinds", doc_kinds_new },
    { "pools", pools_new },
    { "nodepools", pools_new },
    { "tree", treeview_new },
    { "xray", treeview_new },
};

bool open_is_view(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(special); i++)
        if (str_eq(special[i].name, word))
            return true;
    return false;
}

static struct view *make(struct app *app, struct ctx *cx, const struct spec *s, struct err *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(special); i++)
        if (str_eq(special[i].name, s->view))
            return special[i].fn(app, cx, s, err);
    return list_new(app, cx, s, err);
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
        bool list = !open_is_view(s.view) && !kind_find(s.view);
        if (list && !client_discovery(cx->client))
            ctx_kind(cx, s.view, &waits, &ignored);
        v = make(app, cx, &s, err);
    }
    if (v) {
        app_push(app, v);
    } else if (waits && cx && !app->waiting) {
        app->waiting = xstrdup(text); // opened when discovery is there
        app_flash(app, ROLE_INFO, "waiting for the server's list of resources to find \"%s\" …", s.view);
        err_clear(err);
        v = app_view(app);
        if (!v) {
            struct spec pods = { .view = (char *)"pods" };
            v = list_new(app, cx, &pods, err);
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

bool open_session(struct app *app, struct err *err)
{
    size_t n = state_list_count(app->state, "session");
    struct err first = { 0 };
    if (!n)
        return err_set(err, "there is no last session to restore");
    for (size_t i = 0; i < n; i++) {
        struct err why = { 0 };
        const char *text = state_list_at(app->state, "session", i);
        if (i == 0 && app->tabs.n <= 1 ? !open_view(app, text, &why) : !app_tab_new(app, text, &why))
            first = err_is(&first) ? first : why;
    }
    *err = first;
    return !err_is(&first);
}

void open_retry_waiting(struct app *app)
{
    struct ctx *cx = app_ctx(app);
    struct err err = { 0 };
    if (!app->waiting || !cx || !client_discovery(cx->client))
        return;
    char *text = app->waiting;
    app->waiting = NULL;
    app->flash[0] = '\0';
    if (!open_view(app, text, &err))
        app_flash_err(app, &err);
    free(text);
}

void open_forget_waiting(struct app *app)
{
    free(app->waiting);
    app->waiting = NULL;
}
