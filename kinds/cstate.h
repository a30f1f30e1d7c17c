// What a container's status says went wrong, in words: shared by Pods and the list of their containers.
#ifndef KINDS_CSTATE_H
#define KINDS_CSTATE_H

#include "client/row.h"

// The paths it reads of each status; "[].started" too where a startup probe may be.
#define CSTATE_PATHS(at)                                                                           \
    at "[].name", at "[].image", at "[].restartCount", at "[].ready", at "[].state", at "[].lastState"

// ContainerCreating, PodInitializing, or nothing: no reason to worry.
bool cstate_calm(const char *waiting_reason);
// Sets the insight when the container failed, cannot start, or does not get ready. `what` is "container",
// "init container", "sidecar"; spec (may be NULL) is its entry in the Pod's spec.
void cstate_explain_failure(struct row_builder *b, const char *what, const json_t *spec, const json_t *status);
void cstate_explain_unready(struct row_builder *b, const char *what, const json_t *status);

#endif
