#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct fuzz_target targets[] = {
    { "config", fuzz_config, 2048 },
    { "describe", fuzz_describe, 8192 },
    { "discovery", fuzz_discovery, 4096 },
    { "channels", fuzz_exec_channels, 1024 },
    { "exec", fuzz_exec, 2048 },
    { "feed", fuzz_feed, 4096 },
    { "filter", fuzz_filter, 512 },
    { "input", fuzz_input, 128 },
    { "keymap", fuzz_keymap, 1024 },
    { "kubeconfig", fuzz_kubeconfig, 4096 },
    { "metrics", fuzz_metrics, 2048 },
    { "number", fuzz_number, 64 },
    { "oidc", fuzz_oidc, 1024 },
    { "openapi", fuzz_openapi, 2048 },
    { "pager", fuzz_pager, 1024 },
    { "row", fuzz_row, 8192 },
    { "screen", fuzz_screen, 512 },
    { "skin", fuzz_skin, 1024 },
    { "spec", fuzz_spec, 256 },
    { "state", fuzz_state, 1024 },
    { "status", fuzz_status, 1024 },
    { "strings", fuzz_strings, 256 },
    { "terminal", fuzz_terminal, 512 },
    { "yaml", fuzz_yaml, 2048 },
    { "yamlview", fuzz_yamlview, 2048 },
};

const struct fuzz_target *fuzz_targets(size_t *n)
{
    *n = sizeof(targets) / sizeof(*targets);
    return targets;
}

const struct fuzz_target *fuzz_find(const char *name)
{
    for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
        if (strcmp(targets[i].name, name) == 0)
            return &targets[i];
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
