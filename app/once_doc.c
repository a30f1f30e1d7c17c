#include "app/once_doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "kinds/kind.h"
#include "list/ctx.h"
#include "views/related.h"
#include "views/yaml.h"

struct doc_once {
    struct ctx *cx;
    const struct spec *spec; // outlives this
    char *ns, *name;         // ns NULL: not given
    bool yaml, asked;
    uint64_t call;
    json_t *doc;
    struct err err;
    struct related *related;
};

// Whether the first `/` of the name ends a namespace is known with the kind.
static bool names_object(struct doc_once *o, bool namespaced, struct err *err)
{
    free(o->ns);
    free(o->name);
    return spec_object(o->spec, namespaced, &o->ns, &o->name, err);
}

bool doc_once_is(const struct spec *s)
{
    return str_eq(s->view, "describe") || str_eq(s->view, "yaml");
}

struct doc_once *doc_once_new(struct ctx *cx, const struct spec *s, struct err *err)
{
    struct doc_once *o = xcalloc(1, sizeof(*o));
    o->cx = cx;
    o->yaml = str_eq(s->view, "yaml");
    o->spec = s;
    if (!names_object(o, false, err)) {
        free(o);
        return NULL;
    }
    return o;
}

void doc_once_free(struct doc_once *o)
{
    if (!o)
        return;
    client_cancel(o->cx->client, o->call);
    related_free(o->related);
    json_decref(o->doc);
    free(o->ns);
    free(o->name);
    free(o);
}

static void on_related(void *arg)
{
    (void)arg; // the next poll sees it
}

static void on_object(void *arg, json_t *doc, const struct http_result *res)
{
    struct doc_once *o = arg;
    o->call = 0;
    if (!res->ok) {
        o->err = res->err;
        return;
    }
    o->doc = json_incref(doc);
    if (!o->yaml) {
        o->related = related_new(o->cx->client, on_related, NULL);
        related_ask(o->related, doc);
    }
}

static bool ask(struct doc_once *o, struct err *err)
{
    bool unknown_yet = false;
    struct buf path = BUF_INIT;
    const struct kind *k = ctx_kind(o->cx, o->spec->words.v[0], &unknown_yet, err);
    if (!k) {
        const struct client_info *in = client_info(o->cx->client);
        if (unknown_yet)
            err_clear(err);
        if (unknown_yet && in->state == CLIENT_DOWN && in->err)
            *err = *in->err;
        return err_is(err);
    }
    err_clear(err);
    if (!names_object(o, k->gvr.namespaced, err))
        return true;
    o->asked = true;
    gvr_path(&path, &k->gvr, o->ns ? o->ns : *o->cx->ns ? o->cx->ns : o->cx->target.ns, o->name);
    o->call = client_get(o->cx->client, path.s, on_object, o);
    buf_release(&path);
    return false;
}

bool doc_once_poll(struct doc_once *o, struct buf *out, struct err *err)
{
    if (!o->asked)
        return ask(o, err);
    if (err_is(&o->err)) {
        *err = o->err;
        return true;
    }
    if (!o->doc || (o->related && related_pending(o->related)))
        return false;
    struct text text;
    text_init(&text);
    if (o->yaml)
        yaml_text(o->doc, &(struct yaml_opts) { 0 }, &text);
    else
        describe_object(o->doc,
            &(struct describe_opts) { .now = time_now(), .answers = related_answers(o->related) },
            &text);
    text_plain(&text, out);
    text_release(&text);
    return true;
}
