// Reading jansson trees without fear: every getter accepts NULL and wrong types and answers with the
// fallback. A path is a list of keys ended by NULL: json_str(pod, "spec", "nodeName", NULL).
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

// RFC 8259, 6: integers beyond are not interoperable; and a few of them may be added without a thought.
#define JSON_I64_MAX (INT64_C(1) << 53)

// Before anything else: the small blocks of trees are kept when they are freed, some hundred kilobytes of them. Each object of
// a list becomes a tree of hundreds that lives for a moment; giving them back to malloc and getting them again was a seventh
// of the time that a list takes. Nothing is kept under AddressSanitizer, which could not see a use after free.
void json_setup(void);

// A document of somebody else: no deeper than 128 levels, and refused before it is parsed if its tree would take more
// than about max_tree bytes: "{},{},{}" becomes a hundred times its text. Any value, not objects and arrays alone. The
// caller frees the tree; NULL: err says why. A NUL in a string (\u0000) becomes U+2400, the symbol for it: what is shown is
// whole, and what would be written of it is no NUL.
json_t *json_parse(const char *text, size_t n, size_t max_tree, struct err *err);

// Such a text as it stands in a tree: s itself, or, where it has a NUL, one in `whole`, which the caller releases. *n follows.
const char *json_without_nul(struct buf *whole, const char *s, size_t *n);

json_t *json_at(const json_t *v, ...) __attribute__((sentinel));     // borrowed, or NULL
json_t *json_named(const json_t *list, const char *name); // the element whose "name" it is: borrowed, or NULL
const char *json_str(const json_t *v, ...) __attribute__((sentinel)); // "" when absent
int64_t json_i64(const json_t *v, ...) __attribute__((sentinel));     // 0 when absent; within 2^53
bool json_bool(const json_t *v, ...) __attribute__((sentinel));       // false when absent
int64_t json_time(const json_t *v, ...) __attribute__((sentinel));    // RFC 3339 -> Unix s, 0 when absent
// Text of an IntOrString, number, bool or string at v; "" for others. Uses `tmp` for numbers.
// The first key of an object that is none of those known (a list that ends with NULL); NULL: there is none.
const char *json_unknown_key(const json_t *object, const char *const *known);
const char *json_scalar(const json_t *v, char tmp[32]);

// json_dumps, with what could act on a terminal escaped as JSON has it (C1 controls, marks that turn directions). The caller
// frees it.
char *json_text(const json_t *v, size_t flags);

#endif
