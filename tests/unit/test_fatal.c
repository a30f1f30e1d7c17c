// A fatal signal writes what was prepared, on a stack of its own, and the process ends by it.
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/fatal.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true // a sanitizer reports faults, then exits
#else
#define SANITIZED false
#endif

static struct sigaction initial;
static int volatile depth;

static int recurse(int n) // until the stack ends
{
    volatile char frame[4096];
    frame[n % 4096] = (char)n;
    depth = n;
    return n < 0 ? n : recurse(n + 1) + frame[n % 4096];
}

static void overflow(void)
{
    recurse(0);
}
static void fault(void)
{
    *(volatile int *)16 = 1;
}
static void give_up(void)
{
    abort();
}
static void usr1(void)
{
    raise(SIGUSR1);
}
static void left(void)
{
    fatal_arm(false);
    raise(SIGUSR1);
}

static int run(void (*fn)(void), char *out, size_t n)
{
    int fds[2], status = 0;
    struct termios modes = { 0 };
    struct rlimit none = { 0, 0 }, small = { 1 << 20, 1 << 20 };
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &none);
        setrlimit(RLIMIT_STACK, &small);
        int nobody = open("/dev/null", O_WRONLY);
        sigaction(SIGSEGV, &initial, NULL); // not cmocka's
        if (SANITIZED)
            dup2(nobody, 2);
        fatal_prepare(fds[1], "back", 4, &modes, -1);
        fatal_arm(true);
        fn();
        _exit(99);
    }
    close(fds[1]);
    ssize_t got = read(fds[0], out, n - 1);
    out[got > 0 ? got : 0] = '\0';
    close(fds[0]);
    waitpid(pid, &status, 0);
    return status;
}

static void each(void **state)
{
    static const struct {
        const char *what;
        void (*fn)(void);
        int sig;
        const char *bytes;
    } cases[] = { { "a stack overflow", overflow, SIGSEGV, "back" }, { "a fault", fault, SIGSEGV, "back" },
        { "abort", give_up, SIGABRT, "back" }, { "USR1", usr1, SIGUSR1, "back" }, { "not armed", left, SIGUSR1, "" } };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[64];
        int status = run(cases[i].fn, out, sizeof(out));
        if (strcmp(out, cases[i].bytes) != 0)
            fail_msg("%s: \"%s\" was written", cases[i].what, out);
        bool by = WIFSIGNALED(status) && WTERMSIG(status) == cases[i].sig;
        if (!by && !(SANITIZED && cases[i].sig == SIGSEGV && WIFEXITED(status) && WEXITSTATUS(status) != 99))
            fail_msg("%s: status %#x", cases[i].what, (unsigned)status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each) };
    sigaction(SIGSEGV, NULL, &initial);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
