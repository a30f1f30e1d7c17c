#include "acts/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts/facts.h"
#include "acts/plan.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

enum { MAX_DEPTH = 64, MAX_SHOWN = 40, MAX_VALUE = 200, MAX_SHORT = 60, MAX_QUOTED = 160, MAX_FAULTS = 50,
    MAX_TREE = 32 << 20 };

static bool same(const json_t *a, const json_t *b)
{
    return (!a && !b) || json_equal((json_t *)a, (json_t *)b);
}

static bool is_secret(const json_t *doc)
{
    return str_eq(json_str(doc, "kind", NULL), "Secret") && str_eq(json_str(doc, "apiVersion", NULL), "v1");
}

// ---- what is shown

static const char *const kept[] = { "creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink",
    "uid" };

json_t *edit_clean(const json_t *object)
{
    json_t *doc = json_deep_copy((json_t *)object), *meta = json_object_get(doc, "metadata");
    json_object_del(doc, "status");
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
        json_object_del(meta, kept[i]);
    return doc;
}

void edit_readable(json_t *doc)
{
    json_t *data = json_object_get(doc, "data"), *text = json_object(), *v;
    const char *key;
    void *next;
    if (!is_secret(doc)) {
        json_decref(text);
        return;
    }
    json_object_foreach_safe(data, next, key, v)
    {
        const char *b64 = json_string_value(v);
        struct buf plain = BUF_INIT;
        bool ok = b64 && b64_decode(b64, strlen(b64), &plain) && strlen(plain.s) == plain.n;
        json_t *s = ok ? json_string(plain.s) : NULL; // NULL where it is not UTF-8
        buf_wipe(&plain);
        if (!s)
            continue;
        json_object_set_new(text, key, s);
        json_object_del(data, key);
    }
    if (json_object_size(text))
        json_object_set(doc, "stringData", text);
    if (data && !json_object_size(data))
        json_object_del(doc, "data");
    json_decref(text);
}

static bool encode_one(json_t *data, const char *key, const json_t *v, struct err *err)
{
    if (!json_is_string(v))
        return err_set(err, "stringData.%s: must be text: put it in quotes", key);
    if (json_object_get(data, key))
        return err_set(err, "stringData.%s: is below data as well", key);
    struct buf b64 = BUF_INIT;
    b64_encode(json_string_value(v), json_string_length(v), &b64);
    json_object_set_new(data, key, json_string(b64.s));
    buf_wipe(&b64);
    return true;
}

static bool data_is_base64(const json_t *data, struct err *err)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)data, key, v)
    {
        struct buf plain = BUF_INIT;
        const char *s = json_string_value(v);
        bool ok = s && b64_decode(s, strlen(s), &plain);
        buf_wipe(&plain);
        if (!ok)
            return err_set(err, "data.%s: is no base64: what is text belongs below stringData", key);
    }
    return true;
}

bool edit_encode(json_t *doc, struct err *err)
{
    json_t *text = json_object_get(doc, "stringData"), *data = json_object_get(doc, "data"), *v;
    const char *key;
    bool ok = true;
    if (!is_secret(doc))
        return true;
    if (text && !json_is_object(text) && !json_is_null(text))
        return err_set(err, "stringData: must be keys with their values");
    if (data && !json_is_object(data) && !json_is_null(data))
        return err_set(err, "data: must be keys with their values");
    ok = data_is_base64(data, err);
    data = json_is_object(data) ? json_incref(data) : json_object();
    json_object_foreach(text, key, v)
        ok = ok && encode_one(data, key, v, err);
    if (ok && json_object_size(data))
        json_object_set(doc, "data", data);
    else if (ok)
        json_object_del(doc, "data");
    if (ok)
        json_object_del(doc, "stringData");
    json_decref(data);
    return ok;
}

