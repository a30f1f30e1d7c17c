// Taints of a node, as kubectl taint --overwrite sets them.
#include "acts/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

enum { MAX_PODS = 500 };

struct word { // KEY[=VALUE][:EFFECT][-]
    char *key, *value, *effect; // "" where it does not say
    bool drop;
};

static void word_release(struct word *w)
{
    free(w->key);
    free(w->value);
    free(w->effect);
}

static void word_split(const char *text, struct word *w)
{
    size_t n = strlen(text);
    w->drop = n > 0 && text[n - 1] == '-';
    char *rest = xstrndup(text, n - w->drop), *colon = strchr(rest, ':');
    w->effect = xstrdup(colon ? colon + 1 : "");
    if (colon)
        *colon = '\0';
    char *eq = strchr(rest, '=');
    w->value = xstrdup(eq ? eq + 1 : "");
    if (eq)
        *eq = '\0';
    w->key = rest;
}

static bool word_valid(const struct word *w, const char *text, struct err *err)
{
    static const char *const effects[] = { "NoSchedule", "PreferNoSchedule", "NoExecute" };
    bool known = w->drop && !*w->effect;
    for (size_t i = 0; i < ARRAY_SIZE(effects); i++)
        known |= str_eq(effects[i], w->effect);
    if (*w->key && known)
        return true;
    if (*w->key && *w->effect)
        return err_set(err, "%s is no effect: NoSchedule, PreferNoSchedule or NoExecute", w->effect);
    return err_set(err, "%s: KEY=VALUE:EFFECT sets one, KEY:EFFECT- takes it away", text);
}

// ---- lists of taints

// One is told from another by key and effect.
static bool is(const json_t *taint, const char *key, const char *effect)
{
    return str_eq(json_str(taint, "key", NULL), key) && (!*effect || str_eq(json_str(taint, "effect", NULL), effect));
}

static json_t *find(const json_t *list, const char *key, const char *effect)
{
    size_t i;
    json_t *t;
    json_array_foreach(list, i, t)
    {
        if (is(t, key, effect))
            return t;
    }
    return NULL;
}

static void put_taint(struct buf *out, const json_t *t)
{
    const char *value = json_str(t, "value", NULL);
    plan_put_value(out, json_str(t, "key", NULL));
    buf_puts(out, *value ? "=" : "");
    plan_put_value(out, value);
    buf_putc(out, ':');
    plan_put_value(out, json_str(t, "effect", NULL));
}

static void put_list(struct buf *out, const json_t *list)
{
    size_t i;
    json_t *t;
    json_array_foreach(list, i, t)
    {
        buf_puts(out, i ? " " : "");
        put_taint(out, t);
    }
    if (!json_array_size(list))
        buf_puts(out, "no taints");
}

struct change {
    const json_t *now;
    json_t *set;  // new ones come first, then those that stay: kubectl/pkg/cmd/taint/utils.go reorganizeTaints
    json_t *drop; // of those that are there
};

static bool take_word(struct change *c, const struct word *w, struct err *err)
{
    size_t i;
    json_t *t;
    if (find(c->set, w->key, w->effect) || (!w->drop && find(c->drop, w->key, w->effect)))
        return err_set(err, "%s is there twice", w->key);
    if (!w->drop) {
        json_t *made = json_pack("{s:s, s:s}", "key", w->key, "effect", w->effect);
        if (*w->value)
            json_object_set_new(made, "value", json_string(w->value));
        json_array_append_new(c->set, made);
        return true;
    }
    json_array_foreach(c->now, i, t)
    {
        if (is(t, w->key, w->effect) && !find(c->drop, w->key, json_str(t, "effect", NULL)))
            json_array_append(c->drop, t);
    }
    return true;
}

static bool take_words(struct change *c, const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct args a;
    args_parse(&a, in->args);
    bool ok = a.words.n > 0 || err_set(err, "taint %s", in->act->args);
    for (size_t i = 0; ok && i < a.words.n; i++) {
        struct word w;
        word_split(a.words.v[i], &w);
        ok = word_valid(&w, a.words.v[i], err) && take_word(c, &w, err);
        word_release(&w);
        buf_putc(&out->kubectl, ' ');
        plan_put_quoted(&out->kubectl, a.words.v[i]);
    }
    args_release(&a);
    return ok;
}

static void put_line(struct act_plan *out, const json_t *t, const char *says)
{
    buf_puts(&out->does, out->does.n ? "\n" : "");
    put_taint(&out->does, t);
    buf_printf(&out->does, " %s", says);
}

static bool same_value(const json_t *a, const json_t *b)
{
    return str_eq(json_str(a, "value", NULL), json_str(b, "value", NULL));
}

static void put_changes(const struct change *c, struct act_plan *out)
{
    size_t i;
    json_t *t;
    json_array_foreach(c->set, i, t)
    {
        const char *key = json_str(t, "key", NULL), *effect = json_str(t, "effect", NULL);
        const json_t *old = find(c->now, key, effect);
        if (old && same_value(old, t))
            continue;
        put_line(out, t, old ? "instead of " : "is new");
        if (old)
            put_taint(&out->does, old);
        buf_putc(&out->undo, ' ');
        if (old)
            put_taint(&out->undo, old);
        else
            buf_printf(&out->undo, "%s:%s-", key, effect);
    }
    json_array_foreach(c->drop, i, t)
    {
        put_line(out, t, "goes");
        buf_putc(&out->undo, ' ');
        put_taint(&out->undo, t);
    }
}

