// The Pod's sections of describe (kubectl pkg/describe PodDescriber).
#ifndef VIEWS_DESCRIBE_POD_H
#define VIEWS_DESCRIBE_POD_H

#include <jansson.h>
#include <stdint.h>

#include "ui/text.h"

void describe_pod(const json_t *pod, int64_t now, struct text *out);

#endif
