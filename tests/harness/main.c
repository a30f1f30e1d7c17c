// kview-pty: runs the scripts of tests/screens, several at a time, against kview in a pseudo-terminal.
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "tests/harness/script.h"

enum { MAX_JOBS = 16, SCRIPT_S = 170 };

struct job {
    pid_t pid;
    FILE *out;
};

static const char usage[] =
    "usage: kview-pty [--update] [-j N] [--kview PROGRAM] [--demo PROGRAM] SCRIPT...\n"
    "Runs each script and compares its screens; --update writes them. tests/screens/README.md has the words.\n";

static void begin(struct job *j, const struct harness *h, const char *path)
{
    j->out = tmpfile();
    fflush(stdout);
    j->pid = fork();
    if (j->pid != 0)
        return;
    dup2(fileno(j->out), STDOUT_FILENO);
    alarm(SCRIPT_S); // nothing waits for ever
    bool ok = script_run(h, path);
    fflush(stdout);
    _exit(ok ? 0 : 1);
}

static void count_lines(FILE *f, int status, const char *name, int *passed, int *failed)
{
    char line[4096];
    int bad = 0;
    rewind(f);
    while (fgets(line, sizeof(line), f)) {
        *passed += str_starts(line, "ok ");
        bad += str_starts(line, "FAILED ");
        fputs(line, stdout);
    }
    if (status != 0 && !bad) {
        printf("FAILED %s: ended with status %d (over %d s?)\n", name, status, SCRIPT_S);
        bad = 1;
    }
    *failed += bad;
    fflush(stdout);
}

// How long a script takes goes by the number of its golden screens; those with a cluster of their own wait for its faults.
static int weight(const char *path)
{
    const char *dot = strrchr(path, '.');
    char *folder = xstrndup(path, dot ? (size_t)(dot - path) : strlen(path)), line[256];
    DIR *d = opendir(folder);
    FILE *f = fopen(path, "r");
    int n = 0;
    while (d && readdir(d))
        n++;
    while (f && fgets(line, sizeof(line), f))
        n += str_starts(line, "server") ? 1000 : 0;
    if (d)
        closedir(d);
    if (f)
        fclose(f);
    free(folder);
    return n;
}

// The longest first, so that at the end no processor waits for the last script; else by name.
static int longest_first(const void *a, const void *b)
{
    const char *const *pa = a, *const *pb = b;
    int wa = weight(*pa), wb = weight(*pb);
    return wa != wb ? wb - wa : strcmp(*pa, *pb);
}

static int run_all(const struct harness *h, char **paths, int n, int jobs)
{
    struct job running[MAX_JOBS] = { 0 };
    const char *names[MAX_JOBS] = { 0 };
    int next = 0, busy = 0, passed = 0, failed = 0;
    while (next < n || busy) {
        for (int i = 0; i < jobs && next < n; i++)
            if (!running[i].pid) {
                names[i] = paths[next];
                begin(&running[i], h, paths[next++]);
                busy++;
            }
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        for (int i = 0; i < jobs; i++)
            if (pid > 0 && running[i].pid == pid) {
                count_lines(running[i].out, status, names[i], &passed, &failed);
                fclose(running[i].out);
                running[i].pid = 0;
                busy--;
            }
        if (pid < 0 && errno != EINTR)
            break;
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = { { "update", 0, NULL, 'u' }, { "kview", 1, NULL, 'k' },
        { "demo", 1, NULL, 'd' }, { "help", 0, NULL, 'h' }, { 0 } };
    struct harness h = { .kview = "build/rel/kview", .democluster = "build/rel/kview-democluster" };
    struct server shared;
    struct err err;
    int c, jobs = 2;
    while ((c = getopt_long(argc, argv, "j:", longs, NULL)) != -1) {
        if (c == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        h.update |= c == 'u';
        jobs = c == 'j' ? atoi(optarg) : jobs;
        h.kview = c == 'k' ? optarg : h.kview;
        h.democluster = c == 'd' ? optarg : h.democluster;
    }
    if (optind == argc || jobs < 1 || jobs > MAX_JOBS) {
        fputs(usage, stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (!server_start(&shared, h.democluster, "healthy", &err)) {
        printf("FAILED %s\n", err.msg);
        fflush(stdout); // LeakSanitizer ends the program before stdio does
        return 1;
    }
    h.shared = &shared;
    qsort(argv + optind, (size_t)(argc - optind), sizeof(*argv), longest_first);
    int rc = run_all(&h, argv + optind, argc - optind, jobs);
    if (!server_stop(&shared)) {
        printf("FAILED the shared demo cluster did not end well\n");
        rc = 1;
    }
    return rc;
}
