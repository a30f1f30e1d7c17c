#include "tests/harness/script.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "tests/harness/lines.h"
#include "tests/harness/shot.h"

enum { LIMIT_MS = 20000, QUIET_MS = 300, END_MS = 10000 };

struct run {
    const struct harness *h;
    char *dir, *name; // "tests/screens" and "kinds" of tests/screens/kinds.txt
    const char *path;
    int line;
    struct server own;
    bool owns_server;
    struct term term;
    bool started;
    unsigned seen; // turns when the last key was sent
    char *home;
    ARR(char *) env;
    int rows, cols, limit_ms;
    const struct theme *theme;
    struct masks masks;
    int failed, dialed; // dialed: a socket, 0: none
};

// ---- reporting

static void picture(struct run *r)
{
    struct buf shot = BUF_INIT, text = BUF_INIT;
    struct err err;
    if (!r->started)
        return;
    struct masks none = { 0 };
    shot_take(&r->term, &none, r->theme, &shot);
    shot_print(shot.s);
    if (r->term.exited)
        printf("kview has ended with status %d\n", r->term.status);
    if (file_read(r->term.err_path, 1 << 20, &text, &err) && text.n)
        printf("on stderr:\n%s\n", text.s);
    buf_release(&shot);
    buf_release(&text);
}

static bool settle(struct run *r, struct err *err)
{
    if (term_wait_idle(&r->term, r->seen, r->limit_ms))
        return true;
    if (r->term.exited)
        return err_set(err, "kview has ended");
    return err_set(err, "kview was not idle within %d s", r->limit_ms / 1000);
}

// ---- before it runs

static bool do_size(struct run *r, char *args, struct err *err)
{
    if (sscanf(args, "%dx%d", &r->cols, &r->rows) != 2)
        return err_set(err, "size COLUMNSxROWS");
    if (!r->started)
        return true;
    r->seen = r->term.turns;
    term_resize(&r->term, r->rows, r->cols);
    return settle(r, err);
}

static void set_env(struct run *r, const char *name, const char *value)
{
    char *text = xasprintf("%s=%s", name, value);
    arr_push(&r->env, text);
}

static bool do_env(struct run *r, char *args, struct err *err)
{
    (void)err;
    arr_push(&r->env, xstrdup(args));
    return true;
}

static bool append(struct run *r, const char *file, const char *line, struct err *err)
{
    char *path = xasprintf("%s/config/kview/%s", r->home, file);
    struct buf text = BUF_INIT;
    struct err none;
    if (!file_read(path, 1 << 20, &text, &none))
        buf_clear(&text);
    buf_printf(&text, "%s\n", line);
    bool ok = file_write(path, text.s, text.n, err);
    buf_release(&text);
    free(path);
    return ok;
}

static bool do_config(struct run *r, char *args, struct err *err)
{
    return append(r, "config.yaml", args, err);
}

static bool do_bind(struct run *r, char *args, struct err *err)
{
    return append(r, "keys", args, err);
}

static bool end_kview(struct run *r, struct err *err)
{
    struct buf text = BUF_INIT;
    bool ok = true;
    if (!r->started)
        return true;
    if (!r->term.exited)
        kill(r->term.pid, SIGTERM);
    if (!term_wait_exit(&r->term, END_MS))
        ok = err_set(err, "kview did not end within %d s", END_MS / 1000);
    else if (r->term.status != 0)
        ok = err_set(err, "kview ended with status %d", r->term.status);
    if (ok && file_read(r->term.err_path, 1 << 20, &text, err) && text.n)
        ok = err_set(err, "kview wrote to stderr: %.600s", text.s);
    if (!ok)
        picture(r);
    buf_release(&text);
    term_stop(&r->term);
    r->started = false;
    return ok;
}

static bool do_server(struct run *r, char *args, struct err *err)
{
    if (r->started && !r->owns_server)
        return err_set(err, "server comes first");
    if (r->owns_server) { // the same steps once more, on a cluster of which nothing was changed
        r->owns_server = false;
        if (!end_kview(r, err) || !server_stop(&r->own))
            return err_is(err) ? false : err_set(err, "the demo cluster did not end well");
    }
    r->owns_server = true;
    if (!server_start(&r->own, r->h->democluster, *args ? args : "healthy", err))
        return false;
    set_env(r, "KUBECONFIG", r->own.kubeconfig);
    return true;
}

