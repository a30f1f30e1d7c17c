#include "views/info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/xdg.h"
#include "client/client.h"
#include "client/discovery.h"
#include "client/kubeconfig.h"
#include "list/ctx.h"
#include "views/host.h"
#include "views/pager.h"

enum { VALUE = 17 }; // the column where values begin

struct info {
    struct pager p;
    uint64_t call;
    bool asked;
    char *user, *groups; // as the server sees one; NULL: not known yet
    struct err err;
};

static void put(struct text *t, const char *label, const char *value)
{
    text_field(t, 1, VALUE, label, "%s", value);
}

// How the kubeconfig's user logs in, without anything of what it logs in with.
static const char *login_of(const struct kube_user *u)
{
    return u->exec                   ? "a credential plugin"
           : u->auth_provider        ? u->auth_provider
           : u->token_file           ? "a token from a file"
           : u->token                ? "a token"
           : u->username             ? "user name and password"
           : u->cert_file || u->cert_data ? "a client certificate"
                                     : "nothing: as anonymous";
}

static void put_connection(const struct info *i, struct text *t)
{
    const struct ctx *cx = i->p.v.ctx;
    const struct client_info *in = client_info(cx->client);
    const struct kube_target *target = &cx->target;
    char latency[40] = "";
    if (in->latency_ms >= 0)
        snprintf(latency, sizeof(latency), "%lld ms", (long long)in->latency_ms);
    pager_heading(t, "Cluster");
    put(t, "context", in->context);
    put(t, "cluster", in->cluster);
    if (*cx->identity)
        put(t, "known as", cx->identity);
    put(t, "server", in->server);
    put(t, "version", *in->version ? in->version : in->err ? in->err->msg : "not known yet");
    put(t, "answers in", latency);
    put(t, "TLS", in->insecure ? "NOT VERIFIED (insecure-skip-tls-verify)" : "verified");
    put(t, "kubeconfig", str_or(target->context->file, "in-cluster"));
    put(t, "namespace", str_or(in->ns, "default"));
    put(t, "changes", cx->readonly ? "read-only; :unlock opens it for a while" : "allowed, where the server allows them");
}

static void put_who(const struct info *i, struct text *t)
{
    const struct client_info *in = client_info(i->p.v.ctx->client);
    const struct kube_user *u = i->p.v.ctx->target.user;
    pager_heading(t, "You");
    put(t, "user entry", in->user);
    put(t, "logs in by", login_of(u));
    if (in->impersonating)
        put(t, "acting as", u->act_as);
    put(t, "the server", i->user          ? i->user
                         : err_is(&i->err) ? i->err.msg
                                           : "is asked …");
    if (i->groups)
        put(t, "groups", i->groups);
}

static void put_files(struct text *t)
{
    char *config = xdg_config("config.yaml"), *keys = xdg_config("keys"), *state = xdg_state("");
    pager_heading(t, "kview");
    put(t, "configuration", config);
    put(t, "keys", keys);
    put(t, "state, log", state);
    free(config);
    free(keys);
    free(state);
}

static void rebuild(struct info *i)
{
    struct text t;
    text_init(&t);
    put_connection(i, &t);
    put_who(i, &t);
    put_files(&t);
    pager_replace(&i->p, &t);
    view_dirty(&i->p.v);
}

static void on_review(void *arg, json_t *doc, const struct http_result *res)
{
    struct info *i = arg;
    const json_t *who = json_at(doc, "status", "userInfo", NULL);
    struct buf groups = BUF_INIT;
    size_t k;
    json_t *g;
    i->call = 0;
    if (!res->ok) {
        i->err = res->err;
        rebuild(i);
        return;
    }
    json_array_foreach(json_object_get(who, "groups"), k, g)
        buf_printf(&groups, "%s%s", k ? ", " : "", str_or(json_string_value(g), ""));
    free(i->user);
    free(i->groups);
    i->user = xasprintf("takes you for %s", json_str(who, "username", NULL));
    i->groups = buf_take(&groups);
    rebuild(i);
}

static void ask(struct info *i)
{
    err_clear(&i->err);
    client_cancel(i->p.v.ctx->client, i->call);
    i->asked = true;
    i->call = client_who(i->p.v.ctx->client, 0, on_review, i);
}

static void info_show(struct view *v, bool shown)
{
    struct info *i = (struct info *)v;
    if (shown && !i->asked)
        ask(i);
    if (shown)
        rebuild(i);
}

static bool info_command(struct view *v, const struct call *call, struct err *err)
{
    struct info *i = (struct info *)v;
    if (str_eq(call->name, "refresh") && !i->call)
        ask(i);
    if (str_eq(call->name, "refresh")) {
        rebuild(i);
        return true;
    }
    return pager_command(&i->p, call, err);
}

static void info_status(struct view *v, struct view_status *out)
{
    const struct info *i = (struct info *)v;
    out->fresh = i->call ? FRESH_LOADING : FRESH_NONE;
    snprintf(out->text, sizeof(out->text), "%s", i->call ? "asking who you are" : "");
}

static void info_free(struct view *v)
{
    struct info *i = (struct info *)v;
    client_cancel(v->ctx->client, i->call);
    pager_release(&i->p);
    free(i->user);
    free(i->groups);
    view_release(v);
    free(i);
}

static const char *const keys[] = { "back", "filter-prompt", "search-next", "wrap", "refresh", "copy", "save", "help",
    NULL };

static const struct view_ops ops = {
    .mode = "text",
    .free = info_free,
    .paint = pager_paint,
    .command = info_command,
    .applies = pager_applies,
    .status = info_status,
    .insight = pager_insight,
    .show = info_show,
    .mouse = pager_mouse,
    .save = pager_save,
    .keys = keys,
};

struct view *info_new(struct host *host, struct ctx *cx, const struct spec *s, struct err *err)
{
    struct info *i = xcalloc(1, sizeof(*i));
    struct buf text = BUF_INIT;
    (void)err;
    spec_text(s, &text);
    view_init(&i->p.v, &ops, cx, text.s, "Info");
    buf_release(&text);
    pager_init(&i->p, host);
    return &i->p.v;
}
