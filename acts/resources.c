// Requests and limits of a workload's containers, as kubectl set resources changes them; of a running Pod's in place.
#include "acts/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/quantity.h"

static const char *const sides[2] = { "requests", "limits" };
static const char *const side_names[2] = { "request", "limit" };

struct setting { // of the words so far
    const struct act_in *in;
    struct act_plan *out;
    const json_t *container; // the last one named
    json_t *list, *patch;    // patch: NULL until something of that container changes
    bool removes;            // what kubectl set resources cannot
    bool adds;               // what there was none of
};

static void begin_patch(struct setting *s)
{
    const char *name = json_str(s->container, "name", NULL);
    s->patch = plan_named(s->list, name);
    if (!json_object_get(s->patch, "resources"))
        json_object_set_new(s->patch, "resources", json_object());
    buf_printf(&s->out->undo, " %s", name);
}

// "-" is none; an amount is compared by what it means: 0.5 is 500m.
static bool same_amount(const char *a, const char *b)
{
    int64_t x, y;
    if (!a || !b)
        return a == b;
    return str_eq(a, b) || (quantity_milli(a, &x) && quantity_milli(b, &y) && x == y);
}

// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
static bool valid_amount(const char *key, const char *v, struct err *err)
{
    int64_t n;
    if (quantity_milli(v, &n) && n >= 0)
        return true;
    err_set(err, "%s: %s is no amount", key, *v ? v : "nothing");
    return err_hint(err, "amounts are 100m, 0.5, 2 for cpu and 64Mi, 1Gi, 500M for memory");
}

static const char *amount(const json_t *container, size_t side, const char *key)
{
    return json_string_value(json_object_get(json_at(container, "resources", sides[side], NULL), key));
}

// https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
static bool in_place(const struct act_in *in)
{
    return str_eq(in->t->gvr.resource, "pods");
}

static void note_restart(struct setting *s, const char *key)
{
    size_t i;
    json_t *p;
    json_array_foreach(json_object_get(s->container, "resizePolicy"), i, p)
    {
        char note[400];
        if (!in_place(s->in) || !str_eq(json_str(p, "resourceName", NULL), key) ||
            !str_eq(json_str(p, "restartPolicy", NULL), "RestartContainer"))
            continue;
        snprintf(note, sizeof(note), "container %.253s is restarted for its %.60s: its resizePolicy says so\n",
            json_str(s->container, "name", NULL), key);
        if (!strstr(s->out->note.s, note))
            buf_puts(&s->out->note, note);
    }
}

static void change(struct setting *s, size_t side, const char *key, const char *old, const char *want)
{
    json_t *all = json_object_get(s->patch, "resources"), *of = json_object_get(all, sides[side]);
    char *label = xasprintf("%s %s %s", json_str(s->container, "name", NULL), key, side_names[side]);
    if (!of)
        json_object_set_new(all, sides[side], of = json_object());
    json_object_set_new(of, key, want ? json_string(want) : json_null());
    s->removes |= !want;
    s->adds |= !old;
    note_restart(s, key);
    plan_put_pair(&s->out->before, label, old);
    plan_put_pair(&s->out->after, label, want);
    plan_put_change(&s->out->does, label, old, want);
    free(label);
}

// parts: as typed, "" leaves that side alone, "-" takes it away.
static bool set(struct setting *s, const char *key, const char *const parts[2], struct err *err)
{
    const char *old[2], *want[2];
    bool changes[2];
    int64_t n[2];
    for (size_t i = 0; i < 2; i++) {
        old[i] = amount(s->container, i, key);
        want[i] = !*parts[i] ? old[i] : str_eq(parts[i], "-") ? NULL : parts[i];
        changes[i] = !same_amount(old[i], want[i]);
        if (changes[i] && want[i] && !valid_amount(key, want[i], err))
            return false;
    }
    if (want[0] && want[1] && quantity_milli(want[0], &n[0]) && quantity_milli(want[1], &n[1]) && n[0] > n[1])
        return err_set(err, "%s: the request %s is more than the limit %s", key, want[0], want[1]);
    if (!changes[0] && !changes[1])
        return true; // the form names every one: those left alone are not in the line
    if (!s->patch)
        begin_patch(s);
    for (size_t i = 0; i < 2; i++)
        if (changes[i])
            change(s, i, key, old[i], want[i]);
    char *back = xasprintf("%s=%s/%s", key, changes[0] ? str_or(old[0], "-") : "", changes[1] ? str_or(old[1], "-") : "");
    buf_putc(&s->out->undo, ' ');
    plan_put_word(&s->out->undo, back);
    free(back);
    return true;
}

