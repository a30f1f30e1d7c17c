#include "client/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "base/arr.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "client/tar.h"
#include "client/untar.h"

enum { NOTES_MAX = 100, ENTRIES_MAX = 1000000, CHUNK = 64 << 10 };

struct item {
    char *path; // relative to the top, "" for itself
    char *link;
    enum tar_type type;
    uint64_t size;
    uint32_t mode;
    int64_t mtime;
};
struct have {
    char *path;
    uint64_t size;
    int64_t mtime;
    UT_hash_handle hh;
};

struct pack {
    char *local;
    bool force, raw;
    ARR(struct item) items;
    struct have *have;
    size_t next;
    int fd;
    uint64_t left; // of the file being read
    struct pack_count count;
    ARR(char *) notes;
};

static void refuse(struct pack *p, const char *path, const char *why)
{
    struct buf clean = BUF_INIT;
    p->count.refused++;
    if (p->notes.n >= NOTES_MAX)
        return;
    utf8_sanitise(&clean, path, strlen(path) > 300 ? 300 : strlen(path));
    arr_push(&p->notes, xasprintf("%s: %s", clean.n ? clean.s : p->local, why));
    buf_release(&clean);
}

// ---- what is there already

static void read_have(struct pack *p, const char *lines)
{
    while (*lines) {
        size_t n = strcspn(lines, "\n");
        char *line = xstrndup(lines, n), *at;
        struct have *h = xcalloc(1, sizeof(*h)), *old;
        h->size = strtoull(line, &at, 10);
        h->mtime = strtoll(at, &at, 10);
        at += *at == ' ';
        at += str_starts(at, "./") ? 2 : 0;
        h->path = xstrdup(str_eq(at, ".") ? "" : at);
        HASH_FIND_STR(p->have, h->path, old);
        if (old) {
            free(h->path);
            free(h);
        } else {
            HASH_ADD_KEYPTR(hh, p->have, h->path, strlen(h->path), h);
        }
        free(line);
        lines += n + (lines[n] == '\n');
    }
}

static bool is_wanted(struct pack *p, const struct item *it)
{
    struct have *h;
    if (it->type == TAR_DIR)
        return true;
    HASH_FIND_STR(p->have, it->path, h);
    if (!h)
        return true;
    bool same = it->type == TAR_FILE ? h->size == it->size && h->mtime == it->mtime : h->size == strlen(it->link);
    if (same) {
        p->count.skipped++;
        return false;
    }
    if (!p->force)
        refuse(p, it->path, "it is there already and differs; --force writes over it");
    return p->force;
}

// ---- looking through

static bool has_control(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return true;
    return false;
}

static char *full_path(const struct pack *p, const char *path)
{
    return *path ? xasprintf("%s/%s", p->local, path) : xstrdup(p->local);
}

static void add_item(struct pack *p, const char *path, const struct stat *st, const char *full)
{
    char target[4096];
    struct item it = { .mode = st->st_mode & 07777, .mtime = st->st_mtim.tv_sec };
    it.type = S_ISREG(st->st_mode) ? TAR_FILE : S_ISDIR(st->st_mode) ? TAR_DIR : TAR_SYMLINK;
    it.path = (char *)path;
    if (it.type == TAR_FILE)
        it.size = (uint64_t)st->st_size;
    if (it.type == TAR_SYMLINK) {
        ssize_t n = readlink(full, target, sizeof(target) - 1);
        if (n < 0) {
            refuse(p, path, strerror(errno));
            return;
        }
        target[n] = '\0';
        it.link = target;
    }
    if (!is_wanted(p, &it))
        return;
    it.path = xstrdup(path);
    it.link = it.type == TAR_SYMLINK ? xstrdup(target) : NULL;
    p->count.size += it.size;
    arr_push(&p->items, it);
}

// Folders are a queue, not a recursion: depth is the file system's business.
static bool look_through(struct pack *p, struct err *err)
{
    ARR(char *) queue = { 0 };
    bool ok = true;
    arr_push(&queue, xstrdup(""));
    for (size_t i = 0; i < queue.n && ok; i++) {
        char *full = full_path(p, queue.v[i]);
        DIR *d = opendir(full);
        struct dirent *e;
        if (!d)
            refuse(p, queue.v[i], strerror(errno));
        while (d && ok && (e = readdir(d))) {
            struct stat st;
            if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
                continue;
            char *path = xasprintf("%s%s%s", queue.v[i], *queue.v[i] ? "/" : "", e->d_name);
            char *at = full_path(p, path);
            if (lstat(at, &st) != 0)
                refuse(p, path, strerror(errno));
            else if (has_control(e->d_name))
                refuse(p, path, "control bytes in its name");
            else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
                refuse(p, path, "a device, a pipe or a socket");
            else {
                add_item(p, path, &st, at);
                if (S_ISDIR(st.st_mode))
                    arr_push(&queue, xstrdup(path));
            }
            free(at);
            free(path);
            if (p->items.n > ENTRIES_MAX)
                ok = err_set(err, "%s holds more than a million files", p->local);
        }
        if (d)
            closedir(d);
        free(full);
    }
    for (size_t i = 0; i < queue.n; i++)
        free(queue.v[i]);
    arr_release(&queue);
    return ok;
}

