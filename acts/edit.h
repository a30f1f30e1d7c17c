// Editing an object as text, from documents alone: what of it is shown, what was changed in it, on top of what others
// changed meanwhile, and what was wrong with it, as comments of the file. An absent value is NULL.
#ifndef ACTS_EDIT_H
#define ACTS_EDIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

// A copy without what the server keeps by itself: status, managedFields, resourceVersion, uid and the like.
json_t *edit_clean(const json_t *object);
// Of a Secret: the values that are text move from data to stringData as they are; others stay base64. And back.
// False: err says where it is wrong ("stringData.port: …").
void edit_readable(json_t *doc);
bool edit_encode(json_t *doc, struct err *err);
// Whether what was typed is still that object, and sets nothing that is not sent.
bool edit_check(const json_t *edited, const json_t *base, struct err *err);

// What `mine` changed of `base`, on top of `theirs`. Where both changed the same to something else, mine is taken, and
// clashes gets {"path", "mine", "theirs"}. A new reference.
json_t *edit_merge(const json_t *base, const json_t *mine, const json_t *theirs, json_t *clashes);
// The JSON patch (RFC 6902) that makes `to` of `from`: only what differs. Lists whose elements are the same ones, by name or
// what else identifies them, are gone into; others are replaced as a whole.
json_t *edit_patch(const json_t *from, const json_t *to);
// All that the patch sets is so, whatever the server added to it.
bool edit_holds(const json_t *object, const json_t *patch);

// What was wrong: {"field", "message", "line"} each, of a Status that a server sent (NULL or cut off: err alone) …
json_t *edit_faults(const char *status, size_t n, const struct err *err);
// … or of yaml_load's words, "edit:LINE:COLUMN: …", and edit_check's, "FIELD: …".
json_t *edit_fault(const struct err *err);
// Adds the lines of the fields that faults name: where is yaml_load_where's.
void edit_find_lines(json_t *faults, const json_t *where);
// All of them on one line, values of Secrets left out.
void edit_faults_line(const json_t *faults, bool secret, struct buf *out);

struct edit_head {
    const char *kind, *ns, *name, *context;
    bool secret;
    const json_t *faults, *clashes; // NULL: none
};
// The comments above the document; lines of faults are counted on by as many as these are.
void edit_put_head(const struct edit_head *h, struct buf *out);
// Where the document begins below the comments that edit_put_head wrote.
size_t edit_body_at(const char *text);

#endif
