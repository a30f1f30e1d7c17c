#include "acts/progress.h"

#include <string.h>

#include "acts/history.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "kinds/common.h"

static const json_t *condition(const json_t *o, const char *type)
{
    return cond_is(o, type, "True") ? cond_find(o, type) : NULL;
}

static void put_condition(const json_t *c, struct buf *out)
{
    const char *reason = json_str(c, "reason", NULL), *message = json_str(c, "message", NULL);
    utf8_sanitise(out, reason, strlen(reason));
    buf_puts(out, *message ? ": " : "");
    utf8_sanitise(out, message, strlen(message));
}

// Its Pods are refused: a quota, a webhook, a policy.
static bool cannot_make(const json_t *o, struct buf *out)
{
    const json_t *c = condition(o, "ReplicaFailure");
    if (c)
        put_condition(c, out);
    return c != NULL;
}

static enum progress deployment(const json_t *o, struct buf *out)
{
    const json_t *st = json_object_get(o, "status");
    const json_t *want = json_at(o, "spec", "replicas", NULL);
    long long n = want ? (long long)json_integer_value(want) : 1;
    long long updated = json_i64(st, "updatedReplicas", NULL), all = json_i64(st, "replicas", NULL);
    long long available = json_i64(st, "availableReplicas", NULL);
    size_t i;
    json_t *c;
    if (json_i64(o, "metadata", "generation", NULL) > json_i64(st, "observedGeneration", NULL)) {
        buf_puts(out, "waiting for the change to be observed");
        return PROGRESS_WAITING;
    }
    json_array_foreach(json_object_get(st, "conditions"), i, c)
    {
        if (str_eq(json_str(c, "type", NULL), "Progressing") &&
            str_eq(json_str(c, "reason", NULL), "ProgressDeadlineExceeded")) {
            buf_puts(out, "exceeded its progress deadline");
            return PROGRESS_STUCK;
        }
    }
    if (all < n && cannot_make(o, out))
        return PROGRESS_STUCK;
    bool paused = json_bool(o, "spec", "paused", NULL); // its template is not rolled out, but it scales
    if (paused && available == n && all == n)
        return buf_printf(out, "%lld/%lld available, paused", available, n), PROGRESS_DONE;
    if (paused && all <= n)
        buf_printf(out, "%lld of %lld replicas are available", available, n);
    else if (!paused && updated < n)
        buf_printf(out, "%lld out of %lld new replicas have been updated", updated, n);
    else if (!paused && all > updated)
        buf_printf(out, "%lld old replicas are pending termination", all - updated);
    else if (all > n) // scaled down: rollout status does not look at this
        buf_printf(out, "%lld replicas too many are pending termination", all - n);
    else if (available < updated)
        buf_printf(out, "%lld of %lld updated replicas are available", available, updated);
    else
        return buf_printf(out, "%lld/%lld available", available, n), PROGRESS_DONE;
    return PROGRESS_WAITING;
}

static enum progress daemonset(const json_t *o, struct buf *out)
{
    const json_t *st = json_object_get(o, "status");
    long long want = json_i64(st, "desiredNumberScheduled", NULL), updated = json_i64(st, "updatedNumberScheduled", NULL);
    long long available = json_i64(st, "numberAvailable", NULL);
    bool on_delete = str_eq(json_str(o, "spec", "updateStrategy", "type", NULL), "OnDelete");
    if (json_i64(o, "metadata", "generation", NULL) > json_i64(st, "observedGeneration", NULL))
        buf_puts(out, "waiting for the change to be observed");
    else if (!on_delete && updated < want)
        buf_printf(out, "%lld out of %lld new pods have been updated", updated, want);
    else if (available < want)
        buf_printf(out, "%lld of %lld updated pods are available", available, want);
    else
        return buf_printf(out, "%lld/%lld available%s", available, want, on_delete ? "; Pods are replaced when deleted" : ""),
               PROGRESS_DONE;
    return PROGRESS_WAITING;
}

static enum progress statefulset(const json_t *o, struct buf *out)
{
    const json_t *st = json_object_get(o, "status"), *want = json_at(o, "spec", "replicas", NULL);
    long long n = want ? (long long)json_integer_value(want) : 1;
    long long part = json_i64(o, "spec", "updateStrategy", "rollingUpdate", "partition", NULL);
    long long ready = json_i64(st, "readyReplicas", NULL), updated = json_i64(st, "updatedReplicas", NULL);
    long long all = json_i64(st, "replicas", NULL);
    bool on_delete = str_eq(json_str(o, "spec", "updateStrategy", "type", NULL), "OnDelete");
    int64_t seen = json_i64(st, "observedGeneration", NULL);
    if (!seen || json_i64(o, "metadata", "generation", NULL) > seen)
        buf_puts(out, "waiting for the change to be observed");
    else if (ready < n)
        buf_printf(out, "waiting for %lld pods to be ready", n - ready);
    else if (all > n)
        buf_printf(out, "%lld pods too many are pending termination", all - n);
    else if (!on_delete && part > 0 && updated < n - part)
        buf_printf(out, "%lld out of %lld new pods have been updated", updated, n - part);
    else if (!on_delete && part <= 0 &&
             !str_eq(json_str(st, "updateRevision", NULL), json_str(st, "currentRevision", NULL)))
        buf_printf(out, "waiting for the rolling update: %lld pods at revision %s", updated,
            json_str(st, "updateRevision", NULL));
    else
        return buf_printf(out, "%lld/%lld ready", ready, n), PROGRESS_DONE;
    return PROGRESS_WAITING;
}