bool edit_check(const json_t *edited, const json_t *base, struct err *err)
{
    static const char *const identity[][3] = { { "apiVersion" }, { "kind" }, { "metadata", "name" },
        { "metadata", "namespace" } };
    if (!json_is_object(edited))
        return err_set(err, "this is no object: its fields are keys with values");
    for (size_t i = 0; i < ARRAY_SIZE(identity); i++) {
        const char *const *p = identity[i];
        if (!same(json_at(edited, p[0], p[1], NULL), json_at(base, p[0], p[1], NULL)))
            return err_set(err, "%s%s%s: cannot be changed: it says which object this is", p[0], p[1] ? "." : "",
                p[1] ? p[1] : "");
    }
    if (json_object_get(edited, "status"))
        return err_set(err, "status: cannot be changed here: a controller writes it");
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
        if (json_at(edited, "metadata", kept[i], NULL))
            return err_set(err, "metadata.%s: cannot be changed: the server keeps it", kept[i]);
    return true;
}

// ---- lists of the same elements

static bool keyed_by(const json_t *list, const char *key)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *k = json_object_get(json_array_get(list, i), key);
        if (!json_is_string(k) && !json_is_integer(k))
            return false;
        for (size_t j = 0; j < i; j++)
            if (same(k, json_object_get(json_array_get(list, j), key)))
                return false;
    }
    return true;
}

// Both hold the same elements in the same order, by what identifies them in lists of Kubernetes' types.
static bool aligned(const json_t *a, const json_t *b)
{
    static const char *const keys[] = { "name", "key", "mountPath", "devicePath", "containerPort", "port", "type",
        "topologyKey", "ip", "host" };
    size_t n = json_array_size(a);
    if (!n || n != json_array_size(b))
        return false;
    for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
        if (!keyed_by(a, keys[k]))
            continue;
        for (size_t i = 0; i < n; i++)
            if (!same(json_object_get(json_array_get(a, i), keys[k]), json_object_get(json_array_get(b, i), keys[k])))
                return false;
        return true;
    }
    return false;
}

// ---- mine on top of theirs

struct merge {
    json_t *clashes;
    int depth;
};

// "spec.containers[app].image"
static char *member_path(const char *path, const char *key)
{
    return *path ? xasprintf("%s.%s", path, key) : xstrdup(key);
}

static char *element_path(const char *path, const json_t *element, size_t i)
{
    const char *name = json_str(element, "name", NULL);
    return *name ? xasprintf("%s[%s]", path, name) : xasprintf("%s[%zu]", path, i);
}

static json_t *merge(struct merge *m, const char *path, const json_t *base, const json_t *mine, const json_t *theirs);

static void merge_member(struct merge *m, const char *path, const char *key, const json_t *base, const json_t *mine,
    const json_t *theirs, json_t *out)
{
    char *deeper = member_path(path, key);
    json_t *v = merge(m, deeper, json_object_get(base, key), json_object_get(mine, key), json_object_get(theirs, key));
    if (v)
        json_object_set_new(out, key, v);
    free(deeper);
}

static json_t *merge_objects(struct merge *m, const char *path, const json_t *base, const json_t *mine,
    const json_t *theirs)
{
    json_t *out = json_object(), *v;
    const char *key;
    json_object_foreach((json_t *)theirs, key, v)
        merge_member(m, path, key, base, mine, theirs, out);
    json_object_foreach((json_t *)mine, key, v)
    {
        if (!json_object_get(theirs, key))
            merge_member(m, path, key, base, mine, theirs, out);
    }
    return out;
}

static json_t *merge_lists(struct merge *m, const char *path, const json_t *base, const json_t *mine,
    const json_t *theirs)
{
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(mine); i++) {
        char *deeper = element_path(path, json_array_get(mine, i), i);
        json_array_append_new(out,
            merge(m, deeper, json_array_get(base, i), json_array_get(mine, i), json_array_get(theirs, i)));
        free(deeper);
    }
    return out;
}

static json_t *merge(struct merge *m, const char *path, const json_t *base, const json_t *mine, const json_t *theirs)
{
    json_t *out = NULL;
    if (same(mine, base))
        return json_incref((json_t *)theirs);
    if (same(theirs, base) || same(mine, theirs))
        return json_incref((json_t *)mine);
    bool deeper = ++m->depth < MAX_DEPTH;
    if (deeper && json_is_object(mine) && json_is_object(theirs) && (!base || json_is_object(base)))
        out = merge_objects(m, path, base, mine, theirs);
    else if (deeper && aligned(mine, theirs) && aligned(mine, base))
        out = merge_lists(m, path, base, mine, theirs);
    m->depth--;
    if (out)
        return out;
    json_array_append_new(m->clashes,
        json_pack("{s:s, s:O*, s:O*}", "path", path, "mine", (json_t *)mine, "theirs", (json_t *)theirs));
    return json_incref((json_t *)mine);
}

