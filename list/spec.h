// What a user types after `:` to open a view: `pods`, `deploy -n shop`, `po shop,pay /web -l app=x @prod`.
// Parsed once; a spec can be written back as text that parses to the same (history, sessions, bookmarks).
#ifndef LIST_SPEC_H
#define LIST_SPEC_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct spec {
    char *view;    // first word
    char *ns;      // comma list, "" = all namespaces, NULL = the current one
    char *labels;  // -l
    char *fields;  // --field-selector
    char *filter;  // after `/`
    char *context; // after `@`
    char *name;    // one object (containers of a Pod): --name
    char *owner_uid; // --owner
    char *uses;      // --uses plural/namespace/name: only what refers to that object
    char *container; // -c, --container of logs, shell, attach
    char *tail, *since; // --tail, --since of logs
    char *command; // after ` -- `: what runs in a shell, as typed
    char *rest;    // words that are none of these, joined (explain pods.spec, find NAME)
};

bool spec_parse(struct spec *s, const char *text, struct err *err);
void spec_release(struct spec *s);
void spec_text(const struct spec *s, struct buf *out);

#endif
