// How far a rollout is and what holds it up, from documents alone.
#ifndef ACTS_PROGRESS_H
#define ACTS_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

enum progress { PROGRESS_WAITING, PROGRESS_DONE, PROGRESS_STUCK };
// How far a rollout is, in kubectl rollout status's words: staging/src/k8s.io/kubectl/pkg/polymorphichelpers/
// rollout_status.go. STUCK: its deadline has passed.
enum progress progress_rollout(const char *resource, const json_t *object, struct buf *out);
// Of a Pod whose resources are changed in place, by its conditions (KEP-1287). STUCK: its node cannot, or not now.
enum progress progress_resize(const json_t *pod, struct buf *out);
bool progress_knows(const char *group, const char *resource); // its rollouts
// Why a Pod does not get ready ("CrashLoopBackOff, exit 1"); false: nothing is wrong with it.
bool progress_pod_fault(const json_t *pod, struct buf *out);
bool progress_pod_ready(const json_t *pod); // by its condition
// A StatefulSet that keeps its order (OrderedReady) waits for each of its Pods to be ready before it touches another, and
// does not replace one that never gets there, whatever the template is by then: whether this Pod is such a one, of another
// revision than the StatefulSet's of now. Nothing but its deletion helps.
// https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
bool progress_held_up(const json_t *object, const json_t *pod);

#endif
