// What plans share: kubectl's line, guards, words for changes.
#include "acts/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "kinds/kind.h"

// For a shell to read; the undo command is read by args_parse, which knows no backslash.
void plan_put_quoted(struct buf *out, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:=@,+-%^";
    if (*s && s[strspn(s, plain)] == '\0') {
        buf_puts(out, s);
        return;
    }
    buf_putc(out, '\'');
    for (; *s; s++)
        if (*s == '\'')
            buf_puts(out, "'\\''");
        else
            buf_putc(out, *s);
    buf_putc(out, '\'');
}

bool plan_can_quote(const char *s)
{
    return !strchr(s, '\'') || !strchr(s, '"');
}

void plan_put_word(struct buf *out, const char *s)
{
    const char *quote = s[strcspn(s, " \t\"'")] == '\0' && *s ? "" : strchr(s, '\'') ? "\"" : "'";
    buf_printf(out, "%s%s%s", quote, s, quote);
}

// "deployment/web", "rollouts.argoproj.io/web"
void plan_put_object(const struct act_in *in, struct buf *out)
{
    const struct act_target *t = in->t;
    if (kind_for_gvr(t->gvr.group, t->gvr.resource))
        for (const char *p = t->api_kind; *p; p++)
            buf_putc(out, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
    else
        buf_printf(out, "%s.%s", t->gvr.resource, t->gvr.group);
    buf_putc(out, '/');
    plan_put_quoted(out, t->name);
}

void plan_put_kubectl(const struct act_in *in, struct buf *out)
{
    buf_puts(out, "kubectl --context ");
    plan_put_quoted(out, in->context);
    if (*in->t->ns)
        buf_printf(out, " -n %s", in->t->ns);
}

void plan_put_patch(const struct act_in *in, struct act_plan *out)
{
    json_t *body = json_copy(out->body), *meta = json_copy(json_object_get(body, "metadata"));
    json_object_del(meta, "uid");
    json_object_del(meta, "resourceVersion");
    if (json_object_size(meta))
        json_object_set(body, "metadata", meta);
    else
        json_object_del(body, "metadata");
    char *text = json_dumps(body, JSON_COMPACT);
    buf_puts(&out->kubectl, " patch ");
    plan_put_object(in, &out->kubectl);
    if (str_eq(out->sub, "resize")) // kubectl refuses --subresource=finalize
        buf_printf(&out->kubectl, " --subresource=%s", out->sub);
    buf_puts(&out->kubectl, out->type == WRITE_MERGE ? " --type=merge -p " : " -p ");
    plan_put_quoted(&out->kubectl, str_or(text, ""));
    free(text);
    json_decref(meta);
    json_decref(body);
}

// A patch applies to that object, as it was read: else the server answers 409 (or 422 where the UID is another's).
// https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
json_t *plan_guarded(const struct act_in *in)
{
    const json_t *meta = json_object_get(in->scale ? in->scale : in->object, "metadata");
    json_t *m = json_object();
    json_object_set_new(m, "uid", json_string(json_str(meta, "uid", NULL)));
    json_object_set_new(m, "resourceVersion", json_string(json_str(meta, "resourceVersion", NULL)));
    return json_pack("{s:o}", "metadata", m);
}

void plan_patch(const struct act_in *in, struct act_plan *out, enum write_type type, const char *key, json_t *value)
{
    out->type = type;
    out->body = plan_guarded(in);
    json_object_set_new(out->body, key, value);
}

bool plan_one_word(const struct act_in *in, struct args *a, struct err *err)
{
    args_parse(a, in->args);
    if (a->words.n == 1)
        return true;
    err_set(err, "%s %s", in->act->name, in->act->args);
    args_release(a);
    return false;
}

bool plan_no_words(const struct act_in *in, struct err *err)
{
    return !*in->args || err_set(err, "%s takes nothing more", in->act->name);
}

void plan_change(struct act_plan *out, const char *what, const char *before, const char *after)
{
    out->nothing = str_eq(before, after);
    buf_puts(&out->before, before);
    buf_puts(&out->after, after);
    if (out->nothing)
        buf_printf(&out->does, "%s%sis %s already", what, *what ? " " : "", after);
    else
        buf_printf(&out->does, "%s%s%s → %s", what, *what ? " " : "", before, after);
}

// What an object holds, on one line: it must not look like a line of kview's.
void plan_put_value(struct buf *out, const char *value)
{
    utf8_sanitise(out, value ? value : "unset", value ? strlen(value) : 5);
}

void plan_put_strings(struct buf *out, const json_t *list)
{
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v)
    {
        buf_puts(out, i ? ", " : "");
        plan_put_value(out, str_or(json_string_value(v), "?"));
    }
}

