// Objects in Kubernetes' protobuf envelope, which typed Go clients send (kubectl create, drain, auth), to
// JSON: the fields of the messages are data in demo/messages/fields.txt. Nothing is written in protobuf.
#ifndef DEMO_PROTOBUF_H
#define DEMO_PROTOBUF_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

// True when the text begins as runtime.Unknown in protobuf does ("k8s\0").
bool protobuf_is(const char *bytes, size_t n);
// The object with apiVersion and kind, new; NULL: damaged, or of a message that is not known.
json_t *protobuf_decode(const char *bytes, size_t n, struct err *err);

#endif
