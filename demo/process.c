#include "demo/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arr.h"
#include "base/mem.h"
#include "base/str.h"

enum { CHUNK = 16 << 10, TURN_CHUNKS = 8, LAST_WORDS_MS = 200 };

struct pipe_end {
    struct process *p;
    struct loop_io *io;
    int fd, number; // -1: closed; 1 or 2 of the program's
};

struct process {
    struct loop *loop;
    const struct process_ops *ops;
    void *arg;
    pid_t pid;
    struct loop_io *exit_io;
    struct loop_timer *last_words; // what it started may hold its output open for ever
    struct pipe_end out[2];
    int in_fd, exit_fd, status;
    struct loop_io *in_io; // of a pipe; a terminal's is that of out[0]
    struct buf in;
    size_t in_at;
    bool tty, end_input, paused, exited, told, in_callback, dead;
};

bool process_find(const char *name, struct buf *path, struct err *err)
{
    struct stat st;
    if (strchr(name, '/')) {
        buf_puts(path, name);
        if (stat(name, &st) == 0 && S_ISREG(st.st_mode) && access(name, X_OK) == 0)
            return true;
        return err_set(err, "exec: \"%s\": stat %s: no such file or directory", name, name);
    }
    for (const char *p = PROCESS_PATH; *p && *name; p += *p == ':') {
        size_t n = strcspn(p, ":");
        buf_clear(path);
        buf_printf(path, "%.*s/%s", (int)n, p, name);
        if (stat(path->s, &st) == 0 && S_ISREG(st.st_mode) && access(path->s, X_OK) == 0)
            return true;
        p += n;
    }
    return err_set(err, "exec: \"%s\": executable file not found in $PATH", name);
}

// ---- ends

// Everything of its session: a shell puts each of its jobs into a group of its own, which outlives it.
static void kill_session(pid_t session)
{
    DIR *d = opendir("/proc");
    struct dirent *e;
    kill(-session, SIGKILL);
    while (d && (e = readdir(d))) {
        int64_t pid;
        if (str_to_i64(e->d_name, &pid) && pid > 1 && (pid_t)pid != getpid() && getsid((pid_t)pid) == session)
            kill((pid_t)pid, SIGKILL);
    }
    if (d)
        closedir(d);
}

static void end_close(struct pipe_end *e)
{
    loop_io_free(e->io);
    e->io = NULL;
    if (e->fd >= 0)
        close(e->fd);
    e->fd = -1;
}

static void input_close(struct process *p)
{
    loop_io_free(p->in_io);
    p->in_io = NULL;
    if (p->in_fd >= 0 && !p->tty)
        close(p->in_fd);
    p->in_fd = -1;
}

static void release(struct process *p)
{
    if (p->pid > 0) {
        kill_session(p->pid);
        if (!p->exited)
            waitpid(p->pid, NULL, 0); // it was killed
    }
    input_close(p);
    end_close(&p->out[0]);
    end_close(&p->out[1]);
    loop_io_free(p->exit_io);
    if (p->exit_fd >= 0)
        close(p->exit_fd);
    loop_timer_free(p->last_words);
    buf_release(&p->in);
    free(p);
}

void process_free(struct process *p)
{
    if (!p)
        return;
    p->dead = true;
    if (!p->in_callback)
        release(p);
}

void process_kill(struct process *p)
{
    if (p->pid > 0 && !p->exited)
        kill_session(p->pid);
}

static void tell_end(struct process *p)
{
    if (!p->exited || p->told)
        return;
    p->told = true;
    loop_timer_stop(p->last_words);
    p->ops->ended(p->arg, p->status);
}

static void after_callback(struct process *p)
{
    p->in_callback = false;
    if (p->dead)
        release(p);
}

static void on_last_words(void *arg)
{
    struct process *p = arg;
    if (p->paused) { // it is the client that does not read them
        loop_timer_start(p->last_words, LAST_WORDS_MS, 0);
        return;
    }
    p->in_callback = true;
    tell_end(p);
    after_callback(p);
}

