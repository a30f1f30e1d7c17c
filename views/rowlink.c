#include "views/rowlink.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "kinds/family.h"
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
    spec_put_object(&text, what, kind_word(sel, &kind), sel->ns, sel->name);
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

// Of a Pod or a ReplicaSet its owners are followed by the view.
static bool keeps_revisions(const struct selection *sel, struct err *err)
{
    static const char *const from[] = { "deployments", "statefulsets", "daemonsets", "replicasets", "pods" };
    bool owned = str_eq(sel->gvr.resource, "pods") || str_eq(sel->gvr.resource, "replicasets");
    if (owned && sel->row && !*sel->row->owners)
        return err_set(err, "%s %s has no owner: nothing keeps revisions of it", sel->api_kind, sel->name);
    for (size_t i = 0; i < ARRAY_SIZE(from); i++)
        if (str_eq(from[i], sel->gvr.resource))
            return true;
    return err_set(err, "%s %s has no revisions: a Deployment, a StatefulSet or a DaemonSet has", sel->api_kind, sel->name);
}

static bool do_rollback(struct view *v, const struct selection *sel, struct err *err)
{
    return keeps_revisions(sel, err) && open_doc(v, sel, "rollback", err);
}

static void open_spec(struct view *v, const struct spec *s, struct err *err)
{
    struct buf text = BUF_INIT;
    spec_text(s, &text);
    host_open(v->host, text.s, err);
    buf_release(&text);
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
    struct buf kind_text = BUF_INIT;
    buf_puts(&kind_text, k->gvr.resource);
    if (k->decoder.table && *k->gvr.group)
        buf_printf(&kind_text, ".%s.%s", k->gvr.version, k->gvr.group);
    struct spec s = { .view = kind_text.s, .ns = k->gvr.namespaced ? (char *)sel->ns : NULL, .name = (char *)name };
    open_spec(v, &s, err);
    buf_release(&kind_text);
    return true;
}

static bool do_used_by(struct view *v, const struct selection *sel, struct err *err)
{
    struct spec s = { .view = (char *)"users-of", .ns = (char *)sel->ns };
    s.uses = xasprintf("%s/%s/%s", sel->gvr.resource, sel->ns, sel->name);
    open_spec(v, &s, err);
    free(s.uses);
    return true;
}