void plan_put_pair(struct buf *out, const char *key, const char *value)
{
    buf_printf(out, "%s%s%s", out->n ? ", " : "", key, value ? "=" : " ");
    plan_put_value(out, value);
}

void plan_put_change(struct buf *out, const char *key, const char *before, const char *after)
{
    buf_printf(out, "%s%s: ", out->n ? "\n" : "", key);
    plan_put_value(out, before);
    buf_puts(out, " → ");
    plan_put_value(out, after);
}

const json_t *plan_pod_spec(const struct act_target *t, const json_t *object)
{
    if (str_eq(t->gvr.resource, "pods"))
        return json_object_get(object, "spec");
    if (str_eq(t->gvr.resource, "cronjobs"))
        return json_at(object, "spec", "jobTemplate", "spec", "template", "spec", NULL);
    return json_at(object, "spec", "template", "spec", NULL);
}

json_t *plan_around_pod_spec(const struct act_target *t, json_t *spec)
{
    if (str_eq(t->gvr.resource, "pods"))
        return spec;
    json_t *tpl = json_pack("{s:{s:o}}", "template", "spec", spec);
    return str_eq(t->gvr.resource, "cronjobs") ? json_pack("{s:{s:o}}", "jobTemplate", "spec", tpl) : tpl;
}

const json_t *plan_pod_spec_in(const json_t *object)
{
    const json_t *spec = json_at(object, "spec", "jobTemplate", "spec", "template", "spec", NULL);
    spec = spec ? spec : json_at(object, "spec", "template", "spec", NULL);
    return spec ? spec : json_object_get(object, "spec");
}

bool plan_put_undo(struct act_plan *out, const char *key, const char *old)
{
    char *back = old ? xasprintf("%s=%s", key, old) : xasprintf("%s-", key);
    bool ok = plan_can_quote(back);
    buf_putc(&out->undo, ' ');
    plan_put_word(&out->undo, back);
    free(back);
    return ok;
}

// ---- containers

const char *const plan_lists[PLAN_LISTS] = { "containers", "initContainers" };

const json_t *plan_container(const json_t *pod_spec, const char *name, size_t *list)
{
    const json_t *c = NULL;
    for (*list = 0; *list < PLAN_LISTS; ++*list)
        if ((c = json_named(json_object_get(pod_spec, plan_lists[*list]), name)))
            return c;
    return NULL;
}

const json_t *plan_patched_container(const struct act_in *in, const char *name, json_t *lists[PLAN_LISTS], json_t **list,
    struct err *err)
{
    size_t which;
    const json_t *c = plan_container(plan_pod_spec(in->t, in->object), name, &which);
    if (c)
        *list = lists[which];
    else
        err_set(err, "there is no container %s", name);
    return c;
}

json_t *plan_named(json_t *list, const char *name)
{
    json_t *v = json_named(list, name);
    if (!v)
        json_array_append_new(list, v = json_pack("{s:s}", "name", name));
    return v;
}

json_t *plan_in_order(const json_t *object_list, json_t *patches)
{
    json_t *sorted = json_array(), *v, *p;
    size_t i;
    json_array_foreach(object_list, i, v)
    {
        const char *name = json_str(v, "name", NULL);
        if ((p = json_named(patches, name)) && !json_named(sorted, name))
            json_array_append(sorted, p);
    }
    json_array_foreach(patches, i, p)
    {
        if (!json_named(sorted, json_str(p, "name", NULL)))
            json_array_append(sorted, p);
    }
    json_decref(patches);
    return sorted;
}

void plan_patch_containers(const struct act_in *in, struct act_plan *out, json_t *lists[PLAN_LISTS], const char *already)
{
    json_t *spec = json_object();
    const json_t *now = plan_pod_spec(in->t, in->object);
    for (size_t k = 0; k < PLAN_LISTS; k++)
        if (json_array_size(lists[k]))
            json_object_set_new(spec, plan_lists[k], plan_in_order(json_object_get(now, plan_lists[k]), lists[k]));
        else
            json_decref(lists[k]);
    plan_patch(in, out, WRITE_STRATEGIC, "spec", plan_around_pod_spec(in->t, spec));
    out->nothing = !out->does.n;
    if (out->nothing)
        buf_puts(&out->does, already);
    if (json_bool(in->object, "spec", "paused", NULL))
        buf_puts(&out->note, "it is paused: no rollout starts until it is resumed\n");
}
