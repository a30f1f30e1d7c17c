#include "app/once_forward.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/str.h"
#include "client/forward.h"
#include "kinds/kind.h"
#include "list/ctx.h"
#include "list/spec.h"
#include "views/forwards.h"

struct one {
    struct forward *f;
    char *port, *pod; // pod: the one told of, NULL: none yet
    char *said;       // the last complaint
};
struct once_forward {
    ARR(struct one) all;
    char *target; // "svc/web"
    struct loop_signal *signals[2];
    bool interrupted;
};

static void on_changed(void *arg)
{
    (void)arg; // the next poll sees it
}

static void on_signal(void *arg)
{
    ((struct once_forward *)arg)->interrupted = true;
}

static bool add(struct once_forward *o, struct ctx *cx, const struct forward_opts *named, const char *ports, struct err *err)
{
    char remote[64];
    struct forward_opts opts = *named;
    struct one one = { 0 };
    if (!forwards_read_ports(ports, &opts.local, remote, sizeof(remote), err))
        return false;
    opts.port = remote;
    one.f = forward_new(cx->client, &opts, on_changed, o, err);
    if (!one.f)
        return false;
    one.port = xstrdup(remote);
    arr_push(&o->all, one);
    return true;
}

static bool add_all(struct once_forward *o, struct ctx *cx, const struct spec *s, struct err *err)
{
    const struct kind *kind;
    struct forward_opts named = { .ns = s->ns ? s->ns : *cx->ns ? cx->ns : cx->target.ns };
    o->target = xstrdup(s->words.n ? s->words.v[0] : "");
    const char *slash = strchr(o->target, '/');
    if (s->words.n < 2 || (slash && !slash[1]))
        return err_set(err, "forward what, and which ports? forward svc/web 8080:80 -n shop");
    if (!forwards_read_target(o->target, &kind, &named.name, err))
        return false;
    named.gvr = &kind->gvr;
    bool ok = true;
    for (size_t i = 1; ok && i < s->words.n; i++)
        ok = add(o, cx, &named, s->words.v[i], err);
    return ok;
}

struct once_forward *once_forward_new(struct loop *loop, struct ctx *cx, const struct spec *s, struct err *err)
{
    struct once_forward *o = xcalloc(1, sizeof(*o));
    if (!add_all(o, cx, s, err)) {
        once_forward_free(o);
        return NULL;
    }
    o->signals[0] = loop_signal_new(loop, SIGINT, on_signal, o);
    o->signals[1] = loop_signal_new(loop, SIGTERM, on_signal, o);
    return o;
}

void once_forward_free(struct once_forward *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < o->all.n; i++) {
        forward_free(o->all.v[i].f);
        free(o->all.v[i].port);
        free(o->all.v[i].pod);
        free(o->all.v[i].said);
    }
    for (size_t i = 0; i < ARRAY_SIZE(o->signals); i++)
        if (o->signals[i])
            loop_signal_free(o->signals[i]);
    arr_release(&o->all);
    free(o->target);
    free(o);
}

static void tell(struct once_forward *o, struct one *one)
{
    const struct forward_info *info = forward_info(one->f);
    if (*info->pod && !str_eq(one->pod, info->pod)) {
        say(stdout, "127.0.0.1:%d%s leads to port %s of %s, Pod %s%s\n", info->local, info->v6 ? " and [::1]" : "", one->port,
            o->target, info->pod, info->unready ? " (not ready)" : "");
        fflush(stdout);
        free(one->pod);
        one->pod = xstrdup(info->pod);
    }
    const char *wrong = err_is(&info->err) && !info->over ? info->err.msg : "";
    if (*wrong && !str_eq(one->said, wrong))
        say(stderr, "kview: port %d: %s%s%s\n", info->local, wrong, *info->err.hint ? "\n       " : "", info->err.hint);
    free(one->said);
    one->said = xstrdup(wrong);
}

bool once_forward_poll(struct once_forward *o, struct err *err)
{
    for (size_t i = 0; i < o->all.n; i++) {
        const struct forward_info *info = forward_info(o->all.v[i].f);
        if (info->refused) {
            *err = info->err;
            return true;
        }
        tell(o, &o->all.v[i]);
    }
    return o->interrupted;
}
