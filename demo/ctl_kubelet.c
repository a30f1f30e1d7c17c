// The kubelets: a bound Pod's containers are created, pulled, started, probed, restarted with back-off
// and stopped, with the statuses and Events of the real one (pkg/kubelet). What a container does is told
// by the Pod's annotation demo.kview.io/behaviour, words such as "crash=5 exit=137 reason=OOMKilled".
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "demo/ctl.h"
#include "demo/resize.h"

enum { BACKOFF_FIRST = 10, BACKOFF_MAX = 300 }; // seconds

// The value of a word "key=value" of the behaviour; false: no such word.
static bool behaviour(const json_t *pod, const char *key, char *out, size_t n)
{
    const char *s = ctl_annotation(pod, "demo.kview.io/behaviour");
    size_t len = strlen(key);
    while (*s) {
        s += strspn(s, " ");
        size_t word = strcspn(s, " ");
        if (word >= len && strncmp(s, key, len) == 0 && (s[len] == '=' || word == len)) {
            const char *v = s + len + (s[len] == '=');
            snprintf(out, n, "%.*s", (int)(s + word - v), v);
            return true;
        }
        s += word;
    }
    return false;
}

static int64_t behaviour_int(const json_t *pod, const char *key, int64_t fallback)
{
    char v[32];
    int64_t n;
    return behaviour(pod, key, v, sizeof(v)) && str_to_i64(v, &n) ? n : fallback;
}

static void event(struct cluster *cl, const json_t *pod, const json_t *ctr, const char *list,
    bool warning, const char *reason, const char *msg)
{
    char path[300] = "";
    if (ctr)
        snprintf(path, sizeof(path), "spec.%s{%s}", list, json_str(ctr, "name", NULL));
    cl_event(cl, pod, path, warning, "kubelet", json_str(pod, "spec", "nodeName", NULL), reason,
        "%s", msg);
}

static json_t *waiting(const char *reason, const char *message)
{
    json_t *w = json_pack("{s:s}", "reason", reason);
    if (*message)
        json_object_set_new(w, "message", json_string(message));
    return json_pack("{s:o}", "waiting", w);
}

static json_t *container_status(const json_t *ctr, const char *reason)
{
    return json_pack("{s:s,s:o,s:{},s:b,s:i,s:s,s:s,s:b}", "name", json_str(ctr, "name", NULL),
        "state", waiting(reason, ""), "lastState", "ready", 0, "restartCount", 0, "image",
        json_str(ctr, "image", NULL), "imageID", "", "started", 0);
}

static bool is_sidecar(const json_t *ctr)
{
    return str_eq(json_str(ctr, "restartPolicy", NULL), "Always");
}

static void random_hex(struct cluster *cl, int n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < n; i++)
        out[i] = digits[sim_range(cl->sim, 0, 15)];
    out[n] = '\0';
}

// Ready and ContainersReady follow from the containers.
static void update_ready(struct cluster *cl, json_t *pod)
{
    struct buf names = BUF_INIT, msg = BUF_INIT;
    json_t *cs;
    size_t i, all = 0;
    json_array_foreach (json_at(pod, "status", "containerStatuses", NULL), i, cs) {
        all++;
        if (!json_bool(cs, "ready", NULL))
            buf_printf(&names, "%s%s", names.n ? " " : "", json_str(cs, "name", NULL));
    }
    bool ok = all > 0 && !names.n;
    const char *phase = json_str(pod, "status", "phase", NULL);
    const char *reason = "ContainersNotReady";
    if (str_eq(phase, "Succeeded"))
        reason = "PodCompleted";
    else if (str_eq(phase, "Failed"))
        reason = "PodFailed";
    else if (!ok)
        buf_printf(&msg, "containers with unready status: [%s]", names.s);
    static const char *const types[] = { "Ready", "ContainersReady" };
    for (i = 0; i < 2; i++)
        ctl_condition(cl, pod, types[i], ok ? "True" : "False", ok ? "" : reason, ok ? "" : msg.s);
    buf_release(&names);
    buf_release(&msg);
}