json_t *edit_merge(const json_t *base, const json_t *mine, const json_t *theirs, json_t *clashes)
{
    struct merge m = { clashes, 0 };
    return merge(&m, "", base, mine, theirs);
}

// ---- the patch

static char *pointer(const char *path, const char *key)
{
    struct buf out = BUF_INIT;
    buf_printf(&out, "%s/", path);
    for (; *key; key++)
        if (*key == '~' || *key == '/')
            buf_puts(&out, *key == '~' ? "~0" : "~1");
        else
            buf_putc(&out, *key);
    return buf_take(&out);
}

static void add_op(json_t *ops, const char *op, const char *path, const json_t *value)
{
    json_t *o = json_pack("{s:s, s:s}", "op", op, "path", path);
    if (value)
        json_object_set(o, "value", (json_t *)value);
    json_array_append_new(ops, o);
}

static void differ(json_t *ops, const char *path, const json_t *from, const json_t *to, int depth);

static void differ_at(json_t *ops, const char *path, const char *key, const json_t *from, const json_t *to, int depth)
{
    char *deeper = pointer(path, key);
    differ(ops, deeper, from, to, depth + 1);
    free(deeper);
}

static void differ_objects(json_t *ops, const char *path, const json_t *from, const json_t *to, int depth)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)from, key, v)
        differ_at(ops, path, key, v, json_object_get(to, key), depth);
    json_object_foreach((json_t *)to, key, v)
    {
        if (!json_object_get(from, key))
            differ_at(ops, path, key, NULL, v, depth);
    }
}

// A key without a value is as none, as it is to kubectl edit.
static void differ(json_t *ops, const char *path, const json_t *from, const json_t *to, int depth)
{
    if (same(from, to) || (!from && json_is_null(to)))
        return;
    if (!from)
        add_op(ops, "add", path, to);
    else if (!to || json_is_null(to))
        add_op(ops, "remove", path, NULL);
    else if (depth < MAX_DEPTH && json_is_object(from) && json_is_object(to))
        differ_objects(ops, path, from, to, depth);
    else if (depth < MAX_DEPTH && aligned(from, to))
        for (size_t i = 0; i < json_array_size(to); i++) {
            char at[24];
            snprintf(at, sizeof(at), "%zu", i);
            differ_at(ops, path, at, json_array_get(from, i), json_array_get(to, i), depth);
        }
    else
        add_op(ops, "replace", path, to);
}

json_t *edit_patch(const json_t *from, const json_t *to)
{
    json_t *ops = json_array();
    differ(ops, "", from, to, 0);
    return ops;
}

// The next key of a pointer, unescaped; false: it ends here.
static bool next_key(const char **p, struct buf *key)
{
    buf_clear(key);
    if (**p != '/')
        return false;
    for (++*p; **p && **p != '/'; ++*p) {
        if (**p == '~' && (*p)[1])
            buf_putc(key, *++*p == '0' ? '~' : '/');
        else
            buf_putc(key, **p);
    }
    return true;
}

static const json_t *at_pointer(const json_t *v, const char *path)
{
    struct buf key = BUF_INIT;
    while (v && next_key(&path, &key))
        v = json_is_array(v) ? json_array_get(v, (size_t)strtoul(key.s, NULL, 10)) : json_object_get(v, key.s);
    buf_release(&key);
    return v;
}

static bool covers(const json_t *have, const json_t *want)
{
    const char *key;
    json_t *v;
    if (json_is_array(want)) {
        bool ok = json_array_size(have) == json_array_size(want);
        for (size_t i = 0; ok && i < json_array_size(want); i++)
            ok = covers(json_array_get(have, i), json_array_get(want, i));
        return ok;
    }
    if (!json_is_object(want))
        return same(have, want) || (!have && json_is_null(want));
    json_object_foreach((json_t *)want, key, v)
    {
        if (!covers(json_object_get(have, key), v))
            return false;
    }
    return true;
}

