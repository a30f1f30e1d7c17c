// get, list, create, update, patch, delete of stored objects.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/yaml.h"
#include "demo/api.h"
#include "demo/match.h"
#include "demo/patch.h"
#include "demo/scale.h"
#include "demo/selector.h"
#include "demo/status.h"

static bool selectors(struct call *c, struct selector *labels, struct selector *fields)
{
    struct err err = { 0 };
    const char *l = req_query(c->rq, "labelSelector"), *f = req_query(c->rq, "fieldSelector");
    memset(labels, 0, sizeof(*labels));
    memset(fields, 0, sizeof(*fields));
    if (!selector_parse_labels(labels, l ? l : "", &err)) {
        reply_status(c->rq, status_bad_request("unable to parse requirement: %s", err.msg));
        return false;
    }
    json_t *s = NULL;
    if (!selector_parse_fields(fields, f ? f : "", &err))
        s = status_bad_request("%s", err.msg);
    else
        s = match_check_fields(c->rt, fields);
    if (!s)
        return true;
    reply_status(c->rq, s);
    selector_release(labels);
    selector_release(fields);
    return false;
}

void verb_get(struct call *c)
{
    const struct rev *r = db_get(c->cl->db, c->rt, c->ns, c->name);
    if (!r) {
        reply_status(c->rq, status_not_found(c->rt, c->name));
        return;
    }
    json_t *tree = rev_tree(r);
    if (str_eq(c->sub, "scale")) {
        json_t *scale = scale_of(tree);
        json_decref(tree);
        tree = scale;
    } else if (str_eq(c->sub, "log")) {
        json_decref(tree);
        reply_text(c->rq, 200, "");
        return;
    }
    reply_object(c, 200, tree);
    json_decref(tree);
}

void list_meta(struct buf *out, int64_t rv, const char *cont, int64_t remaining)
{
    buf_printf(out, "{\"resourceVersion\":\"%lld\"", (long long)rv);
    if (*cont) {
        buf_printf(out, ",\"continue\":\"%s\"", cont);
        if (remaining > 0)
            buf_printf(out, ",\"remainingItemCount\":%lld", (long long)remaining);
    }
    buf_putc(out, '}');
}

struct page {
    int64_t rv, limit, remaining;
    size_t from, to;
    char cont[1400];
    const rev_list *list;
    ARR(struct rev *) hits;
};

