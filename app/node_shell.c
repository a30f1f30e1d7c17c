// Shells on nodes: a Pod with the node's own file system, network and processes, made when asked for and deleted
// with the shell.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "app/app.h"
#include "app/debug.h"
#include "base/args.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/verbs.h"
#include "list/spec.h"

enum { LIFE_S = 4 * 3600, GOODBYE_MS = 5000 };
static const char usage[] = "node-shell NODE [--image IMAGE] [-n NAMESPACE], node-shell --delete";
static const struct gvr pods = { "", "v1", "pods", true };

struct node_shell {
    struct node_shells *all;
    struct ctx *ctx;
    char *ns, *pod, *node, *image, *uid;
    uint64_t request, deleting, view;
};
struct left { // by an earlier run
    const char *context, *ns, *pod, *node, *uid;
};
struct node_shells {
    struct app *app;
    ARR(struct node_shell *) items;
    bool ending;
};

static struct node_shells *all_of(struct app *app)
{
    if (!app->node_shells) {
        app->node_shells = xcalloc(1, sizeof(*app->node_shells));
        app->node_shells->app = app;
    }
    return app->node_shells;
}

static void item_free(struct node_shell *s)
{
    free(s->ns);
    free(s->pod);
    free(s->node);
    free(s->image);
    free(s->uid);
    free(s);
}

static void forget(struct node_shell *s)
{
    struct node_shells *all = s->all;
    for (size_t i = 0; i < all->items.n; i++)
        if (all->items.v[i] == s)
            arr_remove(&all->items, i);
    item_free(s);
}

// ---- what is remembered between runs: "PID NAMESPACE UID NODE", by "CONTEXT POD"

static void remember(const struct node_shell *s, bool there)
{
    char *key = xasprintf("%s %s", s->pod, s->ctx->target.context->name);
    char *value = xasprintf("%ld %s %s %s", (long)getpid(), s->ns, s->uid, s->node);
    state_set(s->all->app->state, "node-shells", key, there ? value : NULL);
    struct err err = { 0 };
    if (!state_write(s->all->app->state, &err)) // now, for the case that kview is killed
        app_flash_err(s->all->app, &err);
    free(key);
    free(value);
}

// ---- the end

static void on_deleted(void *arg, json_t *doc, const struct http_result *res)
{
    struct node_shell *s = arg;
    (void)doc;
    s->deleting = 0;
    if (res->ok || res->status == 404 || res->status == 409) { // 409: another Pod has the name by now
        remember(s, false);
        app_flash(s->all->app, ROLE_OK, "the Pod %s/%s is deleted", s->ns, s->pod);
    } else {
        app_flash(s->all->app, ROLE_BAD, "the Pod %s/%s could not be deleted: %s — :node-shell --delete tries again",
            s->ns, s->pod, res->err.msg);
    }
    forget(s);
}

static void delete_pod(struct node_shell *s)
{
    struct err err = { 0 };
    struct write_gate gate = ctx_gate(s->ctx);
    gate.readonly = s->ctx->strict; // what was made while it was unlocked does not stay because that is over
    struct verbs_object o = { pods, s->ns, s->pod, NULL };
    if (s->deleting || !s->uid)
        return;
    s->deleting = verbs_delete(s->ctx->client, &gate, &o, s->uid, 0, on_deleted, s, &err);
    if (!s->deleting)
        app_flash_err(s->all->app, &err);
}

static void shell_over(struct host *host, uint64_t view)
{
    struct node_shells *all = app_of(host)->node_shells;
    for (size_t i = 0; all && i < all->items.n; i++)
        if (all->items.v[i]->view == view)
            delete_pod(all->items.v[i]);
}

static void on_tick(void *arg)
{
    (void)arg; // the loop does not sleep beyond the time given
}

static bool some_wait(const struct node_shells *all)
{
    for (size_t i = 0; i < all->items.n; i++)
        if (all->items.v[i]->deleting || all->items.v[i]->request)
            return true;
    return false;
}

void node_shells_end(struct app *app)
{
    struct node_shells *all = app->node_shells;
    if (!all)
        return;
    int64_t until = time_mono_ms() + GOODBYE_MS;
    struct loop_timer *tick = loop_timer_new(app->loop, on_tick, NULL);
    loop_timer_start(tick, 50, 50);
    all->ending = true;
    for (size_t i = 0; i < all->items.n; i++)
        delete_pod(all->items.v[i]);
    while (some_wait(all) && time_mono_ms() < until)
        loop_run_once(app->loop, true);
    loop_timer_free(tick);
    app->node_shells = NULL;
    for (size_t i = 0; i < all->items.n; i++) {
        struct node_shell *s = all->items.v[i];
        client_cancel(s->ctx->client, s->request);
        client_cancel(s->ctx->client, s->deleting);
        item_free(s);
    }
    arr_release(&all->items);
    free(all);
}

