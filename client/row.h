// One object as kview keeps it: a single allocation with its identity, labels, owners, links and the
// fields its kind's columns need; never the document. Made by a decoder through struct row_builder.
#ifndef CLIENT_ROW_H
#define CLIENT_ROW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arr.h"
#include "base/buf.h"

enum severity { SEV_OK, SEV_DIM, SEV_INFO, SEV_WARN, SEV_BAD }; // how a row is coloured

union cell {
    const char *s; // never NULL for a text field
    int64_t n;     // counts, Unix seconds, millicores, bytes: the column's format says which
};
struct row {
    const char *uid, *ns, *name, *rv; // never NULL
    int64_t created, deleted;         // Unix seconds, 0: unset
    const char *labels; // packed "key\0value\0…\0", "" when none
    const char *owners; // packed "apiVersion\0Kind\0name\0uid\0…\0", the controller first
    const char *links;  // packed "kind-plural\0namespace\0name\0…\0": objects this one uses
    const char *insight; // one sentence on what is wrong, or ""
    uint8_t severity, faded; // see row_severity
    uint16_t nfields;
    uint32_t size; // bytes of the allocation
    uint32_t of;   // bytes of the uid that are the object's, where it has several rows ("uid/sub"); 0: the row is the object
    int64_t since; // Unix seconds, when what its severity says began; 0: it does not fade
    union cell f[];
};

const char *row_label(const struct row *row, const char *key); // NULL: not there
// What is wrong for more than a day is not news: a Pod that has been Pending for weeks is not ranked with a crash of
// this minute. now: Unix seconds.
enum severity row_severity(const struct row *row, int64_t now);
void row_free(struct row *row);

enum { ROW_MAX_FIELDS = 48 };

// Where a decoder puts its rows. Strings are copied at once; the builder is reused.
struct row_builder {
    struct buf text; // string storage of the row being built
    size_t nfields;
    struct {
        size_t at; // offset in text for strings
        int64_t n;
        bool is_text;
    } f[ROW_MAX_FIELDS];
    size_t uid, ns, name, rv, insight, of;
    struct buf labels, owners, links;
    int64_t created, deleted;
    uint8_t severity, faded;
    int64_t since;
    bool nameless; // such an object is no row: whatever is done to it would be done to all of its kind
    void (*emit)(void *arg, struct row *row); // takes the row
    void *arg;
};

void rb_init(struct row_builder *b, void (*emit)(void *arg, struct row *row), void *arg);
void rb_release(struct row_builder *b);
// Begins a row: fields 0..nfields-1 are "" / 0 until set; metadata (uid, namespace, name,
// resourceVersion, timestamps, labels, ownerReferences) is taken from obj.metadata.
void rb_begin(struct row_builder *b, const json_t *obj, size_t nfields);
void rb_str(struct row_builder *b, unsigned field, const char *s); // NULL: ""
void rb_fmt(struct row_builder *b, unsigned field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void rb_num(struct row_builder *b, unsigned field, int64_t n);
void rb_sub_id(struct row_builder *b, const char *sub); // several rows an object: uid becomes "uid/sub"
void rb_set_name(struct row_builder *b, const char *name);
void rb_link(struct row_builder *b, const char *plural, const char *ns, const char *name);
void rb_severity(struct row_builder *b, enum severity sev); // keeps the worst of those given
void rb_fade(struct row_builder *b, int64_t since, enum severity to); // a day after `since` it is no worse than `to`
void rb_insight(struct row_builder *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void rb_emit(struct row_builder *b);

// How documents of one kind become rows. Paths name what prune keeps, e.g. "metadata.name",
// "spec.containers[].image", "metadata.labels" (a whole subtree); metadata's own fields of rb_begin are
// always kept, managedFields and last-applied never.
struct proto_field;
struct decoder {
    const char *const *paths; // NULL-terminated
    void (*decode)(const json_t *obj, struct row_builder *b);
    bool table; // ask the server for Tables: cells become text fields in columnDefinitions' order
    const struct proto_field *const *message; // as the server may send it in protobuf (client/proto.h); NULL: as JSON only
};

#endif