static bool do_events(struct view *v, const struct selection *sel, struct err *err)
{
    struct buf fields = BUF_INIT;
    gvr_field(&fields, "involvedObject.name", sel->name);
    gvr_field(&fields, "involvedObject.kind", sel->api_kind);
    struct spec s = { .view = (char *)"events", .ns = (char *)sel->ns, .fields = fields.s };
    open_spec(v, &s, err);
    buf_release(&fields);
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

// Followed through what they make or hold, though a shell would not know which of it is meant.
static bool of_many(const struct selection *sel)
{
    return str_eq(sel->gvr.resource, "cronjobs") || str_eq(sel->gvr.resource, "nodes");
}

static bool is_container(const struct selection *sel)
{
    return sel->kind && sel->kind->object_per_rows && sel->row;
}

// Which of what is selected each command is for.
static bool of_logs(const struct selection *sel)
{
    struct err ignored;
    return of_many(sel) || has_pods(sel, "logs", &ignored);
}

static bool of_shell(const struct selection *sel)
{
    struct err ignored;
    return str_eq(sel->gvr.resource, "nodes") || has_pods(sel, "shell", &ignored);
}

static bool of_pods(const struct selection *sel)
{
    struct err ignored;
    return has_pods(sel, "attach", &ignored);
}

static bool of_owned(const struct selection *sel)
{
    return sel->row && *sel->row->owners;
}

static bool of_revisions(const struct selection *sel)
{
    struct err ignored;
    return keeps_revisions(sel, &ignored);
}

static bool of_tree(const struct selection *sel)
{
    return sel->kind && kind_has_family(sel->kind);
}

bool rowlink_applies(struct view *v, const char *command)
{
    static const struct {
        const char *command;
        bool (*of)(const struct selection *sel);
    } rules[] = { { "logs", of_logs }, { "logs-previous", of_logs }, { "shell", of_shell }, { "attach", of_pods },
        { "forward-to", of_pods }, { "owner", of_owned }, { "rollback", of_revisions }, { "tree", of_tree } };
    struct selection sel;
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        if (str_eq(rules[i].command, command))
            return v->ops->selection && v->ops->selection(v, &sel) && rules[i].of(&sel);
    return true;
}

// "logs deployments/web -n shop"
static void open_target(struct view *v, const struct selection *sel, const char *what, const char *tail, struct err *err)
{
    struct spec s = { .view = (char *)what, .ns = *sel->ns ? (char *)sel->ns : NULL, .tail = (char *)tail };
    s.container = is_container(sel) ? (char *)sel->row->name : NULL;
    char *target = xasprintf("%s/%s", sel->gvr.resource, sel->name);
    arr_push(&s.words, target);
    open_spec(v, &s, err);
    arr_release(&s.words);
    free(target);
}

// In the container under the cursor, or in a Pod of what is under it.
static bool open_process(struct view *v, const struct selection *sel, const char *what, struct err *err)
{
    if (!has_pods(sel, what, err))
        return false;
    open_target(v, sel, what, NULL, err);
    return true;
}

enum { TOGETHER_MAX = 500 };

// "logs pods/a pods/b -n shop", or "logs pods/shop/a pods/pay/b -n shop,pay"
bool rowlink_logs_of(struct view *v, const struct selection *sels, size_t n, const char *what, struct err *err)
{
    struct spec s = { .view = (char *)what };
    struct buf ns = BUF_INIT;
    if (is_container(&sels[0])) // of one Pod: the one under the cursor is meant
        return false;
    if (n > TOGETHER_MAX || (!of_many(&sels[0]) && !has_pods(&sels[0], what, err))) {
        if (n > TOGETHER_MAX)
            err_set(err, "%zu rows are marked: the logs of at most %d are followed together", n, TOGETHER_MAX);
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        bool seen = !*sels[i].ns;
        for (size_t k = 0; k < i; k++)
            seen |= str_eq(sels[k].ns, sels[i].ns);
        if (!seen)
            buf_printf(&ns, "%s%s", ns.n ? "," : "", sels[i].ns);
    }
    bool one = !strchr(str_or(ns.s, ""), ',');
    for (size_t i = 0; i < n; i++)
        arr_push(&s.words, one ? xasprintf("%s/%s", sels[i].gvr.resource, sels[i].name)
                               : xasprintf("%s/%s/%s", sels[i].gvr.resource, sels[i].ns, sels[i].name));
    s.ns = ns.n ? ns.s : NULL;
    open_spec(v, &s, err);
    for (size_t i = 0; i < s.words.n; i++)
        free(s.words.v[i]);
    arr_release(&s.words);
    buf_release(&ns);
    return true;
}

static bool open_logs(struct view *v, const struct selection *sel, const char *what, struct err *err)
{
    if (!of_many(sel))
        return open_process(v, sel, what, err);
    open_target(v, sel, what, NULL, err);
    return true;
}

// A glance at the row under the cursor, as the cursor passes: no more than is soon there.
static void glance(struct view *v, const char *what, struct err *err)
{
    struct selection sel;
    if (view_selection(v, &sel, err) && (of_many(&sel) || has_pods(&sel, what, err)))
        open_target(v, &sel, what, "300", err);
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
    struct buf line = BUF_INIT;
    buf_puts(&line, "node-shell ");
    spec_put_word(&line, sel->name);
    bool ok = host_run(v->host, line.s, err);
    buf_release(&line);
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
    char *target = xasprintf("%s/%s", sel->gvr.resource, sel->name);
    struct buf args = BUF_INIT;
    forwards_target(&args, target, "", sel->ns, v->ctx);
    bool ok = has_pods(sel, "a forward", err) && forwards_command(v->host, args.s, err);
    buf_release(&args);
    free(target);
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
    bool nameless; // of the kind alone
} links[] = {
    { "describe", do_describe },
    { "yaml", do_yaml },
    { "tree", do_tree },
    { "rollback", do_rollback },
    { "owner", do_owner },
    { "used-by", do_used_by },
    { "events-of", do_events },
    { "explain", do_explain, true },
    { "logs", do_logs },
    { "logs-previous", do_logs_previous },
    { "shell", do_shell },
    { "attach", do_attach },
    { "forward-to", do_forward },
};

bool view_applies(struct view *v, const char *command)
{
    return rowlink_applies(v, command) && (!v->ops->applies || v->ops->applies(v, command));
}

bool rowlink_open(struct view *v, const struct call *call, struct err *err)
{
    if (str_starts(call->name, "logs") && str_eq(call->args, "--row")) {
        glance(v, call->name, err);
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        if (!str_eq(links[i].name, call->name))
            continue;
        struct selection sel;
        struct err unnamed = { 0 };
        if (view_selection(v, &sel, &unnamed) || (links[i].nameless && v->ops->selection && v->ops->selection(v, &sel)))
            links[i].fn(v, &sel, err);
        else
            *err = unnamed;
        return true;
    }
    return false;
}
