#include "ui/fatal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { STACK = 64 << 10, SIGNALS = 65 };

static struct { // the terminal-restore hook of signals
    volatile sig_atomic_t armed;
    int tty, stderr_fd;
    pid_t pid;
    char bytes[FATAL_BYTES];
    size_t n;
    struct termios modes;
    struct sigaction before[SIGNALS];
} hook;
static char stack[STACK];

static void take_back(void)
{
    hook.armed = 0;
    for (size_t at = 0; at < hook.n;) {
        ssize_t w = write(hook.tty, hook.bytes + at, hook.n - at);
        if (w < 0 && errno != EINTR)
            break; // a terminal that takes nothing must not keep the process
        at += w > 0 ? (size_t)w : 0;
    }
    tcsetattr(hook.tty, TCSANOW, &hook.modes);
    if (hook.stderr_fd >= 0)
        dup2(hook.stderr_fd, STDERR_FILENO);
}

static bool is_fault(int sig)
{
    return sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL;
}

static void on_fatal(int sig, siginfo_t *info, void *context)
{
    int saved = errno;
    (void)context;
    if (hook.armed && getpid() == hook.pid) // a child before its exec leaves the terminal alone
        take_back();
    sigaction(sig, &hook.before[sig], NULL);
    // A fault of the processor comes again as soon as this returns, with its address, for whoever reports it
    if (!is_fault(sig) || info->si_code <= 0)
        raise(sig);
    errno = saved;
}

static void own_stack(void)
{
    stack_t now;
    if (sigaltstack(NULL, &now) == 0 && now.ss_flags & SS_DISABLE) { // a sanitizer has its own
        stack_t mine = { .ss_sp = stack, .ss_size = sizeof(stack) };
        sigaltstack(&mine, NULL);
    }
}

static void handle(int sig)
{
    struct sigaction sa = { .sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK }, now;
    if (sig >= SIGNALS || sigaction(sig, NULL, &now) != 0)
        return;
    bool ours = now.sa_flags & SA_SIGINFO && now.sa_sigaction == on_fatal;
    bool taken = now.sa_flags & SA_SIGINFO || now.sa_handler != SIG_DFL;
    if (ours || (taken && !is_fault(sig)) || (!(now.sa_flags & SA_SIGINFO) && now.sa_handler == SIG_IGN))
        return;
    sigfillset(&sa.sa_mask);
    hook.before[sig] = now;
    sigaction(sig, &sa, NULL);
}

void fatal_prepare(int tty, const char *bytes, size_t n, const struct termios *modes, int stderr_fd)
{
    // TERM, HUP and INT are the loop's
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGTRAP, SIGSYS, SIGUSR1, SIGUSR2,
        SIGXCPU, SIGXFSZ, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT };
    hook.armed = 0;
    hook.tty = tty;
    hook.stderr_fd = stderr_fd;
    hook.pid = getpid();
    hook.n = n < FATAL_BYTES ? n : 0;
    memcpy(hook.bytes, bytes, hook.n);
    hook.modes = *modes;
    own_stack();
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        handle(signals[i]);
    for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
        handle(sig);
}

void fatal_arm(bool on)
{
    hook.armed = on;
}
