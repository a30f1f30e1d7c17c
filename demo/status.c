#include "demo/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

__attribute__((format(printf, 3, 0))) static json_t *make(
    int code, const char *reason, const char *fmt, va_list ap)
{
    char *msg = NULL;
    BUG_ON(vasprintf(&msg, fmt, ap) < 0);
    json_t *message = json_string(msg);
    json_t *s = json_pack("{s:s,s:s,s:{},s:s,s:o,s:s,s:i}", "kind", "Status", "apiVersion", "v1",
        "metadata", "status", "Failure", "message", message ? message : json_string("?"), "reason",
        reason, "code", code);
    free(msg);
    return s;
}

json_t *status_new(int code, const char *reason, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    json_t *s = make(code, reason, fmt, ap);
    va_end(ap);
    return s;
}

json_t *status_bad_request(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    json_t *s = make(400, "BadRequest", fmt, ap);
    va_end(ap);
    return s;
}

json_t *status_plain(int code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    json_t *s = make(code, "", fmt, ap);
    va_end(ap);
    json_object_del(s, "reason");
    return s;
}

void status_resource(const struct rtype *rt, char *out, size_t n)
{
    snprintf(out, n, "%s%s%s", rt->plural, *rt->group ? "." : "", rt->group);
}

static json_t *details_of(json_t *status)
{
    json_t *d = json_object_get(status, "details");
    if (!d) {
        d = json_object();
        json_t *code = json_incref(json_object_get(status, "code"));
        json_object_del(status, "code");
        json_object_set_new(status, "details", d);
        json_object_set_new(status, "code", code); // the server writes details before code
    }
    return d;
}

static void details_for(json_t *status, const char *name, const char *group, const char *kind)
{
    json_t *d = details_of(status);
    if (*name)
        json_object_set_new(d, "name", json_string(name));
    if (*group)
        json_object_set_new(d, "group", json_string(group));
    json_object_set_new(d, "kind", json_string(kind));
}

void status_details(json_t *status, const struct rtype *rt, const char *name)
{
    details_for(status, name, rt->group, rt->plural);
}

json_t *status_not_found(const struct rtype *rt, const char *name)
{
    char res[256];
    status_resource(rt, res, sizeof(res));
    json_t *s = status_new(404, "NotFound", "%s \"%s\" not found", res, name);
    status_details(s, rt, name);
    return s;
}

json_t *status_exists(const struct rtype *rt, const char *name)
{
    char res[256];
    status_resource(rt, res, sizeof(res));
    json_t *s = status_new(409, "AlreadyExists", "%s \"%s\" already exists", res, name);
    status_details(s, rt, name);
    return s;
}

json_t *status_conflict(const struct rtype *rt, const char *name, const char *why)
{
    char res[256];
    status_resource(rt, res, sizeof(res));
    json_t *s = status_new(
        409, "Conflict", "Operation cannot be fulfilled on %s \"%s\": %s", res, name, why);
    status_details(s, rt, name);
    return s;
}

void status_cause(json_t *status, const char *reason, const char *field, const char *message)
{
    json_t *d = details_of(status), *causes = json_object_get(d, "causes");
    if (!causes) {
        causes = json_array();
        json_object_set_new(d, "causes", causes);
    }
    json_t *c = json_pack("{s:s,s:s}", "reason", reason, "message", message);
    if (*field)
        json_object_set_new(c, "field", json_string(field));
    json_array_append_new(causes, c);
}

json_t *status_invalid(const struct rtype *rt, const char *name, const char *type,
    const char *field, const char *detail)
{
    char group[256];
    snprintf(group, sizeof(group), "%s%s%s", rt->kind, *rt->group ? "." : "", rt->group);
    json_t *s =
        status_new(422, "Invalid", "%s \"%s\" is invalid: %s: %s", group, name, field, detail);
    details_for(s, name, rt->group, rt->kind);
    status_cause(s, type, field, detail);
    return s;
}

json_t *status_invalid_add(json_t *status, const char *type, const char *field, const char *detail)
{
    status_cause(status, type, field, detail);
    const char *old = json_str(status, "message", NULL), *cut = strstr(old, " is invalid: ");
    size_t i;
    json_t *c;
    struct buf b = BUF_INIT;
    buf_printf(&b, "%.*s is invalid: [", (int)(cut ? cut - old : 0), old);
    json_array_foreach (json_at(status, "details", "causes", NULL), i, c)
        buf_printf(&b, "%s%s: %s", i ? ", " : "", json_str(c, "field", NULL),
            json_str(c, "message", NULL));
    buf_putc(&b, ']');
    json_object_set_new(status, "message", json_string(b.s));
    buf_release(&b);
    return status;
}

json_t *status_options(const char *kind, const char *type, const char *field, const char *fmt, ...)
{
    char detail[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(detail, sizeof(detail), fmt, ap);
    va_end(ap);
    json_t *s =
        status_new(422, "Invalid", "%s.meta.k8s.io \"\" is invalid: %s: %s", kind, field, detail);
    details_for(s, "", "meta.k8s.io", kind);
    status_cause(s, type, field, detail);
    return s;
}

json_t *status_generic(int code, const char *reason, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    json_t *s = make(code, reason, fmt, ap);
    va_end(ap);
    details_of(s);
    return s;
}

json_t *status_no_method(void)
{
    return status_generic(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
}

json_t *status_no_resource(void)
{
    return status_generic(404, "NotFound", "the server could not find the requested resource");
}

json_t *status_gone(int64_t asked, int64_t oldest)
{
    return status_new(410, "Expired", "too old resource version: %lld (%lld)", (long long)asked,
        (long long)oldest);
}

json_t *status_success(const struct rtype *rt, const char *name, const char *uid)
{
    json_t *s = json_pack("{s:s,s:s,s:{},s:s}", "kind", "Status", "apiVersion", "v1", "metadata",
        "status", "Success");
    json_t *d = json_pack("{s:s}", "name", name);
    if (*rt->group)
        json_object_set_new(d, "group", json_string(rt->group));
    json_object_set_new(d, "kind", json_string(rt->plural));
    json_object_set_new(d, "uid", json_string(uid));
    json_object_set_new(s, "details", d);
    return s;
}

int status_code(const json_t *status)
{
    int code = (int)json_i64(status, "code", NULL);
    return code ? code : 200;
}
