#include "app/demo.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

enum { START_MS = 20000 };

struct demo {
    char dir[64];
    char *kubeconfig;
    pid_t pid;
};

// kview-democluster stands beside kview, or in PATH.
static char *server_path(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n > 0) {
        self[n] = '\0';
        char *slash = strrchr(self, '/');
        if (slash) {
            *slash = '\0';
            char *path = xasprintf("%s/kview-democluster", self);
            if (access(path, X_OK) == 0)
                return path;
            free(path);
        }
    }
    return xstrdup("kview-democluster");
}

static pid_t spawn(const char *path, const struct demo *d, const char *scenario, int ready_fd)
{
    char fd[16];
    snprintf(fd, sizeof(fd), "%d", ready_fd);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    setsid(); // Ctrl-C is for kview; the child ends when its parent does
    const char *seed = str_or(getenv("KVIEW_DEMO_SEED"), "1"), *time = getenv("KVIEW_NOW");
    execlp(path, path, "--kubeconfig", d->kubeconfig, "--ready-fd", fd, "--scenario", scenario, "--seed",
        seed, time && *time ? "--fixed-time" : NULL, time, (char *)NULL);
    _exit(127);
}

struct demo *demo_start(const char *scenario, struct err *err)
{
    struct demo *d = xcalloc(1, sizeof(*d));
    int fds[2] = { -1, -1 };
    char *path = server_path(), byte;
    snprintf(d->dir, sizeof(d->dir), "/tmp/kview-demo-XXXXXX");
    if (!mkdtemp(d->dir) || pipe(fds) < 0) {
        err_set(err, "cannot make a temporary folder for the demo: %s", strerror(errno));
        free(path);
        free(d);
        return NULL;
    }
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    d->kubeconfig = xasprintf("%s/kubeconfig", d->dir);
    d->pid = spawn(path, d, scenario, fds[1]);
    close(fds[1]);
    struct pollfd p = { .fd = fds[0], .events = POLLIN };
    bool ok = d->pid > 0 && poll(&p, 1, START_MS) == 1 && read(fds[0], &byte, 1) == 1;
    close(fds[0]);
    free(path);
    if (ok)
        return d;
    err_set(err, "the demo cluster did not start (scenario \"%s\"; is kview-democluster beside kview?)",
        scenario);
    demo_stop(d);
    return NULL;
}

const char *demo_kubeconfig(const struct demo *d)
{
    return d->kubeconfig;
}

void demo_stop(struct demo *d)
{
    if (!d)
        return;
    if (d->pid > 0) {
        kill(d->pid, SIGTERM);
        waitpid(d->pid, NULL, 0);
    }
    unlink(d->kubeconfig);
    rmdir(d->dir);
    free(d->kubeconfig);
    free(d);
}