bool edit_holds(const json_t *object, const json_t *patch)
{
    json_t *op;
    size_t i;
    json_array_foreach((json_t *)patch, i, op)
    {
        const char *path = json_str(op, "path", NULL);
        const json_t *have = at_pointer(object, path);
        if (str_eq(path, "/metadata/resourceVersion"))
            continue;
        if (str_eq(json_str(op, "op", NULL), "remove") ? have && !json_is_null(have) : !covers(have, json_object_get(op, "value")))
            return false;
    }
    return true;
}

// ---- what was wrong

static void add_fault(json_t *faults, const char *field, const char *message, size_t line)
{
    struct buf where = BUF_INIT, what = BUF_INIT;
    utf8_sanitise(&where, field, strlen(field));
    utf8_sanitise(&what, message, strlen(message));
    if (json_array_size(faults) < MAX_FAULTS)
        json_array_append_new(faults,
            json_pack("{s:s, s:s, s:I}", "field", where.s, "message", what.s, "line", (json_int_t)line));
    buf_release(&where);
    buf_release(&what);
}

// `Invalid value: "…": why`: the end of the quoted value; NULL: there is none.
static const char *after_value(const char *s)
{
    static const char lead[] = "Invalid value: \"";
    if (!str_starts(s, lead))
        return NULL;
    for (s += sizeof(lead) - 1; *s && *s != '"'; s++)
        s += *s == '\\' && s[1];
    return *s && str_starts(s + 1, ": ") ? s + 3 : NULL;
}

// The server quotes all of an object whose fields it does not know.
static const char *without_object(const char *message)
{
    const char *why = after_value(message);
    return why && why - message > MAX_QUOTED ? why : message;
}

// `strict decoding error: unknown field "spec.a", unknown field "spec.b"` (sigs.k8s.io/json): one fault each.
static bool add_strict(json_t *faults, const char *message)
{
    static const char lead[] = "strict decoding error: ", unknown[] = "unknown field \"";
    const char *p = strstr(message, lead);
    if (!p || !str_starts(p + sizeof(lead) - 1, unknown))
        return false;
    for (p = strstr(p, unknown); p; p = strstr(p, unknown)) {
        p += sizeof(unknown) - 1;
        char *field = xstrndup(p, strcspn(p, "\""));
        add_fault(faults, field, "its kind has no such field", 0);
        free(field);
    }
    return true;
}

json_t *edit_faults(const char *status, size_t n, const struct err *err)
{
    json_t *faults = json_array(), *doc = n ? json_parse(status, n, MAX_TREE, NULL) : NULL, *c;
    size_t i;
    json_array_foreach(json_at(doc, "details", "causes", NULL), i, c)
    {
        const char *field = json_str(c, "field", NULL), *message = without_object(json_str(c, "message", NULL));
        if (!add_strict(faults, message))
            add_fault(faults, str_eq(field, "patch") || str_eq(field, "<nil>") ? "" : field, message, 0);
    }
    const char *all = str_or(json_str(doc, "message", NULL), err->msg);
    if (!i && !add_strict(faults, all))
        add_fault(faults, "", all, 0);
    json_decref(doc);
    return faults;
}

json_t *edit_fault(const struct err *err)
{
    json_t *faults = json_array();
    size_t line = 0, column, at = 0;
    if (sscanf(err->msg, "edit:%zu:%zu: %zn", &line, &column, &at) == 2 && at) {
        add_fault(faults, "", err->msg + at, line);
        return faults;
    }
    size_t n = strcspn(err->msg, ": ");
    bool named = str_starts(err->msg + n, ": ");
    char *field = xstrndup(err->msg, named ? n : 0);
    add_fault(faults, field, err->msg + (named ? n + 2 : 0), 0);
    free(field);
    return faults;
}

// "spec.ports[0].port" to "/spec/ports/0/port"; "metadata.labels[a.b/c]" to "/metadata/labels/a.b/c", as
// yaml_load_where writes it.
static char *where_key(const char *field)
{
    struct buf out = BUF_INIT;
    bool inside = false;
    buf_putc(&out, '/');
    for (; *field; field++) {
        if (*field == '[' || (*field == '.' && !inside && field[1]))
            buf_putc(&out, '/');
        else if (*field != ']')
            buf_putc(&out, *field);
        inside = *field == '[' || (inside && *field != ']');
    }
    return buf_take(&out);
}

