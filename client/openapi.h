// What the fields of a kind mean: the server's OpenAPI documents, v3 per group-version under its hash URL
// (protocol.md 2, KEP-2896), or v2 where a server has no v3; kept while the client lives. Walking schemas
// and printing them as `kubectl explain` does are pure functions over a document.
#ifndef CLIENT_OPENAPI_H
#define CLIENT_OPENAPI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "client/client.h"

struct openapi;
// doc: borrowed, incref to keep; NULL: err says why. Called once, from the loop, unless cancelled.
typedef void openapi_fn(void *arg, json_t *doc, const struct err *err);

struct openapi *openapi_new(struct client *c);
void openapi_free(struct openapi *o); // cancels what is asked for
uint64_t openapi_get(struct openapi *o, const struct gvr *gvr, openapi_fn *fn, void *arg);
void openapi_cancel(struct openapi *o, uint64_t id); // 0 and unknown ids are ignored

// The schema of a kind, borrowed; NULL: the document has none.
const json_t *openapi_kind(const json_t *doc, const struct gvr *gvr, const char *api_kind);
// Its properties, also behind $ref, allOf, items and additionalProperties: at most `max`, sorted by name.
struct openapi_field {
    const char *name; // borrowed
    const json_t *schema;
    bool required;
};
size_t openapi_fields(
    const json_t *doc, const json_t *schema, struct openapi_field *out, size_t max);
// One step into a schema. NULL: it has no such field.
const json_t *openapi_step(const json_t *doc, const json_t *schema, const char *field);
// Many steps, as far as they go. good: the part of the path that holds, without keys of maps (labels, data), whose dots
// are no steps; missing: the field that is not there (owned), NULL: all of the path holds. Either may be NULL.
const json_t *openapi_walk(const json_t *doc, const json_t *schema, const char *path, struct buf *good, char **missing);
void openapi_type(const json_t *doc, const json_t *schema, struct buf *out); // "[]Container"
// Of the field and of its type, each ended by a newline.
void openapi_description(const json_t *doc, const json_t *schema, struct buf *out);
const json_t *openapi_enum(const json_t *doc, const json_t *schema); // an array, NULL: none
void openapi_value(const json_t *v, struct buf *out); // of an enum or a default
// Words to lines of at most `width` columns, each line after the first behind `indent` blanks.
void openapi_wrap(const char *text, size_t width, size_t indent, struct buf *out);

// What `kubectl explain` prints. path: "spec.containers", "" for the kind. False: no such field.
bool openapi_explain(const json_t *doc, const struct gvr *gvr, const char *api_kind,
    const char *path, struct buf *out, struct err *err);

#endif
