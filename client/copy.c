#include "client/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/json.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "client/exec.h"
#include "client/pack.h"
#include "client/target.h"
#include "client/untar.h"

enum { IN_MAX = 2 << 20, OUT_MAX = 1 << 20, PIECE = 256 << 10, SAID_MAX = 2000, ANSWER_MAX = 64 << 20 };
// Exit codes of the scripts below, beyond those of tar, cp and mv.
enum { RC_NO_DIR = 93, RC_NO_WRITE = 94, RC_NOT_WHOLE = 95 };

enum step { STEP_FINDING, STEP_LOOKING, STEP_OPENING, STEP_TAR, STEP_TAIL, STEP_CAT, STEP_SENDING, STEP_OVER };

struct copy {
    struct client *client;
    struct loop *loop;
    void (*changed)(void *arg);
    void *arg;
    bool up, force, raw;
    char *ns, *name, *container, *remote, *local;
    char *pod, *dir, *base, *where; // dir and base: remote, taken apart
    enum step step;
    struct target *target;
    struct exec *exec;
    uint64_t request;
    struct untar *untar;
    struct pack *pack;
    struct buf in, job_data, answer, said; // said: on stderr
    bool busy;  // a job is in the pool
    bool freed, cancelled, paused, open, sent_all, ended, finishing;
    bool job_ok, job_done;
    uint64_t go_on;
    struct exec_end end;
    struct err job_err, feed_err;
    struct copy_status status;
    int64_t began;
};

static void run_job(struct copy *cp, void (*work)(void *arg), void (*done)(void *arg));
static void start_exec(struct copy *cp, enum step step, const char *const *command, bool in);

// ---- the end

static void let_go(struct copy *cp)
{
    buf_release(&cp->in);
    buf_release(&cp->job_data);
    buf_release(&cp->answer);
}

static void over(struct copy *cp, enum copy_state state)
{
    cp->step = STEP_OVER;
    cp->status.state = state;
    cp->status.ms = cp->began ? loop_now_ms(cp->loop) - cp->began : 0;
    exec_free(cp->exec);
    cp->exec = NULL;
    target_free(cp->target);
    cp->target = NULL;
    client_cancel(cp->client, cp->request);
    cp->request = 0;
    if (!cp->busy) // else the job that is in the pool has them
        let_go(cp);
    cp->changed(cp->arg);
}

static void fail(struct copy *cp, const struct err *err)
{
    if (cp->step == STEP_OVER)
        return;
    cp->status.err = *err;
    over(cp, cp->cancelled ? COPY_CANCELLED : COPY_FAILED);
}

__attribute__((format(printf, 2, 3))) static void fail_with(struct copy *cp, const char *fmt, ...)
{
    char text[700];
    struct err err;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    err_set(&err, "%s", text);
    fail(cp, &err);
}

static void really_free(struct copy *cp)
{
    char **all[] = { &cp->ns, &cp->name, &cp->container, &cp->remote, &cp->local, &cp->pod, &cp->dir, &cp->base,
        &cp->where };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        free(*all[i]);
    untar_free(cp->untar);
    pack_free(cp->pack);
    buf_release(&cp->in);
    buf_release(&cp->job_data);
    buf_release(&cp->answer);
    buf_release(&cp->said);
    free(cp);
}

// The Pod that went away is a better reason than the connection that did.
static void on_looked(void *arg, json_t *doc, const struct http_result *res)
{
    struct copy *cp = arg;
    cp->request = 0;
    bool gone = res->status == 404 || *json_str(doc, "metadata", "deletionTimestamp", NULL);
    if (gone)
        err_set(&cp->status.err, "the Pod %s %s while the copy ran", cp->pod,
            res->status == 404 ? "was deleted" : "was being deleted");
    struct err err = cp->status.err;
    fail(cp, &err);
}

static void lost(struct copy *cp, const struct err *err)
{
    struct buf path = BUF_INIT;
    cp->status.err = *err;
    gvr_path(&path, &(struct gvr) { "", "v1", "pods", true }, cp->ns, cp->pod);
    cp->request = client_get(cp->client, path.s, on_looked, cp);
    buf_release(&path);
}

// ---- jobs: one at a time, so that nothing is shared