static void pod_ip(struct cluster *cl, json_t *pod, const json_t *node)
{
    json_t *status = ctl_status(pod);
    const char *host = json_str(status, "hostIP", NULL);
    char ip[32];
    if (*json_str(status, "podIP", NULL))
        return;
    uint32_t n = cl->next_ip++;
    const char *cidr = json_str(node, "spec", "podCIDR", NULL);
    int a = 10, b = 244, c = 0;
    sscanf(cidr, "%d.%d.%d.", &a, &b, &c);
    snprintf(ip, sizeof(ip), "%d.%d.%d.%u", a, b, c, 2 + n % 250);
    bool on_host = json_bool(pod, "spec", "hostNetwork", NULL);
    json_object_set_new(status, "podIP", json_string(on_host ? host : ip));
    json_object_set_new(status, "podIPs", json_pack("[{s:s}]", "ip", on_host ? host : ip));
}

static const json_t *node_tree(struct cluster *cl, const json_t *pod)
{
    return db_peek(cl->db, db_get(cl->db, cl_type(cl, "", "nodes"), "",
        json_str(pod, "spec", "nodeName", NULL)));
}

static void statuses(json_t *pod, const char *list, const char *field, const char *reason)
{
    json_t *out = json_array(), *ctr;
    size_t i;
    json_array_foreach (json_at(pod, "spec", list, NULL), i, ctr)
        json_array_append_new(out, container_status(ctr, reason));
    json_object_set_new(ctl_status(pod), field, out);
}

static void k_start(void *arg, const char *uid);

// The kubelet has seen the Pod: ContainerCreating.
static void k_create(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pod = ctl_load(cl, uid, "pods", &r);
    if (!pod || json_at(pod, "status", "startTime", NULL) || (r->flags & REV_TERMINATING)) {
        json_decref(pod);
        return;
    }
    char stamp[32];
    sim_stamp(cl->sim, stamp);
    const json_t *node = node_tree(cl, pod);
    json_t *status = ctl_status(pod);
    size_t inits = json_array_size(json_at(pod, "spec", "initContainers", NULL));
    const char *host = json_str(
        json_array_get(json_at(node, "status", "addresses", NULL), 0), "address", NULL);
    json_object_set_new(status, "phase", json_string("Pending"));
    json_object_set_new(status, "startTime", json_string(stamp));
    json_object_set_new(status, "hostIP", json_string(host));
    json_object_set_new(status, "hostIPs", json_pack("[{s:s}]", "ip", host));
    ctl_condition(cl, pod, "PodReadyToStartContainers", "False", "", "");
    if (inits) {
        struct buf msg = BUF_INIT;
        size_t i;
        json_t *c;
        buf_puts(&msg, "containers with incomplete status: [");
        json_array_foreach (json_at(pod, "spec", "initContainers", NULL), i, c)
            buf_printf(&msg, "%s%s", i ? " " : "", json_str(c, "name", NULL));
        buf_puts(&msg, "]");
        ctl_condition(cl, pod, "Initialized", "False", "ContainersNotInitialized", msg.s);
        buf_release(&msg);
        statuses(pod, "initContainers", "initContainerStatuses", "PodInitializing");
    } else {
        ctl_condition(cl, pod, "Initialized", "True", "", "");
    }
    statuses(pod, "containers", "containerStatuses",
        inits ? "PodInitializing" : "ContainerCreating");
    update_ready(cl, pod);
    cl_update(cl, r, pod);
    json_decref(pod);
    sim_after(cl->sim, sim_range(cl->sim, 500, 1400), k_start, cl, uid);
}

static bool image_is_bad(const char *image)
{
    return strstr(image, "does-not-exist") || strstr(image, ":broken") || strstr(image, "typo");
}

