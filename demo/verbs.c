// get, list, create, update, patch, delete of stored objects.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/yaml.h"
#include "demo/api.h"
#include "demo/fields.h"
#include "demo/match.h"
#include "demo/patch.h"
#include "demo/scale.h"
#include "demo/selector.h"
#include "demo/status.h"
#include "demo/typed.h"

static bool selectors(struct call *c, struct selector *labels, struct selector *fields)
{
    struct err err = { 0 };
    const char *l = req_query(c->rq, "labelSelector"), *f = req_query(c->rq, "fieldSelector");
    memset(labels, 0, sizeof(*labels));
    memset(fields, 0, sizeof(*fields));
    if (!selector_parse_labels(labels, l ? l : "", &err)) {
        reply_status(c->rq, status_bad_request("%s", err.msg));
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
    if (str_eq(c->sub, "log")) {
        logs_get(c);
        return;
    }
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
    }
    reply_object(c, 200, tree);
    json_decref(tree);
}

void list_meta(struct buf *out, int64_t rv, const char *cont, int64_t remaining, bool custom)
{
    buf_printf(out, "{\"resourceVersion\":\"%lld\"", (long long)rv);
    if (custom && !*cont)
        buf_puts(out, ",\"continue\":\"\""); // as unstructured lists are marshalled
    if (*cont) {
        buf_printf(out, ",\"continue\":\"%s\"", cont);
        if (remaining > 0)
            buf_printf(out, ",\"remainingItemCount\":%lld", (long long)remaining);
    }
    buf_putc(out, '}');
}

struct page {
    int64_t rv, limit, remaining;
    bool then; // the state at rv, which is not the newest
    char start[600]; // key of the first object
    rev_list old; // that state
    size_t from, to;
    char cont[1400];
    const rev_list *list;
    ARR(struct rev *) hits;
};

static json_t *too_new(int64_t want, int64_t now)
{
    json_t *s =
        status_new(504, "Timeout", "Timeout: Too large resource version: %lld, current: %lld",
            (long long)want, (long long)now);
    status_cause(s, "ResourceVersionTooLarge", "", "Too large resource version");
    json_object_set_new(json_object_get(s, "details"), "retryAfterSeconds", json_integer(1));
    return s;
}

// apimachinery/pkg/apis/meta/internalversion/validation.
static json_t *check_options(struct call *c, const char *rv, const char *match)
{
    const char *forbidden = "FieldValueForbidden";
    if (req_query(c->rq, "sendInitialEvents"))
        return status_options("ListOptions", forbidden, "sendInitialEvents",
            "Forbidden: sendInitialEvents is forbidden for list");
    if (!match || !*match)
        return NULL;
    if (!rv || !*rv)
        return status_options("ListOptions", forbidden, "resourceVersionMatch",
            "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (req_query(c->rq, "continue"))
        return status_options("ListOptions", forbidden, "resourceVersionMatch",
            "Forbidden: resourceVersionMatch is forbidden when continue is provided");
    if (!str_eq(match, "Exact") && !str_eq(match, "NotOlderThan"))
        return status_options("ListOptions", "FieldValueNotSupported", "resourceVersionMatch",
            "Unsupported value: \"%.60s\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
            match);
    if (str_eq(match, "Exact") && str_eq(rv, "0"))
        return status_options("ListOptions", forbidden, "resourceVersionMatch",
            "Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
    return NULL;
}

static json_t *check_rv(struct call *c, struct page *p)
{
    const char *rv = req_query(c->rq, "resourceVersion"), *token = req_query(c->rq, "continue");
    const char *match = req_query(c->rq, "resourceVersionMatch");
    int64_t want = 0, now = db_rv(c->cl->db);
    json_t *s = check_options(c, rv, match);
    if (s)
        return s;
    if (rv && *rv && !str_to_i64(rv, &want))
        return status_bad_request("invalid resource version: resourceVersion: Invalid value: "
                                  "\"%s\": strconv.ParseUint: parsing \"%s\": invalid syntax",
            rv, rv);
    if (token && *token && want)
        return status_bad_request("specifying resource version is not allowed when using continue");
    if (want > now)
        return too_new(want, now);
    if (rv && str_eq(rv, "0"))
        p->limit = 0; // the cache answers, and it does not page
    bool exact = str_eq(match, "Exact") || (want && p->limit > 0 && (!match || !*match));
    if (!exact || want == now)
        return NULL;
    p->rv = want;
    p->then = true;
    uint64_t seq;
    return db_seq_after(c->cl->db, c->rt, want, &seq)
               ? NULL
               : status_new(
                     410, "Expired", "The resourceVersion for the provided list is too old.");
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
        s = status_bad_request("invalid continue token: continue key is not valid: invalid token");
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
        snprintf(p->start, sizeof(p->start), "%s", start);
        p->then = p->rv != db_rv(c->cl->db);
    }
    json_decref(doc);
    return s;
}

// The objects that a list or one of its further pages is about.
static void choose(struct call *c, struct page *p)
{
    p->list = db_list(c->cl->db, c->rt, c->ns, &p->from, &p->to);
    if (p->then) {
        db_list_at(c->cl->db, c->rt, c->ns, p->rv, &p->old);
        p->list = &p->old;
        p->from = 0;
        p->to = p->old.n;
    }
    while (*p->start && p->from < p->to && strcmp(p->list->v[p->from]->key, p->start) < 0)
        p->from++;
}

static void make_continue(struct page *p, const char *start)
{
    struct buf b = BUF_INIT;
    json_t *doc =
        json_pack("{s:s,s:I,s:s}", "v", "meta.k8s.io/v1", "rv", (json_int_t)p->rv, "start", start);
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
    list_meta(
        &meta, p->rv, p->cont, p->remaining, (c->rt->flags & R_CUSTOM) && c->form == FORM_JSON);
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
        reply_status(
            c->rq, status_bad_request("strconv.ParseInt: parsing \"%s\": invalid syntax", limit));
        return;
    }
    json_t *s = check_rv(c, &p);
    if (!s)
        s = read_continue(c, &p);
    choose(c, &p);
    if (s) {
        arr_release(&p.old);
        reply_status(c->rq, s);
        return;
    }
    if (!selectors(c, &labels, &fields)) {
        arr_release(&p.old);
        return;
    }
    collect(&p, &labels, &fields);
    send_list(c, &p);
    arr_release(&p.hits);
    arr_release(&p.old);
    selector_release(&labels);
    selector_release(&fields);
}

