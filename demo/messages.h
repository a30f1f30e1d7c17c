// The fields of the built-in types, as their published protobuf definitions name them: data in
// demo/messages/fields.txt, made by scripts/message-fields.py. For protobuf and for checking what is sent.
#ifndef DEMO_MESSAGES_H
#define DEMO_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

// s string, i int32, l int64, b bool, y base64, d double (in capitals: a pointer in Go), "time", "quantity",
// "intorstring", "raw", or the name of a message.
struct message_field {
    unsigned long long number;
    char name[80], type[80];
    bool list, map;
    bool inlined; // the message's fields are those of its owner in JSON
};
// "rbac.authorization.k8s.io/v1" and "Role" to "rbac.v1.Role".
void message_name(const char *api_version, const char *kind, char *out, size_t n);
// A place in the data for message_next; NULL: not known.
const char *message_find(const char *name);
bool message_next(const char **at, struct message_field *f);

#endif
