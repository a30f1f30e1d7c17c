// The fields that :explain shows for the built-in kinds: owner, field, type (s string, i integer,
// b boolean, map, {} any object, []T list, else a struct of core/v1), required, description.
#ifndef DEMO_OPENAPI_FIELDS_H
#define DEMO_OPENAPI_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

struct openapi_field {
    const char *owner, *field, *type; // field "": the description of the owner itself
    bool required;
    const char *about;
};
extern const struct openapi_field openapi_fields[];
extern const size_t openapi_field_count;

#endif
