#include "views/rowlink.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "list/ctx.h"
#include "views/explain.h"
#include "views/forwards.h"
#include "views/host.h"

static const char *kind_word(const struct selection *sel, struct buf *out)
{
    // a generic kind is named in full: two groups may have a resource of the same name
    buf_puts(out, sel->gvr.resource);
    if (kind_for_gvr(sel->gvr.group, sel->gvr.resource) == NULL && *sel->gvr.group)
        buf_printf(out, ".%s.%s", sel->gvr.version, sel->gvr.group);
    return out->s;
}

static bool open_doc(struct view *v, const struct selection *sel, const char *what, struct err *err)
{
    struct buf text = BUF_INIT, kind = BUF_INIT;
    kind_word(sel, &kind);
    buf_printf(&text, "%s %s %s%s%s", what, kind.s, sel->ns, *sel->ns ? "/" : "", sel->name);
    host_open(v->host, text.s, err);
    buf_release(&text);
    buf_release(&kind);
    return true;
}

static bool do_describe(struct view *v, const struct selection *sel, struct err *err)
{
    return open_doc(v, sel, "describe", err);
}

static bool do_yaml(struct view *v, const struct selection *sel, struct err *err)
{
    return open_doc(v, sel, "yaml", err);
}

static bool do_tree(struct view *v, const struct selection *sel, struct err *err)
{
    return open_doc(v, sel, "tree", err);
}

static bool do_owner(struct view *v, const struct selection *sel, struct err *err)
{
    const char *p = sel->row ? sel->row->owners : "";
    if (!*p)
        return err_set(err, "%s %s has no owner", sel->api_kind, sel->name);
    const char *api = p, *kind = api + strlen(api) + 1, *name = kind + strlen(kind) + 1;
    const struct kind *k = ctx_kind_by_api(v->ctx, api, kind);
    if (!k)
        return err_set(err, "its owner is %s %s, of a kind this server does not list", kind, name);
    struct buf text = BUF_INIT;
    buf_puts(&text, k->gvr.resource);
    if (k->decoder.table && *k->gvr.group)
        buf_printf(&text, ".%s.%s", k->gvr.version, k->gvr.group);
    if (k->gvr.namespaced)
        buf_printf(&text, " -n %s", sel->ns);
    buf_printf(&text, " --name %s", name);
    host_open(v->host, text.s, err);
    buf_release(&text);
    return true;
}

static bool do_used_by(struct view *v, const struct selection *sel, struct err *err)
{
    struct buf text = BUF_INIT;
    buf_puts(&text, "users-of");
    if (*sel->ns)
        buf_printf(&text, " -n %s", sel->ns);
    else
        buf_puts(&text, " -A");
    buf_printf(&text, " --uses %s/%s/%s", sel->gvr.resource, sel->ns, sel->name);
    host_open(v->host, text.s, err);
    buf_release(&text);
    return true;
}

static bool do_events(struct view *v, const struct selection *sel, struct err *err)
{
    struct buf text = BUF_INIT;
    buf_puts(&text, "events");
    if (*sel->ns)
        buf_printf(&text, " -n %s", sel->ns);
    else
        buf_puts(&text, " -A");
    buf_printf(&text, " --field-selector involvedObject.name=%s,involvedObject.kind=%s", sel->name,
        sel->api_kind);
    host_open(v->host, text.s, err);
    buf_release(&text);
    return true;
}

static bool has_pods(const struct selection *sel, const char *what, struct err *err)
{
    static const char *const with_pods[] = { "pods", "deployments", "replicasets", "statefulsets", "daemonsets",
        "jobs", "replicationcontrollers", "services" };
    for (size_t i = 0; i < ARRAY_SIZE(with_pods); i++)
        if (str_eq(with_pods[i], sel->gvr.resource))
            return true;
    return err_set(err, "%s %s has no containers: %s wants a Pod, a workload or a Service", sel->api_kind, sel->name,
        what);
}

