#include "client/openapi.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

// Documents kept: the core group's is the largest, some 1.4 MB of text.
// A schema may refer to itself, and a hostile one branch without end: a walk has a budget of steps.
// One long text may be referred to by each step of it, and by each field: what is written has a budget of bytes.
enum { MAX_DOCS = 8, MAX_STEPS = 1000, MAX_TYPE_DEPTH = 16, MAX_BYTES = 32 << 20, MAX_ABOUT = 256 << 10, MAX_TEXT = 8 << 20 };

struct oa_doc {
    char *url; // with the hash: what it names never changes
    json_t *doc;
};
struct oa_call {
    struct openapi *o;
    uint64_t id, call;
    char *url, *gv; // "api/v1", "apis/apps/v1"
    openapi_fn *fn;
    void *arg;
    struct oa_call *next;
};
struct openapi {
    struct client *client;
    ARR(struct oa_doc) docs; // the last used at the end
    struct oa_call *calls;
    uint64_t next_id;
};

struct openapi *openapi_new(struct client *c)
{
    struct openapi *o = xcalloc(1, sizeof(*o));
    o->client = c;
    return o;
}

static void call_free(struct oa_call *call)
{
    struct oa_call **p = &call->o->calls;
    while (*p != call)
        p = &(*p)->next;
    *p = call->next;
    client_cancel(call->o->client, call->call);
    free(call->url);
    free(call->gv);
    free(call);
}

static void drop_doc(struct openapi *o, size_t i)
{
    free(o->docs.v[i].url);
    json_decref(o->docs.v[i].doc);
    arr_remove(&o->docs, i);
}

void openapi_free(struct openapi *o)
{
    if (!o)
        return;
    while (o->calls)
        call_free(o->calls);
    while (o->docs.n)
        drop_doc(o, 0);
    arr_release(&o->docs);
    free(o);
}

void openapi_cancel(struct openapi *o, uint64_t id)
{
    for (struct oa_call *c = o->calls; id && c; c = c->next)
        if (c->id == id) {
            call_free(c);
            return;
        }
}

static void answer(struct oa_call *call, json_t *doc, const struct err *err)
{
    openapi_fn *fn = call->fn;
    void *arg = call->arg;
    call_free(call);
    fn(arg, doc, err);
}

static json_t *find_doc(struct openapi *o, const char *url)
{
    for (size_t i = 0; i < o->docs.n; i++)
        if (str_eq(o->docs.v[i].url, url)) {
            struct oa_doc d = o->docs.v[i];
            arr_remove(&o->docs, i);
            arr_push(&o->docs, d);
            return d.doc;
        }
    return NULL;
}

static void on_document(void *arg, json_t *doc, const struct http_result *res)
{
    struct oa_call *call = arg;
    struct openapi *o = call->o;
    call->call = 0;
    if (!res->ok) {
        answer(call, NULL, &res->err);
        return;
    }
    json_object_del(doc, "paths"); // half of it, and of no use here
    if (o->docs.n >= MAX_DOCS)
        drop_doc(o, 0);
    struct oa_doc d = { xstrdup(call->url), json_incref(doc) };
    arr_push(&o->docs, d);
    answer(call, doc, NULL);
}

static void ask_document(struct oa_call *call, const char *url)
{
    json_t *have = find_doc(call->o, url);
    if (have) {
        answer(call, have, NULL);
        return;
    }
    call->url = xstrdup(url);
    struct http_opts o = { .method = "GET", .path = url, .gzip = true, .max_bytes = MAX_BYTES };
    call->call = client_call(call->o->client, &o, on_document, call);
}

static void on_index(void *arg, json_t *doc, const struct http_result *res)
{
    struct oa_call *call = arg;
    struct err err = { 0 };
    call->call = 0;
    if (res->status == 404) { // before 1.24
        ask_document(call, "/openapi/v2");
        return;
    }
    const char *url = json_str(doc, "paths", call->gv, "serverRelativeURL", NULL);
    if (!res->ok) {
        answer(call, NULL, &res->err);
    } else if (!str_starts(url, "/")) {
        err_set(&err, "the server publishes no OpenAPI document for %s", call->gv);
        answer(call, NULL, &err);
    } else {
        ask_document(call, url);
    }
}

uint64_t openapi_get(struct openapi *o, const struct gvr *gvr, openapi_fn *fn, void *arg)
{
    struct oa_call *call = xcalloc(1, sizeof(*call));
    call->o = o;
    call->id = ++o->next_id;
    call->fn = fn;
    call->arg = arg;
    call->gv = *gvr->group ? xasprintf("apis/%s/%s", gvr->group, gvr->version)
                           : xasprintf("api/%s", gvr->version);
    call->next = o->calls;
    o->calls = call;
    call->call = client_get(o->client, "/openapi/v3", on_index, call);
    return call->id;
}

