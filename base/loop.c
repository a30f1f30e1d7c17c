#include "base/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/mem.h"

struct loop {
    uv_loop_t uv;
    uv_prepare_t prepare;
    void (*turn_end)(void *arg);
    void *turn_arg;
    void (*on_terminal)(void *arg, const char *program);
    void *terminal_arg;
    int on_tty; // children that have the terminal
    const struct loop_io *input;
    bool in_timers, frame_owed;
};

static void free_handle_memory(uv_handle_t *h)
{
    free(h->data);
}

static void on_prepare(uv_prepare_t *h)
{
    struct loop *loop = h->data;
    uv_update_time(&loop->uv); // the timers took their time: what is next is waited for from here
    if (loop->turn_end)
        loop->turn_end(loop->turn_arg);
}

struct loop *loop_new(void)
{
    struct loop *loop = xcalloc(1, sizeof(*loop));
    BUG_ON(uv_loop_init(&loop->uv) != 0);
    loop->uv.data = loop;
    uv_prepare_init(&loop->uv, &loop->prepare);
    loop->prepare.data = loop;
    uv_prepare_start(&loop->prepare, on_prepare);
    uv_unref((uv_handle_t *)&loop->prepare);
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    loop->turn_end = NULL;
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    while (uv_run(&loop->uv, UV_RUN_NOWAIT))
        ; // lets close callbacks and pool work end
    BUG_ON(uv_loop_close(&loop->uv) != 0);
    free(loop);
}