// A field that is not there is looked for at what it would be in.
void edit_find_lines(json_t *faults, const json_t *where)
{
    json_t *f;
    size_t i;
    json_array_foreach(faults, i, f)
    {
        char *key = where_key(json_str(f, "field", NULL));
        const char *at = json_string_value(json_object_get(where, key));
        for (char *cut; !at && (cut = strrchr(key, '/')) && cut != key;) {
            *cut = '\0';
            at = json_string_value(json_object_get(where, key));
        }
        if (at && !json_i64(f, "line", NULL))
            json_object_set_new(f, "line", json_integer(strtol(at, NULL, 10)));
        free(key);
    }
}

void edit_faults_line(const json_t *faults, bool secret, struct buf *out)
{
    json_t *f;
    size_t i;
    json_array_foreach((json_t *)faults, i, f)
    {
        const char *field = json_str(f, "field", NULL), *message = json_str(f, "message", NULL);
        const char *why = secret ? after_value(message) : NULL;
        bool says = !secret || (*field && !strchr(message, '"'));
        buf_printf(out, "%s%s%s%s", i ? "; " : "", field, *field ? ": " : "",
            why ? why : says ? message : "the server refuses it");
    }
}

// ---- the comments

static void put_faults(const json_t *faults, size_t lines, struct buf *out)
{
    json_t *f;
    size_t i;
    json_array_foreach((json_t *)faults, i, f)
    {
        const char *field = json_str(f, "field", NULL);
        size_t line = (size_t)json_i64(f, "line", NULL);
        buf_puts(out, "#   ");
        if (line)
            buf_printf(out, "line %zu: ", line + lines);
        if (*field)
            buf_printf(out, "%s: ", field);
        buf_printf(out, "%s\n", json_str(f, "message", NULL));
    }
}

