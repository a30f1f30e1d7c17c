#include "demo/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/yaml.h"
#include "demo/control.h"
#include "demo/scenarios_data.h"

#define AGE "demo.kview.io/age"
#define WHERE "demo.kview.io/in"

// Which files make a scenario.
static const struct {
    const char *name, *files;
} scenarios[] = { { "healthy", "base,shop,extras,dev" } };

struct entry {
    int64_t age;
    size_t order;
    json_t *doc;
};
typedef ARR(struct entry) entries;

bool scenario_known(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
        if (str_eq(scenarios[i].name, name))
            return true;
    }
    return false;
}

void scenario_names(struct buf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
        buf_printf(out, "%s%s", i ? ", " : "", scenarios[i].name);
}

static int older_first(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->age != y->age)
        return x->age > y->age ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static bool word_in(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; (p = strstr(p, word)) != NULL; p += n) {
        if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
            return true;
    }
    return false;
}

static void strip(json_t *doc)
{
    json_t *meta = json_object_get(doc, "metadata");
    json_t *annotations = json_object_get(meta, "annotations");
    json_object_del(annotations, AGE);
    json_object_del(annotations, WHERE);
    if (annotations && !json_object_size(annotations))
        json_object_del(meta, "annotations");
}

static bool add_file(struct cluster *cl, const char *name, entries *all, struct err *err)
{
    const char *text = NULL;
    for (size_t i = 0; scenarios_data[i].name; i++) {
        if (str_eq(scenarios_data[i].name, name))
            text = scenarios_data[i].text;
    }
    if (!text)
        return err_set(err, "scenario file %s is not embedded", name);
    json_t *docs = yaml_load_all(text, strlen(text), name, err), *doc;
    size_t i;
    json_array_foreach (docs, i, doc) {
        const char *where = json_str(doc, "metadata", "annotations", WHERE, NULL);
        const char *age = json_str(doc, "metadata", "annotations", AGE, NULL);
        struct entry e = { .order = all->n, .age = 40 * 86400 };
        if (!json_is_object(doc) || (*where && !word_in(where, cl->name)))
            continue;
        if (*age && !duration_parse(age, &e.age)) {
            err_set(err, "%s: document %zu: bad age %s", name, i + 1, age);
            json_decref(docs);
            return false;
        }
        e.doc = json_incref(doc);
        strip(doc);
        arr_push(all, e);
    }
    bool ok = docs != NULL;
    json_decref(docs);
    return ok;
}

// A manifest of something that is there already is a change of it, as kubectl apply makes.
static json_t *change(struct cluster *cl, const struct rev *old, json_t *doc)
{
    json_t *tree = rev_tree(old), *v;
    const char *key;
    json_object_foreach (doc, key, v) {
        if (!str_eq(key, "metadata"))
            json_object_set_new(tree, key, json_deep_copy(v));
    }
    static const char *const maps[] = { "labels", "annotations" };
    for (size_t i = 0; i < 2; i++) {
        json_t *have = json_at(tree, "metadata", maps[i], NULL);
        json_t *add = json_at(doc, "metadata", maps[i], NULL);
        if (have && add)
            json_object_update(have, add);
        else if (add)
            json_object_set_new(json_object_get(tree, "metadata"), maps[i], json_deep_copy(add));
    }
    defaults_apply(cl, old->rt, tree);
    json_t *s = obj_update(cl, old->rt, old, tree, &(struct write_opts) { .internal = true });
    json_decref(tree);
    return s;
}

static bool play(struct cluster *cl, const struct entry *e, struct err *err)
{
    const char *kind = json_str(e->doc, "kind", NULL), *av = json_str(e->doc, "apiVersion", NULL);
    const struct rtype *rt = kinds_by_kind(cl->kinds, av, kind);
    const char *name = json_str(e->doc, "metadata", "name", NULL);
    if (!rt)
        return err_set(err, "scenario: no type %s %s (of %s)", av, kind, name);
    char ns[300];
    snprintf(ns, sizeof(ns), "%s", str_or(json_str(e->doc, "metadata", "namespace", NULL),
        rtype_ns(rt) ? "default" : ""));
    const struct rev *old = db_get(cl->db, rt, ns, name);
    json_t *s = old ? change(cl, old, e->doc)
                    : obj_create(cl, rt, ns, e->doc, &(struct write_opts) { .internal = true });
    if (!s)
        return true;
    err_set(err, "scenario: %s %s: %s", kind, name, json_str(s, "message", NULL));
    json_decref(s);
    return false;
}

static void start_cron(void *arg, const char *key)
{
    (void)key;
    ctl_cronjob_live(arg);
}

static bool run(struct cluster *cl, const entries *all, int64_t now_ms, struct err *err)
{
    enum { CRON_MS = 3700 * 1000 };
    cl->loading = true;
    cl->events_from = now_ms - 3600 * 1000;
    for (size_t i = 0; i < all->n; i++) {
        int64_t at = now_ms - all->v[i].age * 1000;
        if (i == 0) {
            sim_run_until(cl->sim, at);
            sim_after(cl->sim, now_ms - CRON_MS - at, start_cron, cl, "");
        }
        sim_run_until(cl->sim, at);
        if (!play(cl, &all->v[i], err))
            return false;
    }
    sim_run_until(cl->sim, now_ms);
    cl->loading = false;
    return true;
}

bool scenario_load(struct cluster *cl, const char *name, int64_t now_ms, struct err *err)
{
    entries all = { 0 };
    bool ok = true;
    for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
        if (!str_eq(scenarios[i].name, name))
            continue;
        char *files = xstrdup(scenarios[i].files), *save = NULL;
        for (char *f = strtok_r(files, ",", &save); f && ok; f = strtok_r(NULL, ",", &save))
            ok = add_file(cl, f, &all, err);
        free(files);
    }
    if (all.n > 1)
        qsort(all.v, all.n, sizeof(*all.v), older_first);
    ok = ok && run(cl, &all, now_ms, err);
    for (size_t i = 0; i < all.n; i++)
        json_decref(all.v[i].doc);
    arr_release(&all);
    return ok;
}
