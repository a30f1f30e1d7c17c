#include "demo/folders.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arr.h"
#include "base/mem.h"
#include "base/str.h"

enum { OPEN_FOLDERS = 16 };

struct folder {
    char *id, *path;
};
struct folders {
    char *root; // NULL: nothing was entered yet
    ARR(struct folder) all;
};

struct folders *folders_new(void)
{
    return xcalloc(1, sizeof(struct folders));
}

// What cannot be read or listed must be before it can go.
static int open_up(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)at;
    if (type == FTW_D || type == FTW_DNR)
        chmod(path, st->st_mode | S_IRWXU);
    return 0;
}

static int take_away(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    remove(path);
    return 0;
}

void folders_free(struct folders *f)
{
    if (!f)
        return;
    if (f->root) {
        nftw(f->root, open_up, OPEN_FOLDERS, FTW_PHYS | FTW_MOUNT);
        nftw(f->root, take_away, OPEN_FOLDERS, FTW_PHYS | FTW_MOUNT | FTW_DEPTH);
    }
    for (size_t i = 0; i < f->all.n; i++) {
        free(f->all.v[i].id);
        free(f->all.v[i].path);
    }
    arr_release(&f->all);
    free(f->root);
    free(f);
}

static bool make_root(struct folders *f, struct err *err)
{
    char *root = xasprintf("%s/kview-demo-XXXXXX", str_or(getenv("TMPDIR"), "/tmp"));
    if (mkdtemp(root)) {
        f->root = root;
        return true;
    }
    err_set(err, "cannot make a temporary folder %s: %s", root, strerror(errno));
    free(root);
    return false;
}

const char *folders_get(struct folders *f, const char *id, struct err *err)
{
    for (size_t i = 0; i < f->all.n; i++)
        if (str_eq(f->all.v[i].id, id))
            return f->all.v[i].path;
    if (!f->root && !make_root(f, err))
        return NULL;
    struct folder new = { xstrdup(id), xasprintf("%s/%zu", f->root, f->all.n + 1) };
    if (mkdir(new.path, 0700) < 0)
        err_set(err, "cannot make the folder %s: %s", new.path, strerror(errno));
    arr_push(&f->all, new);
    return err_is(err) ? NULL : new.path;
}
