// A Pod's containers as the API server and the kubelet find them for logs, exec and attach
// (pkg/registry/core/pod/strategy.go, pkg/kubelet).
#ifndef DEMO_CONTAINERS_H
#define DEMO_CONTAINERS_H

#include <jansson.h>

#include "demo/loglines.h"

// Of the container and its status, either NULL when there is none.
const json_t *container_find(const json_t *pod, const char *name, const json_t **status);
// The container that is meant ("" or NULL: the only one); NULL and *error when that is not clear.
const json_t *container_choose(const json_t *pod, const char *name, const json_t **status, json_t **error);

// Whether one of them declares the port, which is what listens in a demo Pod.
bool container_port_open(const json_t *pod, int64_t port);

// What it writes. The strings of `in` are its own.
struct log_source {
    struct log_instance in;
    char *pod, *container, *image;
};
// `state`: the instance, running or terminated; `id`: its containerID.
void log_source_init(
    struct log_source *s, const json_t *pod, const json_t *ctr, const json_t *state, const char *id);
void log_source_state(struct log_source *s, const json_t *state);
void log_source_release(struct log_source *s);

#endif
