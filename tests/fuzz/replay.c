// Every file of the corpora through its target, without libFuzzer: replay [TARGET [FILE...]].
// A target runs in a process of its own, so that one that dies is counted and the others still run.
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"

#define CORPUS "tests/fuzz/corpus"

static char *current; // shared with the child: the file it works on

static void run_file(const struct fuzz_target *t, const char *path)
{
    struct buf text = BUF_INIT;
    struct err err;
    snprintf(current, PATH_MAX, "%s", path);
    if (!file_read(path, 1 << 20, &text, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
    fuzz_run(t, text.s, text.n);
    buf_release(&text);
}

static int run_folder(const struct fuzz_target *t)
{
    char path[PATH_MAX];
    struct dirent **names;
    snprintf(path, sizeof(path), CORPUS "/%s", t->name);
    int n = scandir(path, &names, NULL, alphasort), files = 0;
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            snprintf(path, sizeof(path), CORPUS "/%s/%s", t->name, names[i]->d_name);
            run_file(t, path);
            files++;
        }
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return files;
}

static bool run_target(const struct fuzz_target *t)
{
    int status;
    fflush(stdout);
    current[0] = '\0';
    pid_t pid = fork();
    if (pid == 0) {
        int files = run_folder(t);
        if (!files)
            fprintf(stderr, CORPUS "/%s holds no inputs\n", t->name);
        exit(files ? 0 : 1);
    }
    BUG_ON(pid < 0 || waitpid(pid, &status, 0) != pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        printf("[       OK ] fuzz corpus %s\n", t->name);
        return true;
    }
    printf("[  FAILED  ] fuzz corpus %s: %s\n", t->name, current);
    return false;
}

int main(int argc, char **argv)
{
    size_t n;
    const struct fuzz_target *all = fuzz_targets(&n), *one = argc > 1 ? fuzz_find(argv[1]) : NULL;
    bool ok = true;
    if (argc > 1 && !one) {
        fprintf(stderr, "usage: %s [TARGET [FILE...]]\n", argv[0]);
        return 2;
    }
    setrlimit(RLIMIT_CORE, &(struct rlimit) { 0, 0 }); // a sanitizer's core would fill the disk
    current = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    BUG_ON(current == MAP_FAILED);
    for (int i = 2; i < argc; i++)
        run_file(one, argv[i]);
    for (size_t i = 0; argc <= 2 && i < n; i++)
        if (!one || one == &all[i])
            ok &= run_target(&all[i]);
    return ok ? 0 : 1;
}