static json_t *check_rv(struct call *c)
{
    const char *rv = req_query(c->rq, "resourceVersion");
    const char *match = req_query(c->rq, "resourceVersionMatch");
    int64_t want = 0, now = db_rv(c->cl->db);
    if (match && *match && (!rv || !*rv))
        return status_new(422, "Invalid",
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
            "resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (rv && *rv && !str_to_i64(rv, &want))
        return status_bad_request("Invalid value: \"%s\": strconv.ParseUint: parsing \"%s\": "
                                  "invalid syntax",
            rv, rv);
    if (want > now) {
        json_t *s = status_new(504, "Timeout",
            "Timeout: Too large resource version: %lld, current: %lld", (long long)want,
            (long long)now);
        status_cause(s, "ResourceVersionTooLarge", "", "Too large resource version");
        json_object_set_new(
            json_object_get(s, "details"), "retryAfterSeconds", json_integer(1));
        return s;
    }
    if (str_eq(match, "Exact") && want != now)
        return status_new(410, "Expired", "The resourceVersion for the provided list is too old.");
    return NULL;
}

// The token of a further page: {"v":..,"rv":..,"start":..} as apiserver/pkg/storage/continue.go.
static json_t *read_continue(struct call *c, struct page *p)
{
    const char *token = req_query(c->rq, "continue");
    struct buf b = BUF_INIT;
    if (!token || !*token)
        return NULL;
    json_t *doc = b64_decode(token, strlen(token), &b) ? json_loadb(b.s, b.n, 0, NULL) : NULL;
    buf_release(&b);
    const char *start = json_str(doc, "start", NULL);
    json_t *s = NULL;
    uint64_t seq;
    if (!*start) {
        s = status_bad_request("continue key is not valid: invalid token");
    } else if (p->rv = json_i64(doc, "rv", NULL), !db_seq_after(c->cl->db, c->rt, p->rv, &seq)) {
        s = status_new(410, "Expired",
            "The provided continue parameter is too old to display a consistent list result. You "
            "can start a new list without the continue parameter, or use the continue token in "
            "this response to retrieve the remainder of the results. Continuing with the provided "
            "token results in an inconsistent list - objects that were created, modified, or "
            "deleted between the time the first chunk was returned and now may show up in the "
            "list.");
        json_object_set_new(json_object_get(s, "metadata"), "continue", json_string(token));
    } else {
        size_t at = db_lower_bound(c->cl->db, c->rt, start);
        p->from = at > p->from ? at : p->from;
    }
    json_decref(doc);
    return s;
}

static void make_continue(struct page *p, const char *start)
{
    struct buf b = BUF_INIT;
    json_t *doc = json_pack("{s:s,s:I,s:s}", "v", "meta.k8s.io/v1", "rv", (json_int_t)p->rv,
        "start", start);
    char *text = json_dumps(doc, JSON_COMPACT);
    b64_encode(text, strlen(text), &b);
    snprintf(p->cont, sizeof(p->cont), "%s", b.s);
    buf_release(&b);
    free(text);
    json_decref(doc);
}

static void collect(struct page *p, const struct selector *labels, const struct selector *fields)
{
    for (size_t i = p->from; i < p->to; i++) {
        struct rev *r = p->list->v[i];
        if (!match_rev(r, labels, fields))
            continue;
        if (p->limit > 0 && (int64_t)p->hits.n == p->limit) {
            make_continue(p, r->key);
            if (!labels->reqs.n && !fields->reqs.n)
                p->remaining = (int64_t)(p->to - i);
            return;
        }
        arr_push(&p->hits, r);
    }
}

static void write_list(struct call *c, const struct page *p, struct buf *out)
{
    struct buf meta = BUF_INIT;
    char av[160];
    list_meta(&meta, p->rv, p->cont, p->remaining);
    struct table_opts o = { c->include, true, sim_now(c->cl->sim) };
    if (c->form == FORM_TABLE) {
        table_begin(out, c->rt, meta.s, true);
        for (size_t i = 0; i < p->hits.n; i++)
            table_rev(out, p->hits.v[i], &o, i == 0);
        table_end(out);
        buf_release(&meta);
        return;
    }
    bool partial = c->form != FORM_JSON, custom = (c->rt->flags & R_CUSTOM) != 0;
    rtype_api_version(c->rt, av);
    buf_printf(out, "{\"kind\":\"%s%s\",\"apiVersion\":\"%s\",\"metadata\":%s,\"items\":[",
        partial ? "PartialObjectMetadata" : c->rt->kind, "List", partial ? "meta.k8s.io/v1" : av,
        meta.s);
    for (size_t i = 0; i < p->hits.n; i++) {
        const struct rev *r = p->hits.v[i];
        buf_puts(out, i ? "," : "");
        if (partial) {
            partial_rev(out, r);
        } else if (custom) {
            buf_add(out, r->text, r->len);
        } else {
            buf_putc(out, '{');
            buf_add(out, r->text + r->skip, r->len - r->skip);
        }
    }
    buf_puts(out, "]}\n");
    buf_release(&meta);
}

static void send_list(struct call *c, struct page *p)
{
    struct buf out = BUF_INIT;
    write_list(c, p, &out);
    const char *agent = req_header(c->rq, "User-Agent");
    if ((agent && str_starts(agent, "curl")) || str_eq(req_query(c->rq, "pretty"), "true")) {
        json_t *doc = json_loadb(out.s, out.n, 0, NULL);
        buf_release(&out);
        reply_json(c->rq, 200, doc);
        return;
    }
    req_reply(c->rq, 200, "application/json", &out);
}

void verb_list(struct call *c)
{
    struct selector labels, fields;
    struct page p = { .rv = db_rv(c->cl->db) };
    const char *limit = req_query(c->rq, "limit");
    if (limit && *limit && !str_to_i64(limit, &p.limit)) {
        reply_status(c->rq, status_bad_request("strconv.ParseInt: parsing \"%s\": invalid syntax",
                                limit));
        return;
    }
    json_t *s = check_rv(c);
    p.list = db_list(c->cl->db, c->rt, c->ns, &p.from, &p.to);
    if (!s)
        s = read_continue(c, &p);
    if (s) {
        reply_status(c->rq, s);
        return;
    }
    if (!selectors(c, &labels, &fields))
        return;
    collect(&p, &labels, &fields);
    send_list(c, &p);
    arr_release(&p.hits);
    selector_release(&labels);
    selector_release(&fields);
}

static struct write_opts opts_of(struct call *c)
{
    return (struct write_opts) { .sub = c->sub,
        .dry_run = str_eq(req_query(c->rq, "dryRun"), "All"),
        .manager = req_query(c->rq, "fieldManager") };
}

// The request's body as JSON or YAML; NULL after having answered.
static json_t *read_body(struct call *c, const char *expect_kind)
{
    struct err err = { 0 };
    const char *type = req_header(c->rq, "Content-Type");
    if (type && strstr(type, "protobuf")) {
        reply_status(c->rq,
            status_new(415, "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: "
                "application/json, application/yaml"));
        return NULL;
    }
    json_t *doc = yaml_load(c->info->body->s, c->info->body->n, "body", &err);
    if (json_is_object(doc)
        && (!expect_kind || str_eq(json_str(doc, "kind", NULL), expect_kind)
            || !*json_str(doc, "kind", NULL)))
        return doc;
    if (!json_is_object(doc))
        reply_status(c->rq,
            status_bad_request("couldn't get version/kind; json parse error: %s", err.msg));
    else
        reply_status(c->rq,
            status_bad_request("%s in version \"%s\" cannot be handled as a %s",
                json_str(doc, "kind", NULL), c->rt->version, expect_kind));
    json_decref(doc);
    return NULL;
}

static void finish(struct call *c, int code, json_t *tree, json_t *status)
{
    if (status)
        reply_status(c->rq, status);
    else
        reply_object(c, code, tree);
    json_decref(tree);
}

static void evict_or_bind(struct call *c, json_t *doc)
{
    json_t *s = str_eq(c->sub, "eviction")
        ? evict_pod(c->cl, c->ns, c->name, doc, str_eq(req_query(c->rq, "dryRun"), "All"))
        : status_new(405, "MethodNotAllowed",
              "the server does not allow this method on the requested resource");
    json_decref(doc);
    if (s) {
        reply_status(c->rq, s);
        return;
    }
    reply_json(c->rq, 201,
        json_pack("{s:s,s:s,s:{},s:s,s:i}", "kind", "Status", "apiVersion", "v1", "metadata",
            "status", "Success", "code", 201));
}

void verb_create(struct call *c)
{
    json_t *doc = read_body(c, *c->sub ? NULL : c->rt->kind);
    if (!doc)
        return;
    if (*c->sub) {
        evict_or_bind(c, doc);
        return;
    }
    struct write_opts o = opts_of(c);
    json_t *s = obj_create(c->cl, c->rt, c->ns, doc, &o);
    finish(c, 201, doc, s);
}

static json_t *write_scale(struct call *c, const struct rev *old, json_t *scale)
{
    struct write_opts o = opts_of(c);
    o.sub = "";
    json_t *tree = rev_tree(old);
    const json_t *want = json_at(scale, "spec", "replicas", NULL);
    json_t *rv = json_at(scale, "metadata", "resourceVersion", NULL);
    if (rv)
        json_object_set(json_object_get(tree, "metadata"), "resourceVersion", rv);
    json_object_set_new(json_object_get(tree, "spec"), "replicas",
        json_integer(want ? json_integer_value(want) : 0));
    json_t *s = obj_update(c->cl, c->rt, old, tree, &o);
    if (s) {
        json_decref(tree);
        reply_status(c->rq, s);
        return NULL;
    }
    json_t *now = scale_of(tree);
    json_decref(tree);
    return now;
}

static const struct rev *existing(struct call *c)
{
    const struct rev *r = db_get(c->cl->db, c->rt, c->ns, c->name);
    if (!r)
        reply_status(c->rq, status_not_found(c->rt, c->name));
    return r;
}

// Stores what a PUT or a PATCH makes of the object, or of its Scale.
static void store(struct call *c, const struct rev *old, json_t *doc)
{
    if (str_eq(c->sub, "scale")) {
        json_t *scale = write_scale(c, old, doc);
        json_decref(doc);
        if (scale)
            finish(c, 200, scale, NULL);
        return;
    }
    struct write_opts o = opts_of(c);
    json_t *s = obj_update(c->cl, c->rt, old, doc, &o);
    finish(c, 200, doc, s);
}

void verb_update(struct call *c)
{
    json_t *doc = read_body(c, str_eq(c->sub, "scale") ? "Scale" : c->rt->kind);
    if (!doc)
        return;
    const struct rev *old = existing(c);
    const char *name = json_str(doc, "metadata", "name", NULL);
    if (!old) {
        json_decref(doc);
        return;
    }
    if (*name && !str_eq(name, c->name)) {
        json_decref(doc);
        reply_status(c->rq,
            status_bad_request("the name of the object (%s) does not match the name on the URL "
                               "(%s)",
                name, c->name));
        return;
    }
    store(c, old, doc);
}

static void apply_create(struct call *c, json_t *doc)
{
    struct write_opts o = opts_of(c);
    if (!*json_str(doc, "metadata", "name", NULL)) {
        json_t *meta = json_object_get(doc, "metadata");
        json_object_set_new(meta, "name", json_string(c->name));
    }
    json_t *s = obj_create(c->cl, c->rt, c->ns, doc, &o);
    finish(c, 201, doc, s);
}

static bool patch_type(struct call *c, enum patch_kind *kind)
{
    static const char *const types[] = { [PATCH_JSON] = "application/json-patch+json",
        [PATCH_MERGE] = "application/merge-patch+json",
        [PATCH_STRATEGIC] = "application/strategic-merge-patch+json",
        [PATCH_APPLY] = "application/apply-patch+yaml" };
    const char *type = req_header(c->rq, "Content-Type");
    for (size_t i = 0; type && i < ARRAY_SIZE(types); i++) {
        if (!str_starts(type, types[i])
            || (i == PATCH_STRATEGIC && (c->rt->flags & R_CUSTOM)))
            continue;
        *kind = (enum patch_kind)i;
        return true;
    }
    reply_status(c->rq,
        status_new(415, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: "
            "application/json-patch+json, application/merge-patch+json, "
            "application/apply-patch+yaml%s",
            c->rt->flags & R_CUSTOM ? "" : ", application/strategic-merge-patch+json"));
    return false;
}

static json_t *load_patch(struct call *c)
{
    struct err err = { 0 };
    json_t *patch = yaml_load(c->info->body->s, c->info->body->n, "patch", &err);
    if (!patch)
        reply_status(c->rq, status_bad_request("error decoding patch: %s", err.msg));
    return patch;
}

void verb_patch(struct call *c)
{
    enum patch_kind kind;
    json_t *patch = patch_type(c, &kind) ? load_patch(c) : NULL;
    if (!patch)
        return;
    const struct rev *old = db_get(c->cl->db, c->rt, c->ns, c->name);
    if (!old && kind == PATCH_APPLY && !*c->sub) {
        apply_create(c, patch);
        return;
    }
    if (!existing(c)) {
        json_decref(patch);
        return;
    }
    json_t *tree = rev_tree(old), *s;
    if (str_eq(c->sub, "scale")) {
        json_t *scale = scale_of(tree);
        json_decref(tree);
        tree = scale;
        json_object_del(json_object_get(tree, "metadata"), "resourceVersion");
    }
    const json_t *rv = json_at(patch, "metadata", "resourceVersion", NULL);
    s = patch_apply(kind, c->rt, patch, &tree);
    if (!rv && !s && kind != PATCH_JSON && !str_eq(c->sub, "scale"))
        json_object_del(json_object_get(tree, "metadata"), "resourceVersion");
    json_decref(patch);
    if (s) {
        json_decref(tree);
        reply_status(c->rq, s);
        return;
    }
    store(c, old, tree);
}

// DeleteOptions from the body, or from the query (kubectl sends the former, curl the latter).
static json_t *delete_options(struct call *c)
{
    json_t *o = c->info->body->n ? yaml_load(c->info->body->s, c->info->body->n, "body", NULL) : NULL;
    const char *grace = req_query(c->rq, "gracePeriodSeconds");
    const char *how = req_query(c->rq, "propagationPolicy");
    int64_t n;
    if (!json_is_object(o)) {
        json_decref(o);
        o = json_object();
    }
    if (grace && str_to_i64(grace, &n))
        json_object_set_new(o, "gracePeriodSeconds", json_integer(n));
    if (how)
        json_object_set_new(o, "propagationPolicy", json_string(how));
    return o;
}

static bool dry(struct call *c, const json_t *options)
{
    return str_eq(req_query(c->rq, "dryRun"), "All")
        || str_eq(json_string_value(json_array_get(json_object_get(options, "dryRun"), 0)), "All");
}

void verb_delete(struct call *c)
{
    const struct rev *old = existing(c);
    if (!old)
        return;
    json_t *options = delete_options(c), *out = NULL;
    struct write_opts o = { .sub = "", .dry_run = dry(c, options) };
    json_t *s = obj_delete(c->cl, old, options, &o, &out);
    json_decref(options);
    finish(c, 200, out, s);
}

void verb_delete_collection(struct call *c)
{
    struct selector labels, fields;
    struct page p = { .rv = db_rv(c->cl->db) };
    if (!selectors(c, &labels, &fields))
        return;
    json_t *options = delete_options(c);
    struct write_opts o = { .sub = "", .dry_run = dry(c, options) };
    p.list = db_list(c->cl->db, c->rt, c->ns, &p.from, &p.to);
    collect(&p, &labels, &fields);
    for (size_t i = 0; i < p.hits.n; i++)
        rev_ref(p.hits.v[i]);
    send_list(c, &p);
    for (size_t i = 0; i < p.hits.n; i++) {
        json_t *out = NULL;
        json_decref(obj_delete(c->cl, p.hits.v[i], options, &o, &out));
        json_decref(out);
        rev_unref(p.hits.v[i]);
    }
    arr_release(&p.hits);
    json_decref(options);
    selector_release(&labels);
    selector_release(&fields);
}
