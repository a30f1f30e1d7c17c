#include "logs/pods.h"

#include "base/json.h"
#include "base/str.h"

#define STATUS_PATHS(at) at "[].name", at "[].restartCount", at "[].containerID", at "[].state", at "[].lastState"
static const char *const paths[] = { "metadata.annotations", "spec.containers[].name", "spec.initContainers[].name",
    "spec.ephemeralContainers[].name", STATUS_PATHS("status.containerStatuses"),
    STATUS_PATHS("status.initContainerStatuses"), STATUS_PATHS("status.ephemeralContainerStatuses"), NULL };

static void put_status(struct row_builder *b, const json_t *cs)
{
    const json_t *term = json_at(cs, "state", "terminated", NULL);
    const json_t *last = json_at(cs, "lastState", "terminated", NULL);
    bool running = json_at(cs, "state", "running", NULL) != NULL;
    const char *cid = json_str(cs, "containerID", NULL);
    rb_num(b, F_RESTARTS, json_i64(cs, "restartCount", NULL));
    rb_num(b, F_STATE, running ? STATE_RUNNING : term ? STATE_TERMINATED : cs ? STATE_WAITING : STATE_NONE);
    rb_str(b, F_CID, running ? cid : term ? str_or(json_str(term, "containerID", NULL), cid) : "");
    rb_str(b, F_WHY, json_str(term ? term : json_at(cs, "state", "waiting", NULL), "reason", NULL));
    rb_num(b, F_EXIT, json_i64(term, "exitCode", NULL));
    rb_num(b, F_ENDED, json_time(term, "finishedAt", NULL));
    rb_str(b, F_LAST_CID, json_str(last, "containerID", NULL));
    rb_str(b, F_LAST_WHY, json_str(last, "reason", NULL));
    rb_num(b, F_LAST_EXIT, json_i64(last, "exitCode", NULL));
    rb_num(b, F_LAST_ENDED, json_time(last, "finishedAt", NULL));
}

static bool has_container(const json_t *pod, const char *name)
{
    size_t i;
    json_t *c;
    json_array_foreach (json_at(pod, "spec", "containers", NULL), i, c) {
        if (*name && str_eq(json_str(c, "name", NULL), name))
            return true;
    }
    return false;
}

static void decode(const json_t *pod, struct row_builder *b)
{
    static const char *const lists[][2] = { { "initContainers", "initContainerStatuses" },
        { "containers", "containerStatuses" }, { "ephemeralContainers", "ephemeralContainerStatuses" } };
    const char *by_default = json_str(pod, "metadata", "annotations", "kubectl.kubernetes.io/default-container", NULL);
    bool named = has_container(pod, by_default);
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        size_t i;
        json_t *c;
        json_array_foreach(json_at(pod, "spec", lists[k][0], NULL), i, c)
        {
            const char *name = json_str(c, "name", NULL);
            const json_t *status = json_named(json_at(pod, "status", lists[k][1], NULL), name);
            rb_begin(b, pod, F_COUNT);
            rb_str(b, F_POD, json_str(pod, "metadata", "name", NULL));
            rb_sub_id(b, name);
            rb_set_name(b, name);
            put_status(b, status);
            rb_num(b, F_DEFAULT, !named ? DEFAULT_NONE : str_eq(name, by_default) ? DEFAULT_THIS : DEFAULT_OTHER);
            rb_emit(b);
        }
    }
}

const struct decoder logpods_decoder = { .paths = paths, .decode = decode };