static void put_clash_value(const json_t *v, bool secret, struct buf *out)
{
    struct buf plain = BUF_INIT;
    const char *b64 = secret ? json_string_value(v) : NULL;
    json_t *text = b64 && b64_decode(b64, strlen(b64), &plain) ? json_string(plain.s) : NULL;
    char *s = v ? json_dumps(text ? text : v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : xstrdup("unset");
    const char *shown = str_or(s, "?");
    utf8_sanitise(out, shown, strnlen(shown, MAX_VALUE));
    if (strlen(shown) > MAX_VALUE)
        buf_puts(out, " …");
    free(s);
    json_decref(text);
    buf_wipe(&plain);
}

static void put_clashes(const json_t *clashes, bool secret, struct buf *out)
{
    json_t *c;
    size_t i;
    json_array_foreach((json_t *)clashes, i, c)
    {
        const char *path = json_str(c, "path", NULL);
        bool value = secret && str_starts(path, "data.");
        buf_puts(out, "#   ");
        utf8_sanitise(out, path, strlen(path));
        buf_puts(out, ": yours ");
        put_clash_value(json_object_get(c, "mine"), value, out);
        buf_puts(out, ", now ");
        put_clash_value(json_object_get(c, "theirs"), value, out);
        buf_putc(out, '\n');
    }
}

static void put_place(const struct edit_head *h, struct buf *out)
{
    buf_printf(out, "# %s %s", h->kind, h->name);
    if (*h->ns)
        buf_printf(out, ", namespace %s", h->ns);
    buf_puts(out, ", context ");
    utf8_sanitise(out, h->context, strlen(h->context));
    buf_puts(out, "\n# What you save is checked, and what it changes is shown before it is sent.\n"
                  "# An empty file, or one that is not changed, cancels.\n");
    if (h->secret)
        buf_puts(out, "# Values that are text stand below stringData as they are, others below data in base64.\n");
}

void edit_put_head(const struct edit_head *h, struct buf *out)
{
    size_t faults = json_array_size(h->faults), clashes = json_array_size(h->clashes);
    size_t lines = 1;
    struct buf place = BUF_INIT;
    put_place(h, &place);
    for (const char *p = place.s; *p; p++)
        lines += *p == '\n';
    lines += (faults ? faults + 2 : 0) + (clashes ? clashes + 3 : 0);
    buf_add(out, place.s, place.n);
    if (faults) {
        buf_puts(out, "#\n# It was not accepted, and nothing is changed:\n");
        put_faults(h->faults, lines, out);
    }
    if (clashes) {
        buf_puts(out, "#\n# Somebody else changed the same meanwhile. Below is the object as it is now, with your changes in it:\n"
                      "# leave it so to have yours (the question comes first), or write what is to be.\n");
        put_clashes(h->clashes, h->secret, out);
    }
    buf_puts(out, "#\n");
    buf_release(&place);
}

size_t edit_body_at(const char *text)
{
    const char *p = text;
    while (*p == '#' || *p == '\n' || *p == '\r') {
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return (size_t)(p - text);
}

// ---- the plan

// What was there and what will be, for the journal: of a Secret the keys alone.
static void put_short(struct buf *out, const char *path, const json_t *v, bool secret)
{
    char *text = v && !secret ? json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
    char *cut = text ? xstrndup(text, MAX_SHORT) : NULL;
    plan_put_pair(out, path + 1, v ? secret ? "•••" : str_or(cut, "?") : NULL);
    free(cut);
    free(text);
}

static void tell(const json_t *patch, const json_t *theirs, bool secret, struct act_plan *out)
{
    json_t *op;
    size_t i;
    json_array_foreach((json_t *)patch, i, op)
    {
        const char *path = json_str(op, "path", NULL);
        put_short(&out->before, path, at_pointer(theirs, path), secret);
        put_short(&out->after, path, json_object_get(op, "value"), secret);
    }
}

static void guard(const struct act_in *in, json_t *patch)
{
    const json_t *meta = json_object_get(in->object, "metadata");
    json_array_insert_new(patch, 0, json_pack("{s:s, s:s, s:s}", "op", "test", "path", "/metadata/uid", "value",
                                        json_str(meta, "uid", NULL)));
    // not a test: the server answers 409 where it is another version, and 422 to a test that fails
    json_array_insert_new(patch, 1, json_pack("{s:s, s:s, s:s}", "op", "replace", "path", "/metadata/resourceVersion",
                                        "value", json_str(meta, "resourceVersion", NULL)));
}

static void note_pods(const struct act_in *in, const json_t *theirs, const json_t *merged, struct act_plan *out)
{
    static const char *const rolled[] = { "deployments", "statefulsets", "daemonsets" };
    for (size_t i = 0; i < ARRAY_SIZE(rolled); i++)
        if (str_eq(in->t->gvr.resource, rolled[i]) && str_eq(in->t->gvr.group, "apps") &&
            !same(json_at(theirs, "spec", "template", NULL), json_at(merged, "spec", "template", NULL)))
            buf_puts(&out->note, "its Pods are replaced, as its update strategy says\n");
}

bool act_plan_edit(const struct act_in *in, struct act_plan *out, struct err *err)
{
    if (!in->base || !in->edited || *in->args)
        return err_set(err, "edit takes nothing more");
    json_t *theirs = edit_clean(in->object), *clashes = json_array();
    json_t *merged = edit_merge(in->base, in->edited, theirs, clashes);
    bool secret = is_secret(theirs), ok = !json_array_size(clashes);
    out->type = WRITE_JSON_PATCH;
    out->body = edit_patch(theirs, merged);
    out->nothing = !json_array_size(out->body);
    if (!ok)
        err_set(err, "%.200s was changed by somebody else meanwhile",
            json_str(json_array_get(clashes, 0), "path", NULL));
    tell(out->body, theirs, secret, out);
    if (out->nothing)
        buf_puts(&out->does, "it is so already");
    else {
        act_diff(theirs, merged, secret, MAX_SHOWN, &out->does);
        buf_puts(&out->undo, "edit");
    }
    guard(in, out->body);
    note_pods(in, theirs, merged, out);
    buf_puts(&out->kubectl, " edit ");
    plan_put_object(in, &out->kubectl);
    json_decref(theirs);
    json_decref(merged);
    json_decref(clashes);
    return ok;
}
