#include "client/untar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "client/tar.h"

enum { NOTES_MAX = 100, DEPTH_MAX = 256, KEEP_PART = 1 << 20 };

struct dir_mark { // set at the end: a folder that may not be written to could not be filled
    char *path;
    uint32_t mode;
    int64_t mtime;
};

struct untar {
    struct tar_reader *reader;
    int root;        // the folder that everything is under
    char *base, *as; // its first component there and here; as NULL: there is none
    char *where;
    bool force, raw;
    char *parent; // the folder opened last, relative to root
    int parent_fd;
    int fd;           // of the file being written, -1: its bytes are dropped
    char *name, *part; // in parent_fd
    uint64_t size, written, goes_on;
    uint32_t mode;
    int64_t mtime;
    bool stop, top, sized; // top: the file is the whole copy
    struct err fatal;
    struct untar_count count;
    ARR(char *) notes;
    ARR(struct dir_mark) dirs;
};

// ---- telling

__attribute__((format(printf, 3, 4))) static void refuse(struct untar *u, const char *name, const char *fmt, ...)
{
    char why[200];
    struct buf clean = BUF_INIT;
    va_list ap;
    u->count.refused++;
    if (u->notes.n >= NOTES_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    utf8_sanitise(&clean, name, strlen(name) > 300 ? 300 : strlen(name));
    arr_push(&u->notes, xasprintf("%s: %s", clean.s, why));
    buf_release(&clean);
}

// What would be the same for the next file ends the copy; what is this one's own is named.
static void failed(struct untar *u, const char *name, const char *doing)
{
    static const int general[] = { ENOSPC, EDQUOT, EROFS, EIO, EACCES, EPERM, EMFILE, ENFILE };
    int e = errno;
    for (size_t i = 0; i < ARRAY_SIZE(general); i++)
        if (e == general[i]) {
            struct buf clean = BUF_INIT;
            utf8_sanitise(&clean, name, strlen(name) > 300 ? 300 : strlen(name));
            err_set(&u->fatal, "cannot %s %s in %s: %s", doing, clean.s, u->where, strerror(e));
            buf_release(&clean);
            return;
        }
    refuse(u, name, "cannot %s it: %s", doing, strerror(e));
}

// ---- paths

char *copy_local_path(const char *typed)
{
    const char *home = getenv("HOME");
    bool at_home = typed[0] == '~' && (typed[1] == '/' || !typed[1]) && home && *home;
    char *path = at_home ? xasprintf("%s%s", home, typed + 1) : xstrdup(typed);
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    return path;
}

static bool has_control(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return true;
    return false;
}

// The name inside the archive as a path below root, "." and double slashes gone; NULL: refused, why says it.
static char *safe_path(const struct untar *u, const char *name, const char **why)
{
    struct buf out = BUF_INIT;
    int depth = 0;
    *why = name[0] == '/' ? "an absolute name" : has_control(name) ? "control bytes in its name" : NULL;
    for (const char *p = name; *p && !*why;) {
        size_t n = strcspn(p, "/");
        bool first = !depth && u->as;
        if (n == 2 && memcmp(p, "..", 2) == 0)
            *why = "its name leads out of the folder";
        else if (n > 255 || depth >= DEPTH_MAX)
            *why = "its name is too long";
        else if (n && !(n == 1 && *p == '.')) {
            if (first && !(strlen(u->base) == n && memcmp(p, u->base, n) == 0))
                *why = "it is not part of what was asked for";
            if (out.n)
                buf_putc(&out, '/');
            buf_add(&out, first ? u->as : p, first ? strlen(u->as) : n);
            depth++;
        }
        p += n + (p[n] == '/');
    }
    if (*why) {
        buf_release(&out);
        return NULL;
    }
    return buf_take(&out);
}

// Opens the folder that path lies in, making what is missing, and follows no link: openat2's RESOLVE_BENEATH
// would allow links that stay inside, which another process could turn meanwhile.
static bool open_parent(struct untar *u, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent = xstrndup(path, slash ? (size_t)(slash - path) : 0);
    if (u->parent && str_eq(u->parent, parent)) {
        free(parent);
        return true;
    }
    int fd = dup(u->root);
    char *copy = xstrdup(parent);
    for (char *p = copy, *next; fd >= 0 && *p; p = next) {
        size_t n = strcspn(p, "/");
        next = p + n + (p[n] == '/');
        p[n] = '\0';
        int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        int sub = openat(fd, p, flags);
        if (sub < 0 && errno == ENOENT && mkdirat(fd, p, 0755) == 0)
            sub = openat(fd, p, flags);
        int e = errno;
        close(fd);
        errno = e;
        fd = sub;
    }
    free(copy);
    if (fd < 0) {
        free(parent);
        return false;
    }
    if (u->parent_fd >= 0)
        close(u->parent_fd);
    free(u->parent);
    u->parent = parent;
    u->parent_fd = fd;
    return true;
}

static const char *last_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// A link is kept when it cannot lead out: not absolute, and ".." only in front, as often as it lies deep. Behind
// another name ".." would leave through whatever that name links to.
static bool link_stays(const char *path, const char *link, bool has_top)
{
    int depth = has_top ? -1 : 0;
    bool named = false;
    for (const char *p = path; *p; p++)
        depth += *p == '/';
    if (*link == '/' || !*link || has_control(link))
        return false;
    for (const char *p = link; *p;) {
        size_t n = strcspn(p, "/");
        bool up = n == 2 && memcmp(p, "..", 2) == 0;
        if (up && (named || depth-- <= 0))
            return false;
        named |= !up && n && !(n == 1 && *p == '.');
        p += n + (p[n] == '/');
    }
    return true;
}

// ---- what is there

enum there { THERE_NOTHING, THERE_SAME, THERE_OTHER };

static enum there look(struct untar *u, const char *path, const struct tar_entry *e)
{
    struct stat st;
    char target[4096];
    const char *name = last_of(path);
    if (fstatat(u->parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return THERE_NOTHING;
    bool same = e->type == TAR_FILE && S_ISREG(st.st_mode) && (uint64_t)st.st_size == e->size &&
                st.st_mtim.tv_sec == e->mtime;
    if (e->type == TAR_SYMLINK && S_ISLNK(st.st_mode)) {
        ssize_t n = readlinkat(u->parent_fd, name, target, sizeof(target));
        same = n >= 0 && (size_t)n == strlen(e->link) && memcmp(target, e->link, (size_t)n) == 0;
    }
    if (same) {
        u->count.skipped++;
        return THERE_SAME;
    }
    if (!u->force || S_ISDIR(st.st_mode)) {
        refuse(u, path, S_ISDIR(st.st_mode) ? "a folder of that name is there"
                                            : "it is there already and differs; --force writes over it");
        return THERE_OTHER;
    }
    return THERE_NOTHING; // renamed over
}

// ---- files

static char *part_name(const char *name)
{
    uint32_t hash = 2166136261u; // FNV-1a
    if (strlen(name) <= 240)
        return xasprintf(".%s.kview-part", name);
    for (const char *p = name; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    return xasprintf(".%08x.kview-part", hash);
}

static void forget_file(struct untar *u)
{
    if (u->fd >= 0)
        close(u->fd);
    u->fd = -1;
    free(u->name);
    free(u->part);
    u->name = u->part = NULL;
}

static bool part_fits(struct untar *u, const struct tar_entry *e)
{
    struct stat st;
    return u->top && e->mtime > 0 && fstatat(u->parent_fd, u->part, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_size > 0 && (uint64_t)st.st_size < e->size &&
           st.st_mtim.tv_sec == e->mtime && (u->goes_on = (uint64_t)st.st_size) > 0;
}

static void open_part(struct untar *u, const char *path)
{
    unlinkat(u->parent_fd, u->part, 0); // left by a copy that was killed
    u->fd = openat(u->parent_fd, u->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (u->fd < 0)
        failed(u, path, "create");
}

static void begin_file(struct untar *u, const char *path, const struct tar_entry *e)
{
    u->size = e->size;
    u->mode = e->mode & 0777; // of set-user-ID files of a container none is made here
    u->mtime = e->mtime;
    u->written = 0;
    u->sized = true;
    u->top = u->as && !strchr(path, '/');
    if (u->top)
        u->count.size = e->size;
    if (look(u, path, e) != THERE_NOTHING)
        return;
    u->name = xstrdup(last_of(path));
    u->part = part_name(u->name);
    if (part_fits(u, e))
        u->stop = true;
    else
        open_part(u, path);
}

static void on_data(void *arg, const char *data, size_t n)
{
    struct untar *u = arg;
    while (n && u->fd >= 0 && !u->stop && !err_is(&u->fatal)) {
        ssize_t done = write(u->fd, data, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            failed(u, str_or(u->name, "it"), "write");
            if (err_is(&u->fatal))
                return;
            unlinkat(u->parent_fd, u->part, 0);
            forget_file(u);
            return;
        }
        data += done;
        n -= (size_t)done;
        u->written += (uint64_t)done;
        u->count.bytes += (uint64_t)done;
    }
}

static bool into_place(struct untar *u)
{
    if (u->force)
        return renameat(u->parent_fd, u->part, u->parent_fd, u->name) == 0;
    if (renameat2(u->parent_fd, u->part, u->parent_fd, u->name, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS) // file systems without it
        return false;
    return linkat(u->parent_fd, u->part, u->parent_fd, u->name, 0) == 0 && unlinkat(u->parent_fd, u->part, 0) == 0;
}

static void on_end(void *arg)
{
    struct untar *u = arg;
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = u->mtime } };
    if (u->fd < 0 || u->stop || err_is(&u->fatal))
        return;
    if (u->sized)
        futimens(u->fd, times);
    if (fchmod(u->fd, u->mode) != 0 || !into_place(u)) {
        failed(u, u->name, "finish");
        unlinkat(u->parent_fd, u->part, 0);
    } else {
        u->count.files++;
    }
    forget_file(u);
}

// The file that was under way: a large one that can be gone on with stays under its other name.
static void drop_file(struct untar *u)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = u->mtime } };
    if (u->fd < 0)
        return;
    if (u->top && u->sized && u->written >= KEEP_PART && u->mtime > 0)
        futimens(u->fd, times); // by which it is known again
    else
        unlinkat(u->parent_fd, u->part, 0);
    forget_file(u);
}

// ---- the others

static void make_dir(struct untar *u, const char *path, const struct tar_entry *e)
{
    struct stat st;
    bool is_new = *path && mkdirat(u->parent_fd, last_of(path), 0700) == 0;
    if (!*path)
        return;
    if (!is_new && errno != EEXIST) {
        failed(u, path, "create");
        return;
    }
    if (fstatat(u->parent_fd, last_of(path), &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode)) {
        refuse(u, path, "a file or link of that name is there, and it is a folder");
        return;
    }
    u->count.dirs++;
    struct dir_mark mark = { .path = NULL, .mode = e->mode & 0777, .mtime = e->mtime };
    if (is_new) {
        mark.path = xstrdup(path);
        arr_push(&u->dirs, mark);
    }
}

static void make_symlink(struct untar *u, const char *path, const struct tar_entry *e)
{
    if (!link_stays(path, e->link, u->as != NULL)) {
        refuse(u, path, "a link that leads out of the folder");
        return;
    }
    if (look(u, path, e) != THERE_NOTHING)
        return;
    unlinkat(u->parent_fd, last_of(path), 0); // --force: look() said so
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = e->mtime } };
    if (symlinkat(e->link, u->parent_fd, last_of(path)) != 0) {
        failed(u, path, "create");
        return;
    }
    utimensat(u->parent_fd, last_of(path), times, AT_SYMLINK_NOFOLLOW);
    u->count.links++;
}