static void pull_failed(struct cluster *cl, json_t *pod, const json_t *ctr, json_t *cs,
    const char *list)
{
    char msg[700];
    const char *image = json_str(ctr, "image", NULL);
    bool again = str_eq(json_str(cs, "state", "waiting", "reason", NULL), "ErrImagePull");
    if (again) {
        snprintf(msg, sizeof(msg), "Back-off pulling image \"%s\"", image);
        event(cl, pod, ctr, list, false, "BackOff", msg);
        event(cl, pod, ctr, list, true, "Failed", "Error: ImagePullBackOff");
        snprintf(msg, sizeof(msg),
            "Back-off pulling image \"%s\": ErrImagePull: failed to pull and unpack image \"%s\": "
            "failed to resolve reference \"%s\": %s: not found",
            image, image, image, image);
        json_object_set_new(cs, "state", waiting("ImagePullBackOff", msg));
        return;
    }
    snprintf(msg, sizeof(msg), "Pulling image \"%s\"", image);
    event(cl, pod, ctr, list, false, "Pulling", msg);
    snprintf(msg, sizeof(msg),
        "failed to pull and unpack image \"%s\": failed to resolve reference \"%s\": %s: not found",
        image, image, image);
    json_object_set_new(cs, "state", waiting("ErrImagePull", msg));
    char text[800];
    snprintf(text, sizeof(text), "Failed to pull image \"%s\": %s", image, msg);
    event(cl, pod, ctr, list, true, "Failed", text);
    event(cl, pod, ctr, list, true, "Failed", "Error: ErrImagePull");
}

static void announce_start(struct cluster *cl, const json_t *pod, const json_t *ctr,
    const char *list, bool first)
{
    char msg[600];
    const char *image = json_str(ctr, "image", NULL);
    if (first && sim_range(cl->sim, 0, 2)) {
        snprintf(msg, sizeof(msg), "Pulling image \"%s\"", image);
        event(cl, pod, ctr, list, false, "Pulling", msg);
        int64_t ms = sim_range(cl->sim, 300, 2400);
        snprintf(msg, sizeof(msg),
            "Successfully pulled image \"%s\" in %lld.%03llds (%lld.%03llds including waiting). "
            "Image size: %lld bytes.",
            image, (long long)ms / 1000, (long long)ms % 1000, (long long)ms / 1000,
            (long long)ms % 1000, (long long)sim_range(cl->sim, 9000000, 240000000));
        event(cl, pod, ctr, list, false, "Pulled", msg);
    } else {
        snprintf(msg, sizeof(msg),
            "Container image \"%s\" already present on machine and can be accessed by the pod",
            image);
        event(cl, pod, ctr, list, false, "Pulled", msg);
    }
    event(cl, pod, ctr, list, false, "Created", "Container created");
    event(cl, pod, ctr, list, false, "Started", "Container started");
}

static void run_container(struct cluster *cl, json_t *pod, const json_t *ctr, json_t *cs,
    const char *list)
{
    char id[80], stamp[32], text[400];
    bool first = json_i64(cs, "restartCount", NULL) == 0;
    announce_start(cl, pod, ctr, list, first);
    sim_stamp(cl->sim, stamp);
    json_object_set_new(cs, "state", json_pack("{s:{s:s}}", "running", "startedAt", stamp));
    random_hex(cl, 64, id);
    snprintf(text, sizeof(text), "containerd://%s", id);
    json_object_set_new(cs, "containerID", json_string(text));
    if (!*json_str(cs, "imageID", NULL)) {
        random_hex(cl, 64, id);
        const char *image = json_str(ctr, "image", NULL), *slash = strrchr(image, '/');
        const char *tag = strchr(slash ? slash : image, ':');
        snprintf(text, sizeof(text), "%.*s@sha256:%s",
            tag ? (int)(tag - image) : (int)strlen(image), image, id);
        json_object_set_new(cs, "imageID", json_string(text));
    }
    bool startup = json_object_get(ctr, "startupProbe") != NULL;
    json_object_set_new(cs, "started", json_boolean(!startup));
    bool probe = startup || json_object_get(ctr, "readinessProbe");
    json_object_set_new(cs, "ready", json_boolean(!probe));
}

static json_t *status_at(const json_t *pod, const char *field, size_t i)
{
    return json_array_get(json_at(pod, "status", field, NULL), i);
}

static bool is_running(const json_t *cs)
{
    return json_at(cs, "state", "running", NULL) != NULL;
}

