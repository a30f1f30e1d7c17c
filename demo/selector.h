// Label and field selectors as the API server parses, matches and prints them
// (apimachinery/pkg/labels/selector.go, pkg/fields/selector.go).
#ifndef DEMO_SELECTOR_H
#define DEMO_SELECTOR_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/err.h"

enum selector_op { SEL_EQ, SEL_NE, SEL_IN, SEL_NOTIN, SEL_EXISTS, SEL_ABSENT, SEL_GT, SEL_LT };

struct requirement {
    char *key;
    enum selector_op op;
    ARR(char *) values; // sorted
};
struct selector {
    ARR(struct requirement) reqs; // all must hold; label selectors are sorted by key
    bool nothing;                 // a null LabelSelector matches nothing
};

bool selector_parse_labels(struct selector *s, const char *text, struct err *err);
bool selector_parse_fields(struct selector *s, const char *text, struct err *err);
// From a metav1.LabelSelector; from a plain map (a Service's selector) with selector_from_map.
void selector_from_json(struct selector *s, const json_t *label_selector);
void selector_from_map(struct selector *s, const json_t *map);
void selector_release(struct selector *s);
// Packed labels: "key\0value\0...\0".
bool selector_match(const struct selector *s, const char *packed);
bool selector_match_json(const struct selector *s, const json_t *labels);
void selector_print(const struct selector *s, struct buf *out);
// One requirement against a value (NULL: absent).
bool requirement_match(const struct requirement *r, const char *value);

// Why this is no label value or key, in the API server's words; NULL when it is one.
const char *label_value_problem(const char *value);
const char *label_key_problem(const char *key);

#endif
