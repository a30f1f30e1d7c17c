// What plans share: kubectl's line, guards, words for changes.
#include "acts/plan.h"

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