static void terminate(struct cluster *cl, json_t *cs, int64_t code, const char *reason)
{
    char stamp[32];
    sim_stamp(cl->sim, stamp);
    const char *began = json_str(cs, "state", "running", "startedAt", NULL);
    json_t *t = json_pack("{s:I,s:s,s:s,s:s,s:s}", "exitCode", (json_int_t)code, "reason", reason,
        "startedAt", *began ? began : stamp, "finishedAt", stamp, "containerID",
        json_str(cs, "containerID", NULL));
    json_object_set_new(cs, "state", json_pack("{s:o}", "terminated", t));
    json_object_set_new(cs, "ready", json_false());
    json_object_set_new(cs, "started", json_false());
}

static int64_t backoff_of(int64_t restarts)
{
    int64_t sec = BACKOFF_FIRST;
    for (int64_t i = 1; i < restarts && sec < BACKOFF_MAX; i++)
        sec *= 2;
    return sec < BACKOFF_MAX ? sec : BACKOFF_MAX;
}

static void k_restart(void *arg, const char *uid);
static void k_exit(void *arg, const char *uid);
static void k_probe(void *arg, const char *uid);

// A terminated container goes to lastState and waits for its back-off.
static void back_off(struct cluster *cl, json_t *pod, const json_t *ctr, json_t *cs,
    const char *list)
{
    char msg[500];
    int64_t n = json_i64(cs, "restartCount", NULL), sec = backoff_of(n);
    snprintf(msg, sizeof(msg), "back-off %s%llds restarting failed container=%s pod=%s_%s(%s)",
        sec >= 60 ? (sec == 80 ? "1m" : sec == 160 ? "2m" : "5m") : "",
        (long long)(sec >= 60 ? sec % 60 : sec), json_str(ctr, "name", NULL),
        json_str(pod, "metadata", "name", NULL), json_str(pod, "metadata", "namespace", NULL),
        json_str(pod, "metadata", "uid", NULL));
    json_object_set(cs, "lastState", json_object_get(cs, "state"));
    json_object_set_new(cs, "state", waiting("CrashLoopBackOff", msg));
    snprintf(msg, sizeof(msg), "Back-off restarting failed container %s in pod %s_%s(%s)",
        json_str(ctr, "name", NULL), json_str(pod, "metadata", "name", NULL),
        json_str(pod, "metadata", "namespace", NULL), json_str(pod, "metadata", "uid", NULL));
    event(cl, pod, ctr, list, true, "BackOff", msg);
    sim_after(cl->sim, sec * 1000, k_restart, cl, json_str(pod, "metadata", "uid", NULL));
}

// Starts init containers in their order; true when all that must have ended have.
static bool advance_inits(struct cluster *cl, json_t *pod, const char *uid)
{
    size_t i;
    json_t *ctr;
    json_array_foreach (json_at(pod, "spec", "initContainers", NULL), i, ctr) {
        json_t *cs = status_at(pod, "initContainerStatuses", i);
        const json_t *term = json_at(cs, "state", "terminated", NULL);
        if ((term && json_i64(term, "exitCode", NULL) == 0) || (is_sidecar(ctr) && is_running(cs)))
            continue;
        if (is_running(cs) || term)
            return false;
        if (image_is_bad(json_str(ctr, "image", NULL))) {
            pull_failed(cl, pod, ctr, cs, "initContainers");
            sim_after(cl->sim, 15000, k_start, cl, uid);
            return false;
        }
        run_container(cl, pod, ctr, cs, "initContainers");
        if (is_sidecar(ctr)) {
            json_object_set_new(cs, "ready", json_true());
            json_object_set_new(cs, "started", json_true());
            continue;
        }
        int64_t sec = behaviour_int(pod, "init", 2);
        sim_after(cl->sim, sec * 1000, k_exit, cl, uid);
        return false;
    }
    return true;
}

static bool owned_by_job(const json_t *pod)
{
    return str_eq(json_str(json_array_get(json_at(pod, "metadata", "ownerReferences", NULL), 0),
                      "kind", NULL),
        "Job");
}

