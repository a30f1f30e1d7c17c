#include "base/listener.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

enum { STATE_LISTEN = 0x0a, MAX_INODES = 16 };

// "  0: 0100007F:1F90 00000000:0000 0A … uid timeout inode": the sockets that listen on the port.
static size_t inodes_of(const char *table, int port, unsigned long *out, size_t n)
{
    char line[512];
    FILE *f = fopen(table, "re");
    while (f && n < MAX_INODES && fgets(line, sizeof(line), f)) {
        unsigned local, state;
        unsigned long inode;
        int got = sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*d %*d %lu", &local, &state, &inode);
        if (got == 3 && (int)local == port && state == STATE_LISTEN)
            out[n++] = inode;
    }
    if (f)
        fclose(f);
    return n;
}

static bool holds(const char *pid, const unsigned long *inodes, size_t n)
{
    char path[300], link[64];
    bool found = false;
    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    DIR *fds = opendir(path);
    for (struct dirent *e; fds && !found && (e = readdir(fds));) {
        unsigned long inode;
        ssize_t len = readlinkat(dirfd(fds), e->d_name, link, sizeof(link) - 1);
        link[len > 0 ? len : 0] = '\0';
        if (sscanf(link, "socket:[%lu]", &inode) == 1)
            for (size_t i = 0; i < n; i++)
                found |= inodes[i] == inode;
    }
    if (fds)
        closedir(fds);
    return found;
}

static void name_of(const char *pid, char *out, size_t n)
{
    char path[300], comm[64] = "";
    if (strtol(pid, NULL, 10) == getpid()) {
        snprintf(out, n, "this kview");
        return;
    }
    snprintf(path, sizeof(path), "/proc/%s/comm", pid);
    FILE *f = fopen(path, "re");
    if (f && fgets(comm, sizeof(comm), f))
        comm[strcspn(comm, "\n")] = '\0';
    if (f)
        fclose(f);
    struct buf clean = BUF_INIT; // a program chooses its name
    utf8_sanitise(&clean, comm, strlen(comm));
    snprintf(out, n, "%s (pid %s)", clean.s, pid);
    buf_release(&clean);
}

bool listener_find(int port, char *out, size_t n)
{
    unsigned long inodes[MAX_INODES];
    size_t count = inodes_of("/proc/net/tcp6", port, inodes, inodes_of("/proc/net/tcp", port, inodes, 0));
    bool found = false;
    DIR *proc = count ? opendir("/proc") : NULL;
    for (struct dirent *e; proc && !found && (e = readdir(proc));) {
        if (e->d_name[0] < '0' || e->d_name[0] > '9' || !holds(e->d_name, inodes, count))
            continue;
        found = true;
        name_of(e->d_name, out, n);
    }
    if (proc)
        closedir(proc);
    return found;
}
