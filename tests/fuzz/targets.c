#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const struct fuzz_target *fuzz_find(const char *name)
{
    size_t n;
    const struct fuzz_target *all = fuzz_targets(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].name, name) == 0)
            return &all[i];
    return NULL;
}

void fuzz_run(const struct fuzz_target *t, const void *data, size_t n)
{
    char *copy = xmalloc(n + 1); // a block of its own, so that a read beyond the end is seen
    if (n)
        memcpy(copy, data, n);
    copy[n] = '\0';
    t->run(copy, n);
    free(copy);
}

const char *fuzz_file(const char *data, size_t n)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("kview-fuzz", MFD_CLOEXEC);
        BUG_ON(fd < 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    BUG_ON(ftruncate(fd, 0) != 0 || pwrite(fd, data, n, 0) != (ssize_t)n);
    return path;
}

size_t fuzz_head(const char *data, size_t n, char *head, size_t max)
{
    const char *nl = memchr(data, '\n', n);
    size_t len = nl ? (size_t)(nl - data) : n;
    snprintf(head, max, "%.*s", (int)(len < max ? len : max - 1), data);
    return nl ? len + 1 : len;
}