static void schedule_ends(struct cluster *cl, const json_t *pod, const char *uid)
{
    int64_t crash = behaviour_int(pod, "crash", -1);
    int64_t done = behaviour_int(pod, "complete", owned_by_job(pod) ? 8 : -1);
    int64_t after = crash >= 0 ? crash : done;
    if (after >= 0)
        sim_after(cl->sim, after * 1000 + sim_range(cl->sim, 0, 900), k_exit, cl, uid);
}

static int64_t probe_delay(const json_t *ctr)
{
    int64_t a = json_i64(ctr, "startupProbe", "initialDelaySeconds", NULL);
    int64_t b = json_i64(ctr, "readinessProbe", "initialDelaySeconds", NULL);
    return a > b ? a : b;
}

static void start_containers(struct cluster *cl, json_t *pod, const char *uid)
{
    size_t i;
    json_t *ctr;
    bool bad = false, started = false;
    int64_t probe = -1;
    json_array_foreach (json_at(pod, "spec", "containers", NULL), i, ctr) {
        json_t *cs = status_at(pod, "containerStatuses", i);
        if (is_running(cs) || json_at(cs, "state", "terminated", NULL))
            continue;
        if (image_is_bad(json_str(ctr, "image", NULL))) {
            pull_failed(cl, pod, ctr, cs, "containers");
            bad = true;
            continue;
        }
        run_container(cl, pod, ctr, cs, "containers");
        started = true;
        if (!json_bool(cs, "ready", NULL) && probe_delay(ctr) > probe)
            probe = probe_delay(ctr);
    }
    if (bad)
        sim_after(cl->sim, cl->loading ? 300000 : 20000, k_start, cl, uid);
    if (probe >= 0)
        sim_after(cl->sim, probe * 1000 + sim_range(cl->sim, 700, 1800), k_probe, cl, uid);
    if (started)
        schedule_ends(cl, pod, uid);
    json_object_set_new(ctl_status(pod), "phase", json_string(started || !bad ? "Running" : "Pending"));
}

static bool startable(const struct rev *r)
{
    return !(r->flags & (REV_DONE | REV_TERMINATING));
}

// Sandbox and volumes are there: init containers, then the others.
static void k_start(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pod = ctl_load(cl, uid, "pods", &r);
    if (!pod || !startable(r)) {
        json_decref(pod);
        return;
    }
    pod_ip(cl, pod, node_tree(cl, pod));
    ctl_condition(cl, pod, "PodReadyToStartContainers", "True", "", "");
    if (advance_inits(cl, pod, uid)) {
        ctl_condition(cl, pod, "Initialized", "True", "", "");
        start_containers(cl, pod, uid);
    }
    update_ready(cl, pod);
    cl_update(cl, r, pod);
    json_decref(pod);
}

// Readiness probes succeed, unless the behaviour says "unready".
static void k_probe(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pod = ctl_load(cl, uid, "pods", &r);
    char v[64];
    if (!pod || !startable(r)) {
        json_decref(pod);
        return;
    }
    size_t i;
    json_t *cs;
    bool unready = behaviour(pod, "unready", v, sizeof(v));
    json_array_foreach (json_at(pod, "status", "containerStatuses", NULL), i, cs) {
        const json_t *ctr = json_array_get(json_at(pod, "spec", "containers", NULL), i);
        if (!is_running(cs))
            continue;
        json_object_set_new(cs, "started", json_true());
        if (unready && json_object_get(ctr, "readinessProbe")) {
            event(cl, pod, ctr, "containers", true, "Unhealthy",
                "Readiness probe failed: HTTP probe failed with statuscode: 503");
            sim_after(cl->sim, cl->loading ? 300000 : 10000, k_probe, cl, uid);
        } else {
            json_object_set_new(cs, "ready", json_true());
        }
    }
    update_ready(cl, pod);
    cl_update(cl, r, pod);
    json_decref(pod);
}