// ---- making it

static void on_created(void *arg, json_t *doc, const struct http_result *res)
{
    struct node_shell *s = arg;
    struct app *app = s->all->app;
    struct err err = res->err;
    s->request = 0;
    if (!doc) {
        if (res->status == 403)
            err_hint(&err, "a node shell needs the right to create Pods there, and a namespace that admits privileged "
                           "ones: -n NAMESPACE");
        app_flash_err(app, &err);
        forget(s);
        return;
    }
    s->uid = xstrdup(json_str(doc, "metadata", "uid", NULL));
    remember(s, true);
    state_set(app->state, "node-shell", "image", s->image);
    if (s->all->ending) {
        delete_pod(s);
        return;
    }
    char *target = xasprintf("pods/%s", s->pod);
    struct buf text = BUF_INIT;
    struct spec spec = { .view = (char *)"shell", .ns = s->ns, .context = s->ctx->target.context->name,
        .command = (char *)"chroot /host sh -c 'TERM=xterm-256color; export TERM; "
                           "command -v bash >/dev/null 2>&1 && exec bash -l; exec sh -l'" };
    arr_push(&spec.words, target);
    spec_text(&spec, &text);
    if (app_open(app, text.s, &err)) {
        struct view *v = app_view(app);
        v->over = shell_over;
        s->view = v->id;
    } else {
        app_flash_err(app, &err);
        delete_pod(s);
    }
    buf_release(&text);
    arr_release(&spec.words);
    free(target);
}

static json_t *make_pod(const struct node_shell *s)
{
    // sleep and not the shell: exec into it can be done anew, and its end is told
    return json_pack("{s:s, s:s, s:{s:s, s:{s:s, s:s}}, s:{s:s, s:s, s:i, s:i, s:b, s:b, s:b, s:[{s:s}],"
                     " s:[{s:s, s:{s:s}}],"
                     " s:[{s:s, s:s, s:[s,s], s:{s:b}, s:[{s:s, s:s}]}]}}",
        "apiVersion", "v1", "kind", "Pod", "metadata", "name", s->pod, "labels", "app.kubernetes.io/managed-by",
        "kview", "app.kubernetes.io/component", "node-shell", "spec", "nodeName", s->node, "restartPolicy", "Never",
        "activeDeadlineSeconds", LIFE_S, "terminationGracePeriodSeconds", 0, "hostPID", 1, "hostIPC", 1,
        "hostNetwork", 1, "tolerations", "operator", "Exists", "volumes", "name", "host", "hostPath", "path", "/",
        "containers", "name", "shell", "image", s->image, "command", "sleep", "14400", "securityContext",
        "privileged", 1, "volumeMounts", "name", "host", "mountPath", "/host");
}

static void confirmed(struct app *app, void *arg)
{
    const struct node_shell *asked = arg;
    struct err err = { 0 };
    struct node_shells *all = all_of(app);
    struct node_shell *s = xcalloc(1, sizeof(*s));
    *s = (struct node_shell) { .all = all, .ctx = asked->ctx, .ns = xstrdup(asked->ns), .pod = xstrdup(asked->pod),
        .node = xstrdup(asked->node), .image = xstrdup(asked->image) };
    json_t *pod = make_pod(s);
    struct write_gate gate = ctx_gate(s->ctx);
    BUG_ON(!pod);
    arr_push(&all->items, s);
    s->request = verbs_create(s->ctx->client, &gate, &pods, s->ns, pod, on_created, s, &err);
    json_decref(pod);
    if (!s->request) {
        app_flash_err(app, &err);
        forget(s);
    }
}

static void free_asked(void *arg)
{
    item_free(arg);
}

static void ask(struct app *app, struct node_shell *s) // takes s
{
    char *body = xasprintf("A Pod is made on the node, PRIVILEGED, with its files, network and processes: whoever is "
                           "in it is root there. It is deleted when the shell ends or its view is closed, and ends by "
                           "itself after four hours.\n\n"
                           "  context  %s\n  node     %s\n  Pod      %s/%s\n  image    %s\n",
        s->ctx->target.context->name, s->node, s->ns, s->pod, s->image);
    app_confirm(app, &(struct question) { .text = { .title = "A shell on this node?", .body = body, .yes = "make it",
                         .no = "leave", .danger = true },
        .yes = confirmed, .arg = s, .free_arg = free_asked });
    free(body);
}

// ---- those left over