static struct write_opts opts_of(struct call *c)
{
    const char *manager = req_query(c->rq, "fieldManager");
    const char *agent = req_header(c->rq, "User-Agent");
    if (!manager || !*manager) { // as the API server: what the client calls itself
        snprintf(c->agent, sizeof(c->agent), "%.*s", agent ? (int)strcspn(agent, "/") : 7,
            agent ? agent : "unknown");
        manager = c->agent;
    }
    return (struct write_opts) {
        .sub = c->sub, .dry_run = str_eq(req_query(c->rq, "dryRun"), "All"), .manager = manager
    };
}

static bool content_type_known(const char *type)
{
    static const char *const known[] = { "application/json", "application/yaml",
        "application/vnd.kubernetes.protobuf", "*/*" };
    for (size_t i = 0; type && *type && i < ARRAY_SIZE(known); i++) {
        if (str_starts(type, known[i]))
            return true;
    }
    return !type || !*type;
}

static json_t *bad_kind(const struct call *c, const json_t *doc, const char *expect)
{
    char av[160];
    const char *kind = json_str(doc, "kind", NULL), *version = json_str(doc, "apiVersion", NULL);
    rtype_api_version(c->rt, av);
    if (*kind && !str_eq(kind, expect))
        return status_bad_request("%s in version \"%s\" cannot be handled as a %s", kind,
            *version ? version : c->rt->version, expect);
    if (!*c->sub && *version && !str_eq(version, av))
        return status_bad_request(
            "%s in version \"%s\" cannot be handled as a %s: no kind \"%s\" is "
            "registered for version \"%s\" in scheme \"pkg/runtime/scheme.go:111\"",
            expect, version, expect, expect, version);
    return NULL;
}

// A patched object that is none of its kind.
static json_t *bad_patch(const json_t *tree, const char *why)
{
    char *text = json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS);
    json_t *quoted = json_string(text);
    char *value = json_dumps(quoted, JSON_ENCODE_ANY);
    struct buf b = BUF_INIT;
    buf_printf(&b, "Invalid value: %s: %s", value, why);
    json_t *s = status_generic(422, "Invalid", " \"\" is invalid: patch: %s", b.s);
    status_cause(s, "FieldValueInvalid", "patch", b.s);
    buf_release(&b);
    json_decref(quoted);
    free(value);
    free(text);
    return s;
}

