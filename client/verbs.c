#include "client/verbs.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

bool verbs_allowed(const struct write_gate *gate, const char *what, struct err *err)
{
    if (!gate->readonly)
        return true;
    err_set(err, "the context %s is read-only: %s is refused", str_or(gate->context, "here"), what);
    return err_hint(err, "%s", str_or(gate->how, "start kview with --write to be allowed"));
}

static const struct {
    const char *method, *content_type;
    bool manager; // takes fieldManager
} types[] = {
    [WRITE_CREATE] = { "POST", "application/json", true },
    [WRITE_REPLACE] = { "PUT", "application/json", true },
    [WRITE_MERGE] = { "PATCH", "application/merge-patch+json", true },
    [WRITE_STRATEGIC] = { "PATCH", "application/strategic-merge-patch+json", true },
    [WRITE_JSON_PATCH] = { "PATCH", "application/json-patch+json", true },
    [WRITE_DELETE] = { "DELETE", "application/json", false },
};

static void path_of(struct buf *path, const struct write *w)
{
    const struct verbs_object *o = &w->object;
    gvr_path(path, &o->gvr, o->ns, o->name);
    if (o->subresource)
        gvr_path_add(path, o->subresource);
    if (types[w->type].manager)
        buf_puts(path, "?fieldManager=kview");
    if (w->dry_run && w->type != WRITE_DELETE)
        buf_puts(path, "&dryRun=All");
    if (w->strict && types[w->type].manager)
        buf_puts(path, "&fieldValidation=Strict");
}

// A DELETE with a body is told its options there and nowhere else: the query is not read then
// (apiserver/pkg/endpoints/handlers/delete.go).
static char *body_of(const struct write *w)
{
    json_t *body = json_copy((json_t *)w->body);
    if (w->type == WRITE_DELETE && w->dry_run)
        json_object_set_new(body, "dryRun", json_pack("[s]", "All"));
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    BUG_ON(!text);
    return text;
}

uint64_t verbs_send(struct client *c, const struct write_gate *gate, const struct write *w, client_json_fn *fn,
    void *arg, struct err *err)
{
    if (!verbs_allowed(gate, w->what, err))
        return 0;
    if (w->object.name && !*w->object.name) { // its path would be that of all of them
        err_set(err, "%s: the object has no name", w->what);
        return 0;
    }
    struct buf path = BUF_INIT;
    path_of(&path, w);
    log_info("%s in %s: %s: %s %s", w->dry_run ? "dry run" : "write", str_or(gate->context, "?"), w->what,
        types[w->type].method, path.s);
    char *text = body_of(w);
    struct http_opts o = { .method = types[w->type].method, .path = path.s,
        .content_type = types[w->type].content_type, .body = text, .body_len = strlen(text), .write = true };
    uint64_t id = client_call(c, &o, fn, arg);
    mem_wipe(text, o.body_len); // it may be a Secret
    free(text);
    buf_release(&path);
    return id;
}

uint64_t verbs_create(struct client *c, const struct write_gate *gate, const struct gvr *gvr, const char *ns,
    const json_t *body, client_json_fn *fn, void *arg, struct err *err)
{
    struct write w = { "creating an object", WRITE_CREATE, { *gvr, ns, NULL, NULL }, body, false };
    return verbs_send(c, gate, &w, fn, arg, err);
}

uint64_t verbs_patch_strategic(struct client *c, const struct write_gate *gate, const struct verbs_object *o,
    const json_t *body, client_json_fn *fn, void *arg, struct err *err)
{
    struct write w = { "changing an object", WRITE_STRATEGIC, *o, body, false };
    return verbs_send(c, gate, &w, fn, arg, err);
}

uint64_t verbs_delete(struct client *c, const struct write_gate *gate, const struct verbs_object *o, const char *uid,
    int grace, client_json_fn *fn, void *arg, struct err *err)
{
    json_t *body = json_pack("{s:s, s:s}", "kind", "DeleteOptions", "apiVersion", "v1");
    if (uid)
        json_object_set_new(body, "preconditions", json_pack("{s:s}", "uid", uid));
    if (grace >= 0)
        json_object_set_new(body, "gracePeriodSeconds", json_integer(grace));
    struct write w = { "deleting an object", WRITE_DELETE, *o, body, false };
    uint64_t id = verbs_send(c, gate, &w, fn, arg, err);
    json_decref(body);
    return id;
}