static json_t *result(const struct change *c)
{
    json_t *all = json_array(), *t;
    size_t i;
    json_array_foreach(c->set, i, t)
    {
        const json_t *old = find(c->now, json_str(t, "key", NULL), json_str(t, "effect", NULL));
        json_array_append(all, old && same_value(old, t) ? (json_t *)old : t);
    }
    json_array_foreach(c->now, i, t)
    {
        const char *key = json_str(t, "key", NULL), *effect = json_str(t, "effect", NULL);
        if (!find(c->set, key, effect) && !find(c->drop, key, effect))
            json_array_append(all, t);
    }
    return all;
}

// ---- what NoExecute ends

enum tolerance { NEVER, FOR_A_TIME, ALWAYS };

// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
static enum tolerance tolerates(const json_t *pod, const json_t *taint)
{
    const char *key = json_str(taint, "key", NULL), *effect = json_str(taint, "effect", NULL);
    size_t i;
    json_t *t;
    enum tolerance best = NEVER;
    json_array_foreach(json_at(pod, "spec", "tolerations", NULL), i, t)
    {
        const char *its_key = json_str(t, "key", NULL), *its_effect = json_str(t, "effect", NULL);
        bool any = str_eq(json_str(t, "operator", NULL), "Exists");
        if ((*its_effect && !str_eq(its_effect, effect)) || (*its_key ? !str_eq(its_key, key) : !any) ||
            (!any && !same_value(t, taint)))
            continue;
        enum tolerance now = json_object_get(t, "tolerationSeconds") ? FOR_A_TIME : ALWAYS;
        best = now > best ? now : best;
    }
    return best;
}

static bool has_ended(const json_t *pod)
{
    const char *phase = json_str(pod, "status", "phase", NULL);
    return str_eq(phase, "Succeeded") || str_eq(phase, "Failed");
}

static void note_evicted(const struct act_in *in, const json_t *taint, struct act_plan *out)
{
    size_t i, n = 0, of[3] = { 0 };
    json_t *pod;
    json_array_foreach(json_object_get(in->more, "items"), i, pod)
    {
        if (has_ended(pod))
            continue;
        of[tolerates(pod, taint)]++;
        n++;
    }
    if (!in->more)
        buf_puts(&out->note, "NoExecute: its Pods that do not tolerate it are deleted; you may not list them here\n");
    else if (!of[NEVER] && !of[FOR_A_TIME])
        buf_printf(&out->note, "NoExecute: all %zu Pods on it tolerate it\n", n);
    if (of[NEVER])
        buf_printf(&out->note, "NoExecute: %zu of the %zu Pods on it do not tolerate it: they are deleted, no budget is asked\n",
            of[NEVER], n);
    if (of[FOR_A_TIME])
        buf_printf(&out->note, "NoExecute: %zu of the %zu Pods on it tolerate it for a time only\n", of[FOR_A_TIME], n);
}

static void put_notes(const struct act_in *in, const struct change *c, struct act_plan *out)
{
    size_t i;
    json_t *t;
    bool owned = false;
    json_array_foreach(c->set, i, t)
    {
        const char *key = json_str(t, "key", NULL), *effect = json_str(t, "effect", NULL);
        const json_t *old = find(c->now, key, effect);
        owned |= str_starts(key, "node.kubernetes.io/");
        if (str_eq(effect, "NoExecute") && !(old && same_value(old, t)))
            note_evicted(in, t, out);
    }
    json_array_foreach(c->drop, i, t)
        owned |= str_starts(json_str(t, "key", NULL), "node.kubernetes.io/");
    if (owned)
        buf_puts(&out->note, "taints of node.kubernetes.io are kept by the node controller: it may set them back\n");
}

bool act_plan_taint(const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct change c = { json_at(in->object, "spec", "taints", NULL), json_array(), json_array() };
    buf_puts(&out->kubectl, " taint --overwrite nodes ");
    plan_put_quoted(&out->kubectl, in->t->name);
    buf_puts(&out->undo, "taint");
    bool ok = take_words(&c, in, out, err);
    json_t *all = result(&c);
    put_changes(&c, out);
    put_notes(in, &c, out);
    put_list(&out->before, c.now);
    put_list(&out->after, all);
    out->nothing = !out->does.n;
    if (out->nothing)
        buf_puts(&out->does, "its taints are so already");
    // The list is atomic: all of it, under the guard of the version that it was read from.
    json_t *none = json_null();
    plan_patch(in, out, WRITE_MERGE, "spec", json_pack("{s:O}", "taints", json_array_size(all) ? all : none));
    json_decref(all);
    json_decref(c.set);
    json_decref(c.drop);
    return ok;
}

// The Pods on it, if NoExecute may end them.
bool act_more_taint(const struct act_in *in, struct buf *path)
{
    static const struct gvr pods = { "", "v1", "pods", true };
    if (!strstr(in->args, "NoExecute"))
        return false;
    gvr_path(path, &pods, NULL, NULL);
    buf_printf(path, "?limit=%d&fieldSelector=spec.nodeName%%3D", MAX_PODS);
    str_url_escape(path, in->t->name);
    return true;
}