static bool do_limit(struct run *r, char *args, struct err *err)
{
    r->limit_ms = atoi(args) * 1000;
    return r->limit_ms > 0 || err_set(err, "limit SECONDS");
}

static bool do_mask(struct run *r, char *args, struct err *err)
{
    return masks_add(&r->masks, args, false, err);
}

static bool do_colours(struct run *r, char *args, struct err *err)
{
    r->theme = theme_find(args);
    return r->theme || str_eq(args, "8") || err_set(err, "there is no theme %s", args);
}

// ---- starting and ending

static bool launch(struct run *r, char *args, struct err *err)
{
    char *argv[32] = { (char *)r->h->kview }, *save = NULL;
    int n = 1;
    if (!end_kview(r, err))
        return false;
    for (char *w = strtok_r(args, " ", &save); w && n < 31; w = strtok_r(NULL, " ", &save))
        argv[n++] = w;
    arr_reserve(&r->env, r->env.n + 1);
    r->env.v[r->env.n] = NULL;
    r->seen = 0;
    if (!term_start(&r->term, argv, r->env.v, r->rows, r->cols))
        return err_set(err, "no pseudo-terminal for %s", argv[0]);
    r->started = true;
    return true;
}

static bool start(struct run *r, char *args, struct err *err)
{
    return launch(r, args, err) && settle(r, err);
}

static bool do_exit(struct run *r, char *args, struct err *err)
{
    if (!term_wait_exit(&r->term, r->limit_ms))
        return err_set(err, "kview has not ended");
    if (r->term.status != atoi(args))
        return err_set(err, "kview ended with status %d, not %s", r->term.status, args);
    term_stop(&r->term);
    r->started = false;
    return true;
}

// ---- input