static enum progress replicas(const json_t *o, struct buf *out)
{
    const json_t *st = json_object_get(o, "status");
    long long n = json_i64(o, "spec", "replicas", NULL), all = json_i64(st, "replicas", NULL);
    long long ready = json_i64(st, "readyReplicas", NULL);
    bool seen = json_i64(o, "metadata", "generation", NULL) <= json_i64(st, "observedGeneration", NULL);
    if (seen && all < n && cannot_make(o, out))
        return PROGRESS_STUCK;
    buf_printf(out, "%lld/%lld ready", ready, n);
    return seen && all == n && ready >= n ? PROGRESS_DONE : PROGRESS_WAITING;
}

enum progress progress_resize(const json_t *pod, struct buf *out)
{
    const json_t *pending = condition(pod, "PodResizePending"), *going = condition(pod, "PodResizeInProgress");
    int64_t now = json_i64(pod, "metadata", "generation", NULL);
    bool of_now = pending && json_i64(pending, "observedGeneration", NULL) >= now;
    if (of_now || str_eq(json_str(going, "reason", NULL), "Error")) {
        put_condition(of_now ? pending : going, out);
        return PROGRESS_STUCK;
    }
    if (!going && !pending && json_i64(pod, "status", "observedGeneration", NULL) >= now)
        return buf_puts(out, "resized"), PROGRESS_DONE;
    buf_puts(out, going ? "the kubelet resizes it" : "waiting for the kubelet to see it");
    return PROGRESS_WAITING;
}

static const struct {
    const char *group, *resource;
    enum progress (*fn)(const json_t *o, struct buf *out);
} rollouts[] = { { "apps", "deployments", deployment }, { "apps", "daemonsets", daemonset },
    { "apps", "statefulsets", statefulset }, { "apps", "replicasets", replicas },
    { "", "replicationcontrollers", replicas } };

bool progress_knows(const char *group, const char *resource)
{
    for (size_t i = 0; i < ARRAY_SIZE(rollouts); i++)
        if (str_eq(rollouts[i].resource, resource) && str_eq(rollouts[i].group, group))
            return true;
    return false;
}

enum progress progress_rollout(const char *resource, const json_t *object, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(rollouts); i++)
        if (str_eq(rollouts[i].resource, resource))
            return rollouts[i].fn(object, out);
    return PROGRESS_DONE;
}

bool progress_pod_fault(const json_t *pod, struct buf *out)
{
    static const char *const lists[] = { "initContainerStatuses", "containerStatuses" };
    static const char *const fine[] = { "", "ContainerCreating", "PodInitializing" };
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        json_t *c;
        size_t i;
        json_array_foreach(json_at(pod, "status", lists[k], NULL), i, c)
        {
            const char *why = json_str(c, "state", "waiting", "reason", NULL);
            const json_t *last = json_at(c, "lastState", "terminated", NULL);
            bool ok = false;
            for (size_t f = 0; f < ARRAY_SIZE(fine); f++)
                ok |= str_eq(fine[f], why);
            if (ok)
                continue;
            buf_puts(out, why);
            if (last)
                buf_printf(out, ", exit %lld", (long long)json_i64(last, "exitCode", NULL));
            return true;
        }
    }
    if (!cond_is(pod, "PodScheduled", "False"))
        return false;
    const json_t *c = cond_find(pod, "PodScheduled");
    buf_printf(out, "%s: %.160s", json_str(c, "reason", NULL), json_str(c, "message", NULL));
    return true;
}

static bool keeps_order(const json_t *o)
{
    const json_t *spec = json_object_get(o, "spec");
    return *json_str(o, "status", "updateRevision", NULL) && // of StatefulSets alone
           !str_eq(json_str(spec, "podManagementPolicy", NULL), "Parallel") &&
           !str_eq(json_str(spec, "updateStrategy", "type", NULL), "OnDelete");
}

bool progress_pod_ready(const json_t *pod)
{
    return cond_is(pod, "Ready", "True");
}

bool progress_held_up(const json_t *o, const json_t *pod)
{
    const char *revision = json_str(pod, "metadata", "labels", "controller-revision-hash", NULL);
    return keeps_order(o) && history_controls(o, pod) && !progress_pod_ready(pod) && *revision &&
           !*json_str(pod, "metadata", "deletionTimestamp", NULL) &&
           !str_eq(revision, json_str(o, "status", "updateRevision", NULL));
}