void loop_run(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

bool loop_run_once(struct loop *loop, bool wait)
{
    return uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT) != 0;
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

int64_t loop_now_ms(const struct loop *loop)
{
    return (int64_t)uv_now(&loop->uv);
}

void loop_on_turn_end(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    loop->turn_end = fn;
    loop->turn_arg = arg;
}

struct loop_timer {
    uv_timer_t uv;
    void (*fn)(void *arg);
    void *arg;
};

static void on_timer(uv_timer_t *h)
{
    struct loop_timer *t = h->data;
    struct loop *loop = h->loop->data;
    loop->in_timers = true;
    t->fn(t->arg); // may free t
    loop->in_timers = false;
}

struct loop_timer *loop_timer_new(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    struct loop_timer *t = xcalloc(1, sizeof(*t));
    uv_timer_init(&loop->uv, &t->uv);
    t->uv.data = t;
    t->fn = fn;
    t->arg = arg;
    return t;
}

void loop_timer_start(struct loop_timer *t, int64_t delay_ms, int64_t repeat_ms)
{
    const struct loop *loop = t->uv.loop->data;
    uint64_t delay = delay_ms > 0 ? (uint64_t)delay_ms : 0;
    if (loop->in_timers) {
        // libuv before 1.48 runs what is due again within the same turn, and two timers that take a millisecond each
        // make one another due for ever, if the loop's clock moves meanwhile: no input is read, no frame drawn.
        uint64_t now = uv_hrtime() / 1000000, then = uv_now(t->uv.loop);
        delay += now > then ? now - then : 0;
        delay = delay ? delay : 1;
    } else {
        uv_update_time(t->uv.loop);
    }
    uv_timer_start(&t->uv, on_timer, delay, (uint64_t)repeat_ms);
}

void loop_timer_stop(struct loop_timer *t)
{
    uv_timer_stop(&t->uv);
}

bool loop_timer_active(const struct loop_timer *t)
{
    return uv_is_active((const uv_handle_t *)&t->uv);
}

void loop_timer_free(struct loop_timer *t)
{
    if (t)
        uv_close((uv_handle_t *)&t->uv, free_handle_memory);
}

struct loop_io {
    uv_poll_t uv;
    void (*fn)(void *arg, int events);
    void *arg;
};

static void on_poll(uv_poll_t *h, int status, int events)
{
    struct loop_io *io = h->data;
    int ev = (events & UV_READABLE ? LOOP_READ : 0) | (events & UV_WRITABLE ? LOOP_WRITE : 0);
    io->fn(io->arg, status < 0 ? LOOP_READ | LOOP_WRITE : ev); // an error shows at the next read
}

void loop_input(struct loop *loop, const struct loop_io *io)
{
    loop->input = io;
}

void loop_owe_frame(struct loop *loop, bool owed)
{
    loop->frame_owed = owed;
}

bool loop_user_waits(const struct loop *loop)
{
    const struct loop_io *io = loop->input;
    struct pollfd p = { .events = POLLIN };
    if (loop->frame_owed)
        return true;
    if (!io || !uv_is_active((const uv_handle_t *)&io->uv) || uv_fileno((const uv_handle_t *)&io->uv, &p.fd) != 0)
        return false;
    return poll(&p, 1, 0) > 0;
}

struct loop_io *loop_io_new(struct loop *loop, int fd, void (*fn)(void *arg, int events), void *arg)
{
    struct loop_io *io = xcalloc(1, sizeof(*io));
    if (uv_poll_init(&loop->uv, &io->uv, fd) != 0) {
        free(io);
        return NULL; // a regular file: always ready, nothing to wait for
    }
    io->uv.data = io;
    io->fn = fn;
    io->arg = arg;
    return io;
}

void loop_io_set(struct loop_io *io, int events)
{
    int ev = (events & LOOP_READ ? UV_READABLE : 0) | (events & LOOP_WRITE ? UV_WRITABLE : 0);
    if (ev)
        uv_poll_start(&io->uv, ev, on_poll);
    else
        uv_poll_stop(&io->uv);
}

void loop_io_free(struct loop_io *io)
{
    if (io)
        uv_close((uv_handle_t *)&io->uv, free_handle_memory);
}

struct loop_signal {
    uv_signal_t uv;
    void (*fn)(void *arg);
    void *arg;
};

static void on_signal(uv_signal_t *h, int signum)
{
    struct loop_signal *s = h->data;
    (void)signum;
    s->fn(s->arg);
}

struct loop_signal *loop_signal_new(
    struct loop *loop, int signum, void (*fn)(void *arg), void *arg)
{
    struct loop_signal *s = xcalloc(1, sizeof(*s));
    uv_signal_init(&loop->uv, &s->uv);
    s->uv.data = s;
    s->fn = fn;
    s->arg = arg;
    uv_signal_start(&s->uv, on_signal, signum);
    uv_unref((uv_handle_t *)&s->uv);
    return s;
}

void loop_signal_free(struct loop_signal *s)
{
    if (s)
        uv_close((uv_handle_t *)&s->uv, free_handle_memory);
}

struct work {
    uv_work_t uv;
    void (*work)(void *arg);
    void (*done)(void *arg);
    void *arg;
};

static void run_work(uv_work_t *req)
{
    struct work *w = req->data;
    w->work(w->arg);
}

static void end_work(uv_work_t *req, int status)
{
    struct work *w = req->data;
    (void)status;
    w->done(w->arg);
    free(w);
}

void loop_work(
    struct loop *loop, void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
    struct work *w = xcalloc(1, sizeof(*w));
    w->uv.data = w;
    w->work = work;
    w->done = done;
    w->arg = arg;
    BUG_ON(uv_queue_work(&loop->uv, &w->uv, run_work, end_work) != 0);
}

// ---- children

enum { CHILD_DEFAULT_OUTPUT = 1 << 20 };

struct loop_child {
    struct loop *loop;
    uv_process_t proc;
    uv_pipe_t in, out, err_pipe;
    uv_timer_t timer;
    uv_write_t write;
    struct buf input, out_text, err_text;
    size_t max_output;
    loop_child_fn *fn;
    void *arg;
    struct err err;
    int status, open_handles, streams_left;
    bool exited, told, freed, started, has_tty, own_group, own_end;
    void (*output)(void *arg, bool is_stderr, const char *s, size_t n);
};

static void child_maybe_tell(struct loop_child *c);

void loop_on_terminal(struct loop *loop, void (*fn)(void *arg, const char *program), void *arg)
{
    loop->on_terminal = fn;
    loop->terminal_arg = arg;
}

bool loop_has_screen(const struct loop *loop)
{
    return loop && loop->on_terminal;
}

static void child_takes_tty(struct loop_child *c, const char *program)
{
    c->has_tty = true;
    if (c->loop->on_tty++ == 0 && c->loop->on_terminal)
        c->loop->on_terminal(c->loop->terminal_arg, program);
}

static void child_leaves_tty(struct loop_child *c)
{
    if (!c->has_tty)
        return;
    c->has_tty = false;
    if (--c->loop->on_tty == 0 && c->loop->on_terminal)
        c->loop->on_terminal(c->loop->terminal_arg, NULL);
}

static void child_free_memory(struct loop_child *c)
{
    buf_wipe(&c->input);
    buf_wipe(&c->out_text);
    buf_wipe(&c->err_text);
    free(c);
}

static void on_child_handle_closed(uv_handle_t *h)
{
    struct loop_child *c = h->data;
    if (--c->open_handles == 0 && c->freed)
        child_free_memory(c);
}

static void close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_child_handle_closed);
}