bool rowlink_applies(struct view *v, const char *command)
{
    static const char *const of_containers[] = { "logs", "logs-previous", "shell", "attach" };
    struct selection sel;
    struct err ignored;
    for (size_t i = 0; i < ARRAY_SIZE(of_containers); i++)
        if (str_eq(of_containers[i], command))
            return v->ops->selection && v->ops->selection(v, &sel) && has_pods(&sel, command, &ignored);
    return true;
}

// In the container under the cursor, or in a Pod of what is under it.
static bool open_process(struct view *v, const struct selection *sel, const char *what, struct err *err)
{
    struct buf text = BUF_INIT;
    if (!has_pods(sel, what, err))
        return false;
    buf_printf(&text, "%s %s/%s -n %s", what, sel->gvr.resource, sel->name, sel->ns);
    if (sel->kind && sel->kind->object_per_rows && sel->row)
        buf_printf(&text, " -c %s", sel->row->name);
    host_open(v->host, text.s, err);
    buf_release(&text);
    return true;
}

static bool open_logs(struct view *v, const struct selection *sel, const char *what, struct err *err)
{
    static const char *const others[] = { "cronjobs", "nodes" };
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (str_eq(others[i], sel->gvr.resource)) {
            buf_printf(&text, "%s %s/%s", what, sel->gvr.resource, sel->name);
            if (*sel->ns)
                buf_printf(&text, " -n %s", sel->ns);
            host_open(v->host, text.s, err);
            buf_release(&text);
            return true;
        }
    return open_process(v, sel, what, err);
}

static bool do_logs(struct view *v, const struct selection *sel, struct err *err)
{
    return open_logs(v, sel, "logs", err);
}

static bool do_logs_previous(struct view *v, const struct selection *sel, struct err *err)
{
    return open_logs(v, sel, "logs-previous", err);
}

static bool node_shell(struct view *v, const struct selection *sel, struct err *err)
{
    char *line = xasprintf("node-shell %s", sel->name);
    bool ok = host_run(v->host, line, err);
    free(line);
    return ok;
}

static bool do_shell(struct view *v, const struct selection *sel, struct err *err)
{
    if (str_eq(sel->gvr.resource, "nodes"))
        return node_shell(v, sel, err);
    return open_process(v, sel, "shell", err);
}

static bool do_attach(struct view *v, const struct selection *sel, struct err *err)
{
    return open_process(v, sel, "attach", err);
}

static bool do_forward(struct view *v, const struct selection *sel, struct err *err)
{
    char *args = xasprintf("%s/%s -n %s --context \"%s\"", sel->gvr.resource, sel->name, sel->ns,
        v->ctx->target.context->name);
    bool ok = has_pods(sel, "a forward", err) && forwards_command(v->host, args, err);
    free(args);
    return ok;
}

static bool do_explain(struct view *v, const struct selection *sel, struct err *err)
{
    struct buf text = BUF_INIT;
    explain_spec(&sel->gvr, "", &text);
    host_open(v->host, text.s, err);
    buf_release(&text);
    return true;
}

static const struct {
    const char *name;
    bool (*fn)(struct view *v, const struct selection *sel, struct err *err);
} links[] = {
    { "describe", do_describe },
    { "yaml", do_yaml },
    { "tree", do_tree },
    { "owner", do_owner },
    { "used-by", do_used_by },
    { "events-of", do_events },
    { "explain", do_explain },
    { "logs", do_logs },
    { "logs-previous", do_logs_previous },
    { "shell", do_shell },
    { "attach", do_attach },
    { "forward-to", do_forward },
};

bool rowlink_open(struct view *v, const struct call *call, struct err *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        if (!str_eq(links[i].name, call->name))
            continue;
        struct selection sel;
        if (!v->ops->selection || !v->ops->selection(v, &sel))
            err_set(err, "nothing is selected");
        else
            links[i].fn(v, &sel, err);
        return true;
    }
    return false;
}
