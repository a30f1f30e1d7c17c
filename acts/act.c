#include "acts/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "kinds/kind.h"

enum { MAX_REPLICAS = 100000, MAX_GRACE = 86400 * 30 };

void act_target_release(struct act_target *t)
{
    free(t->api_kind);
    free(t->ns);
    free(t->name);
    free(t->uid);
    memset(t, 0, sizeof(*t));
}

void act_plan_release(struct act_plan *p)
{
    json_decref(p->body);
    free(p->made);
    buf_release(&p->does);
    buf_release(&p->note);
    buf_release(&p->kubectl);
    buf_release(&p->undo);
    buf_release(&p->before);
    buf_release(&p->after);
    memset(p, 0, sizeof(*p));
}

// ---- what plans share

// For a shell to read; the undo command is read by args_parse, which knows no backslash.
static void put_quoted(struct buf *out, const char *s)
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

static bool can_quote(const char *s)
{
    return !strchr(s, '\'') || !strchr(s, '"');
}

static void put_word(struct buf *out, const char *s)
{
    const char *quote = s[strcspn(s, " \t\"'")] == '\0' && *s ? "" : strchr(s, '\'') ? "\"" : "'";
    buf_printf(out, "%s%s%s", quote, s, quote);
}

static void put_kubectl(const struct act_in *in, struct buf *out)
{
    buf_puts(out, "kubectl --context ");
    put_quoted(out, in->context);
    if (*in->t->ns)
        buf_printf(out, " -n %s", in->t->ns);
}