static void child_kill(struct loop_child *c)
{
    if (c->started && c->own_group && (!c->exited || c->streams_left > 0))
        kill(-c->proc.pid, SIGKILL); // the pipes are held by one of the group: its number is not another's yet
    else if (c->started && !c->exited)
        uv_process_kill(&c->proc, SIGKILL);
}

static void child_output(struct loop_child *c, bool is_stderr, const char *s, size_t n)
{
    struct buf *into = is_stderr ? &c->err_text : &c->out_text;
    if (c->output) {
        if (!c->freed)
            c->output(c->arg, is_stderr, s, n);
    } else if (into->n + n <= c->max_output) {
        buf_add(into, s, n);
    } else {
        err_set(&c->err, "printed more than %zu bytes", c->max_output);
        child_kill(c);
    }
}

// What a child that has ended wrote is in the pipe; more can come only from what it started, and is not waited for.
static void drain(struct loop_child *c, uv_pipe_t *pipe, bool is_stderr)
{
    char part[16384];
    ssize_t n = 1;
    uv_os_fd_t fd;
    if (uv_is_closing((uv_handle_t *)pipe) || uv_fileno((uv_handle_t *)pipe, &fd) != 0)
        return;
    while (n > 0 && !err_is(&c->err)) {
        n = read(fd, part, sizeof(part));
        if (n > 0)
            child_output(c, is_stderr, part, (size_t)n);
    }
    mem_wipe(part, sizeof(part));
    close_handle(pipe);
}

static void on_child_exit(uv_process_t *p, int64_t code, int sig)
{
    struct loop_child *c = p->data;
    c->exited = true;
    c->status = sig ? 128 + sig : (int)code;
    if (c->own_end || err_is(&c->err)) { // the latter: it printed too much, as what it started may go on to do
        drain(c, &c->out, false);
        drain(c, &c->err_pipe, true);
        c->streams_left = 0;
    }
    child_maybe_tell(c);
}

static void on_child_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *out)
{
    (void)h;
    (void)suggested;
    *out = uv_buf_init(xmalloc(16384), 16384);
}

static void on_child_read(uv_stream_t *s, ssize_t n, const uv_buf_t *data)
{
    struct loop_child *c = s->data;
    if (n > 0)
        child_output(c, (void *)s != (void *)&c->out, data->base, (size_t)n);
    if (data->base) {
        mem_wipe(data->base, data->len); // a plugin's output is a credential
        free(data->base);
    }
    if (n < 0) {
        close_handle(s);
        c->streams_left--;
        child_maybe_tell(c);
    }
}

// A grandchild may hold the pipes open for ever: their end is not waited for.
static void on_let_go(uv_timer_t *t)
{
    struct loop_child *c = t->data;
    close_handle(&c->out);
    close_handle(&c->err_pipe);
    c->streams_left = 0;
    child_maybe_tell(c);
}

static void on_child_timeout(uv_timer_t *t)
{
    struct loop_child *c = t->data;
    err_set(&c->err, "did not end in time and was stopped");
    child_kill(c);
    on_let_go(t);
}

void loop_child_signal(struct loop_child *c, int signum)
{
    if (!c || !c->started || c->told || c->freed)
        return;
    if (c->own_group && (!c->exited || c->streams_left > 0))
        kill(-c->proc.pid, signum);
    else if (!c->exited)
        uv_process_kill(&c->proc, signum);
    if (c->exited && signum == SIGKILL)
        uv_timer_start(&c->timer, on_let_go, 0, 0);
}

static void child_maybe_tell(struct loop_child *c)
{
    if (c->told || !c->exited || c->streams_left > 0)
        return;
    c->told = true;
    close_handle(&c->timer);
    close_handle(&c->in);
    child_leaves_tty(c);
    if (!c->freed)
        c->fn(c->arg, c->status, &c->out_text, &c->err_text, err_is(&c->err) ? &c->err : NULL);
    loop_child_free(c);
}

// A failed start is told from the loop, like every other outcome.
static void on_start_failed(uv_timer_t *t)
{
    struct loop_child *c = t->data;
    c->told = true;
    c->exited = true;
    child_leaves_tty(c);
    if (!c->freed)
        c->fn(c->arg, 127, &c->out_text, &c->err_text, &c->err);
    loop_child_free(c);
}

