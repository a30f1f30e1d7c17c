// exec and attach of Pods over WebSockets, v5 and v4 of remotecommand (pkg/registry/core/pod/rest/subresources.go,
// k8s.io/cri-streaming). What is executed runs on this machine, in the container's folder; what is attached to writes
// the container's log, and only where the container has a stdin it is a shell.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/api.h"
#include "demo/containers.h"
#include "demo/ctl.h"
#include "demo/folders.h"
#include "demo/process.h"
#include "demo/status.h"
#include "demo/wsock.h"

enum { CH_STDIN, CH_STDOUT, CH_STDERR, CH_STATUS, CH_RESIZE, CH_CLOSE = 255 };
enum { IN_MAX = 1 << 20, OUT_MAX = 512 << 10, LEAST_WAIT_MS = 20, MAX_WORDS = 64 };

struct session {
    struct cluster *cl;
    struct wsock *ws;
    struct process *process;
    char *uid, *cid, *folder, *refusal; // refusal: why it cannot begin, told on the open WebSocket
    struct log_source log; // names its container too
    int64_t line;          // the next of the log
    struct loop_timer *timer;
    ARR(char *) argv;
    bool attach, tty, in, is_main, ended; // is_main: what runs is the container itself
};

static void on_event(void *arg, const struct db_event *ev);

static void session_free(struct session *s)
{
    db_unlisten(s->cl->db, on_event, s);
    process_free(s->process);
    wsock_free(s->ws);
    loop_timer_free(s->timer);
    log_source_release(&s->log);
    for (size_t i = 0; i < s->argv.n; i++)
        free(s->argv.v[i]);
    arr_release(&s->argv);
    free(s->uid);
    free(s->cid);
    free(s->folder);
    free(s->refusal);
    free(s);
}

// ---- how it ends

static void send_status(struct session *s, json_t *status)
{
    char *text = json_dumps(status, JSON_COMPACT);
    wsock_send(s->ws, CH_STATUS, text, strlen(text));
    free(text);
    json_decref(status);
    s->ended = true;
    loop_timer_stop(s->timer);
    wsock_close(s->ws);
}

static void send_exit(struct session *s, int code)
{
    char text[16];
    snprintf(text, sizeof(text), "%d", code);
    if (code == 0)
        send_status(s, json_pack("{s:{},s:s}", "metadata", "status", "Success"));
    else
        send_status(s,
            json_pack("{s:{},s:s,s:o,s:s,s:{s:[{s:s,s:s}]}}", "metadata", "status", "Failure", "message",
                json_sprintf("command terminated with non-zero exit code: command terminated with exit code %d", code),
                "reason", "NonZeroExitCode", "details", "causes", "reason", "ExitCode", "message", text));
}

static void send_error(struct session *s, const char *why)
{
    send_status(s, json_pack("{s:{},s:s,s:o,s:s,s:{s:[{s:s}]},s:i}", "metadata", "status", "Failure", "message",
                       json_sprintf("Internal error occurred: %s", why), "reason", "InternalError", "details",
                       "causes", "message", why, "code", 500));
}

// ---- the program

// Images that hold one program and no shell.
static bool has_shell(const char *image)
{
    static const char *const bare[] = { "distroless", "registry.k8s.io/coredns/", "registry.k8s.io/kube-",
        "registry.k8s.io/etcd:", "registry.k8s.io/pause:", "registry.k8s.io/metrics-server/",
        "registry.k8s.io/autoscaling/", "quay.io/jetstack/", "quay.io/prometheus-operator/" };
    for (size_t i = 0; i < ARRAY_SIZE(bare); i++)
        if (strstr(image, bare[i]))
            return false;
    return true;
}

static bool is_shell(const char *program)
{
    return str_ends(program, "sh");
}

// The root of a container is its folder: what is named from there is meant below it.
static char *inside(const char *path)
{
    while (*path == '/' || str_starts(path, "../"))
        path += *path == '/' ? 1 : 3;
    return xstrdup(*path && !str_eq(path, "..") ? path : ".");
}

static void take_words(struct session *s, const char *const *words, size_t n)
{
    size_t from = n > 2 && str_eq(words[0], "chroot") ? 2 : 0; // a node's files are its folder too
    for (size_t i = from; i < n; i++) {
        bool script = i > from && str_eq(words[i - 1], "-c") && is_shell(words[from]);
        arr_push(&s->argv, *words[i] == '/' && i > from && !script ? inside(words[i]) : xstrdup(words[i]));
    }
    arr_push(&s->argv, NULL);
}

static void on_output(void *arg, int fd, const char *data, size_t n)
{
    struct session *s = arg;
    wsock_send(s->ws, fd == 1 ? CH_STDOUT : CH_STDERR, data, n);
    if (wsock_queued(s->ws) > OUT_MAX)
        process_pause(s->process, true);
}

static void on_taken(void *arg)
{
    struct session *s = arg;
    wsock_pause(s->ws, false);
}

