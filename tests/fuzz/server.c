// What an API server sends: lists, watches, Tables, discovery, errors, metrics, whole objects; and what an
// OpenID issuer answers.
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/yaml.h"
#include "client/discovery.h"
#include "client/http_error.h"
#include "client/openapi.h"
#include "client/prune.h"
#include "client/store.h"
#include "kinds/kind.h"
#include "list/ctx.h"
#include "views/describe.h"
#include "views/yaml.h"

enum { NOW = 1700000000 };

// ---- rows: every kind's decoder and columns

static const struct kind *choose_kind(const char *name)
{
    const struct kind *k = kind_find(name);
    size_t n = 0, h = 0;
    while (kind_all()[n])
        n++;
    for (; *name; name++)
        h = h * 31 + (unsigned char)*name;
    return k ? k : kind_all()[h % n];
}

static void row_out(const struct kind *kind, const struct row *row, struct buf *out)
{
    struct cell_env env = { .now = NOW };
    struct drill drill = { 0 };
    for (const struct column *c = kind->columns; c->name; c++) {
        double number;
        bool is_number;
        buf_printf(out, "%s=", c->name);
        column_text(c, row, &env, out);
        column_number(c, row, &env, &number);
        column_key(c, row, &env, &is_number);
        buf_printf(out, " %x\n", column_style(c, row, &env));
    }
    buf_printf(out, "severity %d insight %s\n", row->severity, row->insight);
    if (kind->enter && kind->enter(row, &drill))
        buf_printf(out, "enter %s %s %s %s %s\n", drill.view, drill.ns, drill.labels, drill.fields, drill.name);
    FUZZ_CHECK(row_label(row, "\t no such label") == NULL);
}

struct decoding {
    const struct kind *kind;
    struct row_builder rb;
    struct buf out;
    size_t rows;
};

static void take_row(void *arg, struct row *row)
{
    struct decoding *d = arg;
    if (++d->rows <= 50)
        row_out(d->kind, row, &d->out);
    row_free(row);
}

static bool decode_object(void *arg, const char *type, json_t *obj)
{
    struct decoding *d = arg;
    (void)type;
    d->kind->decoder.decode(obj, &d->rb);
    return true;
}

static void decoding_init(struct decoding *d, const struct kind *kind)
{
    *d = (struct decoding) { .kind = kind };
    buf_init(&d->out);
    rb_init(&d->rb, take_row, d);
}

static void decoding_release(struct decoding *d)
{
    rb_release(&d->rb);
    buf_release(&d->out);
}

// The bytes in pieces of uneven size.
static bool feed_pieces(struct prune *p, const char *data, size_t n, struct err *err)
{
    size_t step = n % 7 + 1;
    bool ok = true;
    for (size_t i = 0; ok && i < n; i += step, step = step * 2 % 257)
        ok = prune_feed(p, data + i, step < n - i ? step : n - i, err);
    return ok;
}

// A kind's name on the first line, an object after it. A row must say the same whether it is decoded from
// the pruned object or from the whole one: else a path is missing from the kind's list.
void fuzz_row(const char *data, size_t n)
{
    char name[40];
    struct decoding pruned, whole;
    struct err err = { 0 };
    size_t at = fuzz_head(data, n, name, sizeof(name));
    const struct kind *kind = choose_kind(name);
    struct prune_handlers h = { .on_object = decode_object };
    struct prune_paths *paths = prune_paths_new(kind->decoder.paths);
    struct prune *p = prune_new(paths, PRUNE_LIST, false, &h, &pruned);
    decoding_init(&pruned, kind);
    decoding_init(&whole, kind);
    bool ok = prune_feed(p, "{\"items\":[", 10, &err) && feed_pieces(p, data + at, n - at, &err) &&
              prune_feed(p, "]}", 2, &err) && prune_finish(p, &err);
    FUZZ_CHECK(ok != err_is(&err));
    json_t *doc = json_loadb(data + at, n - at, JSON_REJECT_DUPLICATES, NULL);
    if (ok && json_is_object(doc)) {
        kind->decoder.decode(doc, &whole.rb);
        FUZZ_CHECK(pruned.rows == whole.rows && str_eq(pruned.out.s, whole.out.s));
    }
    json_decref(doc);
    decoding_release(&pruned);
    decoding_release(&whole);
    prune_free(p);
    prune_paths_free(paths);
}

// ---- discovery

void fuzz_discovery(const char *data, size_t n)
{
    struct err err = { 0 };
    struct discovery *d = discovery_new();
    const char *near[3];
    json_t *doc = json_loadb(data, n, 0, NULL);
    discovery_add_aggregated(d, doc, &err);
    discovery_add_legacy(d, doc, true, &err);
    for (size_t i = 0; i < d->resources.n; i++) {
        const struct api_resource *r = d->resources.v[i];
        struct buf path = BUF_INIT;
        gvr_path(&path, &r->gvr, "ns", "name");
        FUZZ_CHECK(path.s[0] == '/' && !strpbrk(path.s, " \t\r\n?#"));
        buf_release(&path);
        FUZZ_CHECK(!r->preferred || discovery_find(d, r->gvr.resource));
        FUZZ_CHECK(discovery_by_kind(d, r->gvr.group, r->kind));
        api_resource_can(r, "list");
        discovery_find(d, r->kind);
        discovery_nearest(d, r->kind, near, 3);
    }
    discovery_find(d, data);
    discovery_nearest(d, "pdos", near, 3);
    discovery_free(d);
    json_decref(doc);
}