static bool take_word(struct setting *s, const char *word, json_t *lists[PLAN_LISTS], struct err *err)
{
    const char *eq = strchr(word, '=');
    if (!eq) {
        s->patch = NULL;
        return (s->container = plan_patched_container(s->in, word, lists, &s->list, err)) != NULL;
    }
    if (eq == word || !eq[1])
        return err_set(err, "%s: cpu=REQUEST/LIMIT is what set-resources takes", word);
    if (!s->container)
        return err_set(err, "of which container? set-resources %s", s->in->act->args);
    char *key = xstrndup(word, (size_t)(eq - word)), *request = xstrndup(eq + 1, strcspn(eq + 1, "/"));
    const char *slash = strchr(eq, '/');
    const char *const parts[2] = { request, slash ? slash + 1 : "" };
    bool ok = set(s, key, parts, err);
    free(request);
    free(key);
    return ok;
}

// kubectl set resources sets amounts of one container, and takes none away.
static void put_kubectl(const struct act_in *in, struct act_plan *out, const json_t *container)
{
    if (out->kubectl.n) {
        buf_putc(&out->kubectl, '\n');
        plan_put_kubectl(in, &out->kubectl);
    }
    buf_puts(&out->kubectl, " set resources ");
    plan_put_object(in, &out->kubectl);
    buf_printf(&out->kubectl, " -c %s", json_str(container, "name", NULL));
    for (size_t i = 0; i < 2; i++) {
        const char *key;
        json_t *v;
        struct buf all = BUF_INIT;
        json_object_foreach(json_at(container, "resources", sides[i], NULL), key, v)
            buf_printf(&all, "%s%s=%s", all.n ? "," : "", key, str_or(json_string_value(v), ""));
        if (all.n) {
            buf_printf(&out->kubectl, " --%s=", sides[i]);
            plan_put_quoted(&out->kubectl, all.s);
        }
        buf_release(&all);
    }
}

// Its amounts are changed where it runs, by a subresource that leaves all else alone; none is ever taken away again.
static void plan_in_place(const struct act_in *in, struct act_plan *out, bool adds)
{
    out->sub = "resize";
    if (out->nothing)
        return;
    buf_puts(&out->note, "in place: the Pod goes on where it is, as far as its node has room\n");
    if (adds) {
        buf_clear(&out->undo);
        buf_puts(&out->note, "no way back: of a Pod an amount can be changed, but not taken away\n");
    }
    plan_put_patch(in, out);
}

bool act_plan_set_resources(const struct act_in *in, struct act_plan *out, struct err *err)
{
    json_t *lists[PLAN_LISTS] = { json_array(), json_array() };
    struct setting s = { .in = in, .out = out };
    struct args a;
    args_parse(&a, in->args);
    bool ok = a.words.n > 0 || err_set(err, "set-resources %s", in->act->args);
    buf_puts(&out->undo, "set-resources");
    for (size_t i = 0; ok && i < a.words.n; i++)
        ok = take_word(&s, a.words.v[i], lists, err);
    args_release(&a);
    for (size_t k = 0; k < PLAN_LISTS && !s.removes && !in_place(in); k++) {
        json_t *c;
        size_t i;
        json_array_foreach(lists[k], i, c)
            put_kubectl(in, out, c);
    }
    plan_patch_containers(in, out, lists, "these are its requests and limits already");
    if (in_place(in))
        plan_in_place(in, out, s.adds);
    else if (s.removes)
        plan_put_patch(in, out);
    return ok;
}

static void put_initial(const json_t *container, const char *key, struct buf *out)
{
    char *word = xasprintf("%s=%s/%s", key, str_or(amount(container, 0, key), "-"), str_or(amount(container, 1, key), "-"));
    buf_putc(out, ' ');
    plan_put_word(out, word);
    free(word);
}

// cpu and memory of every container, and what else one has.
void act_initial_resources(const json_t *object, struct buf *out)
{
    const json_t *spec = plan_pod_spec_in(object);
    for (size_t k = 0; k < PLAN_LISTS; k++) {
        json_t *c, *v;
        size_t i;
        const char *key;
        json_array_foreach(json_object_get(spec, plan_lists[k]), i, c)
        {
            buf_printf(out, "%s%s", out->n ? " " : "", json_str(c, "name", NULL));
            put_initial(c, "cpu", out);
            put_initial(c, "memory", out);
            json_object_foreach(json_at(c, "resources", "limits", NULL), key, v)
                if (!str_eq(key, "cpu") && !str_eq(key, "memory"))
                    put_initial(c, key, out);
        }
    }
}