static void take_count(struct copy *cp)
{
    struct copy_status *s = &cp->status;
    if (cp->untar) {
        const struct untar_count *c = untar_count(cp->untar);
        s->bytes = c->bytes;
        s->size = c->size;
        s->files = c->files;
        s->links = c->links;
        s->skipped = c->skipped;
        s->refused = c->refused;
    } else if (cp->pack) {
        const struct pack_count *c = pack_count(cp->pack);
        s->bytes = c->bytes;
        s->size = c->size;
        s->files = c->files;
        s->links = c->links;
        s->skipped = c->skipped;
        s->refused = c->refused;
    }
}

// True: the copy goes on.
static bool job_over(struct copy *cp)
{
    cp->busy = false;
    if (cp->freed) {
        really_free(cp);
        return false;
    }
    take_count(cp);
    if (cp->step == STEP_OVER)
        let_go(cp);
    cp->changed(cp->arg);
    return cp->step != STEP_OVER;
}

static void run_job(struct copy *cp, void (*work)(void *arg), void (*done)(void *arg))
{
    BUG_ON(cp->busy);
    cp->busy = true;
    err_clear(&cp->job_err);
    loop_work(cp->loop, work, done, cp);
}

// ---- from the container

static char *full_remote(const struct copy *cp)
{
    return xasprintf("%s/%s", str_eq(cp->dir, "/") ? "" : cp->dir, cp->base);
}

static void work_finish(void *arg)
{
    struct copy *cp = arg;
    bool whole = !cp->cancelled && !err_is(&cp->feed_err) && cp->ended && cp->end.exit_code >= 0 && (cp->step == STEP_TAR || !cp->end.exit_code);
    cp->job_ok = untar_finish(cp->untar, whole, &cp->job_err);
}

static void tell_said(struct copy *cp, struct err *err, const char *program)
{
    struct buf clean = BUF_INIT;
    size_t n = cp->said.n; // the last line is the reason, or says "exiting"; the first is of the first file
    utf8_sanitise(&clean, cp->said.s, n > 600 ? 600 : n);
    err_set(err, "%s in the container ended with exit status %d%s%s", program, cp->end.exit_code, n ? ": " : "", clean.s);
    buf_release(&clean);
}

static void finished(void *arg)
{
    struct copy *cp = arg;
    struct err err = { 0 };
    if (!job_over(cp))
        return;
    unsigned came = cp->status.files + cp->status.links + cp->status.skipped + cp->status.refused;
    if (cp->ended && cp->end.exit_code > 0)
        tell_said(cp, &err, cp->step == STEP_TAR ? "tar" : cp->step == STEP_CAT ? "cat" : "tail");
    else if (cp->ended && cp->end.exit_code < 0)
        err = cp->end.err;
    if (err_is(&cp->feed_err))
        fail(cp, &cp->feed_err);
    else if (cp->cancelled)
        fail(cp, &err);
    else if (cp->ended && (cp->end.exit_code < 0 || cp->end.exit_code > 128))
        lost(cp, &err);
    else if (!cp->job_ok && (cp->end.exit_code == 0 || !cp->ended))
        fail(cp, &cp->job_err);
    else if (err_is(&err) && (!cp->job_ok || !came || cp->step != STEP_TAR))
        fail(cp, &err);
    else {
        cp->status.err = err; // some files could not be read there
        over(cp, COPY_DONE);
    }
}

static void finish(struct copy *cp)
{
    if (cp->finishing || cp->busy)
        return;
    cp->finishing = true;
    run_job(cp, work_finish, finished);
}

static void work_feed(void *arg)
{
    struct copy *cp = arg;
    cp->job_ok = untar_feed(cp->untar, cp->job_data.s, cp->job_data.n, &cp->job_err);
    cp->job_done = cp->job_ok && untar_goes_on(cp->untar, &cp->go_on);
}

static void feed(struct copy *cp);

static void go_on_from(struct copy *cp)
{
    char from[40];
    char *path = full_remote(cp);
    snprintf(from, sizeof(from), "+%llu", (unsigned long long)cp->go_on + 1);
    cp->status.resumed = cp->go_on;
    start_exec(cp, STEP_TAIL, (const char *[]) { "tail", "-c", from, path, NULL }, false);
    free(path);
}

