// The forms in which an object leaves the server: as it is, as one row of a Table, or as
// PartialObjectMetadata (protocol: apiserver/pkg/endpoints/handlers/response.go).
#ifndef DEMO_TABLE_H
#define DEMO_TABLE_H

#include <jansson.h>

#include "base/buf.h"
#include "demo/db.h"
#include "demo/kinds.h"

enum form { FORM_NONE, FORM_JSON, FORM_TABLE, FORM_PARTIAL, FORM_PARTIAL_LIST };
enum include { INCLUDE_METADATA, INCLUDE_NONE, INCLUDE_OBJECT };

// The first clause of an Accept header that can be served; FORM_NONE: 406.
enum form form_of_accept(const char *accept);
// A Table of the given revisions; `columns` false writes null (later events of a watch).
struct table_opts {
    enum include include;
    bool columns;
    int64_t now;
};
void table_begin(struct buf *out, const struct rtype *rt, const char *list_meta, bool columns);
void table_row(struct buf *out, const struct rtype *rt, const json_t *obj, const char *text,
    const struct table_opts *o);
// The row of a revision, comma before it included if needed.
void table_rev(struct buf *out, const struct rev *r, const struct table_opts *o, bool first);
void table_end(struct buf *out);
void partial_rev(struct buf *out, const struct rev *r);
// {"metadata":{...}} of an object's text: where the metadata's value begins, and its length.
const char *meta_span(const char *text, size_t *n);
// Evaluates a CustomResourceDefinition's JSONPath (.a.b, [0], [*], [?(@.x=="y")]); a new array.
json_t *jsonpath_find(const json_t *v, const char *path);

#endif