// ---- schemas: the rules are those of kubectl's pkg/explain/v2/templates/plaintext.tmpl

// "#/components/schemas/io.k8s.api.core.v1.Pod", "#/definitions/…"; NULL: not in this document.
static const json_t *by_ref(const json_t *doc, const char *ref)
{
    const json_t *at = doc;
    char *copy = xstrdup(str_starts(ref, "#/") ? ref + 2 : ""), *save = NULL;
    if (!*copy)
        at = NULL;
    for (char *p = strtok_r(copy, "/", &save); p && at; p = strtok_r(NULL, "/", &save))
        at = json_object_get(at, p);
    free(copy);
    return at;
}

static const json_t *resolve(const json_t *doc, const json_t *schema)
{
    const char *ref = json_str(schema, "$ref", NULL);
    const json_t *target = *ref ? by_ref(doc, ref) : NULL;
    return target ? target : schema;
}

// An empty object or `true` says nothing about what is inside.
static const json_t *inner(const json_t *schema, const char *key)
{
    const json_t *v = json_object_get(schema, key);
    return json_is_object(v) && json_object_size(v) ? v : NULL;
}

static const json_t *schemas_of(const json_t *doc)
{
    const json_t *v3 = json_at(doc, "components", "schemas", NULL);
    return v3 ? v3 : json_object_get(doc, "definitions");
}

const json_t *openapi_kind(const json_t *doc, const struct gvr *gvr, const char *api_kind)
{
    const char *name;
    json_t *schema;
    json_object_foreach((json_t *)schemas_of(doc), name, schema)
    {
        const json_t *ids = json_object_get(schema, "x-kubernetes-group-version-kind");
        for (size_t i = 0; i < json_array_size(ids); i++) {
            const json_t *id = json_array_get(ids, i);
            if (str_eq(json_str(id, "group", NULL), gvr->group) &&
                str_eq(json_str(id, "version", NULL), gvr->version) &&
                str_eq(json_str(id, "kind", NULL), api_kind))
                return schema;
        }
    }
    return NULL;
}

static bool is_required(const json_t *schema, const char *name)
{
    const json_t *list = json_object_get(schema, "required");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(json_string_value(json_array_get(list, i)), name))
            return true;
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct openapi_field *)a)->name, ((const struct openapi_field *)b)->name);
}

// The way down to a schema, so that one that contains itself is entered once.
struct trail {
    const json_t *schema;
    const struct trail *up;
    int *left;
};

static bool enter(const struct trail *t)
{
    for (const struct trail *up = t->up; up; up = up->up)
        if (up->schema == t->schema)
            return false;
    return t->schema && --*t->left > 0;
}

// What a list or map holds, or what the type is composed of: i counts from 0; NULL ends.
static const json_t *part(const json_t *schema, size_t i)
{
    const json_t *all = json_object_get(schema, "allOf");
    size_t n = json_array_size(all);
    const json_t *items = inner(schema, "items"), *values = inner(schema, "additionalProperties");
    if (i < n)
        return json_array_get(all, i);
    return i == n ? (items ? items : values) : i == n + 1 && items ? values : NULL;
}

static size_t fields_at(const json_t *doc, const json_t *schema, const struct trail *up,
    struct openapi_field *out, size_t max)
{
    const struct trail t = { resolve(doc, schema), up, up->left };
    const char *name;
    json_t *v;
    size_t n = 0;
    if (!enter(&t))
        return 0;
    json_object_foreach((json_t *)json_object_get(t.schema, "properties"), name, v)
    {
        if (n < max)
            out[n++] = (struct openapi_field) { name, v, is_required(t.schema, name) };
    }
    if (n)
        qsort(out, n, sizeof(*out), by_name);
    for (size_t i = 0; part(t.schema, i); i++)
        n += fields_at(doc, part(t.schema, i), &t, out + n, max - n);
    return n;
}

size_t openapi_fields(
    const json_t *doc, const json_t *schema, struct openapi_field *out, size_t max)
{
    int left = MAX_STEPS;
    return fields_at(doc, schema, &(struct trail) { .left = &left }, out, max);
}

static const json_t *step_at(
    const json_t *doc, const json_t *schema, const struct trail *up, const char *field)
{
    const struct trail t = { resolve(doc, schema), up, up->left };
    const json_t *found = json_at(t.schema, "properties", field, NULL);
    if (found || !enter(&t))
        return found;
    for (size_t i = 0; part(t.schema, i) && !found; i++)
        found = step_at(doc, part(t.schema, i), &t, field);
    return found;
}

const json_t *openapi_step(const json_t *doc, const json_t *schema, const char *field)
{
    int left = MAX_STEPS;
    return step_at(doc, schema, &(struct trail) { .left = &left }, field);
}

