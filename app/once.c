#include "app/once.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config.h"
#include "app/foreign.h"
#include "app/once_doc.h"
#include "app/once_forward.h"
#include "app/once_logs.h"
#include "app/once_plain.h"
#include "app/once_view.h"
#include "app/open.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/str.h"
#include "list/list.h"
#include "list/missing.h"
#include "list/text.h"
#include "views/explain.h"

enum { TIMEOUT_MS = 60000, POLL_MS = 5, LOGS_POLL_MS = 20 };

struct once {
    struct loop *loop;
    struct kubeconfig *kc;
    struct ctx *cx;
    struct list list;
    bool listing;
    struct explain_once *explain; // these in place of a list
    struct doc_once *doc;
    struct once_view *view;
    struct once_forward *forward;
    struct once_logs *logs;
    struct once_logs_flags flags;
    struct buf text;
    struct spec spec;
    const char *format;
    struct err err;
    struct loop_timer *timer;
    int64_t deadline;
    bool done, ok, wrong; // wrong: it was not asked for as it should be
};

static bool open_list(struct once *o)
{
    bool unknown_yet = false;
    struct err why;
    if (!list_composite(o->spec.view) && !ctx_kind(o->cx, o->spec.view, &unknown_yet, &o->err)) {
        const struct client_info *in = client_info(o->cx->client);
        if (unknown_yet && in->state == CLIENT_DOWN && in->err)
            o->err = *in->err;
        else if (unknown_yet)
            err_clear(&o->err);
        else if ((o->wrong = foreign_word(o->spec.view, &why)))
            o->err = why;
        return false;
    }
    err_clear(&o->err);
    if (!list_init(&o->list, o->cx, &o->spec, &o->err))
        return false;
    o->listing = true;
    if (o->spec.filter && *o->spec.filter && !list_set_filter(&o->list, o->spec.filter, &o->err)) {
        o->wrong = true;
        return false;
    }
    list_use_kubectl_columns(&o->list, str_eq(o->format, "wide"));
    list_open(&o->list);
    return true;
}

static void finish(struct once *o, bool ok)
{
    o->done = true;
    o->ok = ok;
    loop_stop(o->loop);
}

static void on_poll(void *arg)
{
    struct once *o = arg;
    if (o->done)
        return;
    if (o->logs) {
        bool ok = true;
        if (once_logs_poll(o->logs, &ok, &o->err))
            finish(o, ok);
        return;
    }
    if (o->forward) {
        if (once_forward_poll(o->forward, &o->err))
            finish(o, !err_is(&o->err));
        return;
    }
    if (o->explain) {
        if (explain_once_poll(o->explain, &o->text, &o->err))
            finish(o, !err_is(&o->err));
    } else if (o->doc) {
        if (doc_once_poll(o->doc, &o->text, &o->err))
            finish(o, !err_is(&o->err));
    } else if (o->view) {
        if (once_view_poll(o->view, o->format, &o->text, &o->err))
            finish(o, !err_is(&o->err));
    } else if (!o->listing && !open_list(o)) {
        if (err_is(&o->err))
            finish(o, false);
    } else if (list_loaded(&o->list, &o->err)) {
        const char *ns = list_missing_namespace(&o->list);
        if (!err_is(&o->err) && ns)
            err_set(&o->err, "there is no namespace %s in %s", ns, o->cx->target.context->name);
        o->wrong = !err_is(&o->err) && list_filter_fault(&o->list, &o->err);
        list_merge(&o->list);
        finish(o, !err_is(&o->err) || (ns && o->list.model.items.n)); // those of the other namespaces are printed
    }
    if (!o->done && loop_now_ms(o->loop) > o->deadline) {
        err_set(&o->err, "nothing was loaded within %d s", TIMEOUT_MS / 1000);
        finish(o, false);
    }
}