struct pack *pack_new(const char *local, const char *have, bool force, struct err *err)
{
    struct pack *p = xcalloc(1, sizeof(*p));
    struct stat st;
    bool ok = true;
    p->local = copy_local_path(local);
    p->force = force;
    p->fd = -1;
    if (have)
        read_have(p, have);
    if (stat(p->local, &st) != 0) // what was named is meant, not the link that it may be
        ok = err_set(err, "%s: %s", p->local, strerror(errno));
    else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        ok = err_set(err, "%s is neither a file nor a folder", p->local);
    if (ok) {
        add_item(p, "", &st, p->local);
        ok = !S_ISDIR(st.st_mode) || look_through(p, err);
    }
    if (!ok) {
        pack_free(p);
        return NULL;
    }
    return p;
}

bool pack_is_dir(const struct pack *p)
{
    return p->items.n && p->items.v[0].type == TAR_DIR && !*p->items.v[0].path;
}

void pack_raw(struct pack *p)
{
    p->raw = true;
}

// ---- the archive

static bool begin_item(struct pack *p, const struct item *it, struct buf *out)
{
    char *full = full_path(p, it->path);
    char *name = xasprintf("x%s%s", *it->path ? "/" : "", it->path);
    struct tar_entry e = { .type = it->type, .name = name, .link = it->link, .size = it->size, .mode = it->mode,
        .mtime = it->mtime };
    bool ok = true;
    if (it->type == TAR_FILE) {
        // the top may be a link, what lies inside may not have become one meanwhile
        p->fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (*it->path ? O_NOFOLLOW : 0));
        ok = p->fd >= 0;
        if (!ok)
            refuse(p, it->path, strerror(errno));
        p->left = ok ? it->size : 0;
    }
    if (ok && !p->raw)
        tar_put_entry(out, &e);
    p->count.files += ok && it->type == TAR_FILE;
    p->count.dirs += it->type == TAR_DIR;
    p->count.links += it->type == TAR_SYMLINK;
    free(name);
    free(full);
    return ok;
}

static bool read_some(struct pack *p, const struct item *it, struct buf *out, struct err *err)
{
    size_t want = p->left < CHUNK ? (size_t)p->left : CHUNK;
    buf_reserve(out, want + 1);
    ssize_t n = want ? read(p->fd, out->s + out->n, want) : 0;
    if (n < 0 && errno == EINTR)
        return true;
    if (n < 0)
        return err_set(err, "%s/%s: %s", p->local, it->path, strerror(errno));
    if (n == 0 && p->left) // its size is in the archive already
        return err_set(err, "%s/%s became shorter while it was read", p->local, it->path);
    out->n += (size_t)n;
    out->s[out->n] = '\0';
    p->left -= (uint64_t)n;
    p->count.bytes += (uint64_t)n;
    if (!p->left) {
        close(p->fd);
        p->fd = -1;
        if (!p->raw)
            tar_put_padding(out, it->size);
    }
    return true;
}

bool pack_fill(struct pack *p, size_t max, struct buf *out, bool *done, struct err *err)
{
    *done = false;
    while (out->n < max && !*done) {
        if (p->fd >= 0) {
            if (!read_some(p, &p->items.v[p->next - 1], out, err))
                return false;
        } else if (p->next < p->items.n) {
            begin_item(p, &p->items.v[p->next++], out);
        } else {
            *done = true;
            if (p->raw)
                break;
            // by which the other side knows that nothing is missing
            tar_put_entry(out, &(struct tar_entry) { .type = TAR_FILE, .name = "whole", .mode = 0600 });
            tar_put_end(out);
        }
    }
    return true;
}

void pack_free(struct pack *p)
{
    struct have *h, *tmp;
    if (!p)
        return;
    if (p->fd >= 0)
        close(p->fd);
    HASH_ITER(hh, p->have, h, tmp)
    {
        HASH_DEL(p->have, h);
        free(h->path);
        free(h);
    }
    for (size_t i = 0; i < p->items.n; i++) {
        free(p->items.v[i].path);
        free(p->items.v[i].link);
    }
    for (size_t i = 0; i < p->notes.n; i++)
        free(p->notes.v[i]);
    arr_release(&p->items);
    arr_release(&p->notes);
    free(p->local);
    free(p);
}

const struct pack_count *pack_count(const struct pack *p)
{
    return &p->count;
}

size_t pack_note_count(const struct pack *p)
{
    return p->notes.n;
}

const char *pack_note(const struct pack *p, size_t i)
{
    return p->notes.v[i];
}