static void fed(void *arg)
{
    struct copy *cp = arg;
    if (!job_over(cp))
        return;
    buf_clear(&cp->job_data);
    if (cp->cancelled) {
        finish(cp);
    } else if (!cp->job_ok) {
        cp->feed_err = cp->job_err; // the disk is full, or that was no archive
        exec_free(cp->exec);
        cp->exec = NULL;
        finish(cp);
    } else if (cp->job_done) {
        go_on_from(cp);
    } else {
        feed(cp);
    }
}

static void feed(struct copy *cp)
{
    if (cp->busy || cp->step == STEP_OVER)
        return;
    if (cp->in.n) {
        struct buf swap = cp->job_data;
        cp->job_data = cp->in;
        cp->in = swap;
        if (cp->paused && cp->exec && !cp->ended) {
            cp->paused = false;
            exec_pause(cp->exec, false);
        }
        run_job(cp, work_feed, fed);
    } else if (cp->ended) {
        finish(cp);
    }
}

static void work_raw(void *arg)
{
    struct copy *cp = arg;
    cp->job_ok = untar_raw(cp->untar, &cp->job_err);
}

static void raw_ready(void *arg)
{
    struct copy *cp = arg;
    if (!job_over(cp))
        return;
    if (!cp->job_ok) {
        struct err err = cp->job_err;
        fail(cp, &err);
        return;
    }
    char *path = full_remote(cp);
    start_exec(cp, STEP_CAT, (const char *[]) { "cat", path, NULL }, false);
    free(path);
}

static void work_open(void *arg)
{
    struct copy *cp = arg;
    cp->untar = untar_new(cp->local, cp->base, cp->force, &cp->job_err);
}

static void opened(void *arg)
{
    struct copy *cp = arg;
    if (!job_over(cp))
        return;
    if (!cp->untar) {
        struct err err = cp->job_err;
        fail(cp, &err);
        return;
    }
    cp->where = xstrdup(untar_where(cp->untar));
    char *what = str_eq(cp->base, ".") ? xstrdup(".") : xasprintf("./%s", cp->base);
    start_exec(cp, STEP_TAR, (const char *[]) { "tar", "cf", "-", "-C", cp->dir, what, NULL }, false);
    free(what);
}

// ---- into the container

// What is there: "D" when the path is a folder that the copy comes into, "T" a tar, "E" something of the copy's
// name, "F" a folder; the files in it, "SIZE MTIME PATH"; "OK" when that is all of them.
static const char look_script[] =
    "if [ -d \"$1\" ]; then cd \"$1\" || exit 93; echo D; n=$2; else cd \"$3\" || exit 93; echo N; n=$4; fi\n"
    "command -v tar >/dev/null 2>&1 && echo T || echo C\n"
    "[ -w . ] || exit 94\n"
    "[ -e \"./$n\" ] || [ -L \"./$n\" ] || exit 0\n"
    "echo E\n"
    "if [ -d \"./$n\" ] && [ ! -L \"./$n\" ]; then echo F; cd \"./$n\" || exit 93\n"
    "find . \\( -type f -o -type l \\) -exec stat -c '%s %Y %n' {} + && echo OK\n"
    "else stat -c '%s %Y .' \"./$n\" && echo OK; fi 2>/dev/null; exit 0";

// A folder of another name, and when its last file is there, each file to its place. An input that was cut has no
// last file: busybox's tar takes its end for the archive's.
static const char tar_script[] =
    "cd \"$1\" || exit 93; t=\".kview-cp-$3\"; mkdir -m 700 \"$t\" || exit 94\n"
    "tar -xpof - -C \"$t\"; rc=$?\n"
    "if [ $rc = 0 ] && [ ! -e \"$t/whole\" ]; then rc=95; fi\n"
    "if [ $rc != 0 ]; then :\n"
    "elif [ -d \"./$2\" ] && [ ! -L \"./$2\" ]; then cp -a \"$t/x/.\" \"./$2/\"; rc=$?\n"
    "else mv -f \"$t/x\" \"./$2\"; rc=$?; fi\n"
    "rm -rf \"$t\"; exit $rc";