static void on_input_written(uv_write_t *w, int status)
{
    struct loop_child *c = w->data;
    (void)status;
    close_handle(&c->in);
}

static void child_stdio(struct loop_child *c, const struct loop_child_opts *o,
    uv_stdio_container_t stdio[3])
{
    if (o->inherit_tty) {
        stdio[0] = (uv_stdio_container_t) { .flags = UV_INHERIT_FD, .data.fd = o->whole_tty ? o->stdin_fd : 0 };
        stdio[2] = (uv_stdio_container_t) { .flags = UV_INHERIT_FD, .data.fd = 2 };
    } else {
        stdio[0].flags = o->input ? UV_CREATE_PIPE | UV_READABLE_PIPE : UV_IGNORE;
        stdio[0].data.stream = (uv_stream_t *)&c->in;
        stdio[2].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
        stdio[2].data.stream = (uv_stream_t *)&c->err_pipe;
    }
    if (o->whole_tty) {
        stdio[1] = (uv_stdio_container_t) { .flags = UV_INHERIT_FD, .data.fd = 1 };
        return;
    }
    stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
    stdio[1].data.stream = (uv_stream_t *)&c->out;
}

static void child_start_io(struct loop_child *c, const struct loop_child_opts *o)
{
    if (!o->whole_tty) {
        uv_read_start((uv_stream_t *)&c->out, on_child_alloc, on_child_read);
        c->streams_left = 1;
    }
    if (!o->inherit_tty) {
        uv_read_start((uv_stream_t *)&c->err_pipe, on_child_alloc, on_child_read);
        c->streams_left = 2;
        if (o->input) {
            uv_buf_t b = uv_buf_init(c->input.s, (unsigned)c->input.n);
            c->write.data = c;
            uv_write(&c->write, (uv_stream_t *)&c->in, &b, 1, on_input_written);
        }
    }
    if (o->timeout_ms)
        uv_timer_start(&c->timer, on_child_timeout, (uint64_t)o->timeout_ms, 0);
}

struct loop_child *loop_child_start(
    struct loop *loop, const struct loop_child_opts *o, loop_child_fn *fn, void *arg)
{
    struct loop_child *c = xcalloc(1, sizeof(*c));
    c->loop = loop;
    if (o->inherit_tty)
        child_takes_tty(c, o->whole_tty ? "" : o->argv[0]);
    buf_init(&c->input);
    buf_init(&c->out_text);
    buf_init(&c->err_text);
    c->fn = fn;
    c->arg = arg;
    c->max_output = o->max_output ? o->max_output : CHILD_DEFAULT_OUTPUT;
    if (o->input)
        buf_add(&c->input, o->input, o->input_len);
    uv_pipe_init(&loop->uv, &c->in, 0);
    uv_pipe_init(&loop->uv, &c->out, 0);
    uv_pipe_init(&loop->uv, &c->err_pipe, 0);
    uv_timer_init(&loop->uv, &c->timer);
    uv_handle_t *handles[] = { (uv_handle_t *)&c->in, (uv_handle_t *)&c->out,
        (uv_handle_t *)&c->err_pipe, (uv_handle_t *)&c->timer, (uv_handle_t *)&c->proc };
    for (size_t i = 0; i < ARRAY_SIZE(handles); i++)
        handles[i]->data = c;
    c->open_handles = 5;
    uv_stdio_container_t stdio[3] = { 0 };
    child_stdio(c, o, stdio);
    uv_process_options_t po = { .exit_cb = on_child_exit, .file = o->argv[0], .args = (char **)o->argv,
        .env = (char **)o->env, .stdio = stdio, .stdio_count = 3,
        .flags = o->own_group ? UV_PROCESS_DETACHED : 0 };
    c->own_group = o->own_group;
    c->own_end = o->own_end;
    c->output = o->output;
    int rc = uv_spawn(&loop->uv, &c->proc, &po);
    if (rc == 0) {
        c->started = true;
        child_start_io(c, o);
    } else {
        err_set(&c->err, "%s", rc == UV_ENOENT ? "not found" : uv_strerror(rc));
        uv_timer_start(&c->timer, on_start_failed, 0, 0);
    }
    return c;
}

void loop_child_free(struct loop_child *c)
{
    if (!c || c->freed)
        return;
    c->freed = true;
    child_kill(c);
    child_leaves_tty(c);
    close_handle(&c->in);
    close_handle(&c->out);
    close_handle(&c->err_pipe);
    close_handle(&c->timer);
    close_handle(&c->proc);
}