// Whether there are keys of one's own below it: of a map, of what it refers to, of a list of maps.
static bool is_map(const json_t *doc, const json_t *schema, const struct trail *up)
{
    const struct trail t = { resolve(doc, schema), up, up->left };
    bool found = inner(t.schema, "additionalProperties") != NULL;
    if (found || !enter(&t))
        return found;
    for (size_t i = 0; part(t.schema, i) && !found; i++)
        found = is_map(doc, part(t.schema, i), &t);
    return found;
}

// The longest beginning of rest that names a field; a field may have dots in its name.
static const json_t *next_field(const json_t *doc, const json_t *schema, const char *rest, size_t *len)
{
    const json_t *found = NULL;
    char *name = xstrdup(rest);
    for (*len = strlen(name); *len && !found;) {
        found = openapi_step(doc, schema, name);
        char *dot = found ? NULL : strrchr(name, '.');
        if (dot)
            *dot = '\0';
        if (!found)
            *len = dot ? strlen(name) : 0;
    }
    free(name);
    return found;
}

const json_t *openapi_walk(const json_t *doc, const json_t *schema, const char *path, struct buf *good, char **missing)
{
    size_t len;
    if (missing)
        *missing = NULL;
    while (*path) {
        int left = MAX_STEPS;
        const json_t *next = next_field(doc, schema, path, &len);
        if (next) {
            if (good)
                buf_printf(good, "%s%.*s", good->n ? "." : "", (int)len, path);
            schema = next;
        } else if (is_map(doc, schema, &(struct trail) { .left = &left })) {
            len = strcspn(path, "."); // of a key; there may be fields of its value behind it
        } else {
            if (missing)
                *missing = xstrndup(path, strcspn(path, "."));
            return schema;
        }
        path += len + (path[len] == '.');
    }
    return schema;
}

static void type_at(const json_t *doc, const json_t *schema, struct buf *out, int depth)
{
    const json_t *sub, *all = json_object_get(schema, "allOf");
    const char *ref = json_str(schema, "$ref", NULL), *type = json_str(schema, "type", NULL);
    if (depth > MAX_TYPE_DEPTH)
        return;
    if ((sub = inner(schema, "items"))) {
        buf_puts(out, "[]");
        type_at(doc, sub, out, depth + 1);
    } else if ((sub = inner(schema, "additionalProperties"))) {
        buf_puts(out, "map[string]");
        type_at(doc, sub, out, depth + 1);
    } else if (json_array_size(all) == 1 && !inner(schema, "properties")) {
        type_at(doc, json_array_get(all, 0), out, depth + 1);
    } else if (*ref) { // the name of an object's type, else what it is made of
        const json_t *target = by_ref(doc, ref);
        const char *is = json_str(target, "type", NULL), *dot = strrchr(ref, '.');
        if (target && *is && !str_eq(is, "object"))
            buf_puts(out, is);
        else
            buf_puts(out, dot ? dot + 1 : strrchr(ref, '/') ? strrchr(ref, '/') + 1 : "Object");
    } else {
        buf_puts(out, !*type || str_eq(type, "object") ? "Object" : type);
    }
}

void openapi_type(const json_t *doc, const json_t *schema, struct buf *out)
{
    type_at(doc, schema, out, 0);
}

// At most max bytes of text, cut between code points, with a mark where there was more.
static void add_bounded(struct buf *out, const char *text, size_t max)
{
    size_t n = strlen(text), keep = n < max ? n : max;
    while (keep < n && keep && ((unsigned char)text[keep] & 0xC0) == 0x80)
        keep--;
    buf_add(out, text, keep);
    buf_puts(out, keep < n ? " …" : "");
}

static void description_at(
    const json_t *doc, const json_t *schema, const struct trail *up, struct buf *out, size_t end)
{
    const struct trail t = { resolve(doc, schema), up, up->left };
    const char *text = json_str(t.schema, "description", NULL);
    if (!enter(&t) || out->n >= end)
        return;
    if (*text) {
        add_bounded(out, text, end - out->n);
        buf_putc(out, '\n');
    }
    for (size_t i = 0; part(t.schema, i); i++)
        description_at(doc, part(t.schema, i), &t, out, end);
}

void openapi_description(const json_t *doc, const json_t *schema, struct buf *out)
{
    int left = MAX_STEPS;
    description_at(doc, schema, &(struct trail) { .left = &left }, out, out->n + MAX_ABOUT);
}

const json_t *openapi_enum(const json_t *doc, const json_t *schema)
{
    const json_t *own = json_object_get(schema, "enum");
    own = json_array_size(own) ? own : json_object_get(resolve(doc, schema), "enum");
    return json_array_size(own) ? own : NULL;
}