static const char cat_script[] =
    "cd \"$1\" || exit 93; t=\".kview-cp-$3\"; cat >\"$t\" || { rm -f \"$t\"; exit 94; }\n"
    "if [ \"$(wc -c <\"$t\")\" -eq \"$4\" ]; then mv -f \"$t\" \"./$2\"; rc=$?; else rc=95; fi\n"
    "rm -f \"$t\"; exit $rc";

static void fill(struct copy *cp);

static void work_fill(void *arg)
{
    struct copy *cp = arg;
    cp->job_ok = pack_fill(cp->pack, PIECE, &cp->job_data, &cp->job_done, &cp->job_err);
}

static void filled(void *arg)
{
    struct copy *cp = arg;
    if (!job_over(cp))
        return;
    if (!cp->job_ok) {
        struct err err = cp->job_err;
        fail(cp, &err);
        return;
    }
    if (!cp->exec || cp->ended)
        return;
    exec_write(cp->exec, cp->job_data.s, cp->job_data.n);
    buf_clear(&cp->job_data);
    cp->sent_all = cp->job_done;
    if (!cp->sent_all)
        fill(cp);
    else if (!exec_close_stdin(cp->exec))
        fail_with(cp, "this server cannot end the input of a process (it speaks remotecommand v4): copies into "
                      "containers need Kubernetes 1.30");
}

static void fill(struct copy *cp)
{
    if (!cp->busy && cp->open && !cp->sent_all && !cp->ended && exec_queued(cp->exec) < OUT_MAX)
        run_job(cp, work_fill, filled);
}

static void explain_exit(struct copy *cp)
{
    struct err err;
    int rc = cp->end.exit_code;
    if (rc == RC_NO_DIR)
        fail_with(cp, "there is no folder %s in %s", cp->dir, cp->container);
    else if (rc == RC_NO_WRITE)
        fail_with(cp, "%s in %s cannot be written to%s%s", cp->where ? cp->where : cp->dir, cp->container,
            cp->said.n ? ": " : "", cp->said.s);
    else if (rc == RC_NOT_WHOLE)
        fail_with(cp, "not all of it arrived in the container: nothing was put in its place");
    else {
        tell_said(cp, &err, "what writes");
        fail(cp, &err);
    }
}

static void work_pack(void *arg)
{
    struct copy *cp = arg;
    const char *have = strpbrk(cp->answer.s, "EF") ? cp->answer.s : NULL;
    cp->pack = pack_new(cp->local, have, cp->force, &cp->job_err);
}

static void packed(void *arg)
{
    struct copy *cp = arg;
    uint64_t salt;
    char token[20], size[24];
    if (!job_over(cp))
        return;
    if (!cp->pack) {
        struct err err = cp->job_err;
        fail(cp, &err);
        return;
    }
    bool is_dir = pack_is_dir(cp->pack), have_dir = strstr(cp->answer.s, "\nF\n") != NULL;
    const struct pack_count *count = pack_count(cp->pack);
    if (strstr(cp->answer.s, "\nE\n") && is_dir != have_dir && (is_dir || have_dir)) {
        fail_with(cp, "%s/%s is a %s in the container, and here a %s", cp->dir, cp->base, have_dir ? "folder" : "file",
            is_dir ? "folder" : "file");
        return;
    }
    if (!is_dir && (count->skipped || count->refused)) { // the one file
        if (count->refused)
            fail_with(cp, "%s/%s is there already and differs; --force writes over it", cp->dir, cp->base);
        else
            over(cp, COPY_DONE);
        return;
    }
    cp->raw = strstr(cp->answer.s, "\nC\n") != NULL;
    if (cp->raw && is_dir) {
        fail_with(cp, "the image of %s has no tar, and a folder needs one; single files can be copied", cp->container);
        return;
    }
    if (cp->raw)
        pack_raw(cp->pack);
    if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
        salt = (uint64_t)loop_now_ms(cp->loop);
    snprintf(token, sizeof(token), "%012llx", (unsigned long long)(salt & 0xffffffffffff));
    snprintf(size, sizeof(size), "%llu", (unsigned long long)count->size);
    start_exec(cp, STEP_SENDING, (const char *[]) { "sh", "-c", cp->raw ? cat_script : tar_script, "sh", cp->dir,
                                     cp->base, token, size, NULL }, true);
}

