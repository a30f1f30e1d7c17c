#include "app/save.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/xdg.h"
#include "ui/snapshot.h"

struct kept { // what is to be written, while it is asked whether
    char *path;
    struct buf text;
};

static void kept_free(void *arg)
{
    struct kept *k = arg;
    free(k->path);
    buf_release(&k->text);
    free(k);
}

static bool write_out(struct app *app, const struct kept *k, struct err *err)
{
    if (!file_write(k->path, k->text.s, k->text.n, err))
        return false;
    app_flash(app, ROLE_OK, "saved %zu bytes to %s", k->text.n, k->path);
    return true;
}

static void over_it(struct app *app, void *arg)
{
    struct err err = { 0 };
    if (!write_out(app, arg, &err))
        app_flash_err(app, &err);
}

static bool has_folder(const char *path, struct err *err)
{
    struct stat st;
    const char *slash = strrchr(path, '/');
    char *dir = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
    bool ok = stat(dir, &st) == 0;
    if (!ok) {
        err_set(err, "%s: %s", dir, strerror(errno));
        err_hint(err, "a folder is not made for it");
    } else if (!S_ISDIR(st.st_mode)) {
        ok = err_set(err, "%s is no folder", dir);
    }
    free(dir);
    return ok;
}

// text is taken.
static bool put(struct app *app, const char *typed, struct buf *text, struct err *err)
{
    struct kept *k = xcalloc(1, sizeof(*k));
    struct stat st;
    k->path = path_typed(typed);
    k->text = *text;
    bool there = lstat(k->path, &st) == 0;
    bool ok = has_folder(k->path, err);
    if (ok && there && S_ISDIR(st.st_mode))
        ok = err_set(err, "%s is a folder", k->path);
    if (ok && there) {
        char *body = xasprintf("%s is there already, %lld bytes.", k->path, (long long)st.st_size);
        app_confirm(app, &(struct question) { .text = { .title = "Write over it?", .body = body, .yes = "write over",
                                                  .no = "leave" },
                             .yes = over_it, .arg = k, .free_arg = kept_free });
        free(body);
        return true;
    }
    ok = ok && write_out(app, k, err);
    kept_free(k);
    return ok;
}

bool save_cmd(struct app *app, const char *args, struct err *err)
{
    struct view *v = app_view(app);
    if (!v || !v->ops->save)
        return err_set(err, "this view cannot be saved");
    if (!*args) {
        bool table = str_eq(v->ops->mode, "list");
        char *initial = xasprintf("%.*s.%s", (int)strcspn(v->spec, " "), v->spec, table ? "csv" : "txt");
        app_prompt(app, "save as: ", initial, "save");
        free(initial);
        return true;
    }
    struct buf out = BUF_INIT, clean = BUF_INIT;
    const char *format = str_ends(args, ".json") ? "json" : str_ends(args, ".csv") ? "csv" : "text";
    v->ops->save(v, format, &out);
    if (!str_eq(format, "text") || str_eq(v->ops->mode, "logs")) // a log is kept byte for byte
        return put(app, args, &out, err);
    utf8_sanitise_lines(&clean, out.s, out.n); // what is read on a terminal one day
    buf_release(&out);
    return put(app, args, &clean, err);
}

bool save_cmd_snapshot(struct app *app, const char *args, struct err *err)
{
    struct buf out = BUF_INIT;
    if (!*args)
        return err_set(err, "snapshot wants a file: snapshot screen.svg, or .txt");
    app_paint(app);
    if (str_ends(args, ".svg"))
        snapshot_svg(app->canvas, app->theme, "kview", &out);
    else
        snapshot_text(app->canvas, &out);
    return put(app, args, &out, err);
}