static void on_exit_status(void *arg, int status)
{
    struct session *s = arg;
    if (s->is_main)
        ctl_kubelet_exited(s->cl, s->uid, s->log.container, status);
    if (s->attach && !s->ended)
        send_status(s, json_pack("{s:{},s:s}", "metadata", "status", "Success"));
    else if (!s->ended)
        send_exit(s, status);
}

static void greet(struct session *s)
{
    static const char text[] = "The demo runs a shell of this machine, in a temporary folder of its own.\r\n";
    if (s->tty && s->in && is_shell(s->argv.v[0]))
        wsock_send(s->ws, CH_STDOUT, text, sizeof(text) - 1);
}

static bool start_program(struct session *s, struct err *err)
{
    static const struct process_ops ops = { on_output, on_taken, on_exit_status };
    // The prompt: bash reads /etc/bash.bashrc, which sets one of its own.
    char *home = xasprintf("HOME=%s", s->folder), *host = xasprintf("HOSTNAME=%s", s->log.pod);
    char *ps1 = xasprintf("PS1=%s:${PWD#$HOME}/# ", s->log.pod);
    char *bash = xasprintf("PROMPT_COMMAND=PS1='%s'; unset PROMPT_COMMAND", ps1 + 4);
    const char *env[] = { "PATH=" PROCESS_PATH, "LANG=C.UTF-8", "TERM=xterm", home, host, ps1, bash, NULL };
    struct process_opts o = { .argv = (const char *const *)s->argv.v, .env = env, .dir = s->folder, .tty = s->tty, .in = s->in };
    struct buf path = BUF_INIT;
    bool there = process_find(s->argv.v[0], &path, err);
    if (there && !has_shell(s->log.image))
        there = strchr(s->argv.v[0], '/')
                    ? err_set(err, "exec: \"%s\": stat %s: no such file or directory", s->argv.v[0], s->argv.v[0])
                    : err_set(err, "exec: \"%s\": executable file not found in $PATH", s->argv.v[0]);
    if (there)
        greet(s);
    s->process = there ? process_start(s->cl->loop, &o, &ops, s, err) : NULL;
    buf_release(&path);
    free(home);
    free(host);
    free(ps1);
    free(bash);
    return s->process;
}

static void run(struct session *s)
{
    struct err err = { 0 };
    if (start_program(s, &err))
        return;
    char *why = xasprintf("error executing command in container: failed to exec in container: failed to start exec "
                          "\"%.64s\": OCI runtime exec failed: exec failed: unable to start container process: %s",
        s->cid + (str_starts(s->cid, "containerd://") ? 13 : 0), err.msg);
    send_error(s, why);
    free(why);
}

// ---- the log of what is attached to

static int64_t now_ms(const struct session *s)
{
    int64_t shown = sim_now(s->cl->sim), real = sim_now_ms(s->cl->sim);
    return shown < real / 1000 ? shown * 1000 : real; // the clock may stand still
}

static void on_timer(void *arg)
{
    struct session *s = arg;
    if (s->ended)
        return;
    struct buf b = BUF_INIT;
    for (int64_t to = log_count(&s->log.in, now_ms(s)); s->line < to && b.n < OUT_MAX; s->line++) {
        log_line(&s->log.in, s->line, &b);
        buf_puts(&b, s->tty ? "\r\n" : "\n");
    }
    if (b.n)
        wsock_send(s->ws, CH_STDOUT, b.s, b.n);
    buf_release(&b);
    if (s->log.in.end_ms && s->log.in.end_ms <= now_ms(s)) {
        send_status(s, json_pack("{s:{},s:s}", "metadata", "status", "Success"));
        return;
    }
    int64_t wait = log_stamp(&s->log.in, s->line) / 1000000 - now_ms(s);
    if (wsock_queued(s->ws) < OUT_MAX) // else once that is sent
        loop_timer_start(s->timer, wait > LEAST_WAIT_MS ? wait : LEAST_WAIT_MS, 0);
}

// ---- the container ends, and with it what runs in it

static void on_event(void *arg, const struct db_event *ev)
{
    struct session *s = arg;
    const json_t *cs = NULL, *term = NULL;
    if (s->ended || !str_eq(ev->now->uid, s->uid))
        return;
    if (ev->type != DB_DELETED) {
        container_find(db_peek(s->cl->db, ev->now), s->log.container, &cs);
        if (json_at(cs, "state", "running", NULL) && str_eq(json_str(cs, "containerID", NULL), s->cid))
            return;
        term = json_at(cs, "state", "terminated", NULL);
        term = term ? term : json_at(cs, "lastState", "terminated", NULL);
    }
    if (term)
        log_source_state(&s->log, term);
    if (!s->log.in.end_ms)
        s->log.in.end_ms = now_ms(s);
    if (s->process)
        process_kill(s->process);
    else
        loop_timer_start(s->timer, 0, 0);
}

// ---- the WebSocket

static void on_open(void *arg)
{
    struct session *s = arg;
    wsock_send(s->ws, CH_STDOUT, "", 0); // "connected"
    if (s->refusal)
        send_error(s, s->refusal);
    else if (s->argv.n)
        run(s);
    else
        on_timer(s);
}