static const char *last_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void looked_at(struct copy *cp)
{
    char *local = copy_local_path(cp->local);
    struct buf *a = &cp->answer;
    if (cp->end.exit_code != 0) {
        explain_exit(cp);
    } else if (a->n < 4 || (strstr(a->s, "\nE\n") && !str_ends(a->s, "\nOK\n") && !cp->force)) {
        fail_with(cp, "what is at %s cannot be looked at; --force writes over it", cp->remote);
    } else {
        if (a->s[0] == 'D') { // into it
            char *dir = str_eq(cp->base, ".") ? xstrdup(cp->dir) : full_remote(cp);
            free(cp->dir);
            free(cp->base);
            cp->dir = dir;
            cp->base = xstrdup(last_of(local));
        }
        cp->where = full_remote(cp);
        run_job(cp, work_pack, packed);
    }
    free(local);
}

static void look_there(struct copy *cp)
{
    char *local = copy_local_path(cp->local);
    char *path = full_remote(cp);
    start_exec(cp, STEP_LOOKING, (const char *[]) { "sh", "-c", look_script, "sh", path, last_of(local), cp->dir,
                                     cp->base, NULL }, false);
    free(local);
    free(path);
}

// ---- the process there

static void on_open(void *arg)
{
    struct copy *cp = arg;
    cp->open = true;
    if (cp->step == STEP_SENDING)
        fill(cp);
}

static void on_drain(void *arg)
{
    struct copy *cp = arg;
    if (cp->step == STEP_SENDING)
        fill(cp);
}

static void on_output(void *arg, int fd, const uint8_t *data, size_t n)
{
    struct copy *cp = arg;
    if (fd == 2 || cp->step == STEP_SENDING) {
        size_t room = SAID_MAX - cp->said.n;
        buf_add(&cp->said, data, n < room ? n : room);
    } else if (cp->step == STEP_LOOKING) {
        size_t room = ANSWER_MAX - cp->answer.n;
        buf_add(&cp->answer, data, n < room ? n : room);
    } else {
        buf_add(&cp->in, data, n);
        if (!cp->paused && cp->in.n > IN_MAX) {
            cp->paused = true;
            exec_pause(cp->exec, true);
        }
        feed(cp);
    }
}

static bool no_such_program(const struct exec_end *end)
{
    return !end->started && (strstr(end->err.msg, "executable file not found") ||
                                strstr(end->err.msg, "no such file or directory"));
}

static void on_end(void *arg, const struct exec_end *end)
{
    struct copy *cp = arg;
    cp->end = *end;
    cp->ended = true;
    if (no_such_program(end) && cp->step == STEP_TAR && !cp->busy && !str_eq(cp->base, ".")) {
        cp->raw = true;
        run_job(cp, work_raw, raw_ready);
    } else if (no_such_program(end)) {
        const char *program = cp->step == STEP_LOOKING || cp->step == STEP_SENDING ? "sh" : cp->step == STEP_CAT ? "tar and no cat" : "tail";
        fail_with(cp, "the image of %s has no %s — :debug %s puts a container with one beside it", cp->container,
            program, cp->pod);
    } else if (!end->started) {
        fail(cp, &end->err);
    } else if (cp->step == STEP_TAR || cp->step == STEP_TAIL || cp->step == STEP_CAT) {
        feed(cp);
    } else if (end->exit_code < 0 || end->exit_code > 128) {
        lost(cp, &end->err);
    } else if (cp->step == STEP_LOOKING) {
        looked_at(cp);
    } else if (end->exit_code) {
        explain_exit(cp);
    } else if (!cp->sent_all) {
        fail_with(cp, "what writes in the container ended before the input did");
    } else {
        over(cp, COPY_DONE);
    }
}

static void start_exec(struct copy *cp, enum step step, const char *const *command, bool in)
{
    static const struct exec_handlers handlers = { on_open, on_output, on_drain, on_end };
    struct exec_opts o = { .ns = cp->ns, .pod = cp->pod, .container = cp->container, .command = command, .in = in };
    exec_free(cp->exec);
    buf_clear(&cp->in);
    buf_clear(&cp->said);
    cp->step = step;
    cp->ended = cp->open = cp->paused = false;
    cp->status.state = COPY_RUNNING;
    if (!cp->began)
        cp->began = loop_now_ms(cp->loop);
    cp->exec = exec_start(cp->client, &o, &handlers, cp);
    cp->changed(cp->arg);
}

