// The environment of a workload's containers, as kubectl set env changes it.
#include "acts/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

struct setting { // of the words so far
    const struct act_in *in;
    struct act_plan *out;
    const json_t *container; // the last one named
    json_t *list, *patch;    // patch: NULL until something of that container changes
    bool unquotable;         // there is no way to write what takes it back
};

static const json_t *find(const json_t *container, const char *key)
{
    return json_named(json_object_get(container, "env"), key);
}

// "Secret keys, key token"; https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#environment-variables
static void put_source(struct buf *out, const json_t *from)
{
    const json_t *s = json_object_get(from, "secretKeyRef"), *c = json_object_get(from, "configMapKeyRef");
    if (s || c) {
        buf_printf(out, "%s ", s ? "Secret" : "ConfigMap");
        plan_put_value(out, json_str(s ? s : c, "name", NULL));
        buf_puts(out, ", key ");
        plan_put_value(out, json_str(s ? s : c, "key", NULL));
        return;
    }
    buf_puts(out, "the Pod's ");
    const char *field = json_str(from, "fieldRef", "fieldPath", NULL);
    plan_put_value(out, *field ? field : json_str(from, "resourceFieldRef", "resource", NULL));
}

// What is not changed here is shown all the same: it is part of what the container sees.
static void note_sources(const json_t *container, struct act_plan *out)
{
    struct buf *note = &out->note;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(container, "env"), i, v)
    {
        if (!json_object_get(v, "valueFrom"))
            continue;
        plan_put_value(note, json_str(v, "name", NULL));
        buf_puts(note, " comes from ");
        put_source(note, json_object_get(v, "valueFrom"));
        buf_puts(note, ": left alone\n");
    }
    json_array_foreach(json_object_get(container, "envFrom"), i, v)
    {
        const json_t *s = json_object_get(v, "secretRef"), *c = json_object_get(v, "configMapRef");
        buf_printf(note, "all keys of %s ", s ? "Secret" : "ConfigMap");
        plan_put_value(note, json_str(s ? s : c, "name", NULL));
        buf_puts(note, " as well: left alone\n");
    }
}

// The first change of a container begins its line of kubectl's and its element of the patch.
static void begin_patch(struct setting *s)
{
    const char *name = json_str(s->container, "name", NULL);
    if (s->out->kubectl.n) {
        buf_putc(&s->out->kubectl, '\n');
        plan_put_kubectl(s->in, &s->out->kubectl);
    }
    buf_puts(&s->out->kubectl, " set env ");
    plan_put_object(s->in, &s->out->kubectl);
    buf_printf(&s->out->kubectl, " -c %s", name);
    buf_printf(&s->out->undo, " %s", name);
    s->patch = plan_named(s->list, name);
    if (json_object_get(s->patch, "env"))
        return; // named before
    json_object_set_new(s->patch, "env", json_array());
    note_sources(s->container, s->out);
}

static bool set(struct setting *s, const char *word, const char *key, const char *value, struct err *err)
{
    const json_t *var = find(s->container, key), *from = json_object_get(var, "valueFrom");
    const char *old = var ? json_str(var, "value", NULL) : NULL;
    char *label;
    if (from) {
        struct buf source = BUF_INIT;
        put_source(&source, from);
        err_set(err, "%s is left alone: it comes from %s", key, source.s);
        buf_release(&source);
        return false;
    }
    if (var ? str_eq(old, value) && value : !value)
        return true; // the form names every one: those left alone are not in the line
    if (!s->patch)
        begin_patch(s);
    if (find(s->patch, key))
        return err_set(err, "%s is there twice", key);
    json_object_set_new(plan_named(json_object_get(s->patch, "env"), key), value ? "value" : "$patch",
        json_string(value ? value : "delete"));
    label = xasprintf("%s %s", json_str(s->container, "name", NULL), key);
    plan_put_pair(&s->out->before, label, old);
    plan_put_pair(&s->out->after, label, value);
    plan_put_change(&s->out->does, label, old, value);
    free(label);
    buf_putc(&s->out->kubectl, ' ');
    plan_put_quoted(&s->out->kubectl, word);
    s->unquotable |= !plan_put_undo(s->out, key, old);
    return true;
}