void openapi_value(const json_t *v, struct buf *out)
{
    if (json_is_string(v)) {
        buf_puts(out, json_string_length(v) ? json_string_value(v) : "\"\"");
        return;
    }
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    buf_puts(out, text ? text : "");
    free(text);
}

// ---- as text

// Blanks and words as mitchellh/go-wordwrap lays them out, which is kubectl's: a line breaks before the
// word that would pass the width, a word longer than a line stays whole, line breaks of the text stay.
void openapi_wrap(const char *s, size_t width, size_t indent, struct buf *out)
{
    size_t at = 0;
    while (*s) {
        size_t blanks = strspn(s, " \t\r"), word = strcspn(s + blanks, " \t\r\n"), len = 0;
        for (size_t i = 0; i < word; i++)
            len += ((unsigned char)s[blanks + i] & 0xC0) != 0x80;
        // the width counts up to the column where the word would pass it, as it is read
        size_t need = len < width ? len : width ? width - 1 : 0;
        if (word && at + blanks + need > width) {
            buf_printf(out, "\n%*s", (int)indent, "");
            at = 0;
        } else if (word || at + blanks <= width) {
            buf_add(out, s, blanks);
            at += blanks;
        }
        buf_add(out, s + blanks, word);
        at += len;
        s += blanks + word;
        if (*s == '\n') {
            buf_printf(out, "\n%*s", (int)indent, "");
            at = 0;
            s++;
        }
    }
}

static void print_enum(
    const json_t *schema, const char *head, size_t limit, const char *sep, struct buf *out)
{
    const json_t *list = json_object_get(schema, "enum");
    if (!json_array_size(list))
        return;
    buf_puts(out, head);
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i >= limit) {
            buf_puts(out, ", ....");
            break;
        }
        if (i || *sep == '\n')
            buf_puts(out, sep);
        openapi_value(json_array_get(list, i), out);
    }
}

static void print_field(const json_t *doc, const struct openapi_field *f, struct buf *out)
{
    buf_printf(out, "  %s\t<", f->name);
    openapi_type(doc, f->schema, out);
    buf_puts(out, f->required ? "> -required-" : ">");
    print_enum(f->schema, "\n  enum: ", 4, ", ", out);
    buf_puts(out, "\n    ");
    struct buf about = BUF_INIT;
    add_bounded(&about, str_or(json_str(f->schema, "description", NULL), "<no description>"), MAX_ABOUT);
    openapi_wrap(about.s, 76, 4, out);
    buf_puts(out, "\n\n");
    buf_release(&about);
}

static void print_schema(const json_t *doc, const json_t *schema, struct buf *out)
{
    enum { MAX_FIELDS = 1000 };
    struct buf about = BUF_INIT;
    struct openapi_field *fields = xcalloc(MAX_FIELDS, sizeof(*fields));
    openapi_description(doc, schema, &about);
    buf_puts(out, "DESCRIPTION:\n    ");
    openapi_wrap(about.n ? about.s : "<empty>", 76, 4, out);
    buf_putc(out, '\n');
    size_t n = openapi_fields(doc, schema, fields, MAX_FIELDS);
    if (n)
        buf_puts(out, "FIELDS:\n");
    for (size_t i = 0; i < n && out->n <= MAX_TEXT; i++)
        print_field(doc, &fields[i], out);
    if (out->n > MAX_TEXT)
        buf_puts(out, "  … more than fits\n\n");
    free(fields);
    buf_release(&about);
}

bool openapi_explain(const json_t *doc, const struct gvr *gvr, const char *api_kind,
    const char *path, struct buf *out, struct err *err)
{
    const json_t *schema = openapi_kind(doc, gvr, api_kind);
    if (!schema)
        return err_set(err, "the server's OpenAPI document says nothing about %s", api_kind);
    char *missing;
    struct buf good = BUF_INIT;
    schema = openapi_walk(doc, schema, path, &good, &missing);
    const char *dot = strrchr(str_or(good.s, ""), '.'), *last = dot ? dot + 1 : str_or(good.s, "");
    if (!missing) {
        if (*gvr->group)
            buf_printf(out, "GROUP:      %s\n", gvr->group);
        buf_printf(out, "KIND:       %s\nVERSION:    %s\n\n", api_kind, gvr->version);
        if (*last) {
            buf_printf(out, "FIELD: %s <", last);
            openapi_type(doc, schema, out);
            buf_puts(out, ">\n");
            print_enum(schema, "ENUM:", SIZE_MAX, "\n    ", out);
            buf_puts(out, "\n\n");
        }
        print_schema(doc, schema, out);
        buf_putc(out, '\n');
    } else {
        err_set(err, "field \"%s\" does not exist", missing);
    }
    buf_release(&good);
    bool found = !missing;
    free(missing);
    return found;
}