static void resize(struct session *s, const uint8_t *data, size_t n)
{
    json_t *size = json_loadb((const char *)data, n, 0, NULL);
    int64_t cols = json_i64(size, "Width", NULL), rows = json_i64(size, "Height", NULL);
    if (s->process && cols > 0 && rows > 0 && cols <= UINT16_MAX && rows <= UINT16_MAX)
        process_resize(s->process, (int)rows, (int)cols);
    json_decref(size);
}

static void on_message(void *arg, const uint8_t *data, size_t n)
{
    struct session *s = arg;
    if (!n || !s->process)
        return;
    if (data[0] == CH_STDIN && s->in) {
        process_write(s->process, data + 1, n - 1);
        wsock_pause(s->ws, process_queued(s->process) > IN_MAX);
    } else if (data[0] == CH_CLOSE && n == 2 && data[1] == CH_STDIN) {
        process_end_input(s->process);
    } else if (data[0] == CH_RESIZE) {
        resize(s, data + 1, n - 1);
    }
}

static void on_drained(void *arg)
{
    struct session *s = arg;
    if (s->process)
        process_pause(s->process, false);
    else if (!s->ended && !loop_timer_active(s->timer))
        loop_timer_start(s->timer, 0, 0);
}

static void on_closed(void *arg)
{
    session_free(arg);
}

// ---- the request

static bool flag(struct call *c, const char *name)
{
    const char *v = req_query(c->rq, name);
    return v && (str_ieq(v, "true") || str_eq(v, "1"));
}

static const json_t *find_pod(struct call *c, struct rev **r, json_t **error)
{
    *r = db_get(c->cl->db, c->rt, c->ns, c->name);
    if (!*r)
        *error = status_not_found(c->rt, c->name);
    return *r ? db_peek(c->cl->db, *r) : NULL;
}

static void begin(struct call *c, struct session *s, const char *protocol)
{
    static const struct wsock_ops ops = { on_open, on_message, on_drained, on_closed };
    s->timer = loop_timer_new(c->cl->loop, on_timer, s);
    db_listen(c->cl->db, on_event, s);
    s->ws = wsock_accept(c->rq, c->cl->loop, protocol, &ops, s);
}

// The command of an exec; of an attach a shell, where the container has somebody to listen to.
static void choose_program(struct call *c, struct session *s, const json_t *ctr)
{
    static const char *const shell[] = { "sh" };
    const char *words[MAX_WORDS];
    if (!s->attach) {
        take_words(s, words, req_query_all(c->rq, "command", words, MAX_WORDS));
        return;
    }
    s->tty = json_bool(ctr, "tty", NULL);
    s->in = s->in && json_bool(ctr, "stdin", NULL);
    s->is_main = json_bool(ctr, "stdin", NULL);
    if (s->is_main)
        take_words(s, shell, 1);
}

static void choose_folder(struct session *s, const json_t *ctr, const json_t *cs)
{
    struct err err = { 0 };
    const char *folder = NULL;
    if (!json_at(cs, "state", "running", NULL))
        err_set(&err, "unable to upgrade connection: container not found (\"%s\")", json_str(ctr, "name", NULL));
    else if (!s->attach && !s->argv.v[0])
        err_set(&err, "error executing command in container: no command was given");
    else
        folder = folders_get(s->cl->folders, s->cid, &err);
    s->folder = xstrdup(str_or(folder, ""));
    s->refusal = folder ? NULL : xstrdup(err.msg);
}

static json_t *host_error(const json_t *pod)
{
    return *json_str(pod, "spec", "nodeName", NULL)
               ? NULL
               : status_bad_request("pod %s does not have a host assigned", json_str(pod, "metadata", "name", NULL));
}

void exec_serve(struct call *c)
{
    static const char *const protocols[] = { "v5.channel.k8s.io", "v4.channel.k8s.io", NULL };
    struct rev *r;
    json_t *error = NULL;
    const json_t *pod = find_pod(c, &r, &error), *cs = NULL;
    const json_t *ctr = pod ? container_choose(pod, req_query(c->rq, "container"), &cs, &error) : NULL;
    const char *protocol = sub_upgrade(c, protocols, ctr ? host_error(pod) : error);
    if (!protocol)
        return;
    struct session *s = xcalloc(1, sizeof(*s));
    s->cl = c->cl;
    s->attach = str_eq(c->sub, "attach");
    s->tty = flag(c, "tty");
    s->in = flag(c, "stdin");
    s->uid = xstrdup(r->uid);
    s->cid = xstrdup(json_str(cs, "containerID", NULL));
    log_source_init(&s->log, pod, ctr, json_at(cs, "state", "running", NULL), s->cid);
    choose_program(c, s, ctr);
    choose_folder(s, ctr, cs);
    if (!s->refusal)
        s->line = log_count(&s->log.in, now_ms(s));
    begin(c, s, protocol);
}