// "deployment/web", "rollouts.argoproj.io/web"
static void put_kubectl_object(const struct act_in *in, struct buf *out)
{
    const struct act_target *t = in->t;
    if (kind_for_gvr(t->gvr.group, t->gvr.resource))
        for (const char *p = t->api_kind; *p; p++)
            buf_putc(out, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
    else
        buf_printf(out, "%s.%s", t->gvr.resource, t->gvr.group);
    buf_putc(out, '/');
    put_quoted(out, t->name);
}

// A patch applies to that object, as it was read: else the server answers 409 (or 422 where the UID is another's).
// https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
static json_t *guarded(const struct act_in *in)
{
    const json_t *meta = json_object_get(in->scale ? in->scale : in->object, "metadata");
    json_t *m = json_object();
    json_object_set_new(m, "uid", json_string(json_str(meta, "uid", NULL)));
    json_object_set_new(m, "resourceVersion", json_string(json_str(meta, "resourceVersion", NULL)));
    return json_pack("{s:o}", "metadata", m);
}

static void patch(const struct act_in *in, struct act_plan *out, enum write_type type, const char *key, json_t *value)
{
    out->type = type;
    out->body = guarded(in);
    json_object_set_new(out->body, key, value);
}

static bool one_word(const struct act_in *in, struct args *a, struct err *err)
{
    args_parse(a, in->args);
    if (a->words.n == 1)
        return true;
    err_set(err, "%s %s", in->act->name, in->act->args);
    args_release(a);
    return false;
}

static bool no_words(const struct act_in *in, struct err *err)
{
    return !*in->args || err_set(err, "%s takes nothing more", in->act->name);
}

static void change(struct act_plan *out, const char *what, const char *before, const char *after)
{
    out->nothing = str_eq(before, after);
    buf_puts(&out->before, before);
    buf_puts(&out->after, after);
    if (out->nothing)
        buf_printf(&out->does, "%s%sis %s already", what, *what ? " " : "", after);
    else
        buf_printf(&out->does, "%s%s%s → %s", what, *what ? " " : "", before, after);
}

// ---- scale

static bool plan_scale(const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct args a;
    int64_t now = json_i64(in->scale, "spec", "replicas", NULL), want; // 0 is left out: omitempty
    char from[32], to[32];
    if (!one_word(in, &a, err))
        return false;
    const char *word = a.words.v[0];
    bool ok = str_to_i64(word[0] == '+' ? word + 1 : word, &want);
    if (ok && (word[0] == '+' || word[0] == '-'))
        want += now;
    if (!ok || want < 0 || want > MAX_REPLICAS) {
        err_set(err, "%s is no number of replicas: scale 3, scale +1, scale -1", word);
        args_release(&a);
        return false;
    }
    args_release(&a);
    snprintf(from, sizeof(from), "%lld", (long long)now);
    snprintf(to, sizeof(to), "%lld", (long long)want);
    change(out, "replicas", from, to);
    patch(in, out, WRITE_MERGE, "spec", json_pack("{s:I}", "replicas", (json_int_t)want));
    out->sub = "scale";
    buf_puts(&out->kubectl, " scale ");
    put_kubectl_object(in, &out->kubectl);
    buf_printf(&out->kubectl, " --replicas=%s", to);
    buf_printf(&out->undo, "scale %s", from);
    if (want == 0)
        buf_puts(&out->note, "nothing of it runs then\n");
    return true;
}

static void initial_scale(const json_t *object, struct buf *out)
{
    const json_t *n = json_at(object, "spec", "replicas", NULL);
    if (json_is_integer(n))
        buf_printf(out, "%lld", (long long)json_integer_value(n));
}

// ---- rollouts

static bool plan_restart(const struct act_in *in, struct act_plan *out, struct err *err)
{
    char now[32];
    if (!no_words(in, err))
        return false;
    if (json_bool(in->object, "spec", "paused", NULL))
        return err_set(err, "%s is paused: resume it first", in->t->name);
    time_format_rfc3339(in->now, now);
    patch(in, out, WRITE_STRATEGIC, "spec",
        json_pack("{s:{s:{s:{s:s}}}}", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt", now));
    buf_puts(&out->does, "all its Pods are replaced, as its update strategy says");
    const char *strategy = json_str(in->object, "spec", "strategy", "type", NULL);
    if (str_eq(strategy, "Recreate"))
        buf_puts(&out->note, "its strategy is Recreate: all Pods stop before new ones start\n");
    if (str_eq(json_str(in->object, "spec", "updateStrategy", "type", NULL), "OnDelete"))
        buf_puts(&out->note, "its strategy is OnDelete: a Pod is replaced when somebody deletes it\n");
    buf_puts(&out->kubectl, " rollout restart ");
    put_kubectl_object(in, &out->kubectl);
    return true;
}

// A Deployment is paused, CronJobs and Jobs are suspended.
static bool plan_pause(const struct act_in *in, struct act_plan *out, struct err *err)
{
    bool deploy = str_eq(in->t->gvr.resource, "deployments"), on = str_eq(in->act->name, "pause");
    const char *key = deploy ? "paused" : "suspend";
    if (!no_words(in, err))
        return false;
    bool is = json_bool(in->object, "spec", key, NULL);
    change(out, key, is ? "true" : "false", on ? "true" : "false");
    patch(in, out, WRITE_STRATEGIC, "spec",
        json_pack("{s:o}", key, on ? json_true() : deploy ? json_null() : json_false()));
    if (deploy) {
        buf_printf(&out->kubectl, " rollout %s ", on ? "pause" : "resume");
        put_kubectl_object(in, &out->kubectl);
    } else {
        buf_puts(&out->kubectl, " patch ");
        put_kubectl_object(in, &out->kubectl);
        buf_printf(&out->kubectl, " -p '{\"spec\":{\"suspend\":%s}}'", on ? "true" : "false");
    }
    if (on)
        buf_puts(&out->note, deploy ? "changes of its template start no rollout until it is resumed\n"
                             : str_eq(in->t->gvr.resource, "jobs") ? "its running Pods are ended; resumed, they begin anew\n"
                                                                  : "no Job is started until it is resumed; running ones go on\n");
    buf_puts(&out->undo, on ? "resume" : "pause");
    return true;
}

// ---- delete and evict

static json_t *delete_options(const struct act_in *in, int64_t grace)
{
    const char *uid = json_str(in->object, "metadata", "uid", NULL);
    json_t *o = json_pack("{s:{s:s}}", "preconditions", "uid", uid);
    if (grace >= 0)
        json_object_set_new(o, "gracePeriodSeconds", json_integer((json_int_t)grace));
    return o;
}

static const struct {
    const char *word, *policy, *says;
} cascades[] = {
    { "background", "Background", "what it owns is deleted after it" },
    { "foreground", "Foreground", "it goes when all that it owns is gone" },
    { "orphan", "Orphan", "what it owns stays, without an owner" },
};

static bool take_grace(struct args *a, int64_t *grace, struct err *err)
{
    char *given = args_option(a, "--grace-period");
    given = given ? given : args_option(a, "--grace");
    bool force = args_flag(a, "--force"), now = args_flag(a, "--now");
    *grace = force ? 0 : now ? 1 : -1;
    bool ok = !given || (str_to_i64(given, grace) && *grace >= 0 && *grace <= MAX_GRACE);
    if (!ok)
        err_set(err, "--grace takes seconds, not %s", given);
    free(given);
    return ok;
}

static void note_deletion(const struct act_in *in, struct act_plan *out, int64_t grace)
{
    const json_t *fin = json_at(in->object, "metadata", "finalizers", NULL);
    json_t *v;
    size_t i;
    json_array_foreach(fin, i, v)
        buf_printf(&out->note, "%s%s", i ? ", " : "it goes only when this finalizer is done: ", str_or(json_string_value(v), "?"));
    if (json_array_size(fin))
        buf_putc(&out->note, '\n');
    if (*json_str(in->object, "metadata", "deletionTimestamp", NULL))
        buf_puts(&out->note, "it is being deleted already\n");
    if (grace == 0 && str_eq(in->t->gvr.resource, "pods"))
        buf_puts(&out->note, "forced: the name is free at once, its processes may still run on the node\n");
}

static bool plan_delete(const struct act_in *in, struct act_plan *out, struct err *err)
{
    static const char *const grave[] = { "namespaces", "nodes", "persistentvolumes", "persistentvolumeclaims",
        "customresourcedefinitions" };
    struct args a;
    int64_t grace;
    size_t how = ARRAY_SIZE(cascades);
    args_parse(&a, in->args);
    char *cascade = args_option(&a, "--cascade");
    for (size_t i = 0; i < ARRAY_SIZE(cascades); i++)
        if (str_eq(cascades[i].word, str_or(cascade, "background")))
            how = i;
    bool ok = take_grace(&a, &grace, err);
    if (ok && (how == ARRAY_SIZE(cascades) || a.words.n))
        ok = err_set(err, "delete %s", in->act->args);
    free(cascade);
    args_release(&a);
    if (!ok)
        return false;
    out->type = WRITE_DELETE;
    out->body = delete_options(in, grace);
    json_object_set_new(out->body, "kind", json_string("DeleteOptions"));
    json_object_set_new(out->body, "apiVersion", json_string("v1"));
    json_object_set_new(out->body, "propagationPolicy", json_string(cascades[how].policy));
    buf_printf(&out->does, "it is deleted; %s", cascades[how].says);
    note_deletion(in, out, grace);
    buf_puts(&out->kubectl, " delete ");
    put_kubectl_object(in, &out->kubectl);
    if (how)
        buf_printf(&out->kubectl, " --cascade=%s", cascades[how].word);
    if (grace == 0)
        buf_puts(&out->kubectl, " --force --grace-period=0");
    else if (grace > 0)
        buf_printf(&out->kubectl, " --grace-period=%lld", (long long)grace);
    for (size_t i = 0; i < ARRAY_SIZE(grave); i++)
        out->danger |= str_eq(grave[i], in->t->gvr.resource);
    return true;
}

static bool plan_evict(const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct args a;
    int64_t grace;
    args_parse(&a, in->args);
    bool ok = take_grace(&a, &grace, err);
    if (ok && a.words.n)
        ok = err_set(err, "evict %s", in->act->args);
    args_release(&a);
    if (!ok)
        return false;
    out->type = WRITE_CREATE;
    out->sub = "eviction";
    out->body = json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "apiVersion", "policy/v1", "kind", "Eviction", "metadata",
        "name", in->t->name, "namespace", in->t->ns, "deleteOptions", delete_options(in, grace));
    buf_puts(&out->does, "it is deleted if no disruption budget forbids it");
    note_deletion(in, out, grace);
    buf_puts(&out->kubectl, "kubectl has no such command: it is what drain does to each Pod of a node");
    return true;
}

// ---- nodes

static bool plan_cordon(const struct act_in *in, struct act_plan *out, struct err *err)
{
    bool on = str_eq(in->act->name, "cordon");
    if (!no_words(in, err))
        return false;
    bool is = json_bool(in->object, "spec", "unschedulable", NULL);
    change(out, "unschedulable", is ? "true" : "false", on ? "true" : "false");
    patch(in, out, WRITE_STRATEGIC, "spec", json_pack("{s:o}", "unschedulable", on ? json_true() : json_null()));
    buf_puts(&out->note, on ? "Pods that run on it stay; none is started there any more\n"
                            : "Pods may be started there again\n");
    buf_printf(&out->kubectl, " %s ", in->act->name);
    put_quoted(&out->kubectl, in->t->name);
    buf_puts(&out->undo, on ? "uncordon" : "cordon");
    return true;
}

// ---- labels and annotations

// What an object holds, on one line: it must not look like a line of kview's.
static void put_value(struct buf *out, const char *value)
{
    utf8_sanitise(out, value ? value : "unset", value ? strlen(value) : 5);
}

static void put_pair(struct buf *out, const char *key, const char *value)
{
    buf_printf(out, "%s%s%s", out->n ? ", " : "", key, value ? "=" : " ");
    put_value(out, value);
}

static void put_change(struct buf *out, const char *key, const char *before, const char *after)
{
    buf_printf(out, "%s%s: ", out->n ? "\n" : "", key);
    put_value(out, before);
    buf_puts(out, " → ");
    put_value(out, after);
}

static bool add_pair(const char *word, const json_t *now, json_t *set, struct act_plan *out, struct err *err)
{
    const char *eq = strchr(word, '=');
    size_t n = strlen(word);
    bool drop = !eq && n > 1 && word[n - 1] == '-';
    if ((!eq && !drop) || eq == word)
        return err_set(err, "%s: KEY=VALUE sets it, KEY- takes it away", word);
    char *key = xstrndup(word, eq ? (size_t)(eq - word) : n - 1);
    const char *old = json_string_value(json_object_get(now, key)), *value = eq ? eq + 1 : NULL;
    if (!str_eq(old, value)) {
        json_object_set_new(set, key, value ? json_string(value) : json_null());
        put_pair(&out->before, key, old);
        put_pair(&out->after, key, value);
        put_change(&out->does, key, old, value);
        char *back = old ? xasprintf("%s=%s", key, old) : xasprintf("%s-", key);
        buf_putc(&out->undo, ' ');
        put_word(&out->undo, back);
        out->danger |= !can_quote(back); // for the undo, taken back below
        free(back);
    }
    free(key);
    return true;
}

static bool plan_label(const struct act_in *in, struct act_plan *out, struct err *err)
{
    const char *what = str_eq(in->act->name, "label") ? "labels" : "annotations";
    const json_t *now = json_at(in->object, "metadata", what, NULL);
    json_t *set = json_object();
    struct args a;
    args_parse(&a, in->args);
    bool ok = a.words.n > 0 || err_set(err, "%s %s", in->act->name, in->act->args);
    buf_puts(&out->undo, in->act->name);
    buf_printf(&out->kubectl, " %s --overwrite ", in->act->name);
    put_kubectl_object(in, &out->kubectl);
    for (size_t i = 0; ok && i < a.words.n; i++) {
        ok = add_pair(a.words.v[i], now, set, out, err);
        buf_putc(&out->kubectl, ' ');
        put_quoted(&out->kubectl, a.words.v[i]);
    }
    args_release(&a);
    if (out->danger)
        buf_clear(&out->undo);
    out->danger = false;
    if (!json_object_size(set)) {
        out->nothing = true;
        buf_printf(&out->does, "they are so already");
    }
    out->type = WRITE_MERGE;
    out->body = guarded(in);
    json_object_set_new(json_object_get(out->body, "metadata"), what, set);
    return ok;
}

// ---- images

static const json_t *pod_spec(const struct act_target *t, const json_t *object)
{
    if (str_eq(t->gvr.resource, "pods"))
        return json_object_get(object, "spec");
    if (str_eq(t->gvr.resource, "cronjobs"))
        return json_at(object, "spec", "jobTemplate", "spec", "template", "spec", NULL);
    return json_at(object, "spec", "template", "spec", NULL);
}

static const char *const container_lists[] = { "containers", "initContainers" };

static bool set_image(const char *word, const json_t *spec, json_t *lists[2], struct act_plan *out, struct err *err)
{
    const char *eq = strchr(word, '=');
    bool found = false;
    if (!eq || eq == word || !eq[1])
        return err_set(err, "%s: CONTAINER=IMAGE is what set-image takes", word);
    for (size_t k = 0; k < 2; k++) {
        json_t *c;
        size_t i;
        json_array_foreach(json_object_get(spec, container_lists[k]), i, c)
        {
            const char *name = json_str(c, "name", NULL), *old = json_str(c, "image", NULL);
            if (strlen(name) != (size_t)(eq - word) || strncmp(name, word, strlen(name)) != 0)
                continue;
            found = true;
            if (str_eq(old, eq + 1))
                continue;
            json_array_append_new(lists[k], json_pack("{s:s, s:s}", "name", name, "image", eq + 1));
            put_pair(&out->before, name, old);
            put_pair(&out->after, name, eq + 1);
            put_change(&out->does, name, old, eq + 1);
            buf_printf(&out->undo, " %s=%s", name, old);
        }
    }
    return found || err_set(err, "there is no container %.*s", (int)(eq - word), word);
}

static json_t *around_pod_spec(const struct act_target *t, json_t *spec)
{
    if (str_eq(t->gvr.resource, "pods"))
        return spec;
    json_t *tpl = json_pack("{s:{s:o}}", "template", "spec", spec);
    return str_eq(t->gvr.resource, "cronjobs") ? json_pack("{s:{s:o}}", "jobTemplate", "spec", tpl) : tpl;
}

static bool plan_set_image(const struct act_in *in, struct act_plan *out, struct err *err)
{
    const json_t *now = pod_spec(in->t, in->object);
    json_t *lists[2] = { json_array(), json_array() }, *spec = json_object();
    struct args a;
    args_parse(&a, in->args);
    bool ok = a.words.n > 0 || err_set(err, "set-image %s", in->act->args);
    buf_puts(&out->undo, "set-image");
    buf_puts(&out->kubectl, " set image ");
    put_kubectl_object(in, &out->kubectl);
    for (size_t i = 0; ok && i < a.words.n; i++) {
        size_t changed = out->does.n;
        ok = set_image(a.words.v[i], now, lists, out, err);
        if (out->does.n == changed)
            continue; // the form names every container: those left alone are not in the line
        buf_putc(&out->kubectl, ' ');
        put_quoted(&out->kubectl, a.words.v[i]);
    }
    args_release(&a);
    out->nothing = !out->does.n;
    if (out->nothing)
        buf_puts(&out->does, "these are its images already");
    for (size_t k = 0; k < 2; k++)
        if (json_array_size(lists[k]))
            json_object_set(spec, container_lists[k], lists[k]);
    json_decref(lists[0]);
    json_decref(lists[1]);
    patch(in, out, WRITE_STRATEGIC, "spec", around_pod_spec(in->t, spec));
    if (json_bool(in->object, "spec", "paused", NULL))
        buf_puts(&out->note, "it is paused: no rollout starts until it is resumed\n");
    return ok;
}

void act_put_images(const json_t *spec, struct buf *out)
{
    for (size_t k = 0; k < 2; k++) {
        json_t *c;
        size_t i;
        json_array_foreach(json_object_get(spec, container_lists[k]), i, c)
            buf_printf(out, "%s%s=%s", out->n ? " " : "", json_str(c, "name", NULL), json_str(c, "image", NULL));
    }
}

static void initial_images(const json_t *object, struct buf *out)
{
    const json_t *spec = json_at(object, "spec", "jobTemplate", "spec", "template", "spec", NULL);
    spec = spec ? spec : json_at(object, "spec", "template", "spec", NULL);
    act_put_images(spec ? spec : json_object_get(object, "spec"), out);
}

// ---- CronJobs

// As kubectl create job --from=cronjob/NAME: staging/src/k8s.io/kubectl/pkg/cmd/create/create_job.go
static bool plan_trigger(const struct act_in *in, struct act_plan *out, struct err *err)
{
    static const struct gvr jobs = { "batch", "v1", "jobs", true };
    const json_t *tpl = json_at(in->object, "spec", "jobTemplate", NULL);
    if (!no_words(in, err))
        return false;
    if (!json_is_object(json_object_get(tpl, "spec")))
        return err_set(err, "%s has no jobTemplate", in->t->name);
    out->type = WRITE_CREATE;
    out->gvr = jobs;
    out->name = NULL;
    out->made = xasprintf("%.50s-manual-%s", in->t->name, in->salt);
    json_t *notes = json_pack("{s:s}", "cronjob.kubernetes.io/instantiate", "manual");
    json_object_update(notes, json_at(tpl, "metadata", "annotations", NULL));
    json_t *meta = json_pack("{s:s, s:s, s:o, s:[{s:s, s:s, s:s, s:s, s:b}]}", "name", out->made, "namespace", in->t->ns,
        "annotations", notes, "ownerReferences", "apiVersion", "batch/v1", "kind", "CronJob", "name", in->t->name, "uid",
        json_str(in->object, "metadata", "uid", NULL), "controller", 1);
    if (json_at(tpl, "metadata", "labels", NULL))
        json_object_set(meta, "labels", json_at(tpl, "metadata", "labels", NULL));
    out->body = json_pack("{s:s, s:s, s:o, s:O}", "apiVersion", "batch/v1", "kind", "Job", "metadata", meta, "spec",
        json_object_get(tpl, "spec"));
    buf_printf(&out->does, "the Job %s is started now", out->made);
    buf_printf(&out->after, "Job %s", out->made);
    size_t running = json_array_size(json_at(in->object, "status", "active", NULL));
    if (running)
        buf_printf(&out->note, "%zu of its Jobs %s now; its concurrencyPolicy is not asked for one started by hand\n", running,
            running == 1 ? "runs" : "run");
    buf_printf(&out->kubectl, " create job %s --from=cronjob/%s", out->made, in->t->name);
    return true;
}

// ---- the table

static const char *const scaled[] = { "deployments", "statefulsets", "replicasets", "replicationcontrollers", NULL };
static const char *const rolled[] = { "deployments", "statefulsets", "daemonsets", NULL };
static const char *const paused[] = { "deployments", "cronjobs", "jobs", NULL };
static const char *const pods[] = { "pods", NULL };
static const char *const nodes[] = { "nodes", NULL };
static const char *const cronjobs[] = { "cronjobs", NULL };
static const char *const imaged[] = { "deployments", "statefulsets", "daemonsets", "replicasets",
    "replicationcontrollers", "cronjobs", "pods", NULL };

static const char pair_hint[] = "KEY=VALUE sets one, KEY- takes it away";

static const struct act acts[] = { // sorted by name
    { "annotate", "KEY=VALUE KEY-", "Annotate", "annotating", "annotate", "annotations", pair_hint, NULL, "patch", NULL,
        ACT_REVERTED, plan_label, NULL },
    { "cordon", "", "Cordon", "cordoning", "cordon", NULL, NULL, nodes, "patch", NULL, 0, plan_cordon, NULL },
    { "delete", "[--force] [--grace S] [--cascade HOW]", "Delete", "deleting", "delete", NULL, NULL, NULL, "delete",
        NULL, ACT_PODS | ACT_ANEW | ACT_REVERTED | ACT_GONE | ACT_PDB, plan_delete, NULL },
    { "evict", "[--grace S]", "Evict", "evicting", "evict", NULL, NULL, pods, "create", "eviction",
        ACT_ANEW | ACT_GONE | ACT_PDB, plan_evict, NULL },
    { "label", "KEY=VALUE KEY-", "Label", "labelling", "label", "labels", pair_hint, NULL, "patch", NULL, ACT_REVERTED,
        plan_label, NULL },
    { "pause", "", "Pause", "pausing", "pause", NULL, NULL, paused, "patch", NULL, ACT_REVERTED, plan_pause, NULL },
    { "restart", "", "Restart", "restarting", "restart", NULL, NULL, rolled, "patch", NULL, ACT_PODS | ACT_ROLLS,
        plan_restart, NULL },
    { "resume", "", "Resume", "resuming", "resume", NULL, NULL, paused, "patch", NULL,
        ACT_REVERTED | ACT_ROLLS, plan_pause, NULL },
    { "scale", "N|+N|-N", "Scale", "scaling", "scale", "replicas", "N, or +N and -N to what is there", scaled, "patch",
        "scale", ACT_SCALE | ACT_HPA | ACT_REVERTED | ACT_PODS | ACT_ROLLS | ACT_CUSTOM, plan_scale, initial_scale },
    { "set-image", "CONTAINER=IMAGE", "Set the images of", "setting an image", "set", "images",
        "CONTAINER=IMAGE, those left out stay as they are", imaged, "patch", NULL,
        ACT_REVERTED | ACT_PODS | ACT_ROLLS | ACT_EDIT, plan_set_image, initial_images },
    { "trigger", "", "Start a Job of", "starting a Job", "run", NULL, NULL, cronjobs, "create", NULL, 0, plan_trigger, NULL },
    { "uncordon", "", "Uncordon", "uncordoning", "uncordon", NULL, NULL, nodes, "patch", NULL, 0, plan_cordon, NULL },
};

const struct act *act_all(size_t *n)
{
    *n = ARRAY_SIZE(acts);
    return acts;
}

const struct act *act_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(acts); i++)
        if (str_eq(acts[i].name, name))
            return &acts[i];
    return NULL;
}

