// metav1.Status objects: the errors of the API server, in its words (apimachinery/pkg/api/errors). Each
// function answers a new reference; NULL stands for success everywhere in the demo server.
#ifndef DEMO_STATUS_H
#define DEMO_STATUS_H

#include <jansson.h>

#include "demo/kinds.h"

json_t *status_new(int code, const char *reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
json_t *status_bad_request(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
json_t *status_not_found(const struct rtype *rt, const char *name);
json_t *status_exists(const struct rtype *rt, const char *name);
json_t *status_conflict(const struct rtype *rt, const char *name, const char *why);
// One invalid field: type as in metav1.CauseType ("FieldValueRequired").
json_t *status_invalid(const struct rtype *rt, const char *name, const char *type,
    const char *field, const char *detail);
// One more invalid field of the same object; answers `status`.
json_t *status_invalid_add(json_t *status, const char *type, const char *field, const char *detail);
json_t *status_gone(int64_t asked, int64_t oldest);
json_t *status_plain(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// Of a request for which no handler is: details are empty.
json_t *status_generic(int code, const char *reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
json_t *status_no_method(void);
json_t *status_no_resource(void);
// Invalid ListOptions, DeleteOptions, ...: `type` is the cause's, e.g. FieldValueForbidden.
json_t *status_options(const char *kind, const char *type, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
json_t *status_success(const struct rtype *rt, const char *name, const char *uid);
int status_code(const json_t *status);
void status_cause(json_t *status, const char *reason, const char *field, const char *message);
void status_details(json_t *status, const struct rtype *rt, const char *name);
// "pods", or "deployments.apps" as messages name a resource.
void status_resource(const struct rtype *rt, char *out, size_t n);

#endif