// ---- finding

static void on_found(void *arg, const json_t *pod, const json_t *object, const struct err *err)
{
    struct copy *cp = arg;
    (void)object;
    if (!pod) {
        fail(cp, err);
        return;
    }
    const char *by_default =
        json_str(pod, "metadata", "annotations", "kubectl.kubernetes.io/default-container", NULL);
    const json_t *first = json_array_get(json_at(pod, "spec", "containers", NULL), 0);
    cp->pod = xstrdup(json_str(pod, "metadata", "name", NULL));
    if (!cp->container)
        cp->container = xstrdup(*by_default ? by_default : json_str(first, "name", NULL));
    if (cp->up) {
        look_there(cp);
    } else {
        cp->step = STEP_OPENING;
        run_job(cp, work_open, opened);
    }
}

// "/etc/app/" is app in /etc; "." and "/" are all that is in them.
static void split_remote(struct copy *cp)
{
    char *path = xasprintf("%s%s", cp->remote[0] == '/' ? "" : "./", cp->remote);
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    const char *base = last_of(path);
    size_t n = (size_t)(base - path);
    cp->dir = xstrndup(path, n > 1 ? n - 1 : n);
    cp->base = xstrdup(*base ? base : ".");
    free(path);
}

struct copy *copy_start(struct client *c, const struct copy_opts *o, void (*changed)(void *arg), void *arg)
{
    struct copy *cp = xcalloc(1, sizeof(*cp));
    cp->client = c;
    cp->loop = client_loop(c);
    cp->changed = changed;
    cp->arg = arg;
    cp->up = o->up;
    cp->force = o->force;
    cp->ns = xstrdup(o->ns);
    cp->name = xstrdup(o->name);
    cp->container = xstrdup_null(o->container);
    cp->remote = xstrdup(o->remote);
    cp->local = xstrdup(o->local);
    buf_init(&cp->in);
    buf_init(&cp->job_data);
    buf_init(&cp->answer);
    buf_init(&cp->said);
    split_remote(cp);
    cp->target = target_find(c, &o->gvr, cp->ns, cp->name, on_found, cp);
    return cp;
}

// ---- for the view

void copy_cancel(struct copy *cp)
{
    struct err err;
    if (cp->step == STEP_OVER || cp->cancelled)
        return;
    cp->cancelled = true;
    err_set(&err, "cancelled");
    exec_free(cp->exec);
    cp->exec = NULL;
    bool from = cp->step == STEP_TAR || cp->step == STEP_TAIL || cp->step == STEP_CAT;
    if (from && !cp->busy)
        finish(cp);
    else if (!from || !cp->busy) // else the job's end does it
        fail(cp, &err);
}

void copy_free(struct copy *cp)
{
    if (!cp)
        return;
    target_free(cp->target);
    cp->target = NULL;
    client_cancel(cp->client, cp->request);
    exec_free(cp->exec);
    cp->exec = NULL;
    cp->freed = true;
    if (!cp->busy)
        really_free(cp);
}

void copy_status(const struct copy *cp, struct copy_status *out)
{
    *out = cp->status;
    out->pod = cp->pod ? cp->pod : "";
    out->container = str_or(cp->container, "");
    out->where = cp->where ? cp->where : "";
    if (cp->step != STEP_OVER)
        out->ms = cp->began ? loop_now_ms(cp->loop) - cp->began : 0;
    out->rate = out->ms > 0 ? (int64_t)(out->bytes - out->resumed) * 1000 / out->ms : 0;
}

bool copy_over(const struct copy *cp)
{
    return cp->step == STEP_OVER;
}

size_t copy_note_count(const struct copy *cp)
{
    if (cp->busy || cp->step != STEP_OVER)
        return 0;
    return cp->untar ? untar_note_count(cp->untar) : cp->pack ? pack_note_count(cp->pack) : 0;
}

const char *copy_note(const struct copy *cp, size_t i)
{
    return cp->untar ? untar_note(cp->untar, i) : pack_note(cp->pack, i);
}
