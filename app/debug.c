#include "app/debug.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "app/app.h"
#include "base/args.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"
#include "client/target.h"
#include "client/verbs.h"
#include "list/spec.h"

static const char usage[] =
    "debug POD [--image IMAGE] [--target CONTAINER] [--profile general|baseline|restricted|netadmin|sysadmin]";
static const char another[] = "a new container";

struct debug { // one at a time: what one is asked about
    struct app *app;
    struct ctx *ctx;
    struct target *target;
    uint64_t request;
    char *ns, *pod, *image, *container, *name;
    const struct profile *profile;
};

// kubectl's, for ephemeral containers: staging/src/k8s.io/kubectl/pkg/cmd/debug/profiles.go
static const struct profile {
    const char *name, *says, *security; // security: the container's securityContext as JSON
} profiles[] = {
    { "general", "may trace processes (SYS_PTRACE)", "{\"capabilities\":{\"add\":[\"SYS_PTRACE\"]}}" },
    { "baseline", "no rights of its own", NULL },
    { "restricted", "as no user of privilege, without any capability",
        "{\"runAsNonRoot\":true,\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]},"
        "\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}" },
    { "netadmin", "may change the Pod's network (NET_ADMIN, NET_RAW)",
        "{\"capabilities\":{\"add\":[\"NET_ADMIN\",\"NET_RAW\"]}}" },
    { "sysadmin", "PRIVILEGED: as root of the node", "{\"privileged\":true}" },
};

static void release(struct debug *d)
{
    target_free(d->target);
    if (d->ctx)
        client_cancel(d->ctx->client, d->request);
    free(d->ns);
    free(d->pod);
    free(d->image);
    free(d->container);
    free(d->name);
    struct app *app = d->app;
    memset(d, 0, sizeof(*d));
    d->app = app;
}

void debug_free(struct debug *d)
{
    if (d)
        release(d);
    free(d);
}

static void attach(struct debug *d, const char *container)
{
    struct err err = { 0 };
    char *target = xasprintf("pods/%s", d->pod);
    struct buf spec = BUF_INIT;
    struct spec s = { .view = (char *)"attach", .ns = d->ns, .container = (char *)container,
        .context = d->ctx->target.context->name };
    arr_push(&s.words, target);
    spec_text(&s, &spec);
    if (!app_open(d->app, spec.s, &err))
        app_flash_err(d->app, &err);
    buf_release(&spec);
    arr_release(&s.words);
    free(target);
}

// ---- creating

static void on_patched(void *arg, json_t *doc, const struct http_result *res)
{
    struct debug *d = arg;
    d->request = 0;
    if (doc) {
        state_set(d->app->state, "debug", "image", d->image);
        attach(d, d->name);
        return;
    }
    struct err err = res->err;
    if (res->status == 403)
        err_hint(&err, "a debug container needs the verb patch on pods/ephemeralcontainers");
    else if (res->status == 404)
        err_hint(&err, "the Pod is gone, or the server is older than Kubernetes 1.25");
    app_flash_err(d->app, &err);
}

static void confirmed(struct app *app, void *arg)
{
    struct debug *d = app->debug;
    struct err err = { 0 };
    if (!d->name || !str_eq(arg, d->name)) // another question was asked meanwhile
        return;
    json_t *security = d->profile->security ? json_loads(d->profile->security, 0, NULL) : NULL;
    json_t *c = json_pack("{s:s, s:s, s:b, s:b, s:s}", "name", d->name, "image", d->image, "stdin", 1, "tty", 1,
        "terminationMessagePolicy", "File");
    if (d->container)
        json_object_set_new(c, "targetContainerName", json_string(d->container));
    if (security)
        json_object_set_new(c, "securityContext", security);
    json_t *patch = json_pack("{s:{s:[o]}}", "spec", "ephemeralContainers", c);
    struct write_gate gate = ctx_gate(d->ctx);
    struct verbs_object o = { { "", "v1", "pods", true }, d->ns, d->pod, "ephemeralcontainers" };
    d->request = verbs_patch_strategic(d->ctx->client, &gate, &o, patch, on_patched, d, &err);
    if (!d->request)
        app_flash_err(app, &err);
    else
        app_flash(app, ROLE_INFO, "%s is added to %s …", d->name, d->pod);
    json_decref(patch);
}

static void ask(struct debug *d)
{
    unsigned salt = 0;
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789"; // no words, as the API server's names
    char tail[6] = "";
    for (size_t i = 0; i < sizeof(tail) - 1; i++)
        tail[i] = getrandom(&salt, sizeof(salt), 0) == sizeof(salt) ? letters[salt % (sizeof(letters) - 1)] : 'x';
    free(d->name);
    d->name = xasprintf("debugger-%s", tail);
    char *target = d->container ? xasprintf("  beside     %s, whose processes it sees\n", d->container) : xstrdup("");
    char *body = xasprintf("A container is added to this Pod. It stays until the Pod is deleted.\n\n"
                           "  context    %s\n  Pod        %s/%s\n  container  %s\n  image      %s\n%s"
                           "  profile    %s: %s\n",
        d->ctx->target.context->name, d->ns, d->pod, d->name, d->image, target, d->profile->name, d->profile->says);
    app_confirm(d->app, &(struct question) { .text = { .title = "Add a debug container?", .body = body, .yes = "add",
                            .no = "leave", .danger = str_eq(d->profile->name, "sysadmin") },
        .yes = confirmed, .arg = xstrdup(d->name), .free_arg = free });
    free(target);
    free(body);
}