// An init container ends, with success unless the behaviour says "init-fail".
static bool exit_init(struct cluster *cl, json_t *pod, const char *uid)
{
    size_t i;
    json_t *ctr;
    char v[16];
    json_array_foreach (json_at(pod, "spec", "initContainers", NULL), i, ctr) {
        json_t *cs = status_at(pod, "initContainerStatuses", i);
        if (!is_running(cs) || is_sidecar(ctr))
            continue;
        bool fail = behaviour(pod, "init-fail", v, sizeof(v));
        terminate(cl, cs, fail ? 1 : 0, fail ? "Error" : "Completed");
        if (fail) {
            if (json_i64(cs, "restartCount", NULL) > 0)
                back_off(cl, pod, ctr, cs, "initContainers");
            else
                sim_after(cl->sim, 1000, k_restart, cl, uid);
        } else {
            json_object_set_new(cs, "ready", json_true());
            sim_after(cl->sim, 300, k_start, cl, uid);
        }
        return true;
    }
    return false;
}

static void finish_pod(struct cluster *cl, json_t *pod, bool ok)
{
    json_object_set_new(ctl_status(pod), "phase", json_string(ok ? "Succeeded" : "Failed"));
    if (ok)
        ctl_condition(cl, pod, "Initialized", "True", "PodCompleted", "");
}

static void exit_containers(struct cluster *cl, json_t *pod)
{
    char reason[64] = "Error", only[128] = "";
    int64_t crash = behaviour_int(pod, "crash", -1);
    int64_t code = behaviour_int(pod, "exit", crash >= 0 ? 1 : 0);
    bool named = behaviour(pod, "container", only, sizeof(only));
    if (!behaviour(pod, "reason", reason, sizeof(reason)))
        snprintf(reason, sizeof(reason), "%s", code ? "Error" : "Completed");
    const char *policy = json_str(pod, "spec", "restartPolicy", NULL);
    bool again = str_eq(policy, "Always") || (str_eq(policy, "OnFailure") && code != 0);
    size_t i;
    json_t *cs;
    bool live = false;
    json_array_foreach (json_at(pod, "status", "containerStatuses", NULL), i, cs) {
        const json_t *ctr = json_array_get(json_at(pod, "spec", "containers", NULL), i);
        if (!is_running(cs) || (named && !str_eq(json_str(ctr, "name", NULL), only))) {
            live = live || is_running(cs);
            continue;
        }
        terminate(cl, cs, code, reason);
        if (!again)
            continue;
        live = true;
        if (json_i64(cs, "restartCount", NULL) > 0)
            back_off(cl, pod, ctr, cs, "containers");
        else
            sim_after(
                cl->sim, 1000, k_restart, cl, json_str(pod, "metadata", "uid", NULL));
    }
    if (!live)
        finish_pod(cl, pod, code == 0);
}

static void k_exit(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pod = ctl_load(cl, uid, "pods", &r);
    if (!pod || !startable(r)) {
        json_decref(pod);
        return;
    }
    if (!exit_init(cl, pod, uid))
        exit_containers(cl, pod);
    update_ready(cl, pod);
    cl_update(cl, r, pod);
    json_decref(pod);
}

static void restart_list(struct cluster *cl, json_t *pod, const char *list, const char *field,
    const char *uid)
{
    size_t i;
    json_t *cs;
    json_array_foreach (json_at(pod, "status", field, NULL), i, cs) {
        const json_t *ctr = json_array_get(json_at(pod, "spec", list, NULL), i);
        const json_t *term = json_at(cs, "state", "terminated", NULL);
        bool looping
            = str_eq(json_str(cs, "state", "waiting", "reason", NULL), "CrashLoopBackOff");
        if (!looping && !(term && json_i64(term, "exitCode", NULL) != 0)
            && !(term && str_eq(list, "containers")))
            continue;
        if (term)
            json_object_set(cs, "lastState", json_object_get(cs, "state"));
        json_object_set_new(
            cs, "restartCount", json_integer(json_i64(cs, "restartCount", NULL) + 1));
        run_container(cl, pod, ctr, cs, list);
        if (str_eq(list, "initContainers"))
            sim_after(cl->sim, behaviour_int(pod, "init", 2) * 1000, k_exit, cl, uid);
        else if (!json_bool(cs, "ready", NULL))
            sim_after(cl->sim, probe_delay(ctr) * 1000 + 1200, k_probe, cl, uid);
        if (str_eq(list, "containers"))
            schedule_ends(cl, pod, uid);
    }
}