static void on_exit_fd(void *arg, int events)
{
    struct process *p = arg;
    int status = 0;
    (void)events;
    if (p->exited || waitpid(p->pid, &status, WNOHANG) != p->pid)
        return;
    p->exited = true;
    p->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    loop_io_set(p->exit_io, 0);
    p->in_callback = true;
    if (p->out[0].fd < 0 && p->out[1].fd < 0)
        tell_end(p);
    else
        loop_timer_start(p->last_words, LAST_WORDS_MS, 0);
    after_callback(p);
}

// ---- bytes

static void set_interest(struct process *p)
{
    bool pending = p->in.n > p->in_at;
    for (size_t i = 0; i < ARRAY_SIZE(p->out); i++)
        if (p->out[i].io)
            loop_io_set(p->out[i].io, (p->paused ? 0 : LOOP_READ) | (p->tty && pending && p->in_fd >= 0 ? LOOP_WRITE : 0));
    if (p->in_io)
        loop_io_set(p->in_io, pending ? LOOP_WRITE : 0);
}

static void write_in(struct process *p)
{
    bool had = p->in.n > p->in_at;
    while (p->in_fd >= 0 && p->in.n > p->in_at) {
        ssize_t n = write(p->in_fd, p->in.s + p->in_at, p->in.n - p->in_at);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (n < 0)
            input_close(p); // it reads no more; its end tells why
        else
            p->in_at += (size_t)n;
    }
    if (p->in_fd < 0 || p->in.n == p->in_at) {
        buf_clear(&p->in);
        p->in_at = 0;
        if (p->end_input && !p->tty)
            input_close(p);
        if (had)
            p->ops->drained(p->arg);
    }
}

static void read_out(struct pipe_end *e)
{
    struct process *p = e->p;
    char data[CHUNK];
    for (int i = 0; i < TURN_CHUNKS && !p->paused && !p->dead; i++) {
        ssize_t n = read(e->fd, data, sizeof(data));
        if (n > 0) {
            p->ops->output(p->arg, e->number, data, (size_t)n);
            continue;
        }
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (p->tty)
            p->in_fd = -1;
        end_close(e); // of a terminal that nobody has open any more: EIO
        if (p->out[0].fd < 0 && p->out[1].fd < 0)
            tell_end(p);
        return;
    }
}

static void on_out(void *arg, int events)
{
    struct pipe_end *e = arg;
    struct process *p = e->p;
    p->in_callback = true;
    if ((events & LOOP_WRITE) && p->tty)
        write_in(p);
    if (events & LOOP_READ)
        read_out(e);
    if (!p->dead)
        set_interest(p);
    after_callback(p);
}

static void on_in(void *arg, int events)
{
    struct process *p = arg;
    (void)events;
    p->in_callback = true;
    write_in(p);
    if (!p->dead)
        set_interest(p);
    after_callback(p);
}

void process_write(struct process *p, const void *data, size_t n)
{
    if (p->in_fd < 0 || p->end_input)
        return;
    buf_add(&p->in, data, n);
    set_interest(p);
}

size_t process_queued(const struct process *p)
{
    return p->in.n - p->in_at;
}

void process_end_input(struct process *p)
{
    static const char end_of_file[] = { 4 }; // what a terminal makes an end of file of
    if (p->end_input)
        return;
    if (p->tty)
        process_write(p, end_of_file, sizeof(end_of_file));
    p->end_input = true;
    if (!p->tty && process_queued(p) == 0)
        input_close(p);
}

void process_resize(struct process *p, int rows, int cols)
{
    struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };
    if (p->tty && p->out[0].fd >= 0)
        ioctl(p->out[0].fd, TIOCSWINSZ, &size);
}

void process_pause(struct process *p, bool paused)
{
    p->paused = paused;
    set_interest(p);
}

// ---- the start

struct ends { // of the child: its stdin, stdout, stderr; and what is here of them
    int child[3], in, out[2];
};