// ---- those that are there

static void on_chosen(struct app *app, const struct choice *choice)
{
    struct debug *d = app->debug;
    if (!d->pod)
        return;
    if (str_eq(choice->text, another))
        ask(d);
    else
        attach(d, choice->text);
}

static const char *state_of(const json_t *pod, const char *name)
{
    size_t i;
    json_t *s;
    json_array_foreach(json_at(pod, "status", "ephemeralContainerStatuses", NULL), i, s)
    {
        if (!str_eq(json_str(s, "name", NULL), name))
            continue;
        if (json_at(s, "state", "running", NULL))
            return "running";
        return json_at(s, "state", "terminated", NULL)
                   ? "ended"
                   : str_or(json_str(s, "state", "waiting", "reason", NULL), "waiting");
    }
    return "not started";
}

static void on_found(void *arg, const json_t *pod, const json_t *object, const struct err *err)
{
    struct debug *d = arg;
    struct choices all = { 0 };
    size_t i;
    json_t *c;
    (void)object;
    if (!pod) {
        app_flash_err(d->app, err);
        return;
    }
    free(d->pod);
    d->pod = xstrdup(json_str(pod, "metadata", "name", NULL));
    json_array_foreach(json_at(pod, "spec", "ephemeralContainers", NULL), i, c)
    {
        char note[300];
        const char *name = json_str(c, "name", NULL), *state = state_of(pod, name);
        snprintf(note, sizeof(note), "%s, %s", state, json_str(c, "image", NULL));
        if (!str_eq(state, "ended")) // there is nothing to attach to
            choices_add(&all, name, note);
    }
    if (!all.items.n) {
        choices_release(&all);
        ask(d);
        return;
    }
    choices_add(&all, another, d->image);
    app_pick(d->app, "Debug containers of this Pod", &all, on_chosen);
    app_dirty(d->app);
}

// ---- :debug

static bool take_profile(struct debug *d, const char *name, struct err *err)
{
    d->profile = name ? NULL : &profiles[0];
    for (size_t i = 0; name && i < ARRAY_SIZE(profiles); i++)
        if (str_eq(profiles[i].name, name))
            d->profile = &profiles[i];
    return d->profile || err_set(err, "there is no profile %s: general, baseline, restricted, netadmin, sysadmin", name);
}

static bool take_pod(struct debug *d, const struct args *a, const struct kind **kind, char **name, struct err *err)
{
    struct view *v = app_view(d->app);
    struct selection sel;
    *kind = kind_find("pods");
    if (a->words.n > 1)
        return err_set(err, "%s", usage);
    if (a->words.n) {
        const char *word = a->words.v[0], *slash = strchr(word, '/');
        char *head = slash ? xstrndup(word, (size_t)(slash - word)) : NULL;
        if (head && kind_find(head)) {
            *kind = kind_find(head);
        } else if (head) {
            free(d->ns);
            d->ns = xstrdup(head);
        }
        free(head);
        *name = xstrdup(slash ? slash + 1 : word);
        return **name || err_set(err, "%s", usage);
    }
    if (!v || !v->ops->selection || !v->ops->selection(v, &sel) || !*sel.ns || !sel.kind)
        return err_set(err, "%s", usage);
    if (!selection_named(&sel, err))
        return false;
    *kind = kind_find(sel.gvr.resource);
    if (!*kind)
        return err_set(err, "%s %s has no Pods", sel.api_kind, sel.name);
    free(d->ns);
    d->ns = xstrdup(sel.ns);
    *name = xstrdup(sel.name);
    if (sel.kind->object_per_rows && sel.row && !d->container)
        d->container = xstrdup(sel.row->name);
    return true;
}

bool debug_cmd(struct app *app, const char *text, struct err *err)
{
    struct args a;
    const struct kind *kind;
    char *name = NULL;
    struct ctx *cx = app_ctx(app);
    if (!cx)
        return err_set(err, "there is no cluster yet");
    struct write_gate gate = ctx_gate(cx);
    if (!verbs_allowed(&gate, "adding a debug container", err))
        return false;
    if (!app->debug)
        app->debug = xcalloc(1, sizeof(*app->debug));
    struct debug *d = app->debug;
    d->app = app;
    release(d);
    d->ctx = cx;
    args_parse(&a, text);
    d->container = args_option(&a, "--target");
    d->container = d->container ? d->container : args_option(&a, "-c");
    d->image = args_option(&a, "--image");
    d->image = d->image ? d->image : xstrdup(str_or(state_get(app->state, "debug", "image"), "busybox:1.36"));
    char *profile = args_option(&a, "--profile"), *ns = args_option(&a, "-n");
    d->ns = ns ? ns
               : xstrdup(*cx->ns && !strchr(cx->ns, ',') ? cx->ns : str_or(client_info(cx->client)->ns, "default"));
    bool ok = args_no_more(&a, usage, err) && take_profile(d, profile, err) && take_pod(d, &a, &kind, &name, err);
    if (ok)
        d->target = target_find(cx->client, &kind->gvr, d->ns, name, on_found, d);
    free(profile);
    free(name);
    args_release(&a);
    return ok;
}