static bool press(struct run *r, char *args, bool wait, struct err *err)
{
    char *save = NULL;
    for (char *w = strtok_r(args, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        struct key k;
        if (!key_parse(w, strlen(w), &k))
            return err_set(err, "%s is no key", w);
        r->seen = r->term.turns;
        term_key(&r->term, k);
        if (wait && !settle(r, err))
            return false;
    }
    return true;
}

static bool do_keys(struct run *r, char *args, struct err *err)
{
    return press(r, args, true, err);
}

static bool do_send(struct run *r, char *args, struct err *err)
{
    return press(r, args, false, err);
}

static bool do_type(struct run *r, char *args, struct err *err)
{
    r->seen = r->term.turns;
    term_type(&r->term, args);
    return settle(r, err);
}

static bool do_open(struct run *r, char *args, struct err *err)
{
    char colon[] = ":", enter[] = "Enter";
    return do_keys(r, colon, err) && do_type(r, args, err) && do_keys(r, enter, err);
}

static bool do_paste(struct run *r, char *args, struct err *err)
{
    r->seen = r->term.turns;
    term_paste(&r->term, args);
    return settle(r, err);
}

// Bytes in hexadecimal; each word is a write of its own, of which kview knows before the next comes.
static bool do_raw(struct run *r, char *args, struct err *err)
{
    char *save = NULL;
    for (char *word = strtok_r(args, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        char bytes[128] = "";
        size_t n = 0;
        for (unsigned byte; n + 1 < sizeof(bytes) && sscanf(word + 2 * n, "%2x", &byte) == 1; n++)
            bytes[n] = (char)byte;
        r->seen = r->term.turns;
        term_type(&r->term, bytes);
        if (!settle(r, err))
            return false;
    }
    return true;
}

static bool do_click(struct run *r, char *args, struct err *err)
{
    int y, x, button = 1;
    if (sscanf(args, "%d %d %d", &y, &x, &button) < 2)
        return err_set(err, "click ROW COLUMN [BUTTON]");
    r->seen = r->term.turns;
    term_mouse(&r->term, button, y, x);
    return settle(r, err);
}

// ---- looking

struct wanted {
    struct pattern *re;
    const char *text;
};

static bool wanted_init(struct wanted *w, char *args, struct err *err)
{
    size_t n = strlen(args);
    *w = (struct wanted) { NULL, args };
    if (n < 3 || args[0] != '/' || args[n - 1] != '/')
        return *args || err_set(err, "a text or a /regex/ is missing");
    args[n - 1] = '\0';
    w->re = pattern_new(args + 1, err);
    return w->re != NULL;
}

static bool is_there(const struct run *r, const struct wanted *w)
{
    struct buf text = BUF_INIT;
    size_t at, len;
    shot_text(&r->term, &text);
    bool found =
        w->re ? pattern_find(w->re, text.s, 0, &at, &len) : strstr(text.s, w->text) != NULL;
    buf_release(&text);
    return found;
}

// Waits until the text is there (or, for reject, until it is gone).
static bool look_for(struct run *r, char *args, bool there, struct err *err)
{
    struct wanted w;
    int64_t end = time_mono_ms() + r->limit_ms;
    if (!wanted_init(&w, args, err))
        return false;
    bool ok;
    while ((ok = is_there(r, &w) == there) == false && time_mono_ms() < end && !r->term.exited)
        term_pump(&r->term, 50);
    pattern_free(w.re);
    if (!ok)
        err_set(err, "%s within %d s: %s", there ? "did not appear" : "did not go",
            r->limit_ms / 1000, args);
    return ok;
}

static bool do_expect(struct run *r, char *args, struct err *err)
{
    return look_for(r, args, true, err);
}

static bool do_reject(struct run *r, char *args, struct err *err)
{
    return look_for(r, args, false, err);
}

static bool do_idle(struct run *r, char *args, struct err *err)
{
    (void)args;
    return settle(r, err);
}

static void take(struct run *r, struct buf *shot)
{
    buf_clear(shot);
    shot_take(&r->term, &r->masks, r->theme, shot);
}

static void until_quiet(struct run *r)
{
    struct buf before = BUF_INIT, now = BUF_INIT;
    int64_t since = time_mono_ms();
    while (time_mono_ms() - since < QUIET_MS && !r->term.exited) {
        term_pump(&r->term, 50);
        take(r, &now);
        if (!str_eq(before.s, now.s)) {
            since = time_mono_ms();
            buf_clear(&before);
            buf_puts(&before, now.s);
        }
    }
    buf_release(&before);
    buf_release(&now);
}

// Whether the screen becomes this within ms.
static bool becomes(struct run *r, const char *golden, struct buf *shot, int64_t ms)
{
    int64_t end = time_mono_ms() + ms;
    take(r, shot);
    while (!str_eq(shot->s, golden) && time_mono_ms() < end && !r->term.exited) {
        term_pump(&r->term, 50);
        take(r, shot);
    }
    return str_eq(shot->s, golden);
}

// Only what is another screen after all is written: on a busy machine metrics come late.
static bool write_golden(struct run *r, const char *path, struct err *err)
{
    struct buf shot = BUF_INIT, old = BUF_INIT;
    struct err none;
    until_quiet(r);
    bool same = file_read(path, 1 << 20, &old, &none) && becomes(r, old.s, &shot, r->limit_ms / 10),
         ok = true;
    if (!same) {
        take(r, &shot);
        char *folder = xasprintf("%s/%s", r->dir, r->name);
        mkdir(folder, 0755);
        ok = file_write(path, shot.s, shot.n, err) && chmod(path, 0644) == 0;
        printf("written %s\n", path);
        free(folder);
    }
    buf_release(&shot);
    buf_release(&old);
    return ok;
}

// The screen must become what the golden file says; what arrives late (metrics, joins) has the limit's time.
static bool compare_golden(struct run *r, const char *path, const char *name, struct err *err)
{
    struct buf shot = BUF_INIT, golden = BUF_INIT;
    if (!file_read(path, 1 << 20, &golden, err))
        return err_hint(err, "make screens UPDATE=1 writes it");
    bool same = becomes(r, golden.s, &shot, r->limit_ms / 4);
    printf("%s %s/%s", same ? "ok" : "FAILED", r->name, name);
    if (!same) {
        printf(" (%s:%d)\n", r->path, r->line);
        shot_diff(golden.s, shot.s);
        if (r->failed++ == 0) // one picture is enough, the differences say the rest
            shot_print(shot.s);
    } else {
        putchar('\n');
    }
    buf_release(&shot);
    buf_release(&golden);
    return true; // the screens after it are looked at as well
}

static bool do_snapshot(struct run *r, char *args, struct err *err)
{
    char *path = xasprintf("%s/%s/%s.screen", r->dir, r->name, args);
    bool ok = r->h->update ? write_golden(r, path, err) : compare_golden(r, path, args, err);
    free(path);
    return ok;
}

static bool do_picture(struct run *r, char *args, struct err *err)
{
    struct buf svg = BUF_INIT;
    shot_svg(&r->term, r->theme, &svg);
    bool ok = file_write(args, svg.s, svg.n, err);
    buf_release(&svg);
    return ok;
}

static bool do_file(struct run *r, char *args, struct err *err)
{
    char *path = xasprintf("%s/%.*s", r->home, (int)strcspn(args, " "), args),
         *want = strchr(args, ' ');
    struct buf text = BUF_INIT;
    bool ok = file_read(path, 1 << 20, &text, err);
    if (ok && want && !strstr(text.s, want + 1))
        ok = err_set(err, "%s does not hold \"%s\" but: %.400s", path, want + 1, text.s);
    free(path);
    buf_release(&text);
    return ok;
}

// ---- the cluster

static bool request(
    struct run *r, const char *method, const char *path, const char *body, struct err *err)
{
    if (!r->owns_server)
        return err_set(err, "a script that changes its cluster begins with `server`");
    return server_request(&r->own, method, path, body, err);
}

static bool do_api(struct run *r, char *args, struct err *err)
{
    char *method = args, *path = strchr(args, ' ');
    if (!path)
        return err_set(err, "api METHOD PATH [BODY]");
    *path++ = '\0';
    char *body = strchr(path, ' ');
    if (body)
        *body++ = '\0';
    return request(r, method, path, body ? body : "", err);
}

static bool admin(struct run *r, const char *what, const char *args, struct err *err)
{
    char *path = xasprintf("/kview-admin/%s%s", what, args);
    bool ok = request(r, "GET", path, "", err);
    free(path);
    return ok;
}

static bool do_fault(struct run *r, char *args, struct err *err)
{
    return admin(r, "fault?kind=", args, err);
}

static bool do_admin(struct run *r, char *args, struct err *err)
{
    return admin(r, "", args, err);
}

static bool do_advance(struct run *r, char *args, struct err *err)
{
    return admin(r, "advance?v=", args, err);
}

// A client of a forwarded port: it connects, asks, and does not wait for an answer. The last one stays connected.
static bool do_dial(struct run *r, char *args, struct err *err)
{
    static const char ask[] = "GET / HTTP/1.0\r\n\r\n";
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(args)) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (r->dialed > 0)
        close(r->dialed);
    r->dialed = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (r->dialed < 0 || connect(r->dialed, (struct sockaddr *)&to, sizeof(to)) ||
        send(r->dialed, ask, sizeof(ask) - 1, MSG_NOSIGNAL) < 0)
        return err_set(err, "nobody listens on 127.0.0.1:%s: %s", args, strerror(errno));
    return true;
}

static const struct {
    const char *word;
    bool (*fn)(struct run *r, char *args, struct err *err);
    bool running; // kview must run; it is started when it does not
} commands[] = {
    { "admin", do_admin, false },
    { "advance", do_advance, false },
    { "api", do_api, false },
    { "bind", do_bind, false },
    { "click", do_click, true },
    { "colours", do_colours, false },
    { "dial", do_dial, true },
    { "config", do_config, false },
    { "env", do_env, false },
    { "exit", do_exit, true },
    { "expect", do_expect, true },
    { "fault", do_fault, false },
    { "file", do_file, false },
    { "idle", do_idle, true },
    { "keys", do_keys, true },
    { "launch", launch, false },
    { "limit", do_limit, false },
    { "mask", do_mask, false },
    { "open", do_open, true },
    { "paste", do_paste, true },
    { "picture", do_picture, true },
    { "raw", do_raw, true },
    { "reject", do_reject, true },
    { "send", do_send, true },
    { "server", do_server, false },
    { "size", do_size, false },
    { "snapshot", do_snapshot, true },
    { "start", start, false },
    { "type", do_type, true },
};

static bool step(struct run *r, char *text, struct err *err)
{
    char none[] = "", *args = text + strcspn(text, " ");
    if (*args)
        *args++ = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (str_eq(commands[i].word, text)) {
            if (commands[i].running && !r->started && !start(r, none, err))
                return false;
            return commands[i].fn(r, args, err);
        }
    return err_set(err, "unknown word %s", text);
}

// ---- life

static bool prepare(struct run *r, struct err *err)
{
    static const char *const unset[] = { "NO_COLOR", "TMUX", "COLORTERM", "LC_ALL", "LC_CTYPE",
        "COLUMNS", "LINES", "KUBERNETES_SERVICE_HOST", "KVIEW_DEBUG" };
    char dir[] = "/tmp/kview-home-XXXXXX";
    if (!mkdtemp(dir))
        return err_set(err, "no temporary folder");
    r->home = xstrdup(dir);
    for (size_t i = 0; i < ARRAY_SIZE(unset); i++)
        unsetenv(unset[i]);
    char *config = xasprintf("%s/config", dir), *state = xasprintf("%s/state", dir);
    set_env(r, "HOME", dir);
    set_env(r, "XDG_CONFIG_HOME", config);
    set_env(r, "XDG_STATE_HOME", state);
    set_env(r, "TERM", "xterm-256color");
    set_env(r, "LANG", "C.UTF-8");
    set_env(r, "TZ", "UTC");
    set_env(r, "KVIEW_NOW", HARNESS_NOW);
    free(config);
    free(state);
    return masks_add(&r->masks, "(?<=127\\.0\\.0\\.1:)[0-9]+", true, err) &&
           masks_add(&r->masks, "(?<=/tmp/kview-pty-|/tmp/kview-home-)\\w{6}", true, err);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void release(struct run *r)
{
    term_stop(&r->term);
    if (r->dialed > 0)
        close(r->dialed);
    if (r->home)
        nftw(r->home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    for (size_t i = 0; i < r->env.n; i++)
        free(r->env.v[i]);
    arr_release(&r->env);
    masks_release(&r->masks);
    free(r->home);
    free(r->dir);
    free(r->name);
}

static bool steps(struct run *r, struct lines *lines, struct err *err)
{
    if (!lines->v.n || !str_starts(lines->v.v[0].text, "server"))
        set_env(r, "KUBECONFIG", r->h->shared->kubeconfig);
    for (size_t i = 0; i < lines->v.n; i++) {
        r->line = lines->v.v[i].number;
        if (!step(r, lines->v.v[i].text, err)) {
            picture(r);
            return false;
        }
    }
    return end_kview(r, err);
}

bool script_run(const struct harness *h, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    struct run r = { .h = h,
        .path = path,
        .rows = 34,
        .cols = 120,
        .limit_ms = LIMIT_MS,
        .theme = theme_find("dark") };
    struct lines lines = { 0 };
    struct err err = { 0 };
    r.dir = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
    r.name = xstrndup(base, strcspn(base, "."));
    bool ok = prepare(&r, &err) && lines_read(&lines, path, &err) && steps(&r, &lines, &err);
    if (r.owns_server && !server_stop(&r.own) && ok)
        ok = err_set(&err, "the demo cluster did not end well");
    if (ok)
        printf("ok %s\n", r.name);
    else
        printf("FAILED %s (%s:%d): %s%s%s\n", r.name, path, r.line, err.msg, *err.hint ? ", " : "",
            err.hint);
    lines_release(&lines);
    release(&r);
    return ok && r.failed == 0;
}