// New variables come last, as kubectl puts them: one may refer to those before it.
// https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
static void put_order(const json_t *container, json_t *patch)
{
    json_t *order = json_array(), *v;
    json_t *env = plan_in_order(json_object_get(container, "env"), json_incref(json_object_get(patch, "env")));
    json_t *const all[2] = { json_object_get(container, "env"), env };
    json_object_set_new(patch, "env", env);
    for (size_t k = 0; k < 2; k++) {
        size_t i;
        json_array_foreach(all[k], i, v)
        {
            const char *name = json_str(v, "name", NULL);
            const json_t *change = find(patch, name);
            if (!json_object_get(change, "$patch"))
                plan_named(order, name);
        }
    }
    json_object_set_new(patch, "$setElementOrder/env", order);
}

static bool take_word(struct setting *s, const char *word, json_t *lists[PLAN_LISTS], struct err *err)
{
    const char *eq = strchr(word, '=');
    size_t n = strlen(word);
    bool drop = !eq && n > 1 && word[n - 1] == '-';
    if (!eq && !drop) {
        s->patch = NULL;
        return (s->container = plan_patched_container(s->in, word, lists, &s->list, err)) != NULL;
    }
    if (eq == word)
        return err_set(err, "%s: KEY=VALUE sets it, KEY- takes it away", word);
    if (!s->container)
        return err_set(err, "of which container? set-env %s", s->in->act->args);
    char *key = xstrndup(word, eq ? (size_t)(eq - word) : n - 1);
    bool ok = set(s, word, key, eq ? eq + 1 : NULL, err);
    free(key);
    return ok;
}

bool act_plan_set_env(const struct act_in *in, struct act_plan *out, struct err *err)
{
    json_t *lists[PLAN_LISTS] = { json_array(), json_array() };
    struct setting s = { .in = in, .out = out };
    struct args a;
    args_parse(&a, in->args);
    bool ok = a.words.n > 0 || err_set(err, "set-env %s", in->act->args);
    buf_puts(&out->undo, "set-env");
    for (size_t i = 0; ok && i < a.words.n; i++)
        ok = take_word(&s, a.words.v[i], lists, err);
    args_release(&a);
    for (size_t k = 0; ok && k < PLAN_LISTS; k++) {
        json_t *p;
        size_t i, list;
        json_array_foreach(lists[k], i, p)
            put_order(plan_container(plan_pod_spec(in->t, in->object), json_str(p, "name", NULL), &list), p);
    }
    plan_patch_containers(in, out, lists, "its environment is so already");
    if (s.unquotable)
        buf_clear(&out->undo);
    return ok;
}

// One line is edited: what does not fit on one is not in it, and stays.
static bool fits_a_line(const char *word)
{
    for (const char *p = word; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    return plan_can_quote(word);
}

void act_initial_env(const json_t *object, struct buf *out)
{
    const json_t *spec = plan_pod_spec_in(object);
    for (size_t k = 0; k < PLAN_LISTS; k++) {
        json_t *c, *v;
        size_t i, j;
        json_array_foreach(json_object_get(spec, plan_lists[k]), i, c)
        {
            buf_printf(out, "%s%s", out->n ? " " : "", json_str(c, "name", NULL));
            json_array_foreach(json_object_get(c, "env"), j, v)
            {
                char *word = xasprintf("%s=%s", json_str(v, "name", NULL), json_str(v, "value", NULL));
                if (!json_object_get(v, "valueFrom") && fits_a_line(word)) {
                    buf_putc(out, ' ');
                    plan_put_word(out, word);
                }
                free(word);
            }
        }
    }
}
