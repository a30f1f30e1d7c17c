// What a user types after `:` to open a view: `pods`, `deploy -n shop`, `po shop,pay /web -l app=x @prod`.
// Parsed once; a spec can be written back as text that parses to the same (history, sessions, bookmarks).
#ifndef LIST_SPEC_H
#define LIST_SPEC_H

#include <stdbool.h>

#include "base/arr.h"
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
    ARR(char *) words; // the same, each as it was meant: a name may hold blanks
};

bool spec_parse(struct spec *s, const char *text, struct err *err);
void spec_release(struct spec *s);
// As one word of a spec, quoted where it would be read as something else.
void spec_put_word(struct buf *out, const char *word);
// "describe pods shop/web": what opens that view for that object and no other. ns "": a kind of no namespace.
void spec_put_object(struct buf *out, const char *view, const char *kind, const char *ns, const char *name);
// The object that words[1] names: NS/NAME of a kind in namespaces; with -n NS, and of other kinds, a name whole.
// ns NULL: it names none. The caller frees. False: words are not KIND NAME, err says what is wanted.
bool spec_object(const struct spec *s, bool namespaced, char **ns, char **name, struct err *err);
void spec_text(const struct spec *s, struct buf *out);

#endif