// ---- explain

void fuzz_openapi(const char *data, size_t n)
{
    static const struct gvr gvr = { "apps", "v1", "deployments", true };
    static const char *const paths[] = { "", "spec", "spec.template.spec", "status.conditions" };
    struct openapi_field fields[40];
    struct buf out = BUF_INIT;
    struct err err = { 0 };
    json_t *doc = json_loadb(data, n, 0, NULL);
    const json_t *schema = openapi_kind(doc, &gvr, "Deployment");
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        err_clear(&err);
        FUZZ_CHECK(openapi_explain(doc, &gvr, "Deployment", paths[i], &out, &err) || err_is(&err));
    }
    size_t known = schema ? openapi_fields(doc, schema, fields, 40) : 0;
    FUZZ_CHECK(known <= 40);
    for (size_t i = 0; i < known; i++) {
        FUZZ_CHECK(i == 0 || strcmp(fields[i - 1].name, fields[i].name) < 0);
        FUZZ_CHECK(openapi_step(doc, schema, fields[i].name));
        openapi_type(doc, fields[i].schema, &out);
        openapi_enum(doc, fields[i].schema);
    }
    openapi_wrap(data, 20, 2, &out);
    json_decref(doc);
    buf_release(&out);
}

// ---- errors

void fuzz_status(const char *data, size_t n)
{
    char head[8];
    struct err err;
    size_t at = fuzz_head(data, n, head, sizeof(head));
    int code = atoi(head);
    http_error_from_status(&err, code, data + at, n - at);
    FUZZ_CHECK(err_is(&err) && err.code == code);
    for (const char *p = err.msg; *p; p++)
        FUZZ_CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
    http_error_from_curl(&err, code, data + at, "host", "");
    FUZZ_CHECK(err_is(&err));
}

// ---- whole objects as text

// Equal, but that 3.0 is printed as 3 (as kubectl does).
static bool same_value(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *v;
    size_t i;
    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) >= json_number_value(b) && json_number_value(a) <= json_number_value(b);
    if (json_typeof(a) != json_typeof(b) || json_object_size(a) != json_object_size(b) ||
        json_array_size(a) != json_array_size(b))
        return false;
    json_object_foreach((json_t *)a, key, v)
    {
        if (!json_object_get(b, key) || !same_value(v, json_object_get(b, key)))
            return false;
    }
    json_array_foreach((json_t *)a, i, v)
    {
        if (!same_value(v, json_array_get(b, i)))
            return false;
    }
    return json_is_object(a) || json_is_array(a) || json_equal(a, b);
}

static json_t *as_yaml(const json_t *doc, bool reveal, struct buf *out, struct err *err)
{
    struct yaml_opts opts = { .managed_fields = true, .reveal = reveal };
    struct text t;
    text_init(&t);
    yaml_text(doc, &opts, &t);
    text_plain(&t, out);
    text_release(&t);
    return yaml_load(out->s, out->n, "view", err);
}

// What the YAML view shows reads back as the object: one may copy it and apply it.
void fuzz_yamlview(const char *data, size_t n)
{
    struct buf out = BUF_INIT;
    struct err err = { 0 };
    json_t *doc = json_loadb(data, n, JSON_REJECT_DUPLICATES, NULL);
    if (json_object_size(doc) && !str_eq(json_str(doc, "kind", NULL), "Secret")) {
        json_t *back = as_yaml(doc, false, &out, &err);
        FUZZ_CHECK(back);
        FUZZ_CHECK(same_value(back, doc));
        json_decref(back);
    } else if (doc) {
        json_decref(as_yaml(doc, false, &out, &err));
        json_decref(as_yaml(doc, true, &out, &err));
    }
    json_decref(doc);
    buf_release(&out);
}

void fuzz_describe(const char *data, size_t n)
{
    struct text t, before, diff;
    struct describe_answer answers[NEED_COUNT] = { 0 };
    struct describe_opts opts = { .now = NOW };
    struct yaml_opts yaml = { 0 };
    struct buf path = BUF_INIT;
    json_t *doc = json_loadb(data, n, 0, NULL);
    text_init(&t);
    text_init(&before);
    text_init(&diff);
    describe_object(doc, &opts, &t);
    opts.reveal = true;
    describe_object(doc, &opts, &t);
    for (size_t i = 0; i < NEED_COUNT; i++) {
        describe_path(doc, (enum describe_need)i, &path);
        answers[i].doc = doc; // any list may be any document
    }
    opts.answers = answers;
    describe_object(doc, &opts, &t);
    buf_release(&path);
    yaml_text(doc, &yaml, &before);
    yaml_mark_changes(&t, &before);
    yaml_diff(&before, &t, &diff);
    struct canvas *c = canvas_new(10, 60);
    text_paint(&t, c, (struct rect) { 0, 0, 10, 60 }, true);
    canvas_free(c);
    text_release(&t);
    text_release(&before);
    text_release(&diff);
    json_decref(doc);
}