static void k_restart(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pod = ctl_load(cl, uid, "pods", &r);
    if (!pod || !startable(r)) {
        json_decref(pod);
        return;
    }
    restart_list(cl, pod, "initContainers", "initContainerStatuses", uid);
    restart_list(cl, pod, "containers", "containerStatuses", uid);
    update_ready(cl, pod);
    cl_update(cl, r, pod);
    json_decref(pod);
}

// Containers have stopped: the object goes, or stays for its finalizers.
static void k_gone(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pod = ctl_load(cl, uid, "pods", &r);
    if (!pod || !(r->flags & REV_TERMINATING)) {
        json_decref(pod);
        return;
    }
    size_t i;
    json_t *cs;
    json_array_foreach (json_at(pod, "status", "containerStatuses", NULL), i, cs) {
        if (is_running(cs))
            terminate(cl, cs, 0, "Completed");
    }
    bool held = json_array_size(json_at(pod, "metadata", "finalizers", NULL)) > 0;
    finish_pod(cl, pod, true);
    update_ready(cl, pod);
    char key[600];
    snprintf(key, sizeof(key), "%s", r->key);
    const struct rtype *rt = r->rt;
    cl_update(cl, r, pod);
    if (!held)
        db_delete(cl->db, rt, key);
    json_decref(pod);
}

static void k_stop(struct cluster *cl, const struct rev *r)
{
    json_t *pod = rev_tree(r);
    size_t i;
    json_t *ctr;
    char msg[200], v[16];
    json_array_foreach (json_at(pod, "spec", "containers", NULL), i, ctr) {
        snprintf(msg, sizeof(msg), "Stopping container %s", json_str(ctr, "name", NULL));
        event(cl, pod, ctr, "containers", false, "Killing", msg);
    }
    int64_t grace = json_i64(pod, "metadata", "deletionGracePeriodSeconds", NULL) * 1000;
    int64_t ms = behaviour(pod, "stubborn", v, sizeof(v)) ? grace : sim_range(cl->sim, 900, 2200);
    sim_after(cl->sim, ms < grace ? ms : grace, k_gone, cl, r->uid);
    json_decref(pod);
}

// ---- ephemeral containers: started once, never again

static json_t *ephemeral_status(json_t *pod, const json_t *ctr)
{
    json_t *status = ctl_status(pod), *all = json_object_get(status, "ephemeralContainerStatuses");
    if (!all) {
        all = json_array();
        json_object_set_new(status, "ephemeralContainerStatuses", all);
    }
    json_t *cs = (json_t *)json_named(all, json_str(ctr, "name", NULL));
    if (cs)
        return cs;
    cs = container_status(ctr, "ContainerCreating");
    json_array_append_new(all, cs);
    return cs;
}

static void k_ephemeral(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pod = ctl_load(cl, uid, "pods", &r), *ctr;
    size_t i;
    if (!pod || !startable(r)) {
        json_decref(pod);
        return;
    }
    json_array_foreach (json_at(pod, "spec", "ephemeralContainers", NULL), i, ctr) {
        json_t *cs = ephemeral_status(pod, ctr);
        if (is_running(cs) || json_at(cs, "state", "terminated", NULL))
            continue;
        if (image_is_bad(json_str(ctr, "image", NULL))) {
            pull_failed(cl, pod, ctr, cs, "ephemeralContainers");
            sim_after(cl->sim, 20000, k_ephemeral, cl, uid);
            continue;
        }
        run_container(cl, pod, ctr, cs, "ephemeralContainers");
        json_object_set_new(cs, "ready", json_false()); // of these it means nothing
        json_object_del(cs, "started");
    }
    cl_update(cl, r, pod);
    json_decref(pod);
}

