// Who sends to a Pod, from documents alone: the Services that select it, and the EndpointSlices that have it.
#ifndef ACTS_TRAFFIC_H
#define ACTS_TRAFFIC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "acts/progress.h"
#include "base/buf.h"

// Whether a Service sends to Pods of these labels: one without a selector, or of the type ExternalName, selects none.
bool traffic_selects(const json_t *service, const json_t *labels);
// The names of those of the list that do, to be freed by json_decref.
json_t *traffic_services(const json_t *services, const json_t *labels);
void traffic_put_services(const json_t *names, struct buf *out); // "Service web", "2 Services"
// How far the EndpointSlices (a list of the Pod's namespace) are with what its labels ask for, in words: away, none of
// them has the Pod, whoever made it; else those of each Service of that name have it, and as ready.
// https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
enum progress traffic_progress(const json_t *slices, const json_t *pod, const json_t *services, bool away, struct buf *out);

#endif
