// Answers in protobuf, as the API server's own programs ask for them: a third fewer bytes than JSON, half of them once they
// are compressed, and what nobody wants is passed over by its length. The same events as of prune.h come of it, with the same
// trees: those of the fields that a kind's paths name, called as in JSON.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
#ifndef CLIENT_PROTO_H
#define CLIENT_PROTO_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/prune.h"

struct proto;
struct proto_field;

extern const char proto_type[]; // application/vnd.kubernetes.protobuf
extern const struct proto_field *const proto_pod;

// paths and handlers as of prune_new; message: of the objects.
struct proto *proto_new(const struct prune_paths *paths, enum prune_mode mode, const struct proto_field *message,
    const struct prune_handlers *handlers, void *arg);
void proto_free(struct proto *p);
// Any split of the bytes. false: broken (err says so), an object above 16 MiB, or a handler said stop.
bool proto_feed(struct proto *p, const char *data, size_t n, struct err *err);
bool proto_finish(struct proto *p, struct err *err);

// Whether a path of a kind (client/row.h) leads somewhere in that message: for tests.
bool proto_knows(const struct proto_field *message, const char *path);
// A Status as an error's body: the caller frees it. NULL: it is none.
json_t *proto_status(const char *data, size_t n);

#endif