static void warn_unknown(struct call *c, const json_t *unknown)
{
    size_t i;
    json_t *path;
    json_array_foreach ((json_t *)unknown, i, path) {
        char text[700];
        snprintf(
            text, sizeof(text), "299 - \"unknown field \\\"%.600s\\\"\"", json_string_value(path));
        req_reply_header(c->rq, "Warning", text);
    }
}

// Unknown fields are dropped with a warning, or refused when fieldValidation says so (KEP-2885).
static json_t *check_fields(struct call *c, json_t *tree, bool patched)
{
    struct err err = { 0 };
    struct buf why = BUF_INIT;
    json_t *unknown = json_array(), *s = NULL, *path;
    size_t i;
    const char *how = req_query(c->rq, "fieldValidation");
    if (!typed_check(c->rt, tree, unknown, &err)) {
        buf_puts(&why, err.msg);
    } else if (str_eq(how, "Strict")) {
        json_array_foreach (unknown, i, path)
            buf_printf(&why, "%sunknown field \"%s\"",
                i ? ", " : "strict decoding error: ", json_string_value(path));
    } else if (!str_eq(how, "Ignore")) {
        warn_unknown(c, unknown);
    }
    if (why.n && patched)
        s = bad_patch(tree, why.s);
    else if (why.n)
        s = status_bad_request("%s in version \"%s\" cannot be handled as a %s: %s", c->rt->kind,
            c->rt->version, c->rt->kind, why.s);
    buf_release(&why);
    json_decref(unknown);
    return s;
}