static void each_left(struct app *app, void (*fn)(struct app *app, const struct left *l, void *arg), void *arg)
{
    json_t *value, *copy = json_deep_copy(state_section(app->state, "node-shells"));
    const char *key;
    json_object_foreach(copy, key, value)
    {
        char ns[300], uid[80], node[300], pod[300];
        long pid = 0;
        const char *blank = strchr(key, ' ');
        if (!blank || !json_is_string(value) ||
            sscanf(json_string_value(value), "%ld %299s %79s %299s", &pid, ns, uid, node) != 4)
            continue;
        if (pid > 0 && kill((pid_t)pid, 0) == 0)
            continue; // this kview or another one, which still has it
        snprintf(pod, sizeof(pod), "%.*s", (int)(blank - key), key);
        struct left l = { blank + 1, ns, pod, node, uid };
        fn(app, &l, arg);
    }
    json_decref(copy);
}

static void put_left(struct app *app, const struct left *l, void *arg)
{
    (void)app;
    buf_printf(arg, "  %s/%s on %s (%s)\n", l->ns, l->pod, l->node, l->context);
}

static void delete_left(struct app *app, const struct left *l, void *arg)
{
    struct err err = { 0 };
    struct ctx *cx = app_get_ctx(app, l->context, &err);
    (void)arg;
    if (!cx) {
        app_flash_err(app, &err);
        return;
    }
    struct node_shell *s = xcalloc(1, sizeof(*s));
    *s = (struct node_shell) { .all = all_of(app), .ctx = cx, .ns = xstrdup(l->ns), .pod = xstrdup(l->pod),
        .node = xstrdup(l->node), .uid = xstrdup(l->uid) };
    arr_push(&s->all->items, s);
    delete_pod(s);
}

static void delete_confirmed(struct app *app, void *arg)
{
    (void)arg;
    each_left(app, delete_left, NULL);
}

static bool ask_delete(struct app *app, struct err *err)
{
    struct buf body = BUF_INIT;
    buf_puts(&body, "An earlier run of kview left these Pods of node shells:\n\n");
    size_t n = body.n;
    each_left(app, put_left, &body);
    if (body.n > n)
        app_confirm(app, &(struct question) { .text = { .title = "Delete what is left over?", .body = body.s,
                             .yes = "delete", .no = "leave" },
            .yes = delete_confirmed });
    else
        err_set(err, "no node shell was left over");
    buf_release(&body);
    return !err_is(err);
}

void node_shells_look_back(struct app *app)
{
    struct buf left = BUF_INIT;
    each_left(app, put_left, &left);
    if (left.n)
        app_flash(app, ROLE_WARN, "left over from a node shell: the Pod%.*s — :node-shell --delete", (int)strcspn(left.s + 1, "\n"),
            left.s + 1);
    buf_release(&left);
}

// ---- :node-shell

bool node_shell_cmd(struct app *app, const char *text, struct err *err)
{
    struct args a;
    struct ctx *cx = app_ctx(app);
    struct view *v = app_view(app);
    struct selection sel;
    const char *node = NULL;
    unsigned salt = 0;
    if (!cx)
        return err_set(err, "there is no cluster yet");
    struct write_gate gate = ctx_gate(cx);
    if (!verbs_allowed(&gate, "a shell on a node", err))
        return false;
    args_parse(&a, text);
    bool clean = args_flag(&a, "--delete");
    char *image = args_option(&a, "--image"), *ns = args_option(&a, "-n");
    bool ok = args_no_more(&a, usage, err);
    if (a.words.n == 1)
        node = a.words.v[0];
    else if (!a.words.n && v && v->ops->selection && v->ops->selection(v, &sel) && str_eq(sel.gvr.resource, "nodes"))
        node = sel.name;
    if (ok && clean)
        ok = ask_delete(app, err);
    else if (ok && (!node || !*node))
        ok = err_set(err, "%s", usage);
    else if (ok) {
        struct node_shell *s = xcalloc(1, sizeof(*s));
        if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
            salt = (unsigned)time_mono_ms();
        s->ctx = cx;
        s->node = xstrdup(node);
        s->ns = xstrdup(ns ? ns : str_or(client_info(cx->client)->ns, "default"));
        s->image = xstrdup(image ? image : str_or(state_get(app->state, "node-shell", "image"), "busybox:1.36"));
        s->pod = xasprintf("node-shell-%.40s-%05x", node, salt & 0xfffff);
        for (char *p = s->pod; *p; p++)
            *p = *p == '.' ? '-' : *p; // a cut name may end with one
        ask(app, s);
    }
    free(image);
    free(ns);
    args_release(&a);
    return ok;
}
