#include "app/editor.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/str.h"

enum { MAX_FILE = 16 << 20, MAX_NAME = 60, NOT_RUN = 126, NOT_FOUND = 127, SIGNALLED = 128 };

struct editor {
    struct loop *loop;
    struct loop_child *child;
    char *folder, *path;
    editor_fn *fn;
    void *arg;
};

static const char *command(const char **from)
{
    static const char *const names[] = { "KUBE_EDITOR", "EDITOR" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        *from = names[i];
        if (*str_or(getenv(names[i]), ""))
            return getenv(names[i]);
    }
    *from = "EDITOR";
    return "vi";
}

// A name of an object is none of a file: letters, digits, dots and dashes stay.
static char *file_name(const char *name)
{
    size_t n = strlen(name), from = n > MAX_NAME ? n - MAX_NAME : 0; // its end says what is in it
    char *out = xstrdup(name + from);
    for (char *p = out; *p; p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", *p) || (p == out && *p == '.'))
            *p = '_';
    return out;
}

struct editor *editor_new(struct loop *loop, const char *name, struct err *err)
{
    const char *tmp = str_or(getenv("TMPDIR"), "/tmp");
    char *folder = xasprintf("%s/kview-edit-XXXXXX", tmp);
    if (!mkdtemp(folder)) { // 0700
        err_set(err, "%s: no folder for the file to edit: %s", tmp, strerror(errno));
        free(folder);
        return NULL;
    }
    struct editor *ed = xcalloc(1, sizeof(*ed));
    char *file = file_name(name);
    ed->loop = loop;
    ed->folder = folder;
    ed->path = xasprintf("%s/%s", folder, file);
    free(file);
    return ed;
}

const char *editor_path(const struct editor *ed)
{
    return ed->path;
}

bool editor_runs(const struct editor *ed)
{
    return ed->child != NULL;
}

static bool ended_well(int status, const struct err *start, struct err *err)
{
    const char *from, *cmd = command(&from);
    char how[40];
    if (start) // what it is comes last: it may be long
        return err_set(err, "nothing was sent: the editor could not be started: %s", start->msg);
    if (!status)
        return true;
    if (status == NOT_FOUND || status == NOT_RUN)
        snprintf(how, sizeof(how), "%s", status == NOT_FOUND ? "was not found" : "cannot be run");
    else if (status > SIGNALLED)
        snprintf(how, sizeof(how), "was ended by signal %d", status - SIGNALLED);
    else
        snprintf(how, sizeof(how), "ended with status %d", status);
    err_set(err, "nothing was sent: the editor %s: %.200s", how, cmd);
    return err_hint(err, "$%s says which editor", from);
}

static void on_end(void *arg, int status, const struct buf *out, const struct buf *err_out, const struct err *start)
{
    struct editor *ed = arg;
    struct buf text = BUF_INIT;
    struct err err = { 0 };
    (void)out, (void)err_out;
    ed->child = NULL;
    bool ok = ended_well(status, start, &err) && file_read(ed->path, MAX_FILE, &text, &err);
    ed->fn(ed->arg, ok ? &text : NULL, &err);
    buf_wipe(&text);
}

// A shell reads the variable, for it may have arguments ("code --wait"), as kubectl does.
void editor_run(struct editor *ed, const struct buf *text, editor_fn *fn, void *arg)
{
    const char *from;
    char *script = xasprintf("%s \"$1\"", command(&from));
    const char *argv[] = { "/bin/sh", "-c", script, "kview", ed->path, NULL };
    struct loop_child_opts o = { .argv = (char *const *)argv, .inherit_tty = true, .whole_tty = true, .stdin_fd = 0 };
    struct err err = { 0 };
    ed->fn = fn;
    ed->arg = arg;
    if (file_write(ed->path, text->s, text->n, &err))
        ed->child = loop_child_start(ed->loop, &o, on_end, ed);
    free(script);
    if (!ed->child)
        fn(arg, NULL, &err);
}

// Also what the editor left beside it: swap files, the version before.
static void remove_folder(const struct editor *ed)
{
    DIR *d = opendir(ed->folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        char *path = xasprintf("%s/%s", ed->folder, e->d_name);
        if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, "..") && unlink(path) != 0)
            log_warn("%s: %s", path, strerror(errno));
        free(path);
    }
    if (d)
        closedir(d);
    if (rmdir(ed->folder) != 0)
        log_warn("%s: %s", ed->folder, strerror(errno));
}

void editor_free(struct editor *ed, bool keep)
{
    if (!ed)
        return;
    loop_child_free(ed->child);
    if (!keep)
        remove_folder(ed);
    free(ed->folder);
    free(ed->path);
    free(ed);
}