// The request's body as JSON or YAML; NULL after having answered.
static json_t *read_body(struct call *c, const char *expect_kind)
{
    struct err err = { 0 };
    json_t *s = NULL;
    if (!content_type_known(req_header(c->rq, "Content-Type"))) {
        reply_status(c->rq,
            status_new(415, "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: "
                "application/json, application/yaml, application/vnd.kubernetes.protobuf"));
        return NULL;
    }
    json_t *doc = yaml_load(c->info->body->s, c->info->body->n, "body", &err);
    if (!json_is_object(doc))
        s = status_bad_request("the object provided is unrecognized (must be of type %s): couldn't "
                               "get version/kind; json parse error: %s",
            expect_kind ? expect_kind : c->rt->kind, err.msg);
    else if (expect_kind)
        s = bad_kind(c, doc, expect_kind);
    if (!s && expect_kind && !*c->sub)
        s = check_fields(c, doc, false);
    const char *dry = req_query(c->rq, "dryRun");
    if (!s && dry && *dry && !str_eq(dry, "All"))
        s = status_options(str_eq(c->verb, "create") ? "CreateOptions" : "UpdateOptions",
            "FieldValueNotSupported", "dryRun",
            "Unsupported value: [\"%.60s\"]: supported values: \"All\"", dry);
    if (!s)
        return doc;
    json_decref(doc);
    reply_status(c->rq, s);
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
    json_t *s =
        str_eq(c->sub, "eviction")
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

static json_t *write_scale(struct call *c, struct rev *old, json_t *scale)
{
    struct write_opts o = opts_of(c);
    o.sub = "";
    json_t *tree = rev_tree(old);
    const json_t *want = json_at(scale, "spec", "replicas", NULL);
    if (json_integer_value(want) < 0) {
        char detail[100];
        struct rtype as_scale = *c->rt;
        as_scale.kind = "Scale";
        as_scale.group = "autoscaling";
        snprintf(detail, sizeof(detail), "Invalid value: %lld: must be greater than or equal to 0",
            (long long)json_integer_value(want));
        json_decref(tree);
        reply_status(c->rq,
            status_invalid(&as_scale, c->name, "FieldValueInvalid", "spec.replicas", detail));
        return NULL;
    }
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

static json_t *wrong_name(const struct call *c, const char *name)
{
    return status_bad_request(
        "the name of the object (%s) does not match the name on the URL (%s)", name, c->name);
}

static struct rev *existing(struct call *c)
{
    struct rev *r = db_get(c->cl->db, c->rt, c->ns, c->name);
    if (!r)
        reply_status(c->rq, status_not_found(c->rt, c->name));
    return r;
}

// Stores what a PUT or a PATCH makes of the object, or of its Scale.
static void store(struct call *c, struct rev *old, json_t *doc)
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
    struct rev *old = existing(c);
    const char *name = json_str(doc, "metadata", "name", NULL);
    if (!old) {
        json_decref(doc);
        return;
    }
    if (*name && !str_eq(name, c->name)) {
        reply_status(c->rq, wrong_name(c, name));
        json_decref(doc);
        return;
    }
    store(c, old, doc);
}

static json_t *check_apply(struct call *c, const json_t *config)
{
    const char *manager = req_query(c->rq, "fieldManager");
    const char *name = json_str(config, "metadata", "name", NULL);
    const char *av = json_str(config, "apiVersion", NULL), *kind = json_str(config, "kind", NULL);
    if (!manager || !*manager)
        return status_options("PatchOptions", "FieldValueRequired", "fieldManager",
            "Required value: is required for apply patch");
    if (!json_is_object(config))
        return status_bad_request("error decoding YAML: not an object");
    if (!*av || !*kind)
        return status_bad_request("invalid object type: %s/, Kind=%s", av, kind);
    if (json_at(config, "metadata", "managedFields", NULL))
        return status_bad_request("metadata.managedFields must be nil");
    return *name && !str_eq(name, c->name) ? wrong_name(c, name) : NULL;
}

// Server-side apply knows nothing of dropping what it does not know.
static json_t *check_typed_patch(const struct call *c, json_t *config)
{
    struct err err = { 0 };
    char av[160];
    json_t *unknown = json_array(), *s = NULL;
    rtype_api_version(c->rt, av);
    bool ok = typed_check(c->rt, config, unknown, &err);
    if (ok && json_array_size(unknown))
        err_set(&err, ".%s: field not declared in schema",
            json_string_value(json_array_get(unknown, 0)));
    if (*err.msg)
        s = status_plain(500, "failed to create typed patch object (%s/%s; %s%s, Kind=%s): %s",
            json_str(config, "metadata", "namespace", NULL), c->name, *c->rt->group ? "" : "/", av,
            c->rt->kind, err.msg);
    json_decref(unknown);
    return s;
}

// Server-side apply, of an object that is there or not. Takes `config`.
static void apply(struct call *c, struct rev *old, json_t *config)
{
    char now[32], av[160];
    struct write_opts o = opts_of(c);
    o.applied = true;
    sim_stamp(c->cl->sim, now);
    rtype_api_version(c->rt, av);
    struct writer w = { o.manager, c->sub, now };
    const char *force = req_query(c->rq, "force");
    json_t *s = check_apply(c, config), *tree = NULL;
    const char *uid = json_str(config, "metadata", "uid", NULL);
    if (!s && !old && *uid) {
        char why[160];
        snprintf(why, sizeof(why),
            "uid mismatch: the provided object specified uid %.60s, and no existing object was "
            "found",
            uid);
        s = status_conflict(c->rt, c->name, why);
    }
    if (!s && !*c->sub)
        s = check_typed_patch(c, config);
    if (!s) {
        tree = old ? rev_tree(old)
                   : json_pack("{s:s,s:s,s:{s:s}}", "kind", c->rt->kind, "apiVersion", av,
                         "metadata", "name", c->name);
        s = fields_apply(c->rt, tree, config, &w, str_eq(force, "true") || str_eq(force, "1"));
    }
    json_decref(config);
    if (!s && old)
        s = obj_update(c->cl, c->rt, old, tree, &o);
    else if (!s)
        s = obj_create(c->cl, c->rt, c->ns, tree, &o);
    finish(c, old ? 200 : 201, tree, s);
}

static bool patch_type(struct call *c, enum patch_kind *kind)
{
    static const char *const types[] = { [PATCH_JSON] = "application/json-patch+json",
        [PATCH_MERGE] = "application/merge-patch+json",
        [PATCH_STRATEGIC] = "application/strategic-merge-patch+json",
        [PATCH_APPLY] = "application/apply-patch+yaml" };
    const char *type = req_header(c->rq, "Content-Type");
    for (size_t i = 0; type && i < ARRAY_SIZE(types); i++) {
        if (!str_starts(type, types[i]) || (i == PATCH_STRATEGIC && (c->rt->flags & R_CUSTOM)))
            continue;
        *kind = (enum patch_kind)i;
        return true;
    }
    // A type that no patch has does not even reach the handler.
    bool patch = str_starts(type, types[PATCH_STRATEGIC]);
    reply_status(
        c->rq, patch ? status_new(415, "UnsupportedMediaType",
                           "the body of the request was in an unknown format - accepted media "
                           "types include: "
                           "application/json-patch+json, application/merge-patch+json, "
                           "application/apply-patch+yaml")
                     : status_generic(415, "UnsupportedMediaType", "415: Unsupported Media Type"));
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

static json_t *keeps_identity(const struct call *c, const struct rev *old, const json_t *tree)
{
    const char *name = json_str(tree, "metadata", "name", NULL);
    const char *uid = json_str(tree, "metadata", "uid", NULL);
    char detail[160];
    if (!str_eq(name, c->name))
        return wrong_name(c, name);
    if (!*uid || str_eq(uid, old->uid))
        return NULL;
    snprintf(detail, sizeof(detail), "Invalid value: \"%.60s\": field is immutable", uid);
    json_t *s = status_invalid(c->rt, c->name, "FieldValueInvalid", "metadata.uid", detail);
    status_cause(s, "FieldValueInvalid", "metadata.uid", detail); // two validations find it
    return s;
}

void verb_patch(struct call *c)
{
    enum patch_kind kind;
    json_t *patch = patch_type(c, &kind) ? load_patch(c) : NULL;
    if (!patch)
        return;
    struct rev *old = db_get(c->cl->db, c->rt, c->ns, c->name);
    if (kind == PATCH_APPLY && (!*c->sub || (old && str_eq(c->sub, "status")))) {
        apply(c, old, patch);
        return;
    }
    const char *force = req_query(c->rq, "force");
    if (force && kind != PATCH_APPLY) {
        json_decref(patch);
        reply_status(c->rq, status_options("PatchOptions", "FieldValueForbidden", "force",
                                "Forbidden: may not be specified for non-apply patch"));
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
    if (!s)
        s = keeps_identity(c, old, tree);
    if (!s && !*c->sub)
        s = check_fields(c, tree, true);
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

static json_t *bad_grace(struct call *c)
{
    const char *grace = req_query(c->rq, "gracePeriodSeconds");
    int64_t n;
    return grace && !str_to_i64(grace, &n)
               ? status_bad_request("strconv.ParseInt: parsing \"%s\": invalid syntax", grace)
               : NULL;
}

// DeleteOptions from the body (kubectl), or where there is none from the query (curl): never from both, as
// apiserver/pkg/endpoints/handlers/delete.go reads them.
static json_t *delete_options(struct call *c)
{
    json_t *o =
        c->info->body->n ? yaml_load(c->info->body->s, c->info->body->n, "body", NULL) : NULL;
    const char *grace = req_query(c->rq, "gracePeriodSeconds");
    const char *how = req_query(c->rq, "propagationPolicy");
    int64_t n;
    if (!json_is_object(o)) {
        json_decref(o);
        o = json_object();
    }
    if (c->info->body->n)
        return o;
    if (grace && str_to_i64(grace, &n))
        json_object_set_new(o, "gracePeriodSeconds", json_integer(n));
    if (how)
        json_object_set_new(o, "propagationPolicy", json_string(how));
    if (str_eq(req_query(c->rq, "dryRun"), "All"))
        json_object_set_new(o, "dryRun", json_pack("[s]", "All"));
    return o;
}

static bool dry(const json_t *options)
{
    return str_eq(json_string_value(json_array_get(json_object_get(options, "dryRun"), 0)), "All");
}

static json_t *check_propagation(const char *how)
{
    if (!*how || str_eq(how, "Foreground") || str_eq(how, "Background") || str_eq(how, "Orphan"))
        return NULL;
    return status_options("DeleteOptions", "FieldValueNotSupported", "propagationPolicy",
        "Unsupported value: \"%.60s\": supported values: \"Foreground\", \"Background\", "
        "\"Orphan\", \"nil\"",
        how);
}

// Options that make no sense are refused before the object is looked for.
static json_t *check_delete(struct call *c, const json_t *options)
{
    json_t *s = bad_grace(c);
    if (!s && c->info->body->n) {
        struct err err = { 0 };
        json_t *body = yaml_load(c->info->body->s, c->info->body->n, "body", &err);
        if (!body)
            s = status_bad_request("couldn't get version/kind; json parse error: %s", err.msg);
        json_decref(body);
    }
    return s ? s : check_propagation(json_str(options, "propagationPolicy", NULL));
}

void verb_delete(struct call *c)
{
    json_t *options = delete_options(c), *out = NULL;
    json_t *s = check_delete(c, options);
    if (s) {
        json_decref(options);
        reply_status(c->rq, s);
        return;
    }
    struct rev *old = existing(c);
    if (!old) {
        json_decref(options);
        return;
    }
    struct write_opts o = { .sub = "", .dry_run = dry(options) };
    s = obj_delete(c->cl, old, options, &o, &out);
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
    struct write_opts o = { .sub = "", .dry_run = dry(options) };
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