bool act_applies(const struct act *a, const struct kind *kind, const struct gvr *gvr)
{
    if (kind && kind->object_per_rows)
        return false; // its rows are parts of an object
    if (!a->kinds)
        return true;
    for (size_t i = 0; a->kinds[i]; i++)
        if (str_eq(a->kinds[i], gvr->resource))
            return true;
    return (a->flags & ACT_CUSTOM) && !kind_for_gvr(gvr->group, gvr->resource);
}

const struct gvr *act_right_on(const struct act *act, const struct gvr *object)
{
    static const struct gvr jobs = { "batch", "v1", "jobs", true };
    return str_eq(act->name, "trigger") ? &jobs : object;
}

bool act_plan(const struct act_in *in, struct act_plan *out, struct err *err)
{
    struct buf *all[] = { &out->does, &out->note, &out->kubectl, &out->undo, &out->before, &out->after };
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        buf_init(all[i]);
    out->gvr = in->t->gvr;
    out->name = in->t->name;
    struct buf line = BUF_INIT;
    bool ok = in->act->plan(in, out, err);
    if (!str_starts(out->kubectl.s, "kubectl"))
        put_kubectl(in, &line);
    buf_puts(&line, out->kubectl.s);
    buf_release(&out->kubectl);
    out->kubectl = line;
    if (!ok)
        act_plan_release(out);
    return ok;
}