static void make_hardlink(struct untar *u, const char *path, const struct tar_entry *e)
{
    const char *why;
    char *from = safe_path(u, e->link, &why);
    struct stat st;
    if (!from || !*from) {
        refuse(u, path, "a link that leads out of the folder");
        free(from);
        return;
    }
    int fd = open_parent(u, from) ? dup(u->parent_fd) : -1;
    bool fine = fd >= 0 && open_parent(u, path) && fstatat(fd, last_of(from), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISREG(st.st_mode);
    if (!fine)
        refuse(u, path, "a link to a file that did not come");
    else if (u->force && unlinkat(u->parent_fd, last_of(path), 0) != 0 && errno != ENOENT)
        failed(u, path, "replace");
    else if (linkat(fd, last_of(from), u->parent_fd, last_of(path), 0) == 0)
        u->count.files++;
    else if (errno == EEXIST)
        u->count.skipped++;
    else
        failed(u, path, "create");
    if (fd >= 0)
        close(fd);
    free(from);
}

static void on_entry(void *arg, const struct tar_entry *e)
{
    struct untar *u = arg;
    const char *why = NULL;
    forget_file(u);
    if (err_is(&u->fatal) || u->stop)
        return;
    char *path = e->cut ? NULL : safe_path(u, e->name, &why);
    if (!path) {
        refuse(u, e->name, "%s", e->cut ? "control bytes in its name" : why);
    } else if (!*path && e->type != TAR_DIR) {
        refuse(u, e->name, "it has no name");
    } else if (!open_parent(u, path)) {
        if (errno == ELOOP || errno == ENOTDIR)
            refuse(u, path, "on its way here is a link or a file, not a folder");
        else
            failed(u, path, "make the folder of");
    } else {
        switch (e->type) {
        case TAR_FILE: begin_file(u, path, e); break;
        case TAR_DIR: make_dir(u, path, e); break;
        case TAR_SYMLINK: make_symlink(u, path, e); break;
        case TAR_HARDLINK: make_hardlink(u, path, e); break;
        case TAR_OTHER: refuse(u, path, "a device, a pipe or the like"); break;
        }
    }
    free(path);
}

// ---- the whole

static bool open_root(struct untar *u, const char *local, struct err *err)
{
    char *path = copy_local_path(local);
    struct stat st;
    bool all = str_eq(u->base, ".");
    if (all && mkdir(path, 0755) != 0 && errno != EEXIST) {
        err_set(err, "cannot make %s: %s", path, strerror(errno));
    } else if (all || (stat(path, &st) == 0 && S_ISDIR(st.st_mode))) {
        u->as = all ? NULL : xstrdup(u->base);
        u->where = all ? xstrdup(path) : xasprintf("%s/%s", str_eq(path, "/") ? "" : path, u->base);
        u->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } else {
        u->where = xstrdup(path);
        const char *name = last_of(path);
        char *in = name == path ? xstrdup(".") : xasprintf("%.*s/", (int)(name - path - 1), path);
        u->as = xstrdup(name);
        u->root = open(in, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (u->root < 0)
            err_set(err, "there is no folder %s to copy into: %s", in, strerror(errno));
        free(in);
    }
    if (u->root < 0 && !err_is(err))
        err_set(err, "%s: %s", path, strerror(errno));
    free(path);
    return u->root >= 0;
}

struct untar *untar_new(const char *local, const char *base, bool force, struct err *err)
{
    static const struct tar_handlers handlers = { on_entry, on_data, on_end };
    struct untar *u = xcalloc(1, sizeof(*u));
    u->root = u->parent_fd = u->fd = -1;
    u->base = xstrdup(base);
    u->force = force;
    err_clear(err);
    if (!open_root(u, local, err)) {
        untar_free(u);
        return NULL;
    }
    u->reader = tar_reader_new(&handlers, u);
    return u;
}

bool untar_feed(struct untar *u, const char *data, size_t n, struct err *err)
{
    bool ok = true;
    if (u->raw)
        on_data(u, data, n);
    else if (!u->stop)
        ok = tar_feed(u->reader, data, n, err);
    if (ok && err_is(&u->fatal)) {
        *err = u->fatal;
        ok = false;
    }
    return ok;
}

bool untar_goes_on(struct untar *u, uint64_t *from)
{
    if (!u->stop)
        return false;
    u->fd = openat(u->parent_fd, u->part, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    u->stop = false;
    u->raw = true;
    u->written = u->count.bytes = *from = u->goes_on;
    return true;
}

bool untar_raw(struct untar *u, struct err *err)
{
    struct tar_entry e = { .type = TAR_FILE, .name = u->base, .mode = 0644, .mtime = -1, .size = UINT64_MAX };
    u->raw = true;
    on_entry(u, &e);
    u->count.size = 0;
    u->sized = false;
    if (u->fd < 0 && !err_is(&u->fatal))
        err_set(&u->fatal, "%s", u->notes.n ? u->notes.v[0] : "there is no name for it");
    *err = u->fatal;
    return !err_is(&u->fatal);
}

static void finish_dirs(struct untar *u)
{
    for (size_t i = u->dirs.n; i-- > 0;) { // the inner ones first
        const struct dir_mark *d = &u->dirs.v[i];
        struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = d->mtime } };
        if (!open_parent(u, d->path))
            continue;
        int fd = openat(u->parent_fd, last_of(d->path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            continue;
        futimens(fd, times);
        fchmod(fd, d->mode);
        close(fd);
    }
}

bool untar_finish(struct untar *u, bool whole, struct err *err)
{
    if (u->raw && whole && u->fd >= 0 && (!u->sized || u->written == u->size)) {
        on_end(u);
    } else if (u->raw && whole && u->fd >= 0) {
        err_set(&u->fatal, "%s changed while it was copied: %llu bytes came of %llu", u->base,
            (unsigned long long)u->written, (unsigned long long)u->size);
        unlinkat(u->parent_fd, u->part, 0);
    } else if (!u->raw && whole && !tar_ended(u->reader)) {
        err_set(&u->fatal, "the archive ended before its end: the copy is not whole");
    }
    drop_file(u);
    finish_dirs(u);
    if (err_is(&u->fatal))
        *err = u->fatal;
    return !err_is(&u->fatal);
}

void untar_free(struct untar *u)
{
    if (!u)
        return;
    drop_file(u);
    forget_file(u);
    if (u->parent_fd >= 0)
        close(u->parent_fd);
    if (u->root >= 0)
        close(u->root);
    for (size_t i = 0; i < u->notes.n; i++)
        free(u->notes.v[i]);
    for (size_t i = 0; i < u->dirs.n; i++)
        free(u->dirs.v[i].path);
    arr_release(&u->notes);
    arr_release(&u->dirs);
    tar_reader_free(u->reader);
    free(u->base);
    free(u->as);
    free(u->where);
    free(u->parent);
    free(u);
}

const struct untar_count *untar_count(const struct untar *u)
{
    return &u->count;
}

size_t untar_note_count(const struct untar *u)
{
    return u->notes.n;
}

const char *untar_note(const struct untar *u, size_t i)
{
    return u->notes.v[i];
}

const char *untar_where(const struct untar *u)
{
    return u->where;
}