static bool make_pipe(int *read_end, int *write_end)
{
    int fd[2];
    if (pipe2(fd, O_CLOEXEC) < 0)
        return false;
    *read_end = fd[0];
    *write_end = fd[1];
    return true;
}

static bool make_ends(struct ends *e, const struct process_opts *o)
{
    *e = (struct ends) { { -1, -1, -1 }, -1, { -1, -1 } };
    if (o->tty) {
        struct winsize size = { .ws_row = 24, .ws_col = 80 };
        int terminal;
        if (openpty(&e->out[0], &terminal, NULL, NULL, &size) < 0)
            return false;
        fcntl(e->out[0], F_SETFD, FD_CLOEXEC);
        e->in = o->in ? e->out[0] : -1;
        e->child[0] = e->child[1] = e->child[2] = terminal;
        return true;
    }
    if (o->in ? !make_pipe(&e->child[0], &e->in) : (e->child[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
        return false;
    return make_pipe(&e->out[0], &e->child[1]) && make_pipe(&e->out[1], &e->child[2]);
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

// Between fork and exec: system calls alone.
static void become(const struct process_opts *o, const struct ends *e, const char *path, pid_t server)
{
    sigset_t none;
    sigemptyset(&none);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != server)
        _exit(127);
    setsid();
    if (o->tty)
        ioctl(e->child[0], TIOCSCTTY, 0);
    for (int i = 0; i < 3; i++)
        if (dup2(e->child[i], i) < 0)
            _exit(127);
    syscall(SYS_close_range, 3u, ~0u, 0u);
    if (chdir(o->dir) == 0)
        execve(path, (char *const *)(uintptr_t)o->argv, (char *const *)(uintptr_t)o->env);
    _exit(126);
}

static void take_ends(struct process *p, const struct ends *e)
{
    for (size_t i = 0; i < 2; i++) {
        p->out[i] = (struct pipe_end) { p, NULL, e->out[i], (int)i + 1 };
        if (e->out[i] < 0)
            continue;
        fcntl(e->out[i], F_SETFL, fcntl(e->out[i], F_GETFL) | O_NONBLOCK);
        p->out[i].io = loop_io_new(p->loop, e->out[i], on_out, &p->out[i]);
    }
    p->in_fd = e->in;
    if (e->in >= 0 && !p->tty) {
        fcntl(e->in, F_SETFL, fcntl(e->in, F_GETFL) | O_NONBLOCK);
        p->in_io = loop_io_new(p->loop, e->in, on_in, p);
    }
    set_interest(p);
}

struct process *process_start(
    struct loop *loop, const struct process_opts *o, const struct process_ops *ops, void *arg, struct err *err)
{
    struct buf path = BUF_INIT;
    struct ends e;
    pid_t server = getpid(), pid = -1;
    if (!process_find(o->argv[0], &path, err)) {
        buf_release(&path);
        return NULL;
    }
    if (!make_ends(&e, o) || (pid = fork()) < 0) {
        err_set(err, "cannot start it: %s", strerror(errno));
        close_all(e.out, 2);
        close_all(&e.in, o->tty ? 0 : 1);
    } else if (pid == 0) {
        become(o, &e, path.s, server);
    }
    close_all(e.child, o->tty ? 1 : 3);
    buf_release(&path);
    if (pid < 0)
        return NULL;
    struct process *p = xcalloc(1, sizeof(*p));
    *p = (struct process) { .loop = loop, .ops = ops, .arg = arg, .pid = pid, .tty = o->tty, .in_fd = -1 };
    buf_init(&p->in);
    p->last_words = loop_timer_new(loop, on_last_words, p);
    take_ends(p, &e);
    p->exit_fd = (int)syscall(SYS_pidfd_open, pid, 0);
    BUG_ON(p->exit_fd < 0);
    p->exit_io = loop_io_new(loop, p->exit_fd, on_exit_fd, p);
    loop_io_set(p->exit_io, LOOP_READ);
    return p;
}