static bool has_new_ephemeral(struct cluster *cl, struct rev *r)
{
    static const char key[] = "\"ephemeralContainers\"";
    if (!memmem(r->text, r->len, key, sizeof(key) - 1)) // of most events all that is asked
        return false;
    const json_t *pod = db_peek(cl->db, r);
    return json_array_size(json_at(pod, "spec", "ephemeralContainers", NULL)) >
           json_array_size(json_at(pod, "status", "ephemeralContainerStatuses", NULL));
}

void ctl_kubelet_exited(struct cluster *cl, const char *uid, const char *container, int code)
{
    static const char *const lists[][2] = { { "containers", "containerStatuses" },
        { "ephemeralContainers", "ephemeralContainerStatuses" } };
    struct rev *r;
    json_t *pod = ctl_load(cl, uid, "pods", &r);
    bool changed = false;
    for (size_t k = 0; pod && k < ARRAY_SIZE(lists); k++) {
        json_t *cs = (json_t *)json_named(json_at(pod, "status", lists[k][1], NULL), container);
        if (!is_running(cs))
            continue;
        terminate(cl, cs, code, code ? "Error" : "Completed");
        changed = true;
        if (k == 0 && str_eq(json_str(pod, "spec", "restartPolicy", NULL), "Never"))
            finish_pod(cl, pod, code == 0);
        else if (k == 0)
            sim_after(cl->sim, 1000, k_restart, cl, uid);
    }
    if (changed) {
        update_ready(cl, pod);
        cl_update(cl, r, pod);
    }
    json_decref(pod);
}

// ---- resources changed in place

static void k_resize(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pod = ctl_load(cl, uid, "pods", &r);
    if (pod && startable(r)) {
        resize_actuate(cl, pod, node_tree(cl, pod));
        cl_update(cl, r, pod);
    }
    json_decref(pod);
}

// "UID/CONTAINER"
static void k_resize_restart(void *arg, const char *which)
{
    struct cluster *cl = arg;
    struct rev *r;
    const char *slash = strchr(which, '/');
    char *uid = xstrndup(which, (size_t)(slash - which));
    json_t *pod = ctl_load(cl, uid, "pods", &r);
    if (pod && startable(r) && !ctl_find_condition(pod, RESIZE_PENDING))
        ctl_kubelet_exited(cl, uid, slash + 1, 137);
    json_decref(pod);
    free(uid);
}

// Once; said by its managedFields, without a look at each Pod's tree.
static bool was_resized(const struct rev *r)
{
    return strstr(r->text, "\"subresource\":\"resize\"") != NULL;
}

static bool begin_resize(struct cluster *cl, struct rev *now, struct rev *before)
{
    const json_t *pod = db_peek(cl->db, now);
    json_t *was = rev_tree(before), *names, *name;
    bool wanted = resize_wanted(pod, was);
    size_t i;
    if (wanted) {
        sim_after(cl->sim, 300, k_resize, cl, now->uid);
        names = resize_restarts(pod, was);
        json_array_foreach (names, i, name) {
            char *which = xasprintf("%s/%s", now->uid, json_string_value(name));
            sim_after(cl->sim, 600, k_resize_restart, cl, which);
            free(which);
        }
        json_decref(names);
    }
    json_decref(was);
    return wanted;
}

void ctl_kubelet_event(struct cluster *cl, const struct db_event *ev)
{
    const struct rev *r = ev->now, *p = ev->prev;
    if (!ctl_is(r, "", "pods") || ev->type == DB_DELETED || !*r->fields)
        return;
    if (r->flags & REV_TERMINATING) {
        if (!p || !(p->flags & REV_TERMINATING))
            k_stop(cl, r);
        return;
    }
    if (str_eq(r->ns, "scale") && ev->type == DB_ADDED && (r->flags & REV_READY))
        return;
    if (!p || !*p->fields)
        sim_after(cl->sim, sim_range(cl->sim, 40, 160), k_create, cl, r->uid);
    else if (was_resized(ev->now) && begin_resize(cl, ev->now, ev->prev))
        return;
    else if (has_new_ephemeral(cl, ev->now))
        ctl_enqueue(cl, k_ephemeral, r->uid);
}
