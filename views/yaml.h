// A JSON document as the YAML that `kubectl get -o yaml` prints (sigs.k8s.io/yaml: sorted keys, go-yaml's
// quoting), as styled lines with indents for folding; and the difference of two such texts.
#ifndef VIEWS_YAML_H
#define VIEWS_YAML_H

#include <jansson.h>
#include <stdbool.h>

#include "ui/text.h"

struct yaml_opts {
    bool managed_fields; // shown
    bool reveal;         // Secret values: decoded instead of masked
    bool as_is;          // Secret values as they stand in the document
};

void yaml_text(const json_t *doc, const struct yaml_opts *opts, struct text *out);
// Marks the lines of `now` that are not in `before` ('~' changed, '+' new).
void yaml_mark_changes(struct text *now, const struct text *before);
// A unified difference, ROLE_ADDED and ROLE_REMOVED.
void yaml_diff(const struct text *a, const struct text *b, struct text *out);

#endif