static void print_result(struct once *o)
{
    if (o->logs || o->forward)
        return;
    if (!o->listing) {
        say_text(stdout, o->text.s, o->text.n);
        return;
    }
    struct list *l = &o->list;
    struct buf out = BUF_INIT;
    if (l->kubectl_columns)
        list_use_kubectl_columns(l, l->wide); // the server's version is known by now
    list_merge(l);
    if (!l->model.items.n && !str_eq(o->format, "json") && !str_eq(o->format, "csv")) {
        const char *ns = str_or(l->ns, "");
        bool spaced = l->composite || l->kind->gvr.namespaced;
        if (spaced && *ns)
            say(stderr, "No resources found in %s namespace.\n", ns);
        else
            say(stderr, "No resources found\n");
        return;
    }
    list_print(l, str_eq(o->format, "wide") ? "text" : o->format, &out);
    fwrite(out.s, 1, out.n, stdout);
    buf_release(&out);
}

// What was typed, as a view; logs take more words here than as a view.
static bool read_view(struct once *o, const char *view)
{
    if (!once_logs_is(view)) {
        o->wrong = !spec_parse(&o->spec, view, &o->err);
        if (!o->wrong && str_eq(o->spec.view, "find"))
            o->wrong = !open_find(&o->spec, &o->err);
        return !o->wrong;
    }
    o->flags.json = str_eq(o->format, "json");
    char *rest = once_logs_take(view, &o->flags, &o->err);
    o->wrong = !rest || !spec_parse(&o->spec, rest, &o->err);
    if (!o->wrong && !str_eq(o->format, "text") && !o->flags.json)
        o->wrong = !err_set(&o->err, "logs are printed as -o text or -o json");
    free(rest);
    return !o->wrong;
}

static bool start(struct once *o, const struct app_opts *opts)
{
    if (!read_view(o, str_or(opts->view, "pods")) || !(o->kc = kubeconfig_load(opts->kubeconfig, &o->err)))
        return false;
    if (once_plain(o->spec.view, o->kc, opts->context ? opts->context : o->kc->current, &o->text)) {
        o->done = o->ok = true;
        return false; // there is nothing to wait for
    }
    o->cx = ctx_open(NULL, o->loop, o->kc, o->spec.context ? o->spec.context : opts->context, &o->err);
    if (!o->cx)
        return false;
    if (opts->all_ns || opts->ns) {
        free(o->cx->ns);
        o->cx->ns = xstrdup(opts->all_ns ? "" : opts->ns);
    }
    if (once_logs_is(o->spec.view)) {
        o->logs = once_logs_new(o->loop, o->cx, &o->spec, &o->flags, &o->err);
        o->wrong = !o->logs;
        return o->logs != NULL;
    }
    if (str_eq(o->spec.view, "explain") && !o->spec.rest)
        o->wrong = !err_set(&o->err, "explain wants a kind or a field: explain pods.spec.containers");
    else if (str_eq(o->spec.view, "explain"))
        o->explain = explain_once_new(o->cx, o->spec.rest);
    if (doc_once_is(&o->spec)) {
        o->doc = doc_once_new(o->cx, &o->spec, &o->err);
        o->wrong = !o->doc;
    }
    if (str_eq(o->spec.view, "forward")) {
        o->forward = once_forward_new(o->loop, o->cx, &o->spec, &o->err);
        o->wrong = !o->forward;
    }
    if (open_is_once(o->spec.view)) {
        o->view = once_view_new(o->loop, o->cx, &o->spec, &o->err);
        o->wrong = !o->view;
    }
    return !o->wrong;
}

int once_run(struct loop *loop, const struct once_opts *opts)
{
    struct once o = { .loop = loop, .format = opts->format, .text = BUF_INIT };
    o.deadline = loop_now_ms(loop) + TIMEOUT_MS;
    if (start(&o, opts->app)) {
        o.timer = loop_timer_new(loop, on_poll, &o);
        loop_timer_start(o.timer, 0, o.logs || o.forward ? LOGS_POLL_MS : POLL_MS);
        loop_run(loop);
    }
    if (o.ok)
        print_result(&o);
    if (err_is(&o.err))
        say_err(&o.err);
    explain_once_free(o.explain);
    doc_once_free(o.doc);
    once_logs_free(o.logs);
    once_view_free(o.view);
    once_forward_free(o.forward);
    buf_release(&o.text);
    if (o.listing)
        list_release(&o.list);
    loop_timer_free(o.timer);
    ctx_free(o.cx);
    kubeconfig_free(o.kc);
    spec_release(&o.spec);
    return o.wrong ? 2 : !o.ok || err_is(&o.err);
}
